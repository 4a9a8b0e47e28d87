"""Models without weights in a script: their shape, what may be said of them, and what needs a value and is an error."""

from __future__ import annotations

import pytest

from render.errors import UserError
from render.model import GPT2Config, LlamaConfig, Model
from render.programme.production import Production
from render.scene import ACTIONS, Scene, ScriptError, parse_scene, rehearse

GPT2 = "{family: gpt2, n_layer: 1, n_head: 2, n_embd: 8, vocab_size: 30, block_size: 20}"


def script(beat: str, model: str = GPT2, more: str = "positions: 6") -> Scene:
    return parse_scene(f"title: x\nmodel: {model}\n{more}\nbeats:\n- {{id: a, {beat}}}\n", "s.yaml")


def shape(written: str) -> Model:
    model = script("for: 1s", written).model
    assert isinstance(model, Model) and model.is_blank
    return model


def test_a_shape_is_a_configuration() -> None:
    assert shape(GPT2).config == GPT2Config(1, 2, 8, vocab_size=30, block_size=20)
    more = GPT2.replace("}", ", tied: true, bias: no, eps: 1e-6}")
    assert shape(more).config == GPT2Config(1, 2, 8, vocab_size=30, block_size=20, tied=True, bias=False, eps=1e-6)
    llama = "{family: llama, hidden_size: 8, num_hidden_layers: 3, num_attention_heads: 4, intermediate_size: 24, "
    expected = LlamaConfig(8, 3, 4, 24, 50, num_key_value_heads=2, rope_theta=5e5)
    assert shape(f"{llama}vocab_size: 50, num_key_value_heads: 2, rope_theta: 500000}}").config == expected


@pytest.mark.parametrize(
    ("written", "problems"),
    [
        ("{n_layer: 1}", ["s.yaml:2:8: a model that is given by its shape needs its 'family', such as gpt2"]),
        ("{family: gtp2}", ["s.yaml:2:17: models of type 'gtp2' are not supported; did you mean 'gpt2'?"]),
        ("{family: [gpt2]}", ["s.yaml:2:17: 'family' must be text, and this is a list"]),
        (
            "{family: gpt2, n_layr: 2, n_head: two, n_embd: 8, vocab_size: 3}",
            [
                "s.yaml:2:8: a GPT-2 needs n_layer, block_size",
                "s.yaml:2:23: a GPT-2 has no 'n_layr'; did you mean 'n_layer'?",
                "s.yaml:2:34: 'n_head' must be a whole number from 1 to 1000000000, not 'two'",
            ],
        ),
        (GPT2.replace("n_head: 2", "n_head: 3"), ["s.yaml:2:8: n_embd=8 channels cannot be shared evenly"]),
        (GPT2.replace("}", ", tied: maybe}"), ["'tied' must be true or false, not 'maybe'"]),
        (GPT2.replace("}", ", eps: -1}"), ["'eps' must be a number from 0 on, such as 1e-5, not '-1'"]),
        ("[gpt2]", ["s.yaml:2:8: 'model' must be text, and this is a list"]),
    ],
)
def test_a_shape_that_is_none(written: str, problems: list[str]) -> None:
    with pytest.raises(ScriptError) as error:
        script("for: 1s", written)
    lines = str(error.value).splitlines()
    assert len(lines) == len(problems)
    assert all(problem in line for line, problem in zip(lines, problems, strict=True))


@pytest.mark.parametrize(("model", "most"), [(GPT2, 20), ("gpt2", 64)])
def test_it_is_drawn_for_a_number_of_positions(model: str, most: int) -> None:
    assert rehearse(script("for: 1s", model)).graph.n_tokens == 6
    assert rehearse(script("for: 1s", model, "")).graph.n_tokens == most
    scene = script("for: 1s", model)
    assert Production(scene).timeline.state(0.5).tokens is None, "it reads none"


@pytest.mark.parametrize(
    ("model", "more", "message"),
    [
        (GPT2, "prompt: Hello", r"^s.yaml:3:9: GPT-2 has no weights here, so it reads nothing; 'positions: 20' says"),
        ("gpt2", "tokens: [1, 2]", r"^s.yaml:3:9: gpt2 has no weights here, so it reads nothing; 'positions: 64' says"),
        (GPT2, "positions: 21", r"^s.yaml:3:12: 21 positions are too many: 'GPT-2' looks at 20 at most"),
        ("nano-sort", "positions: 3", r"^s.yaml:1:1: a script needs 'prompt' \(text\) or 'tokens'"),
        ("nano-sort", "positions: 3\nprompt: A", r"^s.yaml:3:12: 'positions' are for a model without weights; 'nano-"),
    ],
)
def test_what_it_reads(model: str, more: str, message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        rehearse(script("for: 1s", model, more))


def test_another_model_than_the_scripts() -> None:
    scene = script("for: 1s")
    with pytest.raises(ScriptError, match=r"^s.yaml:3:12: 'positions' are for a model without weights"):
        rehearse(scene.revised(model="nano-sort"))
    rehearse(scene.revised(model="nano-sort", prompt="AB"))
    with pytest.raises(UserError, match=r"gpt2 has no weights here, so it reads nothing"):
        rehearse(scene.revised(model="gpt2", prompt="AB"))


SAID = "so there is no value of"
NEEDS_A_VALUE = {
    "fill": ("fill: embed", f"{SAID} embed"),
    "fill and explain": ("fill: embed, explain: 'embed[t=1, c=2]'", f"{SAID} embed"),
    "explain": ("explain: 'h.0.attn.q[h=0, t=1, a=2]'", f"{SAID} h.0.attn.q"),
    "work_out": ("work_out: 'h.0.attn.q[h=0, t=1, a=2]'", f"{SAID} h.0.attn.q"),
    "feed_back": ("feed_back: {}", "so it predicts nothing"),
    "chart": ("chart: 'probs[t=1]'", f"{SAID} probs"),
    "chart of weights": ("chart: 'wte.weight[v=1]'", f"{SAID} wte.weight"),
    "prediction": ("chart: 'embed[t=1]', through: prediction", f"{SAID} embed"),
    "sweep": ("sweep: temperature, from: 1, to: 2", "so there is nothing to sweep"),
    "copy": ("copy: 'wte.weight[v=1]', to: 'embed[t=0]'", f"{SAID} wte.weight"),
    "move": ("move: 'wte.weight[v=1]', to: 'embed[t=0]'", f"{SAID} wte.weight"),
    "move beside": ("move: 'wte.weight[v=1]', beside: embed", f"{SAID} wte.weight"),
    "lift": ("lift: 'embed[t=0]'", f"{SAID} embed"),
    "stack": ("stack: ['embed[t=0]', 'embed[t=1]']", f"{SAID} embed"),
    "collapse": ("collapse: 'embed[t=0]', into: 'h.0.resid[t=0]'", f"{SAID} h.0.resid"),
    "label": ("label: embed, text: '{embed[t=0].max}'", f"{SAID} embed"),
    "highlight with words": ("bracket: 'embed[t=0]', text: '{probs[t=0].argmax}'", f"{SAID} probs"),
    "section": ("section: '{tokens[0].text}', above: embed", "so it reads no tokens"),
    "sign": ("sign: '{prompt}', between: [embed, wte]", "so it reads no tokens"),
}
NEEDS_NONE = {
    "formula": "formula: h.0.attn.q",
    "camera": "camera: {frame: h.0}",
    "highlight": "highlight: 'embed[t=3]'",
    "label": "label: embed, text: 'of {model.n_embd} channels'",
    "bracket": "bracket: 'h.0.attn.q[h=0]'",
    "section": "section: A, above: h.0",
    "sign": "sign: +, between: [embed, wte]",
    "minimap": "minimap: on",
    "dim": "dim: model, except: h.0",
    "show": "show: h.0",
    "hide": "hide: h.0",
    "clear": "clear: embed",
    "pulse": "pulse: embed",
    "open": "open: 'embed[t=3]'",
    "close": "open: 'embed[t=3]'}, {close: embed",
    "wait": "wait: 1s",
}


@pytest.mark.parametrize("name", NEEDS_A_VALUE)
def test_what_needs_a_value_is_an_error_with_its_place(name: str) -> None:
    action, message = NEEDS_A_VALUE[name]
    with pytest.raises(ScriptError) as error:
        rehearse(script(f"do: [{{{action}}}]"))
    for line in str(error.value).splitlines():
        assert line.startswith("s.yaml:5:") and f"GPT-2 has no weights here, {message}" in line


@pytest.mark.parametrize("name", NEEDS_NONE)
def test_what_needs_none_is_timed(name: str) -> None:
    scene = script(f"say: '{{model.params:,}} numbers', do: [{{{NEEDS_NONE[name]}}}]")
    timeline = Production(scene).timeline
    for t in (0.0, timeline.duration / 2, timeline.duration):
        timeline.state(t)


def test_every_action_is_among_these() -> None:
    """A put_back has something to bring home only after a move, which needs values."""
    assert {*NEEDS_A_VALUE, *NEEDS_NONE, "put_back"} >= set(ACTIONS)


@pytest.mark.parametrize(
    "field", ["probs[t=1].max", "wte.weight[v=0, c=0]", "prompt", "generated", "tokens[0].id", "embed[t=0].prediction"]
)
def test_words_that_need_a_value(field: str) -> None:
    with pytest.raises(ScriptError, match=r"^s.yaml:5:1\d: GPT-2 has no weights here, so"):
        rehearse(script(f"say: '{{{field}}}'"))
