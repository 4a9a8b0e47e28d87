"""A film cut into segments, each drawn and encoded by itself and named by a hash of all that its pictures follow from.

They are cut at beats, and within a beat so that each has about as many frames to draw: few enough that all cores are
busy until the end, and many enough that what each begins with (a key frame, an encoder) does not count.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from render.farm.declared import Out, declare
from render.farm.in_sight import in_sight
from render.layout import Layout, telling_words
from render.model import Run
from render.model.lineage import hashed, identity, lineage
from render.programme import Moment, Passage, Programme
from render.programme.production import Production
from render.timeline.charting import Draw, Widen
from render.timeline.pieces import Shift
from render.timeline.timeline import Shot

LENGTH = 48
"""How many different frames a segment has at most."""

Frames = tuple[tuple[Moment, int], ...]
"""What is seen one after the other, and for how many frames each."""


@dataclass(frozen=True)
class Segment:
    """A piece of one beat.

    number: counts the segments of the film from 0
    beat:   the beat's name
    first:  the number of its first frame in the film
    """

    number: int
    beat: str
    first: int
    frames: Frames
    key: str

    @property
    def n_frames(self) -> int:
        return sum(repeat for _, repeat in self.frames)


def cut(programme: Programme, first: int, stop: int, settings: Mapping[str, object]) -> tuple[Segment, ...]:
    """The segments of the frames from `first` to `stop` of a film.

    settings: of whatever the pictures follow from besides the film: of the encoder, versions of what draws
    """
    films = {passage.reel.part: _Inputs(passage.reel.production, settings) for passage in programme.passages}
    found: list[Segment] = []
    for passage in programme.passages:
        inputs, at = films[passage.reel.part], passage.first
        beat: _Beat | None = None
        for frames in _pieces(passage):
            n_frames = sum(repeat for _, repeat in frames)
            inside = tuple(_inside(frames, first - at, stop - at))
            if inside:
                beat = beat or _Beat(inputs, passage.beat)
                found.append(Segment(len(found), passage.name, max(at, first), inside, beat.key(inside)))
            at += n_frames
    return tuple(found)


def beat_keys(segments: Sequence[Segment]) -> dict[str, str]:
    """A hash for each beat, by name, of all that its pictures follow from."""
    by_beat = groupby(segments, key=lambda segment: segment.beat)
    return {beat: hashed(*(own.key.encode() for own in parts)).hex() for beat, parts in by_beat}


def _pieces(passage: Passage) -> Iterator[Frames]:
    """All frames of a beat, in pieces of about the same number of different ones."""
    held = [(moment, len(list(same))) for moment, same in groupby(passage.moments)]
    n_pieces = math.ceil(len(held) / LENGTH)
    for piece in range(n_pieces):
        yield tuple(held[piece * len(held) // n_pieces : (piece + 1) * len(held) // n_pieces])


def _inside(frames: Frames, first: int, stop: int) -> Iterator[tuple[Moment, int]]:
    """What of `frames` has numbers from `first` to `stop`, counted from theirs."""
    at = 0
    for moment, repeat in frames:
        n_inside = min(at + repeat, stop) - max(at, first)
        if n_inside > 0:
            yield moment, n_inside
        at += repeat


class _Inputs:
    """What all beats of a production have in common."""

    def __init__(self, production: Production, settings: Mapping[str, object]) -> None:
        self.production = production
        self._settings = settings

    @cached_property
    def common(self) -> bytes:
        """A hash of it, without the weights."""
        own, out = self.production, Out()
        declare(json.dumps(self._settings, sort_keys=True), out)
        declare((own.size, own.scene.video.fps, own.scene.video.captions, own.theme), out)
        declare((own.timeline.capacity, len(own.timeline.shots), own.layout.orientation), out)
        # The layout follows from these, and what is written along it.
        for name, run in (own.run.cast or {"": own.run}).items():
            declare((name, identity(run.model), run.tokens, run.prompt_length, len(run.steps)), out)
            declare(_telling(run), out)
        return out.hashed()

    @cached_property
    def lineage(self) -> Mapping[str, bytes]:
        return lineage(self.production.run)

    @property
    def layout(self) -> Layout:
        return self.production.layout


def _telling(run: Run) -> object:
    return sorted(telling_words(run)) if not run.model.is_blank else ()


class _Beat:
    """What all segments of a beat have in common."""

    def __init__(self, inputs: _Inputs, number: int) -> None:
        self._inputs = inputs
        self._shot = inputs.production.timeline.shots[number]
        out = Out()
        declare(number, out)
        declare(self._shot, out)
        self._said = out.hashed()
        self._named = frozenset(out.tensors) | self._moved | self._read_off

    def key(self, frames: Frames) -> str:
        """The hash of a segment: of the beat, its frames, and what was computed of what they show."""
        layout, times = self._inputs.layout, [moment.t for moment, _ in frames]
        boxes = list(layout.boxes.values())
        seen = {boxes[place].tensor for place in in_sight(layout, self._shot, times, self._inputs.production.aspect)}
        known = self._inputs.lineage
        parts = [known[name] for name in known if name in seen or name in self._named]
        out = Out()
        declare(tuple((moment.t, repeat) for moment, repeat in frames), out)
        return hashed(self._inputs.common, self._said, out.hashed(), *parts).hex()

    @property
    def _moved(self) -> frozenset[str]:
        """The tensors of boxes that leave their places, and may be anywhere."""
        effects = [clip.effect for clip in self._shot.clips]
        moved = {id for effect in effects if isinstance(effect, Shift) for id in effect.shifts}
        return frozenset(self._inputs.layout.boxes[id].tensor for id in {*moved, *self._shot.base.shifts})

    @property
    def _read_off(self) -> frozenset[str]:
        """Every tensor, where a chart shows what the model would say: all weights of its head have a part in that."""
        return frozenset(self._inputs.lineage) if self._predicts(self._shot) else frozenset()

    @staticmethod
    def _predicts(shot: Shot) -> bool:
        charts = [plotted.recipe for plotted in shot.base.charts.values()]
        charts += [clip.effect.recipe for clip in shot.clips if isinstance(clip.effect, Draw | Widen)]
        return any(recipe.action.through == "prediction" for recipe in charts)
