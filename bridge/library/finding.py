"""Which recording is meant by what a user wrote."""

from __future__ import annotations

from bridge.errors import BridgeError
from bridge.library.entries import Entry
from bridge.library.library import Library

SHORTEST = 4  # letters and digits of an id: fewer are rather a name


def find(library: Library, text: str) -> Entry:
    """The recording with this id or its beginning, this name, or this in its name.

    Raises BridgeError where there is none, or more than one: whoever wrote a name meant one.
    """
    entries = library.all()
    name = text.casefold()
    for matches in (
        [entry for entry in entries if entry.id.startswith(name) and len(name) >= SHORTEST],
        [entry for entry in entries if entry.name.casefold() == name],
        [entry for entry in entries if f"{entry.name}.{entry.format}".casefold() == name],
        [entry for entry in entries if name in entry.name.casefold()],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            names = ", ".join(
                f"{entry.name}.{entry.format} ({entry.id[:8]})" for entry in matches[:5]
            )
            raise BridgeError(
                f"{text!r} may be {len(matches)} recordings",
                cause=f"they are {names}{' ...' if len(matches) > 5 else ''}",
                remedy="give the whole name, or the letters and digits in brackets",
            )
    raise BridgeError(
        f"There is no recording {text!r}",
        cause="it is neither a file nor a recording in the library",
        remedy="check the spelling; `dawbridge library list` shows what is kept",
    )


def newest(library: Library) -> Entry:
    """The one that was analysed last. Raises BridgeError where none was."""
    found = [entry for entry in library.all() if entry.analysed is not None]
    if not found:
        raise BridgeError(
            "No recording has been analysed yet",
            cause="the library holds none",
            remedy="analyse one first: with the DAW's action, or `dawbridge analyze FILE`",
        )
    return max(found, key=lambda entry: entry.analysed or 0.0)
