"""Revisions of scenes in git, made with the renderer as it is now."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from before_and_after import AFTER, BEFORE, HEAD, scripts
from command import Call, left

ME = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false"]


def git(*arguments: str, cwd: Path) -> str:
    return subprocess.run(["git", *ME, *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two revisions, `one` and `two`, of a film that includes another script; and a third in the working tree."""
    top = tmp_path / "repository"
    whole = "title: All\nvideo: {size: 320x180, fps: 5}\ninclude: [parts/same.yaml]\n"
    scripts({"words": BEFORE["words"], "whole": whole}, top / "scenes")
    scripts({"same": BEFORE["same"]}, top / "scenes" / "parts")
    git("init", "-q", cwd=top)
    for tag, said in (("one", ""), ("two", "Another beat.")):
        if said:
            (top / "scenes" / "parts" / "same.yaml").write_text(BEFORE["same"].replace("One beat.", said))
            scripts({"fresh": AFTER["fresh"]}, top / "scenes")
        git("add", "-A", cwd=top)
        git("commit", "-q", "-m", tag, cwd=top)
        git("tag", tag, cwd=top)
    (top / "scenes" / "parts" / "same.yaml").write_text("this: is broken")
    monkeypatch.chdir(top)
    return top


def test_two_revisions_are_compared_as_they_were(repository: Path, call: Call) -> None:
    before = git("status", "--porcelain", cwd=repository)
    scenes = ["scenes/whole.yaml", "scenes/fresh.yaml"]
    code, out, err = call("diff", "one", "two", *scenes, "-o", "../report", "--workers", "1")
    assert (code, out, err) == (0, "../report/index.html\n", "")
    page = Path("../report/index.html").read_text()
    assert "<del>One</del> <ins>Another</ins> beat." in page, "of the script that is included"
    assert "new film, 2 beats" in page and "one</span>" in page and "two</span>" in page
    assert git("status", "--porcelain", cwd=repository) == before, "neither index nor working tree are touched"
    assert left(repository) == {".git", "scenes"}


def test_a_revision_is_compared_with_a_folder(repository: Path, call: Call) -> None:
    git("checkout", "-q", "--", ".", cwd=repository)
    assert call("scenes/words.yaml", "-o", "../films/", "--workers", "1")[0] == 0
    code, _, err = call("diff", "one", "../films", "scenes/words.yaml", "-o", "../report", "--workers", "1")
    assert (code, err) == (0, "") and "No beat changed" in Path("../report/index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["one", "thre", "scenes/whole.yaml"], "git says: Needed a single revision"),
        (["one", "two"], "'one' is no folder of films; if it is a git revision, say which scenes"),
        (["one", "two", "scenes/gone.yaml"], "there is no scenes/gone.yaml, neither in one nor in the working tree"),
        (["one", "two", "scenes/whole.yaml", "../outside.yaml"], "outside of the repository"),
        (["scenes/whole.yaml", "two", "scenes/whole.yaml"], "is a file; give a folder of films, or a git revision"),
        (["--output", "scenes", "two", "broken", "scenes/whole.yaml"], "broken:scenes/parts/same.yaml"),
        (["one"], "NEW"),
    ],
)
def test_what_cannot_be_compared_is_told(repository: Path, call: Call, arguments: list[str], words: str) -> None:
    git("commit", "-qam", "broken", cwd=repository)
    git("tag", "broken", cwd=repository)
    (repository.parent / "outside.yaml").write_text(BEFORE["same"])
    code, out, err = call("diff", *arguments, "--workers", "1", *([] if "--output" in arguments else ["-o", "report"]))
    assert (code, out) == (2, "") and words in err
    assert not (repository / "report").exists() and "Traceback" not in err


def test_without_a_repository_git_says_so(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, _, err = call("diff", "one", "two", "scene.yaml")
    assert code == 2 and "git says: not a git repository" in err


def test_models_are_those_of_the_revision(repository: Path, call: Call) -> None:
    """A script that names a checkpoint by its path beside it finds it there."""
    script = f"title: Own\nmodel: ./model.json\n{HEAD}beats:\n- {{id: only, for: 1s}}\n"
    scripts({"own": script}, repository / "scenes")
    git("add", "scenes/own.yaml", cwd=repository)
    git("commit", "-q", "-m", "own", cwd=repository)
    code, _, err = call("diff", "HEAD", "HEAD", "scenes/own.yaml", "-o", "../report")
    assert code == 2 and "HEAD:scenes/model.json" in err
