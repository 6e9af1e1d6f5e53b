"""Sound in: one file per way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of sound as the source gives it."""

    samples: NDArray[np.float32]  # (n, channels)
    first: int  # number of its first sample; what was lost before it is counted
    gap: int = 0  # samples lost right before it
    reason: str = ""  # why they were lost
