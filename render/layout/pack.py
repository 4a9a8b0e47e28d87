"""Packing flat groups of boxes beside and below one another, so that nothing overlaps by construction.

Coordinates inside a group run right and down from its top left corner, in cells. `depth` pushes a group backwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Align = Literal["start", "centre", "end"]


@dataclass(frozen=True)
class Placed:
    """A leaf `key` with its top left corner and size, relative to the group that holds it."""

    key: str
    x: float
    y: float
    width: float
    height: float
    depth: float = 0.0


@dataclass(frozen=True)
class Group:
    """Boxes with fixed places relative to each other, and the size of the rectangle that holds them."""

    width: float
    height: float
    placed: tuple[Placed, ...] = ()

    def moved(self, x: float, y: float, depth: float = 0.0) -> tuple[Placed, ...]:
        return tuple(
            Placed(leaf.key, leaf.x + x, leaf.y + y, leaf.width, leaf.height, leaf.depth + depth)
            for leaf in self.placed
        )


def leaf(key: str, width: float, height: float) -> Group:
    """A group of one box."""
    return Group(width, height, (Placed(key, 0, 0, width, height),))


def _offset(size: float, within: float, align: Align) -> float:
    return {"start": 0.0, "centre": (within - size) / 2, "end": within - size}[align]


def row(groups: list[Group], gap: float, align: Align = "centre") -> Group:
    """`groups` from left to right, `gap` apart; empty ones take no place."""
    groups = [group for group in groups if group.width > 0]
    height = max((group.height for group in groups), default=0.0)
    placed: list[Placed] = []
    x = 0.0
    for group in groups:
        placed += group.moved(x, _offset(group.height, height, align))
        x += group.width + gap
    return Group(max(0.0, x - gap), height, tuple(placed))


def column(groups: list[Group], gap: float, align: Align = "centre") -> Group:
    """`groups` from top to bottom, `gap` apart; empty ones take no place."""
    groups = [group for group in groups if group.height > 0]
    width = max((group.width for group in groups), default=0.0)
    placed: list[Placed] = []
    y = 0.0
    for group in groups:
        placed += group.moved(_offset(group.width, width, align), y)
        y += group.height + gap
    return Group(width, max(0.0, y - gap), tuple(placed))


def fan(groups: list[Group], step: float) -> Group:
    """`groups` one behind the other, each `step` farther back than the one before."""
    width = max((group.width for group in groups), default=0.0)
    height = max((group.height for group in groups), default=0.0)
    placed: list[Placed] = []
    for index, group in enumerate(groups):
        placed += group.moved(0, 0, index * step)
    return Group(width, height, tuple(placed))


def overlay(placed: list[tuple[Group, float, float]]) -> Group:
    """Groups at given places in one rectangle; the caller sees to it that they do not overlap."""
    leaves: list[Placed] = []
    width = height = 0.0
    for group, x, y in placed:
        leaves += group.moved(x, y)
        width, height = max(width, x + group.width), max(height, y + group.height)
    return Group(width, height, tuple(leaves))
