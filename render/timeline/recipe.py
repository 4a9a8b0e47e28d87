"""How a chart of the script comes to its plot: which values it reads, what they go through, what form they take.

The parameters of a chart are the temperature of its softmax, the indices that its selectors fix, and the marked place
of a curve. A setting gives some of them another value than the script does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from render.model import Array, Region, Run, TensorSpec, Trace, softmax
from render.model.notation import region as read_region
from render.model.token_text import written
from render.scene import TEMPERATURES, Selector, resolve, resolve_region, with_ids
from render.scene import Chart as Action
from render.scene.plottable import free_dims, function_of_a_cell
from render.timeline import forms
from render.timeline.called import called, layers
from render.timeline.forms import Floats
from render.timeline.plot import Chart, Curve, HeatMap, Plot, Span, largest

TEMPERATURE = "temperature"

Settings = Mapping[str, float]
"""Values of parameters by name. An index lies between two whole numbers while one gives way to the next."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a chart: the value that the script gives it, and the lowest and the highest that it can have."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Recipe:
    """A chart of the script at one pass of the model.

    id:    of the chart
    noted: the parameters whose values are written on the chart
    scope: all the settings that it will go through: its axes reach far enough for each
    came:  when it came: the beat's number, and the second of the beat
    """

    id: int
    action: Action
    run: Run
    trace: Trace
    title: str
    names: tuple[str, ...]
    came: tuple[int, float]
    noted: tuple[str, ...] = ()
    scope: tuple[Settings, ...] = ({},)
    _labelled: dict[tuple[str, str, int, int], Sequence[str]] = field(default_factory=dict, repr=False)
    _inputs_of: dict[Region, Floats] = field(default_factory=dict, repr=False)
    _values_of: dict[Region, Floats] = field(default_factory=dict, repr=False)

    def widened(self, parameter: str, settings: Iterable[Settings]) -> Recipe:
        """The same chart, made ready for a sweep of `parameter` through `settings`."""
        noted = self.noted if parameter in self.noted else (*self.noted, parameter)
        return replace(self, noted=noted, scope=(*self.scope, *settings))

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters by name."""
        found: dict[str, Parameter] = {}
        if self.action.through == "softmax":
            temperature = self.action.temperature
            found[TEMPERATURE] = Parameter(1.0 if temperature is None else temperature, *TEMPERATURES)
        for selector in self.action.what:
            spec = self._spec(selector)
            sizes = dict(zip(spec.dims, spec.shape, strict=True))
            sizes |= {part: size for parts in spec.splits.values() for part, size in parts}
            for part in with_ids(selector, self.trace.graph, spec).slices:
                if part.start is not None and not part.is_range and part.dim in sizes:
                    last = sizes[part.dim] - 1
                    known = found.setdefault(part.dim, Parameter(part.start % (last + 1), 0, last))
                    found[part.dim] = replace(known, high=min(known.high, last))
        if self.action.form == "curve":
            spec, region = self._spec(self.action.what[0]), self._regions({})[0]
            (along,) = free_dims(spec, region)
            start, stop = region.ranges[spec.dims.index(along)]
            found[along] = Parameter(start + self._curve({}).marked, start, stop - 1)
        return found

    def value(self, parameter: str, settings: Settings) -> float:
        return settings.get(parameter, self.parameters[parameter].value)

    def chart(self, settings: Settings) -> Chart:
        """The chart at some setting. Between two indices it leans from the nearer one's plot to the other's."""
        near, far, lean = _between(settings)
        other = self._plot(far) if lean > 0 else None
        note = ", ".join(self._note(near))
        # One line to each of many layers would be a thicket.
        regions = () if self.action.of_layers else self._regions(near)
        return Chart(self.id, self.title, regions, self._home, self._plot(near), note, other, lean, came=self.came)

    @property
    def n_layers(self) -> int:
        """Of how many layers it shows what is read off; none for other charts."""
        return len(self._regions({})) if self.action.of_layers else 0

    @property
    def tensors(self) -> set[str]:
        """The names of the tensors whose values it shows, at whatever setting."""
        return {region.tensor for settings in self.scope for region in self._regions(settings)}

    # --- what is read -------------------------------------------------------------------------------------------

    def _spec(self, selector: Selector) -> TensorSpec:
        return self.trace.graph[resolve(selector, self.trace.graph)[0].tensor]

    def _regions(self, settings: Settings) -> tuple[Region, ...]:
        graph, selectors = self.trace.graph, [_at(what, settings) for what in self.action.what]
        if self.action.of_layers:
            return tuple(region for selector in selectors for region in resolve(selector, graph))
        return tuple(resolve_region(selector, graph) for selector in selectors)

    @cached_property
    def _home(self) -> Region:
        """All that the first series reads in its scope, in one piece."""
        regions = [self._regions(settings)[0] for settings in self.scope]
        spans = zip(*(region.ranges for region in regions), strict=True)
        ranges = tuple((min(low for low, _ in span), max(high for _, high in span)) for span in spans)
        return Region(regions[0].tensor, ranges)

    def _values(self, settings: Settings) -> list[Floats]:
        """What is drawn of each region, in as many dimensions as it has more than one cell along, in float64."""
        regions = self._regions(settings)
        if self.action.through == "prediction":
            return self._read_off(regions)
        return [self._through(region, settings) for region in regions]

    def _read_off(self, regions: Sequence[Region]) -> list[Floats]:
        """What the model would say at vectors of its stream; what was read off once is known."""
        new = [region for region in regions if region not in self._values_of]
        if new:
            found = self.run.read_off_all(self.trace, new).astype(np.float64)
            self._values_of.update(zip(new, found, strict=True))
        return [self._values_of[region] for region in regions]

    def _through(self, region: Region, settings: Settings) -> Floats:
        if region not in self._values_of:
            own = _squeezed(self.trace[region.tensor][region.slices]).astype(np.float64)
            self._values_of[region] = own
        values = self._values_of[region]
        if self.action.through == "softmax":
            return softmax(values, self.value(TEMPERATURE, settings))
        if self.action.through == "argmax":
            # What softmax becomes as the temperature goes to zero: the largest of a row has all.
            return np.asarray(np.arange(values.shape[-1]) == values.argmax(axis=-1, keepdims=True), np.float64)
        if self.action.through == "exp":
            with np.errstate(over="ignore"):
                return np.asarray(np.exp(values))
        return values

    def _hidden(self, region: Region) -> NDArray[np.bool_]:
        """Which cells of a region the causal mask hides: keys later than their query."""
        dims = self.trace.graph[region.tensor].dims
        hidden = np.zeros(region.shape, bool)
        if dims[-2:] == ("t", "s"):
            queries, keys = (np.arange(*span) for span in region.ranges[-2:])
            hidden |= keys[None, :] > queries[:, None]
        return _squeezed(hidden)

    # --- forms --------------------------------------------------------------------------------------------------

    def _plot(self, settings: Settings) -> Plot:
        regions = self._regions(settings)
        match self.action.form:
            case "curve":
                return self._curve(settings)
            case "heat_map":
                return self._heat_map(regions[0], settings)
            case "histogram":
                return forms.histogram(self.names, self._counted(settings), self._edges, self._most)
        values = self._values(settings)
        along, labels = self._along(regions[0])
        if self.action.of_layers:
            return forms.readings(
                layers([self.trace.graph.whose(region.tensor)[1] for region in regions]), labels, values
            )
        if self.action.form == "bars":
            return forms.bars(labels, values[0], self._reach, self._shares, self.action.top)
        return forms.lines(along, labels, self.names, values, self._reach, self._shares)

    def _counted(self, settings: Settings) -> list[Floats]:
        """The values that a histogram counts: all but what the causal mask hides."""
        values = self._values(settings)
        if self.action.through == "prediction":
            return values
        return [own[~self._hidden(region)] for own, region in zip(values, self._regions(settings), strict=True)]

    @cached_property
    def _edges(self) -> Floats:
        counted = [own for settings in self.scope for own in self._counted(settings)]
        return forms.bin_edges(forms.extent(counted), max(own.size for own in counted))

    @cached_property
    def _most(self) -> int:
        """The highest count in the scope."""
        counted = (own for settings in self.scope for own in self._counted(settings))
        return max(max(forms.tally("", own, self._edges).counts) for own in counted)

    def _heat_map(self, region: Region, settings: Settings) -> HeatMap:
        spec = self.trace.graph[region.tensor]
        down, across = free_dims(spec, region)
        values = self._through(region, settings)
        low, high = self._reach
        largest = max(abs(low), abs(high))
        span = (0.0, high) if self._shares else (-largest, largest)
        labels = [self._labels(spec, dim, *region.ranges[spec.dims.index(dim)]) for dim in (down, across)]
        hidden = self._hidden(region) | ~np.isfinite(values)
        return HeatMap((down, across), labels[0], labels[1], values, hidden, span, self._shares)

    def _curve(self, settings: Settings) -> Curve:
        region = self._regions(settings)[0]
        spec = self.trace.graph[region.tensor]
        known = function_of_a_cell(spec)
        assert known is not None
        along, labels = self._along(region)
        start = region.ranges[spec.dims.index(along)][0]
        marked = int(settings[along]) - start if along in settings else None
        outputs = self._through(region, settings)
        return forms.curve(known[0], along, labels, self._inputs(region), outputs, self._domain, marked)

    @cached_property
    def _domain(self) -> Span:
        """The extent of all inputs of the function in the scope."""
        return forms.extent(self._inputs(self._regions(settings)[0]) for settings in self.scope)

    def _inputs(self, region: Region) -> Floats:
        """What each cell of a row is the function of."""
        if region in self._inputs_of:
            return self._inputs_of[region]
        spec = self.trace.graph[region.tensor]
        known = function_of_a_cell(spec)
        assert known is not None
        cells = np.stack(np.meshgrid(*(np.arange(*span) for span in region.ranges), indexing="ij"), -1)
        found = []
        for index in cells.reshape(-1, len(spec.dims)).tolist():
            at = {dim: (i, i + 1) for dim, i in spec.at(tuple(index)).items()}
            read = read_region(known[1], at, self.trace)
            found.append(self.trace[read.tensor][read.slices].item())
        return self._inputs_of.setdefault(region, np.array(found, np.float64))

    @cached_property
    def _reach(self) -> Span:
        """The extent of all values in the scope that are drawn."""
        values = (own for settings in self.scope for own in self._values(settings))
        if self.action.form == "bars":
            return forms.extent(own[largest(own, self.action.top)] for own in values)
        return forms.extent(values)

    @cached_property
    def _shares(self) -> bool:
        """Whether the values are parts of one whole: what comes out of a softmax, here or in the model."""
        if self.action.through is not None:
            return self.action.through in ("softmax", "argmax", "prediction")
        for selector in self.action.what:
            spec = self._spec(selector)
            if spec.formula is None:
                return False
            low, high = forms.extent([np.asarray(self.trace[spec.name])])
            if low < 0 or high > 1:
                return False
        return True

    # --- words --------------------------------------------------------------------------------------------------

    def _along(self, region: Region) -> tuple[str, Sequence[str]]:
        """The dimension that a row of values runs along, and what the places on it are called."""
        spec = self.trace.graph[region.tensor]
        if self.action.through == "prediction":
            return "v", self._labels(spec, "v", 0, self.run.model_of(spec.name).config.vocab_size)
        (along,) = free_dims(spec, region)
        return along, self._labels(spec, along, *region.ranges[spec.dims.index(along)])

    def _labels(self, spec: TensorSpec, dim: str, start: int, stop: int) -> Sequence[str]:
        """What the cells along a dim are called."""
        key = (spec.name, dim, start, stop)
        if key not in self._labelled:
            self._labelled[key] = called(self.trace, self.run.model_of(spec.name).tokenizer, spec, dim, start, stop)
        return self._labelled[key]

    def _note(self, settings: Settings) -> Iterator[str]:
        """The values of the parameters that are noted, and of a temperature that the script gives."""
        marked = self._along(self._regions({})[0])[0] if self.action.form == "curve" else None
        for name in self.parameters:
            value = self.value(name, settings)
            if name == TEMPERATURE and name in self.noted:
                yield f"temperature {value:.2f}"
            elif name == TEMPERATURE and self.action.temperature is not None:
                yield f"temperature {value:g}"
            elif name in self.noted and name != marked:  # a curve tells its marked place itself
                token = self._labels(self._spec(self.action.what[0]), name, int(value), int(value) + 1)
                yield f"{name} = {value:g}" + (f" ({written(token[0])})" if tuple(token) != (f"{value:g}",) else "")


def _at(selector: Selector, settings: Settings) -> Selector:
    """The selector with other indices where it fixes one."""
    slices = tuple(
        part
        if part.is_range or part.dim not in settings
        else replace(part, start=int(settings[part.dim]), is_token=False)
        for part in selector.slices
    )
    return replace(selector, slices=slices)


def _between(settings: Settings) -> tuple[Settings, Settings, float]:
    """The nearest setting of whole indices, the other one that they lie by, and how far on the way to it they are."""
    near: dict[str, float] = dict(settings)
    far: dict[str, float] = dict(settings)
    lean = 0.0
    for name, value in settings.items():
        if name != TEMPERATURE:
            near[name] = math.floor(value + 0.5)
            far[name] = math.ceil(value) if near[name] < value else math.floor(value)
            lean = max(lean, abs(value - near[name]))
    return near, far, lean


def _squeezed(values: Array) -> Array:
    """An array without the dimensions of one cell; of a single cell, with one dimension."""
    return values.squeeze() if values.size > 1 else values.reshape(1)
