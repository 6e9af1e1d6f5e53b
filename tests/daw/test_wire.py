"""Lines of the DAW protocol."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.facts import Fact, Note, notes_of, put
from bridge.daw.wire import Lines, Message, decode, encode

EXAMPLES = json.loads(Path(__file__).with_name("lines.json").read_text(encoding="utf-8"))
NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
MESSAGES = st.builds(Message, NAMES, st.dictionaries(NAMES, st.text(max_size=30), max_size=5))


@pytest.mark.parametrize("example", EXAMPLES["whole"], ids=lambda example: example["verb"])
def test_the_examples_are_read_and_written(example: dict) -> None:
    told = Message(example["verb"], example["values"])
    assert decode(example["line"].encode()) == told
    assert encode(told) == example["line"].encode() + b"\n"


@pytest.mark.parametrize("line", EXAMPLES["torn"])
def test_a_torn_line_is_no_message(line: str) -> None:
    assert decode(line.encode()) is None


@given(st.lists(MESSAGES, max_size=5), st.data())
def test_messages_come_whole_however_the_bytes_are_cut(told: list[Message], data) -> None:
    sent = b"".join(map(encode, told))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=6)))
    lines = Lines()
    heard = []
    for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        heard += lines.push(sent[start:end])
    assert heard == told


@given(MESSAGES, MESSAGES, st.data())
def test_a_line_torn_by_a_dead_writer_harms_no_other(torn, told, data) -> None:
    half = encode(torn)[: data.draw(st.integers(1, len(encode(torn)) - 1))]
    assert Lines().push(half + b"\n" + encode(told))[-1:] == [told]


def test_a_line_that_never_ends_takes_no_memory() -> None:
    lines = Lines(longest=100)
    for _ in range(10):
        assert lines.push(b"x" * 90) == []
    after = Message("beat")
    assert lines.push(b"\n" + encode(after)) == [after]


def test_a_fact_is_put_with_what_it_has_alone() -> None:
    told = put(Fact("section-1", "region", "section", 1.5, "verse", 3.0))
    assert dict(told.values) == {
        "id": "section-1", "kind": "region", "role": "section", "at": "1.5", "name": "verse",
        "end": "3", "group": "live",
    }  # fmt: skip


def test_notes_are_read_as_they_were_written() -> None:
    notes = (Note(0.0, 0.1, 36, 100), Note(0.5, 0.25, 38, 1, 0))
    assert notes_of(put(Fact("d", "notes", "drums", 0.0, notes=notes)).text("notes")) == notes
