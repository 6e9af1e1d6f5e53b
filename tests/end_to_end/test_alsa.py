"""The virtual port on ALSA's own sequencer, in a virtual machine whose kernel has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.alsa_machine.machine import run_in_machine

pytestmark = pytest.mark.end_to_end

PATIENCE = 600.0  # seconds; two minutes on a quiet machine


def test_on_alsa_no_note_hangs_when_the_holder_of_the_port_is_killed(tmp_path: Path) -> None:
    trial = ["-m", "pytest", "-p", "no:cacheprovider", "-vs", "--color=no", "--durations=0",
             "tests/end_to_end/alsa_machine/inside.py"]  # fmt: skip
    status, said = run_in_machine(trial, tmp_path, PATIENCE)
    print(said)
    assert status == 0, said
    assert "3 passed" in said
