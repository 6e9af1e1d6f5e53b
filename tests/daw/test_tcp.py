"""Conversations over TCP, with a script made of a plain socket."""

from __future__ import annotations

import os
import socket
import stat
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.daw import tcp
from bridge.daw.tcp import Port, TcpLink
from bridge.daw.wire import Message, decode, encode, message
from bridge.errors import BridgeError
from tests.daw.clock import Clock

T = TypeVar("T")
TOKEN = "t" * 16
HELLO = encode(message("hello", protocol=1, daw="live", token=TOKEN))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def port(tmp_path: Path, clock: Clock):
    port = Port(tmp_path / "daw", TOKEN, "1.2.3", clock)
    yield port
    port.close()


def connect(port: Port) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port.number), timeout=10)


def until(condition: Callable[[], T]) -> T:
    """The system passes bytes on in its own time; a deadline, not a guess."""
    deadline = time.monotonic() + 10
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0)
    return value


def look(port: Port, clock: Clock) -> list:
    clock.seconds += 0.06
    return port.arrivals()


def meet(port: Port, clock: Clock, sent: bytes = HELLO) -> tuple[socket.socket, TcpLink]:
    script = connect(port)
    script.sendall(sent)
    found = until(lambda: look(port, clock))
    return script, found[0]


def taken(link: TcpLink, count: int) -> list[Message]:
    heard: list[Message] = []
    until(lambda: heard.extend(link.take()) or len(heard) >= count)
    return heard


def is_closed(script: socket.socket) -> bool:
    """Whether the other end has closed; nothing is waited for."""
    script.setblocking(False)
    try:
        return script.recv(65536) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def said_to(script: socket.socket) -> list[str]:
    """The verbs of everything until the connection ends."""
    said = b""
    try:
        while piece := script.recv(65536):
            said += piece
    except ConnectionError:
        pass
    return [told.verb for line in said.splitlines() if (told := decode(line))]


def test_a_conversation_goes_both_ways(port: Port, clock: Clock) -> None:
    script, link = meet(port, clock)
    assert [each.verb for each in taken(link, 1)] == ["hello"]
    script.sendall(encode(message("clock", at=1.5)) + encode(Message("ready")))
    assert taken(link, 2) == [message("clock", at=1.5), Message("ready")]
    link.send([message("welcome", protocol=1), message("state", text="a\tb\nc")])
    port.beat()
    link.close()
    assert said_to(script) == ["welcome", "state", "beat"]


def test_the_port_file_tells_the_way_to_the_user_alone(port: Port, tmp_path: Path) -> None:
    path = tmp_path / "daw" / "port"
    told = decode(path.read_bytes().rstrip(b"\n"))
    assert told == message("port", protocol=1, port=port.number, token=TOKEN, version="1.2.3")
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    port.beat()
    assert path.exists(), "removed by somebody: told again"
    port.close()
    port.close()
    assert not path.exists()
    with pytest.raises(OSError):
        connect(port)


def test_the_port_file_of_another_daemon_stays(port: Port, tmp_path: Path) -> None:
    other = Port(tmp_path / "daw", "o" * 16, "2", Clock())
    port.close()
    assert (tmp_path / "daw" / "port").exists()
    other.close()


def test_a_notice_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "port").mkdir()
    with pytest.raises(BridgeError) as caught:
        Port(tmp_path, TOKEN, "1", Clock())
    assert "daw.folder" in caught.value.remedy


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BridgeError):
        Port(tmp_path / "file", TOKEN, "1", Clock())


@pytest.mark.parametrize(
    "sent",
    [
        encode(message("hello", daw="live", token="wrong")),
        encode(message("hello", daw="live")),
        encode(message("hello", token="ü")),
        encode(message("ready", token=TOKEN)) + HELLO,
    ],
    ids=["wrong token", "no token", "token of other signs", "no hello"],
)
def test_without_the_token_the_first_line_is_the_last(
    port: Port, clock: Clock, sent: bytes
) -> None:
    script = connect(port)
    script.sendall(sent)
    assert not any(look(port, clock) for _ in range(10))
    assert said_to(script) in (["refuse"], [])


def test_a_web_page_that_tries_is_closed(port: Port, clock: Clock) -> None:
    script = connect(port)
    script.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + b"a" * 70000)
    until(lambda: look(port, clock) == [] and is_closed(script))


def test_who_says_nothing_for_five_seconds_is_closed(port: Port, clock: Clock) -> None:
    script = connect(port)
    assert look(port, clock) == []
    clock.seconds += 4
    assert look(port, clock) == []
    assert not is_closed(script)
    clock.seconds += 1
    until(lambda: look(port, clock) == [] and is_closed(script))


@settings(max_examples=25)
@given(st.data())
def test_messages_come_whole_however_the_stream_is_cut(tmp_path_factory, data) -> None:
    clock = Clock()
    port = Port(tmp_path_factory.mktemp("daw"), TOKEN, "1", clock)
    told = [message("edit", id=str(number), name="ä\t#") for number in range(5)]
    sent = HELLO + b"".join(map(encode, told))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=4)))
    script, links, heard = connect(port), [], []
    for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        script.sendall(sent[start:end])
        links += look(port, clock)
        for link in links:
            heard += link.take()
    if not links:
        links += until(lambda: look(port, clock))
    until(lambda: heard.extend(links[0].take()) or len(heard) >= 6)
    assert heard[1:] == told
    script.close()
    port.close()


def test_a_script_that_reads_nothing_is_given_up_and_never_waited_for(
    port: Port, clock: Clock
) -> None:
    script, link = meet(port, clock)
    _, other = meet(port, clock)
    line = message("put", name="x" * (1 << 18))
    for _ in range(200):
        link.send([line])
        if link.gone:
            break
    assert link.gone
    assert not other.gone
    until(lambda: is_closed(script))


def test_what_could_not_be_said_at_once_is_said_later(port: Port, clock: Clock) -> None:
    script, link = meet(port, clock)
    sent = [message("put", id=str(number), name="x" * 1000) for number in range(6000)]
    link.send(sent)
    script.setblocking(False)
    heard = bytearray()

    def read() -> bool:
        link.take()
        with suppress(BlockingIOError):
            heard.extend(script.recv(1 << 20))
        return heard.count(b"\n") == len(sent)

    until(read)
    assert heard == b"".join(map(encode, sent))
    assert not link.gone


def test_what_was_said_before_leaving_is_heard(port: Port, clock: Clock) -> None:
    script, link = meet(port, clock)
    script.sendall(encode(message("done", batch=1)) + encode(Message("bye")))
    script.close()
    heard: list[Message] = []
    until(lambda: heard.extend(link.take()) or link.gone)
    assert [each.verb for each in heard] == ["hello", "done", "bye"]
    link.send([Message("state")])
    link.close()


def test_a_reset_connection_is_gone_and_harms_no_other(port: Port, clock: Clock) -> None:
    script, link = meet(port, clock)
    other_script, other = meet(port, clock)
    script.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    script.close()
    until(lambda: link.send([Message("state")]) or (link.take() == [] and link.gone))
    port.beat()
    other.close()
    assert said_to(other_script) == ["beat"]


def test_connections_are_bounded_and_places_become_free(port: Port, clock: Clock) -> None:
    met = [meet(port, clock) for _ in range(tcp.MOST_LINKS)]
    crowd = connect(port)
    crowd.sendall(HELLO)
    until(lambda: look(port, clock) == [] and is_closed(crowd))
    script, link = met[0]
    script.close()
    until(lambda: link.take() == [] and link.gone)
    meet(port, clock)


def test_many_that_only_knock_are_bounded(port: Port, clock: Clock) -> None:
    knocking = []
    for _ in range(3 * tcp.MOST_NEWCOMERS):
        knocking.append(connect(port))
        assert port.arrivals() == []
        clock.seconds += tcp.ACCEPTING
    until(
        lambda: (
            look(port, clock) == []
            and sum(not is_closed(each) for each in knocking) <= tcp.MOST_NEWCOMERS
        )
    )
    clock.seconds += 6
    until(lambda: look(port, clock) == [] and all(map(is_closed, knocking)))
    meet(port, clock)
