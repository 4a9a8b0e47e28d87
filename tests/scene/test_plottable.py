"""What is wrong with plots and sweeps is told with its place before anything is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from render.model import Run
from render.programme.production import Production
from render.scene import ScriptError, TemplateContext, check_scene, parse_scene, parse_template

HEAD = "title: x\nprompt: CBABBC\nbeats:\n- id: a\n  do:\n"


def schema_problems(actions: str) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        parse_scene(HEAD + actions, "s.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            "- {chart: embed, as: pie}",
            "6:24: 'as' must be bars, line, histogram, heat_map or curve, not 'pie'",
        ),
        (
            "- {chart: embed, through: sofmax}",
            "6:29: 'through' must be softmax, argmax, prediction or exp, not 'sofmax'",
        ),
        (
            "- {chart: [embed, wte]}",
            "6:13: 'as: bars' shows one thing, and this is 2; several go into one plot with 'as: line' or",
        ),
        (
            "- {chart: [embed, wte, wpe, embed, embed, embed, embed], as: line}",
            "6:13: a plot has room for 6 series, and these are 7",
        ),
        ("- {chart: [embed, wte], as: histogram, names: [a]}", "6:49: these are 1 names for 2 selectors"),
        ("- {chart: embed, temperature: 2}", "6:33: a temperature is for what goes 'through: softmax'"),
        ("- {chart: embed, through: softmax, temperature: 0}", "6:51: 'temperature' must be from 0.01 to 100, not 0"),
        ("- {chart: embed, as: curve, through: exp}", "6:40: a curve shows its tensor's own function"),
        ("- {chart: embed, as: heat_map, through: prediction}", "6:43: a prediction is one row of numbers"),
        ("- {sweep: temperature, from: 0, to: 1}", "6:32: a temperature is from 0.01 to 100, not 0"),
        ("- {sweep: t, from: 0.5, to: 1}", "6:22: 'from' must be a whole number, an index along 't', not 0.5"),
        ("- {sweep: t, from: 1, to: 1}", "6:29: a sweep from 1 to 1 changes nothing"),
        ("- {sweep: t, from: one, to: 1}", "6:22: 'from' must be a number from"),
        ("- {sweep: t, from: 1}", "6:5: a sweep needs 'to'"),
    ],
)
def test_what_no_model_is_needed_for(action: str, message: str) -> None:
    (problem,) = schema_problems(f"  {action}\n")
    assert problem.startswith(f"s.yaml:{message}"), problem


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            '{chart: "h.0.attn.att[h=1,t=0]", as: heat_map}',
            "a heat map needs one matrix, and 'h.0.attn.att[h=1,t=0]' is 1 by 1 by 6 cells",
        ),
        (
            "{chart: h.0.attn.att, as: heat_map}",
            "a heat map needs one matrix, and 'h.0.attn.att' is 3 by 6 by 6 cells; slice all of h, t, s but two",
        ),
        ('{chart: "embed[t=5]", as: curve}', "a curve needs a tensor whose cells are one function of one cell"),
        ("{chart: h.0.mlp.act, as: curve}", "a chart needs one row or column, and 'h.0.mlp.act' is 6 by 48 cells"),
        ('{chart: "embed[t=5, c=1]", as: histogram}', "a histogram needs several cells, and 'embed[t=5, c=1]' is one"),
        ('{chart: "h.0.mlp.out[t=5]", through: prediction}', "a prediction is read off one position of the residual"),
        ("{chart: embed, through: prediction}", "a prediction is read off one position of the residual stream"),
        (
            '{chart: ["embed[t=5]", "h.0.mlp.act[t=5]"], as: line}',
            "'h.0.mlp.act[t=5]' is 48 along f, and 'embed[t=5]' is 12 along c; lines in one plot",
        ),
    ],
)
def test_what_cannot_be_drawn_so(run: Run, action: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        check_scene(parse_scene(f"{HEAD}  - {action}\n", "s.yaml"), run)
    ((place, said),) = caught.value.problems
    assert said.startswith(message) and place.line == 6 and place.column >= 13


CHART = '  - {chart: "probs[t=5]"}\n'
SOFT = '  - {chart: "logits[t=5]", through: softmax}\n'


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ("  - {sweep: t, from: 0, to: 1}\n", "6:13: a sweep over nothing: there is no chart in the picture; put a"),
        (
            CHART + "  - {sweep: temperature, from: 1, to: 2}\n",
            "7:13: a sweep over nothing: no chart in the picture goes 'through: softmax'",
        ),
        (
            SOFT + "  - {sweep: temperatur, from: 1, to: 2}\n",
            "7:13: a sweep over nothing: no chart in the picture has one 'temperatur'; did you mean 'temperature'?",
        ),
        (
            CHART + "  - {sweep: v, from: 0, to: 1}\n",
            "7:13: a sweep over nothing: no chart in the picture has one 'v'; there are: t",
        ),
        (CHART + "  - {sweep: t, from: 0, to: 6}\n", "7:29: t=6 is out of range: t of probs goes from 0 to 5"),
        (CHART + "  - {sweep: t, from: -7, to: 1}\n", "7:22: t=-7 is out of range: t of probs goes from 0 to 5"),
        (CHART + "  - {sweep: t, from: 5, to: -1}\n", "7:29: a sweep from 5 to -1 changes nothing: they are the same"),
        (
            "  - {sweep: t, from: 0, to: 1, with: [" + CHART.strip()[2:] + "]}\n",
            "6:13: a sweep over nothing: there is no chart in the picture",
        ),
        (
            '  - {chart: "probs[t=5]", at: 5s}\n  - {sweep: t, from: 0, to: 1, at: 2s}\n',
            "7:13: a sweep over nothing: the chart comes after it",
        ),
        (CHART + "- id: b\n  do:\n  - {sweep: t, from: 0, to: 1}\n", "9:13: a sweep over nothing: there is no chart"),
        (
            '  - {chart: "h.0.mlp.act[t=5, f=3:9]", as: curve}\n  - {sweep: f, from: 2, to: 5}\n',
            "7:22: f=2 is out of range: f of h.0.mlp.act goes from 3 to 8",
        ),
    ],
)
def test_a_sweep_needs_a_chart_that_can_be_swept(actions: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        Production(parse_scene(HEAD + actions, "s.yaml")).timeline  # noqa: B018
    assert str(caught.value).startswith(f"s.yaml:{message}"), str(caught.value)


def rendered(text: str, run: Run) -> str:
    return parse_template(text).render(TemplateContext(run, 0))


def test_what_the_model_would_say_in_words(run: Run) -> None:
    trace = run.steps[0]
    last = trace["probs"][5].astype(np.float64)
    assert rendered("{h.1.resid[t=5].prediction} {h.1.resid[t=5].prediction.id}", run) == (
        f"{'ABC'[int(last.argmax())]} {int(last.argmax())}"
    )
    assert rendered("{h.1.resid[t=-1].confidence:.4f}", run) == f"{last.max():.4f}"
    for words in ("{h.0.mlp.out[t=5].prediction}", "{embed.confidence}", "{embed[t=5, c=0:3].prediction}"):
        scene = parse_scene(f"title: x\nprompt: CBABBC\nbeats:\n- id: a\n  say: '{words}'\n", "s.yaml")
        with pytest.raises(ScriptError, match=r"s.yaml:5:10: a prediction is read off one position of the residual"):
            check_scene(scene, run)
