"""What registers and their columns are called, in Chinese and English."""

from __future__ import annotations

REGISTER_WORDS = {
    "institutions": ("定点医药机构", "institutions"),
    "declarations": ("登记册申报", "declarations"),
    "departments": ("科室", "departments"),
    "department_services": ("科室服务项目", "services of departments"),
    "staff": ("人员", "staff"),
    "catalogue": ("目录", "catalogue"),
    "agreements": ("定点协议", "agreements"),
    "item_mappings": ("院内目录对照", "mappings of own items"),
}

COLUMN_WORDS = {
    "institution_id": ("机构代码", "institution"),
    "department_id": ("科室代码", "department"),
    "staff_id": ("人员代码", "person"),
    "item_code": ("项目编码", "item"),
    "name": ("名称", "name"),
    "kind": ("类型", "kind"),
    "level": ("等级", "level"),
    "area": ("统筹区", "area"),
    "role": ("角色", "role"),
    "register": ("登记册", "register"),
    "is_complete": ("登记完整", "complete"),
    "confirmed_at": ("最近确认", "last confirmed"),
    "antibiotic_level": ("抗菌药物处方级别", "antibiotic level"),
    "item_kind": ("项目类别", "kind of item"),
    "grade": ("甲乙丙", "grade"),
    "drug_class": ("药物分类", "drug class"),
    "units_per_pack": ("每包装单位数", "units per pack"),
    "units_per_day": ("每日单位数", "units per day"),
    "price_ceiling_yuan": ("最高限价（元）", "price ceiling, yuan"),
    "only_sex": ("限性别", "for one sex only"),
    "least_age_years": ("最低年龄", "least age"),
    "most_age_years": ("最高年龄", "most age"),
    "is_resale_prone": ("易倒卖", "resale-prone"),
    "covers": ("覆盖待遇", "covers"),
    "source": ("依据", "source"),
    "own_item_code": ("院内编码", "own code"),
    "confirmed_by": ("核对人", "confirmed by"),
    "valid_from": ("起始日", "first day"),
    "valid_until": ("终止日", "last day"),
}
"""By the column's name at the edge."""
