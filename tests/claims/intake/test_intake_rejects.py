"""A row that cannot be taken is described by place, shape and reason; the rest of the file comes in."""

import pytest

from claims.intake.rejects import shape_of


@pytest.mark.parametrize(
    ("field", "value", "shape", "reason"),
    [
        ("medfee_sumamt", "twelve", "aaaaaa", "an amount in yuan"),
        ("medfee_sumamt", "12.345", "99.999", "an amount in yuan"),
        ("medfee_sumamt", "1e9", "9a9", "an amount in yuan"),
        ("medfee_sumamt", "-25.00", "-9999", "negative total without an original"),
        ("setl_time", "0202-03-01 09:30:00", "9999-99-99 99:99:99", "between the years 1880 and 2200"),
        ("setl_time", "2025-02-30 09:30:00", "9999-99-99 99:99:99", "a moment as"),
        ("setl_time", "", "", "is empty"),
        ("psn_no", "", "", "is empty"),
        ("med_type", "王X", "汉a", "a code that begins with one of 11"),
        ("pay_loc", "7", "9", "one of 1, 2, 3, 4"),
        ("fixmedins_code", "Z1", "a9", "a code that begins with one of H, P"),
        ("vali_flag", "0", "9", "the source marks the row as void"),
        ("enddate", "2025-02-28", "9999-99-99", "admitted_on lies after discharged_on"),
    ],
)
def test_a_bad_settlement_is_rejected_alone(source, field, value, shape, reason):
    result = source.bring_in(source.settlements({"setl_id": "S0"}, {field: value}, {"setl_id": "S2"}))
    assert (result.files[0].taken, result.files[0].rejected) == (2, 1)
    [reject] = source.rejects(result)
    assert (reject["file"], reject["line"], reject["shape"]) == ("SETL_D.csv", "3", shape)
    assert reason in reject["reason"]
    assert value == "" or len(value) < 3 or value not in result.rejects_path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("cnt", "-2.0000", "negative quantity or amount without an original"),
        ("cnt", "two", "a quantity"),
        ("list_type", "999", "one of 101"),
        ("pric", "-1.00", "is below 0"),
        ("feedetl_sn", "", "is empty"),
        ("setl_id", "S-unknown", "its claim is unknown"),
        ("fee_ocur_time", "2025-13-01 00:00:00", "a moment as"),
    ],
)
def test_a_bad_line_is_rejected_alone(source, field, value, reason):
    lines = source.lines({"feedetl_sn": "L0"}, {field: value})
    result = source.bring_in(source.settlements({}), lines)
    assert (result.files[1].taken, result.files[1].rejected) == (1, 1)
    [reject] = source.rejects(result)
    assert (reject["file"], reject["line"]) == ("FEE_LIST_D.csv", "3")
    assert reason in reject["reason"]


def test_care_more_than_a_day_after_its_settlement_is_rejected(source, usual):
    visit = source.write("MDTRT_D.csv", {**usual["visit"](), "begntime": "2025-03-03 10:00:00"})
    result = source.bring_in(source.settlements({}), visit)
    assert [file.rejected for file in result.files] == [1, 1]
    reasons = {reject["file"]: reject["reason"] for reject in source.rejects(result)}
    assert "served_at lies after settled_at by more than 1 day" in reasons["SETL_D.csv"]
    assert "no row of claims has this visit_id" in reasons["MDTRT_D.csv"]


def test_an_approval_that_ends_before_it_begins_is_rejected(source):
    told = {"psn_no": "made-up-person-1", "long_prescription_from": "2025-02-01"}
    file = source.write("patients_registered.csv", {**told, "long_prescription_until": "2025-01-31"}, quote='"')
    result = source.bring_in(file)
    assert result.files[0].rejected == 1
    assert source.rows("SELECT count(*) FROM patients") == [(0,)]


def test_lines_of_a_rejected_settlement_are_rejected_with_it(source):
    result = source.bring_in(source.settlements({"medfee_sumamt": "x"}), source.lines({}))
    assert [file.rejected for file in result.files] == [1, 1]


def test_the_same_id_with_another_content_is_rejected_and_the_same_row_again_is_known(source):
    first = source.bring_in(source.settlements({}, {}, {"medfee_sumamt": "26.00"}))
    assert (first.files[0].taken, first.files[0].known, first.files[0].rejected) == (1, 1, 1)
    later = source.bring_in(source.settlements({"medfee_sumamt": "27.00"}))
    assert (later.files[0].known, later.files[0].rejected) == (0, 1)
    assert "facts are never changed" in source.rejects(later)[0]["reason"]
    assert source.rows("SELECT total_fen FROM claims") == [(2500,)]


def test_a_row_that_is_not_text_or_has_too_many_values_is_rejected_with_its_line(source):
    path = source.settlements(*({"setl_id": f"S{number}"} for number in range(30)))
    rows = path.read_bytes().split(b"\r\n")
    rows[20] = rows[20].replace("王某".encode(), b"\xb0\xa1")
    rows[22] += b",'one','two'"
    rows[24] = rows[24].replace(b"Made-up Hospital", b"Made-up\0Hospital")
    rows.insert(26, b"")
    path.write_bytes(b"\r\n".join(rows))
    result = source.bring_in(path)
    assert (result.files[0].read, result.files[0].taken) == (30, 27)
    assert {reject["line"]: reject["reason"].split(" (")[0] for reject in source.rejects(result)} == {
        "21": "the line is not text in that encoding",
        "23": "the row has 31 values",
        "25": "the line holds a zero byte",
    }


def test_line_numbers_stay_right_after_line_breaks_inside_values(source):
    path = source.settlements({"fixmedins_name": "two\nlines, it''s"}, {"setl_id": "S2", "medfee_sumamt": "x"})
    assert source.rejects(source.bring_in(path))[0]["line"] == "4"


def test_a_stray_quote_spoils_its_own_rows_only(source):
    path = source.settlements(*({"setl_id": f"S{number}"} for number in range(20)))
    path.write_bytes(path.read_bytes().replace(b"'S7'", b"'S7"))
    result = source.bring_in(path)
    assert result.files[0].taken == 19
    assert [reject["line"] for reject in source.rejects(result)] == ["9"]


def test_a_shape_says_nothing_of_the_value():
    assert shape_of("Ab-12 王\n") == "aa-99 汉?"
    assert len(shape_of("9" * 500)) == 40
