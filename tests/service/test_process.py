"""The process itself: fed by lines, asked by real clients."""

import asyncio
import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
import websockets

from bridge.events import Beat, to_json
from bridge.service.audience import ROOM
from bridge.settings import Settings

PATIENCE = 15.0  # seconds: a deadline, never a wait
TOKEN = "the drummer counts in"


class Service:
    """A running `python -m bridge.service` and what it prints."""

    def __init__(self, port: int, command: tuple[str, ...] = ("-m", "bridge.service")):
        self.port = port
        self.url = f"ws://127.0.0.1:{port}/events"
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: queue.Queue = queue.Queue()
        self.log: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.said.put(json.loads(line))

    def start(self, **settings):
        values = {"port": self.port} | settings
        self.tell({"settings": Settings(service=values).model_dump(mode="json"), "folder": "x"})
        return self

    def tell(self, *messages: dict):
        for message in messages:
            self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def heard(self) -> dict:
        return self.said.get(timeout=PATIENCE)

    def end(self) -> int:
        self.process.stdin.close()
        return self.process.wait(PATIENCE)

    def get(self, path: str, **headers) -> dict:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def until(self, true) -> dict:
        """The health, once it is as asked."""
        deadline = time.monotonic() + PATIENCE
        while not true(health := self.get("/health")):
            assert time.monotonic() < deadline, health
            time.sleep(0.02)
        return health

    def close(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                stream.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def service():
    running = Service(free_port())
    yield running
    running.close()


def beat(number: int) -> dict:
    return to_json(Beat(at=number / 2, decided=0, number=1, bar=number, tempo=120, confidence=1))


def conversation(talk):
    """Runs a client's coroutine with a deadline."""
    return asyncio.run(asyncio.wait_for(talk, PATIENCE))


async def receive(client, key: str) -> dict:
    while True:
        message = json.loads(await client.recv())
        if key in message:
            return message


def test_it_says_where_it_listens(service):
    service.start()
    assert service.heard() == {"service": {"url": f"http://127.0.0.1:{service.port}"}}
    assert service.get("/now")["beat"] is None
    assert service.end() == 0


def test_a_client_sees_ten_states_a_second_and_every_event_in_order(service):
    service.start().heard()

    async def talk():
        states, bars = [], []
        async with websockets.connect(service.url) as client:
            assert "hello" in json.loads(await client.recv())
            for number in range(1, 401):
                service.tell(beat(number))
            while len(states) < 21:
                message = json.loads(await client.recv())
                if "event" in message:
                    bars.append(message["bar"])
                else:
                    states.append((time.monotonic(), message["state"]["beat"]))
        return states, bars

    states, bars = conversation(talk())
    assert bars == list(range(1, 401))
    assert states[-1][1] == beat(400)
    assert 1.8 < states[-1][0] - states[0][0] < 2.6  # 20 intervals


def test_an_event_does_not_wait_for_the_next_state(service):
    service.start().heard()

    async def talk():
        waits = []
        async with websockets.connect(service.url) as client:
            await client.recv()
            for number in range(30):
                sent = time.monotonic()
                service.tell(beat(number))
                await receive(client, "event")
                waits.append(time.monotonic() - sent)
        return sorted(waits)

    assert conversation(talk())[15] < 0.02  # the median; a state comes every 0.1 s


def test_a_command_from_a_client_goes_to_standard_output(service):
    service.start().heard()

    async def talk():
        async with websockets.connect(service.url) as client:
            await client.send('{"command": "dance"}')
            assert "dance" in (await receive(client, "error"))["error"]["what"]
            await client.send('{"command": "tap"}')
            assert (await receive(client, "accepted")) == {"accepted": "tap"}

    conversation(talk())
    assert service.heard() == {"command": "tap"}


def test_a_client_that_reads_nothing_holds_up_no_other_and_is_told_what_it_missed(service):
    service.start().heard()
    wide = beat(1) | {"event": "state", "state": "lost", "reason": "x" * 20_000}
    wide = {name: wide[name] for name in ("event", "at", "decided", "state", "reason")}

    async def talk():
        slow = await websockets.connect(service.url, max_queue=1, compression=None)
        async with websockets.connect(service.url) as quick:
            await quick.recv()
            for number in range(2 * ROOM):
                service.tell(wide | {"at": number})
                assert (await receive(quick, "event"))["at"] == number
        dropped, events = 0, 0
        while dropped + events < 2 * ROOM:
            message = json.loads(await slow.recv())
            dropped += message.get("dropped", 0)
            events += "event" in message
        slow.transport.abort()
        return dropped

    dropped = conversation(talk())
    assert 0 < dropped < 2 * ROOM
    assert service.get("/health")["drops"] == dropped


def test_a_client_that_dies_without_a_word_harms_no_other(service):
    service.start().heard()

    async def talk():
        gone = await websockets.connect(service.url)
        async with websockets.connect(service.url) as stays:
            gone.transport.abort()
            for number in range(20):
                service.tell(beat(number))
                assert (await receive(stays, "event"))["bar"] == number

    conversation(talk())
    service.until(lambda health: health["clients"] == 0)
    assert service.end() == 0
    assert not [line for line in service.log if "Traceback" in line]


def test_a_message_beyond_all_measure_ends_that_connection_only(service):
    service.start().heard()

    async def talk():
        async with websockets.connect(service.url) as client:
            await client.send("x" * 5000)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                while True:
                    await client.recv()
        return closed.value.rcvd.code

    assert conversation(talk()) == 1009  # message too big
    assert service.get("/health")["state"] == "starting"


def test_a_strange_page_gets_403_and_the_reason(service):
    service.start().heard()

    async def talk():
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with websockets.connect(service.url, origin="http://evil.example"):
                pass
        return refused.value.response

    response = conversation(talk())
    assert response.status_code == 403
    assert set(json.loads(response.body)) == {"what", "cause", "remedy"}
    with pytest.raises(urllib.error.HTTPError) as refused:
        service.get("/now", Host="evil.example")
    with refused.value as answer:
        assert answer.code == 403
        assert set(json.load(answer)) == {"what", "cause", "remedy"}


def test_a_taken_port_is_an_error_that_names_the_setting_and_no_restart_helps(service):
    with socket.socket() as other:
        other.bind(("127.0.0.1", service.port))
        other.listen()
        service.start()
        error = service.heard()["error"]
        assert service.process.wait(PATIENCE) == 3
    assert str(service.port) in error["what"]
    assert "taken" in error["cause"]
    assert "--service-port" in error["remedy"] and "service.port" in error["remedy"]


def test_a_host_that_is_not_this_machine_is_an_error(service):
    service.start(host="203.0.113.7", token=TOKEN)
    assert "no address of this machine" in service.heard()["error"]["cause"]
    assert service.process.wait(PATIENCE) == 3


def test_listening_everywhere_it_says_where_this_machine_finds_it(service):
    service.start(host="0.0.0.0", token=TOKEN)
    assert service.heard() == {"service": {"url": f"http://127.0.0.1:{service.port}"}}
    assert service.get("/now")


def test_beyond_this_machine_it_does_not_listen_without_a_token(service):
    service.start(host="0.0.0.0")
    error = service.heard()["error"]
    assert "token" in error["what"]
    assert "service.token" in error["remedy"]
    assert service.process.wait(PATIENCE) == 3


def test_the_end_of_input_is_the_end_even_with_clients_and_at_once(service):
    service.start().heard()

    async def talk():
        async with websockets.connect(service.url) as client:
            await client.recv()
            began = time.monotonic()
            service.process.stdin.close()
            with pytest.raises(websockets.ConnectionClosed):
                while True:
                    await client.recv()
            return began

    began = conversation(talk())
    assert service.process.wait(PATIENCE) == 0
    assert time.monotonic() - began < 2.0  # what the supervisor allows
    service.close()
    assert not [line for line in service.log if "Traceback" in line]


def test_the_end_does_not_wait_for_a_client_that_reads_nothing(service):
    service.start().heard()
    with socket.create_connection(("127.0.0.1", service.port)) as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(
            b"GET /events HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        service.until(lambda health: health["clients"] == 1)
        line = {"event": "state", "at": 0, "decided": 0, "state": "lost", "reason": "x" * 10_000}
        # One ROOM may be on its way, one may wait, and the system keeps some megabytes itself.
        service.tell(*[line] * 4 * ROOM)
        service.until(lambda health: health["drops"] > 0)
        began = time.monotonic()
        assert service.end() == 0
        assert time.monotonic() - began < 5.0  # such a client never takes its leave


def test_input_that_ends_before_it_begins_is_no_error(service):
    assert service.end() == 0


def test_the_load_and_the_age_of_the_last_word_are_told(service):
    service.start().heard()
    service.tell({"load": {"cpu": 0.1, "gaps": 1}})
    assert service.until(lambda health: health["load"])["gaps"] == 1
    service.until(lambda health: health["age_s"] > 0.2)
    service.tell(beat(1))
    service.until(lambda health: health["age_s"] < 0.2)


def test_rubbish_among_the_lines_is_passed_over(service):
    service.start().heard()
    service.process.stdin.write('no json\n[1]\n{"event": "weather"}\n{"event": "beat"}\n\n')
    service.tell(beat(7))
    deadline = time.monotonic() + PATIENCE
    while service.get("/now")["beat"] != beat(7):
        assert time.monotonic() < deadline


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(service, number):
    service.start().heard()
    service.until(lambda health: True)
    service.process.send_signal(number)
    assert service.process.wait(PATIENCE) == 0
    service.close()
    assert not [line for line in service.log if "Traceback" in line or "Fatal" in line]


def test_after_being_killed_it_starts_again_at_the_same_port(service):
    service.start().heard()

    async def talk():
        async with websockets.connect(service.url) as client:
            await client.recv()
            service.process.kill()
            with pytest.raises(websockets.ConnectionClosed):
                while True:
                    await client.recv()

    conversation(talk())
    again = Service(service.port).start()
    try:
        assert "service" in again.heard()
        assert again.get("/health")["state"] == "starting"
    finally:
        again.close()


def test_when_it_has_ended_only_the_main_thread_is_left():
    code = (
        "import json, threading\n"
        "from bridge.service.__main__ import main\n"
        "status = main()\n"
        "print(json.dumps([status, [thread.name for thread in threading.enumerate()]]))"
    )
    service = Service(free_port(), ("-c", code)).start()
    try:
        service.heard()
        service.get("/now")
        service.process.stdin.close()
        assert service.heard() == [0, ["MainThread"]]
    finally:
        service.close()
