"""A cast on the stage: every member looks as it does alone, and one without weights stands blank beside the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from looking import Frame, all_filled, facing

from render.cache import Cache
from render.layout import Layout, arrange, line_up
from render.model import GPT2Config, Model, Run
from render.model.cast import perform
from render.stage import stage as stage_module
from render.stage.crowd import Crowd
from render.stage.pyramid import keep_pyramid
from render.stage.stage import Stage
from render.stage.values import Values
from render.theme import LIGHT
from render.timeline import Pose, State, frame_points

SIZE = (480, 270)
LARGE = GPT2Config(n_layer=1, n_head=4, n_embd=256, vocab_size=300, block_size=8)
MATRIX = "h.0.mlp.c_fc.weight"


@pytest.fixture(scope="module")
def runs(nano_run: Run) -> dict[str, Run]:
    large = [Model("large", LARGE, LARGE.initial_weights(seed=seed), None).run((1, 2, 3), 1) for seed in (1, 2)]
    blank = Model.blank("shape", GPT2Config(3, 3, 48, vocab_size=3, block_size=11)).outline(11)
    return {"": large[0], "twin": large[1], "nano": nano_run, "shape": blank}


@pytest.fixture(scope="module")
def together(runs: dict[str, Run]) -> Run:
    return perform(runs[""], {name: run for name, run in runs.items() if name})


@pytest.fixture(scope="module")
def layouts(runs: dict[str, Run]) -> dict[str, Layout]:
    return {name: arrange(run.graph, "wide") for name, run in runs.items()}


@pytest.fixture(scope="module")
def row(together: Run, layouts: dict[str, Layout]) -> Layout:
    return line_up(together.graph, layouts)


@pytest.fixture(scope="module", params=["near", "far"])
def stages(request: pytest.FixtureRequest, row: Layout, together: Run) -> Iterator[tuple[Stage, int]]:
    """All of them on one stage, and from how many boxes on a stage draws the far ones together."""
    with pytest.MonkeyPatch.context() as patch:
        few = 10**6 if request.param == "near" else 0
        patch.setattr(stage_module, "FEW", few)
        made = Stage(row, together, LIGHT, SIZE)
        yield made, few
        made.close()


def shifted(pose: Pose, row: Layout, member: str, layout: Layout) -> Pose:
    """The same view of a member where it stands in a row."""
    first = next(iter(layout.boxes.values()))
    there = row.boxes[f"{member}.{first.id}"].corner
    x, y, z = (p + b - a for p, b, a in zip(pose.target, there, first.corner, strict=True))
    return replace(pose, target=(x, y, z))


def differ(one: Frame, other: Frame) -> tuple[float, float]:
    """The mean difference, and the share of pixels that are another colour."""
    apart = np.abs(one[..., :3].astype(int) - other[..., :3].astype(int)).max(axis=2)
    return float(apart.mean()), float((apart > 24).mean())


@pytest.mark.parametrize("member", ["twin", "nano", "shape"])
def test_a_member_framed_by_itself_looks_like_the_model_alone(
    stages: tuple[Stage, int],
    runs: dict[str, Run],
    row: Layout,
    layouts: dict[str, Layout],
    member: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, few = stages
    layout = layouts[member]
    own = [box.bounds for box in layout.boxes.values() if box.tensor.startswith("h.0.mlp")]
    views = [frame_points([corner for each in own for corner in each.corners], SIZE[0] / SIZE[1], -12, 10, 1.2)]
    views.append(facing(layout.boxes["h.0.ln_2.out" if member != "twin" else "h.0.resid"], 8.0, SIZE))
    monkeypatch.setattr(stage_module, "FEW", few)
    alone = Stage(layout, runs[member], LIGHT, SIZE)
    for view in views:
        expected = alone.draw(State(view, filled=all_filled(layout)))
        there = shifted(view, row, member, layout)
        seen = stage.draw(State(there, filled={f"{member}.{id}": 1.0 for id in layout.boxes}))
        mean, share = differ(seen, expected)
        assert mean < 1.0 and share < 0.005
        assert differ(seen, np.full_like(seen, seen[-1, 0]))[1] > 0.1, "there is something to see"
    alone.close()


def test_a_blank_model_beside_a_real_one_has_no_values(stages: tuple[Stage, int], row: Layout) -> None:
    """The same box, with the same cells: discs in one, the ground and grid lines alone in the other."""
    stage, _ = stages
    ground = np.array(LIGHT.tones["weight"].ground) * 255
    marked = {}
    for member in ("nano", "shape"):
        box = row.boxes[f"{member}.h.0.mlp.c_fc.weight"]
        frame = stage.draw(State(facing(box, 12.0, SIZE), filled=dict.fromkeys(row.boxes, 1.0)))
        away = np.abs(frame[100:170, 200:280, :3].astype(float) - ground).max(axis=2)
        marked[member] = float((away > 24).mean())
    assert marked["shape"] == 0.0 and marked["nano"] > 0.05


def test_the_crowd_knows_which_boxes_are_blank(row: Layout, together: Run) -> None:
    crowd = Crowd(row, together)
    assert [row.graph.whose(box.tensor)[0] == "shape" for box in row.boxes.values()] == crowd.blank.tolist()


def test_computed_cells_go_by_each_members_own_tokens(row: Layout, together: Run) -> None:
    crowd = Crowd(row, together)
    for step in range(len(together.steps)):
        state = State(Pose((0.0, 0.0, 0.0), 1.0), step, filled=dict.fromkeys(row.boxes, 0.5))
        graph = together.steps[step].graph
        expected = [state.computed(box, graph) for box in row.boxes.values()]
        known = np.minimum(crowd.computed(state, graph), [box.width * box.height for box in row.boxes.values()])
        np.testing.assert_allclose(known, np.minimum(expected, [b.width * b.height for b in row.boxes.values()]))


@pytest.mark.parametrize("kept", [False, True])
def test_each_member_has_its_own_pyramid(
    together: Run,
    runs: dict[str, Run],
    row: Layout,
    layouts: dict[str, Layout],
    kept: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RENDER_CACHE", str(tmp_path))
    if kept:
        for run in together.alone:
            keep_pyramid(run.model, Cache(tmp_path))
        assert len(list(tmp_path.glob("levels/*/*"))) == 2, "two are large, and have weights"
    values = Values(row, together)
    seen = []
    for member in ("", "twin", "nano"):
        alone, prefix = Values(layouts[member], runs[member]), f"{member}." if member else ""
        assert values.scale(f"{prefix}{MATRIX}") == alone.scale(MATRIX)
        box = layouts[member].boxes[MATRIX]
        for block in ((0, 0), (2, 2), (3, 3)):
            window = (0, 0, min(box.width, 64), min(box.height, 64))
            means = values.means(row.boxes[f"{prefix}{MATRIX}"], 0, block, window)
            np.testing.assert_array_equal(means, alone.means(box, 0, block, window))
        seen.append(means)
    assert not np.array_equal(seen[0], seen[1]), "models of one shape have other values"
