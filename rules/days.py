"""Which of several moments holds."""

import numpy as np

from claims.tables import MISSING, Array


def first_known(*choices: Array) -> Array:
    """Element by element the first of the choices that is not MISSING."""
    result = choices[-1]
    for choice in reversed(choices[:-1]):
        result = np.where(choice == MISSING, result, choice)
    return result
