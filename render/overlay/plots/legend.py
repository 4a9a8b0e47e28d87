"""Which colour is which series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from render.overlay.area import Area
from render.overlay.heading import shortened
from render.overlay.plots.shapes import Block, Shape
from render.overlay.plots.style import PlotStyle
from render.overlay.text import CAP_HEIGHT, Lettering, Shaped, Style, shape
from render.theme import Colour

LINE = 1.45
"""From line to line, in font sizes."""


@dataclass(frozen=True)
class Entry:
    """A line of the legend: a colour, a name, and what else there is to say. A single series needs no colour."""

    colour: Colour | None
    name: str
    more: str = ""


@dataclass(frozen=True)
class Legend:
    """Entries beside one another as far as there is room, then below."""

    entries: Sequence[Entry]
    width: float
    style: PlotStyle

    @property
    def height(self) -> float:
        rows = [row for row, *_ in self._placed()]
        return (rows[-1] + 1) * LINE * self.style.tick.size if rows else 0.0

    def at(self, left: float, top: float) -> tuple[tuple[Shape, ...], tuple[Lettering, ...]]:
        size, card = self.style.tick.size, self.style.theme.card
        shapes: list[Shape] = []
        letters: list[Lettering] = []
        for row, x, entry, name in self._placed():
            baseline = top + row * LINE * size + CAP_HEIGHT * size
            if entry.colour is not None:
                side = CAP_HEIGHT * size
                swatch = Area.at(left + x, baseline - side, side, side)
                shapes.append(Block(swatch, entry.colour, 0.2 * side))
                x += 1.15 * size
            if entry.name:
                letters.append(Lettering(name, left + x, baseline, card))
                x += name.width + 0.7 * size
            if entry.more:
                letters.append(Lettering(shape(entry.more, self.style.tick), left + x, baseline, card))
        return tuple(shapes), tuple(letters)

    def _placed(self) -> Iterator[tuple[int, float, Entry, Shaped]]:
        """Each entry with its line, how far from the left it starts, and its name in the room that there is."""
        size = self.style.tick.size
        bold = Style(size, self.style.theme.ink, self.style.label.weight)
        row, x = 0, 0.0
        for entry in self.entries:
            swatch = 1.15 * size if entry.colour is not None else 0.0
            more = shape(entry.more, self.style.tick).width + 0.7 * size if entry.more else 0.0
            name = shape(shortened(entry.name, bold, self.width - swatch - more), bold)
            width = swatch + name.width + more
            if x > 0 and x + width > self.width:
                row, x = row + 1, 0.0
            yield row, x, entry, name
            x += width + 1.4 * size
