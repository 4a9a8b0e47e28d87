"""Looking at pixels: where a box is on the frame, and how much of a colour a piece of the frame has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from render.layout import Box, Layout
from render.theme import Colour
from render.timeline import Look, Pose, State, View

Frame = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.float64]


def facing(box: Box, cell_pixels: float, size: tuple[int, int], at: tuple[float, float] | None = None) -> Pose:
    """Straight in front of a box's face, a cell as broad as `cell_pixels`; `at` (column, row) is in the middle."""
    column, row = at or (box.width / 2, box.height / 2)
    return Pose(box.place(column, row), View(Pose((0.0, 0.0, 0.0), 1.0), size).focal / cell_pixels)


def alone(layout: Layout, boxes: Iterable[str]) -> Mapping[str, Look]:
    """The looks that leave nothing on the stage but `boxes`."""
    seen = set(boxes)
    return {id: Look(0.0) for id in layout.boxes if id not in seen}


def all_filled(layout: Layout) -> dict[str, float]:
    return dict.fromkeys(layout.boxes, 1.0)


def bare(layout: Layout, box: Box, pose: Pose, step: int = 0, filled: float = 1.0) -> State:
    """A box by itself, as far computed as `filled` says."""
    return State(pose, step, looks=alone(layout, [box.id]), filled={box.id: filled})


def cell_rect(view: View, box: Box, column: float, row: float, margin: float = 0.0) -> tuple[slice, slice]:
    """The whole pixels inside a cell, `margin` pixels from its lines."""
    (x0, y0, _), (x1, y1, _) = view.project([box.place(column, row), box.place(column + 1, row + 1)])
    rows = slice(int(np.ceil(y0 + margin)), int(np.floor(y1 - margin)))
    return rows, slice(int(np.ceil(x0 + margin)), int(np.floor(x1 - margin)))


def share(pixels: Frame, ground: Colour, colour: Colour) -> Pixels:
    """How far each pixel is from `ground` (0) to `colour` (1)."""
    low, high = np.array(ground) * 255, np.array(colour) * 255
    way = high - low
    return np.asarray((pixels[..., :3].astype(float) - low) @ way / (way @ way))


def colour_of(pixels: Frame) -> Pixels:
    """The mean colour, 0 to 255."""
    return np.asarray(pixels[..., :3].reshape(-1, 3).astype(float).mean(axis=0))


def eroded(mask: npt.NDArray[np.bool_], pixels: int) -> npt.NDArray[np.bool_]:
    """`mask` without what lies within `pixels` of its edge."""
    inside = np.pad(mask, 1)
    for _ in range(pixels):
        core = inside[1:-1, 1:-1] & inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
        inside = np.pad(core, 1)
    return inside[1:-1, 1:-1]
