"""The film as a function of time, beat by beat: each has a clock of its own, and knows what those before it left."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from render.model import Region, Run
from render.timeline.camera_path import CameraTrack
from render.timeline.draft import Clip, Draft
from render.timeline.easing import progress
from render.timeline.state import Beside, Caption, Heading, Progress, State, TokenRow

CAPTION_FADE = 0.3


@dataclass(frozen=True)
class Page:
    """One page of narration and when it stands, in seconds of its beat.

    beside: next to what it stands, on a plate that is there in all of the span `standing`
    """

    text: str
    start: float
    end: float
    beside: Beside | None = None
    standing: tuple[float, float] = (0.0, 0.0)

    def at(self, t: float) -> Caption | None:
        alpha = _solid(t, self.start, self.end)
        if self.beside is not None:
            return Caption(self.text, alpha, replace(self.beside, alpha=_solid(t, *self.standing)))
        return Caption(self.text, alpha) if alpha > 0 else None

    @property
    def busy(self) -> list[tuple[float, float]]:
        return [(self.start, self.start + CAPTION_FADE), (self.end - CAPTION_FADE, self.end)]


def _solid(t: float, start: float, end: float) -> float:
    """How solid words are that come at `start` and are gone at `end`."""
    return min(progress(t, start, start + CAPTION_FADE), 1 - progress(t, end - CAPTION_FADE, end))


@dataclass(frozen=True)
class Shot:
    """One beat on the time line. All times in it are seconds from its own start, which is a frame of the film.

    n_frames: how long it is, at `fps` frames a second
    base:     what the beats before it have left behind
    camera:   the camera's way through this beat
    telling:  the moment that shows best what the beat is about
    """

    id: str
    n_frames: int
    fps: int
    heading: Heading
    base: Draft
    camera: CameraTrack
    pages: tuple[Page, ...] = ()
    clips: tuple[Clip, ...] = ()
    telling: float = 0.0

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.n_frames / self.fps

    def draft(self, t: float) -> Draft:
        """What the effects have made of the picture at `t`."""
        draft = self.base.copy()
        for clip in self.clips:
            if clip.start <= t < clip.stop:
                solid = min(1.0, (clip.stop - t) / clip.fade) if clip.fade > 0 else 1.0
                clip.effect.apply(draft, progress(t, clip.start, clip.end), solid)
        return draft

    def caption(self, t: float) -> Caption | None:
        """The narration at `t`."""
        return next((page.at(t) for page in self.pages if page.start <= t < page.end), None)

    @cached_property
    def left(self) -> Draft:
        """What it leaves behind for the next beat."""
        draft = self.base.copy()
        for clip in self.clips:
            if clip.stop > self.duration:
                clip.effect.apply(draft, 1.0)
        return draft

    @cached_property
    def _changes(self) -> tuple[list[float], list[float]]:
        """Starts and ends of the spans in which something moves, merged and in order."""
        spans: list[tuple[float, float]] = [(0.0, 0.0), *self.camera.busy]
        for page in self.pages:
            spans += page.busy
        for clip in self.clips:
            spans.append((clip.start, clip.end))
            if clip.fade > 0:
                spans.append((clip.stop - clip.fade, clip.stop))
        merged: list[list[float]] = []
        for start, end in sorted(spans):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        return [start for start, _ in merged], [end for _, end in merged]

    def rest(self, t: float) -> float:
        """The earliest time since which nothing has changed: two times with the same rest are the same frame."""
        starts, ends = self._changes
        index = bisect.bisect_right(starts, t) - 1
        return t if index < 0 or t <= ends[index] else max(0.0, ends[index])

    @cached_property
    def frames(self) -> tuple[float, ...]:
        """The time that each frame shows; a held frame repeats the time of the first one like it."""
        return tuple(self.rest(frame / self.fps) for frame in range(self.n_frames))


@dataclass(frozen=True)
class Timeline:
    """All beats in order. A state depends on nothing but the time, so that frames can be drawn alone, in any order."""

    shots: tuple[Shot, ...]
    run: Run
    capacity: int

    @cached_property
    def starts(self) -> tuple[float, ...]:
        """When each beat begins, in seconds; at last when the film ends."""
        first = accumulate((shot.n_frames for shot in self.shots), initial=0)
        return tuple(frame / self.shots[0].fps for frame in first)

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.starts[-1]

    def shot_at(self, t: float) -> int:
        """Which beat is on at `t`."""
        return min(max(0, bisect.bisect_right(self.starts, t) - 1), len(self.shots) - 1)

    def state(self, t: float) -> State:
        """What is seen `t` seconds into the film."""
        beat = self.shot_at(t)
        return self.state_of(beat, t - self.starts[beat])

    def state_of(self, beat: int, t: float) -> State:
        """What is seen `t` seconds into a beat."""
        shot = self.shots[beat]
        draft = shot.draft(t)
        return State(
            pose=shot.camera.pose(t),
            step=draft.step,
            looks=draft.looks,
            filled=draft.filled,
            shifts=draft.shifts,
            flyers=tuple(draft.flyers.values()),
            operators=tuple(draft.operators.values()),
            outlines=tuple(draft.outlines),
            threads=tuple(draft.threads),
            pulses=tuple(draft.pulses),
            caption=shot.caption(t),
            heading=shot.heading,
            card=draft.card,
            definition=draft.definition,
            charts=tuple(plotted.chart() for plotted in draft.charts.values()),
            tableau=draft.tableau,
            labels=tuple(draft.labels),
            marks=tuple(draft.marks),
            tokens=self._token_row(draft),
            progress=Progress(beat, len(self.shots)),
            minimap=draft.minimap,
        )

    def _token_row(self, draft: Draft) -> TokenRow | None:
        if self.run.model.is_blank:
            return None
        trace = self.run.steps[draft.step]
        n_tokens = len(trace.tokens)
        known, source, arriving = n_tokens, None, 1.0
        if draft.arriving is not None:
            known, arriving = n_tokens + 1, draft.arriving
            # The last tensor of a pass holds, for each position, how likely every token is to be the next.
            last = list(trace.graph.of_model("tokens"))[-1]
            source = Region.of_cell(last, (n_tokens - 1, self.run.tokens[n_tokens]))
        tokenizer, ids = self.run.model.tokenizer, self.run.tokens[: max(known, self.capacity)]
        texts = tuple(str(id) if tokenizer is None else tokenizer.text(id) for id in ids)
        row = texts[:known], ids[:known], self.run.prompt_length
        return TokenRow(*row, arriving, self.capacity, source, texts[known:])
