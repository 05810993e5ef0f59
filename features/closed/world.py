"""What months are learned from: the settlements of all blocks as numbers, kept by the month in which they were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import pyarrow as pa

from claims.batch import ClaimBatch
from claims.clock import area_day
from claims.context import Context
from claims.store.batches import columns_of
from claims.tables import CLAIMS, DIAGNOSES, LINES, MISSING, Array, Columns, Table
from features.closed.asked import departments, diagnoses, peers
from features.closed.blocks import Blocks
from features.closed.cut import EVERYTHING, Cut
from features.closed.fitting import combinations, main_of
from features.closed.months import COVERS, month_of
from features.closed.runs import Runs
from features.doses import LONGEST_STATED_DAYS, line_class_texts
from features.items import line_items
from features.rows import Rows

READ = {
    "claims": (
        "recorded_order", "kind", "institution_id", "doctor_id", "department_id", "patient_id", "benefit_kind",
        "settled_at", "known_at", "total_fen",
    ),
    "lines": ("recorded_order", "item_code", "unit_price_micro_yuan", "quantity_e4", "days_of_supply"),
    "diagnoses": ("recorded_order", "sequence", "code", "is_main"),
}  # fmt: skip
"""What is read of a block."""

KNOWN = "known"
KEPT = {
    "claims": (
        "settled", KNOWN, "institution", "doctor", "patient", "benefit", "peers", "department", "sex", "age",
        "diagnosis", "fen",
    ),
    "lines": ("settled", KNOWN, "institution", "item", "price"),
    "fits": ("settled", KNOWN, "diagnosis", "class", "claims"),
    "supplies": ("settled", KNOWN, "class", "days_per_pack_e4"),
}  # fmt: skip
"""The columns of `Cut`, and before them the months in which a settlement was made and became known."""

TEXTS = ("institution", "doctor", "patient", "benefit", "peers", "department", "sex", "diagnosis", "item", "class")


class Numbering:
    """A number for each text, the same in all blocks; the empty text is `EVERYTHING`."""

    def __init__(self) -> None:
        self._number_of: dict[str, int] = {"": EVERYTHING}
        self._adding = Lock()

    @property
    def texts(self) -> list[str]:
        """The text of each number."""
        return list(self._number_of)

    def of(self, codes: Array, texts: Sequence[str | None] | Mapping[str, int]) -> Array:
        """The number of each row's text, from its place among some texts; -1 for no text."""
        number_of = self._number_of
        with self._adding:
            numbers = [-1 if text is None else number_of.setdefault(text, len(number_of)) for text in texts]
        return np.array([*numbers, -1], dtype=np.int64)[codes]


class World:
    """The settlements so far.

    Args:
        context: the reference tables; of the patients when they were born and their sex.
        folder: where what is kept lies until its months are done; in memory where there is none.
    """

    def __init__(self, context: Context, folder: Path | None = None) -> None:
        self._context, self._folder = context, folder
        self._numbers = {name: Numbering() for name in TEXTS}
        self._kept: dict[str, dict[int, list[Array]]] = {name: {} for name in KEPT}
        people = context.patients
        self._numbers["patient"].of(np.empty(0, dtype=np.int64), people["patient_id"].tolist())
        sex = [text or "" for text in people["sex"].tolist()]
        self._sex = np.append(EVERYTHING, self._numbers["sex"].of(np.arange(len(sex)), sex))
        self._born = np.append(MISSING, people["born_on"])
        self._texts: Mapping[str, Sequence[str]] | None = None

    def add(self, blocks: Blocks, number: int, first: int, end: int) -> None:
        """Add the settlements of [first, end) seconds of a block; threads may add different blocks at once."""
        rows = _rows(blocks, number, self._context, first, end)
        if len(rows.at):
            claims = self._claims(rows)
            self._keep("claims", number, claims)
            self._keep_lines(number, rows, dict(zip(KEPT["claims"], claims, strict=True)))

    def cut(self, month: int) -> Cut:
        """What the tables of `month` are learned from; what is older is let go, so months are asked for as they rise.

        No block may be added after the first cut.
        """
        self._texts = self._texts or {name: numbers.texts for name, numbers in self._numbers.items()}
        found: dict[str, dict[str, Array]] = {}
        for name, columns in KEPT.items():
            by_month = self._kept[name]
            for old in [one for one in by_month if one < month - COVERS]:
                del by_month[old]
            pieces = [piece for one in range(month - COVERS, month) for piece in by_month.get(one, ())]
            whole = np.concatenate([np.empty((len(columns), 0), dtype=np.int64), *pieces], axis=1)
            known = whole[columns.index(KNOWN)] < month
            chosen = whole if known.all() else whole[:, known]
            found[name] = dict(zip(columns, chosen, strict=True))
        return Cut(found["claims"], found["lines"], found["fits"], found["supplies"], self._texts)

    def _keep(self, name: str, number: int, columns: Sequence[Array]) -> None:
        """Keep rows of a block by the month of the first column."""
        whole = np.stack(columns)
        for month in np.unique(whole[0]).tolist():
            rows = self._stored(whole[:, whole[0] == month], name, month, number)
            self._kept[name].setdefault(month, []).append(rows)

    def _stored(self, rows: Array, name: str, month: int, number: int) -> Array:
        if self._folder is None:
            return rows
        path = self._folder / f"{name}-{month}-{number}.npy"
        np.save(path, rows)
        return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]

    def _claims(self, rows: Rows) -> list[Array]:
        """The columns of claims for those asked for."""
        claims, at = rows.claims, rows.at

        def numbers(name: str, column: str) -> Array:
            codes, texts = rows.numbers(column)
            return self._numbers[name].of(codes[at], texts)

        patient, department, place = numbers("patient", "patient_id"), departments(rows), peers(rows)
        known_person = np.where(patient < len(self._born), patient, 0)
        born, day = self._born[known_person], area_day(claims["settled_at"][at])
        age = np.where(born == MISSING, -1, np.floor((day - born) / 365.25)).astype(np.int64)
        group, listed = diagnoses(rows), rows.batch.diagnoses
        main = main_of(
            listed["claim_index"], group.code, listed["is_main"], listed["sequence"], len(rows.is_settlement)
        )
        return [
            month_of(claims["settled_at"][at]), month_of(claims["known_at"][at]),
            numbers("institution", "institution_id"), numbers("doctor", "doctor_id"), patient,
            numbers("benefit", "benefit_kind"),
            self._numbers["peers"].of(place.code[rows.numbers("institution_id")[0][at]], place.texts),
            self._numbers["department"].of(department.code, department.texts),
            self._sex[known_person], age,
            self._numbers["diagnosis"].of(main[at], group.texts), claims["total_fen"][at],
        ]  # fmt: skip

    def _keep_lines(self, number: int, rows: Rows, claims: Mapping[str, Array]) -> None:
        """Keep what the lines of the claims asked for teach."""
        place = np.full(len(rows.is_settlement), -1, dtype=np.int64)
        place[rows.at] = np.arange(len(rows.at))
        lines = rows.lines
        chosen = np.flatnonzero(place[rows.line_row] >= 0)
        claim = place[rows.line_row[chosen]]
        (item, items), (drug, classes) = line_items(rows), line_class_texts(rows)
        item, drug = self._numbers["item"].of(item[chosen], items), self._numbers["class"].of(drug[chosen], classes)  # type: ignore[arg-type]
        settled, known = claims["settled"], claims[KNOWN]
        price = lines["unit_price_micro_yuan"][chosen]
        self._keep("lines", number, [settled[claim], known[claim], claims["institution"][claim], item, price])

        days, quantity = lines["days_of_supply"][chosen], lines["quantity_e4"][chosen]
        inpatient = self._numbers["benefit"].of(np.zeros(1, dtype=np.int64), ["inpatient"])[0]
        told = np.flatnonzero(
            (claims["benefit"][claim] != inpatient) & (days >= 1) & (days <= LONGEST_STATED_DAYS)
            & (quantity > 0) & (drug >= 0)
        )  # fmt: skip
        of = claim[told]
        per_pack = days[told] * 100_000_000 // quantity[told]
        self._keep("supplies", number, [settled[of], known[of], drug[told], per_pack])

        named = place[rows.batch.diagnoses["claim_index"]]
        group = diagnoses(rows)
        is_named = named >= 0
        diagnosis = self._numbers["diagnosis"].of(group.code[is_named], group.texts)
        is_drug = drug >= 0
        of, one, other = combinations(named[is_named], diagnosis, claim[is_drug], drug[is_drug])
        months = settled[of], known[of]
        runs = Runs(*months, one, other)
        self._keep("fits", number, [*(runs.of(column) for column in (*months, one, other)), runs.sizes])


def _rows(blocks: Blocks, number: int, context: Context, first: int, end: int) -> Rows:
    """The claims of a block, of which the settlements of [first, end) seconds are asked for."""
    claims, lines, diagnoses = (blocks.read(number, name, READ[name]) for name in READ)
    columns = columns_of(claims, CLAIMS)
    order = columns["recorded_order"]
    by_order = np.argsort(order, kind="stable")
    rising = order[by_order]

    def children(rows: pa.Table, kinds: Table) -> Columns:
        parent = by_order[np.searchsorted(rising, rows["recorded_order"].to_numpy())]
        return columns_of(rows, kinds, {"claim_index": lambda: parent})

    batch = ClaimBatch(columns, children(lines, LINES), children(diagnoses, DIAGNOSES))
    rows = Rows(batch, np.empty(0, dtype=np.int64), context)
    settled_at = columns["settled_at"]
    rows.at = np.flatnonzero(rows.is_settlement & (settled_at >= first) & (settled_at < end))
    return rows
