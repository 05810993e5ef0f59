"""Turns exported national tables into what a settlement system would have sent, in the order of settlement."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from claims.clock import AREA_ZONE
from claims.errors import BadFile
from claims.intake.read_mapping import read_mapping
from claims.intake.rows import make_rows, plan
from claims.intake.source import open_source
from claims.pseudonyms import Pseudonyms
from claims.tables import REVERSAL, Kind, table_named
from claims.trace_codes import SEPARATOR

Row = dict[str, Any]
Request = tuple[str, Row]

_WRITTEN: dict[Kind, tuple[str, str, Callable[[Any], Any]]] = {
    # kind: (ending of our column, ending of the API's field, how the value is written)
    Kind.FEN: ("_fen", "_yuan", lambda value: f"{Decimal(value) / 100:.2f}"),
    Kind.MICRO_YUAN: ("_micro_yuan", "_yuan", lambda value: f"{Decimal(value) / 1_000_000:.6f}"),
    Kind.QUANTITY_E4: ("_e4", "", lambda value: f"{Decimal(value) / 10_000:.4f}"),
    Kind.TIME: ("", "", lambda value: value.astimezone(AREA_ZONE).isoformat()),
    Kind.DATE: ("", "", lambda value: value.isoformat()),
}
_PERSON = ("sex", "born_on", "insurance_type", "person_type", "area")
_SETTLEMENT = (
    "visit_id", "institution_id", "doctor_id", "department_id", "till_id", "channel", "benefit_kind", "care_category",
    "insurance_type", "is_emergency", "served_at", "settled_at", "admitted_on", "discharged_on", "total_fen",
    "in_scope_fen", "fund_fen", "account_fen", "cash_fen", "account_balance_fen",
)  # fmt: skip
_LINE = (
    "line_id", "prescription_id", "item_code", "item_name", "item_kind", "charge_type", "grade", "doctor_id",
    "department_id", "served_at", "quantity_e4", "unit_price_micro_yuan", "price_ceiling_micro_yuan", "amount_fen",
    "in_scope_fen", "days_of_supply", "own_item_code", "trace_codes", "is_split_pack",
)  # fmt: skip
_REVERSAL = ("institution_id", "settled_at", "total_fen", "fund_fen", "account_fen", "cash_fen")
_REVERSAL_LINE = (
    "reverses_line_id", "item_code", "item_kind", "quantity_e4", "unit_price_micro_yuan", "amount_fen",
    "trace_codes",
)  # fmt: skip


class _Unchanged(Pseudonyms):
    """The sender knows its own persons; the service makes the pseudonyms."""

    def __init__(self) -> None:
        super().__init__(b"")

    def of(self, values: Sequence[str | None]) -> list[str | None]:
        """The values themselves."""
        return list(values)


def read_feed(folder: Path) -> list[Request]:
    """Requests for the API, sorted by settlement time.

    Args:
        folder: holds national export tables.

    Returns:
        (path, body) for each settlement and reversal.

    Raises:
        BadFile: a row cannot be read; a sender has no rejects file.
    """
    rows = _read_rows(folder)
    persons = {row["patient_id"]: row for row in rows["patients"]}
    visits = {row["visit_id"]: row for row in rows["visits"]}
    lines, diagnoses = _by_claim(rows["lines"]), _by_claim(rows["diagnoses"])
    requests: list[tuple[datetime, Request]] = []
    for claim in rows["claims"]:
        claim_id, first = claim["claim_id"], (lines[claim["claim_id"]] or [{}])[0]
        extra = visits.get(claim["visit_id"], {})
        for name in ("doctor_id", "department_id", "served_at"):
            claim[name] = claim.get(name) or extra.get(name) or first.get(name)
        if claim["kind"] == REVERSAL:
            request = ("/v1/reversals", _reversal(claim, lines[claim_id]))
        else:
            person = persons[claim["patient_id"]]
            request = ("/v1/settlements", _settlement(claim, lines[claim_id], diagnoses[claim_id], person))
        requests.append((claim["settled_at"], request))
    return [request for _, request in sorted(requests, key=lambda pair: pair[0])]


def _settlement(claim: Row, lines: list[Row], diagnoses: list[Row], person: Row) -> Row:
    return {
        "settlement_id": claim["claim_id"],
        "person_number": claim["patient_id"],
        **_written("claims", claim, _SETTLEMENT),
        "person": _written("patients", person, _PERSON),
        "diagnoses": [{"code": row["code"], "is_main": bool(row.get("is_main"))} for row in diagnoses],
        "lines": [{"line_number": n, **_written("lines", row, _LINE)} for n, row in enumerate(lines, 1)],
    }


def _reversal(claim: Row, lines: list[Row]) -> Row:
    return {
        "reversal_id": claim["claim_id"],
        "reverses_settlement_id": claim["reverses_claim_id"],
        "person_number": claim["patient_id"],
        **_written("claims", claim, _REVERSAL),
        "lines": [{"line_number": n, **_written("lines", row, _REVERSAL_LINE)} for n, row in enumerate(lines, 1)],
    }


def _written(table: str, row: Row, names: Sequence[str]) -> Row:
    """Our columns under the API's field names, in its units; what is missing is left out."""
    out: Row = {}
    for name in names:
        value = row.get(name)
        if value is None:
            continue
        if name == "trace_codes":
            out[name] = value.split(SEPARATOR)
            continue
        ours, theirs, write = _WRITTEN.get(table_named(table).kind_of(name), ("", "", lambda value: value))
        out[name.removesuffix(ours) + theirs if ours else name] = write(value)
    return out


def _by_claim(rows: list[Row]) -> defaultdict[str, list[Row]]:
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["claim_id"]].append(row)
    return grouped


def _read_rows(folder: Path) -> defaultdict[str, list[Row]]:
    """The rows of each output of the national mapping."""
    mapping, rows = read_mapping("national"), defaultdict[str, list[Row]](list)
    for path in sorted(folder.glob("*.csv")):
        part = mapping.part_of(path)
        if part is None:
            continue
        source = open_source(path, part.format)
        how = plan(source, part)
        for chunk in source.chunks(how.wanted):
            made, problems = make_rows(chunk, how, _Unchanged())
            if problems or chunk.broken:
                first = (problems + chunk.broken)[0]
                raise BadFile(
                    f"{path.name} line {first.line}: {first.field} {first.reason}. Nothing was sent; correct the file."
                )
            for output in made:
                names = list(output.columns)
                values = zip(*(output.columns[name].to_pylist() for name in names), strict=True)
                rows[output.output.name].extend(dict(zip(names, row, strict=True)) for row in values)
    return rows
