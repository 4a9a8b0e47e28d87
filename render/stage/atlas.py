"""How boxes look from afar: one texture of small tiles, one for each box, of means over blocks of its cells.

A tile's block is chosen so that the tile is small, and so that it is square in space where cells are not. Beside the
tile lie its coarser levels, down to one texel for the whole box: each the means of what there is in it, where a
mipmap of the whole atlas would mix neighbours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render.stage.cells import block_means
from render.stage.crowd import Crowd

AREA, SIDE = 2**14, 1024
"""How many texels a tile may have, and how many along one side."""

WIDTH, MOST_ROWS = 4096, 4096
"""How many texels the atlas has along its rows, and rows at most."""


class Atlas:
    """Where each box has its tile, and the texels of all.

    block: log2 of the (columns, rows) of cells that a texel stands for, (n, 2)
    size:  texels of each tile (columns, rows), (n, 2)
    place: of each tile's top left texel (column, row), (n, 2)
    """

    def __init__(self, crowd: Crowd) -> None:
        area = AREA
        while True:
            self.block, self.size = _blocks(crowd, area)
            self.place, rows = _pack(self.size)
            if rows <= MOST_ROWS:
                break
            area //= 4
        self.texels = np.zeros((rows, WIDTH, 3), np.uint8)

    def put(self, place: int, means: NDArray[np.uint8]) -> None:
        """Fill a box's tile, (rows, columns, 3), and its coarser levels."""
        height, width = means.shape[:2]
        x, y = self.place[place]
        level = means.astype(np.float32)
        size = (float(width), float(height))
        step = 1 << max(0, max(width, height) - 1).bit_length()
        while True:
            h, w = level.shape[:2]
            self.texels[y : y + h, x : x + w] = np.rint(level)
            if (h, w) == (1, 1):
                return
            level = block_means(level, (2, 2), size)
            size = (size[0] / 2, size[1] / 2)
            x, y = (x + step, y) if width >= height else (x, y + step)
            step //= 2


def anisotropy(crowd: Crowd) -> NDArray[np.int64]:
    """log2 of the columns and rows that together are about as broad as high, one of them 1, (n, 2)."""
    slim = np.rint(np.log2(crowd.cell.max(axis=0) / crowd.cell)).astype(int).T
    return np.asarray(np.minimum(slim, np.ceil(np.log2(crowd.cells)).astype(int).T))


def _blocks(crowd: Crowd, area: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    # What has no values is blank all over: one texel says so.
    block = np.where(crowd.blank[:, None], np.ceil(np.log2(crowd.cells)).astype(int).T, anisotropy(crowd))
    while True:
        size = np.ceil(crowd.cells.T / 2.0**block).astype(int)
        large = (size.prod(axis=1) > area) | (size.max(axis=1) > min(SIDE, area))
        if not large.any():
            return block, size
        block = block + large[:, None]


def _pack(size: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Tiles with their levels side by side on shelves, high ones first; returns their places and the rows they take."""
    side = 2 ** np.ceil(np.log2(size.max(axis=1))).astype(int)
    flat = size[:, 0] >= size[:, 1]
    broad = np.where(flat, 2 * side, size[:, 0])
    high = np.where(flat, size[:, 1], 2 * side)
    places = np.zeros_like(size)
    x = y = shelf = 0
    for place in np.argsort(-high, kind="stable").tolist():
        if x + broad[place] > WIDTH:
            x, y, shelf = 0, y + shelf, 0
        shelf = max(shelf, int(high[place]))
        places[place] = x, y
        x += int(broad[place])
    return places, y + shelf
