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

# Of the tables that the nation published without a shape that was seen, or that an area makes itself; see `local`.
HERB_NEVER = "herb_never"
HERB_ALONE = "herb_alone"
DRUG_SECOND_LINE = "drug_second_line"
DRUG_NEWBORN = "drug_newborn"
DRUG_INDICATION = "drug_indication"
DISEASE_DRUG = "disease_drug"
ITEM_INSURANCE = "item_insurance"
ITEM_NEWBORN = "item_newborn"
ITEM_CHILD_PAID = "item_child_paid"
ITEM_INDICATION = "item_indication"
ITEM_DEPARTMENT = "item_department"
ITEM_SETTING = "item_setting"
ITEM_LEVEL = "item_level"
ITEM_SPLIT = "item_split"
ITEM_CAP = "item_cap"
ITEM_GOODS = "item_goods"
GOODS_NEWBORN = "goods_newborn"
GOODS_CHILD_PAID = "goods_child_paid"
GOODS_CAP = "goods_cap"
DIAGNOSIS_ITEM = "diagnosis_item"
ANTIBIOTIC_GRADE = "antibiotic_grade"
INTERNET_DRUG = "internet_drug"
DIAGNOSIS_SEX = "diagnosis_sex"
DIAGNOSIS_AGE = "diagnosis_age"
CT_ITEM = "ct_item"
MRI_ITEM = "mri_item"
DRUG_SERVICE = "drug_service"
DRUG_NOT_CHILD = "drug_not_child"
DRUG_DOSE = "drug_dose"
DRUG_LABEL = "drug_label"
DRUG_FORBIDDEN = "drug_forbidden"
DRUG_ELDERLY = "drug_elderly"
DRUG_PREGNANCY = "drug_pregnancy"
DRUG_INTERACTION = "drug_interaction"
HERB_INCOMPATIBLE = "herb_incompatible"
HERB_DOSE = "herb_dose"
TEST_INDICATION = "test_indication"
TREATMENT_INDICATION = "treatment_indication"
ITEM_FORBIDDEN = "item_forbidden"
ITEM_LABEL = "item_label"
GOODS_SERVICE = "goods_service"
GOODS_DEPARTMENT = "goods_department"
GOODS_COUNT = "goods_count"
GOODS_SEX = "goods_sex"
GOODS_ILLNESS = "goods_illness"

DIAGNOSIS_KINDS = frozenset({DISEASE_DRUG, DIAGNOSIS_ITEM, DIAGNOSIS_SEX, DIAGNOSIS_AGE})
"""Kinds of points about a diagnosis: their code is a diagnosis code or the beginning of one."""


@dataclass(frozen=True)
class KindOfPoint:
    """How people call a kind of point.

    Attributes:
        code: of the rule that reads it; the two insurances have a rule each.
        zh: the rule's name.
        en: what the points are.
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
    HERB_NEVER: KindOfPoint("GZ10000101003000", "中药饮片单复方均不予支付", "herbal piece that is never paid"),
    HERB_ALONE: KindOfPoint("GZ10000101004000", "中药饮片单方使用不予支付", "herbal piece not paid alone"),
    DRUG_SECOND_LINE: KindOfPoint("GZ10000101005000", "药品限二线使用", "drug paid after a first-line drug only"),
    DRUG_NEWBORN: KindOfPoint("GZ10000101006000", "药品限新生儿使用", "drug paid for newborns"),
    DRUG_INDICATION: KindOfPoint("GZ10000101008000", "药品限适应症", "drug paid for listed diagnoses"),
    DISEASE_DRUG: KindOfPoint("GZ10000101011000", "药品超限定病种目录范围使用", "drug of a registered disease's list"),
    ITEM_INSURANCE: KindOfPoint(
        "GZ10000102003000", "医疗服务项目限工伤保险、限生育保险", "service of another insurance"
    ),
    ITEM_NEWBORN: KindOfPoint("GZ10000102005000", "医疗服务项目限新生儿使用", "service paid for newborns"),
    ITEM_CHILD_PAID: KindOfPoint("GZ10000102006000", "医疗服务项目限儿童使用", "service paid for children"),
    ITEM_INDICATION: KindOfPoint("GZ10000102007000", "医疗服务项目限适应症", "service paid for listed diagnoses"),
    ITEM_DEPARTMENT: KindOfPoint("GZ10000102008000", "医疗服务项目限科室使用", "service paid in listed departments"),
    ITEM_SETTING: KindOfPoint("GZ10000102009000", "医疗服务项目限就医方式", "service paid in one care setting"),
    ITEM_LEVEL: KindOfPoint("GZ10000102011000", "医疗服务项目限医疗机构级别", "service paid from a level on"),
    ITEM_SPLIT: KindOfPoint("GZ10000102013000", "医疗服务项目分解收费", "parts of one service"),
    ITEM_CAP: KindOfPoint("GZ10000102015000", "医疗服务项目超限定报销总额", "most yearly reimbursement of a service"),
    ITEM_GOODS: KindOfPoint("YC-CONTAINED", "医疗服务项目与医用耗材重复收费", "service that contains a consumable"),
    GOODS_NEWBORN: KindOfPoint("GZ10000103001000", "耗材限新生儿使用", "consumable paid for newborns"),
    GOODS_CHILD_PAID: KindOfPoint("GZ10000103002000", "耗材限儿童使用", "consumable paid for children"),
    GOODS_CAP: KindOfPoint("GZ10000103003000", "耗材超限定报销总额", "most yearly reimbursement of a consumable"),
    DIAGNOSIS_ITEM: KindOfPoint("GZ10000201003000", "疾病诊断编码异常", "item that goes with a diagnosis"),
    ANTIBIOTIC_GRADE: KindOfPoint("GZ10000202003000", "抗菌药物分级使用管理", "grade of an antibiotic"),
    INTERNET_DRUG: KindOfPoint("YC-INTERNET", "超互联网医院药品支付范围", "drug not paid in internet visits"),
    DIAGNOSIS_SEX: KindOfPoint("GZ10000204006000", "诊断与患者性别不符", "diagnosis of one sex"),
    DIAGNOSIS_AGE: KindOfPoint("GZ10000204007000", "诊断与患者年龄不符", "age range of a diagnosis"),
    CT_ITEM: KindOfPoint("ZB10000205005000", "CT检查占比统计", "CT examination"),
    MRI_ITEM: KindOfPoint("ZB10000205006000", "核磁检查占比统计", "MRI examination"),
    DRUG_SERVICE: KindOfPoint("GZ10000301001000", "药品与医疗服务项目不符", "service that a drug goes with"),
    DRUG_NOT_CHILD: KindOfPoint("GZ10000301003000", "药品儿童禁用", "drug forbidden for children"),
    DRUG_DOSE: KindOfPoint("GZ10000301005000", "超说明书用量开药", "most units of a drug a day"),
    DRUG_LABEL: KindOfPoint("GZ10000301007000", "超说明书适应症用药", "diagnoses on a drug's label"),
    DRUG_FORBIDDEN: KindOfPoint("GZ10000301008000", "药品禁忌症", "diagnoses that forbid a drug"),
    DRUG_ELDERLY: KindOfPoint("GZ10000301009000", "老年人用药安全", "drug unsafe for the elderly"),
    DRUG_PREGNANCY: KindOfPoint("GZ10000301010000", "妊娠期及哺乳期用药安全", "drug unsafe in pregnancy or lactation"),
    DRUG_INTERACTION: KindOfPoint("GZ10000301011000", "药品相互作用", "drugs that do harm together"),
    HERB_INCOMPATIBLE: KindOfPoint("GZ10000301012000", "中药饮片配伍禁忌", "incompatible herbal pieces"),
    HERB_DOSE: KindOfPoint("YC-HERBDOSE", "中药饮片超量上传", "most of a herbal piece a day"),
    TEST_INDICATION: KindOfPoint("GZ10000302001000", "无指征检验检查", "diagnoses that call for a test"),
    TREATMENT_INDICATION: KindOfPoint("GZ10000302002000", "无指征治疗", "diagnoses that call for a treatment"),
    ITEM_FORBIDDEN: KindOfPoint("GZ10000302005000", "医疗服务项目禁忌症", "diagnoses that forbid a service"),
    ITEM_LABEL: KindOfPoint("GZ10000302006000", "医疗服务项目超适应症使用", "diagnoses that a service is for"),
    GOODS_SERVICE: KindOfPoint("GZ10000303001000", "医用耗材与医疗服务项目不符", "service that a consumable goes with"),
    GOODS_DEPARTMENT: KindOfPoint("GZ10000303002000", "医用耗材与科室不符", "departments that use a consumable"),
    GOODS_COUNT: KindOfPoint("GZ10000303003000", "医用耗材数量超标", "most units of a consumable"),
    GOODS_SEX: KindOfPoint("YC-GOODSSEX", "医用耗材与性别不符", "consumable for one sex"),
    GOODS_ILLNESS: KindOfPoint("YC-GOODSILLNESS", "医用耗材限疾病使用", "diagnoses that a consumable is for"),
}
