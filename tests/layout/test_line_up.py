"""Models in one world: side by side, to the same scale."""

from __future__ import annotations

import itertools

import pytest

from render.layout import Layout, Orientation, arrange, line_up
from render.model import Run
from render.model.cast import perform


@pytest.fixture(scope="module", params=["wide", "tall"])
def alone(request: pytest.FixtureRequest, nano_run: Run, llama_run: Run) -> dict[str, Layout]:
    orientation: Orientation = request.param
    return {
        "": arrange(nano_run.graph, orientation),
        "small": arrange(llama_run.graph, orientation, range(7)),
        "again": arrange(nano_run.graph, orientation),
    }


@pytest.fixture
def together(alone: dict[str, Layout], nano_run: Run, llama_run: Run) -> Layout:
    return line_up(perform(nano_run, {"small": llama_run, "again": nano_run}).graph, alone)


def test_every_box_is_as_large_as_it_is_alone(together: Layout, alone: dict[str, Layout]) -> None:
    assert len(together.boxes) == sum(len(layout.boxes) for layout in alone.values())
    for name, layout in alone.items():
        shifts = set()
        for id, box in layout.boxes.items():
            there = together.boxes[f"{name}.{id}" if name else id]
            assert (there.extent, there.depth, there.ranges, there.cell) == (
                box.extent,
                box.depth,
                box.ranges,
                box.cell,
            )
            shifts.add(tuple(round(a - b, 6) for a, b in zip(there.corner, box.corner, strict=True)))
        assert len(shifts) == 1, "a model stays in one piece"


def test_models_stand_in_a_row_on_one_ground(together: Layout, alone: dict[str, Layout]) -> None:
    wide = together.orientation == "wide"
    along = 0 if wide else 1
    bounds = []
    for name in alone:
        own = [box.bounds for box in together.boxes.values() if together.graph.whose(box.tensor)[0] == name]
        low = tuple(min(each.low[i] for each in own) for i in range(3))
        high = tuple(max(each.high[i] for each in own) for i in range(3))
        bounds.append((low, high))
    for (low, high), (next_low, next_high) in itertools.pairwise(bounds):
        assert (next_low[0] > high[0]) if wide else (next_high[1] < low[1])
        ground = 1 if along == 0 else 0
        assert next_low[ground] == pytest.approx(low[ground])


def test_ribbons_and_parts_lead_to_the_models_own_boxes(together: Layout) -> None:
    for ribbon in together.ribbons:
        source, target = (together.graph.whose(together.boxes[id].tensor)[0] for id in (ribbon.source, ribbon.target))
        assert source == target
    for part in together.parts:
        assert len({together.graph.whose(together.boxes[id].tensor)[0] for id in part}) == 1


def test_each_model_has_its_own_unit(together: Layout, alone: dict[str, Layout]) -> None:
    assert together.unit_of("small.h.0.attn.q") == alone["small"].unit
    assert together.unit_of("h.0.attn.q") == alone[""].unit
