"""One round of everything, in any Python from 3.7: `python -m tests.daw_scripts.live.round`."""

import sys
import tempfile
from pathlib import Path

from .play import Play

VERSIONS = ("11.3.20", "11.3.25", "11.3.43", "12.0.0", "12.0.5", "12.1.11", "12.2.0", "12.3.6")
NAMES = ["Strophe #1", "", "Tab\tand\nline", "🥁 très long", "chorus"]


def facts(loop):
    """Something of every kind."""
    told = [
        {"id": f"s{n}", "kind": "region", "at": 8 * n + 0.5, "end": 8 * n + 8.5, "name": name}
        for n, name in enumerate(NAMES)
    ]
    told += [
        {"id": "r1", "kind": "region", "role": "riff", "at": 0.5, "end": 4.5, "name": "riff A"},
        {"id": "r2", "kind": "region", "role": "riff", "at": 2.5, "end": 6.5, "name": "riff B"},
        {"id": "k", "kind": "marker", "role": "key", "at": 0.5, "name": "A minor"},
        {"id": "c", "kind": "text", "role": "chord", "at": 1, "end": 2, "name": "F#m",
         "track": "Gtr chords", "colour": "#b0a070"},
        {"id": "d", "kind": "notes", "role": "drums", "at": 4, "end": 8, "name": "drums",
         "track": "dawbridge drums", "notes": "0,0.25,36,100,9;1.5,0.25,127,1,9"},
        {"id": "t", "kind": "tempo", "role": "tempo", "at": 0, "bpm": 98.5, "num": 3, "den": 4},
        {"id": "l", "kind": "loop", "role": "loop", "at": 8, "end": 16, "name": "riff A",
         "path": str(loop), "tempo": 101.0, "beats": 8, "offset": 0.25, "track": "riff A"},
    ]  # fmt: skip
    return told


def standing(play):
    """All that stands in the Set, comparable."""
    song = play.world.song
    told = [("cue", *each) for each in play.cues()]
    for track in song.tracks_:
        name = track.values["name"]
        told += [(name, *each) for each in play.clips(name)]
        for slot in track.slots:
            if slot.held is not None:
                told.append((name, slot.held.values["name"], slot.held.ends["loop_end"]))
    return [*told, round(song.values["tempo"], 3)]


def round_of_everything(version, folder):
    """Puts it all, tells it again, starts Live again, takes it all away. Raises AssertionError."""
    loop = Path(folder) / "loop.wav"
    loop.write_bytes(b"RIFF")
    play = Play(folder, version).connect()
    play.world.files[str(loop)] = 8 * 60 / 101.0 + 1.0
    before = standing(play)
    takes_loops = version not in ("11.3.20", "12.0.0")
    done = play.put(*facts(loop))
    assert done.get("failed", "") == ("" if takes_loops else "l"), done
    first = standing(play)
    assert play.world.song.pos == 0.0, "the playhead is where it was"
    names_cues = play.world.version >= (12, 1)
    assert len(play.cues()) == (len(NAMES) if names_cues else 0)
    lane = "dawbridge markers" if names_cues else "dawbridge sections"
    assert play.clips("dawbridge riffs") == [(0.5, 4.5, "riff A")]
    assert play.clips("dawbridge riffs 2") == [(2.5, 6.5, "riff B")], "overlaps get another track"
    assert play.clips("dawbridge Gtr chords") == [(1.0, 2.0, "F♯m")]
    assert play.clips(lane), "what has no locator has a clip with its name"
    notes = [(n["pitch"], n["start_time"]) for n in play.track("dawbridge drums").clips[0].notes]
    assert notes == [(36, 0.0), (127, 1.5)]
    assert play.world.song.values["signature_numerator"] == 3
    if takes_loops:
        clip = play.track("dawbridge loops").slots[0].held
        assert clip.values["warping"], "warped"
        assert clip.values["looping"], "looping"
        (at, beat), (end, last) = clip.markers
        assert abs(60.0 * (last - beat) / (end - at) - 101.0) < 1e-6, "at the file's own tempo"
        assert abs(beat + (0.25 - at) * 101.0 / 60.0) < 1e-6, "beat 0 where the loop begins"
        assert clip.ends == {
            "loop_start": 0.0, "loop_end": 8.0, "start_marker": 0.0, "end_marker": 8.0
        }  # fmt: skip

    steps = len(play.world.steps)
    play.put(*facts(loop))
    assert standing(play) == first, "told again, nothing is doubled"
    assert len(play.world.steps) == steps, "and nothing to be undone was done"

    play.run(3.0)
    assert play.daemon.told("edit") == []
    assert play.daemon.told("gone") == []
    play.daemon.heard.clear()
    play.restart()
    play.connect()
    have = {each["id"]: each for each in play.daemon.told("have")}
    assert set(have) == {each["id"] for each in facts(loop)} - (set() if takes_loops else {"l"})
    assert all(each["name"] == each["was_name"] and "gone" not in each for each in have.values())
    play.put(*facts(loop))
    play.run(3.0)
    assert standing(play) == first, "and after a restart neither"
    assert play.daemon.told("gone") == []
    assert play.daemon.told("edit") == []

    play.tell([("drop", {"id": each["id"]}) for each in facts(loop)])
    play.run(3.0)
    tempo = standing(play)[-1]
    assert standing(play) == [*before[:-1], tempo], "all of ours is gone; the tempo stays"
    play.script.disconnect()
    play.run(0.2)
    assert play.daemon.told("bye")
    assert play.daemon.links == []
    play.daemon.close()
    play.fine()


if __name__ == "__main__":
    for each in VERSIONS:
        with tempfile.TemporaryDirectory() as here:
            round_of_everything(each, here)
        sys.stdout.write(f"{each}: everything told stands in the Set once\n")
