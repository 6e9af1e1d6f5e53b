"""The clip that the user selected, as something to be analysed."""

import binascii
import os
from pathlib import Path

from .desk import alive, pointer
from .loops import seconds_at, seconds_of
from .words import Refused

LONGEST = 2000  # points of a map


def selected(desk, want=None):
    """The values of `ask what=analyze`. Raises Refused with what to do.

    `want`: what it is to bring; None: what the settings say.
    """
    clip = desk.song.view.detail_clip
    if not alive(clip):
        slot = desk.song.view.highlighted_clip_slot
        clip = slot.clip if alive(slot) and slot.has_clip else None
    if not alive(clip):
        raise Refused("select an audio clip first (click it), then press again")
    if not clip.is_audio_clip:
        raise Refused("the selected clip holds MIDI; select one with sound")
    if clip.is_recording:
        raise Refused("that clip is still being recorded; stop first")
    path = clip.file_path
    if not path or not Path(path).is_file():
        raise Refused(
            f"the sound file of '{clip.name}' is missing; find it with Live's Missing Files, "
            "or freeze and flatten the track"
        )
    arranged = bool(clip.is_arrangement_clip)
    points = warped(clip, arranged) if clip.warping else unwarped(clip, arranged, desk.song.tempo)
    want = want or desk.settings["want"].replace(" ", "")
    if not arranged:  # a session clip has no place in the song where a mark could stand
        within = [each for each in want.split(",") if each in ("drums", "loops")]
        want = ",".join(within) or "drums,loops"
    if not want:
        raise Refused("'want' in dawbridge.txt names nothing; write there what you want")
    track = _track(clip)
    return {
        "path": path,
        "item": item(desk, clip, arranged, path, track),
        "map": ";".join(f"{at:.6f},{beat:.6f}" for at, beat in points),
        "want": want,
        "folder": folder(desk),
        "track": track,
        "title": clip.name or Path(path).stem,
    }


def warped(clip, arranged):
    """(seconds in the file, beat of the project) from the clip's start to its end, once through."""
    found = seconds_of(clip)
    if len(found) < 2:
        raise Refused(f"'{clip.name}' has no warp markers; switch Warp off and on again")
    for (_, beat), (_, later) in zip(found, found[1:]):
        if later <= beat:
            raise Refused(f"'{clip.name}' runs backwards; analyse the file it was made from")
    first, last = _ends(clip, arranged)
    start = float(clip.start_time) if arranged else 0.0
    begin, end = max(seconds_at(found, first), 0.0), seconds_at(found, last)
    between = [(at, beat) for at, beat in found if begin + 1e-6 < at < end - 1e-6]
    if len(between) > LONGEST:
        between = between[:: len(between) // LONGEST + 1]
    points = [(seconds_at(found, first), first), *between, (end, last)]
    return [(at, beat - first + start) for at, beat in points]


def unwarped(clip, arranged, tempo):
    """The same of a clip without warp: it plays as fast as it is transposed, at Live's tempo now.

    Its markers are seconds.
    """
    speed = 2.0 ** ((clip.pitch_coarse + clip.pitch_fine / 100.0) / 12.0)
    beats = tempo / 60.0 / speed  # of the project in one second of the file
    first = float(clip.start_marker if clip.looping else clip.loop_start)
    last = float(clip.loop_end)
    start = 0.0
    if arranged:
        start = float(clip.start_time)
        last = min(first + (clip.end_time - clip.start_time) / beats, max(last, first + 0.01))
    if last <= first:
        last = float(clip.end_marker)
    if last <= first:
        raise Refused(f"'{clip.name}' is empty")
    return [(first, start), (last, start + (last - first) * beats)]


def _ends(clip, arranged):
    """First and last beat of the clip's own time that are heard before it repeats."""
    first = float(clip.start_marker if clip.looping else clip.loop_start)
    last = float(clip.loop_end)
    if last <= first:
        last = float(clip.end_marker)
    if arranged:
        last = min(last, first + float(clip.end_time) - float(clip.start_time))
    if last - first < 1e-3:
        raise Refused(f"'{clip.name}' is empty")
    return first, last


def item(desk, clip, arranged, path, track):
    """A name for the clip that stays, when it is moved and when the Set is opened again."""
    items = desk.store.items
    place = [path, track, round(float(clip.start_time), 3) if arranged else 0.0, arranged]
    known = desk.items.get(pointer(clip))
    if known in items:
        items[known]["place"] = place
        desk.store.write(desk.song)
        return known
    id = next((id for id, told in items.items() if told.get("place") == place), None)
    if id is None:
        kind = "arranged" if arranged else "session"
        id = f"{kind}-{binascii.hexlify(os.urandom(4)).decode()}"
        items[id] = {"place": place}
    desk.items[pointer(clip)] = id
    desk.store.write(desk.song)
    return id


def folder(desk):
    """Where loops are written: beside the Set, once it is saved; None: the daemon's place."""
    path = desk.song.file_path if hasattr(desk.song, "file_path") else ""
    beside = Path(path or ".").parent
    return str(beside / "Samples" / "dawbridge") if path and beside.is_dir() else None


def _track(clip):
    thing = clip
    for _ in range(4):
        thing = thing.canonical_parent
        if not alive(thing):
            return ""
        if hasattr(thing, "clip_slots") and hasattr(thing, "arrangement_clips"):
            return thing.name
    return ""
