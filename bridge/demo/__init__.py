"""The demo recording that comes with dawbridge; its truth lies beside it."""

from pathlib import Path

SONG = Path(__file__).parent / "song.ogg"
