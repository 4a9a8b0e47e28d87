"""Pulses on the stage: bands that run along the ribbons of one plane, drawn over them and only while there are some."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from render.layout import Ribbon
from render.stage.ribbon_actor import RibbonMesh, mesh_actor
from render.stage.shaders import (
    PULSE_FRAGMENT,
    PULSE_FRAGMENT_DECLARATIONS,
    PULSE_VERTEX,
    PULSE_VERTEX_DECLARATIONS,
)
from render.theme import Theme

SPACING = 13.0
"""How far apart the bands on a ribbon are, in the layout's units."""

MOST = 5
"""How many bands a long ribbon has: on it they are farther apart."""

STEP, STEPS = 1e-6, 50
"""How much nearer than its ribbon a pulse is in the depth buffer. Ribbons that cross differ in it by some steps."""


class PulseActor:
    """Draws the pulses of some ribbons, in the tone of what flows. Nothing is drawn, or uploaded, while none are on."""

    def __init__(self, ribbons: Sequence[Ribbon], theme: Theme, unit: float) -> None:
        mesh = RibbonMesh(ribbons)
        self._owner = np.array(mesh.owner, int)
        lengths = np.zeros(len(ribbons))
        np.maximum.at(lengths, self._owner, mesh.along)
        self._spacing = np.maximum(SPACING * unit, lengths / MOST)
        self._mesh = pv.PolyData(np.array(mesh.points, np.float32), faces=np.array(mesh.quads).ravel())
        shades = np.array([theme.tones[ribbon.kind].ground for ribbon in ribbons], np.float32)
        self._mesh.point_data["across"] = np.array(mesh.across, np.float32)
        self._mesh.point_data["along"] = np.column_stack([mesh.along, self._spacing[self._owner]]).astype(np.float32)
        self._mesh.point_data["shade"] = shades[self._owner]
        self._mesh.point_data["nearer"] = (STEP * (1 + self._owner % STEPS)).astype(np.float32)
        self._mesh.point_data["pulse"] = np.zeros((len(self._owner), 2), np.float32)
        self._shown: NDArray[np.float64] | None = None
        self.actor = mesh_actor(
            self._mesh,
            ("across", "along", "shade", "nearer", "pulse"),
            (PULSE_VERTEX_DECLARATIONS, PULSE_VERTEX, PULSE_FRAGMENT_DECLARATIONS, PULSE_FRAGMENT),
        )
        self.actor.SetVisibility(False)

    def show(self, travel: NDArray[np.float64], alpha: NDArray[np.float64]) -> None:
        """Set how far the bands of each ribbon have come, in world units, and how strong they are, 0 to 1."""
        seen = bool((alpha > 0).any())
        self.actor.SetVisibility(seen)
        pulses = np.column_stack([travel % self._spacing, alpha])
        if not seen or (self._shown is not None and np.array_equal(pulses, self._shown)):
            return
        self._shown = pulses
        self._mesh.point_data["pulse"] = pulses[self._owner].astype(np.float32)
        self._mesh.Modified()
