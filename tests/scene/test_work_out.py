"""What can be worked out, and what is said of what cannot."""

from __future__ import annotations

import pytest

from render.model import Run
from render.scene import ScriptError, check_scene, parse_scene

HEAD = "title: x\nprompt: CBABBC\nbeats:\n- id: a\n  do:\n  - work_out: "


def problems(selector: str, run: Run, prompt: str = "CBABBC") -> list[str]:
    try:
        check_scene(parse_scene(f"{HEAD}{selector!r}\n".replace("CBABBC", prompt), "s.yaml"), run)
    except ScriptError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize(
    "selector",
    [
        *("embed[t=3, c=7]", "embed[t=3]", "embed[c=1]", "h.0.ln_1.mean[t=3]", "h.0.ln_1.out[t=3]"),
        *(
            "h.0.attn.att[h=0, t=5, s=2]",
            "h.0.attn.att_softmax[h=0, t=5, s=0:6]",
            "h.0.attn.att_softmax[h=0, t=2, s=:3]",
        ),
        *("h.0.attn.y[t=5, h=0]", "h.0.mlp.act[t=3, f=0:48]", "h.0.attn.q[h=0, t=3, a=2]", "logits[t=5, v=0]"),
    ],
)
def test_cells_and_rows_can_be_worked_out(selector: str, nano_run: Run) -> None:
    assert problems(selector, nano_run) == []


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("wte[v=1]", "is given and not computed, so there is nothing to work out"),
        ("tokens[3]", "is given and not computed"),
        ("h.0.attn", "one tensor is needed here, and 'h.0.attn' is 13"),
        ("embed", "'embed' is 6 by 48 cells; slice all of t, c but one"),
        ("h.0.mlp.act[t=3]", "is 192 cells, and a row of up to 48 can be worked out; slice it: f=0:48"),
        ("h.0.attn.att[h=0, t=2, s=4]", "h.0.attn.att[h=0, t=2, s=4] lies in the future"),
        ("h.0.attn.att_softmax[h=0, t=2]", "h.0.attn.att_softmax[h=0, t=2, s=3] lies in the future"),
        ("h.0.attn.q[h=0, t=3]", "from 48 terms, too many for a row; pick one cell, such as h.0.attn.q[h=0, t=3, a=0]"),
        ("h.0.attn.att[h=0, t=5]", "from 16 terms, too many for a row; pick one cell"),
        ("h.0.attn.y[t=5]", "is 48 sums, and a row of up to 16 can be worked out"),
        ("h.0.attn.y[t=5, c=10:20]", "has too much in each of its cells for a row; pick one cell, such as h.0.attn.y"),
        ("h.0.attn.att_sum[h=0]", "has too much in each of its cells for a row; pick one cell"),
        ("embd[t=3]", "did you mean 'embed'"),
    ],
)
def test_what_cannot_be_worked_out_is_told_with_its_place(selector: str, message: str, nano_run: Run) -> None:
    (problem,) = problems(selector, nano_run)
    assert problem.startswith("s.yaml:6:15: ") and message in problem


@pytest.mark.parametrize(
    "selector",
    [
        *("h.0.attn.q_rot[h=3, t=4, a=6]", "h.0.attn.q_rot[h=3, t=4, a=0:4]", "h.0.attn.k_rot[h=3, t=4, a=4:8]"),
        *("h.0.mlp.act[t=3]", "rotary.cos[t=3]", "h.0.ln_1.out[t=2]", "h.0.attn.y[t=5, h=4]"),
    ],
)
def test_cells_and_rows_of_a_llama_can_be_worked_out(selector: str, llama_run: Run) -> None:
    assert problems(selector, llama_run, "ABCDEF") == []


def test_two_halves_that_are_computed_in_two_ways_are_no_row(llama_run: Run) -> None:
    (problem,) = problems("h.0.attn.q_rot[h=3, t=4]", llama_run, "ABCDEF")
    assert "are computed alike, so they are no row; slice a=0:4 or a=4:8" in problem


def test_the_time_is_more_than_none() -> None:
    with pytest.raises(ScriptError, match=r"s.yaml:7:11: 'over' must be longer than 0"):
        parse_scene(f"{HEAD}embed[t=3]\n    over: 0s\n", "s.yaml")
