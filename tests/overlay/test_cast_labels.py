"""Words beside the members of a cast: each has its own tokens, its own parts, and says whether it has weights."""

from __future__ import annotations

from dataclasses import replace

import large
import pytest
from large import TALL, WIDE

from render.layout import Layout, line_up
from render.model import GPT2Config, Model, Region, Run
from render.model.cast import perform
from render.overlay import names
from render.overlay.compositor import Overlay
from render.overlay.item import Item
from render.theme import THEMES
from render.timeline import Look, Pose, Section, State, frame_points

LEAD, OTHER = ["the", "capital", "of", "France", "is"], ["a", "river", "lies", "on", "it"]


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    model = large.run(2, 200).model
    other = model.run(model.encode(" ".join(OTHER)), n_steps=1)
    broad = GPT2Config(n_layer=2, n_head=4, n_embd=192, vocab_size=300, block_size=16)
    return {"": large.run(2, 200), "other": other, "shape": Model.blank("shape", broad).outline(6)}


@pytest.fixture(scope="module")
def together(runs: dict[str, Run]) -> Run:
    return perform(runs[""], {name: run for name, run in runs.items() if name})


@pytest.fixture(scope="module", params=[WIDE, TALL], ids=["wide", "tall"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    found: tuple[int, int] = request.param
    return found


@pytest.fixture(scope="module")
def layout(size: tuple[int, int], together: Run, runs: dict[str, Run]) -> Layout:
    orientation = "wide" if size == WIDE else "tall"
    return line_up(together.graph, {name: large.layout(run, orientation) for name, run in runs.items()})


@pytest.fixture(scope="module")
def overlay(size: tuple[int, int], layout: Layout, together: Run) -> Overlay:
    return Overlay(layout, together, THEMES["light"], size)


def view(layout: Layout, size: tuple[int, int], *ids: str, zoom: float = 1.0) -> State:
    boxes = [layout.boxes[id] for id in ids] or list(layout.boxes.values())
    corners = [corner for box in boxes for corner in box.bounds.corners]
    pose = frame_points(corners, size[0] / size[1], -6.0, 6.0, zoom)
    return State(pose, filled=dict.fromkeys(layout.boxes, 1.0))


def of_member(layout: Layout, member: str) -> list[str]:
    return [id for id, box in layout.boxes.items() if layout.graph.whose(box.tensor)[0] == member]


def texts(items: list[Item], name: str) -> list[str]:
    return [word.shaped.text for item in items if item.name == name and item.alpha > 0.5 for word in item.letters]


@pytest.mark.parametrize("member", ["", "other"])
def test_the_words_along_a_box_are_those_that_its_model_reads(
    overlay: Overlay, layout: Layout, size: tuple[int, int], member: str
) -> None:
    id = f"{member}.tokens" if member else "tokens"
    found = texts(overlay.place(view(layout, size, id, zoom=0.5)), "label")
    own, others = (LEAD, OTHER) if not member else (OTHER, LEAD)
    assert [word for word in found if word in own][:5] == own
    assert not [word for word in found if word in others]


def test_a_model_without_weights_has_no_words_along_its_boxes(
    overlay: Overlay, layout: Layout, size: tuple[int, int]
) -> None:
    found = texts(overlay.place(view(layout, size, "shape.embed", zoom=0.5)), "label")
    assert found and not {*LEAD, *OTHER, "0"} & set(found)


def test_every_member_has_parts_of_its_own(together: Run, runs: dict[str, Run]) -> None:
    for member, run in runs.items():
        prefix = f"{member}." if member else ""
        alone, found = names.sections(run.graph), names.sections(together.graph, member)
        assert [part.title for part in found] == [part.title for part in alone]
        for one, other in zip(found, alone, strict=True):
            assert one.all_tensors == tuple(prefix + name for name in other.all_tensors)
        assert {name for part in found for name in part.all_tensors} <= set(together.graph)


def test_a_member_by_itself_has_the_names_of_its_parts(overlay: Overlay, layout: Layout, size: tuple[int, int]) -> None:
    ids = of_member(layout, "other")
    hidden = {id: Look(0.0) for id in layout.boxes if id not in ids}
    found = texts(overlay.place(replace(view(layout, size, *ids), looks=hidden)), "label")
    assert sorted(found) == ["Block 1", "Block 2", "Embedding", "Output"]


def test_the_note_names_those_in_the_picture_that_have_no_weights(
    overlay: Overlay, layout: Layout, size: tuple[int, int]
) -> None:
    near = frame_points(layout.boxes["h.0.mlp.c_fc.weight"].bounds.corners, size[0] / size[1], 0.0, 0.0, 2.0)
    words = ["Shape only, cells left blank: shape"]
    assert texts(overlay.place(view(layout, size)), "note") == words
    assert texts(overlay.place(view(layout, size, *of_member(layout, "shape"))), "note") == words
    assert texts(overlay.place(State(near)), "note") == []
    assert texts(overlay.place(State(Pose((1e7, 0.0, 0.0), 50.0))), "note") == []


@pytest.mark.parametrize("member", ["other", "shape"])
def test_a_title_is_as_large_beside_a_member_as_beside_the_model_alone(
    overlay: Overlay, layout: Layout, size: tuple[int, int], runs: dict[str, Run], member: str
) -> None:
    orientation = "wide" if size == WIDE else "tall"
    own = large.layout(runs[member], orientation)
    alone = Overlay(own, runs[member], THEMES["light"], size)
    ids = [id for id, box in own.boxes.items() if box.tensor.startswith("h.0.attn.")]
    heights = []
    for painter, place, prefix in ((alone, own, ""), (overlay, layout, f"{member}.")):
        regions = tuple(
            Region(name, tuple((0, n) for n in place.graph[name].shape))
            for name in dict.fromkeys(place.boxes[prefix + id].tensor for id in ids)
        )
        shown = view(place, size, *(prefix + id for id in ids), zoom=0.8)
        shown = replace(shown, marks=(Section("Self", regions),))
        (title,) = [item for item in painter.place(shown) if item.name == "section"]
        heights.append((title.area.width, title.area.height))
    assert heights[1] == pytest.approx(heights[0], rel=0.02)
