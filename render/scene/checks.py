"""The checks that actions have in common: what they name exists at the step when they are on, and is what they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from render.model import Region, TensorSpec
from render.scene.context import TemplateContext
from render.scene.entry import Entry
from render.scene.errors import ScriptError
from render.scene.selector import Selector, resolve, resolve_cell, resolve_region
from render.scene.template import Template
from render.scene.written import flaw

Check = Callable[[], object]
"""One check: a call that raises ScriptError when it fails."""


def each(selectors: Iterable[Selector], context: TemplateContext) -> Iterator[Check]:
    """Every selector means something."""
    return (partial(resolve, selector, context.trace.graph) for selector in selectors)


def one(selector: Selector, context: TemplateContext) -> Callable[[], Region]:
    """The selector means one piece of one tensor."""
    return partial(resolve_region, selector, context.trace.graph)


def words(template: Template | None, context: TemplateContext) -> Iterator[Check]:
    """Every field of a template, if there is one, has a value."""
    return (partial(field.render, context) for field in (template.fields if template else ()))


def valued(selector: Selector, context: TemplateContext) -> None:
    """What the selector means has values, which it has not in a model without weights."""
    for region in resolve(selector, context.trace.graph):
        model = context.run.model_of(region.tensor)
        if model.is_blank:
            raise flaw(selector.text, f"{model.name} has no weights here, so there is no value of {region.tensor}")


def running(action: Entry, otherwise: str, context: TemplateContext) -> None:
    """The model has weights; `otherwise` says what follows where it has not."""
    if context.run.model.is_blank:
        raise ScriptError([(action.where(), f"{context.run.model.name} has no weights here, so {otherwise}")])


def computed(selector: Selector, context: TemplateContext) -> None:
    """Something of what the selector means is computed."""
    graph = context.trace.graph
    if all(graph[region.tensor].formula is None for region in resolve(selector, graph)):
        raise flaw(selector.text, f"'{selector}' is given and not computed, so there is nothing to fill")
    valued(selector, context)


def explained(selector: Selector, context: TemplateContext) -> Region:
    """The selector means one cell that is computed."""
    graph = context.trace.graph
    cell = resolve_cell(selector, graph)
    if graph[cell.tensor].formula is None:
        raise flaw(selector.text, f"'{selector}' is given and not computed, so it has no formula to explain")
    valued(selector, context)
    return cell


def explained_within(selector: Selector, filled: Iterable[Selector], context: TemplateContext) -> None:
    """As `explained`, and the cell is among those that are filled."""
    cell = explained(selector, context)
    if not any(region.contains(cell) for own in filled for region in resolve(own, context.trace.graph)):
        raise flaw(selector.text, f"'{selector}' is not among what this fills; a fill explains one of its own cells")


def defined(selector: Selector, context: TemplateContext) -> None:
    """The selector means one tensor, or a piece of it, that is computed."""
    region = one(selector, context)()
    if context.trace.graph[region.tensor].formula is None:
        raise flaw(selector.text, f"'{selector}' is given and not computed, so it has no formula")


def sides(selector: Selector, context: TemplateContext) -> tuple[str, ...]:
    """The dimensions along which the selector has sides of two cells or more. Raises ScriptError if it has none."""
    graph = context.trace.graph
    regions = resolve(selector, graph)
    found = dict.fromkeys(dim for region in regions for dim in _extended(region, graph[region.tensor]))
    if not found:
        what = "one cell" if len(regions) == 1 else "single cells"
        raise flaw(selector.text, f"a bracket needs a side of two cells or more, and '{selector}' is {what}")
    return tuple(found)


def _extended(region: Region, spec: TensorSpec) -> Iterator[str]:
    """The dimensions of which a region has two indices or more; heads and channels each by themselves.

    What several tensors in one are (queries, keys and values) stand apart, so nothing runs along that.
    """
    for dim, (start, stop) in zip(spec.dims, region.ranges, strict=True):
        stride = 1
        parts = []
        for part, size in reversed(spec.splits.get(dim, ((dim, spec.shape[spec.dims.index(dim)]),))):
            if part != "p" and len({index // stride % size for index in range(start, stop)}) > 1:
                parts.append(part)
            stride *= size
        yield from reversed(parts)


def same_size(first: Selector, second: Selector, context: TemplateContext) -> None:
    """Both selectors mean as many cells."""
    graph = context.trace.graph
    from_region, to_region = resolve_region(first, graph), resolve_region(second, graph)
    if from_region.size != to_region.size:
        message = f"'{first}' has {from_region.size} cells and '{second}' has {to_region.size}; they must have as many"
        raise flaw(second.text, message)
    valued(first, context)
