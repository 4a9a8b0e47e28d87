"""Narration beside what it speaks of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from moments import SAY, SIZES, beside, chart, explained, layout_for, overlay, state, whole
from test_place import SIZE_IDS

from render.overlay.area import Area
from render.overlay.item import Item
from render.overlay.remark import PlacedRemark
from render.timeline import Beside, Caption, Outline, Pose, State, View

SIZE = (1920, 1080)


def remark(shown: State, size: tuple[int, int] = SIZE) -> PlacedRemark:
    (item,) = (item for item in overlay(size).place(shown) if isinstance(item, PlacedRemark))
    return item


def seen(name: str, pose: Pose, size: tuple[int, int]) -> Area:
    place = layout_for(size)
    (box, (c0, r0, c1, r1)) = place.find(whole(name))[0]
    return Area.around(View(pose, size).project([box.place(c, r) for c in (c0, c1) for r in (r0, r1)]))


@pytest.mark.parametrize("size", SIZES, ids=SIZE_IDS)
@pytest.mark.parametrize("name", ["h.0.attn.att", "probs", "h.0.attn.v"])
def test_it_leaves_its_region_free_and_stays_in_the_frame(name: str, size: tuple[int, int]) -> None:
    shown = beside(size, name)
    item = remark(shown, size)
    assert Area(0, 0, *size).holds(item.area)
    assert item.area.shared(seen(name, shown.pose, size)) <= 0.03 * item.area.width * item.area.height
    least = min(lettering.shaped.style.size for lettering in item.letters if not lettering.shaped.style.italic)
    assert least >= 0.022 * min(size[1], 16 / 9 * size[0]) - 1e-6
    lines = {lettering.baseline for lettering in item.letters if not lettering.shaped.style.italic}
    assert len(SAY) / 34 < len(lines) < len(SAY) / 14


def test_it_stands_still_while_the_camera_moves_and_marks_come() -> None:
    shown = beside(SIZE, "h.0.attn.att")
    first = remark(shown)
    for k in range(1, 8):
        pose = replace(shown.pose, azimuth=shown.pose.azimuth + 4 * k, distance=shown.pose.distance * (1 + 0.1 * k))
        moving = replace(shown, pose=pose, outlines=(Outline(whole("h.0.attn.q"), "focus"),))
        item = remark(moving)
        assert item.area == first.area and [a.area for a in item.letters] == [b.area for b in first.letters]
        assert item.tip != first.tip


def test_all_pages_stand_on_one_plate() -> None:
    pose = beside(SIZE, "embed").pose
    pages = ("A short page.", SAY)
    there = Beside((whole("embed"),), pose, pages)
    areas = {remark(replace(beside(SIZE, "embed"), caption=Caption(text, beside=there))).area for text in pages}
    assert len(areas) == 1


def test_what_else_is_talked_about_is_left_free() -> None:
    shown = beside(SIZE, "wpe.weight")
    taken = remark(shown).area
    marked = [name for name in ("wte.weight", "embed", "tokens") if seen(name, shown.pose, SIZE).overlaps(taken)]
    there = Beside((whole("wpe.weight"),), shown.pose, (SAY,), tuple(whole(name) for name in ("embed", "wte.weight")))
    item = remark(replace(shown, caption=Caption(SAY, beside=there)))
    assert not seen("embed", shown.pose, SIZE).overlaps(item.area)
    assert not seen("wte.weight", shown.pose, SIZE).overlaps(item.area), marked


def items(shown: State) -> dict[str, Item]:
    return {item.name: item for item in overlay(SIZE).place(shown) if item.name in ("card", "chart", "caption")}


def test_cards_and_charts_are_placed_around_it() -> None:
    found = items(beside(SIZE, "probs", charts=(chart(),)))
    assert not found["chart"].area.overlaps(found["caption"].area)
    found = items(beside(SIZE, "h.0.attn.att", **explained("h.0.attn.att", h=0, t=5, s=2)))
    assert not found["card"].area.overlaps(found["caption"].area)


def test_what_fills_the_picture_or_is_not_in_it_leaves_the_words_at_the_foot() -> None:
    for name, framed, zoom in (("h.0.mlp.c_fc.weight", "h.0.mlp.c_fc.weight", 3.0), ("wte.weight", "logits", 1.0)):
        shown = state(SIZE, framed, zoom=zoom)
        there = Beside((whole(name),), shown.pose, (SAY,))
        found = items(replace(shown, caption=Caption(SAY, beside=there)))
        assert not isinstance(found["caption"], PlacedRemark)
        assert overlay(SIZE).page.foot.holds(found["caption"].area)


def test_it_is_part_of_the_page_and_not_of_a_transparent_picture() -> None:
    assert not [item for item in overlay(SIZE, transparent=True).place(beside(SIZE, "embed")) if item.name == "caption"]
