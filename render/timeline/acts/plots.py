"""Plots on the time line."""

from __future__ import annotations

import numpy as np

from render.model import Region, TensorSpec
from render.scene import Chart, resolve_region
from render.timeline import state
from render.timeline.choreography import Choreography, Timed, ease_of, passing, time
from render.timeline.effects import Bars

RISE = 1.2
"""Seconds in which bars rise."""


@time.register
def _(action: Chart, on: Choreography, start: float) -> Timed:
    region = resolve_region(action.what, on.targets.graph)
    title = action.title.render(on.context) if action.title else on.targets.graph[region.tensor].title
    return passing(action, start, RISE, Bars(_chart(on, region, title), ease_of(action)), action.keep)


def _chart(on: Choreography, region: Region, title: str) -> state.Chart:
    spec = on.targets.graph[region.tensor]
    long = next((i for i, (low, high) in enumerate(region.ranges) if high - low > 1), len(spec.dims) - 1)
    values = tuple(float(value) for value in np.ravel(on.trace[region.tensor][region.slices]))
    labels = _labels(on, spec, spec.dims[long], *region.ranges[long])
    return state.Chart(title, region, labels, values, marked=int(np.argmax(values)))


def _labels(on: Choreography, spec: TensorSpec, dim: str, start: int, stop: int) -> tuple[str, ...]:
    """What the cells along a dim are called: by their tokens where they have some, by their index elsewhere."""
    tokenizer = on.run.model.tokenizer
    if tokenizer is not None and dim == "v":
        return tuple(tokenizer.text(token) for token in range(start, stop))
    if tokenizer is not None and dim in ("t", "s") and spec.kind != "weight":
        return tuple(tokenizer.text(token) for token in on.trace.tokens[start:stop])
    return tuple(str(index) for index in range(start, stop))
