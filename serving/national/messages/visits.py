"""2203: a visit and its diagnoses."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from serving.national.envelope import Envelope
from serving.national.fields import (
    Code3,
    Code6,
    Code30,
    DiseaseCode,
    Flag,
    Maybe,
    Moment,
    Name50,
    Order2,
    Part,
    Person30,
    Text50,
    Text100,
)
from serving.schemas import MOST_DIAGNOSES


class Diagnosis(Part):
    """One of diseinfo."""

    diag_type: Code3
    diag_srt_no: Order2
    diag_code: DiseaseCode
    diag_name: Text100
    diag_dept: Text50
    dise_dor_no: Code30
    dise_dor_name: Name50
    diag_time: Moment
    vali_flag: Maybe[Flag] = None
    maindiag_flag: Maybe[Flag] = None


class Visit(Part):
    """The `mdtrtinfo` of 2203."""

    mdtrt_id: Code30
    psn_no: Person30
    med_type: Code6
    begntime: Moment
    dise_codg: Maybe[DiseaseCode] = None


class VisitInput(Part):
    """The `input` of 2203."""

    mdtrtinfo: Visit
    diseinfo: Annotated[list[Diagnosis], Field(min_length=1, max_length=MOST_DIAGNOSES)]


class VisitMessage(Envelope):
    """2203 门诊就诊信息上传; takes a stay's diagnoses too."""

    input: VisitInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [self.input.mdtrtinfo.psn_no]
