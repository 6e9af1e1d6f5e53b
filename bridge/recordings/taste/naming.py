"""What to call a riff: by what it is like and by its harmony."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count

from bridge.recordings.taste.scores import Ingredients
from bridge.signal.spelling import chord_name

MOST_CHORDS = 3  # in a name; more are called by their key


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
