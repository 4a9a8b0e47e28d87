"""Camera moves and rests in the middle of a beat."""

from __future__ import annotations

from render.scene import MoveCamera, Wait
from render.timeline.choreography import Choreography, Timed, time


@time.register
def _(action: MoveCamera, on: Choreography, start: float) -> Timed:
    return Timed([], on.move_camera(action.camera, start))


@time.register
def _(action: Wait, on: Choreography, start: float) -> Timed:
    return Timed([], start + action.length)
