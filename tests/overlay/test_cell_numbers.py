"""The number in a cell is the traced one, and stands in that cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from moments import SIZES, layout_for, run, state, whole

from render.model import Region, format_value
from render.overlay.cell_numbers import APPEAR, CellNumber, CellNumbers
from render.overlay.faces import Faces
from render.overlay.page import Page
from render.overlay.sight import Sight
from render.theme import LIGHT
from render.timeline import Flyer, Look, State, View
from render.timeline.view import NUMBER_PIXELS

SIZE = SIZES[0]
STEPS = ((0, 0), (1, 0), (0, 1))


def numbers(shown: State, size: tuple[int, int] = SIZE) -> list[CellNumber]:
    place = layout_for(size)
    sight = Sight(Faces(place), place, run(), shown, size)
    return CellNumbers(place, run(), Page(size), LIGHT).place(sight)


def near(*names: str, zoom: float = 1.0, **parts: object) -> State:
    usual = {"azimuth": -12.0, "elevation": 10.0}
    return state(SIZE, *names, zoom=zoom, **{**usual, **parts})  # type: ignore[arg-type]


NEAR = [
    near("logits", "probs"),
    near("lm_head.weight", zoom=2.5),
    near("h.0.attn.q", zoom=1.5, azimuth=25.0),
    near("h.1.attn.att", zoom=2.0),
    near("h.0.ln_1.mean", "h.0.ln_1.std"),
    near("embed", zoom=3.0, step=5),
    near("tokens"),
]


@pytest.mark.parametrize("shown", NEAR)
def test_every_number_is_the_traced_value(shown: State) -> None:
    trace = run().steps[shown.step]
    found = numbers(shown)
    assert len(found) >= 5
    for number in found:
        assert number.cell.is_cell
        assert number.text == format_value(trace[number.cell.tensor][number.cell.slices].item())


@pytest.mark.parametrize("shown", NEAR)
def test_every_number_stands_in_its_cell(shown: State) -> None:
    view = View(shown.pose, SIZE)
    for number in numbers(shown):
        inside = False
        for box, (c0, r0, c1, r1) in layout_for(SIZE).find(number.cell):
            corners = [box.place(c0, r0), box.place(c1, r0), box.place(c1, r1), box.place(c0, r1)]
            quad = view.project(corners)[:, :2]
            inside |= within(np.array([number.x, number.y]), quad)
        assert inside, number


def within(point: np.ndarray, quad: np.ndarray) -> bool:
    """Whether a pixel lies in a convex quadrilateral whose corners run clockwise on the screen."""
    edges = np.roll(quad, -1, axis=0) - quad
    to = point - quad
    return bool((edges[:, 0] * to[:, 1] - edges[:, 1] * to[:, 0] >= 0).all())


def test_each_cell_has_one_number() -> None:
    cells = [number.cell for number in numbers(NEAR[0])]
    assert len(cells) == len(set(cells))


def test_small_cells_have_none() -> None:
    assert numbers(state(SIZE)) == []


def test_they_come_as_the_camera_comes_nearer() -> None:
    counts = [len(numbers(near("probs", zoom=zoom))) for zoom in (0.05, 0.2, 1.0)]
    assert counts[0] == 0 < counts[-1]


def test_what_is_not_computed_has_none() -> None:
    shown = near("probs")
    boxes = layout_for(SIZE).of_tensor("probs")
    empty = replace(shown, filled={})
    assert not [n for n in numbers(empty) if n.cell.tensor == "probs"]
    half = replace(shown, filled={box.id: 0.5 for box in boxes})
    cells = {n.cell.ranges for n in numbers(half) if n.cell.tensor == "probs"}
    first_half = {((t, t + 1), (v, v + 1)) for t in range(4) for v in range(3) if t * 3 + v < 7 * 3 * 0.5}
    assert cells == first_half


def test_tokens_to_come_and_the_masked_future_have_none() -> None:
    for number in numbers(near("h.1.attn.att", "h.1.attn.att_softmax", zoom=2.0, step=0)):
        tensor, ranges = number.cell.tensor, number.cell.ranges
        if tensor.endswith(("att", "att_softmax")):
            (_, (t, _), (s, _)) = ranges
            assert s <= t < 6


def test_dimmed_boxes_have_none_but_their_windows() -> None:
    shown = near("probs")
    (box,) = layout_for(SIZE).of_tensor("probs")
    dim = replace(shown, looks={box.id: Look(0.1, (((0.0, 0.0, 1.0, 3.0), 1.0),))})
    cells = {n.cell.ranges for n in numbers(dim) if n.cell.tensor == "probs"}
    assert cells == {((0, 1), (v, v + 1)) for v in range(3)}


def test_rear_heads_behind_the_front_one_have_none() -> None:
    shown = near("h.0.attn.q", azimuth=0.0, elevation=0.0, zoom=1.5)
    heads = {n.cell.ranges[0][0] for n in numbers(shown) if n.cell.tensor == "h.0.attn.q"}
    assert heads == {0}


def test_a_piece_in_flight_takes_its_numbers_along() -> None:
    shown = near("probs")
    piece = Region("probs", ((0, 1), (0, 3)))
    ((box, (column, row, _, _)),) = layout_for(SIZE).find(piece)
    x, y, z = box.place(column, row)
    flying = replace(shown, flyers=(Flyer(piece, (x + 3.0, y, z + 2.0)),))
    copies = [n for n in numbers(flying) if piece.contains(n.cell)]
    assert len(copies) == 2 * 3
    assert whole("probs").contains(piece)


def test_a_number_is_as_solid_as_its_cell_is_large_in_its_narrowest_direction() -> None:
    """The shader's measure: how many cells a step of one pixel is at most, in either direction together."""
    shown = near("probs", zoom=0.3, azimuth=-35.0)
    view, wide = View(shown.pose, SIZE), NUMBER_PIXELS * SIZE[1]
    found = numbers(shown)
    sizes = []
    for number in found:
        ((box, (column, row, _, _)),) = layout_for(SIZE).find(number.cell)
        here, right, down = (view.project([box.place(column + 0.5 + i, row + 0.5 + j)])[0, :2] for i, j in STEPS)
        cells = np.abs(np.linalg.inv(np.stack([right - here, down - here], 1))).sum(axis=1).max()
        sizes.append(1 / cells / wide)
    expected = np.clip((np.array(sizes) - APPEAR[0]) / (APPEAR[1] - APPEAR[0]), 0, 1)
    np.testing.assert_allclose([number.alpha for number in found], expected, atol=1e-6)
    assert ((expected > 0.05) & (expected < 0.95)).any()
