"""A process that gives way to all others: a stage comes before any analysis."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

NICE = 10  # of 19: what people do at the machine comes first
BELOW_NORMAL = 0x4000  # Windows' BELOW_NORMAL_PRIORITY_CLASS


def give_way() -> None:
    """Lowers this process's priority for good, where the system lets it."""
    with suppress(OSError):
        if sys.platform == "win32":
            import ctypes

            kernel = ctypes.windll.kernel32
            kernel.SetPriorityClass(kernel.GetCurrentProcess(), BELOW_NORMAL)
        else:
            os.nice(NICE)
