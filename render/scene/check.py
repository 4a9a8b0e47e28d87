"""The check of a script against the run of its model: everything that it names exists, at the step when it is named."""

from __future__ import annotations

from collections.abc import Iterator

from render.model import Run
from render.scene.checks import Check, each, words
from render.scene.context import TemplateContext
from render.scene.errors import Place, ScriptError
from render.scene.schema import Scene


def check_scene(scene: Scene, run: Run) -> None:
    """Check all selectors and templates of a scene against its run. Raises ScriptError with all that is wrong."""
    problems: list[tuple[Place, str]] = []
    for check in _scene_checks(scene, run):
        try:
            check()
        except ScriptError as error:
            problems += error.problems
    if problems:
        raise ScriptError(problems)


def _scene_checks(scene: Scene, run: Run) -> Iterator[Check]:
    contexts = [TemplateContext(run, step) for step in range(scene.n_feed_backs + 1)]
    yield from words(scene.title, contexts[0])
    for beat, step in zip(scene.beats, scene.steps, strict=True):
        for template in (beat.chapter, beat.place, beat.say):
            yield from words(template, contexts[step])
        if beat.beside is not None:
            yield from each([beat.beside], contexts[step])
        if beat.camera is not None:
            yield from beat.camera.checks(contexts[step])
        for action, done in beat.actions():
            yield from action.checks(contexts[step + done])
