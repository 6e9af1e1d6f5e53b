"""How facts look: a chorus, a riff the same in a file as live inside a DAW."""

from __future__ import annotations

SECTION = "#6f8faf"  # one whose name is not known
COLOURS: dict[str, str] = {  # of sections, by name; and of everything else, by what it is
    "intro": "#7f8c9d", "verse": "#4f8fd0", "chorus": "#e08a30", "bridge": "#9a68c8",
    "break": "#5aa89a", "build": "#d0b040", "drop": "#d05050", "outro": "#7f8c9d",
    "take": "#7a7a7a", "riff": "#58a858", "chord": "#b0a070", "key": "#c878a8",
    "tempo": "#909090", "drums": "#a64d79", "sound": "#45818e",
}  # fmt: skip


def colour_of(kind: str, name: str = "") -> str:
    """ "#rrggbb"; sections by their name, everything else by its kind. Nothing: as the DAW likes.

    A name may say more than the table knows: "verse-like", "chorus B".
    """
    if kind == "section":
        word = name.lower().removesuffix("-like").split(" ")[0]
        return COLOURS.get(word, SECTION)
    return COLOURS.get(kind, "")
