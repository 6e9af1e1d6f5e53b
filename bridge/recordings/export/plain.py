"""Names and numbers as any program reads them."""

from __future__ import annotations

import unicodedata


def one_line(text: str) -> str:
    """In one line, without signs that steer a program or that XML does not allow.

    What joins an emoji of several signs stays.
    """
    kept = "".join(
        letter if unicodedata.category(letter) not in ("Cc", "Zl", "Zp") else " "
        for letter in text
        if unicodedata.category(letter) != "Cs" and letter not in "\ufffe\uffff"
    )
    return " ".join(kept.split())


def decimal(value: float, digits: int = 9) -> str:
    """With a point and without an exponent: 0.5, 12."""
    said = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if said == "-0" else said
