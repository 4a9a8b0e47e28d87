"""Pieces that fly on the time line."""

from __future__ import annotations

from render.scene import Copy, Move, PutBack, ScriptError, Selector, TimedAction, resolve_region
from render.timeline.choreography import Choreography, Timed, ease_of, lasting, passing, time
from render.timeline.effects import Flight, Return
from render.timeline.flights import pair_pieces

FLIGHT, RETURN = 1.3, 0.9
"""Seconds for a piece to get somewhere, and to get home."""


@time.register
def _(action: Copy, on: Choreography, start: float) -> Timed:
    return _fly(action, on, action.what, action.to, start, leaves_gap=False)


@time.register
def _(action: Move, on: Choreography, start: float) -> Timed:
    return _fly(action, on, action.what, action.to, start, leaves_gap=True)


def _fly(action: TimedAction, on: Choreography, what: Selector, to: Selector, start: float, leaves_gap: bool) -> Timed:
    sources = on.layout.find(resolve_region(what, on.targets.graph))
    goals = on.layout.find(resolve_region(to, on.targets.graph))
    pairs = pair_pieces(sources, goals)
    if pairs is None:
        raise ScriptError(
            [(action.where("to"), "these cells are in several boxes that do not match: move them one by one")]
        )
    unit = on.layout.unit
    lift = (2.0 + 1.5 * on.landed) * unit
    on.landed += 1
    clips = []
    for (box, cells), landing in pairs:
        region = box.region(cells)
        if leaves_gap:
            on.flown[region] = (box.id, cells)
        home = box.place(cells[0], cells[1], 0.2)
        goal = (landing[0], landing[1], landing[2] + lift)
        gap = (box.id, cells) if leaves_gap else None
        flight = Flight(region, home, goal, 10.0 * unit, ease_of(action), gap)
        timed = lasting(action, start, FLIGHT, flight) if leaves_gap else passing(action, start, FLIGHT, flight)
        clips += timed.clips
    return Timed(clips, clips[0].end)


@time.register
def _(action: PutBack, on: Choreography, start: float) -> Timed:
    homes = {region: on.layout.boxes[box].place(*window[:2], 0.2) for region, (box, window) in on.flown.items()}
    effect = Return(tuple(on.targets.regions(action.what)), homes, dict(on.flown), ease_of(action))
    return lasting(action, start, RETURN, effect)
