"""A camera that follows the computation: it always frames what is being filled, smoothed over a few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from render.layout import Box, Layout
from render.model import Region
from render.scene import Camera
from render.timeline.camera_path import CameraTrack, mean_pose, natural_duration
from render.timeline.draft import Effect
from render.timeline.easing import EASINGS, progress
from render.timeline.filling import Filling
from render.timeline.framing import frame_regions
from render.timeline.state import Pose

WINDOW = 2.6
"""Seconds over which the way is smoothed."""

SAMPLES = 13


def follow(
    track: CameraTrack,
    fills: Sequence[tuple[float, float, Effect]],
    camera: Camera,
    layout: Layout,
    aspect: float,
    start: float,
) -> None:
    """Add to `track` a move from `start` on that follows `fills` (start, end, filling) until the last is done."""
    timed = [(begin, end, effect) for begin, end, effect in fills if isinstance(effect, Filling) and effect.stretches]
    if not timed:
        return

    @cache
    def framed(box_id: str) -> Pose:
        part = layout.part_of(layout.boxes[box_id])
        return frame_regions(layout, [Region(box.tensor, box.ranges) for box in part], aspect, camera)

    def box_at(t: float) -> Box:
        begin, end, effect = next((each for each in timed if t < each[1]), timed[-1])
        box = effect.current_box(progress(t, begin, end))
        assert box is not None
        return box

    def goal(t: float) -> Pose:
        offsets = [WINDOW * (i / (SAMPLES - 1) - 0.5) for i in range(SAMPLES)]
        return mean_pose([framed(box_at(t + offset).id) for offset in offsets])

    stop = timed[-1][1] + WINDOW / 2
    over = camera.over if camera.over is not None else max(1.2, natural_duration(track.pose(start), goal(start)))
    track.add(start, over, goal, EASINGS[camera.ease or "in_out"], stop)
