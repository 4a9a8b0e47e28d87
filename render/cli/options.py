"""What several commands take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from render.cache import SIZE, Cache, passing_cache
from render.errors import UserError
from render.farm.address import check_farm
from render.film import Film, load

Output = Annotated[Path | None, Parameter(name=["-o", "--output"])]
Size = Annotated[str | None, Parameter(help="720p, 1080p, 1440p, 4k, or WIDTHxHEIGHT")]
Captions = Annotated[Literal["on", "off"] | None, Parameter(help="on or off: whether the narration is drawn")]
Theme = Annotated[Literal["light", "dark"] | None, Parameter(help="light or dark")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Instead:
    """What is to be in place of the script's own."""

    size: Size = None
    fps: Annotated[int | None, Parameter(help="frames a second")] = None
    theme: Theme = None
    captions: Captions = None
    model: Annotated[str | None, Parameter(help="the model to show, in place of the script's")] = None
    prompt: Annotated[str | None, Parameter(help="the text it is given, in place of the script's")] = None

    def load(self, scene: Path) -> Film:
        """Read a script with them. Raises UserError as `render.load` does."""
        return load(
            scene,
            model=self.model,
            prompt=self.prompt,
            size=self.size,
            fps=self.fps,
            theme=self.theme,
            captions=self.captions,
        )


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Part:
    """Which part of a film."""

    beat: Annotated[str | None, Parameter(help="this beat only")] = None
    start: Annotated[float | None, Parameter(name="--from", help="start at this second")] = None
    end: Annotated[float | None, Parameter(name="--to", help="end at this second")] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Crew:
    """Who draws."""

    workers: Annotated[int | None, Parameter(help="how many processes [default: what cores and memory allow]")] = None
    farm: Annotated[
        str | None, Parameter(help="a cluster of Dask's: its scheduler's address, as tcp://10.0.0.1:8786, or local")
    ] = None

    def check(self) -> None:
        """Raise UserError for a number of processes that draw nothing, and for a farm that cannot be."""
        if self.workers is not None and self.workers < 1:
            raise UserError(f"{self.workers} workers cannot draw anything: give 1 or more")
        if self.farm is not None:
            check_farm(self.farm, self.workers)


_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Where finished segments are kept."""

    folder: Annotated[
        Path | None,
        Parameter(
            name="--cache",
            help="the folder that finished segments are kept in [default: RENDER_CACHE, or the platform's]",
        ),
    ] = None
    size: Annotated[
        str | None,
        Parameter(
            name="--cache-size",
            help="how large it may be, such as 500MB; what was used least recently goes [default: 5GB]",
        ),
    ] = None
    none: Annotated[
        bool, Parameter(name="--no-cache", negative=(), help="draw everything, and keep nothing", show_default=False)
    ] = False

    @contextmanager
    def cache(self) -> Iterator[Cache]:
        """The cache that a command is to use; with `none` one that is gone after the block.

        Raises UserError where both a folder and none are asked for, and for a size that is none.
        """
        if self.none:
            if self.folder is not None:
                raise UserError("give either --cache or --no-cache, not both")
            with passing_cache() as passing:
                yield passing
            return
        n_bytes = SIZE if self.size is None else _bytes(self.size)
        yield Cache(self.folder, n_bytes) if self.folder else Cache.usual(n_bytes)


def _bytes(text: str) -> int:
    """A size as people write it, 5GB or 500 MiB, in bytes."""
    match = re.fullmatch(r"([0-9]*\.?[0-9]+)\s*([kmgt]i?)?b?", text.strip().lower())
    if match is None:
        raise UserError(f"'{text}' is no size: give a number of bytes, or one with a unit, such as 500MB or 5GB")
    return int(float(match[1]) * _UNITS[match[2] or ""])


def some(scenes: tuple[Path, ...]) -> tuple[Path, ...]:
    """The scripts that a command was given. Raises UserError where there are none."""
    if not scenes:
        raise UserError("give one or more scene scripts, such as scenes/sort.yaml")
    return scenes
