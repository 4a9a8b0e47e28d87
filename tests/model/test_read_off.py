"""What a model says when it stops early, against the pass itself and against transparent numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from render.errors import UserError
from render.model import LlamaConfig, Model, Region, load_model, softmax

REFERENCE = Path(__file__).parent / "reference"
NAMES = sorted(str(path) for path in REFERENCE.glob("*/*.safetensors") if ".activations" not in path.name)


@pytest.fixture(params=["nano-sort", *NAMES], ids=lambda name: Path(name).stem)
def model(request: pytest.FixtureRequest) -> Model:
    return load_model(request.param)


def vector(name: str, t: int, width: int) -> Region:
    return Region(name, ((t, t + 1), (0, width)))


def test_the_end_of_the_stream_says_what_the_model_says(model: Model) -> None:
    trace = model.trace((2, 1, 0, 1))
    last = model.config.stream[-1]
    for t in range(4):
        probs = model.read_off(trace, vector(last, t, trace[last].shape[1]))
        np.testing.assert_allclose(probs, trace["probs"][t], rtol=0, atol=1e-6)


def test_every_place_of_the_stream_goes_through_the_last_norm_and_the_head(model: Model) -> None:
    trace = model.trace((2, 1, 0, 1))
    config, weights = model.config, model.weights
    head = np.asarray(weights.get("lm_head.weight", weights["wte.weight"])).astype(np.float64)
    for name in config.stream:
        x = trace[name][2].astype(np.float64)
        if isinstance(config, LlamaConfig):
            normed = x / np.sqrt((x**2).mean() + config.rms_norm_eps)
        else:
            normed = (x - x.mean()) / np.sqrt(x.var() + config.eps)  # type: ignore[attr-defined]
        normed = normed * np.asarray(weights["ln_f.weight"]) + np.asarray(weights.get("ln_f.bias", 0))
        scores = head @ normed
        shares = np.exp(scores) / np.exp(scores).sum()
        np.testing.assert_allclose(model.read_off(trace, vector(name, 2, len(x))), shares, rtol=0, atol=1e-5)


def test_the_stream_is_what_layers_add_to() -> None:
    assert load_model("nano-sort").config.stream == (
        *("embed", "h.0.resid_attn", "h.0.resid", "h.1.resid_attn", "h.1.resid", "h.2.resid_attn", "h.2.resid"),
    )


@pytest.mark.parametrize(
    "region",
    [
        Region("h.0.mlp.out", ((0, 1), (0, 48))),
        Region("embed", ((0, 2), (0, 48))),
        Region("embed", ((0, 1), (0, 47))),
        Region("wte.weight", ((0, 1), (0, 48))),
    ],
)
def test_what_is_no_vector_of_the_stream(region: Region) -> None:
    model = load_model("nano-sort")
    with pytest.raises(UserError, match=r"read off one position of the residual stream \(embed, .*h.2.resid\[t=0\]"):
        model.read_off(model.trace((2, 1, 0)), region)


@pytest.mark.parametrize("temperature", [0.05, 0.25, 1.0, 4.0, 50.0])
def test_softmax_at_temperatures(temperature: float) -> None:
    scores = np.random.default_rng(0).normal(scale=3, size=(4, 7))
    shares = softmax(scores, temperature)
    powers = np.exp(scores / temperature)
    np.testing.assert_allclose(shares, powers / powers.sum(axis=-1, keepdims=True), rtol=1e-9)
    assert shares.dtype == np.float64


def test_softmax_stays_finite_and_gives_the_masked_nothing() -> None:
    np.testing.assert_array_equal(softmax(np.array([1e4, -np.inf, 0.0])), [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(softmax(np.array([-np.inf, -np.inf])), [0.0, 0.0])
