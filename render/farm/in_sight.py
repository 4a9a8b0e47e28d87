"""Which boxes may be in the picture while the camera moves: all that are, and some that are not quite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from render.layout import Layout
from render.timeline import Pose, View
from render.timeline.timeline import Shot

SAMPLES_A_SECOND = 8.0
"""How often the camera is looked at."""

MARGIN = 1.0
"""How many frames beyond each edge of the picture still count: farther a camera does not move from look to look."""

_HEIGHT = 1000


def in_sight(layout: Layout, shot: Shot, times: Sequence[float], aspect: float) -> NDArray[np.intp]:
    """The places in `layout.boxes` of the boxes that are seen in some of a beat's frames, or nearly so.

    times: what its frames show that follow one another, each once
    """
    step = max(1, round(shot.fps / SAMPLES_A_SECOND))
    poses = dict.fromkeys(shot.camera.pose(t) for t in (*times[::step], times[-1]))
    return _from_any(layout, list(poses), aspect)


def _from_any(layout: Layout, poses: Sequence[Pose], aspect: float) -> NDArray[np.intp]:
    """Which boxes are not wholly beyond one edge of a picture `MARGIN` larger on every side, nor behind the eye."""
    low, high = layout.extents
    middle, half = (low + high) / 2, (high - low) / 2
    seen = np.zeros(len(middle), bool)
    for pose in poses:
        forms, eye = _edges(View(pose, (round(aspect * _HEIGHT), _HEIGHT)))
        reach = middle @ forms.T + half @ np.abs(forms).T
        seen |= (reach > forms @ eye).all(axis=1)
    return np.flatnonzero(seen)


def _edges(view: View) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Linear forms (5, 3), each larger than at the eye on the inner side of an edge, or before the eye; and the eye."""
    right, up, back = view.basis
    (width, height), (x, y) = view.size, view.centre
    left, top = x + MARGIN * width, y + MARGIN * height
    rest, foot = width - x + MARGIN * width, height - y + MARGIN * height
    forms = [
        -back,
        view.focal * right - left * back,
        -view.focal * right - rest * back,
        -view.focal * up - top * back,
        view.focal * up - foot * back,
    ]
    return np.array(forms), view.eye
