from __future__ import annotations

import itertools
import math
import random
import re
from pathlib import Path

import numpy as np
import pytest

from render.production import Production
from render.scene import load_scene
from render.timeline import State, View
from render.timeline.compile import compile_scene
from render.timeline.timeline import Timeline

FPS = 30
SCRIPT = Path(__file__).parents[2] / "scenes" / "sort.yaml"


@pytest.fixture(scope="module", params=["1920x1080", "1080x1920"])
def film(request: pytest.FixtureRequest) -> Production:
    return Production(load_scene(SCRIPT).revised(size=request.param))


@pytest.fixture(scope="module")
def wide() -> Production:
    return Production(load_scene(SCRIPT).revised(size="1920x1080"))


@pytest.fixture(scope="module")
def states(film: Production) -> list[State]:
    """Every frame at 30 a second."""
    return [film.timeline.state(k / FPS) for k in range(round(film.timeline.duration * FPS))]


def fresh(film: Production) -> Timeline:
    return compile_scene(film.scene, film.run, film.layout, film.aspect)


def test_a_state_depends_on_its_time_alone(film: Production, states: list[State]) -> None:
    """In any order, from another time line, and again: the same state."""
    order = list(range(len(states)))
    random.Random(7).shuffle(order)
    other = fresh(film)
    for k in order[:400]:
        assert other.state(k / FPS) == states[k] == film.timeline.state(k / FPS)
    assert fresh(film).state(film.timeline.duration - 0.01) == film.timeline.state(film.timeline.duration - 0.01)


def test_states_at_rest_are_equal(film: Production, states: list[State]) -> None:
    rests = [film.timeline.rest(k / FPS) for k in range(len(states))]
    assert all(rest <= k / FPS + 1e-9 for k, rest in enumerate(rests))
    for k, rest in enumerate(rests):
        assert film.timeline.state(rest) == states[k], f"frame {k} is not what was seen at {rest}"
        assert film.timeline.rest(rest) == rest


def test_holds_are_found(film: Production, states: list[State]) -> None:
    """Frames that show what the frame before showed are drawn once: all but a few of them are told by `rest`."""
    rests = [film.timeline.rest(k / FPS) for k in range(len(states))]
    held = sum(a == b for a, b in itertools.pairwise(states))
    told = sum(a == b for a, b in itertools.pairwise(rests))
    assert held > 100
    assert told >= 0.8 * held


@pytest.mark.parametrize("fps", [1, 24, 30, 60])
def test_frames_are_as_many_as_the_seconds(wide: Production, fps: int) -> None:
    timeline = wide.timeline
    assert len(timeline.frame_times(fps)) == round(timeline.duration * fps)
    parts = [len(timeline.frame_times(fps, shot.start, shot.end)) for shot in timeline.shots]
    assert sum(parts) == round(timeline.duration * fps), "beats rendered one by one make the whole film"
    times = timeline.frame_times(fps, 2.0, 5.0)
    assert len(times) == 3 * fps
    assert list(times) == sorted(times)
    assert list(times) == list(timeline.frame_times(fps))[2 * fps : 5 * fps]
    assert len(timeline.frame_times(fps, 2.0, 2.0)) == 1


def test_beats_follow_each_other_and_show_their_telling_moment(film: Production) -> None:
    shots = film.timeline.shots
    assert [shot.id for shot in shots] == [beat.id for beat in film.scene.beats]
    assert shots[0].start == 0
    for before, after in itertools.pairwise(shots):
        assert before.end == after.start
    for k, shot in enumerate(shots):
        assert shot.start <= shot.telling < shot.end
        assert film.timeline.shot_at(shot.start) == film.timeline.shot_at((shot.start + shot.end) / 2) == k
        assert film.timeline.state(shot.telling).progress == film.timeline.state(shot.start).progress


def test_the_camera_moves_without_jumps(film: Production, states: list[State]) -> None:
    """Between two frames the centre moves by less than 4 % of the width, and things grow by less than 8 %."""
    width, height = film.size
    for k, (before, after) in enumerate(itertools.pairwise(states)):
        if before.pose == after.pose:
            continue
        view = View(before.pose, (width, height))
        x, y, _ = view.project([after.pose.target])[0]
        assert math.dist((x, y), view.centre) < 0.04 * width, f"frame {k}"
        assert abs(math.log(after.pose.distance / before.pose.distance)) < 0.08, f"frame {k}"
        assert abs(after.pose.azimuth - before.pose.azimuth) < 2, f"frame {k}"


def test_the_camera_stands_before_everything(film: Production, states: list[State]) -> None:
    """The eye is nearer to the viewer than every face, pieces in flight included."""
    nearest = film.layout.bounds.high[2]
    for k, state in enumerate(states):
        faces = [nearest, *(flyer.corner[2] for flyer in state.flyers)]
        assert View(state.pose, film.size).eye[2] > max(faces) + 4, f"frame {k}"


def test_the_film_has_its_length(wide: Production) -> None:
    assert 60 <= wide.timeline.duration <= 100


def test_all_letters_come_out_sorted(wide: Production) -> None:
    row = wide.timeline.state(wide.timeline.duration - 0.01).tokens
    assert row is not None
    assert "".join(row.texts[row.n_prompt :]) == "".join(sorted("".join(row.texts[: row.n_prompt])))


def test_the_camera_shows_what_is_explained(film: Production, states: list[State]) -> None:
    """The cell that a formula card is about, and the one in the making, lie in the frame."""
    width, height = film.size
    shown = 0
    for k, state in enumerate(states):
        if state.card is None or state.card.alpha < 1:
            continue
        box, (column, row, *_) = film.layout.find(state.card.formula.result)[0]
        x, y, _ = View(state.pose, film.size).project([box.place(column + 0.5, row + 0.5)])[0]
        assert 0 < x < width and 0 < y < height, f"frame {k}"
        shown += 1
    assert shown > FPS, "the film explains something for at least a second"


def test_numbers_in_words_are_in_the_trace(wide: Production) -> None:
    """Templates are filled in once more here, straight from the arrays; digits typed by hand are places and ids."""
    run, understood = wide.run, 0
    for beat, step, shot in zip(wide.scene.beats, wide.scene.steps, wide.timeline.shots, strict=True):
        said = " ".join(page.text for page in shot.pages)
        raw = " ".join(str(beat.say or "").split())
        for literal in re.findall(r"\d[\d.,%]*", re.sub(r"\{[^}]*\}", "", raw)):
            assert int(literal.rstrip(".,")) < run.model.config.block_size, f"{beat.id}: {literal} is typed by hand"
        trace = run.steps[min(step, len(run.steps) - 1)]
        for name, inside, attribute, form in re.findall(r"\{([\w.]+)\[([^\]]*)\]\.?(\w*):?([^}]*)\}", raw):
            if name == "tokens" or not form:
                continue
            place = dict(part.split("=") for part in inside.replace(" ", "").split(","))
            index = tuple(int(place[dim]) if dim in place else slice(None) for dim in trace.graph[name].dims)
            cells = trace[name][index]
            value = float({"max": np.max, "min": np.min, "": np.asarray}[attribute](cells))
            assert format(value, form) in said, f"{beat.id}: {name}[{inside}] is {value}"
            understood += 1
        for figure in re.findall(r"\{model\.params:?(,?)\}", raw):
            assert (
                format(sum(np.asarray(w).size for n, w in run.model.weights.items() if n != "lm_head.weight"), figure)
                in said
            )
            understood += 1
    assert understood >= 3
