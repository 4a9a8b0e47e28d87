"""The cast of a script: what it may be, and what is told of what it may not."""

from __future__ import annotations

import pytest

from render.scene import ScriptError, TemplateContext, parse_scene, rehearse
from render.scene.selector import parse_selector, resolve
from render.scene.template import parse_template

SHAPE = "{family: gpt2, n_layer: 1, n_head: 2, n_embd: 8, vocab_size: 5, block_size: 16}"


READER = "{a: {model: nano-sort, prompt: BBB}, b: {model: nano-sort, prompt: CBA}}"
"""`a` reads something else than the lead, `b` the same."""


def script(cast: str, beat: str = "id: a", head: str = "") -> str:
    return f"title: x\nprompt: CBA\n{head}cast: {cast}\nbeats:\n- {beat}\n"


def flaw(text: str) -> str:
    with pytest.raises(ScriptError) as caught:
        rehearse(parse_scene(text, "s.yaml"))
    return str(caught.value)


def test_members_are_named_by_model_by_shape_or_with_what_they_read() -> None:
    cast = f"{{again: {{model: nano-sort, prompt: BB}}, wide: {{model: {SHAPE}, positions: 3}}, gpt: gpt2}}"
    run = rehearse(parse_scene(script(cast)))
    assert list(run.cast) == ["", "again", "wide", "gpt"]
    assert run.graph.of_model("again.tokens").tokens == (1, 1)
    assert run.graph["wide.embed"].shape == (3, 8) and run.graph["gpt.embed"].shape == (64, 768)


def test_templates_reach_the_figures_and_values_of_members() -> None:
    run = rehearse(parse_scene(script("{again: {model: nano-sort, prompt: BBB}, gpt: gpt3}")))
    context = TemplateContext(run, 0)
    text = "{gpt.model.params:,} {again.model.n_layer} {again.tokens[1].text} {again.probs[t=-1].argmax}"
    likeliest = "ABC"[int(run.cast["again"].steps[0]["probs"][-1].argmax())]
    assert parse_template(text).render(context) == f"174,604,259,328 3 B {likeliest}"


def test_a_token_in_a_slice_is_of_the_sequence_that_the_member_reads() -> None:
    run = rehearse(parse_scene(script("{again: {model: nano-sort, prompt: BAB}}")))
    (own,) = resolve(parse_selector("again.wte[v=tokens[1]]"), run.graph)
    (lead,) = resolve(parse_selector("wte[v=tokens[1]]"), run.graph)
    assert (own.tensor, own.ranges[0], lead.ranges[0]) == ("again.wte.weight", (0, 1), (1, 2))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            script("[gpt2]"),
            "s.yaml:3:7: 'cast' must be a mapping of names to models, such as {small: gpt2, large: gpt3}",
        ),
        (script("{h: gpt2}"), "s.yaml:3:11: the name 'h' is taken: the script's own model has something of that name"),
        (script("{model: gpt2}"), "s.yaml:3:15: the name 'model' is taken: the script's own model has something of "),
        (script("{gpt-2: gpt2}"), "s.yaml:3:8: 'gpt-2' cannot be a name in the cast: it is letters, digits and _"),
        (script("{big: gpt4}"), "s.yaml:3:13: there is no model or file 'gpt4'; did you mean 'gpt3'?"),
        (script("{again: nano-sort}"), "s.yaml:3:15: a member of the cast needs 'prompt' (text) or 'tokens'"),
        (script("{a: {model: gpt2, promt: B}}"), "s.yaml:3:25: unknown key 'promt' in a member of the cast"),
        (script("{a: {model: gpt2, prompt: B}}"), "s.yaml:3:33: gpt2 has no weights here, so it reads nothing;"),
        (script("{a: {model: nano-sort, prompt: X}}"), "s.yaml:3:38: 'X', letter 1 of 'X', is not in the vocabulary"),
        (
            script("{a: gpt2}", "id: a\n  do: [{fill: a.embed}]"),
            "s.yaml:6:15: gpt2 has no weights here, so there is no",
        ),
        (script("{a: gpt2}", "id: a\n  camera: {frame: b.h.0}"), "s.yaml:6:19: there is no tensor or module 'b.h.0'"),
        (script("{a: gpt2}", 'id: a\n  say: "{a.probs.max}"'), "s.yaml:6:10: gpt2 has no weights here, so there is no"),
        (
            script("{a: gpt2}", 'id: a\n  say: "{a.tokens[0].text}"'),
            "s.yaml:6:10: gpt2 has no weights here, so it reads no tokens",
        ),
        (
            script("{a: {model: gpt2, positions: 2000}}"),
            "s.yaml:3:36: 2000 positions are too many: 'gpt2' looks at 1024 at most",
        ),
        (
            script(READER, "id: a\n  do: [{chart: '*.h.*.resid[t=-1]', through: prediction}]"),
            "s.yaml:6:16: a chart reads predictions off one model, and a.h.0.resid and b.h.0.resid are of two",
        ),
        (
            script(READER, "id: a\n  do: [{chart: ['embed[t=0]', 'a.embed[t=0]'], as: line, through: prediction}]"),
            "s.yaml:6:31: a chart reads predictions off one model, and embed and a.embed are of two",
        ),
        (
            script(READER, "id: a\n  do: [{chart: ['probs[v=0]', 'a.probs[v=0]'], as: line}]"),
            "s.yaml:6:31: 'a.probs[v=0]' runs along other tokens than 'probs[v=0]'; lines in one plot share their axis",
        ),
    ],
)
def test_what_is_wrong_with_a_cast_is_told_with_its_place(text: str, message: str) -> None:
    assert flaw(text).startswith(message)


def test_lines_of_models_that_read_the_same_share_their_axis() -> None:
    rehearse(parse_scene(script(READER, "id: a\n  do: [{chart: ['probs[v=0]', 'b.probs[v=0]'], as: line}]")))


@pytest.mark.parametrize("name", ["tokens", "pieces", "predicted", "prompt", "sequence", "generated", "wte", "ln_f"])
def test_what_means_something_already_is_no_name(name: str) -> None:
    assert flaw(script(f"{{{name}: gpt2}}")).startswith(f"s.yaml:3:{9 + len(name) + 1}: the name '{name}' is taken")


def test_the_whole_model_is_the_leading_one() -> None:
    run = rehearse(parse_scene(script(READER)))
    lead = {region.tensor for region in resolve(parse_selector("model"), run.graph)}
    assert lead == set(run.cast[""].graph)
    own = {region.tensor for region in resolve(parse_selector("a"), run.graph)}
    assert own == {f"a.{name}" for name in run.cast["a"].graph}


def test_another_model_takes_the_place_of_the_lead_alone() -> None:
    scene = parse_scene(script("{a: {model: nano-sort, prompt: BBB}}"), "s.yaml")
    shape = parse_scene(f"title: x\nmodel: {SHAPE}\nbeats: [{{id: a}}]\n").model
    run = rehearse(scene.model_copy(update={"model": shape, "prompt": None}))
    assert run.model.is_blank and run.cast["a"].model.name == "nano-sort"
    assert rehearse(scene.revised(prompt="AC")).graph.of_model("a.tokens").tokens == (1, 1, 1)


def test_the_others_stay_at_their_prompt_when_the_lead_goes_on() -> None:
    beats = "id: a\n  do: [{feed_back: {times: 2}}]\n- id: b"
    run = rehearse(parse_scene(script("{a: {model: nano-sort, prompt: BB}}", beats)))
    last = TemplateContext(run, 2)
    assert [len(step.tokens) for step in run.steps] == [3, 4, 5]
    assert parse_template("{tokens.count} {a.tokens.count}").render(last) == "5 2"
    assert flaw(
        script("{a: {model: nano-sort, prompt: BB}}", beats + "\n  do: [{highlight: 'a.embed[t=2]'}]")
    ).startswith("s.yaml:8:29: t=2 is out of range: t of a.embed goes from 0 to 1")


def test_a_title_is_read_from_all_of_the_cast() -> None:
    scene = parse_scene(script("{a: gpt2}").replace("title: x", "title: '{model.name}, {a.model.n_layer} blocks'"))
    assert scene.title.render(TemplateContext(rehearse(scene), 0)) == "nano-sort, 12 blocks"


def test_a_script_that_includes_others_has_no_cast() -> None:
    with pytest.raises(ScriptError, match="a script that includes others has no cast of its own"):
        parse_scene("title: x\ninclude: [a.yaml]\ncast: {a: gpt2}\n", "s.yaml")
