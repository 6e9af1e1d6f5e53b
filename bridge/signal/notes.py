"""Which notes sound: a log-frequency spectrum explained by notes with their partials.

After NNLS chroma (Mauch & Dixon 2010): the spectrum, three bands to the semitone, is whitened
and written as a sum of note spectra with no negative weights. Partials are then explained by
the note below them instead of being heard as notes of their own.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import HOP_SECONDS, Frames, hann
from bridge.signal.tuning import Tuning

Vector = NDArray[np.float64]

LONG, SHORT = 16384, 8192  # samples: bass notes need the length, the others gain from the speed
SPLIT = 72  # MIDI note from whose bands on the short window is read
BANDS = (24, 108)  # MIDI notes: range of the spectrum
PER_NOTE = 3  # bands in a semitone
NOTES = (28, 92)  # MIDI notes that may sound, the last one excluded
DECAY = 0.7  # amplitude of a partial over the one below it
PARTIALS = 20
AROUND = 12  # bands to either side that a band is compared with: four semitones
ROUNDS = 40  # of the multiplicative update; 100 gain nothing
QUIET = 1e-3  # -60 dBFS of tones: below it nothing is heard


class NoteListener:
    """Hears looks at the stream, one each `every` hops, and keeps the tuning.

    A look ends with its hop; its centre lies 186 ms back below middle C's octave and 93 ms
    above (at 44.1 kHz).
    """

    def __init__(self, every: int) -> None:
        self._tuning = Tuning(every * HOP_SECONDS)

    @property
    def tuning(self) -> float:
        """Semitones above A = 440 Hz, -0.5..0.5."""
        return self._tuning.semitones

    def hear(self, frames: Frames, row: int) -> Vector | None:
        """Weights of NOTES at the end of a hop of the batch, their sum 1. None: silence."""
        sound = frames.windows(LONG)[row]
        long, short = _magnitude(sound), _magnitude(sound[-SHORT:])
        spectrum = bands(long, short, frames.rate, self.tuning)
        if float(np.sqrt(spectrum @ spectrum)) < QUIET:
            return None
        self._tuning.hear(long, frames.rate / LONG)
        weights = _explain(whiten(spectrum), frames.rate)
        return weights / weights.sum()


def _magnitude(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    window = hann(len(sound))
    magnitude: NDArray[np.float32] = np.abs(np.fft.rfft(sound * window))
    return magnitude * (np.float32(2.0) / window.sum())


def bands(
    long: NDArray[np.floating], short: NDArray[np.floating], rate: int, tuning: float
) -> Vector:
    """Root of the power in each band of BANDS; `tuning` in semitones moves the bands."""
    split = (SPLIT - BANDS[0]) * PER_NOTE
    low = _power_between(long, _edges(tuning)[: split + 1] * (LONG / rate))
    high = _power_between(short, _edges(tuning)[split:] * (SHORT / rate))
    return np.sqrt(np.concatenate([low, high]))


def _edges(tuning: float) -> Vector:
    """Hz: where the bands begin and end."""
    count = (BANDS[1] - BANDS[0]) * PER_NOTE
    note = BANDS[0] - 0.5 + tuning + np.arange(count + 1) / PER_NOTE
    edges: Vector = 440.0 * 2.0 ** ((note - 69.0) / 12.0)
    return edges


def _power_between(magnitude: NDArray[np.floating], edges: Vector) -> Vector:
    """Power between fractional bins; a bin's power is spread over its width."""
    below = np.concatenate([[0.0], np.cumsum(np.square(magnitude), dtype=float)])
    at = np.interp(edges + 0.5, np.arange(len(below)), below)
    return np.maximum(np.diff(at), 0.0) / 1.5  # 1.5: a Hann window spreads a sine's power so far


def whiten(spectrum: Vector) -> Vector:
    """How many standard deviations each band stands over its surroundings; valleys are 0.

    Evens out the timbre and takes away what is level over four semitones: noise, drums.
    """
    padded = np.pad(spectrum, AROUND, mode="reflect")
    mean = _running_mean(padded)
    deviation = np.sqrt(np.maximum(_running_mean(padded * padded) - mean * mean, 0.0))
    return np.maximum(spectrum - mean, 0.0) / np.maximum(deviation, 1e-6)


def _running_mean(padded: Vector) -> Vector:
    below = np.concatenate([[0.0], np.cumsum(padded)])
    width = 2 * AROUND + 1
    mean: Vector = (below[width:] - below[:-width]) / width
    return mean


def _explain(spectrum: Vector, rate: int) -> Vector:
    """Non-negative weights of the notes that make up a spectrum (Lee & Seung 2001)."""
    dictionary, product = _dictionary(rate)
    wanted = spectrum @ dictionary
    weights = np.maximum(wanted, 1e-9) / product.sum(axis=1)
    for _ in range(ROUNDS):
        weights = weights * (wanted / (weights @ product + 1e-9))
    return np.maximum(weights, 1e-12)


@cache
def _dictionary(rate: int) -> tuple[Vector, Vector]:
    """Spectra of the notes as this front end sees them, (bands, notes), and their products."""
    seconds = np.arange(LONG) / rate
    columns = []
    for note in range(*NOTES):
        hz = 440.0 * 2.0 ** ((note - 69) / 12)
        partials = [n for n in range(1, PARTIALS + 1) if n * hz < 10000.0]
        sound = np.zeros(LONG)
        for n in partials:  # phases n squared: partials that all meet would make one click
            sound += DECAY ** (n - 1) * np.sin(2 * np.pi * n * hz * seconds + n * n)
        sounds = sound.astype(np.float32)
        column = bands(_magnitude(sounds), _magnitude(sounds[-SHORT:]), rate, 0.0)
        columns.append(column / np.sqrt(column @ column))
    dictionary = np.array(columns).T
    return dictionary, dictionary.T @ dictionary
