"""The numbers in cells: near enough to read, every computed cell has its value written in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import skia
from numpy.typing import NDArray

from render.layout import Box, Layout
from render.model import Region, Run, Trace, format_value
from render.overlay import fonts
from render.overlay.faces import Points
from render.overlay.page import Page
from render.overlay.sight import Pane, Sight
from render.overlay.text import paint_of
from render.theme import Theme
from render.timeline.view import NUMBER_PIXELS

APPEAR = (0.95, 1.05)
"""From which width of a cell on its number is there, and from which on wholly, in the stage's width for numbers."""

SIZE, BASELINE, WIDEST = 0.32, 0.92, 0.90
"""Font size, how far down the baseline is, and the greatest width, in cells."""

DIM = 0.3
"""Up to how solid a cell has no number; it has all of it when that much is missing."""

TILE = 8
"""How many columns and rows of cells are drawn with the same foreshortening."""

_FONT_SIZE = 64.0
_CELL = _FONT_SIZE / SIZE


@dataclass(frozen=True)
class CellNumber:
    """A number on the frame: what is written, whose value it is, and where the middle of its baseline is."""

    text: str
    cell: Region
    x: float
    y: float
    alpha: float


@dataclass(frozen=True)
class _Tile:
    """Numbers that share the plane's linear map from cells to pixels, columns first: (2, 2)."""

    linear: NDArray[np.float64]
    numbers: tuple[CellNumber, ...]


class CellNumbers:
    """Finds and draws the numbers of one layout on one page."""

    def __init__(self, layout: Layout, run: Run, page: Page, theme: Theme) -> None:
        self.layout, self.run, self.page, self.theme = layout, run, page, theme
        self.wide = NUMBER_PIXELS * page.height
        self._paint = paint_of(theme.positive)

    def place(self, sight: Sight) -> list[CellNumber]:
        """The numbers that are seen."""
        return [number for tile in self._tiles(sight) for number in tile.numbers]

    def draw(self, canvas: skia.Canvas, sight: Sight) -> None:
        for tile in self._tiles(sight):
            across, down = tile.linear.T / _CELL
            flat = np.linalg.inv(tile.linear / _CELL)
            canvas.save()
            canvas.concat(skia.Matrix.MakeAll(across[0], down[0], 0, across[1], down[1], 0, 0, 0, 1))
            for number in tile.numbers:
                blob, width = _blob(number.text)
                x, y = flat @ (number.x, number.y)
                self._paint.setAlphaf(number.alpha)
                canvas.drawTextBlob(blob, x - width / 2, y, self._paint)
            canvas.restore()

    def _tiles(self, sight: Sight) -> Iterator[_Tile]:
        trace = self.run.steps[sight.state.step]
        for pane in sight.panes(least=APPEAR[0] * self.wide):
            if not self.run.model_of(pane.box.tensor).is_blank:
                yield from self._tiles_of(sight, pane, trace)

    def _tiles_of(self, sight: Sight, pane: Pane, trace: Trace) -> Iterator[_Tile]:
        if pane.box.squeezed:  # there is no room for numbers in a cell that is not to scale
            return
        first_column, first_row, last_column, last_row = sight.visible_cells(pane, self.page.frame)
        if first_column >= last_column or first_row >= last_row:
            return
        for column in range(first_column - first_column % TILE, last_column, TILE):
            for row in range(first_row - first_row % TILE, last_row, TILE):
                columns = np.arange(max(column, first_column), min(column + TILE, last_column))
                rows = np.arange(max(row, first_row), min(row + TILE, last_row))
                tile = self._tile(sight, pane, trace, columns, rows)
                if tile is not None:
                    yield tile

    def _tile(
        self, sight: Sight, pane: Pane, trace: Trace, columns: NDArray[np.int_], rows: NDArray[np.int_]
    ) -> _Tile | None:
        grid = np.stack(np.meshgrid(columns, rows, indexing="ij"), -1).reshape(-1, 2)
        linear = sight.foreshortening(pane, grid.astype(np.float64) + 0.5)
        if linear is None:
            return None
        # What the shader takes for a cell's size, so that disc and number make room for each other together.
        pixels = 1.0 / np.abs(np.linalg.inv(linear)).sum(axis=2).max(axis=1)
        near = np.clip((pixels / self.wide - APPEAR[0]) / (APPEAR[1] - APPEAR[0]), 0.0, 1.0)
        if not near.any():
            return None
        alphas = near * self._solid(pane, grid)
        shown = alphas > 0.01
        index = self._index(pane.box, grid)
        values = trace[pane.box.tensor]
        shown &= (index < values.shape).all(axis=1)
        if not shown.any():
            return None
        grid, alphas, index = grid[shown], alphas[shown], index[shown]
        found = values[tuple(index.T)]
        column_at, row_at = grid.astype(np.float64).T
        seen = ~sight.hidden(pane.points(column_at + 0.5, row_at + 0.5)) & ~self._masked(pane.box, index, found)
        pixels_at = sight.project(pane.points(column_at + 0.5, row_at + BASELINE))
        numbers = [
            CellNumber(
                _written(found[i].item()),
                Region.of_cell(pane.box.tensor, tuple(int(k) for k in index[i])),
                float(pixels_at[i, 0]),
                float(pixels_at[i, 1]),
                float(alphas[i]),
            )
            for i in np.flatnonzero(seen)
        ]
        return _Tile(linear.mean(axis=0), tuple(numbers))

    def _solid(self, pane: Pane, grid: NDArray[np.int_]) -> Points:
        """How solid the cells' values are: of boxes and windows that are not dimmed, as far as they are computed."""
        box, look = pane.box, pane.look
        columns, rows = grid.T
        order = columns * box.height + rows if box.sequence == "columns" else rows * box.width + columns
        done = np.clip(pane.computed - order, 0.0, 1.0)
        alpha = np.full(len(grid), look.alpha)
        for (c0, r0, c1, r1), window_alpha in look.windows:
            alpha[(columns >= c0) & (columns < c1) & (rows >= r0) & (rows < r1)] = window_alpha
        return np.asarray(done * np.clip((alpha - DIM) / (1 - 2 * DIM), 0.0, 1.0))

    def _index(self, box: Box, grid: NDArray[np.int_]) -> NDArray[np.int_]:
        """The tensor's index of cells of a box's face, (n, dims)."""
        index = np.tile(np.array([start for start, _ in box.ranges]), (len(grid), 1))
        for axis, places in ((box.columns, grid[:, 0]), (box.rows, grid[:, 1])):
            if axis.dim is not None:
                index[:, axis.dim] = axis.start + places
        return index

    def _masked(self, box: Box, index: NDArray[np.int_], values: NDArray[np.generic]) -> NDArray[np.bool_]:
        """Which cells the causal mask hides: the stage hatches them."""
        if self.layout.graph[box.tensor].dims[-2:] == ("t", "s"):
            return np.asarray(index[:, -1] > index[:, -2])
        return ~np.isfinite(values.astype(np.float64))


@lru_cache(maxsize=65536)
def _written(value: float | int) -> str:
    return format_value(value)


@lru_cache(maxsize=4096)
def _blob(text: str) -> tuple[skia.TextBlob, float]:
    """The glyphs of a number and their width, in a scale in which a cell is `_CELL` wide."""
    font = _font(_FONT_SIZE)
    width = font.measureText(text)
    if width > WIDEST * _CELL:
        font = _font(_FONT_SIZE * WIDEST * _CELL / width)
        width = WIDEST * _CELL
    return skia.TextBlob.MakeFromString(text, font), width


def _font(size: float) -> skia.Font:
    font = skia.Font(fonts.typeface(fonts.SEMIBOLD), size)
    font.setSubpixel(True)
    font.setBaselineSnap(False)
    font.setLinearMetrics(True)
    font.setHinting(skia.FontHinting.kNone)
    return font
