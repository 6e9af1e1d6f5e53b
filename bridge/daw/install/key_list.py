"""Our scripts in reaper-kb.ini, Reaper's list of actions and keys.

One line each: `SCR 4 0 RS<id> "Custom: <name>" <path below Scripts>`. Reaper writes the file anew
when it ends, so this is for while none runs. Bytes in, bytes out: no other line changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

FOLDER = "dawbridge"
LINE = re.compile(
    rb"(?:^|(?<=\A\xef\xbb\xbf))"  # of a line, also behind a byte order mark
    rb'SCR \d+ \d+ [^ "\n]+ "[^"\n]*" (?P<path>"[^"\n]*"|[^\r\n]*?)[ \t]*(?:\r?\n|\Z)',
    re.M,
)
MARK = b"\xef\xbb\xbf"  # of the byte order


def with_actions(listed: bytes, names: Iterable[str]) -> bytes:
    """The list with these scripts in it; those that Reaper has registered itself stay as they are.

    Ours come first: whether the last line is ended is nothing to us.
    """
    end = b"\r\n" if listed.count(b"\r\n") * 2 > listed.count(b"\n") else b"\n"
    lines = b"".join(_line(name) + end for name in sorted(set(names) - registered(listed)))
    start = len(MARK) if listed.startswith(MARK) else 0
    return listed[:start] + lines + listed[start:]


def without_actions(listed: bytes, but: Iterable[str] = ()) -> bytes:
    """The list without scripts of our folder, except those named."""
    stay = set(but)

    def left(line: re.Match[bytes]) -> bytes:
        name = _ours(line)
        return b"" if name and name not in stay else line[0]

    return LINE.sub(left, listed)


def registered(listed: bytes) -> set[str]:
    """Names of the scripts of our folder in the list."""
    return {name for line in LINE.finditer(listed) if (name := _ours(line))}


def action_id(name: str) -> str:
    """40 hexadecimal signs, the same for the same name everywhere."""
    return blake2b(f"dawbridge/{name}".encode(), digest_size=20).hexdigest()


def _line(name: str) -> bytes:
    return f'SCR 4 0 RS{action_id(name)} "Custom: {name}" {FOLDER}/{name}'.encode()


def _ours(line: re.Match[bytes]) -> str:
    """The name of a script of our folder; empty: it is none."""
    path = line["path"].strip(b'"').replace(b"\\", b"/").decode("latin-1")
    folder, _, name = path.rpartition("/")
    return name if folder == FOLDER and name.startswith("dawbridge") else ""
