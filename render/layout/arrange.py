"""From a graph to a layout: compose, fold, turn for the frame's shape, give every box its place in space."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from render.layout.box import Orientation
from render.layout.decoder import DecoderComposer
from render.layout.drawing import Drawing, Stand
from render.layout.fold import fold
from render.layout.layout import Layout
from render.layout.leaves import Leaves
from render.layout.vocabulary import long_dims
from render.model import Graph

ASPECT = {"wide": 2.2, "tall": 1.3}
"""The shape, long side by short side, of what a frame leaves between heading and caption."""

GAP = 10.0
"""How far blocks stand from each other along the stream, in gaps that look small beside the model."""


def arrange(graph: Graph, orientation: Orientation, words: Collection[int] = ()) -> Layout:
    """Lay the whole model out for a wide frame (stream from left to right) or a tall one (from top to bottom).

    The tall layout is a wide one mirrored on its diagonal, every face transposed. Of a vocabulary too long to be
    drawn to scale `words` (token ids) are, and the rest is squeezed. Blocks that are alike are drawn once and repeated.
    """
    leaves = Leaves(graph, long_dims(graph, words))
    composer = DecoderComposer(leaves)
    stretches = composer.stretches()
    berths = fold([stretch.line for stretch in stretches], ASPECT[orientation], GAP * leaves.unit)
    drawn: dict[str, Drawing] = {}
    stands: list[Stand] = []
    for stretch, berth in zip(stretches, berths, strict=True):
        before = stands[-1].outgoing if stands else ""
        if stretch.composed not in drawn:
            drawn[stretch.composed] = Drawing(stretch.line, leaves, composer.stream, before, orientation)
        stands.append(Stand(drawn[stretch.composed], stretch, berth, before, orientation))
    ribbons = list(stands[0].along())
    for one, next_one in pairwise(stands):
        ribbons += [one.joint_to(next_one, leaves.unit), *next_one.along()]
    ribbons += [ribbon for stand in stands for ribbon in stand.feeds()]
    boxes = {box.id: box for stand in stands for box in stand.boxes()}
    parts = tuple(part for stand in stands for part in stand.parts())
    return Layout(graph, orientation, boxes, tuple(ribbons), leaves.unit, parts, leaves.spans)
