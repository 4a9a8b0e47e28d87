"""Workings on their card: in the picture at every stage, legible, in one place, and home in the end."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from moments import SIZES, layout_for, overlay, run, worked_out

from render.model import Region
from render.overlay.area import Area
from render.overlay.tableau import PlacedTableau
from render.overlay.tile import written
from render.timeline import State

RESULTS = {
    "h.0.attn.q": Region.of_cell("h.0.attn.q", (0, 3, 2)),
    "h.0.mlp.out": Region.of_cell("h.0.mlp.out", (3, 2)),
    "h.0.ln_1.std": Region.of_cell("h.0.ln_1.std", (3,)),
    "h.0.ln_1.out": Region("h.0.ln_1.out", ((3, 4), (0, 24))),
    "h.0.attn.att_softmax": Region("h.0.attn.att_softmax", ((0, 1), (5, 6), (0, 6))),
    "h.0.attn.y": Region("h.0.attn.y", ((5, 6), (0, 8))),
}
CASES = [(size, name) for size in SIZES for name in RESULTS]


def stages(size: tuple[int, int], name: str) -> list[State]:
    """The stages of a working, each at rest, but for the last, in which it leaves."""
    first = worked_out(size, 0, name, result=RESULTS[name])
    assert first.tableau is not None
    n = len(first.tableau.working.stages) - 1
    return [replace(first, tableau=replace(first.tableau, stage=stage)) for stage in range(n)]


def placed(size: tuple[int, int], state: State) -> PlacedTableau:
    (found,) = (item for item in overlay(size).place(state) if isinstance(item, PlacedTableau))
    return found


@pytest.mark.parametrize(("size", "name"), CASES)
def test_every_stage_lies_on_one_card_in_the_picture(size: tuple[int, int], name: str) -> None:
    tableaus = [placed(size, state) for state in stages(size, name)]
    (card,) = {tableau.area for tableau in tableaus}
    assert overlay(size).page.picture.holds(card)
    for tableau in tableaus:
        for tile in tableau.tiles:
            assert card.holds(tile.area)
        for lettering in tableau.letters:
            assert card.holds(lettering.area), lettering.shaped.text


@pytest.mark.parametrize(("size", "name"), CASES)
def test_tiles_and_words_do_not_run_into_each_other(size: tuple[int, int], name: str) -> None:
    for state in stages(size, name):
        tableau = placed(size, state)
        tiles = [tile.area for tile in tableau.tiles]
        words = [*tableau.stand.words, *(lettering for lettering, _ in tableau.signs)]
        for a, b in combinations(tiles, 2):
            assert not a.overlaps(b)
        for lettering in words:
            # Of signs and names nothing to speak of is below the baseline.
            ink = replace(lettering.area, bottom=lettering.baseline)
            assert not any(ink.overlaps(tile) for tile in tiles), lettering.shaped.text


@pytest.mark.parametrize(("size", "name"), CASES)
def test_words_and_numbers_are_large_enough(size: tuple[int, int], name: str) -> None:
    least = 0.014 * min(size[1], 16 / 9 * size[0])
    for state in stages(size, name):
        for lettering in placed(size, state).letters:
            assert lettering.shaped.style.size >= least - 1e-6, lettering.shaped.text


@pytest.mark.parametrize("name", RESULTS)
def test_in_a_wide_frame_every_tile_has_its_number(name: str) -> None:
    for state in stages((1920, 1080), name):
        assert all(tile.number is not None for tile in placed((1920, 1080), state).tiles)


def test_a_tile_comes_from_its_cell_and_goes_home() -> None:
    size, name = (1920, 1080), "h.0.attn.q"
    first = worked_out(size, 0, name, result=RESULTS[name])
    assert first.tableau is not None
    last = len(first.tableau.working.stages) - 1
    state = replace(first, tableau=replace(first.tableau, stage=last, progress=0.999999))
    (tile,) = placed(size, state).tiles
    (box, cells) = layout_for(size).find(RESULTS[name])[0]
    pixels = overlay(size)._sight(state).quad(box.around(cells))
    assert pixels is not None
    assert tile.area.centre == pytest.approx(tuple(pixels.mean(axis=0)), abs=0.1)
    assert tile.area.width == pytest.approx(np.ptp(pixels[:, 0]), rel=0.2)


def test_discs_are_to_the_scale_of_their_tensor() -> None:
    size = (1920, 1080)
    tableau = placed(size, stages(size, "h.0.attn.q")[3])
    levels = {round(tile.level, 6) for tile in tableau.tiles}
    trace = run().steps[1]
    x, w = trace["h.0.ln_1.out"][3], trace["h.0.attn.c_attn.weight"][:, 2]
    for name, values in (("h.0.ln_1.out", x), ("h.0.attn.c_attn.weight", w)):
        scale = np.quantile(np.abs(run().steps[-1][name].astype(float)), 0.995)
        assert {round(float(level), 6) for level in np.clip(values / scale, -1, 1)} <= levels


def test_the_card_leaves_free_where_the_result_goes() -> None:
    size = (1920, 1080)
    for name, result in RESULTS.items():
        state = worked_out(size, 2, *run().graph.module("h.0"), result=result)
        box, cells = layout_for(size).find(result)[0]
        quad = overlay(size)._sight(state).quad(box.around(cells))
        assert quad is not None
        assert not placed(size, state).area.overlaps(Area.around(quad)), name


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (-1.034, ["−1.03", "−1.0", "−1"]),
        (-0.0334, ["−0.033", "−0.03", "0.0"]),
        (0.0041, ["0.0041", "0.004", "4e−3", "0.0"]),
        (-0.97, ["−0.97", "−1.0"]),
        (123.4, ["123"]),
        (0.0, ["0"]),
    ],
)
def test_numbers_lose_digits_where_they_must(value: float, texts: list[str]) -> None:
    assert written(value) == texts
