"""Narration beside what it speaks of: on a plate that stands still, with a line to the region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import skia

from render.model import Region
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.faces import Points
from render.overlay.free import Free
from render.overlay.markup import parse
from render.overlay.page import BESIDE, LEAST_CAPTION, Page
from render.overlay.plate import Spot, draw_leader, draw_plate, place_beside, with_shadow
from render.overlay.sight import Side, Sight
from render.overlay.text import Lettering, faded
from render.overlay.typeset import TextBlock, manner, set_text
from render.theme import Theme
from render.timeline import Beside, Caption, State

WIDTHS = (14.5, 19.0)
"""How wide the lines may be, in font sizes: the first, or the next where that leaves the region no room."""

DISTANCES = (1.2, 2.5, 4.5, 8.0, 13.0)
"""How far from its region a plate may stand, in font sizes."""

REGION_COST, FREE_COST, BOX_COST = 20.0, 4.0, 0.5
"""How much it matters that a plate leaves free its region, what else is talked about, and any other box."""

COVERED = 0.02
"""The greatest part of a plate that may lie over its region; if none does with less, it has no place."""

Look = Callable[[State], Sight]
"""What the camera sees of a state."""


@dataclass(frozen=True)
class PlacedRemark:
    """A page of narration on its plate; `tip` is the pixel that its line goes to, if that is in the picture.

    alpha: of the plate; the words come and go by themselves, `said` is how solid they are
    """

    area: Area
    letters: tuple[Lettering, ...]
    tip: tuple[float, float] | None
    said: float
    alpha: float
    page: Page
    theme: Theme
    name: str = "caption"

    @property
    def reach(self) -> Area:
        """All that the plate and its line span."""
        return self.area if self.tip is None else Area.union([self.area, Area.around([self.tip])])

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, with_shadow(self.reach, self.page)):
            if self.tip is not None:
                draw_leader(canvas, self.area, self.tip, self.page, self.theme)
            draw_plate(canvas, self.area, 10 * self.page.pixel, self.page, self.theme)
            with faded(canvas, self.said, self.area):
                for lettering in self.letters:
                    lettering.draw(canvas)


class RemarkSetter:
    """Sets narration beside regions on one page. A place is chosen once, for all pages that stand there."""

    def __init__(self, page: Page, theme: Theme, look: Look) -> None:
        self.page, self.theme, self._look = page, theme, look
        self.size = page.type_size(BESIDE, LEAST_CAPTION)
        self.padding = 0.75 * self.size
        self.room = Area(page.picture.left, page.picture.top, page.picture.right, page.foot.bottom)
        self._known: dict[Beside, tuple[Spot, float] | None] = {}

    def place(self, caption: Caption, sight: Sight) -> PlacedRemark | None:
        """The page on its plate; None where the narration stands at the frame's foot.

        It does so when it is to, and when its region is not seen, or leaves no room, from where the camera arrives.
        """
        if caption.beside is None:
            return None
        key = replace(caption.beside, alpha=1.0)
        if key not in self._known:
            self._known[key] = self._find(key)
        found = self._known[key]
        if found is None:
            return None
        spot, width = found
        block = self._block(caption.text, width)
        pad = self.padding
        inner = Area(spot.area.left + pad, spot.area.top + pad, spot.area.right - pad, spot.area.bottom - pad)
        inner = inner.moved(0.0, (inner.height - block.height) / 2)
        letters = block.placed(inner, self.theme.card)
        alpha = caption.beside.alpha
        return PlacedRemark(
            spot.area, letters, self._tip(caption.beside, spot, sight), caption.alpha, alpha, self.page, self.theme
        )

    def _find(self, beside: Beside) -> tuple[Spot, float] | None:
        """The place of a plate that holds the longest of the pages, and how wide its lines are."""
        sight = self._look(State(beside.pose))
        found = self._seen(beside.regions, sight)
        if found is None:
            return None
        region, middles = found
        told = [seen[0] for part in beside.free if (seen := self._seen((part,), sight)) is not None]
        avoid = Free.of([(region.grown(0.5 * self.size), REGION_COST), *((area, FREE_COST) for area in told)])
        avoid += Free.alike(sight.in_picture(self.page.picture)[1], BOX_COST)
        distances = [distance * self.size for distance in DISTANCES]
        for width in WIDTHS:
            blocks = [self._block(text, width) for text in beside.pages]
            wide = max(block.width for block in blocks) + 2 * self.padding
            high = max(block.height for block in blocks) + 2 * self.padding
            if wide > self.room.width or high > self.room.height:
                continue
            spot = place_beside(wide, high, region, middles, self.room, distances, avoid)
            if spot.area.shared(region) <= COVERED * wide * high:
                return spot, width
        return None

    def _block(self, text: str, width: float) -> TextBlock:
        style = manner(self.size, self.theme.ink, self.theme.accent_text, fonts.BOOK)
        return set_text(parse(text), style, width * self.size)

    def _seen(self, regions: Sequence[Region], sight: Sight) -> tuple[Area, dict[Side, Points]] | None:
        """What regions span of the picture together, and for each side of that the middle of one of theirs nearest to
        its own middle; None when no region is in the picture."""
        found = [seen for region in regions if (seen := sight.region(region, self.page.picture)) is not None]
        if not found:
            return None
        area = Area.union(each for each, _ in found)
        x, y = area.centre
        goals: dict[Side, tuple[float, float]] = {
            "top": (x, area.top),
            "right": (area.right, y),
            "bottom": (x, area.bottom),
            "left": (area.left, y),
        }
        middles: dict[Side, Points] = {}
        for side, goal in goals.items():
            if own := [of_region[side] for _, of_region in found if side in of_region]:
                middles[side] = min(own, key=partial(_apart, goal))
        return area, middles

    def _tip(self, beside: Beside, spot: Spot, sight: Sight) -> tuple[float, float] | None:
        """Where the line goes now: to the side of the region at which the plate stands."""
        found = self._seen(beside.regions, sight)
        if found is None or spot.side not in found[1]:
            return None
        x, y = found[1][spot.side].tolist()
        return None if spot.area.grown(6 * self.page.pixel).holds(Area(x, y, x, y)) else (x, y)


def _apart(one: tuple[float, float], other: Points) -> float:
    return float(np.hypot(*(other - one)))
