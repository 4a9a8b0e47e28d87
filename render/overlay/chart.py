"""Charts: a plot of traced values on a card with its title, tied to where the values stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import skia

from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.faces import Points
from render.overlay.free import Free
from render.overlay.heading import shortened
from render.overlay.marks import Leader, curve
from render.overlay.page import AXIS, CHART_TITLE, Page
from render.overlay.plate import best_place, draw_plate, in_rows, with_shadow
from render.overlay.plots import Drawing, PlotStyle, SetPlot, set_plot
from render.overlay.sight import Side, Sight
from render.overlay.text import CAP_HEIGHT, Lettering, Style, faded, shape
from render.theme import Theme
from render.timeline import Chart

LEAST_WIDTH = 8.0
"""How narrow a card may be, in font sizes."""

PADDING, LEADING = 1.1, 0.8
"""How far from a card's edge its content is, and from the title to what is below it, in font sizes."""


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

    @property
    def reach(self) -> Area:
        """All that it covers with its shadow and its leaders."""
        around = [leader.area.grown(6 * self.page.pixel) for leader in self.leaders]
        return Area.union([with_shadow(self.area, self.page), *around])

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.reach):
            canvas.save()
            for area in self.taken:
                canvas.clipRect(area.rect, skia.ClipOp.kDifference)
            for leader in self.leaders:
                leader.draw(canvas, self.page, self.theme)
            canvas.restore()
            draw_plate(canvas, self.area, 0.55 * self.page.type_size(CHART_TITLE), self.page, self.theme)
            for lettering in self.head:
                lettering.draw(canvas)
            self.drawing.draw(canvas)


@dataclass(frozen=True)
class _Measured:
    """A chart that knows its size and not yet its place."""

    chart: Chart
    style: PlotStyle
    plot: SetPlot
    lines: tuple[tuple[str, Style], ...]
    width: float
    height: float


class ChartSetter:
    """Sets charts on one page."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self.title = Style(page.type_size(CHART_TITLE), theme.ink, fonts.SEMIBOLD)
        self.note = Style(page.type_size(AXIS), theme.muted, fonts.SEMIBOLD)

    def place(self, charts: Sequence[Chart], sight: Sight, avoid: Free) -> list[PlacedChart]:
        """Charts near what they show, which they leave free, clear of one another.

        Charts that come together stand in rows, in the script's order. Any other takes the best place that those before
        it leave, so that it stays there when others come. Only where that leaves too little room for one do they all
        stand in rows.
        """
        measured = [self._measured(chart, sight) for chart in charts]
        together = [one for one in measured if [chart.came for chart in charts].count(one.chart.came) > 1]
        together = [one for one in together if one.chart.came is not None]
        rows = in_rows([(one.width, one.height) for one in together], self.page.picture) if together else None
        lined_up = dict(zip([one.chart.id for one in together], rows or (), strict=False))
        areas: list[Area] = []
        for one in measured:
            areas.append(lined_up.get(one.chart.id) or self._best(one, sight, avoid, [*lined_up.values(), *areas]))
        if any(a.overlaps(b) for a, b in combinations(areas, 2)):
            sizes = [(one.width, one.height) for one in measured]
            areas = in_rows(sizes, self.page.picture) or areas
        return [
            self._placed(one, area, sight, areas[:n]) for n, (one, area) in enumerate(zip(measured, areas, strict=True))
        ]

    def _measured(self, chart: Chart, sight: Sight) -> _Measured:
        kind = sight.layout.graph[chart.home.tensor].kind
        style = PlotStyle(self.page, self.theme, kind, steady=bool(chart.note))
        plot = set_plot(chart.plot, chart, style)
        pad = PADDING * style.size
        width = max(plot.width + 2 * pad, LEAST_WIDTH * style.size)
        written = ((chart.title, self.title), (chart.note, self.note))
        lines = tuple((shortened(text, own, width - 2 * pad), own) for text, own in written if text)
        head = sum(CAP_HEIGHT * own.size + LEADING * style.size for _, own in lines)
        return _Measured(chart, style, plot, lines, width, 2 * pad + head + plot.height)

    def _best(self, one: _Measured, sight: Sight, avoid: Free, taken: Sequence[Area]) -> Area:
        room = self.page.picture
        home = sight.region(one.chart.home, room)
        places = [sight.region(region, room) for region in one.chart.regions]
        shown = [(place[0].grown(8 * self.page.pixel), 3.0) for place in (home, *places) if place]
        near = home[0].centre if home else None
        return best_place(one.width, one.height, room, avoid + Free.of(shown), near, taken)

    def _placed(self, one: _Measured, area: Area, sight: Sight, taken: Sequence[Area]) -> PlacedChart:
        pad = PADDING * one.style.size
        letters = []
        baseline = area.top + pad
        for text, own in one.lines:
            baseline += CAP_HEIGHT * own.size
            letters.append(Lettering(shape(text, own), area.left + pad, baseline, self.theme.card))
            baseline += LEADING * one.style.size
        drawing = one.plot.at(area.left + (one.width - one.plot.width) / 2, baseline)
        found = [sight.region(region, self.page.picture) for region in one.chart.regions]
        colours = one.style.series(len(found)) if len(found) > 1 else (self.theme.muted,) * len(found)
        paths = [_path(area, *place, pad, taken) if place else None for place in found]
        leaders = tuple(Leader(path, colour) for path, colour in zip(paths, colours, strict=True) if path is not None)
        alpha = one.chart.alpha
        return PlacedChart(area, tuple(letters), drawing, leaders, tuple(taken), alpha, self.page, self.theme)


def _path(
    area: Area, region: Area, middles: Mapping[Side, Points], inset: float, taken: Sequence[Area]
) -> skia.Path | None:
    """To the middle of one of the region's sides that face the card, from the place on the card that is nearest to it.

    The short way is taken, unless it goes behind other cards. Near its corners, by `inset`, no line leaves the card.
    """
    gaps: dict[Side, float] = {
        "left": region.left - area.right,
        "right": area.left - region.right,
        "top": region.top - area.bottom,
        "bottom": area.top - region.bottom,
    }
    ways = []
    for side, end in middles.items():
        x = min(max(float(end[0]), area.left + inset), area.right - inset)
        y = min(max(float(end[1]), area.top + inset), area.bottom - inset)
        starts = {"left": (area.right, y), "right": (area.left, y), "top": (x, area.bottom), "bottom": (x, area.top)}
        if gaps[side] >= 0:
            start = np.array(starts[side])
            steps = start + np.linspace(0, 1, 33)[:, None] * (end - start)
            behind = sum(other.holds(Area.around([step])) for step in steps for other in taken) / len(steps)
            ways.append((float(np.hypot(*(end - start))) * (1 + 4 * behind), curve(start, end)))
    return min(ways, key=lambda way: way[0])[1] if ways else None
