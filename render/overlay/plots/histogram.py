"""How values are spread: a count for each bin, the mean and the deviation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from render.model import format_value
from render.overlay.area import Area
from render.overlay.plots.axes import MOST_ACROSS, MOST_DOWN, Graph, axis
from render.overlay.plots.legend import Entry, Legend
from render.overlay.plots.setting import set_plot
from render.overlay.plots.shapes import Block, Drawing, Patch, Shape, Stroke
from render.overlay.plots.style import PlotStyle
from render.theme import Colour
from render.timeline import Chart, Histogram, Tally


@set_plot.register(Histogram)
class SetHistogram:
    """A histogram, measured."""

    def __init__(self, plot: Histogram, chart: Chart, style: PlotStyle) -> None:
        self.plot, self.chart, self.style = plot, chart, style
        across = axis((plot.edges[0], plot.edges[-1]), MOST_ACROSS, out=False)
        self.graph = Graph(across, axis((0.0, float(max(plot.most, MOST_DOWN))), MOST_DOWN, "count"), style)
        self.colours = style.series(len(plot.series))
        entries = [
            Entry(colour if len(plot.series) > 1 else None, own.name if len(plot.series) > 1 else "", _summary(own))
            for colour, own in zip(self.colours, plot.series, strict=True)
        ]
        self.legend = Legend(entries, self.graph.width, style)
        self.width, self.height = self.graph.width, self.legend.height + self.graph.height

    def at(self, left: float, top: float) -> Drawing:
        shapes, letters = self.legend.at(left, top)
        field = self.graph.field(left, top + self.legend.height)
        drawn: list[Shape] = [*shapes, *self.graph.grid(field, upright=False)]
        if len(self.plot.series) == 1:
            drawn += self._blocks(field)
        else:
            for n, colour in enumerate(self.colours):
                drawn += self._steps(field, n, colour)
        drawn += self._lines(field)
        return Drawing(tuple(drawn), (*letters, *self.graph.words(field)))

    def _counts(self, n: int) -> NDArray[np.float64]:
        """The counts of series `n` as they are drawn."""
        here, other = np.array(self.plot.series[n].counts, np.float64), self.chart.other
        if isinstance(other, Histogram) and len(other.series) > n and other.edges == self.plot.edges:
            here = here + self.chart.lean * (np.array(other.series[n].counts) - here)
        return np.asarray(self.chart.growth * here)

    def _blocks(self, field: Area) -> Iterator[Shape]:
        gap = self.style.page.pixel
        tops = self.graph.points(field, np.array(self.plot.edges[:-1]), self._counts(0))
        rights = field.left + self.graph.x.share(np.array(self.plot.edges[1:])) * field.width
        for (x, y), right in zip(tops.tolist(), rights.tolist(), strict=True):
            if field.bottom - y > 0:
                yield Block(Area(x + gap / 2, y, right - gap / 2, field.bottom), self.style.fill)

    def _steps(self, field: Area, n: int, colour: Colour) -> Iterator[Shape]:
        x = np.repeat(np.array(self.plot.edges), 2)
        y = np.concatenate([[0.0], np.repeat(self._counts(n), 2), [0.0]])
        points = self.graph.points(field, x, y)
        yield Patch(points, colour, 0.28)
        yield Stroke(points, colour, 2.0 * self.style.page.pixel)

    def _lines(self, field: Area) -> Iterator[Shape]:
        """A thin line at zero, and a dashed one at the mean of each series."""
        pixel = self.style.page.pixel
        low, high = self.plot.edges[0], self.plot.edges[-1]
        if low <= 0 <= high:
            yield Stroke(self._upright(field, 0.0), self.style.theme.muted, pixel)
        for own, colour in zip(self.plot.series, self.colours, strict=True):
            yield Stroke(self._upright(field, own.mean), self.style.theme.card, 3.6 * pixel)
            yield Stroke(self._upright(field, own.mean), colour, 2.0 * pixel, 5.0 * pixel)

    def _upright(self, field: Area, value: float) -> NDArray[np.float64]:
        x = field.left + float(self.graph.x.share(value)) * field.width
        return np.array([(x, field.top), (x, field.bottom)])


def _summary(tally: Tally) -> str:
    return f"mean {format_value(tally.mean)}, deviation {format_value(tally.deviation)}"
