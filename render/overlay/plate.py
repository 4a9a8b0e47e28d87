"""The card that formulas, charts and remarks stand on: rounded, with a soft shadow, and where it best lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import skia

from render.overlay.area import Area
from render.overlay.page import Page
from render.overlay.text import paint_of
from render.theme import Theme


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
    width: float, height: float, room: Area, avoid: Iterable[tuple[Area, float]], near: tuple[float, float] | None = None
) -> Area:
    """Where a card of that size lies in `room` so that it covers least.

    `avoid` has what should stay free, each with how much that matters. Of places that cover equally little, the one
    nearest to `near` is taken, or, without it, the first of: top middle, top left, top right, the same at the foot,
    then the rows between. The places are few, so that a card stays where it is while things around it move.
    """
    xs = [room.left + (room.width - width) * share for share in (0.5, 0.0, 1.0, 0.25, 0.75)]
    ys = [room.top + (room.height - height) * share for share in (0.0, 1.0, 0.5, 0.25, 0.75)]
    avoid = list(avoid)
    best, least = None, float("inf")
    for rank, (x, y) in enumerate((x, y) for y in ys for x in xs):
        place = Area.at(x, y, width, height)
        cost = sum(weight * place.shared(area) / (width * height) for area, weight in avoid)
        if near is None:
            cost += 0.004 * rank
        else:
            cx, cy = place.centre
            cost += 0.25 * ((cx - near[0]) ** 2 + (cy - near[1]) ** 2) ** 0.5 / (room.width + room.height)
        if cost < least - 1e-9:
            best, least = place, cost
    assert best is not None
    return best


def box_costs(areas: Sequence[Area]) -> list[tuple[Area, float]]:
    """Things that a card had better not cover, though it may."""
    return [(area, 0.15) for area in areas]
