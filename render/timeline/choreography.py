"""What the actions of a script do and when: each becomes clips on the time line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch

from render.layout import Layout, Rect
from render.model import Region, Run, Trace
from render.scene import Action, Camera, TemplateContext, TimedAction
from render.timeline.camera_path import CameraTrack, natural_duration
from render.timeline.draft import Clip, Effect
from render.timeline.easing import EASINGS, Easing
from render.timeline.framing import frame_regions
from render.timeline.plotted import Standing
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
    """What has been timed so far, as far as the next action has to know it.

    step:   how many predictions have joined the tokens
    filled: what fraction of each box is computed
    landed: how many flights there were, so that no two pieces land on one plane
    flown:  the pieces that were moved, and the box and the cells that they left
    charts: those that stand in the picture; there were `n_charts` in all
    """

    def __init__(self, run: Run, layout: Layout, camera: CameraTrack, aspect: float) -> None:
        self.run, self.layout, self.camera, self.aspect = run, layout, camera, aspect
        self.step = 0
        self.filled: dict[str, float] = {}
        self.landed = 0
        self.flown: dict[Region, tuple[str, Rect]] = {}
        self.charts: list[Standing] = []
        self.n_charts = 0
        computed = [spec.name for spec in layout.graph.values() if spec.kind not in ("weight", "token")]
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

    def begin_beat(self) -> None:
        """Let go of what left with the beat before."""
        self.charts = [replace(own, before=True) for own in self.charts if own.recipe.action.keep]

    def move_camera(self, camera: Camera, start: float) -> float:
        """Add a camera move and return when it has arrived. A camera that follows is added when its fills are timed."""
        if camera.follow:
            return start
        regions = self.targets.places(camera.frame) if camera.frame is not None else None
        now = self.camera.pose(start)
        goal = frame_regions(self.layout, regions, self.aspect, camera, now)
        over = camera.over if camera.over is not None else natural_duration(now, goal, self.aspect)
        self.camera.add(start, over, lambda t: goal, EASINGS[camera.ease or "in_out"])
        return start + over


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
