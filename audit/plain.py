"""Values as JSON can hold them."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """The value with numpy numbers as Python's and numbers that JSON does not know (not a number) as null.

    >>> plain({"share": float("nan"), "days": np.int64(3)})
    {'share': None, 'days': 3}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
