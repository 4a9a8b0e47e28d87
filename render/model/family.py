"""A family of models: what all that this project knows of it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from render.model.decoder import Decoder
from render.model.dialect import Dialect, Tensors
from render.model.said import Said


@dataclass(frozen=True)
class Family:
    """A family.

    name:        what people call it
    model_types: what checkpoints call it: `model_type` of a config.json, `general.architecture` of a GGUF file
    config:      the class of its configurations
    read:        makes one of what a checkpoint says, of its tensors, and of whether its head is tied; it raises
                 UserError where the two contradict each other, and for what is not computed here
    keys:        what GGUF files call, behind `model_type.`, what config.json has its own names for
    names:       the dialects of its checkpoints
    """

    name: str
    model_types: tuple[str, ...]
    config: type[Decoder]
    read: Callable[[Said, Tensors, bool], Decoder]
    keys: Mapping[str, str]
    names: tuple[Dialect, ...]

    def said(self, content: Mapping[str, object]) -> Said:
        """What a checkpoint says, under the keys of config.json."""
        keys = {f"{kind}.{key}": own for kind in self.model_types for key, own in self.keys.items()}
        return Said({keys.get(key, key): value for key, value in content.items()})

    def dialect(self, names: list[str]) -> Dialect:
        """The dialect in which the tensors of a checkpoint are named."""
        return max(self.dialects, key=lambda dialect: dialect.fit(names))

    @property
    def dialects(self) -> tuple[Dialect, ...]:
        """The dialects of its checkpoints, and the house's own names, in which traces are written."""
        own = Dialect({house: house for house in self.names[0].modules.values()})
        return (*self.names, own)
