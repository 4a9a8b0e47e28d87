"""`render stills`: pictures for slides."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from render.cli.app import app, out
from render.cli.options import Captions, Output, Size, Theme, some
from render.film import load


@app.command
def stills(
    *scenes: Path,
    output: Output = None,
    beat: str | None = None,
    at: float | None = None,
    size: Size = None,
    theme: Theme = None,
    captions: Captions = None,
    model: str | None = None,
    prompt: str | None = None,
    transparent: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Write one PNG a beat, at its most telling moment, NN-<beat id>.png (NN-<script>-<beat id>.png if included).

    Parameters
    ----------
    scenes
        the scripts
    output
        the folder for the pictures [default: output/<scene name>]
    beat
        this beat only
    at
        the moment, in seconds of the film (of the beat, with --beat)
    model
        the model to show, in place of the script's
    prompt
        the text it is given, in place of the script's
    transparent
        leave the page out, for slides
    """
    loaded = [
        load(path, model=model, prompt=prompt, size=size, theme=theme, captions=captions) for path in some(scenes)
    ]
    for film in loaded:
        folder = output or Path("output") / film.name
        if len(scenes) > 1 and output is not None:
            folder = output / film.name
        for path in film.stills(folder, beat=beat, at=at, transparent=transparent):
            out.print(str(path))
    return 0
