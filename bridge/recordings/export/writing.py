"""Files that are whole or not there: written under another name beside, then renamed."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import soundfile

from bridge.errors import NO_ROOM, BridgeError, DiskFull

LONGEST = 100  # characters of a name; with a folder's path Windows allows 260
# Names that Windows keeps for devices, whatever the ending (Microsoft, "Naming Files").
RESERVED = {"CON", "PRN", "AUX", "NUL"} | {
    f"{port}{n}" for port in ("COM", "LPT") for n in "123456789¹²³"
}
FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


@contextmanager
def written(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A free name in the same folder; what is written to it becomes `target` when all went well.

    After an error nothing is left and an older `target` is as it was. Raises BridgeError.
    """
    _check(target, overwrite)
    stem = os.fsencode(target.stem)[:LONGEST].decode(
        errors="ignore"
    )  # bytes: 255 are a name's most
    beside = target.with_name(f".{stem}.{secrets.token_hex(4)}{target.suffix}")
    try:
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        _rename(beside, target, overwrite)
    except (OSError, soundfile.LibsndfileError) as error:
        raise _unwritable(target, error) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _check(target: Path, overwrite: bool) -> None:
    """A device or a pipe is never replaced by a file, whatever was told."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unwritable(target, error) from error
    if stat.S_ISDIR(mode):
        raise BridgeError(
            f"{target} is a folder",
            cause="what is written is one file",
            remedy=f"give the name of a file in it, such as {target / 'NAME'}",
        )
    if not stat.S_ISREG(mode):
        raise BridgeError(
            f"{target} is no plain file",
            cause="it is a device, a pipe or a socket, which a file would replace",
            remedy="choose another name",
        )
    if not overwrite:
        raise _exists(target)


def _rename(beside: Path, target: Path, overwrite: bool) -> None:
    if overwrite:
        beside.replace(target)
        return
    try:
        target.hardlink_to(beside)  # fails where there is one by now; a rename would replace it
    except FileExistsError as error:
        raise _exists(target) from error
    except OSError:  # a file system without hard links: FAT, exFAT, some network drives
        if target.exists():
            raise _exists(target) from None
        beside.rename(target)


def _exists(target: Path) -> BridgeError:
    return BridgeError(
        f"{target} is there already",
        cause="a file is not overwritten without being told to",
        remedy="choose another name, or add --overwrite (in the web API: overwrite)",
    )


def _unwritable(target: Path, error: OSError | soundfile.LibsndfileError) -> BridgeError:
    # libsndfile says "System error" and keeps the number to itself; mostly the disk is full.
    number = error.errno if isinstance(error, OSError) else errno.EFBIG
    cause, remedy = {
        errno.ENOSPC: ("the disk is full", "make room on it, or write to another one"),
        errno.EDQUOT: ("your share of the disk is used up", "delete what is not needed"),
        errno.ENOENT: ("there is no such folder", "make the folder, or choose another one"),
        errno.ENOTDIR: ("a part of its path is a file", "choose another folder"),
        errno.EACCES: ("writing there is not allowed", "choose a folder of your own"),
        errno.EPERM: ("writing there is not allowed", "choose a folder of your own"),
        errno.EROFS: ("the disk can only be read", "choose another one"),
        errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
        errno.EFBIG: ("no more of it was taken", "see how much room there is, or write elsewhere"),
    }.get(number or 0, (str(error), "check the path and how much room is left"))
    kind = DiskFull if number in NO_ROOM else BridgeError
    return kind(f"{target} cannot be written", cause=cause, remedy=remedy)


def safe_name(name: str) -> str:
    """A file name, without ending, that every system takes: "AC/DC: live?" is "AC-DC- live-"."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFC", name)
        if not unicodedata.category(letter).startswith("C") or letter in "\t\n\r"
    )
    plain = FORBIDDEN.sub("-", re.sub(r"\s+", " ", plain)).strip(" .")
    while len(plain.encode()) > 2 * LONGEST or len(plain) > LONGEST:
        plain = plain[:-1].rstrip(" .")
    if not plain:
        return "untitled"
    # "con.txt" is as reserved as "con" is.
    return f"_{plain}" if plain.split(".")[0].rstrip().upper() in RESERVED else plain
