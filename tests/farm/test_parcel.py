"""Checkpoints as parcels: what belongs to one, and that it is the same model where it arrives."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from render.errors import MachineError
from render.farm.parcel import parcel_of, parcels_of, with_models_at
from render.film import load
from render.model import load_model
from render.model.built_in import BUILT_IN
from render.model.lineage import contents, identity
from render.model.safetensors_file import read_safetensors

NANO = BUILT_IN["nano-sort"].weights()


def a_file(folder: Path) -> Path:
    folder.mkdir()
    (folder / "unrelated.txt").write_text("not of it")
    return Path(shutil.copy(NANO, folder / "letters.safetensors"))


def a_sharded_folder(folder: Path) -> Path:
    """A folder as Hugging Face has it: an index, two shards, and what the model is like beside them."""
    folder.mkdir()
    tensors = load_file(NANO)
    _, metadata = read_safetensors(NANO)
    names = sorted(tensors)
    places = {name: f"part-{number % 2}.safetensors" for number, name in enumerate(names)}
    for place in sorted(set(places.values())):
        save_file({name: tensors[name] for name in names if places[name] == place}, folder / place)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    (folder / "config.json").write_text(metadata["config"])
    (folder / "unrelated.txt").write_text("not of it")
    return folder


@pytest.mark.parametrize(
    ("made", "files"),
    [
        (a_file, {"letters.safetensors"}),
        (
            a_sharded_folder,
            {"config.json", "model.safetensors.index.json", "part-0.safetensors", "part-1.safetensors"},
        ),
    ],
)
def test_what_arrives_is_the_same_model(tmp_path: Path, made: object, files: set[str]) -> None:
    path = made(tmp_path / "letters")  # type: ignore[operator]
    here = load_model(str(path))
    parcel = parcel_of(os.path.relpath(path))
    assert set(parcel.digests) == files
    assert parcel.n_bytes == sum((parcel.folder / name).stat().st_size for name in files)
    assert parcel.is_in(parcel.folder) and parcel.path == path

    parcel.lay(parcel.contents(), tmp_path / "there")
    place = tmp_path / "there" / parcel.place
    assert {own.name for own in place.iterdir()} == files
    assert [own.name for own in (tmp_path / "there").iterdir()] == [parcel.place.parts[0]], "nothing else is left"
    there = load_model(str(parcel.at(place)))
    assert (there.name, identity(there), contents(there)) == (here.name, identity(here), contents(here))


def test_a_file_with_one_byte_changed_is_another(tmp_path: Path) -> None:
    path = a_file(tmp_path / "letters")
    parcel = parcel_of(str(path))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert not parcel.is_in(parcel.folder)
    assert parcel_of(str(path)).place != parcel.place
    with pytest.raises(MachineError, match=r"letters\.safetensors have changed on their way"):
        parcel.lay(parcel.contents(), tmp_path)
    assert not (tmp_path / parcel.place).exists()


def test_a_folder_that_takes_nothing_is_told(tmp_path: Path) -> None:
    parcel = parcel_of(str(a_file(tmp_path / "letters")))
    (tmp_path / "full").write_text("a file, where a folder should be")
    with pytest.raises(MachineError, match=r"full cannot take the files of .*letters\.safetensors: "):
        parcel.lay(parcel.contents(), tmp_path / "full")


def test_a_film_with_its_models_elsewhere_is_the_same_film(tmp_path: Path) -> None:
    """Those of its cast as well; a model by name stays what it is."""
    lead, other = a_file(tmp_path / "lead"), a_file(tmp_path / "other")
    script = tmp_path / "scene.yaml"
    script.write_text(
        f"title: Three\nmodel: {lead}\nprompt: CBABBC\n"
        f"cast: {{second: {{model: {other}, prompt: ABC}}, third: {{model: nano-sort, prompt: BCA}}}}\n"
        "beats:\n- {id: all, for: 1s, camera: {frame: model}}\n"
    )
    programme = load(script).programme
    parcels = parcels_of(programme)
    assert sorted(parcels) == sorted([str(lead), str(other)])
    for parcel in parcels.values():
        parcel.lay(parcel.contents(), tmp_path / "there")
    places = {path: parcel.at(tmp_path / "there" / parcel.place) for path, parcel in parcels.items()}
    moved = with_models_at(programme, places)
    lead.unlink()
    other.unlink()
    moved.rehearse()
    (part,) = moved.parts
    assert [part.model, part.cast["second"].model, part.cast["third"].model] == [
        str(places[str(lead)]),
        str(places[str(other)]),
        "nano-sort",
    ]
    for name, run in programme.productions[0].run.cast.items():
        there = moved.productions[0].run.cast[name]
        assert there.tokens == run.tokens
        np.testing.assert_array_equal(there.steps[0]["probs"], run.steps[0]["probs"])
