from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from render.scene import Scene, ScriptError, Size, load_scene, parts_of

BEATS = "beats: [{id: a}]\n"


def write(folder: Path, **scripts: str) -> None:
    for name, text in scripts.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def parts(path: Path, **settings: str | int | None) -> tuple[Scene, ...]:
    return parts_of(load_scene(path).revised(**settings))


def problems(path: Path) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        parts(path)
    return str(caught.value).replace(f"{path.parent}/", "").splitlines()


def test_a_script_with_beats_is_its_only_part(tmp_path: Path) -> None:
    write(tmp_path, plain=f"title: x\nprompt: A\n{BEATS}")
    scene = load_scene(tmp_path / "plain.yaml")
    assert parts_of(scene) == (scene,)


def test_parts_come_in_order_from_where_their_script_is(tmp_path: Path) -> None:
    write(
        tmp_path,
        full="title: x\ninclude: [one.yaml, deep/more.yaml, one.yaml]\n",
        one=f"title: One\nprompt: A\n{BEATS}",
        deep__more="title: More\ninclude: [two.yaml, ../three.yaml]\n",
        deep__two=f"title: Two\nprompt: B\nmodel: ../m.npz\n{BEATS}",
        three=f"title: Three\ntokens: [1]\n{BEATS}",
    )
    found = parts(tmp_path / "full.yaml")
    assert [str(part.title) for part in found] == ["One", "Two", "Three", "One"]
    assert Path(found[1].model).resolve() == (tmp_path / "m.npz").resolve()
    assert [(part.prompt, part.tokens) for part in found[:3]] == [("A", None), ("B", None), (None, (1,))]


INNER = f"title: x\nprompt: A\nmodel: inner\nvideo: {{size: 720p, fps: 60, theme: dark, captions: off}}\n{BEATS}"


def test_what_the_including_script_gives_replaces_what_the_parts_have(tmp_path: Path) -> None:
    write(tmp_path, part=INNER)

    def part(given: str, **settings: str | int | None) -> Scene:
        write(tmp_path, full=f"title: y\n{given}\ninclude: [part.yaml]\n")
        return parts(tmp_path / "full.yaml", **settings)[0]

    own = part("")
    told = (str(own.title), own.prompt, own.model, own.video.theme, own.video.captions)
    assert told == ("x", "A", "inner", "dark", "off")
    assert (own.video.size, own.video.fps) == (Size(1920, 1080), 30), "a film has one size and rate: its own"
    assert part("video: {theme: light, fps: 24}").video.model_dump() == {
        "size": [1920, 1080],
        "fps": 24,
        "theme": "light",
        "captions": "off",
    }
    assert part("model: outer").model == "outer"
    assert part("model: ./outer.npz").model == str(tmp_path / "outer.npz")
    assert [(p.prompt, p.tokens) for p in (part("prompt: BB"), part("tokens: [2]"))] == [("BB", None), (None, (2,))]
    commanded = part("prompt: BB\nvideo: {theme: light}", prompt="CC", theme="dark", size="4k", captions="on")
    assert (commanded.prompt, commanded.video.theme, commanded.video.captions) == ("CC", "dark", "on")
    assert commanded.video.size == Size(3840, 2160)
    assert part("tokens: [2]", prompt="CC").tokens is None


def test_the_outermost_script_wins(tmp_path: Path) -> None:
    write(
        tmp_path,
        full="title: x\nvideo: {size: 64x64}\ninclude: [middle.yaml]\n",
        middle="title: y\nprompt: B\nvideo: {size: 4k, fps: 12, theme: light}\ninclude: [part.yaml]\n",
        part=INNER,
    )
    (part,) = parts(tmp_path / "full.yaml")
    assert (part.prompt, part.video.size, part.video.fps, part.video.theme) == ("B", Size(64, 64), 30, "light")


def test_a_part_knows_where_its_settings_were_written(tmp_path: Path) -> None:
    write(tmp_path, full="title: x\ntokens: [1, 2]\ninclude: [part.yaml]\n", part=INNER)
    (part,) = parts(tmp_path / "full.yaml")
    for scene in (part, pickle.loads(pickle.dumps(part))):
        assert str(scene.where("tokens", 1)) == f"{tmp_path}/full.yaml:2:13"
        assert str(scene.where("model")) == f"{tmp_path}/part.yaml:3:8"
        assert scene.file == tmp_path / "part.yaml"
        assert scene.where("prompt").file == f"{tmp_path}/part.yaml"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("title: x\n", "1:1: a script needs 'beats' (or 'include')"),
        (f"title: x\nprompt: A\n{BEATS}include: [a]\n", "4:10: a script has either 'beats' or 'include', not both"),
        ("title: x\ninclude: []\n", "2:10: 'include' must be a list of one or more scripts"),
        ("title: x\ninclude: a.yaml\n", "2:10: 'include' must be a list of scripts, each after '- ', or in [ ]"),
        ("include: [a.yaml]\n", "1:1: a script needs 'title'"),
        ("title: x\ninclude: [oen.yaml]\n", "2:11: there is no script 'oen.yaml'; did you mean 'one.yaml'?"),
        ("title: x\ninclude: [deep/to]\n", "2:11: there is no script 'deep/to'; did you mean 'deep/two.yaml'?"),
        ("title: x\ninclude: [gone/a.yaml]\n", "2:11: there is no script 'gone/a.yaml'"),
        ("title: x\ninclude: ['a\\0.yaml']\n", "2:11: there is no script 'a\\0.yaml'; did you mean 'one.yaml'?"),
        ("title: x\ninclude: [deep]\n", "2:11: 'deep' is a folder, not a script"),
        ("title: x\ninclude: [full.yaml]\n", "2:11: a script cannot include itself: full.yaml -> full.yaml"),
        ("title: x\ninclude: [./deep/../full.yaml]\n", "2:11: a script cannot include itself: full.yaml -> full.yaml"),
        (f"title: x\ninclude: [{'one.yaml, ' * 101}]\n", "2:1011: with this the film has more than 100 parts"),
    ],
)  # fmt: skip
def test_a_bad_include(tmp_path: Path, script: str, message: str) -> None:
    write(tmp_path, full=script, one=f"title: One\nprompt: A\n{BEATS}", deep__two="")
    assert problems(tmp_path / "full.yaml") == [f"full.yaml:{message}"]


def test_a_ring_of_scripts_names_its_chain(tmp_path: Path) -> None:
    write(
        tmp_path,
        full="title: x\ninclude: [a.yaml]\n",
        a="title: x\ninclude:\n  - deep/b.yaml\n",
        deep__b="title: x\ninclude:\n  - ../a.yaml\n",
    )
    message = "a script cannot include itself: a.yaml -> b.yaml -> a.yaml"
    assert problems(tmp_path / "full.yaml") == [f"deep/b.yaml:3:5: {message}"]


def test_what_is_wrong_in_several_parts_is_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        full="title: x\ninclude: [a.yaml, gone.yaml, b.yaml, a.yaml]\n",
        a="title: x\nbeats: [{id: a}]\n",
        b=f"title: x\nprompt: A\n{BEATS}beets: 1\n",
    )
    assert [line.split(": ")[0] for line in problems(tmp_path / "full.yaml")] == [
        "a.yaml:1:1",
        "b.yaml:4:1",
        "full.yaml:2:19",
    ]
