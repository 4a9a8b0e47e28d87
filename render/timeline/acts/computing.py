"""Filling, explaining and feeding back on the time line."""

from __future__ import annotations

from dataclasses import replace

from render.model import Formula, Region, explain, general
from render.scene import Clear, Define, Explain, FeedBack, Fill, TimedAction, resolve_cell, resolve_region
from render.timeline.choreography import PASSING, Choreography, Timed, lasting, time
from render.timeline.draft import Clip, Effect
from render.timeline.effects import Defined, Empty, Explained
from render.timeline.filling import Filling, Pause, pause_at, stretches, usual_duration
from render.timeline.generation import Advance, Arrive
from render.timeline.pulses import SPEED

CLEAR = 0.5
"""Seconds for emptying tensors."""

DEFINED = 5.0
"""Seconds that the formula of a tensor stands when its action does not say."""

FEED_BACK, FEED_BACK_AGAIN = 3.4, 2.4
"""Seconds for the first token fed back by an action, and for each one after it."""


@time.register
def _(action: Fill, on: Choreography, start: float) -> Timed:
    trace = on.trace
    found = stretches(on.targets.regions(action.what), on.layout, trace.graph, on.filled)
    on.filled |= {box.id: goal for stretch in found for box, goal in zip(stretch.boxes, stretch.goals, strict=True)}
    span = action.over if action.over is not None else usual_duration(found)
    filling = Filling(
        found, trace, span, SPEED * on.layout.unit_of(found[0].tensor if found else "tokens"), action.lines
    )
    telling = None
    if action.explain is not None:
        cell = resolve_cell(action.explain, on.targets.graph)
        formula = _formula(on, cell, 3)
        pause = Pause(pause_at(found, cell, filling), _time_to_read(formula), Explained.of(formula, trace))
        filling = replace(filling, pause=pause)
        telling = start + pause.at * span + 0.7 * pause.length
    end = start + filling.duration
    return Timed([Clip(start, end, filling)], end, telling)


@time.register
def _(action: Clear, on: Choreography, start: float) -> Timed:
    boxes = tuple(on.targets.windows(action.what))
    on.filled = {box: part for box, part in on.filled.items() if box not in boxes}
    return lasting(action, start, CLEAR, Empty(boxes))


@time.register
def _(action: Explain, on: Choreography, start: float) -> Timed:
    formula = _formula(on, resolve_cell(action.what, on.targets.graph), action.products)
    length = action.length if action.length is not None else _time_to_read(formula)
    return _card(action, Explained.of(formula, on.trace), length, start)


@time.register
def _(action: Define, on: Choreography, start: float) -> Timed:
    region = resolve_region(action.what, on.targets.graph)
    effect = Defined(region, general(on.targets.graph, region.tensor))
    return _card(action, effect, action.length if action.length is not None else DEFINED, start)


@time.register
def _(action: FeedBack, on: Choreography, start: float) -> Timed:
    usual = FEED_BACK + (action.times - 1) * FEED_BACK_AGAIN
    total = action.over if action.over is not None else usual
    clips: list[Clip] = []
    at = start
    for turn in range(action.times):
        length = total * (FEED_BACK if turn == 0 else FEED_BACK_AGAIN) / usual
        step = on.step + turn + 1
        arrived = at + 0.3 * length
        clips.append(Clip(at, arrived, Arrive()))
        if step < len(on.run.steps):
            n_tokens = len(on.run.steps[step].tokens)
            clips.append(Clip(arrived, at + length, Advance(step, on.in_order, n_tokens)))
            on.filled |= dict.fromkeys(on.in_order, 1.0)
        at += length
    return Timed(clips, at)


def _card(action: TimedAction, effect: Effect, length: float, start: float) -> Timed:
    """A card that comes, and leaves the picture when its time is over."""
    over = min(action.over if action.over is not None else 0.4, length)
    end = start + length
    return Timed([Clip(start, start + over, effect, end, min(PASSING, length / 3))], end, start + 0.7 * length)


def _formula(on: Choreography, cell: Region, products: int) -> Formula:
    index = dict(zip(on.targets.graph[cell.tensor].dims, (low for low, _ in cell.ranges), strict=True))
    return explain(on.trace, cell.tensor, index, products)


def _time_to_read(formula: Formula) -> float:
    """Seconds to look at a formula card, its numbers, and where they come from."""
    return min(9.0, 3.2 + 0.2 * len(formula.numbers))
