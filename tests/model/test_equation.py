"""The tree of a formula says what the provenance formula says: every tensor, index, constant and operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from render.model import Equation, Expr, GPT2Config, Graph, LlamaConfig, general
from render.model.equation import particular
from render.model.graph import TensorSpec
from render.model.maths import (
    Alternatives,
    BigOperator,
    Constant,
    Fenced,
    Floor,
    Fraction,
    Maths,
    Power,
    Root,
    Row,
    Sign,
    Symbol,
    Text,
    Variable,
    pieces,
    symbols,
)
from render.model.notation import (
    Arithmetic,
    Call,
    Cases,
    Cell,
    Dim,
    Fold,
    Max,
    Number,
    Position,
    Sum,
    Tensor,
    children,
    holding,
)

GRAPH = GPT2Config(n_layer=2, n_head=3, n_embd=24, vocab_size=5, block_size=11).graph(6)
LLAMA = LlamaConfig(
    hidden_size=24,
    num_hidden_layers=1,
    num_attention_heads=6,
    intermediate_size=40,
    vocab_size=5,
    num_key_value_heads=2,
    head_dim=8,
    rope_theta=1e5,
    rope_factors=(1.0, 1.0, 2.0, 4.0),
    attention_bias=True,
).graph(6)
COMPUTED = [name for name, spec in GRAPH.items() if spec.formula is not None]
ALL = [(graph, name) for graph in (GRAPH, LLAMA) for name, spec in graph.items() if spec.formula is not None]


def nodes(expr: Expr) -> Iterator[Expr]:
    yield expr
    for child in children(expr):
        yield from nodes(child)


def formula(graph: Graph, name: str) -> Expr:
    found = graph[name].formula
    assert found is not None
    return found


def written(maths: Maths) -> str:
    """A tree on a line, as LaTeX would have it but for the backslashes."""
    match maths:
        case Symbol(text=text, index=index, part=part):
            return text + f"^{part}" * bool(part) + "_" + ",".join(written(i) for i in index)
        case Row(parts=parts):
            return " ".join(written(part) for part in parts)
        case Fraction(over=over, under=under):
            return f"frac({written(over)} | {written(under)})"
        case Root(inside=inside):
            return f"sqrt({written(inside)})"
        case Power(base=base, exponent=exponent):
            return f"{written(base)}^({written(exponent)})"
        case BigOperator(sign=sign, below=below, body=body):
            return f"{sign}[{written(below)}] {written(body)}"
        case Fenced(inside=inside, name=name):
            return f"{name}({written(inside)})"
        case Floor(inside=inside):
            return f"floor({written(inside)})"
        case Alternatives(rows=rows):
            return "{" + "; ".join(f"{written(piece)} if {written(condition)}" for piece, condition in rows) + "}"
    return maths.text  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(("graph", "name"), ALL)
def test_every_tensor_that_is_read_is_a_symbol_of_its_kind(graph: Graph, name: str) -> None:
    place = graph[name].at((0,) * len(graph[name].dims))
    whole = formula(graph, name)
    for equation, expr in (
        (general(graph, name), whole),
        (particular(graph, name, place), holding(whole, place)),
    ):
        found = list(symbols(equation.right))
        assert Counter(symbol.tensor for symbol in found) == Counter(
            node.tensor for node in nodes(expr) if isinstance(node, Cell)
        )
        for symbol in found:
            spec = graph[symbol.tensor]
            assert (symbol.text, symbol.kind) == (spec.symbol, spec.kind)
            assert symbol.part == spec.thing or symbol.part in spec.things
        assert (equation.left.tensor, equation.left.kind) == (name, "result")


@pytest.mark.parametrize(("graph", "name"), ALL)
def test_every_operation_has_its_shape(graph: Graph, name: str) -> None:
    made = Counter(type(piece) for piece in pieces(general(graph, name).right))
    found = list(nodes(formula(graph, name)))
    powers = sum(isinstance(node, Arithmetic) and node.operator == "^" for node in found)
    calls = Counter(node.function for node in found if isinstance(node, Call))
    roots = sum(isinstance(node, Number) and node.symbol.startswith("√") for node in found)
    assert made[Fraction] == sum(isinstance(node, Arithmetic) and node.operator == "/" for node in found)
    assert made[Root] == calls["sqrt"] + roots
    assert made[Power] == calls["exp"] + calls["square"] + powers
    assert made[Alternatives] == sum(isinstance(node, Cases) for node in found)
    assert made[BigOperator] == sum(isinstance(node, Fold) for node in found)


def told_apart(equation: Equation) -> set[str]:
    """The letters that the conditions of an equation define: g of g = h / 3."""
    defined = (condition.parts[:2] for condition in equation.where if isinstance(condition, Row))
    return {letter.text for letter, sign in defined if isinstance(letter, Variable) and sign == Sign("=")}


@pytest.mark.parametrize(("graph", "name"), ALL)
def test_every_letter_is_defined(graph: Graph, name: str) -> None:
    """An index letter on the right is one of the left side, or of a big operator around it, or is said to be something.

    None is taken twice.
    """
    equation = general(graph, name)
    left = [letter.text for letter in equation.left.index if isinstance(letter, Variable)]
    assert len(set(left)) == len(left) == len(equation.left.index)

    def check(maths: Maths, known: set[str]) -> None:
        match maths:
            case Variable(text=text):
                assert text in known
            case BigOperator(below=Row(parts=(Variable(text=text), *_)), body=body):
                assert text not in known
                check(maths.below, known | {text})
                check(body, known | {text})
            case Symbol(index=inner) | Row(parts=inner):
                for part in inner:
                    check(part, known)
            case Fraction(over=one, under=other) | Power(base=one, exponent=other):
                check(one, known)
                check(other, known)
            case Root(inside=inside) | Fenced(inside=inside):
                check(inside, known)
            case Alternatives(rows=rows):
                for piece, condition in rows:
                    check(piece, known)
                    check(condition, known)

    check(equation.right, {*left, *told_apart(equation)})


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("embed", "x_t,c", "wte_token_t,c + wpe_t,c"),
        ("h.0.ln_1.mean", "μ_t", "frac(Σ[c < C] x_t,c | C)"),
        ("h.0.ln_1.std", "σ_t", "sqrt(frac(Σ[c < C] (x_t,c − μ_t)^(2) | C) + ε)"),
        ("h.0.ln_1.out", "ln_t,c", "frac(x_t,c − μ_t | σ_t) γ_c + β_c"),
        ("h.1.attn.k", "k_h,t,a", "b^K_h,a + Σ[c < C] ln_t,c W^K_c,h,a"),
        ("h.0.attn.att", "score_h,t,s", "frac(Σ[a < A] q_h,t,a k_h,s,a | sqrt(A))"),
        ("h.0.attn.att_max", "m_h,t", "max[s ≤ t] score_h,t,s"),
        ("h.0.attn.att_sum", "z_h,t", "Σ[s ≤ t] e^(score_h,t,s − m_h,t)"),
        ("h.0.attn.att_softmax", "share_h,t,s", "frac(e^(score_h,t,s − m_h,t) | z_h,t)"),
        ("h.0.attn.y", "y_t,h,a", "Σ[s ≤ t] share_h,t,s v_h,s,a"),
        ("h.0.attn.out", "out_t,c", "b_c + Σ[i < C] y_t,i W_i,c"),
        ("h.0.resid_attn", "x′_t,c", "x_t,c + out_t,c"),
        ("h.0.mlp.act", "act_t,f", "GELU(fc_t,f)"),
        ("h.0.mlp.out", "out_t,c", "b_c + Σ[f < F] act_t,f W_f,c"),
        ("probs", "p_t,v", "frac(e^(logit_t,v − m_t) | z_t)"),
    ],
)
def test_how_formulas_are_written(name: str, left: str, right: str) -> None:
    equation = general(GRAPH, name)
    assert (written(equation.left), written(equation.right)) == (left, right)


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("embed", "x_t,c", "wte_token_t,c"),
        ("rotary.cos", "cos_t,i", "cos(frac(t | θ^(frac(2 i | A)) factor_i))"),
        ("h.0.ln_1.rms", "rms_t", "sqrt(frac(Σ[c < C] x_t,c^(2) | C) + ε)"),
        ("h.0.ln_1.out", "norm_t,c", "frac(x_t,c | rms_t) γ_c"),
        ("h.0.attn.q", "q_h,t,a", "b^Q_h,a + Σ[c < C] norm_t,c W^Q_h,a,c"),
        ("h.0.attn.k", "k_g,t,a", "b^K_g,a + Σ[c < C] norm_t,c W^K_g,a,c"),
        (
            "h.0.attn.q_rot",
            "q^rot_h,t,a",
            "{q_h,t,a cos_t,a − q_h,t,a + A/2 sin_t,a if a < A/2; "
            "q_h,t,a cos_t,a − A/2 + q_h,t,a − A/2 sin_t,a − A/2 if a ≥ A/2}",
        ),
        ("h.0.attn.att", "score_h,t,s", "frac(Σ[a < A] q^rot_h,t,a k^rot_g,s,a | sqrt(A))"),
        ("h.0.attn.y", "y_t,h,a", "Σ[s ≤ t] share_h,t,s v_g,s,a"),
        ("h.0.attn.out", "out_t,c", "b_c + Σ[i < 48] y_t,i W_c,i"),
        ("h.0.mlp.up", "up_t,f", "Σ[c < C] norm_t,c W^up_f,c"),
        ("h.0.mlp.act", "act_t,f", "SiLU(gate_t,f) up_t,f"),
        ("h.0.mlp.out", "out_t,c", "Σ[f < F] act_t,f W^down_c,f"),
    ],
)
def test_how_formulas_of_a_llama_are_written(name: str, left: str, right: str) -> None:
    equation = general(LLAMA, name)
    assert (written(equation.left), written(equation.right)) == (left, right)


def test_one_turned_cell_shows_the_case_that_holds() -> None:
    low, high = (particular(LLAMA, "h.0.attn.k_rot", {"g": 1, "t": 5, "a": a}) for a in (3, 4))
    assert written(low.right) == "k_g,t,a cos_t,a − k_g,t,a + 4 sin_t,a"
    assert written(high.right) == "k_g,t,a cos_t,a − 4 + k_g,t,a − 4 sin_t,a − 4"


def test_what_group_a_head_belongs_to_is_said() -> None:
    where = {name: general(LLAMA, name).where for name in ("h.0.attn.att", "h.0.attn.y", "h.0.attn.k_rot")}
    assert [[written(one) for one in found] for found in where.values()] == [
        ["s ≤ t", "g = floor(h ÷ 3)"],
        ["g = floor(h ÷ 3)"],
        [],
    ]
    one = particular(LLAMA, "h.0.attn.att", LLAMA["h.0.attn.att"].at((4, 5, 3)))
    assert [written(condition) for condition in one.where] == ["g = 1"]


def test_one_cell_has_its_index_and_sizes_in_numbers() -> None:
    equation = particular(GRAPH, "h.0.attn.att", {"h": 2, "t": 5, "s": 3})
    assert written(equation.left) == "score_h = 2,t = 5,s = 3"
    assert written(equation.right) == "frac(Σ[a < 8] q_h,t,a k_h,s,a | sqrt(8))"
    assert written(particular(GRAPH, "h.0.attn.y", GRAPH["h.0.attn.y"].at((4, 17))).left) == "y_t = 4,h = 2,a = 1"


def test_the_causal_mask_says_for_which_cells_a_formula_holds() -> None:
    where = {name: general(GRAPH, name).where for name in COMPUTED if "h.0" in name}
    masked = {name: [written(one) for one in found] for name, found in where.items() if found}
    assert masked == {"h.0.attn.att": ["s ≤ t"], "h.0.attn.att_softmax": ["s ≤ t"]}


def test_letters_for_sizes_know_their_value() -> None:
    found = {
        (piece.text, piece.value)
        for graph, name in ALL
        for piece in pieces(general(graph, name).right)
        if isinstance(piece, Constant)
    }
    gpt2 = {("A", 8), ("C", 24), ("F", 96), ("V", 5), ("ε", 1e-5)}
    assert found == gpt2 | {("F", 40), ("ε", 1e-6), ("θ", 1e5), ("A/2", 4)}


def toy(formula: Expr, **splits: tuple[tuple[str, int], ...]) -> str:
    """How a formula of u and w, both t by j, is written."""
    sizes: Mapping[str, int] = {"t": 4, "j": 6, "h": 2, "a": 3}
    specs = [TensorSpec(name, ("t", "j"), (4, 6), "weight", None, name, name, splits) for name in "uw"]
    graph = Graph([*specs, TensorSpec("y", ("t",), (4,), "activation", formula, "y", "y")], 4, sizes)
    return written(general(graph, "y").right)


U, W = Tensor("u"), Tensor("w")
T, J = Dim("t"), Dim("j")


def test_brackets_stand_where_they_are_needed_and_nowhere_else() -> None:
    u, w = U[T, 0], W[T, 1]
    assert toy((u + w) * u) == "(u_t,0 + w_t,1) u_t,0"
    assert toy(u - (w - u)) == "u_t,0 − (w_t,1 − u_t,0)"
    assert toy(u - w + u) == "u_t,0 − w_t,1 + u_t,0"
    assert toy((u + w) / (u - w)) == "frac(u_t,0 + w_t,1 | u_t,0 − w_t,1)"
    assert toy(Call("square", u / w)) == "(frac(u_t,0 | w_t,1))^(2)"
    assert toy(Call("square", Call("exp", u))) == "(e^(u_t,0))^(2)"
    assert toy(Sum("j", 6, U[T, J]) + w) == "(Σ[j < J] u_t,j) + w_t,1"
    assert toy(w + Sum("j", 6, U[T, J] + w)) == "w_t,1 + Σ[j < J] (u_t,j + w_t,1)"
    assert toy(Max("j", 5, U[T, J]) * w) == "(max[j < 5] u_t,j) w_t,1"
    assert toy(u * Number(2.0, "2")) == "u_t,0 · 2"
    assert toy(Number(2.0, "2") * u) == "2 u_t,0"
    assert toy((u * w) ** (u + w)) == "(u_t,0 w_t,1)^(u_t,0 + w_t,1)"
    assert toy(u * w**u) == "u_t,0 w_t,1^(u_t,0)"
    assert toy((u**w) ** u) == "(u_t,0^(w_t,1))^(u_t,0)"
    assert toy(Position(T * 2 + -1) * u) == "(2 t − 1) u_t,0"


def test_a_split_dimension_is_read_by_its_parts_only_when_it_is_put_together_from_them() -> None:
    split = (("h", 2), ("a", 3))
    both = Sum("h", 2, Sum("a", 3, U[T, Dim("h") * 3 + Dim("a")]))
    assert toy(both, j=split) == "Σ[h < 2] Σ[a < 3] u_t,h,a"
    assert toy(Sum("j", 6, U[T, J]), j=split) == "Σ[j < J] u_t,j"
    assert toy(Sum("h", 2, U[T, Dim("h") * 2 + 1]), j=split) == "Σ[h < 2] u_t,2 h + 1"
    assert toy(Sum("a", 3, U[T, Dim("a") + 3]), j=split) == "Σ[a < 3] u_t,1,a"


def test_what_is_given_has_no_formula() -> None:
    with pytest.raises(ValueError, match=r"wte\.weight is given"):
        general(GRAPH, "wte.weight")
    given = particular(GRAPH, "wte.weight", {"v": 1, "c": 2}, "a trained weight")
    assert (written(given.left), given.right) == ("wte_v = 1,c = 2", Text("a trained weight"))
