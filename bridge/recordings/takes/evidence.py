"""What each half second of a recording speaks for: somebody plays, somebody talks, or neither."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bridge.recordings.findings import Findings, Rows
from bridge.recordings.layers.notes import TONAL
from bridge.signal.frames import Array64

STEP = 0.5  # seconds in a frame
AROUND = 4  # frames, 2 s: a few syllables, or a beat of the slowest music
PULSE = 8.0  # seconds in which a pulse is looked for: two bars of common music
BEAT = (0.25, 1.2)  # seconds in a beat
STRENGTHS = 50  # onset strengths a second that the pulse is looked for in
LOUD = 95.0  # percentile of the level that stands for "as loud as it gets"
GLIDE = (0.1, 0.3)  # seconds, semitones: a note keeps its pitch better than this, speech does not
LOOKS = 50  # of the pitch tracker in a second
SILENT = -75.0  # dBFS: below it nothing was recorded


@dataclass(frozen=True, slots=True)
class Evidence:
    """One value each STEP seconds, float64 (frames,); frame i is about (i + 0.5) * STEP.

    level    dB under the loudest of the recording
    moving   dB between quiet and loud within a frame: noise that stands still is under 3
    gaps     dB between quiet and loud within 2 s: a band 3..9, talk 10..40, dry drums 12..30
    tonal    0: noise or strokes alone, 1: tones
    steady   share of the tones heard that keep their pitch; NaN where too few are heard
    pulse    0..1: how well onsets come back after a beat, within 8 s
    period   seconds in that beat
    bass     dB of what lies below 100 Hz over the vowels' 170..1100 Hz: speech -23..-6
    onsets   how many within 8 s
    hits     strokes on drums within 2 s: hardly any in speech
    silent   1 where nothing was recorded
    """

    level: Array64
    moving: Array64
    gaps: Array64
    tonal: Array64
    steady: Array64
    pulse: Array64
    period: Array64
    bass: Array64
    onsets: Array64
    hits: Array64
    silent: Array64

    def __len__(self) -> int:
        return len(self.level)


def gather(findings: Findings) -> Evidence:
    """The evidence of a whole recording."""
    count = max(1, int(np.ceil(findings.duration / STEP - 1e-9)))
    level = _filled(findings.layers["level"], count)
    loudness = 10.0 * np.log10(np.mean(10.0 ** (level / 10.0), axis=1))
    heard = level[level > SILENT]
    loudest = float(np.percentile(heard, LOUD)) if len(heard) else 0.0
    ordered = np.sort(level, axis=1)
    few = ordered.shape[1]
    moving = ordered[:, round(0.9 * (few - 1))] - ordered[:, round(0.1 * (few - 1))]
    pulse, period = _pulse(findings.layers["strength"], count)
    return Evidence(
        level=loudness - loudest,
        moving=moving,
        gaps=_gaps(level),
        tonal=_filled(findings.layers["notes"], count, TONAL).mean(axis=1),
        steady=_steady(findings, count),
        pulse=pulse,
        period=period,
        bass=_bass(findings.layers["timbre"], count),
        onsets=_number(findings.onsets[:, 0], count, PULSE),
        hits=_number(findings.hits[:, 0], count, AROUND * STEP),
        silent=(loudness < SILENT).astype(np.float64),
    )


def _filled(rows: Rows, count: int, column: int = 0) -> Array64:
    """A column of a layer, (frames, rows in a frame); what is missing at the ends is repeated."""
    each = max(1, round(STEP / rows.step))
    wanted = round(rows.start / rows.step)
    values = np.asarray(rows.values[max(0, -wanted) :, column], np.float64)
    if len(values) == 0:
        return np.zeros((count, each))
    values = np.pad(values, (max(0, wanted), 0), mode="edge")[: count * each]
    return np.pad(values, (0, count * each - len(values)), mode="edge").reshape(count, each)


def _gaps(level: Array64) -> Array64:
    """From the 15th to the 90th percentile of AROUND frames."""
    count, each = level.shape
    before, after = AROUND // 2, AROUND - AROUND // 2 - 1
    thin = level.reshape(count, each // 2, 2).mean(axis=2)  # 20 ms: half the work, the same gaps
    rows = np.pad(thin, ((before, after), (0, 0)), mode="edge")
    windows = sliding_window_view(rows, AROUND, axis=0).reshape(count, -1)
    low, high = round(0.15 * (windows.shape[1] - 1)), round(0.9 * (windows.shape[1] - 1))
    ordered = np.partition(windows, (low, high), axis=1)
    gaps: Array64 = ordered[:, high] - ordered[:, low]
    return gaps


def _steady(findings: Findings, count: int) -> Array64:
    """How many of the tones within AROUND frames move less than GLIDE."""
    times, hz = findings.pitch[:, 0], findings.pitch[:, 1]
    lag = round(GLIDE[0] * LOOKS)
    steady = np.full(count, np.nan)
    if len(times) <= lag:
        return steady
    tone = 12.0 * np.log2(np.maximum(hz, 20.0))
    both = (hz[lag:] > 0) & (hz[:-lag] > 0) & (times[lag:] - times[:-lag] < 1.5 * GLIDE[0])
    still = both & (np.abs(tone[lag:] - tone[:-lag]) < GLIDE[1])
    place = np.clip((times[lag:] / STEP).astype(int), 0, count - 1)
    window = np.ones(AROUND + 1)
    all_ = np.convolve(np.bincount(place, both, count), window, "same")[:count]
    kept = np.convolve(np.bincount(place, still, count), window, "same")[:count]
    enough = all_ > 0.4 * LOOKS  # seconds of tones
    steady[enough] = kept[enough] / all_[enough]
    return steady


def _pulse(rows: Rows, count: int) -> tuple[Array64, Array64]:
    """The highest autocorrelation of the onset strength at the lag of a beat, and that lag."""
    thin = max(1, round(1.0 / STRENGTHS / rows.step))
    strength = np.asarray(rows.values, np.float64).sum(axis=1)
    strength = strength[: len(strength) // thin * thin].reshape(-1, thin).sum(axis=1)
    size, hop = round(PULSE * STRENGTHS), STRENGTHS
    if len(strength) < size // 2:
        return np.zeros(count), np.ones(count)
    # A stroke off by 20 ms is still on the beat.
    strength = np.convolve(strength, [0.25, 0.5, 0.25], "same")
    strength = np.pad(strength, (size // 2, size // 2), mode="reflect")
    windows = sliding_window_view(strength, size)[::hop]  # one a second
    first, last = (round(seconds * STRENGTHS) for seconds in BEAT)
    best, lag = np.zeros(len(windows)), np.zeros(len(windows))
    for start in range(0, len(windows), 1000):  # hours need no more memory than minutes
        some = windows[start : start + 1000]
        some = some - some.mean(axis=1, keepdims=True)
        spectrum = np.abs(np.fft.rfft(some, 2 * size, axis=1)) ** 2
        likeness = np.fft.irfft(spectrum, axis=1)[:, :last]
        likeness /= np.maximum(likeness[:, :1], 1e-9)
        best[start : start + 1000] = likeness[:, first:].max(axis=1)
        lag[start : start + 1000] = first + likeness[:, first:].argmax(axis=1)
    at = (np.arange(count) + 0.5) * STEP * STRENGTHS / hop
    nearest = np.clip(np.rint(at).astype(int), 0, len(lag) - 1)
    return np.interp(at, np.arange(len(best)), best), lag[nearest] / STRENGTHS


def _bass(rows: Rows, count: int) -> Array64:
    """Power of the lowest band over the mean of the vowels' bands, within AROUND frames."""
    power = 10.0 ** (2.0 * np.asarray(rows.values[:, :14], np.float32))
    bands = np.stack([power[:, 0], power[:, 3:].mean(axis=1)], axis=1)
    window = np.ones(AROUND)
    low, vowels = (
        np.convolve(_filled(Rows(bands, rows.start, rows.step), count, band).mean(axis=1), window)
        for band in range(2)
    )
    bass: Array64 = 10.0 * np.log10(np.maximum(low, 1e-12) / np.maximum(vowels, 1e-12))
    return bass[AROUND // 2 : AROUND // 2 + count]


def _number(times: Array64, count: int, seconds: float) -> Array64:
    """How many events lie within so many seconds around each frame."""
    middle = (np.arange(count) + 0.5) * STEP
    ordered = np.sort(times)
    until = np.searchsorted(ordered, middle + seconds / 2)
    return np.asarray(until - np.searchsorted(ordered, middle - seconds / 2), np.float64)
