"""A line's boxes and ribbons, drawn once, and the places where it stands: blocks that are alike are one drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from render.layout.box import Box, Orientation, Point
from render.layout.decoder import Stretch
from render.layout.faces import Face
from render.layout.fold import Berth, Line
from render.layout.layout import Ribbon
from render.layout.leaves import Leaves
from render.layout.pack import Placed
from render.layout.ribbons import Place, Router, joint


class Drawing:
    """The boxes of one line and the ribbons along it, as if its top left corner were the origin.

    incoming, outgoing: the tensor of the stream that comes in from the line before, and the line's last of it
    entrance, exit:     what stands first and last on the stream, in the wide layout's directions
    """

    def __init__(
        self, line: Line, leaves: Leaves, stream: Sequence[str], incoming: str, orientation: Orientation
    ) -> None:
        graph, axis = leaves.graph, -line.axis
        self.incoming, self.parts = incoming, line.parts
        shown = [(placed, leaves.faces[placed.key]) for placed in line.group.placed]
        self.boxes = [_box(placed, face, orientation) for placed, face in shown]
        found = _places(shown)
        places = {name: found[name] for name in graph if name in found}
        router = Router(graph, places, stream, axis, leaves.unit)
        self.along = [_turned(ribbon, orientation) for ribbon in router.along_stream()]
        self.feeds = [_turned(ribbon, orientation) for ribbon in router.feeds(incoming)]
        own = [name for name in stream if name in places]
        readers = [
            name for name in places if graph[name].kind == "activation" and incoming in graph.operand_names(name)
        ]
        self.outgoing = own[-1] if own else ""
        self.exit = places[own[-1] if own else readers[-1]][0]
        self.entrance = next(p for name in own or readers for p in places[name] if p.bottom <= axis <= p.top)


@dataclass(frozen=True)
class Stand:
    """Where a drawing stands, and which stretch of the model it is there; `incoming` comes in from the one before."""

    drawing: Drawing
    stretch: Stretch
    berth: Berth
    incoming: str
    orientation: Orientation

    @property
    def outgoing(self) -> str:
        """The last tensor of the stream here."""
        return self._named(self.drawing.outgoing)

    def boxes(self) -> Iterator[Box]:
        """The drawing's boxes, in this place and under the names that they have here."""
        dx, dy, _ = self._shift
        for box in self.drawing.boxes:
            (x, y, z), tensor = box.corner, self._named(box.tensor)
            yield Box(
                tensor + box.id[len(box.tensor) :],
                tensor,
                box.kind,
                box.title,
                (x + dx, y + dy, z),
                box.columns,
                box.rows,
                box.fixed,
                box.depth,
                box.sequence,
                box.cell,
            )

    def parts(self) -> Iterator[tuple[str, ...]]:
        """The ids of the boxes that are read together."""
        for part in self.drawing.parts:
            yield tuple(self._named(key) for key in part)

    def along(self) -> Iterator[Ribbon]:
        """The stream in this place."""
        return self._standing(self.drawing.along)

    def feeds(self) -> Iterator[Ribbon]:
        """The other ribbons, in this place, between the boxes that are there."""
        return self._standing(self.drawing.feeds)

    def _standing(self, drawn: Iterable[Ribbon]) -> Iterator[Ribbon]:
        dx, dy, _ = self._shift
        for ribbon in drawn:
            points = tuple((x + dx, y + dy, z) for x, y, z in ribbon.points)
            ends = self._named(ribbon.source), self._named(ribbon.target)
            yield Ribbon(*ends, ribbon.kind, points, ribbon.width, ribbon.arrow)

    def joint_to(self, after: Stand, unit: float) -> Ribbon:
        """The stream from here to where the next line stands."""
        ribbon = _turned(
            joint(self.drawing.exit, after.drawing.entrance, self.berth, after.berth, unit), self.orientation
        )
        ends = self._named(ribbon.source), after._named(ribbon.target)
        return Ribbon(*ends, ribbon.kind, ribbon.points, ribbon.width, ribbon.arrow)

    @property
    def _shift(self) -> Point:
        return _turn((self.berth.x, -self.berth.y, 0.0), self.orientation)

    def _named(self, id: str) -> str:
        """What a box or a tensor of the drawing is called here."""
        if id == self.drawing.incoming:
            return self.incoming
        composed, here = self.stretch.composed, self.stretch.module
        return f"{here}{id[len(composed) :]}" if composed != here and id.startswith(f"{composed}.") else id


def _box(placed: Placed, face: Face, orientation: Orientation) -> Box:
    spec = face.spec
    corner = _turn((placed.x, -placed.y, -placed.depth), orientation)
    face = face if orientation == "wide" else face.transposed()
    by_rows = face.rows.dim is not None and spec.dims[face.rows.dim] == "t"
    return Box(
        id=face.key,
        tensor=spec.name,
        kind=spec.kind,
        title=spec.title,
        corner=corner,
        columns=face.columns,
        rows=face.rows,
        fixed=face.fixed,
        depth=placed.thick,
        sequence="rows" if by_rows else "columns",
        cell=face.cell,
    )


def _places(shown: Iterable[tuple[Placed, Face]]) -> dict[str, list[Place]]:
    """The places of each tensor's faces."""
    pieces: dict[str, dict[str, list[Placed]]] = {}
    kinds = {}
    for placed, face in shown:
        pieces.setdefault(face.spec.name, {}).setdefault(face.whole, []).append(placed)
        kinds[face.spec.name] = face.spec.kind
    return {name: [Place.of(own, kinds[name]) for own in faces.values()] for name, faces in pieces.items()}


def _turn(point: Point, orientation: Orientation) -> Point:
    """A point of the wide layout in this one: mirrored on the diagonal where that is tall."""
    x, y, z = point
    return point if orientation == "wide" else (-y, -x, z)


def _turned(ribbon: Ribbon, orientation: Orientation) -> Ribbon:
    points = tuple(_turn(point, orientation) for point in ribbon.points)
    return Ribbon(ribbon.source, ribbon.target, ribbon.kind, points, ribbon.width, ribbon.arrow)
