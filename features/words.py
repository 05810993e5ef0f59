"""Sentences for a column, made from the same parts as its name."""

_WHO_ZH = {
    "patient": "该参保人",
    "doctor": "该医师",
    "institution": "该机构",
    "patient_institution": "该参保人在本机构",
    "doctor_patient": "该参保人由该医师",
    "institution_amount": "该机构与本单金额完全相同的单据",
    "patient_class": "该参保人同类药品",
    "department": "该科室",
    "doctor_institution": "该医师在本机构",
    "till": "该收费窗口",
    "place": "该地点",
    "care_category": "该类别",
    "amount": "与本单金额完全相同的单据",
    "patient_place": "该参保人在本地点",
    "patient_care_category": "该参保人在本类别",
    "patient_amount": "该参保人与本单金额完全相同的单据",
    "institution_care_category": "该机构在本类别",
    "place_care_category": "本地点在本类别",
    "place_amount": "本地点与本单金额完全相同的单据",
    "care_category_amount": "本类别与本单金额完全相同的单据",
    "claim": "本单",
}
_WHO_EN = {
    "patient": "This person",
    "doctor": "This doctor",
    "institution": "This institution",
    "patient_institution": "This person at this institution",
    "doctor_patient": "This person with this doctor",
    "institution_amount": "Claims of exactly this amount at this institution",
    "patient_class": "This person, same drug class",
    "department": "This department",
    "doctor_institution": "This doctor at this institution",
    "till": "This till",
    "place": "This place",
    "care_category": "This category",
    "amount": "Claims of exactly this amount",
    "patient_place": "This person at this place",
    "patient_care_category": "This person in this category",
    "patient_amount": "Claims of exactly this amount of this person",
    "institution_care_category": "This institution in this category",
    "place_care_category": "This place in this category",
    "place_amount": "Claims of exactly this amount at this place",
    "care_category_amount": "Claims of exactly this amount in this category",
    "claim": "This claim",
}
_WHAT_ZH = {
    "claims_count": "结算 {value} 次",
    "reversals_count": "退费 {value} 次",
    "claims_share": "结算占比 {value}",
    "active_days": "有结算的天数 {value} 天",
    "days_since_last": "距上次结算 {value} 天",
    "patient_distinct": "涉及 {value} 名参保人",
    "doctor_distinct": "涉及 {value} 名医师",
    "institution_distinct": "涉及 {value} 家机构",
    "item_distinct": "涉及 {value} 种项目",
    "diagnosis_distinct": "涉及 {value} 种诊断",
    "place_distinct": "涉及 {value} 个地点",
    "care_category_distinct": "涉及 {value} 个类别",
    "amount_distinct": "涉及 {value} 种金额",
    "amount_sum": "总费用 {value} 元",
    "fund_sum": "基金支付 {value} 元",
    "account_sum": "个人账户支付 {value} 元",
    "resale_amount_sum": "易倒卖药品费用 {value} 元",
    "amount_mean": "次均费用 {value} 元",
    "fund_mean": "次均基金支付 {value} 元",
    "amount_variation": "费用的离散程度（标准差与均值之比）为 {value}",
    "amount_max": "单次最高费用 {value} 元",
    "amount_against_mean": "本单费用为既往均值的 {value} 倍",
    "share_of_doctor": "占该医师结算的 {value}",
    "share_of_institution": "占本机构结算的 {value}",
    "claims_count_elsewhere": "在其他机构结算 {value} 次",
    "new_patients_share": "首次在此结算的参保人占 {value}",
    "claims_per_patient": "人均结算 {value} 次",
    "reversals_share": "退费次数与结算次数之比为 {value}",
    "fund_share_of_amount": "基金支付占总费用的 {value}",
}
_WHAT_EN = {
    "claims_count": "{value} settlements",
    "reversals_count": "{value} reversals",
    "claims_share": "{value} of the settlements",
    "active_days": "settlements on {value} days",
    "days_since_last": "{value} days since the last settlement",
    "patient_distinct": "{value} different persons",
    "doctor_distinct": "{value} different doctors",
    "institution_distinct": "{value} different institutions",
    "item_distinct": "{value} different items",
    "diagnosis_distinct": "{value} different diagnoses",
    "place_distinct": "{value} different places",
    "care_category_distinct": "{value} different categories",
    "amount_distinct": "{value} different amounts",
    "amount_sum": "{value} yuan in total",
    "fund_sum": "{value} yuan paid by the fund",
    "account_sum": "{value} yuan from the personal account",
    "resale_amount_sum": "{value} yuan of drugs with high resale demand",
    "amount_mean": "{value} yuan a settlement",
    "fund_mean": "{value} yuan of the fund a settlement",
    "amount_variation": "amounts with a standard deviation of {value} times their mean",
    "amount_max": "at most {value} yuan in one settlement",
    "amount_against_mean": "this amount is {value} times the past mean",
    "share_of_doctor": "{value} of the doctor's settlements",
    "share_of_institution": "{value} of the institution's settlements",
    "claims_count_elsewhere": "{value} settlements at other institutions",
    "new_patients_share": "{value} of the persons were new here",
    "claims_per_patient": "{value} settlements a person",
    "reversals_share": "{value} reversals a settlement",
    "fund_share_of_amount": "the fund paid {value} of all fees",
}
_WHERE_ZH = {
    "at_pharmacy": "药店",
    "at_night": "夜间（22 时至 6 时）",
    "round_amount": "整十元金额",
    "small_amount": "小额（50 元以下）",
    "account_emptied": "个人账户刷空",
    "resale_prone": "含易倒卖药品",
    "at_weekend": "周末",
    "on_holiday": "法定节假日",
    "general_outpatient": "普通门诊",
    "chronic": "门慢",
    "special": "门特",
    "negotiated_drug": "国谈药（双通道）",
    "personal_account": "个人账户购药",
    "inpatient": "住院",
}
_WHERE_EN = {
    "at_pharmacy": "at pharmacies",
    "at_night": "at night (22:00 to 6:00)",
    "round_amount": "with a total in whole tens of yuan",
    "small_amount": "below 50 yuan",
    "account_emptied": "that emptied the personal account",
    "resale_prone": "with drugs of high resale demand",
    "at_weekend": "at weekends",
    "on_holiday": "on public holidays",
    "general_outpatient": "under general outpatient care",
    "chronic": "under the chronic-disease benefit",
    "special": "under the special-disease benefit",
    "negotiated_drug": "for negotiated (dual-channel) drugs",
    "personal_account": "bought on the personal account",
    "inpatient": "for inpatient stays",
}

_SPAN_ZH = {"m": "分钟", "h": "小时", "d": "天"}
_SPAN_EN = {"m": "minute", "h": "hour", "d": "day"}


def say_zh(per: str, noun: str, over: str | None, where: str | None) -> str:
    """A Chinese sentence with `{value}`.

    >>> say_zh("patient", "claims_count", "30d", "at_pharmacy")
    '近30天该参保人药店结算 {value} 次'
    """
    when = f"近{over[:-1]}{_SPAN_ZH[over[-1]]}" if over else ""
    return f"{when}{_WHO_ZH[per]}{_WHERE_ZH[where] if where else ''}{_WHAT_ZH[noun]}"


def say_en(per: str, noun: str, over: str | None, where: str | None) -> str:
    """An English sentence with `{value}`.

    >>> say_en("patient", "claims_count", "30d", "at_pharmacy")
    'This person: {value} settlements at pharmacies in the last 30 days.'
    """
    when = ""
    if over:
        length, unit = int(over[:-1]), _SPAN_EN[over[-1]]
        when = f" in the last {unit}" if length == 1 else f" in the last {length} {unit}s"
    return f"{_WHO_EN[per]}: {_WHAT_EN[noun]}{' ' + _WHERE_EN[where] if where else ''}{when}."
