"""Films of a git revision: the scenes as they were then, drawn by the renderer as it is now."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from render.errors import MachineError, UserError
from render.video.whole import telling

Make = Callable[[Path, Path], object]
"""Makes the film of a script at a path, and its manifest beside it."""


@contextmanager
def films_of(name: str, scenes: Sequence[Path], make: Make) -> Iterator[Path]:
    """A folder of films: the one of that name, or else one with the scenes of that git revision, made.

    What is made is gone after the block. Raises UserError for what is neither, and as `films_at` does.
    """
    if Path(name).is_dir():
        yield Path(name)
    elif Path(name).exists():
        raise UserError(f"{name} is a file; give a folder of films, or a git revision")
    else:
        with tempfile.TemporaryDirectory(prefix="render-") as made:
            films_at(name, scenes, Path(made), make)
            yield Path(made)


def films_at(revision: str, scenes: Sequence[Path], folder: Path, make: Make) -> list[Path]:
    """Make films of scenes as they are at a git revision, in `folder`; return their paths.

    The whole tree of the revision is taken out for the time, so that included scripts, and models that scripts name by
    their paths, are those of the revision. A scene that was not there yet, or is no more, makes no film.

    scenes: as they are called in the working tree
    make:   called with each script and the path of its film
    Raises UserError, with git's own words, for what is no revision and where there is no repository; for a scene that
    neither it nor the working tree has; and for what is wrong in a script, by its place in the revision.
    """
    if not scenes:
        message = f"'{revision}' is no folder of films; if it is a git revision, say which scenes to compare"
        raise UserError(f"{message}, such as scenes/*.yaml")
    top = _repository(scenes[0])
    commit = _git(top, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    inside = [_inside(scene, top) for scene in scenes]
    targets = [folder / f"{scene.stem}.mp4" for scene in inside]
    for target in targets:
        if targets.count(target) > 1:
            raise UserError(f"two of the scenes would be the film {target.name}: compare them one by one")
    with tempfile.TemporaryDirectory(prefix="render-") as made:
        tree = Path(made).resolve() / "tree"
        _take_out(top, commit, tree)
        then = [tree / scene for scene in inside]
        for scene, earlier in zip(scenes, then, strict=True):
            if not scene.exists() and not earlier.exists():
                raise UserError(f"there is no {scene}, neither in {revision} nor in the working tree")
        with telling(folder):
            folder.mkdir(parents=True, exist_ok=True)
        for scene, target in zip(then, targets, strict=True):
            if scene.exists():
                with _told_of_revision(revision, tree):
                    make(scene, target)
    return [target for target in targets if target.exists()]


def _repository(scene: Path) -> Path:
    """The top of the repository that a scene lies in, or did: its folder may be gone."""
    folder = next(folder for folder in scene.resolve().parents if folder.is_dir())
    return Path(_git(folder, "rev-parse", "--show-toplevel"))


def _inside(scene: Path, top: Path) -> Path:
    """The path of a scene from the top of the repository."""
    try:
        return scene.resolve().relative_to(top.resolve())
    except ValueError:
        raise UserError(f"{scene} is outside of the repository {top}") from None


def _take_out(top: Path, commit: str, tree: Path) -> None:
    """Write all files of a commit into a folder, by way of an index of its own: the repository's stays as it is."""
    with telling(tree):
        tree.mkdir(parents=True)
    index = {"GIT_INDEX_FILE": str(tree.with_name("index"))}
    _git(top, "read-tree", commit, **index)
    _git(top, "checkout-index", "--all", f"--prefix={tree}{os.sep}", **index)


@contextmanager
def _told_of_revision(revision: str, tree: Path) -> Iterator[None]:
    """What is wrong in a script is told by its place in the revision, not by where that lies for the time."""
    try:
        yield
    except UserError as error:
        raise UserError(str(error).replace(f"{tree}{os.sep}", f"{revision}:")) from error


def _git(folder: Path, *arguments: str, **environment: str) -> str:
    """What git prints. Raises UserError with its own words where it refuses."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", env={**os.environ, "LC_ALL": "C", **environment}
        )
    except OSError as error:
        raise MachineError(f"cannot start git, which has the revisions: {error.strerror or error}") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        why = lines[0].removeprefix("fatal: ").removeprefix("error: ")
        raise UserError(f"git says: {why}")
    return done.stdout.strip()
