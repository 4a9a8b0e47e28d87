"""A scene's frames: the stage and the overlay together, in whatever process draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from render.layout import Layout, Orientation, arrange
from render.model import Run
from render.scene import Scene, rehearse
from render.theme import THEMES, Theme
from render.timeline import State
from render.timeline.compile import compile_scene
from render.timeline.timeline import Timeline


@dataclass(frozen=True)
class Production:
    """A scene with all that follows from it: the run, the layout, the time line. Pickles as the scene alone."""

    scene: Scene

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return (self.scene.video.size.width, self.scene.video.size.height)

    @property
    def aspect(self) -> float:
        return self.size[0] / self.size[1]

    @property
    def theme(self) -> Theme:
        return THEMES[self.scene.video.theme]

    @cached_property
    def run(self) -> Run:
        return rehearse(self.scene)

    @cached_property
    def layout(self) -> Layout:
        orientation: Orientation = "wide" if self.aspect >= 1 else "tall"
        return arrange(self.run.graph, orientation)

    @cached_property
    def timeline(self) -> Timeline:
        return compile_scene(self.scene, self.run, self.layout, self.aspect)

    def __getstate__(self) -> dict[str, object]:
        return {"scene": self.scene}


class Painter:
    """Draws moments of one production: call it with a time in seconds and it returns the frame.

    Frames are (height, width, 4) uint8 RGBA, top row first. A process keeps one painter: it owns a window.
    """

    def __init__(self, production: Production, *, transparent: bool = False) -> None:
        # Imported here: VTK and Skia load in the processes that draw, and only there.
        from render.overlay import Overlay
        from render.stage.stage import Stage

        self._production, self._transparent = production, transparent
        parts = (production.layout, production.run, production.theme, production.size)
        self.stage = Stage(*parts, transparent=transparent)
        self.overlay = Overlay(*parts, transparent=transparent)

    def __call__(self, t: float) -> NDArray[np.uint8]:
        return self.paint(self._production.timeline.state(t))

    def paint(self, state: State) -> NDArray[np.uint8]:
        """The frame of a state; the caption stays out where the script switches captions off."""
        if self._production.scene.video.captions == "off":
            state = replace(state, caption=None)
        frame = self.stage.draw(state)
        self.overlay.draw(frame, state)
        return _unmultiplied(frame) if self._transparent else frame

    def close(self) -> None:
        """Give the window back."""
        self.stage.close()


def _unmultiplied(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours premultiplied by their alpha, as they are drawn, to colours beside it, as they are stored."""
    alpha = frame[..., 3:].astype(np.uint16)
    frame[..., :3] = np.minimum(255, (frame[..., :3] * np.uint16(255) + alpha // 2) // np.maximum(alpha, 1))
    return frame
