"""What a beat says and shows in numbers, as it is written in the film, each with what it is of.

These are the templates of the script with what they are filled in with, and what stands on formula cards, on cards
where something is worked out, and on charts once they rest. What stands in the cells of the model is not among them: a
beat that comes near shows hundreds, and its picture tells them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from render.model import Graph, Region, format_value
from render.model.token_text import written
from render.overlay.page import Page
from render.overlay.plots import PlotStyle
from render.overlay.plots.bars import percent
from render.overlay.plots.curve import SPOKEN
from render.overlay.plots.heat_map import SetHeatMap
from render.programme import Passage
from render.programme.production import Production
from render.scene import Template, TemplateContext
from render.scene.entry import Entry
from render.timeline import Bars, Chart, Curve, HeatMap, Histogram, Lines
from render.timeline.draft import Draft
from render.timeline.filling import Filling
from render.timeline.plot import Readings
from render.timeline.timeline import Shot

Number = tuple[str, str]
"""What it is of, and what is written."""


def numbers(passage: Passage) -> tuple[Number, ...]:
    """What a beat says and shows in numbers: what is said first, then what is shown, in the order in which it comes."""
    made = passage.reel.production
    found = dict.fromkeys(_said(made, passage.beat))
    for t in _moments(passage.shot):
        found |= dict.fromkeys(_shown(passage.shot.draft(t), made))
    return tuple(found)


# --- what templates say ---------------------------------------------------------------------------------------------


def _said(made: Production, number: int) -> Iterator[Number]:
    """The templates of a beat filled in; the film's title among them while it stands for want of a chapter."""
    beat, step = made.scene.beats[number], made.scene.steps[number]
    if not any(own.chapter for own in made.scene.beats[: number + 1]):
        yield from _filled_in(made.scene.title, TemplateContext(made.run, 0))
    for template in _templates(beat):
        yield from _filled_in(template, TemplateContext(made.run, step))
    for action, fed_back in beat.actions():
        for template in _templates(action):
            yield from _filled_in(template, TemplateContext(made.run, step + fed_back))


def _templates(entry: Entry) -> Iterator[Template]:
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Template):
                yield item


def _filled_in(template: Template, context: TemplateContext) -> Iterator[Number]:
    for field in template.fields:
        begin, end = field.reference.offset, template.text.index("}", field.offset)
        yield " ".join(template.text[begin:end].split()), field.render(context)


# --- what cards and charts show -------------------------------------------------------------------------------------


def _moments(shot: Shot) -> list[float]:
    """When what comes in a beat has come: the ends of its clips, the stops of its fills, and its telling moment."""
    found = {shot.telling}
    for clip in shot.clips:
        found.add(clip.end)
        if isinstance(clip.effect, Filling) and clip.effect.pause is not None:
            pause = clip.effect.pause
            found.add(clip.start + pause.at * clip.effect.span + pause.length / 2)
    return sorted(t for t in found if 0 <= t < shot.duration)


def _shown(draft: Draft, made: Production) -> Iterator[Number]:
    graph = made.layout.graph
    if draft.card is not None:
        formula = draft.card.formula
        yield called(formula.result, graph), "".join(term.text for term in formula.numbers)
    if draft.tableau is not None:
        working = draft.tableau.working
        for stage in working.stages[: draft.tableau.stage + 1]:
            for tile in (placed.tile for placed in stage.tiles):
                if tile.cell is not None:
                    yield called(tile.cell, graph), format_value(tile.value)
    for plotted in draft.charts.values():
        chart = plotted.chart()
        head = f"{chart.title}, {chart.note}" if chart.note else chart.title
        style = PlotStyle(Page(made.size), made.theme, graph[chart.home.tensor].kind, steady=bool(chart.note))
        for label, text in _written(chart.plot, chart, style):
            yield f"{head}: {label}" if head else label, text


def called(region: Region, graph: Graph) -> str:
    """A cell or a region as a script selects it: `embed[t=3, c=7]`."""
    ranges = zip(graph[region.tensor].dims, region.ranges, strict=True)
    slices = (f"{dim}={low}" if high == low + 1 else f"{dim}={low}:{high}" for dim, (low, high) in ranges)
    return f"{region.tensor}[{', '.join(slices)}]"


@singledispatch
def _written(plot: object, chart: Chart, style: PlotStyle) -> Iterator[Number]:
    """The values that are written at a plot, each under its label."""
    raise TypeError(f"no numbers known of {type(plot).__name__}")


@_written.register
def _(plot: Bars, chart: Chart, style: PlotStyle) -> Iterator[Number]:
    write = percent if plot.shares else format_value
    labels = [written(plot.labels[i]) for i in plot.shown]
    for i, label in zip(plot.shown, labels, strict=True):
        # Where tokens are alike, their places tell them apart.
        yield label if labels.count(label) == 1 else f"{label} ({i})", write(plot.values[i])
    rest = len(plot.values) - len(plot.shown)
    if rest and plot.shares:
        yield f"{rest:,} {'other' if rest == 1 else 'others'}", percent(plot.others)


@_written.register
def _(plot: Readings, chart: Chart, style: PlotStyle) -> Iterator[Number]:
    for layer, word, value in zip(plot.layers, plot.words, plot.values, strict=True):
        yield layer, f"{written(word)} {percent(value)}"


@_written.register
def _(plot: Lines, chart: Chart, style: PlotStyle) -> Iterator[Number]:
    if plot.marked is not None:
        value = plot.series[0].values[plot.marked]
        yield (
            f"{plot.along} = {written(plot.labels[plot.marked])}",
            percent(value) if plot.shares else format_value(value),
        )


@_written.register
def _(plot: Histogram, chart: Chart, style: PlotStyle) -> Iterator[Number]:
    for own in plot.series:
        name = f"{own.name}, " if len(plot.series) > 1 else ""
        yield f"{name}mean", format_value(own.mean)
        yield f"{name}deviation", format_value(own.deviation)


@_written.register
def _(plot: HeatMap, chart: Chart, style: PlotStyle) -> Iterator[Number]:
    texts = SetHeatMap(plot, chart, style).texts
    for row, line in enumerate(texts or ()):
        for column, text in enumerate(line):
            if not plot.hidden[row, column]:
                yield f"{written(plot.rows[row])}, {written(plot.columns[column])}", text


@_written.register
def _(plot: Curve, chart: Chart, style: PlotStyle) -> Iterator[Number]:
    x, y = plot.pairs[plot.marked]
    name = SPOKEN.get(plot.function, plot.function)
    yield f"{plot.along} = {plot.labels[plot.marked]}", f"{name}({format_value(x)}) = {format_value(y)}"
