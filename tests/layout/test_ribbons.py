from __future__ import annotations

import itertools

import numpy as np
import pytest
from decoders import graph_of, llama_of

from render.layout import Bounds, Box, Layout, Point, Ribbon, arrange
from render.model import Graph

SMALL = graph_of(3, 2, 24, 5, 6)


@pytest.fixture(
    scope="module",
    params=["nano wide", "nano tall", "other wide", "other tall", "tied", "no biases", "Llama wide", "Llama tall"],
)
def layout(request: pytest.FixtureRequest) -> Layout:
    match request.param.split():
        case ["nano", side]:
            found: Layout = request.getfixturevalue(f"nano_{side}")
            return found
        case ["other", side]:
            return arrange(SMALL, side)
        case ["Llama", side]:
            return arrange(llama_of(5, (6, 2), 16, 48, 100, 3_000, 7), side, {5, 6, 700, 2_999})
        case ["tied"]:
            return arrange(graph_of(1, 4, 32, 20, 9, tied=True), "wide")
        case _:
            return arrange(graph_of(5, 1, 16, 4, 3, bias=False), "wide")


def pieces(ribbon: Ribbon) -> list[tuple[Bounds, Point, Point]]:
    """The rectangle of each straight piece with its breadth (z aside), and the points that it joins."""
    found = []
    for p, q in itertools.pairwise(ribbon.points):
        across = [ribbon.width / 2 if abs(p[i] - q[i]) < 1e-9 else 0.0 for i in (0, 1)]
        x0, y0 = (min(p[i], q[i]) - across[i] for i in (0, 1))
        x1, y1 = (max(p[i], q[i]) + across[i] for i in (0, 1))
        found.append((Bounds((x0, y0, -1e9), (x1, y1, 1e9)), p, q))
    return found


def depths(p: Point, q: Point, box: Bounds) -> tuple[float, float]:
    """The least and the greatest z of the straight piece from `p` to `q` where it crosses `box`."""
    i = 0 if abs(p[0] - q[0]) > abs(p[1] - q[1]) else 1
    shares = [min(1.0, max(0.0, (edge[i] - p[i]) / (q[i] - p[i]))) for edge in (box.low, box.high)]
    z = sorted(p[2] + share * (q[2] - p[2]) for share in shares)
    return z[0], z[1]


def branch(name: str) -> str:
    """The part of a block that a tensor belongs to: h.0.attn, ln_f."""
    parts = name.split(".")
    return ".".join(parts[:3] if parts[0] == "h" and len(parts) > 3 else parts[: 2 if parts[0] == "h" else 1])


def touches(box: Box, point: tuple[float, float, float]) -> bool:
    low, high = box.bounds.low, box.bounds.high
    return all(low[i] - 1e-6 <= point[i] <= high[i] + 1e-6 for i in range(3))


def is_stream(graph: Graph, name: str) -> bool:
    return name == "embed" or name.rsplit(".", 1)[-1] in ("resid_attn", "resid")


def test_ribbons_run_straight_and_have_a_length(layout: Layout) -> None:
    for ribbon in layout.ribbons:
        assert ribbon.width > 0
        for p, q in itertools.pairwise(ribbon.points):
            moved = [abs(p[i] - q[i]) > 1e-9 for i in (0, 1)]
            assert sum(moved) == 1, f"{ribbon.source} -> {ribbon.target} is askew or stands still"


def test_a_ribbon_ends_at_its_box(layout: Layout) -> None:
    for ribbon in layout.ribbons:
        assert touches(layout.boxes[ribbon.target], ribbon.points[-1]), (ribbon.source, ribbon.target)


def test_a_ribbon_begins_at_its_box_or_at_the_stream_that_leaves_it(layout: Layout) -> None:
    for ribbon in layout.ribbons:
        source, start = layout.boxes[ribbon.source], ribbon.points[0]
        if is_stream(layout.graph, source.tensor):
            bands = [rect for r in layout.ribbons if r.source == ribbon.source for rect, _, _ in pieces(r)]
            on_band = any(all(rect.low[i] - 1e-6 <= start[i] <= rect.high[i] + 1e-6 for i in (0, 1)) for rect in bands)
            assert touches(source, start) or on_band, (ribbon.source, ribbon.target)
        else:
            assert touches(source, start), (ribbon.source, ribbon.target)


def test_ribbons_follow_the_graph(layout: Layout) -> None:
    """The source is read by the target, or by what the target (a weight in the way) is multiplied into."""
    graph = layout.graph
    for ribbon in layout.ribbons:
        source, target = layout.boxes[ribbon.source].tensor, layout.boxes[ribbon.target].tensor
        reading = (target, *(name for name in graph.readers(target) if graph[target].kind == "weight"))
        read = {operand for name in reading for operand in graph.operand_names(name)}
        of_stream = is_stream(graph, source) and is_stream(graph, target)
        assert source in read or of_stream, f"{source} -> {target}"
        assert ribbon.kind == graph[source].kind


def test_everything_computed_is_fed(layout: Layout) -> None:
    """Every activation is led to, itself or through the weights that make it; all that is not drawn is not touched."""
    graph = layout.graph
    fed = {layout.boxes[ribbon.target].tensor for ribbon in layout.ribbons}
    for name, spec in graph.items():
        if spec.kind == "activation" and graph.operand_names(name):
            weights = {operand for operand in graph.operand_names(name) if graph[operand].kind == "weight"}
            assert name in fed or weights & fed, name


def test_heads_are_fed_one_by_one(nano: Layout) -> None:
    for tensor, source in (("att", "q"), ("att_softmax", "att"), ("y", "att_softmax")):
        for h, box in enumerate(nano.of_tensor(f"h.1.attn.{tensor}")):
            sources = [r.source for r in nano.ribbons if r.target == box.id]
            own = nano.of_tensor(f"h.1.attn.{source}")[h].id
            assert own in sources
            assert not {other.id for other in nano.of_tensor(f"h.1.attn.{source}")} - {own} & set(sources)


def test_the_stream_is_one_line(layout: Layout) -> None:
    stream = [box.id for name in layout.graph if is_stream(layout.graph, name) for box in layout.of_tensor(name)]
    links = [(r.source, r.target) for r in layout.ribbons if r.source in stream and r.target in stream]
    assert links == list(itertools.pairwise(stream))


def test_no_ribbon_runs_over_a_stranger(nano: Layout) -> None:
    """In the plane of a box no ribbon covers its face, and none passes behind one of another branch of the model."""
    ids = list(nano.boxes)
    low = np.array([nano.boxes[id].bounds.low for id in ids])
    high = np.array([nano.boxes[id].bounds.high for id in ids])
    strangers, covered = set(), set()
    for ribbon in nano.ribbons:
        source, target = nano.boxes[ribbon.source], nano.boxes[ribbon.target]
        family = {branch(source.tensor), branch(target.tensor)}
        operands = set(nano.graph.operand_names(target.tensor))
        for rect, p, q in pieces(ribbon):
            over = (np.array(rect.low) + 1e-6 < high) & (low < np.array(rect.high) - 1e-6)
            for i in np.flatnonzero(over.all(axis=1)):
                crossed = nano.boxes[ids[i]]
                deepest, nearest = depths(p, q, crossed.bounds)
                level = deepest < high[i, 2] + 2 * crossed.depth and nearest > low[i, 2]
                if crossed.id in (ribbon.source, ribbon.target) or not level:
                    continue
                if branch(crossed.tensor) not in family and crossed.tensor not in operands:
                    strangers.add((ribbon.source, ribbon.target, crossed.id))
                if nearest > high[i, 2]:
                    covered.add((ribbon.source, ribbon.target, crossed.id))
    assert not strangers
    assert not covered
