"""Bars from the zero line, each with its label and its number."""

from __future__ import annotations

import math

import numpy as np

from render.model import format_value
from render.model.token_text import written
from render.overlay.area import Area
from render.overlay.heading import shortened
from render.overlay.plots.setting import set_plot
from render.overlay.plots.shapes import Block, Drawing, Shape, Stroke
from render.overlay.plots.style import PlotStyle
from render.overlay.text import CAP_HEIGHT, Lettering, Style, shape
from render.timeline import Bars, Chart

ROW, THICK, LONG = 1.75, 0.72, 11.0
"""The height of a row, a bar's thickness, and the length of all that bars reach over, in font sizes."""

LONGEST_LABEL = 7.0
"""How wide a bar's label may be, in font sizes."""

WIDEST_SHARE, WIDEST_NUMBER = ">99.9%", "−0.0000"
"""The widest numbers that are written at bars."""


@set_plot.register(Bars)
class SetBars:
    """A bar chart, measured."""

    def __init__(self, plot: Bars, chart: Chart, style: PlotStyle) -> None:
        self.plot, self.style, self.growth = plot, style, chart.growth
        same = isinstance(chart.other, Bars) and len(chart.other.values) == len(plot.values)
        self.other = chart.other if same and isinstance(chart.other, Bars) else plot
        self.lean = chart.lean
        self.shown = plot.shown
        self.rows = {i: row for row, i in enumerate(self.shown)}
        self.rows_there = {i: row for row, i in enumerate(self.other.shown)}
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
        self.height = ROW * size * len(self.shown) - 0.35 * size + (1.3 * style.note.size if self._rest else 0.0)

    def at(self, left: float, top: float) -> Drawing:
        style, size, card = self.style, self.style.size, self.style.theme.card
        shapes: list[Shape] = []
        letters: list[Lettering] = []
        start = left + self._label_width + 0.7 * size + self._before
        zero = start + self._long * self._lean(_zero(self.plot), _zero(self.other))
        for i in self.shown:
            row = self._lean(self.rows[i], self.rows_there.get(i, self.rows[i]))
            middle = top + ROW * size * (row + 0.5) - 0.2 * size
            baseline = middle + CAP_HEIGHT * size / 2
            shaped = shape(*self.labels[i])
            letters.append(Lettering(shaped, left + self._label_width - shaped.width, baseline, card))
            long = self._lean(_reach(self.plot, i), _reach(self.other, i)) * self._long * self.growth
            length = max(abs(long), 2.0 * style.page.pixel)
            bar = Area.at(zero if long >= 0 else zero - length, middle - THICK * size / 2, length, THICK * size)
            colour = style.theme.accent if i == self.plot.marked else style.fill if long >= 0 else style.theme.below
            shapes.append(Block(bar, colour, min(0.22 * bar.height, bar.width / 2)))
            value = shape(self.texts[i], style.marked if i == self.plot.marked else style.value)
            x = bar.right + 0.6 * size if long >= 0 else bar.left - 0.6 * size - value.width
            letters.append(Lettering(value, x, baseline, card))
        if self._before:
            bottom = top + ROW * size * len(self.shown) - 0.2 * size
            shapes.append(Stroke(np.array([(zero, top), (zero, bottom)]), style.theme.muted, style.page.pixel))
        if self._rest:
            text = shape(f"and {self._rest:,} more", style.note)
            letters.append(Lettering(text, start, top + self.height, card))
        return Drawing(tuple(shapes), tuple(letters))

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
    decimals = 0 if 1 <= points < 99 or points in (0, 100) else 1
    text = f"{points:.{decimals}f}%"
    return "<0.1%" if text == "0.0%" else ">99.9%" if text == "100.0%" else text
