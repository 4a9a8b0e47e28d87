"""What hides what, held against many rays walked through the boxes one by one."""

from __future__ import annotations

import numpy as np
import pytest
from moments import layout, run, state

from render.model import Region
from render.overlay.area import Area
from render.overlay.faces import Faces
from render.overlay.sight import Sight
from render.timeline import Flyer, Look, State

SIZE = (1280, 720)


def sight(shown: State) -> Sight:
    return Sight(Faces(layout()), layout(), run(), shown, SIZE)


def hidden_slowly(seen: Sight, point: np.ndarray) -> bool:
    eye = seen.view.eye
    for box in layout().boxes.values():
        z = box.corner[2]
        if not (point[2] + 1e-9 < z < eye[2]):
            continue
        x, y, _ = eye + (point - eye) * (z - eye[2]) / (point[2] - eye[2])
        if box.bounds.low[0] < x < box.bounds.high[0] and box.bounds.low[1] < y < box.bounds.high[1]:
            return True
    return False


@pytest.mark.parametrize("angles", [(-16, 12), (40, 30), (0, 0)])
def test_hidden_points_lie_behind_a_face(angles: tuple[int, int]) -> None:
    seen = sight(state(SIZE, *run().graph.module("h.0.attn"), azimuth=angles[0], elevation=angles[1]))
    rng = np.random.default_rng(1)
    answers = set()
    for box in layout().boxes.values():
        points = np.array([box.place(*(rng.random(2) * (box.width, box.height))) for _ in range(3)])
        for point, answer in zip(points, seen.hidden(points), strict=True):
            assert answer == hidden_slowly(seen, point), box.id
            answers.add(bool(answer))
    assert answers == {True, False}


def test_dimmed_boxes_hide_nothing_and_pieces_in_flight_do() -> None:
    front, rear = layout().boxes["h.0.attn.q@h=0"], layout().boxes["h.0.attn.q@h=1"]
    shown = state(SIZE, "h.0.attn.q", azimuth=0, elevation=0)
    middle = np.array([rear.place(rear.width / 2, rear.height / 2)])
    assert sight(shown).hidden(middle).all()
    dim = {front.id: Look(0.1)}
    seen = sight(State(shown.pose, looks=dim))
    assert not seen.hidden(middle).any()
    x, y, z = rear.corner
    flyer = Flyer(Region("h.0.attn.q", ((1, 2), (0, 11), (0, 8))), (x, y, z + 3.0))
    assert sight(State(shown.pose, looks=dim, flyers=(flyer,))).hidden(middle).all()


def test_what_lies_behind_the_camera_has_no_place() -> None:
    shown = state(SIZE, "h.0.attn.q", zoom=1.0)
    seen = sight(State(shown.pose))
    assert seen.centre(Region("h.0.attn.q", ((0, 1), (0, 11), (0, 8)))) is not None
    x, y, z = shown.pose.target
    past = State(type(shown.pose)((x, y, z - 10_000.0), shown.pose.distance))
    assert sight(past).centre(Region("embed", ((0, 11), (0, 24)))) is None
    assert not sight(past).ahead.any()


def test_the_middles_of_a_regions_sides_lie_in_the_picture() -> None:
    shown = state(SIZE, "wte.weight", zoom=3.0)
    picture = Area(20, 100, 1260, 580)
    found = sight(shown).region(Region("wte.weight", ((0, 3), (0, 24))), picture)
    assert found is not None
    area, middles = found
    assert picture.holds(area)
    assert all(picture.holds(Area.around([middle])) for middle in middles.values())
