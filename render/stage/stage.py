"""The stage: one plotter, one mesh for each tensor's box, a state in, pixels out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyvista as pv
import vtk
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy

from render.layout import Axis, Box, Layout
from render.model import Run
from render.stage.box_actor import BoxActor
from render.stage.cell_texture import magnitude, texels
from render.stage.ribbon_actor import RibbonActor
from render.theme import Theme
from render.timeline import Flyer, Look, Pose, State, View
from render.timeline.view import FIELD_OF_VIEW

_SOLID = Look()
_ORIGIN = Pose((0.0, 0.0, 0.0), 1.0)


class Stage:
    """Draws states of one run in one layout, as frames of one size (width, height) in pixels.

    A process keeps one stage: building it makes the window and compiles the shaders, drawing only sets uniforms.
    """

    def __init__(self, layout: Layout, run: Run, theme: Theme, size: tuple[int, int], *, transparent: bool = False) -> None:
        self.layout, self.run, self.theme, self.size = layout, run, theme, size
        self._plotter = pv.Plotter(off_screen=True, window_size=list(size), lighting="none")
        self._plotter.ren_win.SetMultiSamples(0)
        self._renderer = self._plotter.renderer
        self._renderer.SetBackground(*theme.page)
        if transparent:
            self._plotter.ren_win.SetAlphaBitPlanes(1)
            self._renderer.SetBackgroundAlpha(0.0)
        self._focal = View(_ORIGIN, size).focal
        self._scales = {name: magnitude(run.steps[-1][name]) for name in {box.tensor for box in layout.boxes.values()}}
        self._ribbons = RibbonActor(layout.ribbons, theme)
        self._boxes = {id: BoxActor(box, theme, size[1], self._focal) for id, box in layout.boxes.items()}
        self._flyers: dict[object, BoxActor] = {}
        self._step: int | None = None
        self._order: list[str] = []
        self._pixels = vtk.vtkUnsignedCharArray()
        self._renderer.AddActor(self._ribbons.actor)
        for drawn in self._boxes.values():
            self._renderer.AddActor(drawn.actor)

    def draw(self, state: State) -> NDArray[np.uint8]:
        """One frame, (height, width, 4), RGBA, top row first. The array is the caller's."""
        self._put_values(state.step)
        computed = {id: self._computed(box, state) for id, box in self.layout.boxes.items()}
        for id, drawn in self._boxes.items():
            drawn.show(state.looks.get(id, _SOLID), computed[id])
        self._ribbons.tint(*self._ribbon_strengths(state, computed))
        self._place_flyers(state)
        self._aim(View(state.pose, self.size))
        window = self._plotter.ren_win
        window.Render()
        width, height = self.size
        window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._pixels)
        return vtk_to_numpy(self._pixels).reshape(height, width, 4)[::-1].copy()

    def close(self) -> None:
        """Give the window back."""
        self._plotter.close()

    def _put_values(self, step: int) -> None:
        if step == self._step:
            return
        trace = self.run.steps[step]
        for drawn in self._boxes.values():
            box = drawn.box
            if self._step is None or box.kind != "weight":
                drawn.put(texels(box, self.layout.graph[box.tensor], trace[box.tensor], self._scales[box.tensor]))
        self._step = step

    def _computed(self, box: Box, state: State) -> float:
        if box.kind in ("weight", "token"):
            return float(box.width * box.height)
        return state.filled.get(box.id, 0.0) * self._reach(box, state.step)

    def _reach(self, box: Box, step: int) -> float:
        """How many of the box's cells, in order, this step's tokens can fill."""
        n_tokens = len(self.run.steps[step].tokens)
        along = box.columns if box.sequence == "columns" else box.rows
        if along.dim is None or self.layout.graph[box.tensor].dims[along.dim] != "t":
            return float(box.width * box.height)
        return float(min(n_tokens, along.count) * box.width * box.height / along.count)

    def _ribbon_strengths(
        self, state: State, computed: Mapping[str, float]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A ribbon is as solid as the boxes at its ends, and pale until there is something to flow."""
        solid, flowing = [], []
        for ribbon in self.layout.ribbons:
            solid.append(min(state.looks.get(id, _SOLID).alpha for id in (ribbon.source, ribbon.target)))
            source = self.layout.boxes[ribbon.source]
            flowing.append(min(1.0, computed[ribbon.source] / (source.width * source.height) * 4.0))
        return np.array(solid, np.float32), np.array(flowing, np.float32)

    def _place_flyers(self, state: State) -> None:
        shown = set()
        for flyer in state.flyers:
            key = (flyer.region, state.step)
            shown.add(key)
            if key not in self._flyers:
                self._flyers[key] = self._make_flyer(flyer, state.step)
                self._renderer.AddActor(self._flyers[key].actor)
                self._order = []
            drawn = self._flyers[key]
            home = drawn.box.corner
            drawn.actor.SetPosition(*(there - here for there, here in zip(flyer.corner, home, strict=True)))
            drawn.show(Look(flyer.alpha), float(drawn.box.width * drawn.box.height))
        for key, drawn in self._flyers.items():
            if key not in shown:
                drawn.actor.VisibilityOff()
                drawn.show(Look(0.0), 0.0)

    def _make_flyer(self, flyer: Flyer, step: int) -> BoxActor:
        home, (c0, r0, c1, r1) = self.layout.find(flyer.region)[0]
        piece = Box(
            id=f"{home.id}#flyer",
            tensor=home.tensor,
            kind=home.kind,
            title=home.title,
            corner=home.place(c0, r0),
            columns=_part(home.columns, int(c0), int(c1)),
            rows=_part(home.rows, int(r0), int(r1)),
            fixed=home.fixed,
            depth=home.depth,
            sequence=home.sequence,
        )
        drawn = BoxActor(piece, self.theme, self.size[1], self._focal)
        values = self.run.steps[step][home.tensor]
        drawn.put(texels(piece, self.layout.graph[home.tensor], values, self._scales[home.tensor]))
        return drawn

    def _aim(self, view: View) -> None:
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(*view.eye)
        camera.SetFocalPoint(*view.pose.target)
        camera.SetViewUp(*view.basis[1])
        camera.SetViewAngle(FIELD_OF_VIEW)
        camera.SetWindowCenter(0.0, 2 * view.centre[1] / self.size[1] - 1)
        self._renderer.ResetCameraClippingRange()
        self._sort(view)

    def _sort(self, view: View) -> None:
        """Draw from back to front: farther planes first, in one plane what is farther from the eye's foot first."""
        drawn = {**self._boxes, **{str(key): actor for key, actor in self._flyers.items()}}
        eye = view.eye

        def nearness(id: str) -> tuple[float, float]:
            actor = drawn[id]
            shift = actor.actor.GetPosition()
            low, high = actor.box.bounds.low, actor.box.bounds.high
            gap = [max(low[i] + shift[i] - eye[i], eye[i] - high[i] - shift[i], 0.0) for i in (0, 1)]
            return (round(high[2] + shift[2], 3), -float(np.hypot(*gap)))

        order = sorted(drawn, key=nearness)
        if order != self._order:
            self._order = order
            # Straight into the collection: taking props out of the renderer would free what they hold on the card.
            props = self._renderer.GetViewProps()
            props.RemoveAllItems()
            props.AddItem(self._ribbons.actor)
            for id in order:
                props.AddItem(drawn[id].actor)


def _part(axis: Axis, start: int, stop: int) -> Axis:
    return axis if axis.dim is None else Axis(axis.dim, axis.start + start, axis.start + stop)
