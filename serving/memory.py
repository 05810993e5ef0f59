"""What a service holds once it is ready stays for good: Python's search for dead cycles need not look at it again."""

from __future__ import annotations

import gc

_EVERY, _OLDER, _OLDEST = 5_000, 20, 50
"""How many objects come before a search, and how many searches before one that looks further back."""


def keep_for_good() -> None:
    """Leave everything that is in memory now out of later searches for dead cycles.

    A search of all that modules, compiled passes and registers hold takes some ten milliseconds, and would come in the
    midst of somebody's settlement.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_EVERY, _OLDER, _OLDEST)
