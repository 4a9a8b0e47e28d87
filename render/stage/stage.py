"""The stage: one plotter, one mesh for each tensor's box, a state in, pixels out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyvista as pv
import vtk
from numpy.typing import NDArray

from render.layout import Layout, Ribbon
from render.model import Region, Run
from render.stage.box_actor import BoxActor
from render.stage.cell_texture import magnitude, texels
from render.stage.pulse_actor import PulseActor
from render.stage.ribbon_actor import RibbonActor
from render.theme import Theme
from render.timeline import Flyer, Look, Pose, State, View
from render.timeline.view import FIELD_OF_VIEW

_SOLID, _GONE = Look(), Look(0.0)
_FACE_CORNERS = np.array([(x, y, True) for x in (False, True) for y in (False, True)])
_ORIGIN = Pose((0.0, 0.0, 0.0), 1.0)


class Stage:
    """Draws states of one run in one layout, as frames of one size (width, height) in pixels.

    A process keeps one stage: building it makes the window and compiles the shaders, drawing only sets uniforms.
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
        self._focal = View(_ORIGIN, size).focal
        self._scales = {name: magnitude(run.steps[-1][name]) for name in {box.tensor for box in layout.boxes.values()}}
        self._layers = _layers(layout.ribbons)
        layers = {z: [layout.ribbons[place] for place in places] for z, places in self._layers.items()}
        self._ribbons = {z: RibbonActor(ribbons, theme) for z, ribbons in layers.items()}
        self._pulses = {z: PulseActor(ribbons, theme, layout.unit) for z, ribbons in layers.items()}
        self._boxes = {id: BoxActor(box, theme, size[1], self._focal) for id, box in layout.boxes.items()}
        self._flyers: dict[tuple[int, Region, int], BoxActor] = {}
        self._step: int | None = None
        self._order: list[int] = []
        self._pixels = vtk.vtkUnsignedCharArray()
        # Pulses after ribbons: in one plane they are drawn over them.
        self._flow = [ribbons.actor for ribbons in self._ribbons.values()]
        self._flow += [pulses.actor for pulses in self._pulses.values()]
        for actor in (*self._flow, *(box.actor for box in self._boxes.values())):
            self._renderer.AddActor(actor)

    def draw(self, state: State) -> NDArray[np.uint8]:
        """One frame, (height, width, 4), RGBA, top row first. The array is the caller's."""
        self._put_values(state.step)
        n_tokens = len(self.run.steps[state.step].tokens)
        standing = state.standing(self.layout)
        computed = {id: state.computed(box, n_tokens) for id, box in self.layout.boxes.items()}
        for id, drawn in self._boxes.items():
            drawn.actor.SetPosition(*state.shifts.get(id, (0.0, 0.0, 0.0)))
            drawn.show(state.looks.get(id, _SOLID), computed[id])
        travel, pulsing = self._pulse_strengths(state)
        for z, places in self._layers.items():
            solid, flowing = self._ribbon_strengths(self._ribbons[z].ribbons, state, computed)
            self._ribbons[z].tint(solid, flowing)
            self._pulses[z].show(travel[places], pulsing[places] * solid)
        self._place_flyers(state, computed)
        view = View(state.pose, self.size)
        self._aim(view)
        self._sort(view, standing)
        self._set_detail(view, standing)
        self._window.Render()
        width, height = self.size
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._pixels)
        pixels = np.asarray(pv.convert_array(self._pixels), np.uint8).reshape(height, width, 4)
        return np.ascontiguousarray(pixels[::-1])

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

    def _ribbon_strengths(
        self, ribbons: Sequence[Ribbon], state: State, computed: Mapping[str, float]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A ribbon is as solid as the boxes at its ends, and pale until there is something to flow.

        There is none to a box that is away from its place.
        """
        solid, flowing = [], []
        for ribbon in ribbons:
            ends = (ribbon.source, ribbon.target)
            away = any(id in state.shifts for id in ends)
            solid.append(0.0 if away else min(state.looks.get(id, _SOLID).alpha for id in ends))
            source = self.layout.boxes[ribbon.source]
            flowing.append(min(1.0, computed[ribbon.source] / (source.width * source.height) * 4.0))
        return np.array(solid, np.float32), np.array(flowing, np.float32)

    def _pulse_strengths(self, state: State) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far the pulses on each ribbon have run, and how strong they are: of several the strongest is seen."""
        travel, strength = np.zeros((2, len(self.layout.ribbons)))
        for pulse in sorted(state.pulses, key=lambda pulse: pulse.alpha):
            places = list(pulse.ribbons)
            travel[places], strength[places] = pulse.travel, pulse.alpha
        return travel, strength

    def _place_flyers(self, state: State, computed: Mapping[str, float]) -> None:
        for drawn in self._flyers.values():
            drawn.show(_GONE, 0.0)
        alike: Counter[Region] = Counter()
        for flyer in state.flyers:
            alike[flyer.region] += 1
            key = (alike[flyer.region], flyer.region, state.step)
            if key not in self._flyers:
                self._flyers[key] = self._make_flyer(flyer, state.step)
                self._order = []
            drawn = self._flyers[key]
            x, y, z = (there - here for there, here in zip(flyer.corner, drawn.box.corner, strict=True))
            drawn.actor.SetPosition(x, y, z)
            drawn.show(Look(flyer.alpha), computed[self.layout.find(flyer.region)[0][0].id])

    def _make_flyer(self, flyer: Flyer, step: int) -> BoxActor:
        home, cells = self.layout.find(flyer.region)[0]
        drawn = BoxActor(home.piece(cells), self.theme, self.size[1], self._focal, (home, cells))
        values = self.run.steps[step][home.tensor]
        drawn.put(texels(drawn.box, self.layout.graph[home.tensor], values, self._scales[home.tensor]))
        return drawn

    def _aim(self, view: View) -> None:
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(*view.eye)
        camera.SetFocalPoint(*view.pose.target)
        camera.SetViewUp(*view.basis[1])
        camera.SetViewAngle(FIELD_OF_VIEW)
        camera.SetWindowCenter(0.0, 2 * view.centre[1] / self.size[1] - 1)
        self._renderer.ResetCameraClippingRange()

    def _set_detail(self, view: View, standing: Layout) -> None:
        """Tell every box how small its cells are on screen."""
        low, high = standing.extents
        corners = np.stack([np.where(pick, high, low) for pick in _FACE_CORNERS], axis=1)
        depth = view.project(corners.reshape(-1, 3))[:, 2].reshape(len(low), -1)
        # A cell seen aslant is narrower than one seen from in front.
        aslant = 0.8 * min(abs(view.basis[0][0]), abs(view.basis[1][1]))
        for drawn, pixels in zip(self._boxes.values(), view.focal / depth.max(axis=1) * aslant, strict=True):
            drawn.detail(float(pixels))

    def _sort(self, view: View, standing: Layout) -> None:
        """Draw from back to front: farther planes first, in one plane what is farther from the eye's foot first."""
        low, high = standing.extents
        flyers = list(self._flyers.values())
        shifts = np.array([flyer.actor.GetPosition() for flyer in flyers]).reshape(-1, 3)
        low = np.concatenate([low, np.array([flyer.box.bounds.low for flyer in flyers]).reshape(-1, 3) + shifts])
        high = np.concatenate([high, np.array([flyer.box.bounds.high for flyer in flyers]).reshape(-1, 3) + shifts])
        away = np.hypot(*np.maximum(np.maximum(low - view.eye, view.eye - high), 0.0).T[:2])
        # Ribbons lie between the front and the back of their plane's boxes.
        planes = np.concatenate([list(self._ribbons), list(self._pulses), np.round(high[:, 2], 3)])
        away = np.concatenate([np.full(len(self._flow), np.inf), away])
        order = np.lexsort((-away, planes)).tolist()
        if order != self._order:
            self._order = order
            actors = [*self._flow, *(box.actor for box in (*self._boxes.values(), *flyers))]
            # Straight into the collection: taking props out of the renderer would free what they hold on the card.
            props = self._renderer.GetViewProps()
            props.RemoveAllItems()
            for place in order:
                props.AddItem(actors[place])


def _layers(ribbons: Sequence[Ribbon]) -> dict[float, list[int]]:
    """Which ribbons lie in which plane; one that leads from plane to plane is in the farther one."""
    layers: dict[float, list[int]] = {}
    for place, ribbon in enumerate(ribbons):
        layers.setdefault(round(min(z for _, _, z in ribbon.points), 3), []).append(place)
    return layers
