"""The national export comes in whole, once, and without persons' numbers."""

import gzip
import hashlib
from datetime import date

import pyarrow.csv
import pyarrow.parquet
import pytest


def test_a_settlement_becomes_a_claim_with_all_its_clocks_and_amounts(source):
    source.bring_in(source.settlements({}))
    [row] = source.rows(
        "SELECT claim_id, kind, channel, benefit_kind, is_emergency, settled_at, known_at, known_at_source, total_fen, "
        "fund_fen, account_fen, cash_fen, account_balance_fen, till_id, source FROM claims"
    )
    assert row[:5] == ("S1", "settlement", "networked", "general_outpatient", False)
    assert [moment.isoformat() for moment in row[5:7]] == ["2025-03-01T01:30:00+00:00", "2025-03-01T17:00:00+00:00"]
    assert row[7:] == ("opt_time", 2500, 1500, 500, 500, 10000, "T1", "import national")


def test_without_an_upload_time_a_claim_is_known_when_it_is_settled(source):
    source.bring_in(source.settlements({"opt_time": ""}))
    assert source.rows("SELECT known_at = settled_at, known_at_source FROM claims") == [(True, "settled_at")]


def test_a_line_keeps_its_exact_quantity_price_and_days(source):
    source.bring_in(source.settlements({}), source.lines({"pric": "0.123456", "cnt": "1.2345"}))
    assert source.rows(
        "SELECT line_number, line_id, quantity_e4, unit_price_micro_yuan, amount_fen, days_of_supply, item_kind "
        "FROM lines"
    ) == [(1, "L1", 12345, 123456, 2500, 14, "drug")]


def test_doctor_and_department_come_from_the_visit(source, usual):
    source.bring_in(source.settlements({}), source.lines({}), source.write("MDTRT_D.csv", usual["visit"]()))
    assert source.rows("SELECT doctor_id, department_id FROM claims") == [("D1", "A02")]


def test_without_a_visit_they_come_from_the_first_line(source):
    source.bring_in(source.settlements({}), source.lines({"feedetl_sn": "L2", "bilg_dr_code": "D3"}, {}))
    assert source.rows("SELECT doctor_id, department_id FROM claims") == [("D2", "A01")]


@pytest.mark.parametrize(
    ("code", "kind", "is_emergency"),
    [
        ("13", "general_outpatient", True),
        ("140104", "chronic", False),
        ("140201", "special", False),
        ("15", "negotiated_drug", False),
        ("2101", "inpatient", False),
        ("24", "inpatient", True),
        ("41", "personal_account", False),
    ],
)
def test_the_beginning_of_the_care_category_says_which_benefit_pays(source, code, kind, is_emergency):
    source.bring_in(source.settlements({"med_type": code}))
    assert source.rows("SELECT benefit_kind, is_emergency FROM claims") == [(kind, is_emergency)]


def test_a_bed_is_a_facility_although_the_platform_lists_it_as_a_service(source):
    source.bring_in(source.settlements({}), source.lines({"list_type": "201", "med_chrgitm_type": "01"}))
    assert source.rows("SELECT item_kind FROM lines") == [("facility",)]


def test_persons_and_employers_are_kept_as_pseudonyms_only(source):
    source.bring_in(source.settlements({}), source.lines({}))
    with source.store.as_owner() as connection:
        tables = connection.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        everything = "".join(
            bytes(block).decode()
            for (name,) in tables.fetchall()
            for block in connection.cursor().copy(f"COPY {name} TO STDOUT").__enter__()
        )
    for secret in ("made-up-person-1", "王某", "made-up-certificate", "Made-up Employer"):
        assert secret not in everything
    [(patient, sex, employer)] = source.rows("SELECT patient_id, sex, employer_id FROM patients")
    assert (len(patient), sex, len(employer)) == (32, "1", 32)


def test_the_same_files_twice_change_nothing(source, usual):
    files = [
        source.settlements({}, {"setl_id": "S2", "psn_no": "made-up-person-2"}),
        source.lines({}, {"feedetl_sn": "L2"}),
        source.write("MDTRT_D.csv", usual["visit"]()),
        source.write("SETL_LIST_DIAG_D.csv", usual["diagnosis"]()),
    ]
    first = source.bring_in(*files)
    content = [
        source.rows(f"SELECT * FROM {name} ORDER BY 1, 2") for name in ("claims", "lines", "diagnoses", "imports")
    ]
    second = source.bring_in(*reversed(files))
    assert [file.taken for file in first.files] == [2, 2, 1, 1]
    assert [file.known for file in second.files] == [1, 1, 2, 2]
    after = [source.rows(f"SELECT * FROM {name} ORDER BY 1, 2") for name in ("claims", "lines", "diagnoses", "imports")]
    assert after == content


def test_lines_that_come_later_are_numbered_on(source):
    source.bring_in(source.settlements({}), source.lines({}))
    source.bring_in(source.lines({}, {"feedetl_sn": "L0"}))
    assert source.rows("SELECT line_id, line_number FROM lines ORDER BY 2") == [("L1", 1), ("L0", 2)]


def test_a_reversal_is_a_fact_of_its_own(source):
    back = {"setl_id": "S2", "init_setl_id": "S1", "medfee_sumamt": "-25.00", "fund_pay_sumamt": "-15.00"}
    lines = source.lines({}, {"setl_id": "S2", "feedetl_sn": "L9", "init_feedetl_sn": "L1", "cnt": "-2"})
    result = source.bring_in(source.settlements({}, back), lines)
    assert result.lone_reversals == 0
    assert source.rows("SELECT kind, reverses_claim_id, total_fen FROM claims ORDER BY claim_id") == [
        ("settlement", None, 2500),
        ("reversal", "S1", -2500),
    ]
    assert source.rows("SELECT reverses_line_id, quantity_e4 FROM lines WHERE claim_id = 'S2'") == [("L1", -20000)]


def test_a_reversal_of_an_unknown_settlement_is_kept_and_told(source):
    result = source.bring_in(source.settlements({"init_setl_id": "S-elsewhere", "medfee_sumamt": "-25.00"}))
    assert (result.files[0].taken, result.lone_reversals) == (1, 1)


@pytest.mark.parametrize("form", ["gz", "parquet"])
def test_gzipped_and_parquet_files_give_the_same_claims(source, form):
    path = source.settlements({}, {"setl_id": "S2", "init_setl_id": "S1", "medfee_sumamt": "-25.00"})
    if form == "gz":
        other = path.with_suffix(".csv.gz")
        other.write_bytes(gzip.compress(path.read_bytes()))
    else:
        other = path.with_suffix(".parquet")
        table = pyarrow.csv.read_csv(path, parse_options=pyarrow.csv.ParseOptions(quote_char="'"))
        pyarrow.parquet.write_table(table, other)
    source.bring_in(other)
    assert source.bring_in(path).files[0].known == 2


def test_registers_stock_and_verdicts_come_from_plain_companions(source):
    day = {"valid_from": "2024-01-01", "valid_until": ""}
    plain = {"quote": '"'}
    confirmed = {"register": "doctors", "is_complete": "true", "confirmed_at": "2025-01-01 08:00:00"}
    verdict = {"finding": "violating", "amount_fen": "700", "decided_by": "R1", "drawn_by": "random"}
    when = {"decided_at": "2025-04-01 09:00:00", "known_at": "2025-04-01 09:00:00", "draw_probability_e4": "125"}
    approved = {"long_prescription_from": "2024-11-05", "long_prescription_until": ""}
    moved = {"item_code": "X1", "movement": "purchase", "quantity_e4": "10000", "moved_at": "2025-01-02 10:00:00"}
    item = {"item_code": "X1", "item_kind": "drug", "units_per_pack_e4": "280000", "is_resale_prone": "true"}
    staff = {"institution_id": "H00000000001", "staff_id": "D1", "role": "doctor", "department_id": "A01", **day}
    staff["antibiotic_level"] = "2"
    result = source.bring_in(
        source.settlements({}),
        source.lines({}),
        source.write("institutions.csv", {"institution_id": "H00000000001", "kind": "clinic"}, **plain),
        source.write("declarations.csv", {"institution_id": "H00000000001", **confirmed}, **plain),
        source.write("departments.csv", {"institution_id": "H00000000001", "department_id": "A01", **day}, **plain),
        source.write("staff.csv", staff, **plain),
        source.write("catalogue.csv", {**item, **day}, **plain),
        source.write("stock.csv", {"institution_id": "H00000000001", "record_id": "K1", **moved}, **plain),
        source.write(
            "patients_registered.csv",
            {"psn_no": "made-up-person-1", **approved, "chronic_conditions": "hypertension"},
            **plain,
        ),
        source.write(
            "verdicts.csv",
            {
                "verdict_id": "V1",
                "setl_id": "S1",
                "feedetl_sn": "L1",
                "psn_no": "",
                "subject_kind": "",
                **verdict,
                **when,
            },
            {
                "verdict_id": "V2",
                "psn_no": "made-up-person-1",
                "subject_kind": "patient",
                **(verdict | {"finding": "in_order", "amount_fen": "0"}),
                **when,
            },
            **plain,
            header=["verdict_id", "setl_id", "feedetl_sn", "psn_no", "subject_kind", *verdict, *when],
        ),
    )
    assert [file.taken for file in result.files] == [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]
    assert source.rows("SELECT kind, name FROM institutions") == [("clinic", "Made-up Hospital")]
    assert source.rows("SELECT register, is_complete, confirmed_at IS NULL FROM declarations") == [
        ("doctors", True, False)
    ]
    assert source.rows("SELECT staff_id, antibiotic_level FROM staff") == [("D1", 2)]
    assert source.rows("SELECT sex, long_prescription_from, long_prescription_until FROM patients") == [
        ("1", date(2024, 11, 5), None)
    ]
    assert source.rows("SELECT claim_id, line_number, amount_fen FROM verdicts WHERE verdict_id = 'V1'") == [
        ("S1", 1, 700)
    ]
    assert source.rows("SELECT v.subject_id = p.patient_id FROM verdicts v, patients p WHERE verdict_id = 'V2'") == [
        (True,)
    ]


def test_an_import_leaves_one_row_for_each_register_and_institution_that_it_changed(source):
    def written():
        return source.rows(
            "SELECT register, institution_id, added, changed, mapping, files FROM register_imports"
            " ORDER BY imported_at, register, institution_id"
        )

    def people(*rows):
        kept = {"role": "doctor", "valid_from": "2024-01-01"}
        return [
            {"institution_id": place, "staff_id": name, "department_id": where, **kept} for place, name, where in rows
        ]

    first = source.write("staff.csv", *people(("H1", "D1", "A"), ("H1", "D2", "A"), ("H2", "D3", "A")), quote='"')
    fingerprint = hashlib.sha256(first.read_bytes()).hexdigest()
    file = {"name": "staff.csv", "fingerprint": fingerprint}
    source.bring_in(first)
    assert written() == [("staff", "H1", 2, 0, "national", [file]), ("staff", "H2", 1, 0, "national", [file])]
    source.bring_in(first)
    assert len(written()) == 2, "nothing changed, nothing written"
    second = source.write("staff.csv", *people(("H1", "D1", "B"), ("H1", "D4", "B"), ("H2", "D3", "A")), quote='"')
    item = {"item_code": "X1", "item_kind": "drug", "valid_from": "2024-01-01"}
    source.bring_in(second, source.write("catalogue.csv", item, quote='"'))
    (catalogue, staff) = written()[2:]
    assert catalogue[:4] == ("catalogue", None, 1, 0)
    assert (staff[:4], staff[5][0]["fingerprint"] != fingerprint) == (("staff", "H1", 1, 1), True)
    source.bring_in(source.settlements({}))  # names an institution that no register knew
    (derived,) = written()[4:]
    assert (derived[0], derived[2:5]) == ("institutions", (1, 0, "national"))
    assert source.rows("SELECT count(*) FROM register_changes") == [(0,)]


def test_a_register_row_with_news_replaces_what_was_known_and_a_settlement_does_not(source):
    clinic = {"institution_id": "H00000000001", "kind": "clinic", "name": "Made-up Clinic"}
    source.bring_in(source.write("institutions.csv", clinic, quote='"'))
    source.bring_in(source.settlements({}))
    assert source.rows("SELECT kind, name, level FROM institutions") == [("clinic", "Made-up Clinic", "05")]
    result = source.bring_in(source.write("institutions.csv", {**clinic, "name": "New Name"}, quote='"'))
    assert (result.files[0].taken, source.rows("SELECT name FROM institutions")) == (1, [("New Name",)])
