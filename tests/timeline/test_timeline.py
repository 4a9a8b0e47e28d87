from __future__ import annotations

import bisect
import itertools
import math
import random
import re
from pathlib import Path

import numpy as np
import pytest

from render.programme.production import Production
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
    shots = enumerate(film.timeline.shots)
    return [film.timeline.state_of(beat, k / FPS) for beat, shot in shots for k in range(shot.n_frames)]


def first_frames(film: Production) -> list[int]:
    """The number of the first frame of each beat."""
    return [0, *itertools.accumulate(shot.n_frames for shot in film.timeline.shots)][:-1]


def fresh(film: Production) -> Timeline:
    return compile_scene(film.scene, film.run, film.layout, film.aspect)


def test_a_state_depends_on_its_time_alone(film: Production, states: list[State]) -> None:
    """In any order, from another time line, and again: the same state."""
    order = list(range(len(states)))
    random.Random(7).shuffle(order)
    other = fresh(film)
    firsts = first_frames(film)
    for k in order[:400]:
        beat = bisect.bisect_right(firsts, k) - 1
        t = (k - firsts[beat]) / FPS
        assert other.state_of(beat, t) == states[k] == film.timeline.state_of(beat, t)
    assert fresh(film).state(film.timeline.duration - 0.01) == film.timeline.state(film.timeline.duration - 0.01)


def test_states_at_rest_are_equal(film: Production, states: list[State]) -> None:
    for beat, (shot, first) in enumerate(zip(film.timeline.shots, first_frames(film), strict=True)):
        for k, rest in enumerate(shot.frames):
            assert 0 <= rest <= k / FPS + 1e-9
            assert film.timeline.state_of(beat, rest) == states[first + k], f"frame {k} is not what was seen at {rest}"
            assert shot.rest(rest) == rest


def test_holds_are_found(film: Production, states: list[State]) -> None:
    """Frames that show what the frame before showed are drawn once: all but a few of them are told by `rest`."""
    rests = [(beat, rest) for beat, shot in enumerate(film.timeline.shots) for rest in shot.frames]
    held = sum(a == b for a, b in itertools.pairwise(states))
    told = sum(a == b for a, b in itertools.pairwise(rests))
    assert held > 100
    assert told >= 0.8 * held


@pytest.mark.parametrize("fps", [1, 24, 30, 60])
def test_frames_are_as_many_as_the_seconds(wide: Production, fps: int) -> None:
    """Every beat is a whole number of frames, and no longer than at another rate but for a part of a frame."""
    timeline = Production(wide.scene.revised(fps=fps), wide.stock).timeline
    assert sum(len(shot.frames) for shot in timeline.shots) == round(timeline.duration * fps)
    for shot, other in zip(timeline.shots, wide.timeline.shots, strict=True):
        assert len(shot.frames) == shot.n_frames == round(shot.duration * fps)
        assert list(shot.frames) == sorted(shot.frames)
        assert abs(shot.duration - other.duration) <= 1 / fps + 1 / FPS


def test_beats_follow_each_other_and_show_their_telling_moment(film: Production) -> None:
    shots = film.timeline.shots
    assert [shot.id for shot in shots] == [beat.id for beat in film.scene.beats]
    starts = film.timeline.starts
    assert starts[0] == 0 and len(starts) == len(shots) + 1
    for k, (shot, (start, end)) in enumerate(zip(shots, itertools.pairwise(starts), strict=True)):
        assert end - start == pytest.approx(shot.duration)
        assert 0 <= shot.telling < shot.duration
        assert film.timeline.shot_at(start) == film.timeline.shot_at((start + end) / 2) == k
        assert film.timeline.state(start + shot.telling).progress == film.timeline.state(start).progress


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
