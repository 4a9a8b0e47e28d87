"""The values of a run as texels, for whichever part of a box is asked for and however coarse."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render.layout import Box, Layout, Rect
from render.model import Run
from render.stage.cells import VALUE, block_means, block_texels, magnitude, texels
from render.stage.close_up import GRID, CloseUp, Focus
from render.stage.pyramid import BLOCK, Pyramid, pyramid_of


class Values:
    """Reads the traces of one run, and of large weights the pyramid where that is fine enough.

    What is drawn as a full disc is the same in all of the run's steps.
    """

    def __init__(self, layout: Layout, run: Run) -> None:
        self._graph, self._run = layout.graph, run
        cast = run.cast or {"": run}
        self._pyramids = {name: pyramid_of(own.model) for name, own in cast.items() if not own.model.is_blank}
        self._scales: dict[str, float] = {}

    def scale(self, tensor: str) -> float:
        """The magnitude that fills a cell of a tensor."""
        if tensor not in self._scales:
            pyramid, own = self._pyramid(tensor)
            known = pyramid.scales.get(own)
            self._scales[tensor] = magnitude(self._run.steps[-1][tensor]) if known is None else known
        return self._scales[tensor]

    def _pyramid(self, tensor: str) -> tuple[Pyramid, str]:
        """The pyramid of the model that a tensor belongs to, and what it is called there."""
        member, own = self._graph.whose(tensor)
        return self._pyramids[member], own

    def whole(self, box: Box, step: int) -> CloseUp:
        """Every cell of a box."""
        values = self._run.steps[step][box.tensor]
        return CloseUp(texels(box, self._graph[box.tensor], values, self.scale(box.tensor)))

    def close_up(self, box: Box, step: int, focus: Focus | None) -> CloseUp:
        """What a view needs of a box, padded to whole halves of the grid."""
        if focus is None:
            return self.whole(box, step)
        means = self.means(box, step, focus.block, focus.window)
        height, width = means.shape[:2]
        padding = ((0, -height % GRID), (0, -width % GRID), (0, 0))
        c0, r0, _, _ = focus.window
        made = np.pad(means, padding, mode="edge")
        block = (2.0 ** focus.block[0], 2.0 ** focus.block[1])
        return CloseUp(made if focus.exact else eight_bits(made), (float(c0), float(r0)), block)

    def means(self, box: Box, step: int, block: tuple[int, int], window: Rect) -> NDArray[np.float32]:
        """The means of blocks of (2^columns, 2^rows) cells of a window of a box, from 0 to 1, (rows, columns, 3)."""
        if self._in_pyramid(box, block):
            return self._pyramid_means(box, block, window)
        values, scale = self._run.steps[step][box.tensor], self.scale(box.tensor)
        return block_texels(box, self._graph[box.tensor], values, scale, (2 ** block[0], 2 ** block[1]), window)

    def _in_pyramid(self, box: Box, block: tuple[int, int]) -> bool:
        """Whether blocks of a box can be made of the pyramid's: they are as large, and begin and end where those do."""
        pyramid, own = self._pyramid(box.tensor)
        if own not in pyramid or min(block) < BLOCK or None in (box.columns.dim, box.rows.dim):
            return False
        shape = self._graph[box.tensor].shape
        sides = ((axis.start, axis.stop, shape[axis.dim or 0]) for axis in (box.columns, box.rows))
        return all(start % 2**BLOCK == 0 and (stop % 2**BLOCK == 0 or stop == size) for start, stop, size in sides)

    def _pyramid_means(self, box: Box, block: tuple[int, int], window: Rect) -> NDArray[np.float32]:
        side, (pyramid, own) = 2**BLOCK, self._pyramid(box.tensor)
        c0, r0, c1, r1 = (int(edge) for edge in window)
        columns, rows = (
            slice((axis.start + start) // side, -(-(axis.start + stop) // side))
            for axis, start, stop in ((box.columns, c0, c1), (box.rows, r0, r1))
        )
        if (box.rows.dim or 0) < (box.columns.dim or 0):
            level = pyramid.read(own, rows, columns)
        else:
            level = pyramid.read(own, columns, rows).transpose(1, 0, 2)
        size = ((c1 - c0) / side, (r1 - r0) / side)
        means = block_means(level, (2 ** (block[0] - BLOCK), 2 ** (block[1] - BLOCK)), size) / np.float32(255)
        return np.concatenate([means, np.full((*means.shape[:2], 1), VALUE, np.float32)], axis=2)


def eight_bits(means: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(means * 255).astype(np.uint8)
