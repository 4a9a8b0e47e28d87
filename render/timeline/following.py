"""A camera that follows the computation: at every moment it frames what is being filled, smoothed over a few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

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

    @lru_cache(maxsize=None)
    def framed(box_id: str) -> Pose:
        return frame_regions(layout, _surroundings(layout, layout.boxes[box_id]), aspect, camera)

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


def _surroundings(layout: Layout, box: Box) -> list[Region]:
    """The part of the model that `box` belongs to: its module with the norm that feeds it, or all of a small end."""
    graph = layout.graph
    block = ".".join(box.tensor.split(".")[:2]) if box.tensor.startswith("h.") else ""
    if not block:
        at_start = list(graph).index(box.tensor) < list(graph).index(graph.module("h")[0])
        names = [name for name in graph if not name.startswith("h.") and _before_blocks(layout, name) == at_start]
    else:
        inner = box.tensor.removeprefix(f"{block}.")
        order = [name.removeprefix(f"{block}.") for name in graph.module(block)]
        half = order.index("resid_attn") if "resid_attn" in order else len(order)
        names = [f"{block}.{name}" for name in order if (order.index(name) <= half) == (order.index(inner) <= half)]
    return [Region(each.tensor, each.ranges) for name in names for each in layout.boxes.values() if each.tensor == name]


def _before_blocks(layout: Layout, name: str) -> bool:
    order = list(layout.graph)
    return order.index(name) < order.index(layout.graph.module("h")[0])
