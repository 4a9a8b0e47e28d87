"""A matrix as colours, with the numbers where they can be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from render.model import format_value
from render.model.token_text import written
from render.overlay.area import Area
from render.overlay.heading import shortened
from render.overlay.names import dim
from render.overlay.plots.axes import Tick, axis, places
from render.overlay.plots.bars import WIDEST_NUMBER, WIDEST_SHARE, percent
from render.overlay.plots.setting import set_plot
from render.overlay.plots.shapes import Block, Drawing, Hatch, Raster, Shape, Stroke
from render.overlay.plots.style import PlotStyle, mixed, readable_on
from render.overlay.text import CAP_HEIGHT, Lettering, Style, shape
from render.timeline import Chart, HeatMap

LARGEST, WIDEST, HIGHEST = 2.4, 22.0, 13.2
"""How large a cell is at most, and all of them together, in font sizes."""

STRETCH = 10.0
"""How much longer one side of a cell may be than the other."""

LONGEST_LABEL = 4.0
"""How wide the label of a row may be, in font sizes."""

SCALE_WIDTH, SCALE_STEPS = 0.55, 48
"""How wide the scale of colours is, in font sizes, and of how many colours."""


@set_plot.register(HeatMap)
class SetHeatMap:
    """A heat map, measured."""

    def __init__(self, plot: HeatMap, chart: Chart, style: PlotStyle) -> None:
        self.plot, self.chart, self.style = plot, chart, style
        n_rows, n_columns = plot.values.shape
        size, tick = style.size, style.tick
        across, down = min(LARGEST, WIDEST / n_columns), min(LARGEST, HIGHEST / n_rows)
        self.cell = (min(across, STRETCH * down) * size, min(down, STRETCH * across) * size)
        self._rows = self._ticks(plot.rows, self.cell[1], 1.2 * tick.size, n_rows)
        self._columns = self._ticks(plot.columns, self.cell[0], 1.6 * tick.size, n_columns)
        self._beside = max((shape(text, tick).width for _, text in self._rows), default=0.0) + 0.6 * tick.size
        self._above = 1.5 * tick.size
        self.texts = self._texts()
        low, high = plot.span
        self._scale = axis((low, high), 4, percent=plot.shares, out=False)
        self._right = 0.0
        if self.texts is None:
            widest = max((shape(text, tick).width for _, text in self._scale.ticks), default=0.0)
            self._right = (SCALE_WIDTH + 1.0) * size + 0.5 * tick.size + widest
        self.width = self._beside + n_columns * self.cell[0] + self._right
        self.height = self._above + n_rows * self.cell[1] + 2.9 * tick.size

    def at(self, left: float, top: float) -> Drawing:
        n_rows, n_columns = self.plot.values.shape
        field = Area.at(left + self._beside, top + self._above, n_columns * self.cell[0], n_rows * self.cell[1])
        shapes: list[Shape] = [Raster(field, self._colours()), *self._masks(field), *self._grid(field)]
        letters = [*self._words(field), *self._numbers(field)]
        if self.texts is None:
            shapes += self._scale_shapes(field)
            letters += self._scale_words(field)
        return Drawing(tuple(shapes), tuple(letters))

    def _ticks(self, labels: Sequence[str], cell: float, least: float, n: int) -> tuple[Tick, ...]:
        """The labels that there is room for: all of them, or those of some places."""
        named = tuple(
            shortened(written(label), self.style.tick, LONGEST_LABEL * self.style.tick.size) for label in labels
        )
        if cell >= least:
            return tuple((float(i), label) for i, label in enumerate(named))
        numbers = tuple(label if label.isdigit() else str(i) for i, label in enumerate(named))
        return places(numbers, max(1, int(n * cell / (2.2 * self.style.tick.size))), "").ticks

    # --- colours ------------------------------------------------------------------------------------------------

    def _shares(self) -> NDArray[np.float64]:
        """How far from 0 each value is as it is drawn, -1 to 1 of the scale."""
        values, other = self.plot.values, self.chart.other
        if isinstance(other, HeatMap) and other.values.shape == values.shape and self.chart.lean > 0:
            known = ~self.plot.hidden & ~other.hidden
            values = np.where(known, values + self.chart.lean * (np.where(known, other.values, 0) - values), values)
        largest = max(self.plot.span[1], 1e-30)
        return np.asarray(np.clip(np.where(self.plot.hidden, 0.0, values) / largest, -1.0, 1.0))

    def _colours(self) -> NDArray[np.uint8]:
        """The colour of each cell; while the map comes, row by row, those that are still to come are blank."""
        theme = self.style.theme
        shares = self._shares()
        goal = np.where(shares[..., None] >= 0, theme.tones[self.style.kind].text, theme.below)
        card = np.array(theme.card)
        n_rows = len(shares)
        come = np.clip(self.chart.growth * (n_rows + 1) - np.arange(n_rows), 0.0, 1.0)[:, None, None]
        colours = card + (goal - card) * (np.abs(shares[..., None]) ** 0.8) * come
        alpha = np.where(self.plot.hidden, 0.0, 1.0)[..., None]
        return np.asarray(np.round(255 * np.concatenate([colours, alpha], axis=-1)), np.uint8)

    def _cell(self, field: Area, row: int, column: int) -> Area:
        return Area.at(field.left + column * self.cell[0], field.top + row * self.cell[1], *self.cell)

    def _masks(self, field: Area) -> Iterator[Shape]:
        """Slanting lines where there is no value, if cells are large enough for lines."""
        pixel = self.style.page.pixel
        if min(self.cell) < 7 * pixel or self.plot.hidden.all():
            return
        colour = mixed(self.style.theme.card, self.style.theme.muted, 0.45)
        for row, column in np.argwhere(self.plot.hidden):
            yield Hatch(self._cell(field, int(row), int(column)), colour, 7.0 * pixel, pixel)

    def _grid(self, field: Area) -> Iterator[Shape]:
        """Seams between cells that are large enough for them, and a frame around all."""
        theme, pixel = self.style.theme, self.style.page.pixel
        n_rows, n_columns = self.plot.values.shape
        if min(self.cell) >= 6 * pixel:
            for row in range(1, n_rows):
                y = field.top + row * self.cell[1]
                yield Stroke(np.array([(field.left, y), (field.right, y)]), theme.card, pixel)
            for column in range(1, n_columns):
                x = field.left + column * self.cell[0]
                yield Stroke(np.array([(x, field.top), (x, field.bottom)]), theme.card, pixel)
        around = [(field.left, field.top), (field.right, field.top), (field.right, field.bottom)]
        around += [(field.left, field.bottom), (field.left, field.top)]
        yield Stroke(np.array(around), theme.line, pixel)

    # --- words --------------------------------------------------------------------------------------------------

    def _texts(self) -> list[list[str]] | None:
        """What is written in the cells; None when it does not fit into them."""
        write = percent if self.plot.shares else format_value
        if self.plot.values.size > 400 or self.cell[1] < 1.3 * self.style.note.size:
            return None
        texts = [[write(value) for value in row] for row in self.plot.values.tolist()]
        if self.style.steady:
            texts_here = {WIDEST_SHARE if self.plot.shares else WIDEST_NUMBER}
        else:
            texts_here = {texts[row][column] for row, column in np.argwhere(~self.plot.hidden)}
        fits = all(shape(text, self.style.note).width <= 0.94 * self.cell[0] for text in texts_here)
        return texts if fits else None

    def _numbers(self, field: Area) -> Iterator[Lettering]:
        if self.texts is None or self.chart.growth < 1:
            return
        colours = self._colours()
        note = self.style.note
        for row, texts in enumerate(self.texts):
            for column, text in enumerate(texts):
                if self.plot.hidden[row, column]:
                    continue
                red, green, blue = (float(part) / 255 for part in colours[row, column, :3])
                ground = (red, green, blue)
                shaped = shape(text, Style(note.size, readable_on(ground), note.weight))
                x, y = self._cell(field, row, column).centre
                yield Lettering(shaped, x - shaped.width / 2, y + CAP_HEIGHT * note.size / 2, ground)

    def _words(self, field: Area) -> Iterator[Lettering]:
        """The labels of rows and columns, and what the dimensions are."""
        style, card = self.style.tick, self.style.theme.card
        for place, text in self._rows:
            y = field.top + (place + 0.5) * self.cell[1] + CAP_HEIGHT * style.size / 2
            shaped = shape(text, style)
            yield Lettering(shaped, field.left - 0.5 * style.size - shaped.width, y, card)
        baseline = field.bottom + 1.35 * style.size
        for place, text in self._columns:
            shaped = shape(shortened(text, style, max(0.94 * self.cell[0], 2.2 * style.size)), style)
            yield Lettering(shaped, field.left + (place + 0.5) * self.cell[0] - shaped.width / 2, baseline, card)
        left = field.left - self._beside
        room = self.width - self._right
        down, across = (dim(name) for name in self.plot.dims)
        yield Lettering(shape(shortened(f"{down} ↓", style, room), style), left, field.top - 0.6 * style.size, card)
        shaped = shape(shortened(f"{across} →", style, room), style)
        x = max(left, field.right - shaped.width)
        yield Lettering(shaped, x, baseline + 1.4 * style.size, card)

    def _scale_area(self, field: Area) -> Area:
        size = self.style.size
        return Area.at(field.right + 1.0 * size, field.top, SCALE_WIDTH * size, field.height)

    def _scale_shapes(self, field: Area) -> Iterator[Shape]:
        """Which colour is which value: the highest at the top."""
        area = self._scale_area(field)
        low, high = self.plot.span
        step = area.height / SCALE_STEPS
        for n in range(SCALE_STEPS):
            value = high - (n + 0.5) / SCALE_STEPS * (high - low)
            bar = Area.at(area.left, area.top + n * step, area.width, step + 0.5)
            yield Block(bar, self.style.shade(value / max(high, 1e-30)))

    def _scale_words(self, field: Area) -> Iterator[Lettering]:
        area, style = self._scale_area(field), self.style.tick
        for value, text in self._scale.ticks:
            y = area.bottom - float(self._scale.share(value)) * area.height + CAP_HEIGHT * style.size / 2
            yield Lettering(shape(text, style), area.right + 0.5 * style.size, y, self.style.theme.card)
