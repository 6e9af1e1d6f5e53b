"""The DAW bridge as a whole: `dawbridge run`, the real folder, a script in Python."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.demo import SONG
from tests.end_to_end.processes import eventually
from tests.end_to_end.run import Run
from tests.end_to_end.spool_script import SpoolScript

pytestmark = pytest.mark.end_to_end


def test_a_song_that_is_heard_leaves_its_marks_where_it_played(tmp_path: Path) -> None:
    with Run(tmp_path, os.environ, "--input", str(SONG), "-s", "midi.on=false") as run:
        script = SpoolScript(tmp_path / "data" / "dawbridge" / "daw")
        script.pump_for(2.0)
        script.roll(at=100.0)
        script.pump_for(13.0)
        first = script.daemon
        run.kill("daw")
        eventually("another daemon", lambda: script.presence() != first)
        again = SpoolScript(script.folder, script.project)
        again.goes_on(script)
        again.pump_for(22.0)
        again.stand()
        again.pump_for(11.0)
        heard = [section for section in run.events("section") if section["at"] > 5.0][:3]
        marks = again.of("section")[:4]
        assert [mark.name for mark in marks[1:]] == [
            section["name"].removesuffix("-like") for section in heard
        ]
        offsets = [mark.at - section["at"] for mark, section in zip(marks[1:], heard, strict=True)]
        assert max(offsets) - min(offsets) < 0.01
        for mark, after in pairwise(marks):
            assert mark.end == pytest.approx(after.at, abs=1e-6)
        assert {"daw": [{"daw": "reaper", "project": "Song", "state": "recording"}]} in run.said
