from __future__ import annotations

import pytest
from decoders import ORIENTATIONS

from render.layout import Layout, Orientation


@pytest.fixture(params=ORIENTATIONS)
def orientation(request: pytest.FixtureRequest) -> Orientation:
    side: Orientation = request.param
    return side


@pytest.fixture(params=ORIENTATIONS)
def nano(request: pytest.FixtureRequest) -> Layout:
    """nano-sort's layout in either orientation."""
    layout: Layout = request.getfixturevalue(f"nano_{request.param}")
    return layout
