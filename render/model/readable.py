"""What the numbers of a tensor are read from."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Readable(Protocol):
    """The numbers of a tensor, in memory or in a file: an array, or a `StoredTensor`.

    Index it to read some of them, `np.asarray` it to read all. What else an array can do, this cannot.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """How many numbers it has along each dimension."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the numbers are when they have been read."""

    def __getitem__(self, index: Any, /) -> Any:
        """The numbers at `index`, which is anything that indexes an array."""

    def __array__(self) -> NDArray[Any]:
        """All of them."""
