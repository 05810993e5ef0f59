"""2204 and 2301 bring fee lines, 2205 and 2302 cancel them; the lines of 2102 are much alike."""

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
    Code40,
    Days,
    DiseaseCode,
    Flag,
    ItemCode,
    Maybe,
    Moment,
    Name50,
    Part,
    Person30,
    Price,
    Quantity,
    SignedAmount,
    SignedQuantity,
    Text100,
    Text150,
    Text200,
    Text500,
)
from serving.schemas import MOST_LINES, MOST_TRACE_CODES


class TraceCode(Part):
    """One of drugtracinfo: a box."""

    drug_trac_codg: Code30


class PricedLine(Part):
    """What every fee line has; the last fields are results of the platform that a caller may hand on."""

    feedetl_sn: Code30
    rxno: Maybe[Code40] = None
    fee_ocur_time: Moment
    med_list_codg: ItemCode
    medins_list_codg: Text150
    pric: Price
    sin_dos_dscr: Maybe[Text200] = None
    used_frqu_dscr: Maybe[Text200] = None
    medc_way_dscr: Maybe[Text200] = None
    prd_days: Maybe[Days] = None
    list_type: Maybe[Code3] = None
    med_chrgitm_type: Maybe[Code3] = None
    chrgitm_lv: Maybe[Code3] = None
    pric_uplmt_amt: Maybe[Price] = None
    inscp_scp_amt: Maybe[Amount] = None
    drug_trac_codg: Maybe[Code30] = None
    drugtracinfo: Maybe[Annotated[list[TraceCode], Field(max_length=MOST_TRACE_CODES)]] = None
    trdn_flag: Maybe[Flag] = None

    @property
    def trace_codes(self) -> list[str]:
        """The trace codes of the line's boxes, of the list of newer versions or the one field of older ones."""
        listed = [each.drug_trac_codg for each in self.drugtracinfo or ()]
        return listed or ([self.drug_trac_codg] if self.drug_trac_codg else [])


class DrugLine(PricedLine):
    """One of drugdetail: a line of a pharmacy, without an ordering department."""

    rx_circ_flag: Flag
    det_item_fee_sumamt: Amount
    cnt: Quantity
    bilg_dr_codg: Maybe[Code30] = None
    bilg_dr_name: Maybe[Name50] = None


class UploadedLine(PricedLine):
    """What lines of 2204 and 2301 share."""

    mdtrt_id: Code30
    psn_no: Person30
    dise_codg: Maybe[DiseaseCode] = None
    medins_list_name: Text100
    bilg_dept_codg: Code30
    bilg_dept_name: Text100
    bilg_dr_codg: Code30
    bilg_dr_name: Name50
    unchk_flag: Maybe[Flag] = None
    unchk_memo: Maybe[Text500] = None

    @model_validator(mode="after")
    def _skipping_has_a_reason(self) -> UploadedLine:
        if self.unchk_flag == "1" and not self.unchk_memo:
            raise PydanticCustomError("reason", "{says}", {"says": "unchk_flag 为 1（不审核）时必须填写 unchk_memo"})
        return self


class OutpatientLine(UploadedLine):
    """One of feedetail of 2204."""

    chrg_bchno: Code30
    rx_circ_flag: Flag
    det_item_fee_sumamt: Amount
    cnt: Quantity


class StayLine(UploadedLine):
    """One of feedetail of 2301; a return has a negative quantity and names the line that it takes back."""

    med_type: Code6
    init_feedetl_sn: Maybe[Code30] = None
    det_item_fee_sumamt: SignedAmount
    cnt: SignedQuantity

    @model_validator(mode="after")
    def _returns_name_their_line(self) -> StayLine:
        is_return = self.cnt < 0
        if is_return is not bool(self.init_feedetl_sn) or (is_return and self.det_item_fee_sumamt > 0):
            says = "退费明细的 cnt 与 det_item_fee_sumamt 应为负，并填写 init_feedetl_sn；其他明细不填"
            raise PydanticCustomError("reason", "{says}", {"says": says})
        if not is_return and self.det_item_fee_sumamt < 0:
            raise PydanticCustomError("reason", "{says}", {"says": "det_item_fee_sumamt 与 cnt 的正负应一致"})
        return self


class OutpatientLinesInput(Part):
    """The `input` of 2204."""

    feedetail: Annotated[list[OutpatientLine], Field(min_length=1, max_length=MOST_LINES)]


class StayLinesInput(Part):
    """The `input` of 2301."""

    feedetail: Annotated[list[StayLine], Field(min_length=1, max_length=MOST_LINES)]


class LinesMessage(Envelope):
    """2204 门诊费用明细信息上传."""

    input: OutpatientLinesInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [line.psn_no for line in self.input.feedetail]


class StayLinesMessage(Envelope):
    """2301 住院费用明细上传."""

    input: StayLinesInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [line.psn_no for line in self.input.feedetail]


class Cancelled(Part):
    """The `data` of 2205."""

    psn_no: Person30
    mdtrt_id: Code30
    chrg_bchno: Code30 = Field(description="0000 means all that is not settled")


class CancelInput(Part):
    """The `input` of 2205."""

    data: Cancelled


class CancelMessage(Envelope):
    """2205 门诊费用明细信息撤销."""

    input: CancelInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [self.input.data.psn_no]


class CancelledStayLine(Part):
    """One of `data` of 2302."""

    psn_no: Person30
    mdtrt_id: Code30
    feedetl_sn: Code30 = Field(description="0000 means all that is not settled")


class CancelStayInput(Part):
    """The `input` of 2302."""

    data: Annotated[list[CancelledStayLine], Field(min_length=1, max_length=MOST_LINES)]


class CancelStayMessage(Envelope):
    """2302 住院费用明细撤销."""

    input: CancelStayInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [line.psn_no for line in self.input.data]
