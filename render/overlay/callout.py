"""Callouts: a few words on a small plate, with a line to the region they speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import skia

from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.markup import parse
from render.overlay.page import LABEL, Page
from render.overlay.plate import draw_plate
from render.overlay.sight import Points, Side, Sight
from render.overlay.text import Lettering, faded, paint_of
from render.overlay.typeset import TextBlock, manner, set_text
from render.theme import Theme
from render.timeline import Label

WIDEST = 16.0
"""How wide the words may be, in font sizes."""

DISTANCES = (2.0, 4.0, 7.0)
"""How far from its region a plate may stand, in font sizes."""


@dataclass(frozen=True)
class PlacedCallout:
    """A callout in its place; `tip` is the pixel that its line goes to."""

    area: Area
    letters: tuple[Lettering, ...]
    tip: tuple[float, float]
    alpha: float
    page: Page
    theme: Theme
    name: str = "callout"

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.page.frame):
            x = min(max(self.tip[0], self.area.left), self.area.right)
            y = min(max(self.tip[1], self.area.top), self.area.bottom)
            pixel = self.page.pixel
            canvas.drawLine(x, y, *self.tip, paint_of(self.theme.page, 0.9, 5 * pixel))
            canvas.drawCircle(*self.tip, 5 * pixel, paint_of(self.theme.page))
            canvas.drawLine(x, y, *self.tip, paint_of(self.theme.ink, 1.0, 1.8 * pixel))
            canvas.drawCircle(*self.tip, 3.4 * pixel, paint_of(self.theme.ink))
            draw_plate(canvas, self.area, 8 * pixel, self.page, self.theme)
            for lettering in self.letters:
                lettering.draw(canvas)


class CalloutSetter:
    """Sets callouts on one page. The words are set once."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self.size = page.type_size(1.08 * LABEL)
        self._known: dict[str, TextBlock] = {}

    def place(self, label: Label, sight: Sight, avoid: Sequence[tuple[Area, float]]) -> PlacedCallout | None:
        """The callout beside its region where it covers least; None when the region is not in the picture."""
        found = sight.region(label.region, self.page.picture)
        if found is None or not label.text.strip():
            return None
        if label.text not in self._known:
            style = manner(self.size, self.theme.ink, self.theme.accent_text, fonts.MEDIUM)
            self._known[label.text] = set_text(parse(label.text), style, WIDEST * self.size)
        block = self._known[label.text]
        pad = 0.62 * self.size
        area, tip = self._best(block.width + 2 * pad, block.height + 1.7 * pad, *found, avoid)
        inner = Area(area.left + pad, area.top + 0.85 * pad, area.right - pad, area.bottom)
        letters = block.placed(inner, self.theme.card)
        return PlacedCallout(area, letters, tip, label.alpha, self.page, self.theme)

    def _best(
        self,
        width: float,
        height: float,
        region: Area,
        middles: Mapping[Side, Points],
        avoid: Sequence[tuple[Area, float]],
    ) -> tuple[Area, tuple[float, float]]:
        """A place for a plate of that size, and the middle of the region's side that its line goes to."""
        picture = self.page.picture
        found: list[tuple[float, Area, tuple[float, float]]] = []
        for distance in DISTANCES:
            for rank, (side, (x, y)) in enumerate(middles.items()):
                gap = distance * self.size
                left = {"left": x - gap - width, "right": x + gap}.get(side, x - width / 2)
                top = {"top": y - gap - height, "bottom": y + gap}.get(side, y - height / 2)
                left = float(np.clip(left, picture.left, max(picture.left, picture.right - width)))
                top = float(np.clip(top, picture.top, max(picture.top, picture.bottom - height)))
                area = Area.at(left, top, width, height)
                cost = sum(weight * area.shared(other) / (width * height) for other, weight in avoid)
                cost += 3.0 * area.grown(0.5 * self.size).shared(region) / (width * height)
                cost += 0.02 * distance + 0.01 * rank
                found.append((cost, area, (float(x), float(y))))
        _, area, tip = min(found, key=lambda each: each[0])
        return area, tip
