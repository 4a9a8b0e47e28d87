"""A small GPT with random weights and its run over CBABBC; nothing here depends on what a model has learned."""

from __future__ import annotations

import pytest

from render.model import GPT2Config, Graph, LetterTokenizer, Model, Run


@pytest.fixture(scope="session")
def model() -> Model:
    config = GPT2Config(n_layer=2, n_head=3, n_embd=12, vocab_size=3, block_size=11)
    return Model("tiny", config, config.initial_weights(seed=1), LetterTokenizer("ABC"))


@pytest.fixture(scope="session")
def run(model: Model) -> Run:
    return model.run(model.encode("CBABBC"), n_steps=4)


@pytest.fixture(scope="session")
def graph(run: Run) -> Graph:
    return run.steps[0].graph
