"""Fee lines of national messages as lines of a settlement, with returns taken off what they take back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from serving.national.area import Area
from serving.national.messages.lines import DrugLine, OutpatientLine, PricedLine, StayLine
from serving.national.problems import CONFLICT, Problem
from serving.national.settlements import kind_of_item, price, quantity, yuan
from serving.national.uploads import Waiting

MOST_DAYS = 3_650

Fields = dict[str, Any]


def line_fields(line: DrugLine | OutpatientLine | StayLine, where: str, area: Area) -> Fields:
    """The fields of `serving.schemas.LineIn`, but the number."""
    kind = kind_of_item(line.med_list_codg, line.list_type, line.med_chrgitm_type, area, f"{where}.med_list_codg")
    return {
        "line_id": line.feedetl_sn,
        "prescription_id": line.rxno,
        "item_code": line.med_list_codg,
        "item_kind": kind,
        "charge_type": line.med_chrgitm_type,
        "grade": line.chrgitm_lv,
        "doctor_id": line.bilg_dr_codg,
        "department_id": getattr(line, "bilg_dept_codg", None),
        "served_at": line.fee_ocur_time,
        "quantity": quantity(line.cnt),
        "unit_price_yuan": price(line.pric),
        "price_ceiling_yuan": _price_or_none(line),
        "amount_yuan": yuan(line.det_item_fee_sumamt),
        "in_scope_yuan": None if line.inscp_scp_amt is None else yuan(line.inscp_scp_amt),
        "days_of_supply": None if line.prd_days is None else min(round(line.prd_days), MOST_DAYS),
        "trace_codes": line.trace_codes,
        "is_split_pack": line.trdn_flag == "1",
    }


def _price_or_none(line: PricedLine) -> str | None:
    return None if line.pric_uplmt_amt is None else price(line.pric_uplmt_amt)


def uploaded(line: OutpatientLine | StayLine, patient_id: str, where: str, area: Area) -> Waiting:
    """A line as it waits for its settlement."""
    more = {"own_code": line.medins_list_codg, "own_name": line.medins_list_name}
    if isinstance(line, StayLine) and line.init_feedetl_sn:
        more["takes_back"] = line.init_feedetl_sn
    because = line.unchk_memo if line.unchk_flag == "1" else None
    batch = line.chrg_bchno if isinstance(line, OutpatientLine) else ""
    return Waiting(0, patient_id, batch, line.feedetl_sn, {**line_fields(line, where, area), **more}, because)


def check_upload(waiting: Sequence[Waiting], added: Sequence[Waiting], charge: str) -> None:
    """Whether lines can be added to those that wait.

    Raises:
        Problem: a number is used already, or a return takes back what does not wait or more than that.
    """
    known = {line.line_id for line in waiting}
    for place, line in enumerate(added):
        if line.line_id in known:
            raise Problem(CONFLICT, f"{charge}[{place}].feedetl_sn：该明细流水号已上传且未结算，可先撤销再重传")
        known.add(line.line_id)
        if line.line.get("takes_back", line.line_id) not in known:
            raise Problem(CONFLICT, f"{charge}[{place}].init_feedetl_sn：没有待结算的原明细")
    net_lines([*waiting, *added])


def net_lines(waiting: Sequence[Waiting]) -> list[Waiting]:
    """The lines without returns; what was returned is taken off, and lines of which nothing is left are gone.

    So are the boxes that a return names; one that names none leaves all that the line had.

    Raises:
        Problem: more was returned than there was.
    """
    kept = {line.line_id: line for line in waiting if "takes_back" not in line.line}
    returned: dict[str, set[str]] = {name: set() for name in kept}
    counts = {name: [Decimal(line.line["quantity"]), Decimal(line.line["amount_yuan"])] for name, line in kept.items()}
    for line in waiting:
        if "takes_back" in line.line:
            count = counts[line.line["takes_back"]]
            count[0] += Decimal(line.line["quantity"])
            count[1] += Decimal(line.line["amount_yuan"])
            returned[line.line["takes_back"]].update(line.line.get("trace_codes", ()))
            if count[0] < 0 or count[1] < 0:
                raise Problem(CONFLICT, "退费明细的数量或金额之和超过原明细")
    return [
        Waiting(
            line.upload_id,
            line.patient_id,
            line.charge_batch,
            line.line_id,
            {
                **line.line,
                "quantity": quantity(counts[name][0]),
                "amount_yuan": yuan(counts[name][1]),
                "trace_codes": [code for code in line.line.get("trace_codes", ()) if code not in returned[name]],
            },
            line.unchecked_because,
        )
        for name, line in kept.items()
        if counts[name][0] > 0 or counts[name][1] > 0 or Decimal(line.line["quantity"]) == 0
    ]


def numbered(lines: Sequence[Waiting]) -> list[Fields]:
    """Lines of a settlement: numbered from 1, without what only the platform says of them."""
    ours = ("own_code", "own_name", "takes_back")
    return [
        {
            "line_number": number,
            "own_item_code": line.line["own_code"],
            **{name: value for name, value in line.line.items() if name not in ours},
        }
        for number, line in enumerate(lines, 1)
    ]


def called(lines: Sequence[Waiting]) -> list[Fields]:
    """What voladetail[] calls each line."""
    return [
        {
            "medins_list_codg": line.line["own_code"],
            "medins_list_name": line.line["own_name"],
            "med_list_codg": line.line["item_code"],
        }
        for line in lines
    ]
