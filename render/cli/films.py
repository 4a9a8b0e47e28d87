"""`render SCENE.yaml...`: scripts to films."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from render.cache import Cache
from render.cli.app import app, err, out
from render.cli.options import CacheFolder, CacheSize, Instead, Part, chosen_cache
from render.cli.targets import Target, targets
from render.errors import UserError, nearest
from render.film import Film
from render.progress import progress_bar

WHOLE, AS_WRITTEN = Part(), Instead()


@app.default
def films(
    *scenes: Path,
    output: Target = None,
    part: Part = WHOLE,
    instead: Instead = AS_WRITTEN,
    workers: int | None = None,
    cache: CacheFolder = None,
    cache_size: CacheSize = None,
    no_cache: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Render scene scripts to films, each with a manifest beside it.

    Parameters
    ----------
    scenes
        the scripts
    output
        a file .mp4 or .gif, a new folder for PNG frames, or, with a slash at its end, a folder for films
        [default: output/<scene name>.mp4]
    workers
        how many processes draw [default: what cores and memory allow]
    cache
        the folder that finished segments are kept in [default: RENDER_CACHE, or the platform's]
    cache_size
        how large it may be, such as 500MB; what was used least recently goes [default: 5GB]
    no_cache
        draw everything, and keep nothing
    """
    if not scenes:
        app.help_print(console=out)
        return 0

    for path in scenes:
        if not path.suffix and not path.exists():
            commands = [name for name in app if not name.startswith("-")]
            raise UserError(f"there is no command or script '{path}'{nearest(str(path), commands)}")
    check_workers(workers)
    wanted = targets(scenes, output)
    loaded = [instead.load(path) for path in scenes]
    with chosen_cache(cache, cache_size, no_cache) as own:
        for film, target in zip(loaded, wanted, strict=True):
            write(film, target, part, workers, own)
            out.print(str(target))
    return 0


def check_workers(workers: int | None) -> None:
    """Raise UserError for numbers of processes that draw nothing."""
    if workers is not None and workers < 1:
        raise UserError(f"{workers} workers cannot draw anything: give 1 or more")


def write(film: Film, target: Path, part: Part, workers: int | None, cache: Cache) -> None:
    """Write a film and show how far it is."""
    with progress_bar(f"{film.name}: reading weights", err, "million weights") as report:
        film.prepare(report, cache)
    with progress_bar(film.name, err) as report:
        film.write(target, beat=part.beat, start=part.start, end=part.end, workers=workers, cache=cache, report=report)
