"""What of two folders of films is told, and what is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from before_and_after import BEFORE, films

from render import UserError
from render.report.comparison import Pair, pairs
from render.report.page import write_report


def pair(before: Path, after: Path, name: str) -> Pair:
    return {own.name: own for own in pairs(before, after)}[f"{name}.mp4"]


def test_the_films_of_both_folders_are_paired(before: Path, after: Path) -> None:
    found = pairs(before, after)
    assert [own.name for own in found] == ["beats.mp4", "fresh.mp4", "same.mp4", "words.mp4"]
    assert [own.is_whole for own in found] == [True, False, True, True]
    assert list(found[2].seen()) == list(found[2].made_otherwise()) == []


def test_a_beat_that_did_not_change_is_not_looked_at(before: Path, after: Path) -> None:
    seen = {own.change.name: own for own in pair(before, after, "words").seen()}
    assert list(seen) == ["said", "card", "far", "view"]
    assert all(seen[name].differs for name in ("said", "card", "view"))
    assert seen["said"].change.words and not seen["said"].change.numbers
    assert seen["card"].change.numbers and not seen["card"].change.words
    assert not seen["view"].change.is_told
    assert not (seen["far"].change.is_told or seen["far"].differs), "something changed, and it is out of sight"


def test_marks_at_the_foot_make_no_beat_another_one(before: Path, after: Path) -> None:
    """A beat that is added alters the marks in all of them."""
    seen = {own.change.name: own for own in pair(before, after, "beats").seen()}
    assert {name: own.change.kind for name, own in seen.items()} == {
        "gone": "removed",
        "new": "added",
        "third": "changed",
    }
    assert seen["gone"].after is None and seen["new"].before is None
    assert seen["gone"].difference is seen["new"].difference is None


def test_folders_without_films_are_told(before: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no films with manifests"):
        pairs(tmp_path, tmp_path)
    with pytest.raises(UserError, match="is not there"):
        pairs(before, tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file"):
        pairs(before, tmp_path / "file")


def test_a_film_that_was_replaced_is_told(before: Path, after: Path, tmp_path: Path) -> None:
    shutil.copytree(after, tmp_path / "after")
    shutil.copy(before / "same.mp4", tmp_path / "after" / "words.mp4")
    with pytest.raises(UserError, match=r"words\.mp4 is not the film"):
        write_report(before, tmp_path / "after", tmp_path / "report", ("a", "b"))
    assert not (tmp_path / "report" / "index.html").exists()


def test_films_in_other_formats_are_compared(tmp_path: Path) -> None:
    said = BEFORE["same"].replace("One beat.", "Another one.")
    one, two = (films({"same": text}, tmp_path / name, "gif") for name, text in (("a", BEFORE["same"]), ("b", said)))
    (seen,) = next(iter(pairs(one, two))).seen()
    assert seen.differs and seen.change.name == "only"


def test_settings_that_are_others_are_told(before: Path, tmp_path: Path) -> None:
    dark = films({"same": BEFORE["same"].replace("fps: 5", "fps: 4, theme: dark")}, tmp_path)
    own = pair(before, dark, "same")
    assert list(own.made_otherwise()) == [("fps", "5", "4"), ("theme", "light", "dark")]
    (seen,) = own.seen()
    assert seen.differs and seen.difference is not None and seen.difference.share > 0.9


def test_a_report_replaces_a_report_and_nothing_else(before: Path, after: Path, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    index = write_report(before, after, folder, ("one", "two"))
    first, pictures = index.read_text(), {path.name for path in (folder / "pictures").iterdir()}
    assert write_report(before, after, folder, ("one", "two")) == index and index.read_text() == first
    assert {path.name for path in (folder / "pictures").iterdir()} == pictures, "the same every time"
    write_report(before, before, folder, ("one", "one"))
    assert "No beat changed" in index.read_text() and not list((folder / "pictures").iterdir())
    index.write_text("<p>My own page")
    with pytest.raises(UserError, match="no report of ours"):
        write_report(before, after, folder, ("one", "two"))
    assert index.read_text() == "<p>My own page"
