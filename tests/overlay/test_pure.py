"""A frame's flat layer follows from its state alone, whatever the same overlay has drawn before."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from render.film import load
from render.overlay.compositor import Overlay
from render.programme import Moment, Production

SCENES = Path(__file__).parent.parent.parent / "scenes"

FILMS = {
    "sort.yaml": 47,
    "walkthrough/05-self-attention.yaml": 61,
    "walkthrough/07-mlp.yaml": 61,
    "walkthrough/09-softmax.yaml": 61,
}
"""Films, and of how many different moments one is looked at, with the next one after it."""


def drawn(over: Overlay, production: Production, moment: Moment) -> bytes:
    width, height = production.size
    frame = np.full((height, width, 4), 255, np.uint8)
    over.draw(frame, production.timeline.state_of(moment.beat, moment.t))
    return frame.tobytes()


@pytest.mark.parametrize("scene", list(FILMS))
def test_frames_are_the_same_in_any_order(scene: str) -> None:
    programme = load(SCENES / scene, size="640x360").programme
    (production,) = programme.productions
    place = (production.layout, production.run, production.theme, production.size)
    every = FILMS[scene]
    different = list(dict.fromkeys(programme.frames()))
    moments = [moment for i in range(0, len(different), every) for moment in different[i : i + 2]]
    assert len(moments) > 20
    over = Overlay(*place)
    in_order = {moment: drawn(over, production, moment) for moment in moments}
    assert len(set(in_order.values())) > len(moments) / 2
    random.Random(5).shuffle(moments)
    over = Overlay(*place)
    for moment in moments:
        assert drawn(over, production, moment) == in_order[moment], moment
    for moment in moments[:6]:
        assert drawn(Overlay(*place), production, moment) == in_order[moment], moment
