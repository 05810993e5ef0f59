"""2102, 2207 and 2304: settlements."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from serving.national.envelope import Envelope
from serving.national.fields import (
    Amount,
    Code3,
    Code6,
    Code30,
    Day,
    DiseaseCode,
    Flag,
    Maybe,
    Moment,
    Name50,
    Part,
    Person30,
)
from serving.national.messages.lines import DrugLine
from serving.schemas import MOST_LINES


class Paid(Part):
    """`setlinfo`: who paid what, as the platform reckoned it; not part of the published input, see docs/national.md."""

    setl_id: Maybe[Code30] = None
    medins_setl_id: Maybe[Code30] = None
    setl_time: Maybe[Moment] = None
    fund_pay_sumamt: Amount
    acct_pay: Amount
    psn_cash_pay: Amount
    balc: Maybe[Amount] = None
    begndate: Maybe[Day] = None
    enddate: Maybe[Day] = None

    @model_validator(mode="after")
    def _stay_begins_first(self) -> Paid:
        if self.begndate and self.enddate and self.enddate < self.begndate:
            raise PydanticCustomError("reason", "{says}", {"says": "enddate 不能早于 begndate"})
        return self


class Drugs(Part):
    """The `druginfo` of 2102."""

    psn_no: Person30
    mdtrt_cert_type: Code3
    mdtrt_cert_no: Maybe[Name50] = None
    begntime: Moment
    medfee_sumamt: Amount
    invono: Maybe[Code30] = None
    insutype: Code6
    dise_codg: Maybe[DiseaseCode] = None
    acct_used_flag: Flag
    med_type: Code6
    inscp_scp_amt: Maybe[Amount] = None


class DrugsInput(Part):
    """The `input` of 2102."""

    druginfo: Drugs
    drugdetail: Annotated[list[DrugLine], Field(min_length=1, max_length=MOST_LINES)]
    setlinfo: Maybe[Paid] = None


class DrugsMessage(Envelope):
    """2102 药店结算."""

    input: DrugsInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [self.input.druginfo.psn_no]


class Bill(Part):
    """What the `data` of 2207 and 2304 share."""

    psn_no: Person30
    mdtrt_cert_type: Code3
    mdtrt_cert_no: Maybe[Name50] = None
    med_type: Code6
    medfee_sumamt: Amount
    psn_setlway: Code6
    mdtrt_id: Code30
    acct_used_flag: Flag
    insutype: Code6
    invono: Maybe[Code30] = None
    fulamt_ownpay_amt: Maybe[Amount] = None
    overlmt_selfpay: Maybe[Amount] = None
    preselfpay_amt: Maybe[Amount] = None
    inscp_scp_amt: Maybe[Amount] = None


class OutpatientBill(Bill):
    """The `data` of 2207."""

    chrg_bchno: Code30


class OutpatientBillInput(Part):
    """The `input` of 2207."""

    data: OutpatientBill
    setlinfo: Maybe[Paid] = None


class StayBillInput(Part):
    """The `input` of 2304."""

    data: Bill
    setlinfo: Maybe[Paid] = None


class BillMessage(Envelope):
    """2207 门诊结算."""

    input: OutpatientBillInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [self.input.data.psn_no]


class StayBillMessage(Envelope):
    """2304 住院结算."""

    input: StayBillInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [self.input.data.psn_no]
