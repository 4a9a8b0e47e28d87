"""Cells on the frame against the traced values: sign, size, place, near and far."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from looking import alone, bare, cell_rect, colour_of, eroded, facing, share

from render.layout import arrange
from render.model import GPT2Config, Model, Region
from render.stage.cells import magnitude
from render.stage.stage import Stage
from render.theme import LIGHT
from render.timeline import State, View

PAGE = np.array(LIGHT.page) * 255


DISCS = ["embed", "h.1.attn.q@h=2", "h.0.attn.c_attn.weight@p=1,h=0", "h.1.mlp.act", "h.0.ln_1.mean", "lm_head.weight"]
DISCS += ["h.0.attn.att@h=1", "h.2.ln_2.bias"]


@pytest.mark.parametrize("id", DISCS)
@pytest.mark.parametrize("step", [0, 3])
def test_a_disc_has_its_values_sign_and_its_area(stage: Stage, id: str, step: int) -> None:
    """Light is positive, dark is negative, and the area goes with the magnitude, in the very cell of the value."""
    box, pixels = stage.layout.boxes[id], 18.0
    values = stage.run.steps[step][box.tensor]
    scale = magnitude(stage.run.steps[-1][box.tensor])
    at = (min(box.width, 12) / 2, min(box.height, 12) / 2)
    pose = facing(box, pixels, stage.size, at)
    frame = stage.draw(bare(stage.layout, box, pose, step))
    view, ground = View(pose, stage.size), LIGHT.tones[box.kind].ground
    measured, expected = [], []
    for column in range(min(box.width, 12)):
        for row in range(min(box.height, 12)):
            index = list(box.fixed)
            for axis, number in ((box.columns, column), (box.rows, row)):
                if axis.dim is not None:
                    index[axis.dim] = axis.start + number
            inside = all(i < size for i, size in zip(index, values.shape, strict=True))
            if not inside or not np.isfinite(values[tuple(index)]):
                continue
            level = float(np.clip(values[tuple(index)] / scale, -1, 1))
            cell = frame[cell_rect(view, box, column, row, 1.0)]
            colour = LIGHT.positive if level > 0 else LIGHT.negative
            measured.append(float(share(cell, ground, colour).sum()))
            expected.append(abs(level) * np.pi * (0.46 * pixels) ** 2)
            middle = cell[cell.shape[0] // 2, cell.shape[1] // 2]
            if abs(level) > 0.1:
                assert share(middle, ground, colour) > 0.95, f"cell {column}, {row} is {level:.2f}"
            assert share(cell, ground, colour).min() > -0.12, "no trace of the other sign"
    assert len(measured) >= 3
    np.testing.assert_allclose(measured, expected, atol=14, rtol=0.10)


def test_a_tensor_longer_than_a_texture_is_drawn_as_it_is() -> None:
    """A side of a texture has 16,384 texels at most, and a vocabulary may be larger: no cell shows another's value."""
    config = GPT2Config(n_layer=1, n_head=1, n_embd=16, vocab_size=20_000, block_size=4)
    model = Model("wide", config, config.initial_weights(seed=1), None)
    run = model.run((1, 2, 3), 1)
    layout = arrange(run.graph, "wide")
    table = layout.of_tensor("wte.weight")[0]
    assert table.columns.dim == 0
    table = dataclasses.replace(
        table, columns=dataclasses.replace(table.columns, start=0, stop=20_000), cell=(1.0, 1.0)
    )
    others = {id: box for id, box in layout.boxes.items() if box.tensor != "wte.weight"}
    layout = dataclasses.replace(layout, boxes={**others, table.id: table}, ribbons=(), _by_tensor={})
    stage = Stage(layout, run, LIGHT, (480, 270))
    values = run.steps[0]["wte.weight"]
    scale, checked = magnitude(values), 0
    for at in (100, 9_000, 16_383, 19_990):
        ((box, (column, row, *_)),) = layout.find(Region.of_cell("wte.weight", (at, 8)))
        pose = facing(box, 9.0, stage.size, (column, row))
        looks = alone(layout, [tile.id for tile in layout.of_tensor("wte.weight")])
        view, frame = View(pose, stage.size), stage.draw(State(pose, looks=looks))
        for token, channel in itertools.product(range(at - 4, at + 4), range(2, 14)):
            ((box, (column, row, *_)),) = layout.find(Region.of_cell("wte.weight", (token, channel)))
            level = float(values[token, channel]) / scale
            cell = frame[cell_rect(view, box, column, row, 1.0)]
            colour = LIGHT.positive if level > 0 else LIGHT.negative
            if abs(level) > 0.3 and cell.size:
                middle = cell[cell.shape[0] // 2, cell.shape[1] // 2]
                assert share(middle, LIGHT.tones["weight"].ground, colour) > 0.8, f"token {token}, channel {channel}"
                checked += 1
    stage.close()
    assert checked > 100


def test_a_numbered_cell_leaves_room_under_its_disc(stage: Stage) -> None:
    """Where a number is written (44 pixels at 1080), the disc is smaller and stands in the cell's upper part."""
    box = stage.layout.boxes["embed"]
    pose = facing(box, 40.0, stage.size, (3, 4))
    view, frame = View(pose, stage.size), stage.draw(bare(stage.layout, box, pose))
    values = stage.run.steps[0]["embed"][:6, :8]
    position, channel = np.unravel_index(np.abs(values).argmax(), values.shape)
    level = min(1.0, abs(float(values[position, channel])) / magnitude(stage.run.steps[-1]["embed"]))
    colour = LIGHT.positive if values[position, channel] > 0 else LIGHT.negative
    cell = share(frame[cell_rect(view, box, position, channel, 1.0)], LIGHT.tones["activation"].ground, colour)
    assert cell[: cell.shape[0] // 4 * 3].sum() == pytest.approx(level * np.pi * (0.30 * 40) ** 2, rel=0.1)
    assert np.abs(cell[-cell.shape[0] // 4 :]).max() < 0.05, "the number's place is free"


@pytest.mark.parametrize("id", ["h.0.attn.q@h=0", "h.0.mlp.fc", "embed"])
@pytest.mark.parametrize("filled", [0.0, 0.3, 0.75, 1.0])
def test_what_is_not_computed_carries_no_disc(stage: Stage, id: str, filled: float) -> None:
    box = stage.layout.boxes[id]
    pose = facing(box, 16.0, stage.size, (3, 3))
    view, frame = View(pose, stage.size), stage.draw(bare(stage.layout, box, pose, filled=filled))
    n_tokens = 6
    columns, rows = (n_tokens, box.height) if box.sequence == "columns" else (box.width, n_tokens)
    done = filled * columns * rows
    scale = magnitude(stage.run.steps[-1][box.tensor])
    checked = 0
    for column in range(min(columns, 6)):
        for row in range(min(rows, 6)):
            order = column * box.height + row if box.sequence == "columns" else row * box.width + column
            cell = frame[cell_rect(view, box, column, row, 1.5)][..., :3].astype(float)
            contrast = np.ptp(cell.reshape(-1, 3), axis=0).max()
            index = list(box.fixed)
            for axis, number in ((box.columns, column), (box.rows, row)):
                if axis.dim is not None:
                    index[axis.dim] = axis.start + number
            level = abs(float(stage.run.steps[0][box.tensor][tuple(index)])) / scale
            if order >= done + 1:
                assert contrast < 3, f"cell {column}, {row} shows something"
                checked += 1
            elif order + 1 <= done and level > 0.15:
                assert contrast > 60, f"cell {column}, {row} shows nothing"
                checked += 1
    assert checked >= 6
    future = frame[cell_rect(view, box, *((8, 2) if box.sequence == "columns" else (2, 8)), 1.5)]
    assert np.ptp(future[..., :3].reshape(-1, 3).astype(float), axis=0).max() < 3, "a token yet to come"


def test_masked_scores_look_neither_empty_nor_computed(stage: Stage) -> None:
    box = stage.layout.boxes["h.0.attn.att@h=0"]
    pose = facing(box, 18.0, stage.size, (4, 4))
    view, frame = View(pose, stage.size), stage.draw(bare(stage.layout, box, pose))
    masked = frame[cell_rect(view, box, 4, 1, 2)]
    empty = frame[cell_rect(view, box, 4, 8, 2)]
    assert np.ptp(empty[..., :3].astype(float).reshape(-1, 3), axis=0).max() < 3
    assert np.ptp(masked[..., :3].astype(float).reshape(-1, 3), axis=0).max() > 8, "it is hatched"
    ground = LIGHT.tones["activation"].ground
    assert share(masked, ground, LIGHT.positive).max() < 1.2 and share(masked, ground, LIGHT.negative).max() < 0.2


FAR = ["h.0.mlp.c_proj.weight", "h.1.mlp.c_fc.weight", "h.2.attn.c_proj.weight", "h.2.mlp.act"]


def analytic(stage: Stage, id: str) -> np.ndarray:
    """The mean colour of a box's face: discs of 0.665 of a cell's area, by magnitude and sign, on the ground."""
    box = stage.layout.boxes[id]
    values = np.asarray(stage.run.steps[-1][box.tensor])
    level = np.clip(values / magnitude(values), -1, 1)
    ground, light, dark = (np.array(c) for c in (LIGHT.tones[box.kind].ground, LIGHT.positive, LIGHT.negative))
    positive, negative = np.maximum(level, 0).mean(), np.maximum(-level, 0).mean()
    return np.asarray(255 * (ground + 0.665 * (positive * (light - ground) + negative * (dark - ground))))


@pytest.mark.parametrize("id", FAR)
@pytest.mark.parametrize("cell_pixels", [0.8, 1.5, 2.5, 4.0, 6.0])
def test_from_afar_a_box_has_its_mean_colour(stage: Stage, id: str, cell_pixels: float) -> None:
    """Near, between and far: nothing gets lighter or darker on the way."""
    box = stage.layout.boxes[id]
    pose = facing(box, cell_pixels, stage.size)
    view, frame = View(pose, stage.size), stage.draw(bare(stage.layout, box, pose, step=5))
    (x0, y0, _), (x1, y1, _) = view.project([box.place(0, 0), box.place(box.width, box.height)])
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, stage.size[0]), min(y1, stage.size[1])
    face = frame[int(y0) + 3 : int(y1) - 2, int(x0) + 3 : int(x1) - 2]
    np.testing.assert_allclose(colour_of(face), analytic(stage, id), atol=7)


@pytest.mark.parametrize("cell_pixels", [0.7, 1.3, 2.2, 3.1, 4.5, 7.0])
def test_a_camera_that_moves_a_little_changes_little(stage: Stage, cell_pixels: float) -> None:
    """No moire: patterns of cells near the size of pixels would beat and crawl as the camera moves."""
    box = stage.layout.boxes["h.0.mlp.c_proj.weight"]
    pose = facing(box, cell_pixels, stage.size)
    frames, shifts = [], (0.0, 0.13, 0.29, 0.41)
    for shift in shifts:
        x, y, z = pose.target
        moved = dataclasses.replace(pose, target=(x + shift / cell_pixels, y + shift / cell_pixels, z))
        frames.append(stage.draw(bare(stage.layout, box, moved))[..., :3].astype(float))
    inside = eroded(np.abs(frames[0] - PAGE).max(axis=2) > 20, 3)
    means = [frame[inside].mean(axis=0) for frame in frames]
    for mean in means:
        np.testing.assert_allclose(mean, means[0], atol=0.5)
    # A shift by less than half a pixel changes a pixel by less than there is between neighbours.
    steps = [np.abs(frame - frames[0])[inside] for frame in frames[1:]]
    neighbours = np.abs(np.diff(frames[0], axis=1))[inside[:, 1:] & inside[:, :-1]]
    assert max(step.mean() for step in steps) < 0.8 * neighbours.mean()
    # A pixel that is the mean of what lies in it takes over no more of its neighbours than the shift brings into it;
    # means of four cells, which mipmaps have, are not those of a pixel's area.
    if cell_pixels < 4:
        around = np.lib.stride_tricks.sliding_window_view(np.pad(frames[0], ((2, 2), (2, 2), (0, 0))), (5, 5), (0, 1))
        for shift, step in zip(shifts[1:], steps, strict=True):
            most = (1 - (1 - shift) ** 2) * np.ptp(around, axis=(3, 4))[inside]
            assert np.quantile(step - most, 0.999) < (4 if cell_pixels > 1 else 12)


def test_zooming_does_not_pop(stage: Stage) -> None:
    """From far to near in small steps the mean colour of a patch moves in small steps."""
    box = stage.layout.boxes["h.1.mlp.c_fc.weight"]
    seen = []
    for cell_pixels in np.geomspace(0.7, 12, 40):
        frame = stage.draw(bare(stage.layout, box, facing(box, float(cell_pixels), stage.size)))
        seen.append(colour_of(frame[240:270, 470:490]))
    assert max(np.abs(a - b).max() for a, b in itertools.pairwise(seen)) < 16
