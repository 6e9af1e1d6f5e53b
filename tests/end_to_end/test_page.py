"""The page on the stage's tablet: a real browser shows what is heard."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from bridge.events import Beat, Chord, Event, Key, Section, State, Tempo, to_json
from tests.end_to_end.processes import PATIENCE, Filter, eventually, settings
from tests.end_to_end.run import free_port

pytestmark = pytest.mark.end_to_end

NOW = {"at": 12.0, "decided": 12.0}
HEARD: list[Event] = [
    State(**NOW, state="listening", reason="sound arrives"),
    Tempo(**NOW, bpm=122.3, confidence=0.9, other=61.1, coasting=False),
    Beat(**NOW, number=3, bar=21, tempo=122.3, confidence=0.9),
    Key(**NOW, key="E minor", confidence=0.9),
    Chord(**NOW, label="A:min", confidence=0.8),
    Section(**NOW, name="<b>break</b>", number=2, confidence=0.7),
]


@contextmanager
def page(url: str, folder: Path) -> Iterator[Callable[[str], Any]]:
    """The page in headless Chromium; what is given evaluates JavaScript in it."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    assert browser, "Chromium is installed by .ci/run"
    running = subprocess.Popen(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--remote-debugging-port=0", f"--user-data-dir={folder}", url,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        told = folder / "DevToolsActivePort"
        eventually("Chromium's port", told.exists)
        port = eventually("its number", lambda: told.read_text().splitlines())[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            target = next(each for each in json.load(answer) if each["type"] == "page")
        with connect(target["webSocketDebuggerUrl"]) as tools:
            yield lambda script: evaluate(tools, script)
    finally:
        running.terminate()
        running.wait()


def evaluate(tools: ClientConnection, script: str) -> Any:
    """The value of a JavaScript expression in the page."""
    tools.send(
        json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {"expression": script}})
    )
    while True:
        message = json.loads(tools.recv(PATIENCE))
        if message.get("id") == 1:
            return message["result"]["result"].get("value")


def test_a_browser_shows_what_is_heard_and_takes_nothing_for_markup(tmp_path: Path) -> None:
    wanted = settings(service__port=free_port())
    with Filter("bridge.service", wanted, tmp_path) as service:
        url = service.wait_for("service")["url"]
        for event in HEARD:
            service.send(to_json(event))
        with page(url, tmp_path / "browser") as ask:

            def shown(name: str) -> str:
                return str(ask(f"document.getElementById('{name}')?.textContent"))

            eventually("the key", lambda: shown("key") == "E minor")
            assert shown("tempo").startswith("122")
            assert shown("chord") in ("Am", "A:min")
            assert shown("state") == "listening"
            assert shown("section") == "<b>break</b>"
            assert ask("document.querySelectorAll('b').length") == 0
        assert service.end() == 0
