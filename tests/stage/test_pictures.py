"""Small frames of the stage against pictures that somebody has looked at and found right.

Where a change of the look is meant: `pytest tests/stage/test_pictures.py -n 0 --new-references` stores the new ones in
reference/; look at them before they are committed. The tolerance leaves room for another driver's rounding.
"""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
from looking import all_filled, facing

from render.layout import Layout, arrange
from render.model import Region, Run
from render.stage.stage import Stage
from render.theme import THEMES
from render.timeline import Flyer, Look, State, frame_points

REFERENCES = Path(__file__).parent / "reference"
MEAN, LARGE, SHARE = 1.5, 24, 0.01
"""The mean difference allowed (of 255), and the share of pixels that may differ by more than `LARGE`."""


def whole(layout: Layout, aspect: float) -> State:
    """Half-way through: block 1 is filled, block 2 in the making."""
    filled = {id: 1.0 for id, box in layout.boxes.items() if box.tensor == "embed" or box.tensor.startswith("h.0")}
    filled |= {id: 0.5 for id, box in layout.boxes.items() if box.tensor.startswith("h.1.attn")}
    return State(frame_points(layout.bounds.corners, aspect, -16, 14), 2, filled=filled)


def near(layout: Layout, size: tuple[int, int]) -> State:
    return State(facing(layout.boxes["h.0.attn.q@h=0"], 9.0, size), 0, filled=all_filled(layout))


def scores(layout: Layout, aspect: float) -> State:
    """Head 2's scores with the heads before it faded, masked cells and places of tokens yet to come."""
    looks = {id: Look(0.08) for id in layout.boxes if id.endswith(("h=0", "h=1")) and "h.1.attn" in id}
    corners = [c for name in ("att", "att_softmax") for c in layout.boxes[f"h.1.attn.{name}@h=2"].bounds.corners]
    return State(frame_points(corners, aspect, 20, 10, 0.8), 1, looks=looks, filled=all_filled(layout))


def flight(layout: Layout, aspect: float) -> State:
    """A window of cells alone at full strength, and two columns in flight."""
    looks = {id: Look(0.2) for id in layout.boxes} | {"wte.weight": Look(0.2, (((1, 0, 2, 48), 1.0),))}
    column = Region("wte.weight", ((1, 2), (0, 48)))
    x, y, _ = layout.boxes["embed"].corner
    flyers = (Flyer(column, (x + 3, y, 4.0)), Flyer(column, (x - 10, y + 6, 12.0), 0.6))
    corners = [c for id in ("wte.weight", "wpe.weight", "embed") for c in layout.boxes[id].bounds.corners]
    return State(frame_points(corners, aspect, -25, 20), 0, looks=looks, filled={"embed": 0.45}, flyers=flyers)


PICTURES = {
    "whole-wide": ("light", (480, 270)),
    "whole-tall": ("light", (202, 360)),
    "near-dark": ("dark", (480, 270)),
    "scores": ("light", (480, 270)),
    "flight": ("dark", (480, 270)),
}


def draw(name: str, run: Run) -> np.ndarray:
    theme, size = PICTURES[name]
    aspect = size[0] / size[1]
    layout = arrange(run.graph, "wide" if aspect >= 1 else "tall")
    states = {"scores": scores, "flight": flight}
    state = near(layout, size) if name.startswith("near") else states.get(name, whole)(layout, aspect)
    stage = Stage(layout, run, THEMES[theme], size)
    try:
        return stage.draw(state)[..., :3]
    finally:
        stage.close()


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_was(name: str, nano_run: Run, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    frame, path = draw(name, nano_run), REFERENCES / f"{name}.png"
    if request.config.getoption("--new-references"):
        REFERENCES.mkdir(exist_ok=True)
        imageio.imwrite(path, frame)
    difference = np.abs(frame.astype(int) - imageio.imread(path).astype(int))
    imageio.imwrite(tmp_path / path.name, frame)
    share = float((difference.max(axis=2) > LARGE).mean())
    message = f"mean difference {difference.mean():.2f}, {share:.2%} of pixels differ; now: {tmp_path / path.name}"
    assert difference.mean() < MEAN and share < SHARE, message


def test_references_are_small() -> None:
    assert sum(path.stat().st_size for path in REFERENCES.iterdir()) < 2**20
    assert {path.stem for path in REFERENCES.iterdir()} == set(PICTURES)
