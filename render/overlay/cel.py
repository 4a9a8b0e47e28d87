"""Cels: what stands still is drawn once on a transparent sheet, as in cartoons, and laid over every frame."""

from __future__ import annotations

import math

import skia

from render.overlay.item import Item
from render.overlay.kept import Kept

SEAM = 2.0
"""How far lines reach out of an item's area at most, in pixels."""


class Cel:
    """Draws one piece of the flat layer from a sheet, which is kept while the piece is the same.

    It is always drawn on its sheet first, so that a frame is the same to the last bit whether the sheet was there or
    not. That costs more where the piece is another in every frame.
    """

    def __init__(self) -> None:
        self._sheet = Kept[tuple[skia.Image, int, int]]()

    def draw(self, canvas: skia.Canvas, item: Item) -> None:
        canvas.drawImage(*self._sheet.of(item, lambda: _drawn(item)))


def _drawn(item: Item) -> tuple[skia.Image, int, int]:
    """The sheet, and the pixel of the frame at which its top left corner lies."""
    area = item.area.grown(SEAM)
    left, top = math.floor(area.left), math.floor(area.top)
    surface = skia.Surface.MakeRasterN32Premul(math.ceil(area.right) - left, math.ceil(area.bottom) - top)
    canvas = surface.getCanvas()
    canvas.translate(-left, -top)
    item.draw(canvas)
    return surface.makeImageSnapshot(), left, top
