from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from render.errors import MachineError, UserError
from render.model import Array, Model, write_run, write_trace


def read(path: Path) -> dict[str, Array]:
    if path.suffix == ".npz":
        with np.load(path) as archive:
            return dict(archive)
    return dict(load_file(path))


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_a_trace(tmp_path: Path, nano_sort: Model, suffix: str) -> None:
    trace = nano_sort.trace((2, 1, 0, 1, 1, 2))
    write_trace(trace, tmp_path / "new" / f"trace{suffix}")
    written = read(tmp_path / "new" / f"trace{suffix}")
    assert set(written) == set(trace.graph)
    for name, values in trace.items():
        np.testing.assert_array_equal(written[name], values)
        assert written[name].dtype == values.dtype
    assert [path.name for path in (tmp_path / "new").iterdir()] == [f"trace{suffix}"]


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_a_run(tmp_path: Path, nano_sort: Model, suffix: str) -> None:
    run = nano_sort.run((2, 1, 0, 1, 1, 2), n_steps=3)
    write_run(run, tmp_path / f"run{suffix}")
    written = read(tmp_path / f"run{suffix}")
    computed = [name for name, spec in run.graph.items() if spec.kind != "weight"]
    assert set(written) == set(nano_sort.weights) | {f"step.{k}/{name}" for k in range(3) for name in computed}
    for k, step in enumerate(run.steps):
        np.testing.assert_array_equal(written[f"step.{k}/h.1.attn.att"], step["h.1.attn.att"])
    assert written["step.2/tokens"].tolist() == list(run.tokens[:8])


def test_another_suffix(tmp_path: Path, nano_sort: Model) -> None:
    with pytest.raises(UserError, match=r"a trace is written as .safetensors or .npz, not as 'trace.csv'"):
        write_trace(nano_sort.trace((1,)), tmp_path / "trace.csv")


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_what_cannot_be_written(tmp_path: Path, nano_sort: Model, suffix: str) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(MachineError, match="cannot be written"):
        write_trace(nano_sort.trace((1,)), tmp_path / "file" / f"trace{suffix}")
    taken = tmp_path / f"folder{suffix}"
    taken.mkdir()
    with pytest.raises(MachineError, match="cannot be written"):
        write_trace(nano_sort.trace((1,)), taken)
    assert (tmp_path / "file").read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", taken.name]


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_an_earlier_file_survives_a_failure(
    tmp_path: Path, nano_sort: Model, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"trace{suffix}"
    path.write_bytes(b"earlier")

    def no_space(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(MachineError, match="cannot be written: No space left on device"):
        write_trace(nano_sort.trace((1,)), path)
    assert path.read_bytes() == b"earlier"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
