"""Pictures of models with many blocks, many words, or without weights."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from large import TALL, WIDE, blank, labels, layout, overlay, run, state

from render.overlay.faces import Faces
from render.overlay.sight import Sight
from render.timeline import Look, Pose


def texts(items: list) -> list[str]:
    return [lettering.shaped.text for item in items for lettering in item.letters]


# --- blocks in rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [WIDE, TALL])
def test_blocks_in_rows_are_numbered_in_their_order(size: tuple[int, int]) -> None:
    own = run()
    found = texts(labels(own, size, state(own, size)))
    numbers = [text.removeprefix("Block ") for text in found if text not in ("Embedding", "Output")]
    assert sorted(numbers, key=int) == [str(i + 1) for i in range(12)], "each once, and nothing else"


@pytest.mark.parametrize("size", [WIDE, TALL])
def test_a_number_stands_in_its_own_block(size: tuple[int, int]) -> None:
    own = run()
    shown = state(own, size)
    place = layout(own, "wide" if size == WIDE else "tall")
    sight = Sight(Faces(place), place, own, shown, size)
    middles = {}
    for i in range(12):
        boxes = [sight.faces.index[box.id] for name in own.graph.module(f"h.{i}") for box in place.of_tensor(name)]
        areas = sight.areas[boxes]
        middles[i] = (areas[:, :2].min(axis=0) + areas[:, 2:].max(axis=0)) / 2
    for item in labels(own, size, shown):
        number = item.letters[0].shaped.text.removeprefix("Block ")
        if number.isdigit():
            apart = {i: float(np.hypot(*(np.array(item.area.centre) - middle))) for i, middle in middles.items()}
            assert min(apart, key=lambda i: apart[i]) == int(number) - 1


# --- long vocabularies ------------------------------------------------------------------------------------------


def runs(own_layout, tensor: str) -> list:  # type: ignore[no-untyped-def]
    return [box for box in own_layout.of_tensor(tensor) if box.squeezed]


def test_runs_of_words_say_how_many_they_hold() -> None:
    own = run()
    place = layout(own)
    held = {f"{box.width:,} more words" for box in runs(place, "logits")}
    assert held, "the vocabulary is long enough to be squeezed"
    largest = max(runs(place, "logits"), key=lambda box: box.width)
    found = texts(labels(own, WIDE, state(own, WIDE, largest.id, zoom=0.8)))
    assert f"{largest.width:,} more words" in found
    assert {text for text in found if "more word" in text} <= held


def test_the_title_of_a_cut_up_face_stands_there_once() -> None:
    own = run()
    place = layout(own)
    boxes = [box.id for box in place.of_tensor("logits")]
    assert len(boxes) > 3
    assert texts(labels(own, WIDE, state(own, WIDE, *boxes))).count("Logits") == 1


def test_a_word_at_full_size_has_its_text() -> None:
    own = run()
    place = layout(own)
    alone = [box for box in place.of_tensor("logits") if not box.squeezed and box.width == 1]
    if not alone:
        pytest.skip("no word stands by itself")
    token = alone[0].columns.start
    found = texts(labels(own, WIDE, state(own, WIDE, alone[0].id, zoom=0.4)))
    assert own.model.tokenizer is not None
    assert own.model.tokenizer.text(token).strip() in found


def test_squeezed_cells_have_no_numbers() -> None:
    own = run()
    place = layout(own)
    near = overlay(own, WIDE)
    for box in place.of_tensor("logits")[:3]:
        shown = state(own, WIDE, box.id, zoom=1.0)
        pose = shown.pose
        shown = replace(shown, pose=Pose(pose.target, 60.0, 0.0, 0.0))
        cells = near._numbers.place(near._sight(shown))
        squeezed = [span for own_box in runs(place, "logits") for span in [own_box.ranges]]
        for number in cells:
            if number.cell.tensor == "logits":
                assert not any(a <= number.cell.ranges[1][0] < b for _, (a, b) in squeezed)


def test_words_along_columns_slant_where_they_are_too_long() -> None:
    own = run()
    place = layout(own)
    near = state(own, WIDE, "h.3.attn.att_softmax@h=0", zoom=0.75)
    others = {id: Look(0.0) for id in place.boxes if id != "h.3.attn.att_softmax@h=0"}
    shown = labels(own, WIDE, replace(near, looks=others))
    words = ["the", "capital", "of", "France", "is"]
    rows = [item for item in shown if [word.shaped.text for word in item.letters] == words]
    slants = {lettering.slant for item in rows for lettering in item.letters}
    assert slants == {0.0, 45.0}, "along the rows they lie, along the columns they rise"
    for item in rows:
        for lettering in item.letters:
            assert lettering.area.width > 0 and item.area.left <= lettering.area.left + 1


# --- no weights -------------------------------------------------------------------------------------------------

NOTE = "Shape only: no weights here, cells left blank"


@pytest.mark.parametrize("size", [WIDE, TALL])
@pytest.mark.parametrize("transparent", [False, True])
def test_a_picture_without_weights_says_so(size: tuple[int, int], transparent: bool) -> None:
    own = blank()
    items = overlay(own, size, transparent=transparent).place(state(own, size))
    (note,) = [item for item in items if item.name == "note"]
    assert [lettering.shaped.text for lettering in note.letters] == [NOTE]
    assert note.alpha == 1.0 and note.letters[0].shaped.style.size >= overlay(own, size).page.type_size(0.0)
    assert not any(item.name == "tokens" for item in items)
    away = replace(state(own, size), pose=Pose((1e7, 0.0, 0.0), 50.0))
    assert not any(item.name == "note" for item in overlay(own, size).place(away))


def test_a_picture_with_weights_does_not() -> None:
    own = run()
    assert not any(item.name == "note" for item in overlay(own, WIDE).place(state(own, WIDE)))


# --- speed ------------------------------------------------------------------------------------------------------


def test_the_cost_of_a_frame_hardly_follows_the_number_of_boxes() -> None:
    """Ten times as many boxes cost less than five times as much: nothing in Python looks at each of them."""
    times = {}
    for n_layer in (4, 40):
        own = run(n_layer, 64)
        over, shown = overlay(own, WIDE), state(own, WIDE)
        frame = np.zeros((1080, 1920, 4), np.uint8)
        over.draw(frame, shown)
        spent = []
        for turn in range(5):
            pose = replace(shown.pose, azimuth=shown.pose.azimuth + 0.1 * turn)
            begin = time.process_time()
            over.draw(frame, replace(shown, pose=pose))
            spent.append(time.process_time() - begin)
        times[n_layer] = min(spent)
    assert times[40] < 5 * times[4]
