"""What of ours the Live Set holds, kept in the Set itself.

One JSON text under KEY: the project's id, `from` (that of the project it is a copy of), the `place`
of the Set's file when it got the id, and for each fact a record

    rev         the state that was applied
    way         what it became: cue, clip (arrangement), slot (session), tempo
    lane        name of its track; path: of a loop
    now, was    [at, end, name] as it is, and as it was right after it was applied
    gone        1: the user deleted it
    sum         of its notes as they were applied
    wait        values of a `put` that waits until Live stands (None: a removal waits)

and for each clip that was analysed its id with file and place.
"""

import binascii
import json
import os
from pathlib import Path

KEY = "dawbridge"


class Store:
    """The records of one Set. Nothing is written before `write`."""

    def __init__(self, song):
        """Reads what the Set holds; a Set without gets an id.

        So does a copy: a new Set made from a template that held one, or one saved under another
        name. Else every song begun from that template would be one project.
        """
        self.facts = {}
        self.items = {}
        self._run = f"{os.getpid()}-{song._live_ptr}"  # this Set in this Live
        self._written = None
        self._place = _path(song)
        self.project = self.original = ""
        told = {}
        try:
            text = song.get_data(KEY, "")
            told = json.loads(text or "{}")
            self.facts = {id: each for id, each in told["facts"].items() if _sound(each)}
            self.items = {id: each for id, each in told["items"].items() if isinstance(each, dict)}
            self._written = text
        except (ValueError, TypeError, KeyError, AttributeError):
            pass  # another's data, or none: what the daemon knows is put again
        if isinstance(told, dict) and self._is_this(told, song):
            self.project, self._run = str(told["project"]), told.get("run")
            self.original = str(told.get("from") or "")
        else:
            if isinstance(told, dict):
                self.original = str(told.get("project") or "")
            self.project = binascii.hexlify(os.urandom(8)).decode()

    def _is_this(self, told, song):
        """Whether what is kept was kept of this Set, and not of one that it is a copy of."""
        if not told.get("project") or _lies_elsewhere(told.get("place"), self._place):
            return False
        if told.get("run") == self._run:
            return True
        if hasattr(song, "file_path"):
            return bool(self._place)  # one that was never saved is new
        return bool(self.facts)

    def left(self, song):
        """Whether the Set was saved under another name, and what it was is still there."""
        path = _path(song)
        if path == self._place:
            return False
        if (self._place and not path) or _lies_elsewhere(self._place, path):
            return True
        self._place = path  # saved for the first time, or moved
        self.write(song)
        return False

    def write(self, song):
        """Keeps it in the Set, if it changed."""
        told = json.dumps(
            {
                "project": self.project,
                "from": self.original,
                "place": self._place,
                "run": self._run,
                "facts": self.facts,
                "items": self.items,
            },
            sort_keys=True,
            separators=(",", ":"),
        )
        if told != self._written:
            song.set_data(KEY, told)
            self._written = told

    def have(self, id):
        """The values of a `have` line."""
        record = self.facts[id]
        at, end, name = record["now"]
        was_at, was_end, was_name = record["was"]
        return {
            "id": id,
            "rev": record["rev"],
            "at": at,
            "end": end,
            "name": name,
            "was_at": was_at,
            "was_end": was_end,
            "was_name": was_name,
            "gone": 1 if record.get("gone") else None,
        }

    def waiting(self):
        """Ids of what waits until Live stands."""
        return [id for id, record in self.facts.items() if "wait" in record]


def _path(song):
    """The Set's file; empty: it has none, or this Live does not tell."""
    return str(song.file_path or "") if hasattr(song, "file_path") else ""


def _lies_elsewhere(place, path):
    """Whether the file at `place` is there still, and another one than that at `path`."""
    if not place or not path or place == path or not isinstance(place, str):
        return False
    try:
        return Path(place).is_file() and not Path(place).samefile(path)
    except OSError:
        return False


def _sound(record):
    try:
        return (
            isinstance(record["rev"], str)
            and isinstance(record["way"], str)
            and all(
                isinstance(record[when][0], (int, float))
                and isinstance(record[when][2], str)
                and len(record[when]) == 3
                for when in ("now", "was")
            )
        )
    except (KeyError, TypeError, IndexError):
        return False
