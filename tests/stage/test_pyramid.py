"""Coarse levels against means that numpy computes by itself, and the file that they are kept in."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from render.cache import Cache
from render.errors import MachineError
from render.layout import Layout, arrange
from render.model import GPT2Config, Model, Run
from render.stage import pyramid
from render.stage.cells import SAMPLE, VALUE, block_means, block_texels, magnitude
from render.stage.close_up import Focus
from render.stage.pyramid import Pyramid, keep_pyramid, pyramid_of
from render.stage.values import Values

CONFIG = GPT2Config(n_layer=1, n_head=4, n_embd=256, vocab_size=300, block_size=8)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setenv("RENDER_CACHE", str(tmp_path))
    return Cache(tmp_path)


def files(cache: Cache) -> list[Path]:
    return [path for path in cache.folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def model() -> Model:
    return Model("large", CONFIG, CONFIG.initial_weights(seed=3), None)


def expected(weight: np.ndarray, side: int) -> np.ndarray:
    """Block by block, in doubles."""
    level = np.clip(weight.astype(np.float64) / magnitude(weight), -1, 1)
    blocks = [
        [level[r : r + side, c : c + side] for c in range(0, weight.shape[1], side)]
        for r in range(0, weight.shape[0], side)
    ]
    return np.array([[(np.maximum(b, 0).mean(), np.maximum(-b, 0).mean()) for b in row] for row in blocks])


def large(model: Model) -> dict[str, np.ndarray]:
    return {n: np.asarray(w) for n, w in model.weights.items() if len(w.shape) == 2 and np.prod(w.shape) > 2**16}


def test_a_level_is_the_means_of_each_sign(model: Model, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid, "PIECE", 9_000)  # so that a matrix is read in many pieces
    made = pyramid_of(model)
    assert len(large(model)) >= 4
    for name, weight in large(model).items():
        level = made.read(name, slice(None), slice(None))
        assert made.scales[name] == magnitude(weight)
        np.testing.assert_allclose(level / 255, expected(weight, 4), atol=0.51 / 255)
    assert not [name for name in model.weights if name in made and name not in large(model)]


@pytest.mark.parametrize("shape", [(257, 259), (1, 70_000), (70_001, 1), (403, 402)])
def test_blocks_at_the_ends_are_the_means_of_what_there_is(shape: tuple[int, int]) -> None:
    weight = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    level, scale = pyramid._level(weight)
    assert scale == magnitude(weight)
    np.testing.assert_allclose(level / 255, expected(weight, 4), atol=0.51 / 255)


@pytest.mark.parametrize("orientation", ["wide", "tall"])
@pytest.mark.parametrize("block", [(0, 0), (1, 1), (2, 2), (3, 3), (5, 5), (2, 4)])
def test_close_ups_are_the_means_of_their_cells(
    model: Model, cache: Cache, orientation: str, block: tuple[int, int]
) -> None:
    """From the weights or from the pyramid, of boxes either way round and of one head's part: the same means."""
    run = model.run((1, 2, 3), 1)
    layout: Layout = arrange(run.graph, "wide" if orientation == "wide" else "tall")
    values, checked = Values(layout, run), 0
    columns, rows = 2 ** block[0], 2 ** block[1]
    for box in layout.boxes.values():
        if box.tensor not in large(model) or box.width < 64 or box.height < 64:
            continue
        window = (columns * 2, rows, min(box.width, columns * 30), min(box.height, rows * 30))
        if window[0] >= window[2] or window[1] >= window[3]:
            continue
        weight = np.asarray(model.weights[box.tensor])
        (a0, a1), (b0, b1) = box.ranges
        own = weight[a0:a1, b0:b1]
        own = own if box.rows.dim == 0 else own.T
        own = own[window[1] : window[3], window[0] : window[2]] / magnitude(weight)
        own = np.clip(own, -1, 1)
        texels = values.close_up(box, 0, Focus(block, window, exact=False)).texels / 255
        h, w = -(-own.shape[0] // rows), -(-own.shape[1] // columns)
        for r, c in itertools.product(range(0, h, max(1, h // 5)), range(0, w, max(1, w // 5))):
            part = own[r * rows : (r + 1) * rows, c * columns : (c + 1) * columns]
            mean = (np.maximum(part, 0).mean(), np.maximum(-part, 0).mean(), VALUE)
            np.testing.assert_allclose(texels[r, c], mean, atol=1.3 / 255)
            checked += 1
    assert checked > 100


def test_block_means_count_only_what_there_is() -> None:
    face = np.arange(30, dtype=np.float32).reshape(5, 6, 1)
    means = block_means(face, (4, 2))
    assert means.shape == (3, 2, 1)
    np.testing.assert_allclose(means[2, 1, 0], face[4:, 4:].mean())
    np.testing.assert_allclose(means[0, 0, 0], face[:2, :4].mean())
    halves = block_means(face, (2, 2), (5.5, 4.25))
    last = np.average(face[4:5, 4:6, 0], weights=[[1.0, 0.5]])
    assert halves[2, 2, 0] == pytest.approx(last)


def test_a_large_tensors_magnitude_is_that_of_a_sample() -> None:
    weight = np.random.default_rng(5).normal(size=(4_000, 300)).astype(np.float32)
    assert weight.size > SAMPLE
    assert magnitude(weight) == pytest.approx(float(np.quantile(np.abs(weight), 0.995)), rel=0.02)
    assert magnitude(weight) == magnitude(weight.copy())
    small = weight[:200]
    assert magnitude(small) == pytest.approx(float(np.quantile(np.abs(small.astype(float)), 0.995)), rel=1e-12)


# --- on disk ---------------------------------------------------------------------------------------------------------


def levels(made: Pyramid) -> dict[str, bytes]:
    return {name: made.read(name, slice(None), slice(None)).tobytes() for name in made.scales}


def test_what_is_kept_is_what_was_made(model: Model, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = levels(pyramid_of(model))
    assert not files(cache), "what is only looked at is not kept"
    steps: list[tuple[int, int]] = []
    keep_pyramid(model, cache, lambda done, total: steps.append((done, total)))
    assert len(steps) == len(large(model)) and steps[-1][0] == steps[-1][1]
    assert [path.name for path in files(cache)] == [f"{model.fingerprint}-{pyramid.VERSION}.safetensors"]
    monkeypatch.setattr(pyramid, "_made", lambda *_: pytest.fail("it was there"))
    keep_pyramid(model, cache)
    kept = pyramid_of(model)
    assert levels(kept) == fresh
    for name in kept.scales:
        part = kept.read(name, slice(3, 9), slice(2, 5))
        np.testing.assert_array_equal(part, kept.read(name, slice(None), slice(None))[3:9, 2:5])


def _cut(data: bytearray) -> bytearray:
    return data[: len(data) // 2]


def _flip(data: bytearray) -> bytearray:
    data[-1_000] ^= 4
    return data


DAMAGE: dict[str, Callable[[bytearray], bytearray]] = {
    "empty": lambda data: bytearray(),
    "cut": _cut,
    "flipped": _flip,
    "header": lambda data: bytearray(b"\xff" * 64) + data[64:],
    "other": lambda data: bytearray(b"no such thing"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_made_again(model: Model, cache: Cache, damage: str) -> None:
    keep_pyramid(model, cache)
    (path,) = files(cache)
    whole = path.read_bytes()
    path.write_bytes(DAMAGE[damage](bytearray(whole)))
    assert pyramid._open(path) is None
    keep_pyramid(model, cache)
    assert path.read_bytes() == whole


def test_another_models_levels_are_others(cache: Cache) -> None:
    models = [Model("large", CONFIG, CONFIG.initial_weights(seed=seed), None) for seed in (1, 2)]
    for model in models:
        keep_pyramid(model, cache)
    assert len(files(cache)) == 2
    assert levels(pyramid_of(models[0])) != levels(pyramid_of(models[1]))


def test_several_may_make_it_at_once(model: Model, cache: Cache) -> None:
    threads = [threading.Thread(target=keep_pyramid, args=(model, cache)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(cache)) == 1
    assert pyramid._open(files(cache)[0]) is not None


def test_a_disk_that_fills_up_while_writing_leaves_nothing(
    model: Model, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("render.cache.os.replace", full)
    with pytest.raises(MachineError, match="No space left on device"):
        keep_pyramid(model, cache)
    assert files(cache) == []
    assert levels(pyramid_of(model)), "in memory it still is"


def test_a_folder_that_is_none_is_told(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="file cannot be written"):
        keep_pyramid(model, Cache(tmp_path / "file"))


def test_too_little_memory_is_told(model: Model, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pyramid, "_made", none)
    with pytest.raises(MachineError, match="not enough memory for the coarse levels of 'large'"):
        keep_pyramid(model, cache)


def test_a_small_model_needs_no_file(nano_run: Run, cache: Cache) -> None:
    keep_pyramid(nano_run.model, cache)
    assert not files(cache)
    assert not pyramid_of(nano_run.model).scales


def test_pieces_of_a_face_are_read_like_the_whole(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    run = model.run((1, 2, 3), 1)
    layout = arrange(run.graph, "wide")
    box = next(box for box in layout.boxes.values() if box.tensor == "h.0.mlp.c_fc.weight")
    arguments = (layout.graph[box.tensor], model.weights[box.tensor], 0.1, (4, 2), box.whole)
    whole = block_texels(box, *arguments)
    monkeypatch.setattr("render.stage.cells.PIECE", 5_000)
    np.testing.assert_array_equal(block_texels(box, *arguments), whole)
