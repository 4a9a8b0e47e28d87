"""The numbers in cells: near enough to read, every computed cell has its value written in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import skia
from numpy.typing import NDArray

from render.layout import Box, Layout
from render.model import Graph, Region, Run, Trace, format_value
from render.overlay import fonts
from render.overlay.faces import Points
from render.overlay.kept import Kept
from render.overlay.page import Page
from render.overlay.sight import Pane, Sight, determinants
from render.overlay.text import EXACT, paint_of
from render.theme import Theme
from render.timeline import State
from render.timeline.view import NUMBER_PIXELS

APPEAR = (0.95, 1.05)
"""From which width of a cell on its number is there, and from which on wholly, in the stage's width for numbers."""

SIZE, BASELINE, WIDEST = 0.32, 0.92, 0.90
"""Font size, how far down the baseline is, and the greatest width, in cells."""

DIM = 0.3
"""Up to how solid a cell has no number; it has all of it when that much is missing."""

LEAST = 0.01
"""How solid a number is at least."""

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


@dataclass(frozen=True, eq=False)
class _Numbers:
    """The numbers of the cells of one face that are near enough, (n,) of them, as far as they do not change while the
    camera and everything in the picture keep still.

    order:  which place each cell has in the order of computation
    solid:  how solid each number is once its cell is computed
    index:  the tensor's index of each cell, (n, dims)
    pixels: where the middle of each number's baseline is, (n, 2)
    tile:   which of the tiles each is in; those of one tile share the plane's linear map from cells to pixels
    """

    box: Box
    order: NDArray[np.int_]
    solid: Points
    index: NDArray[np.int_]
    texts: list[str]
    pixels: Points
    tile: NDArray[np.intp]
    linear: Points

    def alphas(self, state: State, graph: Graph) -> Points:
        """How solid the numbers are now, (n,)."""
        return np.asarray(self.solid * np.clip(state.computed(self.box, graph) - self.order, 0.0, 1.0))

    @cached_property
    def glyphs(self) -> list[tuple[skia.TextBlob, float, float, int]]:
        """What is drawn for each number, and where, in its tile's scale."""
        flat = np.linalg.inv(self.linear / _CELL)[self.tile] @ self.pixels[:, :, None]
        found = []
        for text, (x, y), tile in zip(self.texts, flat[:, :, 0].tolist(), self.tile.tolist(), strict=True):
            blob, width = _blob(text)
            found.append((blob, x - width / 2, y, tile))
        return found

    @cached_property
    def matrices(self) -> list[skia.Matrix]:
        """From each tile's scale to the frame."""
        sides = (self.linear / _CELL).tolist()
        return [skia.Matrix.MakeAll(a, b, 0, c, d, 0, 0, 0, 1) for (a, b), (c, d) in sides]


class CellNumbers:
    """Finds and draws the numbers of one layout on one page."""

    def __init__(self, layout: Layout, run: Run, page: Page, theme: Theme) -> None:
        self.layout, self.run, self.page, self.theme = layout, run, page, theme
        self.wide = NUMBER_PIXELS * page.height
        self._paint = paint_of(theme.positive)
        self._kept = Kept[list[_Numbers]]()

    def place(self, sight: Sight) -> list[CellNumber]:
        """The numbers that are seen."""
        graph = self.run.steps[sight.state.step].graph
        placed = []
        for numbers in self._near(sight):
            alphas = numbers.alphas(sight.state, graph)
            for i in np.flatnonzero(alphas > LEAST).tolist():
                cell = Region.of_cell(numbers.box.tensor, tuple(numbers.index[i].tolist()))
                x, y = numbers.pixels[i].tolist()
                placed.append(CellNumber(numbers.texts[i], cell, x, y, float(alphas[i])))
        return placed

    def draw(self, canvas: skia.Canvas, sight: Sight) -> None:
        graph, paint = self.run.steps[sight.state.step].graph, self._paint
        canvas.save()
        canvas.concat(EXACT)
        for numbers in self._near(sight):
            alphas = numbers.alphas(sight.state, graph)
            seen = np.flatnonzero(alphas > LEAST)
            on = -1
            canvas.save()
            for i, alpha in zip(seen.tolist(), alphas[seen].tolist(), strict=True):
                blob, x, y, tile = numbers.glyphs[i]
                if tile != on:
                    canvas.restore()
                    canvas.save()
                    canvas.concat(numbers.matrices[tile])
                    on = tile
                paint.setAlphaf(alpha)
                canvas.drawTextBlob(blob, x, y, paint)
            canvas.restore()
        canvas.restore()

    def _near(self, sight: Sight) -> list[_Numbers]:
        return self._kept.of(sight.setting, lambda: list(self._found(sight)))

    def _found(self, sight: Sight) -> Iterator[_Numbers]:
        trace = self.run.steps[sight.state.step]
        for pane in sight.panes(least=APPEAR[0] * self.wide):
            # There is no room for numbers in a cell that is not to scale.
            if not pane.box.squeezed and not self.run.model_of(pane.box.tensor).is_blank:
                numbers = self._of(sight, pane, trace)
                if numbers is not None:
                    yield numbers

    def _of(self, sight: Sight, pane: Pane, trace: Trace) -> _Numbers | None:
        grid, tile = _tiled(*sight.visible_cells(pane, self.page.frame))
        linear = sight.foreshortening(pane, grid.astype(np.float64) + 0.5) if len(grid) else None
        if linear is None:
            return None
        # What the shader takes for a cell's size, so that disc and number make room for each other together.
        pixels = np.abs(determinants(linear)) / np.abs(linear).sum(axis=1).max(axis=1)
        solid = np.clip((pixels / self.wide - APPEAR[0]) / (APPEAR[1] - APPEAR[0]), 0.0, 1.0)
        solid *= self._solid(pane, grid)
        index, values = self._index(pane.box, grid), trace[pane.box.tensor]
        kept = (solid > LEAST) & (index < values.shape).all(axis=1)
        if not kept.any():
            return None
        shared = np.add.reduceat(linear, np.flatnonzero(np.diff(tile, prepend=-1))) / np.bincount(tile)[:, None, None]
        grid, solid, index, tile = grid[kept], solid[kept], index[kept], tile[kept]
        found = values[tuple(index.T)]
        columns, rows = grid.T
        seen = ~sight.hidden(pane.points(columns + 0.5, rows + 0.5)) & ~self._masked(pane.box, index, found)
        at = sight.project(pane.points(columns + 0.5, rows + BASELINE))
        order = columns * pane.box.height + rows if pane.box.sequence == "columns" else rows * pane.box.width + columns
        texts = [_written(value) for value in found[seen].tolist()]
        return _Numbers(pane.box, order[seen], solid[seen], index[seen], texts, at[seen], tile[seen], shared)

    def _solid(self, pane: Pane, grid: NDArray[np.int_]) -> Points:
        """How solid the cells are for a number: those of boxes and windows that are not dimmed."""
        columns, rows = grid.T
        alpha = np.full(len(grid), pane.look.alpha)
        for (c0, r0, c1, r1), window_alpha in pane.look.windows:
            alpha[(columns >= c0) & (columns < c1) & (rows >= r0) & (rows < r1)] = window_alpha
        return np.asarray(np.clip((alpha - DIM) / (1 - 2 * DIM), 0.0, 1.0))

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


def _tiled(
    first_column: int, first_row: int, last_column: int, last_row: int
) -> tuple[NDArray[np.int_], NDArray[np.intp]]:
    """The cells (column, row) of a rectangle, (n, 2), tile by tile, and which tile each is in, counted from 0."""
    columns, rows = np.arange(first_column, last_column), np.arange(first_row, last_row)
    grid = np.stack(np.meshgrid(columns, rows, indexing="ij"), -1).reshape(-1, 2)
    across, down = (grid // TILE).T
    by_tile = np.lexsort((down, across))
    across, down = across[by_tile], down[by_tile]
    starts = (np.diff(across, prepend=-1) != 0) | (np.diff(down, prepend=-1) != 0)
    return grid[by_tile], np.cumsum(starts) - 1


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
