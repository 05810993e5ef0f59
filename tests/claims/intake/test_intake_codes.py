"""Own codes, trace codes, sales reports and the register of own codes come in with the national mapping."""

ONE, TWO = "81000010000000000017", "81000010000000000024"


def test_a_line_has_its_own_code_and_the_codes_of_its_boxes(source):
    codes = {"medins_list_codg": "院内 01", "drug_trac_codg": f" {ONE};{TWO} ", "trdn_flag": "1"}
    source.bring_in(source.settlements({}), source.lines(codes))
    kept = source.rows("SELECT own_item_code, trace_codes, is_split_pack FROM lines")
    assert kept == [("院内 01", f"{ONE},{TWO}", True)]


def test_a_file_without_the_columns_or_with_empty_ones_says_nothing(source):
    source.bring_in(source.settlements({}), source.lines({}))
    empty = {"setl_id": "S2", "drug_trac_codg": " ,", "trdn_flag": ""}
    later = source.settlements({"setl_id": "S2"}, name="SETL_D_2.csv")
    source.bring_in(later, source.lines(empty, name="FEE_LIST_D_2.csv"))
    assert source.rows("SELECT own_item_code, trace_codes, is_split_pack FROM lines") == [(None, None, False)] * 2


def test_what_is_no_code_is_rejected_and_a_placeholder_is_not(source):
    bad = {"feedetl_sn": "L2", "drug_trac_codg": "9" * 31}
    result = source.bring_in(source.settlements({}), source.lines({"drug_trac_codg": "无码"}, bad))
    assert source.rows("SELECT trace_codes FROM lines") == [("无码",)]
    (reject,) = source.rejects(result)
    assert (reject["field"], "at most 30 characters" in reject["reason"]) == ("drug_trac_codg", True)


def test_a_line_that_came_in_without_codes_is_still_known(source):
    source.bring_in(source.settlements({}), source.lines({}))
    again = source.bring_in(source.lines({"drug_trac_codg": ONE}))
    assert [(file.taken, file.known, file.rejected) for file in again.files] == [(0, 1, 0)]
    assert source.rows("SELECT trace_codes FROM lines") == [(None,)], "facts are never changed"


def test_reports_of_sales_and_returns_come_in_as_stock(source):
    sale = {
        "institution_id": "P1",
        "record_id": "1",
        "item_code": "X1",
        "movement": "3505",
        "quantity_e4": "10000",
        "moved_at": "2025-08-01 10:00:00",
        "setl_id": "S1",
        "drug_trac_codg": ONE,
        "trdn_flag": "0",
    }
    back = {**sale, "record_id": "2", "movement": "3506", "setl_id": ""}
    source.bring_in(source.write("stock.csv", sale, back, quote='"'))
    assert source.rows("SELECT movement, claim_id, trace_codes, is_split_pack FROM stock ORDER BY record_id") == [
        ("sale", "S1", ONE, False),
        ("sale_return", None, ONE, False),
    ]


def test_the_register_of_own_codes_is_brought_up_to_date(source):
    entry = {"fixmedins_code": "H1", "medins_list_codg": "O1", "med_list_codg": "X1", "begndate": "2025-01-01"}
    wrong = {**entry, "medins_list_codg": "O2", "enddate": "2024-01-01"}
    first = source.write("item_mappings.csv", {**entry, "enddate": ""}, wrong, quote='"')
    result = source.bring_in(first)
    assert (result.files[0].taken, result.files[0].rejected) == (1, 1)
    news = {**entry, "med_list_codg": "", "medins_list_name": "滋补品", "confirmed_by": "S001"}
    source.bring_in(source.write("item_mappings.csv", news, quote='"'))
    found = source.rows("SELECT institution_id, own_item_code, name, item_code, confirmed_by FROM item_mappings")
    assert found == [("H1", "O1", "滋补品", None, "S001")]
