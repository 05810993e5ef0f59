"""超说明书用量、饮片超量: more units a day than the table allows, by what was given for how many days."""

from __future__ import annotations

import numpy as np

from claims.masks import rows_where
from claims.tables import MISSING
from rules.exempt import WHOLE_PACKS, spare
from rules.facts import Facts
from rules.findings import on_lines
from rules.frame import HIGHLY, SLIGHTLY, Grade, Hits, Rule
from rules.knowledge.kinds import DRUG_DOSE, HERB_DOSE
from rules.national_rule import national
from rules.numbers import Numbers
from rules.words import yuan

_E4 = 10_000


def _most_a_day(code: str, kind: str, grade: Grade, *, in_packs: bool) -> Rule:
    @national(code, grade=grade, needs=(kind,))
    def dose_above_the_limit(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
        """The quantity, divided by the stated days, is more than the daily most; a line without days is not judged.

        A drug's packs are counted in the catalogue's smallest units, and its last pack may be a begun one. The amount
        is what lies above.
        """
        points = facts.points(kind).one_a_line()
        lines = facts.batch.lines
        days, quantity = lines["days_of_supply"][points.line], lines["quantity_e4"][points.line]
        pack = facts.of_item("units_per_pack_e4", MISSING)[points.line] if in_packs else np.full(len(days), _E4)
        is_told = (days > 0) & (pack > 0) & (quantity > 0)
        line, days, quantity, pack = (column[is_told] for column in (points.line, days, quantity, pack))
        most = points.of("most_count_e4")[is_told]
        # In doubles: packs times units can pass 64 bits, and nothing near the limit is found.
        given = quantity.astype(np.float64) * pack / _E4
        allowed = most.astype(np.float64) * days
        begun = np.ceil(allowed / pack) * pack if in_packs else allowed
        found, spared = spare(rows_where(given > allowed), facts.claim_of_line[line], (WHOLE_PACKS, given <= begun))
        share = 1 - begun[found] / given[found]
        money = np.floor(np.maximum(lines["amount_fen"][line[found]], 0) * share + 1e-6).astype(np.int64)
        says = []
        for row, own, limit, fen in zip(
            line[found].tolist(), (given[found] / days[found] / _E4).tolist(), (most[found] / _E4).tolist(),
            money.tolist(), strict=True,
        ):  # fmt: skip
            label = facts.item_label(row)
            says.append(
                (
                    f"“{label}”每日 {own:.4g}，限每日 {limit:g}，超出部分 {yuan(fen)} 元",
                    f"{label}: {own:.4g} a day, at most {limit:g}, {yuan(fen)} yuan above",
                )
            )
        return on_lines(facts, line[found], says, money, spared=spared)

    return dose_above_the_limit


DOSE_RULES: tuple[Rule, ...] = (
    _most_a_day("GZ10000301005000", DRUG_DOSE, HIGHLY, in_packs=True),
    _most_a_day("YC-HERBDOSE", HERB_DOSE, SLIGHTLY, in_packs=False),
)
