"""Every cell is what its formula makes of its stated operands, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from render.model import Array, GPT2Config, Model, Region, Trace, evaluate, operands

CONFIGS = st.builds(
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


@settings(max_examples=15, deadline=None, derandomize=True)
@given(config=CONFIGS, data=st.data())
def test_any_configuration(
    random_model: Callable[[GPT2Config], Model], config: GPT2Config, data: st.DataObject
) -> None:
    tokens = data.draw(st.lists(st.integers(0, config.vocab_size - 1), min_size=1, max_size=config.block_size))
    check(random_model(config).trace(tokens), np.random.default_rng(1), cells=3)


def test_the_future_depends_on_nothing(nano_sort: Model) -> None:
    trace = nano_sort.trace((2, 1, 0))
    for name in ("h.0.attn.att", "h.0.attn.att_softmax"):
        formula = trace.graph[name].formula
        assert formula is not None
        assert operands(formula, {"h": 1, "t": 0, "s": 2}, {}) == ()
    assert trace.cell("h.0.attn.att", {"h": 1, "t": 0, "s": 2}) == -np.inf
    assert trace.cell("h.0.attn.att_softmax", {"h": 1, "t": 0, "s": 2}) == 0


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
