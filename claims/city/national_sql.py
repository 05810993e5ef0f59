"""How the columns of the five national files are spelled, as SQL over the tables of `national.py`."""

from __future__ import annotations


def _yuan(fen: str) -> str:
    return f"CAST({fen} AS DECIMAL(15, 0)) * 0.01"


def setl_id(row: str) -> str:
    """SQL of the settlement id of a claim's row: it says when, and nothing else."""
    return f"('9901' || lpad(CAST({row} AS VARCHAR), 14, '0'))"


def line_id(row: str, number: str) -> str:
    """SQL of the id of a claim's line."""
    return f"({setl_id(row)} || lpad(CAST({number} AS VARCHAR), 3, '0'))"


def _visit_id(number: str) -> str:
    return f"('9902' || lpad(CAST({number} AS VARCHAR), 14, '0'))"


OWN_CODE = "'YN' || lpad(CAST(own_number AS VARCHAR), 6, '0')"
"""SQL of an item's code in the institution's own list."""
_TRACE_CODES = """array_to_string(list_transform(boxes, lambda box: '81' || lpad(CAST(item AS VARCHAR), 6, '0')
        || lpad(CAST(box % 997 AS VARCHAR), 3, '0') || lpad(CAST(box AS VARCHAR), 9, '0')), ',')"""

NATIONAL_FILES: dict[str, str] = {
    "MDTRT_D.csv": f"""SELECT {_visit_id("visit")} AS mdtrt_id, psn_no, insutype, med_type, served AS begntime,
        left_at AS endtime, fixmedins_code, fixmedins_name, hosp_lv, adm_dept_codg, chfpdr_code, dise_codg, ipt_days,
        insu_admdvs, '1' AS vali_flag FROM rows""",
    "SETL_D.csv": f"""SELECT {setl_id("claim")} AS setl_id, {_visit_id("visit")} AS mdtrt_id, psn_no,
        '01' AS psn_cert_type, certno, gend, brdy, insutype, psn_type, '0' AS cvlserv_flag, emp_name, insu_admdvs,
        fix_blng_admdvs, fixmedins_code, fixmedins_name, hosp_lv, begndate, enddate, settled AS setl_time, med_type,
        pay_loc, dise_codg, {_yuan("total")} AS medfee_sumamt, {_yuan("in_scope")} AS inscp_amt,
        {_yuan("fund")} AS hifp_pay, {_yuan("fund")} AS fund_pay_sumamt, {_yuan("account")} AS acct_pay,
        {_yuan("cash")} AS cash_payamt, {_yuan("balance")} AS balc, is_reversal AS refd_setl_flag,
        CASE WHEN reverses >= 0 THEN {setl_id("reverses")} END AS init_setl_id, opter_id, known AS opt_time,
        '1' AS vali_flag FROM rows""",
    "FEE_LIST_D.csv": f"""SELECT {line_id("claim", "number")} AS feedetl_sn, {setl_id("claim")} AS setl_id,
        {_visit_id("visit")} AS mdtrt_id, psn_no, fixmedins_code, CASE WHEN is_drug THEN
        'R' || lpad(CAST(visit AS VARCHAR), 14, '0') END AS rx_drord_no, served AS fee_ocur_time,
        CAST(quantity AS DECIMAL(14, 0)) * 0.0001 AS cnt, CAST(price AS DECIMAL(12, 0)) * 0.010000 AS pric,
        {_yuan("amount")} AS det_item_fee_sumamt, CAST(ceiling AS DECIMAL(12, 0)) * 0.010000 AS pric_uplmt_amt,
        {_yuan("in_scope")} AS inscp_amt, chrgitm_lv, med_list_codg AS hilist_code, hilist_name, list_type,
        med_list_codg, med_chrgitm_type, bilg_dept_codg, bilg_dr_code, prd_days, sin_dos_dscr, used_frqu_dscr,
        {OWN_CODE} AS medins_list_codg, {_TRACE_CODES} AS drug_trac_codg,
        CASE WHEN reverses_claim >= 0 THEN {line_id("reverses_claim", "reverses_number")} END AS init_feedetl_sn,
        '1' AS vali_flag FROM rows""",
    "SETL_LIST_DIAG_D.csv": f"""SELECT {setl_id("claim")} AS setl_id, {_visit_id("visit")} AS mdtrt_id, psn_no,
        '1' AS diag_type, inout_diag_type, maindiag_flag, diag_code, diag_name, '1' AS vali_flag FROM rows""",
    "SETL_LIST_OPRN_D.csv": f"""SELECT {setl_id("claim")} AS setl_id, {_visit_id("visit")} AS mdtrt_id, psn_no,
        '1' AS main_oprn_flag, oprn_oprt_code, oprn_oprt_name, oprn_oprt_date, '1' AS anst_way, oper_dr_code,
        '1' AS vali_flag FROM rows""",
}
"""What is written to each file, over the table that `national_tables` gives for it."""
