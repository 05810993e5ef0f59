"""The five export tables of the national platform, with their own column names and styles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from claims.city.arrow import dates, moments, numbers, table, texts
from claims.city.boxes import scanned_boxes
from claims.city.make import City
from claims.city.national_sql import NATIONAL_FILES
from claims.city.people import EMPLOYEE
from claims.city.places import DEPARTMENTS, LEVELS, PHARMACY, SURGERY
from claims.city.settle import MANUAL
from claims.city.visits import ACCOUNT, CHRONIC, INPATIENT, MED_TYPES, SPECIAL, Block
from claims.clock import DAY
from claims.tables import Array

AREA, OTHER_AREA = "9901", "9802"  # area codes that begin with 98 or 99 belong to no real place
OPERATIONS = (("47.0901", "阑尾切除术"), ("51.2201", "胆囊切除术"), ("81.5401", "膝关节置换术"))
PAY_LOC = np.array(["1", "2", "3"], dtype=object)  # at the agency, at the institution, elsewhere
NAMES = np.array(["示例医院", "示例诊所", "示例药房"], dtype=object)


def settlement_ids(rows: Array) -> Array:
    """(n,) the settlement ids of claims by their row, None for -1, as objects."""
    return np.array([f"{AREA}{row:014d}" if row >= 0 else None for row in rows.tolist()], dtype=object)


def national_tables(city: City) -> Iterator[tuple[str, Any]]:
    """The table behind each national file, one at a time, in the order of `NATIONAL_FILES`."""
    makers = (_visits, _settlements, _lines, _diagnoses, _operations)
    for name, make in zip(NATIONAL_FILES, makers, strict=True):
        yield name, make(city)


def live_from(city: City) -> int:
    """The wall-clock second from which what becomes known is live, late uploads of earlier care among it."""
    plan = city.world.plan
    return (plan.first + plan.days - plan.live_days) * DAY


def line_numbers(claims: Block) -> Array:
    """1, 2, ... within each claim."""
    visit = claims.lines["visit"]
    return np.asarray(np.arange(len(visit)) - np.searchsorted(visit, visit) + 1)


def _shared(city: City, rows: Array) -> dict[str, Any]:
    """Columns that several files have, for the given claims."""
    visits, places = city.claims.visits, city.world.places
    place, person = visits["institution"][rows], visits["person"][rows]
    return {
        "is_live": (visits["known"][rows] >= live_from(city)) & (city.world.plan.live_days > 0),
        "claim": numbers(rows),
        "visit": numbers(visits["visit_number"][rows]),
        "psn_no": texts(city.world.people.numbers, person),
        "fixmedins_code": texts(places.codes, place),
    }


def _place_columns(city: City, rows: Array) -> dict[str, Any]:
    visits, places = city.claims.visits, city.world.places
    place = visits["institution"][rows]
    care = visits["care"][rows]
    listed = np.where((care == CHRONIC) | (care == SPECIAL), visits["diagnosis"][rows], -1)
    lists = np.array([f"M99{number:03d}" for number in range(len(city.world.medicine.diagnosis_codes))], dtype=object)
    return {
        "fixmedins_name": texts(institution_names(city), place),
        "hosp_lv": texts(LEVELS, places.columns["level"][place]),
        "med_type": texts(MED_TYPES, care),
        "dise_codg": texts(lists, listed),
    }


def institution_names(city: City) -> Array:
    """A made-up public name for each institution."""
    kinds = city.world.places.columns["kind"]
    return np.array(
        [f"{NAMES[kind]}{code[-5:]}" for kind, code in zip(kinds, city.world.places.codes, strict=True)], dtype=object
    )


def person_columns(city: City, person: Array) -> dict[str, Any]:
    """What the files say about each person."""
    people = city.world.people.columns
    kind = np.where(people["insurance"] == EMPLOYEE, people["is_retired"], np.where(people["age"] < 18, 3, 2))
    areas = np.array([f"{area}{d + 1:02d}" for area in (AREA, OTHER_AREA) for d in range(6)], dtype=object)
    employers = np.array([f"示例单位{n:05d}" for n in range(int(people["employer"].max(initial=0)) + 1)], dtype=object)
    return {
        "gend": texts(np.array(["1", "2"], dtype=object), people["sex"][person] - 1),
        "brdy": dates(people["born_on"][person]),
        "insutype": texts(np.array(["310", "390"], dtype=object), people["insurance"][person]),
        "psn_type": texts(np.array(["1101", "1201", "15", "1403"], dtype=object), kind[person].astype(np.int64)),
        "emp_name": texts(employers, people["employer"][person]),
        "insu_admdvs": texts(areas, (people["district"] + 6 * people["is_visitor"])[person]),
        "certno": texts(np.array([f"99{number[4:]}" for number in city.world.people.numbers], dtype=object), person),
    }


def _visits(city: City) -> Any:
    visits, places = city.claims.visits, city.world.places
    rows = np.flatnonzero(visits["reverses"] < 0)
    stay = visits["stay_days"][rows]
    place, doctor = visits["institution"][rows], visits["doctor"][rows]
    shop = places.columns["kind"][place] == PHARMACY
    codes = np.array([code for code, _ in DEPARTMENTS], dtype=object)
    department = places.staff["department"][doctor]
    number = np.where(department >= 0, places.departments["number"][department], -1)
    person = person_columns(city, visits["person"][rows])
    return table(
        _shared(city, rows)
        | _place_columns(city, rows)
        | {
            "insutype": person["insutype"],
            "insu_admdvs": person["insu_admdvs"],
            "served": moments(visits["served"][rows]),
            "left_at": moments(visits["served"][rows] + visits["gap"][rows]),
            "adm_dept_codg": texts(codes, np.where(shop, -1, number)),
            "chfpdr_code": texts(places.staff_codes, np.where(shop, -1, doctor)),
            "ipt_days": numbers(stay, stay < 0),
        }
    )


def _settlements(city: City) -> Any:
    visits, places = city.claims.visits, city.world.places
    rows = np.arange(len(city.claims))
    stay = visits["stay_days"] >= 0
    area = np.array([f"{AREA}{district + 1:02d}" for district in range(6)], dtype=object)
    visitor = city.world.people.columns["is_visitor"][visits["person"]]
    where = np.where(visits["channel"] == MANUAL, 0, np.where(visitor, 2, 1))
    money = {"total": "total_fen", "in_scope": "in_scope_fen", "fund": "fund_fen", "account": "account_fen"}
    money |= {"cash": "cash_fen", "balance": "balance_fen"}
    return table(
        _shared(city, rows)
        | _place_columns(city, rows)
        | person_columns(city, visits["person"])
        | {name: numbers(visits[column]) for name, column in money.items()}
        | {
            "fix_blng_admdvs": texts(area, places.columns["district"][visits["institution"]]),
            "begndate": dates(visits["served"] // DAY, ~stay),
            "enddate": dates((visits["served"] + visits["gap"]) // DAY, ~stay),
            "settled": moments(visits["settled"]),
            "known": moments(visits["known"]),
            "pay_loc": texts(PAY_LOC, where),
            "is_reversal": numbers(visits["is_reversal"]),
            "reverses": numbers(visits["reverses"]),
            "opter_id": texts(places.staff_codes, visits["till"]),
        }
    )


def _lines(city: City) -> Any:
    visits, lines, items = city.claims.visits, city.claims.lines, city.world.medicine.items
    claim, item, places = lines["visit"], lines["item"], city.world.places
    number = line_numbers(city.claims)
    back = lines["reverses_line"]
    is_drug = city.world.medicine.drugs[item]
    doctor = visits["doctor"][claim]
    department = np.where(places.columns["kind"][visits["institution"][claim]] == PHARMACY, -1, 0)
    department = np.where(department < 0, -1, places.staff["department"][doctor])
    codes = np.array([code for code, _ in DEPARTMENTS], dtype=object)
    doses = np.array([f"每次{_dose(amount)}" for amount in items["per_day"]], dtype=object)
    often = np.array([f"每日{_times(amount)}次" for amount in items["per_day"]], dtype=object)
    told = np.where(is_drug & (lines["days"] > 0), item, -1)
    return table(
        _shared(city, claim)
        | {name: texts(items[key], item) for name, key in ITEM_COLUMNS}
        | {
            "number": numbers(number),
            "is_drug": is_drug,
            "served": moments(visits["served"][claim]),
            "quantity": numbers(lines["quantity_e4"]),
            "price": numbers(lines["price_fen"]),
            "amount": numbers(lines["amount_fen"]),
            "in_scope": numbers(lines["in_scope_fen"]),
            "ceiling": numbers(items["price_fen"][item]),
            "bilg_dept_codg": texts(codes, np.where(department >= 0, places.departments["number"][department], -1)),
            "bilg_dr_code": texts(places.staff_codes, doctor),
            "prd_days": numbers(lines["days"], lines["days"] < 0),
            "sin_dos_dscr": texts(doses, told),
            "used_frqu_dscr": texts(often, told),
            "own_number": numbers(own_numbers(visits["institution"][claim], item)),
            "item": numbers(item),
            "boxes": scanned_boxes(city),
            "reverses_claim": numbers(np.where(back >= 0, claim[back], -1)),
            "reverses_number": numbers(np.where(back >= 0, number[back], 0)),
        }
    )


def own_numbers(place: Array, item: Array) -> Array:
    """What each institution's own list calls an item: a number of its own for each item of the list."""
    return np.asarray((item * 7_919 + place * 104_729) % _OWN_NUMBERS)


_OWN_NUMBERS = 100_003  # a prime, so that no two items of a list have one number

ITEM_COLUMNS = (
    ("med_list_codg", "code"),
    ("hilist_name", "name"),
    ("list_type", "list_type"),
    ("med_chrgitm_type", "charge_type"),
    ("chrgitm_lv", "grade"),
)


def _times(per_day: float) -> int:
    return int(per_day) if 1 <= per_day <= 4 else 1 if per_day < 1 else 3


def _dose(per_day: float) -> str:
    return f"{per_day / _times(per_day):.4g}单位"


def _diagnoses(city: City) -> Any:
    """The main diagnosis of each claim outside the personal account, again at admission for stays."""
    visits, medicine = city.claims.visits, city.world.medicine
    given = np.flatnonzero((visits["care"] != ACCOUNT) & (visits["is_reversal"] == 0))
    stays = given[visits["care"][given] == INPATIENT]
    rows = np.concatenate([given, stays])
    admission = np.concatenate([np.zeros(len(given), np.int64), np.ones(len(stays), np.int64)])
    order = np.lexsort((admission, rows))
    rows, admission = rows[order], admission[order]
    return table(
        _shared(city, rows)
        | {
            "inout_diag_type": texts(np.array(["2", "1"], dtype=object), admission),
            "maindiag_flag": numbers(1 - admission),
            "diag_code": texts(medicine.diagnosis_codes, visits["diagnosis"][rows]),
            "diag_name": texts(medicine.diagnosis_names, visits["diagnosis"][rows]),
        }
    )


def _operations(city: City) -> Any:
    visits = city.claims.visits
    operated = (visits["care"] == INPATIENT) & (visits["specialty"] == SURGERY) & (visits["is_reversal"] == 0)
    rows = np.flatnonzero(operated)
    which = visits["visit_number"][rows] % len(OPERATIONS)
    return table(
        _shared(city, rows)
        | {
            "oprn_oprt_code": texts(np.array([code for code, _ in OPERATIONS], dtype=object), which),
            "oprn_oprt_name": texts(np.array([name for _, name in OPERATIONS], dtype=object), which),
            "oprn_oprt_date": dates(visits["served"][rows] // DAY),
            "oper_dr_code": texts(city.world.places.staff_codes, visits["doctor"][rows]),
        }
    )
