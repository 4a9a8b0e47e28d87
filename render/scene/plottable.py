"""The checks of what a plot shows: each form needs cells of a certain shape, or of a certain origin."""

from __future__ import annotations

from collections.abc import Sequence

from render.errors import UserError
from render.model import Region, TensorSpec, Trace
from render.model.notation import Call, Cell
from render.scene.checks import valued
from render.scene.context import TemplateContext
from render.scene.selector import Selector, resolve, resolve_region
from render.scene.written import flaw

LONGEST = 8_192
"""How many places a line or a side of a heat map can have: more than that are never told apart on a card."""


def free_dims(spec: TensorSpec, region: Region) -> tuple[str, ...]:
    """The dimensions along which a region has more than one cell."""
    return tuple(dim for dim, length in zip(spec.dims, region.shape, strict=True) if length > 1)


def function_of_a_cell(spec: TensorSpec) -> tuple[str, Cell] | None:
    """The function and the cell, where each cell of a tensor is one function of one other cell."""
    match spec.formula:
        case Call(function=function, argument=Cell() as cell):
            return function, cell
    return None


def plottable(selector: Selector, form: str, through: str | None, context: TemplateContext) -> None:
    """The selector means what a plot of this form can show. Raises UserError, with its place in a script."""
    trace = context.trace
    region = resolve_region(selector, trace.graph)
    valued(selector, context)
    if through == "prediction":
        try:
            context.run.check_on_stream(trace, region)
        except UserError as error:
            raise flaw(selector.text, str(error)) from None
    elif form == "heat_map":
        _matrix(selector, region, trace)
    elif form != "histogram":
        _row(selector, region, trace, None if form == "bars" else LONGEST)
    elif region.size == 1:
        raise flaw(selector.text, f"a histogram needs several cells, and '{selector}' is one")
    if form == "curve" and function_of_a_cell(trace.graph[region.tensor]) is None:
        message = f"a curve needs a tensor whose cells are one function of one cell, as GELU's are; {region.tensor} is"
        raise flaw(selector.text, f"{message} {'not' if trace.graph[region.tensor].formula else 'given, not computed'}")


def readable(selectors: Sequence[Selector], most: int, context: TemplateContext) -> None:
    """The selectors mean one position's vector of the residual stream for each of up to `most` layers."""
    found = 0
    for selector in selectors:
        valued(selector, context)
        for region in resolve(selector, context.trace.graph):
            try:
                context.run.check_on_stream(context.trace, region)
            except UserError as error:
                raise flaw(selector.text, str(error)) from None
            found += 1
    if found > most:
        raise flaw(selectors[0].text, f"a chart has room for {most} layers, and these are {found}")


def of_one_model(selectors: Sequence[Selector], context: TemplateContext) -> None:
    """The selectors mean vectors of one model, whose head can read them all off."""
    graph, first = context.trace.graph, ""
    for selector in selectors:
        for region in resolve(selector, graph):
            first = first or region.tensor
            if graph.whose(region.tensor)[0] != graph.whose(first)[0]:
                message = f"a chart reads predictions off one model, and {first} and {region.tensor} are of two"
                raise flaw(selector.text, message)


def alike(selectors: Sequence[Selector], context: TemplateContext) -> None:
    """The selectors mean rows along one dimension, as long as each other: what lines on the same axes need."""
    graph = context.trace.graph
    first, *rest = [(selector, resolve_region(selector, graph)) for selector in selectors]
    along = free_dims(graph[first[1].tensor], first[1])
    for selector, region in rest:
        own = free_dims(graph[region.tensor], region)
        if (own, region.size) != (along, first[1].size):
            message = f"'{selector}' is {region.size} along {', '.join(own)}"
            message += f", and '{first[0]}' is {first[1].size} along {', '.join(along)}"
            raise flaw(selector.text, f"{message}; lines in one plot run along one dimension and are as long")
        if _words(region, along, context) != _words(first[1], along, context):
            message = f"'{selector}' runs along other tokens than '{first[0]}'; lines in one plot share their axis"
            raise flaw(selector.text, message)


def _words(region: Region, along: tuple[str, ...], context: TemplateContext) -> tuple[object, ...]:
    """What the places along a dimension of tokens are called by, which each model of a cast has its own of."""
    tokenizer = context.run.model_of(region.tensor).tokenizer
    if along == ("v",):
        return (tokenizer,)
    return (tokenizer, context.trace.graph.of_model(region.tensor).tokens) if along in (("t",), ("s",)) else ()


def _row(selector: Selector, region: Region, trace: Trace, longest: int | None = None) -> None:
    free = free_dims(trace.graph[region.tensor], region)
    if len(free) == 1 and longest is not None and region.size > longest:
        message = f"a line has room for {longest:,} places, and '{selector}' is {region.size:,}"
        raise flaw(selector.text, f"{message}; take a range of {free[0]}, or bars of the largest, or a histogram")
    if len(free) != 1:
        message = f"a chart needs one row or column, and '{selector}' is {_size(region)}"
        raise flaw(selector.text, message + (f"; slice all of {', '.join(free)} but one" if free else ""))


def _matrix(selector: Selector, region: Region, trace: Trace) -> None:
    free = free_dims(trace.graph[region.tensor], region)
    for dim, length in zip(trace.graph[region.tensor].dims, region.shape, strict=True):
        if length > LONGEST:
            message = f"a heat map has room for {LONGEST:,} rows and columns, and '{selector}' has {length:,} of {dim}"
            raise flaw(selector.text, f"{message}; take a range of {dim}")
    if len(free) != 2:
        message = f"a heat map needs one matrix, and '{selector}' is {_size(region)}"
        raise flaw(selector.text, message + (f"; slice all of {', '.join(free)} but two" if len(free) > 2 else ""))


def _size(region: Region) -> str:
    return f"{' by '.join(str(length) for length in region.shape)} cells" if region.size > 1 else "one cell"
