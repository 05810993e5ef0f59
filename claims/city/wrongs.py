"""Everything that goes wrong in the city, as one visible list: schemes first, then the institutions' mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from claims.city.mistakes import LINE_MISTAKES
from claims.city.schemes.ant_moving import ant_moving
from claims.city.schemes.card_collectors import card_collectors
from claims.city.schemes.empty_swipes import empty_swipes
from claims.city.schemes.resale_tours import resale_tours
from claims.city.schemes.stay_groups import stay_groups
from claims.city.schemes.steered_prescriptions import steered_prescriptions
from claims.city.visits import Block, World


@dataclass(frozen=True)
class Wrong:
    """One kind of violation.

    Attributes:
        name: its name in the truth.
        subject_kind: who is behind it: patient, ring, doctor or institution.
        tip_chance: how likely somebody reports one group, person or place.
        finding: violation type, item and detail that a verdict states.
    """

    name: str
    subject_kind: str
    tip_chance: float
    finding: tuple[str, str, str]


@dataclass(frozen=True)
class Scheme(Wrong):
    """A violation on purpose, with what makes its visits (their `scheme` is the place in `SCHEMES`)."""

    make: Callable[[World], Block]


SCHEMES: tuple[Scheme, ...] = (
    Scheme("ant_moving", "patient", 0.35, ("倒卖药品", "超量购药", "已有供应期内多处重复购药"), ant_moving),
    Scheme("card_collectors", "ring", 0.45, ("冒名使用", "收集他人凭证", "同一人持多张卡集中刷卡"), card_collectors),
    Scheme("empty_swipes", "institution", 0.70, ("虚构服务", "空刷凭证", "无真实购药的刷卡"), empty_swipes),
    Scheme("resale_tours", "ring", 0.30, ("倒卖药品", "结伙购药", "多人按同一清单分头购药"), resale_tours),
    Scheme(
        "steered_prescriptions",
        "ring",
        0.40,
        ("虚开处方", "医药勾连", "同一医师患者集中到同一药店购药"),
        steered_prescriptions,
    ),
    Scheme("stay_groups", "ring", 0.50, ("虚假住院", "团伙住院", "同批入出院多次重复"), stay_groups),
)

MISTAKES: tuple[Wrong, ...] = (
    Wrong("duplicate_settlement", "institution", 0.0, ("违规收费", "重复收费", "同次服务重复结算")),
    Wrong("unregistered_doctor", "doctor", 0.0, ("违规服务", "人员资质", "未登记医师开具")),
    Wrong(LINE_MISTAKES[0], "institution", 0.0, ("违规收费", "超标准收费", "单价高于限价")),
    Wrong(LINE_MISTAKES[1], "institution", 0.0, ("超支付范围", "限定性别", "项目与参保人性别不符")),
    Wrong(LINE_MISTAKES[2], "institution", 0.0, ("超支付范围", "限定年龄", "项目与参保人年龄不符")),
)

WRONGS: tuple[Wrong, ...] = SCHEMES + MISTAKES
DUPLICATE, UNREGISTERED, FIRST_LINE_MISTAKE = len(SCHEMES), len(SCHEMES) + 1, len(SCHEMES) + 2
