"""Several models in one world, side by side and to the same scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from render.layout.box import Bounds, Box, Point
from render.layout.layout import Layout, Ribbon
from render.model import Graph

APART = 0.06
"""How far a model stands from the one before, as a share of the broader of the two."""


def line_up(graph: Graph, cast: Mapping[str, Layout]) -> Layout:
    """The layout of `graph`, in which the cast by name are: all in a row, in order, the leading model, "", first.

    In a wide layout they stand from left to right on one ground, in a tall one below one another along one side. The
    names of all boxes but the lead's begin with that of their member.
    """
    lead = cast[""]
    boxes: dict[str, Box] = {}
    ribbons: list[Ribbon] = []
    parts: list[tuple[str, ...]] = []
    before: Bounds | None = None
    for name, layout in cast.items():
        shift = _shift(layout, before)
        before = layout.bounds.moved(shift)
        prefix = f"{name}." if name else ""
        boxes |= {box.id: box for box in _boxes(layout, prefix, shift)}
        ribbons += _ribbons(layout, prefix, shift)
        parts += [tuple(prefix + id for id in part) for part in layout.parts]
    return Layout(graph, lead.orientation, boxes, tuple(ribbons), lead.unit, tuple(parts), cast=dict(cast))


def _shift(layout: Layout, before: Bounds | None) -> Point:
    """From where a model stands alone to where it stands after another one."""
    own = layout.bounds
    if before is None:
        return (0.0, 0.0, 0.0)
    if layout.orientation == "wide":
        gap = APART * max(before.size[0], own.size[0])
        return (before.high[0] + gap - own.low[0], before.low[1] - own.low[1], 0.0)
    gap = APART * max(before.size[1], own.size[1])
    return (before.low[0] - own.low[0], before.low[1] - gap - own.high[1], 0.0)


def _boxes(layout: Layout, prefix: str, shift: Point) -> Iterator[Box]:
    dx, dy, dz = shift
    for box in layout.boxes.values():
        x, y, z = box.corner
        yield replace(box, id=prefix + box.id, tensor=prefix + box.tensor, corner=(x + dx, y + dy, z + dz))


def _ribbons(layout: Layout, prefix: str, shift: Point) -> Iterator[Ribbon]:
    dx, dy, dz = shift
    for ribbon in layout.ribbons:
        points = tuple((x + dx, y + dy, z + dz) for x, y, z in ribbon.points)
        yield replace(ribbon, source=prefix + ribbon.source, target=prefix + ribbon.target, points=points)
