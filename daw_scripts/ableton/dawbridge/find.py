"""Our things found again in the Set: by what we hold, else by name and place."""

from . import tracks
from .clips import span
from .desk import NEAR, alive, pointer
from .words import plain


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


def find(desk, id, strays=None):
    """The cue point or clip of the fact; None: it is not there.

    `strays`: those of an earlier search of the same moment.
    """
    thing = desk.objects.get(id)
    if thing is not None and alive(thing) and _placed(thing):
        return thing
    desk.objects.pop(id, None)
    record = desk.store.facts[id]
    if record["way"] == "tempo" or record.get("new"):
        return None  # nothing of it stands in the Set: what stands at its place is another's
    thing = (strays or Strays(desk)).take(record)
    if thing is not None:
        desk.objects[id] = thing
    return thing


def twin(strays, way, lane, fact):
    """What stands there already exactly as the fact says, and is known to nobody; None: nothing.

    So a Set that was saved in the middle of a batch, or lost what was kept in it, gets nothing
    twice.
    """
    if way == "tempo":
        return None
    start, end, name = fact.at, fact.end, plain(fact.name)
    if way == "clip":
        start, end = span(fact)
    record = {"way": way, "lane": lane, "now": [start, end, name], "path": fact.path}
    return strays.take(record, exact=True)


class Strays:
    """What stands where ours do and is not known to be one of them, looked up once."""

    def __init__(self, desk):
        self._desk = desk
        self._known = {}  # (way, lane): {place or name: [[thing, at, length, name, file]]}

    def take(self, record, exact=False):
        """The one that fits the record best; None: none does. `exact`: it must be just so."""
        key = (record["way"], record.get("lane", ""))
        if key not in self._known:
            self._known[key] = self._looked_up(record)
        known = self._known[key]
        at, _, name = record["now"]
        place = _place(at)
        near = [each for n in (place - 1, place, place + 1) for each in known.get(n, ())]
        best = None
        for each in [*near, *known.get(name, ()), *known.get(record.get("path", name), ())]:
            if each[0] is None or (exact and not _same(record, *each[1:])):
                continue
            far = _distance(record, *each[1:])
            if far is not None and (best is None or far < best[0]) and alive(each[0]):
                best = far, each
        if best is None:
            return None
        thing, best[1][0] = best[1][0], None  # taken, wherever it is listed
        return thing

    def _looked_up(self, record):
        held = {pointer(each) for each in self._desk.objects.values()}
        known = {}
        for thing in _standing(self._desk, record):
            if pointer(thing) in held:
                continue
            try:
                told = [thing, *_told(record["way"], thing)]
            except Exception:  # it died while we looked
                self._desk.say.error("looking for what is ours")
                continue
            for key in {_place(told[1]), told[3], told[4] or told[3]}:
                known.setdefault(key, []).append(told)
        return known


def _same(record, at, length, name, file):
    was_at, was_end, was_name = record["now"]
    if record["way"] == "loop":
        return bool(file) and file == record["path"]
    if record["way"] == "slot":
        return bool(name) and name == was_name
    if record["way"] == "clip" and abs(length - (was_end - was_at)) > NEAR:
        return False
    return abs(at - was_at) < NEAR and name == was_name and (bool(name) or record["way"] == "clip")


def _told(way, thing):
    """(beat, length, name, file) of it."""
    if way == "cue":
        return float(thing.time), 0.0, thing.name, ""
    start = float(thing.start_time)
    return start, float(thing.end_time) - start, thing.name, _file(thing) if way == "loop" else ""


def _place(at):
    """Beats in tenths: neighbours are looked at as well."""
    return round(at * 10.0)


def _distance(record, at, length, name, file):
    """How far it lies from where it should be; None: it is another."""
    was_at, was_end, was_name = record["now"]
    far = abs(at - was_at)
    named = bool(name) and name == was_name
    if record["way"] == "cue":
        # A locator at its place is ours whatever its name; elsewhere the name tells.
        return far if far < NEAR or (named and not name.isdigit()) else None
    if record["way"] == "loop":
        if file != record.get("path", ""):
            return None
        return 0.0 if named else 1.0  # a file tells a loop whatever its name
    if record["way"] == "slot":
        return 0.0 if named else None
    if far < NEAR:
        return far
    alike = named and was_end is not None and abs(length - (was_end - was_at)) < NEAR
    return far if alike else None


def _standing(desk, record):
    """The things of its kind, where ours of it stand."""
    if record["way"] == "cue":
        return list(desk.song.cue_points)
    found = []
    for track in tracks.lanes(desk, record.get("lane", ""), record["way"] == "loop"):
        if record["way"] == "clip":
            found += list(track.arrangement_clips)
        else:
            found += [slot.clip for slot in track.clip_slots if slot.has_clip]
    return found


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
