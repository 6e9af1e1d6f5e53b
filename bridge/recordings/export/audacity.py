"""A label track for Audacity: start, end and text, between tabs, in seconds.

https://manual.audacityteam.org/man/importing_and_exporting_labels.html
"""

from __future__ import annotations

from typing import BinaryIO

from bridge.recordings.export.material import Material
from bridge.recordings.export.plain import one_line
from bridge.recordings.export.rows import rows_of


def write_labels(material: Material, out: BinaryIO) -> None:
    """A line for each fact; one without length is a point."""
    lines = [
        f"{max(row.start, 0.0):.6f}\t{max(row.start if row.end is None else row.end, 0.0):.6f}"
        f"\t{one_line(row.label)}\n"
        for row in rows_of(material.recording, material.kinds)
    ]
    out.write("".join(lines).encode())
