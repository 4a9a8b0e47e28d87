"""A frame's flat layer follows from its state alone, whatever the same overlay has drawn before."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from moments import layout, overlay, run, state, states, whole

from render.film import load
from render.layout import Box
from render.overlay.compositor import Overlay
from render.programme import Moment, Production
from render.theme import LIGHT
from render.timeline import Flyer, Look, Outline, State

SCENES = Path(__file__).parent.parent.parent / "scenes"

FILMS = {
    "sort.yaml": 47,
    "walkthrough/05-self-attention.yaml": 61,
    "walkthrough/07-mlp.yaml": 61,
    "walkthrough/09-softmax.yaml": 61,
}
"""Films, and of how many different moments one is looked at, with the next one after it."""


def drawn(over: Overlay, production: Production, moment: Moment) -> bytes:
    return pixels(over, production.timeline.state_of(moment.beat, moment.t))


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


def test_whatever_changes_is_seen_at_once() -> None:
    """After a state, another that differs in one thing comes out as from an overlay that never saw the first."""
    size = (640, 360)
    changed = set()
    for first, tensor in ((states(size)["scores"], "h.0.attn.att"), (state(size, "logits", "probs"), "probs")):
        before = pixels(overlay(size), first)
        for name, other in others(first, layout().of_tensor(tensor)[0]).items():
            over, fresh = (Overlay(overlay(size).layout, run(), LIGHT, size) for _ in range(2))
            expected = pixels(fresh, other)
            assert pixels(over, first) == before
            assert pixels(over, other) == expected, name
            assert pixels(over, first) == before, name
            changed |= {name} if expected != before else set()
    assert changed == set(others(first, layout().of_tensor(tensor)[0]))


def others(first: State, box: Box) -> dict[str, State]:
    """States that differ from the first in one thing, by its name: of those about boxes, at `box`."""
    x, y, z = box.place(0, 0)
    return {
        "pose": replace(first, pose=replace(first.pose, azimuth=first.pose.azimuth + 3.0)),
        "step": replace(first, step=first.step + 1),
        "looks": replace(first, looks={**first.looks, box.id: Look(0.2)}),
        "shifts": replace(first, shifts={box.id: (3.0, 2.0, 0.0)}),
        "flyers": replace(first, flyers=(Flyer(whole(box.tensor), (x + 4.0, y, z + 2.0)),)),
        "filled": replace(first, filled={}),
        "tokens": replace(first, tokens=None),
        "outlines": replace(first, outlines=(Outline(whole(box.tensor), "result"),)),
        "progress": replace(first, progress=None),
    }


def pixels(over: Overlay, shown: State) -> bytes:
    width, height = over.page.size
    frame = np.full((height, width, 4), (120, 150, 130, 255), np.uint8)
    over.draw(frame, shown)
    return frame.tobytes()
