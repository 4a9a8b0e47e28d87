"""What the actions of a script do and when: each becomes clips on the time line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import singledispatchmethod

import numpy as np

from render.layout import Layout, Rect
from render.model import Formula, Region, Run, TensorSpec, Trace, explain, general
from render.scene import (
    Action,
    Camera,
    Chart,
    Clear,
    Copy,
    Define,
    Dim,
    Explain,
    FeedBack,
    Fill,
    Hide,
    Highlight,
    Label,
    Move,
    MoveCamera,
    PutBack,
    ScriptError,
    Selector,
    Show,
    TemplateContext,
    TimedAction,
    Wait,
    resolve_cell,
    resolve_region,
)
from render.timeline import state
from render.timeline.camera_path import CameraTrack, natural_duration
from render.timeline.draft import Clip, Effect
from render.timeline.easing import EASINGS, Easing
from render.timeline.effects import Bars, Defined, Empty, Explained, Fade, Flight, Mark, Note, Return, Spare
from render.timeline.filling import Filling, Pause, pause_at, stretches, usual_duration
from render.timeline.flights import pair_pieces
from render.timeline.framing import frame_regions
from render.timeline.generation import Advance, Arrive
from render.timeline.targets import Targets

USUAL = {
    Show: 0.6,
    Hide: 0.6,
    Dim: 0.6,
    Highlight: 0.4,
    Clear: 0.5,
    Label: 0.4,
    Chart: 1.2,
    Copy: 1.3,
    Move: 1.3,
    PutBack: 0.9,
}
"""Seconds that an action takes when it does not say."""

FEED_BACK, FEED_BACK_AGAIN = 3.4, 2.4
"""Seconds for the first token fed back by an action, and for each one after it."""

DEFINED = 5.0
"""Seconds that the formula of a tensor stands when its action does not say."""

PASSING = 0.35
"""Seconds in which what belongs to one beat only leaves the picture at its end."""

BEAT_END = -1.0
"""Stands for the end of the beat in a clip that is timed before that end is known."""


@dataclass(frozen=True)
class Timed:
    """Clips of some actions, when they are over for what comes after, and the moment that shows best what they show."""

    clips: list[Clip]
    end: float
    telling: float | None = None


class Choreography:
    """Times actions in the order of the script, and keeps what the next one has to know.

    step:   how many predictions have joined the tokens
    filled: what fraction of each box is computed
    """

    def __init__(self, run: Run, layout: Layout, camera: CameraTrack, aspect: float) -> None:
        self.run, self.layout, self.camera, self.aspect = run, layout, camera, aspect
        self.step = 0
        self.filled: dict[str, float] = {}
        self._flown: dict[Region, tuple[str, Rect]] = {}
        self._landed = 0
        computed = [spec.name for spec in layout.graph.values() if spec.kind not in ("weight", "token")]
        self._in_order = tuple(box.id for name in computed for box in layout.of_tensor(name))

    @property
    def trace(self) -> Trace:
        """The pass in force."""
        return self.run.after(self.step)

    @property
    def context(self) -> TemplateContext:
        """What templates are filled in from."""
        return TemplateContext(self.run, self.step)

    @property
    def targets(self) -> Targets:
        """What selectors mean now."""
        return Targets(self.trace.graph, self.layout)

    @singledispatchmethod
    def time(self, action: Action, start: float) -> Timed:
        """The clips of an action that begins at `start`. Raises ScriptError for pieces that cannot fly there."""
        raise TypeError(f"no effect for the action {action.word}")

    @time.register
    def _(self, action: Show, start: float) -> Timed:
        return self._fade(action, action.what, 1.0, start)

    @time.register
    def _(self, action: Hide, start: float) -> Timed:
        return self._fade(action, action.what, 0.0, start)

    @time.register
    def _(self, action: Dim, start: float) -> Timed:
        spared = self.targets.windows(action.but)
        targets = {
            box: cells for box, cells in self.targets.windows(action.what).items() if None not in spared.get(box, ())
        }
        kept = {box: tuple(cells for cells in spared[box] if cells is not None) for box in targets if box in spared}
        timed = self._clip(action, start, Fade(targets, action.to, _ease(action)))
        return Timed([*timed.clips, Clip(start, start, Spare(kept))], timed.end)

    def _fade(self, action: TimedAction, what: Iterable[Selector], alpha: float, start: float) -> Timed:
        return self._clip(action, start, Fade(self.targets.windows(what), alpha, _ease(action)))

    @time.register
    def _(self, action: Clear, start: float) -> Timed:
        boxes = tuple(self.targets.windows(action.what))
        self.filled = {box: part for box, part in self.filled.items() if box not in boxes}
        return self._clip(action, start, Empty(boxes))

    @time.register
    def _(self, action: Highlight, start: float) -> Timed:
        return self._clip(action, start, Mark(tuple(self.targets.regions(action.what))), passing=not action.keep)

    @time.register
    def _(self, action: Label, start: float) -> Timed:
        text = action.text.render(self.context)
        return self._clip(
            action, start, Note(resolve_region(action.what, self.targets.graph), text), passing=not action.keep
        )

    @time.register
    def _(self, action: Chart, start: float) -> Timed:
        region = resolve_region(action.what, self.targets.graph)
        title = action.title.render(self.context) if action.title else self.targets.graph[region.tensor].title
        return self._clip(action, start, Bars(self._chart(region, title), _ease(action)), passing=not action.keep)

    def _chart(self, region: Region, title: str) -> state.Chart:
        trace = self.trace
        spec = self.targets.graph[region.tensor]
        long = next((i for i, (low, high) in enumerate(region.ranges) if high - low > 1), len(spec.dims) - 1)
        values = tuple(float(value) for value in np.ravel(trace[region.tensor][region.slices]))
        labels = self._labels(spec, spec.dims[long], *region.ranges[long])
        return state.Chart(title, region, labels, values, marked=int(np.argmax(values)))

    def _labels(self, spec: TensorSpec, dim: str, start: int, stop: int) -> tuple[str, ...]:
        """What the cells along a dim are called: by their tokens where they have some, by their index elsewhere."""
        tokenizer = self.run.model.tokenizer
        if tokenizer is not None and dim == "v":
            return tuple(tokenizer.text(token) for token in range(start, stop))
        if tokenizer is not None and dim in ("t", "s") and spec.kind != "weight":
            return tuple(tokenizer.text(token) for token in self.trace.tokens[start:stop])
        return tuple(str(index) for index in range(start, stop))

    @time.register
    def _(self, action: Fill, start: float) -> Timed:
        trace = self.trace
        found = stretches(self.targets.regions(action.what), self.layout, len(trace.tokens), self.filled)
        self.filled |= {
            box.id: goal for stretch in found for box, goal in zip(stretch.boxes, stretch.goals, strict=True)
        }
        span = action.over if action.over is not None else usual_duration(found)
        filling = Filling(found, trace, span, action.lines)
        telling = None
        if action.explain is not None:
            cell = resolve_cell(action.explain, self.targets.graph)
            formula = self._formula(cell, 3)
            pause = Pause(pause_at(found, cell, filling), _time_to_read(formula), Explained.of(formula, trace))
            filling = replace(filling, pause=pause)
            telling = start + pause.at * span + 0.7 * pause.length
        end = start + filling.duration
        return Timed([Clip(start, end, filling)], end, telling)

    @time.register
    def _(self, action: Explain, start: float) -> Timed:
        formula = self._formula(resolve_cell(action.what, self.targets.graph), action.products)
        length = action.length if action.length is not None else _time_to_read(formula)
        over = min(action.over if action.over is not None else 0.4, length)
        effect = Explained.of(formula, self.trace)
        end = start + length
        return Timed([Clip(start, start + over, effect, end, min(PASSING, length / 3))], end, start + 0.7 * length)

    @time.register
    def _(self, action: Define, start: float) -> Timed:
        region = resolve_region(action.what, self.targets.graph)
        equation = general(self.targets.graph, region.tensor)
        length = action.length if action.length is not None else DEFINED
        over = min(action.over if action.over is not None else 0.4, length)
        end = start + length
        clip = Clip(start, start + over, Defined(region, equation), end, min(PASSING, length / 3))
        return Timed([clip], end, start + 0.7 * length)

    def _formula(self, cell: Region, products: int) -> Formula:
        index = dict(zip(self.targets.graph[cell.tensor].dims, (low for low, _ in cell.ranges), strict=True))
        return explain(self.trace, cell.tensor, index, products)

    @time.register
    def _(self, action: Copy, start: float) -> Timed:
        return self._fly(action, action.what, action.to, start, leaves_gap=False)

    @time.register
    def _(self, action: Move, start: float) -> Timed:
        return self._fly(action, action.what, action.to, start, leaves_gap=True)

    def _fly(self, action: TimedAction, what: Selector, to: Selector, start: float, leaves_gap: bool) -> Timed:
        sources = self.layout.find(resolve_region(what, self.targets.graph))
        goals = self.layout.find(resolve_region(to, self.targets.graph))
        pairs = pair_pieces(sources, goals)
        if pairs is None:
            raise ScriptError(
                [(action.where("to"), "these cells are in several boxes that do not match: move them one by one")]
            )
        unit = self.layout.unit
        lift = (2.0 + 1.5 * self._landed) * unit
        self._landed += 1
        clips = []
        for (box, cells), landing in pairs:
            region = box.region(cells)
            if leaves_gap:
                self._flown[region] = (box.id, cells)
            home = box.place(cells[0], cells[1], 0.2)
            goal = (landing[0], landing[1], landing[2] + lift)
            flight = Flight(region, home, goal, 10.0 * unit, _ease(action), (box.id, cells) if leaves_gap else None)
            clips += self._clip(action, start, flight, passing=not leaves_gap).clips
        return Timed(clips, clips[0].end)

    @time.register
    def _(self, action: PutBack, start: float) -> Timed:
        homes = {
            region: self.layout.boxes[box].place(window[0], window[1], 0.2)
            for region, (box, window) in self._flown.items()
        }
        effect = Return(tuple(self.targets.regions(action.what)), homes, dict(self._flown), _ease(action))
        return self._clip(action, start, effect)

    @time.register
    def _(self, action: FeedBack, start: float) -> Timed:
        usual = FEED_BACK + (action.times - 1) * FEED_BACK_AGAIN
        total = action.over if action.over is not None else usual
        clips: list[Clip] = []
        at = start
        for turn in range(action.times):
            length = total * (FEED_BACK if turn == 0 else FEED_BACK_AGAIN) / usual
            step = self.step + turn + 1
            arrived = at + 0.3 * length
            clips.append(Clip(at, arrived, Arrive()))
            if step < len(self.run.steps):
                n_tokens = len(self.run.steps[step].tokens)
                clips.append(Clip(arrived, at + length, Advance(step, self._in_order, n_tokens)))
                self.filled = dict.fromkeys(self._in_order, 1.0)
            at += length
        return Timed(clips, at)

    @time.register
    def _(self, action: MoveCamera, start: float) -> Timed:
        return Timed([], self.move_camera(action.camera, start))

    @time.register
    def _(self, action: Wait, start: float) -> Timed:
        return Timed([], start + action.length)

    def _clip(self, action: TimedAction, start: float, effect: Effect, passing: bool = False) -> Timed:
        over = action.over if action.over is not None else USUAL[type(action)]
        clip = Clip(start, start + over, effect, stop=BEAT_END if passing else float("inf"))
        return Timed([clip], start + over)

    def move_camera(self, camera: Camera, start: float) -> float:
        """Add a camera move and return when it has arrived. A camera that follows is added when its fills are timed."""
        if camera.follow:
            return start
        regions = self.targets.places(camera.frame) if camera.frame is not None else None
        now = self.camera.pose(start)
        goal = frame_regions(self.layout, regions, self.aspect, camera, now)
        over = camera.over if camera.over is not None else natural_duration(now, goal, self.aspect)
        self.camera.add(start, over, lambda t: goal, EASINGS[camera.ease or "in_out"])
        return start + over


def _ease(action: TimedAction) -> Easing:
    return EASINGS[action.ease or "in_out"]


def _time_to_read(formula: Formula) -> float:
    """Seconds to look at a formula card, its numbers, and where they come from."""
    return min(9.0, 3.2 + 0.2 * len(formula.numbers))
