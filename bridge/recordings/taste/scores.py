"""What a stretch of music is like: how cool, how nice, what to call it; and which is the chorus.

Nothing here is true or false. Each score is a fixed sum of measured ingredients and never falls
when one of them rises; docs/taste.md says what each ingredient is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from bridge.recordings.facts import Key, Riff, Section, Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.harmony.scales import scale
from bridge.recordings.layers.notes import TONAL
from bridge.recordings.taste.tightness import tightness
from bridge.signal.chroma import harmony_chroma
from bridge.signal.frames import Array64
from bridge.signal.spelling import chord_name

CONTRAST = 2.0  # log10 of magnitude between loud and soft bands: 40 dB is full contrast
LOUDER, SOFTER = 0.85, 0.15  # shares of the bands that lie below a loud and a soft one
DYNAMICS = 20.0  # dB between loud and soft moments that are full dynamics
ONSETS = 8.0  # a second: sixteenths at 120 BPM are full density
QUIETEST = 20.0  # dB below the take's loudest at which energy is 0
DARKEST, BRIGHTEST = 0.1, 0.3  # centre of the mel bands, 0..1, of a bass alone and of cymbals
TAKEN_AS_LOUD, TAKEN_AS_SOFT = 95, 10  # percentiles
CONSONANCE = 0.6  # its part in niceness; the rest is tonalness
COOL = {
    "repetition": 0.25,
    "regularity": 0.2,
    "contrast": 0.15,
    "dynamics": 0.1,
    "density": 0.15,
    "niceness": 0.15,
}
TWICE = 1.0  # dB: what coming twice as often is worth against loudness, for a chorus
OPENING = 2.0  # dB: pieces seldom begin with their chorus
MOST_CHORDS = 3  # in a name; more are called by their key


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What was measured of a stretch; 0..1 but for the tempo.

    repetition  how often it comes: 1 - 1 / times
    regularity  how tightly its strokes sit on the grid: bridge.recordings.taste.tightness
    contrast    how far its loud frequency bands stand over the soft ones
    dynamics    how far its loud moments stand over the soft ones
    density     onsets a second
    consonance  how much of its notes is of the key, 0 what chance gives
    tonalness   how much tones stand out of noise and drums
    energy      how loud it is in its take
    brightness  where the centre of its spectrum lies
    tempo       BPM; None: no grid
    """

    repetition: float
    regularity: float
    contrast: float
    dynamics: float
    density: float
    consonance: float
    tonalness: float
    energy: float
    brightness: float
    tempo: float | None = None


def measure(
    findings: Findings,
    span: Span,
    grid: Grid,
    keys: tuple[Key, ...],
    *,
    take: Span,
    times: int = 1,
) -> Ingredients:
    """What a stretch of a take is like that comes so many times."""
    onsets = findings.onsets[:, 0]
    inside = int(np.count_nonzero((onsets >= span.start) & (onsets < span.end)))
    level = findings.layers["level"].between(span.start, span.end)[:, 0].astype(np.float64)
    whole = findings.layers["level"].between(take.start, take.end)[:, 0].astype(np.float64)
    loud = _percentile(whole, TAKEN_AS_LOUD) - _percentile(level, TAKEN_AS_LOUD)
    notes = findings.layers["notes"].between(span.start, span.end).astype(np.float64)
    timbre = findings.layers["timbre"].between(span.start, span.end).astype(np.float64)
    beats = [beat for beat in grid.beats if span.start - 1e-3 <= beat <= span.end + 1e-3]
    return Ingredients(
        repetition=1.0 - 1.0 / max(1, times),
        regularity=tightness(findings, span, grid),
        contrast=_contrast(timbre),
        dynamics=_share(
            (_percentile(level, TAKEN_AS_LOUD) - _percentile(level, TAKEN_AS_SOFT)) / DYNAMICS
        ),
        density=_share(inside / max(span.seconds, 1e-3) / ONSETS),
        consonance=_consonance(notes, span, keys),
        tonalness=_share(float(notes[:, TONAL].mean())) if len(notes) else 0.0,
        energy=_share(1.0 - loud / QUIETEST),
        brightness=_brightness(timbre),
        tempo=60.0 / float(np.median(np.diff(beats))) if len(beats) > 1 else grid.tempo,
    )


def niceness(stretch: Ingredients) -> float:
    """0..100: how consonant with the key, and how tonal."""
    nice = CONSONANCE * stretch.consonance + (1.0 - CONSONANCE) * stretch.tonalness
    return 100.0 * nice


def coolness(stretch: Ingredients) -> float:
    """0..10: a weighted sum of what makes a riff go round: see COOL."""
    parts = {
        name: niceness(stretch) / 100.0 if name == "niceness" else getattr(stretch, name)
        for name in COOL
    }
    return 10.0 * sum(weight * parts[name] for name, weight in COOL.items())


def name_riff(
    stretch: Ingredients,
    chords: tuple[str, ...],
    key: str | None,
    bars: float,
    section: str | None = None,
    taken: Collection[str] = (),
) -> str:
    """What to call it: "Driving E minor riff", "Quiet Am-F break" with a dash between chords.

    chords   those that sound in it, in order, Harte's syntax
    section  the name of the section it lies in, if that has one
    taken    names of other riffs of the take, which it must not share

    The same riff among the same names is always called the same.
    """
    subject = " ".join([*_harmony(chords, key), section or "riff"])
    lengths = ("", f"{bars:g}-bar ")
    for length in lengths:
        for word in _words(stretch):
            name = f"{word} {length}{subject}"
            if name not in taken:
                return name
    first = f"{next(_words(stretch))} {subject}"
    return next(name for name in (f"{first} {n}" for n in count(2)) if name not in taken)


def find_chorus(
    sections: tuple[Section, ...], riffs: tuple[Riff, ...], findings: Findings
) -> Section | None:
    """The section that most likely is the chorus. None: nothing comes back.

    Of the music that comes at least twice (a section, or one that a riff of several times lies
    in) the loudest, a little more so the more often it comes, a little less if it opens the
    piece. Of its sections the loudest.
    """
    letters: dict[str, list[Section]] = {}
    for section in sections:
        letters.setdefault(section.label, []).append(section)
    again = {label: found for label, found in letters.items() if len(found) > 1}
    if not again:
        repeated = [time for riff in riffs if len(riff.times) > 1 for time in riff.times]
        again = {
            label: found
            for label, found in letters.items()
            if sum(found[0].shared(time) for time in repeated) > found[0].seconds / 2.0
        }
    if not again:
        return None

    def weight(label: str) -> float:
        levels = [_level(findings, section) for section in again[label]]
        opening = OPENING if sections[0].label == label else 0.0
        return float(np.mean(levels) + TWICE * np.log2(len(levels)) - opening)

    best = max(again, key=weight)
    return max(again[best], key=lambda section: _level(findings, section))


def _words(stretch: Ingredients) -> Iterator[str]:
    """Words that fit, the most telling first."""
    tempo = stretch.tempo or 0.0
    words = {
        "Quiet": stretch.energy < 0.5,  # 10 dB below the loudest
        "Driving": stretch.density >= 0.5 and stretch.energy >= 0.75,
        "Sparse": stretch.density <= 0.2,
        "Bright": stretch.brightness >= 0.65,
        "Dark": stretch.brightness <= 0.25,
        "Fast": tempo >= 150.0,
        "Slow": 0.0 < tempo <= 80.0,
        "Full": stretch.energy >= 0.85,
        "Busy": stretch.density >= 0.5,
        "Steady": True,
    }
    return (word for word, fits in words.items() if fits)


def _harmony(chords: tuple[str, ...], key: str | None) -> list[str]:
    """The chords as musicians write them, one alone and many as a key; empty: none."""
    names = list(dict.fromkeys(chord_name(chord) for chord in chords if chord != "N"))
    if len(names) == 1 and ":" in chords[0]:
        root, kind = next(chord for chord in chords if chord != "N").split(":")
        plain = {"min": f"{root} minor", "maj": f"{root} major"}
        return [plain.get(kind, names[0])]
    if len(names) > MOST_CHORDS:
        return [key] if key else ["–".join(names[:MOST_CHORDS])]
    return ["–".join(names)] if names else []


def _consonance(notes: Array64, span: Span, keys: tuple[Key, ...]) -> float:
    """Share of the notes of the key that sounds longest in the span, over what chance gives."""
    key = max(keys, key=lambda each: each.shared(span), default=None)
    chroma = harmony_chroma(notes[:, :TONAL]).sum(axis=0) if len(notes) else np.zeros(12)
    if key is None or not chroma.any():
        return 0.0
    own = list(scale(key.key))
    chance = len(own) / 12.0
    return _share((float(chroma[own].sum() / chroma.sum()) - chance) / (1.0 - chance))


def _contrast(timbre: Array64) -> float:
    if not len(timbre):
        return 0.0
    high, low = np.quantile(timbre, [LOUDER, SOFTER], axis=1)
    return _share(float(np.mean(high - low)) / CONTRAST)


def _brightness(timbre: Array64) -> float:
    if not len(timbre):
        return 0.0
    magnitude = (10.0**timbre).sum(axis=0)
    centre = float(magnitude @ np.linspace(0.0, 1.0, len(magnitude)) / magnitude.sum())
    return _share((centre - DARKEST) / (BRIGHTEST - DARKEST))


def _level(findings: Findings, span: Span) -> float:
    """dBFS, the mean of power."""
    level = findings.layers["level"].between(span.start, span.end).astype(np.float64)
    return float(10.0 * np.log10(np.mean(10.0 ** (level / 10.0)))) if len(level) else -np.inf


def _percentile(values: Array64, share: float) -> float:
    return float(np.percentile(values, share)) if len(values) else 0.0


def _share(value: float) -> float:
    return float(np.clip(value, 0.0, 1.0))
