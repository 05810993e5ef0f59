"""What an institution's own claims say about it, one declared column each; no label is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from claims.tables import MISSING, Array
from training.institution_facts import Facts, divide


@dataclass(frozen=True)
class InstitutionColumn:
    """A named column over institutions.

    Attributes:
        name: begins with `institution_`.
        unit: fen, count, days, years, share or ratio.
        says_zh, says_en: a sentence part with `{value}`.
        compute: facts of g institutions -> (g,) float64.
    """

    name: str
    unit: str
    says_zh: str
    says_en: str
    compute: Callable[[Facts], Array]


def _fen(name: str) -> Callable[[Facts], Array]:
    return lambda facts: facts.claims[name].astype(np.float64)


_fund, _cash, _total = _fen("fund_fen"), _fen("cash_fen"), _fen("total_fen")


def _stay(facts: Facts) -> Array:
    """(m,) days of the stay, at least 1; not a number for outpatients."""
    admitted, discharged = facts.claims["admitted_on"], facts.claims["discharged_on"]
    known = (admitted != MISSING) & (discharged != MISSING)
    return np.where(known, np.maximum(np.where(known, discharged - admitted, 0), 1), np.nan)


def _has(name: str) -> Callable[[Facts], Array]:
    return lambda facts: np.array([value is not None for value in facts.claims[name].tolist()], dtype=np.bool_)


def _same_doctor(facts: Facts) -> Array:
    return np.asarray(_has("doctor_id")(facts) & (facts.claims["doctor_id"] == facts.claims["operating_doctor_id"]))


def _per_claim_diagnoses(facts: Facts) -> Array:
    rows, _ = facts.diagnoses
    return np.bincount(rows, minlength=len(facts.of)).astype(np.float64)


def _amounts_as_names(facts: Facts) -> Array:
    return facts.claims["total_fen"].astype(object)


C = InstitutionColumn

OWN_COLUMNS: tuple[InstitutionColumn, ...] = (
    C("institution_claims", "count", "共 {value} 次结算", "{value} settlements", lambda f: f.count()),
    C(
        "institution_patients",
        "count",
        "共 {value} 名参保人",
        "{value} patients",
        lambda f: f.distinct(f.claims["patient_id"]),
    ),
    C(
        "institution_doctors",
        "count",
        "共 {value} 名经治医师",
        "{value} attending doctors",
        lambda f: f.distinct(f.claims["doctor_id"]),
    ),
    C(
        "institution_operating_doctors",
        "count",
        "共 {value} 名手术医师",
        "{value} operating doctors",
        lambda f: f.distinct(f.claims["operating_doctor_id"]),
    ),
    C(
        "institution_other_doctors",
        "count",
        "共 {value} 名其他医师",
        "{value} other doctors",
        lambda f: f.distinct(f.claims["other_doctor_id"]),
    ),
    C(
        "institution_fund_fen",
        "fen",
        "基金支付合计 {value} 元",
        "{value} yuan paid by the fund",
        lambda f: f.total(_fund(f)),
    ),
    C(
        "institution_fund_mean_fen",
        "fen",
        "次均基金支付 {value} 元",
        "{value} yuan of the fund a claim",
        lambda f: f.mean(_fund(f)),
    ),
    C(
        "institution_fund_largest_fen",
        "fen",
        "单次最高基金支付 {value} 元",
        "largest fund payment {value} yuan",
        lambda f: f.largest(_fund(f)),
    ),
    C(
        "institution_fund_spread_fen",
        "fen",
        "基金支付标准差 {value} 元",
        "fund payments spread by {value} yuan",
        lambda f: f.spread(_fund(f)),
    ),
    C(
        "institution_cash_mean_fen",
        "fen",
        "次均个人现金 {value} 元",
        "{value} yuan in cash a claim",
        lambda f: f.mean(_cash(f)),
    ),
    C(
        "institution_fund_share",
        "share",
        "基金支付占总费用 {value}",
        "the fund pays {value} of the fees",
        lambda f: divide(f.total(_fund(f)), f.total(_total(f))),
    ),
    C(
        "institution_fund_per_patient_fen",
        "fen",
        "人均基金支付 {value} 元",
        "{value} yuan of the fund a patient",
        lambda f: divide(f.total(_fund(f)), f.distinct(f.claims["patient_id"])),
    ),
    C(
        "institution_fund_per_doctor_fen",
        "fen",
        "每名医师基金支付 {value} 元",
        "{value} yuan of the fund an attending doctor",
        lambda f: divide(f.total(_fund(f)), f.distinct(f.claims["doctor_id"])),
    ),
    C(
        "institution_stay_mean_days",
        "days",
        "平均住院 {value} 天",
        "stays of {value} days on average",
        lambda f: f.mean(_stay(f)),
    ),
    C(
        "institution_stay_largest_days",
        "days",
        "最长住院 {value} 天",
        "longest stay {value} days",
        lambda f: f.largest(_stay(f)),
    ),
    C(
        "institution_stay_spread_days",
        "days",
        "住院日标准差 {value} 天",
        "stays spread by {value} days",
        lambda f: f.spread(_stay(f)),
    ),
    C(
        "institution_fund_per_stay_day_fen",
        "fen",
        "每住院日基金支付 {value} 元",
        "{value} yuan of the fund a day of stay",
        lambda f: divide(f.total(np.where(np.isnan(_stay(f)), 0.0, _fund(f))), f.total(_stay(f))),
    ),
    C(
        "institution_age_mean_years",
        "years",
        "患者平均年龄 {value} 岁",
        "patients are {value} years old on average",
        lambda f: f.mean(f.age_years),
    ),
    C(
        "institution_age_spread_years",
        "years",
        "患者年龄标准差 {value} 岁",
        "patients' ages spread by {value} years",
        lambda f: f.spread(f.age_years),
    ),
    C(
        "institution_conditions_mean",
        "ratio",
        "患者平均登记慢性病 {value} 种",
        "{value} registered chronic conditions a patient",
        lambda f: f.mean(f.conditions),
    ),
    C(
        "institution_conditions_spread",
        "ratio",
        "患者慢性病数标准差 {value}",
        "chronic conditions spread by {value}",
        lambda f: f.spread(f.conditions),
    ),
    C(
        "institution_deceased_share",
        "share",
        "{value} 的结算属于已故人员",
        "{value} of the claims are of persons who died since",
        lambda f: f.share(f.has_died.astype(np.bool_)),
    ),
    C(
        "institution_diagnoses",
        "count",
        "共 {value} 种诊断",
        "{value} different diagnoses",
        lambda f: f.distinct_diagnoses(),
    ),
    C(
        "institution_diagnoses_per_claim",
        "ratio",
        "每次结算 {value} 个诊断",
        "{value} diagnoses a claim",
        lambda f: f.mean(_per_claim_diagnoses(f)),
    ),
    C(
        "institution_operated_share",
        "share",
        "{value} 的结算有手术医师",
        "{value} of the claims name an operating doctor",
        lambda f: f.share(_has("operating_doctor_id")(f)),
    ),
    C(
        "institution_other_doctor_share",
        "share",
        "{value} 的结算有其他医师",
        "{value} of the claims name another doctor",
        lambda f: f.share(_has("other_doctor_id")(f)),
    ),
    C(
        "institution_same_doctor_share",
        "share",
        "{value} 的结算经治与手术为同一人",
        "{value} of the claims have one doctor in both roles",
        lambda f: f.share(_same_doctor(f)),
    ),
    C(
        "institution_main_doctor_share",
        "share",
        "{value} 的结算出自同一医师",
        "{value} of the claims come from one doctor",
        lambda f: f.most_common_share(f.claims["doctor_id"]),
    ),
    C(
        "institution_main_patient_share",
        "share",
        "{value} 的结算属于同一参保人",
        "{value} of the claims are of one patient",
        lambda f: f.most_common_share(f.claims["patient_id"]),
    ),
    C(
        "institution_same_amount_share",
        "share",
        "{value} 的结算金额完全相同",
        "{value} of the claims have the very same amount",
        lambda f: f.most_common_share(_amounts_as_names(f)),
    ),
    C(
        "institution_claims_per_patient",
        "ratio",
        "人均结算 {value} 次",
        "{value} claims a patient",
        lambda f: divide(f.count(), f.distinct(f.claims["patient_id"])),
    ),
    C(
        "institution_claims_per_doctor",
        "ratio",
        "每名医师结算 {value} 次",
        "{value} claims an attending doctor",
        lambda f: divide(f.count(), f.distinct(f.claims["doctor_id"])),
    ),
)


def own_columns(facts: Facts) -> Array:
    """All of `OWN_COLUMNS` for each institution of the facts, (g, k) float64, never null."""
    return np.stack([column.compute(facts) for column in OWN_COLUMNS], axis=1)
