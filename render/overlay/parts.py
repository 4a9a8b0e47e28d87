"""A sheet in parts that are small enough for Skia."""

from __future__ import annotations

from collections.abc import Iterator

import skia

LARGEST = 8191
"""How many pixels wide and high a sheet is at most: on larger ones Skia draws text under a perspective twice, so that
what is translucent comes out too strong."""


def parts(width: int, height: int, samples: int) -> Iterator[skia.IRect]:
    """The parts of a frame that can be drawn with `samples` by `samples` samples a pixel, in pixels of the frame."""
    step = LARGEST // samples
    for top in range(0, height, step):
        for left in range(0, width, step):
            yield skia.IRect.MakeLTRB(left, top, min(left + step, width), min(top + step, height))
