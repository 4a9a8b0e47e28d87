from __future__ import annotations

import numpy as np
import pytest

from render.layout import Layout
from render.model import Region, Run
from render.stage.cells import MASKED, NOTHING, VALUE, magnitude, texels


def test_magnitude_is_a_high_quantile_of_the_finite() -> None:
    values = np.linspace(-10, 10, 2001, dtype=np.float32)
    assert magnitude(values) == pytest.approx(9.95, abs=0.01)
    assert magnitude(np.array([1.0, -np.inf, np.nan, 3.0])) == pytest.approx(3, abs=0.02)
    assert magnitude(np.zeros(4)) == 1 and magnitude(np.array([])) == 1 and magnitude(np.full(3, -np.inf)) == 1
    rare = np.zeros(10_000)
    rare[7] = -4
    assert magnitude(rare) == 4, "a tensor of zeros but one is not all full"


@pytest.mark.parametrize("side", ["wide", "tall"])
@pytest.mark.parametrize("step", [0, 2, 5])
def test_texels_are_the_values_cell_by_cell(
    nano_run: Run, side: str, step: int, request: pytest.FixtureRequest
) -> None:
    """Every cell of every tensor, found through the layout: sign, magnitude, and what there is."""
    layout: Layout = request.getfixturevalue(f"nano_{side}")
    trace = nano_run.steps[step]
    for box in layout.boxes.values():
        spec, values = layout.graph[box.tensor], trace[box.tensor]
        scale = magnitude(values)
        face = texels(box, spec, values, scale)
        assert face.shape == (box.height, box.width, 3) and face.dtype == np.float32
        rng = np.random.default_rng(0)
        for _ in range(12):
            index = tuple(int(rng.integers(start, stop)) for start, stop in box.ranges)
            column, row, *_ = box.cells(Region.of_cell(box.tensor, index)) or (0, 0)
            light, dark, what = face[int(row), int(column)]
            if any(i >= size for i, size in zip(index, values.shape, strict=True)):
                assert (light, dark, what) == (0, 0, NOTHING)
                continue
            value, place = float(values[index]), spec.at(index)
            if "s" in spec.dims and place["s"] > place["t"]:
                assert (light, dark, what) == (0, 0, MASKED)
                continue
            level = min(1.0, max(-1.0, value / scale))
            assert what == VALUE
            assert light - dark == pytest.approx(level, abs=1e-6) and min(light, dark) == 0
