"""Twelve pitch classes from the notes that sound: one chroma for the harmony, one for the bass."""

from __future__ import annotations

import numpy as np

from bridge.signal.frames import Array64
from bridge.signal.notes import NOTES

PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
CHORD_TONES = {  # qualities as Harte et al. (2005) write them: semitones over the root
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
}

HARMONY = (36.0, 44.0, 80.0, 92.0)  # MIDI notes: heard from, fully from, fully to, heard to
BASS = (24.0, 28.0, 43.0, 52.0)


def _folding(reach: tuple[float, float, float, float]) -> Array64:
    """(notes, 12): a note's weight in its pitch class, falling off towards both ends."""
    notes = np.arange(*NOTES)
    start, full, full_to, end = reach
    rise = np.clip((notes - start) / (full - start), 0.0, 1.0)
    fall = np.clip((end - notes) / (end - full_to), 0.0, 1.0)
    folding = np.zeros((len(notes), 12))
    folding[np.arange(len(notes)), notes % 12] = rise * fall
    return folding


_HARMONY, _BASS = _folding(HARMONY), _folding(BASS)


def harmony_chroma(notes: Array64) -> Array64:
    """(12,) from C on, of the weights of NOTES."""
    chroma: Array64 = notes @ _HARMONY
    return chroma


def bass_chroma(notes: Array64) -> Array64:
    """(12,) of the low notes alone."""
    chroma: Array64 = notes @ _BASS
    return chroma


def unit_rows(rows: Array64) -> Array64:
    """Each row of length 1; rows of zeros stay."""
    lengths = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float64)


def unit(vector: Array64) -> Array64:
    """Length 1; the zero vector stays."""
    return vector / max(float(np.sqrt(vector @ vector)), 1e-12)
