"""What a live run said over a file, as one JSON object: the contract of `dawbridge listen`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bridge.events import (
    Beat,
    Chord,
    DrumHit,
    Event,
    Key,
    Metre,
    Onset,
    Pitch,
    Section,
    Tempo,
)


def report(events: Iterable[Event], duration: float) -> dict[str, Any]:
    """Everything that was said, each entry with the stream time at which it was decided.

    A chord or section lasts until the next one; nothing that was said is taken back. A tempo or
    metre that is not known yet is left out; what this program cannot find out is an empty list.
    """
    said = sorted(events, key=lambda event: event.decided)
    beats = [event for event in said if isinstance(event, Beat)]
    return {
        "duration": round(duration, 4),
        "beats": [_time(beat) | {"number": beat.number} for beat in beats],
        "downbeats": [_time(beat) for beat in beats if beat.number == 1],
        "tempo_track": _track((e, e.bpm) for e in said if isinstance(e, Tempo) and e.bpm),
        "meter_track": _track(
            (e, f"{e.beats}/{e.unit}") for e in said if isinstance(e, Metre) and e.beats
        ),
        "key_track": _track((e, e.key) for e in said if isinstance(e, Key)),
        "chords": _spans([e for e in said if isinstance(e, Chord)], duration),
        "sections": _spans([e for e in said if isinstance(e, Section)], duration),
        "riffs": [],
        "songs": [],
        "drums": [
            _time(hit)
            | {"class": hit.drum, "velocity": hit.velocity, "confidence": round(hit.confidence, 3)}
            for hit in said
            if isinstance(hit, DrumHit)
        ],
        "onsets": [_time(onset) for onset in said if isinstance(onset, Onset)],
        "pitch": [
            _time(pitch) | {"hz": round(pitch.hz, 2), "confidence": round(pitch.confidence, 3)}
            for pitch in said
            if isinstance(pitch, Pitch)
        ],
    }


def _time(event: Event) -> dict[str, Any]:
    return {"time": round(event.at, 4), "decided_at": round(event.decided, 4)}


def _track(values: Iterable[tuple[Event, Any]]) -> list[dict[str, Any]]:
    return [
        _time(event) | {"value": round(value, 2) if isinstance(value, float) else value}
        for event, value in values
    ]


def _spans(events: list[Chord] | list[Section], duration: float) -> list[dict[str, Any]]:
    starts = [event.at for event in events] + [duration]
    return [
        {
            "start": round(event.at, 4),
            "end": round(min((t for t in starts if t > event.at), default=duration), 4),
            "label": event.label if isinstance(event, Chord) else event.name,
            "confidence": round(event.confidence, 3),
            "decided_at": round(event.decided, 4),
        }
        for event in events
    ]
