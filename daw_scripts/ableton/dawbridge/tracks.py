"""Our tracks: found again under any name, made where they are missing."""

from .cues import Moving
from .desk import alive, same
from .store import KEY
from .words import Refused

LANES = 6  # tracks of one name, for things that overlap


def lane(desk, name, audio, make=True):
    """The track of this name: ours by its mark, else one that the user named so. None: none."""
    song = desk.song
    named = None
    for track in song.tracks:
        if not _fits(track, audio):
            continue
        if track.get_data(KEY, "") == name:
            return track
        if named is None and track.name == name:
            named = track
    if named is None and not make:
        return None
    if named is None:
        named = _made(desk, name, audio)
    named.set_data(KEY, name)
    return named


def lanes(desk, name, audio):
    """Those that there are: `name`, `name 2`, ..."""
    found = []
    for number in range(1, LANES + 1):
        track = lane(desk, _numbered(name, number), audio, make=False)
        if track is not None:
            found.append(track)
    return found


def room(desk, name, start, end, but=None):
    """The first of our tracks of this name with nothing from `start` to `end` (beats), except
    `but`. Nothing that stands there is ever written over.
    """
    for number in range(1, LANES + 1):
        track = lane(desk, _numbered(name, number), False)
        if track.is_frozen:
            continue
        if not any(
            clip.start_time < end - 1e-4 and clip.end_time > start + 1e-4
            for clip in track.arrangement_clips
            if but is None or not same(clip, but)
        ):
            return track
    raise Refused(f"there is no room for it on the tracks '{name}'; move what stands there")


def missing(desk, name, audio):
    """Whether the track would have to be made."""
    return lane(desk, name, audio, make=False) is None


def _numbered(name, number):
    return name if number == 1 else f"{name} {number}"


def _fits(track, audio):
    if not alive(track) or track.is_foldable:
        return False
    return bool(track.has_audio_input if audio else track.has_midi_input)


def _made(desk, name, audio):
    if desk.recording():
        raise Moving("Live records")
    song = desk.song
    seen, clip = song.view.selected_track, song.view.detail_clip
    try:
        make = song.create_audio_track if audio else song.create_midi_track
        track = make(-1) or song.tracks[len(song.tracks) - 1]
    except desk.live.Base.LimitationError as limit:
        raise Refused(
            f"this edition of Live has no track left; delete one, or name a free one '{name}'"
        ) from limit
    track.name = name
    if alive(seen):
        song.view.selected_track = seen  # what the user looked at
    if alive(clip):
        song.view.detail_clip = clip
    return track
