"""The list of rules; a rule that is not in it is not asked."""

from rules.conduct.absent_doctor import ordered_while_away
from rules.conduct.agreement import settled_without_agreement
from rules.conduct.duplicate_settlement import settled_twice
from rules.conduct.five_matches import (
    amount_is_not_the_product,
    care_after_death,
    drugs_without_diagnosis,
    more_than_the_days_need,
)
from rules.conduct.idle_days import idle_days
from rules.conduct.key_audit import stay_for_a_closer_look
from rules.conduct.line_details import impossible_details
from rules.conduct.no_list import total_without_list
from rules.conduct.one_prescription import too_many_drugs, too_many_herbal_pieces
from rules.conduct.prescription_days import too_many_days
from rules.conduct.real_name import department_is_registered, service_is_registered, staff_is_registered
from rules.conduct.same_class import two_of_one_class
from rules.conduct.split_prescription import split_into_slips
from rules.conduct.split_stay import stay_cut_in_two
from rules.conduct.stay_dates import billed_outside_the_stay
from rules.conduct.supply_days import too_much_in_hand
from rules.conduct.too_often import many_at_one_till, many_purchases, many_stays, many_visits
from rules.conduct.trace_code import box_settled_twice
from rules.conduct.two_beds import in_two_beds
from rules.conduct.two_places import at_two_places
from rules.conduct.upload_delay import uploaded_late
from rules.conduct.while_in_hospital import out_while_in_hospital
from rules.frame import Rule
from rules.items.age_limit import outside_the_paid_age
from rules.items.antibiotic_grade import antibiotic_above_the_grade
from rules.items.child_limit import YOUNG_RULES, drug_for_children, drug_paid_for_children, service_for_children
from rules.items.contained_item import contained_consumable_billed_too, contained_item_billed_too
from rules.items.course_limit import drug_beyond_its_course, service_beyond_its_course
from rules.items.cycle_count import service_too_often_in_a_cycle
from rules.items.daily_count import service_too_often_on_a_day, too_many_consumables
from rules.items.department_limit import DEPARTMENT_RULES
from rules.items.disease_list import drug_outside_the_list_of_the_disease
from rules.items.dose_limit import DOSE_RULES
from rules.items.goes_with import GOES_WITH_RULES, diagnosis_without_its_items
from rules.items.herbal_pieces import incompatible_pieces, piece_that_is_never_paid, pieces_that_are_not_paid_alone
from rules.items.indication_limit import INDICATION_RULES
from rules.items.insurance_limit import (
    drug_of_maternity,
    drug_of_work_injury,
    service_of_maternity,
    service_of_work_injury,
)
from rules.items.interaction import harmful_together
from rules.items.internet_scope import drug_outside_the_internet_scope
from rules.items.later_operation import later_operation_at_full_price
from rules.items.level_limit import drug_of_a_higher_level, service_of_a_higher_level
from rules.items.own_code import billed_as_another_item, own_code_is_not_registered
from rules.items.price_ceiling import goods_above_ceiling, service_above_ceiling
from rules.items.second_line import second_line_without_the_first
from rules.items.service_age import service_outside_the_paid_age
from rules.items.setting_limit import drug_of_another_setting, service_of_another_setting
from rules.items.sex_limit import consumable_for_the_other_sex, drug_for_the_other_sex, service_for_the_other_sex
from rules.items.split_charge import service_billed_in_parts
from rules.items.unsafe_age import (
    diagnosis_of_another_age,
    diagnosis_of_the_other_sex,
    drug_forbidden_for_children,
    drug_unsafe_for_the_elderly,
)
from rules.items.yearly_cap import CAP_RULES

RULES: tuple[Rule, ...] = (
    staff_is_registered,
    department_is_registered,
    service_is_registered,
    drug_for_the_other_sex,
    service_for_the_other_sex,
    outside_the_paid_age,
    settled_twice,
    too_much_in_hand,
    service_above_ceiling,
    goods_above_ceiling,
    # What claims themselves tell about conduct: fields, dates, money, frequency; no knowledge tables.
    impossible_details,
    uploaded_late,
    billed_outside_the_stay,
    total_without_list,
    amount_is_not_the_product,
    more_than_the_days_need,
    drugs_without_diagnosis,
    care_after_death,
    too_many_days,
    too_many_drugs,
    too_many_herbal_pieces,
    two_of_one_class,
    split_into_slips,
    many_visits,
    many_purchases,
    many_stays,
    many_at_one_till,
    stay_cut_in_two,
    stay_for_a_closer_look,
    idle_days,
    out_while_in_hospital,
    in_two_beds,
    at_two_places,
    ordered_while_away,
    settled_without_agreement,
    box_settled_twice,
    billed_as_another_item,
    own_code_is_not_registered,
    # Over the published knowledge tables.
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
    # Over tables that an area makes itself, or makes of published words (docs/knowledge.md).
    *YOUNG_RULES,
    drug_forbidden_for_children,
    drug_unsafe_for_the_elderly,
    consumable_for_the_other_sex,
    diagnosis_of_the_other_sex,
    diagnosis_of_another_age,
    *INDICATION_RULES,
    *DEPARTMENT_RULES,
    service_of_work_injury,
    service_of_maternity,
    service_of_another_setting,
    service_of_a_higher_level,
    drug_outside_the_internet_scope,
    drug_outside_the_list_of_the_disease,
    antibiotic_above_the_grade,
    second_line_without_the_first,
    harmful_together,
    piece_that_is_never_paid,
    pieces_that_are_not_paid_alone,
    incompatible_pieces,
    *GOES_WITH_RULES,
    diagnosis_without_its_items,
    contained_consumable_billed_too,
    service_billed_in_parts,
    too_many_consumables,
    *DOSE_RULES,
    *CAP_RULES,
)
