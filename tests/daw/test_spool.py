"""Conversations through growing files, with a script made of plain file operations."""

from __future__ import annotations

import errno
import os
import stat
import tracemalloc
from io import FileIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.daw import spool
from bridge.daw.spool import FULL, Reader, Spool, SpoolLink, Writer
from bridge.daw.wire import Message, decode, encode, message
from bridge.errors import BridgeError
from tests.daw.clock import Clock

TOKEN = "d" * 16
POSIX = pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")


class Script:
    """What a script in a DAW does, with nothing but files."""

    def __init__(self, folder: Path, token: str = "0123456789abcdef", daw: str = "reaper") -> None:
        self.folder = folder / f"{daw}-{token}"
        self.number = 1

    def begin(self, daemon: str = TOKEN) -> Script:
        self.folder.mkdir()
        self.say(message("hello", protocol=1, daw="reaper", daemon=daemon))
        return self

    def say(self, *messages: Message) -> None:
        self.append(b"".join(map(encode, messages)))

    def append(self, sent: bytes) -> None:
        with (self.folder / f"up.{self.number:06d}").open("ab") as file:
            file.write(sent)

    def turn(self) -> None:
        self.say(Message("next"))
        self.number += 1

    def heard(self) -> list[str]:
        """The verbs of all that was written to it, `next` included; torn lines as "?"."""
        said = b"".join(path.read_bytes() for path in sorted(self.folder.glob("down.*")))
        told = [decode(line) for line in said.split(b"\n") if line]
        return ["?" if each is None else each.verb for each in told]


def meet(place: Spool, clock: Clock) -> list:
    clock.seconds += 0.2
    return place.arrivals()


def verbs(messages: list[Message]) -> list[str]:
    return [each.verb for each in messages]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(tmp_path: Path, clock: Clock):
    place = Spool(tmp_path / "daw", TOKEN, "1.2.3", clock)
    yield place
    place.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "daw"


def test_a_conversation_goes_both_ways(place: Spool, folder: Path, clock: Clock) -> None:
    script = Script(folder).begin()
    (link,) = meet(place, clock)
    assert verbs(link.take()) == ["hello"]
    assert link.take() == []
    script.say(message("clock", at=1.5), message("ready"))
    assert link.take() == [message("clock", at=1.5), message("ready")]
    link.send([message("welcome", protocol=1)])
    link.send([message("state", state="listening", text="a\tb\nc")])
    assert script.heard() == ["welcome", "state"]
    assert meet(place, clock) == [], "it is announced once"
    assert not link.gone


def test_the_presence_file_beats_and_goes_with_the_daemon(place: Spool, folder: Path) -> None:
    told = decode((folder / "daemon").read_bytes().rstrip(b"\n"))
    assert told == message("daemon", protocol=1, version="1.2.3", token=TOKEN, beat=0)
    place.beat()
    place.beat()
    assert decode((folder / "daemon").read_bytes().rstrip(b"\n")).text("beat") == "2"
    place.close()
    assert not (folder / "daemon").exists()
    place.close()


def test_the_presence_of_another_daemon_is_not_taken_away(place: Spool, folder: Path) -> None:
    later = Spool(folder, "e" * 16, "2", Clock())
    place.close()
    assert decode((folder / "daemon").read_bytes().rstrip(b"\n")).text("token") == "e" * 16
    later.close()


def test_a_removed_folder_is_made_again(place: Spool, folder: Path, clock: Clock) -> None:
    (folder / "daemon").unlink()
    folder.rmdir()
    place.beat()
    meet(place, clock)
    assert (folder / "daemon").exists()
    Script(folder).begin()
    assert len(meet(place, clock)) == 1


@POSIX
def test_a_folder_that_a_script_made_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "daw").mkdir(mode=0o755)
    Spool(tmp_path / "daw", TOKEN, "1", Clock()).close()
    assert stat.S_IMODE((tmp_path / "daw").stat().st_mode) == 0o700


@POSIX
def test_others_can_read_nothing(place: Spool, folder: Path, clock: Clock) -> None:
    Script(folder).begin()
    (link,) = meet(place, clock)
    link.send([Message("beat")])
    modes = [path.stat().st_mode for path in (folder, folder / "daemon")]
    modes += [path.stat().st_mode for path in folder.glob("*/down.*")]
    assert [oct(stat.S_IMODE(mode)) for mode in modes] == ["0o700", "0o600", "0o600"]


def test_a_notice_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "daemon").mkdir()
    with pytest.raises(BridgeError) as caught:
        Spool(tmp_path, TOKEN, "1", Clock())
    assert "daw.folder" in caught.value.remedy


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BridgeError) as caught:
        Spool(tmp_path / "file" / "daw", TOKEN, "1", Clock())
    assert "daw.folder" in caught.value.remedy


def test_a_hello_torn_at_every_byte_is_waited_for(tmp_path: Path, clock: Clock) -> None:
    place = Spool(tmp_path, TOKEN, "1", clock)
    hello = encode(message("hello", daemon=TOKEN, title="Ünder\tÄ"))
    for cut in range(len(hello)):
        script = Script(tmp_path, token=f"{cut:016x}")
        script.folder.mkdir()
        script.append(hello[:cut])
        assert meet(place, clock) == []
        script.append(hello[cut:])
        (link,) = meet(place, clock)
        assert verbs(link.take()) == ["hello"]
        link.close()
        place.beat()
    place.close()


@given(st.data())
def test_nothing_is_lost_or_doubled_however_the_lines_are_cut_and_the_files_turn(
    tmp_path_factory, data
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    reader = Reader(folder, "up")
    number, told, heard = 1, 0, []
    for step in data.draw(st.lists(st.sampled_from(["say", "half", "turn", "read", "tend"]))):
        path = folder / f"up.{number:06d}"
        if step == "say":
            with path.open("ab") as file:
                file.write(encode(message("clock", t=told)))
            told += 1
        elif step == "half":  # read in the middle of a line
            line = encode(message("clock", t=told))
            cut = data.draw(st.integers(1, len(line) - 1))
            with path.open("ab") as file:
                file.write(line[:cut])
                file.flush()
                heard += reader.read()
                file.write(line[cut:])
            told += 1
        elif step == "turn":
            with path.open("ab") as file:
                file.write(encode(Message("next")))
            number += 1
        elif step == "read":
            heard += reader.read()
        elif path.exists():
            reader.tend()
    for _ in range(2 * number + 2):
        heard += reader.read()
    assert [each.text("t") for each in heard] == [str(each) for each in range(told)]
    assert not reader.gone
    finished = [folder / f"up.{each:06d}" for each in range(1, number)]
    assert not any(path.exists() for path in finished), "what is finished is deleted"
    reader.close()


def test_a_torn_line_is_passed_over(place: Spool, folder: Path, clock: Clock) -> None:
    script = Script(folder).begin()
    (link,) = meet(place, clock)
    script.append(encode(message("edit", id="a"))[:7] + b"\n" + encode(message("edit", id="b")))
    assert [each.text("id") for each in link.take()[1:] + link.take()] == ["b"]


def test_a_torn_next_ends_the_file_all_the_same(place: Spool, folder: Path, clock: Clock) -> None:
    script = Script(folder).begin()
    (link,) = meet(place, clock)
    script.append(b"nex")
    script.number = 2
    script.say(Message("ready"))
    heard = link.take() + link.take()
    assert verbs(heard) == ["hello"]
    place.beat()
    heard = link.take() + link.take()
    assert verbs(heard) == ["ready"]
    assert not (script.folder / "up.000001").exists()


def test_two_conversations_do_not_mix(place: Spool, folder: Path, clock: Clock) -> None:
    one = Script(folder, "1" * 16).begin()
    two = Script(folder, "2" * 16, daw="ardour").begin()
    links = meet(place, clock)
    one.say(message("edit", id="one"))
    two.say(message("edit", id="two"))
    ids = [[each.text("id") for each in link.take() + link.take()] for link in links]
    assert sorted(ids) == [["", "one"], ["", "two"]]
    links[ids.index(["", "two"])].send([Message("welcome")])
    assert one.heard() == []
    assert two.heard() == ["welcome"]


def test_a_daemon_that_starts_over_leaves_the_old_talk_alone(folder: Path, clock: Clock) -> None:
    first = Spool(folder, TOKEN, "1", clock)
    script = Script(folder).begin()
    (link,) = meet(first, clock)
    link.send([Message("welcome")])
    first.close()
    link.send([Message("state")])
    second = Spool(folder, "e" * 16, "1", clock)
    script.say(Message("ready"))
    assert meet(second, clock) == []
    assert script.heard() == ["welcome"]
    again = Script(folder, "2" * 16).begin(daemon="e" * 16)
    (link,) = meet(second, clock)
    assert verbs(link.take()) == ["hello"]
    assert again.heard() == []
    assert script.folder.exists()
    second.close()


@pytest.mark.parametrize("end", [b"", b"half a li", encode(Message("state"))[:-1]])
def test_a_writer_that_starts_over_goes_on_with_a_new_line(tmp_path: Path, end: bytes) -> None:
    writer = Writer(tmp_path, "down")
    writer.write([encode(Message("welcome"))])
    writer.close()
    with (tmp_path / "down.000001").open("ab") as file:
        file.write(end)
    writer = Writer(tmp_path, "down")
    writer.write([encode(Message("beat"))])
    writer.close()
    reader = Reader(tmp_path, "down")
    heard = verbs(reader.read())
    assert heard in (["welcome", "beat"], ["welcome", "state", "beat"])
    reader.close()


def test_a_writer_that_starts_over_after_next_takes_the_next_number(tmp_path: Path) -> None:
    (tmp_path / "down.000007").write_bytes(encode(Message("welcome")) + encode(Message("next")))
    writer = Writer(tmp_path, "down")
    writer.write([encode(Message("beat"))])
    assert (tmp_path / "down.000008").read_bytes() == encode(Message("beat"))
    writer.close()


def test_long_talks_turn_at_a_megabyte(tmp_path: Path) -> None:
    writer, reader = Writer(tmp_path, "down"), Reader(tmp_path, "down")
    sent = [encode(message("put", id=str(number), name="x" * 1000)) for number in range(3500)]
    writer.write(sent[:3000])
    writer.write(sent[3000:])
    sizes = [path.stat().st_size for path in sorted(tmp_path.glob("down.*"))]
    assert len(sizes) == 4
    assert all(FULL < size < FULL + 1200 for size in sizes[:-1])
    heard: list[str] = []
    for _ in range(20):
        heard += [each.text("id") for each in reader.read()]
    assert heard == [str(number) for number in range(3500)]
    assert len(list(tmp_path.glob("down.*"))) == 1
    writer.close()
    reader.close()


def test_a_file_that_shrinks_doubles_nothing(tmp_path: Path) -> None:
    reader = Reader(tmp_path, "up")
    path = tmp_path / "up.000001"
    lines = [encode(message("edit", id=str(number))) for number in range(10)]
    path.write_bytes(b"".join(lines))
    assert len(reader.read()) == 10
    with path.open("r+b") as file:
        file.truncate(len(lines[0]) + 5)
    assert reader.read() == []
    with path.open("ab") as file:
        file.write(b"\n" + encode(message("edit", id="after")))
    assert [each.text("id") for each in reader.read()] == ["after"]
    reader.close()


def test_garbage_in_the_folder_harms_nobody(place: Spool, folder: Path, clock: Clock) -> None:
    for name in ("reaper", "reaper-123", "..", "Reaper-" + "1" * 16, "reaper-" + "G" * 16, "x\ny"):
        (folder / name).mkdir(exist_ok=True)
    (folder / ("reaper-" + "a" * 16)).write_text("a file")
    (folder / ("reaper-" + "b" * 16)).mkdir()
    no_line = Script(folder, "c" * 16)
    no_line.folder.mkdir()
    no_line.append(os.urandom(10000))
    no_hello = Script(folder, "e" * 16)
    no_hello.folder.mkdir()
    no_hello.say(Message("ready"))
    (folder / ("reaper-" + "f" * 16) / "up.000001").mkdir(parents=True)
    Script(folder, "0" * 16).begin()
    (link,) = meet(place, clock)
    assert verbs(link.take()) == ["hello"]
    place.beat()
    assert meet(place, clock) == []


@POSIX
def test_no_link_is_followed_and_no_pipe_is_waited_for(
    place: Spool, folder: Path, tmp_path: Path, clock: Clock
) -> None:
    outside = Script(tmp_path, "1" * 16).begin()
    (folder / outside.folder.name).symlink_to(outside.folder)
    inside = Script(folder, "2" * 16)
    inside.folder.mkdir()
    (inside.folder / "up.000001").symlink_to(outside.folder / "up.000001")
    os.mkfifo(folder / "piped")
    pipe = Script(folder, "3" * 16)
    pipe.folder.mkdir()
    os.mkfifo(pipe.folder / "up.000001")
    assert meet(place, clock) == []
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    script = Script(folder, "4" * 16).begin()
    (link,) = meet(place, clock)
    (script.folder / "down.000001").symlink_to(victim)
    link.send([Message("welcome")])
    assert victim.read_bytes() == b"mine"
    assert link.gone


def test_who_takes_long_over_the_first_line_is_still_met(
    place: Spool, folder: Path, clock: Clock
) -> None:
    script = Script(folder)
    script.folder.mkdir()
    assert meet(place, clock) == []
    clock.seconds += 3600
    script.say(message("hello", daemon=TOKEN))
    assert meet(place, clock) == []
    place.beat()
    assert len(meet(place, clock)) == 1


def test_the_folder_is_listed_ten_times_a_second_at_most(
    place: Spool, folder: Path, clock: Clock
) -> None:
    meet(place, clock)
    Script(folder).begin()
    clock.seconds += 0.05
    assert place.arrivals() == []
    clock.seconds += 0.06
    assert len(place.arrivals()) == 1


def test_after_bye_the_folder_goes(place: Spool, folder: Path, clock: Clock) -> None:
    script = Script(folder).begin()
    (link,) = meet(place, clock)
    script.say(Message("bye"), Message("ready"))
    heard = link.take() + link.take()
    assert verbs(heard) == ["hello", "bye"]
    assert link.gone
    assert link.take() == []
    place.beat()
    assert not script.folder.exists()


def test_a_removed_folder_ends_the_talk(place: Spool, folder: Path, clock: Clock) -> None:
    script = Script(folder).begin()
    (link,) = meet(place, clock)
    link.take()
    for path in script.folder.iterdir():
        path.unlink()
    script.folder.rmdir()
    place.beat()
    assert link.gone
    link.send([Message("state")])


def test_a_live_talk_is_given_up_after_twelve_hours_awake(
    place: Spool, folder: Path, clock: Clock
) -> None:
    script = Script(folder).begin()
    (link,) = meet(place, clock)
    link.take()
    clock.seconds += 20 * 3600  # the machine slept
    place.beat()
    assert not link.gone
    for _ in range(12 * 3600 // 5 + 1):
        clock.seconds += 5
        link.tend(5.0)
    assert link.gone
    place.beat()
    assert not script.folder.exists()


def age(folder: Path, hours: float) -> None:
    now = (folder.parent / "daemon").stat().st_mtime
    for path in [*folder.iterdir(), folder]:
        os.utime(path, (now - hours * 3600,) * 2)


def test_what_other_daemons_left_is_swept_after_twelve_hours(
    place: Spool, folder: Path, clock: Clock
) -> None:
    old = Script(folder, "1" * 16).begin(daemon="x")
    fresh = Script(folder, "2" * 16).begin(daemon="x")
    ended = Script(folder, "3" * 16).begin(daemon="x")
    ended.say(Message("bye"))
    age(old.folder, 13)
    age(fresh.folder, 11)
    assert meet(place, clock) == []
    place.beat()
    assert [script.folder.exists() for script in (old, fresh, ended)] == [False, True, False]
    (fresh.folder / "of the user.txt").write_text("mine")
    age(fresh.folder, 13)
    clock.seconds += 100
    place.beat()
    assert [path.name for path in fresh.folder.iterdir()] == ["of the user.txt"]


class Disk(FileIO):
    """A file on a disk with so much room: what does not fit is refused, or taken in part."""

    room = 0  # bytes

    def write(self, piece) -> int:
        if not Disk.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = super().write(piece[: Disk.room])
        Disk.room -= taken
        return taken


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> type[Disk]:
    monkeypatch.setattr(spool, "FileIO", Disk)
    monkeypatch.setattr(Disk, "room", 1 << 30)
    return Disk


@pytest.mark.parametrize("left", [0, 7])
def test_a_disk_that_was_full_for_a_while_loses_no_line(
    tmp_path: Path, disk: type[Disk], left: int
) -> None:
    writer = Writer(tmp_path, "down")
    writer.write([encode(Message("welcome"))])
    disk.room = left
    for _ in range(3):
        writer.write([encode(Message("state"))])
    assert not writer.gone
    disk.room = 1 << 30
    writer.write(())
    writer.close()
    reader = Reader(tmp_path, "down")
    assert verbs(reader.read()) == ["welcome", "state", "state", "state"]
    reader.close()


def test_a_disk_that_stays_full_is_given_up_without_growing(
    tmp_path: Path, disk: type[Disk]
) -> None:
    writer = Writer(tmp_path, "down")
    writer.write([encode(Message("welcome"))])
    disk.room = 0
    tracemalloc.start()
    for _ in range(10):
        writer.write([encode(message("put", name="x" * (1 << 20)))])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert writer.gone
    assert held < 1 << 20


def test_a_link_says_nothing_after_it_was_closed(place: Spool, folder: Path, clock: Clock) -> None:
    script = Script(folder).begin()
    (link,) = meet(place, clock)
    assert isinstance(link, SpoolLink)
    link.send([Message("refuse")])
    link.close()
    link.close()
    link.send([Message("state")])
    script.say(Message("ready"))
    assert link.take() == []
    assert script.heard() == ["refuse"]
    place.beat()
    assert meet(place, clock) == [], "who was refused is not met again"
    assert script.folder.exists()


def test_a_thousand_dead_folders_keep_nobody_out(folder: Path, place: Spool, clock: Clock) -> None:
    for number in range(300):
        (folder / f"reaper-{number:016x}").mkdir()
    meet(place, clock)
    clock.seconds += 60
    Script(folder, "f" * 16).begin()
    assert len(meet(place, clock)) == 1


def test_thousands_of_dead_folders_are_looked_at_and_swept_bit_by_bit(
    folder: Path, clock: Clock
) -> None:
    for number in range(4 * spool.MOST_SWEPT):
        dead = Script(folder, f"{number:016x}")
        dead.folder.mkdir(parents=True)
        dead.say(message("hello", daemon="another"), Message("bye"))
    place = Spool(folder, TOKEN, "1", clock)
    left = [4 * spool.MOST_SWEPT]
    while left[-1]:
        assert meet(place, clock) == []
        clock.seconds += 15
        place.beat()
        left.append(len(list(folder.glob("reaper-*"))))
        assert left[-2] - left[-1] <= spool.MOST_SWEPT
        assert len(left) < 50
    place.close()


def test_who_comes_among_thousands_of_dead_folders_is_met_at_once(
    folder: Path, clock: Clock
) -> None:
    for number in range(300):
        (folder / f"reaper-{number:016x}").mkdir(parents=True)
    place = Spool(folder, TOKEN, "1", clock)
    assert meet(place, clock) == []
    Script(folder, "f" * 16).begin()
    assert len(meet(place, clock)) == 1
    place.close()
