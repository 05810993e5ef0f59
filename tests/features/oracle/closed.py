# ruff: noqa: E501  # SQL reads better unbroken
"""What whole months taught: medians, peers and learned frequencies, from the settlements themselves."""

from __future__ import annotations

from pathlib import Path

import duckdb

from features.declare import AgainstPeers, Closed, Feature
from tests.features.oracle.past import count, past

OF_MONTHS = (Closed, AgainstPeers)
FAR = 1 << 40
"""A clock by which all months have ended."""


def prepare(oracle_database: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that `value` asks, as if every month had been learned in time; they take a while."""
    oracle_database.execute(Path(__file__).with_name("months.sql").read_text(encoding="utf-8"))


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    match feature.how:
        case Closed(what):
            return _CLAIM[what]
        case AgainstPeers(what):
            return _against_peers(feature.per, what, feature.over)
        case _:
            return None


def _over_lines(what: str) -> str:
    return f"(SELECT {what} FROM prices p WHERE p.claim_id = q.claim_id)"


def _lift(which: str) -> str:
    return _over_lines(
        f"{which}(CASE WHEN of_item > 0 THEN CAST(of_item_here * everything + 20 * of_item AS DOUBLE) / (of_item * (here + 20)) END)"
    )


def _excess(usual: str) -> str:
    return _over_lines(
        f"sum(CASE WHEN amount_fen > 0 AND price > {usual} THEN floor(CAST(amount_fen AS DOUBLE) * (price - {usual}) / price) END)"
    )


def _fit(what: str) -> str:
    return f"(SELECT {what} FROM drug_fits f WHERE f.claim_id = q.claim_id)"


_LIKE_IT = "t.asked = q.claim_id AND t.benefit_kind = q.benefit_kind AND t.place = me.place AND t.level = me.level"
_MIX = f"{_LIKE_IT} AND band_of(t.age) = band_of(me.age)"

_CLAIM = {
    "price_over_region": _over_lines("max(CAST(price AS DOUBLE) / usual) FILTER (WHERE price > 0)"),
    "price_over_own_past": _over_lines("max(CAST(price AS DOUBLE) / own) FILTER (WHERE price > 0)"),
    "fen_above_region": _excess("usual"),
    "fen_above_own_past": _excess("own"),
    "item_lift_least": _lift("min"),
    "item_lift_most": _lift("max"),
    "drug_fit_least": _fit("min(chance)"),
    "drug_lift_least": _fit("min(lift)"),
    "misfit_amount_share": _fit(
        "CAST(sum(CASE WHEN lift < 0.25 THEN money ELSE 0 END) AS DOUBLE) / nullif(sum(money), 0)"
    ),
    "amount_against_peers": f"""(SELECT CAST(q.amount AS DOUBLE) / nullif(rank_of(list(t.total_fen), 5), 0)
        FROM described me JOIN taught t ON {_LIKE_IT} WHERE me.claim_id = q.claim_id)""",
    "amount_against_expected": f"""(SELECT CAST(q.amount AS DOUBLE) / nullif(
          (coalesce(sum(t.total_fen) FILTER (WHERE t.main = me.main), 0)
             + 20 * (CAST(sum(t.total_fen) AS DOUBLE) / nullif(count(*), 0)))
          / (count(*) FILTER (WHERE t.main = me.main) + 20), 0)
        FROM described me JOIN taught t ON {_MIX} WHERE me.claim_id = q.claim_id)""",
}

_SHARED = """SELECT count(DISTINCT t.patient_id) AS shared FROM taught t JOIN taught b USING (asked, patient_id)
    WHERE t.asked = q.claim_id AND t.doctor_id = q.doctor_id AND b.place = 'pharmacy'"""
_OF_PATIENTS = """(SELECT count(DISTINCT t.patient_id) + 20 FROM taught t
    WHERE t.asked = q.claim_id AND t.doctor_id = q.doctor_id)"""

_CLAIM |= {
    "doctor_patients_at_one_pharmacy_share": f"""CAST((SELECT max(shared) FROM ({_SHARED} GROUP BY b.institution_id)) AS DOUBLE)
        / {_OF_PATIENTS}""",
    "doctor_patients_at_this_pharmacy_share": f"CAST(({_SHARED} AND b.institution_id = q.institution_id) AS DOUBLE) / {_OF_PATIENTS}",
}

_PEER_OF = {
    "doctor": (
        "t.doctor_id, t.month",
        "t.doctor_id IS NOT NULL AND t.place = me.place AND t.department = me.department",
        5,
    ),
    "institution": ("t.institution_id, t.month", "t.place = me.place AND t.level = me.level", 5),
    "patient": ("t.patient_id", "t.sex = me.sex", 9),
}
"""By whom peers are counted, who is a peer, and which tenth of them is compared with."""

_HAVE = {
    "claims_count": "count(*)",
    "amount_sum": "sum(t.total_fen)",
    "amount_mean": "sum(t.total_fen) // count(*)",
    "claims_per_patient": "count(*) * 1000 // count(DISTINCT t.patient_id)",
}


def _against_peers(per: str, what: str, over: str | None) -> str:
    each, is_peer, tenth = _PEER_OF[per]
    # a person's age is that of the last claim of the three months
    of_age = "HAVING band_of(max(t.age)) = band_of(any_value(me.age))" if per == "patient" else ""
    peers = f"""(SELECT rank_of(list(v), {tenth}) FROM (SELECT CAST({_HAVE[what]} AS BIGINT) AS v
        FROM described me JOIN taught t ON t.asked = q.claim_id AND {is_peer}
        WHERE me.claim_id = q.claim_id GROUP BY {each} {of_age}))"""
    claims, fen = count(per, over), f"coalesce({past(per, over, None, 'sum(e.amount)')}, 0)"
    patients = past(per, over, None, "count(DISTINCT e.patient_id)")
    match what:
        case "claims_count":
            return f"CAST({claims} AS DOUBLE) / nullif({peers}, 0)"
        case "amount_sum":
            return f"CAST({fen} AS DOUBLE) / nullif({peers}, 0)"
        case "amount_mean":
            return f"CAST({fen} AS DOUBLE) / nullif({claims} * {peers}, 0)"
        case _:
            return f"CAST({claims} AS DOUBLE) / nullif({patients} * ({peers} / CAST(1000 AS DOUBLE)), 0)"
