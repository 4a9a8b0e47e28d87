"""A run of a small model with random weights, its layouts, and states that a film of it could show."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from render.layout import Layout, Orientation, arrange
from render.model import GPT2Config, LetterTokenizer, Model, Region, Run, explain, general, operands
from render.overlay.compositor import Overlay
from render.theme import THEMES
from render.timeline import (
    Bars,
    Beside,
    Bracket,
    Caption,
    Card,
    Chart,
    Definition,
    Heading,
    Label,
    Outline,
    Progress,
    Section,
    Sign,
    State,
    Tableau,
    Thread,
    TokenRow,
    frame_points,
)
from render.timeline.working import columns_for, work_out

SIZES = ((1920, 1080), (1280, 720), (640, 360), (1080, 1920), (1080, 1080), (2560, 1080))

SAY = "Each query is a *dot product*: one row of the weights, one column of $x_t$, 48 products and a bias."


@cache
def run() -> Run:
    config = GPT2Config(n_layer=2, n_head=3, n_embd=24, vocab_size=3, block_size=11)
    model = Model("small", config, config.initial_weights(seed=1), LetterTokenizer("ABC"))
    return model.run(model.encode("CBABBC"), n_steps=6)


@cache
def layout(orientation: Orientation = "wide") -> Layout:
    return arrange(run().graph, orientation)


def layout_for(size: tuple[int, int]) -> Layout:
    return layout("wide" if size[0] >= size[1] else "tall")


@cache
def overlay(size: tuple[int, int], theme: str = "light", *, transparent: bool = False) -> Overlay:
    return Overlay(layout_for(size), run(), THEMES[theme], size, transparent=transparent)


def whole(name: str) -> Region:
    """All of a tensor."""
    return Region(name, tuple((0, size) for size in run().graph[name].shape))


def token_row(n: int = 7, arriving: float = 1.0, capacity: int = 12) -> TokenRow:
    ids = run().tokens[:n]
    return TokenRow(tuple("ABC"[i] for i in ids), ids, 6, arriving, capacity)


def state(
    size: tuple[int, int],
    *names: str,
    azimuth: float = -16.0,
    elevation: float = 12.0,
    zoom: float = 1.0,
    **parts: object,
) -> State:
    """All computed, with everything that a frame can have at its head and foot, and a view of the tensors `names`."""
    place = layout_for(size)
    regions = tuple(whole(name) for name in names or run().graph)
    pose = frame_points(place.bounds_of(regions).corners, size[0] / size[1], azimuth, elevation, zoom)
    usual = {
        "step": 1,
        "filled": dict.fromkeys(place.boxes, 1.0),
        "caption": Caption(SAY),
        "heading": Heading("Self-attention", "Block 1, head 2 of 3"),
        "tokens": token_row(),
        "progress": Progress(2, 4),
    }
    return State(pose, **{**usual, **parts})  # type: ignore[arg-type]


def explained(name: str, products: int = 3, **index: int) -> dict[str, object]:
    """The card of a cell, with its operands outlined and tied to it."""
    trace = run().steps[1]
    spec = run().graph[name]
    formula = explain(trace, name, index, products)
    inputs = operands(spec.formula, spec.at(spec.locate(index)), trace) if spec.formula else ()
    outlines = (*(Outline(region, "operand") for region in inputs), Outline(formula.result, "result"))
    threads = tuple(Thread(region, formula.result, run().graph[region.tensor].kind) for region in inputs)
    return {"card": Card(formula), "outlines": outlines, "threads": threads}


def defined(name: str) -> dict[str, object]:
    """The card that defines a tensor, the tensor outlined."""
    return {
        "definition": Definition(whole(name), general(run().graph, name)),
        "outlines": (Outline(whole(name), "focus"),),
    }


def chart(name: str = "probs", t: int = 5) -> Chart:
    region = Region(name, ((t, t + 1), (0, 3)))
    values = tuple(float(value) for value in run().steps[1][name][t])
    bars = Bars(("A", "B", "C"), values, (0.0, 1.0), shares=True, marked=values.index(max(values)))
    return Chart(0, "The next letter", (region,), region, bars)


def worked_out(size: tuple[int, int], stage: int, *names: str, result: Region, progress: float = 1.0) -> State:
    """A view of the tensors `names` while `result` is worked out."""
    working = work_out(run().steps[1], result, columns_for(size[0] / size[1]))
    seen = state(size, *names)
    outlines = (*(Outline(region, "operand") for region in working.operands), Outline(result, "result"))
    return replace(seen, tableau=Tableau(working, stage, progress, seen.pose), outlines=outlines)


def titles() -> tuple[Section, ...]:
    graph = run().graph
    attention, mlp = (tuple(whole(name) for name in graph.module(part)) for part in ("h.0.attn", "h.0.mlp"))
    return Section("Self-attention", attention), Section("The *MLP*", mlp)


def signs() -> tuple[Sign, ...]:
    wte, wpe, embed = ((whole(name),) for name in ("wte.weight", "wpe.weight", "embed"))
    return Sign("+", (wte, wpe)), Sign("=", (wpe, embed))


def beside(size: tuple[int, int], name: str, **parts: object) -> State:
    """Narration beside a tensor, placed for the state's own pose."""
    shown = state(size, name, zoom=0.5, **parts)
    return replace(shown, caption=Caption(SAY, beside=Beside((whole(name),), shown.pose, (SAY,))))


def states(size: tuple[int, int]) -> dict[str, State]:
    """States far and near, plain and full, by what they show."""
    head = ("h.0.attn.q", "h.0.attn.k", "h.0.attn.att")
    return {
        "model": state(size),
        "model from the right": state(size, azimuth=30, elevation=25),
        "block": state(size, *run().graph.module("h.0")),
        "attention": state(size, *run().graph.module("h.0.attn")),
        "scores": state(size, *head, **explained("h.0.attn.att", h=0, t=5, s=2)),
        "embedding": state(size, "wte.weight", "wpe.weight", "embed", **explained("embed", t=3, c=7)),
        "query": state(size, "h.0.attn.q", "h.0.ln_1.out", zoom=0.7, **explained("h.0.attn.q", h=0, t=3, a=2)),
        "all products": state(size, "h.1.mlp.out", **explained("h.1.mlp.out", 96, t=2, c=3)),
        "spread": state(size, "h.0.ln_1.std", zoom=0.7, **explained("h.0.ln_1.std", t=2)),
        "share": state(size, *head, **explained("h.0.attn.att_softmax", h=1, t=4, s=2)),
        "score formula": state(size, *head, **defined("h.0.attn.att")),
        "key formula": state(size, "h.0.attn.k", zoom=0.7, **defined("h.0.attn.k")),
        "norm formula": state(size, "h.0.ln_1.std", zoom=0.7, **defined("h.0.ln_1.std")),
        "prediction": state(size, "logits", "probs", zoom=0.7, charts=(chart(),)),
        "remark": state(size, "wte.weight", zoom=0.6, labels=(Label(whole("wte.weight"), "one column per letter"),)),
        "sum": worked_out(size, 3, "h.0.attn.q", result=Region.of_cell("h.0.attn.q", (0, 3, 2))),
        "products": worked_out(size, 4, "h.0.mlp.out", result=Region.of_cell("h.0.mlp.out", (3, 2))),
        "row": worked_out(size, 2, "h.0.ln_1.out", result=Region("h.0.ln_1.out", ((3, 4), (0, 24)))),
        "rows": worked_out(size, 2, "h.0.attn.y", result=Region("h.0.attn.y", ((5, 6), (0, 8)))),
        "worked out": worked_out(size, -2, "logits", result=Region.of_cell("logits", (5, 0))),
        "brackets": state(
            size, "wte.weight", "embed", zoom=0.7, marks=(Bracket(whole("wte.weight")), Bracket(whole("embed")))
        ),
        "heads in brackets": state(size, "h.0.attn.q", zoom=0.6, azimuth=-25, marks=(Bracket(whole("h.0.attn.q")),)),
        "titles": state(size, *run().graph.module("h.0"), zoom=0.9, marks=titles()),
        "signs": state(size, "wte.weight", "wpe.weight", "embed", zoom=0.8, marks=signs()),
        "beside": beside(size, "h.0.attn.att"),
        "beside a chart": beside(size, "probs", charts=(chart(),)),
        "near": state(size, "h.0.attn.v", zoom=1.6, azimuth=0, elevation=0),
        "arriving": state(size, "embed", tokens=token_row(8, 0.4)),
        "long words": state(
            size, "embed", caption=Caption(3 * SAY), heading=Heading(3 * "A long chapter ", 9 * "far ")
        ),
    }
