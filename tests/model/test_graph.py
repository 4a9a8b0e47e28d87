from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from render.errors import UserError
from render.model import Decoder, GPT2Config, LlamaConfig, Model

NANO = GPT2Config(n_layer=3, n_head=3, n_embd=48, vocab_size=3, block_size=11)
GROUPED = LlamaConfig(
    hidden_size=24,
    num_hidden_layers=2,
    num_attention_heads=6,
    intermediate_size=40,
    vocab_size=7,
    num_key_value_heads=2,
    max_position_embeddings=9,
)
LLAMAS = [
    GROUPED,
    LlamaConfig(12, 1, 2, 8, 5, rope_factors=(1.0, 2.0, 4.0), attention_bias=True, mlp_bias=True),
    LlamaConfig(12, 1, 4, 8, 5, num_key_value_heads=1, head_dim=8, tie_word_embeddings=True),
]
CONFIGS: list[Decoder] = [
    NANO,
    GPT2Config(n_layer=1, n_head=1, n_embd=4, vocab_size=2, block_size=3, tied=True),
    GPT2Config(n_layer=2, n_head=2, n_embd=6, vocab_size=4, block_size=5, bias=False),
    *LLAMAS,
]


@pytest.mark.parametrize("config", CONFIGS)
def test_order_is_the_order_of_computation(config: Decoder) -> None:
    graph = config.graph(2)
    names = list(graph)
    for name in graph:
        assert all(names.index(operand) < names.index(name) for operand in graph.operand_names(name))


@pytest.mark.parametrize("config", CONFIGS)
def test_weights_come_just_before_their_first_reader(config: Decoder) -> None:
    graph = config.graph(2)
    names = list(graph)
    for name, spec in graph.items():
        if spec.kind == "weight":
            between = names[names.index(name) + 1 : names.index(graph.readers(name)[0])]
            assert all(graph[other].kind == "weight" for other in between)


@pytest.mark.parametrize("config", CONFIGS)
def test_shapes_are_those_of_a_trace(random_model: Callable[[Decoder], Model], config: Decoder) -> None:
    trace = random_model(config).trace((1, 0))
    assert {name: spec.shape for name, spec in trace.graph.items()} == {name: a.shape for name, a in trace.items()}
    for spec in trace.graph.values():
        assert len(spec.dims) == len(spec.shape) == len(set(spec.dims))
        assert spec.size == trace[spec.name].size


def test_readers_are_the_other_way_round() -> None:
    graph = NANO.graph(4)
    assert graph.readers("h.0.attn.att") == ("h.0.attn.att_max", "h.0.attn.att_sum", "h.0.attn.att_softmax")
    assert graph.readers("probs") == ()
    for name in graph:
        assert all(name in graph.operand_names(reader) for reader in graph.readers(name))


@pytest.mark.parametrize("config", CONFIGS)
def test_every_tensor_but_the_last_is_read(config: Decoder) -> None:
    graph = config.graph(2)
    assert [name for name in graph if not graph.readers(name)] == ["probs"]


def test_modules() -> None:
    graph = NANO.graph(4)
    assert graph.module("wte") == ("wte.weight",)
    assert graph.module("embed") == ("embed",)
    assert graph.module("h.0.ln_1") == tuple(f"h.0.ln_1.{n}" for n in ("mean", "std", "weight", "bias", "out"))
    assert graph.module("h.1") == tuple(name for name in graph if name.startswith("h.1."))
    assert graph.module("") == tuple(graph)
    assert graph.module("h.0.at") == ()


def test_a_tied_head_has_no_weight_of_its_own() -> None:
    graph = CONFIGS[1].graph(2)
    assert "lm_head.weight" not in graph
    assert graph.readers("wte.weight") == ("embed", "logits")


def test_without_biases_there_are_none() -> None:
    graph = CONFIGS[2].graph(2)
    assert not [name for name in graph if name.endswith(".bias")]


@pytest.mark.parametrize("config", CONFIGS)
def test_dims_give_the_size_of_every_dimension(config: Decoder) -> None:
    graph = config.graph(2)
    assert graph.n_tokens == 2
    for spec in graph.values():
        for dim, size in zip(spec.dims, spec.shape, strict=True):
            if dim in spec.splits:  # heads side by side can be more or fewer channels than the stream has
                assert size == math.prod(graph.dims[part] for part, _ in spec.splits[dim])
                assert all(graph.dims[part] == part_size for part, part_size in spec.splits[dim])
            elif spec.name != "wpe.weight":  # a table of every position there can be
                assert size == graph.dims[dim]


def test_split_dimensions() -> None:
    y = NANO.graph(4)["h.0.attn.y"]
    assert y.at((2, 37)) == {"t": 2, "c": 37, "h": 2, "a": 5}
    assert y.locate({"t": 2, "h": 2, "a": 5}) == y.locate({"t": -2, "c": -11}) == (2, 37)
    weight = NANO.graph(4)["h.0.attn.c_attn.weight"]
    assert weight.locate({"c": 1, "p": 1, "h": 2, "a": 5}) == (1, 48 + 32 + 5)


def test_keys_that_heads_share_are_found_by_head() -> None:
    graph = GROUPED.graph(4)
    assert [graph["h.0.attn.k"].locate({"h": h, "t": 2, "a": 1})[0] for h in (0, 2, 3, 5, -1)] == [0, 0, 1, 1, 1]
    assert graph["h.0.attn.k_proj.weight"].locate({"h": 4, "a": 1, "c": 7}) == (5, 7)
    assert graph["h.0.attn.att"].at((4, 2, 1)) == {"h": 4, "t": 2, "s": 1, "g": 1}
    assert graph["h.0.attn.y"].at((2, 17)) == {"t": 2, "c": 17, "h": 4, "a": 1, "g": 1}
    with pytest.raises(UserError, match=r"h=6 is out of range for h.0.attn.v: h goes from 0 to 5"):
        graph["h.0.attn.v"].locate({"h": 6, "t": 0, "a": 0})
    with pytest.raises(UserError, match=r"a cell of h.0.attn.v needs an index for 'g', from 0 to 1"):
        graph["h.0.attn.v"].locate({"t": 0, "a": 0})


def test_heads_with_keys_of_their_own_have_no_groups() -> None:
    graph = LLAMAS[1].graph(2)
    assert "g" not in graph.dims
    assert graph["h.0.attn.k"].dims == ("h", "t", "a")
    assert graph["h.0.attn.k_proj.weight"].splits == {"j": (("h", 2), ("a", 6))}


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"t": 1, "c": 48}, "c=48 is out of range for h.0.attn.y: c goes from 0 to 47"),
        ({"t": -5, "c": 0}, "t=-5 is out of range for h.0.attn.y: t goes from 0 to 3"),
        ({"t": 1, "h": 3, "a": 0}, "h=3 is out of range for h.0.attn.y: h goes from 0 to 2"),
        ({"t": 1, "h": 1}, "a cell of h.0.attn.y needs an index for 'a', from 0 to 15"),
        ({"c": 1}, "a cell of h.0.attn.y needs an index for 't', from 0 to 3"),
        ({"t": 1, "v": 0, "c": 1}, "h.0.attn.y has no dimension 'v'; there are: t, c, h, a"),
    ],
)
def test_a_place_that_there_is_not(place: dict[str, int], message: str) -> None:
    with pytest.raises(UserError) as error:
        NANO.graph(4)["h.0.attn.y"].locate(place)
    assert str(error.value) == message


def test_a_tensor_that_there_is_not() -> None:
    with pytest.raises(UserError, match=r"there is no tensor 'h.0.attn.atts'; did you mean 'h.0.attn.att'\?"):
        NANO.graph(4).find("h.0.attn.atts")


@pytest.mark.parametrize("n_tokens", [0, 12])
def test_tokens_have_to_fit_in_the_block(n_tokens: int) -> None:
    with pytest.raises(UserError, match=f"the model looks at 1 to 11 tokens, not {n_tokens}"):
        NANO.graph(n_tokens)


def test_the_largest_gpt2_is_no_trouble() -> None:
    graph = GPT2Config(n_layer=48, n_head=25, n_embd=1600, vocab_size=50257, block_size=1024, tied=True).graph(1024)
    weights = [spec for spec in graph.values() if spec.kind == "weight"]
    assert sum(spec.size for spec in weights) == 1_557_611_200  # as published for GPT-2 XL
