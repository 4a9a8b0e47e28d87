"""The scenes about models of all sizes: what they say in plain words is so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calm import restless
from weights import need_smollm2

from render.model import BUILT_IN
from render.programme.production import Production, Stock
from render.scene import load_scene

SCENES = Path(__file__).parents[1] / "scenes"

PUBLISHED = {
    "gpt2": 124_439_808,  # https://github.com/openai/gpt-2/blob/master/model_card.md: 124M
    "xl": 1_557_611_200,  # the same: 1.5B
    "llama": 8_030_261_248,  # https://huggingface.co/meta-llama/Meta-Llama-3-8B
    "gpt3": 175e9,  # Brown et al. 2020, table 2.1
}


@pytest.fixture(scope="module", autouse=True)
def _weights() -> None:
    need_smollm2()


@pytest.fixture(scope="module")
def stock() -> Stock:
    """Both films read the one model with weights once."""
    return Stock()


@pytest.fixture(scope="module")
def capital(stock: Stock) -> Production:
    return Production(load_scene(SCENES / "capital-of-france.yaml"), stock)


@pytest.fixture(scope="module")
def sizes(stock: Stock) -> Production:
    return Production(load_scene(SCENES / "sizes.yaml"), stock)


def test_the_film_of_paris_is_as_long_as_it_should_be(capital: Production) -> None:
    assert 60 <= capital.timeline.duration <= 120


def test_of_all_heads_the_one_that_is_shown_looks_at_france_the_most(capital: Production) -> None:
    trace = capital.run.steps[0]
    shares = np.array([np.asarray(trace[f"h.{n}.attn.att_softmax"])[:, 4, 3] for n in range(30)])
    assert np.unravel_index(shares.argmax(), shares.shape) == (23, 4)
    assert shares.max() > 0.9


def test_what_it_would_say_after_each_block_is_as_the_film_tells(capital: Production) -> None:
    run, trace = capital.run, capital.run.steps[0]
    stream = np.concatenate([np.asarray(trace[f"h.{n}.resid"])[-1:] for n in range(30)])
    guesses = run.model.config.read_off(run.model.weights, stream).argmax(axis=1)
    assert run.model.tokenizer is not None
    words = [run.model.tokenizer.text(int(guess)) for guess in guesses]
    assert sum(word in (".", " ") for word in words) > 20
    assert words[28] == " capital" and words.index(" Paris") == 29


def test_the_sentence_ends(capital: Production) -> None:
    assert capital.run.model.tokenizer is not None
    assert capital.run.model.tokenizer.decode(capital.run.tokens[:7]) == "The capital of France is Paris."


def test_models_have_as_many_parameters_as_published(sizes: Production) -> None:
    for name, published in PUBLISHED.items():
        assert sizes.run.cast[name].model.n_params == pytest.approx(published, rel=0 if published < 1e10 else 0.005)


def test_models_stand_from_small_to_large_and_the_last_is_the_largest(sizes: Production) -> None:
    broad = [layout.bounds.size[0] for layout in sizes.layout.cast.values()]
    assert broad[0] < min(broad[1:3]) and broad[3:] == sorted(broad[3:]) and broad[-1] == max(broad)
    counts = [run.model.n_params for run in sizes.run.alone]
    assert max(counts) == counts[-1] and BUILT_IN["gpt3"].shape.n_params == counts[-1]


@pytest.mark.parametrize("film", ["capital", "sizes"])
def test_the_camera_is_calm_and_stays_outside(film: str, request: pytest.FixtureRequest) -> None:
    assert not list(restless(request.getfixturevalue(film)))
