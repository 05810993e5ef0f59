"""What a knowledge point may limit: one entry a kind, with the rule that stands on it."""

from __future__ import annotations

from dataclasses import dataclass

DRUG_SEX = "drug_sex"
ITEM_SEX = "item_sex"
DRUG_CHILD = "drug_child"
DRUG_CHILD_PAID = "drug_child_paid"
ITEM_CHILD = "item_child"
DRUG_INSURANCE = "drug_insurance"
DRUG_SETTING = "drug_setting"
DRUG_LEVEL = "drug_level"
DRUG_COURSE = "drug_course"
ITEM_COURSE = "item_course"
ITEM_AGE = "item_age"
ITEM_COUNT = "item_count"
ITEM_CYCLE = "item_cycle"
ITEM_PAIR = "item_pair"
OPERATION_GROUP = "operation_group"


@dataclass(frozen=True)
class KindOfPoint:
    """How people call a kind of point.

    Attributes:
        code: of the rule that reads it; the two insurances have a rule each.
        zh, en: the rule's name.
    """

    code: str
    zh: str
    en: str


KINDS: dict[str, KindOfPoint] = {
    DRUG_SEX: KindOfPoint("GZ10000301004000", "药品区分性别使用", "drug for one sex"),
    ITEM_SEX: KindOfPoint("GZ10000302004000", "医疗服务项目区分性别使用", "service for one sex"),
    DRUG_CHILD: KindOfPoint("GZ10000301002000", "药品儿童专用", "drug for children"),
    DRUG_CHILD_PAID: KindOfPoint("GZ10000101007000", "药品限儿童使用", "drug paid for children"),
    ITEM_CHILD: KindOfPoint("GZ10000302003000", "医疗服务项目儿童专用", "service for children"),
    DRUG_INSURANCE: KindOfPoint("GZ10000101001000", "药品限工伤保险、限生育保险", "drug of another insurance"),
    DRUG_SETTING: KindOfPoint("YC-SETTING", "药品限就医方式", "drug paid in one care setting"),
    DRUG_LEVEL: KindOfPoint("GZ10000101012000", "药品限医疗机构级别", "drug paid from a level on"),
    DRUG_COURSE: KindOfPoint("GZ10000101010000", "药品限支付疗程", "longest paid course of a drug"),
    ITEM_COURSE: KindOfPoint("GZ10000102010000", "医疗服务项目限支付疗程", "longest paid course of a service"),
    ITEM_AGE: KindOfPoint("YC-ITEMAGE", "医疗服务项目限年龄", "age range of a service"),
    ITEM_COUNT: KindOfPoint("GZ10000102014000", "医疗服务项目限定频次", "most units of a service a day"),
    ITEM_CYCLE: KindOfPoint("YC-CYCLE", "医疗服务项目周期超频次", "most units of a service a cycle"),
    ITEM_PAIR: KindOfPoint("GZ10000102012000", "医疗服务项目重复收费", "service that contains another"),
    OPERATION_GROUP: KindOfPoint("GZ10000102002000", "手术项目未按规定折价收费", "operations through one incision"),
}
