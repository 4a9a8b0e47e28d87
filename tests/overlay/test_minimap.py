"""The minimap: what it marks is what the camera sees, it keeps clear of everything, and it draws the model."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from moments import layout_for, overlay, state

from render.overlay.area import Area
from render.overlay.minimap import PlacedMinimap
from render.theme import THEMES
from render.timeline import Heading, Pose, State, View

SIZES = ((1920, 1080), (1440, 1080), (1080, 1920), (1280, 720))


def placed(shown: State, size: tuple[int, int]) -> PlacedMinimap | None:
    found = [item for item in overlay(size).place(shown) if isinstance(item, PlacedMinimap)]
    return found[0] if found else None


def near(size: tuple[int, int], **parts: object) -> State:
    return state(size, "h.0.attn.q", "h.0.attn.att", azimuth=0.0, elevation=0.0, minimap=1.0, **parts)


@pytest.mark.parametrize("size", SIZES)
def test_the_mark_is_what_the_camera_sees(size: tuple[int, int]) -> None:
    """Its corners, taken back to the plane that it looks at and projected, are the corners of the picture."""
    layout, page = layout_for(size), overlay(size).page
    middle = layout.boxes["h.1.mlp.fc"].bounds.centre
    shown = replace(near(size), pose=Pose(middle, 120.0))
    item = placed(shown, size)
    assert item is not None and item.alpha == 1
    (left, _, _), (_, top, _) = layout.bounds.low, layout.bounds.high
    scale = item.area.width / layout.bounds.size[0]
    seen = item.seen
    corners = [
        (left + (x - item.area.left) / scale, top - (y - item.area.top) / scale, middle[2])
        for x, y in ((seen.left, seen.top), (seen.right, seen.bottom))
    ]
    (x0, y0, _), (x1, y1, _) = View(shown.pose, size).project(corners)
    picture = page.picture
    inside = item.area.grown(-0.01).holds(seen)
    assert inside, "this view does not reach the map's edge"
    for got, expected in ((x0, picture.left), (y0, picture.top), (x1, picture.right), (y1, picture.bottom)):
        assert got == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize("azimuth", [-70.0, -20.0, 35.0, 80.0])
def test_from_aside_the_mark_holds_the_middle_of_the_view(azimuth: float) -> None:
    size = SIZES[0]
    layout = layout_for(size)
    shown = state(size, "h.0.attn.q", azimuth=azimuth, elevation=20.0, minimap=1.0)
    item = placed(shown, size)
    assert item is not None
    assert item.area.holds(item.seen)
    scale = item.area.width / layout.bounds.size[0]
    x = item.area.left + scale * (shown.pose.target[0] - layout.bounds.low[0])
    y = item.area.top + scale * (layout.bounds.high[1] - shown.pose.target[1])
    assert item.seen.holds(Area(x, y, x, y))


def test_the_mark_is_large_enough_to_be_seen_and_stays_on_the_map() -> None:
    size = SIZES[0]
    for id in layout_for(size).boxes:
        box = layout_for(size).boxes[id]
        item = placed(replace(near(size), pose=Pose(box.place(0.5, 0.5), 10.0)), size)
        assert item is not None
        assert item.area.holds(item.seen)
        assert min(item.seen.width, item.seen.height) >= 8.9


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chapter", ["Self-attention", 3 * "A chapter whose name is far too long "])
def test_it_keeps_clear_of_heading_and_tokens(size: tuple[int, int], chapter: str) -> None:
    items = overlay(size).place(near(size, heading=Heading(chapter, "Block 1, head 2 of 3")))
    names = {item.name for item in items}
    assert {"minimap", "heading", "tokens"} <= names
    for a, b in combinations(items, 2):
        assert not a.area.overlaps(b.area), (a.name, b.name)
    assert all(Area(0, 0, *size).holds(item.area) for item in items)
    head = overlay(size).page.head
    assert all(head.grown(1.0).holds(item.area) for item in items if item.name == "minimap")


def test_where_the_head_has_no_room_it_is_left_out() -> None:
    narrow = replace(overlay((1920, 1080)).page.head, left=1800.0)
    assert overlay((1920, 1080))._minimap.room(narrow) is None


def test_it_is_gone_while_the_whole_model_is_seen_and_when_it_is_off() -> None:
    size = SIZES[0]
    assert placed(state(size, minimap=1.0), size) is None
    assert placed(replace(near(size), minimap=0.0), size) is None
    half = placed(replace(near(size), minimap=0.5), size)
    assert half is not None and half.alpha == pytest.approx(0.5)
    zooms = np.linspace(1.0, 2.0, 60)
    alphas = [item.alpha if (item := placed(state(size, zoom=z, minimap=1.0), size)) else 0.0 for z in zooms]
    assert alphas[0] == 0 and alphas[-1] == 1
    assert max(np.abs(np.diff(alphas))) < 0.25


def test_it_is_no_part_of_a_transparent_picture() -> None:
    names = {item.name for item in overlay(SIZES[0], transparent=True).place(near(SIZES[0]))}
    assert "minimap" not in names


@pytest.mark.parametrize("theme", list(THEMES))
def test_boxes_have_the_colour_of_their_kind_and_are_pale_until_computed(theme: str) -> None:
    size = SIZES[0]
    layout = layout_for(size)
    matrix, made = layout.boxes["h.1.mlp.c_fc.weight"], layout.boxes["h.1.mlp.fc"]
    for filled, tone in ((0.0, "pale"), (1.0, "ground")):
        shown = near(size, filled={id: filled for id in layout.boxes})
        items = overlay(size, theme).place(shown)
        (item,) = (item for item in items if isinstance(item, PlacedMinimap))
        pixels, scale = item.image.toarray(), item.area.width / layout.bounds.size[0]

        def at(id: str, pixels: np.ndarray = pixels, scale: float = scale) -> np.ndarray:
            x, y, _ = layout.boxes[id].bounds.centre
            column, row = scale * (x - layout.bounds.low[0]), scale * (layout.bounds.high[1] - y)
            return pixels[int(row), int(column), :3]

        tones = THEMES[theme].tones
        np.testing.assert_allclose(at(matrix.id), 255 * np.array(tones["weight"].ground), atol=2)
        np.testing.assert_allclose(at(made.id), 255 * np.array(getattr(tones["activation"], tone)), atol=2)


def test_the_accent_marks_what_is_seen_on_the_frame() -> None:
    size = SIZES[0]
    shown = near(size)
    item = placed(shown, size)
    assert item is not None
    frame = np.full((size[1], size[0], 4), 255, np.uint8)
    overlay(size).draw(frame, shown)
    accent = 255 * np.array(THEMES["light"].accent)
    x = int((item.seen.left + item.seen.right) / 2)
    column = np.abs(frame[int(item.seen.top) : int(item.seen.bottom) + 1, x, :3] - accent).max(axis=1)
    assert column.min() < 40
