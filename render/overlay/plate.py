"""The card that formulas, charts and remarks stand on: rounded, with a soft shadow, and where it best lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray

from render.overlay.area import Area
from render.overlay.faces import Points
from render.overlay.free import Free
from render.overlay.page import Page
from render.overlay.sight import Side
from render.overlay.text import paint_of
from render.theme import Theme

COLUMNS, ROWS = 9, 5
"""How many places across and down the room a card may take."""


GAP = 0.02
"""How far cards beside one another are apart, as a share of the room's height."""

TAKEN_COST = 1e4
"""How much it matters that cards do not lie on one another."""


SHADOWS = ((1.5, 2.0, 0.10), (7.0, 14.0, 0.13))
"""How far each of a card's shadows falls and how soft it is, in pixels at 1080p, and how dark it is."""


def draw_plate(canvas: skia.Canvas, area: Area, radius: float, page: Page, theme: Theme) -> None:
    """A card in its place, its shadow around it."""
    pixel = page.pixel
    covered = area.grown(-radius)
    canvas.save()
    canvas.clipRect(skia.Rect.Make(covered.rect.roundIn()), skia.ClipOp.kDifference)
    for drop, spread, alpha in SHADOWS:
        shadow = paint_of((0.0, 0.0, 0.0), alpha)
        shadow.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, spread * pixel))
        canvas.drawRoundRect(area.moved(0.0, drop * pixel).rect, radius, radius, shadow)
    canvas.restore()
    canvas.drawRoundRect(area.rect, radius, radius, paint_of(theme.card))
    canvas.drawRoundRect(area.rect, radius, radius, paint_of(theme.line, stroke=pixel))


def with_shadow(area: Area, page: Page) -> Area:
    """All that a card in an area covers of the frame: a shadow is gone at three times its softness."""
    return area.grown(max(drop + 3 * spread for drop, spread, _ in SHADOWS) * page.pixel)


def draw_leader(canvas: skia.Canvas, area: Area, tip: tuple[float, float], page: Page, theme: Theme) -> None:
    """A straight line from a card's edge to the pixel that it points at, with a dot there."""
    x, y = min(max(tip[0], area.left), area.right), min(max(tip[1], area.top), area.bottom)
    pixel = page.pixel
    canvas.drawLine(x, y, *tip, paint_of(theme.page, 0.9, 5 * pixel))
    canvas.drawCircle(*tip, 5 * pixel, paint_of(theme.page))
    canvas.drawLine(x, y, *tip, paint_of(theme.ink, 1.0, 1.8 * pixel))
    canvas.drawCircle(*tip, 3.4 * pixel, paint_of(theme.ink))


@dataclass(frozen=True)
class Spot:
    """A place for a card beside a region: `side` is the region's side that it points at, `tip` that side's middle.

    cost: of the place as such, whatever the card covers there
    """

    area: Area
    side: Side
    tip: tuple[float, float]
    cost: float


def place_beside(
    width: float,
    height: float,
    region: Area,
    middles: Mapping[Side, Points],
    room: Area,
    distances: Iterable[float],
    avoid: Free,
) -> Spot:
    """Where a card of that size stands in `room` beside a region so that it covers least.

    `middles` are those of the region's sides that are seen, `distances` how far from it the card may stand, in pixels
    and the nearest first.
    """
    found: list[Spot] = []
    for step, gap in enumerate(distances):
        for rank, (side, (x, y)) in enumerate(middles.items()):
            left = {"left": x - gap - width, "right": x + gap}.get(side, x - width / 2)
            top = {"top": y - gap - height, "bottom": y + gap}.get(side, y - height / 2)
            left = float(np.clip(left, room.left, max(room.left, room.right - width)))
            top = float(np.clip(top, room.top, max(room.top, room.bottom - height)))
            area = Area.at(left, top, width, height)
            found.append(Spot(area, side, (float(x), float(y)), 0.04 * step + 0.01 * rank))
    corners = np.array([(spot.area.left, spot.area.top) for spot in found])
    covered = avoid.shared(corners, width, height) @ avoid.costs / (width * height)
    return min(zip(found, covered, strict=True), key=lambda spot: spot[0].cost + spot[1])[0]


def best_place(
    width: float,
    height: float,
    room: Area,
    avoid: Free,
    near: tuple[float, float] | None = None,
    taken: Sequence[Area] = (),
) -> Area:
    """Where a card of that size lies in `room` so that it covers least.

    What is `taken` is covered only where there is no way around it. Of places that cover about equally little, the one
    nearest to `near` is taken. The places are few, so that a card stays where it is while things around it move.
    """
    x, y = near or (room.centre[0], room.top)
    shares = np.stack(np.meshgrid(np.linspace(0, 1, COLUMNS), np.linspace(0, 1, ROWS)), -1).reshape(-1, 2)
    corners = np.array([room.left, room.top]) + shares * (room.width - width, room.height - height)
    if taken:
        corners = np.concatenate([corners, _beside(width, height, room, taken)])
    middles = corners + np.array([width / 2, height / 2])
    cost = 0.3 * np.hypot(middles[:, 0] - x, middles[:, 1] - y) / (room.width + room.height)
    # Of something small nothing should be covered, of something large as little of the card as can be.
    smaller = np.maximum(np.minimum(avoid.sizes, width * height), 1.0)
    cost += avoid.shared(corners, width, height) @ (avoid.costs / smaller)
    others = Free.of((area, TAKEN_COST) for area in taken)
    cost += (others.shared(corners, width, height) > 1.0) @ others.costs
    left, top = corners[int(np.argmin(np.round(cost, 6)))]
    return Area.at(float(left), float(top), width, height)


def in_rows(sizes: Sequence[tuple[float, float]], room: Area) -> list[Area] | None:
    """Places for cards of these sizes (width, height) in rows that fill the room evenly; None when they do not fit."""
    gap = GAP * room.height
    rows: list[list[int]] = []
    for i in sorted(range(len(sizes)), key=lambda i: -sizes[i][1]):
        fitting = (row for row in rows if sum(sizes[j][0] + gap for j in row) + sizes[i][0] <= room.width)
        row = next(fitting, None)
        if row is None:
            rows.append([i])
        else:
            row.append(i)
    heights = [max(sizes[i][1] for i in row) for row in rows]
    free = room.height - sum(heights)
    if free < 0.3 * gap * (len(rows) - 1) or any(width > room.width for width, _ in sizes):
        return None
    found: dict[int, Area] = {}
    top = room.top + free / (len(rows) + 1)
    for row, height in zip(rows, heights, strict=True):
        space = (room.width - sum(sizes[i][0] for i in row)) / (len(row) + 1)
        left = room.left + space
        for i in sorted(row):
            found[i] = Area.at(left, top + (height - sizes[i][1]) / 2, *sizes[i])
            left += sizes[i][0] + space
        top += height + free / (len(rows) + 1)
    return [found[i] for i in range(len(sizes))]


def _beside(width: float, height: float, room: Area, taken: Sequence[Area]) -> NDArray[np.float64]:
    """The corners of places for a card of that size close beside others, in line with them or with the room's sides."""
    gap = GAP * room.height
    lefts = [room.left, room.right - width]
    tops = [room.top, room.bottom - height]
    for area in taken:
        lefts += [area.left, area.left - gap - width, area.right + gap, area.right - width]
        tops += [area.top, area.top - gap - height, area.bottom + gap, area.bottom - height]
    lefts = [left for left in lefts if room.left <= left <= room.right - width + 0.01]
    tops = [top for top in tops if room.top <= top <= room.bottom - height + 0.01]
    return np.stack(np.meshgrid(lefts, tops), -1).reshape(-1, 2)
