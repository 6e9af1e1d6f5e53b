"""Sound at another tempo or in another key, by Signalsmith Stretch (MIT)."""

from __future__ import annotations

import numpy as np

from bridge.errors import BridgeError, extra
from bridge.signal.frames import Array

TONAL_TO = 8000.0  # Hz: above it partials are not moved by the full interval; the library's advice
SEED = 1  # of the library's phases: the same sound gives the same file


def stretch(sound: Array, rate: int, speed: float, semitones: float = 0.0) -> Array:
    """float32 (n, channels) to (n / speed, channels), rounded down; speed 1.1 is a tenth faster.

    The library pays for its own latency when it is given the sound in one piece: what was at t
    seconds is at t / speed. Raises BridgeError where it is not installed.
    """
    if speed == 1.0 and semitones == 0.0:
        return sound
    try:
        from python_stretch import Signalsmith
    except ImportError as error:
        raise BridgeError(
            "Tempo and key cannot be changed here",
            cause="Signalsmith Stretch (python-stretch) is not installed",
            remedy=f"{extra('files')}, or export at the recording's own tempo and key",
        ) from error
    stretcher = Signalsmith.Stretch(SEED)
    stretcher.preset(sound.shape[1], rate)
    stretcher.setTimeFactor(speed)
    stretcher.setTransposeSemitones(semitones, TONAL_TO / rate)
    return np.asarray(stretcher.process(np.ascontiguousarray(sound.T, np.float32)), np.float32).T
