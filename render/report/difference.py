"""Two pictures compared, with a tolerance for what an encoder does to equal ones.

Encoded with other key frames or in other quality, equal frames of our films at 1080p and below differ by up to 82 of
255 in single pixels; averaged with their signs over 2 x 2 pixels by up to 48, over 4 x 4 by up to 35, and over 32 x 32
by up to 3.9. One letter of a caption that is another one at 1080p differs by 157 and more over some 4 x 4 pixels, and
at 320x180 by 100 over some 2 x 2. So pictures are different where 4 x 4 pixels are on average 48 apart, or, for what is
very small, 2 x 2 pixels 80, or, for what is faint and broad, 32 x 32 pixels 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from render.report.footage import Picture
from render.theme import Colour

BLOCKS = ((2, 80.0), (4, 48.0), (32, 6.0))
"""Sides of blocks in pixels, and from which difference of their mean, in any channel, they are another picture."""

FLOOR, AMPLIFIED = 12, 4.0
"""In a difference picture: up to which difference of a pixel nothing is seen, and by how much more is amplified."""

FADED = 0.25
"""How much is left of a picture's contrast under its differences."""


@dataclass(frozen=True)
class Difference:
    """How far apart two pictures are. share: of the picture that is another one, 0 to 1; mean: absolute, 0 to 255."""

    share: float
    mean: float

    @property
    def is_seen(self) -> bool:
        return self.share > 0


def difference(before: Picture, after: Picture) -> Difference:
    """Compare two pictures; the second is brought to the size of the first."""
    after = fitted(after, before)
    if np.array_equal(before, after):
        return Difference(0.0, 0.0)
    apart = before.astype(np.int16) - after
    share = max(float((_blocks(apart, side) >= least).mean()) for side, least in BLOCKS)
    return Difference(share, float(np.abs(apart).mean()))


def _blocks(apart: npt.NDArray[np.int16], side: int) -> npt.NDArray[np.float32]:
    """By how much the mean of each block of pixels differs, in the channel where that is most.

    Pixels at the right and the bottom that fill no block belong to the last one of their row or column.
    """
    height, width = apart.shape[:2]
    rows, columns = (np.arange(0, max(length - side + 1, 1), side) for length in (height, width))
    sums = np.add.reduceat(np.add.reduceat(apart, rows, 0, np.int32), columns, 1, np.int32)
    sizes = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))
    return np.asarray((np.abs(sums).max(-1) / sizes).astype(np.float32))


def difference_picture(before: Picture, after: Picture, accent: Colour) -> Picture:
    """Where and how much two pictures differ, in the `accent`, on what is left of the second one's contrast."""
    after = fitted(after, before)
    apart = np.abs(before.astype(np.int16) - after).max(-1)
    strength = np.clip(AMPLIFIED * np.maximum(apart - FLOOR, 0) / 255.0, 0.0, 1.0)[..., None]
    grey = (after @ np.array([0.2126, 0.7152, 0.0722]))[..., None]
    ground = np.median(grey) + FADED * (grey - np.median(grey))
    mixed = ground + strength * (255.0 * np.array(accent) - ground)
    return np.asarray(np.round(mixed), np.uint8)


def fitted(picture: Picture, other: Picture) -> Picture:
    """A picture in the size of another one."""
    if picture.shape == other.shape:
        return picture
    height, width = other.shape[:2]
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))
