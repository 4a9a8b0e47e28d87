"""The value of a formula in index notation: one cell, computed from its operands alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    Values,
)

_Float = NDArray[np.float64]
_Place = Mapping[str, int | NDArray[np.int64]]


def gelu(x: Any) -> Any:
    """The tanh form of GELU, as in GPT-2 (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415)."""
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))))


def silu(x: Any) -> Any:
    """x times its sigmoid (Elfwing et al. 2017, https://arxiv.org/abs/1702.03118), also called swish."""
    return 0.5 * x * (1 + np.tanh(0.5 * x))  # the sigmoid by tanh, which overflows for no x


FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "sqrt": np.sqrt,
    "square": np.square,
    "cos": np.cos,
    "sin": np.sin,
    "gelu": gelu,
    "silu": silu,
}

CALLED = {"cos": "cos", "sin": "sin", "gelu": "GELU", "silu": "SiLU"}
"""What functions are called in formulas, of those that have no sign of their own."""

_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}


def evaluate(expr: Expr, at: Mapping[str, int], values: Values) -> float:
    """The value of the cell at `at` (every dimension variable free in `expr`), in float64, read from `values` alone."""
    return float(_evaluate(expr, at, values))


def _evaluate(expr: Expr, at: _Place, values: Values) -> _Float:
    """As `evaluate`, with an axis for each enclosing fold: its variable in `at` is then an array."""
    match expr:
        case Number(value=value):
            return np.asarray(value, dtype=np.float64)
        case Position(index=index):
            return np.asarray(_position(index, at, values), dtype=np.float64)
        case Cell(tensor=tensor, index=index):
            position = tuple(_position(i, at, values) for i in index)
            return np.asarray(values[tensor][position], dtype=np.float64)
        case Arithmetic(operator=operator, left=left, right=right):
            result: _Float = _OPERATIONS[operator](_evaluate(left, at, values), _evaluate(right, at, values))
            return result
        case Call(function=function, argument=argument):
            result = FUNCTIONS[function](_evaluate(argument, at, values))
            return result
        case Fold(dim=dim, stop=stop, body=body):
            n = int(_position(Affine((), stop) if isinstance(stop, int) else stop, at, values))
            inside = {d: i if isinstance(i, int) else i[..., None] for d, i in at.items()}
            terms = _evaluate(body, {**inside, dim: np.arange(n)}, values)
            reduce = np.sum if isinstance(expr, Sum) else np.max
            result = reduce(np.broadcast_to(terms, (*terms.shape[:-1], n)), axis=-1)
            return result
        case Causal(query=query, key=key, body=body, otherwise=otherwise):
            seen = _position(key, at, values) <= _position(query, at, values)
            if not np.any(seen):
                return np.asarray(otherwise)
            return np.where(seen, _evaluate(body, at, values), otherwise)
        case Cases(dim=dim, bound=bound, below=below, above=above):
            i = at[dim]
            if isinstance(i, int):
                return _evaluate(below if i < bound else above, at, values)
            low = _evaluate(below, {**at, dim: np.minimum(i, bound - 1)}, values)
            return np.where(i < bound, low, _evaluate(above, {**at, dim: np.maximum(i, bound)}, values))
    raise TypeError(f"{type(expr).__name__} is not part of the notation")


def _position(index: Index, at: _Place, values: Values) -> Any:
    if isinstance(index, Cell):
        return np.asarray(_evaluate(index, at, values)).astype(np.int64)
    return index.constant + sum(at[dim] * n for dim, n in index.terms)
