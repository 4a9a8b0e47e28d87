"""Decoders of every size, and what is checked of each layout."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from render.layout import Layout, Orientation
from render.model import GPT2Config, Graph, LlamaConfig

ORIENTATIONS: tuple[Orientation, ...] = ("wide", "tall")


def graph_of(
    n_layer: int, n_head: int, n_embd: int, vocab_size: int, n_tokens: int, tied: bool = False, bias: bool = True
) -> Graph:
    """The graph of a pass over `n_tokens` that fill the block."""
    sizes = {"n_layer": n_layer, "n_head": n_head, "n_embd": n_embd, "vocab_size": vocab_size, "block_size": n_tokens}
    return GPT2Config(**sizes, tied=tied, bias=bias).graph(n_tokens)


def llama_of(
    n_layer: int, heads: tuple[int, int], head_dim: int, n_embd: int, n_mlp: int, vocab_size: int, n_tokens: int
) -> Graph:
    """The graph of a Llama's pass; `heads` are those of queries, and of keys and values."""
    n_head, n_kv_head = heads
    return LlamaConfig(
        hidden_size=n_embd,
        num_hidden_layers=n_layer,
        num_attention_heads=n_head,
        num_key_value_heads=n_kv_head,
        head_dim=head_dim,
        intermediate_size=n_mlp,
        vocab_size=vocab_size,
        tie_word_embeddings=n_layer % 2 == 0,
    ).graph(n_tokens)


@st.composite
def llamas(draw: st.DrawFn, n_layer: int = 6) -> Graph:
    """Any Llama up to some size: heads that share keys and values or not, tied or not."""
    n_kv_head = draw(st.integers(1, 4))
    return llama_of(
        draw(st.integers(1, n_layer)),
        (n_kv_head * draw(st.integers(1, 4)), n_kv_head),
        2 * draw(st.integers(1, 32)),
        draw(st.integers(8, 512)),
        draw(st.integers(8, 1500)),
        draw(st.sampled_from([3, 300, 5_000, 128_256])),
        draw(st.integers(1, 64)),
    )


@st.composite
def words(draw: st.DrawFn, graph: Graph) -> frozenset[int]:
    """Some tokens of a graph's vocabulary: none, single ones, neighbours, its ends."""
    return draw(st.frozensets(st.integers(0, graph.dims["v"] - 1), max_size=40))


@st.composite
def graphs(draw: st.DrawFn, n_layer: int = 48, n_head: int = 25, n_embd: int = 1600) -> Graph:
    """Any decoder up to these sizes."""
    heads = draw(st.integers(1, n_head))
    per_head = draw(st.integers(-(-16 // heads), n_embd // heads))
    return graph_of(
        draw(st.integers(1, n_layer)),
        heads,
        heads * per_head,
        draw(st.sampled_from([2, 3, 27, 256, 5_000, 50_257])),
        draw(st.integers(1, 64)),
        draw(st.booleans()),
        draw(st.booleans()),
    )


def corners_of(layout: Layout) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The low and the high corner of every box, each (n, 3)."""
    bounds = [box.bounds for box in layout.boxes.values()]
    return np.array([b.low for b in bounds]), np.array([b.high for b in bounds])


def overlaps(layout: Layout) -> list[tuple[str, str]]:
    """The pairs of boxes that share a volume: a sweep along x, each box against those that begin before it ends."""
    low, high = corners_of(layout)
    order = np.argsort(low[:, 0], kind="stable")
    low, high, ids = low[order], high[order], np.array(list(layout.boxes))[order]
    reach = np.searchsorted(low[:, 0], high[:, 0] - 1e-6, side="left")
    found = []
    for i, stop in enumerate(reach):
        others = slice(i + 1, stop)
        shared = (low[others, 1:] < high[i, 1:] - 1e-6) & (low[i, 1:] < high[others, 1:] - 1e-6)
        found += [(str(ids[i]), str(ids[i + 1 + k])) for k in np.flatnonzero(shared.all(axis=1))]
    return found
