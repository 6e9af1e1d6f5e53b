"""Which notes sound: a log-frequency spectrum explained by notes with their partials.

After NNLS chroma (Mauch & Dixon 2010): the spectrum, three bands to the semitone, is whitened
and written as a sum of note spectra with no negative weights. Partials are then explained by
the note below them instead of being heard as notes of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import HOP_SECONDS, Array, Array64, Frames
from bridge.signal.tuning import Tuning, peak_angles

LONG, SHORT = 16384, 8192  # samples: low notes need the length, high ones gain from the speed
RISE = 0.8  # share of a window before its maximum: what was heard last counts most
EVEN = 0.5  # the same for a window that looks back as far as ahead
SPLIT = 72  # MIDI note from whose bands on the short window is read
BANDS = (24, 108)  # MIDI notes: range of the spectrum
PER_NOTE = 3  # bands in a semitone
NOTES = (28, 92)  # MIDI notes that may sound, the last one excluded
DECAY = 0.7  # amplitude of a partial over the one below it
PARTIALS = 20
AROUND = 12  # bands to either side that a band is compared with: four semitones
ROUNDS = 40  # of the multiplicative update; 100 gain nothing
QUIET = 1e-3  # -60 dBFS: below it nothing is heard
TONES = (36, 96)  # MIDI notes: where tones are told from noise
NEAR = 6  # bands, two semitones: what a tone must stand out from
STANDS_OUT = 1.5  # times the mean around it
NOISE, MUSIC = (
    0.03,
    0.08,
)  # shares of the spectrum that stand out, measured: drums alone, with tones
Float = TypeVar("Float", np.float32, np.float64)


@dataclass(frozen=True, slots=True)
class Look:
    """What sounds at one moment."""

    notes: Array64  # weights of NOTES, their sum 1
    tonal: float  # 0: noise or drums alone; 1: tones among whatever else


class NoteListener:
    """Looks at the stream, each `every` hops, and keeps the tuning.

    A look ends with its hop. Windows rise slowly and fall quickly: their weight lies about 130 ms
    back for notes below SPLIT, 65 ms above it (at 44.1 kHz).
    """

    def __init__(self, every: int) -> None:
        self._tuning = Tuning(every * HOP_SECONDS)

    @property
    def tuning(self) -> float:
        """Semitones above A = 440 Hz, -0.5..0.5."""
        return self._tuning.semitones

    def hear(self, frames: Frames, row: int) -> Look | None:
        """The look at the end of a row of the batch. None: silence."""
        _dictionary(frames.rate, RISE)  # made with the first look, not when the music begins
        sound = frames.windows(LONG)[row]
        long, short = _magnitude(sound, RISE), _magnitude(sound[_short(RISE)], RISE)
        spectrum = bands(long, short, frames.rate, self.tuning)
        if float(np.sqrt(spectrum @ spectrum)) < QUIET:
            return None
        self._tuning.hear(long, frames.rate / LONG)
        weights = _explain(whiten(spectrum), *_dictionary(frames.rate, RISE))
        return Look(weights / float(weights.sum()), float(tonality(spectrum)))


class NoteRows:
    """Many looks at once, each about the middle of its windows: for sound that is all there.

    Both windows are whole Hanns around one moment. That tells two notes that follow each other
    apart by time alone, and which came last does not matter where the future is known.
    """

    def __init__(self, every: int) -> None:
        self._tuning = Tuning(every * HOP_SECONDS)

    def hear(self, frames: Frames, rows: list[int]) -> tuple[Array, Array, Array]:
        """The looks whose windows end with these rows of the batch.

        notes   float32 (rows, notes), weights of NOTES, their sum 1; 0 in silence
        tonal   float32 (rows,), as in Look
        angles  complex64 (rows,), the tuning of the peaks: see bridge.signal.tuning.peak_angles,
                the mean over the peaks of a row
        """
        sound = frames.windows(LONG)[rows]
        long, short = _magnitude(sound, EVEN), _magnitude(sound[:, _short(EVEN)], EVEN)
        of, angles = peak_angles(long, frames.rate / LONG)
        peaks = np.bincount(of, minlength=len(rows))
        sums = np.bincount(of, angles.real, len(rows)) + 1j * np.bincount(
            of, angles.imag, len(rows)
        )
        tunings = np.zeros(len(rows))
        for row, angle in enumerate(sums.tolist()):
            tunings[row] = self._tuning.semitones
            self._tuning.add(angle)
        spectra = bands(long, short, frames.rate, tunings)
        heard = np.sqrt(np.square(spectra).sum(axis=1)) >= QUIET
        dictionary, product = (part.astype(np.float32) for part in _dictionary(frames.rate, EVEN))
        weights = _explain(whiten(spectra).astype(np.float32), dictionary, product)
        weights *= heard[:, None] / weights.sum(axis=1, keepdims=True)
        tonal = np.where(heard, tonality(spectra), 0.0)
        return (
            weights.astype(np.float32),
            tonal.astype(np.float32),
            (sums / np.maximum(peaks, 1)).astype(np.complex64),
        )


@cache
def _window(size: int, rise: float) -> Array:
    """Half a Hann window of `rise` of the length and half a one of the rest, float32 (size,)."""
    first = round(rise * size)
    up = 0.5 - 0.5 * np.cos(np.pi * np.arange(first) / first)
    down = 0.5 + 0.5 * np.cos(np.pi * np.arange(size - first) / (size - first))
    return np.concatenate([up, down]).astype(np.float32)


def _magnitude(sound: Array, rise: float) -> Array:
    """Magnitudes of the bins, (..., samples) to (..., bins); a full-scale sine reads 1."""
    window = _window(sound.shape[-1], rise)
    magnitude: Array = np.abs(np.fft.rfft(sound * window)) * (np.float32(2.0) / window.sum())
    return magnitude


def bands(long: Array, short: Array, rate: int, tuning: float | Array64) -> Array64:
    """Root of the power in each band of BANDS, (..., bins) to (..., bands).

    `tuning` in semitones moves the bands; one number, or one for each row.
    """
    split = (SPLIT - BANDS[0]) * PER_NOTE
    edges = _edges(tuning)
    low = _power_between(long, edges[..., : split + 1] * (LONG / rate))
    high = _power_between(short, edges[..., split:] * (SHORT / rate))
    spectrum: Array64 = np.sqrt(np.concatenate([low, high], axis=-1))
    return spectrum


def _edges(tuning: float | Array64) -> Array64:
    """Hz: where the bands begin and end, (..., bands + 1)."""
    count = (BANDS[1] - BANDS[0]) * PER_NOTE
    note = BANDS[0] - 0.5 + np.asarray(tuning)[..., None] + np.arange(count + 1) / PER_NOTE
    edges: Array64 = 440.0 * 2.0 ** ((note - 69.0) / 12.0)
    return edges


def _power_between(magnitude: Array, edges: Array64) -> Array64:
    """Power between fractional bins, which stand like the bins along the last axis.

    A bin's power is spread over its width.
    """
    below = np.zeros((*magnitude.shape[:-1], int(edges.max()) + 3))
    np.cumsum(
        np.square(magnitude[..., : below.shape[-1] - 1], dtype=float), axis=-1, out=below[..., 1:]
    )
    bin_ = np.floor(edges + 0.5).astype(int)
    left = np.take_along_axis(below, bin_, axis=-1)
    right = np.take_along_axis(below, bin_ + 1, axis=-1)
    at = left + (right - left) * (edges + 0.5 - bin_)
    power: Array64 = np.maximum(np.diff(at), 0.0) / 1.5  # a Hann window spreads a sine by so much
    return power


def whiten(spectrum: Array64) -> Array64:
    """How many standard deviations each band stands over its surroundings; valleys are 0.

    Evens out the timbre and takes away what is level over four semitones: noise, drums.
    """
    mean = _mean_around(spectrum, AROUND)
    variance = _mean_around(spectrum * spectrum, AROUND) - mean * mean
    deviation = np.sqrt(np.maximum(variance, 1e-12))
    whitened: Array64 = np.maximum(spectrum - mean, 0.0) / deviation
    return whitened


def tonality(spectrum: Array64) -> Array64:
    """0..1: how much of the spectrum stands out in narrow peaks, as tones do and drums do not."""
    low, high = ((note - BANDS[0]) * PER_NOTE for note in TONES)
    inside = spectrum[..., low:high]
    peaks = np.maximum(inside - STANDS_OUT * _mean_around(inside, NEAR), 0.0)
    share = peaks.sum(axis=-1) / np.maximum(inside.sum(axis=-1), 1e-12)
    tonal: Array64 = np.clip((share - NOISE) / (MUSIC - NOISE), 0.0, 1.0)
    return tonal


def _mean_around(spectrum: Array64, reach: int) -> Array64:
    """Mean of each band and `reach` bands to either side; the spectrum is mirrored at its ends."""
    start, end = spectrum[..., reach:0:-1], spectrum[..., -2 : -reach - 2 : -1]
    first = np.zeros((*spectrum.shape[:-1], 1))
    below = np.concatenate([first, start, spectrum, end], axis=-1).cumsum(axis=-1)
    width = 2 * reach + 1
    mean: Array64 = (below[..., width:] - below[..., :-width]) / width
    return mean


def _explain(
    spectrum: NDArray[Float], dictionary: NDArray[Float], product: NDArray[Float]
) -> NDArray[Float]:
    """Non-negative weights of the notes that make up a spectrum (Lee & Seung 2001).

    (..., bands) to (..., notes), in the precision of what comes in.
    """
    wanted = spectrum @ dictionary
    weights = np.maximum(wanted, 1e-9) / product.sum(axis=1)
    for _ in range(ROUNDS):
        weights = weights * (wanted / (weights @ product + 1e-9))
    explained: NDArray[Float] = np.maximum(weights, 1e-12)
    return explained


@cache
def _dictionary(rate: int, rise: float) -> tuple[Array64, Array64]:
    """Spectra of the notes as this front end sees them, (bands, notes), and their products."""
    seconds = np.arange(LONG) / rate
    short = _short(rise)
    columns = []
    for note in range(*NOTES):
        hz = 440.0 * 2.0 ** ((note - 69) / 12)
        turn = np.exp(2j * np.pi * hz * seconds)  # its powers are the partials: cheaper than sines
        wave, sound = np.ones(LONG, complex), np.zeros(LONG)
        for n in range(1, min(PARTIALS, int(10000.0 / hz)) + 1):
            wave *= turn
            # Phases n squared: partials that all meet would make one click.
            sound += DECAY ** (n - 1) * (wave * np.exp(1j * n * n)).imag
        sounds = sound.astype(np.float32)
        column = bands(_magnitude(sounds, rise), _magnitude(sounds[short], rise), rate, 0.0)
        columns.append(column / np.sqrt(column @ column))
    dictionary = np.array(columns).T
    return dictionary, dictionary.T @ dictionary


def _short(rise: float) -> slice:
    """Where the short window lies in the long one, so that their maxima are about one moment."""
    first = (LONG - SHORT) // 2 if rise == EVEN else LONG - SHORT
    return slice(first, first + SHORT)
