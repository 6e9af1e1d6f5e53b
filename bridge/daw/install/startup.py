"""Our block in Reaper's Scripts/__startup.lua, which runs when Reaper starts.

It stands at the beginning: after a `return` of the user's nothing may follow. Bytes in, bytes out:
whatever the file's encoding and line ends are, they stay. Only lines that are ours to the letter
are taken out; whatever the user wrote between them, or like them, stays.
"""

from __future__ import annotations

import re

BEGIN = b"-- >>> dawbridge (dawbridge install reaper --uninstall takes this out)"
END = b"-- <<< dawbridge"
CALL = b'pcall(dofile, reaper.GetResourcePath() .. "/Scripts/dawbridge/dawbridge_startup.lua")'
# Where one of these changes, what it was before stays among them.
BEGINS, CALLS, ENDS = (BEGIN,), (CALL,), (END,)
MARK = b"\xef\xbb\xbf"  # of the byte order
LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
HEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:#[^\r\n]*(?:\r\n|\r|\n|\Z))?")  # a line for shells
# Behind a line that had no end: the one before the block came with it.
BEHIND = re.compile(rb"(?:\r\n|\n)%s\r?\n%s\r?\n%s\Z" % tuple(map(re.escape, (BEGIN, CALL, END))))


def with_block(script: bytes) -> bytes:
    """The script with our block, where it stood or at the beginning."""
    end = b"\r\n" if script.count(b"\r\n") * 2 > script.count(b"\n") else b"\n"
    block = [BEGIN, CALL, END]
    if not BEHIND.search(script):
        mark, lines = _lines(script)
        for number, line in enumerate(lines):
            if _text(line) in BEGINS:
                before, after = _left(lines[:number]), _left(lines[number:])
                return mark + before + end.join([*block, b""]) + after
    rest = without_block(script)
    head = HEAD.match(rest)
    assert head is not None  # it matches nothing as well
    first, after = rest[: head.end()], rest[head.end() :]
    if first.removeprefix(MARK) and not first.endswith((b"\r", b"\n")):
        return end.join([first, *block])
    return first + end.join([*block, b""]) + after


def without_block(script: bytes) -> bytes:
    """The script as it was before us; of a block that was torn, the lines that are ours go."""
    mark, lines = _lines(BEHIND.sub(b"", script))
    return mark + _left(lines)


def _lines(script: bytes) -> tuple[bytes, list[bytes]]:
    mark = MARK if script.startswith(MARK) else b""
    return mark, LINE.findall(script, len(mark))


def _text(line: bytes) -> bytes:
    return line.rstrip(b"\r\n")


def _left(lines: list[bytes]) -> bytes:
    """What is not ours. An end without a beginning may be of a block of the user's own."""
    stay = []
    within = False
    for line in lines:
        text = _text(line)
        if text in BEGINS:
            within = True
        elif text in ENDS and within:
            within = False
        elif text not in CALLS:
            stay.append(line)
    return b"".join(stay)
