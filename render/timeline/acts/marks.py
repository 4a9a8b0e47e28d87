"""Outlines, brackets, titles, signs and words beside things on the time line."""

from __future__ import annotations

from render.scene import Bracket, Highlight, Label, Section, Sign, resolve_region
from render.timeline import state
from render.timeline.choreography import Choreography, Timed, passing, time
from render.timeline.effects import Mark, Note, Posted

COME = 0.4
"""Seconds in which a mark comes into the picture."""


@time.register
def _(action: Highlight, on: Choreography, start: float) -> Timed:
    return passing(action, start, COME, Mark(tuple(on.targets.regions(action.what))), action.keep)


@time.register
def _(action: Label, on: Choreography, start: float) -> Timed:
    note = Note(resolve_region(action.what, on.targets.graph), action.text.marked_up(on.context))
    return passing(action, start, COME, note, action.keep)


@time.register
def _(action: Bracket, on: Choreography, start: float) -> Timed:
    text = action.text.marked_up(on.context) if action.text else None
    brackets = tuple(state.Bracket(region, action.sides, text) for region in on.targets.places(action.what))
    return passing(action, start, COME, Posted(brackets), action.keep)


@time.register
def _(action: Section, on: Choreography, start: float) -> Timed:
    section = state.Section(action.title.marked_up(on.context), tuple(on.targets.places(action.above)))
    return passing(action, start, COME, Posted((section,)), action.keep)


@time.register
def _(action: Sign, on: Choreography, start: float) -> Timed:
    one, other = (tuple(on.targets.places([selector])) for selector in action.between)
    sign = state.Sign(action.text.marked_up(on.context), (one, other))
    return passing(action, start, COME, Posted((sign,)), action.keep)
