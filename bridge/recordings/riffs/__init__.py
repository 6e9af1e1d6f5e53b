"""Riffs: what comes back in a take, and what it is known by in another one."""

from bridge.recordings.riffs.units import MOST, find_riffs

__all__ = ["MOST", "find_riffs"]
