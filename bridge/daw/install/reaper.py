"""Our scripts in Reaper: its resource folder, its list of actions, its start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from bridge import __version__
from bridge.daw.install.copies import put_in, read_record, said_of, take_out
from bridge.daw.install.files import check_plain, content_of, remove_half, replace, said
from bridge.daw.install.key_list import registered, with_actions, without_actions
from bridge.daw.install.machine import Here, Machine, Outcome, lua_table
from bridge.daw.install.scripts import files_below, scripts_folder
from bridge.daw.install.startup import with_block, without_block
from bridge.errors import BridgeError

INSIDE = "Scripts/dawbridge"
STARTUP = "Scripts/__startup.lua"
KEYS = "reaper-kb.ini"
HERE = "dawbridge_here.lua"
# No actions for the user's menu: read by others, run at start, or run to make the others actions.
NO_ACTIONS = (HERE, "dawbridge_startup.lua", "dawbridge_install_actions.lua")
ONE_CLICK = (
    "in Reaper: Actions > Show action list > New action > Load ReaScript, choose "
    "Scripts/dawbridge/dawbridge_install_actions.lua in its resource folder and run it once"
)


def install(machine: Machine, here: Here, folder: Path | None, runs: bool | None) -> Outcome:
    """`runs`: whether a Reaper is open, None where nobody can tell. Raises BridgeError."""
    root = resource_folder(machine, folder)
    files = files_for(here, machine.platform)
    with said(root):
        for name in (STARTUP, KEYS) if runs is False else (STARTUP,):
            check_plain(root / name)
        makes = _makes(root)
    changes = put_in(root, INSIDE, files, __version__, also=makes)
    _edit(root, STARTUP, with_block)
    did = [
        *said_of(changes, root / INSIDE),
        f"Once it is on, Reaper starts it with itself ({root / STARTUP})",
    ]
    if runs is False:
        _edit(root, KEYS, lambda listed: _registered(listed, files))
        did.append(f"{len(_actions(files))} actions are in Reaper's list")
        return Outcome(
            tuple(did),
            (
                "start Reaper, press ? and run dawbridge.lua once: from then on it is on; the "
                "other actions are in the same list, under: dawbridge",
            ),
            (root,),
        )
    why = "Reaper is open" if runs else "whether Reaper is open cannot be told without psutil"
    did.append(f"The list of actions was left alone: {why}")
    return Outcome(tuple(did), (ONE_CLICK, "or close Reaper and install once more"), (root,))


def uninstall(machine: Machine, here: Here, folder: Path | None, runs: bool | None) -> Outcome:
    """Leaves everything as it was before. Raises BridgeError.

    Where one of Reaper's files cannot be changed, everything else is taken out all the same.
    """
    root = resource_folder(machine, folder)
    with said(root):
        if runs and registered(content_of(root / KEYS) or b""):
            raise BridgeError(
                "Reaper is open",
                cause="it would write our actions into its list again when it is closed",
                remedy="close Reaper, then: dawbridge install reaper --uninstall",
            )
        record = read_record(root / INSIDE)
    troubles: list[BridgeError] = []
    changed: list[Path] = []
    for name, without in ((KEYS, without_actions), (STARTUP, without_block)):
        try:
            if _edit(root, name, without, made=name in record.made if record.files else None):
                changed.append(root / name)
        except BridgeError as error:
            troubles.append(error)
    changes = take_out(root, INSIDE, files_for(here, machine.platform))
    if troubles:
        raise troubles[0]
    if not changes.removed and not changes.kept and not changed:
        return Outcome((f"There was nothing of dawbridge in {root}",), roots=(root,))
    out = said_of(changes, root / INSIDE) if changes.removed or changes.kept else []
    return Outcome(
        (*out, "Reaper's own files are as they were"),
        ("restart Reaper if it is open",) if runs is not False else (),
        (root,),
    )


def resource_folder(machine: Machine, folder: Path | None) -> Path:
    """Where Reaper keeps its settings. Raises BridgeError where it is not."""
    if folder is None:
        root = machine.config / "REAPER"
        if (root / "reaper.ini").is_file():
            return root
        raise BridgeError(
            "No Reaper was found",
            cause=f"there is no {root / 'reaper.ini'}",
            remedy="start Reaper once; a portable one is told with --folder: Options > "
            "Show REAPER resource path in explorer/finder shows its folder",
        )
    root = folder.expanduser().absolute()
    if not (root / "reaper.ini").is_file() and (root.parent / "reaper.ini").is_file():
        root = root.parent  # its Scripts folder was given
    if not (root / "reaper.ini").is_file():
        raise BridgeError(
            f"{folder} is not Reaper's resource folder",
            cause="there is no reaper.ini in it" if root.is_dir() else "there is no such folder",
            remedy="in Reaper, Options > Show REAPER resource path in explorer/finder opens "
            "the right one; a new Reaper has to be started once before",
        )
    return root


def files_for(here: Here, platform: str) -> dict[str, bytes]:
    """Everything that our folder holds, by name."""
    shipped = scripts_folder()
    shared = {
        f"lua/{name}": content for name, content in files_below(shipped / "lua", ".lua").items()
    }
    told = f"return {lua_table(here, platform)}\n".encode()
    return files_below(shipped / "reaper") | shared | {HERE: told}


def found(machine: Machine) -> list[Path]:
    """The resource folder of this user; none where there is no Reaper."""
    try:
        return [resource_folder(machine, None)]
    except BridgeError:
        return []


def _actions(files: Mapping[str, bytes]) -> list[str]:
    return [
        name
        for name in files
        if name.startswith("dawbridge")
        and name.endswith(".lua")
        and "/" not in name
        and name not in NO_ACTIONS
    ]


def _registered(listed: bytes, files: Mapping[str, bytes]) -> bytes:
    names = _actions(files)
    return with_actions(without_actions(listed, but=files), names)


def _makes(root: Path) -> list[str]:
    """Files of Reaper's that are there because of us alone.

    Where no record tells, those that hold nothing but ours.
    """
    record = read_record(root / INSIDE)
    found = []
    for name, without in ((KEYS, without_actions), (STARTUP, without_block)):
        content = content_of(root / name)
        if content is None or (content and not record.files and not without(content)):
            found.append(name)
    return found


def _edit(
    root: Path, name: str, change: Callable[[bytes], bytes], *, made: bool | None = False
) -> bool:
    """Whether it had to be changed; what is no plain file holds nothing of ours and stays.

    `made`: by us, so it goes when nothing is left in it; None: if we take the last of it. Raises
    BridgeError.
    """
    path = root / name
    with said(path):
        before = content_of(path)
        remove_half(path)
        after = change(before or b"")
        changed = after != (before or b"")
        if before is not None and not after and (changed if made is None else made):
            path.unlink()
        elif changed:
            replace(path, after, precious=True)
    return changed
