"""From a script to a film: every action gets its time and its effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import singledispatchmethod

import numpy as np

from render.layout import Layout, Rect
from render.model import Formula, Graph, Region, Run, explain
from render.scene import (
    Action,
    Beat,
    Camera,
    Chart,
    Clear,
    Copy,
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
    Scene,
    ScriptError,
    Selector,
    Show,
    TemplateContext,
    TimedAction,
    Wait,
    resolve,
    resolve_cell,
    resolve_region,
)
from render.timeline import state
from render.timeline.camera_path import CameraTrack, natural_duration
from render.timeline.captions import page_times, pages, reading_time
from render.timeline.draft import Clip, Draft, Effect
from render.timeline.easing import EASINGS, Easing
from render.timeline.effects import Bars, Empty, Explained, Fade, Flight, Mark, Note, Return, Spare
from render.timeline.filling import Filling, Pause, pause_at, stretches, usual_duration
from render.timeline.flights import pair_pieces
from render.timeline.following import follow
from render.timeline.framing import frame_regions
from render.timeline.generation import Advance, Arrive
from render.timeline.timeline import Page, Shot, Timeline

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

REST = 0.3
"""Seconds of calm after an action, before the next."""

LINGER = 0.9
"""Seconds that a beat's last picture stands."""

PASSING = 0.35
"""Seconds in which what belongs to one beat only leaves the picture at its end."""


def compile_scene(scene: Scene, run: Run, layout: Layout, aspect: float) -> Timeline:
    """The film of `scene`, played by `run` in `layout`, for frames whose width by height is `aspect`."""
    return _Compiler(scene, run, layout, aspect).timeline()


@dataclass(frozen=True)
class _Timed:
    """Clips of one action, and when it is over for the action after it."""

    clips: list[Clip]
    end: float
    telling: float | None = None


class _Compiler:
    def __init__(self, scene: Scene, run: Run, layout: Layout, aspect: float) -> None:
        self.scene, self.run, self.layout, self.aspect = scene, run, layout, aspect
        self.contexts = [TemplateContext(run, step) for step in range(scene.n_feed_backs + 1)]
        self.camera = CameraTrack(frame_regions(layout, self._everything(), aspect))
        self.step = 0
        self.chapter = ""
        self.flown: dict[Region, tuple[str, Rect]] = {}
        self.landed = 0
        self.looks = Draft()
        self.filled: dict[str, float] = {}
        self.in_order = self._boxes_in_order()

    def timeline(self) -> Timeline:
        shots: list[Shot] = []
        for beat in self.scene.beats:
            shots.append(self._shot(beat, shots[-1].end if shots else 0.0))
        return Timeline(tuple(shots), self.camera, self.run, self.run.prompt_length + self.scene.n_feed_backs)

    # --- beats --------------------------------------------------------------------------------------------------

    def _shot(self, beat: Beat, start: float) -> Shot:
        context = self.contexts[self.step]
        heading = self._heading(beat, context)
        say = beat.say.render(context) if beat.say else ""
        ready = self._move_camera(beat.camera, start) if beat.camera else start
        timed, end = self._sequence(beat.do, start, ready if beat.do else start)
        if beat.camera is not None and beat.camera.follow:
            follow(self.camera, timed.clips, beat.camera, self.layout, self.aspect, start)
        found = pages(say)
        busy = max(end, ready) + (LINGER if beat.do or beat.camera else 0.0)
        natural = max(busy, start + sum(reading_time(page) for page in found) + 0.4, start + 1.0)
        stop = start + beat.length if beat.length is not None else natural
        clips = tuple(_ended(clip, stop) for clip in timed.clips if clip.start < stop or clip.stop == float("inf"))
        spoken = tuple(Page(text, *span) for text, span in zip(found, page_times(found, start, stop), strict=True))
        telling = timed.telling if timed.telling is not None and timed.telling < stop else stop - PASSING - 0.1
        self._check_windows(beat, clips)
        return Shot(beat.id, start, stop, heading, spoken, clips, max(start, telling))

    def _check_windows(self, beat: Beat, clips: tuple[Clip, ...]) -> None:
        """Raise ScriptError when more pieces of one box look different than can be drawn."""
        for clip in clips:
            if isinstance(clip.effect, Fade | Spare):
                clip.effect.apply(self.looks, 1.0)
        for box, look in self.looks.looks.items():
            if len(look.windows) > state.MOST_WINDOWS:
                tensor = self.layout.boxes[box].tensor
                message = f"{len(look.windows)} pieces of {tensor} look different by now, and {state.MOST_WINDOWS} can"
                raise ScriptError([(beat.where(), f"{message}; show or dim it as a whole before")])

    def _heading(self, beat: Beat, context: TemplateContext) -> state.Heading | None:
        if beat.chapter:
            self.chapter = beat.chapter.render(context)
        place = beat.place.render(context) if beat.place else ""
        return state.Heading(self.chapter, place) if self.chapter or place else None

    def _sequence(self, actions: Iterable[Action], beat_start: float, start: float) -> tuple[_Timed, float]:
        """Times actions one after the other from `start`, but for those that say when."""
        clips: list[Clip] = []
        at, end = start, start
        telling: float | None = None
        for action in actions:
            begin = at if action.at is None else beat_start + action.at
            done = begin
            step = self.step
            for each in _family(action):
                timed = self._time(each, begin if each.at is None else beat_start + each.at)
                clips += timed.clips
                done = max(done, timed.end)
                telling = timed.telling if timed.telling is not None else telling
                if isinstance(each, FeedBack):
                    step += each.times
            self.step = step
            at = done + (0.0 if isinstance(action, Wait) else REST)
            end = max(end, done)
        return _Timed(clips, end, telling), end

    # --- actions ------------------------------------------------------------------------------------------------

    @singledispatchmethod
    def _time(self, action: Action, start: float) -> _Timed:
        raise TypeError(f"no effect for the action {action.word}")

    @_time.register
    def _(self, action: Show, start: float) -> _Timed:
        return self._fade(action, action.what, 1.0, start)

    @_time.register
    def _(self, action: Hide, start: float) -> _Timed:
        return self._fade(action, action.what, 0.0, start)

    @_time.register
    def _(self, action: Dim, start: float) -> _Timed:
        spared = self._windows(action.but)
        targets = {box: cells for box, cells in self._windows(action.what).items() if None not in spared.get(box, ())}
        kept = {box: tuple(cells for cells in spared[box] if cells is not None) for box in targets if box in spared}
        timed = self._clip(action, start, Fade(targets, action.to, _ease(action)))
        return _Timed([*timed.clips, Clip(start, start, Spare(kept))], timed.end)

    def _fade(self, action: TimedAction, what: Iterable[Selector], alpha: float, start: float) -> _Timed:
        return self._clip(action, start, Fade(self._windows(what), alpha, _ease(action)))

    @_time.register
    def _(self, action: Clear, start: float) -> _Timed:
        boxes = tuple(self._windows(action.what))
        self.filled = {box: part for box, part in self.filled.items() if box not in boxes}
        return self._clip(action, start, Empty(boxes))

    @_time.register
    def _(self, action: Highlight, start: float) -> _Timed:
        return self._clip(action, start, Mark(tuple(self._regions(action.what))), passing=not action.keep)

    @_time.register
    def _(self, action: Label, start: float) -> _Timed:
        text = action.text.render(self.contexts[self.step])
        return self._clip(action, start, Note(resolve_region(action.what, self._graph), text), passing=not action.keep)

    @_time.register
    def _(self, action: Chart, start: float) -> _Timed:
        region = resolve_region(action.what, self._graph)
        title = action.title.render(self.contexts[self.step]) if action.title else self._graph[region.tensor].title
        return self._clip(action, start, Bars(self._chart(region, title), _ease(action)), passing=not action.keep)

    def _chart(self, region: Region, title: str) -> state.Chart:
        trace = self.run.after(self.step)
        spec = self._graph[region.tensor]
        long = next((i for i, (low, high) in enumerate(region.ranges) if high - low > 1), len(spec.dims) - 1)
        values = tuple(float(value) for value in np.ravel(trace[region.tensor][region.slices]))
        indices = range(*region.ranges[long])
        tokenizer = self.run.model.tokenizer
        if spec.dims[long] == "v" and tokenizer is not None:
            labels = tuple(tokenizer.text(index) for index in indices)
        else:
            labels = tuple(str(index) for index in indices)
        return state.Chart(title, region, labels, values, marked=int(np.argmax(values)))

    @_time.register
    def _(self, action: Fill, start: float) -> _Timed:
        trace = self.run.after(self.step)
        found = stretches(self._regions(action.what), self.layout, len(trace.tokens), self.filled)
        self.filled |= {
            box.id: goal for stretch in found for box, goal in zip(stretch.boxes, stretch.goals, strict=True)
        }
        span = action.over if action.over is not None else usual_duration(found)
        filling = Filling(found, trace, span, action.lines)
        telling = None
        if action.explain is not None:
            cell = resolve_cell(action.explain, self._graph)
            formula = self._formula(cell, 3)
            pause = Pause(pause_at(found, cell, filling), _time_to_read(formula), Explained.of(formula, trace))
            filling = replace(filling, pause=pause)
            telling = start + pause.at * span + 0.7 * pause.length
        end = start + filling.duration
        return _Timed([Clip(start, end, filling)], end, telling)

    @_time.register
    def _(self, action: Explain, start: float) -> _Timed:
        formula = self._formula(resolve_cell(action.what, self._graph), action.products)
        length = action.length if action.length is not None else _time_to_read(formula)
        over = min(action.over if action.over is not None else 0.4, length)
        effect = Explained.of(formula, self.run.after(self.step))
        end = start + length
        return _Timed([Clip(start, start + over, effect, end, min(PASSING, length / 3))], end, start + 0.7 * length)

    def _formula(self, cell: Region, products: int) -> Formula:
        index = dict(zip(self._graph[cell.tensor].dims, (low for low, _ in cell.ranges), strict=True))
        return explain(self.run.after(self.step), cell.tensor, index, products)

    @_time.register
    def _(self, action: Copy, start: float) -> _Timed:
        return self._fly(action, action.what, action.to, start, leaves_gap=False)

    @_time.register
    def _(self, action: Move, start: float) -> _Timed:
        return self._fly(action, action.what, action.to, start, leaves_gap=True)

    def _fly(self, action: TimedAction, what: Selector, to: Selector, start: float, leaves_gap: bool) -> _Timed:
        sources = self.layout.find(resolve_region(what, self._graph))
        goals = self.layout.find(resolve_region(to, self._graph))
        pairs = pair_pieces(sources, goals)
        if pairs is None:
            raise ScriptError(
                [(action.where("to"), "these cells are in several boxes that do not match: move them one by one")]
            )
        unit = self.layout.unit
        lift = (2.0 + 1.5 * self.landed) * unit
        self.landed += 1
        clips = []
        for (box, cells), landing in pairs:
            region = box.region(cells)
            if leaves_gap:
                self.flown[region] = (box.id, cells)
            home = box.place(cells[0], cells[1], 0.2)
            goal = (landing[0], landing[1], landing[2] + lift)
            flight = Flight(region, home, goal, 10.0 * unit, _ease(action), (box.id, cells) if leaves_gap else None)
            clips += self._clip(action, start, flight, passing=not leaves_gap).clips
        return _Timed(clips, clips[0].end)

    @_time.register
    def _(self, action: PutBack, start: float) -> _Timed:
        homes = {
            region: self.layout.boxes[box].place(window[0], window[1], 0.2)
            for region, (box, window) in self.flown.items()
        }
        effect = Return(tuple(self._regions(action.what)), homes, dict(self.flown), _ease(action))
        return self._clip(action, start, effect)

    @_time.register
    def _(self, action: FeedBack, start: float) -> _Timed:
        usual = FEED_BACK + (action.times - 1) * FEED_BACK_AGAIN
        total = action.over if action.over is not None else usual
        clips: list[Clip] = []
        at = start
        for time in range(action.times):
            length = total * (FEED_BACK if time == 0 else FEED_BACK_AGAIN) / usual
            step = self.step + time + 1
            arrived = at + 0.3 * length
            clips.append(Clip(at, arrived, Arrive()))
            if step < len(self.run.steps):
                n_tokens = len(self.run.steps[step].tokens)
                clips.append(Clip(arrived, at + length, Advance(step, self.in_order, n_tokens)))
                self.filled = dict.fromkeys(self.in_order, 1.0)
            at += length
        return _Timed(clips, at)

    @_time.register
    def _(self, action: MoveCamera, start: float) -> _Timed:
        return _Timed([], self._move_camera(action.camera, start))

    @_time.register
    def _(self, action: Wait, start: float) -> _Timed:
        return _Timed([], start + action.length)

    def _clip(self, action: TimedAction, start: float, effect: Effect, passing: bool = False) -> _Timed:
        over = action.over if action.over is not None else USUAL[type(action)]
        clip = Clip(start, start + over, effect, stop=_BEAT_END if passing else float("inf"))
        return _Timed([clip], start + over)

    # --- what selectors mean here -------------------------------------------------------------------------------

    def _move_camera(self, camera: Camera, start: float) -> float:
        """Add a camera move and return when it has arrived. A camera that follows is added when its fills are timed."""
        if camera.follow:
            return start
        regions = self._places(camera.frame) if camera.frame is not None else None
        now = self.camera.pose(start)
        goal = frame_regions(self.layout, regions, self.aspect, camera, now)
        over = camera.over if camera.over is not None else natural_duration(now, goal, self.aspect)
        self.camera.add(start, over, lambda t: goal, EASINGS[camera.ease or "in_out"])
        return start + over

    @property
    def _graph(self) -> Graph:
        return self.run.after(self.step).graph

    def _regions(self, selectors: Iterable[Selector]) -> list[Region]:
        """The regions that selectors mean at this step."""
        regions = (region for selector in selectors for region in resolve(selector, self._graph))
        return [region for region in regions if self.layout.find(region)]

    def _places(self, selectors: Iterable[Selector]) -> list[Region]:
        """The regions that selectors mean, with the places of tokens yet to come where they mean all there are now."""
        places = []
        for region in self._regions(selectors):
            now, last = self._graph[region.tensor].shape, self.layout.graph[region.tensor].shape
            sizes = zip(region.ranges, now, last, strict=True)
            ranges = tuple((0, end) if span == (0, size) else span for span, size, end in sizes)
            places.append(Region(region.tensor, ranges))
        return places

    def _windows(self, selectors: Iterable[Selector]) -> dict[str, tuple[Rect | None, ...]]:
        """The boxes that selectors mean, each whole (None) or some windows of its cells."""
        found: dict[str, tuple[Rect | None, ...]] = {}
        for region in self._places(selectors):
            for box, window in self.layout.find(region):
                whole = window == (0, 0, box.width, box.height)
                found[box.id] = (*found.get(box.id, ()), None if whole else window)
        return found

    def _everything(self) -> list[Region]:
        return [
            Region(spec.name, tuple((0, size) for size in spec.shape))
            for spec in self.layout.graph.values()
            if self._stands(spec.name)
        ]

    def _stands(self, tensor: str) -> bool:
        return any(box.tensor == tensor for box in self.layout.boxes.values())

    def _boxes_in_order(self) -> tuple[str, ...]:
        """The boxes of everything computed, in order of computation."""
        specs = self.layout.graph.values()
        computed = [spec.name for spec in specs if spec.kind not in ("weight", "token") and self._stands(spec.name)]
        return tuple(box.id for name in computed for box in self.layout.of_tensor(name))


_BEAT_END = -1.0
"""Stands for the end of the beat in a clip that is timed before that end is known."""


def _ended(clip: Clip, stop: float) -> Clip:
    """`clip` with its times bound to its beat's end. What stays is there by then, however short the beat is."""
    start, end = min(clip.start, stop), min(clip.end, stop)
    if clip.stop == float("inf"):
        return replace(clip, start=start, end=end)
    if clip.stop == _BEAT_END:
        return replace(clip, end=end, stop=stop, fade=min(PASSING, (stop - start) / 2))
    return replace(clip, end=end, stop=min(clip.stop, stop))


def _family(action: Action) -> Iterator[Action]:
    """An action and all that starts together with it."""
    yield action
    for companion in action.together:
        yield from _family(companion)


def _ease(action: TimedAction) -> Easing:
    return EASINGS[action.ease or "in_out"]


def _time_to_read(formula: Formula) -> float:
    """Seconds to look at a formula card, its numbers, and where they come from."""
    return min(9.0, 3.2 + 0.2 * len(formula.numbers))
