"""Films made of several scripts: the scenes that an including script plays, one after the other."""

from __future__ import annotations

import os
from pathlib import Path

from render.errors import nearest
from render.scene.errors import gathered
from render.scene.loader import load_scene
from render.scene.schema import Scene
from render.scene.written import flaw

MOST_PARTS = 100


def parts_of(scene: Scene) -> tuple[Scene, ...]:
    """The scenes with beats that make up `scene`, with the settings that they play with: itself if it has beats.

    Raises UserError (ScriptError, with its place) for a script that is not there, is none, or includes itself, and with
    all that is wrong in what is included.
    """
    return _parts_of(scene, (scene.file,))


def _parts_of(scene: Scene, chain: tuple[Path, ...]) -> tuple[Scene, ...]:
    """`chain` is the files that led here, this scene's the last."""
    if not scene.include:
        return (scene,)
    found: list[Scene] = []

    def include(written: str) -> None:
        path = _script(written, chain)
        for part in _parts_of(load_scene(path), (*chain, path)):
            found.append(part.playing_in(scene))
            if len(found) > MOST_PARTS:
                raise flaw(written, f"with this the film has more than {MOST_PARTS} parts")

    gathered(include, scene.include)
    return tuple(found)


def _script(written: str, chain: tuple[Path, ...]) -> Path:
    """The path of an included script, from the folder of the one that includes it."""
    folder = chain[-1].parent
    path = folder / written
    if os.path.isdir(path):
        raise flaw(written, f"'{written}' is a folder, not a script")
    if not os.path.exists(path):
        siblings = sorted(path.parent.glob("*.y*ml")) if os.path.isdir(path.parent) else []
        valid = [os.path.relpath(script, folder) for script in siblings if script != chain[-1]]
        raise flaw(written, f"there is no script '{written}'{nearest(written, valid)}")
    above = [file.resolve() for file in chain]
    if path.resolve() in above:
        names = " -> ".join(file.name for file in (*chain[above.index(path.resolve()) :], path))
        raise flaw(written, f"a script cannot include itself: {names}")
    return path
