"""A script file to a `Scene`."""

from __future__ import annotations

import os

from render.model import BUILT_IN, Model
from render.scene.schema import Scene
from render.scene.written import Text
from render.scene.yaml_source import parse_source, read_source


def load_scene(path: str | os.PathLike[str]) -> Scene:
    """Read the script at `path` and validate its words; `rehearse` checks it against its model.

    Raises ScriptError with all that is wrong in it, UserError when there is no such file, MachineError when it is not
    to be read.
    """
    return _from_folder(Scene.read(read_source(path)))


def parse_scene(text: str, file: str = "scene.yaml") -> Scene:
    """Read a script from its text; `file` is the name that errors carry, and a model's path begins in its folder."""
    return _from_folder(Scene.read(parse_source(text, file)))


def _from_folder(scene: Scene) -> Scene:
    """The scene with a model's path taken from the script's folder; a name stays a name."""
    if isinstance(scene.model, Model):
        return scene
    path = scene.file.parent / scene.model
    if scene.model in BUILT_IN or not (path.exists() or "/" in scene.model or path.suffix):
        return scene
    model = scene.model.altered(str(path)) if isinstance(scene.model, Text) else str(path)
    return scene.model_copy(update={"model": model})
