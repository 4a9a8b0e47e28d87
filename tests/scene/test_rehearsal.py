from __future__ import annotations

import pytest

from render.errors import UserError
from render.model import Model, Run
from render.scene import ScriptError, TemplateContext, check_scene, parse_scene, parse_template, prompt_tokens, rehearse

BEATS = """\
title: x
prompt: CBABBC
beats:
- id: a
  chapter: "{prompt}"
  say: "{probs[t=-1].max:.0%} {generated}"
  camera: [h.0.attn, "embed[t=5]"]
  do:
  - fill: [embed, h.0]
    explain: h.0.attn.q[h=1, t=5, a=2]
  - copy: wte[v=1]
    to: embed[t=3]
  - label: wte
    text: "{tokens[3].text}"
  - feed_back: {times: 2}
  - chart: probs[t=7]
    title: "{tokens[7].text}"
- id: b
  say: "{tokens[7].text} {generated}"
"""


def problems(script: str, run: Run) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        check_scene(parse_scene(script, "s.yaml"), run)
    return str(caught.value).splitlines()


def test_a_right_script_passes(run: Run) -> None:
    check_scene(parse_scene(BEATS, "s.yaml"), run)


def test_a_later_position_exists_only_after_feed_back(run: Run) -> None:
    early = BEATS.replace("- feed_back: {times: 2}", "- feed_back: {times: 1}")
    assert problems(early, run) == [
        "s.yaml:16:18: t=7 is out of range: t of probs goes from 0 to 6",
        "s.yaml:17:21: t=7 is out of range: t of tokens goes from 0 to 6",
        "s.yaml:19:17: t=7 is out of range: t of tokens goes from 0 to 6",
    ]


def test_all_problems_with_their_places(run: Run) -> None:
    script = """\
title: x
prompt: CBABBC
beats:
- id: a
  say: >
    Some words
    and {prob[t=5].max} and
    {model.parms} more.
  camera: {frame: [embed, h.9]}
  do:
  - show: [wte, wtf]
  - dim: model
    except: "lm_hed"
  - highlight: embed[t=3, z=1]
  - fill: wte
  - fill: embed
    explain: h.0.ln_1.out[t=0, c=0]
  - explain: embed[t=1]
  - explain: wte[v=0, c=0]
  - formula: wpe[c=0]
  - formula: h.0.attn
  - label: h.0
    text: ok
  - chart: probs
  - chart: probs[t=0, v=0]
  - move: wte[v=1]
    to: embed
    with: [{camera: embde}]
"""
    scene = parse_scene(script, "s.yaml")
    names, inside = run.graph.module("h.0"), run.graph.module("h.0.attn")
    with pytest.raises(ScriptError) as caught:
        check_scene(scene, run)
    assert [f"{place}: {message}" for place, message in caught.value.problems] == [
        "s.yaml:7:10: no value is called 'prob'; did you mean 'probs'?",
        "s.yaml:8:6: the model has no figure 'parms'; did you mean 'params'?",
        "s.yaml:9:27: there is no tensor or module 'h.9'; did you mean 'h.1'?",
        "s.yaml:11:17: there is no tensor or module 'wtf'; did you mean 'wte'?",
        "s.yaml:13:13: there is no tensor or module 'lm_hed'; did you mean 'lm_head'?",
        "s.yaml:14:27: embed has no dimension 'z'; there are: t, c",
        "s.yaml:15:11: 'wte' is given and not computed, so there is nothing to fill",
        "s.yaml:17:14: 'h.0.ln_1.out[t=0, c=0]' is not among what this fills; a fill explains one of its own cells",
        "s.yaml:18:14: one cell is needed here, and 'embed[t=1]' is 12; say which: c=...",
        "s.yaml:19:14: 'wte[v=0, c=0]' is given and not computed, so it has no formula to explain",
        "s.yaml:20:14: 'wpe[c=0]' is given and not computed, so it has no formula",
        f"s.yaml:21:14: one tensor is needed here, and 'h.0.attn' is {len(inside)}: {', '.join(inside[:3])}, ...",
        f"s.yaml:22:12: one tensor is needed here, and 'h.0' is {len(names)}: {', '.join(names[:3])}, ...",
        "s.yaml:24:12: a chart needs one row or column, and 'probs' is 6 by 3 cells; slice all of t, v but one",
        "s.yaml:25:12: a chart needs one row or column, and 'probs[t=0, v=0]' is one cell",
        "s.yaml:27:9: 'wte[v=1]' has 12 cells and 'embed' has 72; they must have as many",
        "s.yaml:28:21: there is no tensor or module 'embde'; did you mean 'embed'?",
    ]


def prompt_flaw(script: str, model: Model) -> str:
    with pytest.raises(ScriptError) as caught:
        prompt_tokens(parse_scene(script, "s.yaml"), model)
    return str(caught.value)


def test_the_prompt(model: Model) -> None:
    beat = "beats: [{id: a}]\n"
    assert prompt_tokens(parse_scene(f"title: x\nprompt: CBA\n{beat}"), model) == (2, 1, 0)
    assert prompt_tokens(parse_scene(f"title: x\ntokens: [2, 1]\n{beat}"), model) == (2, 1)
    assert prompt_tokens(parse_scene(f"title: x\nprompt: >\n  CBA\n{beat}"), model) == (2, 1, 0)
    with pytest.raises(UserError) as caught:
        model.encode("CBX")
    assert prompt_flaw(f"title: x\nprompt: CBX\n{beat}", model) == f"s.yaml:2:9: {caught.value}"
    message = "there is no token 3: the ids of 'tiny' go from 0 to 2"
    assert prompt_flaw(f"title: x\ntokens: [2, 3]\n{beat}", model) == f"s.yaml:2:13: {message}"
    message = "12 tokens are too many: 'tiny' looks at 11 at most"
    assert prompt_flaw(f"title: x\nprompt: {'A' * 12}\n{beat}", model) == f"s.yaml:2:9: {message}"
    assert prompt_flaw(f"title: x\ntokens: [{'1, ' * 12}]\n{beat}", model) == f"s.yaml:2:9: {message}"


def test_more_is_fed_back_than_the_model_looks_at(model: Model) -> None:
    beats = "beats:\n- id: a\n  do:\n  - feed_back: {times: 6}\n- id: b\n  do:\n  - feed_back: {}\n"
    script = f"title: x\nprompt: CBABBC\n{beats}"
    message = "13 tokens after this feed_back are too many: 'tiny' looks at 11 at most"
    assert prompt_flaw(script, model) == f"s.yaml:9:5: {message}"


def test_the_last_prediction_joins_a_full_sequence() -> None:
    """Six letters and six predictions are one token more than the model looks at: the last joins without a pass."""
    say = "say: '{generated}, {sequence}, {predicted}'"
    beats = f"beats: [{{id: a, do: [feed_back: {{times: 6}}]}}, {{id: b, {say}}}]"
    scene = parse_scene(f"title: x\nprompt: CBABBC\n{beats}\n", "s.yaml")
    run = rehearse(scene)
    assert (len(run.steps), len(run.tokens)) == (6, 12)
    words = scene.beats[1].say
    assert words is not None
    assert words.render(TemplateContext(run, 6)) == "ABBBCC, CBABBCABBBCC,"


def test_a_model_that_is_none() -> None:
    scene = parse_scene("title: x\nmodel: nano-srot\nprompt: A\nbeats: [{id: a}]\n", "s.yaml")
    with pytest.raises(ScriptError) as caught:
        rehearse(scene)
    assert str(caught.value) == "s.yaml:2:8: there is no model or file 'nano-srot'; did you mean 'nano-sort'?"


def test_the_built_in_model() -> None:
    scene = parse_scene(BEATS.replace("{times: 2}", "{times: 5}").replace("t=7", "t=10"), "s.yaml")
    run = rehearse(scene)
    assert (run.model.name, len(run.steps), run.prompt_length) == ("nano-sort", 6, 6)
    likeliest = run.steps[5]["probs"][10].max()
    assert parse_template("{probs[t=10].max:.1%}").render(TemplateContext(run, 5)) == f"{likeliest:.1%}"
