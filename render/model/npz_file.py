"""Npz: an archive of numpy arrays. Arrays of text, such as `config`, are what it says of the model."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from render.errors import UserError
from render.model.stored import StoredTensor, stored_floats


def read_npz(path: Path) -> tuple[dict[str, StoredTensor], Mapping[str, str]]:
    """The tensors of an archive, in memory as they were stored, and its texts.

    Raises UserError for what is no such archive, and for pickles in it.
    """
    data = path.read_bytes()
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"this is not npz, or it is cut off: {error}") from error
    texts = {name: str(array) for name, array in arrays.items() if array.dtype.kind == "U"}
    tensors = {}
    for name, array in arrays.items():
        if name not in texts:
            raw = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1).view(np.uint8)
            tensors[name] = stored_floats(name, str(path), array.dtype.name, array.shape, raw)
    return tensors, texts
