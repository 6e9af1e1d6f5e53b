"""What Live's transport does, as `clock` lines."""

ROLLING = 0.1  # seconds between two while it rolls
STANDING = 1.0
JUMP = 0.15  # seconds off the expected position


class Clock:
    """When a line is due, and what it says."""

    def __init__(self):
        self._due = 0.0
        self._state = None
        self._told = None  # the last line, while it rolls
        self._read = None  # (t, at) that the tick before read and did not tell

    def lines(self, desk, now):
        """The values of each line that is due: none, one, or both sides of a jump. `now`: seconds
        of the script's clock."""
        song = desk.song
        playing = bool(song.is_playing)
        state = (playing, desk.recording())
        if state != self._state:
            self._told = self._read = None
        t, at = float(desk.clock()), float(song.current_song_time)
        jumped = playing and self._jumped(t, at)
        if state == self._state and now < self._due and not jumped:
            self._read = (t, at) if playing else None
            return []
        lines = []
        if jumped and self._read is not None:
            lines.append(dict(self._told, t=self._read[0], at=self._read[1]))
        self._state, self._read = state, None
        self._due = now + (ROLLING if playing else STANDING)
        told = {
            "t": t,
            "at": at,
            "play": state[0],
            "record": state[1],
            "rate": song.tempo / 60.0,  # beats a second
        }
        if playing:
            if song.loop:
                told["loop_start"] = float(song.loop_start)
                told["loop_end"] = told["loop_start"] + float(song.loop_length)
            told["cursor"] = float(song.start_time)
        self._told = told if playing else None
        lines.append(told)
        return lines

    def _jumped(self, t, at):
        """Whether it went elsewhere since the last tick."""
        if self._told is None:
            return False
        since, was = self._read or (self._told["t"], self._told["at"])
        rate = self._told["rate"]
        return abs(at - was - (t - since) * rate) > JUMP * rate
