"""`render status`: which films are up to date."""

from __future__ import annotations

from pathlib import Path

from render.cli.app import app, out
from render.cli.films import AS_WRITTEN, WHOLE
from render.cli.options import Instead, Part, some
from render.cli.targets import Target, targets
from render.report.status import status as status_of

STALE = 3
"""The exit code where a film is not up to date."""


@app.command
def status(*scenes: Path, output: Target = None, part: Part = WHOLE, instead: Instead = AS_WRITTEN) -> int:
    """Say which films are up to date, which are stale, and why. Renders nothing; exit code 3 if any is stale.

    Parameters
    ----------
    scenes
        the scripts
    output
        where their films are, as for rendering [default: output/<scene name>.mp4]
    """
    found = []
    for scene, target in zip(some(scenes), targets(scenes, output), strict=True):
        now = instead.load(scene).manifest(target, beat=part.beat, start=part.start, end=part.end)
        found.append(status_of(target, now))
        out.print(str(found[-1]))
    return 0 if all(own.is_up_to_date for own in found) else STALE
