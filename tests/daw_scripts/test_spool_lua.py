"""The script's end of the spool folder, against files written by the Python codec."""

from __future__ import annotations

from pathlib import Path

import pytest
from lupa import lua53, lua54

from bridge.daw.wire import Lines, Message, encode, message

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "daw_scripts/lua"


class Script:
    """spool.lua with a clock that the test moves."""

    def __init__(self, lua, root: Path) -> None:
        self.root = root
        self.time = 100.0
        self.lua = lua.LuaRuntime(unpack_returned_tuples=True)
        wire = self.lua.execute((SCRIPTS / "wire.lua").read_text(encoding="utf-8"))
        self.spool = self.lua.execute((SCRIPTS / "spool.lua").read_text(encoding="utf-8"))(wire)
        self.presence = self.spool.presence(str(root), lambda: self.time)

    def look(self, after: float = 0.5) -> str:
        self.time += after
        return self.presence.look()[0]

    def begin(self, token: str = "00112233445566aa"):
        return self.spool.begin(
            str(self.root), "reaper", token, lambda path: Path(path).mkdir(exist_ok=True)
        )

    def said(self, beat: int, token: str = "d1") -> None:
        line = encode(message("daemon", protocol=1, version="1", token=token, beat=beat))
        (self.root / "daemon").write_bytes(line)


@pytest.fixture(params=[lua53, lua54], ids=["5.3", "5.4"])
def script(request, tmp_path) -> Script:
    return Script(request.param, tmp_path)


def heard(talk) -> list[Message]:
    return [Message(each.verb, dict(each["values"])) for each in talk.read().values()]


def test_no_daemon_is_there_without_its_file(script) -> None:
    assert [script.look() for _ in range(4)][-1] == "gone"


def test_an_old_presence_file_is_not_a_daemon(script) -> None:
    script.said(7)
    states = [script.look() for _ in range(14)]
    assert "alive" not in states
    assert states[-1] == "gone"


def test_a_beat_that_changes_is_a_daemon_and_five_seconds_of_silence_are_none(script) -> None:
    for beat in range(3):
        script.said(beat)
        state = script.look(1)
    assert state == "alive"
    assert [script.look(1) for _ in range(4)] == ["alive"] * 4
    assert script.look(1.1) == "gone"
    script.said(9)
    assert script.look(1) == "alive"


def test_a_dialog_that_holds_the_script_is_not_the_daemons_silence(script) -> None:
    for beat in range(3):
        script.said(beat)
        script.look(1)
    assert script.look(60) == "alive"


def test_a_file_torn_or_missing_for_a_moment_changes_nothing(script) -> None:
    for beat in range(3):
        script.said(beat)
        script.look(1)
    (script.root / "daemon").write_bytes(b"daemon\tprotocol=1")
    assert script.look(1) == "alive"
    (script.root / "daemon").unlink()
    assert script.look(1) == "alive"


def test_another_token_is_told(script) -> None:
    for beat in range(3):
        script.said(beat)
        script.look(1)
    script.said(0, token="d2")
    script.time += 1
    state, values = script.presence.look()
    assert (state, values.token) == ("alive", "d2")


def test_lines_are_whole_on_the_disk_at_once(script) -> None:
    talk = script.begin()
    assert talk.send("hello\t#5\n")
    up = script.root / "reaper-00112233445566aa/up.000001"
    assert Lines().push(up.read_bytes()) == [Message("hello")]


def test_what_the_daemon_appends_is_read_once_and_in_order(script) -> None:
    talk = script.begin()
    assert heard(talk) == []
    down = script.root / "reaper-00112233445566aa/down.000001"
    told = [message("put", id=f"a-{n}", name="größer") for n in range(5)]
    sent = b"".join(map(encode, told))
    got = []
    for at in range(0, len(sent), 7):
        with down.open("ab") as file:
            file.write(sent[at : at + 7])
        got += heard(talk)
    assert got == told
    assert heard(talk) == []


def test_a_call_reads_a_bounded_piece(script) -> None:
    talk = script.begin()
    line = encode(message("state", text="x" * 1000))
    (script.root / "reaper-00112233445566aa/down.000001").write_bytes(line * 1000)
    first = len(heard(talk))
    assert 0 < first <= 65
    total = first
    while got := heard(talk):
        total += len(got)
    assert total == 1000


def test_a_finished_file_is_deleted_and_the_next_is_read(script) -> None:
    talk = script.begin()
    folder = script.root / "reaper-00112233445566aa"
    (folder / "down.000001").write_bytes(
        encode(message("beat")) + encode(message("next")) + encode(message("never"))
    )
    (folder / "down.000002").write_bytes(encode(message("state", state="listening")))
    assert [each.verb for each in heard(talk)] == ["beat"]
    assert [each.verb for each in heard(talk)] == ["state"]
    assert not (folder / "down.000001").exists()


def test_a_file_whose_end_was_torn_is_finished_once_the_next_is_there(script) -> None:
    talk = script.begin()
    folder = script.root / "reaper-00112233445566aa"
    (folder / "down.000001").write_bytes(encode(message("beat")) + b"nex")
    (folder / "down.000002").write_bytes(encode(message("state", state="listening")))
    heard_ = [each.verb for _ in range(70) for each in heard(talk)]
    assert heard_ == ["beat", "state"]
    assert not (folder / "down.000001").exists()


def test_a_finished_file_that_cannot_be_deleted_yet_is_deleted_later(script) -> None:
    """As on Windows, while the daemon still has it open."""
    talk = script.begin()
    script.lua.execute("remove = os.remove; os.remove = function() return nil, 'in use' end")
    folder = script.root / "reaper-00112233445566aa"
    (folder / "down.000001").write_bytes(encode(message("beat")) + encode(message("next")))
    assert [each.verb for _ in range(3) for each in heard(talk)] == ["beat"]
    assert (folder / "down.000001").exists()
    script.lua.execute("os.remove = remove")
    for _ in range(40):
        heard(talk)
    assert not (folder / "down.000001").exists()


def test_a_long_file_of_ours_is_followed_by_the_next(script) -> None:
    talk = script.begin()
    line = encode(message("have", id="x" * 1000)).decode()
    for _ in range(1100):
        assert talk.send(line)
    folder = script.root / "reaper-00112233445566aa"
    first = Lines().push((folder / "up.000001").read_bytes())
    second = Lines().push((folder / "up.000002").read_bytes())
    assert first[-1] == Message("next")
    assert len(first) - 1 + len(second) == 1100


def test_a_folder_that_cannot_be_made_is_a_reason_and_no_error(script) -> None:
    script.root = script.root / "not" / "there"
    talk, why = script.begin()
    assert talk is None
    assert "No such file" in why


def test_a_folder_that_vanished_is_noticed(script) -> None:
    talk = script.begin()
    assert talk.there()
    for each in (script.root / "reaper-00112233445566aa").iterdir():
        each.unlink()
    assert not talk.there()


def test_after_a_full_disk_only_the_line_that_failed_is_lost(script) -> None:
    """io.open is exchanged for one whose files break in the middle of a line."""
    script.lua.execute("""
      local open, left = io.open, 20
      broken = true
      io.open = function(path, mode)
        local file, why = open(path, mode)
        if not file or mode ~= "ab" then return file, why end
        local half = {}
        function half:write(text)
          if not broken then return file:write(text) and self end
          file:write(text:sub(1, left)); file:flush()
          return nil, "No space left on device"
        end
        function half:flush() return file:flush() end
        function half:close() return file:close() end
        function half:seek(...) return file:seek(...) end
        return half
      end""")
    talk = script.begin()
    line = encode(message("clock", at=1.0, play=True)).decode()
    sent, why = talk.send(line)
    assert sent is None
    assert why == "No space left on device"
    script.lua.execute("broken = false")
    assert talk.send(line)
    said = (script.root / "reaper-00112233445566aa/up.000001").read_bytes()
    assert Lines().push(said) == [message("clock", at=1.0, play=True)]
    assert said.count(b"\n") == 2  # the torn one has a line of its own


def test_tokens_are_sixteen_hexadecimal_signs(script) -> None:
    import random

    token = script.spool.token(random.Random(3).random)
    assert len(token) == 16
    assert set(token) <= set("0123456789abcdef")
    assert script.spool.token(lambda: 1.0) == "0" * 16
