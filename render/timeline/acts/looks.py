"""Showing, hiding and dimming on the time line."""

from __future__ import annotations

from collections.abc import Iterable

from render.scene import Dim, Hide, Selector, Show, TimedAction
from render.timeline.choreography import Choreography, Timed, ease_of, lasting, time
from render.timeline.draft import Clip
from render.timeline.effects import Fade, Spare

FADE = 0.6
"""Seconds that a change of looks takes."""


@time.register
def _(action: Show, on: Choreography, start: float) -> Timed:
    return _fade(action, on, action.what, 1.0, start)


@time.register
def _(action: Hide, on: Choreography, start: float) -> Timed:
    return _fade(action, on, action.what, 0.0, start)


@time.register
def _(action: Dim, on: Choreography, start: float) -> Timed:
    spared = on.targets.windows(action.but)
    targets = {box: cells for box, cells in on.targets.windows(action.what).items() if None not in spared.get(box, ())}
    kept = {box: tuple(cells for cells in spared[box] if cells is not None) for box in targets if box in spared}
    timed = lasting(action, start, FADE, Fade(targets, action.to, ease_of(action)))
    return Timed([*timed.clips, Clip(start, start, Spare(kept))], timed.end)


def _fade(action: TimedAction, on: Choreography, what: Iterable[Selector], alpha: float, start: float) -> Timed:
    return lasting(action, start, FADE, Fade(on.targets.windows(what), alpha, ease_of(action)))
