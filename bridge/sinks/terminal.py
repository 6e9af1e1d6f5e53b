"""What a person reads: one calm status line, and above it the lines that last."""

from __future__ import annotations

import math

from bridge.events import (
    Beat,
    Chord,
    DrumHit,
    Event,
    Gap,
    Key,
    Level,
    Metre,
    Section,
    State,
    Tempo,
)
from bridge.signal.spelling import chord_name

UNKNOWN = "–"
AFTERGLOW = 0.2  # seconds for which a drum hit stays in the line
LATE = 1.0  # seconds after it happened from which a line says when it was known
SILENCE = -99.0  # LUFS below which no number is shown
LASTING = (State, Gap, Section, Key, Metre)
LEAST_FIRST = ("drum", "loudness", "section", "key", "chord")  # what a narrow terminal goes without


class StatusLine:
    """Hears events; `text` is the line as it should stand now. Its fields keep their places."""

    def __init__(self) -> None:
        self._now = 0.0
        self._state = "starting"
        self._tempo: Tempo | None = None
        self._beat: Beat | None = None
        self._beats_in_bar: int | None = None
        self._key: str | None = None
        self._chord: str | None = None
        self._section: str | None = None
        self._loudness = -math.inf
        self._drums: dict[str, float] = {}  # when each was last hit
        self._lasting: dict[str, str] = {}  # what was last said of each topic, to say it once

    def hear(self, event: Event) -> str | None:
        """Takes an event; the line that should last, if it is worth one."""
        self._now = max(self._now, event.decided)
        match event:
            case State():
                self._state = event.state
            case Tempo():
                self._tempo = event
            case Beat():
                self._beat = event
            case Metre():
                self._beats_in_bar = event.beats
            case Key():
                self._key = event.key
            case Chord():
                self._chord = event.label
            case Section():
                self._section = event.name
            case Level():
                self._loudness = event.short_term
            case DrumHit():
                self._drums[event.drum] = event.decided
        return self._last(event)

    def text(self, width: int = 200) -> str:
        """The line. Where it is too narrow for all, whole fields are left out."""
        fields = {
            "state": f"{self._state:<9}",
            "tempo": self._tempo_field(),
            "beat": self._beat_field(),
            "key": f"{self._key or UNKNOWN:<8}",
            "chord": f"{chord_name(self._chord) if self._chord else UNKNOWN:<7}",
            "drum": f"{self._drum():<7}",
            "section": f"{self._section or UNKNOWN:<11}",
            "loudness": f"{_loudness(self._loudness):>5} LUFS",
        }
        for name in LEAST_FIRST:
            if len("  ".join(fields.values())) > width:
                del fields[name]
        return _printable("  ".join(fields.values()))

    def _last(self, event: Event) -> str | None:
        if not isinstance(event, LASTING):
            return None
        said = sentence(event)
        if isinstance(event, (State, Key, Metre)):
            if said is None or said == self._lasting.get(event.topic):
                return None  # only its certainty has changed
            self._lasting[event.topic] = said
        return f"{clock(event.at)}  {said}{_when_known(event)}"

    def _tempo_field(self) -> str:
        if self._tempo is None or self._tempo.bpm is None:
            return f"{UNKNOWN:>6} BPM"
        runs_on = "~" if self._tempo.coasting else ""
        return f"{runs_on + format(self._tempo.bpm, '.1f'):>6} BPM"

    def _beat_field(self) -> str:
        beats = max(1, min(16, self._beats_in_bar or 4))
        beat = self._beat
        number = beat.number if beat else None
        bar = beat.bar if beat else None
        dots = " ".join("●" if each + 1 == number else "○" for each in range(beats))
        place = f"{_or_unknown(number)}/{_or_unknown(self._beats_in_bar)}"
        return f"bar {_or_unknown(bar):>4} . beat {place:<5} [{dots}]"

    def _drum(self) -> str:
        """The drum that was hit last, while it is fresh."""
        fresh = [(at, drum) for drum, at in self._drums.items() if 0 <= self._now - at <= AFTERGLOW]
        return max(fresh)[1] if fresh else ""


def line_of(event: Event) -> str | None:
    """A readable line for an event; None for what comes all the time and for what is not known."""
    said = sentence(event)
    return said and f"{clock(event.at, digits=2)}  {said}{_when_known(event)}"


def _when_known(event: Event) -> str:
    late = event.decided - event.at > LATE
    return f"  (known at {clock(event.decided)})" if late else ""


def clock(seconds: float, digits: int = 0) -> str:
    """Stream seconds as minutes and seconds: 0:32, 1:02:03, with two digits 0:32.14."""
    scale = 10**digits
    ticks = int(max(0.0, seconds) * scale + 1e-6) if math.isfinite(seconds) else 0
    whole, fraction = divmod(ticks, scale)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{text}.{fraction:0{digits}}" if digits else text


def sentence(event: Event) -> str | None:
    """An event in words on one line. A reason may hold line breaks."""
    said = _words(event)
    return said and " ".join(_printable(said).split())


def _words(event: Event) -> str | None:
    match event:
        case State():
            return f"{event.state}: {event.reason}"
        case Gap():
            return f"{event.seconds:.2f} s of sound lost: {event.reason}"
        case Section():
            return f"section: {event.name}"
        case Key() if event.key:
            return f"key: {event.key}"
        case Metre() if event.beats:
            return f"metre: {event.beats}/{_or_unknown(event.unit)}"
        case Tempo() if event.bpm:
            return f"tempo: {event.bpm:.1f} BPM"
        case Beat():
            return f"beat {_or_unknown(event.number)}, bar {_or_unknown(event.bar)}"
        case Chord():
            return f"chord: {chord_name(event.label)}"
        case DrumHit():
            return f"{event.drum} {event.velocity}"
    return None


def _printable(text: str) -> str:
    """Without what would steer the terminal: a device's name can be anything."""
    return "".join(each if each.isprintable() else " " for each in text)


def _loudness(lufs: float) -> str:
    return f"{lufs:.1f}" if SILENCE < lufs < math.inf else UNKNOWN


def _or_unknown(value: object) -> str:
    return UNKNOWN if value is None else str(value)
