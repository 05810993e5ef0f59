"""The first level of the violation list; agencies keep items and details of their own below it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ViolationType:
    """One type of violation, in the words of the regulation."""

    zh: str
    en: str
    source: str


_ACTS = "医疗保障基金使用监督管理条例 (2021) 第三十八条"
_FRAUD = "医疗保障基金使用监督管理条例 (2021) 第四十条"

VIOLATION_TYPES: tuple[ViolationType, ...] = (
    ViolationType("分解住院、挂床住院", "Split or bed-only stay", _ACTS),
    ViolationType("过度诊疗、超量或重复开药", "Excessive care or prescribing", _ACTS),
    ViolationType("重复、超标准或分解项目收费", "Double, excessive or split charging", _ACTS),
    ViolationType("串换药品、耗材、项目", "Exchanged items", _ACTS),
    ViolationType("转卖药品、套取利益", "Resale of drugs or cash back", _ACTS),
    ViolationType("范围外费用纳入结算", "Cost outside the fund's scope", _ACTS),
    ViolationType("冒名、虚假就医购药", "Impersonation or invented care", _FRAUD),
    ViolationType("其他违法行为", "Other violation", _ACTS),
)
