"""Which boxes may be in the picture while the camera moves: all that are, and some that are not quite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from render.layout import Layout
from render.timeline import Pose, View

MARGIN = 1.0
"""How many frames beyond each edge of the picture still count: that far a camera may move between two poses."""

_HEIGHT = 1000


def in_sight(layout: Layout, poses: Sequence[Pose], aspect: float) -> NDArray[np.intp]:
    """The places in `layout.boxes` of the boxes that are seen from any of `poses`, or nearly so.

    A box counts that is not wholly beyond one edge of a picture `MARGIN` larger on every side, nor behind the eye.
    """
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
