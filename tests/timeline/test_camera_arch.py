"""A pan that is long beside the view takes the path of van Wijk and Nuij 2003."""

from __future__ import annotations

import math

import numpy as np
import pytest

from render.timeline.camera_path import ARCH, LONG, _arch, between, natural_duration
from render.timeline.state import Pose


@pytest.mark.parametrize(("way", "first", "last"), [(100.0, 3.0, 3.0), (5e4, 10.0, 2000.0), (900.0, 400.0, 1.0)])
def test_the_path_is_as_short_as_the_paper_says(way: float, first: float, last: float) -> None:
    u = np.linspace(0, 1, 4001)
    high, across = np.array([_arch(way, first, last, each) for each in u]).T
    assert (high[0], across[0]) == pytest.approx((1, 0), abs=1e-9)
    assert (high[-1] * first, across[-1]) == pytest.approx((last, 1), rel=1e-9)
    # The length of a path in their metric (equation 5), and that of the shortest one (equation 9).
    w, x = high * first, across * way
    middle = (w[1:] + w[:-1]) / 2
    length = np.sqrt((ARCH * np.diff(x)) ** 2 + (np.diff(w) / ARCH) ** 2) / middle
    b = [
        (w1**2 - w0**2 + sign * ARCH**4 * way**2) / (2 * own * ARCH**2 * way)
        for w0, w1, own, sign in ((first, last, first, 1), (first, last, last, -1))
    ]
    r = [math.log(-each + math.sqrt(each**2 + 1)) for each in b]
    assert length.sum() == pytest.approx((r[1] - r[0]) / ARCH, rel=1e-3)
    assert length.std() < 1e-3 * length.mean(), "it goes at an even speed"


def test_the_path_ends_where_it_should_and_changes_gradually() -> None:
    a = Pose((0.0, 0.0, 0.0), 10.0, 5.0, 6.0)
    height = 2 * math.tan(math.radians(11)) * 10
    for far in (0.5, LONG[0], (LONG[0] + LONG[1]) / 2, LONG[1], 300.0):
        b = Pose((far * height, 0.0, 0.0), 10.0)
        assert between(a, b, 0.0) == a and between(a, b, 1.0) == b
        farther = between(a, Pose((far * height * 1.0001, 0.0, 0.0), 10.0), 0.37)
        assert farther.target == pytest.approx(between(a, b, 0.37).target, rel=2e-3)
        assert farther.distance == pytest.approx(between(a, b, 0.37).distance, rel=2e-3)


def test_a_way_a_hundred_times_as_long_takes_seconds_more_and_not_minutes() -> None:
    def seconds(widths: float) -> float:
        return natural_duration(Pose((0.0, 0.0, 0.0), 10.0), Pose((widths * 7, 0.0, 0.0), 10.0), 16 / 9)

    assert seconds(100) < seconds(10_000) < seconds(100) + 15
