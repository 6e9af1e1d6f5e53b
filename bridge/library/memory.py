"""How much memory this process takes."""

from __future__ import annotations

import psutil


def memory_used() -> float:
    """Bytes that lie in memory now."""
    return float(psutil.Process().memory_info().rss)
