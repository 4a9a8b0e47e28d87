"""Tensors that are read when they are indexed, held against the arrays that they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import basic_indices, integer_array_indices

from render.errors import UserError
from render.model import Array, FloatArray
from render.model.stored import FLOATS, StoredTensor, stored_floats

SHAPE = (7, 5)
VALUES = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
ORDER = np.random.default_rng(1).permutation(7)


def stored(values: FloatArray) -> StoredTensor:
    return stored_floats("w", "file", "float32", values.shape, np.frombuffer(values.tobytes(), np.uint8))


VIEWS: dict[str, tuple[StoredTensor, FloatArray]] = {
    "as it is": (stored(VALUES), VALUES),
    "turned": (stored(VALUES).turned(), VALUES.T),
    "turned twice": (stored(VALUES).turned().turned(), VALUES),
    "rows": (stored(VALUES).rows(ORDER), VALUES[ORDER]),
    "rows of rows": (stored(VALUES).rows(ORDER).rows(ORDER), VALUES[ORDER][ORDER]),
    "rows, turned": (stored(VALUES).rows(ORDER).turned(), VALUES[ORDER].T),
    "one dimension": (stored(VALUES[0]), VALUES[0]),
    "rows of one dimension": (stored(VALUES[:, 0].copy()).rows(ORDER), VALUES[ORDER, 0]),
    "three dimensions": (stored(VALUES.reshape(7, 1, 5)), VALUES.reshape(7, 1, 5)),
}


@pytest.mark.parametrize("view", VIEWS)
@given(data=st.data())
def test_it_is_indexed_as_an_array_is(view: str, data: st.DataObject) -> None:
    tensor, values = VIEWS[view]
    index = data.draw(
        basic_indices(values.shape, allow_newaxis=True)
        | integer_array_indices(values.shape)
        | st.tuples(*(st.integers(-size, size - 1) | st.slices(size) for size in values.shape))
    )
    found, expected = tensor[index], values[index]
    np.testing.assert_array_equal(found, expected)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)


@pytest.mark.parametrize("view", VIEWS)
def test_indices_of_other_kinds(view: str) -> None:
    tensor, values = VIEWS[view]
    assert tensor.shape == values.shape and tensor.dtype == np.float32
    np.testing.assert_array_equal(np.asarray(tensor), values)
    column = (np.arange(2)[:, None], 0)[: values.ndim]
    for index in (values > 0, [], [0, -1], np.int64(2), np.array(1), (Ellipsis, 0), column):
        np.testing.assert_array_equal(tensor[index], values[index])
    for index in (9, -9, [0, 9], (0,) * 5, 0.5, "a"):
        with pytest.raises(IndexError):
            values[index]
        with pytest.raises(IndexError):
            tensor[index]


def test_a_copy_is_the_callers() -> None:
    copy = np.array(stored(VALUES))
    copy[0, 0] = 9
    assert stored(VALUES)[0, 0] == VALUES[0, 0]
    assert np.asarray(stored(VALUES), dtype=np.float64).dtype == np.float64


class Counted:
    """Decodes, and counts how many rows it is given."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, raw: Array) -> FloatArray:
        self.rows += len(raw)
        return np.asarray(raw, np.float32)


@pytest.mark.parametrize(
    ("index", "n_rows"),
    [(3, 1), ((3, slice(None)), 1), (slice(2, 4), 2), (([5, 5, 1, 5], slice(1, 3)), 2), ((slice(None), 0), 7)],
)
def test_only_the_rows_that_are_asked_for_are_read(index: Any, n_rows: int) -> None:
    counted = Counted()
    tensor = StoredTensor("w", "file", SHAPE, VALUES, counted)
    assert (tensor.shape, counted.rows) == (SHAPE, 0)
    np.testing.assert_array_equal(tensor[index], VALUES[index])
    assert counted.rows == n_rows
    counted.rows = 0
    turned = StoredTensor("w", "file", SHAPE, VALUES, counted).turned()
    swapped = index[::-1] if isinstance(index, tuple) else (slice(None), index)
    np.testing.assert_array_equal(turned[swapped], VALUES.T[swapped])
    assert counted.rows == n_rows


@pytest.mark.parametrize("kind", FLOATS)
def test_every_kind_of_float(kind: str) -> None:
    exact = np.array([[0.0, 1.5], [-2.0, 0.15625]], np.float32)  # these have few digits in every kind
    bits = (exact.view("<u4") >> 16).astype("<u2") if kind == "bfloat16" else exact.astype(kind)
    tensor = stored_floats("w", "file", kind, (2, 2), np.frombuffer(bits.tobytes(), np.uint8))
    np.testing.assert_array_equal(np.asarray(tensor), exact)
    assert tensor[1].dtype == np.float32


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_told_with_its_place(value: float) -> None:
    values = VALUES.copy()
    values[4, 2] = value
    tensor = stored(values)
    np.testing.assert_array_equal(tensor[:4], values[:4])
    message = rf"^file: 'w' has 1 of 35 values that are not finite, the first is {value} at \[4, 2\]$"
    for read in (np.asarray, lambda w: w[4], lambda w: w[:, 2], lambda w: w.turned()[2], StoredTensor.check_numbers):
        with pytest.raises(UserError, match=message):
            read(tensor)


def test_finite_numbers_whose_sum_is_not() -> None:
    values = np.full((4, 4), 3e38, np.float32)
    np.testing.assert_array_equal(np.asarray(stored(values)), values)


def test_numbers_are_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.model.stored.BLOCK", 10)
    counted = Counted()
    tensor = StoredTensor("w", "file", SHAPE, VALUES, counted)
    tensor.check_numbers()
    assert counted.rows == 7
    tensor.check_numbers()
    assert counted.rows == 7


def test_equal_is_what_has_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.model.stored.BLOCK", 10)
    other = VALUES.copy()
    other[6, 4] += 1
    assert stored(VALUES) == stored(VALUES)
    assert stored(VALUES) != stored(other)
    assert stored(VALUES) != stored(VALUES.reshape(5, 7))
    assert stored(VALUES).turned() == stored(VALUES).turned()
    assert stored(VALUES) == stored(VALUES).rows(np.arange(7))
    half = stored_floats("w", "f", "float64", SHAPE, np.frombuffer(VALUES.astype("f8").tobytes(), np.uint8))
    assert stored(VALUES) == half, "however they are stored"
    counted = Counted()
    other[0, 0] += 1
    assert StoredTensor("w", "file", SHAPE, VALUES, counted) != StoredTensor("w", "file", SHAPE, other, counted)
    assert counted.rows == 4, "the first block of each tells"


def test_a_kind_that_is_not_supported() -> None:
    tensor = stored_floats("w", "file", "int8", (2,), np.zeros(2, np.uint8))
    assert tensor.shape == (2,)
    for read in (np.asarray, StoredTensor.check_kind, lambda w: w[0]):
        with pytest.raises(
            UserError, match=r"^file: the type int8 of 'w' is not supported: there are float32, float16"
        ):
            read(tensor)


def test_bytes_too_few_and_no_matrix() -> None:
    with pytest.raises(UserError, match=r"^file: 'w' should have 16 bytes and has 12$"):
        stored_floats("w", "file", "float32", (2, 2), np.zeros(12, np.uint8))
    with pytest.raises(UserError, match=r"^file: 'w' has the shape \[5\]; expected a matrix$"):
        stored(VALUES[0]).turned()
