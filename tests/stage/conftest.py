from __future__ import annotations

from collections.abc import Iterator

import pytest

from render.layout import Layout
from render.model import Run
from render.stage.stage import Stage
from render.theme import LIGHT

SIZE = (960, 540)


@pytest.fixture(scope="package")
def stage(nano_wide: Layout, nano_run: Run) -> Iterator[Stage]:
    """nano-sort on a stage of 960 by 540 pixels, light."""
    made = Stage(nano_wide, nano_run, LIGHT, SIZE)
    yield made
    made.close()
