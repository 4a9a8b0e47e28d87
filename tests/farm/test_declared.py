"""Declared data as bytes: whatever differs has other bytes, and what is no data is refused."""

from __future__ import annotations

import functools
import json
import math
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, make_dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from render.farm.declared import Out, declare, digest
from render.farm.segments import cut
from render.film import load
from render.timeline.easing import EASINGS, ease_in

SCENES = Path(__file__).parents[2] / "scenes"


@dataclass(frozen=True)
class Pair:
    first: object
    second: object


@dataclass(frozen=True)
class Couple:
    first: object
    second: object


@dataclass(frozen=True)
class Named:
    tensor: str
    _rest: object = field(default=())


def same_name(module: str) -> type:
    made = make_dataclass("Pair", ["first", "second"])
    made.__module__ = module
    return made


def data(value: object) -> bytes:
    out = Out()
    declare(value, out)
    return out.hashed()


def twin(value: object) -> object:
    """What a value is, in a form that compares as bytes should: by kind, floats by their bits, dicts in order."""
    match value:
        case float():
            return ("float", struct.pack("<d", value))
        case np.ndarray() | np.generic():
            own = np.asarray(value)
            return ("array", own.dtype.str, own.shape, own.tobytes())
        case tuple() | list():
            return ("row", *(twin(item) for item in value))
        case dict():
            return ("table", *((twin(key), twin(item)) for key, item in value.items()))
        case Pair() | Couple():
            return (type(value).__name__, twin(value.first), twin(value.second))
    return (type(value).__name__, value)


numbers = st.integers() | st.floats() | st.booleans() | st.none()
# Texts that look like what the bytes are made of.
texts = st.text(alphabet="s0123:;(){}fba,.o@ é\0\ud800", max_size=6)
small = arrays.arrays(
    st.sampled_from([np.dtype(kind) for kind in ("<f4", ">f4", "<f8", "<i4", "|u1", "|b1")]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
leaves = numbers | texts | st.binary(max_size=5) | small
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(texts | st.integers(), inner, max_size=3),
        st.builds(Pair, inner, inner),
        st.builds(Couple, inner, inner),
    ),
    max_leaves=12,
)


@given(values, values)
def test_two_values_have_the_same_bytes_only_if_they_are_the_same(one: object, other: object) -> None:
    assert (data(one) == data(other)) == (twin(one) == twin(other))


@given(st.lists(values, max_size=4), st.data())
def test_where_one_value_ends_and_the_next_begins_counts(row: list[object], draw: st.DataObject) -> None:
    """The same pieces grouped in other ways are other values: the hash is of bytes that can be read in one way only."""
    place = draw.draw(st.integers(0, len(row)))
    grouped = (*row[:place], tuple(row[place:]))
    assert (data(tuple(row)) == data(grouped)) == (twin(tuple(row)) == twin(grouped))


def unlike() -> list[object]:
    return [
        *(None, True, False, 0, 1, -1, 10, "None", "1", "True", "", b"", b"1", (), {}, ((),), {"": ()}, ((), ())),
        *(0.0, -0.0, 1.0, math.nan, -math.nan, math.inf, -math.inf, 5e-324),
        *(struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))),
        *(
            np.float32(1),
            np.float64(1),
            np.array([1.0]),
            np.array([[1.0]]),
            np.array([1.0], "f4"),
            np.array([1.0], ">f8"),
        ),
        *(np.zeros((0, 2)), np.zeros((2, 0)), np.zeros(()), np.array(-0.0), np.array(math.nan)),
        *(("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c"), ("s1:a",), (("a",), "bc"), (1, 23), (12, 3), ("1;", 2)),
        *({"a": 1, "b": 2}, {"b": 2, "a": 1}, (("a", 1), ("b", 2)), {"a": {"b": 2}}, {"a": {}, "b": 2}),
        *(Pair(1, 2), Pair(2, 1), Pair((1, 2), ()), Pair(1, (2,)), Couple(1, 2), (Pair(1, 2),), Pair(Pair(1, 2), 3)),
        *(same_name("here")(1, 2), same_name("there")(1, 2)),
        *(Named("a"), Named("b"), Named("a", 1)),
        *EASINGS.values(),
    ]


def test_what_is_easily_taken_for_one_another_is_not() -> None:
    hashes: dict[bytes, object] = {}
    for value in unlike():
        known = hashes.setdefault(digest(value), value)
        assert known is value, f"{value!r} is taken for {known!r}"


def test_a_list_is_a_tuple_and_an_array_is_its_numbers_however_they_lie() -> None:
    assert digest([1, (2, [3])]) == digest((1, [2, (3,)]))
    table = np.arange(6.0).reshape(2, 3)
    assert digest(table.T) == digest(np.ascontiguousarray(table.T)) != digest(table)
    assert digest(table[:, ::2]) == digest(table[:, ::2].copy())
    assert digest(np.float64(2)) == digest(np.array(2.0))


def inner() -> Callable[[], int]:
    def function() -> int:
        return 1

    return function


def closure(held: int) -> Callable[[], int]:
    def function() -> int:
        return held

    return function


class Live:
    pass


@dataclass
class Structured:
    value: object


@pytest.mark.parametrize(
    "value",
    [
        closure(1),
        inner(),
        lambda: 1,
        functools.partial(ease_in, 1.0),
        math.sin,
        Live(),
        Live,
        Pair,
        {1, 2},
        frozenset("a"),
        object(),
        1j,
        Path("a"),
        range(3),
        iter(()),
        np.array([object()]),
        np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
        np,
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize(
    "hidden",
    [lambda own: own, lambda own: ((1, {"a": [own]}),), lambda own: Structured(own)],
    ids=["bare", "deep", "in a field"],
)
def test_what_is_no_data_is_refused_wherever_it_is(value: object, hidden: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        digest(hidden(value))


def test_functions_of_a_module_are_told_by_name() -> None:
    assert len({digest(easing) for easing in EASINGS.values()}) == len(EASINGS)
    assert digest(ease_in) == digest(ease_in)


def test_the_tensors_that_a_value_speaks_of_are_told_however_deep_they_are() -> None:
    out = Out()
    declare(({"a": [Pair(Named("wte"), (Named("embed"), "lm_head"))]},), out)
    assert out.tensors == {"wte", "embed"}


# --- whole scenes -----------------------------------------------------------------------------------------------


def keys(path: Path, **settings: str) -> list[str]:
    programme = load(path, **settings).programme
    return [segment.key for segment in cut(programme, 0, programme.n_frames, {"versions": "these"})]


@pytest.mark.parametrize("name", ["sort.yaml", "walkthrough/08-transformer.yaml"])
def test_where_a_line_of_a_script_stands_does_not_matter(name: str, tmp_path: Path) -> None:
    path = SCENES / name
    lines = path.read_text().splitlines()
    commented = ["# A remark.", ""]
    for line in lines:
        # Less indented than a folded text before it: it is no part of that.
        if line.lstrip().startswith(("- id:", "camera:", "do:", "title:", "model:", "prompt:", "beats:")):
            commented += ["# Another remark.", ""]
        commented.append(line)
    moved = tmp_path / "elsewhere" / path.name
    moved.parent.mkdir()
    moved.write_text("\n".join(commented) + "\n")
    assert moved.read_text() != path.read_text()
    assert keys(moved) == keys(path)


def test_other_processes_find_the_same_keys() -> None:
    code = """
import json, sys
from pathlib import Path
from test_declared import SCENES, keys
names = ("sort.yaml", "walkthrough/05-self-attention.yaml")
print(json.dumps([keys(SCENES / name) for name in names]))
"""
    places = os.pathsep.join([str(Path(__file__).parent), str(SCENES.parent)])
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": places},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "2")
    ]
    found = [json.loads(process.communicate()[0]) for process in processes]
    assert found[0] == found[1]
    assert found[0][0] == keys(SCENES / "sort.yaml")


def seconds(call: Callable[[], object], times: int = 3) -> float:
    """The least CPU time of several calls."""
    found = []
    for _ in range(times):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return min(found)


def calibration() -> None:
    """A fixed amount of work of the kind that hashing is."""
    table: Mapping[int, str] = {}
    for number in range(100_000):
        table = {number: f"{number};"}
        b"%d:" % len(table[number])


CALIBRATION = 0.023
"""How many seconds `calibration` takes on a machine that half a second is for: one core of a server of 2022."""


def test_all_keys_of_the_full_walkthrough_take_less_than_half_a_second() -> None:
    """In CPU time, and on a slower machine in as much more as a loop of fixed work takes."""
    programme = load(SCENES / "walkthrough" / "full.yaml").programme

    def found() -> object:
        # What the first look at a time line works out and keeps counts: the frames of every beat, of every move.
        for shot in (shot for production in programme.productions for shot in production.timeline.shots):
            shot.__dict__.pop("frames", None)
            shot.__dict__.pop("_changes", None)
        return cut(programme, 0, programme.n_frames, {})

    took = seconds(found)
    slowness = max(1.0, seconds(calibration) / CALIBRATION)
    assert took < 0.5 * slowness, f"{took:.2f} s of CPU time, on a machine {slowness:.1f} times slower than supposed"
