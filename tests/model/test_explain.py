from __future__ import annotations

import math
import re

import numpy as np
import pytest

from render.errors import UserError
from render.model import Formula, Model, Run, Term, Trace, explain, format_value, operands


@pytest.fixture(scope="module")
def trace(nano_sort: Model) -> Trace:
    return nano_sort.trace(nano_sort.encode("CBABBC"))


@pytest.fixture(scope="module", params=["GPT-2", "Llama"])
def any_trace(request: pytest.FixtureRequest, trace: Trace, llama_run: Run) -> Trace:
    return trace if request.param == "GPT-2" else llama_run.steps[0]


def exact(terms: tuple[Term, ...], trace: Trace) -> float:
    """Calculate what the terms say, with the traced value of every cell in place of its rounded text."""

    def gelu(x: float) -> float:
        return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

    def silu(x: float) -> float:
        return x / (1 + math.exp(-x))

    signs = {"−": "-", "×": "*", "÷": "/", "^": "**", "²": "**2", "√": "sqrt", "GELU": "gelu", "SiLU": "silu"}
    text = ""
    for term in terms:
        assert term.kind != "note", f"'{term.text}' cannot be calculated"
        if term.cell is None:
            piece = term.text
            for sign, python in signs.items():
                piece = piece.replace(sign, python)
            text += piece
        else:
            assert term.cell.is_cell
            text += f"({float(trace[term.cell.tensor][term.cell.slices].item())!r})"
    names = {"exp": math.exp, "sqrt": math.sqrt, "max": lambda *values: max(values), "gelu": gelu, "silu": silu}
    names |= {"cos": math.cos, "sin": math.sin}
    return float(eval(text, {"__builtins__": {}}, names))


def test_the_numbers_of_every_tensor_make_its_value(any_trace: Trace) -> None:
    trace = any_trace
    rng = np.random.default_rng(0)
    for name, spec in trace.graph.items():
        if spec.formula is None:
            continue
        index = [int(rng.integers(size)) for size in spec.shape]
        if "s" in spec.dims:  # not the future
            index[2] = int(rng.integers(index[1] + 1))
        formula = explain(trace, name, dict(zip(spec.dims, index, strict=True)), shown=10_000)
        result, equals, *right = formula.numbers
        assert (result.kind, equals.text) == ("result", " = ")
        assert formula.value == trace[name][tuple(index)]
        rounded = "√8" in str(formula)  # a constant is written with two decimals
        assert exact(tuple(right), trace) == pytest.approx(formula.value, rel=1e-3 if rounded else 1e-4, abs=1e-5), name


def test_every_cell_shown_is_an_operand(any_trace: Trace) -> None:
    trace = any_trace
    for name, spec in trace.graph.items():
        if spec.formula is None:
            continue
        index = tuple(min(1, size - 1) for size in spec.shape)
        stated = operands(spec.formula, spec.at(index), trace)
        formula = explain(trace, name, dict(zip(spec.dims, index, strict=True)))
        for line in (formula.symbols, formula.numbers):
            for term in line:
                if term.cell is not None and term.kind != "result":
                    assert term.kind == trace.graph[term.cell.tensor].kind
                    assert any(region.contains(term.cell) for region in stated), (name, term)


def test_the_text_of_a_cell_is_its_value(trace: Trace) -> None:
    formula = explain(trace, "h.1.attn.q", {"h": 1, "t": 3, "a": 5})
    for term in formula.numbers:
        if term.cell is not None:
            value = trace[term.cell.tensor][term.cell.slices].item()
            assert term.text.strip("()") == format_value(value)


SYMBOLS = {
    "embed": "x = wte[token] + wpe",
    "h.0.ln_1.mean": "μ = (Σ x) ÷ 48",
    "h.0.ln_1.std": "σ = √((Σ (x − μ)²) ÷ 48 + ε)",
    "h.0.ln_1.out": "ln = (x − μ) ÷ σ × γ + β",
    "h.0.attn.q": "q = b + Σ ln × W",
    "h.0.attn.att": "score = (Σ q × k) ÷ √16",
    "h.0.attn.att_max": "m = max score",
    "h.0.attn.att_sum": "z = Σ exp(score − m)",
    "h.0.attn.att_softmax": "share = exp(score − m) ÷ z",
    "h.0.attn.y": "y = Σ share × v",
    "h.0.attn.out": "out = b + Σ y × W",
    "h.0.resid_attn": "x = x + out",
    "h.0.mlp.act": "act = GELU(fc)",
    "logits": "logit = Σ ln × W",
    "probs": "p = exp(logit − m) ÷ z",
}


@pytest.mark.parametrize("name", SYMBOLS)
def test_symbols(trace: Trace, name: str) -> None:
    formula = explain(trace, name, dict.fromkeys(trace.graph[name].dims, 0))
    assert str(formula).split("\n")[0] == SYMBOLS[name]


@pytest.mark.parametrize(
    ("name", "place", "symbols"),
    [
        ("rotary.cos", {"t": 4, "i": 2}, "cos = cos(t ÷ (θ ^ (2 × i ÷ 8) × factor))"),
        ("h.0.ln_1.rms", {"t": 4}, "rms = √((Σ x²) ÷ 24 + ε)"),
        ("h.0.attn.q_rot", {"h": 3, "t": 4, "a": 2}, "q_rot = q × cos − q × sin"),
        ("h.0.attn.q_rot", {"h": 3, "t": 4, "a": 6}, "q_rot = q × cos + q × sin"),
        ("h.0.attn.k", {"g": 1, "t": 4, "a": 6}, "k = Σ norm × W_K"),
        ("h.0.attn.att", {"h": 3, "t": 4, "s": 2}, "score = (Σ q_rot × k_rot) ÷ √8"),
        ("h.0.mlp.act", {"t": 4, "f": 7}, "act = SiLU(gate) × up"),
        ("rotary.factors", {"i": 2}, "factor = a number of the configuration"),
    ],
)
def test_symbols_of_a_llama(llama_run: Run, name: str, place: dict[str, int], symbols: str) -> None:
    assert str(explain(llama_run.steps[0], name, place)).split("\n")[0] == symbols


def test_a_turned_query_and_a_cell_of_swiglu_show_what_is_computed(llama_run: Run) -> None:
    trace = llama_run.steps[0]
    q, cos, sin = (trace[name].astype(float) for name in ("h.0.attn.q", "rotary.cos", "rotary.sin"))
    high = explain(trace, "h.0.attn.q_rot", {"h": 3, "t": 4, "a": 6})
    assert exact(high.numbers[2:], trace) == pytest.approx(q[3, 4, 6] * cos[4, 2] + q[3, 4, 2] * sin[4, 2])
    gate, up = trace["h.0.mlp.gate"][4, 7].astype(float), trace["h.0.mlp.up"][4, 7].astype(float)
    act = explain(trace, "h.0.mlp.act", {"t": 4, "f": 7})
    assert exact(act.numbers[2:], trace) == pytest.approx(gate / (1 + np.exp(-gate)) * up)
    assert str(act).split("\n")[1].startswith(f"{format_value(act.value)} = SiLU({format_value(gate.item())}) × ")


def test_long_sums_are_shortened(trace: Trace) -> None:
    def notes(formula: Formula) -> list[str]:
        return [term.text for term in formula.numbers if term.kind == "note"]

    place = {"h": 0, "t": 3, "a": 0}
    assert notes(explain(trace, "h.0.attn.q", place)) == ["45 more products"]
    assert notes(explain(trace, "h.0.attn.q", place, shown=1)) == ["47 more products"]
    assert notes(explain(trace, "h.0.attn.q", place, shown=48)) == []
    assert notes(explain(trace, "h.0.attn.q", place, shown=47)) == []  # no room is saved by leaving one out
    assert notes(explain(trace, "h.0.ln_1.mean", {"t": 3})) == ["45 more values"]
    assert notes(explain(trace, "h.0.ln_1.std", {"t": 3})) == ["45 more terms"]
    assert notes(explain(trace, "h.0.attn.att_max", {"h": 0, "t": 5})) == ["3 more values"]
    assert notes(explain(trace, "h.0.attn.y", {"t": 3, "c": 0})) == []


def test_numbers_read_as_a_formula(trace: Trace) -> None:
    formula = explain(trace, "h.0.attn.att", {"h": 1, "t": 5, "s": 3})
    number = r"(?:−?[\d.]+(?:e−\d+)?|\(−[\d.]+(?:e−\d+)?\))"
    product = rf"{number} × {number}"
    text = str(formula).split("\n")[1]
    assert re.fullmatch(rf"{number} = \((?:{product} \+ ){{3}}13 more products\) ÷ 4", text), text
    assert "-" not in text
    assert not re.search(r"[+−×÷] −", text)


def test_what_is_not_computed_says_so(trace: Trace) -> None:
    weight = explain(trace, "h.0.mlp.c_fc.weight", {"c": 1, "f": 2})
    assert str(weight) == f"W = a trained weight\n{format_value(weight.value)}"
    assert str(explain(trace, "tokens", {"t": 0})) == "token = a token of the sequence\n2"
    future = explain(trace, "h.0.attn.att", {"h": 0, "t": 1, "s": 3})
    assert str(future) == "score = hidden, because it lies in the future\n−∞"
    assert str(explain(trace, "h.0.attn.att_softmax", {"h": 0, "t": 1, "s": 3})).endswith("\n0")


def test_a_cell_that_there_is_not(trace: Trace) -> None:
    with pytest.raises(UserError, match="t=6 is out of range"):
        explain(trace, "embed", {"t": 6, "c": 0})
    with pytest.raises(UserError, match=r"there is no tensor 'embd'; did you mean 'embed'\?"):
        explain(trace, "embd", {"t": 0, "c": 0})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (3, "3"),
        (-12, "−12"),
        (1.0, "1.00"),
        (-1.236, "−1.24"),
        (0.5, "0.50"),
        (0.0999, "0.100"),
        (0.01234, "0.012"),
        (-0.00123, "−0.0012"),
        (0.00098, "0.0010"),
        (0.0000123, "1.2e−5"),
        (9.996, "10.0"),
        (12.34, "12.3"),
        (99.96, "100"),
        (1234.5, "1234"),
        (-3.4e7, "−3.4e7"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_how_a_number_is_written(value: float, text: str) -> None:
    assert format_value(value) == text
