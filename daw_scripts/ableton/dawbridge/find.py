"""Our things found again in the Set: by what we hold, else by name and place."""

from . import tracks
from .desk import NEAR, alive, pointer


def state(way, thing, before):
    """(at, end, name) of a cue point or clip. `before`: what it was, for what it does not tell."""
    at, end, _ = before
    if way == "cue":
        time = float(thing.time)
        return time, (None if end is None else end + time - at), thing.name
    if way == "clip":
        start, stop = float(thing.start_time), float(thing.end_time)
        return start, (None if end is None else stop), thing.name
    return at, end, thing.name


def find(desk, id):
    """The cue point or clip of the fact; None: it is not there."""
    thing = desk.objects.get(id)
    if thing is not None and alive(thing) and _placed(thing):
        return thing
    desk.objects.pop(id, None)
    record = desk.store.facts[id]
    if record["way"] == "tempo" or record.get("new"):
        return None  # nothing of it stands in the Set: what stands at its place is another's
    taken = {pointer(each) for each in desk.objects.values()}
    at, end, name = record["now"]
    best = None
    for each in _candidates(desk, record):
        if pointer(each) in taken:
            continue
        if record["way"] in ("loop", "slot"):
            near = None
            if _file(each) == record.get("path", ""):
                # A file tells a loop whatever its name; notes have their name alone.
                near = 0.0 if each.name == name else 1.0 if record.get("path") else None
        else:
            near = _distance(record, each, at, end, name)
        if near is not None and (best is None or near < best[0]):
            best = near, each
    if best is None:
        return None
    desk.objects[id] = best[1]
    return best[1]


def _distance(record, thing, at, end, name):
    """How far it lies from where it should be; None: it is another."""
    if record["way"] == "cue":
        far = abs(float(thing.time) - at)
        # A locator at its place is ours whatever its name; elsewhere the name tells.
        return far if far < NEAR or (name and thing.name == name and not name.isdigit()) else None
    far = abs(thing.start_time - at)
    if far < NEAR:
        return far
    length = thing.end_time - thing.start_time
    same = name and thing.name == name and end is not None and abs(length - (end - at)) < NEAR
    return far if same else None


def _candidates(desk, record):
    if record["way"] == "cue":
        return list(desk.song.cue_points)
    audio = record["way"] == "loop"
    found = []
    for track in tracks.lanes(desk, record.get("lane", ""), audio):
        if record["way"] == "clip":
            found += list(track.arrangement_clips)
        else:
            found += [slot.clip for slot in track.clip_slots if slot.has_clip]
    return [each for each in found if alive(each)]


def _placed(thing):
    """Whether it is still in the Set: reading it raises where it is not."""
    try:
        return thing.canonical_parent is not None and thing.name is not None
    except Exception:
        return False


def _file(clip):
    try:
        return clip.file_path if clip.is_audio_clip else ""
    except Exception:
        return ""
