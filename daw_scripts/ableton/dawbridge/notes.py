"""Notes of a MIDI clip."""

import zlib

from .cues import SOON

CHUNK = 250  # notes added at once: some milliseconds
SHORTEST = 0.01  # beats


def put(desk, clip, notes):
    """Makes these the clip's notes, some in each tick. Generator."""
    length = float(clip.end_marker)
    clip.remove_notes_extended(0, 128, 0.0, max(length, 1.0))
    make = desk.live.Clip.MidiNoteSpecification
    for first in range(0, len(notes), CHUNK):
        clip.add_new_notes(
            tuple(
                make(
                    pitch=note.pitch,
                    start_time=max(note.at, 0.0),
                    duration=max(note.length, SHORTEST),
                    velocity=float(min(max(note.velocity, 1), 127)),
                )
                for note in notes[first : first + CHUNK]
            )
        )
        yield SOON


def digest(clip):
    """A number that another set of notes does not have."""
    length = max(float(clip.end_marker), 1.0)
    told = sorted(
        (note.pitch, round(note.start_time, 3), round(note.duration, 3), int(note.velocity))
        for note in clip.get_notes_extended(0, 128, 0.0, length)
    )
    return zlib.crc32(repr(told).encode("ascii"))
