"""Chords as notes: a label in Harte syntax (Harte et al. 2005) in close position from C3 up."""

from __future__ import annotations

from bridge.signal.chroma import CHORD_TONES, PITCH_CLASSES

LOWEST = 48  # MIDI note: C3, the lowest root; all that is piled on B3 stays below C5


def chord_notes(label: str) -> tuple[int, ...]:
    """The MIDI notes of a chord, lowest first; none for "N" and for what is not known."""
    root, _, quality = label.partition(":")
    if root not in PITCH_CLASSES or quality not in CHORD_TONES:
        return ()
    return tuple(LOWEST + PITCH_CLASSES.index(root) + tone for tone in CHORD_TONES[quality])
