"""Who may ask: Host and Origin, over HTTP and WebSocket alike."""

import asyncio

import pytest
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

from bridge.service.app import create_app
from bridge.service.audience import Audience
from bridge.service.guard import Guard
from bridge.settings import ServiceSettings


def house(**settings) -> TestClient:
    app = create_app(ServiceSettings(**settings), Audience(), lambda command: None)
    return TestClient(app, base_url="http://127.0.0.1:8765", raise_server_exceptions=False)


def http_status(client: TestClient, headers: dict) -> int:
    answer = client.post("/commands/tap", headers=headers)
    assert answer.status_code == 202 or set(answer.json()) == {"what", "cause", "remedy"}
    return answer.status_code


def websocket_status(client: TestClient, headers: dict) -> int:
    try:
        with client.websocket_connect("ws://127.0.0.1:8765/events", headers=headers) as socket:
            assert "hello" in socket.receive_json()
        return 202
    except WebSocketDenialResponse as denial:
        assert set(denial.json()) == {"what", "cause", "remedy"}
        return denial.status_code


WAYS = pytest.mark.parametrize("ask", [http_status, websocket_status])


@WAYS
@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8765", "LocalHost:8765", "127.0.0.1:8765", "[::1]:8765", "[::1]"],
)
def test_names_of_this_machine_are_let_in(ask, host: str):
    assert ask(house(), {"host": host}) == 202


@WAYS
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8765",
        "localhost.evil.example",
        "evil.example@localhost",
        "localhost@evil.example",
        "127.0.0.1.evil.example:8765",
        "127.0.0.2",
        "192.168.1.5:8765",
        "::1",
        "[::1",
        "localhost:",
        "localhost:8765:8765",
        "localhost, evil.example",
        "localhost/",
        "",
    ],
)
def test_a_page_that_rebinds_its_name_is_kept_out(ask, host: str):
    assert ask(house(), {"host": host}) == 403


@WAYS
def test_the_host_in_the_settings_is_let_in(ask):
    assert ask(house(host="192.168.1.5"), {"host": "192.168.1.5:8765"}) == 202
    assert ask(house(host="Studio.local"), {"host": "studio.LOCAL:8765"}) == 202
    assert ask(house(host="fe80::1"), {"host": "[fe80::1]:8765"}) == 202


@WAYS
@pytest.mark.parametrize("everywhere", ["0.0.0.0", "::"])
def test_listening_everywhere_lets_in_addresses_but_no_names(ask, everywhere: str):
    client = house(host=everywhere)
    assert ask(client, {"host": "192.168.1.5:8765"}) == 202
    assert ask(client, {"host": "[fd00::5]:8765"}) == 202
    assert ask(client, {"host": "evil.example:8765"}) == 403


@WAYS
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:3000",  # another program's page on this machine
        "http://localhost",
        "https://localhost:8765",
        "http://127.0.0.1:8765",  # not the name that was asked for
        "null",
        "",
        "file://",
        "http://localhost:8765.evil.example",
    ],
)
def test_other_pages_are_kept_out(ask, origin: str):
    assert ask(house(), {"host": "localhost:8765", "origin": origin}) == 403


@WAYS
@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1:8765", "[::1]:8765"])
def test_its_own_page_is_let_in(ask, host: str):
    assert ask(house(), {"host": host, "origin": f"http://{host}"}) == 202


@WAYS
def test_pages_in_the_settings_are_let_in_by_their_own_name_too(ask):
    client = house(origins=("http://stage.local:8000/",))
    page = {"origin": "http://stage.local:8000"}
    assert ask(client, page | {"host": "127.0.0.1:8765"}) == 202
    assert ask(client, page | {"host": "stage.local:8765"}) == 202
    assert ask(client, {"origin": "http://stage.local:9", "host": "127.0.0.1:8765"}) == 403


def test_a_page_in_the_settings_may_read_the_answer_and_no_other():
    client = house(origins=("http://stage.local:8000/",))
    allowed = client.get("/now", headers={"origin": "http://stage.local:8000"})
    assert allowed.headers["access-control-allow-origin"] == "http://stage.local:8000"
    assert "access-control-allow-origin" not in client.get("/now").headers


def test_nothing_behind_the_guard_runs_for_who_is_kept_out():
    commands = []
    app = create_app(ServiceSettings(), Audience(), commands.append)
    client = TestClient(app, base_url="http://evil.example")
    assert client.post("/commands/tap").status_code == 403
    assert client.get("/").status_code == 403
    assert client.get("/openapi.json").status_code == 403
    assert not commands


def through_the_guard(headers: list, extensions: dict, kind: str = "websocket") -> list:
    """What the guard sends for a request as the server gives it."""
    sent = []

    async def ask() -> None:
        async def app(scope, receive, send):
            await send({"type": "passed"})

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        scope = {"type": kind, "scheme": "ws", "headers": headers, "extensions": extensions}
        await Guard(app, host="127.0.0.1")(scope, receive, send)

    asyncio.run(ask())
    return sent


def test_two_hosts_or_none_are_kept_out():
    answers = {"websocket.http.response": {}}
    two = [(b"host", b"localhost"), (b"host", b"evil.example")]
    for headers in ([], two):
        assert through_the_guard(headers, answers)[0]["status"] == 403
    assert through_the_guard([(b"host", b"localhost")], answers) == [{"type": "passed"}]


def test_two_origins_must_both_be_allowed():
    answers = {"websocket.http.response": {}}
    host, own = (b"host", b"localhost:8765"), (b"origin", b"http://localhost:8765")
    headers = [host, own, (b"origin", b"http://evil.example")]
    assert through_the_guard(headers, answers)[0]["status"] == 403


def test_a_server_without_denials_closes_the_websocket():
    assert through_the_guard([], {}) == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("cross-site", "no-cors", 403),  # <audio>, <img>, <script> of a strange page
        ("cross-site", "navigate", 200),  # a link that leads here
        ("same-origin", "cors", 200),
        ("same-site", "no-cors", 200),  # localhost:8000
        ("none", "navigate", 200),  # typed by hand
    ],
)
def test_a_strange_page_cannot_embed_what_it_cannot_read(site: str, mode: str, status: int):
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    assert house().get("/now", headers=headers).status_code == status


def test_an_allowed_page_embeds_by_saying_who_it_is():
    page = "http://studio.local:8000"
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": page}
    assert house(origins=(page,)).get("/now", headers=headers).status_code == 200
