"""A model of which only the shape is given: its family and the sizes of its configuration, in place of a name."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, get_type_hints

from render.errors import UserError, nearest
from render.model import Family, Model, family
from render.scene.errors import Place, ScriptError
from render.scene.fields import switch, text, whole
from render.scene.written import Table, locate

LARGEST = 1_000_000_000


def model(value: object) -> str | Model:
    """A model's name or path; of a mapping with a `family` and its sizes, the model without weights."""
    return _shape(value) if isinstance(value, Table) else text(value)


def _shape(table: Table) -> Model:
    kin = _family(table)
    readers = _readers(kin)
    problems: list[tuple[Place, str]] = []
    sizes: dict[str, Any] = {}
    for key, value in table.items():
        if key == "family":
            continue
        if key not in readers:
            problems.append((key.place(), f"a {kin.name} has no '{key}'{nearest(key, readers)}"))
            continue
        try:
            sizes[str(key)] = readers[key](value)
        except ValueError as error:
            problems.append((key.place(), f"'{key}' {error}"))
    needed = [field.name for field in dataclasses.fields(kin.config) if field.default is dataclasses.MISSING]  # type: ignore[arg-type]
    if missing := [name for name in needed if name not in table]:
        problems.append((table.place(), f"a {kin.name} needs {', '.join(missing)}"))
    if problems:
        raise ScriptError(problems)
    try:
        return Model.blank(kin.name, kin.config(**sizes))
    except UserError as error:
        raise ScriptError([(table.place(), str(error))]) from None


def _family(table: Table) -> Family:
    if "family" not in table:
        raise ScriptError([(table.place(), "a model that is given by its shape needs its 'family', such as gpt2")])
    place = locate(table, ("family",))
    try:
        return family(text(table.get("family")))  # type: ignore[call-overload]
    except UserError as error:
        raise ScriptError([(place, str(error))]) from None
    except ValueError as error:
        raise ScriptError([(place, f"'family' {error}")]) from None


def _readers(kin: Family) -> dict[str, Callable[[object], Any]]:
    """What reads each field of a family's configuration, of those that are one number or switch."""
    known: dict[Any, Callable[[object], Any]] = {
        int: whole(1, LARGEST),
        int | None: whole(1, LARGEST),
        float: _number,
        bool: switch,
    }
    hints = get_type_hints(kin.config)
    fields = dataclasses.fields(kin.config)  # type: ignore[arg-type]
    return {field.name: known[hints[field.name]] for field in fields if hints[field.name] in known}


def _number(value: object) -> float:
    """A number, also as `1e-5`."""
    written = text(value).strip()
    try:
        number = float(written)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise ValueError(f"must be a number from 0 on, such as 1e-5, not '{value}'")
    return number
