"""The report as a page: one HTML file with its style and script in it, and pictures beside it.

It is opened from its file: nothing is fetched but the pictures. Without scripts before and after stand side by side.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path

import numpy as np
from jinja2 import Environment, StrictUndefined
from PIL import Image

from render.errors import UserError
from render.report.changes import Change
from render.report.comparison import MOMENTS, Pair, Seen, pairs
from render.report.difference import difference_picture
from render.report.footage import Picture
from render.theme import DARK, LIGHT, THEMES, Colour
from render.video.whole import telling, whole_file

PICTURES = "pictures"
WIDEST, QUALITY = 1280, 88
"""How large the longer side of a picture on the page is, in pixels, and the quality of its WebP: some 60 kB each."""

MARK = '<meta name="generator" content="render diff">'
"""By which an earlier report is told from other pages."""


@dataclass(frozen=True)
class ShownPicture:
    """A picture on the page: its address, its size in pixels, and when it is on, in seconds of the film."""

    address: str
    width: int
    height: int
    seconds: float


@dataclass(frozen=True)
class ShownBeat:
    """A beat on the page; `difference` is the picture of it."""

    number: int
    seen: Seen
    before: ShownPicture | None
    after: ShownPicture | None
    difference: ShownPicture | None

    @property
    def change(self) -> Change:
        return self.seen.change


@dataclass(frozen=True)
class ShownFilm:
    """A film on the page. unseen: beats of which something changed and nothing is seen."""

    pair: Pair
    beats: tuple[ShownBeat, ...]
    unseen: tuple[str, ...]

    @property
    def n_beats(self) -> int:
        """How many there are, or were."""
        own = (self.pair.before, self.pair.after)
        return len({beat.name for footage in own if footage for beat in footage.manifest.beats})

    @property
    def n_changed(self) -> int:
        """How many beats are to be seen; all of a film that is new or gone."""
        return len(self.beats) if self.pair.is_whole else self.n_beats

    @property
    def strip(self) -> list[tuple[float, ShownBeat | None]]:
        """The film as it is now, beat by beat: how long each is, and what changed in it."""
        shown = {beat.change.name: beat for beat in self.beats}
        return [(round(beat.end - beat.start, 3), shown.get(beat.name)) for beat in self.pair.manifest.beats]


def write_report(old: Path, new: Path, folder: Path, names: tuple[str, str]) -> Path:
    """Compare the films of two folders and write what changed to `folder`/index.html; return its path.

    names: what the page calls the two
    An earlier report in `folder` is replaced, and stays whole until then. Raises UserError for folders without films,
    for films that are not those of their manifests, and where `folder` holds a page that is no report.
    """
    index = folder / "index.html"
    _check(index)
    written: set[str] = set()
    number = iter(range(1, 1_000_000))

    def keep(picture: Picture) -> str:
        name = _keep(folder / PICTURES, picture)
        written.add(name)
        return f"{PICTURES}/{name}"

    films = [_shown(pair, keep, number) for pair in pairs(old, new)]
    page = _page(films, names)
    with whole_file(index) as part, telling(index):
        part.write_text(page, encoding="utf-8")
    for path in (folder / PICTURES).glob("*.webp"):
        if path.name not in written:
            path.unlink()
    return index


def _check(index: Path) -> None:
    """Raise UserError where there is a page that is not ours to replace."""
    if index.parent.exists() and not index.parent.is_dir():
        raise UserError(f"{index.parent} is a file; give a folder for the report")
    if index.exists() and (index.is_dir() or MARK.encode() not in index.read_bytes()[:2000]):
        raise UserError(f"{index} is no report of ours and would be replaced; give another folder")


def _shown(pair: Pair, keep: Callable[[Picture], str], number: Iterator[int]) -> ShownFilm:
    """A film for the page, its pictures written."""
    beats: list[ShownBeat] = []
    unseen: list[str] = []
    accent = THEMES.get(pair.manifest.settings.theme, LIGHT).accent
    for seen in pair.seen():
        if not seen.differs and not seen.change.is_told:
            unseen.append(seen.change.name)
            continue
        before, after = (
            None if still is None else _picture(still.picture, still.seconds, keep)
            for still in (seen.before, seen.after)
        )
        apart = None
        if seen.before is not None and seen.after is not None and seen.differs:
            picture = difference_picture(seen.before.picture, seen.after.picture, accent)
            apart = _picture(picture, seen.after.seconds, keep)
        beats.append(ShownBeat(next(number), _without_pictures(seen), before, after, apart))
    return ShownFilm(pair, tuple(beats), tuple(unseen))


def _without_pictures(seen: Seen) -> Seen:
    """What is told of a beat, so that the frames of long films are let go of one by one."""
    return Seen(seen.change, None, None, seen.difference, seen.is_telling)


def _picture(picture: Picture, seconds: float, keep: Callable[[Picture], str]) -> ShownPicture:
    image = Image.fromarray(picture)
    image.thumbnail((WIDEST, WIDEST), Image.Resampling.LANCZOS)
    return ShownPicture(keep(np.asarray(image)), image.width, image.height, seconds)


def _keep(folder: Path, picture: Picture) -> str:
    """Write a picture under a hash of its bytes, so that equal ones are one file and an earlier page keeps its own."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "webp", quality=QUALITY, method=4)
    name = f"{sha256(buffer.getvalue()).hexdigest()[:16]}.webp"
    path = folder / name
    with whole_file(path) as part, telling(path):
        part.write_bytes(buffer.getvalue())
    return name


def _page(films: Iterable[ShownFilm], names: tuple[str, str]) -> str:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {"clock": _clock, "colour": _colour, "percent": _percent, "seconds": _seconds}
    source = resources.files("render.report") / "page"
    text = {name: (source / name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "page.js")}
    style = environment.from_string(text["page.css"]).render(light=LIGHT, dark=DARK)
    return environment.from_string(text["page.html"]).render(
        films=list(films), names=names, style=style, script=text["page.js"], n_moments=MOMENTS + 1, mark=MARK
    )


def _clock(seconds: float) -> str:
    """`1:05.3`"""
    minutes, tenths = divmod(round(seconds * 10), 600)
    return f"{minutes}:{tenths // 10:02d}.{tenths % 10}"


def _seconds(seconds: float) -> str:
    return f"{abs(seconds):.2f}".rstrip("0").rstrip(".")


def _percent(share: float) -> str:
    """Of the picture: two digits that count."""
    return f"{100 * share:.2g}%" if share < 0.995 else "all"


def _colour(colour: Colour) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)
