"""Lines through rows of values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from render.model import format_value
from render.model.token_text import written
from render.overlay.area import Area
from render.overlay.names import dim
from render.overlay.plots.axes import MOST_ACROSS, MOST_DOWN, Graph, axis, places
from render.overlay.plots.bars import percent
from render.overlay.plots.legend import Entry, Legend
from render.overlay.plots.setting import set_plot
from render.overlay.plots.shapes import Dot, Drawing, Shape, Stroke
from render.overlay.plots.style import PlotStyle
from render.overlay.text import Lettering, Style, shape
from render.timeline import Chart, Lines

MOST_DOTS = 24
"""Up to how many places a line has a dot at each."""


@set_plot.register(Lines)
class SetLines:
    """A plot of lines, measured."""

    def __init__(self, plot: Lines, chart: Chart, style: PlotStyle) -> None:
        self.plot, self.chart, self.style = plot, chart, style
        labels = tuple(written(label) for label in plot.labels)
        across = places(labels, 2 * MOST_ACROSS, dim(plot.along))
        self.graph = Graph(across, axis(plot.span, MOST_DOWN, percent=plot.shares), style)
        self.colours = style.series(len(plot.series))
        entries = [Entry(colour, own.name) for colour, own in zip(self.colours, plot.series, strict=True)]
        self.legend = Legend(entries if len(entries) > 1 else [], self.graph.width, style)
        self.width, self.height = self.graph.width, self.legend.height + self.graph.height

    def at(self, left: float, top: float) -> Drawing:
        shapes, letters = self.legend.at(left, top)
        field = self.graph.field(left, top + self.legend.height)
        drawn = (*shapes, *self.graph.grid(field, upright=False), *self._lines(field))
        return Drawing(drawn, (*letters, *self.graph.words(field), *self._mark(field)))

    def _drawn(self, n: int) -> NDArray[np.float64]:
        """The values of series `n` as they are drawn."""
        here, other = np.array(self.plot.series[n].values), self.chart.other
        if isinstance(other, Lines) and len(other.series) > n and len(other.series[n].values) == len(here):
            return np.asarray(here + self.chart.lean * (np.array(other.series[n].values) - here))
        return here

    def _lines(self, field: Area) -> Iterator[Shape]:
        pixel, card = self.style.page.pixel, self.style.theme.card
        for n, colour in enumerate(self.colours):
            values = self._drawn(n)
            across = np.arange(len(values), dtype=np.float64)
            for run in np.split(np.arange(len(values)), np.flatnonzero(~np.isfinite(values))):
                run = run[np.isfinite(values[run])]
                points = self.graph.points(field, across[run], values[run])
                points = _until(points, field.left + self.chart.growth * field.width)
                if len(points) > 1:
                    yield Stroke(points, colour, 2.4 * pixel)
                if len(values) <= MOST_DOTS:
                    yield from (Dot(x, y, 3.6 * pixel, colour, card) for x, y in points.tolist())
        if self.plot.marked is not None and self.chart.growth >= 1:
            x, y = self._place(field)
            yield Dot(x, y, 5.0 * pixel, self.style.theme.accent, card)

    def _place(self, field: Area) -> tuple[float, float]:
        marked = self.plot.marked or 0
        (place,) = self.graph.points(field, np.array([float(marked)]), self._drawn(0)[marked : marked + 1])
        return float(place[0]), float(place[1])

    def _mark(self, field: Area) -> Iterator[Lettering]:
        """The number of the marked place, beside its dot and within the field."""
        if self.plot.marked is None or self.chart.growth < 1:
            return
        x, y = self._place(field)
        value = self.plot.series[0].values[self.plot.marked]
        style, card = self.style.marked, self.style.theme.card
        shaped = shape(
            percent(value) if self.plot.shares else format_value(value),
            Style(style.size, style.colour, style.weight, halo=card),
        )
        right = x + 0.5 * style.size + shaped.width <= field.right
        x = x + 0.5 * style.size if right else x - 0.5 * style.size - shaped.width
        yield Lettering(shaped, x, max(y, field.top + 0.75 * style.size), card)


def _until(points: NDArray[np.float64], right: float) -> NDArray[np.float64]:
    """As much of a line of points, left to right, as lies left of `right`."""
    inside = points[points[:, 0] <= right]
    if len(inside) in (0, len(points)):
        return inside
    (x0, y0), (x1, y1) = points[len(inside) - 1], points[len(inside)]
    return np.concatenate([inside, [(right, y0 + (y1 - y0) * (right - x0) / (x1 - x0))]])
