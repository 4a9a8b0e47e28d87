"""The film as a function of time."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from render.model import Region, Run
from render.timeline.camera_path import CameraTrack
from render.timeline.draft import Clip, Draft
from render.timeline.easing import progress
from render.timeline.state import Beside, Caption, Heading, Progress, State, TokenRow

CAPTION_FADE = 0.3


@dataclass(frozen=True)
class Page:
    """One page of narration and when it stands.

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
    """One beat on the time line: when it is on, and what happens in it."""

    id: str
    start: float
    end: float
    heading: Heading
    pages: tuple[Page, ...] = ()
    clips: tuple[Clip, ...] = ()
    telling: float = 0.0
    """The moment that shows best what the beat is about."""

    @property
    def duration(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Timeline:
    """All beats in order. `state(t)` depends on nothing but t, so that frames can be drawn alone and in any order."""

    shots: tuple[Shot, ...]
    camera: CameraTrack
    run: Run
    capacity: int
    _bases: list[Draft] = field(default_factory=lambda: [Draft()], repr=False)

    @property
    def duration(self) -> float:
        return self.shots[-1].end

    def shot_at(self, t: float) -> int:
        """Which beat is on at `t`."""
        return max(0, bisect.bisect_right([shot.start for shot in self.shots], t) - 1)

    def state(self, t: float) -> State:
        """What is seen `t` seconds into the film."""
        index = self.shot_at(t)
        shot = self.shots[index]
        draft = self._base(index).copy()
        for clip in shot.clips:
            if clip.start <= t < clip.stop:
                solid = min(1.0, (clip.stop - t) / clip.fade) if clip.fade > 0 else 1.0
                clip.effect.apply(draft, progress(t, clip.start, clip.end), solid)
        caption = next((page.at(t) for page in shot.pages if page.start <= t < page.end), None)
        weights = tuple(each.duration for each in self.shots)
        return State(
            pose=self.camera.pose(t),
            step=draft.step,
            looks=draft.looks,
            filled=draft.filled,
            shifts=draft.shifts,
            flyers=tuple(draft.flyers.values()),
            operators=tuple(draft.operators.values()),
            outlines=tuple(draft.outlines),
            threads=tuple(draft.threads),
            pulses=tuple(draft.pulses),
            caption=caption,
            heading=shot.heading,
            card=draft.card,
            definition=draft.definition,
            charts=tuple(plotted.chart() for plotted in draft.charts.values()),
            tableau=draft.tableau,
            labels=tuple(draft.labels),
            marks=tuple(draft.marks),
            tokens=self._token_row(draft),
            progress=Progress(index, weights),
            minimap=draft.minimap,
        )

    def _base(self, index: int) -> Draft:
        """What the beats before `index` have left behind."""
        while len(self._bases) <= index:
            shot = self.shots[len(self._bases) - 1]
            draft = self._bases[-1].copy()
            for clip in shot.clips:
                if clip.stop > shot.end:
                    clip.effect.apply(draft, 1.0)
            self._bases.append(draft)
        return self._bases[index]

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

    @cached_property
    def _changes(self) -> tuple[list[float], list[float]]:
        """Starts and ends of the spans in which something moves, merged and in order."""
        spans: list[tuple[float, float]] = list(self.camera.busy)
        for shot in self.shots:
            spans.append((shot.start, shot.start))
            for page in shot.pages:
                spans += page.busy
            for clip in shot.clips:
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
        return t if index < 0 or t <= ends[index] else ends[index]

    def frame_times(self, fps: int, start: float = 0.0, end: float | None = None) -> Sequence[float]:
        """The time that each frame shows; a held frame repeats the time of the first one like it."""
        stop = self.duration if end is None else min(end, self.duration)
        first, last = round(start * fps), max(round(start * fps) + 1, round(stop * fps))
        return [self.rest(frame / fps) for frame in range(first, last)]
