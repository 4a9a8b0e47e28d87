"""Pieces that leave their places on the time line."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from render.layout import Bounds, Box, Point, Rect
from render.model import Region
from render.scene import (
    Close,
    Collapse,
    Copy,
    Lift,
    Move,
    Open,
    PutBack,
    ScriptError,
    Selector,
    Stack,
    TimedAction,
    resolve_region,
)
from render.timeline.choreography import Choreography, Timed, ease_of, lasting, passing, time
from render.timeline.draft import Clip
from render.timeline.flights import Piece, pair_pieces
from render.timeline.landing import beside, lined_up, outwards, sign_points
from render.timeline.pieces import Flight, Merge, Return, Shift, Signs, Standing
from render.timeline.state import Operator

FLIGHT, RETURN, MERGE, SPLIT = 1.3, 0.9, 1.1, 0.8
"""Seconds for a piece to get somewhere, to get home, for pieces to become one, and for a box to open or close."""

ARC = 10.0
"""How high pieces fly, in gaps that look small beside the model."""


@time.register
def _(action: Copy, on: Choreography, start: float) -> Timed:
    return _land(action, on, action.what, action.to, start, leaves_gap=False)


@time.register
def _(action: Move, on: Choreography, start: float) -> Timed:
    if action.to is not None:
        return _land(action, on, action.what, action.to, start, leaves_gap=True)
    assert action.beside is not None
    moved = _cells(on, [action.what])
    anchor = on.standing.bounds_of(tuple(on.targets.places([action.beside])))
    whole = Bounds.around(box.around(cells) for box, cells in moved)
    goal = beside(whole.size[:2], anchor, action.side, action.gap, on.layout.unit_of(moved[0][0].tensor))
    way = (goal[0] - whole.low[0], goal[1] - whole.high[1], goal[2] - whole.high[2])
    return _go(action, on, moved, way, start)


@time.register
def _(action: Lift, on: Choreography, start: float) -> Timed:
    return _go(action, on, _cells(on, action.what), outwards(action.side, action.by), start)


@time.register
def _(action: Stack, on: Choreography, start: float) -> Timed:
    found = [face for region in on.targets.regions(action.what) for face in on.standing.faces(region)]
    frames = [Bounds.around(box.around(cells) for box, cells in face) for face in found]
    unit = on.layout.unit_of(found[0][0][0].tensor)
    whole, places = lined_up([frame.size[:2] for frame in frames], action.way, action.gap)
    if action.beside is not None:
        anchor = on.standing.bounds_of(tuple(on.targets.places([action.beside])))
        x, y, z = beside(whole, anchor, action.side, 2 * action.gap, unit)
    else:
        x, y, _ = on.camera.pose(start).target
        x, y, z = x - whole[0] / 2, y + whole[1] / 2, on.standing.bounds.high[2] + 2 * unit
    clips: list[Clip] = []
    rows: list[list[str]] = []
    for face, frame, (right, down) in zip(found, frames, places, strict=True):
        rows.append([])
        for box, cells in face:
            left, top, _ = box.place(cells[0], cells[1])
            goal = (x + right + left - frame.low[0], y - down - (frame.high[1] - top), z)
            name, timed = _fly(action, on, (box, cells), goal, start, action.take)
            clips += timed.clips
            rows[-1].append(name)
    signs = action.signs * (len(rows) - 1) if len(action.signs) == 1 else action.signs
    operators = {}
    for (before, after), sign in zip(itertools.pairwise(rows), signs, strict=False):
        operators[after[0]] = Operator(sign, sign_points(on.row_bounds(before), on.row_bounds(after), action.way))
    stay = lasting if action.take else passing
    clips += stay(action, start, FLIGHT, Signs(operators)).clips
    return Timed(clips, clips[0].end)


@time.register
def _(action: Collapse, on: Choreography, start: float) -> Timed:
    pieces = _standing(on, action.what)
    if not pieces:
        raise ScriptError(
            [(action.where("collapse"), "nothing of this stands anywhere: stack, copy or move it before")]
        )
    into = resolve_region(action.into, on.targets.graph)
    targets = on.standing.find(into)
    goal = on.standing.bounds_of((into,))
    goals: dict[str, Point] = {}
    rows: dict[tuple[object, ...], list[str]] = {}
    for name in pieces:
        region = on.pieces[name].region
        rows.setdefault(on.layout.row(region.tensor, region.ranges), []).append(name)
    x, y, _ = goal.centre
    for row in rows.values():
        (left, _, _), (_, top, _) = on.row_bounds(row).low, on.row_bounds(row).high
        width, height, _ = on.row_bounds(row).size
        for name in row:
            own = on.piece_bounds(name)
            right, down = own.low[0] - left, top - own.high[1]
            goals[name] = (x - width / 2 + right, y + height / 2 - down, goal.high[2] + 0.2)
    filled = {box.id: _computed_up_to(action, on, box, into) for box, _ in targets}
    on.filled |= filled
    for name in pieces:
        del on.pieces[name]
    return lasting(action, start, MERGE, Merge(goals, filled, ease_of(action)))


@time.register
def _(action: Open, on: Choreography, start: float) -> Timed:
    faces = [face for region in on.targets.regions(action.what) for face in on.standing.faces(region)]
    clips = [clip for face in faces for clip in _open(action, on, face, start)]
    return Timed(clips, clips[0].end)


def _open(action: Open, on: Choreography, face: Sequence[Piece], start: float) -> Iterator[Clip]:
    for box, _ in face:
        if box.id not in on.layout.boxes:
            raise ScriptError([(action.where("open"), f"a box of {box.tensor} is open already: close it before")])
    parts = _split(on.layout.face_of(face[0][0]), face)
    if parts is None:
        message = "only whole rows or whole columns stand apart: slice one dimension of it, and not all of it"
        raise ScriptError([(action.where("open"), message)])
    upright, pieces = parts
    unit = on.layout.unit_of(face[0][0].tensor)
    gap = action.gap * unit
    for number, (box, part, side) in enumerate(pieces):
        away = (side * gap, 0.0) if upright else (0.0, -side * gap)
        home = box.place(part[0], part[1], 0.2)
        goal = (home[0] + away[0], home[1] + away[1], home[2] + (2.0 if side == 0 else 1.0) * unit)
        own = f"open {box.id} {number}"
        on.pieces[own] = Standing(box.region(part), home, goal, (box.id, part))
        flight = Flight(own, on.pieces[own], home, goal, 0.0, ease_of(action), left=0.0)
        yield from lasting(action, start, SPLIT, flight).clips


@time.register
def _(action: Close, on: Choreography, start: float) -> Timed:
    found = [box for region in on.targets.regions(action.what) for box, _ in on.layout.find(region)]
    homes = {own.id for box in found for own in on.layout.face_of(box)}
    opened = [name for name in on.pieces if name.startswith("open ") and name.split(" ")[1] in homes]
    if not opened:
        raise ScriptError([(action.where("close"), "nothing of this is open")])
    return _send_home(action, on, opened, SPLIT, start)


@time.register
def _(action: PutBack, on: Choreography, start: float) -> Timed:
    pieces = _standing(on, action.what)
    boxes = {box.id for box, _ in _cells(on, action.what)}
    shifts = {id: (shift, (0.0, 0.0, 0.0)) for id, shift in on.shifts.items() if id in boxes}
    if not pieces and not shifts:
        raise ScriptError([(action.where("put_back"), "nothing of this is away from its place")])
    on.shifts = {id: shift for id, shift in on.shifts.items() if id not in shifts}
    timed = _send_home(action, on, pieces, RETURN, start)
    return Timed([*timed.clips, *lasting(action, start, RETURN, Shift(shifts, ease_of(action))).clips], timed.end)


def _cells(on: Choreography, what: Iterable[Selector]) -> list[Piece]:
    """The rectangles of boxes that selectors mean, where they stand now."""
    return [found for region in on.targets.regions(what) for found in on.standing.find(region)]


def _standing(on: Choreography, what: Iterable[Selector]) -> list[str]:
    """The pieces away from home that selectors mean."""
    regions = on.targets.places(what)
    return [name for name, piece in on.pieces.items() if any(region.contains(piece.region) for region in regions)]


def _land(action: TimedAction, on: Choreography, what: Selector, to: Selector, start: float, leaves_gap: bool) -> Timed:
    """Fly onto the cells of another region."""
    sources = on.standing.find(resolve_region(what, on.targets.graph))
    goals = on.standing.find(resolve_region(to, on.targets.graph))
    pairs = pair_pieces(sources, goals)
    if pairs is None:
        raise ScriptError(
            [(action.where("to"), "these cells are in several boxes that do not match: move them one by one")]
        )
    lift = (2.0 + 1.5 * on.landed) * on.layout.unit_of(goals[0][0].tensor)
    on.landed += 1
    clips = []
    for piece, (x, y, z) in pairs:
        clips += _fly(action, on, piece, (x, y, z + lift), start, leaves_gap)[1].clips
    return Timed(clips, clips[0].end)


def _go(action: TimedAction, on: Choreography, moved: Iterable[Piece], way: Point, start: float) -> Timed:
    """Move pieces the same way: whole boxes shift, parts of boxes fly."""
    shifts: dict[str, tuple[Point, Point]] = {}
    clips = []
    for box, cells in moved:
        if cells == box.whole and box.id in on.layout.boxes:
            now = on.shifts.get(box.id, (0.0, 0.0, 0.0))
            on.shifts[box.id] = (now[0] + way[0], now[1] + way[1], now[2] + way[2])
            shifts[box.id] = (now, on.shifts[box.id])
        else:
            x, y, z = box.place(cells[0], cells[1])
            goal = (x + way[0], y + way[1], z + way[2])
            clips += _fly(action, on, (box, cells), goal, start, leaves_gap=True)[1].clips
    timed = lasting(action, start, FLIGHT, Shift(shifts, ease_of(action)))
    return Timed([*timed.clips, *clips], timed.end)


def _fly(
    action: TimedAction, on: Choreography, piece: Piece, goal: Point, start: float, leaves_gap: bool
) -> tuple[str, Timed]:
    """Let a piece fly, from where it stands if it is away already; and what it is called from then on."""
    box, cells = piece
    if box.id not in on.layout.boxes and leaves_gap and cells != box.whole:
        message = f"these are cells of a piece of {box.tensor} that is away already: put it back before"
        raise ScriptError([(action.where(), message)])
    region = box.region(cells)
    here = box.place(cells[0], cells[1], 0.2)
    known = next((name for name, own in on.pieces.items() if own.region == region and own.gap is not None), None)
    if known is not None and leaves_gap:
        before = on.pieces[known]
        name, standing = known, Standing(region, before.home, goal, before.gap)
        here = before.corner
    else:
        on.named += 1
        name = f"piece {on.named}"
        standing = Standing(region, here, goal, (box.id, cells) if leaves_gap else None)
    on.pieces[name] = standing
    flight = Flight(name, standing, here, goal, ARC * on.layout.unit_of(box.tensor), ease_of(action))
    return name, (lasting if leaves_gap else passing)(action, start, FLIGHT, flight)


def _send_home(action: TimedAction, on: Choreography, names: Iterable[str], usual: float, start: float) -> Timed:
    pieces: Mapping[str, Standing] = {name: on.pieces.pop(name) for name in names}
    return lasting(action, start, usual, Return(pieces, ease_of(action)))


def _split(row: Sequence[Box], face: Sequence[Piece]) -> tuple[bool, list[tuple[Box, Rect, int]]] | None:
    """A face, made of the boxes in `row`, cut at some of its columns (or rows): whether at columns, and each part with
    its side of the cut. None where the cells are neither whole columns nor whole rows, or all there are."""
    chosen = {box.id: cells for box, cells in face}
    missing = len(chosen) < len(row)
    along_columns = row[0].columns != row[-1].columns
    upright = any((c0, c1) != (0, box.width) for box, (c0, _, c1, _) in face) or (missing and along_columns)
    level = any((r0, r1) != (0, box.height) for box, (_, r0, _, r1) in face) or (missing and not along_columns)
    if upright == level:
        return None
    parts: list[tuple[Box, Rect, int]] = []
    side = -1
    for box in row:
        if box.id not in chosen:
            parts.append((box, box.whole, side))
            continue
        side = 1
        c0, r0, c1, r1 = chosen[box.id]
        before: Rect = (0, 0, c0, r1)
        after: Rect = (c1, 0, box.width, r1)
        if level:
            before, after = (0, 0, c1, r0), (0, r1, c1, box.height)
        parts += [(box, before, -1), (box, chosen[box.id], 0), (box, after, 1)]
    return upright, [(box, part, side) for box, part, side in parts if part[2] > part[0] and part[3] > part[1]]


def _computed_up_to(action: Collapse, on: Choreography, box: Box, into: Region) -> float:
    """What fraction of a box is computed once `into` is. Raises ScriptError where that would leave a hole."""
    spec = on.targets.graph[into.tensor]
    if "t" not in spec.dims:
        return 1.0
    first, last = into.ranges[spec.dims.index("t")]
    n_tokens = on.trace.graph.of_model(box.tensor).n_tokens
    known = on.filled.get(box.id, 0.0) * n_tokens
    if first > known + 1e-6:
        message = f"positions before {first} of {into.tensor} are not computed yet: fill them before"
        raise ScriptError([(action.where("into"), message)])
    return max(on.filled.get(box.id, 0.0), last / n_tokens)
