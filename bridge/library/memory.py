"""How much memory this process takes."""

from __future__ import annotations

import sys
from pathlib import Path


def memory_used() -> float:
    """Bytes that lie in memory now; on macOS the most that ever did; 0: it cannot be told."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return float(pages * _page())
    if sys.platform == "win32":
        return _windows()
    import resource

    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # bytes on macOS


def _page() -> int:
    import resource

    return resource.getpagesize()


def _windows() -> float:
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS of psapi.h."""

        _fields_ = (
            ("size", wintypes.DWORD),
            ("faults", wintypes.DWORD),
            *((f"counter{index}", ctypes.c_size_t) for index in range(8)),
        )

    counters = Counters(size=ctypes.sizeof(Counters))
    windll = getattr(ctypes, "windll")  # noqa: B009  not there elsewhere
    process = wintypes.HANDLE(-1)  # this process
    known = windll.psapi.GetProcessMemoryInfo(process, ctypes.byref(counters), counters.size)
    return float(counters.counter1) if known else 0.0
