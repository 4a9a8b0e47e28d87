"""The provenance formula of a tensor as mathematics: of any cell, or of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from render.model.evaluation import CALLED
from render.model.graph import Graph, TensorSpec
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
)
from render.model.notation import (
    Affine,
    Arithmetic,
    Call,
    Cases,
    Causal,
    Cell,
    Expr,
    Fold,
    Index,
    Number,
    Position,
    Sum,
    children,
    holding,
    tensors,
)


@dataclass(frozen=True)
class Equation:
    """What one cell is. where: for which cells, if not for all, and what letters are that the left side has not."""

    left: Symbol
    right: Maths
    where: tuple[Maths, ...] = ()


def general(graph: Graph, name: str) -> Equation:
    """How any cell of a computed tensor is computed: indices and sizes are letters."""
    spec = graph[name]
    if spec.formula is None:
        raise ValueError(f"{name} is given and not computed")
    dims = _dims(spec)
    left = Symbol(_result(graph, spec), "result", name, tuple(Variable(dim) for dim in dims), dims, spec.thing)
    sizes = graph.of_model(name).dims
    letters = {dim: dim for dim in spec.at((0,) * len(spec.dims))}
    setter = _Setter(graph, letters, sizes, _halves(spec.formula, sizes))
    right = setter.set(spec.formula)
    conditions: list[Maths] = []
    if isinstance(spec.formula, Causal):
        query, key = spec.formula.query, spec.formula.key
        conditions.append(Row((setter.affine(key), Sign("≤"), setter.affine(query))))
    for dim, (other, sharing) in _followed(spec, right):
        told = Floor(Row((Variable(dim), Sign("÷"), Text(str(sharing)))))
        conditions.append(Row((Variable(other), Sign("="), told)))
    return Equation(left, right, tuple(conditions))


def particular(graph: Graph, name: str, place: Mapping[str, int], note: str = "") -> Equation:
    """How the cell at `place` (every dimension and part) is computed, or the `note` that says why it is not."""
    spec = graph[name]
    dims = _dims(spec)
    index = tuple(Row((Variable(dim), Sign("="), Text(str(place[dim])))) for dim in dims)
    left = Symbol(_result(graph, spec), "result", name, index, dims, spec.thing)
    if note or spec.formula is None:
        return Equation(left, Text(note))
    right = _Setter(graph, {dim: dim for dim in place}, {}).set(holding(spec.formula, place))
    told = (Row((Variable(dim), Sign("="), Text(str(place[dim])))) for _, (dim, _) in _followed(spec, right))
    return Equation(left, right, tuple(told))


def _followed(spec: TensorSpec, right: Maths) -> list[tuple[str, tuple[str, int]]]:
    """What the left side says of letters on the right that it does not have itself."""
    own, used = set(_dims(spec)), {piece.text for piece in pieces(right) if isinstance(piece, Variable)}
    return [(dim, told) for dim, told in spec.shared.items() if dim in own and told[0] in used - own]


def _dims(spec: TensorSpec) -> tuple[str, ...]:
    """What a tensor's cells are counted along, of computed ones the parts of a split dimension, as formulas have it."""
    if spec.formula is None:
        return spec.dims
    return tuple(
        part for dim in spec.dims for part in ([p for p, _ in spec.splits[dim]] if dim in spec.splits else [dim])
    )


def _result(graph: Graph, spec: TensorSpec) -> str:
    """What the result is called: primed where something of the same name goes into it, as x′ = x + out."""
    read = tensors(spec.formula) if spec.formula else ()
    return spec.symbol + "′" * any(graph[name].called == spec.called for name in read)


_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4
_SIGNS = {"+": Sign("+"), "-": Sign("−")}


def _binding(expr: Expr) -> int:
    """How tightly an expression holds together: what holds less tightly than its surroundings needs brackets."""
    match expr:
        case Arithmetic(operator="+" | "-") | Fold():
            return _SUM
        case Arithmetic(operator="*" | "/"):
            return _PRODUCT
        case Arithmetic() | Call(function="exp" | "square"):
            return _POWER
        case Causal(body=body):
            return _binding(body)
        case Position(index=index):
            return _SUM if len(index.terms) + (index.constant != 0) > 1 else _PRODUCT
    return _ATOM


@dataclass(frozen=True)
class _Setter:
    """Sets the formulas of one tensor.

    letters: what the variables are called
    sizes:   that of every dimension, where sizes are letters; none where they are numbers
    halves:  the dimensions of which the two halves are computed in two ways, and how long these are
    """

    graph: Graph
    letters: Mapping[str, str]
    sizes: Mapping[str, int]
    halves: frozenset[tuple[str, int]] = frozenset()

    def set(self, expr: Expr, binding: int = _SUM) -> Maths:
        """An expression, in brackets when it holds together less tightly than `binding`."""
        if _binding(expr) < binding:
            return Fenced(self.set(expr))
        match expr:
            case Number():
                return self._number(expr)
            case Position(index=index):
                return self.affine(index)
            case Cell():
                return self._cell(expr)
            case Arithmetic(operator="^", left=left, right=right):
                return Power(self.set(left, _ATOM), self.set(right))
            case Arithmetic(operator="/", left=left, right=right):
                return Fraction(self.set(left), self.set(right))
            case Arithmetic(operator="*", left=left, right=right):
                dot = (Sign("·"),) if isinstance(right, Number) else ()
                return _row(self.set(left, _PRODUCT), *dot, self.set(right, _PRODUCT))
            case Arithmetic(operator=operator, left=left, right=right):
                # A sum takes in all that follows it, unless it is in brackets.
                first = self.set(left, _PRODUCT if isinstance(left, Fold) else _SUM)
                return _row(first, _SIGNS[operator], self.set(right, _SUM if operator == "+" else _PRODUCT))
            case Call(function="exp", argument=argument):
                return Power(Text("e"), self.set(argument))
            case Call(function="square", argument=argument):
                return Power(self.set(argument, _ATOM), Text("2"))
            case Call(function="sqrt", argument=argument):
                return Root(self.set(argument))
            case Call(function=function, argument=argument):
                return Fenced(self.set(argument), CALLED[function])
            case Fold():
                return self._fold(expr)
            case Causal(body=body):
                return self.set(body, binding)
            case Cases(dim=dim, bound=bound, below=below, above=above):
                variable, end = Variable(self.letters[dim]), self._size(bound, dim)
                return Alternatives(
                    (
                        (self.set(below), Row((variable, Sign("<"), end))),
                        (self.set(above), Row((variable, Sign("≥"), end))),
                    )
                )
        raise TypeError(f"{type(expr).__name__} is not part of the notation")

    def _number(self, number: Number) -> Maths:
        root = number.symbol.startswith("√")
        text = number.symbol.removeprefix("√")
        inside: Maths = Text(text)
        if number.dim in self.sizes:
            inside = Constant(number.dim.upper(), self.sizes[number.dim])
        elif text.isalpha():
            inside = Constant(text, number.value)
        return Root(inside) if root else inside

    def _fold(self, fold: Fold) -> Maths:
        dim = self._runs_along(fold)
        letter = dim if dim and dim not in self.letters.values() else fold.dim
        variable = Variable(letter)
        match fold.stop:
            case int(size):
                named = self.sizes.get(dim) == size
                below = Row((variable, Sign("<"), Constant(dim.upper(), size) if named else Text(str(size))))
            case Affine(terms=terms, constant=1):
                below = Row((variable, Sign("≤"), self.affine(Affine(terms))))
            case Affine() as stop:
                below = Row((variable, Sign("<"), self.affine(stop)))
        inside = replace(self, letters={**self.letters, fold.dim: letter})
        body = inside.set(fold.body, _SUM if isinstance(fold.body, Fold) else _PRODUCT)
        return BigOperator("Σ" if isinstance(fold, Sum) else "max", below, body)

    def _runs_along(self, fold: Fold) -> str:
        """The dimension that a fold's variable runs along, in the first tensor that it indexes."""
        for cell in _cells(fold.body):
            for dim, index in zip(self.graph[cell.tensor].dims, cell.index, strict=True):
                if index == Affine(((fold.dim, 1),)):
                    return dim
        return ""

    def _cell(self, cell: Cell) -> Symbol:
        spec = self.graph[cell.tensor]
        symbol = Symbol(spec.symbol, spec.kind, spec.name, part=spec.thing)
        for dim, index in zip(spec.dims, cell.index, strict=True):
            parts: list[tuple[str, Index]] = [*_parts(spec, dim, index)]
            for name, part in parts or [(dim, index)]:
                if name == "p" and spec.things and isinstance(part, Affine) and not part.terms:
                    symbol = replace(symbol, part=spec.things[part.constant])
                    continue
                shown = self._cell(part) if isinstance(part, Cell) else self.affine(part)
                symbol = replace(symbol, index=(*symbol.index, shown), dims=(*symbol.dims, name))
        return symbol

    def affine(self, index: Affine) -> Maths:
        """A position along a dimension: h, t + 1, 16 h + a, a + A/2."""
        parts: list[Maths] = []
        for dim, factor in index.terms:
            letter = Variable(self.letters.get(dim, dim))
            parts += [Sign("+"), *([Text(str(factor))] if factor != 1 else []), letter]
        if index.constant or not parts:
            of = index.terms[0][0] if index.terms else ""
            parts += [Sign("−" if index.constant < 0 else "+"), self._size(abs(index.constant), of)]
        return parts[1] if len(parts) == 2 else Row(tuple(parts[1:]))

    def _size(self, n: int, dim: str) -> Maths:
        """A number of cells along a dimension: A/2 where that is where its cases part, and sizes are letters."""
        return Constant(f"{dim.upper()}/2", n) if self.sizes and (dim, n) in self.halves else Text(str(n))


def _halves(expr: Expr, sizes: Mapping[str, int]) -> frozenset[tuple[str, int]]:
    found = frozenset[tuple[str, int]]().union(*(_halves(child, sizes) for child in children(expr)))
    match expr:
        case Cases(dim=dim, bound=bound) if sizes.get(dim) == 2 * bound:
            return found | {(dim, bound)}
    return found


def _row(*parts: Maths) -> Row:
    """Parts side by side, those of rows among them one by one."""
    return Row(tuple(one for part in parts for one in (part.parts if isinstance(part, Row) else (part,))))


def _cells(expr: Expr) -> Iterator[Cell]:
    if isinstance(expr, Cell):
        yield expr
    else:
        for child in children(expr):
            yield from _cells(child)


def _parts(spec: TensorSpec, dim: str, index: Index) -> list[tuple[str, Affine]]:
    """The index of each part of a split dimension, where `index` is put together from them; else nothing.

    `h * 16 + a + 48` of a dimension that is 3 things by 3 heads by 16 channels is thing 1, head h, channel a.
    """
    if isinstance(index, Cell) or dim not in spec.splits:
        return []
    own = dict(index.terms)
    rest = index.constant
    stride = 1
    found: list[tuple[str, Affine]] = []
    for part, size in reversed(spec.splits[dim]):
        if own.get(part) == stride:
            found.append((part, Affine(((part, 1),))))
            del own[part]
        else:
            found.append((part, Affine((), rest // stride % size)))
            rest -= rest // stride % size * stride
        stride *= size
    return found[::-1] if not own and rest == 0 else []
