"""The list of rules; a rule that is not in it is not asked."""

from rules.age_limit import outside_the_paid_age
from rules.duplicate_settlement import settled_twice
from rules.frame import Rule
from rules.price_ceiling import goods_above_ceiling, service_above_ceiling
from rules.real_name import department_is_registered, staff_is_registered
from rules.sex_limit import drug_for_the_other_sex, service_for_the_other_sex
from rules.supply_days import too_much_in_hand

RULES: tuple[Rule, ...] = (
    staff_is_registered,
    department_is_registered,
    drug_for_the_other_sex,
    service_for_the_other_sex,
    outside_the_paid_age,
    settled_twice,
    too_much_in_hand,
    service_above_ceiling,
    goods_above_ceiling,
)
