"""Live as the script meets it: a Set, a transport, ticks; what it does late, it does late here.

The clock is `now` and goes on only in `run`. What a real Live would punish raises here: another
thread, a change inside a notification, a setting that is not there in this version.
"""

import types

from . import api
from .things import (
    Application,
    Clip,
    ClipSlot,
    CuePoint,
    MidiNote,
    Note,
    Scene,
    Song,
    SongView,
    Timer,
    Track,
    WarpMarker,
)

TICK = 0.01  # seconds
DISPLAY = 10  # ticks between two calls of update_display
KINDS = {
    "Live.Application.Application": Application, "Live.Base.Timer": Timer,
    "Live.Clip.Clip": Clip, "Live.Clip.MidiNote": MidiNote,
    "Live.Clip.MidiNoteSpecification": Note, "Live.Clip.WarpMarker": WarpMarker,
    "Live.ClipSlot.ClipSlot": ClipSlot, "Live.Scene.Scene": Scene,
    "Live.Song.CuePoint": CuePoint, "Live.Song.Song": Song,
    "Live.Song.Song.View": SongView, "Live.Track.Track": Track,
}  # fmt: skip


class World:
    """One running Live of a version, with one Set."""

    def __init__(self, version, cost=0.0):
        """`cost`: seconds that each access to the API takes."""
        self.version = api.version_of(version)
        self.kinds = api.read(self.version)
        self.now = 100.0
        self.cost = cost
        self.thread = api.thread()
        self.notifying = False
        self.pointers = 1000
        self.timers = []
        self.scripts = []
        self.errors = []  # what escaped from the script into Live
        self.due = []  # (when, what)
        self.later = []  # what happens after this tick
        self.lag = 0.0  # seconds until a told playhead is seen elsewhere
        self.late_cues = False  # a toggle is seen in the next tick
        self.deaf = 0.0  # seconds after that until locators are put there
        self.playhead_grid = 0.0  # beats; the playhead itself snaps
        self.file_edge = 0.0  # seconds before a file's end where no warp marker can be
        self.slow_warp = 0.0  # seconds until a clip is warped
        self.grid = 0.0  # beats; 0: Snap to Grid is off
        self.lost_names = 0  # names of locators that Live will not keep
        self.most_tracks = 100
        self.most_scenes = 100
        self.samples = 1.0  # of warp markers' time in a second
        self.fresh_tempo = 97.3  # what Live thinks of a file that it does not know
        self.files = {}  # path: seconds
        self.open_steps = 0
        self.step = []
        self.steps = []  # undo history: lists of what takes it back
        self.redone = []
        self.longest = 0.0  # seconds of the longest tick
        self.overwritten = []  # names of clips that were written over
        self.shown = []
        self.logged = []
        self.forwarded = []
        self.types = {}
        for name, base in KINDS.items():
            if name in self.kinds:
                self.types[name] = type(base)(base.__name__, (base,), {"kind": self.kinds[name]})
        self.live = self._module()
        self.song = self.make("Live.Song.Song")
        self.song.begin(self)

    def make(self, kind, **values):
        return self.types[kind](self, **values)

    def next_pointer(self):
        self.pointers += 8
        return self.pointers

    # -- rules

    def touched(self, thing, name):
        """Any access of the API."""
        if api.thread() != self.thread:
            raise AssertionError("the API was touched from another thread")
        if thing.dead:
            raise RuntimeError(f"the object of {name} is gone")
        self.now += self.cost

    def changing(self):
        """Anything that changes the Set."""
        if self.notifying:
            raise RuntimeError(
                "Changes cannot be triggered by notifications. "
                "You will need to defer your response."
            )

    def changed(self, back):
        """`back` takes it back; it belongs to the step that is open, or is one of its own."""
        if self.open_steps:
            self.step.append(back)
        else:
            self.steps.append([back])

    def undo(self):
        """The user takes back the last step that changed something."""
        self.redone.append([back() for back in reversed(self.steps.pop())])

    def redo(self):
        """And takes that back."""
        self.steps.append([again() for again in reversed(self.redone.pop())])

    # -- time

    def start(self, script):
        self.scripts.append(script)
        return script

    def run(self, seconds, each=None):
        """Ticks; `each` is called after every one."""
        for number in range(round(seconds / TICK)):
            self.now += TICK
            late, self.later = self.later, []
            for act in late:
                act()
            for due, act in [each for each in self.due if each[0] <= self.now + 1e-9]:
                self.due.remove((due, act))
                act()
            self.song.rolled(TICK)
            begun = self.now
            for timer in list(self.timers):
                timer.tick(self)
            if number % DISPLAY == 0:
                for script in list(self.scripts):
                    script.update_display()
            self.longest = max(self.longest, self.now - begun)
            if self.open_steps:
                self.errors.append("an undo step stayed open")
            if each is not None:
                each()

    def surface(self):
        """A c_instance: what Live gives to a script."""
        return Surface(self)

    def _module(self):
        live = types.SimpleNamespace()
        for name in self.kinds:
            parts = name.split(".")[1:]
            place = live
            for part in parts[:-1]:
                if not hasattr(place, part):
                    setattr(place, part, types.SimpleNamespace())
                place = getattr(place, part)
            if name == "Live.Song.Song.View":
                continue
            if name in self.types:
                value = self.types[name]
                if name in (
                    "Live.Clip.MidiNoteSpecification",
                    "Live.Clip.WarpMarker",
                    "Live.Base.Timer",
                ):
                    value = self._constructor(name)
            elif name == "Live.Base.LimitationError":
                value = type("LimitationError", (Exception,), {})
            else:
                value = types.SimpleNamespace()
            if parts[:-1] or not hasattr(live, parts[0]):
                setattr(place, parts[-1], value)
        app = self.types["Live.Application.Application"](self)
        live.Application.get_application = lambda: app
        live.MidiMap.forward_midi_cc = lambda *told: self._forward("cc", told)
        live.MidiMap.forward_midi_note = lambda *told: self._forward("note", told)
        return live

    def _forward(self, kind, told):
        if not 4 <= len(told) <= 5 or not all(isinstance(each, int) for each in told):
            raise TypeError(f"Python argument types in MidiMap.forward_midi_{kind}")
        self.forwarded.append((kind, told[2], told[3]))
        return True

    def _constructor(self, name):
        wanted = self.kinds[name].methods.get("__init__", [None])[0]

        def construct(*given, **named):
            if wanted is None:
                raise RuntimeError("This class cannot be instantiated from Python")
            names = [each[1].rstrip("?") for each in wanted]
            values = dict((names[index], value) for index, value in enumerate(given))
            for key, value in named.items():
                if key not in names or key in values:
                    raise TypeError(f"{name} has no argument {key}")
                values[key] = value
            for each in wanted:
                if each[1].endswith("?"):
                    continue
                if each[1] not in values:
                    raise TypeError(f"{name} misses {each[1]}")
            for each in wanted:
                key = each[1].rstrip("?")
                if key in values:
                    api.check(name, each[0], values[key])
            return self.make(name, **values).built()

        return construct


class Surface:
    """What Live gives to create_instance, and nothing more."""

    def __init__(self, world):
        self._world = world

    def song(self):
        return self._world.song

    def handle(self):
        return 77

    def show_message(self, text):
        api.check("show_message", "str", text)
        self._world.shown.append(text)

    def log_message(self, text):
        api.check("log_message", "str", text)
        self._world.logged.append(text)

    def request_rebuild_midi_map(self):
        self._world.forwarded = []

    def send_midi(self, message):
        raise AssertionError("there is no device to send to")
