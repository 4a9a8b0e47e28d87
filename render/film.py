"""The Python interface: load a scene, write a film, a GIF, frames or stills.

>>> from render import load
>>> film = load("scenes/sort.yaml", size="720p")
>>> film.write("output/sort.mp4")
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from render.cache import Cache
from render.errors import UserError
from render.farm.address import check_farm
from render.farm.identity import identity
from render.farm.machine import default_workers
from render.farm.making import made
from render.farm.segments import Segment, cut
from render.farm.watch import Watch
from render.farm.workers import draw_segments
from render.overlay.markup import plain
from render.programme import Moment, Passage, Programme, passage_at
from render.programme.painter import Painter
from render.report.manifest import Manifest
from render.report.record import record, refuse_other, write_manifest
from render.scene import Scene, load_scene, parts_of
from render.stage import opengl
from render.stage.pyramid import keep_pyramid
from render.timeline.timeline import Shot
from render.video.encoding import Encoding, encoding_for, encoding_named
from render.video.mp4 import Chapter
from render.video.png import write_png
from render.video.subtitles import Cue

Report = Callable[[int, int], None]
"""Called with how many are done and how many there are: frames, while a film is drawn."""


def load(
    path: str | os.PathLike[str],
    *,
    model: str | None = None,
    prompt: str | None = None,
    size: str | None = None,
    fps: int | None = None,
    theme: str | None = None,
    captions: str | None = None,
) -> Film:
    """Read a scene script and rehearse it; what is given in place of None replaces the script's own setting.

    A script that includes others is a film of them all. Raises UserError (ScriptError, with file, line and column) for
    whatever is wrong, before anything is drawn.
    """
    scene = load_scene(path).revised(model=model, prompt=prompt, size=size, fps=fps, theme=theme, captions=captions)
    programme = Programme(scene, parts_of(scene))
    programme.rehearse()
    return Film(programme)


@dataclass(frozen=True)
class Film:
    """A script, with what it includes, ready to be drawn."""

    programme: Programme

    @property
    def scene(self) -> Scene:
        return self.programme.scene

    @property
    def name(self) -> str:
        """The script's file name without its ending."""
        return self.scene.file.stem

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.programme.duration

    def span(
        self, beat: str | None = None, start: float | None = None, end: float | None = None
    ) -> tuple[float, float]:
        """The part of the film that `beat`, or else `start` and `end` (seconds), name; all of it by default."""
        if beat is not None:
            if start is not None or end is not None:
                raise UserError("give either a beat or the seconds from and to, not both")
            passage = self.programme.beat(beat)
            return (passage.start, passage.end)
        first, last = 0.0 if start is None else start, self.duration if end is None else end
        if not 0 <= first < last:
            raise UserError(
                f"there is nothing from {first:g}s to {last:g}s: the film runs from 0s to {self.duration:.2f}s"
            )
        if first >= self.duration:
            raise UserError(f"{first:g}s is past the end: the film is {self.duration:.2f}s long")
        return (first, min(last, self.duration))

    def prepare(self, report: Report | None = None, cache: Cache | None = None) -> None:
        """Make what all processes that draw share, and keep it for the next time: coarse levels of large models.

        `report` is called with the millions of weights read and those there are, model by model. What draws calls this
        by itself. Raises MachineError where memory or disk is short of what it needs.
        """
        runs = [run for production in self.programme.productions for run in production.run.alone]
        for model in {run.model: None for run in runs}:
            keep_pyramid(model, cache or Cache.usual(), report)

    def write(
        self,
        output: str | os.PathLike[str],
        *,
        beat: str | None = None,
        start: float | None = None,
        end: float | None = None,
        workers: int | None = None,
        farm: str | None = None,
        cache: Cache | None = None,
        report: Report | None = None,
        watch: Watch | None = None,
    ) -> Path:
        """Write the film, or a part of it, to `.mp4`, `.gif`, or a folder of PNG frames; return its path.

        Segments of it are drawn and encoded by `workers` processes (by default as many as the machine has cores and
        memory for) and kept in the `cache` (by default the one that RENDER_CACHE names, or the platform's); those that
        are there already are not drawn again. The output appears when it is whole, an MP4 with its subtitles (.srt and
        .vtt) beside it, and after it its manifest (.manifest.json).

        With a `farm`, the address of a Dask scheduler, that one's workers draw, and `watch` hears of each; with `local`
        a cluster of `workers` processes, which a script may ask for under `if __name__ == "__main__"` only.
        """
        output = Path(output)
        encoding = encoding_for(output, self.programme.size, self.programme.fps)
        refuse_other(output)
        cache = cache or Cache.usual()
        span = self.span(beat, start, end)
        segments = self.segments(encoding, span)
        self.prepare(cache=cache)
        draw = partial(self._drawn_by(workers, farm, watch), self.programme, encoding=encoding, cache=cache)
        with made(segments, encoding, cache, draw, report) as files:
            written = encoding.join(files, output, self.chapters(span), self.cues(span))
        write_manifest(record(self.programme, segments, output), output, written)
        return output

    def manifest(
        self,
        output: str | os.PathLike[str],
        *,
        beat: str | None = None,
        start: float | None = None,
        end: float | None = None,
    ) -> Manifest:
        """What `write` would tell of that output now, but for the files themselves. Nothing is drawn."""
        encoding = encoding_named(output, self.programme.size, self.programme.fps)
        return record(self.programme, self.segments(encoding, self.span(beat, start, end)), Path(output))

    @staticmethod
    def _drawn_by(workers: int | None, farm: str | None, watch: Watch | None) -> Callable[..., None]:
        if farm is None:
            return partial(draw_segments, workers=default_workers() if workers is None else workers)
        check_farm(farm, workers)
        from render.farm.cluster import draw_on_cluster  # imported here: Dask comes with it

        return partial(draw_on_cluster, farm=farm, workers=workers, watch=watch)

    def segments(self, encoding: Encoding, span: tuple[float, float] | None = None) -> tuple[Segment, ...]:
        """The segments of the film, or of a part of it (seconds), as an encoding has them, each with its hash."""
        settings = {**identity(), "encoding": dict(encoding.settings)}
        return cut(self.programme, *self._frames(span or self.span()), settings)

    def _frames(self, span: tuple[float, float]) -> tuple[int, int]:
        """The numbers of the first frame of a span and of the first after it; there is one at least."""
        fps, n_frames = self.programme.fps, self.programme.n_frames
        first = min(round(span[0] * fps), n_frames - 1)
        return first, min(max(first + 1, round(span[1] * fps)), n_frames)

    def chapters(self, span: tuple[float, float]) -> list[Chapter]:
        """What is on in `span`, in seconds of the written film: the included scripts, or else this one's beats."""
        if self.scene.include:
            reels = self.programme.reels
            return _within(span, ((reel.production.title, reel.start, reel.end) for reel in reels))
        passages = self.programme.passages
        return _within(span, ((_chapter_name(passage.shot), passage.start, passage.end) for passage in passages))

    def cues(self, span: tuple[float, float]) -> list[Cue]:
        """The narration in `span`, page by page, without its markup, in seconds of the written film."""
        pages = (page for passage in self.programme.passages for page in passage.pages)
        spoken = ((plain(page.text), page.start, page.end) for page in pages)
        return [Cue(*words) for words in _within(span, spoken) if words[0]]

    def stills(
        self,
        folder: str | os.PathLike[str],
        *,
        beat: str | None = None,
        at: float | None = None,
        transparent: bool = False,
    ) -> Iterator[Path]:
        """Write one PNG a beat at its most telling moment, or one at `at` seconds, into `folder`; yield each path.

        `transparent` leaves the page out, for slides. With a beat, `at` counts from the beat's start.
        """
        moments = self._moments(beat, at)
        opengl.check()
        self.prepare()
        painter = Painter(self.programme, transparent=transparent)
        try:
            for passage, moment in moments:
                path = Path(folder) / f"{passage.number:02d}-{passage.name.replace('/', '-')}.png"
                write_png(path, painter(moment, still=True))
                yield path
        finally:
            painter.close()

    def _moments(self, beat: str | None, at: float | None) -> list[tuple[Passage, Moment]]:
        passages = self.programme.passages if beat is None else (self.programme.beat(beat),)
        if at is None:
            return [(passage, passage.telling) for passage in passages]
        start, end = passages[0].start, passages[-1].end
        if not 0 <= at < end - start:
            raise UserError(f"there is no moment at {at:g}s: choose from 0s to {end - start:.2f}s")
        passage = passage_at(passages, start + at)
        return [(passage, passage.at(start + at))]

    def frame(self, t: float) -> NDArray[np.uint8]:
        """One frame, (height, width, 4) uint8 RGBA, top row first, `t` seconds into the film."""
        opengl.check()
        self.prepare()
        painter = Painter(self.programme)
        try:
            return painter(self.programme.at(t))
        finally:
            painter.close()


def _chapter_name(shot: Shot) -> str:
    words = shot.id.replace("-", " ").replace("_", " ").capitalize()
    return f"{shot.heading.chapter}: {words}"


def _within(span: tuple[float, float], pieces: Iterable[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Those of the pieces (words, start, end) that are on in `span`, cut to it, in seconds from its start."""
    cut = [(words, max(start, span[0]) - span[0], min(end, span[1]) - span[0]) for words, start, end in pieces]
    return [(words, start, end) for words, start, end in cut if start < end]
