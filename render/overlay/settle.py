"""Which of many labels are shown, so that none overlaps another and none appears or vanishes at a stroke.

Every label has a rank (its place in the list) and a ramp from 0 to 1, a smooth function of what the camera sees. The
ramp up to `CLEARED` clears the room, fading out whatever of lower rank is in the way; from there to `SHOWN` it fades
the label in. So two that overlap are never both visible, and everything is continuous.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from render.overlay.area import Area
from render.overlay.text import Lettering

CLEARED, SHOWN = 0.35, 0.65


@dataclass(frozen=True)
class Candidate:
    """A label that could be shown. Of all that speak of the same `subject`, at most one is.

    open: how far boxes leave its place free, 0 to 1; asked for when nothing else keeps it out
    """

    subject: str
    area: Area
    letters: tuple[Lettering, ...]
    ramp: float
    open: Callable[[], float] = lambda: 1.0


@dataclass(frozen=True)
class Claim:
    """Room that is taken: a card, an outline, a label of higher rank. `strength` 1 keeps everything else out."""

    area: Area
    strength: float


def smoothstep(low: float, high: float, x: float) -> float:
    """0 up to `low`, 1 from `high` on, smooth between; falling when `low` > `high`."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def smoothsteps(low: NDArray[np.float64], high: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """`smoothstep` of many at once."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))


def settle(candidates: Sequence[Candidate], taken: Sequence[Claim], clearance: float) -> list[tuple[Candidate, float]]:
    """The candidates that are seen, each with its alpha. Labels begin to yield when `clearance` pixels are left."""
    claims = list(taken)
    spoken: dict[str, float] = {}
    shown = []
    for candidate in candidates:
        ramp = candidate.ramp * (1 - spoken.get(candidate.subject, 0.0))
        for claim in claims:
            if ramp <= 0:
                break
            ramp *= 1 - claim.strength * smoothstep(clearance, 0.25 * clearance, candidate.area.gap(claim.area))
        if ramp > 0.004:
            ramp *= candidate.open()
        if ramp <= 0.004:
            continue
        strength = smoothstep(0.0, CLEARED, ramp)
        spoken[candidate.subject] = max(spoken.get(candidate.subject, 0.0), strength)
        claims.append(Claim(candidate.area, strength))
        if ramp > CLEARED:
            shown.append((replace(candidate, ramp=ramp), smoothstep(CLEARED, SHOWN, ramp)))
    return shown
