"""From a script to a film: beats one after the other, their actions timed, their words on pages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from render.layout import Layout
from render.model import Run
from render.scene import Action, Beat, FeedBack, Scene, ScriptError, TemplateContext, Wait
from render.timeline import state
from render.timeline.acts import time
from render.timeline.camera_path import CameraTrack
from render.timeline.captions import pages, reading_time
from render.timeline.choreography import BEAT_END, PASSING, Choreography, Timed
from render.timeline.draft import Clip, Draft
from render.timeline.effects import Fade, Spare
from render.timeline.following import follow
from render.timeline.framing import frame_bounds
from render.timeline.narration import marked, spoken, spoken_beside
from render.timeline.timeline import Shot, Timeline

REST = 0.3
"""Seconds of calm after an action, before the next."""

LINGER = 0.9
"""Seconds that a beat's last picture stands."""


def compile_scene(scene: Scene, run: Run, layout: Layout, aspect: float) -> Timeline:
    """The film of `scene`, played by `run` in `layout`, for frames whose width by height is `aspect`."""
    return _Compiler(scene, run, layout, aspect).timeline()


class _Compiler:
    def __init__(self, scene: Scene, run: Run, layout: Layout, aspect: float) -> None:
        self.scene, self.run, self.layout, self.aspect = scene, run, layout, aspect
        self.choreography = Choreography(run, layout, aspect)
        self.chapter = scene.title.render(self.choreography.context)
        self.looks = Draft()
        self.fps = scene.video.fps

    def timeline(self) -> Timeline:
        shots: list[Shot] = []
        for number, beat in enumerate(self.scene.beats):
            before = shots[-1] if shots else None
            shots.append(self._shot(number, beat, before))
        return Timeline(tuple(shots), self.run, self.run.prompt_length + self.scene.n_feed_backs)

    # --- beats --------------------------------------------------------------------------------------------------

    def _shot(self, number: int, beat: Beat, before: Shot | None) -> Shot:
        if before is None:
            base, camera = Draft(), CameraTrack(frame_bounds(self.layout, self.layout.bounds, self.aspect))
        else:
            base, camera = before.left, before.camera.after(before.duration)
        self.choreography.begin_beat(number, camera)
        context = self.choreography.context
        heading = self._heading(beat, context)
        say = beat.say.marked_up(context) if beat.say else ""
        beside = tuple(self.choreography.targets.places([beat.beside])) if beat.beside else ()
        ready = self.choreography.move_camera(beat.camera, 0.0, cut=True) if beat.camera else 0.0
        timed, end = self._sequence(beat.do, ready if beat.do else 0.0)
        arrived = ready
        if beat.camera is not None and beat.camera.follow:
            arrived = follow(camera, timed.clips, beat.camera, self.layout, self.aspect)
        found = pages(say)
        busy = max(end, arrived) + (LINGER if beat.do or beat.camera else 0.0)
        natural = max(busy, sum(reading_time(page) for page in found) + 0.4, 1.0)
        n_frames = self._frames(natural) if beat.length is None else max(1, round(beat.length * self.fps))
        stop = n_frames / self.fps
        clips = tuple(_ended(clip, stop) for clip in timed.clips if clip.start < stop or clip.stop == float("inf"))
        words = spoken(found, stop)
        telling = timed.telling if timed.telling is not None and timed.telling < stop else stop - PASSING - 0.1
        telling = max(0.0, telling)
        if beside:
            words = spoken_beside(words, beside, camera, ready, marked(clips, telling))
        self._check_windows(beat, clips)
        return Shot(beat.id, n_frames, self.fps, heading, base, camera, words, clips, telling)

    def _frames(self, seconds: float) -> int:
        """How many frames a beat of at least so many seconds has; rounding errors are no frame."""
        return math.ceil(round(seconds * self.fps, 6))

    def _check_windows(self, beat: Beat, clips: tuple[Clip, ...]) -> None:
        """Raise ScriptError when more pieces of one box look different than can be drawn."""
        for clip in clips:
            if not isinstance(clip.effect, Fade | Spare):
                continue
            clip.effect.apply(self.looks, 1.0)
            for box in clip.effect.windowed:
                n_windows = len(self.looks.looks[box].windows)
                if n_windows > state.MOST_WINDOWS:
                    tensor = self.layout.boxes[box].tensor
                    message = f"{n_windows} pieces of {tensor} look different by now, and {state.MOST_WINDOWS} can"
                    raise ScriptError([(beat.where(), f"{message}; show or dim it as a whole before")])

    def _heading(self, beat: Beat, context: TemplateContext) -> state.Heading:
        """The chapter in force, the film's title until there is one, and the beat's place."""
        if beat.chapter:
            self.chapter = beat.chapter.render(context)
        place = beat.place.render(context) if beat.place else ""
        return state.Heading(self.chapter, place)

    def _sequence(self, actions: Iterable[Action], start: float) -> tuple[Timed, float]:
        """Times actions one after the other from `start`, but for those that say when."""
        clips: list[Clip] = []
        at, end = start, start
        telling: float | None = None
        for action in actions:
            begin = at if action.at is None else action.at
            done = begin
            step = self.choreography.step
            for each in _family(action):
                timed = time(each, self.choreography, begin if each.at is None else each.at)
                clips += timed.clips
                done = max(done, timed.end)
                telling = timed.telling if timed.telling is not None else telling
                if isinstance(each, FeedBack):
                    step += each.times
            self.choreography.step = step
            at = done + (0.0 if isinstance(action, Wait) else REST)
            end = max(end, done)
        return Timed(clips, end, telling), end


def _ended(clip: Clip, stop: float) -> Clip:
    """`clip` with its times bound to its beat's end. What stays is there by then, however short the beat is."""
    start, end = min(clip.start, stop), min(clip.end, stop)
    if clip.stop == float("inf"):
        return replace(clip, start=start, end=end)
    if clip.stop == BEAT_END:
        return replace(clip, end=end, stop=stop, fade=min(PASSING, (stop - start) / 2))
    return replace(clip, end=end, stop=min(clip.stop, stop))


def _family(action: Action) -> Iterator[Action]:
    """An action and all that starts together with it."""
    yield action
    for companion in action.together:
        yield from _family(companion)
