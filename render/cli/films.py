"""`render SCENE.yaml...`: scripts to films."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from render.cli.app import app, err, out
from render.cli.farm_table import farm_table
from render.cli.options import CacheFolder, CacheSize, Captions, Output, Size, Theme, chosen_cache
from render.errors import UserError, nearest
from render.farm.address import check_farm
from render.farm.watch import Watch
from render.film import Report, load
from render.progress import progress_bar


@app.default
def films(
    *scenes: Path,
    output: Output = None,
    size: Size = None,
    fps: int | None = None,
    beat: str | None = None,
    from_: Annotated[float | None, Parameter(name="--from")] = None,
    to: float | None = None,
    theme: Theme = None,
    captions: Captions = None,
    model: str | None = None,
    prompt: str | None = None,
    workers: int | None = None,
    farm: str | None = None,
    cache: CacheFolder = None,
    cache_size: CacheSize = None,
    no_cache: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Render scene scripts to films.

    Parameters
    ----------
    scenes
        the scripts
    output
        a file .mp4 or .gif, or a folder for PNG frames; with several scripts a folder for their films
        [default: output/<scene name>.mp4]
    fps
        frames a second
    beat
        render this beat only
    from_
        start at this second
    to
        end at this second
    model
        the model to show, in place of the script's
    prompt
        the text it is given, in place of the script's
    workers
        how many processes draw [default: what cores and memory allow]
    farm
        draw on a cluster of Dask's: its scheduler's address, such as tcp://10.0.0.1:8786, or local
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
    if workers is not None and workers < 1:
        raise UserError(f"{workers} workers cannot draw anything: give 1 or more")
    if farm is not None:
        check_farm(farm, workers)
    targets = _targets(scenes, output)
    loaded = [
        load(path, model=model, prompt=prompt, size=size, fps=fps, theme=theme, captions=captions) for path in scenes
    ]
    with chosen_cache(cache, cache_size, no_cache) as own:
        for film, target in zip(loaded, targets, strict=True):
            with progress_bar(f"{film.name}: reading weights", err, "million weights") as report:
                film.prepare(report, own)
            with _progress(film.name, farm) as (report, watch):
                film.write(
                    target,
                    beat=beat,
                    start=from_,
                    end=to,
                    workers=workers,
                    farm=farm,
                    cache=own,
                    report=report,
                    watch=watch,
                )
            out.print(str(target))
    return 0


@contextmanager
def _progress(name: str, farm: str | None) -> Iterator[tuple[Report | None, Watch | None]]:
    """Who hears how a film gets on, and what each worker of a farm does; both None where nobody watches."""
    if farm is None:
        with progress_bar(name, err) as report:
            yield report, None
    else:
        with farm_table(name, err) as table:
            yield (table.report, table) if table else (None, None)


def _targets(scenes: tuple[Path, ...], output: Path | None) -> list[Path]:
    """Where each film goes. Raises UserError where two would go to the same place."""
    if output is None or len(scenes) > 1:
        if output is not None and output.suffix:
            raise UserError(f"{len(scenes)} films do not go into one file {output}: give a folder")
        folder = output or Path("output")
        targets = [folder / f"{scene.stem}.mp4" for scene in scenes]
    else:
        targets = [output]
    for target in targets:
        if targets.count(target) > 1:
            raise UserError(f"two of the scenes would be written to {target}: render them one by one with -o")
    return targets
