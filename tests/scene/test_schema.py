from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from render.errors import UserError
from render.scene import (
    ACTIONS,
    Copy,
    Dim,
    Explain,
    FeedBack,
    Fill,
    Highlight,
    Label,
    MoveCamera,
    Place,
    Scene,
    ScriptError,
    Size,
    Wait,
    load_scene,
    parse_scene,
)

SCRIPT = """\
title: How a GPT sorts letters
prompt: CBABBC
video: {size: 720p, fps: 60, theme: dark}

beats:
  - id: welcome
    chapter: The problem
    say: >
      This is a GPT with {model.params:,} parameters.
    camera: {frame: model, azimuth: -20, elevation: 12.5, zoom: 0.8, over: 1.2s, ease: out}
  - id: embed
    camera: [wte, wpe, "embed[t=3]"]
    for: 1m
    do:
      - highlight: wte[v=1]
        keep: yes
      - copy: wte[v=1]
        to: embed[t=3]
        at: 500ms
      - fill: [embed, h.0]
        over: 4
        explain: embed[t=3, c=7]
        lines: false
        with:
          - {label: wte, text: "one column per {tokens[3].text}"}
          - feed_back: {times: 2}
      - dim: model
        except: embed
      - explain: embed[t=3, c=7]
        for: 2s
        products: 5
      - camera: embed
      - feed_back:
      - wait: 0.5
  - id: "01"
    say: 5
"""


@pytest.fixture
def scene() -> Scene:
    return parse_scene(SCRIPT, "s.yaml")


def test_a_whole_script(scene: Scene) -> None:
    assert (str(scene.title), scene.model, scene.prompt, scene.tokens) == (
        "How a GPT sorts letters",
        "nano-sort",
        "CBABBC",
        None,
    )
    assert (scene.video.size, scene.video.fps, scene.video.theme) == (Size(1280, 720), 60, "dark")
    welcome, embed, last = scene.beats
    assert str(welcome.chapter) == "The problem"
    assert str(welcome.say) == "This is a GPT with {model.params:,} parameters.\n"
    assert welcome.camera is not None and welcome.camera.frame is not None
    assert [selector.name for selector in welcome.camera.frame] == ["model"]
    camera = welcome.camera
    assert (camera.azimuth, camera.elevation, camera.zoom, camera.over, camera.ease) == (-20, 12.5, 0.8, 1.2, "out")
    assert embed.camera is not None and embed.camera.frame is not None
    assert [str(selector) for selector in embed.camera.frame] == ["wte", "wpe", "embed[t=3]"]
    assert embed.length == 60
    assert (last.id, str(last.say)) == ("01", "5")


def test_actions_are_typed(scene: Scene) -> None:
    highlight, copy, fill, dim, explain, camera, feed_back, wait = scene.beats[1].do
    assert isinstance(highlight, Highlight) and highlight.keep and highlight.over is None
    assert isinstance(copy, Copy) and copy.at == 0.5 and copy.to.name == "embed"
    assert isinstance(fill, Fill) and [str(own) for own in fill.what] == ["embed", "h.0"]
    assert fill.over == 4 and not fill.lines and str(fill.explain) == "embed[t=3, c=7]"
    label, companion = fill.together
    assert isinstance(label, Label) and str(label.text) == "one column per {tokens[3].text}"
    assert isinstance(companion, FeedBack) and companion.times == 2
    assert isinstance(dim, Dim) and dim.to == 0.15 and [str(own) for own in dim.but] == ["embed"]
    assert isinstance(explain, Explain) and (explain.length, explain.products) == (2, 5)
    assert isinstance(camera, MoveCamera) and camera.camera.frame is not None
    assert isinstance(feed_back, FeedBack) and feed_back.times == 1
    assert isinstance(wait, Wait) and wait.length == 0.5


def test_feed_back_advances_the_step(scene: Scene) -> None:
    assert scene.n_feed_backs == 3
    assert scene.steps == (0, 0, 3)
    words = [(action.word, done) for action, done in scene.beats[1].actions()]
    assert words == [
        *[("highlight", 0), ("copy", 0), ("fill", 0), ("label", 0), ("feed_back", 0)],
        *[("dim", 2), ("explain", 2), ("camera", 2), ("feed_back", 2), ("wait", 3)],
    ]


def test_what_is_read_knows_where_it_was_written(scene: Scene) -> None:
    embed = scene.beats[1]
    assert embed.where() == Place("s.yaml", 11, 5)
    assert embed.where("do", 1, "to") == Place("s.yaml", 18, 13)
    assert embed.do[1].where("at") == Place("s.yaml", 19, 13)
    assert embed.do[2].together[0].where("text") == Place("s.yaml", 25, 32)


def test_a_scene_travels_and_can_be_hashed(scene: Scene) -> None:
    again = pickle.loads(pickle.dumps(scene))
    assert again == scene
    assert again.beats[1].do[1].where("at") == scene.beats[1].do[1].where("at")
    dumped = json.loads(scene.beats[1].model_dump_json())
    assert dumped["do"][2]["fill"] == ["embed", "h.0"]
    assert dumped["do"][2]["with"][0]["text"] == "one column per {tokens[3].text}"
    assert set(dumped["do"][7]) == {"at", "with", "wait"}


def test_settings_from_a_command_line(scene: Scene) -> None:
    revised = scene.revised(size="4k", fps=24, theme=None, prompt="AB", model="other")
    assert (revised.video.size, revised.video.fps, revised.video.theme) == (Size(3840, 2160), 24, "dark")
    assert (revised.prompt, revised.model) == ("AB", "other")
    assert scene.video.fps == 60
    for settings, message in (
        ({"fps": 0}, "fps must be from 1 to 120, not 0"),
        ({"size": "huge"}, "size must be 720p, 1080p, 1440p, 4k or WIDTHxHEIGHT such as 1080x1920, not 'huge'"),
        ({"theme": "drak"}, "theme must be light or dark, not 'drak'; did you mean 'dark'?"),
    ):
        with pytest.raises(UserError) as caught:
            scene.revised(**settings)
        assert str(caught.value) == message


def test_a_model_is_a_name_or_a_path_from_the_scripts_folder(tmp_path: Path) -> None:
    def model_of(written: str) -> str:
        script = tmp_path / "s.yaml"
        script.write_text(f"title: x\nprompt: A\nmodel: {written}\nbeats: [{{id: a}}]\n")
        return load_scene(script).model

    assert model_of("nano-sort") == "nano-sort"
    assert model_of("nano-srot") == "nano-srot"
    assert model_of("./weights.npz") == str(tmp_path / "weights.npz")
    assert model_of("gpt2.safetensors") == str(tmp_path / "gpt2.safetensors")
    assert model_of("/models/gpt2") == "/models/gpt2"
    (tmp_path / "mine").mkdir()
    assert model_of("mine") == str(tmp_path / "mine")
    (tmp_path / "gpt2").mkdir()
    assert model_of("gpt2") == "gpt2", "a name that is built in stays one"
    assert model_of("./gpt2") == str(tmp_path / "gpt2")


@pytest.mark.parametrize(
    ("written", "size"),
    [("1080p", (1920, 1080)), ("4K", (3840, 2160)), ("1080x1920", (1080, 1920)), ("640 x 360", (640, 360))],
)
def test_sizes(written: str, size: tuple[int, int]) -> None:
    scene = parse_scene(f"title: x\nprompt: A\nvideo: {{size: {written}}}\nbeats: [{{id: a}}]\n")
    assert scene.video.size == size


def test_every_action_word_is_a_class() -> None:
    words = "show hide dim highlight fill clear explain label chart copy move put_back feed_back camera wait"
    assert set(ACTIONS) >= set(words.split())
    assert all(kind.word == word and kind.__doc__ for word, kind in ACTIONS.items())


HEAD = "title: x\nprompt: A\n"
BEAT = "title: x\nprompt: A\nbeats:\n- id: a\n"
ACTION_LIST = "the actions are " + ", ".join(ACTIONS)


@pytest.mark.parametrize(
    ("script", "messages"),
    [
        (HEAD, ["1:1: a script needs 'beats' (or 'include')"]),
        (HEAD + "beats:\n", ["3:1: a script needs 'beats' (or 'include')"]),
        (HEAD + "beats: []\n", ["3:8: 'beats' must be a list of one or more beats"]),
        (HEAD + "beats: {id: a}\n", ["3:8: 'beats' must be a list of beats, each after '- ', or in [ ]"]),
        (
            HEAD + "beats: [embed]\n",
            [
                "3:9: each item of 'beats' must be a mapping (key: value) with "
                "id, chapter, place, say, beside, camera, do, for"
            ],
        ),
        (HEAD + "bats: []\n", [
            "3:1: unknown key 'bats' in a script; did you mean 'beats'?",
        ]),
        ("prompt: A\nbeats: [{id: a}]\n", ["1:1: a script needs 'title'"]),
        ("title: x\nbeats: [{id: a}]\n", ["1:1: a script needs 'prompt' (text) or 'tokens' (a list of ids)"]),
        (
            "title: x\nprompt: A\ntokens: [1]\nbeats: [{id: a}]\n",
            ["3:9: a script has either 'prompt' or 'tokens', not both"],
        ),
        ("title: x\ntokens: [1, -2, A]\nbeats: [{id: a}]\n", [
            "2:13: each item of 'tokens' must be from 0 to 999999, not -2",
            "2:17: each item of 'tokens' must be a whole number from 0 to 999999, not 'A'",
        ]),
        ("title: [x]\nprompt: ''\nbeats: [{id: a}]\n", [
            "1:8: 'title' must be text, and this is a list; a text that begins with '[' or '- ' needs quotes",
            "2:9: 'prompt' is empty",
        ]),
        (HEAD + "video: {fps: 0, size: 1921x1080, theme: blue, sise: 4k}\nbeats: [{id: a}]\n", [
            "3:14: 'fps' must be from 1 to 120, not 0",
            "3:23: 'size' must be even in width and height (films store colour for two by two pixels), not 1921x1080",
            "3:41: 'theme' must be light or dark, not 'blue'; there are: light, dark",
            "3:47: unknown key 'sise' in the video settings; did you mean 'size'?",
        ]),
        (HEAD + "video: {fps: 29.97, size: 10x10}\nbeats: [{id: a}]\n", [
            "3:14: 'fps' must be a whole number from 1 to 120, not '29.97'",
            "3:27: 'size' must be 64 to 8192 pixels a side, not 10x10",
        ]),
        (HEAD + "video: 4k\nbeats: [{id: a}]\n", [
            "3:8: 'video' must be a mapping (key: value) with size, fps, theme, captions",
        ]),
        (HEAD + "beats: [{id: a}, {id: b}, {id: a}]\n", ["3:32: the id 'a' is taken by the beat on line 3"]),
        (HEAD + "beats: [{say: hello}]\n", ["3:9: a beat needs 'id'"]),
        (
            HEAD + "beats: [{id: My beat}]\n",
            ["3:14: 'id' must be 1 to 60 small letters, digits, '-' or '_' (it becomes a file name), not 'My beat'"],
        ),
        (
            HEAD + "beats: [{id: ../../x}]\n",
            ["3:14: 'id' must be 1 to 60 small letters, digits, '-' or '_' (it becomes a file name), not '../../x'"],
        ),
        (BEAT + "  sya: hello\n", ["5:3: unknown key 'sya' in a beat; did you mean 'say'?"]),
        (BEAT + "  for: -4s\n", ["5:8: 'for' must not be negative, and it is -4s"]),
        (BEAT + "  for: 0\n", ["5:8: 'for' must be longer than 0"]),
        (BEAT + "  for: 11m\n", ["5:8: 'for' must be at most 10 minutes, and it is 11m"]),
        (
            BEAT + "  say: {prompt}\n",
            ["5:8: 'say' must be text, and this is a mapping; a text that begins with '{' or holds ': ' needs quotes"],
        ),
        (BEAT + "  say: >\n    one {prompt} and\n    two {promp\n", [
            "7:9: this '{' is never closed; a brace by itself is written '{{'",
        ]),
        (BEAT + "  camera: {fram: x}\n", ["5:12: unknown key 'fram' in a camera; did you mean 'frame'?"]),
        (BEAT + "  camera: {azimuth: 100, elevation: up, zoom: 0, ease: inout}\n", [
            "5:21: 'azimuth' must be from -80 to 80 degrees, not 100",
            "5:37: 'elevation' must be a number from -80 to 80 degrees, not 'up'",
            "5:47: 'zoom' must be from 0.05 to 50, not 0",
            "5:56: 'ease' must be linear, in, out or in_out, not 'inout'; did you mean 'in_out'?",
        ]),
        (
            BEAT + "  camera: {frame: x, follow: true}\n",
            ["5:30: a camera either has a 'frame' or follows what is being filled, not both"],
        ),
        (
            BEAT + "  do:\n  - camera: {follow: true}\n",
            ["6:22: only the camera of a beat follows what is being filled; write it there"],
        ),
        (BEAT + "  camera: []\n", ["5:11: 'frame' must be a list of one or more selectors"]),
        (BEAT + "  camera: wte[v=1\n", ["5:14: this '[' is never closed"]),
        (BEAT + "  do: {show: x}\n", ["5:7: 'do' must be a list of actions, each after '- ', or in [ ]"]),
        (
            BEAT + "  do: [feed_back]\n",
            [f"5:8: each item of 'do' must be written 'action: what', such as 'fill: embed'; {ACTION_LIST}"],
        ),
        (
            BEAT + "  do:\n  - filll: x\n",
            [f"6:5: there is no action 'filll'; did you mean 'fill'? The {ACTION_LIST.removeprefix('the ')}"],
        ),
        (BEAT + "  do:\n  - zzz: x\n", [f"6:5: there is no action 'zzz'; {ACTION_LIST}"]),
        (BEAT + "  do:\n  - over: 2s\n", [f"6:5: this item has no action; {ACTION_LIST}"]),
        (
            BEAT + "  do:\n  - show: x\n    hide: y\n",
            ["7:5: two actions in one item, 'show' and 'hide'; give each its own '- ', or put one under 'with:'"],
        ),
        (BEAT + "  do:\n  - show:\n", ["6:5: 'show' has no value"]),
        (BEAT + "  do:\n  - show: []\n", ["6:11: 'show' must be a list of one or more selectors"]),
        (BEAT + "  do:\n  - show: [x, {y: z}]\n", [
            "6:15: each item of 'show' must be text, and this is a mapping; "
            "a text that begins with '{' or holds ': ' needs quotes",
        ]),
        (BEAT + "  do:\n  - show: [x, 'y[t]', 'z z']\n", [
            "6:18: a slice is written dim=index or dim=start:stop, such as t=3, t=-1 or f=0:8",
            "6:25: ' ' cannot stand in a selector; a name is followed by [slices] or nothing",
        ]),
        (BEAT + "  do:\n  - show: x\n    ovr: 2s\n", ["7:5: unknown key 'ovr' in a show; did you mean 'over'?"]),
        (BEAT + "  do:\n  - show: x\n    over: soon\n    at: -1\n", [
            "7:11: 'over' must be a duration such as 4s, 0.5s, 500ms or 1m, not 'soon'",
            "8:9: 'at' must not be negative, and it is -1",
        ]),
        (BEAT + "  do:\n  - label: x\n", ["6:5: a label needs 'text'"]),
        (BEAT + "  do:\n  - copy: x\n", ["6:5: a copy needs 'to'"]),
        (BEAT + "  do:\n  - dim: x\n    to: 2\n", ["7:9: 'to' must be from 0 to 1, not 2"]),
        (BEAT + "  do:\n  - highlight: x\n    keep: maybe\n", ["7:11: 'keep' must be true or false, not 'maybe'"]),
        (BEAT + "  do:\n  - explain: x\n    products: 0\n", ["7:15: 'products' must be from 1 to 8, not 0"]),
        (BEAT + "  do:\n  - feed_back: {times: 0}\n", ["6:24: 'times' must be from 1 to 1000, not 0"]),
        (BEAT + "  do:\n  - feed_back: 2\n", ["6:16: 'feed_back' must be a mapping (key: value) with times"]),
        (BEAT + "  do:\n  - wait: 1s\n    with:\n    - show: x\n      with: [{hid: y}]\n", [
            f"9:15: there is no action 'hid'; did you mean 'hide'? The {ACTION_LIST.removeprefix('the ')}",
        ]),
        (
            BEAT + "  for: 3s\n  do:\n  - show: x\n    at: 3s\n",
            ["8:9: this starts when the beat is over: its 'for' is 3s"],
        ),
    ],
)  # fmt: skip
def test_a_bad_script(script: str, messages: list[str]) -> None:
    with pytest.raises(ScriptError) as caught:
        parse_scene(script, "s.yaml")
    assert str(caught.value).splitlines() == [f"s.yaml:{message}" for message in messages]


def test_many_problems_are_counted() -> None:
    script = HEAD + "beats:\n" + "".join(f"- id: b{i}\n  for: soon\n" for i in range(15))
    with pytest.raises(ScriptError) as caught:
        parse_scene(script, "s.yaml")
    lines = str(caught.value).splitlines()
    assert len(lines) == 11
    assert lines[9].startswith("s.yaml:23:8: 'for' must be a duration")
    assert lines[10] == "... and 5 more"
    assert len(pickle.loads(pickle.dumps(caught.value)).problems) == 15
