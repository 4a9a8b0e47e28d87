"""Outlines and words beside things on the time line."""

from __future__ import annotations

from render.scene import Highlight, Label, resolve_region
from render.timeline.choreography import Choreography, Timed, passing, time
from render.timeline.effects import Mark, Note

COME = 0.4
"""Seconds in which a mark comes into the picture."""


@time.register
def _(action: Highlight, on: Choreography, start: float) -> Timed:
    return passing(action, start, COME, Mark(tuple(on.targets.regions(action.what))), action.keep)


@time.register
def _(action: Label, on: Choreography, start: float) -> Timed:
    note = Note(resolve_region(action.what, on.targets.graph), action.text.render(on.context))
    return passing(action, start, COME, note, action.keep)
