"""A function, and the pairs of input and output that lie on it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from render.model import format_value
from render.model.evaluation import CALLED, FUNCTIONS
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.plots.axes import MOST_ACROSS, MOST_DOWN, Graph, axis
from render.overlay.plots.setting import set_plot
from render.overlay.plots.shapes import Dot, Drawing, Shape, Stroke
from render.overlay.plots.style import PlotStyle
from render.overlay.text import CAP_HEIGHT, Lettering, Style, shape
from render.timeline import Chart, Curve

SPOKEN = {**CALLED, "sqrt": "√"}
"""What functions are called, where that is not their name."""


@set_plot.register(Curve)
class SetCurve:
    """A curve with its points, measured."""

    def __init__(self, plot: Curve, chart: Chart, style: PlotStyle) -> None:
        self.plot, self.chart, self.style = plot, chart, style
        self.line, self.pairs = np.array(plot.line), np.array(plot.pairs)
        low, high = self.line[:, 1].min(), self.line[:, 1].max()
        self.name = SPOKEN.get(plot.function, plot.function)
        across = axis((float(self.line[0, 0]), float(self.line[-1, 0])), MOST_ACROSS, "x")
        down = axis((min(float(low), 0.0), max(float(high), 0.0)), MOST_DOWN, f"{self.name}(x)")
        self.graph = Graph(across, down, style)
        self._above = 1.5 * style.tick.size
        self.width, self.height = self.graph.width, self._above + self.graph.height

    def at(self, left: float, top: float) -> Drawing:
        field = self.graph.field(left, top + self._above)
        shapes = (*self.graph.grid(field, upright=True), *self._shapes(field))
        style, card = self.style.tick, self.style.theme.card
        x, y = self.plot.pairs[self.plot.marked]
        bold = Style(style.size, self.style.theme.accent_text, fonts.SEMIBOLD)
        place = f"{self.plot.along} = {self.plot.labels[self.plot.marked]}:"
        told = f"{self.name}({format_value(x)}) = {format_value(y)}"
        letters = []
        baseline = top + CAP_HEIGHT * style.size
        if self.chart.growth >= 1:
            letters = [Lettering(shape(f"{place}  {told}", bold), left, baseline, card)]
        return Drawing(shapes, (*letters, *self.graph.words(field)))

    def _shapes(self, field: Area) -> Iterator[Shape]:
        theme, pixel = self.style.theme, self.style.page.pixel
        right = field.left + self.chart.growth * field.width
        line = self.graph.points(field, *self.line.T)
        line = line[line[:, 0] <= right]
        if len(line) > 1:
            yield Stroke(line, theme.tones[self.style.kind].text, 2.4 * pixel)
        # Points may lie on one another: where there are many, they are darker.
        for x, y in self.graph.points(field, *self.pairs.T):
            if x <= right:
                yield Dot(float(x), float(y), 3.4 * pixel, theme.ink, None, 0.32)
        if self.chart.growth < 1:
            return
        x, y = self._mark(field)
        zero = self.graph.points(field, np.zeros(1), np.zeros(1))[0]
        origin = np.clip(zero, (field.left, field.top), (field.right, field.bottom))
        for end in ((x, origin[1]), (origin[0], y)):
            yield Stroke(np.array([(x, y), end]), theme.accent, 1.4 * pixel, 4.0 * pixel)
        yield Dot(x, y, 5.6 * pixel, theme.accent, theme.card)

    def _mark(self, field: Area) -> tuple[float, float]:
        """Where the marked point is: on its way from one pair to the next it stays on the curve."""
        pair = self.pairs[self.plot.marked]
        other = self.chart.other
        if isinstance(other, Curve) and other.function == self.plot.function and self.chart.lean > 0:
            x = pair[0] + self.chart.lean * (other.pairs[other.marked][0] - pair[0])
            pair = np.array([x, float(FUNCTIONS[self.plot.function](x))])
        ((x, y),) = self.graph.points(field, pair[:1], pair[1:])
        return float(x), float(y)
