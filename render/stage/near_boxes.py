"""The boxes that are drawn each by itself: those of which single cells are seen, or more than a far box's tile has."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderWindow
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLActor

from render.layout import Box, Layout, Rect
from render.model import Region
from render.stage.atlas import Atlas, anisotropy
from render.stage.box_actor import NEAR_PIXELS, BoxActor
from render.stage.close_up import Focus, focus_on, visible
from render.stage.crowd import FAINTEST, Array, Crowd, Sight
from render.stage.values import Values
from render.theme import Theme
from render.timeline import Look, State, View

POOL = 128
"""How many boxes keep their actor while they are not drawn, the last used ones: making one takes milliseconds."""

_SOLID = Look()


class Span(NamedTuple):
    """How far a box is from the eye's foot on its plane, and the depths of its nearest and its farthest corner."""

    away: float
    nearest: float
    farthest: float


class NearBox(NamedTuple):
    """A box that is drawn, and its plane."""

    actor: vtkOpenGLActor
    plane: float
    span: Span


@dataclass
class _Kept:
    """An actor and what it shows."""

    drawn: BoxActor
    shown: tuple[int | None, Focus | None] | None = None


class NearBoxes:
    """Chooses them by the view, and keeps the actors of those used last. Without values their cells are blank."""

    def __init__(
        self,
        layout: Layout,
        crowd: Crowd,
        values: Values | None,
        atlas: Atlas | None,
        theme: Theme,
        size: tuple[int, int],
        window: vtkRenderWindow,
        *,
        all_near: bool,
    ) -> None:
        self._layout, self._crowd, self._values, self._theme = layout, crowd, values, theme
        self._size, self._window = size, window
        self._boxes = list(layout.boxes.values())
        self._slim = anisotropy(crowd)
        # From how many pixels a unit on a box is near: where its cells become discs, or its tile's texels pixels.
        self._limit = NEAR_PIXELS[0] / crowd.cell.min(axis=0)
        if atlas is not None:
            texel = (crowd.cell.T * 2.0**atlas.block).max(axis=1)
            whole = (atlas.block == self._slim).all(axis=1) | crowd.blank
            self._limit = np.minimum(self._limit, np.where(whole, np.inf, 1 / texel))
        if all_near:
            self._limit = np.zeros(len(crowd))
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    def stand(
        self, state: State, sight: Sight, computed: Array, samples: int
    ) -> tuple[NDArray[np.bool_], list[NearBox]]:
        """Take what is drawn of a frame: which of the boxes in `sight` are near, and what is drawn of them and flyers.

        Boxes of which parts look different, and those that are away from their places, are near wherever they are.
        """
        place = self._crowd.place
        shifted = {place[id]: shift for id, shift in state.shifts.items()}
        forced = {*shifted, *(place[id] for id, look in state.looks.items() if look.windows)}
        near = (sight.pixels > self._limit[sight.places]) | np.isin(sight.places, list(forced))
        spans = np.stack([sight.away(), sight.nearest, sight.farthest])[:, near].T.tolist()
        found: dict[int, Span | None] = dict(zip(sight.places[near].tolist(), map(Span._make, spans), strict=True))
        # Where it was, a box that is away may be out of the picture, and its alpha says nothing of its windows.
        found |= dict.fromkeys(forced)
        used = []
        for each in sorted(found):
            box, look = self._boxes[each], state.looks.get(self._boxes[each].id, _SOLID)
            if look.alpha <= FAINTEST and not look.windows:
                continue
            kept = self._actor(box.id, box, each)
            if each in shifted:
                box = box.moved(shifted[each])
            kept.drawn.show(look, float(computed[each]))
            kept.drawn.sample(samples)
            span = found[each] or _span(box, sight.view)
            used.append(self._place(kept, box, self._slim[each], state.step, span, sight.view))
        used += self._flyers(state, sight.view, computed, samples)
        while len(self._kept) > max(POOL, len(used)):
            _, old = self._kept.popitem(last=False)
            old.drawn.release(self._window)
        return near, used

    def _flyers(self, state: State, view: View, computed: Array, samples: int) -> list[NearBox]:
        used = []
        alike: Counter[Region] = Counter()
        for flyer in state.flyers:
            alike[flyer.region] += 1
            home, cells = self._layout.find(flyer.region)[0]
            place = self._crowd.place[home.id]
            piece = home.piece(cells)
            kept = self._actor((alike[flyer.region], flyer.region), piece, place, (home, cells))
            kept.drawn.show(Look(flyer.alpha), float(computed[place]))
            kept.drawn.sample(samples)
            box = replace(piece, corner=flyer.corner)
            used.append(self._place(kept, box, self._slim[place], state.step, _span(box, view), view))
        return used

    def _actor(self, key: Hashable, box: Box, place: int, part_of: tuple[Box, Rect] | None = None) -> _Kept:
        """The actor kept under `key`, or a new one for `box`, which is at `place` among all or of the one there."""
        if key not in self._kept:
            blank = bool(self._crowd.blank[place])
            self._kept[key] = _Kept(BoxActor(box, self._theme, self._size, blank=blank, part_of=part_of))
        self._kept.move_to_end(key)
        return self._kept[key]

    def _place(
        self,
        kept: _Kept,
        box: Box,
        slim: NDArray[np.int64],
        step: int,
        span: Span,
        view: View,
    ) -> NearBox:
        """Put an actor where its box stands, and on the card what is seen of the box there."""
        drawn = kept.drawn
        drawn.actor.SetPosition(*box.corner)
        # A cell seen aslant is narrower than one seen from in front.
        aslant = 0.8 * min(abs(view.basis[0][0]), abs(view.basis[1][1]))
        cell = min(box.cell)
        smallest = view.focal / max(span.farthest, 1e-6) * aslant * cell
        if self._values is not None and not drawn.blank:
            focus = focus_on(box, (int(slim[0]), int(slim[1])), view)
            shown = (None if box.kind == "weight" else step, focus)
            if shown != kept.shown:
                kept.shown = shown
                drawn.put(self._values.close_up(drawn.box, step, focus))
        drawn.detail(smallest, view.focal / span.nearest * cell if span.nearest > 0 else np.inf)
        # What begins beside or behind the eye is in the picture only from farther on.
        if span.nearest < 0.01 * span.farthest:
            span = span._replace(nearest=max(span.nearest, visible(box, view)[1] - box.depth))
        return NearBox(drawn.actor, round(box.corner[2], 3), span)


def _span(box: Box, view: View) -> Span:
    (x0, y0, _), (x1, y1, _), eye = box.bounds.low, box.bounds.high, view.eye
    depths = (np.array(box.bounds.corners) - eye) @ -view.basis[2]
    away = np.hypot(max(x0 - eye[0], eye[0] - x1, 0.0), max(y0 - eye[1], eye[1] - y1, 0.0))
    return Span(float(away), float(depths.min()), float(depths.max()))
