"""Live as the other modules see it: the Set, what its version can do, objects that may be dead."""

from .words import plain

NEAR = 0.01  # beats: Live's times come back as another kind of number


class Desk:
    """The Set that is open, what is kept in it, and who is told what."""

    def __init__(self, live, song, store, settings, say, clock):
        """`live`: the module Live; `clock`: seconds, precise."""
        self.live = live
        self.song = song
        self.store = store
        self.settings = settings
        self.say = say
        self.clock = clock
        self.objects = {}  # our id: the cue point or clip it became
        self.items = {}  # pointer of a clip: its id as something analysed
        self.version = version_of(live)
        self.names_cues = _settable(live.Song.CuePoint, "name", self.version >= (12, 1))
        self.takes_loops = hasattr(live.ClipSlot.ClipSlot, "create_audio_clip")
        self.puts_clips = hasattr(live.Track.Track, "create_midi_clip")
        self.adds_warp = hasattr(live.Clip.Clip, "add_warp_marker")

    def can(self):
        """The kinds that this version holds."""
        kinds = ["marker", "region", "text", "notes", "tempo"]
        return ",".join([*kinds, "loop"] if self.takes_loops else kinds)

    def rolling(self):
        """Whether Live plays or records, or is about to."""
        song = self.song
        return bool(song.is_playing or song.is_counting_in)

    def recording(self):
        """Whether something is being recorded."""
        song = self.song
        return bool(song.is_playing and (song.record_mode or song.session_record))

    def name(self, thing, name):
        """Gives it a name, where it is another."""
        name = plain(name)
        if name and thing.name != name:
            thing.name = name


def version_of(live):
    """(12, 1, 11)"""
    app = live.Application.get_application()
    return (app.get_major_version(), app.get_minor_version(), app.get_bugfix_version())


def alive(thing):
    """Whether Live still has it: what was deleted compares as None, or raises."""
    try:
        return thing is not None and thing != None and bool(thing._live_ptr)  # noqa: E711
    except Exception:
        return False


def same(a, b):
    """Whether both are the same thing of Live."""
    try:
        return a._live_ptr == b._live_ptr
    except Exception:
        return False


def pointer(thing):
    """What tells it from others while Live runs; None: it is dead."""
    try:
        return thing._live_ptr
    except Exception:
        return None


def _settable(kind, name, guess):
    told = getattr(kind, name, None)
    return told.fset is not None if isinstance(told, property) else guess
