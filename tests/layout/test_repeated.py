"""Large models: blocks that are alike are composed and routed once, and there is no more to draw than can be seen."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from decoders import graph_of, llama_of

from render.layout import Orientation, arrange
from render.layout.decoder import DecoderComposer
from render.layout.ribbons import MOST_LEVELS
from render.model import Graph

GPT3 = graph_of(96, 96, 12_288, 50_257, 64, tied=True)


@pytest.mark.parametrize(
    "graph",
    [graph_of(4, 3, 24, 7, 5), llama_of(5, (4, 2), 8, 32, 64, 700, 6)],
    ids=["GPT-2", "Llama"],
)
def test_a_repeated_block_is_what_it_would_be_by_itself(graph: Graph, orientation: Orientation) -> None:
    repeated = arrange(graph, orientation, {3})
    with patch.object(DecoderComposer, "_look", lambda self, name, block: (name,)):
        single = arrange(graph, orientation, {3})
    assert list(repeated.boxes) == list(single.boxes)
    assert repeated.parts == single.parts
    for id, box in repeated.boxes.items():
        other = single.boxes[id]
        assert box.corner == pytest.approx(other.corner)
        assert (box.id, box.tensor, box.ranges, box.cell, box.depth) == (
            id,
            other.tensor,
            other.ranges,
            other.cell,
            other.depth,
        )
    for one, two in zip(repeated.ribbons, single.ribbons, strict=True):
        assert (one.source, one.target, one.kind, one.width, one.arrow) == (
            two.source,
            two.target,
            two.kind,
            two.width,
            two.arrow,
        )
        np.testing.assert_allclose(one.points, two.points)


def test_alike_blocks_are_composed_once() -> None:
    composer = DecoderComposer._block
    with patch.object(DecoderComposer, "_block", autospec=True, side_effect=composer) as block:
        arrange(GPT3, "wide")
    assert block.call_count == 1


def test_gpt_3_has_a_box_for_every_head_and_ribbons_for_some() -> None:
    layout = arrange(GPT3, "wide")
    n_boxes = {name: 96 if "h" in spec.sizes else 1 for name, spec in GPT3.items() if "attn" in name}
    n_boxes |= {name: 3 * 96 for name in GPT3 if "c_attn" in name}
    n_boxes |= {name: 1 for name in GPT3 if name.endswith("attn.c_proj.weight")}
    assert len(layout.boxes) == sum(n_boxes.get(name, 1) for name in GPT3)
    assert len(layout.ribbons) < 96 * 20 * (MOST_LEVELS + 5)
    fed = {r.target for r in layout.ribbons}
    scores = layout.of_tensor("h.95.attn.att")
    drawn = [h for h, box in enumerate(scores) if box.id in fed]
    assert drawn[0] == 0 and set(np.diff(drawn)) == {8}


def test_heads_stand_no_deeper_than_one_is_broad(orientation: Orientation) -> None:
    for graph in (GPT3, graph_of(1, 25, 1600, 10, 8), llama_of(2, (32, 8), 128, 4096, 14_336, 128_256, 16)):
        layout = arrange(graph, orientation)
        parts = [box for name in graph.module("h.0.attn") for box in layout.of_tensor(name) if "@" in box.id]
        low = np.min([box.bounds.low for box in parts], axis=0)
        high = np.max([box.bounds.high for box in parts], axis=0)
        across = high - low
        assert across[2] <= 1.05 * across[0 if orientation == "wide" else 1]


def test_heads_that_share_keys_and_values_stand_along_them(orientation: Orientation) -> None:
    """A key-value head is one box, from the front of the first of its heads to the back of the last."""
    layout = arrange(llama_of(2, (6, 2), 8, 48, 100, 30, 5), orientation)
    for name in ("k_proj.weight", "v_proj.weight", "k", "k_rot", "v"):
        shared = layout.of_tensor(f"h.1.attn.{name}")
        assert len(shared) == 2
        for g, box in enumerate(shared):
            for name in ("q_proj.weight", "q", "q_rot", "att", "att_softmax", "y"):
                for h, own in enumerate(layout.of_tensor(f"h.1.attn.{name}")):
                    low, high = own.bounds.low[2], own.bounds.high[2]
                    within = box.bounds.low[2] <= low and high <= box.bounds.high[2]
                    assert within == (h // 3 == g), (box.id, own.id)
    fed = {(r.source, r.target) for r in layout.ribbons}
    for h in range(6):
        assert (f"h.1.attn.k_rot@g={h // 3}", f"h.1.attn.att@h={h}") in fed
        assert (f"h.1.attn.v@g={h // 3}", f"h.1.attn.y@h={h}") in fed


def test_no_ribbons_run_from_the_rotary_tables() -> None:
    layout = arrange(llama_of(2, (6, 2), 8, 48, 100, 30, 5), "wide")
    assert {box.tensor for box in layout.boxes.values()} >= {"rotary.cos", "rotary.sin"}
    assert not [r for r in layout.ribbons if r.source.startswith("rotary")]
