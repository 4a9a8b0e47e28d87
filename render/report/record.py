"""A film's manifest: what the scenes, the models, the time line and the segments say of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from render.errors import UserError
from render.farm.identity import identity
from render.farm.segments import Segment, beat_keys
from render.model.lineage import contents
from render.overlay.markup import plain
from render.programme import Passage, Programme, Reel
from render.report.hashing import hashed
from render.report.manifest import (
    SUFFIX,
    Beat,
    File,
    Manifest,
    Reading,
    Settings,
    manifest_path,
    read_manifest,
    store_manifest,
)
from render.report.numbers import numbers
from render.scene import Scene, load_scene
from render.scene.role import Role


def record(programme: Programme, segments: Sequence[Segment], output: Path) -> Manifest:
    """What is to be told of an output that is joined of `segments`; its files are not known yet.

    Raises MachineError as `identity` does.
    """
    scene = programme.scene
    keys = beat_keys(segments)
    return Manifest(
        film=output.name,
        title=str(scene.title) if scene.include else programme.productions[0].title,
        settings=_settings(programme, segments),
        versions=dict(sorted(identity().items())),
        scripts=tuple(_script(file, output.parent) for file in _scripts(scene)),
        models=tuple(reading for reel in programme.reels for reading in _readings(reel)),
        beats=tuple(_beat(passage, keys[passage.name]) for passage in programme.passages if passage.name in keys),
    )


def refuse_other(output: Path) -> None:
    """Raise UserError, before anything is rendered, where something that is no manifest lies in its place."""
    path = manifest_path(output)
    if path.exists():
        try:
            read_manifest(path)
        except UserError as error:
            if not path.is_file() or b'"manifest"' not in path.read_bytes()[:64]:
                message = f"{path} is no manifest, and would be replaced; move it, or give another name ending"
                raise UserError(f"{message} than {SUFFIX}") from error


def write_manifest(manifest: Manifest, output: Path, written: Sequence[Path]) -> Path:
    """Write a manifest beside its output, with the hashes of what was `written`; return its path.

    Raises UserError as `refuse_other` does, and MachineError where the file system refuses.
    """
    refuse_other(output)
    files = tuple(hashed(file, file.name) for file in written)
    path = manifest_path(output)
    store_manifest(path, manifest.model_copy(update={"files": files}))
    return path


def _settings(programme: Programme, segments: Sequence[Segment]) -> Settings:
    videos = [production.scene.video for production in programme.productions]
    (width, height), fps = programme.size, programme.fps
    first, stop = segments[0].first, segments[-1].first + segments[-1].n_frames
    return Settings(
        size=f"{width}x{height}",
        fps=fps,
        theme=", ".join(dict.fromkeys(video.theme for video in videos)),
        captions=", ".join(dict.fromkeys(video.captions for video in videos)),
        span=None if stop - first == programme.n_frames else (round(first / fps, 6), round(stop / fps, 6)),
    )


def _scripts(scene: Scene) -> list[Path]:
    """The files of a script and of all that it includes, each once, in the order of the film."""
    found = {scene.file.resolve(): scene.file}
    for written in scene.include:
        for file in _scripts(load_scene(scene.file.parent / written)):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _script(file: Path, folder: Path) -> File:
    """A script under its path from the manifest's folder: the same wherever both of them lie."""
    return hashed(file, Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix())


def _readings(reel: Reel) -> Iterator[Reading]:
    """The models that play in a part of the film, each with what it reads."""
    scene, run = reel.production.scene, reel.production.run
    roles: dict[str, Role] = {"": scene, **scene.cast}
    runs = run.cast or {"": run}
    for name, role in roles.items():
        model = runs[name].model
        text = role.prompt if role.prompt is not None else " ".join(map(str, role.tokens or ()))
        yield Reading(part=reel.name, role=name, model=model.name, contents=contents(model).hex(), text=text)


def _beat(passage: Passage, key: str) -> Beat:
    return Beat(
        number=passage.number,
        name=passage.name,
        start=round(passage.start, 6),
        end=round(passage.end, 6),
        telling=round(passage.start + passage.shot.telling, 6),
        key=key,
        words=tuple(plain(page.text) for page in passage.pages),
        numbers=numbers(passage),
    )
