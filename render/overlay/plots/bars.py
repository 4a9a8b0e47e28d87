"""Bars from the zero line, each with its label and its number."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from render.model import format_value
from render.model.token_text import written
from render.overlay.area import Area
from render.overlay.heading import shortened
from render.overlay.plots.setting import set_plot
from render.overlay.plots.shapes import Block, Drawing, Shape, Stroke
from render.overlay.plots.style import PlotStyle, mixed
from render.overlay.text import CAP_HEIGHT, Lettering, Style, shape
from render.timeline import Bars, Chart

THICK, LONG = 0.72, 11.0
"""A bar's thickness, and the length of all that bars reach over, in font sizes."""

LONGEST_LABEL = 7.0
"""How wide a bar's label may be, in font sizes."""

WIDEST_SHARE, WIDEST_NUMBER = ">99.9%", "−0.0000"
"""The widest numbers that are written at bars."""


@dataclass(frozen=True)
class Row:
    """A bar on its way between two plots: where it stands, counted in rows, its value, and how far it is there.

    A bar that only one of the two has comes from below the last row, or goes there.
    """

    place: int
    at: float
    alpha: float


@set_plot.register(Bars)
class SetBars:
    """A bar chart, measured."""

    def __init__(self, plot: Bars, chart: Chart, style: PlotStyle) -> None:
        self.shown = plot.shown
        self.plot, self.growth = plot, chart.growth
        self.style = style = replace(style, rows=len(self.shown) + 1)
        same = isinstance(chart.other, Bars) and len(chart.other.values) == len(plot.values)
        self.other = chart.other if same and isinstance(chart.other, Bars) else plot
        self.lean = chart.lean
        self.rows = self._rows()
        self.texts = {i: percent(plot.values[i]) if plot.shares else format_value(plot.values[i]) for i in self.shown}
        self.labels = {i: self._label(i) for i in self.shown}
        size = style.size
        self._label_width = self._widest_label()
        self._value_width = self._widest_value()
        # Negative bars have their numbers at their left.
        self._before = self._value_width + 0.6 * size if plot.span[0] < 0 else 0.0
        fixed = self._label_width + self._before + self._value_width + 1.3 * size
        self._long = min(LONG * size, style.page.picture.width - 2.5 * size - fixed)
        self.width = fixed + self._long
        self._rest = len(plot.values) - len(self.shown)
        self.height = style.row * len(self.shown) - 0.2 * style.row + (1.3 * style.note.size if self._rest else 0.0)

    def at(self, left: float, top: float) -> Drawing:
        style, size, card = self.style, self.style.size, self.style.theme.card
        shapes: list[Shape] = []
        letters: list[Lettering] = []
        start = left + self._label_width + 0.7 * size + self._before
        zero = start + self._long * self._lean(_zero(self.plot), _zero(self.other))
        for row in self.rows:
            i, marked = row.place, row.place == self.plot.marked
            middle = top + style.row * (row.at + 0.5) - 0.2 * size
            baseline = middle + CAP_HEIGHT * size / 2
            text, own = self.labels[i]
            shaped = shape(text, style.faded(own, row.alpha))
            letters.append(Lettering(shaped, left + self._label_width - shaped.width, baseline, card))
            long = self._lean(_reach(self.plot, i), _reach(self.other, i)) * self._long * self.growth
            length = max(abs(long), 2.0 * style.page.pixel)
            thick = min(THICK * size, 0.6 * style.row)
            bar = Area.at(zero if long >= 0 else zero - length, middle - thick / 2, length, thick)
            colour = style.theme.accent if marked else style.fill if long >= 0 else style.theme.below
            shapes.append(Block(bar, mixed(card, colour, row.alpha), min(0.22 * bar.height, bar.width / 2)))
            value = shape(self.texts[i], style.faded(style.marked if marked else style.value, row.alpha))
            x = bar.right + 0.6 * size if long >= 0 else bar.left - 0.6 * size - value.width
            letters.append(Lettering(value, x, baseline, card))
        if self._before:
            bottom = top + style.row * len(self.shown) - 0.2 * size
            shapes.append(Stroke(np.array([(zero, top), (zero, bottom)]), style.theme.muted, style.page.pixel))
        if self._rest:
            letters.append(Lettering(shape(self._others(), style.note), start, top + self.height, card))
        return Drawing(tuple(shapes), tuple(letters))

    def _rows(self) -> list[Row]:
        here = {i: place for place, i in enumerate(self.shown)}
        there = {i: place for place, i in enumerate(self.other.shown)}
        return [
            Row(i, self._lean(place, there.get(i, len(there))), 1.0 if i in there else max(0.0, 1 - 2 * self.lean))
            for i, place in here.items()
        ]

    def _others(self) -> str:
        """How many values have no bar, and of parts of a whole, what they sum up to."""
        if self.plot.shares:
            others = self._lean(self.plot.others, self.other.others)
            return f"{self._rest:,} {'other' if self._rest == 1 else 'others'}: {percent(others)}"
        return f"and {self._rest:,} more"

    def _lean(self, here: float, there: float) -> float:
        return here + self.lean * (there - here)

    def _label(self, i: int) -> tuple[str, Style]:
        style = self.style.marked if i == self.plot.marked else self.style.label
        return shortened(written(self.plot.labels[i]), style, LONGEST_LABEL * self.style.size), style

    def _widest_label(self) -> float:
        # Others of many values can come among those that are shown.
        if self.style.steady and len(self.shown) < len(self.plot.values):
            return LONGEST_LABEL * self.style.size
        marked = [(text, self.style.marked) for text, _ in self.labels.values()]
        return max((shape(text, style).width for text, style in marked), default=0.0)

    def _widest_value(self) -> float:
        texts = list(self.texts.values())
        if self.style.steady:
            texts.append(WIDEST_SHARE if self.plot.shares else WIDEST_NUMBER)
        return max((shape(text, self.style.marked).width for text in texts), default=0.0)


def _zero(plot: Bars) -> float:
    """Where the zero line is, as a share of the length that the bars reach over."""
    low, high = plot.span
    return -low / (high - low) if high > low else 0.0


def _reach(plot: Bars, i: int) -> float:
    """How long a bar is, as a share of the length that they reach over; negative to the left."""
    low, high = plot.span
    value = plot.values[i]
    return value / (high - low) if math.isfinite(value) and high > low else 0.0


def percent(value: float) -> str:
    """A share as it is written: whole percents, with a decimal where less would say 0 % or 100 %."""
    points = 100 * value
    decimals = 0 if 0.95 <= points < 99 or points in (0, 100) else 1
    text = f"{points:.{decimals}f}%"
    return "<0.1%" if text == "0.0%" else ">99.9%" if text == "100.0%" else text
