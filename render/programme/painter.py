"""A film's frames: the stage and the overlay together, in whatever process draws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from render.interrupts import uninterrupted
from render.model import Run
from render.programme.production import Production
from render.programme.programme import Moment, Programme
from render.stage.on_stage import on_stage
from render.timeline import State

if TYPE_CHECKING:
    from render.overlay.compositor import Overlay
    from render.stage.stage import Stage


FINE = 2
"""How many samples along each side of a pixel there are of what rests."""


class Studio(NamedTuple):
    """Where one run is drawn: a window with its boxes, and the flat layer over it."""

    stage: Stage
    overlay: Overlay


class Painter:
    """Draws moments of one programme: call it with a moment and it returns the frame.

    Frames are (height, width, 4) uint8 RGBA, top row first. A process keeps one painter: it owns a window for the run
    and theme that it has drawn last, which parts of the film share that have them in common.
    """

    def __init__(self, programme: Programme, *, transparent: bool = False) -> None:
        self._programme, self._transparent = programme, transparent
        self._studio: tuple[tuple[Run, str], Studio] | None = None

    def __call__(self, moment: Moment, *, still: bool = False) -> NDArray[np.uint8]:
        """The frame of a moment. What rests in it is drawn finer than what moves; all of a still is."""
        production = self._programme.productions[moment.part]
        shot, timeline, t = production.timeline.shots[moment.beat], production.timeline, moment.t
        state = timeline.state_of(moment.beat, t)
        near = (t - 1 / shot.fps, t + 1 / shot.fps)
        held = still or any(shot.rest(other) == shot.rest(t) for other in near)
        # What is on the stage is fine for as long as it rests, whatever comes and goes over it.
        rests = held or any(on_stage(timeline.state_of(moment.beat, other)) == on_stage(state) for other in near)
        return self.paint(production, state, FINE if rests else 1, FINE if held else 1)

    def paint(self, production: Production, state: State, stage: int = 1, overlay: int = 1) -> NDArray[np.uint8]:
        """The frame of a state, each pixel of stage and overlay the mean of `stage` by `stage` samples, and `overlay`.

        The caption stays out where the script switches captions off.
        """
        if production.scene.video.captions == "off":
            state = replace(state, caption=None)
        studio = self.studio(production)
        frame = studio.stage.draw(state, stage)
        studio.overlay.draw(frame, state, overlay)
        return _unmultiplied(frame) if self._transparent else frame

    def set_up(self, moment: Moment) -> None:
        """Have what draws a moment ready, which takes far longer than a frame."""
        self.studio(self._programme.productions[moment.part])

    def studio(self, production: Production) -> Studio:
        """Where the production is drawn; those with the same run in the same colours share it."""
        with uninterrupted():  # imported here: VTK loads in the processes that draw, and only there
            from render.overlay.compositor import Overlay
            from render.stage.stage import Stage

        key = (production.run, production.theme.name)
        if self._studio is not None and self._studio[0] == key:
            return self._studio[1]
        # Frames come in the film's order, and a window takes as much memory as all else: one is open at a time.
        self.close()
        place = (production.layout, production.run, production.theme, production.size)
        transparent = self._transparent
        made = Studio(Stage(*place, transparent=transparent), Overlay(*place, transparent=transparent))
        self._studio = (key, made)
        return made

    def close(self) -> None:
        """Give the window back."""
        if self._studio is not None:
            self._studio[1].stage.close()
            self._studio = None


def _unmultiplied(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours premultiplied by their alpha, as they are drawn, to colours beside it, as they are stored."""
    alpha = frame[..., 3:].astype(np.uint16)
    frame[..., :3] = np.minimum(255, (frame[..., :3] * np.uint16(255) + alpha // 2) // np.maximum(alpha, 1))
    return frame
