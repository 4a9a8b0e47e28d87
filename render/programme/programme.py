"""A film as a programme: one or more productions, one after the other, each a film of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import NamedTuple

from render.errors import UserError, nearest
from render.programme.production import Production, Stock
from render.scene import Scene, gathered
from render.timeline.timeline import Page, Shot


class Moment(NamedTuple):
    """What a frame shows: which part of the film is on, which beat of it, and how many seconds into that beat."""

    part: int
    beat: int
    t: float


@dataclass(frozen=True)
class Reel:
    """A production's place in the film, a whole number of frames.

    name:       what its beats are called by beside their ids; empty where the film is this one script
    first:      the number of its first frame
    start, end: seconds of the film
    """

    part: int
    production: Production
    name: str
    first: int
    n_frames: int
    start: float
    end: float


@dataclass(frozen=True)
class Passage:
    """A beat's place in the film.

    number:     counts all beats of the film from 1
    beat:       its number among those of its reel, from 0
    first:      the number of its first frame
    start, end: seconds of the film
    """

    number: int
    reel: Reel
    beat: int
    first: int
    start: float
    end: float

    @property
    def shot(self) -> Shot:
        """What happens in it, in seconds of its own."""
        return self.reel.production.timeline.shots[self.beat]

    @property
    def name(self) -> str:
        """The beat's id, after the name of the part and a slash if there are parts."""
        return f"{self.reel.name}/{self.shot.id}" if self.reel.name else self.shot.id

    @property
    def pages(self) -> Iterator[Page]:
        """The narration in seconds of the film."""
        for page in self.shot.pages:
            yield Page(page.text, self.start + page.start, min(self.start + page.end, self.end))

    @property
    def telling(self) -> Moment:
        """What shows best what the beat is about."""
        return Moment(self.reel.part, self.beat, self.shot.telling)

    def at(self, t: float) -> Moment:
        """What is on `t` seconds into the film, while this passage is."""
        return Moment(self.reel.part, self.beat, max(t - self.start, 0.0))

    @property
    def moments(self) -> Iterator[Moment]:
        """What each of its frames shows; a held frame repeats the moment of the first one like it."""
        return (Moment(self.reel.part, self.beat, t) for t in self.shot.frames)


def passage_at(passages: Sequence[Passage], t: float) -> Passage:
    """Which of the passages is on `t` seconds into the film; the first before it, the last after it."""
    return next((passage for passage in reversed(passages) if passage.start <= t), passages[0])


@dataclass(frozen=True)
class Programme:
    """The parts of a film in order. Pickles as the scenes alone; what follows from them is made where it is needed.

    scene: the film's script, which has the settings that a film has one of: frame size and rate
    parts: the scenes that play, `parts_of(scene)`
    """

    scene: Scene
    parts: tuple[Scene, ...]

    @cached_property
    def productions(self) -> tuple[Production, ...]:
        """One for each part; those of the same model, tokens and predictions share their run and its layout."""
        stock = Stock()
        return tuple(Production(part, stock) for part in self.parts)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.productions[0].size

    @property
    def fps(self) -> int:
        return self.scene.video.fps

    def rehearse(self) -> None:
        """Run and time every part. Raises UserError for whatever is wrong, ScriptError with all of it in all parts."""
        gathered(lambda production: production.timeline, self.productions)

    @cached_property
    def reels(self) -> tuple[Reel, ...]:
        found: list[Reel] = []
        first = 0
        for part, (production, name) in enumerate(zip(self.productions, self._names(), strict=True)):
            n_frames = sum(shot.n_frames for shot in production.timeline.shots)
            span = (first / self.fps, (first + n_frames) / self.fps)
            found.append(Reel(part, production, name, first, n_frames, *span))
            first += n_frames
        return tuple(found)

    def _names(self) -> list[str]:
        """The file names of included scripts without their endings; with a number after one that is there already."""
        if not self.scene.include:
            return [""]
        names: list[str] = []
        for part in self.parts:
            stem = part.file.stem
            numbered = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
            names.append(next(name for name in numbered if name not in names))
        return names

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.reels[-1].end

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """All beats of all parts in order; one ends where the next begins."""
        found: list[Passage] = []
        first = 0
        for reel in self.reels:
            for beat, shot in enumerate(reel.production.timeline.shots):
                span = (first / self.fps, (first + shot.n_frames) / self.fps)
                found.append(Passage(len(found) + 1, reel, beat, first, *span))
                first += shot.n_frames
        return tuple(found)

    def beat(self, name: str) -> Passage:
        """The beat of that id, or `PART/ID`. Raises UserError where there is none, or more than one."""
        named = [passage for passage in self.passages if name in (passage.shot.id, passage.name)]
        if len(named) > 1:
            choices = ", ".join(passage.name for passage in named)
            raise UserError(f"there are {len(named)} beats '{name}' in {self.scene.file}: say which of {choices}")
        if not named:
            ids = dict.fromkeys(passage.shot.id for passage in self.passages)
            known = dict.fromkeys([*ids, *(passage.name for passage in self.passages)])
            raise UserError(f"there is no beat '{name}' in {self.scene.file}{nearest(name, known)}")
        return named[0]

    def at(self, t: float) -> Moment:
        """What is on `t` seconds into the film."""
        return passage_at(self.passages, t).at(t)

    @property
    def n_frames(self) -> int:
        return self.reels[-1].first + self.reels[-1].n_frames

    def frames(self) -> Iterator[Moment]:
        """What each frame of the film shows."""
        return (moment for passage in self.passages for moment in passage.moments)

    def __getstate__(self) -> dict[str, object]:
        return {"scene": self.scene, "parts": self.parts}
