"""Checkpoints: the tensors in them, what they say of the model, and its tokenizer.

Read are safetensors, npz, GGUF and the JSON of llm-viz, and the folders in which Hugging Face keeps a model. Pickles
are not, because a pickle can run any code when it is loaded; nor is any code that a folder brings along run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.errors import UserError
from render.model.gguf_file import read_gguf
from render.model.gguf_tokenizer import gguf_tokenizer
from render.model.llmviz_json import read_llmviz_json
from render.model.npz_file import read_npz
from render.model.safetensors_file import read_safetensors
from render.model.stored import StoredTensor
from render.model.subwords import read_tokenizer
from render.model.tokenizer import Tokenizer

SUFFIXES = (".safetensors", ".npz", ".json", ".gguf")
PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds.

    tensors:   under its own names, each still in its file
    config:    what it says of the model (`n_head` and so on); of a GGUF the metadata, under its keys
    tokenizer: None where it has none
    files:     what all of it was read from
    """

    tensors: Mapping[str, StoredTensor]
    config: Mapping[str, Any]
    tokenizer: Tokenizer | None = None
    files: tuple[Path, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A short text that changes when a file is written, grows, shrinks or is another one."""
        stats = [(path, path.stat()) for path in self.files]
        told = [f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint: a file, the index of several, or a folder with one of these.

    What it does not say of the model may stand in a `config.json` beside it; its tokenizer may be a `tokenizer.json`
    beside it. Raises UserError, naming the file, for one that is missing, damaged, a pickle, or of no kind that is
    read.
    """
    if path.is_dir():
        path = _weights_in(path)
    with told_of(path):
        if path.suffix in PICKLES:
            raise UserError(
                "this is a pickle, which can run any code when it is loaded, so it is not read; convert it where you "
                "trust it: safetensors.torch.save_file(model.state_dict(), 'model.safetensors')"
            )
        if path.suffix not in SUFFIXES:
            raise UserError(f"a checkpoint ends in {', '.join(SUFFIXES)}, not '{path.suffix}'")
    if path.suffix == ".gguf":
        with told_of(path):
            tensors, metadata = read_gguf(path)
            return Checkpoint(tensors, metadata, gguf_tokenizer(metadata), (path,))
    if path.suffix == ".json" and not path.name.endswith(".index.json"):
        with told_of(path):
            return Checkpoint(*read_llmviz_json(path.read_bytes(), str(path)), files=(path,))
    return _with_what_is_beside(path, *_tensors(path))


def _weights_in(folder: Path) -> Path:
    """The file in a folder that has the weights, or says which have them."""
    for name in (INDEX, WEIGHTS):
        if (folder / name).exists():
            return folder / name
    files = sorted(file for file in folder.iterdir() if file.suffix in (".safetensors", ".gguf"))
    if len(files) == 1:
        return files[0]
    if files:
        raise UserError(f"{folder}: it has several checkpoints, say which: {', '.join(file.name for file in files)}")
    pickles = sorted(file for file in folder.iterdir() if file.suffix in PICKLES)
    return pickles[0] if pickles else folder / WEIGHTS


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """Whatever goes wrong in here is told with the name of the file."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error


def _tensors(path: Path) -> tuple[dict[str, StoredTensor], Mapping[str, str], tuple[Path, ...]]:
    """The tensors of a file or of all that an index names, the metadata, and all the files."""
    if path.suffix != ".json":
        with told_of(path):
            read = read_npz if path.suffix == ".npz" else read_safetensors
            return *read(path), (path,)
    with told_of(path):
        places = _json_object(path.read_bytes(), "the index").get("weight_map")
        if not isinstance(places, dict) or not all(_is_name(place) for place in places.values()):
            raise UserError("the index has no 'weight_map' from the names of tensors to the names of files beside it")
    tensors: dict[str, StoredTensor] = {}
    shards = [path.with_name(name) for name in dict.fromkeys(places.values())]
    for shard in shards:
        with told_of(path):
            if not shard.exists():
                raise UserError(f"the index names the file '{shard.name}', which is not there")
        with told_of(shard):
            own, _ = read_safetensors(shard)
            tensors |= {name: tensor for name, tensor in own.items() if places.get(name) == shard.name}
    with told_of(path):
        for name, place in places.items():
            if name not in tensors:
                raise UserError(f"the index says that '{name}' is in '{place}', and it is not")
    return tensors, {}, (path, *shards)


def _is_name(place: object) -> bool:
    """Whether it names a file in the same folder."""
    return isinstance(place, str) and place not in ("", ".", "..") and Path(place).name == place and "\0" not in place


def _with_what_is_beside(
    path: Path, tensors: dict[str, StoredTensor], metadata: Mapping[str, str], files: tuple[Path, ...]
) -> Checkpoint:
    with told_of(path):
        config = _config(metadata)
    beside = path.with_name("config.json")
    if beside.exists():
        with told_of(beside):
            config = {**_json_object(beside.read_bytes(), "this"), **config}
        files = (*files, beside)
    words, tokenizer = path.with_name("tokenizer.json"), None
    if words.exists():
        with told_of(words):
            tokenizer = read_tokenizer(words)
        files = (*files, words)
    return Checkpoint(tensors, config, tokenizer, files)


def _config(metadata: Mapping[str, str]) -> Mapping[str, Any]:
    """Metadata is text only: what does not fit in there stands as JSON under `config`."""
    if "config" not in metadata:
        return metadata
    return {**metadata, **_json_object(metadata["config"], "its 'config'")}


def _json_object(text: str | bytes, what: str) -> Mapping[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{what} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"{what} is not a JSON object")
    return content
