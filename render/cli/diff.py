"""`render diff`: what changed from films to films."""

from __future__ import annotations

from pathlib import Path

from render.cli.app import app, out
from render.cli.films import ALL_HANDS, AS_WRITTEN, KEEPING, WHOLE, write
from render.cli.options import Crew, Instead, Keeping, Output
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
    keeping: Keeping = KEEPING,
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
    """
    crew.check()
    with keeping.cache() as own:

        def make(scene: Path, target: Path) -> None:
            write(instead.load(scene), target, WHOLE, crew, own)

        with films_of(old, scenes, make) as before, films_of(new, scenes, make) as after:
            out.print(str(write_report(before, after, output or Path("report"), (old, new))))
