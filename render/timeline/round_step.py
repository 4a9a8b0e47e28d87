"""Steps of round numbers, for ticks and bins."""

from __future__ import annotations

import math


def round_step(length: float, most: int) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that takes at most `most` steps for `length` (more than 0)."""
    least = length / most
    power = 10.0 ** math.floor(math.log10(least))
    # A quotient that should be whole can come out a hair above it.
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
