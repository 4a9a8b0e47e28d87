"""What a checkpoint says of its model, apart from the tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from render.errors import UserError


class Said(Mapping[str, Any]):
    """What a checkpoint says, under the keys of its family's config.json."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = dict(content)

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number; the `default` where it is not said, or null. Raises UserError for anything else."""
        value = self.number(key, default)
        if not float(value).is_integer():
            raise UserError(f"the config says {key}={self[key]}, which is not a whole number")
        return int(value)

    def number(self, key: str, default: float | None = None) -> float:
        """A number, as `whole` reads it."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        try:
            return float(self[key])
        except KeyError:
            raise UserError(f"the config does not say {key}") from None
        except (TypeError, ValueError) as error:
            raise UserError(f"the config says {key}={value!r}, which is not a number") from error

    def agrees(self, found: int, *keys: str) -> int:
        """`found`, which the tensors tell. Raises UserError if one of `keys` says something else."""
        for key in keys:
            if self.get(key) is not None and self.whole(key) != found:
                raise UserError(f"the config says {key}={self[key]}, but the tensors have {found}")
        return found

    def table(self, key: str) -> Said:
        """What is said under one key, itself a table; nothing where there is none. Raises UserError for no table."""
        value = self.get(key)
        if value is None:
            return Said({})
        if not isinstance(value, Mapping):
            raise UserError(f"the config says {key}={value!r}, which is no table")
        return Said(value)
