"""What of ours the Live Set holds, kept in the Set itself.

One JSON text under KEY: the project's id, and for each fact a record

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

KEY = "dawbridge"


class Store:
    """The records of one Set. Nothing is written before `write`."""

    def __init__(self, song):
        """Reads what the Set holds; a Set without gets an id.

        So does a new Set made from a template that held one: else every song begun from that
        template would be one project.
        """
        self.facts = {}
        self.items = {}
        self._run = f"{os.getpid()}-{song._live_ptr}"  # this Set in this Live
        self._written = None
        self.project = ""
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
        else:
            self.project = binascii.hexlify(os.urandom(8)).decode()

    def _is_this(self, told, song):
        """Whether what is kept was kept of this Set, and not of a template."""
        if not told.get("project"):
            return False
        if told.get("run") == self._run:
            return True
        if hasattr(song, "file_path"):
            return bool(song.file_path)  # one that was never saved is new
        return bool(self.facts)

    def write(self, song):
        """Keeps it in the Set, if it changed."""
        told = json.dumps(
            {
                "project": self.project,
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
