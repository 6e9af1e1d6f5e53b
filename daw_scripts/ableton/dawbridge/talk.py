"""The conversation with the daemon: hello, what the Set holds, batches, edits, questions.

Nothing is decided here: the daemon compares, this tells and does.
"""

from . import here
from .apply import Apply, Batch
from .clock import Clock
from .link import Link
from .selected import selected
from .watch import Watch
from .wire import PROTOCOL, encode, number, whole
from .words import Refused

LOOKS = (0.5, 1.0, 2.0, 5.0)  # seconds between two attempts, growing
REFUSED = 15.0  # seconds after a refusal
SILENCE = 8.0  # seconds without a line: the daemon hangs
STALL = 0.5  # seconds: a longer gap between two ticks was Live's own, not the daemon's
WANTED = 40.0  # seconds that a press waits for a daemon that is being started
HAVES = 200  # `have` lines in one tick
QUESTIONS = {
    "analyze": "analysing '{title}'",
    "clips": "putting loops into the Set",
    "remove": "removing everything of dawbridge",
    "restore": "putting everything as dawbridge knows it",
    "drums": "putting the drums that were heard",
    "tempo_map": "setting the tempo that was heard",
}


class Talk:
    """From one hello to the next."""

    def __init__(self, desk, told):
        """`told`: what stands in here.json."""
        self._desk = desk
        self._here = told
        self._apply = Apply(desk)
        self._watch = Watch(desk, self._edited, self._gone)
        self._clock = Clock()
        self._link = None
        self._phase = "away"  # away, hello, have, on, refused
        self._next = 0.0  # when to look again
        self._looks = 0
        self._last = None  # time of the last tick
        self._silent = 0.0  # seconds since a line, those not counted in which Live stood still
        self._tell = None  # ids still to be told
        self._batch = None  # [number, title, count, lines] that is arriving
        self._session = 0  # number of the connection
        self._ours = False  # whether this Set was ours to work on, last we heard
        self._count = 0
        self._said = 0.0  # when progress was shown last
        self._wanted = None  # (action, until): a press that waits for the daemon
        self._started = False
        self._waiting = "waiting for dawbridge"
        self._why = self._token = ""

    def tick(self, now):
        """Everything that is due. Waits for nothing."""
        gap = 0.0 if self._last is None else now - self._last
        self._last = now
        self._silent += min(gap, STALL)
        if self._link is None:
            self._look(now)
        else:
            self._listen(now)
        if self._ours:
            self._apply.tick(now)
        if self._phase == "have" and not self._apply.busy:
            self._tell_all()
        if self._phase == "on":
            for line in self._clock.lines(self._desk, now):
                self._send("clock", **line)
            if self._apply.busy:
                self._watch.stop()
            else:
                self._watch.tick(now)
        if self._wanted is not None:
            self._late_press(now)
        if self._link is not None:
            self._link.flush()

    @property
    def busy(self):
        """Whether something is being applied."""
        return self._apply.busy

    def close(self):
        """Says bye and frees the connection."""
        if self._link is not None:
            self._send("bye")
            self._link.close()
            self._link = None
        self._phase = "away"

    # -- presses

    def press(self, action, now):
        """Does what a button means."""
        if self._phase == "refused":
            self._desk.say.now("not connected: " + self._why)
        elif self._phase == "on":
            self._act(action)
        else:
            self._wanted = (action, now + WANTED)
            if self._link is None:
                self._start()

    def _start(self):
        command = self._here["command"]
        if self._started or not command:
            self._desk.say.now(
                "dawbridge is not running; start it, then press again"
                if not command
                else "waiting for dawbridge"
            )
            return
        self._started = True
        try:
            here.start(command, self._here["folder"])
        except (OSError, ImportError) as error:
            self._desk.say.now(f"dawbridge could not be started ({error}); start it by hand")
            return
        self._next, self._looks = 0.0, 0
        self._desk.say.now("starting dawbridge; this takes a few seconds")

    def _late_press(self, now):
        action, until = self._wanted
        if self._phase == "on":
            self._wanted = None
            self._act(action)
        elif now > until:
            self._wanted = None
            self._started = False
            why = here.read_failure(self._here["folder"])
            self._desk.say.now(
                "dawbridge did not start. " + why
                if why
                else "dawbridge did not answer; start it by hand, then press again"
            )

    def _act(self, action):
        desk = self._desk
        try:
            if action == "analyze":
                self._ask("analyze", **selected(desk))
            elif action == "clip_drums":
                self._ask("analyze", **selected(desk, "drums"))
            elif action == "loops":
                if not desk.takes_loops:
                    raise Refused(
                        "this Live cannot take sound from a script; drag the loops in from "
                        "the folder 'loops' in %s" % (self._here["folder"] or "dawbridge's folder")
                    )
                self._ask("clips", name="")
            elif action == "stop":
                waiting = len(desk.store.waiting())
                desk.song.stop_playing()
                desk.say.now(f"stopped; {waiting} marks are being put")
            elif action == "tempo":
                self._ask("tempo_map")
            elif action in ("remove", "restore", "drums"):
                self._ask(action)
            else:
                self._send("ask", what="command", name=action)
                desk.say.now(action.replace("_", " "))
        except Refused as told:
            desk.say.now(str(told))

    def _ask(self, what, **values):
        self._count += 1
        job = f"live{self._count}"
        self._send("ask", what=what, job=job, **values)
        self._desk.say.now(QUESTIONS[what].format(**values))

    # -- finding the daemon

    def _look(self, now):
        if now < self._next:
            return
        self._next = now + LOOKS[min(self._looks, len(LOOKS) - 1)]
        self._looks += 1
        told = here.read_port(self._here["folder"])
        if told is None:
            self._phase = "away"
            self._desk.say.state(self._waiting)
            if self._here["start"] and not self._started:
                self._start()
            return
        port, self._token, protocol = told
        if protocol != PROTOCOL:
            self._refused(
                "this script and dawbridge are of different versions; run `dawbridge install "
                "ableton` and restart Live", now
            )  # fmt: skip
            return
        self._session += 1
        self._link = Link(port, now)
        self._phase = "away"
        self._silent = 0.0

    def _listen(self, now):
        link = self._link
        lines = link.pump(now)
        if link.open and self._phase == "away":
            self._hello()
            self._silent = 0.0
        if lines:
            self._silent = 0.0
        for verb, values in lines:
            try:
                self._heard(verb, values, now)
            except Exception:
                self._desk.say.error(f"the line '{verb}'")
            if self._link is not link:
                return
        if link.closed or self._silent > SILENCE:
            self._lost(now)

    def _lost(self, now):
        if self._phase in ("on", "have", "hello"):
            self._looks = 0
            self._waiting = "dawbridge is gone; waiting for it"
        self._desk.say.state(self._waiting)
        self._hang_up()
        self._next = now + LOOKS[min(self._looks, len(LOOKS) - 1)]

    def _hang_up(self):
        if self._link is not None:
            self._link.close()
        self._link, self._phase = None, "away"
        self._batch = self._tell = None
        self._apply.forget_batches()

    def _refused(self, why, now):
        self._desk.say.state(why)
        self._hang_up()
        self._phase, self._why = "refused", why
        self._ours = False
        self._next = now + REFUSED

    # -- talking

    def _send(self, verb, **values):
        if self._link is not None:
            self._link.send(encode(verb, **values))

    def _hello(self):
        desk = self._desk
        song = desk.song
        self._phase = "hello"
        self._send(
            "hello",
            protocol=PROTOCOL,
            daw="live",
            version=".".join(str(part) for part in desk.version),
            script=self._here["version"] or "unknown",
            token=self._token,
            daemon=self._token,
            project=desk.store.project,
            title=song.name if hasattr(song, "name") else "",
            unit="beats",
            can=desk.can(),
            roles=desk.settings["roles"].replace(" ", ""),
            **{
                "from": desk.store.original or None,
                "while": "play" if desk.settings["while"] == "play" else "record",
            },
        )

    def _tell_all(self):
        """What the Set holds, some lines in each tick, then `ready`."""
        store = self._desk.store
        if self._tell is None:
            self._tell = list(store.facts)
        for _ in range(HAVES):
            if not self._tell:
                self._tell = None
                self._phase = "on"
                self._send("ready")
                return
            id = self._tell.pop()
            if id in store.facts:
                self._send("have", **store.have(id))

    def _heard(self, verb, values, now):
        desk = self._desk
        if verb in ("put", "drop", "forget"):
            if self._batch is not None:
                self._batch[3].append((verb, values))
                self._whole()
        elif verb == "batch":
            self._whole(True)
            number_, project = values.get("batch", ""), values.get("project", "")
            if project in ("", desk.store.project):
                self._batch = [number_, values.get("title", ""), whole(values, "count"), []]
                self._whole()
        elif verb == "welcome":
            self._phase, self._ours, self._looks = "have", True, 0
            self._started = False
            desk.say.state("connected")
        elif verb == "refuse":
            why, remedy = values.get("why", ""), values.get("remedy", "")
            self._refused(f"{why}; {remedy}" if remedy else why, now)
        elif verb == "state":
            desk.say.state(values.get("text") or values.get("state", ""))
        elif verb == "progress":
            if now - self._said > 1.0:
                self._said = now
                share = number(values, "share", 0.0)
                desk.say.now(f"{values.get('text', '')} {round(100.0 * share)} %")
        elif verb == "result":
            desk.say.now(values.get("text", "") or "done")
        elif verb == "clip":
            self._apply.put_now(values.get("id", ""), whole(values, "slot", None))

    def _whole(self, another=False):
        """A batch whose lines are all there, or behind which another begins, is applied."""
        if self._batch is None:
            return
        number_, title, count, lines = self._batch
        if len(lines) < count and not another:
            return
        self._batch = None
        session = self._session

        def done(failed, why):
            if session == self._session and self._phase in ("have", "on"):
                self._send(
                    "done", batch=number_, failed=",".join(failed) or None, why=why or None
                )  # fmt: skip

        self._apply.batch(Batch(number_, title, lines, done))

    def _edited(self, id, record):
        at, end, name = record["now"]
        was_at, was_end, was_name = record["was"]
        self._send(
            "edit", id=id, at=at, end=end, name=name,
            was_at=was_at, was_end=was_end, was_name=was_name,
        )  # fmt: skip

    def _gone(self, id):
        self._send("gone", id=id)
