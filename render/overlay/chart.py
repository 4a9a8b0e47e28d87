"""The bar chart: a row or column of traced values as a card, tied to where they stand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import skia

from render.model.explain import format_value
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.heading import shortened
from render.overlay.marks import curve, draw_curve
from render.overlay.page import CHART_TEXT, CHART_TITLE, Page
from render.overlay.plate import best_place, draw_plate
from render.overlay.sight import Points, Side, Sight
from render.overlay.text import CAP_HEIGHT, Lettering, Style, faded, paint_of, shape
from render.overlay.token_row import written
from render.theme import Colour, Theme
from render.timeline import Chart

MOST_BARS, TOP_BARS = 12, 10
"""Up to how many values all are shown, and how many of the largest when there are more."""

ROW, THICK, LONG = 1.75, 0.72, 11.0
"""The height of a row, a bar's thickness, and a full bar's length, in font sizes."""

LONGEST_LABEL = 7.0
"""How wide a bar's label may be, in font sizes."""


@dataclass(frozen=True)
class Bar:
    """One bar as it is drawn now."""

    area: Area
    colour: Colour


@dataclass(frozen=True)
class PlacedChart:
    """A chart in its place; `leader` goes to the region it shows."""

    area: Area
    letters: tuple[Lettering, ...]
    bars: tuple[Bar, ...]
    leader: skia.Path | None
    alpha: float
    page: Page
    theme: Theme
    name: str = "chart"

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.page.frame):
            if self.leader is not None:
                draw_curve(canvas, self.page, self.leader, self.theme.muted, self.theme.page, 1.0)
            draw_plate(canvas, self.area, 0.55 * self.page.type_size(CHART_TITLE), self.page, self.theme)
            for bar in self.bars:
                radius = min(0.22 * bar.area.height, bar.area.width / 2)
                canvas.drawRoundRect(bar.area.rect, radius, radius, paint_of(bar.colour))
            for lettering in self.letters:
                lettering.draw(canvas)


class ChartSetter:
    """Sets charts on one page."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        size = page.type_size(CHART_TEXT)
        self.size = size
        self.title = Style(page.type_size(CHART_TITLE), theme.ink, fonts.SEMIBOLD)
        self.label = Style(size, theme.ink, fonts.MEDIUM)
        self.value = Style(size, theme.muted, fonts.MEDIUM)
        self.marked = Style(size, theme.accent_text, fonts.SEMIBOLD)
        self.note = Style(page.type_size(0.0), theme.muted, fonts.MEDIUM)

    def place(self, chart: Chart, sight: Sight, avoid: Sequence[tuple[Area, float]]) -> PlacedChart:
        """The chart near the region it shows, which it leaves free."""
        shown = _largest(chart)
        as_percent = all(0 <= value <= 1 for value in chart.values)
        texts = [_percent(chart.values[i]) if as_percent else format_value(chart.values[i]) for i in shown]
        labels = [self._label(chart, i) for i in shown]
        room = self.page.picture
        pad, row = 1.1 * self.size, ROW * self.size
        label_width = max((shape(text, style).width for text, style in labels), default=0.0)
        value_width = max((shape(text, self.marked).width for text in texts), default=0.0)
        long = min(LONG * self.size, room.width - label_width - value_width - 2 * pad - 1.5 * self.size)
        width = max(pad + label_width + 0.7 * self.size + long + 0.6 * self.size + value_width + pad, 8 * self.size)
        title = shortened(chart.title, self.title, width - 2 * pad)
        head = CAP_HEIGHT * self.title.size + 0.8 * self.size if title else 0.0
        rest = len(chart.values) - len(shown)
        foot = 1.3 * self.note.size if rest else 0.0
        height = 2 * pad + head + row * len(shown) - 0.35 * self.size + foot

        found = sight.region(chart.region, room)
        if found is not None:
            avoid = [*avoid, (found[0].grown(8 * self.page.pixel), 3.0)]
        area = best_place(width, height, room, avoid, found[0].centre if found else None)
        card = self.theme.card
        letters = []
        if title:
            baseline = area.top + pad + CAP_HEIGHT * self.title.size
            letters.append(Lettering(shape(title, self.title), area.left + pad, baseline, card))
        largest = max((abs(chart.values[i]) for i in shown if math.isfinite(chart.values[i])), default=0.0)
        scale = 1.0 if as_percent and largest > 0.2 else largest or 1.0
        start = area.left + pad + label_width + 0.7 * self.size
        bars = []
        for n, i in enumerate(shown):
            middle = area.top + pad + head + row * (n + 0.5) - 0.2 * self.size
            baseline = middle + CAP_HEIGHT * self.size / 2
            text, style = labels[n]
            shaped = shape(text, style)
            letters.append(Lettering(shaped, start - 0.7 * self.size - shaped.width, baseline, card))
            value = chart.values[i] if math.isfinite(chart.values[i]) else 0.0
            length = max(abs(value) / scale * long * chart.growth, 2.0 * self.page.pixel)
            colour = self.theme.accent if i == chart.marked else self._colour(chart, sight, value < 0)
            bars.append(Bar(Area.at(start, middle - THICK * self.size / 2, length, THICK * self.size), colour))
            style = self.marked if i == chart.marked else self.value
            letters.append(Lettering(shape(texts[n], style), start + length + 0.6 * self.size, baseline, card))
        if rest:
            text = f"and {rest:,} more"
            letters.append(Lettering(shape(text, self.note), start, area.bottom - 0.85 * pad, card))
        leader = _leader(area, *found) if found else None
        return PlacedChart(area, tuple(letters), tuple(bars), leader, chart.alpha, self.page, self.theme)

    def _label(self, chart: Chart, i: int) -> tuple[str, Style]:
        style = self.marked if i == chart.marked else self.label
        return shortened(written(chart.labels[i]), style, LONGEST_LABEL * self.size), style

    def _colour(self, chart: Chart, sight: Sight, negative: bool) -> Colour:
        tones = self.theme.tones[sight.layout.graph[chart.region.tensor].kind]
        return self.theme.muted if negative else tones.ground


def _leader(area: Area, region: Area, middles: Mapping[Side, Points]) -> skia.Path | None:
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


def _largest(chart: Chart) -> list[int]:
    """Which values are shown: all in order, or, when there are many, the largest, largest first."""
    if len(chart.values) <= MOST_BARS:
        return list(range(len(chart.values)))
    values = np.array(chart.values)
    values[~np.isfinite(values)] = -np.inf
    top = np.argpartition(values, -TOP_BARS)[-TOP_BARS:]
    return sorted((int(i) for i in top), key=lambda i: (-values[i], i))


def _percent(value: float) -> str:
    """A share as it is written: whole percents, with a decimal where less would say 0 % or 100 %."""
    percent = 100 * value
    decimals = 0 if 1 <= percent < 99 or percent in (0, 100) else 1
    text = f"{percent:.{decimals}f}%"
    return "<0.1%" if text == "0.0%" else ">99.9%" if text == "100.0%" else text
