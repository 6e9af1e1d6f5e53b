"""Locators: put and taken away by Live's one call for both, over several ticks.

`set_or_delete_cue` acts where the playhead stands, and the playhead moves only after the tick in
which it was told to. Both are told apart by looking again: no locator of the user's is lost.
Generators: `yield LATER` waits for the next tick.
"""

from .desk import NEAR, alive, pointer
from .words import Refused, plain

LATER = "later"  # goes on in a later tick
SOON = "soon"  # may go on in this one
TRIES = 10  # ticks that Live may take
WIDE = 32.0  # beats: a grid line that a locator may snap to is not farther


def cues(desk):
    """The locators by what tells them apart."""
    return {pointer(cue): cue for cue in desk.song.cue_points}


def put(desk, at, name):
    """Puts a locator at `at` (beats), gives it. Refused leaves everything as it was."""
    yield from stand(desk, at)
    before = cues(desk)
    for cue in before.values():
        distance = abs(float(cue.time) - at)
        if distance < NEAR:
            raise Taken(cue)
        if distance < WIDE and not desk.names_cues:
            raise Refused("a locator of yours is near, and this Live could not give its name back")
    if desk.song.is_cue_point_selected():
        raise Refused("a locator stands at that place already; it was left alone")
    names = {each: cue.name for each, cue in before.items()}
    times = {each: float(cue.time) for each, cue in before.items()}
    desk.song.set_or_delete_cue()
    for _ in range(TRIES):
        yield LATER
        after = cues(desk)
        new = [each for each in after if each not in before]
        lost = [each for each in before if each not in after]
        if new and not lost:
            cue = after[new[0]]
            yield from rename(desk, cue, name)
            if abs(float(cue.time) - at) > NEAR:
                desk.say.state(
                    "locators snapped to the grid; switch Snap to Grid off (Ctrl+4, on a Mac "
                    "Cmd+4) and remove and put them again for exact places"
                )
            return cue
        if lost and not new:
            yield from _give_back(desk, after, names[lost[0]], times[lost[0]])
            raise Refused("the grid holds it on another locator; switch Snap to Grid off (Ctrl+4)")
    raise Refused("Live did not put the locator; nothing was changed")


def take(desk, cue):
    """Takes one of our locators away."""
    at = float(cue.time)
    mine = pointer(cue)
    yield from stand(desk, at)
    if not alive(cue) or abs(float(cue.time) - at) > NEAR:
        return
    before = cues(desk)
    others = [c for p, c in before.items() if p != mine and abs(float(c.time) - at) < NEAR]
    if others or not desk.song.is_cue_point_selected():
        raise Refused("Live does not stand on that locator; delete it by hand")
    names = {each: other.name for each, other in before.items()}
    desk.song.set_or_delete_cue()
    for _ in range(TRIES):
        yield LATER
        after = cues(desk)
        new = [each for each in after if each not in before]
        if new:  # the grid turned the removal into another locator: that one goes again
            desk.song.set_or_delete_cue()
            yield LATER
            raise Refused("the grid hides that locator; switch Snap to Grid off (Ctrl+4)")
        lost = [each for each in before if each not in after]
        if lost and lost != [mine]:
            yield from _give_back(desk, after, names[lost[0]], at)
            raise Refused("the grid holds another locator there; switch Snap to Grid off (Ctrl+4)")
        if lost:
            return
    raise Refused("Live did not remove the locator")


def rename(desk, cue, name):
    """Names it, where this Live can; a name is sometimes lost, so it is looked at again."""
    name = plain(name)
    if not name or not desk.names_cues:
        return
    for _ in range(TRIES):
        if not alive(cue) or cue.name == name:
            return
        cue.name = name
        yield LATER


def stand(desk, at):
    """The playhead at `at`. Refused while Live plays: nobody's music jumps."""
    for _ in range(TRIES):
        if desk.rolling():
            raise Moving("Live plays")
        if abs(float(desk.song.current_song_time) - at) < 1e-3:
            return
        desk.song.current_song_time = at
        yield LATER
    raise Refused("the playhead does not go there")


class Moving(Refused):
    """Live began to play: it waits until Live stands."""


class Taken(Refused):
    """A locator stands there."""

    def __init__(self, cue):
        Refused.__init__(self, "a locator stands at that place already; it was left alone")
        self.pointer = pointer(cue)


def _give_back(desk, known, name, time):
    """A locator that a toggle took away is put again, with its name."""
    desk.song.set_or_delete_cue()
    for _ in range(TRIES):
        yield LATER
        new = [cue for each, cue in cues(desk).items() if each not in known]
        if new:
            yield from rename(desk, new[0], name)
            if abs(float(new[0].time) - time) < NEAR:
                return
    desk.say.now(f"a locator at beat {time:.2f} was hit by the grid; press Undo")
