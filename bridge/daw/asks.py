"""What scripts ask for, and what becomes of it: files analysed, loops, what was heard, commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.daw.analysed import ROLE_OF, WANTS, Placement, Want, facts_of, splits_of
from bridge.daw.desk import Desk
from bridge.daw.facts import Fact, Role
from bridge.daw.reconcile import fitting
from bridge.daw.studies import Failed, Progress, Studies, Told, Understood
from bridge.daw.wire import Message, message
from bridge.errors import BridgeError
from bridge.live.commands import COMMANDS
from bridge.settings import Settings

Answer = Callable[[bool, str], None]  # whether it went well, and words
CALLED: dict[Role, tuple[str, str]] = {
    "section": ("section", "sections"), "riff": ("riff", "riffs"), "chord": ("chord", "chords"),
    "key": ("key", "keys"), "tempo": ("tempo point", "tempo points"),
    "drums": ("drum stroke", "drum strokes"), "loop": ("loop", "loops"),
}  # fmt: skip
GONE = "there is nothing to put back: what was taken out comes again when you record or analyze it"
NOTHING = "nothing was heard while the transport last ran"


@dataclass(frozen=True, slots=True)
class Asked:
    """Work that takes a while: whose it is, and what becomes of it.

    placement  of the file in the project; None: its own times
    track      name of the track that the item lies on
    slot       where loops were asked to be, in Live
    until      the last pass that the file can have been recorded in
    """

    desk: Desk
    project: str
    job: str
    what: str  # analyze, splits, clips, riffs
    answer: Answer
    item: str = ""
    placement: Placement | None = None
    want: tuple[Want, ...] = ()
    track: str = ""
    slot: int | None = None
    until: int = 0


class Asks:
    """Takes what is asked, and puts what comes of it into the project it was asked for."""

    def __init__(
        self,
        settings: Settings,
        loops: Path,
        *,
        notes: Mapping[str, int],
        say: Callable[[dict[str, Any]], None],
        words: Callable[[], str],
    ) -> None:
        """`loops`: the folder for loops where no other is told; `notes`: MIDI note by drum; `say`
        passes a line to the supervisor; `words`: how we are.
        """
        self._studies = Studies(settings)
        self._loops = loops
        self._notes = notes
        self._say = say
        self._words = words
        self._asked: dict[int, Asked] = {}

    def ask(self, desk: Desk, told: Message) -> None:
        """Does or begins what a script asks. Raises BridgeError for what cannot be done."""
        what, job = told.text("what"), told.text("job")
        if what in ("analyze", "splits"):
            self._analyse(desk, told)
        elif what == "clips":
            self.clips(desk, told.text("name"), _slot(told), desk.answering(job), job)
        elif what == "cancel":
            self._cancel(desk, job)
        elif what == "tempo_map":
            count = desk.put_heard("tempo")
            desk.answer_when_put(
                job, count > 0, f"tempo map of {count} points" if count else NOTHING
            )
        elif what == "drums":
            count = desk.put_heard("notes", told.text("track"))
            desk.answer_when_put(job, count > 0, f"{count} drum notes" if count else NOTHING)
        elif what == "remove":
            group = told.text("group")
            desk.remove(group or None)
            whose = "what came of this item" if group else "everything of dawbridge"
            desk.answer_when_put(job, True, f"{whose} is taken out")
        elif what == "restore":
            journal = desk.conversation.journal
            desk.restore()
            known = journal is not None and bool(journal.facts)
            desk.answer_when_put(job, known, "everything is put as it is known" if known else GONE)
        elif what == "command":
            self.command(told.text("name"))
        elif what == "ping":
            desk.answering(job)(True, self._words())
        else:
            raise BridgeError(
                f"dawbridge does not know how to {what!r}",
                cause="the script in the DAW is newer than the program",
                remedy="bring dawbridge up to date",
            )

    def command(self, name: str) -> None:
        """tap, double, halve or the_one. Raises BridgeError for anything else."""
        if name not in COMMANDS:
            raise BridgeError(
                f"There is no command {name!r}",
                cause="dawbridge does not know it",
                remedy=f"choose one of: {', '.join(COMMANDS)}",
            )
        self._say({"command": name})

    def clips(
        self, desk: Desk, name: str, slot: int | None, answer: Answer, job: str = "clips"
    ) -> None:
        """Loops of the recording analysed last, or of the one of this name."""
        number = self._studies.order(None, self._loops, name)
        asked = Asked(desk, desk.project or "", job, "clips", answer, want=("loops",), slot=slot)
        self._asked[number] = asked

    def riffs(self, desk: Desk, path: Path, item: str, placement: Placement, until: int) -> None:
        """Riffs of what was just recorded, in the pass `until` or before: nobody has to ask."""
        number = self._studies.order(path)
        self._asked[number] = Asked(
            desk, desk.project or "", "riffs", "riffs", desk.answering("riffs"), item, placement,
            ("riffs",), until=until,
        )  # fmt: skip

    def step(self) -> None:
        """Puts what is done. Never waits."""
        while not self._studies.told.empty():
            self._study(self._studies.told.get())

    def close(self) -> None:
        """Ends what runs."""
        self._studies.close()

    def _analyse(self, desk: Desk, told: Message) -> None:
        path, what = Path(told.text("path")), told.text("what")
        if not path.is_absolute():
            raise BridgeError(
                f"{path} cannot be found",
                cause="the DAW gave no whole path of the file",
                remedy="save the project, so that its files have a place, and try again",
            )
        placement = _placement(told.text("map"))
        said = told.text("want").split(",")
        want = tuple(each for each in WANTS if each in said)
        if what == "analyze" and not want:
            raise BridgeError(
                "Nothing was asked for",
                cause=f"the script wants {told.text('want')!r}",
                remedy="bring script and dawbridge to the same version",
            )
        folder = Path(told.text("folder")) if told.text("folder") else self._loops
        if not folder.is_absolute():
            raise BridgeError(
                f"Loops cannot be written to {folder}",
                cause="it is no whole path",
                remedy="save the project, so that it has a folder, and try again",
            )
        number = self._studies.order(path, folder if "loops" in want else None)
        job = told.text("job")
        self._asked[number] = Asked(
            desk, desk.project or "", job, what, desk.answering(job), told.text("item"), placement,
            want, told.text("track"),
        )  # fmt: skip

        if len(self._asked) > 1:
            desk.link.send([message("progress", job=job, share=0.0, text="waits for another file")])

    def _cancel(self, desk: Desk, job: str) -> None:
        for number, asked in self._asked.items():
            if asked.desk is desk and asked.job == job:
                self._studies.cancel(number)

    def _study(self, told: Told) -> None:
        if isinstance(told, Progress):
            asked = self._asked[told.number]
            asked.desk.link.send(
                [message("progress", job=asked.job, share=told.share, text=told.text)]
            )
            return
        asked = self._asked.pop(told.number)
        if isinstance(told, Failed):
            asked.answer(False, told.error.sentence())
        elif asked.project != asked.desk.project:
            asked.answer(False, "another project is in front: ask again in that one")
        elif asked.what == "splits":
            self._split(asked, told)
        else:
            self._put(asked, told)

    def _split(self, asked: Asked, told: Understood) -> None:
        assert asked.placement is not None
        at = splits_of(told.recording, asked.placement)
        if at:
            places = ",".join(f"{each:.9f}" for each in at)
            asked.desk.link.send([message("split", job=asked.job, item=asked.item, at=places)])
        asked.answer(bool(at), f"{len(at)} cuts" if at else "it is one section: no cut")

    def _put(self, asked: Asked, told: Understood) -> None:
        desk, length = asked.desk, told.recording.duration
        if asked.what == "clips" and desk.recording:
            asked.answer(False, "the DAW records: ask again when it stands")
            return
        placement = asked.placement or Placement((0.0, length), (0.0, length))
        played = placement.end - placement.start
        beats = desk.conversation.unit == "beats"
        group = f"item:{asked.item}" if asked.item else f"clips:{told.id}"
        facts = facts_of(
            told.recording,
            placement,
            asked.want,
            group=group,
            notes=self._notes,
            unit_seconds=placement.span.seconds / played if beats else 1.0,
            track=asked.track,
            loops=told.loops,
        )
        facts = [fact for fact in facts if fitting(fact, desk.conversation.can)]
        if asked.placement is None:
            facts = desk.in_a_row(facts)
        roles = {ROLE_OF[each] for each in asked.want}
        if asked.what == "riffs":
            desk.put_riffs(facts, placement.start, placement.end, asked.until)
        elif asked.what == "clips":
            desk.put_group(group, roles, facts)
            desk.show_clips(facts, asked.slot)
        else:
            desk.put_group(group, roles, facts)
            desk.supersede(roles, placement.start, placement.end)
        words = _counted(facts) + (f" of {told.name}" if asked.what == "clips" else "")
        desk.when_put(
            lambda trouble: asked.answer(bool(facts), f"{words}; {trouble}" if trouble else words)
        )


def _counted(facts: list[Fact]) -> str:
    counts: dict[Role, int] = {}
    for fact in facts:
        counts[fact.role] = counts.get(fact.role, 0) + max(1, len(fact.notes))
    told = ", ".join(f"{number} {CALLED[role][number != 1]}" for role, number in counts.items())
    return told or "nothing was found that this DAW can hold"


def _placement(text: str) -> Placement:
    try:
        return Placement.read(text)
    except ValueError as error:
        raise BridgeError(
            "This item cannot be placed",
            cause=f"what its script told of it makes no sense ({error})",
            remedy="bring the script up to date: `dawbridge install`, then restart the DAW",
        ) from error


def _slot(told: Message) -> int | None:
    number = told.number("slot")
    return None if number is None or not 0 <= number < 10_000 else int(number)
