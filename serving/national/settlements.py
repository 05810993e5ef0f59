"""Turns the visits and lines of national messages into settlements as our own API takes them: one path for both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from rules.visits import REACH_DAYS
from serving.national.area import Area
from serving.national.codes import benefit_kind, is_emergency, item_kind
from serving.national.envelope import Envelope
from serving.national.messages.audit import Diagnosis, Order, Patient, Visit
from serving.national.problems import MALFORMED, Problem
from serving.schemas import SettlementIn

INPATIENT = "2"
SEXES = ("1", "2")
_CENT, _TEN_THOUSANDTH, _MILLIONTH = Decimal("0.01"), Decimal("0.0001"), Decimal("0.000001")
_NOTHING = Decimal(0)

Fields = dict[str, Any]


def yuan(amount: Decimal | None) -> str:
    """Money as our API spells it.

    >>> yuan(Decimal("12.3")), yuan(None)
    ('12.30', '0.00')
    """
    return str((amount or _NOTHING).quantize(_CENT))


def quantity(count: Decimal) -> str:
    """A quantity as our API spells it."""
    return str(count.quantize(_TEN_THOUSANDTH))


def price(pric: Decimal) -> str:
    """A unit price as our API spells it."""
    return str(pric.quantize(_MILLIONTH))


def care_of(med_type: str, where: str) -> Fields:
    """What a care category (med_type) says about a claim.

    Raises:
        Problem: the category is not known.
    """
    kind = benefit_kind(med_type)
    if kind is None:
        raise Problem(MALFORMED, f"{where}.med_type：应为医疗类别字典中的值（如 11、14、21、41）")
    return {"benefit_kind": kind, "care_category": med_type, "is_emergency": is_emergency(med_type)}


def channel_of(envelope: Envelope, area: Area) -> str:
    """Non-local where the person is insured in another pooling area than that of the care."""
    insured, treated = envelope.insuplc_admdvs, envelope.mdtrtarea_admvs
    digits = area.pooling_digits
    return "non_local" if insured and insured[:digits] != treated[:digits] else "networked"


def kind_of_item(code: str, list_type: str | None, charge_type: str | None, area: Area, where: str) -> str:
    """What an item is: as the message says it, else by the beginning of its code.

    Raises:
        Problem: neither says it.
    """
    kind = item_kind(list_type, charge_type) or area.item_kind(code)
    if not kind:
        raise Problem(MALFORMED, f"{where}：医保目录编码的开头不在目录类别字典中，请补充 list_type 或更正编码")
    return str(kind)


def asked_settlement(envelope: Envelope, patient: Patient, place: int, area: Area) -> SettlementIn:
    """The visit of a patient that is judged, as if it were settled at the message's own time."""
    where = f"input.data.patient_dtos[{place}]"
    visit = patient.current
    claim_id = f"{envelope.sender}.{envelope.msgid}.{place}"
    return SettlementIn.model_validate(_settlement(envelope, patient, visit, claim_id, envelope.inf_time, where, area))


def earlier_settlements(envelope: Envelope, patient: Patient, place: int, area: Area) -> list[SettlementIn]:
    """The patient's other visits of the time that any rule looks back on, from the earliest on."""
    where = f"input.data.patient_dtos[{place}]"
    asked_at = datetime.fromisoformat(envelope.inf_time)
    since = (asked_at - timedelta(days=REACH_DAYS)).isoformat(timespec="seconds")
    before = [
        visit
        for visit in patient.fsi_encounter_dtos
        if visit is not patient.current and visit.fsi_order_dtos and since <= visit.dscg_date <= envelope.inf_time
    ]
    return [
        SettlementIn.model_validate(
            _settlement(envelope, patient, visit, f"past.{number}", visit.dscg_date, where, area)
        )
        for number, visit in enumerate(sorted(before, key=lambda each: each.dscg_date))
    ]


def _settlement(
    envelope: Envelope, patient: Patient, visit: Visit, claim_id: str, settled_at: str, where: str, area: Area
) -> Fields:
    at = f"{where}.fsi_encounter_dtos[{patient.fsi_encounter_dtos.index(visit)}]"
    in_scope = max(visit.medfee_sumamt - visit.ownpay_amt - visit.selfpay_amt, _NOTHING)
    fund = in_scope if visit.hifp_payamt is None else visit.hifp_payamt + (visit.ma_amt or _NOTHING)
    account = visit.acct_payamt or _NOTHING
    days = {"admitted_on": visit.adm_date[:10], "discharged_on": visit.dscg_date[:10]}
    is_stay = visit.med_mdtrt_type == INPATIENT
    if is_stay and visit.dscg_date < visit.adm_date:
        raise Problem(MALFORMED, f"{at}.dscg_date：不能早于 adm_date")
    return {
        "settlement_id": claim_id,
        "visit_id": visit.mdtrt_id,
        "person_number": patient.patn_id,
        "institution_id": visit.medins_id,
        "doctor_id": visit.dr_codg,
        "department_id": visit.adm_dept_codg,
        "till_id": envelope.opter,
        "channel": channel_of(envelope, area),
        **care_of(visit.med_type, at),
        "insurance_type": visit.insutype,
        "served_at": visit.adm_date,
        "settled_at": settled_at,
        **(days if is_stay else {}),
        "total_yuan": yuan(visit.medfee_sumamt),
        "in_scope_yuan": yuan(in_scope),
        "fund_yuan": yuan(fund),
        "account_yuan": yuan(account),
        "cash_yuan": yuan(max(visit.medfee_sumamt - fund - account, _NOTHING)),
        "person": {
            "sex": patient.gend if patient.gend in SEXES else None,
            "born_on": patient.brdy,
            "insurance_type": visit.insutype,
            "area": envelope.insuplc_admdvs,
        },
        "diagnoses": _diagnoses(visit.fsi_diagnose_dtos),
        "lines": [
            _line(order, number, f"{at}.fsi_order_dtos[{number - 1}].hilist_code", area)
            for number, order in enumerate(visit.fsi_order_dtos, 1)
        ],
    }


def _diagnoses(named: Sequence[Diagnosis]) -> list[Fields]:
    """Each code once; one that is main anywhere is main."""
    mains: dict[str, bool] = {}
    for each in named:
        mains[each.dise_codg] = mains.get(each.dise_codg, False) or each.maindise_flag == "1"
    return [{"code": code, "is_main": is_main} for code, is_main in mains.items()]


def _line(order: Order, number: int, where: str, area: Area) -> Fields:
    return {
        "line_number": number,
        "line_id": order.rx_id,
        "prescription_id": order.rxno,
        "item_code": order.hilist_code,
        "item_name": order.hilist_name,
        "item_kind": kind_of_item(order.hilist_code, order.hilist_type, order.chrg_type, area, where),
        "charge_type": order.chrg_type,
        "grade": order.hilist_lv,
        "doctor_id": order.drord_dr_codg,
        "department_id": order.drord_dept_codg,
        "served_at": order.drord_begn_date,
        "quantity": quantity(order.cnt),
        "unit_price_yuan": price(order.pric),
        "amount_yuan": yuan(order.sumamt),
        "in_scope_yuan": yuan(max(order.sumamt - order.ownpay_amt - order.selfpay_amt, _NOTHING)),
        "own_item_code": order.hosplist_code,
    }
