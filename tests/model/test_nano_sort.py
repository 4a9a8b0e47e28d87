"""The model that ships."""

from __future__ import annotations

import itertools
import math

import numpy as np

from render.model import BUILT_IN, GPT2Config, LetterTokenizer, Model, load_model

INPUTS = list(itertools.product(range(3), repeat=6))


def test_it_sorts_every_input_and_is_sure(nano_sort: Model) -> None:
    assert len(INPUTS) == 729
    for letters in INPUTS:
        run = nano_sort.run(letters, n_steps=6)
        assert run.tokens == (*letters, *sorted(letters))
        assert all(step["probs"][-1].max() > 0.9 for step in run.steps)


def test_it_is_what_it_is_said_to_be(nano_sort: Model) -> None:
    assert nano_sort.name == "nano-sort"
    assert nano_sort.config == GPT2Config(n_layer=3, n_head=3, n_embd=48, vocab_size=3, block_size=11)
    assert nano_sort.tokenizer == LetterTokenizer("ABC")
    assert nano_sort.n_params == 85_584
    assert sum(math.prod(weight.shape) for weight in nano_sort.weights.values()) == 85_584 + 3 * 48


def test_it_is_the_same_every_time(nano_sort: Model) -> None:
    again = load_model(str(BUILT_IN["nano-sort"].weights()))
    one, other = nano_sort.trace((2, 1, 0, 1, 1, 2)), again.trace((2, 1, 0, 1, 1, 2))
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name])


def test_its_values_are_readable(nano_sort: Model) -> None:
    """Weights near 1, not tiny: numbers that a card can show."""
    trace = nano_sort.trace(nano_sort.encode("CBABBC"))
    for name, values in trace.items():
        if values.dtype == np.float32:
            finite = np.abs(values[np.isfinite(values)])
            assert finite.max() < 50, name


def test_some_heads_look_at_few_letters(nano_sort: Model) -> None:
    """Attention that a viewer can see, not a grey square."""
    trace = nano_sort.trace(nano_sort.encode("CBABBCABBBC"))
    sharpest = [trace[f"h.{i}.attn.att_softmax"][:, 5:].max(axis=-1).mean(axis=-1) for i in range(3)]
    assert np.max(sharpest) > 0.5
