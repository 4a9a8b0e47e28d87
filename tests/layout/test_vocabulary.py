"""A vocabulary much longer than the model: words at full size, the runs between them squeezed."""

from __future__ import annotations

import numpy as np
import pytest
from decoders import graph_of, llama_of
from hypothesis import given, settings
from hypothesis import strategies as st

from render.layout import Bounds, Layout, Orientation, arrange, telling_words
from render.model import GPT2Config, Graph, Model, Region

WORDS = frozenset({0, 7, 8, 9, 2_500, 4_999})
OF_WORDS = ("wte.weight", "lm_head.weight", "logits", "probs")
GRAPH = graph_of(2, 2, 32, 5_000, 6)


@pytest.fixture(scope="module", params=["wide", "tall"])
def long(request: pytest.FixtureRequest) -> Layout:
    return arrange(GRAPH, request.param, WORDS)


def all_of(graph: Graph, name: str, **ranges: tuple[int, int]) -> Region:
    """A tensor as a whole, but for the dimensions of which ranges are given."""
    spec = graph[name]
    whole = ((0, size) for size in spec.shape)
    return Region(name, tuple(ranges.get(dim, span) for dim, span in zip(spec.dims, whole, strict=True)))


def along(layout: Layout, name: str, start: int, stop: int) -> tuple[float, float]:
    """From where to where words stand along the vocabulary, from the beginning of the whole."""
    (whole,) = layout.frames(all_of(layout.graph, name))
    (part,) = layout.frames(all_of(layout.graph, name, v=(start, stop)))
    box = layout.of_tensor(name)[0]
    across = box.columns.dim is not None and layout.graph[name].dims[box.columns.dim] == "v"
    if across:
        return part.low[0] - whole.low[0], part.high[0] - whole.low[0]
    return whole.high[1] - part.high[1], whole.high[1] - part.low[1]


@pytest.mark.parametrize(
    "graph", [graph_of(3, 3, 48, 3, 11), graph_of(1, 96, 12_288, 50_257, 4)], ids=["nano", "GPT-3"]
)
def test_a_vocabulary_no_longer_than_the_model_is_to_scale(graph: Graph, orientation: Orientation) -> None:
    layout = arrange(graph, orientation, {1})
    assert not layout.spans
    assert all(box.cell == (1.0, 1.0) and not box.squeezed for box in layout.boxes.values())


@pytest.mark.parametrize(
    "graph",
    [graph_of(1, 12, 768, 50_257, 4, tied=True), llama_of(1, (9, 3), 64, 576, 1536, 49_152, 4)],
    ids=["GPT-2", "SmolLM2"],
)
def test_a_long_one_is_as_long_as_two_mlps(graph: Graph, orientation: Orientation) -> None:
    layout = arrange(graph, orientation, range(100, 20_000, 400))
    for name in ("wte.weight", "logits", "probs"):
        (whole,) = layout.frames(all_of(graph, name))
        assert max(whole.size) == pytest.approx(2 * graph.dims["f"])


def test_words_are_to_scale_and_all_else_is_squeezed_alike(long: Layout) -> None:
    squeezed = set()
    for name in OF_WORDS:
        for box in long.of_tensor(name):
            start, stop = box.ranges[long.graph[name].dims.index("v")]
            assert box.squeezed == (not WORDS & set(range(start, stop)))
            assert box.squeezed or set(range(start, stop)) <= WORDS
            squeezed.add(box.cell)
    assert len(squeezed) <= 3 and (1.0, 1.0) in squeezed
    assert len({min(cell) for cell in squeezed}) == 2, "the same share everywhere"


@settings(max_examples=40)
@given(data=st.data())
def test_a_word_stands_in_the_same_place_along_every_tensor(long: Layout, data: st.DataObject) -> None:
    start = data.draw(st.sampled_from(sorted(WORDS)) | st.integers(0, 4_999))
    stop = data.draw(st.integers(start + 1, 5_000))
    places = np.array([along(long, name, start, stop) for name in OF_WORDS])
    np.testing.assert_allclose(places, places[:1].repeat(len(places), 0), atol=1e-6)
    if stop == start + 1 and start in WORDS:
        assert places[0, 1] - places[0, 0] == pytest.approx(1.0)


def test_words_keep_their_order(long: Layout) -> None:
    middles = [sum(along(long, "probs", word, word + 1)) for word in range(0, 5_000, 7)]
    assert middles == sorted(set(middles))


def test_the_boxes_of_a_row_are_one_face(long: Layout) -> None:
    boxes = long.of_tensor("probs")
    assert len(boxes) == len(long.spans["v"]) == 7
    assert all(long.face_of(box) == boxes for box in boxes)
    region = all_of(long.graph, "probs", t=(2, 4))
    (face,) = long.faces(region)
    assert [box for box, _ in face] == list(boxes)
    assert long.frames(region) == [Bounds.around(box.around(cells) for box, cells in face)]
    heads = long.of_tensor("h.0.attn.q")
    assert long.face_of(heads[1]) == (heads[1],)
    assert len(long.frames(all_of(long.graph, "h.0.attn.q"))) == len(heads) == 2


def test_the_words_that_tell_are_the_tokens_and_the_likeliest_at_every_step() -> None:
    config = GPT2Config(n_layer=1, n_head=1, n_embd=8, vocab_size=200, block_size=8)
    run = Model("random", config, config.initial_weights(1), None).run((5, 9), n_steps=3)
    expected = set(run.tokens)
    for step in run.steps:
        ranked = sorted(range(200), key=lambda word: -float(step["probs"][-1, word]))
        expected |= set(ranked[:10])
    assert telling_words(run) == expected
