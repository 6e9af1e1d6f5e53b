"""Where a loop is cut, to the sample, so that its seam is not heard; and how well it is not heard.

A loop plays what precedes its end and then what follows its start. That goes unheard when it is
what the music does anyway: when what precedes the end sounds like what precedes the start (or
what follows, like what follows), no step stands in the waveform, and the spectrum moves no more
than it usually does. Why each step is there: docs/export.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.facts import Span
from bridge.recordings.pieces import Piece, read_pieces, sound_rate
from bridge.signal.frames import Array, Array64

Samples = NDArray[np.int64]  # numbers of samples in the recording

REACH = 0.02  # seconds: how far a point may move; a grid is rarely further from the attack
TOLERANCE = 0.003  # seconds that the length may change: ten passes drift by 30 ms at most
AROUND = 0.25  # seconds of sound to each side of what may be reached: what is usual there
WAVE = 0.03  # seconds to each side of the seam that are compared as waveforms: down to 33 Hz
LOOK = 0.01  # seconds of a spectrum right before and right after the seam
STRIDE = 0.001  # seconds between the first, coarse places
CANDIDATES = 12  # coarse places that are looked at to the sample
MOVED, LENGTHENED = 0.1, 0.15  # what the full REACH and TOLERANCE cost of the score
STEP_HEARD = 8.0  # times the usual bend at which a step halves the score
RISE_HEARD = 1.0  # times the usual change of spectrum above it at which the rest halves
SILENT = 1e-4  # -80 dBFS: a difference below it is not heard
BANDS = np.geomspace(60.0, 14000.0, 17)  # Hz: edges, about two bands to the octave


class LoopPoints(NamedTuple):
    """Samples start <= number < end are played again and again.

    seam: 0..1. 1: the sound goes on as it went on in the recording. About 0.5: no step, the same
    spectrum, but other music on both sides; a short crossfade hides it. Near 0: a click or a cut.
    """

    start: int
    end: int
    seam: float


def seam_score(head: Piece, tail: Piece, start: int, end: int, rate: int) -> float:
    """0..1 for a loop from `start` to `end`: LoopPoints.seam.

    `head` holds the sound around the start, `tail` around the end, 50 ms at least to each side;
    more tells better what is usual. The score is step * (spectrum + wave) / 2, each 0..1.
    """
    wave = max(0.0, _alike(head, tail, start, end, round(WAVE * rate)))
    usual = _usual_bend(head, tail, start, end, rate)
    step = float(_step(head, tail, np.array([start]), np.array([end]), usual)[0])
    return round(step * (_calm(head, tail, start, end, rate) + wave) / 2, 4)


def refine_loop(
    head: Piece, tail: Piece, start: int, end: int, rate: int, last: int | None = None
) -> LoopPoints:
    """The best pair within REACH of the nominal one, of its length within TOLERANCE.

    `head` and `tail` reach REACH + AROUND to each side of `start` and `end`. No point is set
    before the first sample of the recording or behind `last`.
    """
    limit = np.iinfo(np.int64).max if last is None else last
    usual = _usual_bend(head, tail, start, end, rate)
    pairs = [(start, end)]
    for at, lag in _candidates(head, tail, start, end, rate):
        starts, ends = _nearest(at, at + end - start + lag, rate)
        allowed = (starts >= 0) & (ends <= limit)
        if allowed.any():
            starts, ends = starts[allowed], ends[allowed]
            cost = _cost(starts - start, ends - starts - (end - start), rate)
            row = int(np.argmax(_step(head, tail, starts, ends, usual) - cost))
            pairs.append((int(starts[row]), int(ends[row])))
    found = [LoopPoints(*pair, seam_score(head, tail, *pair, rate)) for pair in pairs]
    moved = np.array([point.start - start for point in found])
    longer = np.array([point.end - point.start - (end - start) for point in found])
    worth = np.array([point.seam for point in found]) - _cost(moved, longer, rate)
    return found[int(np.argmax(worth))]


def refine_loops(path: Path, spans: Sequence[Span]) -> tuple[LoopPoints, ...]:
    """The best points of each nominal span, in samples of the file: `sound_rate(path)`.

    Reads only what lies around the points where the file can be sought in. Raises BridgeError.
    """
    rate = sound_rate(path)
    return tuple(
        refine_loop(head, tail, start, end, rate, last=max(end, tail.first + len(tail.samples)))
        for start, end, head, tail in _around(path, spans, rate)
    )


def score_loops(path: Path, spans: Sequence[Span]) -> tuple[LoopPoints, ...]:
    """The nominal points of each span as they are, with the score of their seam."""
    rate = sound_rate(path)
    return tuple(
        LoopPoints(start, end, seam_score(head, tail, start, end, rate))
        for start, end, head, tail in _around(path, spans, rate)
    )


def _around(
    path: Path, spans: Sequence[Span], rate: int
) -> Iterator[tuple[int, int, Piece, Piece]]:
    """Start and end of each span, and the sound around both."""
    points = [(round(span.start * rate), round(span.end * rate)) for span in spans]
    wide = round((REACH + AROUND) * rate)
    pieces = read_pieces(path, [(at - wide, at + wide) for pair in points for at in pair])
    for (start, end), head, tail in zip(points, pieces[::2], pieces[1::2], strict=True):
        yield start, end, head, tail


def _cost(moved: Samples, longer: Samples, rate: int) -> Array64:
    """What a pair loses for lying off its bar line and off its length."""
    cost: Array64 = MOVED * abs(moved) / (REACH * rate) + LENGTHENED * abs(longer) / (
        TOLERANCE * rate
    )
    return cost


def _candidates(head: Piece, tail: Piece, start: int, end: int, rate: int) -> list[tuple[int, int]]:
    """(start, change of the length): where the waves before or after both points agree best."""
    reach, stride, width = (round(seconds * rate) for seconds in (REACH, STRIDE, WAVE))
    longer = max(0, round(TOLERANCE * rate) - 2)  # `_nearest` may add two
    places = np.arange(stride - reach, reach - stride + 1, max(1, stride))
    lags = np.arange(-longer, longer + 1)
    worth = np.empty((len(places), len(lags)))
    for row, moved in enumerate(places.tolist()):
        at, over = start + moved, end + moved
        before = _correlation(
            head.cut(at - width, at), tail.cut(over - width - longer, over + longer)
        )
        after = _correlation(
            head.cut(at, at + width), tail.cut(over - longer, over + width + longer)
        )
        worth[row] = np.maximum(before, after)
    worth -= _cost(places[:, None], lags[None], rate)
    rows = np.argmax(worth, axis=1)  # the best length for each place
    order = np.argsort(-worth[np.arange(len(places)), rows])[:CANDIDATES]
    return [(int(start + places[place]), int(lags[rows[place]])) for place in order]


def _nearest(start: int, end: int, rate: int) -> tuple[Samples, Samples]:
    """All pairs half a STRIDE around, their length the same within two samples: (pairs,) each."""
    half = max(1, round(STRIDE * rate / 2))
    moved, longer = np.meshgrid(np.arange(-half, half + 1), np.arange(-2, 3))
    return start + moved.ravel(), end + (moved + longer).ravel()


def _correlation(short: Array, long: Array) -> Array64:
    """-1..1 at each place of the short sound in the long one, over all channels."""
    count = len(long) - len(short) + 1
    size = 1 << (len(long) - 1).bit_length()
    spectra = np.fft.rfft(long, size, axis=0) * np.conj(np.fft.rfft(short, size, axis=0))
    products = np.fft.irfft(spectra, size, axis=0)[:count].sum(axis=1)
    power = np.concatenate([[0.0], np.cumsum(np.square(long, dtype=np.float64).sum(axis=1))])
    floor = SILENT**2 * short.size
    own = float(np.square(short, dtype=np.float64).sum())
    there = power[len(short) :] - power[: -len(short)]
    silent = (own < floor) & (there < floor)
    norm = np.sqrt(np.maximum(own, floor) * np.maximum(there, floor))
    correlation: Array64 = np.where(silent, 1.0, products / norm)
    return correlation


def _alike(head: Piece, tail: Piece, start: int, end: int, width: int) -> float:
    """Correlation of what precedes both points or of what follows them, whichever is higher."""
    before = _correlation(head.cut(start - width, start), tail.cut(end - width, end))
    after = _correlation(head.cut(start, start + width), tail.cut(end, end + width))
    return float(min(1.0, max(before[0], after[0])))


def _bends(sound: Array) -> Array64:
    """Second differences, over all channels: (n - 2,), 0 on a straight line."""
    bends: Array64 = np.sqrt(np.square(np.diff(sound.astype(np.float64), 2, axis=0)).sum(axis=1))
    return bends


def _usual_bend(head: Piece, tail: Piece, start: int, end: int, rate: int) -> float:
    """The bend that one sample in ten exceeds, on the livelier side; an attack hides a step."""
    width = round(LOOK * rate)
    around = (head.cut(start - width, start + width), tail.cut(end - width, end + width))
    # Three samples make a bend: a sound of a few samples has none.
    bends = [_bends(sound) for sound in around if len(sound) > 2]
    return max([SILENT, *(float(np.quantile(each, 0.9)) for each in bends)])


def _step(head: Piece, tail: Piece, starts: Samples, ends: Samples, usual: float) -> Array64:
    """0..1 for each pair: 1, value and slope go on; the bend at the seam against the usual one."""
    before_end, after_end = _samples(tail, ends, (-2, -1)), _samples(tail, ends, (0, 1))
    before_start, after_start = _samples(head, starts, (-2, -1)), _samples(head, starts, (0, 1))
    played = _bend(np.concatenate([before_end, after_start], axis=1))
    # What the recording does itself at both points is no fault of the seam; a click at one is.
    natural = np.minimum(
        _bend(np.concatenate([before_start, after_start], axis=1)),
        _bend(np.concatenate([before_end, after_end], axis=1)),
    )
    excess = np.maximum(0.0, played / np.maximum(usual, natural) - 1.0)
    step: Array64 = 1.0 / (1.0 + (excess / STEP_HEARD) ** 2)
    return step


def _samples(piece: Piece, points: Samples, offsets: tuple[int, ...]) -> Array:
    """(points, offsets, channels), silence where the piece has none."""
    at = points[:, None] + np.array(offsets)[None] - piece.first
    inside = (at >= 0) & (at < len(piece.samples))
    if not len(piece.samples):
        return np.zeros((*at.shape, piece.samples.shape[1]), np.float32)
    taken = piece.samples[np.clip(at, 0, len(piece.samples) - 1)]
    return np.asarray(taken * inside[:, :, None], np.float32)


def _bend(four: Array) -> Array64:
    """(n, 4, channels) to (n,): the larger of the two second differences."""
    bends = np.square(np.diff(four.astype(np.float64), 2, axis=1)).sum(axis=2)
    larger: Array64 = np.sqrt(bends.max(axis=1))
    return larger


def _calm(head: Piece, tail: Piece, start: int, end: int, rate: int) -> float:
    """0..1: 1, the spectrum changes at the seam no more than it does anyway."""
    size = round(LOOK * rate)
    before, after = tail.cut(end - size, end), head.cut(start, start + size)
    seam = _change(np.stack([before, after]), rate)[0]
    own = max(
        _change(np.stack([head.cut(start - size, start), after]), rate)[0],
        _change(np.stack([before, tail.cut(end, end + size)]), rate)[0],
    )
    usual = [
        np.quantile(_change(whole.reshape(-1, size, whole.shape[1]), rate), 0.75)
        for whole in (piece.samples[: len(piece.samples) // size * size] for piece in (head, tail))
        if len(whole) >= 2 * size
    ]
    excess = max(0.0, seam / max(1.0, own, *usual) - 1.0)  # a change of 1 dB is not heard
    return float(1.0 / (1.0 + (excess / RISE_HEARD) ** 2))


def _change(frames: Array, rate: int) -> Array64:
    """Frames (n, size, channels) to (n - 1,): mean change of the bands to the next, dB."""
    size = frames.shape[1]
    window = np.hanning(size + 1)[:size, None]
    power = np.square(np.abs(np.fft.rfft(frames * window, axis=1))).mean(axis=2) / size**2
    hz = np.fft.rfftfreq(size, 1.0 / rate)
    low = np.minimum(np.searchsorted(hz, BANDS[:-1]), len(hz) - 1)
    high = np.minimum(np.maximum(np.searchsorted(hz, BANDS[1:]), low + 1), len(hz))
    sums = np.concatenate([np.zeros((len(power), 1)), np.cumsum(power, axis=1)], axis=1)
    bands = 10.0 * np.log10(np.maximum(sums[:, high] - sums[:, low], SILENT**2))
    change: Array64 = abs(np.diff(bands, axis=0)).mean(axis=1)
    return change
