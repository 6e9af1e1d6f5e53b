"""A recording as one JSON object: what `dawbridge analyze --json` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from bridge.recordings.facts import Recording, to_json


def report(recording: Recording) -> dict[str, Any]:
    """Every take in one list of each kind; what could not be found out is null or empty."""
    takes = recording.takes
    songs = [take for take in takes if take.kind == "song"]
    main = max(songs or takes, key=lambda take: take.seconds, default=None)
    periods = [np.diff(take.grid.beats) for take in takes]
    distances = np.concatenate(periods) if periods else np.zeros(0)
    return {
        "duration": round(recording.duration, 4),
        "tempo": round(60.0 / float(np.median(distances)), 2) if len(distances) else None,
        "beats": [beat for take in takes for beat in take.grid.beats],
        "downbeats": [beat for take in takes for beat in take.grid.downbeats],
        "meter": main.grid.metre if main and main.grid.beats else None,
        "key": main.key if main else None,
        "chords": [asdict(chord) for take in takes for chord in take.chords],
        "sections": [asdict(section) for take in takes for section in take.sections],
        "riffs": sorted(
            (
                {
                    "id": riff.id,
                    "name": riff.name,
                    "start": time.start,
                    "end": time.end,
                    "bars": riff.bars,
                    "loop_bars": riff.loop_bars,
                    "coolness": riff.coolness,
                    "niceness": riff.niceness,
                    "chords": riff.chords,
                    "confidence": riff.confidence,
                }
                for take in takes
                for riff in take.riffs
                for time in riff.times
            ),
            key=lambda entry: float(entry["start"]),
        ),
        "songs": [{"start": take.start, "end": take.end, "name": take.name} for take in songs],
        "drums": [
            {
                "time": hit.time,
                "class": hit.drum,
                "velocity": hit.velocity,
                "confidence": hit.confidence,
            }
            for hit in recording.hits
        ],
        "onsets": list(recording.onsets),
        "pitch": [asdict(tone) for tone in recording.pitch],
        "parts": [asdict(part) for part in recording.parts],
        "takes": [to_json(take) for take in takes],
    }
