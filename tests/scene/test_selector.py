from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.errors import UserError
from render.model import GPT2Config, Graph, LlamaConfig, Region, TensorSpec
from render.scene import parse_selector, resolve, resolve_cell, resolve_region

GRAPH = GPT2Config(n_layer=2, n_head=3, n_embd=12, vocab_size=3, block_size=11).graph(6)


def regions(text: str) -> tuple[Region, ...]:
    return resolve(parse_selector(text), GRAPH)


def names(text: str) -> list[str]:
    return [region.tensor for region in regions(text)]


def flaw_of(text: str) -> str:
    with pytest.raises(UserError) as caught:
        regions(text)
    return str(caught.value)


def test_a_tensor() -> None:
    assert regions("embed") == (Region("embed", ((0, 6), (0, 12))),)
    assert regions(" embed ") == regions("embed")


def test_everything() -> None:
    assert names("model") == list(GRAPH)
    assert all(region.shape == GRAPH[region.tensor].shape for region in regions("model"))


def test_a_module_is_all_that_is_in_it() -> None:
    assert names("h.1.mlp") == [name for name in GRAPH if name.startswith("h.1.mlp.")]
    assert names("wte") == ["wte.weight"]


def test_wildcards() -> None:
    assert names("h.*.attn.q") == ["h.0.attn.q", "h.1.attn.q"]
    assert names("h.0.*.out") == ["h.0.ln_1.out", "h.0.attn.out", "h.0.ln_2.out", "h.0.mlp.out"]
    assert names("h.*.ln_*.mean") == ["h.0.ln_1.mean", "h.0.ln_2.mean", "h.1.ln_1.mean", "h.1.ln_2.mean"]
    assert names("*") == list(GRAPH)


def test_slices() -> None:
    assert regions("h.0.mlp.act[t=2, f=0:8]") == (Region("h.0.mlp.act", ((2, 3), (0, 8))),)
    assert regions("embed[t=-1]") == (Region("embed", ((5, 6), (0, 12))),)
    assert regions("embed[t=-2:, c=:4]") == (Region("embed", ((4, 6), (0, 4))),)
    assert regions("embed[t=:]") == regions("embed")
    assert regions("wte[v=1]") == (Region("wte.weight", ((1, 2), (0, 12))),)


def test_the_only_dimension_needs_no_name() -> None:
    assert regions("tokens[3]") == (Region("tokens", ((3, 4),)),)
    assert regions("logits_max[-2:]") == (Region("logits_max", ((4, 6),)),)
    assert flaw_of("embed[3]") == "say which dimension '3' is for; there are: t, c"


def test_tokens_of_a_pass_stand_for_their_ids() -> None:
    """Those of the sequence by their place in it, and the one that the pass predicts."""
    graph = GRAPH.over((2, 1, 0, 1, 1, 2), predicted=0)
    meant = {"tokens[0]": 2, "tokens[-3]": 1, "predicted": 0}
    for token, id in meant.items():
        assert resolve(parse_selector(f"probs[v={token}]"), graph) == (Region("probs", ((0, 6), (id, id + 1))),)
    assert [str(part) for part in parse_selector("probs[t=-1, v=predicted]").slices] == ["t=-1", "v=predicted"]
    with pytest.raises(UserError, match=r"v=tokens\[6\] is out of range: the sequence goes from 0 to 5"):
        resolve(parse_selector("wte[v=tokens[6]]"), graph)
    assert flaw_of("wte[v=tokens[0]]") == "v=tokens[0] is out of range: the sequence has nothing to read"
    assert flaw_of("probs[v=predicted]") == "v=predicted means no token: without weights nothing is predicted"


def test_a_part_of_a_dimension_that_is_several_in_one() -> None:
    # j = (p * 3 + h) * 4 + a
    assert regions("h.0.attn.c_attn.weight[p=1, h=2]") == (Region("h.0.attn.c_attn.weight", ((0, 12), (20, 24))),)
    assert regions("h.0.attn.c_attn.weight[p=2]") == (Region("h.0.attn.c_attn.weight", ((0, 12), (24, 36))),)
    assert [region.ranges[1] for region in regions("h.0.attn.c_attn.weight[h=1]")] == [(4, 8), (16, 20), (28, 32)]
    assert [region.ranges[1] for region in regions("h.0.attn.y[a=0]")] == [(0, 1), (4, 5), (8, 9)]


def test_a_module_leaves_out_what_has_not_the_dimension() -> None:
    assert names("h.0.attn[h=1, t=3]") == [
        f"h.0.attn.{name}" for name in ("q", "k", "v", "att", "att_max", "att_sum", "att_softmax", "y")
    ]
    assert "h.0.attn.c_attn.weight" in names("h.0.attn[h=1]")
    assert "h.0.attn.out" not in names("h.0.attn[h=1]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("embd", "there is no tensor or module 'embd'; did you mean 'embed'?"),
        ("h.0.atn.q", "there is no tensor or module 'h.0.atn.q'; did you mean 'h.0.attn.q'?"),
        ("h.*.atn.q", "there is no tensor or module 'h.*.atn.q'; did you mean 'h.*.attn.q'?"),
        ("h.2.attn", "there is no tensor or module 'h.2.attn'; did you mean 'h.1.attn'?"),
        ("modle", "there is no tensor or module 'modle'; did you mean 'model'?"),
        ("embed[x=1]", "embed has no dimension 'x'; there are: t, c"),
        ("wte[t=1]", "wte.weight has no dimension 't'; there are: v, c"),
        ("h.0.attn.y[s=1]", "h.0.attn.y has no dimension 's'; there are: t, c, h, a"),
        ("h.0.mlp[s=1]", "nothing in 'h.0.mlp' has a dimension 's'; there are: c, f, t, o"),
        ("h.0.mlp[t=1, o=1]", "nothing in 'h.0.mlp' has all the dimensions t, o"),
        ("embed[t=6]", "t=6 is out of range: t of embed goes from 0 to 5"),
        ("embed[t=-7]", "t=-7 is out of range: t of embed goes from 0 to 5"),
        ("h.0.attn.c_attn.weight[p=3]", "p=3 is out of range: p of h.0.attn.c_attn.weight goes from 0 to 2"),
        ("embed[c=0:13]", "c=0:13 is out of range: c of embed has 12, so 0:12 is all"),
        ("embed[c=-13:]", "c=-13: is out of range: c of embed has 12, so 0:12 is all"),
        ("embed[c=4:4]", "c=4:4 is empty: a range is start:stop without the stop"),
        ("h.0.attn.y[c=1, h=0]", "'c' of h.0.attn.y is sliced already by its part 'h'"),
    ],
)
def test_what_is_not_there(text: str, message: str) -> None:
    assert flaw_of(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  ", "a selector is empty; write a tensor's name such as 'embed' or 'h.0.attn.q[t=3]'"),
        ("[t=3]", "a selector begins with the name of a tensor or module, not with '['"),
        ("embed, wte", "a selector names one thing; several are a list: [embed, wte]"),
        ("embed wte", "' ' cannot stand in a selector; a name is followed by [slices] or nothing"),
        ("embed.", "'.' cannot stand in a selector; a name is followed by [slices] or nothing"),
        ("embed[t=3", "this '[' is never closed"),
        ("embed[t=3].x", "nothing may follow the ']' of a selector"),
        ("embed[]", "a slice is written dim=index or dim=start:stop, such as t=3, t=-1 or f=0:8"),
        ("embed[t]", "a slice is written dim=index or dim=start:stop, such as t=3, t=-1 or f=0:8"),
        ("embed[t=1.5]", "a slice is written dim=index or dim=start:stop, such as t=3, t=-1 or f=0:8"),
        ("embed[t=0:4:2]", "a slice is written dim=index or dim=start:stop, such as t=3, t=-1 or f=0:8"),
        ("embed[t=1, t=2]", "'t' is sliced twice"),
        ("tokens[1, 2]", "two slices without the name of a dimension"),
    ],
)
def test_what_is_no_selector(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_selector(text)
    assert str(caught.value) == message


def test_one_region() -> None:
    assert resolve_region(parse_selector("wte"), GRAPH) == Region("wte.weight", ((0, 3), (0, 12)))
    with pytest.raises(UserError) as caught:
        resolve_region(parse_selector("h.0.ln_1"), GRAPH)
    assert str(caught.value).startswith("one tensor is needed here, and 'h.0.ln_1' is 5: h.0.ln_1.")
    with pytest.raises(UserError) as caught:
        resolve_region(parse_selector("h.0.attn.y[a=0]"), GRAPH)
    assert str(caught.value) == "one piece of a tensor is needed here, and 'h.0.attn.y[a=0]' is 3 of h.0.attn.y"


def test_one_cell() -> None:
    assert resolve_cell(parse_selector("embed[t=3, c=7]"), GRAPH) == Region.of_cell("embed", (3, 7))
    with pytest.raises(UserError) as caught:
        resolve_cell(parse_selector("embed[t=3]"), GRAPH)
    assert str(caught.value) == "one cell is needed here, and 'embed[t=3]' is 12; say which: c=..."


LLAMA = LlamaConfig(24, 2, 6, 40, 7, num_key_value_heads=2, head_dim=8).graph(6)


@pytest.mark.parametrize(
    ("h", "ranges"),
    [
        *(("h=0", (0, 1)), ("h=2", (0, 1)), ("h=3", (1, 2)), ("h=-1", (1, 2))),
        *(("h=0:3", (0, 1)), ("h=2:4", (0, 2)), ("h=4:", (1, 2)), ("h=:", (0, 2))),
    ],
)
def test_keys_are_sliced_by_the_heads_that_use_them(h: str, ranges: tuple[int, int]) -> None:
    for name in ("h.0.attn.k", "h.1.attn.v", "h.0.attn.k_rot"):
        assert resolve(parse_selector(f"{name}[{h}, t=2]"), LLAMA) == (Region(name, (ranges, (2, 3), (0, 8))),)
    (rows,) = resolve(parse_selector(f"h.0.attn.k_proj.weight[{h}]"), LLAMA)
    assert rows.ranges[0] == (8 * ranges[0], 8 * ranges[1])


def test_one_head_of_a_module_takes_its_keys_along() -> None:
    found = {region.tensor: region.ranges for region in resolve(parse_selector("h.0.attn[h=4, t=1]"), LLAMA)}
    assert found["h.0.attn.q"][0] == found["h.0.attn.att"][0] == (4, 5)
    assert found["h.0.attn.k"][0] == found["h.0.attn.v"][0] == (1, 2)
    assert found["h.0.attn.y"] == ((1, 2), (32, 40))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("h.0.attn.k[h=6]", "h=6 is out of range: h of h.0.attn.k goes from 0 to 5"),
        ("h.0.attn.k[g=2]", "g=2 is out of range: g of h.0.attn.k goes from 0 to 1"),
        ("h.0.attn.k[g=1, h=4]", "'g' of h.0.attn.k is sliced already by 'h', which says what it is"),
        ("h.0.mlp.fc[t=1]", "there is no tensor or module 'h.0.mlp.fc'; did you mean 'h.0.mlp.act'?"),
        ("h.0.attn.c_attn.weight[p=1]", "there is no tensor or module 'h.0.attn.c_attn.weight'; did you mean "),
        ("wpe", "there is no tensor or module 'wpe'; did you mean 'wte'?"),
    ],
)
def test_what_a_llama_has_not_is_told(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve(parse_selector(text), LLAMA)
    assert message in str(caught.value)


def variables(spec: TensorSpec) -> dict[str, int]:
    sizes = dict(zip(spec.dims, spec.shape, strict=True))
    return sizes | {part: size for parts in spec.splits.values() for part, size in parts}


@st.composite
def selections(draw: st.DrawFn) -> tuple[Graph, str, dict[str, tuple[str, slice]]]:
    """A graph, a tensor, and per sliced variable its text and the Python slice that means the same."""
    n_head, head_size = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    config = GPT2Config(
        n_layer=draw(st.integers(1, 2)), n_head=n_head, n_embd=n_head * head_size, vocab_size=3, block_size=4,
        tied=draw(st.booleans()), bias=draw(st.booleans()),
    )  # fmt: skip
    llama = LlamaConfig(
        hidden_size=draw(st.integers(1, 4)), num_hidden_layers=1, num_attention_heads=2 * n_head, intermediate_size=3,
        vocab_size=3, num_key_value_heads=draw(st.sampled_from([1, n_head, 2 * n_head])), head_dim=2 * head_size,
    )  # fmt: skip
    graph = draw(st.sampled_from([config, llama])).graph(draw(st.integers(1, 4)))
    name = draw(st.sampled_from(list(graph)))
    spec = graph[name]
    slices = {}
    for dim in draw(st.lists(st.sampled_from(sorted(variables(spec))), unique=True)):
        clashes = {whole for whole, parts in spec.splits.items() if dim in dict(parts)} | set(
            dict(spec.splits.get(dim, ()))
        )
        if clashes & set(slices):
            continue
        size = variables(spec)[dim]
        start = draw(st.integers(0, size - 1))
        stop = draw(st.integers(start + 1, size))
        low = str(draw(st.sampled_from([start, start - size])))
        high = str(draw(st.sampled_from([stop, stop - size] if stop < size else [stop])))
        if stop == start + 1 and draw(st.booleans()):
            text = f"{dim}={low}"
        else:
            low = "" if start == 0 and draw(st.booleans()) else low
            high = "" if stop == size and draw(st.booleans()) else high
            text = f"{dim}={low}:{high}"
        slices[dim] = (text, slice(start, stop))
    return graph, name, slices


@settings(deadline=None)
@given(selections())
def test_the_regions_are_exactly_the_selected_cells(selection: tuple[Graph, str, dict[str, tuple[str, slice]]]) -> None:
    graph, name, slices = selection
    spec = graph[name]
    text = f"{name}[{', '.join(text for text, _ in slices.values())}]" if slices else name
    counted = np.zeros(spec.shape, dtype=int)
    for region in resolve(parse_selector(text), graph):
        assert region.tensor == name
        assert all(0 <= start < stop <= size for (start, stop), size in zip(region.ranges, spec.shape, strict=True))
        counted[region.slices] += 1
    for index in itertools.product(*map(range, spec.shape)):
        at = spec.at(index)
        selected = all(at[dim] in range(part.start, part.stop) for dim, (_, part) in slices.items())
        assert counted[index] == int(selected), f"{text} at {at}"
