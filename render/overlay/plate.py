"""The card that formulas, charts and remarks stand on: rounded, with a soft shadow, and where it best lies."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import skia

from render.overlay.area import Area
from render.overlay.page import Page
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
