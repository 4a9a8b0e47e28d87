"""How one cell was computed, as a formula in symbols and once more with its real numbers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from render.model.equation import Equation, particular
from render.model.evaluation import CALLED, evaluate
from render.model.graph import Kind, TensorSpec
from render.model.notation import (
    Arithmetic,
    Call,
    Causal,
    Cell,
    Expr,
    Fold,
    Number,
    Position,
    Sum,
    extent,
    hidden,
    holding,
    region,
)
from render.model.region import Range, Region
from render.model.trace import Trace


@dataclass(frozen=True)
class Term:
    """A piece of a formula. The pieces put together, as they are, make its text.

    kind: what it stands for: a tensor of that kind, an operator (or a constant), the result, or words
    cell: the cell, or the row of cells, that it stands for
    """

    text: str
    kind: Kind | Literal["operator", "result", "note"]
    cell: Region | None = None


@dataclass(frozen=True)
class Formula:
    """How the cell `result` came to its `value`: as mathematics, on a line of symbols, and with numbers."""

    result: Region
    value: float
    equation: Equation
    symbols: tuple[Term, ...]
    numbers: tuple[Term, ...]

    def __str__(self) -> str:
        return "\n".join("".join(term.text for term in line) for line in (self.symbols, self.numbers))


def explain(trace: Trace, name: str, index: Mapping[str, int], shown: int = 3) -> Formula:
    """The formula of one cell of a trace. Of a long sum the first `shown` terms are written out.

    Raises UserError for a tensor, a dimension or an index that there is not.
    """
    spec = trace.graph.find(name)
    place = spec.locate(index)
    result = Region.of_cell(name, place)
    value = trace[name][place].item()
    variables = spec.at(place)
    at = {dim: (i, i + 1) for dim, i in variables.items()}
    left = Term(spec.called, "result", result), Term(format_value(value), "result", result)
    equals = Term(" = ", "operator")

    note = _without_formula(spec, at)
    equation = particular(trace.graph, name, variables, note)
    if note:
        return Formula(result, value, equation, (left[0], equals, Term(note, "note")), (left[1],))
    assert spec.formula is not None
    symbols, numbers = _Symbols(trace, at), _Numbers(trace, at, shown)
    formula = holding(spec.formula, variables)
    symbols.write(formula)
    numbers.write(formula)
    return Formula(result, value, equation, (left[0], equals, *symbols.terms), (left[1], equals, *numbers.terms))


def _without_formula(spec: TensorSpec, at: Mapping[str, Range]) -> str:
    """What to say of a cell that is not computed."""
    match spec.formula:
        case None:
            given = "a trained weight" if spec.trained else "a number of the configuration"
            return given if spec.kind == "weight" else "a token of the sequence"
        case Causal(query=query, key=key) if hidden(query, key, at):
            return "hidden, because it lies in the future"
    return ""


def format_value(value: float) -> str:
    """How a number is written: whole numbers whole, others with two or three digits that count, `−1.2e−5` when tiny."""
    if isinstance(value, int):
        return str(value).replace("-", "−")
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(float(f"{value:.3g}"))
    if size == 0:
        return "0"
    if 0.0001 <= size < 1e6:
        decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3 if size >= 0.01 else 4
        text = f"{value:.{decimals}f}"
    else:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


SIGNS = {"+": " + ", "-": " − ", "*": " × ", "/": " ÷ ", "^": " ^ "}
CALLS = {
    **{function: (f"{called}(", ")") for function, called in CALLED.items()},
    **{"exp": ("exp(", ")"), "sqrt": ("√(", ")"), "square": ("(", ")²")},
}
_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4


def tightness(expr: Expr) -> int:
    """How tightly an expression holds together: what holds less tightly than its surroundings needs brackets."""
    match expr:
        case Arithmetic(operator="+" | "-") | Sum():
            return _SUM
        case Arithmetic(operator="^"):
            return _POWER
        case Arithmetic():
            return _PRODUCT
    return _ATOM


def sides(expr: Arithmetic) -> tuple[int, int]:
    """How tightly the left and the right side of an operation have to hold together to stand without brackets."""
    own = tightness(expr)
    return own + (expr.operator == "^"), own + (expr.operator in "-/^")


class _Writer(ABC):
    """Writes an expression as terms, one after the other. `at` has the range that every dimension variable runs over.

    Operators and brackets are the same in symbols and in numbers; numbers, cells and folds are not.
    """

    def __init__(self, trace: Trace, at: Mapping[str, Range]) -> None:
        self.trace = trace
        self.at = at
        self.terms: list[Term] = []

    def write(self, expr: Expr, binding: int = _SUM) -> None:
        """Write `expr`, in brackets when it holds together less tightly than `binding`."""
        if tightness(expr) < binding:
            self._write_between("(", expr, ")")
            return
        match expr:
            case Number() | Position():
                self._write_number(expr)
            case Cell():
                self._write_cell(expr)
            case Arithmetic(operator=operator, left=left, right=right):
                least_left, least_right = sides(expr)
                self.write(left, least_left)
                self._write_operator(SIGNS[operator])
                self.write(right, least_right)
            case Call(argument=argument):
                before, after = self._around(expr)
                self._write_between(before, argument, after)
            case Fold():
                self._write_fold(expr)

    def _around(self, call: Call) -> tuple[str, str]:
        """What stands before and after the argument of a function."""
        return CALLS[call.function]

    def _write_between(self, before: str, expr: Expr, after: str) -> None:
        self._write_operator(before)
        self.write(expr)
        self._write_operator(after)

    def _write_operator(self, text: str) -> None:
        self.terms.append(Term(text, "operator"))

    @property
    def _place(self) -> dict[str, int]:
        """The first value of every dimension variable."""
        return {dim: start for dim, (start, _) in self.at.items()}

    @abstractmethod
    def _write_number(self, number: Number | Position) -> None: ...

    @abstractmethod
    def _write_cell(self, cell: Cell) -> None: ...

    @abstractmethod
    def _write_fold(self, fold: Fold) -> None: ...


class _Symbols(_Writer):
    """Writes tensors as their symbols and folds as Σ and max."""

    def _around(self, call: Call) -> tuple[str, str]:
        bare = call.function == "square" and isinstance(call.argument, Cell)
        return ("", "²") if bare else super()._around(call)

    def _write_number(self, number: Number | Position) -> None:
        self._write_operator(number.symbol if isinstance(number, Number) else str(number))

    def _write_cell(self, cell: Cell) -> None:
        spec = self.trace.graph[cell.tensor]
        self.terms.append(Term(spec.called, spec.kind, region(cell, self.at, self.trace)))
        for index in cell.index:
            if isinstance(index, Cell):
                self._write_between("[", index, "]")

    def _write_fold(self, fold: Fold) -> None:
        inside = _Symbols(self.trace, {**self.at, fold.dim: (0, extent(fold.stop, self.at))})
        self._write_operator("Σ " if isinstance(fold, Sum) else "max ")
        inside.write(fold.body, _PRODUCT)
        self.terms += inside.terms


class _Numbers(_Writer):
    """Writes cells as their values and folds as their first terms."""

    def __init__(self, trace: Trace, at: Mapping[str, Range], shown: int) -> None:
        super().__init__(trace, at)
        self.shown = shown

    def _write_number(self, number: Number | Position) -> None:
        value = number.value if isinstance(number, Number) else evaluate(number, self._place, {})
        self._write_operator(format_value(int(value) if float(value).is_integer() else value))

    def _write_cell(self, cell: Cell) -> None:
        place = region(cell, self.at, self.trace)
        text = format_value(self.trace[cell.tensor][place.slices].item())
        after_sign = bool(self.terms) and self.terms[-1].text in SIGNS.values()
        if after_sign and text.startswith("−"):
            text = f"({text})"  # never two signs in a row
        self.terms.append(Term(text, self.trace.graph[cell.tensor].kind, place))

    def _write_fold(self, fold: Fold) -> None:
        n = extent(fold.stop, self.at)
        shown = n if n <= self.shown + 1 else self.shown  # "1 more" takes as much room as the one
        if isinstance(fold, Sum):
            self._write_terms(fold, range(shown), n - shown, " + ")
        else:
            self._write_operator("max(")
            self._write_terms(fold, range(shown), n - shown, ", ")
            self._write_operator(")")

    def _write_terms(self, fold: Fold, shown: Iterable[int], rest: int, separator: str) -> None:
        outer = self.at
        for i in shown:
            if i > 0:
                self._write_operator(separator)
            self.at = {**outer, fold.dim: (i, i + 1)}
            self.write(fold.body, _PRODUCT)
        self.at = outer
        if rest:
            self._write_operator(separator)
            self.terms.append(Term(f"{rest} more {_terms_of(fold.body)}", "note"))


def _terms_of(body: Expr) -> str:
    match body:
        case Arithmetic(operator="*"):
            return "products"
        case Cell():
            return "values"
    return "terms"
