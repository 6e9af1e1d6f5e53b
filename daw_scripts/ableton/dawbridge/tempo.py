"""The tempo of the Set: one number, for a script cannot write Live's tempo map."""

from .words import Refused

STEADY = 0.005  # share by which tempi of one piece may differ


def check(fact, others):
    """Raises Refused. `others`: tempi (BPM) that were asked for along with it."""
    if fact.bpm is None or not 20.0 <= fact.bpm <= 999.0:
        raise Refused("Live's tempo goes from 20 to 999 BPM")
    if any(abs(bpm / fact.bpm - 1.0) > STEADY for bpm in others if bpm):
        raise Refused(
            "the tempo changes, and a script cannot write Live's tempo map; "
            "drag in the MIDI file of `dawbridge export` instead"
        )


def put(desk, fact):
    """Sets Live's tempo and metre."""
    song = desk.song
    if abs(song.tempo - fact.bpm) > 1e-4:
        song.tempo = fact.bpm
    if 0 < fact.num < 100 and fact.den in (1, 2, 4, 8, 16):
        if song.signature_numerator != fact.num:
            song.signature_numerator = fact.num
        if song.signature_denominator != fact.den:
            song.signature_denominator = fact.den
