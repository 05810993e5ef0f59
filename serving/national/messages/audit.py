"""3101 and 3102 (审核 before and during care) and 3103 (what the doctor did about it)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from serving.national.envelope import Envelope
from serving.national.fields import (
    Amount,
    Code3,
    Code6,
    Code10,
    Code20,
    Code50,
    Count4,
    Day,
    DiseaseCode,
    Flag,
    ItemCode,
    Maybe,
    Moment,
    Name50,
    Order2,
    Part,
    Person50,
    Price,
    ShortQuantity,
    Text20,
    Text50,
    Text100,
    Text200,
    Text500,
)
from serving.schemas import MOST_DIAGNOSES, MOST_LINES

MOST_PATIENTS, MOST_VISITS, MOST_OPERATIONS, MOST_RULES, MOST_WARNINGS = 20, 200, 60, 200, 200


class Diagnosis(Part):
    """One of fsi_diagnose_dtos."""

    dise_id: Maybe[Code50] = None
    inout_dise_type: Literal["1", "2"] = Field(description="1 admission, 2 discharge")
    maindise_flag: Flag
    dias_srt_no: Order2
    dise_codg: DiseaseCode
    dise_name: Text100
    dise_date: Moment


class Order(Part):
    """One of fsi_order_dtos: a line of the bill, or an order that will become one."""

    rx_id: Code50
    rxno: Code20
    grpno: Maybe[Code20] = None
    long_drord_flag: Flag
    hilist_type: Literal["101", "102", "103", "104", "201", "301"]
    chrg_type: Code3
    drord_bhvr: Literal["0", "1"]
    # The published length is 20; a national drug code has 23 characters.
    hilist_code: ItemCode
    hilist_name: Text200
    hilist_dosform: Maybe[Text50] = None
    hilist_lv: Literal["01", "02", "03", "04"]
    hilist_pric: Amount
    hilist_memo: Maybe[Text200] = None
    hosplist_code: Text20
    hosplist_name: Text50
    hosplist_dosform: Maybe[Text20] = None
    cnt: ShortQuantity
    pric: Price
    sumamt: Amount
    ownpay_amt: Amount
    selfpay_amt: Amount
    spec: Text100
    spec_unt: Text20
    drord_begn_date: Moment
    drord_stop_date: Maybe[Moment] = None
    drord_dept_codg: Code20
    drord_dept_name: Text50
    drord_dr_codg: Code20
    drord_dr_name: Name50
    drord_dr_profttl: Code3
    curr_drord_flag: Flag


class Operation(Part):
    """One of fsi_operation_dtos."""

    setl_list_oprn_id: Code50
    oprn_code: Maybe[Code20] = None
    main_oprn_flag: Flag
    oprn_date: Maybe[Moment] = None
    oper_dr_name: Maybe[Name50] = None
    oper_dr_code: Maybe[Code20] = None
    anst_dr_name: Maybe[Name50] = None
    anst_dr_code: Maybe[Code20] = None


class Visit(Part):
    """One of fsi_encounter_dtos: the visit that is judged, or an earlier one."""

    mdtrt_id: Code50
    medins_id: Code50
    medins_name: Text200
    medins_admdvs: Code6
    medins_type: Code3
    medins_lv: Code3
    wardarea_codg: Maybe[Text20] = None
    wardno: Maybe[Text20] = None
    bedno: Maybe[Text20] = None
    adm_date: Moment
    dscg_date: Moment
    dscg_main_dise_codg: DiseaseCode
    dscg_main_dise_name: Text50
    fsi_diagnose_dtos: Annotated[list[Diagnosis], Field(max_length=MOST_DIAGNOSES)]
    dr_codg: Code20
    adm_dept_codg: Code20
    adm_dept_name: Text50
    dscg_dept_codg: Code20
    dscg_dept_name: Text50
    med_mdtrt_type: Literal["1", "2", "3", "4"]
    med_type: Code6
    fsi_order_dtos: Annotated[list[Order], Field(max_length=MOST_LINES)]
    matn_stas: Literal["0", "1", "2"]
    medfee_sumamt: Amount
    ownpay_amt: Amount
    selfpay_amt: Amount
    acct_payamt: Maybe[Amount] = None
    ma_amt: Maybe[Amount] = None
    hifp_payamt: Maybe[Amount] = None
    setl_totlnum: Count4
    insutype: Code6
    reim_flag: Code3
    out_setl_flag: Code3
    fsi_operation_dtos: Maybe[Annotated[list[Operation], Field(max_length=MOST_OPERATIONS)]] = None


class Patient(Part):
    """One of patient_dtos."""

    patn_id: Person50
    patn_name: Name50
    gend: Code3
    brdy: Day
    poolarea: Code10
    curr_mdtrt_id: Code50
    fsi_encounter_dtos: Annotated[list[Visit], Field(min_length=1, max_length=MOST_VISITS)]

    @model_validator(mode="after")
    def _current_is_there(self) -> Patient:
        named = [visit.mdtrt_id for visit in self.fsi_encounter_dtos]
        if named.count(self.curr_mdtrt_id) != 1:
            says = "curr_mdtrt_id 应与 fsi_encounter_dtos 中恰好一次就诊的 mdtrt_id 相同"
            raise PydanticCustomError("reason", "{says}", {"says": says})
        return self

    @property
    def current(self) -> Visit:
        """The visit that is judged."""
        return next(visit for visit in self.fsi_encounter_dtos if visit.mdtrt_id == self.curr_mdtrt_id)


class Question(Part):
    """The `data` of 3101 and 3102."""

    syscode: Code10
    task_id: Maybe[Code50] = None
    trig_scen: Maybe[Code3] = None
    rule_ids: Maybe[Annotated[list[Code50], Field(max_length=MOST_RULES)]] = None
    patient_dtos: Annotated[list[Patient], Field(min_length=1, max_length=MOST_PATIENTS)]

    @model_validator(mode="after")
    def _says_what_to_ask(self) -> Question:
        if not self.trig_scen and not self.rule_ids:
            raise PydanticCustomError("reason", "{says}", {"says": "trig_scen 与 rule_ids 至少应提供一个"})
        return self


class QuestionInput(Part):
    """The `input` of 3101 and 3102."""

    data: Question


class AuditMessage(Envelope):
    """3101 明细审核事前分析, 3102 明细审核事中分析."""

    input: QuestionInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [patient.patn_id for patient in self.input.data.patient_dtos]


class Warning(Part):
    """One of warns: what was done about one reminder."""

    warn_rslt_id: Code50
    dspo_way: Literal["1", "2"] = Field(description="1 the order was kept, 2 it was changed")
    dspo_way_rea: Maybe[Text500] = None

    @model_validator(mode="after")
    def _reason_is_given(self) -> Warning:
        if self.dspo_way == "1" and not self.dspo_way_rea:
            raise PydanticCustomError("reason", "{says}", {"says": "dspo_way 为 1（继续执行）时必须填写 dspo_way_rea"})
        return self


class Feedback(Part):
    """The `data` of 3103."""

    warn_type: Literal["1", "2"] = Field(description="1 before (3101), 2 during (3102)")
    warns: Annotated[list[Warning], Field(min_length=1, max_length=MOST_WARNINGS)]


class FeedbackInput(Part):
    """The `input` of 3103."""

    data: Feedback


class FeedbackMessage(Envelope):
    """3103 明细审核反馈."""

    input: FeedbackInput
