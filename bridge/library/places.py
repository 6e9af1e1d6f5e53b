"""Where files of sound lie, as the table `files` has it: text that any database can hold.

What the library itself brought in lies in its folder and is named from there on, so a copy of the
folder is whole; everything else is the user's, wherever it lies, and stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

UPLOADS = "uploads"  # what came in through the web API
FETCHED = "fetched"  # what came from an address
EXPORTS = "exports"  # what is on its way out
BREAKS = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]+")  # ends of lines, tabs
JOINERS = "\u200c\u200d"  # invisible, but words of Persian and signs like families are written so
OWN = (UPLOADS, FETCHED)
SURROGATES = re.compile("[\ud800-\udfff]")  # how Python writes bytes of a name that are no text
# No name has a slash in it and no path two in a row, but for the first two of some.
ESCAPED = re.compile(r"(?<=.)//([0-9a-f]{4})", re.DOTALL)


def stored(path: Path, folder: Path) -> str:
    """A path, both resolved, as the table has it: from the library's folder on if it is its own."""
    inside = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else ""
    text = inside if is_own(inside) else str(path)
    return SURROGATES.sub(lambda found: f"//{ord(found[0]):04x}", text)


def path_of(text: str, folder: Path) -> Path:
    """The path that the table means."""
    return folder / ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def is_own(text: str) -> bool:
    """Whether it is the library's own file, which is copied and deleted with it."""
    return text.startswith(tuple(f"{each}/" for each in OWN))


def readable(text: str) -> str:
    """A name with a sign in place of what is no text: no database and no answer takes that."""
    return SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def clean_name(text: str) -> str:
    """A name as it is stored: one line, and none of its signs steers a terminal or a page.

    Controls (C0, C1) and what is invisible, such as the marks that turn the direction of writing
    round, go (Unicode's Cc and Cf); ends of lines and tabs are spaces. May come out empty.
    """
    spaced = BREAKS.sub(" ", readable(text))
    return "".join(
        sign for sign in spaced if sign in JOINERS or unicodedata.category(sign) not in ("Cc", "Cf")
    ).strip()
