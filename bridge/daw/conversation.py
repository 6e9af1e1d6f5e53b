"""The conversation with one script: messages in, messages out (docs/daw_protocol.md).

It knows who the script is and which project is in front of it, or why there is none. What that
project holds and is sent is kept by `bridge.daw.front`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import Enum, auto
from itertools import count

from bridge.daw.facts import KINDS, ROLES
from bridge.daw.front import Front
from bridge.daw.journal import Journal, Journals
from bridge.daw.reconcile import Held
from bridge.daw.wire import PROTOCOL, Message, message

DAWS: Mapping[str, tuple[str, str]] = {  # its name, and what `dawbridge install` calls it
    "reaper": ("Reaper", "reaper"),
    "ardour": ("Ardour", "ardour"),
    "live": ("Live", "ableton"),
    "ableton": ("Live", "ableton"),
}


class NoProject(Enum):
    """No project is in front, because ..."""

    NEW = auto()  # the script has not said hello
    OTHER_VERSION = auto()  # it was refused for good: it speaks another version of the protocol
    REFUSED = auto()  # its project was refused; another one may be welcome
    OVER = auto()  # it said bye


class Conversation:
    """Who a script is, and the project in front of it; a new `hello` is heard at any time.

    version     of the script; daw, title, unit, can, roles, while_: as it says
    """

    def __init__(
        self, journals: Journals, *, daemon: str, version: str, taken: Callable[[str], bool]
    ) -> None:
        """`daemon`, `version`: token and version of ours; `taken`: another has that project."""
        self.daw = ""
        self.version = ""
        self.title = ""
        self.unit = "seconds"
        self.can: frozenset[str] = frozenset()
        self.roles: frozenset[str] = frozenset()
        self.while_ = "record"
        self._now: NoProject | Front = NoProject.NEW
        self._journals = journals
        self._welcome = message("welcome", protocol=PROTOCOL, version=version, daemon=daemon)
        self._taken = taken
        self._numbers = count(1)  # of batches

    @property
    def said_bye(self) -> bool:
        """The script ended."""
        return self._now is NoProject.OVER

    @property
    def refused(self) -> bool:
        """It, or its project, was refused, and has been told so."""
        return self._now in (NoProject.OTHER_VERSION, NoProject.REFUSED)

    @property
    def front(self) -> Front | None:
        """The project in front, where there is one that we may speak about."""
        return self._now if isinstance(self._now, Front) else None

    @property
    def journal(self) -> Journal | None:
        """That of the project in front."""
        return self.front.journal if self.front else None

    @property
    def project(self) -> str | None:
        """Id of the project in front."""
        return self.front.journal.project if self.front else None

    @property
    def ready(self) -> bool:
        """The script has told all that the project holds."""
        return self.front is not None and self.front.ready

    @property
    def waiting(self) -> bool:
        """A batch is under way."""
        return self.front is not None and self.front.waiting

    @property
    def held(self) -> Mapping[str, Held]:
        """What the project holds of ours, by id, as far as it was told; read only."""
        return self.front.held if self.front else {}

    @property
    def failed(self) -> Mapping[str, str]:
        """Why an id could not be put or taken away; it is tried again when it changes."""
        return self.front.failed if self.front else {}

    @property
    def trouble(self) -> str:
        """A sentence about what could not be applied; empty: all could."""
        failed = self.failed
        if not failed:
            return ""
        why = list(failed.values())[-1]
        things = "one thing" if len(failed) == 1 else f"{len(failed)} things"
        return f"{things} could not be put into the project" + (f": {why}" if why else "")

    def receive(self, told: Message) -> list[Message]:
        """What to send after a message of the script; whatever is not for this is passed over."""
        if told.verb == "hello":
            return self._hello(told)
        if self._now in (NoProject.NEW, NoProject.OTHER_VERSION, NoProject.OVER):
            return []
        if told.verb == "project":
            return self._turn_to(told, greet=self._now is NoProject.REFUSED)
        if told.verb == "bye":
            self._now, self.title = NoProject.OVER, ""
            return []
        return self.front.receive(told) if self.front else []

    def changes(self, title: str = "") -> list[Message]:
        """The next batch towards the journal, called `title`, else by what it brings.

        Nothing while one is under way, before `ready`, after a refusal, or without a difference.
        """
        return self.front.changes(title) if self.front else []

    def restore(self, ids: Collection[str] | None = None) -> list[Message]:
        """Everything, or these alone, is put as the journal knows it; edits and deletions of it
        are taken back.
        """
        return self.front.restore(ids) if self.front else []

    def remove(self, group: str | None) -> list[Message]:
        """Everything of ours goes, or one group; with what the user moved or renamed of it.

        None also takes what this journal never knew: somebody else's dawbridge put it.
        """
        return self.front.remove(group) if self.front else []

    def _hello(self, told: Message) -> list[Message]:
        self.daw = told.text("daw")[:40]
        self.version = told.text("version")[:40]
        self.unit = "beats" if told.text("unit") == "beats" else "seconds"
        self.can = frozenset(told.text("can").split(",")) & set(KINDS)
        self.roles = frozenset(told.text("roles", ",".join(ROLES)).split(",")) & set(ROLES)
        self.while_ = "play" if told.text("while") == "play" else "record"
        protocol = told.number("protocol") or 0
        if protocol == PROTOCOL:
            return self._turn_to(told, greet=True)
        self._now, self.title = NoProject.OTHER_VERSION, ""
        name, install = self._names()
        if protocol < PROTOCOL:
            return _refusal(
                f"The dawbridge script in {name} is older than dawbridge itself",
                f"run `dawbridge install {install}` again and restart {name}",
            )
        return _refusal(
            f"The dawbridge script in {name} is newer than dawbridge itself",
            f"update dawbridge, then restart {name}",
        )

    def _turn_to(self, told: Message, *, greet: bool) -> list[Message]:
        """Another project is in front, or the same one from its beginning."""
        project, original, name = told.text("project"), told.text("from"), self._names()[0]
        self.title = told.text("title")
        self._now = NoProject.REFUSED  # so that `taken` does not find it here
        if not project:
            return _refusal(
                "dawbridge cannot tell this project from others",
                f"save the project, then start dawbridge in {name} again",
            )
        if self._taken(project):
            return _refusal(
                "This project is connected to dawbridge already, from another window",
                f"stop dawbridge in the other {name}, or work with this project there",
            )
        self._now = Front(
            self._journals.open(project, self.title),
            self.can,
            self._numbers,
            self._journals.open(original) if original not in ("", project) else None,
        )
        return [self._welcome] if greet else []

    def _names(self) -> tuple[str, str]:
        return DAWS.get(self.daw.lower(), (self.daw or "the DAW", self.daw or "<your DAW>"))


def _refusal(why: str, remedy: str) -> list[Message]:
    return [message("refuse", why=why, remedy=remedy)]
