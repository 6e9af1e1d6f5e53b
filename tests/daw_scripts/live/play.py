"""A Live with the script in it and a daemon beside it, all in one thread."""

import json
import sys
from pathlib import Path

from .daemon import Daemon
from .world import World

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "daw_scripts" / "ableton"


def package():
    """The remote script as Live imports it."""
    if str(SCRIPT) not in sys.path:
        sys.path.insert(0, str(SCRIPT))
    import dawbridge
    import dawbridge.script
    import dawbridge.wire

    return dawbridge


class Play:
    """`folder` is both where the script stands and where the daemon writes."""

    def __init__(self, folder, version="12.3.6", daemon=True, settings="", world=None, here=None):
        self.folder = Path(folder)
        self.dawbridge = package()
        told = {"folder": str(folder), "command": []}
        told.update(here or {})
        (self.folder / "here.json").write_text(json.dumps(told), encoding="utf-8")
        (self.folder / "dawbridge.txt").write_text(settings, encoding="utf-8")
        self.world = world or World(version)
        self.daemon = self.new_daemon() if daemon else None
        self.script = self.new_script()

    def new_daemon(self):
        return Daemon(self.dawbridge.wire, self.folder)

    def new_script(self):
        script = self.dawbridge.script.Script(
            self.world.surface(), self.world.live, self.folder, lambda: self.world.now
        )
        return self.world.start(script)

    def restart(self):
        """Live closes and opens the same Set again: all Python of the script is gone."""
        self.script.disconnect()
        self.world.scripts.remove(self.script)
        self.script = self.new_script()

    def run(self, seconds=1.0):
        self.world.run(seconds, self._each)

    def _each(self):
        if self.daemon is not None:
            self.daemon.pump()

    def until(self, true, seconds=20.0):
        """Ticks until it is true. Raises where it never is."""
        for _ in range(int(seconds * 10)):
            if true():
                return
            self.run(0.1)
        raise AssertionError(f"it never came; shown: {self.world.shown[-3:]}")

    def connect(self):
        self.until(lambda: self.daemon.told("ready"))
        return self

    def put(self, *facts):
        """Facts as dicts, as one batch; gives its `done`."""
        lines = []
        for fact in facts:
            told = {"rev": fact["kind"] + "-1", "role": "section", "group": "live", "name": ""}
            told.update(fact)
            lines.append(("put", told))
        return self.tell(lines)

    def tell(self, lines):
        number = self.daemon.batch(lines)
        self.until(lambda: any(each["batch"] == number for each in self.daemon.told("done")))
        return next(each for each in self.daemon.told("done") if each["batch"] == number)

    # -- what stands in the Set

    def cues(self):
        """(beat, name), in time order."""
        return sorted((cue.at, cue.values["name"]) for cue in self.world.song.cues)

    def clips(self, track):
        """(start, end, name) of the arrangement clips of a track."""
        for each in self.world.song.tracks_:
            if each.values["name"] == track:
                return sorted(
                    (clip.start, clip.start + clip.length_, clip.values["name"])
                    for clip in each.clips
                )
        return None

    def track(self, name):
        return next(each for each in self.world.song.tracks_ if each.values["name"] == name)

    def tracks(self):
        return [each.values["name"] for each in self.world.song.tracks_]

    def fine(self):
        """Nothing escaped into Live, nothing was written over, no error was logged."""
        assert self.world.errors == []
        assert self.world.overwritten == []
        bad = [each for each in self.world.logged if "an error in" in each]
        assert bad == [], bad[0]
