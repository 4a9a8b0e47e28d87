"""Plots on the time line, and sweeps of their parameters."""

from __future__ import annotations

from dataclasses import replace

from render.errors import nearest
from render.model import Region
from render.scene import Chart, ScriptError, Sweep, resolve_region
from render.timeline.charting import Change, Draw, Remove, Widen
from render.timeline.choreography import BEAT_END, Choreography, Timed, ease_of, passing, time
from render.timeline.draft import Clip
from render.timeline.easing import EASINGS
from render.timeline.plotted import Displayed, Plotted
from render.timeline.recipe import Recipe

RISE = 1.2
"""Seconds in which a plot comes."""

LAYER = 0.14
"""Seconds in which the row of one layer comes."""

TURN = 0.3
"""Seconds in which a plot turns from the value that it had to the first one of a sweep."""

SWEEP, INDEX, LONGEST = 4.0, 0.9, 12.0
"""Seconds for a sweep of a temperature, for each index of another, and for all of its indices at most."""

AFTER_LAYERS = "Likeliest word after each layer"


@time.register
def _(action: Chart, on: Choreography, start: float) -> Timed:
    before = next((own for own in on.charts if own.before and _turns_into(own.recipe.action, action)), None)
    id = before.recipe.id if before else on.n_charts
    on.n_charts += before is None
    recipe = Recipe(id, action, on.run, on.trace, *_words(action, on), (on.beat, start))
    if action.keep:
        recipe = replace(recipe, noted=tuple(recipe.parameters))
    earlier = Plotted(before.recipe, before.settings) if before else None
    rise = max(RISE, LAYER * recipe.n_layers)
    timed = passing(action, start, rise, Draw(recipe, ease_of(action), earlier), action.keep)
    if before is not None:
        on.charts.remove(before)
        timed.clips.insert(0, Clip(start, start, Remove(id)))
    on.charts.append(Displayed(recipe, {}, start))
    return timed


@time.register
def _(action: Sweep, on: Choreography, start: float) -> Timed:
    swept = [own for own in on.charts if (own.before or own.start <= start) and action.what in own.recipe.parameters]
    if not swept:
        raise ScriptError([(action.where("sweep"), _nothing(action, on, start))])
    ends = [_ends(action, own.recipe) for own in swept]
    usual = SWEEP if action.of_temperature else min(INDEX * (abs(ends[0][1] - ends[0][0]) + 1), LONGEST)
    over = action.over if action.over is not None else usual
    ease = EASINGS[action.ease or ("in_out" if action.of_temperature else "linear")]
    lead = min(TURN / over, 0.25) if over > 0 else 0.0
    clips: list[Clip] = []
    for own, (first, last) in zip(swept, ends, strict=True):
        values = (first, last) if action.of_temperature else range(int(min(first, last)), int(max(first, last)) + 1)
        wide = own.recipe.widened(action.what, ({**own.settings, action.what: value} for value in values))
        stop = float("inf") if own.recipe.action.keep else BEAT_END
        # A chart that came in this beat has had the axes for it from its start.
        begin = start if own.before else own.start
        clips.append(Clip(begin, begin + TURN if own.before else begin, Widen(wide, own.before), stop))
        clips.append(Clip(start, start + over, Change(wide.id, action.what, first, last, ease, lead), stop))
        on.charts[on.charts.index(own)] = replace(own, recipe=wide, settings={**own.settings, action.what: last})
    return Timed(clips, start + over)


def _turns_into(before: Chart, after: Chart) -> bool:
    """Whether a chart left by an earlier beat is the same as another, of other cells."""
    tensors = [tuple(selector.name for selector in chart.what) for chart in (before, after)]
    return tensors[0] == tensors[1] and (before.form, before.through) == (after.form, after.through)


def _words(action: Chart, on: Choreography) -> tuple[str, tuple[str, ...]]:
    """The title of a chart, and what its series are called where the script does not say."""
    if action.of_layers:
        return action.title.render(on.context) if action.title else AFTER_LAYERS, ()
    regions = [resolve_region(selector, on.targets.graph) for selector in action.what]
    titles = list(dict.fromkeys(on.targets.graph[region.tensor].title for region in regions))
    title = action.title.render(on.context) if action.title else ", ".join(titles)
    if action.names:
        return title, tuple(name.render(on.context) for name in action.names)
    if len(titles) == len(regions):
        return title, tuple(titles)
    return title, tuple(_told_apart(action, regions))


def _told_apart(action: Chart, regions: list[Region]) -> list[str]:
    """Names for series whose titles are not all different: the slices by which they differ, or what is written."""
    if len({region.tensor for region in regions}) == 1:
        slices = [{part.dim: str(part) for part in selector.slices} for selector in action.what]
        differing = {dim for own in slices for dim in own if len({other.get(dim) for other in slices}) > 1}
        names = [", ".join(text for dim, text in own.items() if dim in differing) for own in slices]
        if all(names):
            return [name.replace("=", " = ") for name in names]
    return [str(selector) for selector in action.what]


def _ends(action: Sweep, recipe: Recipe) -> tuple[float, float]:
    """The first and the last value of a sweep; indices from the end count from 0. Raises ScriptError."""
    parameter = recipe.parameters[action.what]
    found = []
    for key, value in (("from", action.start), ("to", action.end)):
        own = value + parameter.high + 1 if value < 0 and not action.of_temperature else value
        if not parameter.low <= own <= parameter.high:
            message = f"{action.what}={value:g} is out of range: {action.what} of {recipe.action.what[0].name} goes"
            message += f" from {parameter.low:g} to {parameter.high:g}"
            raise ScriptError([(action.where(key), message)])
        found.append(own)
    if found[0] == found[1]:
        message = f"a sweep from {action.start:g} to {action.end:g} changes nothing: they are the same place"
        raise ScriptError([(action.where("to"), message)])
    return found[0], found[1]


def _nothing(action: Sweep, on: Choreography, start: float) -> str:
    """What is wrong with a sweep of which no chart in the picture knows."""
    known = list(
        dict.fromkeys(name for own in on.charts if own.before or own.start <= start for name in own.recipe.parameters)
    )
    if any(action.what in own.recipe.parameters for own in on.charts):
        return "a sweep over nothing: the chart comes after it"
    if not on.charts:
        return "a sweep over nothing: there is no chart in the picture; put a 'chart' before it in the beat"
    if action.of_temperature:
        return "a sweep over nothing: no chart in the picture goes 'through: softmax'"
    return f"a sweep over nothing: no chart in the picture has one '{action.what}'{nearest(action.what, known)}"
