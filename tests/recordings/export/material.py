"""Takes whose truth is known: bars from numbers, with a tempo that breathes."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from bridge.recordings.facts import Chord, Hit, Key, Recording, Riff, Section, Span, Take
from bridge.recordings.grid import Grid

LABELS = ("E:min", "C:maj", "G:7/3", "N", "D:sus4", "A:min7")


def grid(
    bars: int = 8,
    beats: int = 4,
    *,
    start: float = 0.73,
    tempo: float = 121.3,
    upbeat: int = 0,
    breath: float = 0.03,
    counted: int | None = None,
    unit: int = 4,
    seed: int = 1,
) -> Grid:
    """Beats that wander by `breath` of their distance."""
    count = upbeat + bars * beats
    chance = np.random.default_rng(seed).normal(0.0, breath, count)
    lengths = 60.0 / tempo * (1.0 + np.clip(chance, -0.2, 0.2))
    times = start + np.concatenate([[0.0], np.cumsum(lengths[:-1])])
    numbers = [(index - upbeat) % beats + 1 for index in range(count)]
    return Grid(tuple(times.tolist()), tuple(numbers), counted or beats, unit, 0.9)


def take(music: Grid, name: str = "Take 1", end: float | None = None) -> Take:
    """A chord for each bar, two sections and a riff of two bars that comes twice."""
    edges = [*music.downbeats, music.beats[-1] + (music.beats[-1] - music.beats[-2])]
    half = len(edges) // 2
    times = tuple(Span(edges[at], edges[at + 2]) for at in (0, half))
    riff = Riff(
        "r1",
        'Riff "one": E/C',
        times,
        1,
        2,
        4,
        0.9,
        0.5,
        0.7,
        6.5,
        81.0,
        ("E:min", "C:maj"),
        0.9,
        0.8,
    )
    return Take(
        start=max(0.0, music.beats[0] - 0.4),
        end=end or edges[-1] + 0.5,
        name=name,
        grid=music,
        tuning_cents=12.0,
        key="E minor",
        keys=(Key(edges[0], edges[-1], "E minor", 0.9),),
        chords=tuple(
            Chord(low, high, LABELS[index % len(LABELS)], 0.8)
            for index, (low, high) in enumerate(itertools.pairwise(edges))
        ),
        sections=(
            Section(edges[0], edges[half], "A", "verse", 0.8),
            Section(edges[half], edges[-1], "B", None, 0.7),
        ),
        riffs=(riff,),
        genre="rock",
        confidence=0.9,
    )


def recording(*takes: Take, hits: tuple[Hit, ...] = ()) -> Recording:
    return Recording(duration=takes[-1].end + 1.0, parts=(), takes=takes, hits=hits)


def strokes(music: Grid) -> tuple[Hit, ...]:
    """Kick and snare on the beats, some milliseconds off, and a hi-hat between."""
    chance = np.random.default_rng(5)
    hits = []
    for number, (beat, behind) in enumerate(zip(music.beats, music.beats[1:], strict=False)):
        off = float(chance.uniform(-0.015, 0.015))
        hits.append(Hit(beat + off, ("kick", "snare")[number % 2], 90 + number % 20, 0.9))
        hits.append(Hit((beat + behind) / 2 + off / 2, "hihat", 60, 0.8))
    return tuple(hits)


def shifted(one: Take, by: float, name: str) -> Take:
    """The same played again later."""

    def later(facts: tuple) -> tuple:
        return tuple(replace(fact, start=fact.start + by, end=fact.end + by) for fact in facts)

    music = replace(one.grid, beats=tuple(beat + by for beat in one.grid.beats))
    return replace(
        one,
        start=one.start + by,
        end=one.end + by,
        name=name,
        grid=music,
        keys=later(one.keys),
        chords=later(one.chords),
        sections=later(one.sections),
        riffs=tuple(replace(riff, times=later(riff.times)) for riff in one.riffs),
    )
