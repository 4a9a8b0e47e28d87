"""Axes with round numbers, a light grid, and where values lie on it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.overlay.area import Area
from render.overlay.heading import shortened
from render.overlay.plots.shapes import Points, Shape, Stroke
from render.overlay.plots.style import GRAPH_HEIGHT, GRAPH_WIDTH, PlotStyle
from render.overlay.text import CAP_HEIGHT, Lettering, shape
from render.timeline.plot import Span
from render.timeline.round_step import round_step

Tick = tuple[float, str]
"""A value, and what is written at it."""

MOST_ACROSS, MOST_DOWN = 7, 4
"""How many steps an axis has at most."""


@dataclass(frozen=True)
class Axis:
    """The values from `low` to `high` and the ticks among them; `title` says what they are."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    title: str = ""

    def share(self, values: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """How far along the axis values lie, 0 to 1."""
        return np.asarray((np.asarray(values, np.float64) - self.low) / (self.high - self.low))


def axis(span: Span, most: int, title: str = "", *, percent: bool = False, out: bool = True) -> Axis:
    """An axis that reaches over `span`, with ticks at round numbers: up to the next ones `out`, or just so far."""
    low, high = span if span[1] > span[0] else (span[0] - 0.5, span[1] + 0.5)
    step = round_step(high - low, most)
    if out:
        low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    numbers = np.arange(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1) * step
    return Axis(low, high, tuple((float(value), tick_text(float(value), step, percent)) for value in numbers), title)


def tick_text(value: float, step: float, percent: bool = False) -> str:
    """A tick's value, with as many decimals as its axis's steps need."""
    if percent:
        return f"{tick_text(100 * value, 100 * step)}%"
    if abs(value) < step / 2:
        return "0"
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{value:,.{decimals}f}" if decimals <= 4 and step < 1e6 else f"{value:.0e}".replace("e-0", "e-")
    return text.replace("-", "−").replace("e+0", "e")


def places(labels: Sequence[str], most: int, title: str) -> Axis:
    """An axis of places in a row, each with half a step around it: all with their labels, or some with their number."""
    n = len(labels)
    numbered = all(label.isdigit() for label in labels)
    if n <= most or (not numbered and n <= 2 * most):
        ticks = tuple((float(i), label) for i, label in enumerate(labels))
    else:
        first = int(labels[0]) if numbered else 0
        step = max(1, int(round_step(n, min(most, MOST_ACROSS))))
        ticks = tuple((float(i), str(first + i)) for i in range(n) if (first + i) % step == 0)
    return Axis(-0.5, n - 0.5, ticks, title)


@dataclass(frozen=True)
class Graph:
    """Two axes, and how much room their words take."""

    x: Axis
    y: Axis
    style: PlotStyle

    @property
    def width(self) -> float:
        return GRAPH_WIDTH * self.style.size

    @property
    def height(self) -> float:
        return self._above + GRAPH_HEIGHT * self.style.size + self._below

    @property
    def _above(self) -> float:
        return (2.1 if self.y.title else 0.7) * self.style.tick.size

    @property
    def _below(self) -> float:
        return (2.9 if self.x.title else 1.5) * self.style.tick.size

    @property
    def _beside(self) -> float:
        return max(shape(text, self.style.tick).width for _, text in self.y.ticks) + 0.6 * self.style.tick.size

    def field(self, left: float, top: float) -> Area:
        """Where the values lie."""
        # The last tick's words reach beyond it.
        right = left + self.width - 0.8 * self.style.tick.size
        return Area(left + self._beside, top + self._above, right, top + self.height - self._below)

    def points(self, field: Area, x: NDArray[np.float64], y: NDArray[np.float64]) -> Points:
        """The pixels (n, 2) of values."""
        return np.stack([field.left + self.x.share(x) * field.width, field.bottom - self.y.share(y) * field.height], 1)

    def grid(self, field: Area, upright: bool) -> Iterator[Shape]:
        """Lines across at the ticks of y, the one at 0 stronger, and `upright` ones at those of x."""
        theme, pixel = self.style.theme, self.style.page.pixel
        for value, _ in self.y.ticks:
            y = field.bottom - float(self.y.share(value)) * field.height
            yield _rule(field.left, y, field.right, y, theme.muted if value == 0 else theme.line, pixel)
        for value, _ in self.x.ticks if upright else ():
            x = field.left + float(self.x.share(value)) * field.width
            yield _rule(x, field.top, x, field.bottom, theme.muted if value == 0 else theme.line, pixel)

    def words(self, field: Area) -> Iterator[Lettering]:
        """What is written at the ticks, and the titles of the axes."""
        style, card = self.style.tick, self.style.theme.card
        for value, text in self.y.ticks:
            y = field.bottom - float(self.y.share(value)) * field.height + CAP_HEIGHT * style.size / 2
            shaped = shape(text, style)
            yield Lettering(shaped, field.left - 0.5 * style.size - shaped.width, y, card)
        baseline = field.bottom + 1.35 * style.size
        room = field.width / max(len(self.x.ticks), 1)
        for value, text in self.x.ticks:
            shaped = shape(shortened(text, style, 0.94 * room), style)
            x = field.left + float(self.x.share(value)) * field.width - shaped.width / 2
            yield Lettering(shaped, x, baseline, card)
        if self.x.title:
            shaped = shape(shortened(self.x.title, style, field.width), style)
            yield Lettering(shaped, field.centre[0] - shaped.width / 2, baseline + 1.4 * style.size, card)
        if self.y.title:
            left = field.left - self._beside
            yield Lettering(shape(self.y.title, style), left, field.top - 1.05 * style.size, card)


def _rule(x0: float, y0: float, x1: float, y1: float, colour: tuple[float, float, float], width: float) -> Stroke:
    return Stroke(np.array([(x0, y0), (x1, y1)]), colour, width)
