"""What thousands of facts, and thousands of folders, cost the bridge to DAWs.

    python -m benchmarks.daw_many                  some 20 seconds
    python -m benchmarks.daw_many --facts 20000    of a journal

Everything is called as the daemon calls it; nothing is a DAW but a script that applies every batch.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from bridge.daw.conversation import Conversation
from bridge.daw.facts import KINDS, ROLES, Fact
from bridge.daw.journal import Journals
from bridge.daw.reconcile import applied
from bridge.daw.spool import Spool
from bridge.daw.wire import Message, encode, message

TOKEN = "0123456789abcdef"


def main() -> None:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=100_000, help="of a journal")
    parser.add_argument("--held", type=int, default=20_000, help="of a project in a DAW")
    parser.add_argument("--folders", type=int, default=10_000, help="of other conversations")
    options = parser.parse_args()
    print("| what | ms |\n|---|---|")
    with tempfile.TemporaryDirectory() as name:
        _journal(Path(name) / "journal", options.facts)
        _conversation(Path(name) / "project", options.held)
        _spool(Path(name) / "spool", options.folders)


def _said(what: str, call: Callable[[], object]) -> None:
    print(f"| {what} | {_took(call):.1f} |", flush=True)


def _took(call: Callable[[], object]) -> float:
    """Milliseconds that one call takes."""
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)


def _marks(count: int) -> list[Fact]:
    return [
        Fact(f"chord-{n:012x}", KINDS[n % 3], ROLES[n % 3], n / 3, f"Am {n}", n / 3 + 0.25)
        for n in range(count)
    ]


def _journal(folder: Path, count: int) -> None:
    marks, journal = _marks(count), Journals(folder).open("p")
    _said(f"journal: {count} facts put at once", lambda: journal.put(*marks))
    _said("journal: they again, nothing new", lambda: journal.put(*marks))
    _said("journal: one fact changed", lambda: journal.put(replace(marks[0], name="C")))
    _said("journal: one group, by position", lambda: journal.group("live"))
    journal.close()
    _said("journal: opened", lambda: Journals(folder).open("p"))
    for turn in range(3):
        journal.put(*[replace(mark, name=f"{turn}") for mark in marks])
    journal.close()
    _said(
        "journal: opened and written anew, 400 % of its lines", lambda: Journals(folder).open("p")
    )


def _conversation(folder: Path, count: int) -> None:
    journals = Journals(folder)
    marks, journal = _marks(count), journals.open("p")
    journal.put(*marks)
    told = _talk(journals)
    batches = _batches(told, partial(told.receive, message("ready")))
    assert len(told.held) == count
    print(f"| project: {count} facts put, all {len(batches) - 1} batches | {sum(batches):.1f} |")
    print(f"| project: the first of these batches | {batches[0]:.1f} |")
    print(f"| project: the slowest of the others | {max(batches[1:]):.1f} |")
    _said("project: one changed, the next batch", lambda: _one(told, journal, marks[0]))
    _said("project: nothing changed", told.changes)
    held = [
        message(
            "have", id=h.id, rev=h.rev, at=h.at, end=h.end, name=h.name,
            was_at=h.was_at, was_end=h.was_end, was_name=h.was_name,
        )
        for h in told.held.values()
    ]  # fmt: skip
    again = _talk(journals)
    _said("project: hello again, all of it told", lambda: [again.receive(each) for each in held])
    _said("project: and compared", lambda: again.receive(message("ready")))
    for id in again.held:
        again.receive(message("edit", id=id, name="mine"))
    batches = _batches(again, lambda: again.restore())
    print(f"| project: all of it renamed and restored, all batches | {sum(batches):.1f} |")
    batches = _batches(again, lambda: again.remove(None))
    assert not again.held
    print(f"| project: all of it removed, all batches | {sum(batches):.1f} |")


def _talk(journals: Journals) -> Conversation:
    told = Conversation(journals, daemon="d", version="1", taken=lambda _: False)
    told.receive(message("hello", protocol=1, daw="reaper", project="p", can=",".join(KINDS)))
    return told


def _batches(told: Conversation, first: Callable[[], list[Message]]) -> list[float]:
    """Milliseconds that each batch takes until there is none; each is done at once."""
    took = []
    more = True
    while more:
        begun = time.perf_counter()
        sent = first()
        took.append(1000 * (time.perf_counter() - begun))
        more = bool(sent)
        first = partial(told.receive, message("done", batch=sent[0].text("batch") if sent else 0))
    return took


def _one(told: Conversation, journal, mark: Fact) -> None:
    journal.put(replace(mark, name="changed"))
    (begin, put) = told.changes()
    assert applied(put).name == "changed"
    told.receive(message("done", batch=begin.text("batch")))


def _spool(folder: Path, count: int) -> None:
    """Half of what others left ended with `bye`, half has no line; 250 seconds go by."""
    for number in range(count):
        script = folder / f"reaper-{number:016x}"
        script.mkdir(parents=True)
        if number % 2:
            (script / "up.000001").write_bytes(
                encode(message("hello", daemon="another")) + encode(message("bye"))
            )
    now = [0.0]
    begun = time.perf_counter()
    place = Spool(folder, TOKEN, "1", lambda: now[0])
    looks, beats = [_took(place.arrivals)], [_took(place.beat)]
    print(f"| spool: {count} folders, begun | {1000 * (time.perf_counter() - begun):.1f} |")
    for _ in range(250):
        now[0] += 1.0
        looks.append(_took(place.arrivals))
        beats.append(_took(place.beat))
    left = sum(1 for each in folder.iterdir() if each.is_dir())
    print(f"| spool: the slowest look | {max(looks):.1f} |")
    print(f"| spool: the slowest beat | {max(beats):.1f} |")
    print(f"| spool: a look at the end, {left} folders left | {looks[-1]:.1f} |")
    place.close()


if __name__ == "__main__":
    main()
