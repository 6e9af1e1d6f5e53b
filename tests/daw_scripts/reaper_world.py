"""A Reaper with our scripts installed, and the daemon's own half of the talk, on one clock."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from bridge.daw.conversation import Conversation
from bridge.daw.facts import Fact
from bridge.daw.journal import Journal, Journals
from bridge.daw.links import Link
from bridge.daw.spool import Spool
from bridge.daw.wire import Message, message
from tests.daw_scripts.reaper import Reaper, Script

SCRIPTS = Path(__file__).parents[2] / "daw_scripts"


class Daemon:
    """bridge.daw without threads and sound: what is put into the journal goes to the script."""

    def __init__(self, reaper: Reaper, folder: Path, token: str = "d000000000000001") -> None:
        self.reaper = reaper
        self.token = token
        self.heard: list[Message] = []
        self.spool = Spool(folder, token, "1.0", now=lambda: reaper.time)
        self.journals = Journals(folder / "journals")
        self.talks: list[tuple[Link, Conversation]] = []
        self.beating = True
        self._beat = 0.0

    def step(self) -> None:
        if self.beating and self.reaper.time - self._beat >= 1:
            self._beat = self.reaper.time
            self.spool.beat()
        for link in self.spool.arrivals():
            talk = Conversation(
                self.journals,
                daemon=self.token,
                version="1.0",
                taken=lambda project: any(
                    other.project == project and not link_.gone for link_, other in self.talks
                ),
            )
            self.talks.append((link, talk))
        for link, talk in self.talks:
            for told in link.take():
                self.heard.append(told)
                link.send(talk.receive(told))
            if not talk.refused and talk.journal is not None:
                link.send(talk.changes())
        self.talks = [each for each in self.talks if not each[0].gone and not each[1].said_bye]

    @property
    def link(self) -> Link:
        return self.talks[-1][0]

    @property
    def talk(self) -> Conversation:
        return self.talks[-1][1]

    @property
    def journal(self) -> Journal:
        journal = self.talk.journal
        assert journal is not None
        return journal

    def put(self, *facts: Fact) -> None:
        self.journal.put(*facts)

    def told(self, verb: str) -> list[Message]:
        return [each for each in self.heard if each.verb == verb]

    def send(self, verb: str, **values: Any) -> None:
        self.link.send([message(verb, **values)])

    def close(self) -> None:
        for link, _ in self.talks:
            link.close()
        self.spool.close()
        self.journals.close()


class World:
    """A Reaper that runs the scripts of the sources, and mostly a daemon.

    scripts  where they lie
    here     what the installer wrote of dawbridge, in Reaper's resource folder
    """

    def __init__(self, folder: Path, lua: Any, version: str = "7.78") -> None:
        self.lua = lua
        self.root = folder / "daw"
        self.scripts = SCRIPTS / "reaper"
        self.here = folder / "Scripts" / "dawbridge" / "dawbridge_here.lua"
        self.here.parent.mkdir(parents=True)
        here = f"return {{ folder = {json.dumps(str(self.root))}, command = '/usr/bin/dawbridge' "
        here += ", version = '1.2.3' }"
        self.here.write_text(here, encoding="utf-8")
        self.reaper = Reaper(version, folder)
        self.daemon: Daemon | None = None

    def install(self, folder: Path | None = None) -> None:
        """Runs copies from here on, in the place of the installer or in another."""
        self.scripts = folder or self.here.parent
        shutil.copytree(SCRIPTS / "reaper", self.scripts, dirs_exist_ok=True)
        shutil.copytree(SCRIPTS / "lua", self.scripts / "lua")

    @property
    def script(self) -> Path:
        return self.scripts / "dawbridge.lua"

    def start_daemon(self, token: str = "d000000000000001") -> Daemon:
        self.daemon = Daemon(self.reaper, self.root, token)
        return self.daemon

    def listen(self, **how: Any) -> Script | None:
        return self.reaper.start(self.lua, self.script, **how)

    def run(self, seconds: float = 1.0) -> None:
        """Reaper and the daemon, tick by tick."""
        for _ in range(round(seconds * 30)):
            self.reaper.advance()
            if self.daemon:
                self.daemon.step()

    def connected(self) -> Daemon:
        """Started, and greeted."""
        daemon = self.daemon or self.start_daemon()
        self.listen()
        self.run(3)
        assert daemon.talk.ready
        return daemon

    @property
    def marks(self) -> list[tuple[str, float, float | None]]:
        """Name, position and end of what stands in the project."""
        return [
            (mark.name, round(mark.at, 6), round(mark.end, 6) if mark.region else None)
            for mark in self.reaper.project.state.marks
        ]

    @property
    def undo(self) -> list[str]:
        return [step.title for step in self.reaper.project.steps]


def marker(name: str, at: float, **more: Any) -> Fact:
    return Fact(id=f"key-{name.lower()}", kind="marker", role="key", at=at, name=name, **more)


def region(name: str, at: float, end: float, **more: Any) -> Fact:
    return Fact(f"section-{name.lower()}", "region", "section", at, name, end, **more)


__all__ = ["Daemon", "World", "marker", "region", "replace"]
