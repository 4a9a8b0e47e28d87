from __future__ import annotations

from pathlib import Path

import pytest
from before_and_after import AFTER, BEFORE, films


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the films before."""
    return films(BEFORE, tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="session")
def after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the films after."""
    return films(AFTER, tmp_path_factory.mktemp("after"))
