"""One CSV table of everything: a spreadsheet filters by its first column.

UTF-8 with a byte order mark, which Excel needs; seconds and decimal points as everywhere else.
"""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

from bridge.recordings.export.material import Material
from bridge.recordings.export.rows import rows_of

OWN = ("kind", "take", "start", "end", "bar", "beat", "label")
MORE = (
    "tempo",
    "harte",
    "velocity",
    "id",
    "bars",
    "loop_bars",
    "coolness",
    "niceness",
    "seam",
    "confidence",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a text that begins so would be calculated


def write_table(material: Material, out: BinaryIO) -> None:
    """A line of names, then a line for each fact; what a fact does not have is empty."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([*OWN, *MORE])
    for row in rows_of(material.recording, material.kinds):
        own = (row.kind, row.take, row.start, row.end, row.bar, row.beat, row.label)
        table.writerow([_cell(value) for value in (*own, *(row.more.get(name) for name in MORE))])
    out.write(text.getvalue().encode("utf-8-sig", errors="replace"))


def _cell(value: str | float | int | None) -> str | int:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
