"""The stage: one window, the boxes of a layout near and far, the flow between them, a state in, pixels out."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLActor

from render.layout import Box, Layout
from render.model import Run
from render.stage.atlas import Atlas
from render.stage.crowd import Crowd
from render.stage.far_boxes import FarBoxes
from render.stage.flow import Flow
from render.stage.near_boxes import NearBox, NearBoxes
from render.stage.on_stage import on_stage
from render.stage.values import Values, eight_bits
from render.theme import Theme
from render.timeline import Pose, State, View
from render.timeline.view import FIELD_OF_VIEW

FEW = 256
"""Of a layout with so many boxes all are drawn near, each by itself."""

NEAREST = 1e-6
"""Nothing is drawn that is nearer to the eye than this share of the depth of the farthest thing in view."""

_ORIGIN = Pose((0.0, 0.0, 0.0), 1.0)


class _Drawn(NamedTuple):
    """Something to draw, and where in the order: far planes first, in a plane the flow, far boxes, near boxes."""

    plane: float
    rank: int
    away: float
    first: int = 0
    slots: int = 0
    near: NearBox | None = None


BLANK = np.array([[[0, 0, 255]]], np.uint8)


class Stage:
    """Draws states of one run in one layout, as frames of one size (width, height) in pixels.

    A process keeps one stage: building it makes the window and compiles the shaders, drawing fills textures and sets
    uniforms. What is drawn follows from the state alone, whatever was drawn before.
    A transparent one leaves the page out; its colours are then premultiplied by their alpha.
    """

    def __init__(
        self, layout: Layout, run: Run, theme: Theme, size: tuple[int, int], *, transparent: bool = False
    ) -> None:
        self.layout, self.run, self.theme, self.size = layout, run, theme, size
        self._plotter = pv.Plotter(off_screen=True, window_size=list(size), lighting="none")
        self._window = self._plotter.renderer.GetRenderWindow()
        self._window.SetMultiSamples(0)
        self._renderer = self._plotter.renderer
        self._renderer.SetBackground(*((0.0, 0.0, 0.0) if transparent else theme.page))
        self._renderer.SetBackgroundAlpha(0.0 if transparent else 1.0)
        self._window.SetAlphaBitPlanes(int(transparent))
        # The slots' meshes say nothing of where they are drawn, so VTK must not judge by that what is in view.
        self._renderer.GetCullers().RemoveAllItems()
        self._crowd, self._boxes = Crowd(layout, run), list(layout.boxes.values())
        self._values = None if self._crowd.blank.all() else Values(layout, run)
        few = len(self._boxes) <= FEW
        self._atlas = None if few or self._values is None else Atlas(self._crowd)
        self._near = NearBoxes(layout, self._crowd, self._values, self._atlas, theme, size, self._window, all_near=few)
        focal = View(_ORIGIN, size).focal
        self._far = None if few else FarBoxes(self._crowd, self._atlas, theme, focal)
        self._flow = Flow(layout, self._crowd, theme, focal)
        self._step: int | None = None
        self._read = vtkUnsignedCharArray()
        self._pixels: NDArray[np.uint8] = np.zeros((0, 0, 4), np.uint8)
        self._drawn: tuple[State, int] | None = None

    def draw(self, state: State, samples: int = 1) -> NDArray[np.uint8]:
        """One frame, (height, width, 4), RGBA, top row first. The array is the caller's.

        Each pixel is the mean of `samples` by `samples` smaller ones: the picture that many times as large, with all
        that is sized in pixels as much larger, made smaller again. It takes so many times as long.
        """
        wanted = (on_stage(state), samples)
        # While words and cards move over a stage that rests, the frame drawn last is this one.
        if wanted != self._drawn:
            self._drawn = None
            self._stand(*wanted)
            self._pixels = self._mean(samples)
            self._drawn = wanted
        return np.ascontiguousarray(self._pixels[::-1])

    def _mean(self, samples: int) -> NDArray[np.uint8]:
        """The mean of what the camera shows from every place in a pixel, bottom row first."""
        if samples == 1:
            return self._look((0.0, 0.0))
        places = [(2 * place + 1 - samples) / (2 * samples) for place in range(samples)]
        total = np.zeros((self.size[1], self.size[0], 4), np.uint32)
        for y in places:
            for x in places:
                total += self._look((x, y))
        return ((total + samples**2 // 2) // samples**2).astype(np.uint8)

    def _look(self, aside: tuple[float, float]) -> NDArray[np.uint8]:
        """What the camera shows when the picture is some pixels aside; it is overwritten by the next one."""
        width, height = self.size
        (x, y), camera = aside, self._renderer.GetActiveCamera()
        camera.SetWindowCenter(2 * x / width, 2 * (View(_ORIGIN, self.size).centre[1] + y) / height - 1)
        self._window.Render()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._read)
        return np.asarray(pv.convert_array(self._read), np.uint8).reshape(height, width, 4)

    def _stand(self, state: State, samples: int) -> None:
        """Put before the camera what is drawn of a state."""
        self._fill_atlas(state.step)
        view = View(state.pose, self.size)
        alpha = self._crowd.alpha(state)
        computed = self._crowd.computed(state, self.run.steps[state.step].graph)
        sight = self._crowd.seen(view, alpha)
        chosen, near = self._near.stand(state, sight, computed, samples)
        drawn = [_Drawn(box.plane, 3, -box.span.away, near=box) for box in near]
        runs = list(self._flow.stand(state, view, self._crowd, alpha, computed))
        spans = [self._flow.span, *((box.span.nearest, box.span.farthest) for box in near)]
        if self._far is not None:
            far = sight.without(chosen)
            runs.append(self._far.stand(far, computed))
            spans.append((float(far.nearest.min(initial=np.inf)), float(far.farthest.max(initial=0.0))))
        drawn += [_Drawn(plane, rank, 0.0, *run) for rank, planes in enumerate(runs) for plane, run in planes.items()]
        self._aim(view, spans)
        self._put(drawn, view, samples)

    def close(self) -> None:
        """Give the window back."""
        self._plotter.close()

    def _fill_atlas(self, step: int) -> None:
        """Take the values of a step into the far boxes' tiles: of weights once, of the rest when the step changes."""
        if self._values is None or self._atlas is None or self._far is None or step == self._step:
            return
        for place, box in enumerate(self._boxes):
            if self._step is None or box.kind != "weight":
                self._atlas.put(place, self._tile(box, place, step))
        self._far.upload()
        self._step = step

    def _tile(self, box: Box, place: int, step: int) -> NDArray[np.uint8]:
        """How a box looks from afar; one without values has nothing but its ground."""
        if self._values is None or self._atlas is None or self._crowd.blank[place]:
            return BLANK
        columns, rows = self._atlas.block[place].tolist()
        return eight_bits(self._values.means(box, step, (columns, rows), box.whole))

    def _aim(self, view: View, spans: list[tuple[float, float]]) -> None:
        """Point the camera, and clip it to what is in view: far more than that is in the world."""
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(*view.eye)
        camera.SetFocalPoint(*view.pose.target)
        camera.SetViewUp(*view.basis[1])
        camera.SetViewAngle(FIELD_OF_VIEW)
        far = 1.1 * max((farthest for _, farthest in spans if np.isfinite(farthest)), default=0.0) + 1.0
        near = 0.99 * min((nearest for nearest, _ in spans), default=far)
        camera.SetClippingRange(max(min(near, 0.5 * far), NEAREST * far), far)

    def _put(self, drawn: list[_Drawn], view: View, samples: int) -> None:
        """Draw from back to front; runs of one sort that follow each other are one draw."""
        drawn.sort(key=lambda each: each[:3])
        actors: list[vtkOpenGLActor] = []
        makers = [self._flow.ribbon_actor, self._flow.pulse_actor]
        if self._far is not None:
            makers.append(self._far.actor)
        numbers = [0, 0, 0]
        for rank, same in groupby(drawn, key=lambda each: each.rank):
            if rank == 3:
                actors += [each.near.actor for each in same if each.near is not None]
                continue
            run = list(same)
            actors.append(makers[rank](numbers[rank], run[0].first, sum(each.slots for each in run), view, samples))
            numbers[rank] += 1
        # Straight into the collection: taking props out of the renderer would free what they hold on the card.
        props = self._renderer.GetViewProps()
        props.RemoveAllItems()
        for actor in actors:
            props.AddItem(actor)
