"""Traces written to files, as safetensors or npz by the suffix."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from render.errors import MachineError, UserError
from render.model.model import Run
from render.model.readable import Readable
from render.model.safetensors_file import write_safetensors
from render.model.trace import Trace

SUFFIXES = (".safetensors", ".npz")


def write_trace(trace: Trace, path: Path) -> None:
    """Write every tensor of one pass, weights included, under its name.

    Raises UserError for another suffix than `.safetensors` and `.npz`, and MachineError when the file cannot be
    written; an earlier file is then left as it was.
    """
    _write(trace, path)


def write_run(run: Run, path: Path) -> None:
    """Write every pass of a run: the tensors of pass K as `step.K/NAME`, the weights, which stay the same, as `NAME`.

    Raises as `write_trace` does.
    """
    tensors: dict[str, Readable] = dict(run.model.weights)
    for k, trace in enumerate(run.steps):
        tensors |= {f"step.{k}/{name}": trace[name] for name, spec in trace.graph.items() if spec.kind != "weight"}
    _write(tensors, path)


def _write(tensors: Mapping[str, Readable], path: Path) -> None:
    if path.suffix not in SUFFIXES:
        raise UserError(f"a trace is written as {' or '.join(SUFFIXES)}, not as '{path.name}'")
    beside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".npz":
            np.savez(beside, **tensors)  # type: ignore[arg-type]  # it makes arrays of them, one after the other
        else:
            write_safetensors(beside, tensors)
        beside.replace(path)
    except OSError as error:
        raise MachineError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):  # it is only there after a failure
            beside.unlink()
