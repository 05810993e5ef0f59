"""Reads who else settled the boxes of a batch: by their trace codes, for a few claims or for the whole store."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import psycopg

from claims.batch import ClaimBatch, concat, empty_batch, select
from claims.lazy import different
from claims.store.columns import array_text, ask_few, join, read_bulk, rows_to_columns
from claims.store.stream import narrowed
from claims.store.view_tables import SESSION
from claims.tables import CLAIMS, DIAGNOSES, LINES, STOCK, Columns, empty_columns
from claims.trace_codes import MOST_OF_A_CODE, SEPARATOR, SHORTEST, Scans, codes_in, no_scans, repeated_scans

_CODES = f"string_to_array(trace_codes, '{SEPARATOR}')"
_CLAIMS_WITH = f"""SELECT DISTINCT t.claim_id FROM unnest(%s::text[]) AS a(code), LATERAL (
    SELECT claim_id FROM lines WHERE {_CODES} @> ARRAY[a.code] AND trace_codes IS NOT NULL LIMIT {MOST_OF_A_CODE}) t"""
_SALES_WITH = f"""JOIN (SELECT DISTINCT s.institution_id, s.record_id FROM unnest(%s::text[]) AS a(code), LATERAL (
    SELECT institution_id, record_id FROM stock WHERE {_CODES} @> ARRAY[a.code]
        AND trace_codes IS NOT NULL LIMIT {MOST_OF_A_CODE}) s) s USING (institution_id, record_id)"""
"""One look into an index for each code."""

_CLAIMS_AMONG = (
    f"SELECT DISTINCT claim_id FROM lines, unnest({_CODES}) code JOIN unnest(%s::text[]) AS a(code) USING (code)"
)
_SALES_AMONG = f"""JOIN (SELECT DISTINCT institution_id, record_id FROM stock, unnest({_CODES}) code
    JOIN unnest(%s::text[]) AS a(code) USING (code)) s USING (institution_id, record_id)"""
"""The same in one sweep: the codes of a view are made while it is read, and no index knows them."""

_OF_CLAIMS = "t.claim_id = ANY(%s) OR (t.kind = 'reversal' AND t.reverses_claim_id = ANY(%s))"


def scans_beside(connection: psycopg.Connection, batch: ClaimBatch) -> Scans | None:
    """The scans of the batch's boxes, here and in the store; asks nothing where the batch has no code.

    Args:
        connection: an open connection.
        batch: claims that are in the store or not.

    Returns:
        Those of codes that were scanned more than once; None where the batch has no code.
    """
    codes = {code for text in different(batch.lines, "trace_codes") for code in codes_in(text)}
    return scans_of(connection, codes, batch) if codes else None


def scans_of(connection: psycopg.Connection, codes: Collection[str], batch: ClaimBatch | None = None) -> Scans:
    """As `scans_beside`, of these codes."""
    asked = array_text(sorted(codes))
    is_view = SESSION in connection.info.options
    claims_with, sales_with = (_CLAIMS_AMONG, _SALES_AMONG) if is_view else (_CLAIMS_WITH, _SALES_WITH)
    with connection.pipeline():
        # One look into an index for each code: of so few rows the planner thinks that it meets them by reading on.
        connection.execute("SET LOCAL enable_seqscan = off")
        named = connection.execute(claims_with, (asked,), prepare=True)
        reported = ask_few(connection, STOCK, sales_with, (asked,))
        connection.execute("SET LOCAL enable_seqscan = on")
    sales = rows_to_columns(STOCK, reported.fetchall())
    ids = {name for (name,) in named.fetchall()} | (set(sales["claim_id"].tolist()) - {None})
    own = batch or empty_batch()
    earlier = _claims(connection, ids) if ids else empty_batch()
    known = set(own.claims["claim_id"].tolist())
    others = [row for row, name in enumerate(earlier.claims["claim_id"].tolist()) if name not in known]
    if not len(own) and not others:
        return no_scans()
    return repeated_scans(concat([_plain(select(earlier, np.array(others, dtype=np.int64))), _plain(own)]), sales)


def _claims(connection: psycopg.Connection, ids: Collection[str]) -> ClaimBatch:
    """The claims, and what took them back."""
    names = sorted(ids)
    with connection.pipeline():
        head = ask_few(connection, CLAIMS, f"WHERE {_OF_CLAIMS} ORDER BY t.recorded_order", (names, names))
        tail = f"JOIN claims c USING (claim_id) WHERE {_OF_CLAIMS.replace('t.', 'c.')} ORDER BY t.line_number"
        children = ask_few(connection, LINES, tail, (names, names))
    claims, lines = rows_to_columns(CLAIMS, head.fetchall()), rows_to_columns(LINES, children.fetchall())
    return join(claims, lines, empty_columns(DIAGNOSES))


_TRACED = "JOIN traced USING (claim_id)"
_CLAIM_COLUMNS = ("claim_id", "kind", "reverses_claim_id", "institution_id", "settled_at", "recorded_order")
_LINE_COLUMNS = (
    "claim_index", "line_number", "line_id", "reverses_line_id", "item_code", "quantity_e4", "trace_codes",
    "is_split_pack",
)  # fmt: skip


def _plain(batch: ClaimBatch) -> ClaimBatch:
    """The columns that scans need."""

    def only(columns: Columns, names: tuple[str, ...]) -> Columns:
        return {name: columns[name] for name in names}

    return ClaimBatch(only(batch.claims, _CLAIM_COLUMNS), only(batch.lines, _LINE_COLUMNS), empty_batch().diagnoses)


_REPEATED = rf"""WITH scans AS (
    SELECT code, claim_id FROM lines, unnest(string_to_array(trace_codes, '{SEPARATOR}')) code
    WHERE trace_codes IS NOT NULL AND quantity_e4 >= 0
    UNION ALL
    SELECT code, claim_id FROM stock, unnest(string_to_array(trace_codes, '{SEPARATOR}')) code
    WHERE trace_codes IS NOT NULL AND movement = 'sale' AND claim_id IS NOT NULL),
repeated AS (
    SELECT code FROM scans WHERE length(code) >= {SHORTEST} AND code !~ '^(.)\1*$' GROUP BY code HAVING count(*) > 1),
settled AS (SELECT DISTINCT claim_id FROM scans JOIN repeated USING (code))
SELECT claim_id INTO TEMPORARY TABLE traced FROM settled
UNION SELECT c.claim_id FROM claims c JOIN settled s ON s.claim_id = c.reverses_claim_id"""
"""What settled a repeated code and what took that back, as a table to join: `IN` would search it for each claim."""


def all_repeated_scans(connection: psycopg.Connection) -> Scans:
    """The scans of every code of the store that was scanned more than once."""
    if not _has_codes(connection):
        return no_scans()
    connection.execute("DROP TABLE IF EXISTS traced")
    connection.execute(_REPEATED)
    connection.execute("ANALYZE traced")
    claims = read_bulk(connection, narrowed(CLAIMS, _CLAIM_COLUMNS), f"{_TRACED} ORDER BY t.recorded_order")
    lines = read_bulk(connection, narrowed(LINES, ("claim_id", *_LINE_COLUMNS)), f"{_TRACED} ORDER BY t.line_number")
    sales = read_bulk(connection, STOCK, "WHERE t.trace_codes IS NOT NULL AND t.movement IN ('sale', 'sale_return')")
    connection.execute("DROP TABLE traced")
    return repeated_scans(_plain(join(claims, lines, empty_columns(DIAGNOSES))), sales)


def _has_codes(connection: psycopg.Connection) -> bool:
    """Whether any line or sale has a code; the indexes hold nothing else, so that an empty one tells it at once."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM lines WHERE trace_codes IS NOT NULL)"
        " OR EXISTS (SELECT FROM stock WHERE trace_codes IS NOT NULL)"
    ).fetchone()
    return bool(row and row[0])
