"""Callouts: a few words on a small plate, with a line to the region they speak of."""

from __future__ import annotations

from dataclasses import dataclass

import skia

from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.free import Free
from render.overlay.markup import parse
from render.overlay.page import LABEL, Page
from render.overlay.plate import draw_leader, draw_plate, place_beside, with_shadow
from render.overlay.sight import Sight
from render.overlay.text import Lettering, faded
from render.overlay.typeset import TextBlock, manner, set_text
from render.theme import Theme
from render.timeline import Label

WIDEST = 16.0
"""How wide the words may be, in font sizes."""

DISTANCES = (2.0, 4.0, 7.0)
"""How far from its region a plate may stand, in font sizes."""

REGION_COST = 3.0
"""How much it matters that a plate leaves its region free."""


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
        reach = Area.union([self.area, Area.around([self.tip])])
        with faded(canvas, self.alpha, with_shadow(reach, self.page)):
            draw_leader(canvas, self.area, self.tip, self.page, self.theme)
            draw_plate(canvas, self.area, 8 * self.page.pixel, self.page, self.theme)
            for lettering in self.letters:
                lettering.draw(canvas)


class CalloutSetter:
    """Sets callouts on one page. The words are set once."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self.size = page.type_size(1.08 * LABEL)
        self._known: dict[str, TextBlock] = {}

    def place(self, label: Label, sight: Sight, avoid: Free) -> PlacedCallout | None:
        """The callout beside its region where it covers least; None when the region is not in the picture."""
        found = sight.region(label.region, self.page.picture)
        if found is None or not label.text.strip():
            return None
        if label.text not in self._known:
            style = manner(self.size, self.theme.ink, self.theme.accent_text, fonts.MEDIUM)
            self._known[label.text] = set_text(parse(label.text), style, WIDEST * self.size)
        block = self._known[label.text]
        pad = 0.62 * self.size
        region, middles = found
        avoid += Free.of([(region.grown(0.5 * self.size), REGION_COST)])
        distances = [distance * self.size for distance in DISTANCES]
        width, height = block.width + 2 * pad, block.height + 1.7 * pad
        spot = place_beside(width, height, region, middles, self.page.picture, distances, avoid)
        area = spot.area
        inner = Area(area.left + pad, area.top + 0.85 * pad, area.right - pad, area.bottom)
        letters = block.placed(inner, self.theme.card)
        return PlacedCallout(area, letters, spot.tip, label.alpha, self.page, self.theme)
