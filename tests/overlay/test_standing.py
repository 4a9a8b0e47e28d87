"""Brackets, section titles and signs: where they stand, what they say, and when they are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from moments import SIZES, layout, overlay, run, state, titles, whole
from test_place import SIZE_IDS, contrast

from render.model import Region
from render.overlay.area import Area
from render.overlay.bracket import PlacedBracket
from render.overlay.faces import Faces
from render.overlay.operator_sign import PlacedSign
from render.overlay.section_title import PlacedSection
from render.overlay.sight import Sight
from render.theme import THEMES
from render.timeline import Bracket, Section, Sign, State, View

SIZE = (1920, 1080)


def brackets(shown: State, theme: str = "light") -> list[PlacedBracket]:
    return [item for item in overlay(SIZE, theme).place(shown) if isinstance(item, PlacedBracket)]


def sections(shown: State, size: tuple[int, int] = SIZE) -> list[PlacedSection]:
    return [item for item in overlay(size).place(shown) if isinstance(item, PlacedSection)]


def signs(shown: State) -> list[PlacedSign]:
    return [item for item in overlay(SIZE).place(shown) if isinstance(item, PlacedSign)]


def words(item: PlacedBracket | PlacedSign | PlacedSection) -> str:
    return "".join(lettering.shaped.text for lettering in item.letters)


def sides(region: Region, shown: State) -> list[np.ndarray]:  # type: ignore[type-arg]
    """The pixels at both ends of what a region's first box shows of it, along each edge of that box: (2, 2) each."""
    (box, (c0, r0, c1, r1)) = layout().find(region)[0]
    ends = [((c0, row), (c1, row)) for row in (0, box.height)] + [((col, r0), (col, r1)) for col in (0, box.width)]
    return [View(shown.pose, SIZE).project([box.place(*cell) for cell in pair])[:, :2] for pair in ends]


def follows(bracket: PlacedBracket, side: np.ndarray) -> bool:  # type: ignore[type-arg]
    return bool(np.hypot(*(bracket.line[[0, 3]] - side).T).max() < 0.012 * SIZE[1])


def view_of(region: Region, *names: str, zoom: float = 0.6, **more: object) -> State:
    return state(SIZE, *names, zoom=zoom, marks=(Bracket(region),), **more)


# --- brackets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("azimuth", [-40.0, -16.0, 0.0, 16.0, 40.0])
@pytest.mark.parametrize("name", ["embed", "wte.weight", "h.0.attn.out", "logits"])
def test_a_bracket_goes_from_corner_to_corner_of_its_side(name: str, azimuth: float) -> None:
    now = Region(name, tuple((0, size) for size in run().steps[1].graph[name].shape))
    shown = view_of(whole(name), name, azimuth=azimuth)
    across, down = sorted(brackets(shown), key=lambda bracket: "TnC".index(words(bracket)[0]))
    columns, rows = sides(now, shown)[:2], sides(now, shown)[2:]
    assert [follows(across, side) for side in columns].count(True) == 1
    assert [follows(down, side) for side in rows].count(True) == 1


def test_a_bracket_of_a_part_spans_that_part_at_the_edge_of_its_box() -> None:
    part = Region("embed", ((2, 5), (0, 12)))
    shown = view_of(part, "embed")
    found = {words(bracket): bracket for bracket in brackets(shown)}
    assert set(found) == {"3 of T", "12 of C"}
    assert any(follows(found["3 of T"], side) for side in sides(part, shown)[:2])
    assert any(follows(found["12 of C"], side) for side in sides(part, shown)[2:])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("embed", {"T = 7", "C = 24"}),
        ("wte.weight", {"nvocab = 3", "C = 24"}),
        ("wpe.weight", {"nctx = 11", "C = 24"}),
        ("h.0.attn.q", {"T = 7", "A = 8", "nheads = 3"}),
        ("h.0.mlp.act", {"T = 7", "4C = 96"}),
        ("logits", {"T = 7", "nvocab = 3"}),
    ],
)
def test_a_bracket_says_the_name_and_the_size_of_its_dimension(name: str, said: set[str]) -> None:
    shown = view_of(whole(name), name, azimuth=-25, zoom=0.5)
    assert {words(bracket) for bracket in brackets(shown)} == said
    sizes = {int(text.split(" = ")[1]) for text in said}
    spec = run().steps[1].graph[name]
    assert sizes == {*spec.shape} | ({8} if name == "h.0.attn.q" else set())


def test_brackets_grow_with_the_sequence() -> None:
    for step, tokens in ((0, 6), (4, 10)):
        said = {words(bracket) for bracket in brackets(view_of(whole("embed"), "embed", step=step))}
        assert f"T = {tokens}" in said


def test_sides_are_chosen_and_words_replaced() -> None:
    shown = state(SIZE, "embed", zoom=0.6, marks=(Bracket(whole("embed"), ("c",), "one *vector*"),))
    (bracket,) = brackets(shown)
    assert words(bracket) == "one vector"


@pytest.mark.parametrize("azimuth", [-60.0, -25.0, 0.0, 25.0, 60.0])
@pytest.mark.parametrize("name", ["embed", "h.0.attn.att", "h.0.mlp.fc"])
def test_words_of_a_bracket_do_not_lie_on_its_box(name: str, azimuth: float) -> None:
    shown = view_of(whole(name), name, azimuth=azimuth, zoom=0.7)
    region = Region(name, tuple((0, size) for size in run().steps[1].graph[name].shape))
    (box, _) = layout().find(region)[0]
    sight = Sight(Faces(layout()), layout(), run(), shown, SIZE)
    for bracket in brackets(shown):
        area = bracket.words
        pixels = np.stack(np.meshgrid(np.linspace(area.left, area.right, 9), np.linspace(area.top, area.bottom, 5)), -1)
        quad = sight.quads[sight.faces.index[box.id]]
        assert not any(_inside(point, quad) for point in pixels.reshape(-1, 2))


def _inside(point: Sequence[float], quad: np.ndarray) -> bool:  # type: ignore[type-arg]
    """Whether a pixel lies in a convex quadrilateral, corners clockwise."""
    sides = np.roll(quad, -1, axis=0) - quad
    away = np.asarray(point) - quad
    return bool((sides[:, 0] * away[:, 1] - sides[:, 1] * away[:, 0] > 0).all())


def test_brackets_are_not_there_where_their_region_is_not() -> None:
    assert not brackets(replace(state(SIZE, "logits"), marks=(Bracket(whole("wte.weight")),)))
    assert not brackets(view_of(Region("embed", ((9, 11), (0, 24))), "embed"))  # not yet computed: step 1 has 7 tokens


def test_a_side_has_one_bracket_from_wherever_it_is_seen() -> None:
    """It may change places as the camera turns, and fades out and in for that; it is never in two at once."""
    whole_views = 0
    for k in range(81):
        found = brackets(view_of(whole("embed"), "embed", azimuth=-40 + k))
        there = [words(bracket) for bracket in found if bracket.alpha > 0.1]
        assert len(there) == len(set(there))
        whole_views += {words(bracket) for bracket in found if bracket.alpha > 0.9} == {"T = 7", "C = 24"}
    assert whole_views > 75


@pytest.mark.parametrize("theme", list(THEMES))
def test_every_dimension_has_a_colour_of_its_own(theme: str) -> None:
    colours = THEMES[theme]
    own = {dim: colours.dims[dim] for dim in "tcahfv"}
    assert len(set(own.values())) == 6 and colours.dims["s"] == own["t"] and colours.dims["o"] == own["c"]
    for dim, colour in own.items():
        assert contrast(colour, colours.page) >= 4.5, dim
        assert max(abs(a - b) for a, b in zip(colour, colours.accent, strict=True)) > 0.3
        others = [other for key, other in own.items() if key != dim]
        assert all(max(abs(a - b) for a, b in zip(colour, other, strict=True)) > 0.15 for other in others), dim


# --- section titles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=SIZE_IDS)
@pytest.mark.parametrize("zoom", [0.3, 0.6, 0.9])
def test_a_section_title_stands_above_its_boxes_and_in_the_frame(size: tuple[int, int], zoom: float) -> None:
    own = run().graph.module("h.0.mlp")
    shown = state(size, *own, zoom=zoom, marks=titles()[1:])
    (title,) = sections(shown, size)
    room = overlay(size).page.label_room
    assert room.holds(title.area)
    place = overlay(size).layout
    pixels = View(shown.pose, size).project(place.bounds_of(tuple(whole(name) for name in own)).corners)[:, :2]
    middle = title.area.centre[0]
    assert Area.around(pixels).left < middle < Area.around(pixels).right
    assert title.area.bottom < pixels[:, 1].mean()


def test_a_section_title_grows_with_the_camera_and_keeps_to_its_region() -> None:
    heights = []
    for zoom in (0.25, 0.5):
        (title,) = sections(state(SIZE, *run().graph.module("h.0.mlp"), zoom=zoom, marks=titles()[1:]))
        heights.append(title.area.height)
    assert heights[1] / heights[0] == pytest.approx(2, rel=0.05)
    shown = state(SIZE, "wpe.weight", zoom=0.8, marks=(Section("Positions", (whole("wpe.weight"),)),))
    (title,) = sections(shown)
    left, right = sides(whole("wpe.weight"), shown)[0]
    assert 0.8 * (right - left)[0] < title.area.width <= 1.05 * (right - left)[0]


def test_a_section_title_clears_the_heads_behind() -> None:
    for elevation in (0.0, 12.0, 35.0):
        shown = state(
            SIZE, *run().graph.module("h.0.attn"), zoom=0.6, azimuth=0, elevation=elevation, marks=titles()[:1]
        )
        (title,) = sections(shown)
        boxes = [box for name in run().graph.module("h.0.attn") for box in layout().of_tensor(name)]
        sight = Sight(Faces(layout()), layout(), run(), shown, SIZE)
        under = [sight.area(box) for box in boxes if sight.area(box).overlaps(title.area)]
        assert not under


def test_a_section_title_too_small_to_be_read_is_not_there() -> None:
    assert not sections(state(SIZE, "embed", zoom=0.03, marks=titles()))


def test_a_part_that_has_a_title_is_not_named_twice() -> None:
    shown = state(SIZE, *run().graph.module("h.0"), zoom=0.9)
    names = [words(item) for item in overlay(SIZE).place(shown) if item.name == "label"]  # type: ignore[arg-type]
    titled = overlay(SIZE).place(replace(shown, marks=titles()))
    after = [words(item) for item in titled if item.name == "label"]  # type: ignore[arg-type]
    assert "Self-attention" in names and "Self-attention" not in after


# --- signs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [0.4, 0.7])
def test_a_sign_stands_in_the_middle_of_the_gap(zoom: float) -> None:
    regions = ((whole("wte.weight"),), (whole("wpe.weight"),))
    shown = state(SIZE, "wte.weight", "wpe.weight", zoom=zoom, marks=(Sign("+", regions),))
    (sign,) = signs(shown)
    view = View(shown.pose, SIZE)
    one, other = (Area.around(view.project(layout().bounds_of(part).corners)) for part in regions)
    assert sign.area.centre[0] == pytest.approx((one.right + other.left) / 2, abs=1)
    assert one.right < sign.area.left and sign.area.right < other.left
    (plus,) = sign.letters
    assert plus.baseline - 0.36 * plus.shaped.style.size == pytest.approx((one.centre[1] + other.centre[1]) / 2, abs=12)
    assert plus.shaped.style.size <= 0.05 * SIZE[1] / 0.727 + 1


def test_a_sign_is_not_there_without_a_gap_or_without_its_things() -> None:
    embed, part = (whole("embed"),), (Region("embed", ((0, 2), (0, 24))),)
    assert not signs(state(SIZE, "embed", marks=(Sign("+", (embed, part)),)))
    far = Sign("+", ((whole("wte.weight"),), (whole("logits"),)))
    assert not signs(state(SIZE, "logits", marks=(far,)))
