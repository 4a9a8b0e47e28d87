"""Models for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from render.model import Decoder, FloatArray, Model, load_model


def random_weights(config: Decoder, seed: int) -> dict[str, FloatArray]:
    """Weights of which every one matters: biases and norms too."""
    rng = np.random.default_rng(seed)
    weights = dict(config.given)
    for spec in config.graph(1).values():
        if spec.kind == "weight" and spec.trained:
            values = rng.normal(0, 0.3, spec.shape)
            weights[spec.name] = (values + ("ln_" in spec.name and spec.name.endswith("weight"))).astype(np.float32)
    return weights


RandomModel = Callable[[Decoder], Model]


@pytest.fixture(scope="session")
def random_model() -> RandomModel:
    """Makes a model of any configuration, always the same one."""
    return lambda config: Model("random", config, random_weights(config, seed=0), None)


@pytest.fixture(scope="session")
def nano_sort() -> Model:
    return load_model("nano-sort")
