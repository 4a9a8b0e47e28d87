"""From segments to the files that a film is joined of: what the cache has is taken from it, the rest is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from render.cache import Cache
from render.errors import MachineError
from render.farm.segments import Segment
from render.farm.worker import KIND
from render.video.encoding import Encoding

ATTEMPTS = 3
"""How often segments that are missing are drawn: another run may clear the cache meanwhile."""


class Draw(Protocol):
    """Draws segments into the cache, by way of files in a folder."""

    def __call__(self, *, segments: Sequence[Segment], folder: Path, report: Callable[[int], None]) -> None: ...


@contextmanager
def made(
    segments: Sequence[Segment],
    encoding: Encoding,
    cache: Cache,
    draw: Draw,
    report: Callable[[int, int], None] | None = None,
) -> Iterator[list[Path]]:
    """The files of all segments in order, there until the block ends; what no file can be made of is drawn first.

    `report` is called with how many frames are done and how many there are. However long the film, nothing of it is
    let go from the cache before it is whole.
    """
    total, done = sum(segment.n_frames for segment in segments), 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if report:
            report(done, total)

    cache.trim({segment.key for segment in segments})
    with cache.workspace() as folder:
        files = {segment.number: folder / f"{segment.number:06d}{encoding.suffix}" for segment in segments}
        missing = _missing(segments, files, cache)
        tell(total - sum(segment.n_frames for segment in missing))
        for _ in range(ATTEMPTS):
            if missing:
                draw(segments=missing, folder=folder, report=tell)
                missing = _missing(missing, files, cache)
        if missing:
            raise MachineError(f"the cache {cache.folder} does not keep what is written to it")
        yield list(files.values())
    cache.trim()


def _missing(segments: Sequence[Segment], files: dict[int, Path], cache: Cache) -> list[Segment]:
    """Lay ready the files of those segments that the cache has, and return the others."""
    missing = []
    for segment in segments:
        data = cache.read(KIND, segment.key)
        if data is None:
            missing.append(segment)
        else:
            with cache.telling():
                files[segment.number].write_bytes(data)
    return missing
