"""A camera that follows the computation: it frames the part of the model being filled, smoothed over some seconds."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from render.layout import Bounds, Layout
from render.scene import Camera
from render.timeline.camera_path import CameraTrack, natural_duration
from render.timeline.draft import Clip
from render.timeline.easing import EASINGS
from render.timeline.filling import Filling
from render.timeline.framing import frame_bounds
from render.timeline.state import Pose

WINDOW, NARROW_WINDOW = 3.0, 4.2
"""Seconds over which the way is smoothed; more in tall frames, whose width is soon crossed."""


@dataclass(frozen=True)
class Stay:
    """A span of time, in seconds, whose filling one pose frames."""

    start: float
    end: float
    pose: Pose


@dataclass(frozen=True)
class Tour:
    """A goal that follows `stays`, smoothed over `half` a window to either side, and rests where the last one is."""

    stays: tuple[Stay, ...]
    half: float

    @property
    def rest(self) -> float:
        """When it has come to rest, in seconds."""
        return self.stays[-1].end + self.half

    def at(self, t: float) -> Pose:
        return _mean(self.stays, t - self.half, t + self.half) if t < self.rest else self.stays[-1].pose

    def sooner(self, seconds: float) -> Tour:
        stays = (Stay(stay.start - seconds, stay.end - seconds, stay.pose) for stay in self.stays)
        return Tour(tuple(stays), self.half)


def follow(track: CameraTrack, clips: Sequence[Clip], camera: Camera, layout: Layout, aspect: float) -> float:
    """Add to `track` a move from its start on that follows the fillings among `clips`; return when it has arrived.

    That is some time after the last of them is done, whose place it comes to rest at.
    """
    stays = _stays(clips, camera, layout, aspect)
    if not stays:
        return 0.0
    tour = Tour(tuple(stays), (WINDOW if aspect >= 1 else NARROW_WINDOW) / 2)
    over = camera.over if camera.over is not None else max(1.4, natural_duration(track.pose(0.0), tour.at(0.0), aspect))
    track.add(0.0, over, tour, EASINGS[camera.ease or "in_out"], tour.rest)
    return max(over, tour.rest)


def _stays(clips: Sequence[Clip], camera: Camera, layout: Layout, aspect: float) -> list[Stay]:
    poses: dict[str, Pose] = {}
    stays: list[Stay] = []
    for clip in clips:
        filling = clip.effect
        if not isinstance(filling, Filling):
            continue
        for stretch in filling.stretches:
            part = layout.part_of(stretch.boxes[0])
            if part[0].id not in poses:
                bounds = Bounds.around(box.bounds for box in part)
                poses[part[0].id] = frame_bounds(layout, bounds, aspect, camera)
            span = (clip.start + filling.seconds(stretch.start), clip.start + filling.seconds(stretch.end))
            stays.append(Stay(*span, poses[part[0].id]))
    return stays


def _mean(stays: Sequence[Stay], start: float, end: float) -> Pose:
    """The mean pose over a span of time; before the first stay that one's holds, after the last its."""
    low = max(0, bisect.bisect_left(stays, start, key=lambda stay: stay.end) - 1)
    near = stays[low : bisect.bisect_right(stays, end, key=lambda stay: stay.start) + 1]
    shares = [(max(0.0, min(end, stay.end) - max(start, stay.start)), stay.pose) for stay in near]
    shares.append((max(0.0, stays[0].start - start), stays[0].pose))
    shares.append((max(0.0, end - stays[-1].end), stays[-1].pose))
    for before, after in pairwise(near):
        shares.append((max(0.0, min(end, after.start) - max(start, before.end)), before.pose))
    total = sum(share for share, _ in shares)

    def mean(*values: float) -> float:
        return sum(share * value for (share, _), value in zip(shares, values, strict=True)) / total

    poses = [pose for _, pose in shares]
    return Pose(
        (mean(*(p.target[0] for p in poses)), mean(*(p.target[1] for p in poses)), mean(*(p.target[2] for p in poses))),
        math.exp(mean(*(math.log(p.distance) for p in poses))),
        mean(*(p.azimuth for p in poses)),
        mean(*(p.elevation for p in poses)),
    )
