"""The list of rules; a rule that is not in it is not asked."""

from rules.age_limit import outside_the_paid_age
from rules.child_limit import drug_for_children, drug_paid_for_children, service_for_children
from rules.contained_item import contained_item_billed_too
from rules.course_limit import drug_beyond_its_course, service_beyond_its_course
from rules.cycle_count import service_too_often_in_a_cycle
from rules.daily_count import service_too_often_on_a_day
from rules.duplicate_settlement import settled_twice
from rules.frame import Rule
from rules.insurance_limit import drug_of_maternity, drug_of_work_injury
from rules.later_operation import later_operation_at_full_price
from rules.level_limit import drug_of_a_higher_level
from rules.price_ceiling import goods_above_ceiling, service_above_ceiling
from rules.real_name import department_is_registered, staff_is_registered
from rules.service_age import service_outside_the_paid_age
from rules.setting_limit import drug_of_another_setting
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
    # over the published knowledge tables
    drug_of_work_injury,
    drug_of_maternity,
    drug_paid_for_children,
    drug_for_children,
    service_for_children,
    service_outside_the_paid_age,
    drug_of_another_setting,
    drug_of_a_higher_level,
    drug_beyond_its_course,
    service_beyond_its_course,
    service_too_often_on_a_day,
    service_too_often_in_a_cycle,
    contained_item_billed_too,
    later_operation_at_full_price,
)
