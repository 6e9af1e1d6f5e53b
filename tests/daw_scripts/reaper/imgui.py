"""ReaImGui as a script sees it: strict about names, arity, types, pairs and dead contexts.

Names and signatures are those of its public documentation (API 0.10); what they do here is what
a test needs. What a script does wrong raises in it and stands in Reaper's `mistakes`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.daw_scripts.reaper.api import Function, function_of, version_of

if TYPE_CHECKING:
    from tests.daw_scripts.reaper.host import Reaper, Script

POINTER = "ImGui_Context*"
# Each with the version since which it is so.
SIGNATURES = """\
fun 0.1 ValidatePtr(pointer pointer, string type) -> boolean retval
fun 0.10 CreateContext(string label, integer config_flags?) -> context retval
fun 0.5 Begin(context ctx, string name, boolean p_open?, integer flags?) -> boolean retval, boolean p_open
fun 0.8 End(context ctx)
fun 0.1 SetNextWindowSize(context ctx, number size_w, number size_h, integer cond?)
fun 0.1 IsWindowFocused(context ctx, integer flags?) -> boolean retval
fun 0.9 IsKeyPressed(context ctx, integer key, boolean repeat?) -> boolean retval
fun 0.9 BeginTable(context ctx, string str_id, integer columns, integer flags?, number outer_size_w?, number outer_size_h?, number inner_width?) -> boolean retval
fun 0.8 EndTable(context ctx)
fun 0.8 TableNextColumn(context ctx) -> boolean retval
fun 0.1 PushTextWrapPos(context ctx, number wrap_local_pos_x?)
fun 0.1 PopTextWrapPos(context ctx)
fun 0.1 TextWrapped(context ctx, string text)
fun 0.1 TextDisabled(context ctx, string text)
fun 0.1 Checkbox(context ctx, string label, boolean v) -> boolean retval, boolean v
fun 0.1 RadioButton(context ctx, string label, boolean active) -> boolean retval
fun 0.1 Button(context ctx, string label, number size_w?, number size_h?) -> boolean retval
fun 0.1 ProgressBar(context ctx, number fraction, number size_arg_w?, number size_arg_h?, string overlay?)
fun 0.1 Dummy(context ctx, number size_w, number size_h)
"""  # noqa: E501
FUNCTIONS = {found.name: found for line in SIGNATURES.splitlines() if (found := function_of(line))}
CONSTANTS = {"Cond_FirstUseEver": 4, "Key_Escape": 526}
ENDS = {"End": "Begin", "EndTable": "BeginTable", "PopTextWrapPos": "PushTextWrapPos"}
ANYWHERE = ("ValidatePtr", "CreateContext", "Begin", "End", "SetNextWindowSize")
KEPT = 2  # pictures that a context survives without being used

# Ours, in the place of the file that the extension brings along.
LOADER = "return function(version) return reaper.ImGui__table(version) end\n"
TABLE = """
function(functions, constants, wrong)
  local known = {}
  for name, f in pairs(functions) do known[name] = function(...) return f(...) end end
  for name, value in pairs(constants) do known[name] = value end
  return setmetatable(known, { __index = function(_, name) error(wrong(name), 2) end })
end
"""


@dataclass
class Context:
    label: str
    handles: dict[int, Any] = field(default_factory=dict)  # by Lua state
    alive: bool = True
    kept: int = KEPT
    open: list[str] = field(default_factory=list)  # what was begun and not ended
    windows: list[str] = field(default_factory=list)  # of the picture that is made now
    labels: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    used: bool = False


class ImGui:
    """The extension, as a Reaper has it installed."""

    def __init__(self, reaper: Reaper, folder: Path, version: str = "0.10.0.5") -> None:
        self.reaper = reaper
        self.folder = folder
        self.version = version_of(version)
        self.contexts: list[Context] = []
        self.numbers = itertools.count(1)
        # What the user does.
        self.pressed: str | None = None  # a button or a box, by its words
        self.closed = False  # the X of the window
        self.collapsed = False
        self.keys: list[int] = []
        # What goes wrong.
        self.failing: dict[str, str] = {}  # function: message with which it throws
        self.fatal: dict[str, str] = {}  # the same, and the context is gone
        self.undrawable = False  # no picture can be drawn: the context is gone
        # What is seen.
        self.shown: list[str] = []  # words of the last picture
        self.ticked: dict[str, bool] = {}  # boxes
        self.windows: list[str] = []
        self.sizes: list[tuple[float, float]] = []
        self.complaints = 0  # boxes of its own
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "imgui.lua").write_text(LOADER, encoding="utf-8")
        reaper.imgui = self

    @property
    def alive(self) -> list[Context]:
        return [each for each in self.contexts if each.alive]

    def press(self, label: str) -> None:
        self.pressed = label

    def lose(self) -> None:
        """The contexts are freed, as when the scripts were held up."""
        for each in self.contexts:
            each.alive = False

    # --- what is registered in `reaper`

    def registered(self, script: Script, name: str) -> Any:
        """reaper.ImGui_NAME; None: there is none in this version."""
        if name in FUNCTIONS and FUNCTIONS[name].since <= self.version:
            return lambda *_: self._wrong(f"ImGui_{name} is called without a version")
        if self.version < (0, 9):
            return None
        if name == "GetBuiltinPath":
            return lambda: str(self.folder)
        if name == "_table":
            return lambda version: self._table(script, version)
        return None

    def _table(self, script: Script, version: str) -> Any:
        if version_of(version) > self.version:
            raise RuntimeError(f"ReaImGui is too old (action requires API {version} or newer)")
        functions = {
            name: self._checked(script, function)
            for name, function in FUNCTIONS.items()
            if function.since <= version_of(version)
        }
        table = script.lua.table_from
        return script.lua.eval(TABLE)(
            table(functions),
            table(CONSTANTS),
            lambda name: str(self.reaper.wrong(f"ReaImGui has no {name}")),
        )

    def _wrong(self, text: str) -> None:
        raise self.reaper.wrong(text)

    # --- calls, checked

    def _checked(self, script: Script, function: Function) -> Any:
        name, arguments = function.name, function.arguments

        def call(*told: Any) -> Any:
            if len(told) > len(arguments):
                self._wrong(f"ImGui_{name} takes {len(arguments)} arguments")
            given = [
                self._value(script, function, argument, value)
                for argument, value in itertools.zip_longest(arguments, told)
            ]
            if name in self.failing:
                raise RuntimeError(f"ImGui_{name}: {self.failing[name]}")
            if name in self.fatal:
                given[0].alive = False
                raise RuntimeError(f"ImGui_{name}: {self.fatal[name]}")
            if given and isinstance(given[0], Context) and name != "ValidatePtr":
                self._enter(name, given[0])
            answer = getattr(self, "_" + name)(*given)
            if name == "CreateContext":
                return self._handle(script, answer)
            return answer

        return call

    def _value(self, script: Script, function: Function, argument: Any, value: Any) -> Any:
        if argument.type not in ("context", "pointer"):
            return script.argument(function, argument, value)
        where = f"ImGui_{function.name}: {argument.name}"
        try:
            context = next(c for c in self.contexts if str(c.handles.get(id(script))) == str(value))
        except StopIteration:
            raise self.reaper.wrong(f"{where} is {value!r}, not a {POINTER}") from None
        if argument.type == "context" and not context.alive:
            self._wrong(f"{where}: this {POINTER} is freed")
        return context

    def _handle(self, script: Script, context: Context) -> Any:
        context.handles[id(script)] = script.lua.table_from({"number": next(self.numbers)})
        return context.handles[id(script)]

    def _enter(self, name: str, context: Context) -> None:
        context.used = True
        if name in ENDS:
            if not context.open or context.open.pop() != ENDS[name]:
                self._wrong(f"ImGui_{name} without ImGui_{ENDS[name]}")
        elif name not in ANYWHERE and "Begin" not in context.open:
            self._wrong(f"ImGui_{name} outside of a window")

    def picture(self) -> None:
        """After the deferred functions: what was made is drawn, what is unused is freed."""
        self.windows, self.shown = [], []
        for each in self.alive:
            if each.used:
                if each.open:
                    self.reaper.wrong(f"the picture ends within {each.open}")
                if each.open or self.undrawable:
                    each.alive = False
                    self.complaints += 1
                    continue
                each.kept = KEPT
                self.windows += each.windows
                self.shown += each.words
            else:
                each.kept -= 1
                each.alive = each.kept >= 0
            each.used = False
            each.windows, each.labels, each.words = [], [], []

    # --- the functions

    def _ValidatePtr(self, pointer: Context, kind: str) -> bool:
        if kind != POINTER:
            self._wrong(f"ImGui_ValidatePtr knows no {kind!r}")
        return pointer.alive

    def _CreateContext(self, label: str, _: int | None) -> Context:
        if not label:
            self._wrong("a context needs a label")
        self.contexts.append(Context(label))
        return self.contexts[-1]

    def _Begin(self, ctx: Context, name: str, p_open: bool | None, _: Any) -> tuple[bool, Any]:
        if ctx.open or name in ctx.windows:
            self._wrong(f"the window {name!r} is begun twice in one picture")
        ctx.windows.append(name)
        stays = p_open and not self.closed
        self.closed = False
        if not self.collapsed:  # otherwise it is ended already
            ctx.open.append("Begin")
        return not self.collapsed, stays

    def _End(self, ctx: Context) -> None:
        pass

    _EndTable = _PopTextWrapPos = _End

    def _SetNextWindowSize(self, ctx: Context, w: float, h: float, cond: int | None) -> None:
        if cond != CONSTANTS["Cond_FirstUseEver"]:
            self._wrong("the user's own size of the window would be lost")
        self.sizes.append((w, h))

    def _IsWindowFocused(self, ctx: Context, _: int | None) -> bool:
        return True

    def _IsKeyPressed(self, ctx: Context, key: int, _: bool | None) -> bool:
        if key in self.keys:
            self.keys.remove(key)
            return True
        return False

    def _BeginTable(self, ctx: Context, name: str, columns: int, *_: Any) -> bool:
        self._label(ctx, name)
        if columns < 1:
            self._wrong("a table without columns")
        ctx.open.append("BeginTable")
        return True

    def _TableNextColumn(self, ctx: Context) -> bool:
        if ctx.open[-1] != "BeginTable":
            self._wrong("ImGui_TableNextColumn outside of a table")
        return True

    def _PushTextWrapPos(self, ctx: Context, _: float | None) -> None:
        ctx.open.append("PushTextWrapPos")

    def _TextWrapped(self, ctx: Context, text: str) -> None:
        ctx.words.append(text)

    _TextDisabled = _TextWrapped

    def _Checkbox(self, ctx: Context, label: str, v: bool) -> tuple[bool, bool]:
        clicked = self._clicked(ctx, label)
        self.ticked[label] = v != clicked
        return clicked, v != clicked

    def _RadioButton(self, ctx: Context, label: str, active: bool) -> bool:
        self.ticked[label] = active
        return self._clicked(ctx, label)

    def _Button(self, ctx: Context, label: str, *_: Any) -> bool:
        return self._clicked(ctx, label)

    def _ProgressBar(self, ctx: Context, fraction: float, *_: Any) -> None:
        ctx.words.append(f"{fraction:.0%}")

    def _Dummy(self, ctx: Context, w: float, h: float) -> None:
        pass

    def _clicked(self, ctx: Context, label: str) -> bool:
        self._label(ctx, label)
        ctx.words.append(label)
        if self.pressed != label:
            return False
        self.pressed = None
        return True

    def _label(self, ctx: Context, label: str) -> None:
        if not label or label in ctx.labels:
            self._wrong(f"two things are called {label!r}")
        ctx.labels.append(label)
