"""`render check`: is a script right, and how long is the film."""

from __future__ import annotations

import textwrap
from itertools import groupby
from pathlib import Path

from render.cli.app import app, out
from render.cli.options import some
from render.film import load
from render.overlay.markup import plain
from render.scene import Scene


@app.command
def check(
    *scenes: Path,
    model: str | None = None,
    prompt: str | None = None,
) -> int:
    """Validate scripts and print their beats with their times. Renders nothing.

    Parameters
    ----------
    scenes
        the scripts
    model
        the model to show, in place of the script's
    prompt
        the text it is given, in place of the script's
    """
    for film in [load(path, model=model, prompt=prompt) for path in some(scenes)]:
        passages = film.programme.passages
        broad = max(len(passage.shot.id) for passage in passages)
        if film.scene.include:
            out.print(_headline(str(film.scene.title), film.scene))
        for reel, beats in groupby(passages, key=lambda passage: passage.reel):
            out.print(_headline(reel.production.title, reel.production.scene))
            for beat in beats:
                times = f"{beat.shot.id:<{broad}}  {beat.start:7.2f}s  {beat.end - beat.start:6.2f}s  "
                words = " ".join(plain(page.text) for page in beat.pages)
                lines = textwrap.wrap(words, max(40, out.width - len(times))) or [""]
                out.print((times + f"\n{'':{len(times)}}".join(lines)).rstrip())
        out.print(f"{len(passages)} beats, {film.duration:.2f}s")
    return 0


def _headline(title: str, scene: Scene) -> str:
    return f"{title} ({scene.file})"
