"""The minimap on the time line."""

from __future__ import annotations

from render.scene import Minimap
from render.timeline.choreography import Choreography, Timed, lasting, time
from render.timeline.minimap import Switched

FADE = 0.4
"""Seconds in which the minimap comes and goes."""


@time.register
def _(action: Minimap, on: Choreography, start: float) -> Timed:
    return lasting(action, start, FADE, Switched(1.0 if action.switch == "on" else 0.0))
