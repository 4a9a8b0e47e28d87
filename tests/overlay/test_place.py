"""Everything flat in many states and sizes: inside the frame, apart, large enough, and of enough contrast."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import skia
from moments import SIZES, layout_for, overlay, run, state, states

from render.overlay.area import Area
from render.overlay.item import Item
from render.overlay.text import Lettering, Style, shape
from render.theme import THEMES, Colour
from render.timeline import Caption, State

CASES = [(size, name) for size in SIZES for name in states(SIZES[0])]
SIZE_IDS = [f"{width}x{height}" for width, height in SIZES]


def placed(size: tuple[int, int], name: str, theme: str = "light") -> list[Item]:
    return overlay(size, theme).place(states(size)[name])


@pytest.mark.parametrize(("size", "name"), CASES)
def test_nothing_leaves_the_frame(size: tuple[int, int], name: str) -> None:
    frame = Area(0, 0, *size)
    for item in placed(size, name):
        assert frame.holds(item.area), item.name
        for lettering in item.letters:
            assert frame.holds(lettering.area), (item.name, lettering.shaped.text)


@pytest.mark.parametrize(("size", "name"), CASES)
def test_nothing_overlaps(size: tuple[int, int], name: str) -> None:
    # A token on its way comes to a place that is its own.
    standing = [item for item in placed(size, name) if item.name != "token"]
    for a, b in combinations(standing, 2):
        assert not a.area.overlaps(b.area), (a.name, b.name, texts(a), texts(b))


def texts(item: Item) -> list[str]:
    return [lettering.shaped.text for lettering in item.letters]


@pytest.mark.parametrize(("size", "name"), CASES)
def test_letters_of_one_piece_do_not_run_into_each_other(size: tuple[int, int], name: str) -> None:
    for item in placed(size, name):
        for a, b in combinations(item.letters, 2):
            if a.shaped.style.size == b.shaped.style.size:  # indices stand close by design
                assert a.area.gap(b.area) > -0.02 * a.shaped.style.size, (item.name, a.shaped.text, b.shaped.text)


@pytest.mark.parametrize("size", SIZES, ids=SIZE_IDS)
def test_text_is_large_enough(size: tuple[int, int]) -> None:
    height = min(size[1], 16 / 9 * size[0])
    for name in states(size):
        for item in placed(size, name):
            for lettering in item.letters:
                least = 0.022 if item.name == "caption" else 0.014
                if item.name == "caption" and lettering.shaped.style.italic:
                    continue  # indices are smaller than the words they belong to
                assert lettering.shaped.style.size >= least * height - 1e-6, (name, item.name, lettering.shaped.text)


@pytest.mark.parametrize("size", SIZES, ids=SIZE_IDS)
def test_drawn_letters_are_as_tall_as_their_size_says(size: tuple[int, int]) -> None:
    """From the ring on the A to the foot of the g, measured in pixels, letters fill their font size."""
    for item in placed(size, "block"):
        for lettering in item.letters:
            style = lettering.shaped.style
            assert ink_height("Åg", Style(style.size, style.colour, style.weight)) == pytest.approx(
                1.17 * style.size, abs=0.04 * style.size + 1.5
            )


def ink_height(text: str, style: Style) -> int:
    pixels = np.full((int(3 * style.size), int(4 * style.size), 4), 255, np.uint8)
    info = skia.ImageInfo.Make(*pixels.shape[1::-1], skia.kRGBA_8888_ColorType, skia.kOpaque_AlphaType)
    surface = skia.Surface.MakeRasterDirect(info, pixels, pixels.strides[0])
    dark = Style(style.size, (0.0, 0.0, 0.0), style.weight)
    shape(text, dark).draw(surface.getCanvas(), style.size, 2 * style.size)
    return int((pixels[..., :3].min(axis=(1, 2)) < 235).sum())


@pytest.mark.parametrize("theme", list(THEMES))
def test_text_has_enough_contrast_on_what_it_stands_on(theme: str) -> None:
    for name in states(SIZES[0]):
        for item in placed(SIZES[0], name, theme):
            for lettering in item.letters:
                style = lettering.shaped.style
                assert contrast(style.colour, lettering.ground) >= 4.5, (name, item.name, lettering.shaped.text)
                assert style.halo in (None, lettering.ground)


@pytest.mark.parametrize("theme", list(THEMES))
def test_numbers_in_cells_have_enough_contrast(theme: str) -> None:
    for tones in THEMES[theme].tones.values():
        assert contrast(THEMES[theme].positive, tones.ground) >= 4.5


def contrast(a: Colour, b: Colour) -> float:
    """The contrast ratio of two colours (WCAG 2.1)."""
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_contrast_of_black_on_white_is_21() -> None:
    assert contrast((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)) == pytest.approx(21)


@pytest.mark.parametrize("size", SIZES, ids=SIZE_IDS)
def test_what_is_shown_has_what_the_state_says(size: tuple[int, int]) -> None:
    assert {"caption", "heading", "tokens", "progress", "card"} <= {item.name for item in placed(size, "scores")}
    assert "chart" in {item.name for item in placed(size, "prediction")}
    assert "definition" in {item.name for item in placed(size, "score formula")}
    assert "callout" in {item.name for item in placed(size, "remark")}
    bare = State(state(size).pose)
    assert {item.name for item in overlay(size).place(bare)} <= {"label"}


@pytest.mark.parametrize("name", ["scores", "query", "prediction"])
def test_cards_leave_what_is_talked_about_free_when_there_is_room(name: str) -> None:
    size = (1920, 1080)
    shown = states(size)[name]
    from render.overlay.faces import Faces
    from render.overlay.marks import outlined_areas
    from render.overlay.sight import Sight

    sight = Sight(Faces(layout_for(size)), layout_for(size), run(), shown, size)
    outlined = outlined_areas(sight)
    cards = [item for item in placed(size, name) if item.name in ("card", "chart")]
    assert cards
    for card in cards:
        assert not any(card.area.overlaps(area) for area in outlined)


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920)])
def test_a_caption_too_long_for_the_page_is_cut_where_it_ends(size: tuple[int, int]) -> None:
    items = overlay(size).place(state(size, caption=Caption("every word counts " * 200)))
    (caption,) = (item for item in items if item.name == "caption")
    assert caption.letters[-1].shaped.text.endswith("…")
    assert caption.letters[0].shaped.text.startswith("every word counts")


def test_letterings_move_as_a_whole() -> None:
    here = Lettering(shape("x", Style(20.0, (0.0, 0.0, 0.0))), 10.0, 20.0, (1.0, 1.0, 1.0))
    assert here.moved(3, 4).area == here.area.moved(3, 4)
