from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.errors import UserError
from render.model import GPT2Config, Model, Run
from render.overlay.markup import parse
from render.scene import TemplateContext, parse_template


def rendered(text: str, run: Run, step: int = 0) -> str:
    return parse_template(text).render(TemplateContext(run, step))


def test_plain_text_and_braces() -> None:
    template = parse_template("No {{fields}} here, $x_{{t}}$.")
    assert template.parts == ("No ", "{", "fields", "}", " here, $x_", "{", "t", "}", "$.")


def test_values_are_those_of_the_trace(run: Run) -> None:
    for step, trace in enumerate(run.steps):
        probs = trace["probs"].astype(np.float64)
        assert rendered("{probs[t=5].max:.0%}", run, step) == f"{probs[5].max():.0%}"
        assert rendered("{probs[t=-1].max:.3f}", run, step) == f"{probs[-1].max():.3f}"
        assert rendered("{probs[t=5].argmax}", run, step) == "ABC"[int(probs[5].argmax())]
        assert rendered("{probs[t=5].argmax.id}", run, step) == str(int(probs[5].argmax()))
        assert rendered("{probs.sum:.2f}", run, step) == f"{probs.sum():.2f}"
        assert rendered("{h.0.attn.att_softmax[h=1,t=3].argmax}", run, step) == str(
            int(trace["h.0.attn.att_softmax"][1, 3].argmax())
        )
        row = trace["h.1.mlp.act"][2, 3:9].astype(np.float64)
        written = rendered("{h.1.mlp.act[t=2, f=3:9].mean:.4f} {h.1.mlp.act[t=2, f=3:9].min:.4f}", run, step)
        assert written == f"{row.mean():.4f} {row.min():.4f}".replace("-", "\u2212")
        assert rendered("{h.1.mlp.act[t=2, f=3:9].abs.max:.4f}", run, step) == f"{np.abs(row).max():.4f}"
        assert rendered("{h.1.mlp.act[t=2, f=3:9].argmax}", run, step) == str(3 + int(row.argmax()))
        assert rendered("{h.1.mlp.act[t=2, f=3:9].count}", run, step) == "6"
        cell = float(trace["h.0.resid"][4, 2])
        assert rendered("{h.0.resid[t=4, c=2]:.3f}", run, step) == f"{cell:.3f}".replace("-", "\u2212")


def test_a_part_of_a_split_dimension_in_a_template(run: Run) -> None:
    weight = run.steps[0]["h.0.attn.c_attn.weight"].astype(np.float64).reshape(12, 3, 3, 4)  # c, p, h, a
    largest = weight[:, :, 1].max()
    assert rendered("{h.0.attn.c_attn.weight[h=1].max:.4f}", run) == f"{largest:.4f}"


def test_a_module_of_one_tensor_stands_for_it(run: Run) -> None:
    assert rendered("{wte[v=1].max:.4f}", run) == f"{float(run.steps[0]['wte.weight'][1].max()):.4f}"
    assert rendered("{wte.max:.4f}", run) == rendered("{wte.weight.max:.4f}", run)


def test_tokens(run: Run) -> None:
    assert rendered("{tokens[3].text} {tokens[3].id} {tokens[t=3].text} {tokens[0]}", run) == "B 1 B C"
    assert rendered("{tokens[0:6].text} {tokens[-3:].id} {tokens.count}", run) == "CBABBC 1 1 2 6"
    assert rendered("{prompt}", run) == "CBABBC"


def test_generation(run: Run) -> None:
    letters = "".join("ABC"[token] for token in run.tokens)
    for step in range(4):
        assert rendered("{generated}", run, step) == letters[6 : 6 + step]
        assert rendered("{sequence}", run, step) == letters[: 6 + step]
        assert rendered("{predicted}", run, step) == letters[6 + step]
        assert rendered("{tokens.text}", run, step) == letters[: 6 + step]


def test_the_figures_of_the_model(run: Run) -> None:
    n_params = sum(array.size for name, array in run.model.weights.items() if name != "lm_head.weight")
    assert rendered("{model.params:,} {model.params}", run) == f"{n_params:,} {n_params}"
    figures = "{model.name} {model.n_layer} {model.n_head} {model.n_embd} {model.n_mlp} {model.head_size}"
    assert rendered(figures + " {model.vocab_size} {model.block_size}", run) == "tiny 2 3 12 48 4 3 11"


def test_without_a_tokenizer_tokens_are_ids(run: Run) -> None:
    config = GPT2Config(n_layer=1, n_head=1, n_embd=4, vocab_size=7, block_size=4)
    mute = Model("mute", config, config.initial_weights(seed=0), None).run((5, 6), n_steps=1)
    assert rendered("{prompt}, {tokens[1].text}, {tokens[1].id}", mute) == "5 6, 6, 6"


def test_numbers_are_typeset(run: Run) -> None:
    assert rendered("{h.0.attn.att[h=0, t=0, s=3]}", run) == "\u2212\u221e"
    assert rendered("{h.0.attn.att[h=0, t=0, s=3]:.1f}", run) == "\u2212\u221e"
    lowest = float(run.steps[0]["embed"].min())
    assert lowest < 0
    assert rendered("{embed.min:.2f}", run) == f"\u2212{-lowest:.2f}"
    assert rendered("{tokens.count:+d}", run) == "+6"


def test_white_space_around_the_text_is_dropped(run: Run) -> None:
    assert rendered("\n  {prompt} \n", run) == "CBABBC"
    assert rendered("{ prompt }", run) == "CBABBC"
    assert rendered("{ probs[ t = 5 ] .argmax }", run) == rendered("{probs[t=5].argmax}", run)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{model.__class__}",
            "the model has no figure '__class__'; there are: name, task, params, n_layer, n_head, n_kv_head, ",
        ),
        ("{model.weights}", "the model has no figure 'weights'"),
        ("{model.n_layers}", "the model has no figure 'n_layers'; did you mean 'n_layer'?"),
        ("{model}", "say which figure of the model: model.name, model.task, model.params"),
        ("{model.name.upper}", "'model.name.upper' has no '.upper' here"),
        ("{tokens.__len__}", "'tokens.__len__' has no '.__len__' here; there are: text, id, count"),
        ("{prompt.__class__}", "'prompt.__class__' has no '.__class__' here; there are: text, id, count"),
        ("{probs[t=5].maxx}", "'probs' has no '.maxx' here; did you mean 'max'?"),
        ("{probs[t=5].T}", "'probs' has no '.T' here; there are: max, min, mean, sum, abs, count, argmax"),
        ("{probs[t=5].max.real}", "'probs' has no '.real' here"),
        ("{prob[t=5].max}", "no value is called 'prob'; did you mean 'probs'?"),
        ("{self}", "no value is called 'self'"),
        ("{__builtins__}", "no value is called '__builtins__'"),
        ("{probs[t=9].max}", "t=9 is out of range: t of probs goes from 0 to 5"),
        ("{probs[x=1].max}", "probs has no dimension 'x'; there are: t, v"),
        ("{tokens[6]}", "t=6 is out of range: t of tokens goes from 0 to 5"),
        ("{prompt[0]}", "'prompt' cannot be sliced; tokens[0:3] can"),
        (
            "{probs[t=5]}",
            "'probs' is 3 numbers here; say which ([t=0]) or add .max, .min, .mean, .sum, .argmax or .count",
        ),
        ("{probs.argmax}", "argmax needs one row or column of probs; slice all its dimensions but one"),
        ("{h.0.ln_1}", "one tensor is needed here, and 'h.0.ln_1' is 5"),
        ("{h.0.atn.att.max}", "no value is called 'h.0.atn.att.max'; did you mean 'h.0.attn.att_max'?"),
        ("$x_{t}$", "no value is called 't'; in maths a brace is written '{{' and '}}'"),
        ("{prompt:.2f}", "'.2f' is for numbers, and this is text"),
        ("{probs.max:d}", "'d' is for whole numbers, and this has decimals; .2f writes two of them"),
        ("{probs.max:,}", "',' is for whole numbers, and this has decimals; .2f writes two of them"),
    ],
)
def test_what_cannot_be_reached(run: Run, text: str, message: str) -> None:
    template = parse_template(text)
    with pytest.raises(UserError) as caught:
        template.render(TemplateContext(run, 0))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{x.y()}", "'(' cannot stand here; a value is {name[slices].attribute:format}"),
        ("{probs[t=5].max + 1}", "'+' cannot stand here; a value is {name[slices].attribute:format}"),
        ("{h.*.attn.q.max}", "'.' cannot stand here; a value is {name[slices].attribute:format}"),
        ("{prompt!r}", "'!' cannot stand here; a value is {name[slices].attribute:format}"),
        ("{0}", "'{0}' names no value; a brace by itself is written '{{'"),
        ("{}", "'{}' names no value; a brace by itself is written '{{'"),
        ("{'a'}", "'{'a'}' names no value; a brace by itself is written '{{'"),
        ("a {prompt", "this '{' is never closed; a brace by itself is written '{{'"),
        ("a } b", "a '}' without its '{'; a brace by itself is written '}}'"),
        ("{probs[t=5}", "this '[' is never closed"),
        ("{probs[t].max}", "a slice is written dim=index or dim=start:stop, such as t=3, t=-1 or f=0:8"),
        ("{probs.max:>30}", "'>30' is no number format; there are .2f, .0%, d and ',' for thousands"),
        ("{probs.max:.999f}", "'.999f' is no number format; there are .2f, .0%, d and ',' for thousands"),
        ("{probs.max:{prompt}}", "'{prompt' is no number format; there are .2f, .0%, d and ',' for thousands"),
    ],
)
def test_what_is_no_template(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_template(text)
    assert str(caught.value) == message


@settings(deadline=None)
@given(st.text(st.sampled_from("{}[].:=,t5probs _(%")))
def test_any_text_is_a_template_or_one_clear_error(text: str) -> None:
    try:
        parse_template(text)
    except UserError as error:
        assert len(str(error).splitlines()) == 1


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="{}")))
def test_text_without_braces_stays(text: str) -> None:
    assert "".join(str(part) for part in parse_template(text).parts) == text


@dataclasses.dataclass(frozen=True)
class Odd:
    """Tokens whose texts mean something in markup."""

    texts: tuple[str, ...]

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(self.texts.index(letter) for letter in text)

    def decode(self, ids: Iterable[int]) -> str:
        return "".join(map(self.text, ids))

    def text(self, token: int) -> str:
        return self.texts[token]


def reading(run: Run, *texts: str) -> Run:
    """The run of a model whose tokens read so."""
    return dataclasses.replace(run, model=dataclasses.replace(run.model, tokenizer=Odd(texts)))


def test_words_are_written_without_the_spaces_around_them(run: Run) -> None:
    context = TemplateContext(reading(run, " A", " B", " C"), 0)
    assert run.tokens[:3] == (2, 1, 0)
    said = "“{tokens[1].text}”, “{tokens[0:3].text}”, “{prompt}”"
    assert parse_template(said).render(context) == "“B”, “C B A”, “C B A B B C”"


@pytest.mark.parametrize(
    "text", ["*", "_", "$", "{", "}", "\\", '"', "'", "--", "...", "**a**", "$x_t$", "a_b^c", "<|im_end|>"]
)
def test_texts_of_tokens_are_no_markup(run: Run, text: str) -> None:
    own = reading(run, text, "B", " C")
    context = TemplateContext(own, 0)
    assert (own.tokens[2], own.tokens[3], own.tokens[0]) == (0, 1, 2)
    said = "*Next* to “{tokens[2].text}” is {tokens[3].text}, $x_t$ and *{tokens[2].text}*: {tokens[0].text}"
    template = parse_template(said)
    assert template.render(context) == f"*Next* to “{text}” is B, $x_t$ and *{text}*: C"
    spans = [span for word in parse(template.marked_up(context)) for span in word]
    assert "".join(span.text for span in spans) == f"Nextto“{text}”isB,xtand{text}:C"
    assert "".join(span.text for span in spans if span.emphasis) == f"Next{text}"
