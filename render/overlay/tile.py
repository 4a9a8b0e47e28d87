"""A tile: one number as it is seen in a cell from near, its disc and its digits, at any size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import skia

from render.model import Kind, format_value
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.page import Page
from render.overlay.text import Lettering, Shaped, Style, paint_of, shape
from render.theme import Colour, Theme

CORNER = 0.13
"""How round a tile's corners are, in tiles."""

NUMBER, BASELINE, WIDEST = 0.31, 0.91, 0.95
"""The digits' size, where they stand, and how wide they may be, in tiles."""

USUAL = "−0.0"
"""A number that there must be room for, or tiles go without."""

BARE, NUMBERED = (0.5, 0.46), (0.35, 0.29)
"""Where the middle of the disc is (from the top) and how large a full one is, without digits below it and with them."""


@dataclass(frozen=True)
class TileLook:
    """Tiles of `size` pixels a side on one page."""

    size: float
    page: Page
    theme: Theme

    @property
    def digits(self) -> float:
        """The size of the digits on a tile at rest."""
        return max(NUMBER * self.size, self.page.type_size(0.0))

    def number(self, value: float, kind: Kind) -> Lettering | None:
        """A value's digits on a tile whose top left corner is at (0, 0), with fewer of them where all do not fit."""
        shaped = _digits(value, self.digits, self.page.type_size(0.0), WIDEST * self.size, self.theme.positive)
        if shaped is None:
            return None
        at = ((self.size - shaped.width) / 2, BASELINE * self.size)
        return Lettering(shaped, *at, self.theme.tones[kind].ground)

    def draw(
        self,
        canvas: skia.Canvas,
        area: Area,
        kind: Kind,
        level: float,
        number: Lettering | None,
        alpha: float,
        marked: float,
    ) -> None:
        """Draw a tile in `area`, larger or smaller than at rest; `level`, −1 to 1, is how full its disc is."""
        side = area.width
        scale = side / self.size
        solid = paint_of(self.theme.tones[kind].ground, alpha)
        radius = CORNER * side * min(1.0, scale)
        canvas.drawRoundRect(area.rect, radius, radius, solid)
        near = 0.0 if number is None else _smooth(0.45, 0.75, scale)
        middle, full = (bare + near * (own - bare) for bare, own in zip(BARE, NUMBERED, strict=True))
        disc = self.theme.positive if level > 0 else self.theme.negative
        if level:
            canvas.drawCircle(
                (area.left + area.right) / 2,
                area.top + middle * side,
                full * side * math.sqrt(abs(level)),
                paint_of(disc, alpha),
            )
        if number is not None and near > 0:
            canvas.saveLayerAlpha(area.rect, round(255 * alpha * near)) if alpha * near < 0.999 else canvas.save()
            canvas.translate(area.left, area.top)
            canvas.scale(scale, scale)
            number.draw(canvas)
            canvas.restore()
        if marked > 0:
            width = 3.0 * self.page.pixel
            canvas.drawRoundRect(
                area.grown(0.5 * width).rect, radius, radius, paint_of(self.theme.accent, alpha * marked, width)
            )


@lru_cache(maxsize=4096)
def _digits(value: float, size: float, least: float, room: float, colour: Colour) -> Shaped | None:
    """A value as it is written in `room` pixels, no smaller than `least`; None where there is no room for numbers."""
    if shape(USUAL, Style(least, colour, fonts.SEMIBOLD)).width > room:
        return None
    for text in written(value):
        shaped = shape(text, Style(size, colour, fonts.SEMIBOLD))
        if shaped.width > room:
            shaped = shape(text, Style(max(size * room / shaped.width, least), colour, fonts.SEMIBOLD))
        if shaped.width <= room + 0.5:
            return shaped
    return None


def written(value: float) -> list[str]:
    """How a number can be written, the most digits first."""
    texts = [format_value(value)]
    if math.isfinite(value):
        texts += [f"{value:.{n}f}" for n in (3, 2, 1, 0) if abs(value) >= 10**-n]
        if abs(value) < 0.01:
            mantissa, exponent = f"{value:.0e}".split("e")
            texts.append(f"{mantissa}e{int(exponent)}")
        if abs(value) < 0.1:
            texts.append(f"{round(value, 1) + 0.0:.1f}")
    minus = dict.fromkeys(text.replace("-", "−") for text in texts)
    return [text for text in minus if len(text) <= len(texts[0])]


def _smooth(low: float, high: float, x: float) -> float:
    u = min(1.0, max(0.0, (x - low) / (high - low)))
    return u * u * (3 - 2 * u)
