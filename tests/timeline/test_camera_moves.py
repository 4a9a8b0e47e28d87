from __future__ import annotations

import itertools
import math

import pytest
from films import production, timeline

from render.timeline import View, frame_points


def test_a_camera_frames_what_it_names() -> None:
    made = production(
        """
        - id: a
          camera: {frame: "h.1.attn.q[h=0]", azimuth: 5, elevation: -3, zoom: 0.7, over: 0s}
        - id: b
          camera: {azimuth: 20, over: 1s}
        - id: c
          do:
            - camera: embed
        """
    )
    film, (width, height) = made.timeline, made.size
    box = made.layout.boxes["h.1.attn.q@h=0"]
    first = film.state(1.5).pose
    expected = frame_points(box.bounds.corners, width / height, 5, -3, 0.7)
    assert first.distance == pytest.approx(expected.distance) and first.target == pytest.approx(expected.target)
    turned = film.state(film.starts[2]).pose
    assert (turned.azimuth, turned.elevation, turned.target) == (20, -3, first.target)
    last = View(film.state(film.duration).pose, made.size).project(made.layout.boxes["embed"].bounds.corners)
    assert (last[:, 0] > 0).all() and (last[:, 0] < width).all()
    assert (last[:, 1] > 0).all() and (last[:, 1] < height).all()


def test_camera_moves_may_be_written_in_any_order() -> None:
    film = timeline(
        """
        - id: a
          for: 20s
          camera: {follow: true}
          do:
            - {camera: {frame: probs, over: 1s}, at: 10s}
            - {camera: {frame: wte, over: 1s}, at: 2s}
            - {fill: embed, at: 0s, over: 1s}
        """
    )
    poses = [film.state(k / 50).pose for k in range(1000)]
    for before, after in itertools.pairwise(poses):
        assert math.dist(before.target, after.target) < 60
    middle, last = poses[490], poses[-1]
    assert middle == poses[460] != last == poses[950]
    assert middle.target[0] < 100 < 700 < last.target[0]


@pytest.mark.parametrize("fill", ["{fill: h.0, over: 0s}", "{fill: h.0, over: 8s}", "{fill: embed, at: 3s}"])
def test_a_following_camera_sees_what_is_filled(fill: str) -> None:
    text = f"- id: z\n- id: a\n  camera: {{follow: true}}\n  do:\n    - wait: 4s\n    - {fill}\n"
    made = production(text)
    width, height = made.size
    for k in range(int(made.timeline.duration * 10)):
        state = made.timeline.state(k / 10)
        for outline in state.outlines:
            if outline.role == "result" and k / 10 > made.timeline.starts[1] + 5.5:
                ((box, (c0, r0, c1, r1)), *_) = made.layout.find(outline.region)
                x, y, _ = View(state.pose, made.size).project([box.place((c0 + c1) / 2, (r0 + r1) / 2)])[0]
                assert -0.1 * width < x < 1.1 * width and -0.1 * height < y < 1.1 * height


@pytest.mark.parametrize("size", ["320x180", "180x320"])
def test_a_following_camera_has_arrived_before_its_beat_ends(size: str) -> None:
    film = production("- id: a\n  camera: {follow: true}\n  do:\n    - fill: h.0\n      over: 6s\n", size=size).timeline
    (shot,) = film.shots
    assert film.state(shot.telling).pose == film.state(shot.telling - 0.3).pose == film.state(shot.duration).pose
    assert film.state(shot.telling - 2).pose != film.state(shot.duration).pose


@pytest.mark.parametrize("ease", ["linear", "in", "out", "in_out"])
def test_a_move_within_a_beat_never_jumps(ease: str) -> None:
    made = production(
        f"""
        - id: a
          camera: {{frame: wte, over: 0s}}
        - id: b
          camera: {{frame: probs, over: 0.1s, ease: {ease}}}
          do:
            - camera: {{frame: "h.1.attn.q[h=0]", over: 0s, ease: {ease}}}
        """
    )
    film = made.timeline
    start, end = film.starts[1], film.duration
    frames = [film.state(start + k / 30).pose for k in range(int((end - start) * 30))]
    for before, after in itertools.pairwise(frames):
        ((x, y, _),) = View(after, (1920, 1080)).project([before.target])
        centre = View(after, (1920, 1080)).centre
        assert math.hypot(x - centre[0], y - centre[1]) < 0.04 * 1920
    assert film.state(0.0).pose == film.state(film.starts[1] - 0.01).pose, "a cut at the start of a beat"
