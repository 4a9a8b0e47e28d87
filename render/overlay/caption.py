"""The narration, centred in the band at the frame's foot."""

from __future__ import annotations

from dataclasses import dataclass

import skia

from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.markup import Span, Word, parse
from render.overlay.page import CAPTION, LEAST_CAPTION, Page
from render.overlay.text import Lettering, faded
from render.overlay.typeset import TextBlock, manner, set_text
from render.theme import Theme
from render.timeline import Caption

WIDTH, TALL_WIDTH = 0.76, 0.90
"""How much of the frame's width a line may take."""

SMALLER = 0.94
"""By how much the text shrinks at a time when it does not fit."""


@dataclass(frozen=True)
class PlacedCaption:
    """A caption in its place."""

    area: Area
    letters: tuple[Lettering, ...]
    alpha: float
    name: str = "caption"

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.area):
            for lettering in self.letters:
                lettering.draw(canvas)


class CaptionSetter:
    """Sets captions on one page. What a caption looks like is worked out once for each text."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self._set: dict[str, tuple[Area, tuple[Lettering, ...]]] = {}

    def place(self, caption: Caption) -> PlacedCaption:
        if caption.text not in self._set:
            self._set[caption.text] = self._lay_out(caption.text)
        area, letters = self._set[caption.text]
        return PlacedCaption(area, letters, caption.alpha)

    def _lay_out(self, text: str) -> tuple[Area, tuple[Lettering, ...]]:
        foot = self.page.foot
        block = self._fit(parse(text), foot)
        left, middle = foot.left + (foot.width - block.width) / 2, foot.centre[1]
        area = Area.at(left, middle - block.height / 2, block.width, block.height)
        return area, block.placed(area, self.theme.page, centred=True)

    def _fit(self, words: tuple[Word, ...], foot: Area) -> TextBlock:
        """As large as fits: smaller step by step, then wider, and in the end cut off."""
        size = self.page.type_size(CAPTION, LEAST_CAPTION)
        least = self.page.type_size(LEAST_CAPTION, LEAST_CAPTION)
        width = min(foot.width, (TALL_WIDTH if self.page.tall else WIDTH) * self.page.width)
        while size >= least:
            block = self._block(words, size, width)
            if block.height <= foot.height:
                return block
            size *= SMALLER
        fits, too_many = 0, len(words) + 1
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            block = self._block(_cut(words, middle), least, foot.width)
            fits, too_many = (middle, too_many) if block.height <= foot.height else (fits, middle)
        return self._block(_cut(words, fits), least, foot.width)

    def _block(self, words: tuple[Word, ...], size: float, width: float) -> TextBlock:
        return set_text(words, manner(size, self.theme.ink, self.theme.accent_text, fonts.BOOK), width)


def _cut(words: tuple[Word, ...], count: int) -> tuple[Word, ...]:
    """The first `count` words, with an ellipsis when there are more."""
    return words if count >= len(words) else (*words[:count], (Span("…"),))
