"""The chapter and the place in the model, at the frame's top left."""

from __future__ import annotations

from dataclasses import dataclass

import skia

from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.page import HEADING, PLACE, Page
from render.overlay.text import CAP_HEIGHT, Lettering, Style, faded, shape
from render.theme import Theme
from render.timeline import Heading


@dataclass(frozen=True)
class PlacedHeading:
    """A heading in its place."""

    area: Area
    letters: tuple[Lettering, ...]
    alpha: float
    name: str = "heading"

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.area):
            for lettering in self.letters:
                lettering.draw(canvas)


def place_heading(heading: Heading, page: Page, theme: Theme, room: Area) -> PlacedHeading | None:
    """The heading at the top left of `room`, cut off where it is too long for it; None when it says nothing.

    The place stands below the chapter; in tall frames, which have the token row there, beside it.
    """
    chapter = Style(page.type_size(HEADING), theme.ink, fonts.SEMIBOLD)
    place = Style(page.type_size(PLACE), theme.muted, fonts.MEDIUM)
    letters: list[Lettering] = []
    x, baseline = room.left, room.top + CAP_HEIGHT * chapter.size
    if heading.chapter:
        shaped = shape(shortened(heading.chapter, chapter, room.width), chapter)
        letters.append(Lettering(shaped, x, baseline, theme.page))
        if page.tall:
            x += shaped.width + 0.7 * chapter.size
        else:
            baseline += 1.45 * place.size
    if heading.place and room.right - x > 4 * place.size:
        shaped = shape(shortened(heading.place, place, room.right - x), place)
        letters.append(Lettering(shaped, x, baseline, theme.page))
    if not letters:
        return None
    return PlacedHeading(Area.union(lettering.area for lettering in letters), tuple(letters), heading.alpha)


def shortened(text: str, style: Style, width: float) -> str:
    """The text, or as much of its beginning as fits `width` together with an ellipsis."""
    if shape(text, style).width <= width:
        return text
    low, high = 0, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        if shape(text[:middle].rstrip() + "…", style).width <= width:
            low = middle
        else:
            high = middle
    return text[:low].rstrip() + "…"
