"""MIDI: what is heard as notes, each with the stream time at which it is due.

No port and no clock: `post` takes the messages to whoever holds the port.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.events import Beat, Chord, DrumHit, Event, Gap, Pitch, State
from bridge.settings import MidiSettings
from bridge.sinks.drum_maps import load_drum_map
from bridge.sinks.melody import Melody
from bridge.sinks.voicing import chord_notes

NOTE_OFF, NOTE_ON, CONTROL = 0x80, 0x90, 0xB0  # status bytes, to which the channel is added
STROKE = 0.05  # seconds: how long the note of a drum or a beat lasts
THE_ONE, OTHER_BEATS = 76, 77  # notes: high and low wood block in General MIDI
VELOCITY = 96  # of what is heard without a strength of its own: pitches, chords, beats
HOLE = 0.2  # seconds of lost sound that end what is held; a dropout of a block or two does not
SOUNDING = frozenset({"listening", "silent"})  # in any other state nothing may be held

Post = Callable[[float, bytes], None]
Key = tuple[int, int]  # channel 1..16 and note


class MidiSink:
    """Translates events to messages.

    A message is due when it was decided, plus the user's latency. A drum hit is decided a constant
    time after the stroke was placed, so the notes come late but evenly. Messages may be posted out
    of order of their times; those that are due together stand in the order in which they came.
    """

    lead = 1.0  # seconds: a beat is posted as soon as it is predicted, and written when it is due

    def __init__(self, settings: MidiSettings, post: Post) -> None:
        """Raises BridgeError when the drum map cannot be used."""
        self._settings = settings
        self._post = post
        self._drum_notes = load_drum_map(settings.drum_map).notes if settings.drums else {}
        self._strokes: dict[Key, float] = {}  # when the last stroke of each is due
        self._melody = Melody()
        self._pitch = _Held(post, settings.pitch_channel)
        self._chord = _Held(post, settings.chord_channel)
        self._decided = 0.0  # the newest that was said

    def send(self, event: Event) -> None:
        """Posts what the settings want to hear of it."""
        self._decided = max(self._decided, event.decided)
        match event:
            case DrumHit() if event.drum in self._drum_notes:
                key = self._settings.drum_channel, self._drum_notes[event.drum]
                self._stroke(self._due(event), key, max(1, min(127, event.velocity)))
            case Beat() if self._settings.beats != "off":
                self._beat(event)
            case Pitch() if self._settings.pitch:
                note = self._melody.hear(event.hz)
                self._pitch.hold(() if note is None else (note,), self._due(event))
            case Chord() if self._settings.chords:
                self._chord.hold(chord_notes(event.label), self._due(event))
            case Gap() if event.seconds >= HOLE:
                self.close()
            case State() if event.state not in SOUNDING:
                self.close()

    def close(self) -> None:
        """Ends what is held. The end of a stroke was posted with its beginning."""
        self._melody.end()
        self._pitch.hold((), self._decided)
        self._chord.hold((), self._decided)

    def _due(self, event: Event) -> float:
        return event.decided + self._settings.latency

    def _beat(self, beat: Beat) -> None:
        # A prediction needs no latency: it was made before its time.
        due = max(beat.at, beat.decided + self._settings.latency)
        channel = self._settings.beat_channel
        if self._settings.beats == "cc":
            number = max(0, min(127, beat.number or 0))
            self._post(due, bytes((CONTROL + channel - 1, self._settings.beat_cc, number)))
        else:
            note = THE_ONE if beat.number == 1 else OTHER_BEATS
            self._stroke(due, (channel, note), VELOCITY)

    def _stroke(self, due: float, key: Key, velocity: int) -> None:
        """A short note, and its end with it: nothing hangs if no further event ever comes."""
        last = self._strokes.get(key)
        if last is not None:
            due = max(due, last)
            if due < last + STROKE:  # struck again while it sounds
                self._post(due, _note_off(*key))
        self._post(due, _note_on(*key, velocity))
        self._post(due + STROKE, _note_off(*key))
        self._strokes[key] = due


class _Held:
    """Notes that sound until others take their place."""

    def __init__(self, post: Post, channel: int) -> None:
        self._post = post
        self._channel = channel
        self._notes: tuple[int, ...] = ()
        self._since = 0.0  # when they are due: they cannot end before

    def hold(self, notes: tuple[int, ...], due: float) -> None:
        """From `due` on these notes sound and no others."""
        if notes == self._notes:
            return
        due = max(due, self._since)
        for note in self._notes:
            self._post(due, _note_off(self._channel, note))
        for note in notes:
            self._post(due, _note_on(self._channel, note, VELOCITY))
        self._notes, self._since = notes, due


def _note_on(channel: int, note: int, velocity: int) -> bytes:
    return bytes((NOTE_ON + channel - 1, note, velocity))


def _note_off(channel: int, note: int) -> bytes:
    return bytes((NOTE_OFF + channel - 1, note, 0))
