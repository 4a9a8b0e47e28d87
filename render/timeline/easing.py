"""How a move spends its time: progress 0 to 1 in, progress 0 to 1 out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

Easing = Callable[[float], float]


def linear(u: float) -> float:
    return u


def ease_in(u: float) -> float:
    return u * u * u


def ease_out(u: float) -> float:
    return 1 - (1 - u) ** 3


def ease_in_out(u: float) -> float:
    """Perlin's smootherstep: it starts and stops without a jolt."""
    return u * u * u * (u * (6 * u - 15) + 10)


EASINGS: Mapping[str, Easing] = {"linear": linear, "in": ease_in, "out": ease_out, "in_out": ease_in_out}


def accelerate(u: float, strength: float) -> float:
    """Slow first, so that single cells can be followed, then ever faster: the rate grows by e to the `strength`."""
    if strength < 1e-3:
        return u
    return math.expm1(strength * u) / math.expm1(strength)


def progress(t: float, start: float, end: float) -> float:
    """How far from `start` to `end` the time `t` is, 0 to 1; a move that takes no time is over at its start."""
    if t >= end:
        return 1.0
    return 0.0 if t <= start else (t - start) / (end - start)
