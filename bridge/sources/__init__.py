"""Sound in: one file per way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of sound as the source gives it."""

    samples: NDArray[np.float32]  # (n, channels)
    first: int  # number of its first sample; what was lost before it is counted
    gap: int = 0  # samples lost right before it
    reason: str = ""  # why they were lost


class Source(Protocol):
    """Sound, block by block."""

    rate: int
    channels: int

    def blocks(self) -> Iterator[Block]:
        """Blocks until the source ends or is closed; waits for sound. BridgeError when lost."""
        ...

    def close(self) -> None:
        """Releases what it holds; may be called from another thread and more than once."""
        ...
