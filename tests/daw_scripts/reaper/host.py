"""Reaper as its scripts see it: strict about names, arity, types, versions and pointers.

What a script does wrong raises in the script, and stands in `mistakes` besides, so that no pcall
hides it. The clock is moved by the test: nothing here waits.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.daw_scripts.reaper.api import Function, Value, api, parameter_since, version_of
from tests.daw_scripts.reaper.marks import Marks
from tests.daw_scripts.reaper.media import Media
from tests.daw_scripts.reaper.midi import Midi
from tests.daw_scripts.reaper.project import Item, Project, Source, Take, Track
from tests.daw_scripts.reaper.screen import Screen
from tests.daw_scripts.reaper.state import Kept
from tests.daw_scripts.reaper.tempo import Tempos
from tests.daw_scripts.reaper.transport import Transport

if TYPE_CHECKING:
    from tests.daw_scripts.reaper.imgui import ImGui

VERSIONS = ("6.71", "7.03", "7.20", "7.62", "7.78")
TICK = 1 / 30  # seconds between two runs of the deferred functions
BEHAVIOURS = (Kept, Marks, Media, Midi, Screen, Tempos, Transport)


class Mistake(Exception):
    """What a real Reaper would not forgive."""


class Reaper:
    """The program: projects, extended state, transport, scripts that run."""

    def __init__(self, version: str = "7.78", resources: Path = Path("resources")) -> None:
        self.version = version
        self.number = version_of(version)
        self.resources = resources
        self.mistakes: list[str] = []
        self.time = 1000.0  # time_precise
        self.guids = itertools.count(1)
        self.projects = [Project(self.guid(), "", self.mistakes)]
        self.front = 0
        self.ext: dict[tuple[str, str], str] = {}
        self.kept: set[tuple[str, str]] = set()  # keys that survive a restart
        self.scripts: list[Script] = []
        self.failing: dict[str, str] = {}  # function: message with which it throws
        self.calls: dict[str, int] = {}
        self.imgui: ImGui | None = None  # the extension, where it is installed
        self.prevented = 0
        self.commands: dict[str, int] = {}  # path of a script: its command id
        self.behaviours = [behaviour(self) for behaviour in BEHAVIOURS]
        self.played: dict[str, Callable[..., Any]] = {}
        for behaviour in self.behaviours:
            for name in dir(behaviour):
                if name in api().functions:
                    self.played[name] = getattr(behaviour, name)
                elif not name.startswith("_") and name[0].isupper():
                    raise AssertionError(f"{name} is no function of Reaper")

    def __getattr__(self, name: str) -> Any:
        """What a behaviour keeps is found here: `reaper.boxes`, `reaper.console`, ..."""
        for behaviour in self.__dict__.get("behaviours", ()):
            if name in vars(behaviour):
                return getattr(behaviour, name)
            if not name[0].isupper() and hasattr(behaviour, name):
                self.__dict__[name] = getattr(behaviour, name)  # a method: found at once next time
                return self.__dict__[name]
        raise AttributeError(name)

    @property
    def project(self) -> Project:
        return self.projects[self.front]

    def behaviour(self, kind: type) -> Any:
        """The part of the stand-in that plays some functions."""
        return next(each for each in self.behaviours if isinstance(each, kind))

    def guid(self) -> str:
        return f"{{{next(self.guids):08X}-0000-4000-8000-0000000000DA}}"

    def open_project(self, path: str = "") -> Project:
        self.projects.append(Project(self.guid(), path, self.mistakes))
        self.front = len(self.projects) - 1
        return self.project

    def wrong(self, text: str) -> Mistake:
        self.mistakes.append(text)
        return Mistake(text)

    def start(self, lua: Any, path: Path, *, answer: str = "new") -> Script | None:
        """Run an action. `answer`: to the question whether to start it twice (before 7.03)."""
        for running in list(self.scripts):
            if running.path == path and running.alive:
                if running.options & 1:
                    running.end()
                    if not running.options & 2:
                        return None
                elif answer == "terminate":
                    running.end()
                    return None
        self.commands.setdefault(str(path), 50000 + len(self.commands))
        script = Script(self, lua, path)
        self.scripts.append(script)
        script.run()
        return script

    def advance(self, seconds: float = TICK, *, busy: bool = False) -> None:
        """Time goes on, tick by tick. `busy`: a dialog is open, and no script runs."""
        if busy:
            self._pass(seconds)
            return
        left = seconds
        while left > 1e-9:
            self._pass(min(TICK, left))
            left -= TICK
            self.tick()

    def tick(self) -> None:
        """The deferred functions of all scripts, once."""
        for script in list(self.scripts):
            script.tick()
        if self.imgui:
            self.imgui.picture()

    def _pass(self, seconds: float) -> None:
        self.time += seconds
        for behaviour in self.behaviours:
            if hasattr(behaviour, "passed"):
                behaviour.passed(seconds)

    def settled(self) -> None:
        """After each piece of a script: nothing may be left open."""
        for project in self.projects:
            project.settle()
        if self.prevented:
            self.mistakes.append(f"PreventUIRefresh was left at {self.prevented}")
            self.prevented = 0


class Script:
    """One running script: a Lua state of its own."""

    def __init__(self, reaper: Reaper, lua: Any, path: Path) -> None:
        self.reaper = reaper
        self.path = path
        self.lua = lua.LuaRuntime(
            unpack_returned_tuples=True, encoding="latin-1", source_encoding="utf-8"
        )
        self.alive = True
        self.options = 0
        self.toggled = False
        self.error: str | None = None
        self._deferred: list[Any] = []
        self._at_exit: list[Any] = []
        self._ending = False
        self._handles: dict[tuple[str, str], Any] = {}
        self._objects: dict[tuple[str, str], Any] = {}
        # A C function of the real thing cannot be looked into: these neither.
        self._wrap = self.lua.eval("function(f) return function(...) return f(...) end end")
        self._make_table()

    def run(self) -> None:
        load = self.lua.eval("function(path) return assert(loadfile(path)) end")
        self._guarded(lambda: load(_to_lua(str(self.path)))())
        if not self._deferred:
            self.end()

    def tick(self) -> None:
        if not self.alive:
            return
        waiting, self._deferred = self._deferred, []
        for each in waiting:
            self._guarded(each)
            if not self.alive:
                return
        if not self._deferred:
            self.end()

    def end(self) -> None:
        """The script ends, by itself or by the user."""
        if not self.alive:
            return
        self._ending = True
        self._deferred.clear()
        for each in self._at_exit:
            self._guarded(each, ending=True)
        self.alive = False
        if self in self.reaper.scripts:
            self.reaper.scripts.remove(self)

    def global_function(self, text: str) -> Any:
        """A Lua expression evaluated in the script's own state."""
        return self.lua.eval(text)

    def _guarded(self, call: Callable[[], Any], *, ending: bool = False) -> None:
        try:
            call()
        except Exception as error:  # what Reaper shows in a message box, ending the script
            self.error = str(error)
            self.reaper.mistakes.append(f"the script threw: {error}")
            if not ending:
                self.end()
        self.reaper.settled()

    def _make_table(self) -> None:
        # Of 700 functions a script uses thirty: each is made when it is first looked for.
        reaper = self.lua.eval(
            "function(find) return setmetatable({}, { __index = function(t, name) "
            "local f = find(name) rawset(t, name, f) return f end }) end"
        )(self._function)
        for name in ("defer", "runloop", "atexit", "get_action_context"):
            reaper[name] = self._wrap(getattr(self, "_" + name))
        if self.reaper.number >= api().own["set_action_options"]:
            reaper.set_action_options = self._wrap(self._set_action_options)
        reaper.new_array = self._wrap(self._new_array)
        gfx = self.lua.table()
        for name, value in self.reaper.gfx_values.items():
            gfx[name] = value
        for name in api().gfx:
            gfx[name] = self._wrap(lambda *told, name=name: self._gfx(name, told))
        self.gfx = gfx
        globals_ = self.lua.globals()
        globals_.reaper = reaper
        globals_.gfx = gfx

    def _function(self, name: Any) -> Any:
        if self.reaper.imgui and isinstance(name, str) and name.startswith("ImGui_"):
            found = self.reaper.imgui.registered(self, name.removeprefix("ImGui_"))
            return found and self._wrap(found)
        function = api().functions.get(name) if isinstance(name, str) else None
        if function is None or function.since > self.reaper.number:
            return None
        return self._wrap(self._checked(function))

    def _gfx(self, name: str, told: tuple[Any, ...]) -> Any:
        return self.reaper.draw(self, name, told)

    def _defer(self, *told: Any) -> bool:
        if len(told) != 1 or not callable(told[0]):
            raise self.reaper.wrong("defer takes a function")
        if not self._ending:  # ignored inside atexit
            self._deferred.append(told[0])
        return True

    _runloop = _defer

    def _atexit(self, *told: Any) -> bool:
        self._at_exit.append(told[0])
        return True

    def _get_action_context(self) -> tuple[Any, ...]:
        told = (
            False,
            _to_lua(str(self.path)),
            0,
            self.reaper.commands.get(str(self.path), -1),
            -1,
            -1,
            -1,
        )
        return (*told, "") if self.reaper.number >= (6, 71) else told

    def _set_action_options(self, flag: Any = None) -> None:
        if not isinstance(flag, int):
            raise self.reaper.wrong("set_action_options takes a whole number")
        self.options |= flag & 3
        if flag & 4:
            self.toggled = True
        if flag & 8:
            self.toggled = False

    def _new_array(self, size: Any) -> Any:
        """{reaper.array}: numbers from 1 with methods, told apart by a field."""
        make = self.lua.eval(
            "function(n) local a = {type='reaper.array'} for i = 1, n do a[i] = 0.0 end "
            "a.table = function(offset, count) local t = {} "
            "for i = 1, (count or n) do t[i] = a[i + (offset or 1) - 1] end return t end "
            "a.clear = function(v) for i = 1, n do a[i] = v or 0.0 end end "
            "a.get_alloc = function() return n end return a end"
        )
        return make(int(size))

    # --- calls, checked

    def _checked(self, function: Function) -> Callable[..., Any]:
        reaper, name, returns = self.reaper, function.name, function.returns
        count, calls, has_names = len(function.arguments), reaper.calls, name in api().parameters

        def call(*told: Any) -> Any:
            calls[name] = calls.get(name, 0) + 1
            if name in reaper.failing:
                raise RuntimeError(reaper.failing[name])
            if len(told) > count:
                raise reaper.wrong(f"{name} takes {count} arguments")
            given = [
                self.argument(function, argument, value)
                for argument, value in itertools.zip_longest(function.arguments, told)
            ]
            if has_names:
                self._check_parameter(function, given)
            played = reaper.played.get(name)
            if played is None:
                raise reaper.wrong(f"{name} is not played by the stand-in")
            answered = played(*given)
            if len(returns) <= 1:
                return self._answer(returns[0], answered) if returns else None
            if not isinstance(answered, tuple):
                answered = (answered,)
            answered += (None,) * (len(returns) - len(answered))
            return tuple(self._answer(each, v) for each, v in zip(returns, answered, strict=True))

        return call

    def _check_parameter(self, function: Function, given: list[Any]) -> None:
        """Names of *Info_Value and its like: a wrong one gives 0 and no error in Reaper."""
        at = next(
            at
            for at, argument in enumerate(function.arguments)
            if argument.name in ("parmname", "desc", "parameterName")
        )
        since = parameter_since(function.name, given[at])
        if since is None:
            raise self.reaper.wrong(f"{function.name} knows no {given[at]!r}")
        if since > self.reaper.number:
            raise self.reaper.wrong(f"{function.name} has {given[at]!r} only from {since}")

    def argument(self, function: Function, argument: Value, value: Any) -> Any:
        kind = argument.type
        if kind == "ReaProject" and (value is None or (type(value) is int and value == 0)):
            return self.reaper.project
        wrong = self.reaper.wrong
        where = f"{function.name}: {argument.name}"
        if kind == "ReaProject":
            return self._object(where, kind, value)
        if value is None:
            if argument.optional or kind == "identifier":
                return None
            raise wrong(f"{where} is missing")
        if kind == "integer":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise wrong(f"{where} is {value!r}, not a whole number")
            if value != int(value):
                raise wrong(f"{where}: number {value} has no integer representation")
            return int(value)
        if kind == "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise wrong(f"{where} is {value!r}, not a number")
            if value != value or value in (float("inf"), float("-inf")):
                raise wrong(f"{where} is {value!r}")
            return float(value)
        if kind == "boolean":
            if not isinstance(value, bool):
                raise wrong(f"{where} is {value!r}, neither true nor false")
            return value
        if kind == "string":
            if not isinstance(value, str):
                raise wrong(f"{where} is {value!r}, not a text")
            return _from_lua(value).split("\0")[0] if "buf" not in argument.name else value
        if kind == "reaper.array":
            return value
        if kind == "identifier":
            return self._key(value)
        return self._object(where, kind, value)

    def _key(self, value: Any) -> tuple[str, str] | None:
        try:
            return (value["type"], value["key"])
        except (TypeError, KeyError):
            return None

    def _object(self, where: str, kind: str, value: Any) -> Any:
        key = self._key(value)
        if key is None:
            raise self.reaper.wrong(f"{where} is {value!r}, not a {kind}")
        if key[0] != kind:
            raise self.reaper.wrong(f"{where} is a {key[0]}, not a {kind}")
        if key != self.reaper.key_of(self._objects.get(key)):
            raise self.reaper.wrong(f"{where}: this {kind} is freed")
        return self._objects[key]

    def _answer(self, told: Value, value: Any) -> Any:
        kind = told.type
        if kind == "integer":
            return int(value or 0)
        if kind == "number":
            return float(value or 0.0)
        if kind == "boolean":
            return bool(value)
        if kind == "string":
            return None if value is None else _to_lua(value)
        if value is None:
            return None
        return self.handle(value)

    def handle(self, thing: Any) -> Any:
        """The Lua value that stands for a thing, always the same one while it lives."""
        key = self.reaper.key_of(thing)
        if key is None:
            raise AssertionError(f"{thing!r} is in no project")
        if key not in self._handles:
            self._handles[key] = self.lua.table_from({"type": key[0], "key": key[1]})
        self._objects[key] = thing
        return self._handles[key]


def _from_lua(text: str) -> str:
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "surrogateescape")


def _to_lua(text: str | bytes) -> str:
    if isinstance(text, bytes):
        return text.decode("latin-1")
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


__all__ = ["VERSIONS", "Item", "Mistake", "Project", "Reaper", "Script", "Source", "Take", "Track"]
