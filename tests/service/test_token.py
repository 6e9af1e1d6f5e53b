"""Who asks from another machine must know the token; who asks from here need not."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from starlette.testclient import WebSocketDenialResponse

from bridge.errors import BridgeError
from bridge.service.app import create_app
from bridge.service.audience import Audience
from bridge.service.guard import check_token
from bridge.settings import ServiceSettings, Settings, leaves

TOKEN = "the drummer counts in"
EVENTS = "ws://192.168.1.5:8765/events"
ELSEWHERE = ("192.168.1.9", 50000)


def house(client: tuple[str, int] = ELSEWHERE, **settings) -> TestClient:
    values = {"host": "0.0.0.0", "token": TOKEN, "origins": ("http://192.168.1.5:8000",)}
    app = create_app(ServiceSettings(**values | settings), Audience(), lambda command: None)
    return TestClient(app, base_url="http://192.168.1.5:8765", client=client)


@pytest.mark.parametrize("path", ["/", "/now", "/health", "/openapi.json", "/recordings", "/none"])
def test_nothing_is_told_to_a_stranger(path: str) -> None:
    answer = house().get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert set(answer.json()) == {"what", "cause", "remedy"}
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    "said",
    ["", "Bearer", "Bearer ", "Bearer another", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN],
)
def test_another_word_is_not_the_token(said: str) -> None:
    assert house().get("/now", headers={"Authorization": said}).status_code == 401


def test_the_token_lets_in_by_header_everywhere() -> None:
    headers = {"Authorization": f"bearer {TOKEN}"}
    assert house().get("/now", headers=headers).status_code == 200
    assert house().post("/commands/tap", headers=headers).status_code == 202
    with house().websocket_connect(EVENTS, headers=headers) as socket:
        assert "hello" in socket.receive_json()


def test_the_token_lets_in_by_the_address_where_nothing_is_changed() -> None:
    asked = {"token": TOKEN}
    assert house().get("/now", params=asked).status_code == 200
    assert house().head("/now", params=asked).status_code == 405  # let in; there is no HEAD
    assert house().post("/commands/tap", params=asked).status_code == 401
    with house().websocket_connect(f"{EVENTS}?token={TOKEN.replace(' ', '%20')}") as socket:
        assert "hello" in socket.receive_json()
    with pytest.raises(WebSocketDenialResponse) as denial:
        house().websocket_connect(f"{EVENTS}?token=x").__enter__()
    assert denial.value.status_code == 401


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.8.8.8"])
def test_this_machine_needs_no_token(address: str) -> None:
    assert house((address, 50000)).post("/commands/tap").status_code == 202


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_a_proxy_hands_on_is_not_from_this_machine(header: str) -> None:
    here = house(("127.0.0.1", 50000))
    assert here.get("/now", headers={header: "127.0.0.1"}).status_code == 401


def test_a_browser_may_ask_beforehand_what_it_may_send() -> None:
    headers = {
        "Origin": "http://192.168.1.5:8000",
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = house().options("/recordings", headers=headers)
    assert answer.status_code == 200
    assert "DELETE" in answer.headers["access-control-allow-methods"]
    answer = house().options("/recordings", headers=headers | {"Origin": "http://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST", "GET"])
def test_a_strange_page_is_kept_out_even_with_the_token(method: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.example"}
    assert house().request(method, "/recordings/x", headers=headers).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.1.1", "LOCALHOST"])
def test_on_this_machine_alone_no_token_is_needed(host: str) -> None:
    check_token(host, "")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "studio.local"])
def test_beyond_it_one_is(host: str) -> None:
    check_token(host, TOKEN)
    with pytest.raises(BridgeError, match="without a token") as refused:
        check_token(host, "")
    suggested = refused.value.remedy.split('"')[1]
    assert ServiceSettings(token=suggested).token.get_secret_value() == suggested


@pytest.mark.parametrize("token", ["short", "fifteen letters", "sixteen\x00character", "ä" * 20])
def test_a_token_is_long_and_can_be_sent(token: str) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(token=token)


def test_the_token_reaches_the_service_and_is_never_shown() -> None:
    settings = Settings(service={"token": TOKEN})
    passed_on = Settings.model_validate(settings.model_dump(mode="json"))
    assert passed_on.service.token.get_secret_value() == TOKEN
    assert TOKEN not in str(dict(leaves(settings)))
    assert TOKEN not in repr(settings)
