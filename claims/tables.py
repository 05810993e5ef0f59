"""The one place that spells the names, types, units and keys of the fund's tables.

In the store these are PostgreSQL tables; in memory a table is `Columns`: a dictionary of equally long numpy arrays,
whose type follows from the column's `Kind`. A missing number, time or date is `MISSING`; a missing text is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Columns = Mapping[str, Array]

MISSING: int = int(np.iinfo(np.int64).min)
"""A missing value in any integer column; no real amount, count or time can take it."""


class Kind(Enum):
    """What a column holds, and so how it is parsed, stored and kept in memory."""

    TEXT = "text"
    WHOLE = "whole number"
    FEN = "money in fen"
    MICRO_YUAN = "unit price in millionths of a yuan"
    QUANTITY_E4 = "quantity in ten-thousandths"
    TIME = "moment, in memory seconds since 1970-01-01T00:00Z"
    DATE = "calendar day, in memory days since 1970-01-01"
    FLAG = "true or false"

    @property
    def array_type(self) -> np.dtype[Any]:
        """The numpy type of a column of this kind."""
        if self is Kind.TEXT:
            return np.dtype(object)
        return np.dtype(np.bool_) if self is Kind.FLAG else np.dtype(np.int64)

    @property
    def store_type(self) -> str:
        """The PostgreSQL type of a column of this kind, as `information_schema` spells it."""
        special = {Kind.TEXT: "text", Kind.FLAG: "boolean", Kind.TIME: "timestamp with time zone", Kind.DATE: "date"}
        return special.get(self, "bigint")


@dataclass(frozen=True)
class Column:
    """One column of one table."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """A named table: its key columns and all its columns in order."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)

    def kind_of(self, name: str) -> Kind:
        """The kind of the column called `name`."""
        return next(column.kind for column in self.columns if column.name == name)


T, N, F, P, Q = Kind.TEXT, Kind.WHOLE, Kind.FEN, Kind.MICRO_YUAN, Kind.QUANTITY_E4
TIME, DATE, FLAG = Kind.TIME, Kind.DATE, Kind.FLAG

SETTLEMENT, REVERSAL = "settlement", "reversal"

BENEFIT_KINDS = ("general_outpatient", "chronic", "special", "negotiated_drug", "personal_account", "inpatient")
"""普通门诊, 门慢, 门特, 国谈药 and 双通道, 个人账户购药, 住院."""

COVERS = ("all", *BENEFIT_KINDS)
"""What an agreement with an institution may cover."""

CHANNELS = ("networked", "manual", "non_local")
"""联网结算, 手工报销, 异地就医."""

MOVEMENTS = ("count", "change", "purchase", "purchase_return", "sale", "sale_return")
"""3501 to 3506: 盘存, 变更, 采购, 采购退货, 销售, 销售退货."""

ITEM_KINDS = ("drug", "herbal", "service", "consumable", "facility")
"""西药中成药, 中药饮片, 医疗服务项目, 医用耗材, 服务设施."""

CLAIMS = Table(
    "claims",
    ("claim_id",),
    (
        Column("claim_id", T, "settlement id (setl_id)", required=True),
        Column("visit_id", T, "visit id (mdtrt_id)"),
        Column("kind", T, "settlement or reversal", required=True),
        Column("reverses_claim_id", T, "the settlement that a reversal takes back, wholly or in part"),
        Column("patient_id", T, "keyed pseudonym of the insured person (psn_no)", required=True),
        Column("institution_id", T, "designated hospital, clinic or pharmacy (fixmedins_code)", required=True),
        Column("doctor_id", T, "ordering or attending doctor (bilg_dr_codg)"),
        Column("operating_doctor_id", T, "operating doctor"),
        Column("other_doctor_id", T, "any other doctor named on the claim"),
        Column("department_id", T, "ordering department (bilg_dept_codg)"),
        Column("till_id", T, "till or clerk that settled (opter_id)"),
        Column("channel", T, "networked, manual or non_local", required=True),
        Column("benefit_kind", T, "which benefit pays, one of BENEFIT_KINDS", required=True),
        Column("care_category", T, "national care category (med_type)"),
        Column("insurance_type", T, "national insurance type (insutype)"),
        Column("is_emergency", FLAG, "emergency or rescue care", required=True),
        Column("served_at", TIME, "care given"),
        Column("settled_at", TIME, "fee settled", required=True),
        Column("known_at", TIME, "when the fund's systems had the row", required=True),
        Column("known_at_source", T, "which field or clock known_at came from", required=True),
        Column("admitted_on", DATE, "first day of the stay"),
        Column("discharged_on", DATE, "last day of the stay"),
        Column("total_fen", F, "total medical fee; negative on a reversal", required=True),
        Column("in_scope_fen", F, "part inside the policy scope"),
        Column("fund_fen", F, "paid by all funds", required=True),
        Column("account_fen", F, "paid from the personal account", required=True),
        Column("cash_fen", F, "paid by the person in cash", required=True),
        Column("account_balance_fen", F, "personal account after the payment"),
        Column("recorded_order", N, "our own strictly rising number", required=True),
        Column("source", T, "the import or the service that brought the row", required=True),
    ),
)

LINES = Table(
    "lines",
    ("claim_id", "line_number"),
    (
        Column("claim_id", T, "the claim that bills it", required=True),
        Column("line_number", N, "1, 2, ... within the claim", required=True),
        Column("line_id", T, "the source's own line id (feedetl_sn)"),
        Column("reverses_line_id", T, "on a reversal: the line it takes back (init_feedetl_sn)"),
        Column("prescription_id", T, "prescription slip (rxno)"),
        Column("item_code", T, "national item code (med_list_codg)", required=True),
        Column("item_name", T, "the item's catalogue name"),
        Column("item_kind", T, "one of ITEM_KINDS", required=True),
        Column("charge_type", T, "national charge item type (med_chrgitm_type)"),
        Column("grade", T, "catalogue grade (chrgitm_lv): 01, 02, 03"),
        Column("doctor_id", T, "ordering doctor"),
        Column("department_id", T, "ordering department"),
        Column("served_at", TIME, "when the fee occurred"),
        Column("quantity_e4", Q, "quantity; negative on a reversal", required=True),
        Column("unit_price_micro_yuan", P, "unit price", required=True),
        Column("price_ceiling_micro_yuan", P, "highest permitted unit price (pric_uplmt_amt)"),
        Column("amount_fen", F, "line total; negative on a reversal", required=True),
        Column("in_scope_fen", F, "part inside the policy scope"),
        Column("days_of_supply", N, "days the quantity lasts, as the source states (prd_days)"),
        Column("own_item_code", T, "what the institution's own list calls the item (medins_list_codg)"),
        Column("trace_codes", T, "trace codes of the boxes (drug_trac_codg), see claims.trace_codes"),
        Column("is_split_pack", FLAG, "sold by the piece out of an opened box (trdn_flag)", required=True),
    ),
)

_NOT_IN_PASTS = ("own_item_code", "trace_codes", "is_split_pack")
PAST_LINES = Table(
    "past_lines", LINES.key, tuple(column for column in LINES.columns if column.name not in _NOT_IN_PASTS)
)
"""Lines as a patient's past keeps them: nobody asks for the other columns but of a line that is judged itself."""

DIAGNOSES = Table(
    "diagnoses",
    ("claim_id", "sequence"),
    (
        Column("claim_id", T, "the claim", required=True),
        Column("sequence", N, "1, 2, ... within the claim", required=True),
        Column("code", T, "diagnosis code", required=True),
        Column("is_main", FLAG, "main diagnosis", required=True),
        Column("is_admission", FLAG, "diagnosis at admission", required=True),
    ),
)

PATIENTS = Table(
    "patients",
    ("patient_id",),
    (
        Column("patient_id", T, "keyed pseudonym", required=True),
        Column("sex", T, "1 male, 2 female"),
        Column("born_on", DATE, "birth date"),
        Column("died_on", DATE, "date of death"),
        Column("insurance_type", T, "national insurance type"),
        Column("person_type", T, "national person type (psn_type)"),
        Column("area", T, "insured area (insu_admdvs)"),
        Column("employer_id", T, "keyed pseudonym of the employer"),
        Column("long_prescription_from", DATE, "first day of the approval for long prescriptions, missing without one"),
        Column("long_prescription_until", DATE, "its last day, missing while it stands"),
        Column("chronic_conditions", T, "comma-separated names of registered chronic conditions"),
    ),
)

INSTITUTIONS = Table(
    "institutions",
    ("institution_id",),
    (
        Column("institution_id", T, "national institution code", required=True),
        Column("name", T, "public name"),
        Column("kind", T, "hospital, clinic or pharmacy", required=True),
        Column("level", T, "national level code (hosp_lv)"),
        Column("area", T, "area code"),
    ),
)

DECLARED_REGISTERS = ("doctors", "pharmacists", "tills", "departments", "services")
"""Registers of which an institution says whether they are complete."""

DECLARATIONS = Table(
    "declarations",
    ("institution_id", "register"),
    (
        Column("institution_id", T, "the institution", required=True),
        Column("register", T, "one of DECLARED_REGISTERS", required=True),
        Column("is_complete", FLAG, "the institution declared that nothing is missing in it", required=True),
        Column("confirmed_at", TIME, "when it last confirmed that"),
    ),
)

DEPARTMENTS = Table(
    "departments",
    ("institution_id", "department_id", "valid_from"),
    (
        Column("institution_id", T, "the institution", required=True),
        Column("department_id", T, "department code", required=True),
        Column("name", T, "department name"),
        Column("valid_from", DATE, "first day of the registration", required=True),
        Column("valid_until", DATE, "last day, missing while it stands"),
    ),
)

DEPARTMENT_SERVICES = Table(
    "department_services",
    ("institution_id", "department_id", "item_code", "valid_from"),
    (
        Column("institution_id", T, "the institution", required=True),
        Column("department_id", T, "the department that may perform the service", required=True),
        Column("item_code", T, "national code of the service", required=True),
        Column("valid_from", DATE, "first day", required=True),
        Column("valid_until", DATE, "last day, missing while it stands"),
    ),
)

STAFF = Table(
    "staff",
    ("institution_id", "staff_id", "role", "valid_from"),
    (
        Column("institution_id", T, "the institution", required=True),
        Column("staff_id", T, "national staff code", required=True),
        Column("role", T, "doctor, pharmacist or till", required=True),
        Column("department_id", T, "department; missing for pharmacists and tills"),
        Column("valid_from", DATE, "first day of the registration", required=True),
        Column("valid_until", DATE, "last day, missing while it stands"),
        Column("antibiotic_level", N, "highest grade of antibiotics: 1 unrestricted, 2 restricted, 3 special"),
    ),
)

CATALOGUE = Table(
    "catalogue",
    ("item_code", "valid_from"),
    (
        Column("item_code", T, "national item code", required=True),
        Column("name", T, "catalogue name"),
        Column("item_kind", T, "one of ITEM_KINDS", required=True),
        Column("grade", T, "01 甲, 02 乙, 03 丙"),
        Column("drug_class", T, "drug class where it is not the one inside the code"),
        Column("units_per_pack_e4", Q, "smallest units in one billed pack"),
        Column("units_per_day_e4", Q, "usual smallest units a day"),
        Column("price_ceiling_micro_yuan", P, "highest permitted unit price"),
        Column("only_sex", T, "payable for this sex only (1 male, 2 female)"),
        Column("least_age_years", N, "payable from this age on"),
        Column("most_age_years", N, "payable up to this age"),
        Column("is_resale_prone", FLAG, "on the area's list of drugs with high resale demand", required=True),
        Column("valid_from", DATE, "first day", required=True),
        Column("valid_until", DATE, "last day, missing while it stands"),
    ),
)

AGREEMENTS = Table(
    "agreements",
    ("institution_id", "covers", "valid_from"),
    (
        Column("institution_id", T, "the institution", required=True),
        Column("covers", T, "what may be settled: all, or one of BENEFIT_KINDS", required=True),
        Column("kind", T, "what the agreement is called"),
        Column("valid_from", DATE, "first day", required=True),
        Column("valid_until", DATE, "last day, missing while it stands"),
        Column("source", T, "the document that says so"),
    ),
)

ITEM_MAPPINGS = Table(
    "item_mappings",
    ("institution_id", "own_item_code", "valid_from"),
    (
        Column("institution_id", T, "the institution", required=True),
        Column("own_item_code", T, "the item in its own list (medins_list_codg)", required=True),
        Column("name", T, "what its own list calls it"),
        Column("item_code", T, "the national item that it is; missing for one that no catalogue covers"),
        Column("confirmed_by", T, "who checked the pair"),
        Column("valid_from", DATE, "first day", required=True),
        Column("valid_until", DATE, "last day, missing while it stands"),
        Column("source", T, "the document that says so"),
    ),
)

STOCK = Table(
    "stock",
    ("institution_id", "record_id"),
    (
        Column("institution_id", T, "the institution", required=True),
        Column("record_id", T, "the source's record id", required=True),
        Column("item_code", T, "national item code", required=True),
        Column("movement", T, "one of MOVEMENTS", required=True),
        Column("quantity_e4", Q, "quantity moved or counted", required=True),
        Column("moved_at", TIME, "when", required=True),
        Column("claim_id", T, "of a sale or its return: the settlement that paid for it (setl_id)"),
        Column("trace_codes", T, "of a sale or its return: the trace codes of the boxes (drug_trac_codg)"),
        Column("is_split_pack", FLAG, "sold by the piece out of an opened box (trdn_flag)", required=True),
    ),
)

VERDICTS = Table(
    "verdicts",
    ("verdict_id",),
    (
        Column("verdict_id", T, "id of this finding", required=True),
        Column("claim_id", T, "the claim judged, missing when a subject was judged as a whole"),
        Column("line_number", N, "the line judged, missing when the whole claim was"),
        Column("subject_kind", T, "patient, doctor or institution, when a subject was judged"),
        Column("subject_id", T, "the subject judged"),
        Column("finding", T, "violating, in_order or not_judged", required=True),
        Column("amount_fen", F, "money found violating", required=True),
        Column("violation_type", T, "first level of the violation list"),
        Column("violation_item", T, "second level"),
        Column("violation_detail", T, "third level"),
        Column("decided_at", TIME, "when the reviewer decided", required=True),
        Column("known_at", TIME, "when our systems had it", required=True),
        Column("decided_by", T, "the reviewer's staff id", required=True),
        Column("replaces_verdict_id", T, "the verdict an appeal reversed"),
        Column("case_id", T, "the case it closed"),
        Column("drawn_by", T, "random, rule, tip or model: why it was looked at", required=True),
        Column("draw_probability_e4", Q, "chance of a random draw, missing for the others"),
    ),
)

KNOWLEDGE = Table(
    "knowledge",
    ("batch_id", "row_number"),
    (
        Column("batch_id", N, "the workbook that says so, see knowledge_batches", required=True),
        Column("row_number", N, "its row there", required=True),
        Column("kind", T, "what is limited, one of rules.knowledge.kinds", required=True),
        Column("item_code", T, "national item code, or beginning of a diagnosis code, that it is about", required=True),
        Column("item_name", T, "as the table calls it", required=True),
        Column("other_code", T, "of a pair: the item that the first one contains, goes with or excludes"),
        Column("other_name", T, "as the table calls it"),
        Column("group_name", T, "age group or group of operations, as the table calls it"),
        Column("only_sex", T, "for this sex only (1 male, 2 female)"),
        Column("only_insurance", T, "payable under work_injury or maternity insurance only"),
        Column("settings", T, "payable in these settings only, comma-separated"),
        Column("least_level", N, "least level of the institution, or of the prescriber: 1, 2 or 3"),
        Column("least_age_days", N, "from this age on"),
        Column("most_age_days", N, "up to this age"),
        Column("least_age_years", N, "from this age on, in full years"),
        Column("most_age_years", N, "up to this age, in full years"),
        Column("most_count_e4", Q, "most units per `per`"),
        Column("per", T, "day, days, hour, hours, visit, stay, course, week, cycle or year: what is counted together"),
        Column("per_length", N, "hours or days of `per` where it has a length"),
        Column("most_days", N, "most paid days of a course"),
        Column("is_span", FLAG, "most_days runs from the first day to the last, not by paid days", required=True),
        Column("least_gap_days", N, "least days from one time to the next"),
        Column("words", T, "the terms as the table spells them"),
        Column("remark", T, "the table's explanation"),
        Column("is_understood", FLAG, "false: the words could not be read, the point acts never", required=True),
        Column("valid_from", DATE, "first day", required=True),
        Column("valid_until", DATE, "last day, missing while it stands"),
        Column("codes", T, "beginnings of diagnosis codes or care categories, or departments, comma-separated"),
        Column("most_fen", F, "most money per `per`"),
    ),
)

TABLES: tuple[Table, ...] = (
    CLAIMS,
    LINES,
    DIAGNOSES,
    PATIENTS,
    INSTITUTIONS,
    DECLARATIONS,
    DEPARTMENTS,
    DEPARTMENT_SERVICES,
    STAFF,
    CATALOGUE,
    AGREEMENTS,
    ITEM_MAPPINGS,
    STOCK,
    VERDICTS,
)
"""The tables that a mapping file may fill; knowledge comes in by `yicha knowledge import` only."""


def table_named(name: str) -> Table:
    """The table called `name`.

    Raises:
        KeyError: no table has this name.
    """
    return {table.name: table for table in TABLES}[name]


def empty_columns(table: Table) -> dict[str, Array]:
    """Columns of `table` with no rows."""
    return {column.name: np.empty(0, dtype=column.kind.array_type) for column in table.columns}


def drug_class_of(item_codes: Array) -> Array:
    """The anatomical-therapeutic group inside national drug codes; None for what is not a drug.

    The group is the first five characters after the leading X (western) or Z (patent) of the code.

    >>> drug_class_of(np.array(["XC09AAF001A001010100001", "001102000010000"], dtype=object))
    array(['C09AA', None], dtype=object)
    """
    classes = [drug_class(code) for code in item_codes]
    return np.array(classes, dtype=object) if classes else np.empty(0, dtype=object)


@lru_cache(maxsize=1 << 17)
def drug_class(item_code: str | None) -> str | None:
    """As `drug_class_of`, of one code; a service meets the same ones for ever."""
    return item_code[1:6] if item_code and item_code[0] in "XZ" and len(item_code) > 5 else None
