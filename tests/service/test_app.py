"""What is asked and answered, over the app itself."""

import asyncio
import json
import re
from typing import get_args

import pytest
from fastapi.testclient import TestClient

import bridge
from bridge.events import DRUMS, EVENTS, Beat, Event, Tempo, fields, to_json
from bridge.live.commands import COMMANDS
from bridge.service.app import PAGE, create_app
from bridge.service.audience import MOST_LISTENERS, ROOM, Audience, Listener
from bridge.service.models import EXAMPLES, MODELS, read_event
from bridge.settings import ServiceSettings

HERE = "http://127.0.0.1:8765"
EVENTS_AT = "ws://127.0.0.1:8765/events"


class House:
    """The app, what feeds it, and what it was told to do."""

    def __init__(self, **settings):
        self.audience = Audience()
        self.commands = []
        app = create_app(ServiceSettings(**settings), self.audience, self.commands.append)
        self.client = TestClient(app, base_url=HERE, raise_server_exceptions=False)


def beat(number: int, **other) -> dict:
    values = {"at": 1.0, "decided": 0.9, "bar": 1, "tempo": 120.0, "confidence": 0.9}
    return to_json(Beat(number=number, **(values | other)))


def receive(socket, key: str) -> dict:
    """The next message with that key; states come in between."""
    while True:
        message = socket.receive_json()
        if key in message:
            return message


def test_now_is_the_latest_of_each_topic_and_null_before_it():
    house = House()
    house.audience.hear(beat(1))
    house.audience.hear(beat(2))
    now = house.client.get("/now").json()
    assert now["beat"] == beat(2)
    assert now["tempo"] is None
    assert list(now) == [kind.topic for kind in EVENTS]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.topic)
def test_every_event_comes_through_as_it_was(event: Event):
    house = House()
    house.audience.hear(to_json(event))
    assert house.client.get("/now").json()[event.topic] == to_json(event)


def test_there_is_an_example_of_every_topic():
    assert {event.topic for event in EXAMPLES} == {kind.topic for kind in EVENTS}


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.topic)
def test_the_models_have_the_fields_of_the_events_with_their_meanings(kind: type[Event]):
    properties = MODELS[kind.topic].model_json_schema()["properties"]
    assert list(properties) == ["event", *(field.name for field in fields(kind))]
    for field in fields(kind):
        assert properties[field.name]["description"] == field.meaning


def test_an_unknown_value_is_null():
    house = House()
    house.audience.hear(
        to_json(Tempo(at=0, decided=0, bpm=None, confidence=0, other=None, coasting=False))
    )
    assert house.client.get("/now").json()["tempo"]["bpm"] is None


@pytest.mark.parametrize(
    "line",
    [
        {"event": "weather"},
        {"event": "beat"},
        {"event": ["beat"]},
        {"event": None},
        beat(1) | {"tempo": "fast"},
        beat(1) | {"tempo": float("nan")},
        {"nothing": 1},
        {"load": 3},
        {"load": {"cpu": "much", "gaps": float("nan")}},
    ],
)
def test_a_line_that_is_no_event_harms_nothing(line):
    house = House()
    house.audience.hear(line)
    house.audience.hear(beat(3))
    assert house.client.get("/now").json()["beat"]["number"] == 3
    assert house.client.get("/health").json()["load"] == {}


def test_what_is_not_finite_is_no_event():
    with pytest.raises(ValueError, match="finite"):
        read_event(beat(1) | {"confidence": float("inf")})


def test_health_says_how_everything_is():
    house = House()
    health = house.client.get("/health").json()
    assert (health["state"], health["version"]) == ("starting", bridge.__version__)
    house.audience.hear(
        {"event": "state", "at": 0, "decided": 0, "state": "lost", "reason": "unplugged"}
    )
    house.audience.hear({"load": {"cpu": 0.25, "gaps": 2}})
    health = house.client.get("/health").json()
    assert (health["state"], health["reason"]) == ("lost", "unplugged")
    assert health["load"] == {"cpu": 0.25, "gaps": 2}
    assert (health["gaps"], health["drops"], health["clients"]) == (2, 0, 0)
    assert 0 <= health["age_s"] <= health["uptime_s"] < 60


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_taken_and_passed_on(name: str):
    house = House()
    answer = house.client.post(f"/commands/{name}")
    assert (answer.status_code, answer.json()) == (202, {"accepted": name})
    assert house.commands == [name]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/commands/stop", 422),
        ("GET", "/commands/tap", 405),
        ("GET", "/nowhere", 404),
        ("DELETE", "/now", 405),
    ],
)
def test_an_error_says_what_why_and_what_to_do(method: str, path: str, status: int):
    house = House()
    answer = house.client.request(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"what", "cause", "remedy"}
    assert not house.commands


def test_a_bug_answers_without_its_traceback():
    house = House()
    house.audience.health = lambda: 1 / 0
    answer = house.client.get("/health")
    assert answer.status_code == 500
    assert set(answer.json()) == {"what", "cause", "remedy"}
    assert "ZeroDivision" not in answer.text


def test_the_description_has_every_model_and_example():
    description = House().client.get("/openapi.json").json()
    schemas = description["components"]["schemas"]
    for kind in EVENTS:
        assert schemas[kind.__name__]["examples"]
    assert {"Now", "Health", "Error", "Accepted"} <= set(schemas)
    assert "HTTPValidationError" not in json.dumps(description["paths"])
    command = description["paths"]["/commands/{name}"]["post"]
    assert command["parameters"][0]["schema"]["enum"] == list(COMMANDS)
    assert "202" in command["responses"]


def test_the_websocket_begins_with_a_hello_and_all_that_is_known():
    house = House()
    house.audience.hear(beat(4))
    with house.client.websocket_connect(EVENTS_AT) as socket:
        first = socket.receive_json()
    assert first["hello"] == {"version": bridge.__version__}
    assert first["state"]["beat"] == beat(4)
    assert first["state"]["key"] is None


def test_the_state_comes_by_itself():
    house = House()
    with house.client, house.client.websocket_connect(EVENTS_AT) as socket:
        socket.receive_json()
        states = [socket.receive_json() for _ in range(3)]
    assert all(set(state) == {"state", "age_s"} for state in states)
    assert set(states[0]["state"]) == {kind.topic for kind in EVENTS}


def test_the_websocket_takes_commands():
    house = House()
    with house.client.websocket_connect(EVENTS_AT) as socket:
        socket.send_text('{"command": "the_one"}')
        assert receive(socket, "accepted") == {"accepted": "the_one"}
    assert house.commands == ["the_one"]


@pytest.mark.parametrize(
    "text",
    ["", "tap", "[]", "1", '{"command": "stop"}', '{"command": ["tap"]}', "[" * 4000, '{"a": 1}'],
)
def test_what_is_no_command_is_answered_and_the_connection_stays(text: str):
    house = House()
    with house.client.websocket_connect(EVENTS_AT) as socket:
        socket.send_text(text)
        error = receive(socket, "error")["error"]
        assert all(error[part] for part in ("what", "cause", "remedy"))
        socket.send_bytes(b"\xff\x00")
        assert "error" in receive(socket, "error")
        socket.send_text('{"command": "tap"}')
        assert receive(socket, "accepted")
    assert house.commands == ["tap"]


def test_one_client_too_many_is_told_why():
    house = House()
    for _ in range(MOST_LISTENERS):
        house.audience.join()
    with house.client.websocket_connect(EVENTS_AT) as socket:
        assert "too many" in socket.receive_json()["error"]["what"]


def test_a_client_that_leaves_is_forgotten():
    house = House()
    with house.client:
        with house.client.websocket_connect(EVENTS_AT) as socket:
            socket.receive_json()
            assert house.client.get("/health").json()["clients"] == 1
        assert house.client.get("/health").json()["clients"] == 0


def test_a_slow_client_loses_the_oldest_and_is_told_how_many():
    async def listen() -> list[str]:
        client = Listener(room=3)
        for number in range(5):
            client.put(str(number))
            client.put_state(f"state {number}")
        first = await client.take()
        client.put("5")
        return first + await client.take()

    assert asyncio.run(listen()) == ['{"dropped": 2}', "2", "3", "4", "state 4", "5"]


def test_what_slow_clients_lost_is_still_counted_when_they_have_gone():
    audience = Audience()
    client = audience.join()
    for _ in range(ROOM + 10):
        audience.hear(beat(1))
    assert audience.health().drops == 11  # and the hello
    audience.leave(client)
    assert audience.health().drops == 11


def test_a_missed_state_is_not_a_drop():
    audience = Audience()
    client = audience.join()
    for _ in range(10 * ROOM):
        audience.tell_state()
    assert client.dropped == 0


def test_the_page_needs_nothing_from_elsewhere_and_writes_text_only():
    page = House().client.get("/")
    text = page.text
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"https?://|//[a-z]+\.|@import|url\(", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
    assert len(PAGE.read_text().splitlines()) < 150


def test_the_page_has_a_pad_for_every_drum_and_knows_the_topics():
    text = PAGE.read_text()
    assert all(f'"{drum}"' in text for drum in DRUMS)
    shown = re.findall(r"^  (\w+)\(e\) \{", text, re.MULTILINE)
    assert set(shown) <= set(MODELS)
    assert get_args(MODELS["beat"].model_fields["event"].annotation) == ("beat",)
