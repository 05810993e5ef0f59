"""3505 and 3506: what was handed out over the counter, and what came back, with the trace codes of the boxes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from serving.national.envelope import Envelope
from serving.national.fields import Code30, Code40, Flag, ItemCode, Maybe, Moment, Part, Person30, Quantity, Text30
from serving.national.messages.lines import TraceCode
from serving.schemas import MOST_TRACE_CODES


class Sale(Part):
    """`selinfo`; names and certificate numbers are not read."""

    med_list_codg: ItemCode
    fixmedins_hilist_id: Text30
    fixmedins_bchno: Code30
    setl_id: Maybe[Code30] = None
    mdtrt_sn: Code30
    psn_no: Maybe[Person30] = None
    trdn_flag: Flag
    rtal_docno: Code40
    sel_retn_cnt: Quantity
    sel_retn_time: Moment
    drug_trac_codg: Maybe[Code30] = None
    drugtracinfo: Maybe[Annotated[list[TraceCode], Field(max_length=MOST_TRACE_CODES)]] = None

    @property
    def trace_codes(self) -> list[str]:
        """The codes of the boxes: those of the list, else the one."""
        listed = [each.drug_trac_codg for each in self.drugtracinfo or ()]
        return listed or ([self.drug_trac_codg] if self.drug_trac_codg else [])


class SaleInput(Part):
    """The `input` of 3505 and 3506."""

    selinfo: Sale


class SaleMessage(Envelope):
    """3505 商品销售, 3506 商品销售退货."""

    input: SaleInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [self.input.selinfo.psn_no] if self.input.selinfo.psn_no else []
