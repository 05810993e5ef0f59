"""Medicare-style inpatient claims come in by their own mapping, through the same engine."""

import pytest

CLAIM = {
    "BeneID": "BENE-MADE-UP-1",
    "ClaimID": "CLM-MADE-UP-1",
    "ClaimStartDt": "2009-04-12",
    "ClaimEndDt": "2009-04-18",
    "Provider": "PRV-MADE-UP-1",
    "InscClaimAmtReimbursed": "26000",
    "AttendingPhysician": "PHY-1",
    "OperatingPhysician": "",
    "OtherPhysician": "NA",
    "AdmissionDt": "2009-04-12",
    "ClmAdmitDiagnosisCode": "7866",
    "DeductibleAmtPaid": "1068.0",
    "DischargeDt": "2009-04-18",
    **{f"ClmDiagnosisCode_{number}": "" for number in range(1, 11)},
    "ClmDiagnosisCode_1": "1970",
    "ClmDiagnosisCode_2": "4019",
}
CONDITIONS = (
    *("Alzheimer", "Heartfailure", "KidneyDisease", "Cancer", "ObstrPulmonary", "Depression", "Diabetes"),
    *("IschemicHeart", "Osteoporasis", "rheumatoidarthritis", "stroke"),
)
PERSON = {
    "BeneID": "BENE-MADE-UP-1",
    "DOB": "1943-01-01",
    "DOD": "",
    "Gender": "1",
    "State": "39",
    "RenalDiseaseIndicator": "Y",
    **{f"ChronicCond_{name}": "2" for name in CONDITIONS},
    "ChronicCond_Diabetes": "1",
    "ChronicCond_Cancer": "1",
}


def test_dollars_dates_and_doctors_become_a_claim(source):
    source.bring_in(source.write("inpatient_claims.csv", CLAIM, quote='"'), mapping="hpfd")
    assert source.rows(
        "SELECT benefit_kind, total_fen, fund_fen, cash_fen, doctor_id, operating_doctor_id, other_doctor_id, "
        "discharged_on - admitted_on, settled_at::text FROM claims, set_config('timezone', '+08', false)"
    ) == [("inpatient", 2706800, 2600000, 106800, "PHY-1", None, None, 6, "2009-04-18 00:00:00+08")]


def test_only_the_diagnoses_that_are_there_become_rows(source):
    source.bring_in(source.write("inpatient_claims.csv", CLAIM, quote='"'), mapping="hpfd")
    assert source.rows("SELECT sequence, code, is_main, is_admission FROM diagnoses ORDER BY sequence") == [
        (1, "1970", True, False),
        (2, "4019", False, False),
        (11, "7866", False, True),
    ]


def test_an_unknown_deductible_counts_as_nothing_paid(source):
    source.bring_in(
        source.write("inpatient_claims.csv", {**CLAIM, "DeductibleAmtPaid": "NA"}, quote='"'), mapping="hpfd"
    )
    assert source.rows("SELECT total_fen, cash_fen FROM claims") == [(2600000, 0)]


def test_a_beneficiary_has_the_names_of_his_conditions(source):
    healthy = {**PERSON, "BeneID": "BENE-MADE-UP-2", "RenalDiseaseIndicator": "0"}
    healthy |= {"ChronicCond_Diabetes": "2", "ChronicCond_Cancer": "2"}
    source.bring_in(source.write("beneficiaries.csv", PERSON, healthy, quote='"'), mapping="hpfd")
    assert source.rows("SELECT chronic_conditions FROM patients ORDER BY 1") == [
        ("cancer,diabetes,end_stage_renal",),
        (None,),
    ]


@pytest.mark.parametrize("change", [{"ClaimEndDt": "2009-02-30"}, {"InscClaimAmtReimbursed": "-5"}])
def test_a_rejected_claim_brings_no_diagnoses_and_no_institution(source, change):
    result = source.bring_in(source.write("inpatient_claims.csv", {**CLAIM, **change}, quote='"'), mapping="hpfd")
    assert (result.files[0].read, result.files[0].rejected) == (1, 1)
    assert source.rows("SELECT (SELECT count(*) FROM diagnoses), (SELECT count(*) FROM institutions)") == [(0, 0)]
