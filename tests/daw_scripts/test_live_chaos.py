"""Whatever happens in whatever order: nothing of the user's is lost, nothing of ours is doubled."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.daw.facts import Fact, Note
from tests.daw_scripts.test_live_daemon import Daemon, Real


class Day:
    """A seeded day of a musician, the daemon, and both of their computers."""

    def __init__(self, live: Real, seed: int) -> None:
        self.live = live
        self.dice = random.Random(seed)
        self.count = 0
        self.mine: list[str] = []  # names of the user's own locators
        self.runs = 1

    def facts(self) -> dict[str, Fact]:
        return dict(self.live.daemon.journal.facts)

    def put(self) -> None:
        """Something new; places are its own, names too."""
        self.count += 1
        n, at = self.count, 8.0 * self.count
        kind = self.dice.choice(["section", "chord", "drums"])
        fact = {
            "section": Fact(f"s{n}", "region", "section", at, f"part {n}", at + 8),
            "chord": Fact(f"c{n}", "text", "chord", at, f"C{n}", at + 4),
            "drums": Fact(
                f"d{n}", "notes", "drums", at, f"drums {n}", at + 8,
                notes=(Note(0.0, 0.2, 36, 90),),
            ),
        }[kind]  # fmt: skip
        self.live.daemon.journal.put(fact)

    def move(self) -> None:
        facts = self.facts()
        if facts:
            fact = self.dice.choice(sorted(facts.values(), key=lambda fact: fact.id))
            by = self.dice.choice([0.5, 1.0])
            moved = replace(fact, at=fact.at + by, end=None if fact.end is None else fact.end + by)
            if fact.at % 8 < 2:
                self.live.daemon.journal.put(moved)

    def drop(self) -> None:
        facts = self.facts()
        if facts:
            self.live.daemon.journal.drop(self.dice.choice(sorted(facts)))

    def play(self) -> None:
        self.live.world.song.values.update(is_playing=True, record_mode=self.dice.random() < 0.5)

    def stop(self) -> None:
        self.live.world.song.values.update(is_playing=False, record_mode=False)

    def own(self) -> None:
        """The user sets a locator between ours."""
        name = f"mine {len(self.mine)}"
        self.mine.append(name)
        self.live.world.song.add_cue(
            8.0 * self.dice.randrange(1, 40) + 5.25 + self.count / 64, name
        )

    def rename(self) -> None:
        ours = [c for c in self.live.world.song.cues if "part" in c.values["name"]]
        if ours:
            self.dice.choice(ours).values["name"] += "!"

    def delete(self) -> None:
        ours = [c for c in self.live.world.song.cues if "part" in c.values["name"]]
        if ours:
            self.live.world.song.remove_cue(self.dice.choice(ours))

    def cut(self) -> None:
        """The connection breaks."""
        for link in self.live.daemon.port._links:
            link.close()

    def restart_daemon(self) -> None:
        self.runs += 1
        self.live.daemon.close()
        self.live.daemon = Daemon(self.live, f"run-{self.runs}")

    def restart_live(self) -> None:
        self.live.restart()

    def slow(self) -> None:
        self.live.world.lag = self.dice.choice([0.0, 0.05])

    def step(self) -> None:
        often = [self.put] * 8 + [self.move] * 3 + [self.drop] * 2 + [self.play, self.stop] * 3
        seldom = [
            self.own, self.rename, self.delete, self.cut, self.restart_daemon, self.restart_live,
            self.slow,
        ]  # fmt: skip
        if self.live.daemon.hub.busy and self.live.daemon.journal is not None:
            self.dice.choice(often + seldom)()
        self.live.run(self.dice.choice([0.02, 0.1, 0.3, 1.0]))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("version", ["12.0.5", "12.3.6"])
def test_after_any_day_each_thing_stands_once(version: str, seed: int, tmp_path: Path) -> None:
    live = Real(tmp_path, version).connect()
    day = Day(live, seed)
    for _ in range(60):
        day.step()
    day.stop()
    live.run(25.0)
    song = live.world.song
    names = Counter(cue.values["name"] for cue in song.cues)
    assert all(names[name] == 1 for name in day.mine), "the user's own stand as they were"
    clips = Counter(clip.values["name"] for track in song.tracks_ for clip in track.clips)
    assert not [name for name, count in (names + clips).items() if count > 1], "nothing twice"
    failed = live.daemon.conversation.failed
    held = live.daemon.conversation.held
    for fact in day.facts().values():
        if fact.id in failed or fact.id not in held or held[fact.id].gone:
            continue
        found = [n for n in names + clips if n.rstrip("!") == fact.name]
        assert len(found) == 1, f"{fact.id} stands once"
    ours = {n for n in names + clips if not n.startswith("mine")}
    wanted = {fact.name for fact in day.facts().values()}
    left = {n for n in ours if n.rstrip("!") not in wanted and not n.endswith("!")}
    assert not left, "what was dropped is gone, but for what the user renamed"
    assert live.world.open_steps == 0
    live.fine()
    live.daemon.close()
