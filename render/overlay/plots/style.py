"""The type, the colours and the measures that all plots share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from render.model import Kind
from render.overlay import fonts
from render.overlay.page import AXIS, CHART_TEXT, Page
from render.overlay.text import Style
from render.theme import Colour, Theme

GRAPH_WIDTH, GRAPH_HEIGHT = 24.0, 7.6
"""How wide a plot with axes is with all its words, and how high without them, in font sizes."""

ROW, LEAST_ROW = 1.75, 1.34
"""The height of a row of words, and how little it may be where there are many, in font sizes."""

OF_PICTURE = 0.87
"""How much of the picture's height rows may take."""

BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class PlotStyle:
    """How a plot of a tensor of one kind looks.

    steady: whether its content changes while it stands, so that its size must not follow what is written in it
    rows:   how many rows of words have to find room on the page; many are written smaller
    """

    page: Page
    theme: Theme
    kind: Kind
    steady: bool = False
    rows: int = 0

    @cached_property
    def size(self) -> float:
        """The font size, which measures are given in."""
        fitting = OF_PICTURE * self.page.picture.height / (LEAST_ROW * max(self.rows, 1))
        return max(self.page.type_size(0.0), min(self.page.type_size(CHART_TEXT), fitting))

    @property
    def row(self) -> float:
        """The height of a row: in pixels, less where many have to find room."""
        fitting = OF_PICTURE * self.page.picture.height / max(self.rows, 1)
        return max(LEAST_ROW * self.size, min(ROW * self.size, fitting))

    @cached_property
    def label(self) -> Style:
        return Style(self.size, self.theme.ink, fonts.MEDIUM)

    @cached_property
    def value(self) -> Style:
        return Style(self.size, self.theme.muted, fonts.MEDIUM)

    @cached_property
    def marked(self) -> Style:
        """Of what is talked about."""
        return Style(self.size, self.theme.accent_text, fonts.SEMIBOLD)

    @cached_property
    def tick(self) -> Style:
        return Style(self.page.type_size(AXIS), self.theme.muted, fonts.MEDIUM)

    @cached_property
    def note(self) -> Style:
        return Style(self.page.type_size(0.0), self.theme.muted, fonts.MEDIUM)

    @property
    def fill(self) -> Colour:
        """Of areas that stand for values."""
        return self.theme.tones[self.kind].ground

    def series(self, n: int) -> tuple[Colour, ...]:
        """The colours of lines: of one its kind's, of several such as can be told apart, and none the accent."""
        if n == 1:
            return (self.theme.tones[self.kind].text,)
        tones = self.theme.tones
        known = [tones[kind].text for kind in ("weight", "activation", "aggregate")]
        return (*known, self.theme.below, self.theme.ink, tones["token"].text)[:n]

    def faded(self, style: Style, alpha: float) -> Style:
        """A style of text on the card that is as far there as `alpha` says."""
        return style if alpha >= 1 else replace(style, colour=mixed(self.theme.card, style.colour, alpha))

    def shade(self, value: float) -> Colour:
        """The colour of a value from -1 to 1: the card's at 0, ever more of its own the farther from it."""
        goal = self.theme.tones[self.kind].text if value >= 0 else self.theme.below
        return mixed(self.theme.card, goal, min(abs(value), 1.0) ** 0.8)


def mixed(a: Colour, b: Colour, u: float) -> Colour:
    """The colour a part `u` of the way from `a` to `b`."""
    if u >= 1:
        return b
    red, green, blue = (x + u * (y - x) for x, y in zip(a, b, strict=True))
    return (red, green, blue)


def readable_on(ground: Colour) -> Colour:
    """Black or white, whichever stands out more: at least 4.5:1 from any colour."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in ground]
    return BLACK if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 else WHITE
