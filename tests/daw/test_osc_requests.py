"""What others ask by OSC."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.udp_client import SimpleUDPClient

from bridge.daw.osc_requests import Answer, OscRequests
from bridge.errors import BridgeError
from bridge.live.commands import COMMANDS


class Heard:
    def __init__(self) -> None:
        self.clips: list[tuple[str, int | None]] = []
        self.commands: list[str] = []
        self.projects = ["live: Song"]

    def command(self, name: str) -> None:
        if name not in COMMANDS:
            raise BridgeError(f"There is no command {name!r}", cause="cause", remedy="remedy")
        self.commands.append(name)

    def clip(self, name: str, slot: int | None, answer: Answer) -> list[str]:
        self.clips.append((name, slot))
        self.answer = answer
        return self.projects


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def asker() -> Iterator[SimpleUDPClient]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    client = SimpleUDPClient("127.0.0.1", port)
    client._sock.settimeout(5)
    yield client
    client._sock.close()


@pytest.fixture
def requests(heard: Heard, asker: SimpleUDPClient) -> Iterator[OscRequests]:
    requests = OscRequests(asker._port, clips=heard.clip, command=heard.command, version="1.2")
    yield requests
    requests.close()


def answer(client: SimpleUDPClient) -> tuple[str, list[object]]:
    told = OscMessage(client._sock.recv(4096))
    return told.address, list(told.params)


def test_clips_and_commands_are_asked_for(requests, asker, heard) -> None:
    asker.send_message("/dawbridge/clip", [])
    asker.send_message("/dawbridge/clip", ["Take 3", 2])
    asker.send_message("/dawbridge/command", ["tap"])
    asker.send_message("/dawbridge/ping", [])
    requests.look()
    assert heard.clips == [("", None), ("Take 3", 2)]
    assert heard.commands == ["tap"]
    assert [answer(asker) for _ in range(3)] == [
        ("/dawbridge/asked", ["live: Song"]),
        ("/dawbridge/asked", ["live: Song"]),
        ("/dawbridge/pong", ["1.2"]),
    ]
    heard.answer(False, "live: Song: there is no such recording")
    assert answer(asker) == ("/dawbridge/done", [0, "live: Song: there is no such recording"])


@pytest.mark.parametrize(
    ("address", "said", "what"),
    [
        ("/dawbridge/command", ["quadruple"], "There is no command 'quadruple'"),
        ("/dawbridge/command", [], "There is no command ''"),
        ("/dawbridge/clip", ["Song", "second"], "There is no slot 'second'"),
        ("/dawbridge/clip", ["Song", -1], "There is no slot '-1'"),
        ("/dawbridge/clip", ["Song", float("inf")], "There is no slot 'inf'"),
        ("/dawbridge/clips", ["Song"], "Nothing is asked for at /dawbridge/clips"),
    ],
)
def test_what_cannot_be_done_is_answered_in_three_parts(
    requests, asker, heard, address: str, said: list[object], what: str
) -> None:
    asker.send_message(address, said)
    requests.look()
    told, parts = answer(asker)
    assert told == "/dawbridge/error"
    assert parts[0] == what
    assert len(parts) == 3
    assert all(parts)
    assert not heard.clips
    assert not heard.commands


def test_clips_without_a_daw_are_refused_with_the_reason(requests, asker, heard) -> None:
    heard.projects = []
    asker.send_message("/dawbridge/clip", ["sogn"])
    requests.look()
    assert answer(asker) == ("/dawbridge/asked", [])
    told, parts = answer(asker)
    assert told == "/dawbridge/error"
    assert "No DAW" in parts[0]


@pytest.mark.parametrize("name", ["asked", "done", "pong", "error"])
def test_an_answer_is_never_answered(requests, asker, name: str) -> None:
    asker.send_message(f"/dawbridge/{name}", ["this", "and", "that"])
    asker.send_message("/dawbridge/ping", [])
    requests.look()
    assert answer(asker) == ("/dawbridge/pong", ["1.2"])


@pytest.mark.parametrize(
    "junk", [b"", b"/", b"\0" * 40, b"#bundle\0", b"/dawbridge/clip", b"\xff" * 99]
)
def test_what_is_no_request_harms_nothing(requests, asker, heard, junk: bytes) -> None:
    asker._sock.sendto(junk, ("127.0.0.1", asker._port))
    asker.send_message("/dawbridge/command", ["halve"])
    asker.send_message("/something/else", ["halve"])
    requests.look()
    assert heard.commands == ["halve"]


def test_a_taken_port_is_said_with_the_setting_that_helps(requests, asker, heard) -> None:
    with pytest.raises(BridgeError) as error:
        OscRequests(asker._port, clips=heard.clip, command=print, version="1")
    assert "daw.osc_port" in error.value.remedy
