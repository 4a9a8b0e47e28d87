from __future__ import annotations

import itertools
from unittest.mock import patch

import numpy as np
import pytest
from decoders import ORIENTATIONS, graph_of, graphs, llama_of, llamas, overlaps, words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.layout import Box, Layout, Orientation, arrange
from render.layout.arrange import ASPECT
from render.model import Graph, TensorSpec
from render.timeline import View, frame_points

EXTREMES = {
    "smallest": graph_of(1, 1, 16, 1, 1),
    "nano-sort": graph_of(3, 3, 48, 3, 11),
    "one wide head": graph_of(2, 1, 1600, 50_257, 8, tied=True),
    "many thin heads": graph_of(2, 25, 25, 10, 5),
    "a letter a token": graph_of(4, 2, 16, 2, 64, bias=False),
    "deep and thin": graph_of(48, 1, 16, 3, 1),
    "GPT-2": graph_of(12, 12, 768, 50_257, 48, tied=True),
    "deepest": graph_of(48, 4, 1600, 50_257, 64),
    "most heads": graph_of(6, 25, 1600, 300, 64),
    "SmolLM2": llama_of(30, (9, 3), 64, 576, 1536, 49_152, 16),
    "Llama 3": llama_of(5, (32, 8), 128, 4096, 14_336, 128_256, 16),
    "one head of keys for all": llama_of(2, (12, 1), 8, 40, 100, 30, 5),
    "heads broader than the stream": llama_of(3, (4, 2), 64, 32, 64, 700, 9),
}


def shown_once(spec: TensorSpec, boxes: tuple[Box, ...]) -> bool:
    """Whether every cell of a tensor is on the face of exactly one of its boxes."""
    ranges = np.array([box.ranges for box in boxes]).reshape(len(boxes), -1, 2)
    low, high = ranges[..., 0], ranges[..., 1]
    if (low < 0).any() or (high > np.array(spec.shape)).any() or (low >= high).any():
        return False
    shared = ((low[:, None] < high[None]) & (low[None] < high[:, None])).all(axis=2)
    return int(shared.sum()) == len(boxes) and int((high - low).prod(axis=1).sum()) == spec.size


def check(layout: Layout) -> None:
    """What holds for every layout."""
    assert overlaps(layout) == []
    low, high = layout.extents
    for box, (x0, y0, z0), (x1, y1, z1) in zip(layout.boxes.values(), low, high, strict=True):
        (width, height), (x, y, z) = box.extent, box.corner
        np.testing.assert_allclose([x0, y0, z0, x1, y1, z1], [x, y - height, z - box.depth, x + width, y, z])
        assert min(width, height, box.depth) > 0
    np.testing.assert_array_equal([layout.bounds.low, layout.bounds.high], [low.min(axis=0), high.max(axis=0)])
    for spec in layout.graph.values():
        assert shown_once(spec, layout.of_tensor(spec.name)), spec.name
    for box in layout.boxes.values():
        assert box.kind == layout.graph[box.tensor].kind
        assert box.width * box.height == np.prod([stop - start for start, stop in box.ranges]), box.id
    in_parts = [id for part in layout.parts for id in part]
    assert sorted(in_parts) == sorted(layout.boxes)


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_extreme_decoders_stand_without_overlap_and_show_every_cell_once(name: str, orientation: Orientation) -> None:
    check(arrange(EXTREMES[name], orientation))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graph=graphs(n_layer=10, n_head=12), orientation=st.sampled_from(["wide", "tall"]))
def test_any_decoder_stands_without_overlap_and_shows_every_cell_once(graph: Graph, orientation: Orientation) -> None:
    check(arrange(graph, orientation))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.data(),
    graph=llamas() | graphs(n_layer=3, n_head=6, n_embd=64),
    orientation=st.sampled_from(["wide", "tall"]),
)
def test_llamas_and_squeezed_vocabularies_stand_without_overlap_and_show_every_cell_once(
    data: st.DataObject, graph: Graph, orientation: Orientation
) -> None:
    check(arrange(graph, orientation, data.draw(words(graph))))


def test_the_largest_decoder_stands_without_overlap_and_shows_every_cell_once() -> None:
    check(arrange(graph_of(48, 25, 1600, 50_257, 64), "wide"))


@settings(max_examples=15, deadline=None)
@given(graph=graphs(n_layer=6, n_head=6) | llamas())
def test_the_tall_layout_is_the_wide_one_mirrored(graph: Graph) -> None:
    """Folded into the same rows, that is; each picture's shape has its own best number of them."""
    with patch.dict(ASPECT, tall=ASPECT["wide"]):
        wide, tall = arrange(graph, "wide"), arrange(graph, "tall")
    assert list(wide.boxes) == list(tall.boxes)
    for id, box in wide.boxes.items():
        other = tall.boxes[id]
        (x, y, z), (columns, rows) = box.corner, (box.columns, box.rows)
        assert other.corner == (-y, -x, z)
        assert (other.columns, other.rows, other.cell) == (rows, columns, box.cell[::-1])
    for one, two in zip(wide.ribbons, tall.ribbons, strict=True):
        assert (one.source, one.target, one.width) == (two.source, two.target, two.width)
        np.testing.assert_allclose([(-y, -x, z) for x, y, z in one.points], two.points, atol=1e-6)


@pytest.mark.parametrize("name", ["nano-sort", "GPT-2", "many thin heads"])
def test_heads_stand_one_behind_the_other(name: str, orientation: Orientation) -> None:
    graph = EXTREMES[name]
    layout = arrange(graph, orientation)
    n_head = graph.dims["h"]
    for tensor in ("q", "k", "v", "att", "att_softmax", "y"):
        boxes = layout.of_tensor(f"h.0.attn.{tensor}")
        assert len(boxes) == n_head
        assert len({box.corner[:2] for box in boxes}) == 1, "heads of one tensor share x and y"
        depths = [box.corner[2] for box in boxes]
        assert depths == sorted(depths, reverse=True)
        assert all(front - back > 2 * boxes[0].depth for front, back in itertools.pairwise(depths))


@pytest.mark.parametrize("name", ["nano-sort", "GPT-2", "deep and thin", "a letter a token"])
def test_the_stream_reads_in_rows_from_the_left(name: str) -> None:
    graph = EXTREMES[name]
    layout = arrange(graph, "wide")
    stream = [name for name in graph if name == "embed" or name.rsplit(".", 1)[-1] in ("resid_attn", "resid")]
    assert len(stream) == 1 + 2 * max(1, len(graph.module("h")) and 1 + int(stream[-1].split(".")[1]))
    places = [layout.of_tensor(tensor)[0].bounds for tensor in stream]
    for before, after in itertools.pairwise(places):
        if before.centre[1] == pytest.approx(after.centre[1]):
            assert before.high[0] < after.low[0], "in a row, what is later stands to the right"
        else:
            assert after.high[1] < before.low[1] and after.low[0] < before.low[0], "a new row begins at the left, below"


def test_the_stream_begins_with_the_tokens_and_ends_with_the_prediction(nano_wide: Layout) -> None:
    middle = {name: nano_wide.of_tensor(name)[0].bounds.centre[0] for name in ("tokens", "embed", "h.2.resid", "probs")}
    assert middle["tokens"] == pytest.approx(middle["embed"])
    assert middle["embed"] < middle["h.2.resid"] < middle["probs"]


@pytest.mark.parametrize("n_tokens", [5, 16, 64])
def test_small_matrices_of_a_large_model_stand_close_together(n_tokens: int) -> None:
    """Gaps between scores and their softmax are those of a small model while positions are few."""
    layout = arrange(llama_of(2, (9, 3), 64, 576, 1536, 49_152, n_tokens), "wide")
    names = ("att", "att_max", "att_sum", "att_softmax")
    row = [layout.of_tensor(f"h.0.attn.{name}")[0] for name in names]
    for left, right in itertools.pairwise(row):
        gap = right.corner[0] - left.corner[0] - left.extent[0]
        assert gap == pytest.approx(3 * max(1, n_tokens / 8)) and gap < 3 * layout.unit
    weights, queries = layout.of_tensor("h.0.attn.q_proj.weight")[0], layout.of_tensor("h.0.attn.q")[0]
    assert queries.corner[0] - weights.corner[0] - weights.extent[0] == pytest.approx(3 * layout.unit)
    for box in layout.boxes.values():
        if box.tensor.startswith("h.0.attn.att"):
            assert box.depth <= max(1.4, n_tokens / 4)


def test_weights_stand_beside_what_they_make(nano: Layout) -> None:
    """No other part of the model comes between a weight and the tensor computed from it."""
    for name, spec in nano.graph.items():
        if spec.kind == "activation" and name not in ("embed", "logits"):
            part = {part for box in nano.of_tensor(name) for part in nano.parts if box.id in part}
            for operand in nano.graph.operand_names(name):
                if nano.graph[operand].kind == "weight":
                    assert {part for box in nano.of_tensor(operand) for part in nano.parts if box.id in part} == part


@pytest.mark.parametrize(("orientation", "size", "least"), [("wide", (1920, 1080), 0.7), ("tall", (1080, 1920), 0.55)])
@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (-10, 12), (-16, 14)])
def test_the_whole_nano_model_fills_the_picture(
    orientation: Orientation,
    size: tuple[int, int],
    least: float,
    azimuth: float,
    elevation: float,
    request: pytest.FixtureRequest,
) -> None:
    """The share of the picture (the frame without its bands) that the rectangle around the whole model covers."""
    layout: Layout = request.getfixturevalue(f"nano_{orientation}")
    pose = frame_points(layout.bounds.corners, size[0] / size[1], azimuth, elevation)
    corners = [corner for box in layout.boxes.values() for corner in box.bounds.corners]
    seen = View(pose, size).project(corners)[:, :2]
    width, height = np.ptp(seen, axis=0) / size
    assert width * height / (0.95 * 0.71) > least, f"{width:.2f} of the frame's width, {height:.2f} of its height"
