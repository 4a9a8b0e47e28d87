"""Packing flat groups of boxes beside and below one another, so that nothing overlaps by construction.

Coordinates inside a group run right and down from its top left corner, in world units. `depth` pushes backwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Align = Literal["start", "centre", "end"]

THICKEST = 0.4
"""How thick a box of a fan may be, in steps of the fan."""


@dataclass(frozen=True)
class Placed:
    """A leaf `key` with its top left corner and size, relative to its group, and how `thick` it is."""

    key: str
    x: float
    y: float
    width: float
    height: float
    thick: float
    depth: float = 0.0


@dataclass(frozen=True)
class Group:
    """Boxes with fixed places relative to each other, and the size of the rectangle that holds them."""

    width: float
    height: float
    placed: tuple[Placed, ...] = ()

    def moved(self, x: float, y: float, depth: float = 0.0) -> tuple[Placed, ...]:
        return tuple(
            Placed(leaf.key, leaf.x + x, leaf.y + y, leaf.width, leaf.height, leaf.thick, leaf.depth + depth)
            for leaf in self.placed
        )


def leaf(key: str, width: float, height: float, thick: float) -> Group:
    """A group of one box."""
    return Group(width, height, (Placed(key, 0, 0, width, height, thick),))


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


def level(members: list[tuple[Group, float]], gap: float) -> tuple[Group, float]:
    """Groups from left to right, `gap` apart, so that the given heights (from their tops) are on one line.

    Also returns how far down that line is.
    """
    axis = max(height for _, height in members)
    parts: list[tuple[Group, float, float]] = []
    x = 0.0
    for group, height in members:
        parts.append((group, x, axis - height))
        x += group.width + gap
    return overlay(parts), axis


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
    """`groups` one behind the other, each `step` farther back than the one before.

    No box is so thick that it comes near the next one's place. What several groups share is one box, as thick as from
    the first of them to the last.
    """
    width = max((group.width for group in groups), default=0.0)
    height = max((group.height for group in groups), default=0.0)
    placed: dict[str, Placed] = {}
    for index, group in enumerate(groups):
        for each in group.moved(0, 0, index * step):
            thick = min(each.thick, THICKEST * step)
            first = placed.get(each.key, each)
            placed[each.key] = replace(first, thick=each.depth - first.depth + thick)
    return Group(width, height, tuple(placed.values()))


def overlay(placed: list[tuple[Group, float, float]]) -> Group:
    """Groups at given places in one rectangle; the caller sees to it that they do not overlap."""
    leaves: list[Placed] = []
    width = height = 0.0
    for group, x, y in placed:
        leaves += group.moved(x, y)
        width, height = max(width, x + group.width), max(height, y + group.height)
    return Group(width, height, tuple(leaves))


def top_and_bottom(top: Group, bottom: Group, height: float) -> Group:
    """`top` at the top and `bottom` at the bottom of a column `height` tall, both flush right."""
    width = max(top.width, bottom.width)
    return overlay([(top, width - top.width, 0), (bottom, width - bottom.width, height - bottom.height)])
