"""The labels that come by themselves: parts from afar, tensors from near, letters at their columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from moments import layout, overlay, run, state

from render.layout import arrange
from render.model import GPT2Config, LlamaConfig, Model, Region
from render.overlay import names
from render.overlay.auto_labels import PlacedLabel
from render.overlay.compositor import Overlay
from render.overlay.faces import Faces
from render.overlay.sight import Sight
from render.theme import THEMES
from render.timeline import Look, Pose, State
from render.timeline.framing import frame_bounds

SIZE = (1920, 1080)


def labels(shown: State) -> dict[str, float]:
    """First lines of the labels that are seen, and their alpha."""
    bare = replace(shown, heading=None, tokens=None, caption=None)
    return {item.letters[0].shaped.text: item.alpha for item in overlay(SIZE).place(bare) if item.name == "label"}


def test_from_afar_the_parts_of_the_model_have_names() -> None:
    assert set(labels(state(SIZE, zoom=0.6))) == {"Embedding", "Block 1", "Block 2", "Output"}


def test_nearer_the_branches_of_a_block_have_names() -> None:
    assert {"Self-attention", "MLP"} <= set(labels(state(SIZE, *run().graph.module("h.0"))))
    assert {"Self-attention", "Block 1"}.isdisjoint(labels(state(SIZE, *run().graph.module("h.0.attn"))))


def test_near_tensors_have_their_titles_and_heads() -> None:
    shown = state(SIZE, "h.0.attn.q", "h.0.attn.k", zoom=0.8)
    dim = {id: Look(0.1) for id in layout().boxes if "h=1" in id or "h=2" in id}
    items = overlay(SIZE).place(replace(shown, looks=dim))
    lines = [[lettering.shaped.text for lettering in item.letters] for item in items if item.name == "label"]
    assert ["Queries", "head 1 of 3"] in lines
    assert not any("head 2 of 3" in words for words in lines)


def test_dimmed_boxes_have_no_labels() -> None:
    shown = state(SIZE, "wte.weight", zoom=0.6)
    assert "Token embedding" in labels(shown)
    (box,) = layout().of_tensor("wte.weight")
    assert "Token embedding" not in labels(replace(shown, looks={box.id: Look(0.2)}))


def test_letters_stand_at_the_columns_of_the_tokens() -> None:
    shown = state(SIZE, "tokens", zoom=0.5, step=2)
    wanted = [run().model.tokenizer.text(token) for token in run().steps[2].tokens]  # type: ignore[union-attr]
    rows = [
        [lettering.shaped.text for lettering in item.letters]
        for item in overlay(SIZE).place(shown)
        if item.name == "label"
    ]
    assert wanted in rows


def test_labels_fade_as_the_camera_moves_and_never_pop() -> None:
    """Along a flight from afar to near, wherever a label's alpha leaps between two moments, it has values between."""
    far, near = state(SIZE).pose, state(SIZE, *run().graph.module("h.0.attn"), azimuth=-30).pose

    @cache
    def at(u: float) -> dict[str, float]:
        mix = [a + u * (b - a) for a, b in zip((*far.target, far.azimuth), (*near.target, near.azimuth), strict=True)]
        distance = far.distance * (near.distance / far.distance) ** u
        return alphas(State(Pose((mix[0], mix[1], mix[2]), distance, mix[3], 12.0)))

    leaps = []
    for step in range(24):
        low, high = step / 24, (step + 1) / 24
        before, after = at(low), at(high)
        for words in before.keys() | after.keys():
            if abs(before.get(words, 0.0) - after.get(words, 0.0)) > 0.5:
                leaps.append(smallest_leap(lambda u, words=words: at(u).get(words, 0.0), low, high))
    assert leaps
    assert max(leaps) < 0.6


def smallest_leap(alpha: Callable[[float], float], low: float, high: float) -> float:
    """What is left of the leap between two moments in ever smaller spans around where it is largest."""
    for _ in range(10):
        middle = (low + high) / 2
        ends = alpha(low), alpha(middle), alpha(high)
        if abs(ends[0] - ends[2]) < 0.5:
            return 0.0
        low, high = (low, middle) if abs(ends[0] - ends[1]) > abs(ends[1] - ends[2]) else (middle, high)
    return abs(alpha(low) - alpha(high))


def alphas(shown: State) -> dict[str, float]:
    """The alpha of each label, by its words; of several that say the same, their sum."""
    found: dict[str, float] = {}
    for item in overlay(SIZE).place(shown):
        if item.name == "label":
            words = " ".join(lettering.shaped.text for lettering in item.letters)
            found[words] = found.get(words, 0.0) + item.alpha
    return found


def test_sections_share_out_all_tensors() -> None:
    found = names.sections(run().graph)
    assert [section.title for section in found] == ["Embedding", "Block 1", "Block 2", "Output"]
    everything = [name for section in found for name in section.all_tensors]
    assert sorted(everything) == sorted(run().graph)
    assert [part.title for part in found[1].parts] == ["Self-attention", "MLP"]
    assert "h.0.ln_2.out" in found[1].parts[1].tensors


@pytest.mark.parametrize(
    ("box", "title", "head"),
    [
        ("h.0.attn.c_attn.weight@p=1,h=2", "K weights", "head 3 of 3"),
        ("h.0.attn.y@h=0", "Weighted values", "head 1 of 3"),
        ("h.1.mlp.c_fc.weight", "MLP weights", ""),
        ("wte.weight", "Token embedding", ""),
    ],
)
def test_titles_say_which_part_and_which_head(box: str, title: str, head: str) -> None:
    graph = run().graph
    found = layout().boxes[box]
    assert (names.title(found, graph), names.head(found, graph)) == (title, head)


def test_labels_keep_off_the_card_and_the_outlines() -> None:
    from moments import explained

    from render.overlay.faces import Faces
    from render.overlay.marks import outlined_areas
    from render.overlay.sight import Sight

    shown = state(SIZE, "h.0.attn.q", "h.0.attn.k", "h.0.attn.att", **explained("h.0.attn.att", h=0, t=5, s=2))
    outlined = outlined_areas(Sight(Faces(layout()), layout(), run(), shown, SIZE))
    for item in overlay(SIZE).place(shown):
        if item.name == "label":
            assert not any(item.area.overlaps(area) for area in outlined)


def test_regions_outside_the_layout_are_left_alone() -> None:
    nowhere = Region("no.such.tensor", ((0, 1),))
    assert layout().find(nowhere) == []


def test_a_box_says_which_head_it_is_of_and_which_heads_share_it() -> None:
    sizes = {"hidden_size": 24, "num_hidden_layers": 1, "intermediate_size": 32, "vocab_size": 9}
    config = LlamaConfig(**sizes, num_attention_heads=6, num_key_value_heads=2)
    layout = arrange(config.graph(4), "wide")
    said = {id: names.head(layout.boxes[id], layout.graph) for id in layout.boxes}
    assert said["h.0.attn.q@h=4"] == said["h.0.attn.q_proj.weight@h=4"] == said["h.0.attn.y@h=4"] == "head 5 of 6"
    assert said["h.0.attn.k_rot@g=1"] == said["h.0.attn.v_proj.weight@g=1"] == "for heads 4 to 6 of 6"
    assert said["h.0.attn.out"] == said["embed"] == said["h.0.mlp.up"] == ""


def test_a_face_that_is_a_row_of_boxes_has_one_title() -> None:
    config = GPT2Config(n_layer=1, n_head=1, n_embd=16, vocab_size=1_000, block_size=8)
    random = Model("random", config, config.initial_weights(0), None).run((5, 500, 900), n_steps=1)
    row = arrange(random.graph, "wide", (5, 500, 900))
    assert len(row.of_tensor("lm_head.weight")) == 7
    (whole,) = row.frames(Region("lm_head.weight", ((0, 1_000), (0, 16))))
    size = (1920, 1080)
    framed = frame_bounds(row, whole, 16 / 9)
    pose = replace(framed, distance=1.5 * framed.distance, azimuth=0.0, elevation=0.0)
    seen = State(pose, filled=dict.fromkeys(row.boxes, 1.0))
    placed = Overlay(row, random, THEMES["light"], size).place(seen)
    labels = [item for item in placed if isinstance(item, PlacedLabel)]
    titles = [label for label in labels if "head weights" in " ".join(each.shaped.text for each in label.letters)]
    assert len(titles) == 1
    middle = Sight(Faces(row), row, random, seen, size).centre(Region("lm_head.weight", ((0, 1_000), (0, 16))))
    assert middle is not None
    assert titles[0].area.centre[0] == pytest.approx(middle[1][0], abs=2)
