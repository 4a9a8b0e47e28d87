"""The values of a run as texels, for whichever part of a box is asked for and however coarse."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render.layout import Box, Layout
from render.model import Run
from render.stage.cells import block_texels, magnitude, texels
from render.stage.close_up import GRID, CloseUp, Focus


class Values:
    """Reads the traces of one run. What is drawn as a full disc is the same in all of its steps."""

    def __init__(self, layout: Layout, run: Run) -> None:
        self._graph, self._run = layout.graph, run
        self._scales: dict[str, float] = {}

    def scale(self, tensor: str) -> float:
        """The magnitude that fills a cell of a tensor."""
        if tensor not in self._scales:
            self._scales[tensor] = magnitude(self._run.steps[-1][tensor])
        return self._scales[tensor]

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

    def means(
        self, box: Box, step: int, block: tuple[int, int], window: tuple[int, int, int, int]
    ) -> NDArray[np.float32]:
        """The means of blocks of (2^columns, 2^rows) cells of a window of a box, from 0 to 1, (rows, columns, 3)."""
        values, scale = self._run.steps[step][box.tensor], self.scale(box.tensor)
        return block_texels(box, self._graph[box.tensor], values, scale, (2 ** block[0], 2 ** block[1]), window)


def eight_bits(means: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(means * 255).astype(np.uint8)
