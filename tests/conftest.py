"""What all tests share: OpenGL told how to draw before VTK loads, and nano-sort over its usual prompt."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from command import SCRIPT, Call
from hypothesis import settings

from render.cli import app, run
from render.layout import Layout, arrange
from render.model import LetterTokenizer, LlamaConfig, Model, Run, load_model
from render.stage import opengl

opengl.prepare()

# Started in the background by a script, a test run ignores Ctrl-C, and so would the commands that it interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Machines differ in speed, and a run of CI should say the same about the same code.
settings.register_profile("steady", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--new-references", action="store_true", help="store the pictures that the tests draw as right")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What runs keep between them stays apart from what the machine's user has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RENDER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def nano_run() -> Run:
    """nano-sort over CBABBC and the five letters that it appends: passes over 6 to 11 tokens."""
    model = load_model("nano-sort")
    return model.run(model.encode("CBABBC"), n_steps=6)


@pytest.fixture(scope="session")
def llama_run() -> Run:
    """A small Llama with random weights, six heads on two of keys and values, over ABCDEF."""
    config = LlamaConfig(
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=6,
        intermediate_size=40,
        vocab_size=7,
        num_key_value_heads=2,
        head_dim=8,
        rope_factors=(1.0, 1.0, 2.0, 4.0),
    )
    rng = np.random.default_rng(0)
    initial = config.initial_weights(seed=0)
    weights = {name: (w + rng.normal(0, 0.3, w.shape)).astype(np.float32) for name, w in initial.items()}
    model = Model("small-llama", config, {**weights, **config.given}, LetterTokenizer("ABCDEFG"))
    return model.run(model.encode("ABCDEF"), n_steps=2)


@pytest.fixture(scope="session")
def nano_wide(nano_run: Run) -> Layout:
    return arrange(nano_run.graph, "wide")


@pytest.fixture(scope="session")
def nano_tall(nano_run: Run) -> Layout:
    return arrange(nano_run.graph, "tall")


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """The command line in this process, in an empty folder with `scene.yaml`: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    Path("scene.yaml").write_text(SCRIPT)

    def do(*arguments: str) -> tuple[int, str, str]:
        try:
            code = run(lambda: app(list(arguments), exit_on_error=False, print_error=False))
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capfd.readouterr()

    return do
