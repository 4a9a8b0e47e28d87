"""The check of a script against the run of its model: everything that it names exists, at the step when it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from render.model import Graph, Region, Run
from render.scene.actions import (
    Action,
    Camera,
    Chart,
    Clear,
    Copy,
    Define,
    Dim,
    Explain,
    Fill,
    Hide,
    Highlight,
    Label,
    Move,
    MoveCamera,
    PutBack,
    Show,
)
from render.scene.context import TemplateContext
from render.scene.errors import Place, ScriptError
from render.scene.schema import Scene
from render.scene.selector import Selector, resolve, resolve_cell, resolve_region
from render.scene.template import Template
from render.scene.written import flaw

Check = Callable[[], object]
"""One check: a call that raises ScriptError when it fails."""


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
    for beat, step in zip(scene.beats, scene.steps, strict=True):
        for template in (beat.chapter, beat.place, beat.say):
            yield from _template_checks(template, contexts[step])
        if beat.camera is not None:
            yield from _camera_checks(beat.camera, contexts[step].trace.graph)
        for action, done in beat.actions():
            yield from _action_checks(action, contexts[step + done])


def _action_checks(action: Action, context: TemplateContext) -> Iterator[Check]:
    graph = context.trace.graph
    match action:
        case Show() | Hide() | Highlight() | Clear() | PutBack():
            yield from _all(action.what, graph)
        case Dim():
            yield from _all((*action.what, *action.but), graph)
        case Fill():
            yield from (partial(_computed, selector, graph) for selector in action.what)
            if action.explain is not None:
                yield partial(_explained_within, action.explain, action.what, graph)
        case Explain():
            yield partial(_explained, action.what, graph)
        case Define():
            yield partial(_defined, action.what, graph)
        case Label():
            yield partial(resolve_region, action.what, graph)
            yield from _template_checks(action.text, context)
        case Chart():
            yield partial(_row, action.what, graph)
            yield from _template_checks(action.title, context)
        case Copy() | Move():
            yield partial(_same_size, action.what, action.to, graph)
        case MoveCamera():
            yield from _camera_checks(action.camera, graph)


def _template_checks(template: Template | None, context: TemplateContext) -> Iterator[Check]:
    return (partial(field.render, context) for field in (template.fields if template else ()))


def _camera_checks(camera: Camera, graph: Graph) -> Iterator[Check]:
    return _all(camera.frame or (), graph)


def _all(selectors: Iterable[Selector], graph: Graph) -> Iterator[Check]:
    return (partial(resolve, selector, graph) for selector in selectors)


def _computed(selector: Selector, graph: Graph) -> None:
    if all(graph[region.tensor].formula is None for region in resolve(selector, graph)):
        raise flaw(selector.text, f"'{selector}' is given and not computed, so there is nothing to fill")


def _explained(selector: Selector, graph: Graph) -> Region:
    cell = resolve_cell(selector, graph)
    if graph[cell.tensor].formula is None:
        raise flaw(selector.text, f"'{selector}' is given and not computed, so it has no formula to explain")
    return cell


def _explained_within(selector: Selector, filled: Iterable[Selector], graph: Graph) -> None:
    cell = _explained(selector, graph)
    if not any(region.contains(cell) for own in filled for region in resolve(own, graph)):
        raise flaw(selector.text, f"'{selector}' is not among what this fills; a fill explains one of its own cells")


def _defined(selector: Selector, graph: Graph) -> None:
    region = resolve_region(selector, graph)
    if graph[region.tensor].formula is None:
        raise flaw(selector.text, f"'{selector}' is given and not computed, so it has no formula")


def _row(selector: Selector, graph: Graph) -> None:
    region = resolve_region(selector, graph)
    free = [dim for dim, length in zip(graph[region.tensor].dims, region.shape, strict=True) if length > 1]
    if len(free) != 1:
        what = f"{' by '.join(str(length) for length in region.shape)} cells" if free else "one cell"
        message = f"a chart needs one row or column, and '{selector}' is {what}"
        raise flaw(selector.text, message + (f"; slice all of {', '.join(free)} but one" if free else ""))


def _same_size(one: Selector, other: Selector, graph: Graph) -> None:
    from_region, to_region = resolve_region(one, graph), resolve_region(other, graph)
    if from_region.size != to_region.size:
        message = f"'{one}' has {from_region.size} cells and '{other}' has {to_region.size}; they must have as many"
        raise flaw(other.text, message)
