"""The card that formulas, charts and remarks stand on: rounded, with a soft shadow, and where it best lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import skia

from render.overlay.area import Area
from render.overlay.page import Page
from render.overlay.sight import Points, Side
from render.overlay.text import paint_of
from render.theme import Theme

COLUMNS, ROWS = 9, 5
"""How many places across and down the room a card may take."""


def draw_plate(canvas: skia.Canvas, area: Area, radius: float, page: Page, theme: Theme) -> None:
    """A card in its place, its shadow below it."""
    pixel = page.pixel
    for drop, spread, alpha in ((1.5, 2.0, 0.10), (7.0, 14.0, 0.13)):
        shadow = paint_of((0.0, 0.0, 0.0), alpha)
        shadow.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, spread * pixel))
        canvas.drawRoundRect(area.moved(0.0, drop * pixel).rect, radius, radius, shadow)
    canvas.drawRoundRect(area.rect, radius, radius, paint_of(theme.card))
    canvas.drawRoundRect(area.rect, radius, radius, paint_of(theme.line, stroke=pixel))


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
    """A place for a card beside a region: `side` is the region's side that it points at, `tip` that side's middle."""

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
    avoid: Sequence[tuple[Area, float]],
) -> Spot:
    """Where a card of that size stands in `room` beside a region so that it covers least.

    `middles` are those of the region's sides that are seen, `distances` how far from it the card may stand, in pixels
    and the nearest first; `avoid` is as for `best_place`.
    """
    found: list[Spot] = []
    for step, gap in enumerate(distances):
        for rank, (side, (x, y)) in enumerate(middles.items()):
            left = {"left": x - gap - width, "right": x + gap}.get(side, x - width / 2)
            top = {"top": y - gap - height, "bottom": y + gap}.get(side, y - height / 2)
            left = float(np.clip(left, room.left, max(room.left, room.right - width)))
            top = float(np.clip(top, room.top, max(room.top, room.bottom - height)))
            area = Area.at(left, top, width, height)
            cost = sum(weight * area.shared(other) / (width * height) for other, weight in avoid)
            cost += 0.04 * step + 0.01 * rank
            found.append(Spot(area, side, (float(x), float(y)), cost))
    return min(found, key=lambda spot: spot.cost)


def best_place(
    width: float,
    height: float,
    room: Area,
    avoid: Iterable[tuple[Area, float]],
    near: tuple[float, float] | None = None,
) -> Area:
    """Where a card of that size lies in `room` so that it covers least.

    `avoid` has what should stay free, each with how much that matters. Of places that cover about equally little, the
    one nearest to `near` is taken. The places are few, so that a card stays where it is while things around it move.
    """
    x, y = near or (room.centre[0], room.top)
    shares = np.stack(np.meshgrid(np.linspace(0, 1, COLUMNS), np.linspace(0, 1, ROWS)), -1).reshape(-1, 2)
    corners = np.array([room.left, room.top]) + shares * (room.width - width, room.height - height)
    middles = corners + np.array([width / 2, height / 2])
    cost = 0.3 * np.hypot(middles[:, 0] - x, middles[:, 1] - y) / (room.width + room.height)
    for area, weight in avoid:
        across = np.minimum(corners[:, 0] + width, area.right) - np.maximum(corners[:, 0], area.left)
        down = np.minimum(corners[:, 1] + height, area.bottom) - np.maximum(corners[:, 1], area.top)
        shared = np.maximum(across, 0.0) * np.maximum(down, 0.0)
        # Of something small nothing should be covered, of something large as little of the card as can be.
        smaller = max(min(area.width * area.height, width * height), 1.0)
        cost += weight * shared / smaller
    left, top = corners[int(np.argmin(np.round(cost, 6)))]
    return Area.at(float(left), float(top), width, height)
