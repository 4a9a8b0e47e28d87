"""Charts: a plot of traced values on a card with its title, tied to where the values stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import skia

from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.heading import shortened
from render.overlay.marks import curve, draw_curve
from render.overlay.page import AXIS, CHART_TITLE, Page
from render.overlay.plate import best_place, draw_plate
from render.overlay.plots import Drawing, PlotStyle, set_plot
from render.overlay.sight import Points, Side, Sight
from render.overlay.text import CAP_HEIGHT, Lettering, Style, faded, shape
from render.theme import Colour, Theme
from render.timeline import Chart

LEAST_WIDTH = 8.0
"""How narrow a card may be, in font sizes."""


@dataclass(frozen=True)
class Leader:
    """A line from the card to a region that it shows."""

    path: skia.Path
    colour: Colour


@dataclass(frozen=True)
class PlacedChart:
    """A chart in its place; its leaders pass behind the cards in `taken`."""

    area: Area
    head: tuple[Lettering, ...]
    drawing: Drawing
    leaders: tuple[Leader, ...]
    taken: tuple[Area, ...]
    alpha: float
    page: Page
    theme: Theme
    name: str = "chart"

    @property
    def letters(self) -> tuple[Lettering, ...]:
        return (*self.head, *self.drawing.letters)

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.page.frame):
            canvas.save()
            for area in self.taken:
                canvas.clipRect(area.rect, skia.ClipOp.kDifference)
            for leader in self.leaders:
                draw_curve(canvas, self.page, leader.path, leader.colour, self.theme.page, 1.0)
            canvas.restore()
            draw_plate(canvas, self.area, 0.55 * self.page.type_size(CHART_TITLE), self.page, self.theme)
            for lettering in self.head:
                lettering.draw(canvas)
            self.drawing.draw(canvas)


class ChartSetter:
    """Sets charts on one page."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self.title = Style(page.type_size(CHART_TITLE), theme.ink, fonts.SEMIBOLD)
        self.note = Style(page.type_size(AXIS), theme.muted, fonts.SEMIBOLD)

    def place(
        self, chart: Chart, sight: Sight, avoid: Sequence[tuple[Area, float]], taken: Sequence[Area]
    ) -> PlacedChart:
        """The chart near what it shows, which it leaves free, and clear of what is `taken` by others of its like."""
        kind = sight.layout.graph[chart.home.tensor].kind
        style = PlotStyle(self.page, self.theme, kind, steady=bool(chart.note))
        plot = set_plot(chart.plot, chart, style)
        pad, room = 1.1 * style.size, self.page.picture
        width = max(plot.width + 2 * pad, LEAST_WIDTH * style.size)
        lines = [(shortened(text, own, width - 2 * pad), own) for text, own in self._lines(chart) if text]
        head = sum(CAP_HEIGHT * own.size + 0.8 * style.size for _, own in lines)
        height = 2 * pad + head + plot.height

        home = sight.region(chart.home, room)
        found = [sight.region(region, room) for region in chart.regions]
        shown = [place[0] for place in (home, *found) if place]
        avoid = [*avoid, *((area.grown(8 * self.page.pixel), 3.0) for area in shown)]
        area = best_place(width, height, room, avoid, home[0].centre if home else None, taken)
        letters = []
        baseline = area.top + pad
        for text, own in lines:
            baseline += CAP_HEIGHT * own.size
            letters.append(Lettering(shape(text, own), area.left + pad, baseline, self.theme.card))
            baseline += 0.8 * style.size
        drawing = plot.at(area.left + (width - plot.width) / 2, baseline)
        colours = style.series(len(found)) if len(found) > 1 else (self.theme.muted,)
        leaders = tuple(_leaders(area, zip(found, colours, strict=True)))
        return PlacedChart(area, tuple(letters), drawing, leaders, tuple(taken), chart.alpha, self.page, self.theme)

    def _lines(self, chart: Chart) -> tuple[tuple[str, Style], ...]:
        """What stands over the plot: the title, and the values of its parameters."""
        return ((chart.title, self.title), (chart.note, self.note))


def _leaders(area: Area, found: Iterable[tuple[tuple[Area, Mapping[Side, Points]] | None, Colour]]) -> Iterable[Leader]:
    for place, colour in found:
        path = _path(area, *place) if place is not None else None
        if path is not None:
            yield Leader(path, colour)


def _path(area: Area, region: Area, middles: Mapping[Side, Points]) -> skia.Path | None:
    """From the middle of the card's side that faces the region to the middle of the region's side that faces it."""
    if area.overlaps(region):
        return None
    x, y = area.centre
    faces: dict[Side, tuple[float, float, float]] = {
        "left": (region.left - area.right, area.right, y),
        "right": (area.left - region.right, area.left, y),
        "top": (region.top - area.bottom, x, area.bottom),
        "bottom": (area.top - region.bottom, x, area.top),
    }
    side = max((side for side in faces if side in middles), key=lambda side: faces[side][0])
    return curve(np.array(faces[side][1:]), middles[side])
