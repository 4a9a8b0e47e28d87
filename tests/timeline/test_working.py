"""Workings: every number in them is the model's, every step follows from the one before, and nothing collides."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from render.model import Region, Run, Trace
from render.timeline.working import Placed, Stage, Working, columns_for, moment, work_out
from render.timeline.working.values import Values

ROWS = {
    "embed": {"t": 3},
    "h.0.ln_1.out": {"t": 3},
    "h.0.attn.att_softmax": {"h": 0, "t": 5},
    "h.0.attn.y": {"t": 5, "c": (16, 32)},
    "h.0.resid": {"t": 2},
    "h.1.mlp.act": {"t": 3, "f": (0, 48)},
    "ln_f.out": {"c": 7},
    "probs": {"t": 4},
}


@pytest.fixture(scope="module")
def trace(nano_run: Run) -> Trace:
    return nano_run.steps[0]


def region(trace: Trace, name: str, **place: int | tuple[int, int]) -> Region:
    spec = trace.graph[name]
    chosen = [place.get(dim, (0, size)) for dim, size in zip(spec.dims, spec.shape, strict=True)]
    return Region(name, tuple(one if isinstance(one, tuple) else (one, one + 1) for one in chosen))


def cell(trace: Trace, name: str) -> Region:
    """The last cell of a tensor, which no mask hides."""
    shape = trace.graph[name].shape
    return Region.of_cell(name, tuple(size - 1 for size in shape))


def row(trace: Trace, name: str) -> Region:
    return region(trace, name, **ROWS[name])


def computed(trace: Trace) -> list[str]:
    return [spec.name for spec in trace.graph.values() if spec.formula is not None]


def workings(trace: Trace) -> Iterator[Working]:
    for name, columns in itertools.product(computed(trace), (16, 8)):
        yield work_out(trace, cell(trace, name), columns)
    for name, columns in itertools.product(ROWS, (16, 8)):
        yield work_out(trace, row(trace, name), columns)


def steps(working: Working) -> Iterator[tuple[dict[int, Placed], Stage]]:
    """Every stage, with the tiles of the one before by their ids."""
    for before, after in itertools.pairwise(working.stages):
        yield {own.tile.id: own for own in before.tiles}, after


def test_every_working_ends_with_the_traced_values(trace: Trace) -> None:
    for working in workings(trace):
        home = working.stages[-1].tiles
        traced = np.ravel(trace[working.result.tensor][working.result.slices])
        assert [own.tile.cell for own in home if own.away] == cells_of(working.result)
        np.testing.assert_allclose([own.tile.value for own in home], traced, rtol=1e-4, atol=1e-6)


LLAMA_ROWS = {
    "h.0.attn.q_rot": {"h": 3, "t": 4, "a": (0, 4)},
    "h.0.attn.k_rot": {"g": 1, "t": 4, "a": (4, 8)},
    "rotary.cos": {"t": 3},
    "rotary.sin": {"i": 1},
    "h.0.ln_1.out": {"t": 2},
    "h.0.mlp.act": {"t": 5},
    "h.0.attn.y": {"t": 5, "c": (32, 40)},
}


def test_every_working_of_a_llama_ends_with_the_traced_values(llama_run: Run) -> None:
    trace = llama_run.steps[0]
    results = [cell(trace, name) for name in computed(trace)]
    results += [region(trace, name, **place) for name, place in LLAMA_ROWS.items()]
    for result in results:
        working = work_out(trace, result, 16)
        home = [own for own in working.stages[-1].tiles if own.away]
        traced = np.ravel(trace[result.tensor][result.slices])
        assert [own.tile.cell for own in home] == cells_of(result)
        np.testing.assert_allclose([own.tile.value for own in home], traced, rtol=1e-4, atol=1e-6)


def test_an_angle_is_worked_out_from_the_position(llama_run: Run) -> None:
    trace = llama_run.steps[0]
    working = work_out(trace, region(trace, "rotary.cos", t=3, i=2), 16)
    read = {own.tile.text for own in working.stages[0].tiles} | {own.tile.text for own in working.stages[1].tiles}
    assert {"3", "2", "θ", "8"} <= read
    values = [own.tile.value for stage in working.stages for own in stage.tiles if own.parents]
    slowness = 1e4 ** (2 * 2 / 8)
    assert values == pytest.approx([4, 0.5, slowness, 2 * slowness, 3 / (2 * slowness), np.cos(3 / (2 * slowness))])


def cells_of(result: Region) -> list[Region]:
    indices = itertools.product(*(range(*ends) for ends in result.ranges))
    return [Region.of_cell(result.tensor, index) for index in indices]


def test_every_operand_is_read_from_the_trace(trace: Trace) -> None:
    for working in workings(trace):
        read = [
            own.tile
            for before, stage in steps(working)
            for own in stage.tiles
            if own.tile.cell is not None and own.tile.id not in before and not own.parents
        ]
        assert read
        for tile in read:
            assert tile.cell is not None and tile.cell.is_cell
            assert tile.value == float(trace[tile.tensor][tile.cell.slices].item())
            assert any(operand.contains(tile.cell) for operand in working.operands)


@pytest.mark.parametrize(("columns", "shown"), [(16, 48), (8, 15)])
def test_a_dot_product_is_products_then_running_totals_then_the_bias(trace: Trace, columns: int, shown: int) -> None:
    working = work_out(trace, region(trace, "h.0.attn.q", h=0, t=3, a=2), columns)
    x = trace["h.0.ln_1.out"][3].astype(float)
    weights = trace["h.0.attn.c_attn.weight"][:, 2].astype(float)
    multiplied = next(stage for _, stage in steps(working) if any(len(own.parents) == 2 for own in stage.tiles))
    products = [own for own in multiplied.tiles if own.parents]
    assert [own.tile.value for own in products] == pytest.approx((x * weights)[:shown])
    added = next(own for _, stage in steps(working) for own in stage.tiles if own.totals)
    terms = [*(x * weights)[:shown], *([(x * weights)[shown:].sum()] if shown < 48 else [])]
    assert added.totals == pytest.approx(np.cumsum(terms))
    assert len(added.parents) == len(terms)
    bias = float(trace["h.0.attn.c_attn.bias"][2])
    assert working.stages[-1].tiles[0].tile.value == pytest.approx(added.totals[-1] + bias)


def test_of_a_long_sum_some_terms_are_shown_and_the_others_as_what_they_come_to(trace: Trace) -> None:
    working = work_out(trace, region(trace, "h.0.mlp.out", t=5, c=0), 16)
    notes = {sign.text for stage in working.stages for sign in stage.signs if sign.role == "note"}
    assert notes == {"… 177", "more", "177 more"}
    x, w = trace["h.0.mlp.act"][5].astype(float), trace["h.0.mlp.c_proj.weight"][:, 0].astype(float)
    added = next(own for _, stage in steps(working) for own in stage.tiles if own.totals)
    assert len(added.totals) == 16
    assert added.totals[-1] - added.totals[-2] == pytest.approx((x * w)[15:].sum())


def test_every_step_of_a_layer_norm(trace: Trace) -> None:
    working = work_out(trace, region(trace, "h.0.ln_1.out", t=3), 16)
    x = trace["embed"][3].astype(float)
    centred = x - float(trace["h.0.ln_1.mean"][3])
    scaled = centred / float(trace["h.0.ln_1.std"][3])
    stretched = scaled * trace["h.0.ln_1.weight"]
    expected = [centred, scaled, stretched, stretched + trace["h.0.ln_1.bias"]]
    made = [[own.tile.value for own in stage.tiles if own.parents] for _, stage in steps(working)]
    found = [values for values in made if values]
    assert len(found) == 4
    for values, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(values, right, rtol=1e-6)


def test_a_weighted_sum_of_rows_scales_each_and_adds_them_up(trace: Trace) -> None:
    working = work_out(trace, region(trace, "h.0.attn.y", t=5, c=(0, 16)), 16)
    share, v = trace["h.0.attn.att_softmax"][0, 5].astype(float), trace["h.0.attn.v"][0].astype(float)
    scaled, added = [
        [own for own in stage.tiles if own.parents]
        for _, stage in steps(working)
        if any(t.parents for t in stage.tiles)
    ]
    np.testing.assert_allclose([own.tile.value for own in scaled], np.ravel(share[:, None] * v), rtol=1e-6)
    np.testing.assert_allclose([own.totals for own in added], np.cumsum(share[:, None] * v, axis=0).T, rtol=1e-6)


def test_the_largest_wins(trace: Trace) -> None:
    working = work_out(trace, region(trace, "h.0.attn.att_max", h=0, t=5), 16)
    scores = trace["h.0.attn.att"][0, 5]
    marked = [own.tile.value for stage in working.stages[:-3] for own in stage.tiles if own.marked]
    assert marked == [float(scores.max())]


def test_parents_stand_in_the_stage_before(trace: Trace) -> None:
    for working in workings(trace):
        for before, stage in steps(working):
            for own in stage.tiles:
                assert set(own.parents) <= set(before)
                assert not own.parents or own.tile.id not in before


def test_tiles_do_not_overlap_at_rest(trace: Trace) -> None:
    for working in workings(trace):
        for stage in working.stages[:-1]:
            places = np.array([(own.x, own.y) for own in stage.tiles if own.tile.tensor]).reshape(-1, 2)
            apart = np.abs(places[:, None] - places[None]).max(axis=2)
            np.fill_diagonal(apart, np.inf)
            assert apart.size == 0 or apart.min() > 1.02, working.result


def test_a_working_stays_within_its_reach(trace: Trace) -> None:
    for working in workings(trace):
        left, right, half = working.reach
        for stage in working.stages:
            for own in stage.tiles:
                assert -left <= stage.grown * (own.x - 0.5) + 1e-9 and stage.grown * (own.x + 0.5) <= right + 1e-9
                assert stage.grown * (abs(own.y) + 0.5) <= half + 1e-9


def test_a_move_begins_and_ends_at_rest(trace: Trace) -> None:
    for working in workings(trace):
        for index, stage in enumerate(working.stages):
            shown = {each.tile.id: each for each in moment(working, index, 1.0).tiles if each.alpha > 0}
            assert set(shown) == {own.tile.id for own in stage.tiles}
            for own in stage.tiles:
                each = shown[own.tile.id]
                assert (each.x, each.y) == pytest.approx((own.x, own.y))
                assert (each.value, each.alpha, each.away, each.marked) == (own.tile.value, 1.0, own.away, own.marked)
                assert each.swell == pytest.approx(0)
            if index > 0:
                begun = {each.tile.id for each in moment(working, index, 0.0).tiles if each.alpha > 0}
                assert begun == {own.tile.id for own in working.stages[index - 1].tiles}


def test_what_moves_does_not_jump(trace: Trace) -> None:
    working = work_out(trace, region(trace, "h.0.attn.att", h=0, t=5, s=2), 16)
    for index, stage in enumerate(working.stages[:-1]):
        frames = [moment(working, index, k / 60 / stage.over) for k in range(int(stage.over * 60) + 1)]
        for before, after in itertools.pairwise(frames):
            ids = [each.tile.id for each in before.tiles]
            for each in after.tiles:
                if ids.count(each.tile.id) == 1:
                    own = before.tiles[ids.index(each.tile.id)]
                    assert abs(each.away - own.away) < 0.1 and abs(each.alpha - own.alpha) < 0.3


def test_a_sum_counts_what_has_arrived(trace: Trace) -> None:
    working = work_out(trace, region(trace, "h.0.attn.att", h=0, t=5, s=2), 16)
    index = next(i for i, stage in enumerate(working.stages) if any(own.totals for own in stage.tiles))
    made = next(own for own in working.stages[index].tiles if own.totals)
    values = []
    for k in range(201):
        values += [each.value for each in moment(working, index, k / 200).tiles if each.tile.id == made.tile.id]
    assert [value for value, _ in itertools.groupby(values)] == list(made.totals)


@pytest.mark.parametrize(
    ("name", "place", "low", "high"),
    [
        ("h.0.attn.att", {"h": 0, "t": 5, "s": 2}, 8, 11),
        ("h.0.attn.q", {"h": 0, "t": 3, "a": 2}, 10, 13),
        ("embed", {"t": 3, "c": 7}, 3.5, 6),
        ("h.0.ln_1.out", {"t": 3}, 12, 16),
        ("h.0.mlp.act", {"t": 3, "f": 5}, 3.5, 6),
    ],
)
def test_its_length_is_sane(trace: Trace, name: str, place: dict[str, int], low: float, high: float) -> None:
    assert low <= work_out(trace, region(trace, name, **place), 16).length <= high


def test_lines_are_shorter_in_narrow_frames() -> None:
    assert [columns_for(aspect) for aspect in (16 / 9, 1.0, 9 / 16)] == [16, 12, 8]


def test_one_tile_stands_for_what_all_columns_share(trace: Trace) -> None:
    values = Values(trace, region(trace, "h.0.ln_1.out", t=3))
    working = work_out(trace, region(trace, "h.0.ln_1.out", t=3), 16)
    means = {own.tile.id for stage in working.stages for own in stage.tiles if own.tile.tensor == "h.0.ln_1.mean"}
    assert len(means) == 1 and len(values.places) == 48
