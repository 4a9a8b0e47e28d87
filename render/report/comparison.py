"""Two folders of films compared: what is new, what is gone, and of every beat that changed how it looked and looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from render.errors import UserError
from render.overlay.page import Page
from render.report.changes import Change, changes
from render.report.difference import Difference, difference
from render.report.footage import Footage, Picture
from render.report.manifest import SUFFIX, Beat, Manifest, read_manifest

MOMENTS = 8
"""At how many moments of a beat, besides its telling one, its pictures are compared."""


@dataclass(frozen=True)
class Still:
    """A frame, and when it is on, in seconds of the film."""

    picture: Picture
    seconds: float


@dataclass(frozen=True)
class Seen:
    """A beat that changed, with a frame of it before and after: its most telling, or where they differ most.

    difference: of the two; None where there is only one of them
    is_telling: whether these are the telling moments
    """

    change: Change
    before: Still | None
    after: Still | None
    difference: Difference | None = None
    is_telling: bool = True

    @property
    def differs(self) -> bool:
        """Whether a difference of the pictures is seen; that of a beat that is new or gone is."""
        return self.difference is None or self.difference.is_seen


@dataclass(frozen=True)
class Pair:
    """A film of one name in both folders, or in one of them."""

    name: str
    before: Footage | None
    after: Footage | None

    @property
    def manifest(self) -> Manifest:
        """Of the film as it is now, or was."""
        found = self.after or self.before
        assert found is not None
        return found.manifest

    @property
    def is_whole(self) -> bool:
        """Whether the film is there before and after."""
        return self.before is not None and self.after is not None

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The beats that changed; of a film that is new or gone as a whole there are none."""
        if self.before is None or self.after is None:
            return ()
        return tuple(changes(self.before.manifest.beats, self.after.manifest.beats))

    def made_otherwise(self) -> Iterator[tuple[str, str, str]]:
        """Settings and versions that are not what they were: which, before and after."""
        if self.before is not None and self.after is not None:
            yield from self.before.manifest.made_otherwise(self.after.manifest)

    def seen(self) -> Iterator[Seen]:
        """Every beat that changed, looked at. Raises UserError for films that are not those of their manifests."""
        if self.changes:
            for footage in (self.before, self.after):
                assert footage is not None
                footage.check()
        for change in self.changes:
            yield self._look(change)

    def _look(self, change: Change) -> Seen:
        if self.before is None or change.before is None:
            return Seen(change, None, _telling(self.after, change.after))
        if self.after is None or change.after is None:
            return Seen(change, _telling(self.before, change.before), None)
        old, new = _moments(self.before, change.before), _moments(self.after, change.after)
        # Equal keys are equal pictures: the telling frame alone is wanted.
        places = range(MOMENTS + 1) if change.of_key else range(1)
        before, after = _stills(self.before, old, places), _stills(self.after, new, places)
        compared = [[self._compared(still.picture) for still in stills] for stills in (before, after)]
        found = [difference(a, b) for a, b in zip(*compared, strict=True)]
        best = 0 if found[0].is_seen else max(places, key=lambda place: (found[place].share, found[place].mean))
        best = best if found[best].is_seen else 0
        return Seen(change, before[best], after[best], found[best], best == 0)

    def _compared(self, picture: Picture) -> Picture:
        """What counts of a picture. The marks at its foot tell which beats there are, and where those are others, they
        are other ones in every beat."""
        if self.has_same_beats:
            return picture
        height, width = picture.shape[:2]
        top = int(Page((width, height)).progress.top)
        bare: Picture = picture.copy()
        bare[top:] = 0
        return bare

    @cached_property
    def has_same_beats(self) -> bool:
        """Whether the beats before and after have the same names in the same order."""
        old, new = ([beat.name for beat in own.manifest.beats] if own else [] for own in (self.before, self.after))
        return old == new


def _moments(footage: Footage, beat: Beat) -> list[int]:
    """The numbers of the telling frame and of those at `MOMENTS` even distances through the beat."""
    frames = footage.frames_of(beat)
    even = np.linspace(0, len(frames) - 1, MOMENTS + 2)[1:-1]
    return [footage.telling(beat), *(frames[round(place)] for place in even.tolist())]


def _stills(footage: Footage, numbers: list[int], places: range) -> list[Still]:
    """The frames with those numbers, in their order; each is decoded once."""
    wanted = sorted({numbers[place] for place in places})
    pictures: Mapping[int, Picture] = dict(zip(wanted, footage.pictures(wanted), strict=True))
    return [Still(pictures[numbers[place]], footage.seconds(numbers[place])) for place in places]


def _telling(footage: Footage | None, beat: Beat | None) -> Still:
    assert footage is not None and beat is not None
    return _stills(footage, [footage.telling(beat)], range(1))[0]


def pairs(old: Path, new: Path) -> list[Pair]:
    """The films of two folders, by their paths in them. Raises UserError for folders without a film, and as
    `read_manifest` does."""
    before, after = films_in(old), films_in(new)
    if not before and not after:
        where = f"{old} and {new}" if old != new else str(old)
        raise UserError(f"there are no films with manifests (*{SUFFIX}) in {where}; rendering writes them")
    return [Pair(name, before.get(name), after.get(name)) for name in sorted({*before, *after})]


def films_in(folder: Path) -> dict[str, Footage]:
    """The films in a folder, and in folders in it, by their paths from there."""
    if not folder.is_dir():
        what = "is a file, not a folder of films" if folder.exists() else "is not there"
        raise UserError(f"{folder} {what}")
    found: dict[str, Footage] = {}
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        inside = path.relative_to(folder)
        if not any(part.startswith(".") for part in inside.parts):
            film = path.with_name(path.name.removesuffix(SUFFIX))
            found[inside.with_name(film.name).as_posix()] = Footage(film, read_manifest(path))
    return found
