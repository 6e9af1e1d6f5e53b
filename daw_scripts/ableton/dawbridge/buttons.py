"""Buttons: notes and controllers of the MIDI input chosen for the script, and mute switches.

Without a MIDI device a track named like `dawbridge: analyze` is a button: a click on its Track
Activator (to which Live's Key Map can map a computer key) is a press.
"""

ACTIONS = (
    "analyze", "loops", "tap", "double", "halve", "the_one", "stop", "remove", "restore", "drums",
    "tempo", "clip_drums",
)  # fmt: skip
PREFIX = "dawbridge:"
EVERY = 1.0  # seconds between two looks at the names of the tracks


class Buttons:
    """Which press means what."""

    def __init__(self, settings):
        self._pressed = set()
        self._map = {}  # (is a note, number): action
        self._channel = _whole(settings["channel"], 16, 1, 16) - 1
        for action in ACTIONS:
            kind, _, number = settings.get(action, "").partition(" ")
            wanted = _whole(number, -1, 0, 127)
            if kind in ("cc", "note") and wanted >= 0:
                self._map[kind == "note", wanted] = action
        self._switches = []  # [track, action, muted]
        self._due = 0.0

    def forward(self, live, script_handle, map_handle):
        """Asks Live to give us these notes and controllers."""
        for is_note, number in self._map:
            ask = live.MidiMap.forward_midi_note if is_note else live.MidiMap.forward_midi_cc
            ask(script_handle, map_handle, self._channel, number)

    def heard(self, message):
        """The action of a MIDI message (three bytes); None: none, or the same press still."""
        if len(message) != 3 or message[0] & 15 != self._channel:
            return None
        kind, number, value = message[0] & 0xF0, message[1], message[2]
        if kind not in (0x80, 0x90, 0xB0):
            return None
        key = (kind != 0xB0, number)
        down = value > 0 and kind != 0x80 if key[0] else value >= 64
        if not down:
            self._pressed.discard(key)
            return None
        if key in self._pressed:
            return None
        self._pressed.add(key)
        return self._map.get(key)

    def switched(self, song, now):
        """The action of a track's switch that was clicked since; None: none."""
        if now >= self._due:
            self._due = now + EVERY
            self._look(song)
        for switch in self._switches:
            try:
                muted = bool(switch[0].mute)
            except Exception:  # the track is gone; the next look drops it
                continue
            if muted != switch[2]:
                switch[2] = muted
                return switch[1]
        return None

    def _look(self, song):
        known = {each[0]._live_ptr: each for each in self._switches if _alive(each[0])}
        self._switches = []
        for track in song.tracks:
            name = track.name.lower()
            if name.startswith(PREFIX):
                action = name[len(PREFIX) :].strip().replace(" ", "_")
                if action in ACTIONS:
                    old = known.get(track._live_ptr)
                    muted = bool(track.mute) if old is None else old[2]
                    self._switches.append([track, action, muted])


def _alive(track):
    try:
        return bool(track._live_ptr)
    except Exception:
        return False


def _whole(text, default, lowest, highest):
    try:
        number = int(text)
    except (TypeError, ValueError):
        return default
    return number if lowest <= number <= highest else default
