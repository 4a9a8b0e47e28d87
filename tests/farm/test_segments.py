"""Segments: all frames once; the same key only for the same pictures; another key only for what changed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cuts import EVERYTHING, SCENES, Darkroom, changed, of_file, programme, segments
from hypothesis import given, settings
from hypothesis import strategies as st
from weights import need_weights_of

from render.farm.identity import identity
from render.farm.in_sight import in_sight
from render.farm.segments import LENGTH, beat_keys, cut
from render.film import Film, load
from render.layout import Layout
from render.model import LetterTokenizer, Model, load_model
from render.programme import Programme
from render.stage.crowd import Crowd
from render.timeline import Pose, View
from render.timeline.camera_path import CameraTrack, Fixed, shortest_duration
from render.timeline.draft import Draft
from render.timeline.easing import EASINGS
from render.timeline.state import Heading
from render.timeline.timeline import Shot
from render.video.encoding import encoding_for

SHIPPED = ["sort.yaml", "capital-of-france.yaml", "walkthrough/full.yaml"]


@pytest.fixture(scope="module")
def sort() -> Programme:
    return of_file(SCENES / "sort.yaml", size="480x270")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    return programme(EVERYTHING, tmp_path_factory.mktemp("everything"))


@pytest.fixture(scope="module")
def darkroom() -> Iterator[Darkroom]:
    made = Darkroom()
    yield made
    made.close()


# --- where a film is cut ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_segments_are_all_frames_once_in_order_and_none_crosses_a_beat(name: str) -> None:
    need_weights_of(SCENES / name)
    film = of_file(SCENES / name)
    found = segments(film)
    frames = [moment for segment in found for moment, repeat in segment.frames for _ in range(repeat)]
    assert frames == list(film.frames())
    assert [segment.number for segment in found] == list(range(len(found)))
    assert [segment.first for segment in found] == [*itertools.accumulate((own.n_frames for own in found), initial=0)][
        :-1
    ]
    for passage in film.passages:
        own = [segment for segment in found if segment.beat == passage.name]
        assert own[0].first == passage.first
        assert sum(segment.n_frames for segment in own) == passage.shot.n_frames
        lengths = [len(segment.frames) for segment in own]
        assert max(lengths) <= LENGTH and max(lengths) - min(lengths) <= 1
        assert len(own) == math.ceil(sum(lengths) / LENGTH)
    for segment in found:
        moments = [moment for moment, _ in segment.frames]
        assert len(set(moments)) == len(moments), "a held frame is drawn once"
    assert len({segment.key for segment in found}) == len(found)


@given(st.data())
@settings(max_examples=60)
def test_a_span_has_the_whole_segments_that_lie_in_it(sort: Programme, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, sort.n_frames - 1))
    stop = data.draw(st.integers(first + 1, sort.n_frames))
    whole, own = segments(sort), cut(sort, first, stop, {})
    frames = [moment for segment in own for moment, repeat in segment.frames for _ in range(repeat)]
    assert frames == list(sort.frames())[first:stop]
    assert [segment.first for segment in own] == [*itertools.accumulate((s.n_frames for s in own), initial=first)][:-1]
    inside = [s.key for s in whole if first <= s.first and s.first + s.n_frames <= stop]
    assert [segment.key for segment in own if segment.key in inside] == inside
    assert len(own) - len(inside) <= 2, "those that the span cuts, at its ends"
    known = {segment.key: segment.n_frames for segment in whole}
    for segment in own:
        assert known.get(segment.key, segment.n_frames) == segment.n_frames


def test_one_beat_and_some_seconds_have_the_segments_of_the_film(sort: Programme) -> None:
    film, encoding = Film(sort), encoding_for("film.mp4", sort.size, sort.fps)
    whole = film.segments(encoding)
    of_beat = film.segments(encoding, film.span(beat="score"))
    assert [own.key for own in of_beat] == [own.key for own in whole if own.beat == "score"]
    some = film.segments(encoding, film.span(start=3.21, end=40.0))
    assert len(some) > 5 and len({own.key for own in some} - {own.key for own in whole}) <= 2


def test_a_beat_has_a_hash_of_its_segments(sort: Programme) -> None:
    found = segments(sort)
    hashes = beat_keys(found)
    assert list(hashes) == [passage.name for passage in sort.passages]
    assert len(set(hashes.values())) == len(hashes)
    last = replace(found[-1], key="0" * 32)
    differing = {beat for beat, own in beat_keys([*found[:-1], last]).items() if own != hashes[beat]}
    assert differing == {found[-1].beat}


# --- what changes them ------------------------------------------------------------------------------------------

MORE = " These are many more words than before, so many that it takes longer to read them than all took so far."


@pytest.mark.parametrize(
    ("name", "beat", "old", "new"),
    [
        ("sort.yaml", "problem", "trained numbers, in", "learned numbers, in"),
        ("sort.yaml", "softmax", "title: What the last", "title: Where the last"),
        (
            "sort.yaml",
            "softmax",
            "place: Block 1, head 1\n    say: >\n      Softmax",
            "place: Block 1\n    say: >\n      Softmax",
        ),
        ("walkthrough/01-introduction.yaml", "feed-back", "joins the input", "joins the token"),
        ("walkthrough/05-self-attention.yaml", "row", "makes one row", "gives one row"),
        ("walkthrough/08-transformer.yaml", "read-off", "all but sure", "all but firm"),
    ],
)
def test_one_changed_word_changes_the_keys_of_its_beat(
    name: str, beat: str, old: str, new: str, tmp_path: Path
) -> None:
    before, after = edited(SCENES / name, old, new, tmp_path)
    assert after.n_frames == before.n_frames
    assert changed(before, after) == {beat}


@pytest.mark.parametrize(
    ("name", "beat", "old"),
    [
        ("sort.yaml", "tokens", "The text is cut into tokens, each a whole number:"),
        ("sort.yaml", "stream", "Each further block builds on"),
        ("walkthrough/01-introduction.yaml", "feed-back", "joins the input, and the model runs again,"),
        ("walkthrough/05-self-attention.yaml", "row", "The query meets"),
        ("walkthrough/08-transformer.yaml", "read-off", "all but sure"),
    ],
)
def test_a_beat_that_grows_changes_the_keys_of_no_other(name: str, beat: str, old: str, tmp_path: Path) -> None:
    before, after = edited(SCENES / name, old, f"{old}{MORE}", tmp_path)
    assert after.n_frames > before.n_frames
    assert changed(before, after) == {beat}


def edited(path: Path, old: str, new: str, folder: Path) -> tuple[Programme, Programme]:
    """A film, and the same with other words in one place."""
    text = path.read_text()
    assert text.count(old) == 1
    (folder / path.name).write_text(text.replace(old, new))
    return of_file(path), of_file(folder / path.name)


LATER = {"moving", "arrived", "read-off", "pieces", "worked", "output", "whole"}

EDITS = {
    "word": ("A *letter* is", "A *token* is", {"embed"}),
    "growing": ("A *letter* is", f"{MORE} A *letter* is", {"embed"}),
    "chapter of all": ("chapter: Words", "chapter: Letters", {"embed", "chart", *LATER}),
    "mark that stays": ("Words on a plate", "Words on one plate", {"embed", "chart", *LATER}),
    "mark that leaves": (
        'highlight: "wte[v=tokens[1]]", keep: true',
        'highlight: "wte[v=tokens[2]]"',
        {"embed", "chart", *LATER},
    ),
    "explained cell": ("embed[t=1, c=3]", "embed[t=1, c=4]", {"embed"}),
    "chart that stays": ("title: Looks at", "title: Looks on", {"chart", *LATER}),
    "chart that leaves": ("title: After a block", "title: After one block", {"read-off"}),
    "beat whose camera goes on": ("say: Its camera is on", "say: The camera is on", {"moving"}),
    "its length": ("for: 0.8s", "for: 1s", {"moving", "arrived"}),
    "where it goes": ("azimuth: -20, elevation: 10", "azimuth: -22, elevation: 10", {"moving", "arrived", "read-off"}),
    "pulse": ("pulse: h.1.mlp, for", "pulse: h.1.attn, for", {"moving"}),
    "bracket": ("bracket: h.1.mlp.fc", "bracket: h.1.mlp.act", {"arrived"}),
    "camera": ("zoom: 0.6", "zoom: 0.7", {"read-off", "pieces"}),
    "minimap": ("{minimap: on}, ", "", {"moving", *LATER}),
    "pieces": ('"wpe[t=4]", by: 3', '"wpe[t=4]", by: 4', {"pieces", "worked", "output", "whole"}),
    "work": ('t=5, s=2]", over: 5s', 't=5, s=3]", over: 5s', {"worked"}),
    "temperature": ("to: 2, over: 1s", "to: 3, over: 1s", {"output", "whole"}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_keeps_its_key_keeps_its_pictures(
    everything: Programme, darkroom: Darkroom, edit: str, tmp_path: Path
) -> None:
    """An edit changes the keys of the beats that show it, there and later, and no picture under the same key."""
    old, new, beats = EDITS[edit]
    assert EVERYTHING.count(old) == 1
    after = programme(EVERYTHING.replace(old, new), tmp_path)
    assert changed(everything, after) == beats
    if len(beats) < len(everything.passages):
        assert darkroom.stale(everything, after) == []


# --- what they all depend on ------------------------------------------------------------------------------------


def all_keys(own: Programme, settings: dict[str, object] | None = None) -> set[str]:
    return {segment.key for segment in segments(own, settings)}


@pytest.mark.parametrize(
    "setting",
    [
        {"theme": "dark"},
        {"size": "478x270"},
        {"size": "480x272"},
        {"fps": "7"},
        {"captions": "off"},
        {"prompt": "CBABBA"},
    ],
    ids=str,
)
def test_every_key_depends_on_the_settings_of_the_film(
    everything: Programme, setting: dict[str, str], tmp_path: Path
) -> None:
    assert not all_keys(everything) & all_keys(programme(EVERYTHING, tmp_path, **setting))


def test_every_key_depends_on_all_that_draws_and_encodes(sort: Programme) -> None:
    film = Film(sort)
    usual = encoding_for("film.mp4", sort.size, sort.fps)
    known = {segment.key for segment in film.segments(usual)}
    assert known == all_keys(sort, {**identity(), "encoding": dict(usual.settings)})
    for name in identity():
        other = {**identity(), name: "another", "encoding": dict(usual.settings)}
        assert not known & all_keys(sort, other), name
    assert not known & all_keys(sort, {**identity(), "encoding": {**usual.settings, "another": 1}})


def test_a_beat_more_changes_all_keys(everything: Programme, tmp_path: Path) -> None:
    """Marks at the frame's foot say how many there are."""
    more = programme(f"{EVERYTHING}- {{id: more, say: One more.}}\n", tmp_path)
    assert not all_keys(everything) & all_keys(more)


class Letters(LetterTokenizer):
    """What letters are called in the picture, whatever the prompt says."""

    def text(self, token: int) -> str:
        return "XYZ"[token]


def test_every_key_depends_on_what_tokens_are_called(everything: Programme, tmp_path: Path) -> None:
    model = load_model("nano-sort")
    renamed = replace(model, tokenizer=Letters("ABC"))
    text = EVERYTHING.replace("{probs[t=-1].argmax}", "a letter").replace("{predicted}", "it")
    assert all_keys(programme(text, tmp_path, model)) == all_keys(programme(text, tmp_path))
    assert not all_keys(programme(text, tmp_path, renamed)) & all_keys(programme(text, tmp_path, model))


CAST = """\
title: Two
prompt: CBABBC
cast:
  wide: {model: {family: gpt2, n_layer: 2, n_head: 4, n_embd: 64, vocab_size: 3, block_size: 11}, positions: 6}
video: {size: 480x270, fps: 6}
beats:
- {id: both, say: Both of them., camera: {frame: [model, wide]}}
- {id: lead, say: One of them., camera: {frame: ["wte[c=0:8]"]}}
- {id: other, say: The other., camera: {frame: wide.h.0.mlp}}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("n_layer: 2", "n_layer: 3"),
        ("n_embd: 64", "n_embd: 72"),
        ("positions: 6", "positions: 7"),
        ("  wide:", "  broad:"),
    ],
)
def test_every_key_depends_on_the_shape_of_the_whole_cast(old: str, new: str, tmp_path: Path) -> None:
    text = CAST.replace(old, new)
    if "wide:" in old:
        text = text.replace("wide", "broad")
    assert not all_keys(programme(CAST, tmp_path)) & all_keys(programme(text, tmp_path))


# --- what they depend on of the weights -------------------------------------------------------------------------


def with_other(model: Model, name: str, prompt: str, steps: int) -> Model:
    """The model with other numbers in one weight, as different as can be while it still says the same."""
    rng = np.random.default_rng(len(name))
    own = np.array(model.weights[name])
    noise = rng.normal(0, float(np.abs(own).mean()) or 0.1, own.shape).astype(np.float32)
    said = model.run(model.encode(prompt), steps).tokens
    for strength in (1.0, 0.5, 0.2, 0.1, 0.05, 0.02):
        other = replace(model, weights={**model.weights, name: own + np.float32(strength) * noise})
        if other.run(model.encode(prompt), steps).tokens == said:
            return other
    raise AssertionError(f"whatever is done to {name} changes what the model says")


WEIGHTS = [
    "wte.weight",
    "wpe.weight",
    "h.0.attn.c_attn.weight",
    "h.0.ln_2.bias",
    "h.1.mlp.c_fc.weight",
    "h.2.mlp.c_proj.weight",
    "ln_f.weight",
    "lm_head.weight",
]


@pytest.mark.parametrize("name", WEIGHTS)
def test_what_a_weight_is_seen_in_has_another_key(
    everything: Programme, darkroom: Darkroom, name: str, tmp_path: Path
) -> None:
    """And what keeps its key keeps its pictures: the other way round this is the same."""
    model = with_other(everything.productions[0].run.model, name, "CBABBC", 2)
    after = programme(EVERYTHING, tmp_path, model)
    assert after.productions[0].run.tokens == everything.productions[0].run.tokens
    if all_keys(everything) & all_keys(after):
        assert darkroom.stale(everything, after, sample=4) == []


def test_a_weight_changes_the_keys_of_what_shows_it_and_leaves_the_others(sort: Programme, tmp_path: Path) -> None:
    model = sort.productions[0].run.model
    text = (SCENES / "sort.yaml").read_text()

    before = programme(text, tmp_path)

    def touched(name: str) -> dict[str, list[bool]]:
        after = programme(text, tmp_path, with_other(model, name, "CBABBC", 6))
        found: dict[str, list[bool]] = {}
        for one, other in zip(segments(before), segments(after), strict=True):
            found.setdefault(one.beat, []).append(one.key != other.key)
        return found

    assert all(itertools.chain(*touched("wte.weight").values())), "all is computed from it"
    for name in ("lm_head.weight", "h.2.mlp.c_proj.weight"):
        found = touched(name)
        assert not any(found["tokens"] + found["embedding"] + found["softmax"]), "the camera is close to others"
        for beat in ("cells", "score"):
            assert (found[beat][0], found[beat][-1]) == (True, False), (
                "it leaves the picture when the camera comes close"
            )
        assert all(found["problem"] + found["stream"] + found["prediction"] + found["end"])
    found = touched("h.0.mlp.c_proj.weight")
    assert all(found["mlp"]) and not any(found["embedding"]) and not found["softmax"][-1]


def test_a_chart_of_predictions_depends_on_the_head_wherever_the_camera_is(tmp_path: Path) -> None:
    text = """
title: Read off
prompt: CBABBC
video: {size: 480x270, fps: 4}
beats:
- id: near
  camera: {frame: ["wte[c=0:3]"], azimuth: 0, elevation: 0, over: 0s}
  for: 1s
- id: read
  do: [{chart: "embed[t=5]", through: prediction, over: 0.5s, keep: true}]
  for: 1.5s
- {id: later, for: 1s}
"""
    before = programme(text, tmp_path)
    other = with_other(before.productions[0].run.model, "ln_f.weight", "CBABBC", 1)
    after = programme(text, tmp_path, other)
    assert changed(before, after) == {"read", "later"}


# --- what is in sight -------------------------------------------------------------------------------------------


def unforeseen(layout: Layout, crowd: Crowd, shot: Shot, aspect: float, times: Sequence[float], every: int = 1) -> int:
    """In how many of some frames the stage sees a box that was not foreseen."""
    foreseen = np.zeros(len(crowd), bool)
    foreseen[in_sight(layout, shot, times, aspect)] = True
    solid, size = np.ones(len(crowd)), (round(aspect * 720), 720)
    poses = dict.fromkeys(shot.camera.pose(t) for t in times[::every])
    return sum(not foreseen[crowd.seen(View(pose, size), solid).places].all() for pose in poses)


FILMS = sorted(path.relative_to(SCENES).as_posix() for path in SCENES.rglob("*.yaml") if path.stem != "full")


@pytest.mark.parametrize("name", FILMS)
def test_no_box_is_seen_that_was_not_foreseen(name: str) -> None:
    """In any frame at 30 a second; of the hundred thousand boxes of the largest film in every third."""
    need_weights_of(SCENES / name)
    film = load(SCENES / name, fps=30).programme
    (production,) = film.productions
    crowd = Crowd(production.layout, production.run)
    for segment in segments_of_shots(film):
        shot, times = segment
        every = 3 if len(crowd) > 10_000 else 1
        assert unforeseen(production.layout, crowd, shot, production.aspect, times, every) == 0, shot.id


def segments_of_shots(film: Programme) -> Iterator[tuple[Shot, list[float]]]:
    """The beat of every segment, and what its frames show."""
    shots = {passage.name: passage.shot for passage in film.passages}
    for segment in segments(film):
        yield shots[segment.beat], [moment.t for moment, _ in segment.frames]


angles = st.floats(-80, 80)
share = st.floats(-0.1, 1.1)


def points_of(layout: Layout, count: int = 5) -> np.ndarray:
    """Points in every box, (n, count * count * 2, 3): where a projection finds one in the picture, the box is seen."""
    low, high = layout.extents
    steps = np.linspace(0, 1, count)
    places = np.stack(np.meshgrid(steps, steps, [0.0, 1.0], indexing="ij"), -1).reshape(-1, 3)
    return low[:, None] + places * (high - low)[:, None]


@given(st.data())
@settings(max_examples=80)
def test_no_box_is_seen_unforeseen_however_the_camera_goes(everything: Programme, data: st.DataObject) -> None:
    """From any pose to any other as fast as it may, at any frame rate: points of boxes, projected, say what is seen."""
    (production,) = everything.productions
    layout, points = production.layout, points_of(production.layout)
    low, high = np.array(layout.bounds.low), np.array(layout.bounds.high)

    def pose() -> Pose:
        x, y, z = (low + np.array([data.draw(share) for _ in range(3)]) * (high - low)).tolist()
        distance = float(np.linalg.norm(high - low)) * 10 ** data.draw(st.floats(-2.5, 0.5))
        return Pose((x, y, z), distance, data.draw(angles), data.draw(angles))

    first, goal = pose(), pose()
    fps, ease = data.draw(st.integers(2, 120)), EASINGS[data.draw(st.sampled_from(sorted(EASINGS)))]
    aspect = data.draw(st.sampled_from([16 / 9, 1.0, 9 / 16]))
    over = shortest_duration(first, goal, aspect, ease)
    track = CameraTrack(first)
    track.add(0.0, over, Fixed(goal), ease)
    n_frames = math.ceil(over * fps) + 2
    shot = Shot("a", n_frames, fps, Heading("A"), Draft(), track)
    start = data.draw(st.integers(0, n_frames - 1))
    times = [frame / fps for frame in range(start, min(start + LENGTH, n_frames))]
    foreseen = np.zeros(len(points), bool)
    foreseen[in_sight(layout, shot, times, aspect)] = True
    size = width, height = round(aspect * 720), 720
    for t in times:
        x, y, depth = np.moveaxis(View(track.pose(t), size).project(points.reshape(-1, 3)), -1, 0)
        inside = (x > 0) & (x < width) & (y > 0) & (y < height) & (depth > 1e-6)
        seen = inside.reshape(len(points), -1).any(axis=1)
        assert foreseen[seen].all(), [box for box, own in zip(layout.boxes, seen & ~foreseen, strict=True) if own]
