"""The tables that an area makes itself, or makes of what the nation published in words: one entry a kind.

Each table says in its column 限定类型 the name of the rule that it feeds, and in 限定值域 what it limits. Two layouts
do for all of them: an item with its terms, and two items with what is between them.
"""

from __future__ import annotations

from dataclasses import dataclass

from rules.knowledge import kinds, terms
from rules.knowledge import local_terms as read
from rules.knowledge.kinds import KINDS
from rules.knowledge.local_terms import Reader

ITEMS, PAIRS = "items", "pairs of items"


@dataclass(frozen=True)
class LocalTable:
    """One kind of local table.

    Attributes:
        kind: of its points.
        reads: what makes columns of its terms.
        example: terms as a table may spell them; of a made-up item.
        layout: ITEMS or PAIRS.
        names: of the rules, where the kind has another name than its rule.
    """

    kind: str
    reads: Reader
    example: str
    layout: str = ITEMS
    names: tuple[str, ...] = ()

    @property
    def limited(self) -> tuple[str, ...]:
        """What its column 限定类型 says: names of rules."""
        return self.names or (KINDS[self.kind].zh,)


OF_PUBLISHED: tuple[LocalTable, ...] = (
    LocalTable(kinds.DRUG_SEX, terms.sex, "女"),
    LocalTable(kinds.ITEM_SEX, terms.sex, "女"),
    LocalTable(kinds.DRUG_CHILD, terms.age_group, "儿童"),
    LocalTable(kinds.DRUG_CHILD_PAID, terms.age_group, "儿童"),
    LocalTable(kinds.ITEM_CHILD, terms.age_group, "新生儿"),
    LocalTable(kinds.ITEM_AGE, terms.age, "6-17岁"),
    LocalTable(kinds.DRUG_INSURANCE, terms.insurance, "工伤", names=("药品限工伤保险", "药品限生育保险")),
    LocalTable(kinds.DRUG_SETTING, terms.settings, "住院"),
    LocalTable(kinds.DRUG_LEVEL, terms.level, "二级及以上"),
    LocalTable(kinds.DRUG_COURSE, terms.course, "14天"),
    LocalTable(kinds.ITEM_COURSE, terms.course, "14天"),
    LocalTable(kinds.ITEM_COUNT, terms.count_of_a_day, "1 日"),
    LocalTable(kinds.ITEM_CYCLE, terms.cycle, "1次/15天"),
    LocalTable(kinds.OPERATION_GROUP, terms.group_of_operations, "测试手术组"),
    LocalTable(kinds.ITEM_PAIR, terms.together, "单日", PAIRS),
)
"""Kinds that also have a published shape, for what an area adds of its own."""

LOCAL_TABLES: tuple[LocalTable, ...] = (
    *OF_PUBLISHED,
    # Whom an item is for.
    LocalTable(kinds.DRUG_NEWBORN, terms.age_group, "新生儿"),
    LocalTable(kinds.ITEM_NEWBORN, terms.age_group, "新生儿"),
    LocalTable(kinds.GOODS_NEWBORN, terms.age_group, "新生儿"),
    LocalTable(kinds.ITEM_CHILD_PAID, terms.age_group, "儿童"),
    LocalTable(kinds.GOODS_CHILD_PAID, terms.age_group, "儿童"),
    LocalTable(kinds.DRUG_NOT_CHILD, read.ages, "12周岁以下"),
    LocalTable(kinds.DRUG_ELDERLY, read.ages, "老年人"),
    LocalTable(kinds.GOODS_SEX, terms.sex, "女"),
    LocalTable(kinds.DIAGNOSIS_SEX, terms.sex, "女"),
    LocalTable(kinds.DIAGNOSIS_AGE, read.ages, "60周岁及以上"),
    # For which diagnoses.
    LocalTable(kinds.DRUG_INDICATION, read.codes, "A00T、B01T"),
    LocalTable(kinds.DRUG_LABEL, read.codes, "A00T、B01T"),
    LocalTable(kinds.ITEM_INDICATION, read.codes, "A00T、B01T"),
    LocalTable(kinds.ITEM_LABEL, read.codes, "A00T、B01T"),
    LocalTable(kinds.TEST_INDICATION, read.codes, "A00T、B01T"),
    LocalTable(kinds.TREATMENT_INDICATION, read.codes, "A00T、B01T"),
    LocalTable(kinds.GOODS_ILLNESS, read.codes, "A00T、B01T"),
    LocalTable(kinds.DRUG_FORBIDDEN, read.codes, "A00T、B01T"),
    LocalTable(kinds.ITEM_FORBIDDEN, read.codes, "A00T、B01T"),
    LocalTable(kinds.DRUG_PREGNANCY, read.pregnancy, "妊娠期、哺乳期"),
    # Where, by whom, under which insurance.
    LocalTable(kinds.ITEM_DEPARTMENT, read.departments, "T03.01、测试科"),
    LocalTable(kinds.GOODS_DEPARTMENT, read.departments, "T03.01、测试科"),
    LocalTable(kinds.ITEM_SETTING, terms.settings, "住院"),
    LocalTable(kinds.ITEM_LEVEL, terms.level, "二级及以上"),
    LocalTable(
        kinds.ITEM_INSURANCE, terms.insurance, "工伤", names=("医疗服务项目限工伤保险", "医疗服务项目限生育保险")
    ),
    LocalTable(kinds.INTERNET_DRUG, read.codes, "1199"),
    LocalTable(kinds.ANTIBIOTIC_GRADE, read.antibiotic_grade, "特殊使用级"),
    # How much.
    LocalTable(kinds.DRUG_DOSE, read.units_of_a_day, "4片/日"),
    LocalTable(kinds.HERB_DOSE, read.units_of_a_day, "30克/日"),
    LocalTable(kinds.GOODS_COUNT, read.units, "2个/次就诊"),
    LocalTable(kinds.ITEM_CAP, read.money_of_a_year, "1000元/年"),
    LocalTable(kinds.GOODS_CAP, read.money_of_a_year, "1000元/年"),
    # Lists.
    LocalTable(kinds.HERB_NEVER, read.listed, "不予支付"),
    LocalTable(kinds.HERB_ALONE, read.listed, "不予支付"),
    LocalTable(kinds.ITEM_SPLIT, read.group, "测试组"),
    LocalTable(kinds.CT_ITEM, read.listed, "在列"),
    LocalTable(kinds.MRI_ITEM, read.listed, "在列"),
    # Two codes: the second is what the first needs, contains or excludes.
    LocalTable(kinds.DRUG_SECOND_LINE, read.within_days, "90天内", PAIRS),
    LocalTable(kinds.DRUG_INTERACTION, read.listed, "不宜同用", PAIRS),
    LocalTable(kinds.HERB_INCOMPATIBLE, read.listed, "不宜同用", PAIRS),
    LocalTable(kinds.DRUG_SERVICE, read.listed, "", PAIRS),
    LocalTable(kinds.GOODS_SERVICE, read.listed, "", PAIRS),
    LocalTable(kinds.DIAGNOSIS_ITEM, read.listed, "", PAIRS),
    LocalTable(kinds.DISEASE_DRUG, read.listed, "在列", PAIRS),
    LocalTable(kinds.ITEM_GOODS, read.day_or_visit, "单日", PAIRS),
)
