from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from render.errors import UserError
from render.model import BUILT_IN, Repertoire


def test_a_file_is_one_model_however_its_path_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(BUILT_IN["nano-sort"].weights(), tmp_path / "m.safetensors")
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    known = Repertoire()
    model = known.model("m.safetensors")
    assert known.model("deep/../m.safetensors") is known.model(str(tmp_path / "m.safetensors")) is model
    assert model.name == "m"
    assert known.model("nano-sort") is known.model("nano-sort") is not model
    assert Repertoire().model("m.safetensors") is not model, "another film reads it again"


def test_a_run_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Repertoire()
    model = known.model("nano-sort")
    run = known.run(model, (2, 1), 2)
    assert known.run(model, [2, 1], 2) is run
    assert known.run(model, (2, 1), 1) is not run and known.run(model, (2, 0), 2) is not run
    assert len(run.steps) == 2 and run.tokens[:2] == (2, 1)


def test_a_model_that_is_none() -> None:
    with pytest.raises(UserError, match="did you mean 'nano-sort'"):
        Repertoire().model("nano-srot")
