"""What Live's transport does, as `clock` lines."""

ROLLING = 0.1  # seconds between two while it rolls
STANDING = 1.0


class Clock:
    """When a line is due, and what it says."""

    def __init__(self):
        self._due = 0.0
        self._state = None

    def line(self, desk, now):
        """The values of a line; None: none is due. `now`: seconds of the script's clock."""
        song = desk.song
        playing = bool(song.is_playing)
        state = (playing, desk.recording())
        if state == self._state and now < self._due:
            return None
        self._state = state
        self._due = now + (ROLLING if playing else STANDING)
        return {
            "t": float(desk.clock()),
            "at": float(song.current_song_time),
            "play": state[0],
            "record": state[1],
            "rate": song.tempo / 60.0,  # beats a second
        }
