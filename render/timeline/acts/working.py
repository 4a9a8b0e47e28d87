"""A computation that is worked out, on the time line."""

from __future__ import annotations

from dataclasses import dataclass

from render.layout import Layout
from render.model import Region
from render.scene import WorkOut, resolve_region
from render.timeline.camera_path import CameraTrack
from render.timeline.choreography import Choreography, Timed, time
from render.timeline.draft import Clip, Draft
from render.timeline.state import Outline, Tableau
from render.timeline.working import Working, columns_for, work_out

COME, GO = 0.4, 0.5
"""Seconds in which the outlines of what is read and of what comes out show themselves, and in which they leave."""


@dataclass(frozen=True)
class Worked:
    """One stage of a working. The card stands where it is best for the camera once that rests after `start`."""

    working: Working
    stage: int
    camera: CameraTrack
    start: float

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.tableau = Tableau(self.working, self.stage, u, self.camera.pose(self.camera.rest_after(self.start)))


@dataclass(frozen=True)
class Read:
    """What is read for a working and what comes out are outlined."""

    working: Working

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.outlines += [Outline(region, "operand", u * solid) for region in self.working.operands]
        draft.outlines.append(Outline(self.working.result, "result", u * solid))


@dataclass(frozen=True)
class Filled:
    """Boxes are computed as far as the given fractions."""

    goals: dict[str, float]

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        for box, goal in self.goals.items():
            now = draft.filled.get(box, 0.0)
            draft.filled[box] = max(now, now + u * (goal - now))


@time.register
def _(action: WorkOut, on: Choreography, start: float) -> Timed:
    trace = on.trace
    result = resolve_region(action.what, on.targets.graph)
    working = work_out(trace, result, columns_for(on.aspect))
    pace = 1.0 if action.over is None else action.over / working.length
    clips = []
    at = start
    for i, stage in enumerate(working.stages):
        over, stop = at + pace * stage.over, at + pace * stage.length
        clips.append(Clip(at, over, Worked(working, i, on.camera, start), stop))
        at = stop
    home = clips[-1]
    clips.append(Clip(start, start + pace * COME, Read(working), at, pace * GO))
    goals = _reached(result, on.layout, trace.graph.of_model(result.tensor).n_tokens)
    on.filled |= {box: max(on.filled.get(box, 0.0), goal) for box, goal in goals.items()}
    clips.append(Clip(home.start, home.end, Filled(goals)))
    # What shows it best is the fullest stage: the operands laid out, before they become one.
    fullest = clips[max(range(len(working.stages)), key=lambda i: len(working.stages[i].tiles))]
    return Timed(clips, at, (fullest.end + fullest.stop) / 2)


def _reached(result: Region, layout: Layout, n_tokens: int) -> dict[str, float]:
    """What fraction of each box is computed when `result` is: all that comes before its last cell in order is."""
    goals: dict[str, float] = {}
    for face in layout.faces(result):
        box, (_, _, column, row) = face[-1]
        place, offset = (column, row) if box.sequence == "columns" else (row, column)
        ahead = True
        for own in layout.face_of(box):
            ahead = ahead and own is not box
            across = offset if own is box else own.across * ahead
            goals[own.id] = min(1.0, ((place - 1) * own.across + across) / own.reach(n_tokens))
    return goals
