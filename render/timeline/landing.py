"""Where pieces come to stand: beside something, in rows and columns, on the plane in front of it."""

from __future__ import annotations

from collections.abc import Sequence

from render.layout import Bounds, Point

FORWARD = 1.0
"""How far in front of what they stand beside pieces stand, in gaps that look small beside the model."""

Size = tuple[float, float]
"""Width and height in world units."""


def beside(size: Size, anchor: Bounds, side: str, gap: float, unit: float) -> Point:
    """The top left corner of something of `size` that stands on one side of `anchor`, middle to middle."""
    width, height = size
    x, y, _ = anchor.centre
    left = {"left": anchor.low[0] - gap - width, "right": anchor.high[0] + gap}.get(side, x - width / 2)
    top = {"above": anchor.high[1] + gap + height, "below": anchor.low[1] - gap}.get(side, y + height / 2)
    forward = gap if side == "front" else FORWARD * unit
    return (left, top, anchor.high[2] + forward)


def outwards(side: str, by: float) -> Point:
    """The way `by` cells to one side."""
    return {
        "left": (-by, 0.0, 0.0),
        "right": (by, 0.0, 0.0),
        "above": (0.0, by, 0.0),
        "below": (0.0, -by, 0.0),
        "front": (0.0, 0.0, by),
    }[side]


def lined_up(sizes: Sequence[Size], way: str, gap: float) -> tuple[Size, list[Size]]:
    """Pieces of `sizes` in a row or a column, middles in one line: the size of the whole, and for each piece how far
    its top left corner is from that of the whole, right and down."""
    along = 0 if way == "row" else 1
    broad = max(size[1 - along] for size in sizes)
    places: list[Size] = []
    at = 0.0
    for size in sizes:
        aside = (broad - size[1 - along]) / 2
        places.append((at, aside) if along == 0 else (aside, at))
        at += size[along] + gap
    whole = (at - gap, broad) if along == 0 else (broad, at - gap)
    return whole, places


def sign_points(before: Bounds, after: Bounds, way: str) -> tuple[Point, ...]:
    """The middles of the gap between two neighbours, one for every cell that both have along it."""
    along = 0 if way == "row" else 1
    across = 1 - along
    z = max(before.high[2], after.high[2])
    middle = (before.high[0] + after.low[0]) / 2 if along == 0 else (before.low[1] + after.high[1]) / 2
    low = max(before.low[across], after.low[across])
    high = min(before.high[across], after.high[across])
    count = max(1, round(high - low))
    steps = [high - (high - low) * (i + 0.5) / count for i in range(count)]
    return tuple((middle, step, z) if along == 0 else (step, middle, z) for step in steps)
