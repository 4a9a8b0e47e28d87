"""What the actions of a script do and when: each becomes clips on the time line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import singledispatch

from render.layout import Bounds, Layout, Point
from render.model import Run, Trace
from render.scene import PIECES, Action, Camera, TemplateContext, TimedAction, flaw
from render.timeline.camera_path import CameraTrack, Fixed, natural_duration, shortest_duration
from render.timeline.draft import Clip, Effect
from render.timeline.easing import EASINGS, Easing
from render.timeline.framing import frame_bounds
from render.timeline.pieces import Standing
from render.timeline.plotted import Displayed
from render.timeline.targets import Targets

PASSING = 0.35
"""Seconds in which what belongs to one beat only leaves the picture at its end."""

BEAT_END = -1.0
"""Stands for the end of the beat in a clip that is timed before that end is known."""


@dataclass(frozen=True)
class Timed:
    """Clips of some actions, when they are over for what comes after, and the moment that shows best what they show."""

    clips: list[Clip]
    end: float
    telling: float | None = None


class Choreography:
    """What has been timed so far, as far as the next action has to know it. Times are seconds of the beat in hand.

    beat, camera: its number from 0, and the camera's way through it
    step:   how many predictions have joined the tokens
    filled: what fraction of each box is computed
    landed: how many pieces landed on others, so that no two come to lie in one plane
    pieces: what stands away from its place, by the names that its flights gave it; `named` counts them
    shifts: how far whole boxes stand from their places
    charts: those that stand in the picture; there were `n_charts` in all
    """

    def __init__(self, run: Run, layout: Layout, aspect: float) -> None:
        self.run, self.layout, self.aspect = run, layout, aspect
        self.beat: int
        self.camera: CameraTrack
        self.step = 0
        self.filled: dict[str, float] = {}
        self.landed = 0
        self.named = 0
        self.pieces: dict[str, Standing] = {}
        self.shifts: dict[str, Point] = {}
        self.charts: list[Displayed] = []
        self.n_charts = 0
        graph = layout.graph.of_model("tokens")
        computed = [spec.name for spec in graph.values() if spec.kind not in ("weight", "token")]
        self.in_order = tuple(box.id for name in computed for box in layout.of_tensor(name))

    @property
    def trace(self) -> Trace:
        """The pass in force."""
        return self.run.after(self.step)

    @property
    def context(self) -> TemplateContext:
        """What templates are filled in from."""
        return TemplateContext(self.run, self.step)

    @property
    def targets(self) -> Targets:
        """What selectors mean now."""
        return Targets(self.trace.graph, self.layout)

    @property
    def standing(self) -> Layout:
        """The layout as it stands when all that is timed so far has happened."""
        away = []
        for piece in self.pieces.values():
            if piece.gap is not None:
                id, cells = piece.gap
                away.append(replace(self.layout.boxes[id].piece(cells), corner=piece.corner))
        return self.layout.standing(self.shifts, away)

    def piece_bounds(self, name: str) -> Bounds:
        """Where a piece stands."""
        piece = self.pieces[name]
        box, cells = self.layout.find(piece.region)[0]
        return replace(box.piece(cells), corner=piece.corner).bounds

    def row_bounds(self, names: Iterable[str]) -> Bounds:
        """Where pieces that lie in a row stand."""
        return Bounds.around(self.piece_bounds(name) for name in names)

    def begin_beat(self, beat: int, camera: CameraTrack) -> None:
        """Go on to the next beat. What left with the one before is let go: copies, and charts that are not kept."""
        self.beat, self.camera = beat, camera
        self.pieces = {name: piece for name, piece in self.pieces.items() if piece.gap is not None}
        self.charts = [replace(own, before=True) for own in self.charts if own.recipe.action.keep]

    def move_camera(self, camera: Camera, start: float, *, cut: bool = False) -> float:
        """Add a camera move and return when it has arrived. A camera that follows is added when its fills are timed.

        A move that is too quick for the eye takes longer than it says, but for one that takes no time where a `cut` may
        be: at the start of a beat.
        """
        if camera.follow:
            return start
        now = self.camera.pose(start)
        goal = frame_bounds(self.standing, self._framed(camera), self.aspect, camera, now)
        ease = EASINGS[camera.ease or "in_out"]
        if camera.over is None:
            over = natural_duration(now, goal, self.aspect)
        elif camera.over == 0 and cut:
            over = 0.0
        else:
            over = max(camera.over, shortest_duration(now, goal, self.aspect, ease))
        self.camera.add(start, over, Fixed(goal), ease)
        return start + over

    def _framed(self, camera: Camera) -> Bounds | None:
        """What a camera frames; None for what it frames already. Raises ScriptError for pieces where there are none."""
        if camera.frame is None:
            return None
        parts = []
        for selector in camera.frame:
            if selector.name == PIECES:
                away = [self.piece_bounds(name) for name in self.pieces]
                away += [self.standing.boxes[id].bounds for id in self.shifts]
                if not away:
                    message = "no pieces are away from their places when this camera looks for them"
                    raise flaw(selector.text, message)
                parts += away
            else:
                parts.append(self.standing.bounds_of(tuple(self.targets.places([selector]))))
        return Bounds.around(parts)


@singledispatch
def time(action: Action, on: Choreography, start: float) -> Timed:
    """The clips of an action that begins at `start`. Raises ScriptError for what cannot be done there."""
    raise TypeError(f"no effect for the action {action.word}")


def lasting(action: TimedAction, start: float, usual: float, effect: Effect) -> Timed:
    """An effect that stays once it is there, `usual` seconds after its start where the action does not say."""
    over = action.over if action.over is not None else usual
    return Timed([Clip(start, start + over, effect)], start + over)


def passing(action: TimedAction, start: float, usual: float, effect: Effect, keep: bool = False) -> Timed:
    """An effect that leaves the picture with its beat, or is there to `keep`."""
    over = action.over if action.over is not None else usual
    stop = float("inf") if keep else BEAT_END
    return Timed([Clip(start, start + over, effect, stop)], start + over)


def ease_of(action: TimedAction) -> Easing:
    return EASINGS[action.ease or "in_out"]
