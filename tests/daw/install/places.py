"""Computers to install on, made of folders."""

from __future__ import annotations

from pathlib import Path

from bridge.daw.install.copies import Look
from bridge.daw.install.machine import Here, Machine
from bridge.daw.install.standing import standings


def machine(home: Path, platform: str = "linux", **environment: str) -> Machine:
    """A user's home on one of the three systems."""
    home.mkdir(parents=True, exist_ok=True)
    return Machine(platform, home, home / "Documents", environment)


def here(home: Path) -> Here:
    """A dawbridge whose paths are not easy."""
    return Here(
        home / "Döner & Söhne" / "daw",
        (str(home / 'my "venv"' / "pythön"), "-P", "-m", "bridge", "run", "--background"),
    )


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder, by name; None stands for a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def looks(word: str, on: Machine, us: Here) -> list[Look]:
    """How our scripts stand in every such DAW that is found."""
    every = standings(on, us, on.home / "nothing is named")
    told = [each for each in every if word in each.command]
    assert all(isinstance(each.look, Look) for each in told)
    return [each.look for each in told if isinstance(each.look, Look)]
