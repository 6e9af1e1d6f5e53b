"""Our block in Reaper's Scripts/__startup.lua, which runs when Reaper starts.

It stands at the beginning: after a `return` of the user's nothing may follow. Bytes in, bytes out:
whatever the file's encoding and line ends are, they stay.
"""

from __future__ import annotations

import re

BEGIN = b"-- >>> dawbridge (dawbridge install reaper --uninstall takes this out)"
END = b"-- <<< dawbridge"
CALL = b'pcall(dofile, reaper.GetResourcePath() .. "/Scripts/dawbridge/dawbridge_startup.lua")'
START = rb"(?:^|(?<=\A\xef\xbb\xbf))"  # of a line, also behind a byte order mark
BLOCK = re.compile(
    START + rb"-- >>> dawbridge[^\n]*\n(?:(?!-- >>> )[^\n]*\n)*?-- <<< dawbridge[^\n]*(?:\n|\Z)",
    re.M,
)
LINE = re.compile(
    START
    + rb"(?:-- (?:>>>|<<<) dawbridge|pcall\(dofile, [^\n]*/dawbridge_startup\.lua)[^\n]*(?:\n|\Z)",
    re.M,
)
HEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:#[^\n]*\n)?")  # a byte order mark, a line for shells


def with_block(script: bytes) -> bytes:
    """The script with our block, where it stood or at the beginning."""
    end = b"\r\n" if script.count(b"\r\n") * 2 > script.count(b"\n") else b"\n"
    block = end.join([BEGIN, CALL, END, b""])
    if BLOCK.search(script):
        first, *more = BLOCK.split(script, maxsplit=1)
        return first + block + b"".join(without_block(each) for each in more)
    rest = without_block(script)
    head = HEAD.match(rest)
    assert head is not None  # it matches nothing as well
    return rest[: head.end()] + block + rest[head.end() :]


def without_block(script: bytes) -> bytes:
    """The script as it was before us; of a block that was torn, the lines that are ours go."""
    return LINE.sub(b"", BLOCK.sub(b"", script))
