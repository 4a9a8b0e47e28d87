"""A computation done step by step before the viewer's eyes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product

from pydantic import Field

from render.model import Expr, Region, TensorSpec, Trace
from render.model.notation import Arithmetic, Cases, Causal, Cell, Fold, Sum, children, extent, hidden, holding, region
from render.scene.actions.action import Action
from render.scene.checks import Check, valued
from render.scene.context import TemplateContext
from render.scene.fields import Length, OneSelector
from render.scene.selector import Selector, resolve_region
from render.scene.written import flaw

MOST_CELLS, MOST_TERMS, MOST_SUMS = 48, 12, 16
"""How long a row may be; how many rows may be added up, and how long they may be then."""


class WorkOut(Action):
    """Work out one cell, or one row or column, over `over` seconds in all; None is as long as its steps take."""

    word, called = "work_out", "a work_out"
    what: OneSelector = Field(alias="work_out")
    over: Length | None = None

    def checks(self, context: TemplateContext) -> Iterator[Check]:
        yield partial(can_be_worked_out, self.what, context)


def can_be_worked_out(selector: Selector, context: TemplateContext) -> None:
    """The selector means one computed cell, or one row or column of them that fits on a card."""
    graph = context.trace.graph
    result = resolve_region(selector, graph)
    spec = graph[result.tensor]
    if spec.formula is None:
        raise flaw(selector.text, f"'{selector}' is given and not computed, so there is nothing to work out")
    long = [dim for dim, length in zip(spec.dims, result.shape, strict=True) if length > 1]
    if len(long) > 1:
        what = " by ".join(str(length) for length in result.shape if length > 1)
        message = f"one cell, or one row or column, is worked out, and '{selector}' is {what} cells"
        raise flaw(selector.text, f"{message}; slice all of {', '.join(long)} but one")
    if result.size > MOST_CELLS:
        message = f"'{selector}' is {result.size} cells, and a row of up to {MOST_CELLS} can be worked out"
        raise flaw(selector.text, f"{message}; slice it: {long[0]}=0:{MOST_CELLS}")
    valued(selector, context)
    places = [spec.at(index) for index in product(*(range(*ends) for ends in result.ranges))]
    _check_seen(selector, spec, places)
    if not result.is_cell:
        _check_row(selector, spec, result, places, context.trace)


def _check_seen(selector: Selector, spec: TensorSpec, places: Sequence[Mapping[str, int]]) -> None:
    """No cell lies in the future."""
    if isinstance(spec.formula, Causal):
        for place in places:
            if hidden(spec.formula.query, spec.formula.key, _ranges(place)):
                at = ", ".join(f"{dim}={place[dim]}" for dim in spec.dims)
                message = f"{spec.name}[{at}] lies in the future, which the mask hides, so it is computed from nothing"
                raise flaw(selector.text, message)


def _check_row(
    selector: Selector, spec: TensorSpec, result: Region, places: Sequence[Mapping[str, int]], trace: Trace
) -> None:
    """A row's formula has no sums but those of a few rows, each times one number."""
    assert spec.formula is not None
    formulas = {holding(spec.formula, place) for place in places}
    if len(formulas) > 1:
        raise flaw(
            selector.text, f"not all cells of '{selector}' are computed alike, so they are no row; {_alike(spec)}"
        )
    cell = ", ".join(f"{dim}={start}" for dim, (start, _) in zip(spec.dims, result.ranges, strict=True))
    remedy = f"pick one cell, such as {spec.name}[{cell}]"
    for fold in _folds(formulas.pop()):
        n = extent(fold.stop, _ranges(places[0]))
        if n > MOST_TERMS:
            raise flaw(selector.text, f"each cell of '{selector}' is made from {n} terms, too many for a row; {remedy}")
        if result.size > MOST_SUMS:
            message = f"'{selector}' is {result.size} sums, and a row of up to {MOST_SUMS} can be worked out"
            raise flaw(selector.text, f"{message}; slice it, or {remedy}")
        if not _is_sum_of_rows(fold, places, trace):
            raise flaw(selector.text, f"'{selector}' has too much in each of its cells for a row; {remedy}")


def _alike(spec: TensorSpec) -> str:
    """Which cells of a tensor are computed alike, where not all are."""
    assert isinstance(spec.formula, Cases)
    dim, bound = spec.formula.dim, spec.formula.bound
    return f"slice {dim}=0:{bound} or {dim}={bound}:{spec.sizes[dim]}"


def _is_sum_of_rows(fold: Fold, places: Sequence[Mapping[str, int]], trace: Trace) -> bool:
    """Whether the terms are cells of their own for each place, or such cells times one that all places share."""
    ends = {extent(fold.stop, _ranges(place)) for place in places}
    match fold.body:
        case Cell():
            factors, rows = [], [fold.body]
        case Arithmetic(operator="*", left=Cell() as left, right=Cell() as right):
            spans = [{**_ranges(place), fold.dim: (0, max(ends))} for place in places]
            shared = [leaf for leaf in (left, right) if len({region(leaf, at, trace) for at in spans}) == 1]
            factors, rows = shared, [leaf for leaf in (left, right) if leaf not in shared]
        case _:
            return False
    return len(ends) == 1 and len(rows) == 1 and len(factors) <= 1 and isinstance(fold, Sum)


def _ranges(place: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    return {dim: (i, i + 1) for dim, i in place.items()}


def _folds(expr: Expr) -> Iterator[Fold]:
    if isinstance(expr, Fold):
        yield expr
    else:
        for child in children(expr):
            yield from _folds(child)
