"""A label track for Audacity: start, end and text, between tabs, in seconds.

https://manual.audacityteam.org/man/importing_and_exporting_labels.html
"""

from __future__ import annotations

from bridge.recordings.export.rows import Kind, rows_of
from bridge.recordings.facts import Recording


def write_labels(recording: Recording, kinds: tuple[Kind, ...]) -> bytes:
    """A line for each fact; one without length is a point."""
    lines = [
        f"{max(row.start, 0.0):.6f}\t{max(row.start if row.end is None else row.end, 0.0):.6f}"
        f"\t{' '.join(row.label.split())}\n"
        for row in rows_of(recording, kinds)
    ]
    return "".join(lines).encode()
