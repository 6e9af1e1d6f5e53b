"""Locators: put and taken away by Live's one call for both, over several ticks.

`set_or_delete_cue` acts where the playhead stands, and the playhead moves only after the tick in
which it was told to. What happened is told by looking again: no locator of the user's is lost.
Generators: `yield LATER` waits for the next tick.
"""

from .desk import NEAR, alive, pointer
from .words import Refused, plain

LATER = "later"  # goes on in a later tick
SOON = "soon"  # may go on in this one
PATIENCE = 1.0  # seconds in which Live does what it was told
SETTLE = 0.03  # seconds from a playhead that arrived to the toggle
STUCK = 0.3  # seconds after which a playhead that stands elsewhere stays there
NAMING = 0.2  # seconds until a name that Live dropped is given again
WIDE = 32.0  # beats: a grid line that a locator may snap to is not farther


class Moving(Refused):
    """Live began to play: it waits until Live stands."""


class Taken(Refused):
    """A locator stands there."""

    def __init__(self, cue):
        Refused.__init__(self, "a locator stands at that place already; it was left alone")
        self.pointer = pointer(cue)


def put(desk, at, name):
    """Puts a locator at `at` (beats), gives it. Refused leaves everything as it was."""
    came_from = float(desk.song.current_song_time)
    cue = yield from _put(desk, at, came_from, SETTLE)
    time = float(cue.time)
    if abs(time - at) > NEAR and abs(time - came_from) < abs(time - at):
        yield from take(desk, cue)  # Live was late: it put it where the playhead came from
        cue = yield from _put(desk, at, at, PATIENCE)
    yield from rename(desk, cue, name)
    if abs(float(cue.time) - at) > NEAR:
        desk.say.state(
            "locators snapped to the grid; for exact places switch Snap to Grid off "
            "(Ctrl+4, on a Mac Cmd+4), delete those locators, and press restore"
        )
    return cue


def take(desk, cue, settle=SETTLE):
    """Takes one of our locators away. `settle`: seconds that Live gets to arrive there."""
    at = float(cue.time)
    mine = pointer(cue)
    yield from stand(desk, at)
    yield from wait(desk, settle)
    until = desk.clock() + PATIENCE
    while not desk.song.is_cue_point_selected() and desk.clock() < until:
        yield from stand(desk, at)
        yield LATER
    if not alive(cue) or abs(float(cue.time) - at) > NEAR:
        return
    if desk.rolling():
        raise Moving("Live plays")
    before = _cues(desk)
    others = [c for p, c in before.items() if p != mine and abs(float(c.time) - at) < NEAR]
    if others or not desk.song.is_cue_point_selected():
        raise Refused("Live does not stand on that locator; delete it by hand")
    new, lost = yield from _toggle(desk, at, mine=mine)
    if mine in [each for each, _, _ in lost]:
        return
    if new and not lost:  # the grid turned the removal into another locator: that one goes again
        yield from _toggle(desk, at)
        raise Refused("the grid hides that locator; switch Snap to Grid off (Ctrl+4)")
    if lost:
        yield from _give_back(desk, lost[0])
        if settle >= PATIENCE:
            raise Refused("the grid holds another locator there; switch Snap to Grid off (Ctrl+4)")
        yield from take(desk, cue, PATIENCE)
        return
    raise Refused("Live did not remove the locator")


def rename(desk, cue, name):
    """Names it, where this Live can; a name is sometimes dropped, so it is looked at again."""
    name = plain(name)
    if not name or not desk.names_cues:
        return
    until = desk.clock() + PATIENCE
    while alive(cue) and cue.name != name and desk.clock() < until:
        cue.name = name
        again = desk.clock() + NAMING
        while alive(cue) and cue.name != name and desk.clock() < again:
            yield LATER


def stand(desk, at):
    """The playhead at `at`. Refused while Live plays: nobody's music jumps."""
    song = desk.song
    begun = changed = desk.clock()
    first = last = float(song.current_song_time)
    told = False
    while desk.clock() - begun < PATIENCE:
        if desk.rolling():
            raise Moving("Live plays")
        here = float(song.current_song_time)
        if abs(here - at) < 1e-3:
            return
        if here != last:
            last, changed = here, desk.clock()
        if here != first and desk.clock() - changed > STUCK:
            return  # this is as near as Live's grid lets it come
        if not told or desk.clock() - changed > STUCK:
            song.current_song_time = at
            told, changed = True, desk.clock()
        yield LATER
    raise Refused("the playhead does not go there")


def wait(desk, seconds):
    """Some ticks."""
    until = desk.clock() + seconds
    while desk.clock() < until:
        yield LATER


def _put(desk, at, came_from, settle):
    """A new locator where the playhead stands, `settle` seconds after it came to `at`."""
    yield from stand(desk, at)
    yield from wait(desk, settle)
    if desk.rolling():
        raise Moving("Live plays")
    here = float(desk.song.current_song_time)
    for cue in desk.song.cue_points:
        if min(abs(float(cue.time) - at), abs(float(cue.time) - here)) < NEAR:
            raise Taken(cue)
        if abs(float(cue.time) - at) < WIDE and not desk.names_cues:
            raise Refused("a locator of yours is near, and this Live could not give its name back")
    until = desk.clock() + PATIENCE
    while desk.song.is_cue_point_selected():  # none is here: Live still means another place
        if desk.clock() > until:
            raise Refused("the grid holds it on another locator; switch Snap to Grid off (Ctrl+4)")
        yield from stand(desk, at)
        yield LATER
    new, lost = yield from _toggle(desk, at, here, came_from)
    if new:
        return new[0]
    if lost:
        yield from _give_back(desk, lost[0])
        raise Refused("the grid holds it on another locator; switch Snap to Grid off (Ctrl+4)")
    raise Refused("Live did not put the locator; nothing was changed")


def _cues(desk):
    """The locators by what tells them apart."""
    return {pointer(cue): cue for cue in desk.song.cue_points}


def _toggle(desk, *places, mine=None):
    """Toggles here. Gives new locators, and (pointer, name, time) of those that are gone.

    `places`: beats where that may show; elsewhere the user does something. `mine`: pointer of the
    one that is to go.
    """

    def near(time):
        return min(abs(time - place) for place in places) < WIDE

    before = {each: (each, cue.name, float(cue.time)) for each, cue in _cues(desk).items()}
    desk.song.set_or_delete_cue()
    begun = desk.clock()
    while True:  # at once first: what is known and named in this tick is never left half done
        after = _cues(desk)
        new = [cue for each, cue in after.items() if each not in before and near(float(cue.time))]
        new.sort(key=lambda cue: min(abs(float(cue.time) - place) for place in places))
        lost = [told for each, told in before.items() if each not in after and near(told[2])]
        # One that is gone may be the user's doing at this very moment, and ours is still to come.
        patience = NAMING if lost else PATIENCE
        if new or mine in [told[0] for told in lost] or desk.clock() >= begun + patience:
            return new, lost
        yield LATER


def _give_back(desk, told):
    """A locator of the user's that a toggle took away is put again, with its name."""
    _, name, at = told
    try:
        yield from stand(desk, at)
        yield from wait(desk, PATIENCE)
        new, _ = yield from _toggle(desk, at)
        if new:
            yield from rename(desk, new[0], name)
            if abs(float(new[0].time) - at) < NEAR:
                return
    except Refused:
        desk.say.state("a locator of yours was hit")
    desk.say.now(f"the locator '{name}' at beat {at:.2f} was hit; press Undo")
