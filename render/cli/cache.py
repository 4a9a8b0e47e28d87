"""`render cache`: what is kept from run to run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from render.cache import Cache
from render.cli.app import app, out


@app.command
def cache(
    *,
    folder: Annotated[Path | None, Parameter(name="--cache")] = None,
    clear: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Show what is kept from run to run, where and how much, or clear it.

    Parameters
    ----------
    folder
        the cache's folder [default: RENDER_CACHE, or the platform's]
    clear
        remove all of it
    """
    own = Cache(folder) if folder else Cache.usual()
    if clear:
        own.clear()
    sizes, numbers = Counter[str](), Counter[str]()
    for path, stat in own.entries():
        kind = path.relative_to(own.folder).parts[0]
        sizes[kind] += stat.st_size
        numbers[kind] += 1
    out.print(str(own.folder))
    for kind, what in (("segments", "segments of films"), ("levels", "models' coarse levels")):
        out.print(f"{numbers[kind]:>7,} {what:<22} {_megabytes(sizes[kind])}")
    out.print(f"{'':>7} {'of at most':<22} {_megabytes(own.size)}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:>9,.1f} MB"
