"""From a graph to a layout: compose, turn for the frame's shape, give every box its place in space."""

from __future__ import annotations

from render.layout.box import Box, Layout, Orientation
from render.layout.decoder import DecoderComposer
from render.layout.faces import Face
from render.layout.pack import Placed
from render.layout.ribbons import route_ribbons
from render.model import Graph

ASPECT = {"wide": 2.2, "tall": 1.3}
"""The shape, long side by short side, of what a frame leaves between heading and caption."""


def arrange(graph: Graph, orientation: Orientation) -> Layout:
    """Lay the whole model out for a wide frame (stream from left to right) or a tall one (from top to bottom).

    The tall layout is a wide one mirrored on its diagonal, every face transposed.
    """
    composer = DecoderComposer(graph)
    group = composer.compose(ASPECT[orientation])
    boxes: dict[str, Box] = {}
    for placed in group.placed:
        box = _stand(placed, composer.faces[placed.key], orientation, composer.unit)
        boxes[box.id] = box
    ribbons = route_ribbons(graph, boxes, composer.stream, composer.unit, orientation)
    return Layout(graph, orientation, boxes, ribbons, composer.unit, tuple(composer.parts))


def _stand(placed: Placed, face: Face, orientation: Orientation, unit: float) -> Box:
    x, y = placed.x, placed.y
    if orientation == "tall":
        x, y, face = y, x, face.transposed()
    spec = face.spec
    by_rows = face.rows.dim is not None and spec.dims[face.rows.dim] == "t"
    return Box(
        id=face.key,
        tensor=spec.name,
        kind=spec.kind,
        title=spec.title,
        corner=(x, -y, -placed.depth),
        columns=face.columns,
        rows=face.rows,
        fixed=face.fixed,
        depth=1.4 * unit,
        sequence="rows" if by_rows else "columns",
    )
