"""Chords as notes: a label in Harte syntax (Harte et al. 2005) in close position from C3 up."""

from __future__ import annotations

LOWEST = 48  # MIDI note: C3, the lowest root; all that is piled on B3 stays below C5
ROOTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"#": 1, "b": -1}
QUALITIES = {  # shorthand: semitones over the root
    "": (0, 4, 7),
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "1": (0,),
    "5": (0, 7),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "sus": (0, 5, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "minmaj7": (0, 3, 7, 11),
    "dim7": (0, 3, 6, 9),
    "hdim7": (0, 3, 6, 10),
    "6": (0, 4, 7, 9),
    "maj6": (0, 4, 7, 9),
    "min6": (0, 3, 7, 9),
    "9": (0, 2, 4, 7, 10),
    "maj9": (0, 2, 4, 7, 11),
    "min9": (0, 2, 3, 7, 10),
}


def chord_notes(label: str) -> tuple[int, ...]:
    """The MIDI notes of a chord, lowest first; none for no chord ("N") and for what is not known.

    Bass notes ("/3") and added degrees ("(9)") are left out: what sounds is the plain chord.
    """
    root, _, quality = label.partition("/")[0].partition(":")
    pitch_class = _pitch_class(root)
    intervals = QUALITIES.get(quality.partition("(")[0])
    if pitch_class is None or intervals is None:
        return ()
    return tuple(LOWEST + pitch_class + interval for interval in intervals)


def _pitch_class(root: str) -> int | None:
    if root[:1] not in ROOTS or not set(root[1:]) <= ACCIDENTALS.keys():
        return None
    return (ROOTS[root[0]] + sum(ACCIDENTALS[sign] for sign in root[1:])) % 12
