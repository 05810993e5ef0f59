"""The list of indicators, and the codes of all rules of the library that work about a period."""

from rules.indicators.frame import Indicator
from rules.indicators.readmission import READMISSION
from rules.indicators.shares import SHARES
from rules.indicators.stock import STOCK_CODES

INDICATORS: tuple[Indicator, ...] = (*SHARES, READMISSION)

PERIOD_CODES: frozenset[str] = frozenset({*(each.code for each in INDICATORS), *STOCK_CODES.values()})
"""Asked by `yicha rules indicators` and `yicha rules stock`, not about single claims."""
