"""Brackets, section titles, signs and narration beside things, as they are written."""

from __future__ import annotations

import pytest

from render.model import Run
from render.scene import ScriptError, TemplateContext, check_scene, parse_scene, parse_selector
from render.scene.checks import sides

HEAD = "title: x\nprompt: CBABBC\nbeats:\n- id: a\n"


def problems(script: str, run: Run) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        check_scene(parse_scene(script, "s.yaml"), run)
    return [line.removeprefix("s.yaml:") for line in str(caught.value).splitlines()]


def test_right_ones_pass(run: Run) -> None:
    script = HEAD + (
        '  say: "{prompt}"\n  beside: h.0.attn\n  do:\n'
        "  - bracket: [embed, wte]\n    sides: [t, c]\n    keep: true\n"
        "  - bracket: embed\n    sides: t\n    text: '{prompt}'\n"
        "  - section: Block\n    above: [h.0, h.1]\n"
        "  - sign: +\n    between: [embed, h.0.attn]\n"
    )
    check_scene(parse_scene(script, "s.yaml"), run)


@pytest.mark.parametrize(
    ("selector", "dims"),
    [
        ("embed", "t c"),
        ("embed[t=2]", "c"),
        ("h.0.attn.q", "h t a"),
        ("h.0.attn.att[h=1]", "t s"),
        ("h.0.attn.y", "t h a"),
        ("h.0.attn.c_attn.weight", "c h a"),
        ("h.0.attn.c_attn.weight[p=1, h=0]", "c a"),
        ("h.0.mlp.act", "t f"),
        ("wte", "v c"),
    ],
)
def test_the_sides_of_a_region(run: Run, selector: str, dims: str) -> None:
    assert sides(parse_selector(selector), TemplateContext(run, 0)) == tuple(dims.split())


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("  - bracket: embd", "6:14: there is no tensor or module 'embd'; did you mean 'embed'?"),
        (
            "  - bracket: embed[t=1, c=2]",
            "6:14: a bracket needs a side of two cells or more, and 'embed[t=1, c=2]' is one cell",
        ),
        ("  - bracket: wte\n    sides: [v, t]", "7:16: no side to bracket is along 't'; there are: v, c"),
        ("  - bracket: wte\n    sides: h", "7:12: no side to bracket is along 'h'; there are: v, c"),
        (
            "  - bracket: wte\n    text: all",
            "7:11: a bracket with its own text is along one side; say which: sides: [v]",
        ),
        ("  - section: '{prob}'\n    above: h.0", "6:16: no value is called 'prob'; did you mean 'probs'?"),
        ("  - section: x\n    above: h.7", "7:12: there is no tensor or module 'h.7'; did you mean 'h.1'?"),
        ("  - sign: +\n    between: [wte, wpee]", "7:20: there is no tensor or module 'wpee'; did you mean 'wpe'?"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(run: Run, written: str, message: str) -> None:
    assert problems(HEAD + "  do:\n" + written + "\n", run) == [message]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("  do:\n  - section: x\n", "6:5: a section title needs 'above'"),
        ("  do:\n  - sign: +\n", "6:5: a sign needs 'between'"),
        (
            "  do:\n  - sign: +\n    between: wte\n",
            "7:14: 'between' must be a list of selectors, each after '- ', or in [ ]",
        ),
        (
            "  do:\n  - sign: +\n    between: [wte, wpe, embed]\n",
            "7:14: a sign stands between two selectors, not 3",
        ),
        (
            "  do:\n  - bracket: {}\n",
            "6:14: each item of 'bracket' must be text, and this is a mapping; a text that begins",
        ),
        ("  do:\n  - bracket: wte\n    side: [c]\n", "7:5: unknown key 'side' in a bracket; did you mean 'sides'?"),
        ("  beside: embed\n", "5:11: 'beside' says where the narration stands, and this beat has no 'say'"),
        ("  say: x\n  beside: [embed, wte]\n", "6:11: 'beside' must be text, and this is a list"),
    ],
)
def test_a_bad_script(written: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse_scene(HEAD + written, "s.yaml")
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"s.yaml:{message}")


def test_beside_names_what_there_is(run: Run) -> None:
    script = HEAD + "  say: x\n  beside: h.0.atn\n"
    assert problems(script, run) == ["6:11: there is no tensor or module 'h.0.atn'; did you mean 'h.0.attn'?"]
