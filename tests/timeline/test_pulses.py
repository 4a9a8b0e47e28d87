"""Pulses and the minimap as functions of time: which ribbons, how far, how strong; and that moving frames are drawn."""

from __future__ import annotations

import itertools

import pytest
from films import production, timeline

from render.layout import Layout
from render.scene import ScriptError
from render.timeline import State
from render.timeline.pulses import SPEED


def ends(layout: Layout, state: State) -> set[tuple[str, str]]:
    ribbons = [layout.ribbons[place] for pulse in state.pulses if pulse.alpha > 0 for place in pulse.ribbons]
    return {(ribbon.source, ribbon.target) for ribbon in ribbons}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("embed", {("tokens", "embed"), ("wte.weight", "embed"), ("wpe.weight", "embed")}),
        ("wte", {("wte.weight", "embed")}),
        (
            "'h.0.attn.q[h=1]'",
            {
                ("h.0.ln_1.out", "h.0.attn.c_attn.weight@p=0,h=1"),
                ("h.0.attn.c_attn.weight@p=0,h=1", "h.0.attn.q@h=1"),
                ("h.0.attn.c_attn.bias@p=0,h=1", "h.0.attn.q@h=1"),
            },
        ),
        ("h.0.resid_attn", {("embed", "h.0.resid_attn"), ("h.0.attn.out", "h.0.resid_attn")}),
    ],
)
def test_the_ribbons_into_what_is_selected_pulse(selector: str, expected: set[tuple[str, str]]) -> None:
    made = production(f"- id: a\n  do: [{{pulse: {selector}}}]\n")
    assert ends(made.layout, made.timeline.state(1.5)) == expected


def test_every_ribbon_of_the_model_pulses_with_it() -> None:
    made = production("- id: a\n  do: [{pulse: model}]\n")
    assert made.timeline.state(1.5).pulses[0].ribbons == tuple(range(len(made.layout.ribbons)))


def test_a_pulse_runs_steadily_and_comes_and_goes_softly() -> None:
    made = production("- id: a\n  do: [{pulse: embed, for: 2s}]\n- {id: b, for: 1s}\n")
    film, speed = made.timeline, SPEED * made.layout.unit
    pulses = [film.state(k / 50).pulses for k in range(100)]
    assert all(len(own) == 1 for own in pulses)
    for k, (pulse,) in enumerate(pulses):
        assert pulse.travel == pytest.approx(speed * k / 50)
    strengths = [pulse.alpha for (pulse,) in pulses]
    assert strengths[0] == 0 and strengths[50] == 1 and strengths[-1] < 0.01
    assert max(abs(a - b) for a, b in itertools.pairwise(strengths)) < 0.1
    assert not film.state(2.0).pulses and not film.state(film.duration - 0.1).pulses


def test_while_pulses_move_every_frame_is_another() -> None:
    film = timeline("- id: a\n  for: 6s\n  do: [{pulse: embed, for: 2s, at: 1s}]\n")
    times, fps = film.shots[0].frames, film.shots[0].fps
    assert len(set(times[fps + 1 : 3 * fps])) == 2 * fps - 1
    assert len(set(times[3 * fps + 1 :])) == 1
    for frame, t in enumerate(times):
        assert film.state(t).pulses == film.state(frame / fps).pulses


def test_what_no_ribbon_touches_cannot_pulse() -> None:
    made = production("- id: a\n  do:\n  - pulse: [h.0.ln_1.mean, h.0.ln_1.std]\n")
    with pytest.raises(ScriptError) as error:
        _ = made.timeline
    assert str(error.value).endswith(
        ":7:14: no ribbon leads into 'h.0.ln_1.mean', 'h.0.ln_1.std' or out of it, so nothing can pulse"
    )


def test_a_fill_brings_faint_pulses_into_what_is_in_the_making() -> None:
    made = production("- id: a\n  do: [{fill: [embed, h.0.ln_1], over: 6s}]\n")
    film = made.timeline
    into: dict[str, set[str]] = {}
    for k in range(1, 60):
        state = film.state(k / 10)
        targets = {target for _, target in ends(made.layout, state)}
        making = {outline.region.tensor for outline in state.outlines if outline.role == "result"}
        if targets:
            (tensor,) = making
            into.setdefault(tensor, set()).update(targets)
        assert all(pulse.alpha <= 0.6 for pulse in state.pulses)
    assert into == {"embed": {"embed"}, "h.0.ln_1.out": {"h.0.ln_1.out"}}
    strengths = [sum(pulse.alpha for pulse in film.state(k / 50).pulses) for k in range(round(50 * film.duration))]
    assert max(abs(a - b) for a, b in itertools.pairwise(strengths)) < 0.06
    assert not film.state(film.duration - 0.1).pulses


def test_pulses_of_a_fill_rest_while_it_explains_and_without_lines() -> None:
    film = timeline("- id: a\n  do: [{fill: embed, over: 4s, explain: 'embed[t=3, c=7]'}]\n")
    times = [k / 20 for k in range(round(20 * film.duration))]
    explaining = [t for t in times if film.state(t).card is not None]
    assert explaining and not any(film.state(t).pulses for t in explaining[1:-1])
    strengths = [sum(pulse.alpha for pulse in film.state(t).pulses) for t in times]
    assert max(strengths) == pytest.approx(0.6)
    assert max(abs(a - b) for a, b in itertools.pairwise(strengths)) < 0.13
    plain = timeline("- id: a\n  do: [{fill: embed, over: 4s, lines: false}]\n")
    assert not any(plain.state(k / 10).pulses for k in range(40))


def test_a_minimap_stays_until_it_is_switched_off() -> None:
    film = timeline("- {id: a, for: 1s}\n- id: b\n  do: [{minimap: on}]\n- id: c\n- id: d\n  do: [{minimap: off}]\n")
    _, b, c, d, _ = film.starts
    assert film.state(0.5).minimap == 0
    assert film.state(b + 0.2).minimap == pytest.approx(0.5)
    assert film.state(b + 0.41).minimap == film.state(c + 0.5).minimap == film.state(d).minimap == 1
    assert film.state(d + 0.3).minimap == pytest.approx(0.25)
    assert film.state(film.duration).minimap == 0
    assert len({film.shots[1].rest(k / 10) for k in range(1, 4)}) == 3
