"""`render SCENE.yaml...`: scripts to films."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from render.cache import Cache
from render.cli.app import app, err, out
from render.cli.farm_progress import farm_progress
from render.cli.options import Crew, Instead, Keeping, Part
from render.cli.targets import Target, targets
from render.errors import UserError, nearest
from render.farm.watch import Watch
from render.film import Film, Report
from render.progress import progress_bar

WHOLE, AS_WRITTEN, ALL_HANDS, KEEPING = Part(), Instead(), Crew(), Keeping()


@app.default
def films(
    *scenes: Path,
    output: Target = None,
    part: Part = WHOLE,
    instead: Instead = AS_WRITTEN,
    crew: Crew = ALL_HANDS,
    keeping: Keeping = KEEPING,
) -> int:
    """Render scene scripts to films, each with a manifest beside it.

    Parameters
    ----------
    scenes
        the scripts
    output
        a file .mp4 or .gif, a new folder for PNG frames, or, with a slash at its end, a folder for films
        [default: output/<scene name>.mp4]
    """
    if not scenes:
        app.help_print(console=out)
        return 0

    for path in scenes:
        if not path.suffix and not path.exists():
            commands = [name for name in app if not name.startswith("-")]
            raise UserError(f"there is no command or script '{path}'{nearest(str(path), commands)}")
    crew.check()
    wanted = targets(scenes, output)
    loaded = [instead.load(path) for path in scenes]
    with keeping.cache() as own:
        for film, target in zip(loaded, wanted, strict=True):
            write(film, target, part, crew, own)
            out.print(str(target))
    return 0


def write(film: Film, target: Path, part: Part, crew: Crew, cache: Cache) -> None:
    """Write a film and show how far it is."""
    with progress_bar(f"{film.name}: reading weights", err, "million weights") as report:
        film.prepare(report, cache)
    with _progress(film.name, crew.farm) as (report, watch):
        film.write(
            target,
            beat=part.beat,
            start=part.start,
            end=part.end,
            workers=crew.workers,
            farm=crew.farm,
            cache=cache,
            report=report,
            watch=watch,
        )


@contextmanager
def _progress(name: str, farm: str | None) -> Iterator[tuple[Report | None, Watch | None]]:
    """Who hears how far a film is, None where nobody watches, and what a farm's workers do, None without a farm."""
    if farm is None:
        with progress_bar(name, err) as report:
            yield report, None
    else:
        with farm_progress(name, err) as listeners:
            yield listeners
