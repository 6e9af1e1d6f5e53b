"""What a recording falls into: songs, practice, noodling, count-ins, talk, silence."""

from bridge.recordings.takes.parts import find_parts

__all__ = ["find_parts"]
