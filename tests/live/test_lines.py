"""Lines of JSON between the processes."""

import io
import os
import threading

from bridge.live.lines import ROOM, LineWriter, read_lines


def test_what_is_written_is_read_in_order() -> None:
    reader, writer = os.pipe()
    lines = LineWriter(os.fdopen(writer, "wb"), "test")
    for number in range(100):
        lines.send({"number": number, "text": "Größe\n"})
    lines.close()
    with os.fdopen(reader, "rb") as stream:
        assert [m["number"] for m in read_lines(stream)] == list(range(100))


def test_what_is_no_message_is_passed_over() -> None:
    stream = io.BytesIO(b'\x00\xff\n[1]\n{"a": 1}\n{"torn": \n\n{"b": 2}\n')
    assert list(read_lines(stream)) == [{"a": 1}, {"b": 2}]


def test_a_writer_never_waits_for_a_reader_that_does_not_read() -> None:
    reader, writer = os.pipe()
    lines = LineWriter(os.fdopen(writer, "wb"), "test")
    for number in range(3 * ROOM):
        lines.send({"number": number, "padding": "x" * 100})
    assert lines.dropped > 0
    os.close(reader)
    lines.close()
    assert not any(t.name == "test writer" for t in threading.enumerate())


def test_a_reader_that_goes_away_does_no_harm() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    lines = LineWriter(os.fdopen(writer, "wb"), "test")
    for _ in range(10):
        lines.send({"a": 1})
    lines.close()
