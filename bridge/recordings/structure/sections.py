"""The form of a take: sections, and which of them are the same music."""

from __future__ import annotations

import numpy as np

from bridge.recordings.facts import Section, Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.structure.boundaries import FULL, cut, evidence
from bridge.recordings.structure.letters import families, letters, section_likeness
from bridge.recordings.structure.likeness import BEAT_SLOTS, harmony_likeness, portray
from bridge.recordings.structure.naming import name_sections
from bridge.signal.frames import Array64

RASTER = 0.5  # seconds of a beat where there is no grid: bars of 2 s
BAR = 4  # beats of a bar where there is no grid
SILENT = 45.0  # dB below the loud parts: before the first sound and behind the last
MOST = 3000  # beats that are compared with each other: 25 minutes at 120 BPM
TRANSPOSED = (1, 2, 3, -1, -2)  # semitones by which a chorus is lifted, or lowered
LOUD = 0.95  # quantile of the level that counts as loud
HUM = -75.0  # dBFS: below it nothing sounds, however soft the rest

Beats = tuple[Array64, Array64, int]  # edges, each beat's number in its bar, beats in a bar


def find_sections(findings: Findings, span: Span, grid: Grid) -> tuple[Section, ...]:
    """Sections that follow each other from the first sound to the last; none in silence.

    A letter is music at its pitch: the chorus a tone up has a letter of its own and the name of
    the chorus. The chords are not asked: the notes they are read from tell more.
    """
    music = sounding(findings, span)
    if music is None:
        return ()
    played = Span(music.start, last_stroke(findings, music))
    beats, numbers, bar = coarser(*_beats(grid, played))
    portrait = portray(findings, beats, BEAT_SLOTS)
    told = evidence(portrait, bar, numbers == 1)
    edges = cut(told, bar)
    spans = np.stack([edges[:-1], edges[1:]], axis=1)
    labels = letters(section_likeness(harmony_likeness(portrait), spans, bar))
    times = beats[edges]
    times[0], times[-1] = music.start, music.end
    power = np.power(10.0, portrait.level.astype(np.float64) / 10.0)
    level = 10.0 * np.log10(np.add.reduceat(power, edges[:-1]) / np.diff(edges))
    firsts = spans[[labels.index(label) for label in dict.fromkeys(labels)]]
    shifted = (
        section_likeness(harmony_likeness(portrait, shift), firsts, bar) for shift in TRANSPOSED
    )
    names = name_sections(families(labels, shifted), np.diff(times), level)
    sure = _confidence(told[edges[1:-1]])
    return tuple(
        Section(round(float(start), 4), round(float(end), 4), label, name, round(confidence, 3))
        for start, end, label, name, confidence in zip(
            times[:-1], times[1:], labels, names, sure, strict=True
        )
    )


def _confidence(told: Array64) -> list[float]:
    """0..1 of each section: the mean strength of its boundaries inside the piece; 0.5 without."""
    if not len(told):
        return [0.5]
    strength = np.clip(told / FULL, 0.0, 1.0)
    padded = np.concatenate([strength[:1], strength, strength[-1:]])
    return [float(mean) for mean in (padded[:-1] + padded[1:]) / 2.0]


def sounding(findings: Findings, span: Span) -> Span | None:
    """From the first sound to the last. None: silence."""
    rows = findings.layers["level"].since(span.start, span.end)
    level = rows.values[:, 0]
    if not len(level):
        return None
    loud = np.flatnonzero(level > max(float(np.quantile(level, LOUD)) - SILENT, HUM))
    if not len(loud):
        return None
    start, end = rows.start + loud[0] * rows.step, rows.start + (loud[-1] + 1) * rows.step
    return Span(max(float(start), span.start), min(float(end), span.end))


def coarser(edges: Array64, numbers: Array64, bar: int, most: int = MOST) -> Beats:
    """At most so many units: beats, or bars, or twice, four times ... as many bars in one.

    The matrix of likeness grows with the square of them, and a take may last for hours.
    """
    if len(numbers) <= most:
        return edges, numbers, bar
    lines = np.flatnonzero(numbers == 1)
    if len(lines) < 2:
        lines = np.arange(0, len(numbers), bar)
    while len(lines) >= most:
        lines = lines[::2]
    lines = np.union1d(lines, 0)
    return np.append(edges[lines], edges[-1]), np.ones(len(lines)), 1


def last_stroke(findings: Findings, music: Span) -> float:
    """Seconds where nothing new begins any more: what rings on behind it is no bar of its own."""
    strokes = findings.onsets[:, 0]
    strokes = strokes[(strokes > music.start) & (strokes < music.end)]
    return min(float(strokes[-1]) + RASTER, music.end) if len(strokes) else music.end


def _beats(grid: Grid, music: Span) -> Beats:
    """Beats that fill the music, the last edge behind it; each one's number; beats in a bar.

    Where the grid ends before the music does it goes on at its tempo.
    """
    beats = np.asarray(grid.beats, np.float64)
    numbers = np.asarray(grid.numbers, np.float64)
    if len(beats) < 2:
        count = max(2, round(music.seconds / RASTER))
        raster: Array64 = np.linspace(music.start, music.end, count + 1)
        return raster, np.asarray(np.arange(count) % BAR + 1.0, np.float64), BAR
    bar = grid.beats_per_bar
    steps = np.diff(beats)
    first, last = float(np.median(steps[:8])), float(np.median(steps[-8:]))
    # What sounds less than half a beat before a beat belongs to it: a hurried note, an attack.
    before = max(0, round((beats[0] - music.start) / first))
    after = max(0, int(np.ceil((music.end - beats[-1]) / last)))
    early = beats[0] - first * np.arange(before, 0, -1)
    late = beats[-1] + last * np.arange(1, after + 1)
    beats = np.concatenate([early, beats, late]).astype(np.float64)
    numbers = np.concatenate([np.zeros(before), numbers, np.zeros(after)])
    inside = (beats > music.start - first / 2) & (beats < music.end)
    kept = np.flatnonzero(inside)
    if len(kept) < 2:
        return np.array([music.start, music.end]), np.ones(1), bar
    edges: Array64 = np.append(beats[kept], music.end)
    return edges, numbers[kept], bar
