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
        """Reads what the Set holds; a Set without gets an id."""
        self.facts = {}
        self.items = {}
        self.project = ""
        self._written = None
        try:
            text = song.get_data(KEY, "")
            told = json.loads(text or "{}")
            self._written = text
            self.project = str(told.get("project", ""))
            self.facts = {id: each for id, each in told["facts"].items() if _sound(each)}
            self.items = {id: each for id, each in told["items"].items() if isinstance(each, dict)}
        except (ValueError, TypeError, KeyError, AttributeError):
            pass  # another's data, or none: what the daemon knows is put again
        if not self.project:
            self.project = binascii.hexlify(os.urandom(8)).decode()

    def write(self, song):
        """Keeps it in the Set, if it changed."""
        told = json.dumps(
            {"project": self.project, "facts": self.facts, "items": self.items},
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
