"""Pulses on the time line."""

from __future__ import annotations

from render.scene import Pulse, ScriptError
from render.timeline.choreography import Choreography, Timed, time
from render.timeline.draft import Clip
from render.timeline.pulses import SPEED, Pulsing, ribbons_of


@time.register
def _(action: Pulse, on: Choreography, start: float) -> Timed:
    boxes = [box for region in on.targets.regions(action.what) for box, _ in on.layout.find(region)]
    ribbons = ribbons_of(on.layout, boxes)
    if not ribbons:
        named = ", ".join(f"'{selector}'" for selector in action.what)
        raise ScriptError([(action.where("pulse"), f"no ribbon leads into {named} or out of it, so nothing can pulse")])
    end = start + action.length
    clip = Clip(start, end, Pulsing(ribbons, action.length, SPEED * on.layout.unit_of(boxes[0].tensor)), end)
    return Timed([clip], end, start + action.length / 2)
