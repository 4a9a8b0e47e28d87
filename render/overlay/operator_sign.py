"""Operators between two things: in the middle of the gap that is seen between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import skia

from render.model import Region
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.markup import parse
from render.overlay.page import LEAST_TEXT, Page
from render.overlay.settle import smoothstep
from render.overlay.sight import Sight
from render.overlay.text import CAP_HEIGHT, Lettering, faded
from render.overlay.typeset import SCRIPT_SIZE, Manner, manner, set_line, set_text
from render.theme import Theme
from render.timeline import Sign

TALLEST = 0.05
"""How tall a sign is at most, as a share of the frame's height."""

OF_GAP = 0.9
"""How much of the gap it may take."""

LONGEST = 0.5
"""How long words in place of a sign may be, as a share of the frame's height."""


@dataclass(frozen=True)
class PlacedSign:
    """A sign in its place."""

    area: Area
    letters: tuple[Lettering, ...]
    alpha: float
    name: str = "sign"

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.area.grown(0.3 * self.area.height)):
            for lettering in self.letters:
                lettering.draw(canvas)


class SignSetter:
    """Sets signs on one page."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme

    def place(self, sign: Sign, sight: Sight) -> PlacedSign | None:
        """The sign between its two things; None where one of them is not in the picture, or no gap is between them."""
        one, other = (self._span(regions, sight) for regions in sign.between)
        if one is None or other is None or not sign.text.strip():
            return None
        x0, x1 = _between(one.left, one.right, other.left, other.right)
        y0, y1 = _between(one.top, one.bottom, other.top, other.bottom)
        words, gap = parse(sign.text), one.gap(other)
        beside = one.right <= other.left or other.right <= one.left
        ems = set_line(words, self._manner(1.0)).width if beside else CAP_HEIGHT
        least = self.page.type_size(0.0, LEAST_TEXT)
        if any(span.script for word in words for span in word):
            least /= SCRIPT_SIZE
        size = min(TALLEST * self.page.height / CAP_HEIGHT, OF_GAP * gap / max(ems, CAP_HEIGHT))
        block = set_text(words, self._manner(max(size, least)), LONGEST * self.page.height)
        left, top = (x0 + x1 - block.width) / 2, (y0 + y1 - CAP_HEIGHT * block.size) / 2
        area = Area.at(left, top, block.width, block.height)
        room = self.page.label_room
        out = max(room.left - area.left, room.top - area.top, area.right - room.right, area.bottom - room.bottom)
        alpha = sign.alpha * smoothstep(0.6 * least, 0.8 * least, size) * smoothstep(0.0, -0.25 * block.size, out)
        if alpha <= 0:
            return None
        return PlacedSign(area, block.placed(area, self.theme.page), alpha)

    def _manner(self, size: float) -> Manner:
        style = manner(size, self.theme.ink, self.theme.accent_text, fonts.SEMIBOLD)
        return Manner(replace(style.plain, halo=self.theme.page), replace(style.emphasis, halo=self.theme.page))

    def _span(self, regions: Sequence[Region], sight: Sight) -> Area | None:
        """What is seen in the picture of the boxes of regions; None when they are not there."""
        if not regions:
            return None
        seen = sight.view.project(sight.layout.bounds_of(tuple(regions)).corners)
        area, picture = Area.around(seen), self.page.picture
        if seen[:, 2].min() <= 0.5 or not area.overlaps(picture):
            return None
        return Area(
            max(area.left, picture.left),
            max(area.top, picture.top),
            min(area.right, picture.right),
            min(area.bottom, picture.bottom),
        )


def _between(start: float, stop: float, other_start: float, other_stop: float) -> tuple[float, float]:
    """What two spans have in common, or else the gap between them."""
    low, high = max(start, other_start), min(stop, other_stop)
    return min(low, high), max(low, high)
