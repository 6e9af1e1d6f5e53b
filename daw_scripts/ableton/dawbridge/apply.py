"""Applies what was told: batches first, then what waited until Live stands."""

import collections

from . import clips, cues, loops, notes, tempo, tracks
from .cues import LATER, SOON, Moving, Taken
from .desk import alive, pointer, same
from .facts import fact_of, lane_of
from .find import Strays, find, state, twin
from .words import Refused

BUDGET = 0.008  # seconds of a tick
QUIET = 0.5  # seconds that Live must stand before the playhead is touched
Batch = collections.namedtuple("Batch", "number title lines done")  # done(failed, why)


class Apply:
    """Work on the Set, some of it in each tick, as undo steps that always end."""

    def __init__(self, desk):
        self._desk = desk
        self._batches = collections.deque()
        self._work = None
        self._batch = None  # that is being applied
        self._stood = None  # since when Live stands
        self._strays = None  # what stands there and is known to nobody, as the batch began
        self._home = None  # where the playhead stood before we moved it

    @property
    def busy(self):
        """Whether something is being applied."""
        return self._work is not None or bool(self._batches)

    def batch(self, batch):
        """Queues a batch; its `done` is called when it is applied and kept."""
        self._batches.append(batch)

    def put_now(self, id, slot):
        """A loop of ours, into this slot (from 0), if it is free."""
        self._batches.append(Batch("", "", [("slot", {"id": id, "slot": slot})], None))

    def forget_batches(self):
        """What was told but not begun is told again in the next conversation."""
        self._batches.clear()

    def tick(self, now):
        """Some milliseconds of work. `now`: seconds."""
        desk = self._desk
        if desk.rolling():
            self._stood = None
        elif self._stood is None:
            self._stood = now
        if self._work is None:
            self._work = self._next(now)
            if self._work is None:
                return
        desk.song.begin_undo_step()
        try:
            while True:
                if next(self._work) == LATER or desk.clock() - now > BUDGET:
                    break
        except StopIteration:
            self._work = self._batch = None
        except Exception:
            desk.say.error("the work on the Set")
            batch, self._work, self._batch = self._batch, None, None
            if batch is not None and batch.done is not None:
                batch.done([], "Live refused; its log says why")
        finally:
            desk.song.end_undo_step()

    def stands(self, now):
        """Whether Live has been standing long enough to move its playhead."""
        return self._stood is not None and now - self._stood >= QUIET

    def _next(self, now):
        if self._batches:
            self._batch = self._batches.popleft()
            return self._apply(self._batch)
        if self.stands(now) and self._desk.store.waiting():
            return self._late()
        return None

    # -- generators

    def _apply(self, batch):
        failed, whys = [], []
        self._strays = Strays(self._desk)
        tempi = [values.get("bpm") for verb, values in batch.lines if values.get("kind") == "tempo"]
        tempi = [float(bpm) for bpm in tempi if _number(bpm)]
        for verb, values in batch.lines:
            id = values.get("id", "")
            why = yield from self._guarded(self._line(verb, id, values, tempi))
            if why:
                failed.append(id)
                if why not in whys:
                    whys.append(why)
            yield SOON
        yield from self._home_again()
        self._desk.store.write(self._desk.song)
        self._tell_waiting()
        if whys:
            self._desk.say.now("; ".join(whys[:2]))
        if batch.done is not None:
            batch.done(failed, "; ".join(whys))

    def _late(self):
        """What waited until Live stands."""
        desk = self._desk
        whys = []
        self._strays = Strays(desk)
        for id in desk.store.waiting():
            record = desk.store.facts.get(id)
            if record is None or "wait" not in record:
                continue
            values = record["wait"]
            if values is None:
                work = self._line("drop", id, {"id": id}, [])
            else:
                work = self._put(id, fact_of(values), values, [])
            why = yield from self._guarded(work)
            if desk.rolling():
                break
            record = desk.store.facts.get(id)
            if why:
                whys.append(why)
                if record is not None:  # it cannot be: the daemon may tell it again some time
                    record.pop("wait", None)
                    if record.get("new"):
                        del desk.store.facts[id]
            yield SOON
        yield from self._home_again()
        desk.store.write(desk.song)
        if whys:
            desk.say.now("; ".join(sorted(set(whys))[:2]))

    def _guarded(self, work):
        """Runs one line; gives why it could not be, or None."""
        try:
            yield from work
        except Moving:
            return None  # it waits, as its record says
        except Refused as told:
            return str(told)
        except ValueError:
            self._desk.say.error("a fact")
            return "dawbridge told something that this script does not understand"
        except Exception:
            self._desk.say.error("applying")
            return "Live refused; its log says why"
        return None

    def _line(self, verb, id, values, tempi):
        if verb == "put":
            fact = fact_of(values)
            record = self._desk.store.facts.get(id)
            if record is None or not _as_told(record, fact):
                yield from self._put(id, fact, values, tempi)
        elif verb == "drop":
            yield from self._drop(id)
        elif verb == "forget":
            self._desk.store.facts.pop(id, None)
            self._desk.objects.pop(id, None)
        elif verb == "slot":
            yield from self._slot(id, values["slot"])

    def _put(self, id, fact, values, tempi):
        desk = self._desk
        record = desk.store.facts.get(id)
        if fact.kind not in ("marker", "region", "text", "tempo", "notes", "loop"):
            raise Refused(f"this script does not know '{fact.kind}'; update dawbridge's script")
        way = self._way(fact)
        if way == "tempo":
            tempo.check(fact, tempi)
        if self._must_wait(way, fact):
            if record is None or record.get("gone"):
                record = _new(fact, way)
            record["rev"], record["wait"] = fact.rev, values
            desk.store.facts[id] = record
            return
        thing = find(desk, id) if record is not None else None
        if thing is not None and record["way"] != way:
            yield from self._drop(id)
            record, thing = None, None
        if thing is None:
            thing = twin(self._strays, way, lane_of(fact), fact)
        try:
            way, thing, lane = yield from self._made(fact, way, record, thing)
        except Moving:  # it is known from here on, and only late
            record = desk.store.facts.get(id)
            if record is None or not alive(desk.objects.get(id)):
                record = _new(fact, way)
            record["rev"], record["wait"] = fact.rev, values
            desk.store.facts[id] = record
            raise
        except Exception:
            if thing is not None and not alive(thing):  # the old is gone and there is no new
                desk.store.facts.pop(id, None)
                desk.objects.pop(id, None)
            raise
        self._keep(id, fact, way, thing, lane)

    def _made(self, fact, way, record, thing):
        """Makes it; gives what it became, the cue point or clip, and its track's name."""
        desk, lane = self._desk, ""
        if way == "cue":
            try:
                thing = yield from self._cue(fact, thing)
            except Taken as taken:
                if not self._is_ours(taken.pointer):
                    raise
                way = "clip"  # two of ours at one place: Live has one locator there
                thing = twin(self._strays, way, lane_of(fact), fact)
        if way == "clip":
            thing, lane = yield from clips.put(desk, fact, record, thing)
        elif way == "loop":
            thing, lane = yield from loops.put(desk, fact, thing)
        elif way == "slot":
            thing, lane = yield from clips.put_in_slot(desk, fact, record, thing)
        elif way == "tempo":
            tempo.put(desk, fact)
        return way, thing, lane

    def _keep(self, id, fact, way, thing, lane):
        here = [fact.at, fact.end, fact.name]
        record = {"rev": fact.rev, "way": way, "lane": lane}
        if thing is not None:
            self._desk.objects[id] = thing
            here = list(state(way, thing, here))
        if fact.path:
            record["path"] = fact.path
        if fact.kind == "notes":
            record["sum"] = notes.digest(thing)
        record["now"], record["was"] = here, list(here)
        self._desk.store.facts[id] = record

    def _cue(self, fact, cue):
        self._remember_home()
        if cue is not None and abs(float(cue.time) - fact.at) > 1e-3:
            yield from cues.take(self._desk, cue)
            cue = None
        if cue is None:
            return (yield from cues.put(self._desk, fact.at, fact.name))
        yield from cues.rename(self._desk, cue, fact.name)
        return cue

    def _drop(self, id):
        desk = self._desk
        record = desk.store.facts.get(id)
        if record is None:
            return
        thing = find(desk, id)
        if thing is not None and record["way"] == "cue":
            if desk.rolling():
                record["wait"] = None
                return
            at, _, _ = record["now"]
            if abs(float(thing.time) - at) < 0.01:
                self._remember_home()
                try:
                    yield from cues.take(desk, thing)
                except Moving:
                    record["wait"] = None
                    raise
            # One that the user moved since the last look is the user's.
        elif thing is not None and _on_ours(desk, record, thing):
            if clips.edited(thing, record):
                raise Refused(f"the notes of '{thing.name}' were changed by you; they stay")
            clips.remove(thing)
        desk.store.facts.pop(id, None)
        desk.objects.pop(id, None)

    def _slot(self, id, slot):
        """The loop's clip moves to the slot, and is shown."""
        desk = self._desk
        record = desk.store.facts.get(id)
        clip = find(desk, id) if record is not None else None
        if clip is None or record["way"] != "loop":
            raise Refused("that loop is not in this Set; press the button for loops first")
        old = clip.canonical_parent
        if slot is not None:
            slots = list(old.canonical_parent.clip_slots)
            if 0 <= slot < len(slots) and not slots[slot].has_clip:
                old.duplicate_clip_to(slots[slot])
                yield LATER
                if alive(slots[slot].clip):
                    desk.objects[id] = slots[slot].clip
                    old.delete_clip()
                    old = slots[slot]
        desk.song.view.highlighted_clip_slot = old

    # -- where and when

    def _is_ours(self, wanted):
        return any(
            pointer(self._desk.objects.get(id)) == wanted
            for id, record in self._desk.store.facts.items()
            if record["way"] == "cue" and find(self._desk, id) is not None
        )

    def _way(self, fact):
        desk = self._desk
        if fact.kind == "tempo":
            return "tempo"
        if fact.kind == "loop":
            return "loop"
        if fact.kind == "notes":
            return "slot" if fact.group.startswith("item:session") else "clip"
        locator = fact.role == "section" and fact.kind in ("marker", "region")
        wanted = desk.settings["sections"]
        if locator and (wanted == "locators" or (wanted != "clips" and desk.names_cues)):
            return "cue"
        return "clip"

    def _must_wait(self, way, fact):
        """Playheads and tempi are left alone while Live rolls, tracks while it records."""
        desk = self._desk
        if way in ("cue", "tempo"):
            return desk.rolling()
        if not desk.recording():
            return False
        return way in ("loop", "slot") or tracks.missing(desk, lane_of(fact), False)

    def _remember_home(self):
        if self._home is None:
            self._home = float(self._desk.song.current_song_time)

    def _home_again(self):
        """The playhead back where the user had it."""
        home, self._home = self._home, None
        if home is None:
            return
        try:
            yield from cues.stand(self._desk, home)
        except Refused:
            return

    def _tell_waiting(self):
        count = len(self._desk.store.waiting())
        if count:
            words = "1 mark waits" if count == 1 else f"{count} marks wait"
            self._desk.say.state(f"{words} until Live stands")


def _new(fact, way):
    """A record of what is known and stands nowhere yet."""
    here = [fact.at, fact.end, fact.name]
    return {"way": way, "now": here, "was": here, "lane": lane_of(fact), "new": 1}


def _as_told(record, fact):
    """Whether it is applied, and nobody touched it since."""
    untouched = record["now"] == record["was"] and not record.get("gone")
    return bool(fact.rev) and record["rev"] == fact.rev and untouched


def _on_ours(desk, record, clip):
    """Whether it still is where it was put: on a track of ours."""
    lane = record.get("lane", "")
    audio = record["way"] == "loop"
    parents = tracks.lanes(desk, lane, audio) if lane else []
    for track in parents:
        held = track.arrangement_clips
        if record["way"] in ("slot", "loop"):
            held = [slot.clip for slot in track.clip_slots if slot.has_clip]
        if any(same(each, clip) for each in held):
            return True
    return False


def _number(text):
    try:
        float(text)
    except (TypeError, ValueError):
        return False
    return True
