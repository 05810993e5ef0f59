"""The city's catalogue of drugs and services, and the complaints they answer; read from `medicine.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from claims.tables import MISSING, Array, Columns

MAKERS = (("甲厂", 1.0), ("乙厂", 0.72))
E4 = 10_000


@dataclass(frozen=True)
class Medicine:
    """k items, the chronic conditions and the acute complaints.

    Attributes:
        items: columns of k rows: code, name, item_kind, list_type, charge_type, grade, pack, per_day (smallest units,
            0 where none), days_per_pack, price_fen (the ceiling), only_sex, least_age, most_age, is_resale_prone.
        pools: item rows by pool name.
        conditions: the chronic conditions in order, as in the YAML.
        complaints: the acute complaints in order.
        diagnosis_codes, diagnosis_names: of conditions first, then of complaints.
    """

    items: Columns
    pools: dict[str, Array]
    conditions: dict[str, dict[str, Any]]
    complaints: list[dict[str, Any]]
    diagnosis_codes: Array
    diagnosis_names: Array

    @property
    def drugs(self) -> Array:
        """Which items are drugs."""
        return np.asarray(self.items["item_kind"] == "drug")

    @property
    def resale_prone(self) -> Array:
        """Rows of the items with a high resale demand."""
        return np.flatnonzero(self.items["is_resale_prone"])

    def condition(self, name: str) -> int:
        """The number of a chronic condition, which is also its diagnosis."""
        return list(self.conditions).index(name)


@lru_cache(maxsize=1)
def read_medicine() -> Medicine:
    """The catalogue."""
    source = yaml.safe_load(Path(__file__).with_name("medicine.yaml").read_text(encoding="utf-8"))
    rows = _drug_rows(source["drugs"], "X", "101", "09") + _drug_rows(source["patent_drugs"], "Z", "101", "11")
    rows += _other_rows(source["services"], "service", "0099", 15, "201")
    rows += _other_rows(source["facilities"], "facility", "0098", 15, "201")
    rows += _other_rows(source["consumables"], "consumable", "C99", 20, "301")
    rows += _other_rows(source["herbal_pieces"], "herbal", "T99", 10, "102")
    pools = np.array([row["pool"] for row in rows])
    named = [*source["conditions"].values(), *source["complaints"]]
    return Medicine(
        _columns(rows),
        {str(pool): np.flatnonzero(pools == pool) for pool in dict.fromkeys(pools)},
        source["conditions"],
        source["complaints"],
        np.array([entry["code"] for entry in named], dtype=object),
        np.array([entry["name"] for entry in named], dtype=object),
    )


def _drug_rows(pools: dict[str, list[Any]], letter: str, list_type: str, charge_type: str) -> list[dict[str, Any]]:
    rows = []
    for pool, drugs in pools.items():
        for number, (group, name, grade, pack, per_day, price, *rest) in enumerate(drugs):
            for maker, (maker_name, share) in enumerate(MAKERS):
                serial = f"{number * len(MAKERS) + maker + 1:05d}"
                # Nines where a real code has the substance and the form: no real code looks like this.
                row = {"code": f"{letter}{group}Z999A9999999{serial[-5:]}", "name": f"{name}({maker_name})"}
                row |= {"kind": "drug", "list_type": list_type, "charge": charge_type, "grade": grade, "pool": pool}
                row |= {"pack": pack, "per_day": per_day, "price": round(price * share, 2)}
                rows.append(row | _limits(rest))
    return _distinct_codes(rows)


def _distinct_codes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two pools may hold one class: the serial number runs over all of them."""
    return [row | {"code": f"{row['code'][:-5]}{number + 1:05d}"} for number, row in enumerate(rows)]


def _other_rows(
    pools: dict[str, list[Any]], kind: str, prefix: str, length: int, list_type: str
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for pool, things in pools.items():
        for name, grade, charge, price, *rest in things:
            row = {"code": prefix + f"{len(rows) + 1}".zfill(length - len(prefix)), "name": name, "kind": kind}
            row |= {"list_type": list_type, "charge": charge, "grade": grade, "pool": pool, "price": price}
            rows.append(row | {"pack": 0, "per_day": 0} | _limits(rest))
    return rows


def _limits(rest: list[dict[str, Any]]) -> dict[str, Any]:
    given = rest[0] if rest else {}
    return {
        "only_sex": given.get("sex"),
        "least_age": given.get("least", MISSING),
        "most_age": given.get("most", MISSING),
        "resale": bool(given.get("resale")),
    }


def _columns(rows: list[dict[str, Any]]) -> dict[str, Array]:
    def text(key: str) -> Array:
        return np.array([row[key] for row in rows], dtype=object)

    def number(key: str, kind: str = "int64") -> Array:
        return np.array([row[key] for row in rows], dtype=kind)

    pack, per_day = number("pack", "float64"), number("per_day", "float64")
    days = np.divide(pack, per_day, out=np.zeros_like(pack), where=per_day > 0)
    return {
        "code": text("code"),
        "name": text("name"),
        "item_kind": text("kind"),
        "list_type": text("list_type"),
        "charge_type": text("charge"),
        "grade": text("grade"),
        "pack": pack,
        "per_day": per_day,
        "days_per_pack": np.maximum(np.round(days), np.where(pack > 0, 1, 0)).astype(np.int64),
        "price_fen": np.round(number("price", "float64") * 100).astype(np.int64),
        "only_sex": text("only_sex"),
        "least_age": number("least_age"),
        "most_age": number("most_age"),
        "is_resale_prone": np.array([row["resale"] for row in rows]),
    }
