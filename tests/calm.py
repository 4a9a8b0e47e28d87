"""A camera that can be followed, and stays outside of what it films."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from render.programme.production import Production
from render.timeline import View

SIZE, FPS, MOST = (1920, 1080), 30, 0.04


def restless(made: Production) -> Iterator[str]:
    """Where within a beat what is in the middle of the picture moves by more than 4 % of its width in a frame, and
    where the eye is in a box (of every fifth frame); nothing of a film as it should be."""
    timeline, (low, high) = made.timeline, made.layout.extents
    for shot in timeline.shots:
        frames = range(1, round(shot.duration * FPS))
        views = [View(shot.camera.pose(frame / FPS), SIZE) for frame in frames]
        for frame, (before, after) in zip(frames, pairwise(views), strict=False):
            ((x, y, _),) = after.project([before.pose.target])
            if np.hypot(x - after.centre[0], y - after.centre[1]) > MOST * SIZE[0]:
                yield f"{shot.id} at {frame / FPS:.2f}s: too fast"
        for frame, view in list(zip(frames, views, strict=True))[::5]:
            if np.any(np.all((low < view.eye) & (view.eye < high), axis=1)):
                yield f"{shot.id} at {frame / FPS:.2f}s: in a box"
