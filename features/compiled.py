"""Marks a function that numba compiles and keeps on disk, without hiding its types."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function, compiled at its first call; later processes load it from the cache. Threads may run it at once."""
    return cast(F, njit(cache=True, nogil=True)(function))
