"""What the API takes. Unknown fields are refused, sizes are bounded, money and quantities are exact texts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from serving.fields import (
    Code,
    Day,
    DaysOfSupply,
    Flag,
    Id,
    LineNumber,
    Moment,
    Name,
    NegativeQuantity,
    NegativeYuan,
    OwnCode,
    PersonNumber,
    Quantity,
    TraceCode,
    UnitPrice,
    Yuan,
)

MOST_SETTLEMENTS = 200
MOST_LINES = 5_000
MOST_DIAGNOSES = 60
MOST_TRACE_CODES = 500
"""Boxes of one line; who hands out more hands out packs by the crate."""

BenefitKind = Literal["general_outpatient", "chronic", "special", "negotiated_drug", "personal_account", "inpatient"]
Channel = Literal["networked", "manual", "non_local"]
ItemKind = Literal["drug", "herbal", "service", "consumable", "facility"]


class Body(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PersonIn(Body):
    """The insured person, used only when the store does not know the person yet. No name, no certificate number."""

    sex: Literal["1", "2"] | None = Field(None, description="1 male, 2 female")
    born_on: Day | None = None
    insurance_type: Code | None = Field(None, description="national insurance type (insutype)", examples=["310"])
    person_type: Code | None = Field(None, description="national person type (psn_type)", examples=["12"])
    area: Code | None = Field(None, description="insured area (insu_admdvs)", examples=["000000"])
    long_prescription_from: Day | None = Field(None, description="first day of the approval for long prescriptions")
    long_prescription_until: Day | None = Field(None, description="its last day; left out while it stands")

    @model_validator(mode="after")
    def _approval_begins_first(self) -> PersonIn:
        first, last = self.long_prescription_from, self.long_prescription_until
        if last and (first is None or last < first):
            raise PydanticCustomError("days", "expected long_prescription_until not before long_prescription_from")
        return self


class DiagnosisIn(Body):
    """One diagnosis of the settlement."""

    code: Code = Field(examples=["I10"])
    is_main: Flag = False


class LineIn(Body):
    """One fee line."""

    line_number: LineNumber
    line_id: Id | None = Field(None, description="the caller's own line id (feedetl_sn)")
    prescription_id: Id | None = Field(None, description="prescription slip (rxno)")
    item_code: Code = Field(description="national item code", examples=["XC09AAF001A001010100001"])
    item_name: Name | None = Field(None, examples=["卡托普利片"])
    item_kind: ItemKind
    charge_type: Code | None = Field(None, description="national charge item type")
    grade: Code | None = Field(None, description="catalogue grade: 01, 02, 03")
    doctor_id: Id | None = None
    department_id: Id | None = None
    served_at: Moment | None = None
    quantity: Quantity
    unit_price_yuan: UnitPrice
    price_ceiling_yuan: UnitPrice | None = None
    amount_yuan: Yuan
    in_scope_yuan: Yuan | None = None
    days_of_supply: DaysOfSupply | None = None
    own_item_code: OwnCode | None = None
    trace_codes: list[TraceCode] = Field(
        default_factory=list,
        max_length=MOST_TRACE_CODES,
        description="trace codes of the boxes (drug_trac_codg), one a box; one that was scanned twice stands twice",
    )
    is_split_pack: Flag = Field(False, description="sold by the piece out of an opened box (trdn_flag)")


class SettlementIn(Body):
    """One settlement that is to be decided."""

    settlement_id: Id
    visit_id: Id | None = None
    person_number: PersonNumber
    institution_id: Id = Field(description="national institution code", examples=["P00000000001"])
    doctor_id: Id | None = None
    department_id: Id | None = None
    till_id: Id | None = None
    channel: Channel
    benefit_kind: BenefitKind
    care_category: Code | None = Field(None, description="national care category (med_type)")
    insurance_type: Code | None = None
    is_emergency: Flag = False
    served_at: Moment | None = None
    settled_at: Moment
    admitted_on: Day | None = None
    discharged_on: Day | None = None
    total_yuan: Yuan
    in_scope_yuan: Yuan | None = None
    fund_yuan: Yuan
    account_yuan: Yuan
    cash_yuan: Yuan
    account_balance_yuan: Yuan | None = None
    person: PersonIn | None = None
    diagnoses: list[DiagnosisIn] = Field(default_factory=list, max_length=MOST_DIAGNOSES)
    lines: list[LineIn] = Field(min_length=1, max_length=MOST_LINES)

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "settlement_id": "S20260105000123",
                    "person_number": "TEST-PERSON-0001",
                    "institution_id": "P00000000001",
                    "till_id": "T1",
                    "channel": "networked",
                    "benefit_kind": "chronic",
                    "is_emergency": False,
                    "settled_at": "2026-01-05T09:30:00+08:00",
                    "total_yuan": "24.60",
                    "fund_yuan": "20.00",
                    "account_yuan": "0.00",
                    "cash_yuan": "4.60",
                    "person": {"sex": "1", "born_on": "1950-02-01", "insurance_type": "310"},
                    "diagnoses": [{"code": "I10", "is_main": True}],
                    "lines": [
                        {
                            "line_number": 1,
                            "item_code": "XC09AAF001A001010100001",
                            "item_kind": "drug",
                            "quantity": "2.0000",
                            "unit_price_yuan": "12.300000",
                            "amount_yuan": "24.60",
                            "days_of_supply": 28,
                        }
                    ],
                }
            ]
        }
    )

    @model_validator(mode="after")
    def _lines_differ(self) -> SettlementIn:
        _check_numbers([line.line_number for line in self.lines])
        if self.admitted_on and self.discharged_on and self.discharged_on < self.admitted_on:
            raise PydanticCustomError("days", "expected discharged_on not before admitted_on")
        return self


class AdviceIn(SettlementIn):
    """A question before or during care; answered and kept apart, never part of any history."""

    system_code: Code = Field(description="the calling system", examples=["HIS01"])
    stage: Literal["before", "pre_settlement"]
    request_id: Id = Field(description="unique within system and stage", examples=["REQ-1"])


class ConfirmationIn(Body):
    """Settlements that were really made after we decided them."""

    settlement_ids: list[Id] = Field(min_length=1, max_length=MOST_LINES)

    model_config = ConfigDict(json_schema_extra={"examples": [{"settlement_ids": ["S20260105000123"]}]})


class ReversalLineIn(Body):
    """One line that is taken back."""

    line_number: LineNumber
    reverses_line_id: Id | None = Field(None, description="the line it takes back (init_feedetl_sn)")
    item_code: Code = Field(examples=["XC09AAF001A001010100001"])
    item_kind: ItemKind
    quantity: NegativeQuantity
    unit_price_yuan: UnitPrice
    amount_yuan: NegativeYuan
    trace_codes: list[TraceCode] = Field(
        default_factory=list,
        max_length=MOST_TRACE_CODES,
        description="the boxes that came back; none named: all of the line's",
    )


class ReversalIn(Body):
    """A refund (退费, 冲正) of a settlement, whole or in part."""

    reversal_id: Id
    reverses_settlement_id: Id
    person_number: PersonNumber
    institution_id: Id
    settled_at: Moment
    total_yuan: NegativeYuan
    fund_yuan: NegativeYuan
    account_yuan: NegativeYuan
    cash_yuan: NegativeYuan
    lines: list[ReversalLineIn] = Field(min_length=1, max_length=MOST_LINES)

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reversal_id": "R20260106000007",
                    "reverses_settlement_id": "S20260105000123",
                    "person_number": "TEST-PERSON-0001",
                    "institution_id": "P00000000001",
                    "settled_at": "2026-01-06T10:00:00+08:00",
                    "total_yuan": "-12.30",
                    "fund_yuan": "-10.00",
                    "account_yuan": "0.00",
                    "cash_yuan": "-2.30",
                    "lines": [
                        {
                            "line_number": 1,
                            "item_code": "XC09AAF001A001010100001",
                            "item_kind": "drug",
                            "quantity": "-1.0000",
                            "unit_price_yuan": "12.300000",
                            "amount_yuan": "-12.30",
                        }
                    ],
                }
            ]
        }
    )

    @model_validator(mode="after")
    def _lines_differ(self) -> ReversalIn:
        _check_numbers([line.line_number for line in self.lines])
        return self


def _check_numbers(numbers: list[int]) -> None:
    if len(set(numbers)) < len(numbers):
        raise PydanticCustomError("line_numbers", "expected line numbers that differ")


class FindingIn(Body):
    """What the reviewer says about one line of the evidence."""

    claim_id: Id
    line_number: Annotated[int, Field(strict=True, ge=0, le=100_000, description="0 means the whole claim")] = 0
    finding: Literal["violating", "in_order", "not_judged"]
    amount_yuan: Yuan = "0.00"
    violation_type: Name | None = Field(None, description="first level, 违规类型", examples=["过度开药"])
    violation_item: Name | None = Field(None, description="second level, 违规事项")
    violation_detail: Name | None = Field(None, description="third level, 违规详情")


class VerdictIn(Body):
    """A reviewer's findings on a case."""

    findings: list[FindingIn] = Field(min_length=1, max_length=MOST_LINES)
    is_appeal: Flag = Field(False, description="replaces standing verdicts; supervisors only")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "findings": [
                        {
                            "claim_id": "S20260105000123",
                            "line_number": 1,
                            "finding": "violating",
                            "amount_yuan": "24.60",
                            "violation_type": "过度开药",
                        }
                    ]
                }
            ]
        }
    )
