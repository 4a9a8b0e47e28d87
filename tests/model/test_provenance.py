"""Every cell is what its formula makes of its stated operands, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from render.model import Array, Decoder, GPT2Config, LlamaConfig, Model, Region, Trace, evaluate, operands
from render.model.decoder import Parts
from render.model.parts import Attention, Embedding, FusedProjection, Head, Heads, LayerNorm, Linear, Rotary, SwiGLU

GPT2 = st.builds(
    lambda n_layer, n_head, head_size, vocab_size, block_size, tied, bias: GPT2Config(
        n_layer, n_head, n_head * head_size, vocab_size, block_size, tied=tied, bias=bias
    ),
    n_layer=st.integers(1, 2),
    n_head=st.integers(1, 3),
    head_size=st.integers(1, 4),
    vocab_size=st.integers(1, 5),
    block_size=st.integers(1, 6),
    tied=st.booleans(),
    bias=st.booleans(),
)


@st.composite
def llamas(draw: st.DrawFn) -> LlamaConfig:
    n_kv_head, sharing, pairs = (draw(st.integers(1, 3)) for _ in range(3))
    factor = st.floats(0.5, 8)
    return LlamaConfig(
        hidden_size=draw(st.integers(1, 6)),
        num_hidden_layers=draw(st.integers(1, 2)),
        num_attention_heads=n_kv_head * sharing,
        intermediate_size=draw(st.integers(1, 5)),
        vocab_size=draw(st.integers(1, 5)),
        num_key_value_heads=n_kv_head,
        head_dim=2 * pairs,
        max_position_embeddings=draw(st.integers(1, 6)),
        rope_theta=draw(st.sampled_from([10.0, 1e4, 1e5])),
        rope_factors=draw(st.sampled_from([(), tuple(draw(factor) for _ in range(pairs))])),
        tie_word_embeddings=draw(st.booleans()),
        attention_bias=draw(st.booleans()),
        mlp_bias=draw(st.booleans()),
    )


CONFIGS: st.SearchStrategy[Decoder] = GPT2 | llamas()


def only(regions: tuple[Region, ...], trace: Trace) -> Mapping[str, Array]:
    """The values of these regions; every other cell of their tensors is NaN, or a token that there is not."""
    values: dict[str, Array] = {}
    for region in regions:
        traced = trace[region.tensor]
        unknown = np.nan if traced.dtype == np.float32 else 10**6
        kept = values.setdefault(region.tensor, np.full_like(traced, unknown))
        kept[region.slices] = traced[region.slices]
    return values


def check(trace: Trace, rng: np.random.Generator, cells: int) -> None:
    """Recompute sampled cells of every computed tensor from their operands, then again with each operand spoilt."""
    for name, spec in trace.graph.items():
        if spec.formula is None:
            assert spec.kind in ("weight", "token")
            continue
        for _ in range(cells):
            index = tuple(int(rng.integers(size)) for size in spec.shape)
            at = spec.at(index)
            regions = operands(spec.formula, at, trace)
            values = only(regions, trace)
            recomputed, traced = evaluate(spec.formula, at, values), trace[name][index]
            assert np.isclose(recomputed, traced, rtol=1e-4, atol=1e-5), (name, index, recomputed, traced)

            for region in regions:
                if region.tensor == "tokens":
                    continue
                spoilt = dict(values) | {region.tensor: values[region.tensor].copy()}
                spoilt[region.tensor][tuple(int(rng.integers(*r)) for r in region.ranges)] = np.nan
                assert np.isnan(evaluate(spec.formula, at, spoilt)), f"{name}{index} does not depend on {region}"


def test_nano_sort(nano_sort: Model) -> None:
    run = nano_sort.run(nano_sort.encode("CBABBC"), n_steps=6)
    rng = np.random.default_rng(0)
    check(run.steps[-1], rng, cells=12)
    check(run.steps[0], rng, cells=3)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(config=CONFIGS, data=st.data())
def test_any_configuration(random_model: Callable[[Decoder], Model], config: Decoder, data: st.DataObject) -> None:
    tokens = data.draw(st.lists(st.integers(0, config.vocab_size - 1), min_size=1, max_size=config.block_size))
    check(random_model(config).trace(tokens), np.random.default_rng(1), cells=3)


@dataclass(frozen=True)
class Patchwork(Decoder):
    """Parts as no family has them together, and no code says that they are."""

    vocab_size: int = 5
    block_size: int = 6

    @cached_property
    def parts(self) -> Parts:
        heads = Heads(3, 3, 4)
        return Parts(
            n_layer=2,
            block_size=self.block_size,
            embedding=Embedding(self.vocab_size, 8, self.block_size),
            rotary=(rotary := Rotary(4, 100.0, (1.0, 3.0))),
            norm=LayerNorm(8, 1e-3, bias=False),
            attention=Attention(
                heads,
                FusedProjection(heads, Linear("c_attn", "cj", "Q, K, V", True, splits={"j": "pha"})),
                rotary,
                Linear("o_proj", "oc", "Projection", True, out_in=True, splits={"c": "ha"}),
            ),
            mlp=SwiGLU(
                7,
                gate=Linear("gate_proj", "cf", "Gate", True, thing="gate"),
                up=Linear("up_proj", "fc", "Up", False, out_in=True, thing="up"),
                down=Linear("down_proj", "fo", "Down", False),
            ),
            head=Head(tied=False),
        )


def test_parts_go_together_as_they_like(random_model: Callable[[Decoder], Model]) -> None:
    check(random_model(Patchwork()).trace((1, 4, 0, 2)), np.random.default_rng(2), cells=3)


def test_the_future_depends_on_nothing(nano_sort: Model) -> None:
    trace = nano_sort.trace((2, 1, 0))
    for name in ("h.0.attn.att", "h.0.attn.att_softmax"):
        formula = trace.graph[name].formula
        assert formula is not None
        assert operands(formula, {"h": 1, "t": 0, "s": 2}, {}) == ()
    assert trace.cell("h.0.attn.att", {"h": 1, "t": 0, "s": 2}) == -np.inf
    assert trace.cell("h.0.attn.att_softmax", {"h": 1, "t": 0, "s": 2}) == 0


def test_a_turned_query_is_made_of_its_pair(random_model: Callable[[Decoder], Model]) -> None:
    config = LlamaConfig(12, 1, 6, 8, 5, num_key_value_heads=2, head_dim=4, max_position_embeddings=9)
    graph = random_model(config).trace((1, 2, 3)).graph

    def made_of(name: str, *index: int) -> set[tuple[str, tuple[int, ...]]]:
        spec = graph[name]
        assert spec.formula is not None
        regions = operands(spec.formula, spec.at(index), {})
        return {(region.tensor.split(".")[-1], tuple(start for start, _ in region.ranges)) for region in regions}

    tables = {("cos", (2, 1)), ("sin", (2, 1))}
    assert made_of("h.0.attn.q_rot", 4, 2, 1) == {("q", (4, 2, 1)), ("q", (4, 2, 3))} | tables
    assert made_of("h.0.attn.q_rot", 4, 2, 3) == {("q", (4, 2, 3)), ("q", (4, 2, 1))} | tables


def test_heads_that_share_keys_read_the_same_ones(random_model: Callable[[Decoder], Model]) -> None:
    config = LlamaConfig(12, 1, 6, 8, 5, num_key_value_heads=2, head_dim=4, max_position_embeddings=9)
    trace = random_model(config).trace((1, 2, 3))
    for head, group in enumerate((0, 0, 0, 1, 1, 1)):
        spec = trace.graph["h.0.attn.att"]
        assert spec.formula is not None
        _, keys = operands(spec.formula, spec.at((head, 2, 1)), trace)
        assert keys == Region("h.0.attn.k_rot", ((group, group + 1), (1, 2), (0, 4)))
        y = trace.graph["h.0.attn.y"]
        assert y.formula is not None
        _, values = operands(y.formula, y.at((2, head * 4 + 3)), trace)
        assert values == Region("h.0.attn.v", ((group, group + 1), (0, 3), (3, 4)))


def test_operands_are_rows_and_columns_in_reading_order(nano_sort: Model) -> None:
    trace = nano_sort.trace((2, 1, 0))
    spec = trace.graph["h.1.attn.k"]
    assert spec.formula is not None
    column = 48 + 2 * 16 + 5
    assert operands(spec.formula, spec.at((2, 1, 5)), trace) == (
        Region.of_cell("h.1.attn.c_attn.bias", (column,)),
        Region("h.1.ln_1.out", ((1, 2), (0, 48))),
        Region("h.1.attn.c_attn.weight", ((0, 48), (column, column + 1))),
    )
    spec = trace.graph["embed"]
    assert spec.formula is not None
    assert operands(spec.formula, spec.at((1, 7)), trace) == (
        Region.of_cell("tokens", (1,)),
        Region.of_cell("wte.weight", (1, 7)),
        Region.of_cell("wpe.weight", (1, 7)),
    )
