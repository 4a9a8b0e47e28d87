"""Segments: all frames once; the same key only for the same pictures; another key only for what changed."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cuts import EVERYTHING, SCENES, Darkroom, changed, keys, of_file, programme, segments
from hypothesis import given, settings
from hypothesis import strategies as st

from render.farm import segments as cutting
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
    film = of_file(SCENES / name)
    found = segments(film)
    frames = [moment for segment in found for moment, repeat in segment.frames for _ in range(repeat)]
    assert frames == list(film.frames())
    assert [segment.number for segment in found] == list(range(len(found)))
    assert [segment.first for segment in found] == [*itertools.accumulate((own.n_frames for own in found), initial=0)][:-1]
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
        ("sort.yaml", "softmax", "place: Block 1, head 1\n    say: >\n      Softmax", "place: Block 1\n    say: >\n      Softmax"),
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
    "mark that leaves": ("highlight: \"wte[v=tokens[1]]\", keep: true", "highlight: \"wte[v=tokens[2]]\"", {"embed", "chart", *LATER}),
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
    "pieces": ("\"wpe[t=4]\", by: 3", "\"wpe[t=4]\", by: 4", {"pieces", "worked", "output", "whole"}),
    "work": ("t=5, s=2]\", over: 5s", "t=5, s=3]\", over: 5s", {"worked"}),
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
