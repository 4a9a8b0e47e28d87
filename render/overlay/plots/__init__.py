"""Plots as they are drawn: each form in a file of its own, on the axes and in the colours that they share."""

from render.overlay.plots import bars, curve, heat_map, histogram, line, readings
from render.overlay.plots.setting import SetPlot, set_plot
from render.overlay.plots.shapes import Drawing
from render.overlay.plots.style import PlotStyle

__all__ = [
    "Drawing",
    "PlotStyle",
    "SetPlot",
    "bars",
    "curve",
    "heat_map",
    "histogram",
    "line",
    "readings",
    "set_plot",
]
