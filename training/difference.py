"""Champion against challenger on what was decided while both stood: what reviewers would get more, and what less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import psycopg
from scipy.stats import spearmanr

from audit import promotions
from audit.promotions import Promotion
from audit.shadow import record_shadow
from audit.watch_reports import DIFFERENCE, keep_report
from claims.errors import BadBundle, NotEnoughData, NotFound
from claims.settings import Settings
from claims.tables import Array
from scoring.bundle import Bundle, load_bundle
from scoring.rule_columns import features_of, kept_columns, offered_to
from scoring.score import flagged, outlook
from training.claim_data import END_OF_TIME, align, read_labels_at

CHUNK = 5_000
SUBJECT = "claim"

_UNSCORED = """SELECT recorded_order, features, rule_hits, probability, anomaly, bundle_fingerprint FROM decisions d
WHERE decided_at >= %(since)s AND feature_set = %(set)s AND octet_length(features) > 0 AND recorded_order > %(after)s
AND NOT EXISTS (SELECT 1 FROM shadow_scores s WHERE s.bundle_fingerprint = %(bundle)s
    AND s.recorded_order = d.recorded_order)
ORDER BY recorded_order LIMIT %(most)s"""

_SCORED = """SELECT d.claim_id, d.action, c.fund_fen, d.probability, s.probability, s.champion_holds,
    s.challenger_holds,
    jsonb_path_exists(d.rule_hits, '$[*] ? (@.grade != "slightly_suspicious")')
        OR jsonb_path_exists(d.reasons, '$[*] ? (@.kind == "ring" || @.kind == "crash")') AS held_otherwise,
    (c.settled_at AT TIME ZONE 'Asia/Shanghai')::date
FROM shadow_scores s JOIN decisions d USING (recorded_order) JOIN claims c ON c.claim_id = d.claim_id
WHERE s.bundle_fingerprint = %s AND d.decided_at >= %s"""


@dataclass(frozen=True)
class Part:
    """Claims on which the two differ.

    Attributes:
        claims: how many.
        money_fen: the fund's share in them.
        violating, in_order: those of them that have a verdict.
    """

    claims: int
    money_fen: int
    violating: int
    in_order: int


@dataclass(frozen=True)
class Difference:
    """What the challenger would change.

    Attributes:
        decisions: settlements decided while it stood, by both.
        days: on how many days these were settled.
        champion_held, challenger_held: claims that the model or forest of each alone sends to a person.
        added: the challenger would send them to review, and nothing does now.
        removed: only the champion sends them to review, and the challenger would not.
        agreement: share of the claims that both hold or both let pass.
        rank_correlation: Spearman's, of the two probabilities; None without a champion.
        challenger_right, champion_right: verdicts on added and removed claims that speak for each.
    """

    decisions: int
    days: int
    champion_held: int
    challenger_held: int
    added: Part
    removed: Part
    agreement: float
    rank_correlation: float | None

    @property
    def challenger_right(self) -> int:
        """What it would add was violating, what it would spare was in order."""
        return self.added.violating + self.removed.in_order

    @property
    def champion_right(self) -> int:
        """The contrary."""
        return self.added.in_order + self.removed.violating

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "challenger_right": self.challenger_right, "champion_right": self.champion_right}


def report_difference(connection: psycopg.Connection, settings: Settings) -> tuple[Promotion, Difference]:
    """Score what the service could not, compare, and keep the report; the transaction is the caller's.

    Raises:
        NotFound: no challenger stands.
        BadBundle: its files are gone or altered.
        NotEnoughData: nothing was decided while it stood.
    """
    standing = promotions.challenger(connection, settings, SUBJECT)
    if standing is None:
        raise NotFound(
            "No challenger stands, so there is nothing to compare. Expected one that shadows the champion. Let one: "
            "yicha models challenge --run ID --why TEXT, or yicha retrain --four-eyes."
        )
    fill(connection, settings, standing)
    difference = _difference(connection, standing)
    keep_report(connection, DIFFERENCE, SUBJECT, standing.bundle_fingerprint, True, difference.plain())
    return standing, difference


def fill(connection: psycopg.Connection, settings: Settings, standing: Promotion) -> int:
    """Let the challenger score decisions that it has not seen, from the values that they keep; returns how many."""
    bundle = load_bundle(standing.bundle_path, standing.bundle_fingerprint)
    champions: dict[str, Bundle | None] = {}
    scored, after = 0, -1
    while True:
        asked = {
            "since": standing.promoted_at,
            "set": bundle.feature_set,
            "bundle": standing.bundle_fingerprint,
            "after": after,
            "most": CHUNK,
        }
        rows = connection.execute(_UNSCORED, asked).fetchall()
        if not rows:
            return scored
        after = int(rows[-1][0])
        width = len(features_of(bundle))
        whole = [row for row in rows if len(row[1]) == 8 * width]
        matrix = np.frombuffer(b"".join(row[1] for row in whole), dtype="<f8").reshape(-1, width)
        of_rules = kept_columns([row[2] for row in whole])
        probability, anomaly = outlook(bundle, offered_to(bundle, matrix, of_rules))
        holds = np.logical_or(*flagged(bundle, probability, anomaly))
        before = np.array([_held(connection, settings, champions, row[3:]) for row in whole], dtype=np.bool_)
        orders = np.array([row[0] for row in whole], dtype=np.int64)
        record_shadow(connection, standing.bundle_fingerprint, orders, probability, anomaly, holds, before)
        scored += len(whole)


def _held(
    connection: psycopg.Connection, settings: Settings, known: dict[str, Bundle | None], row: Sequence[Any]
) -> bool:
    """Whether the champion of the decision held the claim by itself; False where its bundle is gone."""
    probability, anomaly, fingerprint = row
    if fingerprint is None or probability is None or anomaly is None:
        return False
    if fingerprint not in known:
        known[fingerprint] = _bundle_named(connection, settings, fingerprint)
    bundle = known[fingerprint]
    if bundle is None:
        return False
    by_model, by_anomaly = flagged(bundle, np.array([probability]), np.array([anomaly]))
    return bool(by_model[0] or by_anomaly[0])


def _bundle_named(connection: psycopg.Connection, settings: Settings, fingerprint: str) -> Bundle | None:
    row = connection.execute(
        "SELECT bundle_path FROM promotions WHERE bundle_fingerprint = %s LIMIT 1", [fingerprint]
    ).fetchone()
    try:
        return load_bundle(settings.path_of(row[0]), fingerprint) if row else None
    except BadBundle:
        return None


def _difference(connection: psycopg.Connection, standing: Promotion) -> Difference:
    rows = connection.execute(_SCORED, [standing.bundle_fingerprint, standing.promoted_at]).fetchall()
    if not rows:
        raise NotEnoughData(
            "Nothing was decided since the challenger stands. Expected settlements that both scored. Let the service "
            "run, or run yicha score, then ask again."
        )
    claims, action, money, before, after, champion, challenger, otherwise, day = map(np.array, zip(*rows, strict=True))
    label = _labels(connection, claims.astype(object))
    money = money.astype(np.int64)
    added = challenger & np.isin(action, ("pass", "remind"))
    removed = champion & ~challenger & (action == "review") & ~otherwise
    return Difference(
        decisions=len(rows),
        days=len(np.unique(day)),
        champion_held=int(champion.sum()),
        challenger_held=int(challenger.sum()),
        added=_part(added, money, label),
        removed=_part(removed, money, label),
        agreement=float((champion == challenger).mean()),
        rank_correlation=_correlation(before, after),
    )


def _labels(connection: psycopg.Connection, claims: Array) -> Array:
    try:
        return align(read_labels_at(connection, END_OF_TIME), claims).label
    except NotEnoughData:  # no verdict in the store yet
        return np.full(len(claims), -1, dtype=np.int64)


def _part(chosen: Array, money: Array, label: Array) -> Part:
    of = label[chosen]
    return Part(int(chosen.sum()), int(money[chosen].sum()), int((of == 1).sum()), int((of == 0).sum()))


def _correlation(before: Array, after: Array) -> float | None:
    both = np.array([value is not None for value in before.tolist()], dtype=np.bool_)
    if both.sum() < 2:
        return None
    found = float(spearmanr(before[both].astype(np.float64), after[both].astype(np.float64)).statistic)
    return found if found == found else None
