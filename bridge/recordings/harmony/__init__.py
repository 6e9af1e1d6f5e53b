"""Key, tuning and chords of a take."""

from bridge.recordings.harmony.chords import find_chords
from bridge.recordings.harmony.keys import find_keys
from bridge.recordings.harmony.tuning import find_tuning

__all__ = ["find_chords", "find_keys", "find_tuning"]
