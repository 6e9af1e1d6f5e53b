"""A strict stand-in for Ableton Live, in the Python of the oldest Live that must be borne (3.7)."""

from .world import World

__all__ = ["World"]
