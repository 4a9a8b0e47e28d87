"""What a picture is on its way to a file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

GIVING_BACK = {"MALLOC_MMAP_THRESHOLD_": "1000000"}
"""Environment of processes that handle frames: what is as large as a frame goes back to the system when it is freed,
and is not kept by glibc's heap for later."""

Frame = npt.NDArray[np.uint8]
"""One picture: (height, width, 4), RGBA with alpha not premultiplied, top row first."""
