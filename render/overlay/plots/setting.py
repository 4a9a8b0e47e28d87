"""How a plot is set: measured first, then drawn where the page has room for it."""

from __future__ import annotations

from functools import singledispatch
from typing import Protocol

from render.overlay.plots.shapes import Drawing
from render.overlay.plots.style import PlotStyle
from render.timeline import Chart, Plot


class SetPlot(Protocol):
    """A plot with its size in pixels, to be put in any place."""

    @property
    def width(self) -> float:
        """All that it takes across."""

    @property
    def height(self) -> float:
        """All that it takes down."""

    def at(self, left: float, top: float) -> Drawing:
        """The plot with its top left corner there."""


@singledispatch
def set_plot(plot: Plot, chart: Chart, style: PlotStyle) -> SetPlot:
    """Set the plot of a chart: what is drawn leans towards the chart's other one, if that is of the same form."""
    raise TypeError(f"no way to draw {type(plot).__name__}")
