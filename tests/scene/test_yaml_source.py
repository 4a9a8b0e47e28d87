from __future__ import annotations

import os
import time
import tracemalloc
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.errors import MachineError, UserError
from render.scene.errors import Place, ScriptError
from render.scene.written import Text, locate
from render.scene.yaml_source import parse_source, read_source

SCRIPT = """\
title: "Sort: it"
beats:
  - id: one
    do:
      - fill: embed
        with: [ {label: wte, text: "a {prompt} b"}, {show: ln_f} ]
  - id: two
    say: >
      The first line,
      and {here} one.

    place: |
        deep
          deeper {x}
"""


def at(*path: str | int) -> str:
    return str(locate(parse_source(SCRIPT, "s.yaml"), path))


def test_every_value_knows_its_place() -> None:
    assert at("title") == "s.yaml:1:8"
    assert at("beats") == "s.yaml:3:3"
    assert at("beats", 0) == "s.yaml:3:5"
    assert at("beats", 0, "id") == "s.yaml:3:9"
    assert at("beats", 0, "do", 0, "fill") == "s.yaml:5:15"
    assert at("beats", 0, "do", 0, "with") == "s.yaml:6:15"
    assert at("beats", 0, "do", 0, "with", 0) == "s.yaml:6:17"
    assert at("beats", 0, "do", 0, "with", 0, "text") == "s.yaml:6:36"
    assert at("beats", 0, "do", 0, "with", 1, "show") == "s.yaml:6:60"
    assert at("beats", 1, "say") == "s.yaml:8:10"
    assert at("beats", 1, "nothing") == "s.yaml:7:5"  # the nearest thing around it


def test_characters_inside_a_value_know_their_place() -> None:
    beats = parse_source(SCRIPT, "s.yaml")["beats"]
    quoted: Text = beats[0]["do"][0]["with"][0]["text"]
    assert quoted.place(quoted.index("{")) == Place("s.yaml", 6, 39)
    folded: Text = beats[1]["say"]
    assert folded == "The first line, and {here} one.\n"
    assert folded.place(folded.index("{")) == Place("s.yaml", 10, 11)
    literal: Text = beats[1]["place"]
    assert literal.place(0) == Place("s.yaml", 13, 9)
    assert literal.place(literal.index("{")) == Place("s.yaml", 14, 18)


def test_escapes_in_quotes_fall_back_to_the_start_of_the_value() -> None:
    text: Text = parse_source(r'a: "x\ty {b}"', "s.yaml")["a"]
    assert text == "x\ty {b}"
    assert text.place(text.index("{")) == Place("s.yaml", 1, 4)


def test_scalars_stay_what_was_written() -> None:
    written = "on: yes\nid: 01\nsize: 1920x1080\nclock: 12:30\nnumber: 1_000\ndate: 2020-01-01\nnothing: ~\nblank:\n"
    assert parse_source(written, "s.yaml") == {
        "on": "yes",
        "id": "01",
        "size": "1920x1080",
        "clock": "12:30",
        "number": "1_000",
        "date": "2020-01-01",
        "nothing": "~",
        "blank": None,
    }


def test_an_alias_repeats_a_value() -> None:
    source = parse_source("a: &far {zoom: 1}\nb: [*far, *far]\n", "s.yaml")
    assert source["b"] == [{"zoom": "1"}, {"zoom": "1"}]
    assert str(locate(source, ("b", 1, "zoom"))) == "s.yaml:1:16"


leaves = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029", exclude_categories=["Cc", "Cs"]))
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(leaves.filter(lambda key: key != "<<"), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(leaves.filter(lambda key: key != "<<"), trees, min_size=1, max_size=4), st.booleans())
def test_the_same_data_as_a_yaml_writer_wrote(tree: dict[str, object], flow: bool) -> None:
    written = yaml.dump(tree, Dumper=yaml.SafeDumper, default_flow_style=flow, allow_unicode=True, default_style='"')
    assert parse_source(written, "s.yaml") == tree


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("", "1:1: the script is empty; it needs at least title, prompt and beats"),
        ("# only this\n", "1:1: the script is empty; it needs at least title, prompt and beats"),
        ("- 1\n", "1:1: a script is a mapping (title: ..., prompt: ..., beats: ...), but this is a list"),
        ("hello", "1:1: a script is a mapping (title: ..., prompt: ..., beats: ...), but this is one piece of text"),
        ("a: 1\n\tb: 2\n", "2:1: a tab; indent with spaces, YAML allows no tabs here"),
        ("a:\n\t- b\n", "2:1: a tab; indent with spaces, YAML allows no tabs here"),
        ("a: 'x\nb: 1\n", "1:4: this quote is never closed"),
        ('a: "x\nb: 1\n', "1:4: this quote is never closed"),
        (
            "a: 1\n  b: 2\n",
            "2:4: no ':' can stand here: the line is indented wrongly, or a text with ': ' in it needs quotes",
        ),
        ("a:\n    b: 1\n  c: 2\n", "3:3: wrong indentation: this does not line up with what stands above it"),
        ("a: 1\nfoo\nb: 2\n", "2:1: this line is no 'key: value': a ':' is missing, or it is indented wrongly"),
        ("a: [1, 2\nb: 3\n", "1:4: this '[' is never closed, or a ',' is missing in it"),
        ("a: {x: 1\nb: 3\n", "1:4: this '{' is never closed, or a ',' is missing in it"),
        (
            "a: [q[t=3], b]\n",
            '1:6: inside [ ] and { } a text with brackets, braces or commas needs quotes: "wte[v=1]"',
        ),
        (
            "a: {prompt} is\n",
            "1:13: text after a value that was closed: a text that begins with a quote, '{' or '[' must be in quotes "
            "as a whole",
        ),
        ("a: @x\n", "1:4: a value cannot begin with this character; put the text in quotes"),
        ("a: ]\n", "1:4: a value is missing here, or a bracket is closed that was never opened"),
        ("a: \x01\n", "1:4: the character U+0001 cannot stand in a script"),
        (
            "a: !!python/name:os x\n",
            "1:4: a script has no tags ('tag:yaml.org,2002:python/name:os'); write the value alone",
        ),
        ("a: &far 1\nb: *fa\n", "2:4: there is no finished anchor '&fa' before this alias; did you mean 'far'?"),
        ("a: &a [*a]\n", "1:8: there is no finished anchor '&a' before this alias"),
        ("a: 1\nb: 2\na: 3\n", "3:1: 'a' is written twice in this mapping; the first is on line 1"),
        ("a: &x {y: 1}\nb:\n  <<: *x\n", "3:3: merge keys (<<) are not part of the language; write the keys out"),
        ("? [a]\n: 1\n", "1:3: a key must be a word"),
        ("a: 1\n---\nb: 1\n", "2:1: a second document starts here; a file holds one script"),
        ("a: " + "[" * 2000, "1:44: lists and mappings are nested more than 40 deep"),
    ],
)
def test_bad_yaml(script: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse_source(script, "s.yaml")
    assert str(caught.value) == f"s.yaml:{message}"
    assert caught.value.exit_code == 2


@settings(deadline=None)
@given(st.text(st.sampled_from("ab:- \n\t[]{}'\"&*!|>%@#,?0\\\x00\u00e9")))
def test_any_text_is_data_or_one_clear_error(script: str) -> None:
    try:
        parse_source(script, "s.yaml")
    except ScriptError as error:
        assert str(error).startswith("s.yaml:")
        assert len(str(error).splitlines()) == 1


def test_an_alias_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    start = time.perf_counter()
    tracemalloc.start()
    with pytest.raises(ScriptError) as caught:
        parse_source("\n".join(lines), "bomb.yaml")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.perf_counter() - start < 1
    assert peak < 5_000_000
    message = "more than 20,000 values here, counting what aliases (*name) repeat"
    assert str(caught.value) == f"bomb.yaml:5:5: {message}"


def test_a_missing_script(tmp_path: Path) -> None:
    (tmp_path / "sort.yaml").write_text("title: x\n")
    missing = tmp_path / "sotr.yaml"
    with pytest.raises(UserError) as caught:
        read_source(missing)
    assert str(caught.value) == f"{missing}: there is no such file; did you mean '{tmp_path / 'sort.yaml'}'?"


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_source(tmp_path)
    assert str(caught.value) == f"{tmp_path}: this is a folder, not a script"


def test_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as caught:
        read_source(tmp_path / "file" / "s.yaml")
    assert str(caught.value) == f"{tmp_path / 'file' / 's.yaml'}: there is no such file"


def test_not_utf8(tmp_path: Path) -> None:
    script = tmp_path / "latin.yaml"
    script.write_bytes("title: x\nsay: caf\u00e9\n".encode("latin-1"))
    with pytest.raises(ScriptError) as caught:
        read_source(script)
    message = "this is not UTF-8 text (byte 0xe9); save the script as UTF-8"
    assert str(caught.value) == f"{script}:2:9: {message}"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    script = tmp_path / "bom.yaml"
    script.write_bytes(b"\xef\xbb\xbftitle: x\r\nsay: y\r\n")
    assert read_source(script) == {"title": "x", "say": "y"}


def test_too_large(tmp_path: Path) -> None:
    script = tmp_path / "large.yaml"
    script.write_text("# " + "x" * 1_000_000)
    with pytest.raises(UserError) as caught:
        read_source(script)
    assert str(caught.value) == f"{script}: a script may have at most 1,000,000 bytes"


def test_unreadable(tmp_path: Path) -> None:
    script = tmp_path / "loop.yaml"
    os.symlink(script, script)
    with pytest.raises(MachineError) as caught:
        read_source(script)
    assert str(caught.value) == f"'{script}' cannot be read: Too many levels of symbolic links"
