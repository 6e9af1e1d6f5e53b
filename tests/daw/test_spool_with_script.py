"""Both real ends of the spool: the scripts' own Lua and the daemon's Python, on one folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lupa import lua53, lua54

from bridge.daw.links import Link
from bridge.daw.spool import Spool
from bridge.daw.wire import Message, encode, message

LUA = Path(__file__).parents[2] / "daw_scripts" / "lua"
DAEMON = "d" * 16


class Script:
    """A script of a DAW that talks, in Lua."""

    def __init__(self, lua, folder: Path, token: str = "0123456789abcdef") -> None:
        runtime = lua.LuaRuntime(unpack_returned_tuples=True, encoding="latin-1")
        wire = runtime.execute((LUA / "wire.lua").read_bytes())
        spool = runtime.execute((LUA / "spool.lua").read_bytes())(wire)
        self.seconds = 0.0
        self.presence = spool.presence(str(folder), lambda: self.seconds)
        self.talk = spool.begin(str(folder), "reaper", token, lambda path: Path(path).mkdir())

    def say(self, told: Message) -> None:
        assert self.talk.send(encode(told).decode("latin-1")) is True

    def hear(self) -> list[str]:
        return [each["values"]["id"] for each in self.talk.read().values()]

    def look(self) -> str:
        self.seconds += 1.0
        return self.presence.look()[0]


class Daemon:
    """The daemon's end with a clock that is told."""

    def __init__(self, folder: Path, token: str = DAEMON) -> None:
        self.seconds = 0.0
        self.place = Spool(folder, token, "1", lambda: self.seconds)

    def meet(self) -> Link:
        self.seconds += 1.0
        (link,) = self.place.arrivals()
        return link


@pytest.mark.parametrize("lua", [lua53, lua54], ids=["5.3", "5.4"])
def test_a_script_sees_the_daemon_come_and_go(tmp_path: Path, lua) -> None:
    daemon = Daemon(tmp_path)
    script = Script(lua, tmp_path)
    seen = []
    for _ in range(3):
        daemon.place.beat()
        seen.append(script.look())
    assert seen[-1] == "alive"
    daemon.place.close()
    assert [script.look() for _ in range(8)][-1] == "gone"


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["say", "answer", "hear", "take", "beat", "long"]), max_size=25))
def test_nothing_is_lost_or_doubled_either_way(tmp_path_factory, steps: list[str]) -> None:
    folder = tmp_path_factory.mktemp("daw")
    daemon, script = Daemon(folder), Script(lua54, folder)
    script.say(message("hello", daemon=DAEMON))
    link = daemon.meet()
    assert [each.verb for each in link.take()] == ["hello"]
    said, answered = 0, 0
    taken: list[str] = []
    heard: list[str] = []

    def take() -> None:
        taken.extend(each.text("id") for each in link.take())

    for step in steps:
        if step in ("say", "long"):  # a long one turns the file
            name = "x" * (1 << 20) if step == "long" else "ä\t#\n"
            script.say(message("edit", id=str(said), name=name))
            link.send([message("put", id=str(answered), name=name)])
            said, answered = said + 1, answered + 1
        elif step == "answer":
            link.send([message("drop", id=str(answered + n)) for n in range(3)])
            answered += 3
        elif step == "hear":
            heard += script.hear()
        elif step == "take":
            take()
        else:
            daemon.place.beat()
    for _ in range(20 * (said + answered) + 10):
        take()
        if len(taken) == said and len(heard) == answered:
            break
        heard += script.hear()
    assert taken == [str(number) for number in range(said)]
    assert heard == [str(n) for n in range(answered)]
    assert not link.gone
    daemon.place.close()
    script.talk.close()


def test_after_bye_the_folder_is_gone_for_both(tmp_path: Path) -> None:
    daemon, script = Daemon(tmp_path), Script(lua53, tmp_path)
    script.say(message("hello", daemon=DAEMON))
    link = daemon.meet()
    link.take()
    assert script.talk.there()
    script.say(Message("bye"))
    assert [each.verb for each in link.take()] == ["bye"]
    script.talk.close()
    daemon.place.beat()
    assert [path.name for path in tmp_path.iterdir()] == ["daemon"]
    daemon.place.close()
