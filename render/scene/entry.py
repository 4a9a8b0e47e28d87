"""A mapping of the script as a pydantic model that says in plain words what is wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, PrivateAttr, ValidationError, model_validator
from typing_extensions import Self

from render.errors import nearest
from render.scene.errors import Place, ScriptError
from render.scene.written import Table, locate


class Entry(BaseModel):
    """One mapping of the script, read. It keeps what was written, so that later flaws have a place too.

    A key without a value counts as not written. `called` is what messages call it ("a beat").
    """

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True, defer_build=True)

    called: ClassVar[str]
    _table: Table = PrivateAttr()

    @classmethod
    def read(cls, written: object) -> Self:
        """Read what was written. Raises ScriptError with all that is wrong in it, ValueError if it is no mapping."""
        try:
            return cls.model_validate(written)
        except ValidationError as error:
            (only,) = error.errors()
            flaw: Exception = only["ctx"]["error"]
        raise flaw  # not from within: pydantic's error holds this one, and a ring of causes cannot be pickled

    def where(self, *path: str | int) -> Place:
        """Where the value at `path` (`where("do", 0)`) is written, or else the nearest thing around it."""
        return locate(self._table, path)

    def flaws(self) -> Iterator[tuple[Place, str]]:
        """What is wrong though each value by itself is right."""
        return iter(())

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys that it can have, as they are written."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, written: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(written, Table):
            raise ValueError(f"must be a mapping (key: value) with {', '.join(cls.keys())}")
        try:
            entry = handler({key: value for key, value in written.items() if value is not None})
        except ValidationError as error:
            raise ScriptError(cls._problems(written, error)) from None
        entry._table = written
        if problems := list(entry.flaws()):
            raise ScriptError(problems)
        return entry

    @classmethod
    def _problems(cls, written: Table, error: ValidationError) -> Iterator[tuple[Place, str]]:
        """Pydantic's list of errors, each as a place and a plain sentence."""
        for flaw in error.errors(include_url=False):
            key = str(flaw["loc"][0])
            cause = flaw.get("ctx", {}).get("error")
            if flaw["type"] == "extra_forbidden":
                yield written.key_place(key), f"unknown key '{key}' in {cls.called}{nearest(key, cls.keys())}"
            elif flaw["type"] == "missing":
                message = f"'{key}' has no value" if key in written else f"{cls.called} needs '{key}'"
                yield written.key_place(key), message
            elif isinstance(cause, ScriptError):
                yield from cause.problems
            else:
                what = f"'{key}'" if len(flaw["loc"]) == 1 else f"each item of '{key}'"
                yield locate(written, flaw["loc"]), f"{what} {cause or flaw['msg']}"
