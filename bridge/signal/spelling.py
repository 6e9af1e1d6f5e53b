"""Chords as musicians write them, and as notes: from Harte's syntax (Harte et al. 2005).

More of it than the program hears itself: people edit chords, and other programs' labels come in.
"""

from __future__ import annotations

import re

from bridge.signal.chroma import PITCH_CLASSES

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
DEGREES = {1: 0, 2: 2, 3: 4, 4: 5, 5: 7, 6: 9, 7: 11, 9: 14, 11: 17, 13: 21}  # semitones
QUALITIES: dict[str, tuple[str, tuple[int, ...]]] = {  # what is written, semitones over the root
    "": ("", (0, 4, 7)),
    "maj": ("", (0, 4, 7)),
    "min": ("m", (0, 3, 7)),
    "dim": ("dim", (0, 3, 6)),
    "aug": ("aug", (0, 4, 8)),
    "5": ("5", (0, 7)),
    "1": ("", (0,)),
    "sus2": ("sus2", (0, 2, 7)),
    "sus4": ("sus4", (0, 5, 7)),
    "7": ("7", (0, 4, 7, 10)),
    "maj7": ("maj7", (0, 4, 7, 11)),
    "min7": ("m7", (0, 3, 7, 10)),
    "minmaj7": ("m(maj7)", (0, 3, 7, 11)),
    "dim7": ("dim7", (0, 3, 6, 9)),
    "hdim7": ("m7b5", (0, 3, 6, 10)),
    "maj6": ("6", (0, 4, 7, 9)),
    "min6": ("m6", (0, 3, 7, 9)),
    "9": ("9", (0, 4, 7, 10, 14)),
    "maj9": ("maj9", (0, 4, 7, 11, 14)),
    "min9": ("m9", (0, 3, 7, 10, 14)),
    "11": ("11", (0, 4, 7, 10, 14, 17)),
    "13": ("13", (0, 4, 7, 10, 14, 21)),
}
LABEL = re.compile(r"^([A-G])([#b]*)(?::([a-z0-9]*)(?:\(([^)]*)\))?)?(?:/([#b]*)(\d+))?$")
DEGREE = re.compile(r"^(\*?)([#b]*)(\d+)$")
BASS, LOWEST = 36, 55  # MIDI notes: the bass lies in the octave from C2, the chord from G3


def chord_name(label: str) -> str:
    """ "A:min7/b3" is "Am7/C"; "N" is "N.C."; what is not understood stays as it is."""
    if label in ("N", "X"):
        return "N.C."
    read = LABEL.match(label)
    if read is None or (read[3] or "") not in QUALITIES:
        return label
    written, _ = QUALITIES[read[3] or ""]
    extra = f"({read[4]})" if read[4] else ""
    bass = f"/{PITCH_CLASSES[_bass(label)]}" if read[6] else ""
    return f"{read[1]}{read[2]}{written}{extra}{bass}"


def chord_notes(label: str) -> tuple[int, ...]:
    """MIDI notes, the bass first; none for "N" and for what is not understood.

    All tones lie in one octave, so that a sequence of chords moves by small steps.
    """
    read = LABEL.match(label)
    if read is None or (read[3] or "") not in QUALITIES:
        return ()
    tones = set(QUALITIES[read[3] or ""][1]) if read[3] or not read[4] else {0}
    for degree in (read[4] or "").split(","):
        part = DEGREE.match(degree.strip())
        if part and int(part[3]) in DEGREES:
            tone = DEGREES[int(part[3])] + _accidentals(part[2])
            tones = tones - {tone} if part[1] else tones | {tone}
    root = _root(read)
    chord = {LOWEST + (root + tone - LOWEST) % 12 for tone in tones}
    return (BASS + _bass(label), *sorted(chord))


def _root(read: re.Match[str]) -> int:
    return pitch_class(read[1] + read[2])


def pitch_class(note: str) -> int:
    """ "Eb" is 3. Raises KeyError for what does not begin with a letter of a note."""
    return (LETTERS[note[0]] + _accidentals(note[1:])) % 12


def _bass(label: str) -> int:
    """Pitch class of the lowest tone."""
    read = LABEL.match(label)
    assert read is not None
    over = DEGREES.get(int(read[6]), 0) + _accidentals(read[5] or "") if read[6] else 0
    return (_root(read) + over) % 12


def _accidentals(signs: str) -> int:
    return signs.count("#") - signs.count("b")
