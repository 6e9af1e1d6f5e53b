"""Names from a language model: what leaves, what may come back, and what happens when nothing does.

The server here speaks both protocols over real HTTP.
"""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.errors import BridgeError
from bridge.recordings.facts import Riff, Span, Take
from bridge.recordings.grid import Grid
from bridge.recordings.polish import Provider, language_model, polished, summary


def riff(name: str, number: int) -> Riff:
    return Riff(
        id=f"r{number}",
        name=name,
        times=(Span(1.0, 5.0), Span(5.0, 9.0)),
        best=0,
        bars=2,
        loop_bars=4,
        repetition=0.8,
        energy=0.7,
        salience=0.76,
        coolness=7.2,
        niceness=81.0,
        chords=("E:min", "G:maj"),
        seam=0.9,
        confidence=0.8,
    )


TAKE = Take(
    start=1.0,
    end=61.0,
    name="Take 1",
    grid=Grid((1.0, 1.5, 2.0, 2.5), (1, 2, 3, 4)),
    tuning_cents=0.0,
    key="E minor",
    keys=(),
    chords=(),
    sections=(),
    riffs=(riff("Riff in E minor", 1), riff("Riff in G", 2)),
    genre="rock",
    confidence=0.9,
)


@dataclass
class Model:
    """A language model on this machine: what it answers, and what it was sent."""

    answer: str = ""
    status: int = 200
    whole: bytes | None = None  # the body, instead of one that the protocol has
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def model() -> Iterator[Model]:
    model = Model()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            model.requests.append((self.path, headers, body))
            if self.path.endswith("/v1/messages"):
                said: Any = {"content": [{"type": "text", "text": model.answer}]}
            else:
                said = {"choices": [{"message": {"role": "assistant", "content": model.answer}}]}
            content = model.whole if model.whole is not None else json.dumps(said).encode()
            self.send_response(model.status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        model.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield model
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("provider", "path", "header"),
    [
        ("anthropic", "/v1/messages", ("x-api-key", "secret")),
        ("openai", "/chat/completions", ("authorization", "Bearer secret")),
    ],
)
def test_both_protocols_bring_names(
    model: Model, provider: Provider, path: str, header: tuple[str, str]
) -> None:
    model.answer = 'Here: {"take": "Night Drive", "riffs": {"r1": "Iron Gate", "r2": "Sky"}}'
    take = polished(TAKE, language_model(provider, model.url, "some-model", "secret"))
    assert (take.name, [riff.name for riff in take.riffs]) == ("Night Drive", ["Iron Gate", "Sky"])
    (sent,) = model.requests
    assert sent[0] == path
    assert sent[1][header[0]] == header[1]
    assert sent[2]["model"] == "some-model"


def test_only_the_summary_leaves(model: Model) -> None:
    model.answer = '{"take": "x", "riffs": {}}'
    polished(TAKE, language_model("openai", model.url, "m", ""))
    (question,) = (message["content"] for message in model.requests[0][2]["messages"])
    assert json.loads(question[question.rindex('{"seconds"') :]) == summary(TAKE)
    assert len(question) < 2000
    assert "authorization" not in model.requests[0][1]


def test_nothing_but_names_is_taken_over(model: Model) -> None:
    long = "x" * 100
    model.answer = json.dumps(
        {"take": 7, "riffs": {"r1": "Two\nlines", "r2": long, "r9": "Nobody", "tempo": 5}}
    )
    take = polished(TAKE, language_model("openai", model.url, "m", ""))
    assert take.name == "Take 1"
    assert [riff.name for riff in take.riffs] == ["Two lines", "Riff in G"]
    assert [riff.chords for riff in take.riffs] == [riff.chords for riff in TAKE.riffs]


def test_two_riffs_never_get_one_name(model: Model) -> None:
    model.answer = '{"take": "", "riffs": {"r1": "Same", "r2": "same"}}'
    take = polished(TAKE, language_model("openai", model.url, "m", ""))
    assert [riff.name for riff in take.riffs] == ["Same", "Riff in G"]


@pytest.mark.parametrize("answer", ["", "Sorry, I cannot.", "{", '{"riffs": 3}', "[]"])
def test_an_answer_without_names_is_said(model: Model, answer: str) -> None:
    model.answer = answer
    with pytest.raises(BridgeError, match="gave no names"):
        polished(TAKE, language_model("anthropic", model.url, "m", "k"))


@pytest.mark.parametrize(("status", "remedy"), [(401, "labels.key"), (500, "labels.model")])
def test_a_refusal_is_said_with_its_remedy(model: Model, status: int, remedy: str) -> None:
    model.status = status
    with pytest.raises(BridgeError) as told:
        polished(TAKE, language_model("anthropic", model.url, "m", "k"))
    assert str(status) in told.value.cause
    assert remedy in told.value.remedy


def test_nobody_there_is_said() -> None:
    with pytest.raises(BridgeError, match="did not answer"):
        polished(TAKE, language_model("openai", "http://127.0.0.1:9", "m", ""))


@pytest.mark.parametrize(
    "whole", [b"[" * 90_000, b'{"content": ' + b"[" * 50_000, b"x" * 200_000, b"", b"null", b"[]"]
)
def test_a_malicious_answer_leaves_the_names_alone(model: Model, whole: bytes) -> None:
    model.whole = whole
    with pytest.raises(BridgeError, match="no names"):
        polished(TAKE, language_model("anthropic", model.url, "m", "k"))


def test_an_error_repeats_neither_key_nor_address_nor_answer(model: Model) -> None:
    model.answer = "your key is sk-secret"
    told = []
    for url, key in ((model.url, "sk-secret"), ("http://me:sk-secret@127.0.0.1:9", "k")):
        with pytest.raises(BridgeError) as error:
            polished(TAKE, language_model("openai", url, "m", key))
        told.append(str(error.value))
    with pytest.raises(BridgeError) as error:
        language_model("openai", model.url, "m", "sk-secret\nx")
    told.append(str(error.value))
    assert "sk-secret" not in " ".join(told)


def test_a_key_with_a_line_end_behind_it_is_a_key(model: Model) -> None:
    model.answer = '{"take": "x", "riffs": {}}'
    polished(TAKE, language_model("openai", model.url, "m", "sk-1\n"))
    assert model.requests[0][1]["authorization"] == "Bearer sk-1"
