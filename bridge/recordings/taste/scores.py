"""What a stretch of music is like: how cool, how nice.

Nothing here is true or false. Each score is a fixed sum of measured ingredients and never falls
when one of them rises; docs/taste.md says what each ingredient is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.recordings.facts import Key, Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.harmony.scales import scale
from bridge.recordings.layers.notes import TONAL
from bridge.recordings.taste.tightness import tightness
from bridge.signal.chroma import harmony_chroma
from bridge.signal.frames import Array64

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


def _percentile(values: Array64, share: float) -> float:
    return float(np.percentile(values, share)) if len(values) else 0.0


def _share(value: float) -> float:
    return float(np.clip(value, 0.0, 1.0))
