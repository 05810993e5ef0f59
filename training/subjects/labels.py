"""Which subjects at which period ends are positive, which negative, as far as was known at a moment.

A verdict on a claim labels one row of each of its subjects: that of the first period end at which the claim was known.
It is the first moment at which a model could have pointed there, and the row's shortest windows still hold the claim.
If the verdict was known by that moment already, it is in the row's columns and labels nothing: what was known is a
column, what came later is a label, never both. A verdict on a subject as a whole labels the last period end before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import psycopg

from claims.batch import take
from claims.errors import NotEnoughData
from claims.store.columns import read_bulk
from claims.tables import MISSING, VERDICTS, Array, Columns
from training.labels import QUANTITY_UNIT, VIOLATING, ClaimLabels, count_lines, label_claims, standing
from training.subjects.kinds import ID_COLUMN, Kind
from training.subjects.periods import YEAR_MONTHS, months_before

NO_END = -1

LABELS_FILE = {"institution": " Labels of institutions from elsewhere come in by --labels FILE."}


@dataclass(frozen=True)
class Findings:
    """m judged claims or subjects, as known at a moment.

    Attributes:
        ids: (m,) text, the subjects.
        happened_at: (m,) seconds, when the claim was settled and known; of a subject as a whole, when it was judged.
        known_at: (m,) seconds, when the verdict was known.
        is_whole: (m,) the subject was judged as a whole.
        is_violating: (m,) true or false.
        amount_fen: (m,) money found violating.
        draw_probability: (m,) of the random draw, 1.0 where none led there.
        is_random_draw: (m,) judged because it was drawn at random.
    """

    ids: Array
    happened_at: Array
    known_at: Array
    is_whole: Array
    is_violating: Array
    amount_fen: Array
    draw_probability: Array
    is_random_draw: Array


@dataclass(frozen=True)
class SubjectLabels:
    """n labelled rows, sorted by subject and end; a row that nobody judged is not among them.

    Attributes:
        ids, ends: (n,) the row: subject and period end in seconds.
        label: (n,) 1 violating, 0 in order.
        amount_fen: (n,) money found violating.
        draw_probability: (n,) of the random draw of one claim, 1.0 where a rule, tip or model led to one of them.
        is_random_draw: (n,) true where only random draws led there.
    """

    ids: Array
    ends: Array
    label: Array
    amount_fen: Array
    draw_probability: Array
    is_random_draw: Array

    def __len__(self) -> int:
        """How many labelled rows."""
        return len(self.ids)


def read_findings(connection: psycopg.Connection, kind: Kind, known_before: int) -> Findings:
    """What verdicts that stood at a moment say about subjects of a kind.

    Raises:
        NotEnoughData: the store holds no verdict.
    """
    verdicts = read_bulk(connection, VERDICTS, "ORDER BY t.known_at, t.verdict_id")
    if not len(verdicts["verdict_id"]):
        raise NotEnoughData(
            "The store holds no verdict, so there is nothing to learn from. Expected verdicts of reviewers. Import "
            "them (yicha import) or let reviewers judge cases of the queue first. Until then yicha score --subject "
            f"{kind} --at DATE ranks by the isolation forest alone.{LABELS_FILE.get(kind, '')}"
        )
    stands = standing(verdicts, known_before)
    on_claim = np.array([name is not None for name in stands["claim_id"].tolist()], dtype=np.bool_)
    labels = label_claims(take(stands, on_claim), count_lines(connection))
    return _joined(_of_claims(connection, kind, labels), _of_subjects(kind, take(stands, ~on_claim)))


def _of_claims(connection: psycopg.Connection, kind: Kind, labels: ClaimLabels) -> Findings:
    rows = connection.execute(
        f"SELECT claim_id, {ID_COLUMN[kind]}, extract(epoch FROM greatest(settled_at, known_at))::bigint FROM claims"
        f" WHERE kind = 'settlement' AND {ID_COLUMN[kind]} IS NOT NULL AND claim_id IN (SELECT claim_id FROM verdicts)"
    ).fetchall()
    known = pd.DataFrame(rows, columns=["claim_id", "subject", "at"])
    place = (
        pd.Index(known["claim_id"]).get_indexer(pd.Index(labels.claim_ids)) if len(known) else np.full(len(labels), -1)
    )
    named = place >= 0
    place = place[named]
    return Findings(
        known["subject"].to_numpy(dtype=object)[place],
        known["at"].to_numpy(dtype=np.int64)[place],
        labels.known_at[named],
        np.zeros(len(place), dtype=np.bool_),
        labels.is_violating[named],
        labels.amount_fen[named],
        labels.draw_probability[named],
        labels.is_random_draw[named],
    )


def _of_subjects(kind: Kind, stands: Columns) -> Findings:
    chosen = (stands["subject_kind"] == kind) & (stands["finding"] != "not_judged")
    chosen &= np.array([name is not None for name in stands["subject_id"].tolist()], dtype=np.bool_)
    judged = take(stands, chosen)
    recorded = judged["draw_probability_e4"]
    random = (judged["drawn_by"] == "random") & (recorded != MISSING) & (recorded > 0)
    violating = judged["finding"] == VIOLATING
    return Findings(
        judged["subject_id"],
        judged["decided_at"],
        judged["known_at"],
        np.ones(len(recorded), dtype=np.bool_),
        violating,
        np.where(violating, judged["amount_fen"], 0),
        np.where(random, recorded / QUANTITY_UNIT, 1.0),
        random,
    )


def _joined(first: Findings, second: Findings) -> Findings:
    names = Findings.__dataclass_fields__
    return Findings(*(np.concatenate([getattr(first, name), getattr(second, name)]) for name in names))


def ends_of(findings: Findings, ends: Array) -> Array:
    """The period end whose row each finding labels, `NO_END` where it labels none (m,).

    Args:
        findings: m findings.
        ends: period ends, rising.
    """
    if not len(ends):
        return np.full(len(findings.ids), NO_END, dtype=np.int64)
    place = np.searchsorted(ends, findings.happened_at, side="right")  # a claim known at an end is not in its row
    place = np.where(findings.is_whole, place - 1, place)
    found = np.where((place >= 0) & (place < len(ends)), ends[np.clip(place, 0, len(ends) - 1)], NO_END)
    return np.asarray(np.where(findings.known_at >= found, found, NO_END))


def label_rows(findings: Findings, ends: Array) -> SubjectLabels:
    """The labelled rows.

    A row is positive if one of its findings is violating. It is negative if all of them are in order and no claim of
    the subject's year before the period end was found violating later than that; with such a claim it is left
    unlabelled: its year was not in order, but the claim labels another row. What had been found by the period end plays
    no part here: the columns tell it, and a label that followed from a column would teach nothing else.
    """
    of_end = ends_of(findings, ends)
    labels = pd.DataFrame(
        {
            "id": findings.ids,
            "end": of_end,
            "label": findings.is_violating.astype(np.int64),
            "amount": findings.amount_fen,
            "probability": findings.draw_probability,
            "random": findings.is_random_draw,
        }
    )
    labels = labels[labels["end"] != NO_END]
    rows = labels.groupby(["id", "end"], sort=True).agg(
        label=("label", "max"),
        amount=("amount", "sum"),
        most=("probability", "max"),
        random=("random", "all"),
    )
    rows = rows.reset_index()
    ids, row_ends, label = (rows[name].to_numpy() for name in ("id", "end", "label"))
    kept = (label == 1) | ~_found_later(findings, ids, row_ends)
    is_random = rows["random"].to_numpy(dtype=np.bool_)[kept]
    return SubjectLabels(
        ids[kept].astype(object),
        row_ends[kept].astype(np.int64),
        label[kept].astype(np.int64),
        rows["amount"].to_numpy(dtype=np.int64)[kept],
        np.where(is_random, rows["most"].to_numpy(dtype=np.float64)[kept], 1.0),
        is_random,
    )


def _found_later(findings: Findings, ids: Array, ends: Array) -> Array:
    """Whether a claim of the year before each row's end was found violating from that end on (n,)."""
    wrong = np.flatnonzero(findings.is_violating)
    wrongs = pd.DataFrame(
        {"id": findings.ids[wrong], "at": findings.happened_at[wrong], "known_at": findings.known_at[wrong]}
    )
    begin_of = {end: months_before(end, YEAR_MONTHS) for end in np.unique(ends).tolist()}
    rows = pd.DataFrame({"id": ids, "end": ends, "begin": [begin_of[end] for end in ends.tolist()]})
    pairs = rows.reset_index(names="row").merge(wrongs, on="id")
    is_later = (pairs["at"] >= pairs["begin"]) & (pairs["at"] < pairs["end"]) & (pairs["known_at"] >= pairs["end"])
    found = np.zeros(len(ids), dtype=np.bool_)
    found[pairs["row"].to_numpy(dtype=np.int64)[is_later.to_numpy()]] = True
    return found


def row_probability(draw_probability: Array, claims: Array) -> Array:
    """The chance that a random draw of single claims, each with its recorded probability, reached a subject's row.

    Args:
        draw_probability: (n,) of one claim; 1.0 where something else led there.
        claims: (n,) claims of the subject in the period.

    >>> row_probability(np.array([0.01, 0.01, 1.0]), np.array([1, 100, 5])).round(3).tolist()
    [0.01, 0.634, 1.0]
    """
    return np.asarray(1.0 - (1.0 - draw_probability) ** np.maximum(claims, 1.0))
