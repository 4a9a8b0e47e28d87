"""What cards should leave free of a frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.overlay.area import Area

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Free:
    """Areas that a card should not cover, `sides` (n, 4) as in `Area`, and how much each of them matters, (n,)."""

    sides: Floats
    costs: Floats

    @classmethod
    def of(cls, areas: Iterable[tuple[Area, float]]) -> Free:
        """Areas with their costs."""
        known = [(area.left, area.top, area.right, area.bottom, cost) for area, cost in areas]
        table = np.array(known, float).reshape(-1, 5)
        return cls(table[:, :4], table[:, 4])

    @classmethod
    def alike(cls, sides: Floats, costs: ArrayLike) -> Free:
        """Areas of which all, or each, matter so much."""
        return cls(sides, np.broadcast_to(np.asarray(costs, float), len(sides)))

    def __add__(self, other: Free) -> Free:
        return Free(np.concatenate([self.sides, other.sides]), np.concatenate([self.costs, other.costs]))

    @property
    def sizes(self) -> Floats:
        """How large the areas are, in square pixels, (n,)."""
        left, top, right, bottom = self.sides.T
        return np.asarray((right - left) * (bottom - top))

    def shared(self, corners: Floats, width: float, height: float) -> Floats:
        """What cards of one size at `corners` (m, 2) cover of each area, in square pixels, (m, n)."""
        left, top, right, bottom = self.sides.T
        x, y = corners[:, :1], corners[:, 1:]
        across = np.minimum(x + width, right) - np.maximum(x, left)
        down = np.minimum(y + height, bottom) - np.maximum(y, top)
        return np.asarray(np.maximum(across, 0.0) * np.maximum(down, 0.0))
