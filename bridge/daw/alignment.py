"""Where a file of the DAW's holds what was recorded beside it, to the sample.

Windows of ours are looked for in theirs by cross-correlation with a flattened spectrum (the phase
transform, Knapp & Carter 1976, with an exponent): first at a low rate and far around the guess,
then at the file's rate and near the line that most windows agree on (docs/timeline.md).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from bridge.recordings.decode import ContainerSound, FileSound, open_recording

COARSE = 8000  # Hz of the far search: a drift of 300 ppm smears a window by 20 of its samples
WINDOW = 8.0  # seconds, at most
LEAST = 0.3  # seconds of a window, at least
WINDOWS = 16  # at most
LOOKS = 4  # places that are listened to for the loudest, for each window
DRIFT = 500e-6  # between the clocks of two sound cards, at most
NEAR = 0.004  # seconds around the line in the second search
SAME = 0.003  # seconds that a window may be off the line of the first search
PEAKS = 24  # kept of a window: a loop has one for each time round
BETWEEN = 0.004  # seconds between two of them
SIGNIFICANT = 8.0  # times the spread of a correlation with something else
FLATTEN = 0.75  # exponent of the phase transform: 1 takes all of the level, and hears noise
CLEAR = 0.4  # share of the best line's score from which on another is compared with it
FAINT = 0.15  # the same for lines near the guess
RIVALS = 6  # of each kind, at most
ALIKE = 0.01  # of the fit: a place that fits worse by less, or not surely, is as good
UNSURE = 0.25  # a guess about half-way between two places that are as good decides nothing
SURELY = 3.0  # standard errors
LIKE = 0.14  # fit of both at the place found; noise of 10 dB over the music leaves 0.2
AGREEING = 0.6  # share of the windows that must lie on the line
WORST = 3.0  # samples off the line, in the middle: more is no line
QUIET = 1e-5  # RMS, -100 dB: below, a window is silence
FINE = 4.0  # seconds of a window that are looked at in the second search
SPARE = 0.05  # seconds of ours around that which a resampler may spoil

Mono = NDArray[np.float32]
Floats = NDArray[np.float64]
Read = Callable[[float, float], Mono]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Seconds of ours to seconds of their file: offset + slope * seconds.

    slope       their clock's seconds in one of ours; exactly 1 where no drift can be seen
    confidence  0 to 1: the share of the windows that agree, less where they are hard to hear
    residual    samples of the file that the windows are off the line, in the middle
    """

    offset: float
    slope: float
    confidence: float
    residual: float

    def file_seconds(self, ours_seconds: float) -> float:
        """Where in their file a moment of ours lies."""
        return self.offset + self.slope * ours_seconds


@dataclass(frozen=True, slots=True)
class _Window:
    """A piece of ours from `start` on, and theirs around where it should be."""

    start: float
    sound: Mono
    theirs_start: float
    theirs: Mono


def align(
    ours: Mono, our_rate: int, theirs: Mono, their_rate: int, *, guess: float, reach: float = 2.0
) -> Alignment | None:
    """Where `ours` lies in `theirs`; None: it was not found, or it is silence.

    Both mono float32, with lost samples as silence. `guess`: seconds of theirs at which ours[0]
    should be; it may be wrong by `reach`.
    """
    length = len(ours) / our_rate
    pieces = _loudest(
        lambda begin, end: _cut(ours, our_rate, begin, end),
        our_rate,
        *_overlap(0.0, length, guess, len(theirs) / their_rate, reach),
    )
    windows = []
    for start, sound in pieces:
        begin, end = _around(start, len(sound) / our_rate, 0.0, guess, reach, their_rate)
        windows.append(_Window(start, sound, begin, _cut(theirs, their_rate, begin, end)))
    return _align(windows, our_rate, their_rate, guess)


def align_file(
    ours: Read, begin: float, end: float, our_rate: int, path: Path, *, guess: float,
    reach: float = 2.0,
) -> Alignment | None:  # fmt: skip
    """The same for a file, read once from its beginning to its end.

    `ours(start, end)` gives seconds of ours, of which those from `begin` to `end` are looked for;
    `guess`: how many seconds later in the file the one at `begin` should lie. A file of several
    channels is heard as their mean, and if that is not found, channel by channel. Raises
    BridgeError where it cannot be read.
    """
    sound = open_recording(path)
    duration = sound.duration or end + abs(guess) + reach
    pieces = _loudest(ours, our_rate, *_overlap(begin, end, guess, duration, reach))
    spans = [
        _around(start, len(piece) / our_rate, begin, guess, reach, sound.rate)
        for start, piece in pieces
    ]
    theirs = _load(sound, spans)
    mixes: list[Callable[[NDArray[np.float32]], Mono]] = [lambda x: x.mean(axis=1)]
    if sound.channels > 1:
        mixes += [lambda x, channel=channel: x[:, channel] for channel in range(sound.channels)][:8]
    for mix in mixes:
        windows = [
            _Window(start, piece, span[0], np.ascontiguousarray(mix(there)))
            for (start, piece), span, there in zip(pieces, spans, theirs, strict=True)
        ]
        found = _align(windows, our_rate, sound.rate, guess)
        if found:
            return found
    return None


def _overlap(
    begin: float, end: float, guess: float, duration: float, reach: float
) -> tuple[float, float]:
    """The part of ours that can be in theirs at all."""
    return max(begin, -guess - reach), min(end, duration - guess + reach)


def _loudest(read: Read, rate: int, begin: float, end: float) -> list[tuple[float, Mono]]:
    """Windows spread over ours, each the loudest of a few places; silent ones are left out."""
    length = min(max((end - begin) / 4, LEAST), WINDOW)
    count = min(WINDOWS, int((end - begin) / length + 1e-6))
    share = (end - begin) / max(count, 1)
    found = []
    for number in range(count):
        first = begin + number * share
        free = share - length
        looks = LOOKS if free > length else 1
        pieces = [
            (start, read(start, start + length))
            for look in range(looks)
            for start in [round((first + free * (look + 0.5) / looks) * rate) / rate]
        ]
        start, loudest = max(pieces, key=lambda piece: _rms(piece[1]))
        if _rms(loudest) > QUIET:
            found.append((start, loudest))
    return found


def _around(
    start: float, length: float, origin: float, guess: float, reach: float, rate: int
) -> tuple[float, float]:
    """Seconds of theirs, whole samples, among which a window of ours is looked for."""
    margin = reach + DRIFT * abs(start + length - origin) + 2 * NEAR
    begin, end = start + guess - margin, start + guess + length + margin
    return round(begin * rate) / rate, round(end * rate) / rate


def _load(sound: FileSound | ContainerSound, spans: list[tuple[float, float]]) -> list[Mono]:
    """The spans of a file, float32 (n, channels), silence where there is none; one pass."""
    rate = sound.rate
    bounds = [(round(begin * rate), round(end * rate)) for begin, end in spans]
    pieces = [np.zeros((stop - first, sound.channels), np.float32) for first, stop in bounds]
    at, last = 0, max((stop for _, stop in bounds), default=0)
    for block in sound.blocks(1.0):
        for (first, stop), piece in zip(bounds, pieces, strict=True):
            begin, end = max(first, at), min(stop, at + len(block))
            if begin < end:
                piece[begin - first : end - first] = np.nan_to_num(block[begin - at : end - at])
        at += len(block)
        if at >= last:
            break
    return pieces


def _align(
    windows: list[_Window], our_rate: int, their_rate: int, guess: float
) -> Alignment | None:
    windows = [each for each in windows if _rms(each.theirs) > QUIET]
    least = 3 if len(windows) > 3 else 2
    if len(windows) < least:
        return None
    coarse = [_peaks(each, our_rate, their_rate) for each in windows]
    times = np.array([each.start + len(each.sound) / our_rate / 2 for each in windows])
    line = _agreed(times, coarse, guess)
    if line is None:
        return None
    offset, slope = line
    on = np.array(
        [each.near(offset + (slope - 1) * t) for each, t in zip(coarse, times, strict=True)]
    )
    fit = np.median(
        [each.fit(offset + (slope - 1) * t) for each, t in zip(coarse, times, strict=True)]
    )
    heard = [each.clear.max() for each, yes in zip(coarse, on, strict=True) if yes]
    share = float(np.mean(on))
    if int(np.sum(on)) < least or share < AGREEING or fit < LIKE:
        return None
    chosen = [each for each, yes in zip(windows, on, strict=True) if yes]
    for _ in range(3):  # the less drift is left in a window, the sharper its peak
        centres, lags = _refined(chosen, our_rate, their_rate, offset, slope)
        before = slope
        offset, slope = _fit(centres, lags)
        if abs(slope - before) * FINE * their_rate < 0.2:
            break
    off = np.abs(lags - offset - (slope - 1) * centres) * their_rate
    residual = float(np.median(off))
    agreeing = off < max(2.0, 4 * residual)
    if np.sum(agreeing) < least or np.mean(agreeing) < AGREEING or residual > WORST:
        return None
    offset, slope = _fit(centres[agreeing], lags[agreeing])
    straight = float(np.median(lags[agreeing]))
    if np.max(np.abs(lags[agreeing] - straight)) * their_rate < 0.6:
        offset, slope = straight, 1.0
    confidence = share * float(np.mean(agreeing)) * min(1.0, float(np.median(heard)) / 20.0)
    return Alignment(offset, slope, confidence, residual)


@dataclass(frozen=True, slots=True)
class _Peaks:
    """Of a window: seconds that it lies later in theirs than in ours, at the best places.

    clear  how far each stands out; 0: not enough
    ours, theirs  the window at COARSE, first: the lag at which both begin together
    """

    lags: Floats
    clear: Floats
    first: float
    ours: Mono
    theirs: Mono

    def near(self, lag: float) -> bool:
        """Whether it has a clear peak there."""
        return bool(np.any((np.abs(self.lags - lag) < SAME) & (self.clear > 0)))

    def fit(self, lag: float) -> float:
        """How well the same length of both fits about there: the same for what repeats."""
        at, reach = round((lag - self.first) * COARSE), round(SAME * COARSE)
        there = _cut(self.theirs, COARSE, at / COARSE, 0.0, len(self.ours))
        cross, level = _cross(self.ours, there, len(self.ours))
        size = 2 * (len(cross) - 1)
        strength = np.abs(np.fft.irfft(cross / level**FLATTEN, size)) * size
        about = np.concatenate([strength[: reach + 1], strength[-reach:]])
        return float(about.max() / max(2 * np.sum(level ** (1 - FLATTEN)), 1e-30))


def _peaks(window: _Window, our_rate: int, their_rate: int) -> _Peaks:
    ours = _resampled(window.sound, our_rate, COARSE)
    theirs = _resampled(window.theirs, their_rate, COARSE)
    first = window.theirs_start - window.start
    strength = np.abs(_correlation(ours, theirs))
    strength /= max(float(np.median(strength)) / 0.6745, 1e-30)
    lags, clear = [], []
    apart = round(BETWEEN * COARSE)
    rest = strength.copy()
    for _ in range(PEAKS):
        best = int(np.argmax(rest))
        lags.append(first + best / COARSE)
        clear.append(rest[best] if rest[best] >= SIGNIFICANT else 0.0)
        if not clear[-1]:
            break
        rest[max(0, best - apart) : best + apart + 1] = 0.0
    return _Peaks(np.array(lags), np.array(clear), first, ours, theirs)


def _agreed(times: Floats, peaks: list[_Peaks], guess: float) -> tuple[float, float] | None:
    """The line through peaks of most windows, as offset and slope.

    Of lines that are as good, the one nearest to the guess: music that repeats has many. None: no
    line, or the guess does not tell which.
    """
    offsets, drifts = _lines(times, peaks)
    if not len(offsets):
        return None
    score = np.zeros(len(offsets))
    for time, each in zip(times, peaks, strict=True):
        apart = np.abs((offsets + drifts * time)[:, None] - each.lags[None, :])
        share = each.clear / max(each.clear.max(), 1e-30)
        score += np.where(apart < SAME, share, 0.0).max(axis=1)
    here = offsets + drifts * float(np.mean(times))
    away = np.abs(here - guess)
    rivals = _apart(np.argsort(-score), here, score >= CLEAR * score.max())
    rivals += _apart(np.argsort(away), here, score >= FAINT * score.max())
    fits = np.array(
        [
            [each.fit(offsets[i] + drifts[i] * t) for each, t in zip(peaks, times, strict=True)]
            for i in rivals
        ]
    )
    best = fits[int(np.argmax(fits.mean(axis=1)))]
    worse = best - fits
    doubt = SURELY * worse.std(axis=1) / np.sqrt(len(times))
    alike = worse.mean(axis=1) <= np.clip(doubt, ALIKE * best.mean(), 10 * ALIKE * best.mean())
    chosen, *others = sorted(np.array(rivals)[alike].tolist(), key=lambda i: float(away[i]))
    for other in others:
        both = away[other] + away[chosen]
        if (
            abs(here[other] - here[chosen]) > 2 * SAME
            and both * UNSURE > away[other] - away[chosen]
        ):
            return None
    return float(offsets[chosen]), 1 + float(drifts[chosen])


def _apart(order: NDArray[np.intp], here: Floats, allowed: NDArray[np.bool_]) -> list[int]:
    """The first few lines in that order that are not about the same place."""
    found: list[int] = []
    for index in order.tolist():
        if allowed[index] and all(abs(here[index] - here[i]) > 2 * SAME for i in found):
            found.append(index)
            if len(found) == RIVALS:
                break
    return found


def _lines(times: Floats, peaks: list[_Peaks]) -> tuple[Floats, Floats]:
    """Offset and drift of every line through clear peaks of two windows that clocks can have."""
    offsets, drifts = [np.zeros(0)], [np.zeros(0)]
    for i, j in itertools.combinations(range(len(times)), 2):
        a = peaks[i].lags[peaks[i].clear > 0][:, None]
        b = peaks[j].lags[peaks[j].clear > 0][None, :]
        apart = times[j] - times[i]
        drift = (b - a) / apart
        possible = np.abs(drift) < DRIFT + SAME / apart
        drift = np.clip(drift, -DRIFT, DRIFT)
        offsets.append((a - drift * times[i])[possible])
        drifts.append(drift[possible])
    return np.concatenate(offsets), np.concatenate(drifts)


def _refined(
    windows: list[_Window], our_rate: int, their_rate: int, offset: float, slope: float
) -> tuple[Floats, Floats]:
    """Middle of each window and its lag, in seconds, at the file's rate."""
    centres, lags = [], []
    for window in windows:
        length = len(window.sound) / our_rate
        fine = min(FINE, length - 2 * SPARE)
        skip = (length - fine) / 2
        # What the line says about drift is taken out, so that the window is theirs to the sample.
        stretched = _resampled(window.sound, our_rate, their_rate * slope)
        first = round(skip * slope * their_rate)
        ours = stretched[first : first + round(fine * slope * their_rate)]
        start = window.start + first / (slope * their_rate)
        wanted = offset + slope * start - window.theirs_start
        near = round(NEAR * their_rate)
        at = round(wanted * their_rate) - near
        theirs = _cut(window.theirs, their_rate, at / their_rate, 0.0, len(ours) + 2 * near)
        strength = np.abs(_correlation(ours, theirs))
        best = int(np.argmax(strength))
        peak = best + _vertex(strength, best)
        centre = start + len(ours) / (slope * their_rate) / 2
        there = window.theirs_start + (at + peak) / their_rate + len(ours) / their_rate / 2
        centres.append(centre)
        lags.append(there - centre)
    return np.array(centres), np.array(lags)


def _fit(centres: Floats, lags: Floats) -> tuple[float, float]:
    """Offset and slope by the median of all slopes between two windows (Theil 1950, Sen 1968)."""
    i, j = np.triu_indices(len(centres), 1)
    drift = float(np.median((lags[j] - lags[i]) / (centres[j] - centres[i])))
    return float(np.median(lags - drift * centres)), 1 + drift


def _correlation(ours: Mono, theirs: Mono) -> Floats:
    """How well ours fits theirs from each of its samples on, with a flattened spectrum."""
    cross, level = _cross(ours, theirs, len(theirs))
    size = 2 * (len(cross) - 1)
    return np.fft.irfft(cross / level**FLATTEN, size)[: len(theirs) - len(ours) + 1]


def _cross(ours: Mono, theirs: Mono, longer: int) -> tuple[NDArray[np.complex128], Floats]:
    """The cross spectrum, padded, and its level, never 0."""
    size = 1 << int(np.ceil(np.log2(longer + len(ours))))
    cross = np.conj(np.fft.rfft(ours, size)) * np.fft.rfft(theirs, size)
    level = np.abs(cross)
    return cross, np.maximum(level, level.max() * 1e-9 + 1e-300)


def _vertex(strength: Floats, best: int) -> float:
    """Samples that a peak's true place lies beside its greatest sample, by a parabola."""
    if not 0 < best < len(strength) - 1:
        return 0.0
    before, here, after = strength[best - 1 : best + 2]
    bend = before - 2 * here + after
    return float(0.5 * (before - after) / bend) if bend else 0.0


def _resampled(sound: Mono, rate: float, wanted: float) -> Mono:
    if rate == wanted or not len(sound):
        return sound
    resampled: Mono = soxr.resample(sound, rate, wanted, quality="VHQ")
    return resampled


def _cut(sound: Mono, rate: float, start: float, end: float, count: int | None = None) -> Mono:
    """Seconds of a sound, silence where there is none."""
    first = round(start * rate)
    count = round((end - start) * rate) if count is None else count
    piece = np.zeros(max(count, 0), np.float32)
    begin, stop = max(first, 0), min(first + count, len(sound))
    if stop > begin:
        piece[begin - first : stop - first] = sound[begin:stop]
    return np.nan_to_num(piece, nan=0.0, posinf=0.0, neginf=0.0)


def _rms(sound: Mono) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
