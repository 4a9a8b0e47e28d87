"""What all tests share: OpenGL told how to draw before VTK loads, and nano-sort over its usual prompt."""

from __future__ import annotations

import pytest

from render.layout import Layout, arrange
from render.model import Run, load_model
from render.stage import opengl

opengl.prepare()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--new-references", action="store_true", help="store the pictures that the tests draw as right")


@pytest.fixture(scope="session")
def nano_run() -> Run:
    """nano-sort over CBABBC and the five letters that it appends: passes over 6 to 11 tokens."""
    model = load_model("nano-sort")
    return model.run(model.encode("CBABBC"), n_steps=6)


@pytest.fixture(scope="session")
def nano_wide(nano_run: Run) -> Layout:
    return arrange(nano_run.graph, "wide")


@pytest.fixture(scope="session")
def nano_tall(nano_run: Run) -> Layout:
    return arrange(nano_run.graph, "tall")
