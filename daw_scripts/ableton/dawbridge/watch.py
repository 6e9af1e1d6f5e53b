"""What the user did with ours: moved, renamed, deleted. Looked at, never listened to.

Listeners could not change anything anyway, and every one of them would have to be taken away again.
"""

from .cues import SOON
from .find import Strays, find, state

EVERY = 1.0  # seconds between two looks
CLOSE = 1e-3  # beats: nearer is where it was
SURE = 2  # looks that must miss a thing before it counts as deleted
BUDGET = 0.002  # seconds of a tick


class Watch:
    """Compares the Set with the store, a little in each tick."""

    def __init__(self, desk, edit, gone):
        """`edit(id, record)` and `gone(id)` tell the daemon."""
        self._desk = desk
        self._edit = edit
        self._gone = gone
        self._missed = {}
        self._look = None
        self._due = 0.0

    def tick(self, now):
        """Goes on with a look, or begins one."""
        if self._look is None:
            if now < self._due:
                return
            self._look = self._looking()
        try:
            next(self._look)
            while self._desk.clock() - now < BUDGET:
                next(self._look)
        except StopIteration:
            self._look, self._due = None, now + EVERY
        except Exception:
            self._look, self._due = None, now + EVERY
            raise

    def stop(self):
        """Forgets a look that has begun: something is being applied."""
        self._look = None

    def _looking(self):
        desk = self._desk
        changed = False
        strays = Strays(desk)
        for id in list(desk.store.facts):
            record = desk.store.facts.get(id)
            if record is None or record.get("new") or record["way"] == "tempo":
                continue
            changed = self._compare(id, record, strays) or changed
            yield SOON
        if changed:
            desk.store.write(desk.song)

    def _compare(self, id, record, strays):
        thing = find(self._desk, id, strays)
        if thing is None:
            if record.get("gone"):
                return False
            self._missed[id] = self._missed.get(id, 0) + 1
            if self._missed[id] < SURE:
                return False
            del self._missed[id]
            record["gone"] = 1
            self._gone(id)
            return True
        self._missed.pop(id, None)
        back = record.pop("gone", None)  # the user took the deletion back
        now = list(state(record["way"], thing, record["now"]))
        if not back and _alike(now, record["now"]):
            return False
        record["now"] = now
        self._edit(id, record)
        return True


def _alike(now, before):
    return (
        abs(now[0] - before[0]) < CLOSE
        and abs((now[1] or 0.0) - (before[1] or 0.0)) < CLOSE
        and now[2] == before[2]
    )
