"""Key, tuning and chords of a take."""

from bridge.recordings.chords import find_chords
from bridge.recordings.keys import find_keys
from bridge.recordings.tuning import find_tuning

__all__ = ["find_chords", "find_keys", "find_tuning"]
