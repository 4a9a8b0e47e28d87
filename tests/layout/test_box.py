from __future__ import annotations

import itertools

import numpy as np
import pytest
from decoders import graph_of, graphs
from hypothesis import given, settings
from hypothesis import strategies as st

from render.layout import Bounds, Layout, Orientation, arrange
from render.model import Graph, Region


@pytest.fixture(scope="module", params=["wide", "tall"])
def small(request: pytest.FixtureRequest) -> Layout:
    return arrange(graph_of(2, 3, 12, 5, 7), request.param)


def test_every_cell_is_found_on_its_face_and_back(small: Layout) -> None:
    """Region to face and face to region, for every cell of the model."""
    for spec in small.graph.values():
        for index in itertools.product(*(range(size) for size in spec.shape)):
            ((box, (c0, r0, c1, r1)),) = small.find(Region.of_cell(spec.name, index))
            assert (c1 - c0, r1 - r0) == (1, 1)
            back = list(box.fixed)
            for axis, number in ((box.columns, c0), (box.rows, r0)):
                if axis.dim is None:
                    assert number == 0
                else:
                    back[axis.dim] = axis.start + int(number)
            assert tuple(back) == index


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_region_is_shown_whole_by_the_boxes_that_are_found(small: Layout, data: st.DataObject) -> None:
    spec = small.graph[data.draw(st.sampled_from(list(small.graph)))]
    ranges = []
    for size in spec.shape:
        low = data.draw(st.integers(0, size - 1))
        ranges.append((low, data.draw(st.integers(low + 1, size))))
    region = Region(spec.name, tuple(ranges))
    found = small.find(region)
    assert sum((c1 - c0) * (r1 - r0) for _, (c0, r0, c1, r1) in found) == region.size
    for box, (c0, r0, c1, r1) in found:
        assert box.tensor == spec.name
        assert 0 <= c0 < c1 <= box.width and 0 <= r0 < r1 <= box.height
    around = small.bounds_of((region,))
    for box, (c0, r0, c1, r1) in found:
        for corner in (box.place(c0, r0), box.place(c1, r1)):
            assert all(
                low - 1e-9 <= at <= high + 1e-9 for low, at, high in zip(around.low, corner, around.high, strict=True)
            )


def test_a_region_that_a_box_does_not_show(small: Layout) -> None:
    first, second = small.of_tensor("h.0.attn.q")[:2]
    assert first.cells(Region(second.tensor, second.ranges)) is None
    assert first.cells(Region("h.1.attn.q", first.ranges)) is None
    assert small.find(Region("embed", ((7, 9), (0, 12)))) == []


def test_places_on_the_face_and_in_front_of_it(small: Layout) -> None:
    box = small.of_tensor("h.1.mlp.fc")[0]
    x, y, z = box.corner
    assert box.place(0, 0) == box.corner
    assert box.place(box.width, box.height, 2) == (x + box.width, y - box.height, z + 2)
    assert box.bounds.high == (x + box.width, y, z)
    assert box.bounds.low == (x, y - box.height, z - box.depth)


@pytest.mark.parametrize("orientation", ["wide", "tall"])
def test_positions_run_along_the_stream(orientation: Orientation) -> None:
    """In a wide layout a position is a column of the stream, in a tall one a row; an MLP's panels stand across it."""
    layout = arrange(graph_of(1, 2, 8, 3, 5), orientation)
    along = "columns" if orientation == "wide" else "rows"
    for name in ("embed", "h.0.resid", "h.0.attn.q", "probs", "tokens"):
        for box in layout.of_tensor(name):
            assert box.sequence == along
            axis = box.columns if along == "columns" else box.rows
            assert axis.dim is not None and layout.graph[name].dims[axis.dim] == "t"
    for name in ("h.0.attn.att", "h.0.mlp.act"):
        for box in layout.of_tensor(name):
            assert box.sequence != along
            axis = box.rows if box.sequence == "rows" else box.columns
            assert axis.dim is not None and layout.graph[name].dims[axis.dim] == "t"


@settings(max_examples=10, deadline=None)
@given(graph=graphs(n_layer=3, n_head=4))
def test_a_part_is_what_is_read_together(graph: Graph) -> None:
    layout = arrange(graph, "wide")
    for part in layout.parts:
        for id in part:
            assert tuple(box.id for box in layout.part_of(layout.boxes[id])) == part
    names = [{layout.boxes[id].tensor for id in part} for part in layout.parts]
    assert len(names) == 2 * graph_layers(graph) + 2
    assert "embed" in names[0] and "probs" in names[-1]
    assert {"h.0.attn.out", "h.0.resid_attn"} <= names[1] and {"h.0.mlp.out", "h.0.resid"} <= names[2]


def graph_layers(graph: Graph) -> int:
    return len({name.split(".")[1] for name in graph.module("h")})


@given(
    st.lists(st.tuples(*[st.integers(-5, 5)] * 3, *[st.integers(1, 6)] * 3), min_size=2, max_size=5),
)
def test_bounds_agree_with_counting_cells(parts: list[tuple[int, ...]]) -> None:
    bounds = [Bounds((x, y, z), (x + w, y + h, z + d)) for x, y, z, w, h, d in parts]
    cells = [
        set(itertools.product(*(range(int(low), int(high)) for low, high in zip(b.low, b.high, strict=True))))
        for b in bounds
    ]
    assert bounds[0].overlaps(bounds[1]) == bool(cells[0] & cells[1])
    everything = np.array([cell for own in cells for cell in own])
    around = Bounds.around(bounds)
    assert around.low == tuple(everything.min(axis=0))
    assert around.high == tuple(everything.max(axis=0) + 1)
    assert around.size == tuple(np.ptp(everything, axis=0) + 1)
    assert set(around.corners) >= {around.low, around.high} and len(around.corners) == 8
