"""Upright rectangles of the frame, in pixels: x runs right, y runs down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Area:
    """A rectangle of the frame."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def at(cls, left: float, top: float, width: float, height: float) -> Area:
        return cls(left, top, left + width, top + height)

    @classmethod
    def around(cls, points: ArrayLike) -> Area:
        """The smallest area that holds all of `points`, shape (n, 2 or more)."""
        array = np.asarray(points, float)
        (left, top), (right, bottom) = array[:, :2].min(axis=0), array[:, :2].max(axis=0)
        return cls(float(left), float(top), float(right), float(bottom))

    @classmethod
    def union(cls, areas: Iterable[Area]) -> Area:
        """The smallest area that holds all of `areas` (at least one)."""
        parts = list(areas)
        return cls(
            min(part.left for part in parts),
            min(part.top for part in parts),
            max(part.right for part in parts),
            max(part.bottom for part in parts),
        )

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        return ((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    @property
    def rect(self) -> skia.Rect:
        return skia.Rect.MakeLTRB(self.left, self.top, self.right, self.bottom)

    def grown(self, by: float) -> Area:
        """This area with `by` more at every side."""
        return Area(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def moved(self, x: float, y: float) -> Area:
        return Area(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def gap(self, other: Area) -> float:
        """How far the two are apart; negative, by how much they overlap, when they do."""
        x = max(self.left - other.right, other.left - self.right)
        y = max(self.top - other.bottom, other.top - self.bottom)
        return max(x, y)

    def overlaps(self, other: Area) -> bool:
        return self.gap(other) < 0

    def holds(self, other: Area) -> bool:
        """Whether all of `other` lies in this one, give or take a hundredth of a pixel."""
        return (
            self.left <= other.left + 0.01
            and self.top <= other.top + 0.01
            and self.right >= other.right - 0.01
            and self.bottom >= other.bottom - 0.01
        )

    def shared(self, other: Area) -> float:
        """How much the two have in common, in square pixels."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)
