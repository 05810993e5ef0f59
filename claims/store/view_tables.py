"""What a notebook may see: of which tables, and what becomes of each column.

A text is seen where it is listed as naming nobody, keyed again where it is an id, and empty otherwise: a column that is
added tomorrow is hidden until somebody says what it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from claims.tables import KNOWLEDGE, TABLES, Column, Kind, Table
from claims.trace_codes import SEPARATOR, SHORTEST

SCHEMA, ROLE, SESSION = "notebook", "yicha_notebook", "yicha.session"
"""Where the views are, as whom notebooks read, and the setting that tells one session from another."""

KEYED = frozenset(
    (
        *("claim_id", "visit_id", "reverses_claim_id", "line_id", "reverses_line_id", "prescription_id", "record_id"),
        *("patient_id", "employer_id", "doctor_id", "operating_doctor_id", "other_doctor_id", "staff_id", "till_id"),
        *("institution_id", "own_item_code", "verdict_id", "replaces_verdict_id", "subject_id", "case_id"),
        *("decided_by",),
    )
)
"""Ids of persons, places and papers: the same within a session, another in the next."""

CODES = "trace_codes"
"""Texts that list boxes: each code is keyed again by itself, so that a box is known again where it comes again."""

SHOWN = {
    "claims": (
        *("kind", "department_id", "channel", "benefit_kind", "care_category", "insurance_type", "known_at_source"),
    ),
    "lines": ("item_code", "item_name", "item_kind", "charge_type", "grade", "department_id"),
    "diagnoses": ("code",),
    "patients": ("sex", "insurance_type", "person_type", "area", "chronic_conditions"),
    "institutions": ("kind", "level", "area"),
    "declarations": ("register",),
    "departments": ("department_id",),
    "department_services": ("department_id", "item_code"),
    "staff": ("role", "department_id"),
    "catalogue": ("item_code", "name", "item_kind", "grade", "drug_class", "only_sex"),
    "agreements": ("covers",),
    "item_mappings": ("item_code",),
    "stock": ("item_code", "movement"),
    "verdicts": ("subject_kind", "finding", "violation_type", "violation_item", "violation_detail", "drawn_by"),
    "knowledge": tuple(column.name for column in KNOWLEDGE.columns if column.kind is Kind.TEXT),
}
"""Texts that name nobody: codes of the nation's lists, and words of our own."""

COARSE = {
    "born_on": "make_date(extract(year FROM born_on)::int, 7, 1)",
    "died_on": "(date_trunc('month', died_on) + interval '1 month - 1 day')::date",
}
"""Days that tell who it is: of a birth the year is left, of a death the month."""


def keyed(text: str) -> str:
    """The SQL that keys a text again: 128 bits in hexadecimal characters, as the store's own pseudonyms."""
    key = f"(SELECT key FROM {SCHEMA}.session_key)"
    return f"substr(encode(sha256({key} || convert_to({text}, 'UTF8')), 'hex'), 1, 32)"


def keyed_all(texts: str) -> str:
    """As `keyed`, of each member of an array."""
    return f"ARRAY(SELECT {keyed('one')} FROM unnest({texts}) WITH ORDINALITY AS a(one, place) ORDER BY place)"


def keyed_codes(texts: str) -> str:
    """As `keyed`, of each trace code in a text; one that names no box stays none, and is emptied."""
    is_code = f"length(code) >= {SHORTEST} AND code !~ '^(.)\\1*$'"
    each = f"CASE WHEN {is_code} THEN {keyed('code')} ELSE '' END"
    split = f"unnest(string_to_array({texts}, '{SEPARATOR}')) WITH ORDINALITY AS a(code, place)"
    return f"(SELECT string_agg({each}, '{SEPARATOR}' ORDER BY place) FROM {split})"


def _only(parts: str, *names: str) -> str:
    """Of each part of a JSON list these members, and none of its sentences: they may name somebody."""
    members = ", ".join(f"'{name}', one->'{name}'" for name in names)
    return f"(SELECT coalesce(jsonb_agg(jsonb_build_object({members})), '[]') FROM jsonb_array_elements({parts}) one)"


OTHERS = {
    "snapshots": "SELECT * FROM public.snapshots",
    "node_columns": f"""SELECT node_kind, {keyed("node_id")} AS node_id, available_at, snapshot_id, values
        FROM public.node_columns""",
    "rings": f"""SELECT 'ring-' || left({keyed("ring_id")}, 12) AS ring_id, snapshot_id, kind, score,
        {keyed_all("members")} AS members, joint_days, money_fen, {keyed_all("evidence_claims")} AS evidence_claims,
        jsonb_build_object('grounds', details->'grounds', 'evidence_until', details->'evidence_until',
            'says_zh', details->'says_zh', 'says_en', details->'says_en') AS details FROM public.rings""",
    "confirmed": f"""SELECT entity_kind, {keyed("entity_id")} AS entity_id, known_at,
        {keyed("verdict_id")} AS verdict_id, {keyed("claim_id")} AS claim_id, amount_fen FROM public.confirmed""",
    "feature_builds": "SELECT * FROM public.feature_builds",
    # Of what was learned from closed months only the days that packs last: the other tables name doctors and places.
    "feature_closed": "SELECT * FROM public.feature_closed WHERE name = 'days'",
    "store_facts": "SELECT * FROM public.store_facts WHERE name = 'store_id'",
    "rule_changes": "SELECT change_id, rule_code, what, old_state, new_state, changed_at FROM public.rule_changes",
    "decisions": f"""SELECT recorded_order, {keyed("claim_id")} AS claim_id, action, probability, anomaly,
        money_at_stake_fen, feature_set, features, {_only("rule_hits", "code", "grade", "amount_yuan", "line_number")}
        AS rule_hits, {_only("reasons", "kind", "source", "feature", "direction", "share", "code")} AS reasons,
        bundle_fingerprint, snapshot_id, is_batch, decided_at, latency_microseconds FROM public.decisions""",
    "shadow_scores": "SELECT * FROM public.shadow_scores",
    "promotions": f"""SELECT promotion_id, subject, alias, bundle_path, bundle_fingerprint, run_id, version,
        {keyed("promoted_by")} AS promoted_by, '' AS why, promoted_at, what, previous_id, needs_second
        FROM public.promotions""",
    "watch_reports": "SELECT * FROM public.watch_reports",
}
"""Tables of our own steps, as far as looking at models, rules and rings needs them."""


def views() -> Iterator[tuple[str, str]]:
    """Name and query of each view."""
    for table in (*TABLES, KNOWLEDGE):
        columns = ", ".join(f"{_seen(table, column)} AS {column.name}" for column in table.columns)
        yield table.name, f"SELECT {columns} FROM public.{table.name}"
    yield from OTHERS.items()


def _seen(table: Table, column: Column) -> str:
    if column.name in KEYED:
        return keyed(column.name)
    if column.name == CODES:
        return keyed_codes(column.name)
    if column.name in COARSE:
        return COARSE[column.name]
    is_shown = column.kind is not Kind.TEXT or column.name in SHOWN[table.name]
    return column.name if is_shown else "NULL::text"
