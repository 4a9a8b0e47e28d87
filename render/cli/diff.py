"""`render diff`: what changed from films to films."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from render.cli.app import app, out
from render.cli.films import ALL_HANDS, AS_WRITTEN, WHOLE, write
from render.cli.options import CacheFolder, CacheSize, Crew, Instead, Output, chosen_cache
from render.report.page import write_report
from render.report.revisions import films_of


@app.command
def diff(
    old: str,
    new: str,
    /,
    *scenes: Path,
    output: Output = None,
    instead: Instead = AS_WRITTEN,
    crew: Crew = ALL_HANDS,
    cache: CacheFolder = None,
    cache_size: CacheSize = None,
    no_cache: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Compare films beat by beat and write what changed as a page, report/index.html.

    Parameters
    ----------
    old
        a folder of films, or a git revision of the scenes
    new
        another one to compare it with
    scenes
        which scripts to compare, where old or new is a revision; their films are rendered for it
    output
        the folder for the page [default: report]
    cache
        the folder that finished segments are kept in [default: RENDER_CACHE, or the platform's]
    cache_size
        how large it may be, such as 500MB; what was used least recently goes [default: 5GB]
    no_cache
        draw everything, and keep nothing
    """
    crew.check()
    with chosen_cache(cache, cache_size, no_cache) as own:

        def make(scene: Path, target: Path) -> None:
            write(instead.load(scene), target, WHOLE, crew, own)

        with films_of(old, scenes, make) as before, films_of(new, scenes, make) as after:
            out.print(str(write_report(before, after, output or Path("report"), (old, new))))
