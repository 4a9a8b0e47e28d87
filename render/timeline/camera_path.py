"""The camera's way through the film: from pose to pose, each move eased, pan and zoom coupled."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from render.timeline.easing import Easing, ease_in_out, progress
from render.timeline.state import Pose
from render.timeline.view import FIELD_OF_VIEW

WIDTHS_A_SECOND, FOLDS_A_SECOND, DEGREES_A_SECOND = 1.0, 1.7, 60.0
"""How fast the camera may pan (widths of the frame), zoom (powers of e) and turn where a script does not say."""

LEAST_SECONDS = 0.9

LONG = (3.0, 8.0)
"""From how many heights of the frame on a pan is long: where it begins to, and from where on it takes an arch."""

ARCH = 1.4
"""How much an arch zooms rather than pans: what van Wijk and Nuij call rho, and found to be best about here."""

HASTE = 1.15
"""How much faster than that a move may be that a script gives a time: at 30 frames a second, what is in the middle of
the picture then moves by less than 4 % of its width from frame to frame."""

_STEPS = 40
_SPAN = 2 * math.tan(math.radians(FIELD_OF_VIEW) / 2)


def between(a: Pose, b: Pose, u: float) -> Pose:
    """The pose a fraction `u` of the way from `a` to `b`.

    Distance changes by a constant factor, and the pan keeps pace with it, so that the picture flows evenly. A pan that
    is long beside the view backs off on its way, and one that is many times as long goes up, across and down again.
    """
    if u in (0.0, 1.0):
        return b if u else a
    ratio = b.distance / a.distance
    pan = u if abs(ratio - 1) < 1e-6 else (ratio**u - 1) / (ratio - 1)
    far = travel(a, b) / (_SPAN * max(a.distance, b.distance))
    lift = ratio**u * (1 + 0.7 * max(0.0, far - 1.0) * 4 * u * (1 - u))
    arched = progress(far, *LONG)
    if arched > 0:
        high, across = _arch(travel(a, b), _SPAN * a.distance, _SPAN * b.distance, u)
        pan += arched * (across - pan)
        lift *= (high / lift) ** arched
    target = tuple(p + pan * (q - p) for p, q in zip(a.target, b.target, strict=True))
    return Pose(
        (target[0], target[1], target[2]),
        a.distance * lift,
        a.azimuth + u * (b.azimuth - a.azimuth),
        a.elevation + u * (b.elevation - a.elevation),
    )


def _arch(way: float, first: float, last: float, u: float) -> tuple[float, float]:
    """The shortest path, as it is perceived, along `way` from a view `first` broad to one `last` broad.

    Returns how broad the view is, in multiples of the first, and what share of the way is done, a fraction `u` along
    it (van Wijk and Nuij 2003, Smooth and efficient zooming and panning, equation 9).
    """
    square = ARCH**2
    grown = last**2 - first**2
    start = -math.asinh((grown + square**2 * way**2) / (2 * first * square * way))
    end = -math.asinh((grown - square**2 * way**2) / (2 * last * square * way))
    at = start + u * (end - start)
    high = math.cosh(start) / math.cosh(at)
    across = first / square * (math.cosh(start) * math.tanh(at) - math.sinh(start)) / way
    return high, across


def travel(a: Pose, b: Pose) -> float:
    return math.dist(a.target, b.target)


def natural_duration(a: Pose, b: Pose, aspect: float) -> float:
    """Seconds for a move that is quick but can be followed: at its fastest it keeps to the speeds above.

    `aspect` is the frame's width by its height. No move takes no time, a small one `LEAST_SECONDS`.
    """
    return max(LEAST_SECONDS, _at_full_speed(a, b, aspect, ease_in_out)) if a != b else 0.0


def shortest_duration(a: Pose, b: Pose, aspect: float, ease: Easing) -> float:
    """Seconds for a move that is as quick as one may be."""
    return _at_full_speed(a, b, aspect, ease) / HASTE


def _at_full_speed(a: Pose, b: Pose, aspect: float, ease: Easing) -> float:
    poses = [between(a, b, ease(step / _STEPS)) for step in range(_STEPS + 1)]
    fastest = 0.0
    for now, soon in pairwise(poses):
        width = _SPAN * aspect * min(now.distance, soon.distance)
        turn = abs(soon.azimuth - now.azimuth) + abs(soon.elevation - now.elevation)
        fastest = max(
            fastest,
            travel(now, soon) / width / WIDTHS_A_SECOND,
            abs(math.log(soon.distance / now.distance)) / FOLDS_A_SECOND,
            turn / DEGREES_A_SECOND,
        )
    return _STEPS * fastest


class Goal(Protocol):
    """Where a move ends: a pose, or one that changes with time."""

    def at(self, t: float) -> Pose:
        """The pose to go to, at `t` seconds."""

    def sooner(self, seconds: float) -> Goal:
        """The same as a clock that started `seconds` later tells it."""


@dataclass(frozen=True)
class Fixed:
    """One pose."""

    pose: Pose

    def at(self, t: float) -> Pose:
        return self.pose

    def sooner(self, seconds: float) -> Fixed:
        return self


@dataclass(frozen=True)
class Move:
    """From where the camera is at `start` to its goal at `end`.

    stop: when the goal rests: `end` for a plain move, later for a camera that follows
    """

    start: float
    end: float
    goal: Goal
    ease: Easing
    stop: float

    def pose(self, origin: Pose, t: float) -> Pose:
        return between(origin, self.goal.at(t), self.ease(progress(t, self.start, self.end)))

    def sooner(self, seconds: float) -> Move:
        """The same as a clock that started `seconds` later tells it."""
        return Move(self.start - seconds, self.end - seconds, self.goal.sooner(seconds), self.ease, self.stop - seconds)


class CameraTrack:
    """All moves of a beat in the order of their starts. `pose(t)` is a pure function of time."""

    def __init__(self, first: Pose) -> None:
        self._moves: list[Move] = []
        self._origins: list[Pose] = [first]

    def add(self, start: float, over: float, goal: Goal, ease: Easing, stop: float | None = None) -> None:
        """Add a move that begins at `start` from wherever the camera is then."""
        end = start + over
        place = bisect.bisect_right([move.start for move in self._moves], start)
        self._moves.insert(place, Move(start, end, goal, ease, max(end, stop or end)))
        first = self._origins[0] if place == 0 else self._moves[place - 1].pose(self._origins[place - 1], start)
        self._origins[place:] = [first]
        for before, after in zip(self._moves[place:], self._moves[place + 1 :], strict=False):
            self._origins.append(before.pose(self._origins[-1], after.start))

    def after(self, t: float) -> CameraTrack:
        """The way from `t` on, which is its start: what has not come to rest by then goes on."""
        index = bisect.bisect_right(self._moves, t, key=lambda move: move.start) - 1
        first = max(0, index) if index < 0 or self._moves[index].stop > t else index + 1
        rest = CameraTrack(self.pose(t))
        rest._moves = [move.sooner(t) for move in self._moves[first:]]
        rest._origins = self._origins[first:] if rest._moves else rest._origins
        return rest

    def pose(self, t: float) -> Pose:
        index = bisect.bisect_right(self._moves, t, key=lambda move: move.start) - 1
        return self._moves[index].pose(self._origins[index], t) if index >= 0 else self._origins[0]

    @property
    def legs(self) -> tuple[tuple[Pose, Move], ...]:
        """Every move and where it begins; of a camera that stands, none."""
        return tuple(zip(self._origins, self._moves, strict=False))

    @property
    def first(self) -> Pose:
        """Where the camera stands before its first move."""
        return self._origins[0]

    @property
    def busy(self) -> list[tuple[float, float]]:
        """The spans of time in which the camera moves."""
        return [(move.start, move.stop) for move in self._moves]

    def rest_after(self, t: float) -> float:
        """The first moment from `t` on in which the camera does not move."""
        for start, stop in sorted(self.busy):
            if start <= t < stop:
                t = stop
        return t
