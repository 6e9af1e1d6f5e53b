"""The form of a take: where sections begin, and which of them are the same music."""

from bridge.recordings.structure.sections import find_sections

__all__ = ["find_sections"]
