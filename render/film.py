"""The Python interface: load a scene, write a film, a GIF, frames or stills.

>>> from render import load
>>> film = load("scenes/sort.yaml", size="720p")
>>> film.write("output/sort.mp4")
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from render.errors import UserError
from render.farm.machine import default_workers
from render.farm.workers import render_frames
from render.painter import Painter, Production
from render.scene import Scene, load_scene
from render.stage import opengl
from render.timeline.timeline import Shot, Timeline
from render.video.png import write_png
from render.video.subtitles import Cue
from render.video.writer import check_output, open_writer

Report = Callable[[int, int], None]
"""Called with the frames done and the frames there are."""


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

    Raises UserError (ScriptError, with file, line and column) for whatever is wrong, before anything is drawn.
    """
    scene = load_scene(path).revised(model=model, prompt=prompt, size=size, fps=fps, theme=theme, captions=captions)
    production = Production(scene)
    _ = production.timeline
    return Film(production)


@dataclass(frozen=True)
class Film:
    """A scene ready to be drawn."""

    production: Production

    @property
    def scene(self) -> Scene:
        return self.production.scene

    @property
    def name(self) -> str:
        """The script's file name without its ending."""
        return self.scene.file.stem

    @property
    def timeline(self) -> Timeline:
        return self.production.timeline

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.timeline.duration

    def span(
        self, beat: str | None = None, start: float | None = None, end: float | None = None
    ) -> tuple[float, float]:
        """The part of the film that `beat`, or else `start` and `end` (seconds), name; all of it by default."""
        if beat is not None:
            if start is not None or end is not None:
                raise UserError("give either a beat or the seconds from and to, not both")
            shot = self.shot(beat)
            return (shot.start, shot.end)
        first, last = 0.0 if start is None else start, self.duration if end is None else end
        if not 0 <= first < last:
            raise UserError(
                f"there is nothing from {first:g}s to {last:g}s: the film runs from 0s to {self.duration:.2f}s"
            )
        if first >= self.duration:
            raise UserError(f"{first:g}s is past the end: the film is {self.duration:.2f}s long")
        return (first, min(last, self.duration))

    def shot(self, beat: str) -> Shot:
        """The beat's place on the time line."""
        self.scene.beat(beat)
        return next(shot for shot in self.timeline.shots if shot.id == beat)

    def write(
        self,
        output: str | os.PathLike[str],
        *,
        beat: str | None = None,
        start: float | None = None,
        end: float | None = None,
        workers: int | None = None,
        report: Report | None = None,
    ) -> Path:
        """Write the film, or a part of it, to `.mp4`, `.gif`, or a folder of PNG frames; return its path.

        Frames are drawn by `workers` processes (by default as many as the machine has cores and memory for) and encoded
        beside. What does not change is drawn once. The output appears when it is whole, an MP4 with its subtitles (.srt
        and .vtt) beside it.
        """
        fps = self.scene.video.fps
        span = self.span(beat, start, end)
        check_output(output, self.production.size, fps)
        opengl.check()
        times = [(time, len(list(same))) for time, same in groupby(self.timeline.frame_times(fps, *span))]
        width, height = self.production.size
        drawn = render_frames(
            partial(Painter, self.production),
            [time for time, _ in times],
            workers=default_workers() if workers is None else workers,
            frame_shape=(height, width, 4),
        )
        total, done = sum(repeat for _, repeat in times), 0
        told = open_writer(output, self.production.size, fps, self.chapters(span), self.cues(span))
        with closing(drawn), told as writer:
            for frame, (_, repeat) in zip(drawn, times, strict=True):
                writer.write(frame, repeat)
                done += repeat
                if report:
                    report(done, total)
        return Path(output)

    def chapters(self, span: tuple[float, float]) -> list[tuple[str, float, float]]:
        """A chapter for each beat in `span`: its name, start and end in seconds of the written film."""
        found = []
        for shot in self.timeline.shots:
            begin, stop = max(shot.start, span[0]), min(shot.end, span[1])
            if begin < stop:
                found.append((self._chapter_name(shot), begin - span[0], stop - span[0]))
        return found

    def cues(self, span: tuple[float, float]) -> list[Cue]:
        """The narration in `span`, page by page, without its markup, in seconds of the written film."""
        from render.overlay.markup import plain  # imported here: Skia comes with it

        found = []
        for shot in self.timeline.shots:
            for page in shot.pages:
                begin, stop = max(page.start, span[0]), min(page.end, span[1])
                if begin < stop and (words := plain(page.text)):
                    found.append(Cue(words, begin - span[0], stop - span[0]))
        return found

    def _chapter_name(self, shot: Shot) -> str:
        words = shot.id.replace("-", " ").replace("_", " ").capitalize()
        return f"{shot.heading.chapter}: {words}"

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
        painter = Painter(self.production, transparent=transparent)
        try:
            for number, id, time in moments:
                path = Path(folder) / f"{number:02d}-{id}.png"
                write_png(path, painter(time))
                yield path
        finally:
            painter.close()

    def _moments(self, beat: str | None, at: float | None) -> list[tuple[int, str, float]]:
        shots = list(enumerate(self.timeline.shots, start=1))
        if beat is not None:
            wanted = self.shot(beat)
            shots = [(number, shot) for number, shot in shots if shot is wanted]
        if at is None:
            return [(number, shot.id, shot.telling) for number, shot in shots]
        start, end = (shots[0][1].start, shots[0][1].end) if beat is not None else (0.0, self.duration)
        if not 0 <= at < end - start:
            raise UserError(f"there is no moment at {at:g}s: choose from 0s to {end - start:.2f}s")
        number = self.timeline.shot_at(start + at)
        return [(number + 1, self.timeline.shots[number].id, start + at)]

    def frame(self, t: float) -> NDArray[np.uint8]:
        """One frame, (height, width, 4) uint8 RGBA, top row first, `t` seconds into the film."""
        opengl.check()
        painter = Painter(self.production)
        try:
            return painter(t)
        finally:
            painter.close()
