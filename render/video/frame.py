"""What a picture is on its way to a file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Frame = npt.NDArray[np.uint8]
"""One picture: (height, width, 4), RGBA with alpha not premultiplied, top row first."""
