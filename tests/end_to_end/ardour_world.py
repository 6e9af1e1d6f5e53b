"""A real Ardour 7 on a JACK server without a sound card and a screen that nobody sees.

    with jack_dummy(48000, 1024) as server, ardour(server, folder, scripts) as daw:
        daw.arm("Capture"); daw.record(); ...; daw.stop(); daw.save(); daw.quit()

It has a home of its own, is driven by OSC, and runs our scripts as a user's Ardour does: of a
script only what `factory` returns is kept, as bytecode of Ardour's own Lua.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.daw.install.ardour import compose
from bridge.daw.install.machine import Here
from tests.end_to_end.servers import Server, ServerError

HERE = Path(__file__).parent
SCRIPTS = HERE.parents[1] / "daw_scripts" / "ardour"
STARTS = 3  # JACK may drop Ardour while it loads (jack_one_by_one.c): then once more
LOADS = 60.0  # seconds for a busy machine
SETTLES = 2.0  # seconds after the editor answers: armed at once, Ardour 7.3 crashed
AUDIO, MIDI = "Capture", "Notes"  # the tracks of a new session

# Bits of the hook's signals in Ardour 7.3, from the right; their order is another in each version.
SIGNALS = {"StateSaved": 16, "LocationsModified": 27, "LuaTimerDS": 47}
SIGNAL_COUNT = 49

CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
 <Config>
  <Option name="try-autostart-engine" value="1"/>
  <Option name="discover-plugins-on-start" value="0"/>
  <Option name="periodic-safety-backups" value="0"/>
  <Option name="save-history" value="0"/>
  <Option name="stop-recording-on-xrun" value="0"/>
  <Option name="create-xrun-marker" value="0"/>
 </Config>
 <Extra><AudioMIDISetup><EngineStates>
  <State backend="JACK" driver="" device="" input-device="" output-device="" sample-rate="{rate}"
   buffer-size="1024" n-periods="0" input-latency="0" output-latency="0" lm-input="" lm-output=""
   active="1" use-buffered-io="0" midi-option="" lru="{now}"><MIDIDevices/></State>
 </EngineStates></AudioMIDISetup></Extra>
 <ControlProtocols>{osc}</ControlProtocols>
</Ardour>
"""
OSC = (
    '<Protocol name="Open Sound Control (OSC)" active="1" feedback="0" debugmode="0"'
    ' address-only="0" remote-port="0"/>'
)
UI_CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour><UI>
 <Option name="check-announcements" value="0"/><Option name="hide-splash-screen" value="1"/>
 <Option name="no-new-session-dialog" value="1"/>
</UI></Ardour>
"""

NEW_SESSION = """
local session = assert (create_session (arg[1], arg[2], tonumber (arg[3])))
local last = ARDOUR.PresentationInfo.max_order
session:new_audio_track (1, 2, nil, 1, arg[4], last, ARDOUR.TrackMode.Normal, true, false)
local one = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
session:new_midi_track (one, one, true, ARDOUR.PluginInfo (), nil, nil, 1, arg[5], last,
  ARDOUR.TrackMode.Normal, true)
session:save_state ("")
session:close ()
"""

# Takes scripts in as Ardour does: their top level sees neither io nor os. Prints, for each, its
# name, its kind and the bytecode of its factory, in hexadecimal.
TAKE_IN = """
for each = 1, #arg do
  local file = assert (io.open (arg[each], "rb"))
  local text = file:read ("a")
  file:close ()
  local told
  local seen = { ardour = function (what) told = what end, LuaSignal = LuaSignal or {
    Set = function () return { add = function () return {} end } end }, ARDOUR = ARDOUR }
  for _, name in ipairs { "assert", "error", "ipairs", "pairs", "math", "string", "table", "type",
    "tonumber", "tostring", "select", "pcall", "print", "load", "next", "utf8" } do
    seen[name] = _ENV[name]
  end
  seen._G = seen
  assert (load (text, "=" .. arg[each], "t", seen)) ()
  local code = string.dump (seen.factory, true)
  code = code:gsub (".", function (sign) return ("%02x"):format (sign:byte ()) end)
  print (table.concat ({ "TAKEN", told.name, told.type, code }, "\t"))
end
"""


class Osc:
    """Messages to Ardour and its answers, which come to where the question came from."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))

    def send(self, address: str, *values: str | int | float) -> None:
        builder = OscMessageBuilder(address)
        for value in values:
            builder.add_arg(value)
        self._socket.sendto(builder.build().dgram, self._to)

    def ask(
        self,
        address: str,
        *values: str | int | float,
        last: Callable[[str, list[Any]], bool] | None = None,
        patience: float = 3.0,
    ) -> list[tuple[str, list[Any]]]:
        """What came after the question until `last` was so, or until the address itself came."""
        is_last = last or (lambda came, _: came == address)
        self._drain()
        self.send(address, *values)
        until, heard = time.monotonic() + patience, []
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                packet = self._socket.recv(65536)
            except TimeoutError:
                break
            whole = OscBundle(packet) if packet.startswith(b"#bundle") else [OscMessage(packet)]
            heard += [(message.address, list(message.params)) for message in whole]
            if any(is_last(*each) for each in heard):
                return heard
        raise TimeoutError(f"no answer to {address}; {heard}")

    def close(self) -> None:
        self._socket.close()

    def _drain(self) -> None:
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(65536)


class Ardour:
    """An Ardour with its editor, on the session in `folder`/song."""

    def __init__(
        self,
        server: Server,
        folder: Path,
        rate: int = 48000,
        hooks: Mapping[Path, Sequence[str]] | None = None,
        actions: Mapping[int, Path] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`hooks`: scripts and the signals they wait for; `actions`: scripts by their slot."""
        self.server, self.folder, self.rate = server, folder, rate
        self.home = folder / "home"
        self.session = folder / "song"
        self.file = self.session / "song.ardour"
        self.lost: list[str] = []  # starts that did not come up, and why
        self._hooks, self._actions = dict(hooks or {}), dict(actions or {})
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = _environment(server, self.home) | dict(environment or {})
        self._daw: subprocess.Popen[bytes] | None = None
        self.osc: Osc | None = None

    # from start to end

    def start(self) -> None:
        """Returns when the editor answers. Raises ServerError with its log."""
        new = not self.file.exists()
        for attempt in range(STARTS):
            try:
                self._start()
                return
            except (TimeoutError, ServerError) as error:
                self.close()
                self.lost.append(str(error)[-300:])
                if attempt == STARTS - 1:
                    raise
                self.server.stop()
                self.server.start()
                if new:
                    shutil.rmtree(self.session, ignore_errors=True)

    def quit(self) -> int:
        """As its menu does; the exit status. Save first, or it asks."""
        assert self._daw is not None
        self.action("Common/Quit")
        try:
            return self._daw.wait(30)
        finally:
            self.close()

    def kill(self) -> None:
        """As a crash."""
        assert self._daw is not None
        self._daw.kill()
        self._daw.wait()
        self.close()

    def close(self) -> None:
        """Ends what still runs."""
        if self.osc:
            self.osc.close()
            self.osc = None
        for process in reversed(self._processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(8)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self._processes.clear()

    def log(self) -> str:
        """What it wrote, our scripts' words among it."""
        path = self.folder / "ardour.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # what a user does

    def action(self, name: str) -> None:
        """An action of its menus, `Common/Quit`, `LuaAction/script-1`."""
        self._ask.send("/access_action", name)

    def arm(self, *tracks: str) -> None:
        """Arms these tracks."""
        for track in tracks:
            self._ask.send("/strip/recenable", self._strips()[track][6], 1)
        self._until("armed", lambda: all(self._strips()[track][7] for track in tracks))

    def armed(self) -> list[str]:
        """Names of the tracks that are."""
        return [name for name, values in self._strips().items() if values[7]]

    def record(self) -> None:
        """Returns when it rolls and records."""
        if not self._number("/record_enabled"):
            self._ask.send("/rec_enable_toggle")
            self._until("record enabled", lambda: self._number("/record_enabled"))
        self.play()

    def play(self) -> None:
        """Returns when it rolls."""
        self._ask.send("/transport_play")
        self._until("rolling", lambda: self._number("/transport_speed"))

    def stop(self) -> None:
        """Returns when it stands."""
        self._ask.send("/transport_stop")
        self._until("stopped", lambda: not self._number("/transport_speed"))

    def locate(self, sample: int) -> None:
        """Returns when the playhead is there."""
        self._ask.send("/locate", sample, 0)
        self._until(f"at {sample}", lambda: self._number("/transport_frame") == sample)

    def send_to(self, sample: int) -> None:
        """The playhead goes there and rolls on; does not wait."""
        self._ask.send("/locate", sample, 1)

    def position(self) -> int:
        """Sample at which the playhead is."""
        return int(self._number("/transport_frame"))

    def connect(self, source: str, track: str) -> None:
        """A port of another program alone into one of a track, `Capture/audio_in 1`.

        Were the sound card's connected as well, its latency would be taken for all that comes in.
        """
        port = f"ardour:{track}"
        told = self._jack("jack_lsp", "-c", port).splitlines()
        for other in [line.strip() for line in told if line.startswith(" ")]:
            self._jack("jack_disconnect", other, port)
        self._jack("jack_connect", source, port)

    def save(self) -> None:
        """Returns when the session's file is new."""
        before = self.file.stat().st_mtime_ns
        self._ask.send("/save_state")
        self._until("saved", lambda: self.file.stat().st_mtime_ns != before)
        time.sleep(0.1)

    def windows(self, title: str) -> list[str]:
        """Windows of this title that are seen."""
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", title],
            env=self._environment, capture_output=True, text=True,
        )  # fmt: skip
        return found.stdout.split()

    def press(self, title: str, key: str) -> None:
        """Presses a key in the window of this title, when it comes."""
        self._until(f"a window {title!r}", lambda: self.windows(title))
        time.sleep(0.5)  # it is seen before it takes keys
        subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", title, "windowfocus", "key", key],
            env=self._environment, capture_output=True, check=False,
        )  # fmt: skip

    # inside

    @property
    def _ask(self) -> Osc:
        assert self.osc is not None, "it does not run"
        return self.osc

    def _jack(self, *command: str) -> str:
        done = subprocess.run(command, env=self.server.env, capture_output=True, text=True)
        assert not done.returncode, done.stdout + done.stderr
        return done.stdout

    def _number(self, address: str) -> float:
        answer = [values for came, values in self._ask.ask(address) if came == address]
        return float(answer[-1][0])

    def _strips(self) -> dict[str, list[Any]]:
        """Of each strip: kind, name, inputs, outputs, mute, solo, number, armed."""
        told = self._ask.ask("/strip/list", last=lambda _, values: values[:1] == ["end_route_list"])
        return {values[1]: values for _, values in told if values[:1] in (["AT"], ["MT"])}

    def _until(self, what: str, true: Callable[[], Any], patience: float = 20.0) -> None:
        until = time.monotonic() + patience
        while not true():
            if time.monotonic() > until:
                raise TimeoutError(f"not within {patience} s: {what}\n{self.log()[-1500:]}")
            self._alive()
            time.sleep(0.03)

    def _alive(self) -> None:
        assert self._daw is not None
        if self._daw.poll() is not None:
            raise ServerError(f"Ardour ended with {self._daw.returncode}:\n{self.log()[-2000:]}")
        if "JACK HALTED" in self.log() or "Unknown request" in self.server.log()[-4000:]:
            raise ServerError("JACK lost Ardour")

    def _start(self) -> None:
        config = self.home / ".config" / "ardour7"
        for folder in (config, self.home / "run", self.home / ".cache"):
            folder.mkdir(parents=True, exist_ok=True)
        (self.home / "run").chmod(0o700)
        if not self.file.exists():
            _make_session(self.session, self.rate, self._environment)
        _answer_to_osc(self.file)
        (config / ".a7").touch()  # not a new user: no questions
        (config / "config").write_text(
            CONFIG.format(rate=self.rate, now=int(time.time()), osc=OSC), "utf-8"
        )
        (config / "ui_config").write_text(UI_CONFIG, "utf-8")
        (config / "ui_scripts").write_text(
            ui_scripts(self._hooks, self._actions, self._environment), "utf-8"
        )
        listening = config / "osc_url"  # filled where it exists, deleted when it ends
        listening.write_text("")
        display = self._screen()
        environment = self._environment | {"DISPLAY": display}
        self._environment["DISPLAY"] = display
        preload = _one_by_one(self.folder)
        self._daw = self._run(
            ["ardour", "--no-splash", "--no-announcements", str(self.session)],
            environment | {"LD_PRELOAD": str(preload)},
            "ardour.log",
        )
        self._until("OSC", lambda: ":" in listening.read_text(), LOADS)
        url = re.search(r":(\d+)/", listening.read_text())
        assert url is not None
        self.osc = Osc(int(url.group(1)))
        self._until("an answer", self._answers, LOADS)
        # Answers come before the editor is there, which then stops the transport: an action runs
        # only after that.
        self.action("Transport/Record")
        self._until("the editor", lambda: self._number("/record_enabled"), LOADS)
        self._ask.send("/rec_enable_toggle")
        self._until("record off", lambda: not self._number("/record_enabled"))
        time.sleep(SETTLES)
        self._alive()

    def _answers(self) -> bool:
        # Before the session's settings are read, answers would go to port 8000 for good.
        self._ask.send("/set_surface/port", 0)
        try:
            self._ask.ask("/transport_frame", patience=0.3)
        except TimeoutError:
            return False
        return True

    def _screen(self) -> str:
        """Starts one that nobody sees; its name."""
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten"]
        self._run([*command, "tcp"], self._environment, "xvfb.log", (write,))
        os.close(write)
        with os.fdopen(read) as told:
            return ":" + told.readline().strip()

    def _run(
        self, command: list[str], environment: Mapping[str, str], log: str, pass_fds: Any = ()
    ) -> subprocess.Popen[bytes]:
        with_parent = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with (self.folder / log).open("wb") as words:
            process = subprocess.Popen(
                [*with_parent, *command],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                env=environment,
                pass_fds=pass_fds,
            )
        self._processes.append(process)
        return process


@contextmanager
def ardour(server: Server, folder: Path, **options: Any) -> Iterator[Ardour]:
    """One that is ended whatever happens."""
    daw = Ardour(server, folder, **options)
    try:
        daw.start()
        yield daw
    finally:
        daw.close()


def ui_scripts(
    hooks: Mapping[Path, Sequence[str]],
    actions: Mapping[int, Path],
    environment: Mapping[str, str],
) -> str:
    """The file in which Ardour 7 keeps hooks, and actions by their slots from 1."""
    taken = _taken_in([*hooks, *actions.values()], environment)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<UIScripts>"]
    state = "scripts = {} "
    for slot, path in sorted(actions.items()):
        name, kind, code = taken[path]
        assert kind == "EditorAction", path
        at = f"scripts[{slot}]"
        state += f'{at} = {{}} {at}["n"] = {_lua(name)} {at}["s"] = {_lua(path.read_bytes())} '
        state += f'{at}["f"] = {_lua(code)} {at}["c"] = true {at}["a"] = {{}} '
        state += f'{at}["a"]["x-script-origin"] = {_lua(path.name)} '
    lines.append(f'<ActionScript lua="Lua 5.3">{_base64(state)}</ActionScript><ActionHooks>')
    for number, (path, signals) in enumerate(hooks.items()):
        name, kind, code = taken[path]
        assert kind == "EditorHook", path
        bits = ["0"] * SIGNAL_COUNT
        for signal in signals:
            bits[-1 - SIGNALS[signal]] = "1"
        state = f's = {{}} s["n"] = {_lua(name)} s["s"] = {_lua(path.read_bytes())} '
        state += f's["f"] = {_lua(code)} s["a"] = {{}} '
        lines.append(
            f'<LuaCallback lua="Lua 5.3" id="{900000 + number}" name={quoteattr(name)} '
            f'signals="{"".join(bits)}">{_base64(state)}</LuaCallback>'
        )
    return "\n".join([*lines, "</ActionHooks></UIScripts>", ""])


def _taken_in(
    paths: Sequence[Path], environment: Mapping[str, str]
) -> dict[Path, tuple[str, str, bytes]]:
    """Name, kind and bytecode of each script."""
    if not paths:
        return {}
    told = _ardour_lua(TAKE_IN, list(map(str, paths)), environment)
    rows = [line.split("\t") for line in told.splitlines() if line.startswith("TAKEN\t")]
    assert len(rows) == len(paths), told
    return {
        path: (row[1], row[2], bytes.fromhex(row[3])) for path, row in zip(paths, rows, strict=True)
    }


def _make_session(folder: Path, rate: int, environment: Mapping[str, str]) -> None:
    _ardour_lua(NEW_SESSION, [str(folder), folder.name, str(rate), AUDIO, MIDI], environment)


def _ardour_lua(script: str, words: list[str], environment: Mapping[str, str]) -> str:
    """Runs a script in Ardour's own Lua; what it printed."""
    path = Path(environment["HOME"]) / "script.lua"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    done = subprocess.run(
        ["ardour7-lua", str(path), *words],
        env=dict(environment), capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    if done.returncode or "Error:" in done.stdout + done.stderr:
        raise ServerError(done.stdout + done.stderr)
    return done.stdout


def _answer_to_osc(file: Path) -> None:
    """What the session says of OSC counts more than the user's settings."""
    text = file.read_text("utf-8")
    text, found = re.subn(r'<Protocol name="Open Sound Control \(OSC\)"[^>]*?/>', OSC, text)
    assert found
    file.write_text(text, "utf-8")


def _one_by_one(folder: Path) -> Path:
    library = folder / "jack_one_by_one.so"
    if not library.exists():
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-O2", "-o", library, HERE / "jack_one_by_one.c"],
            check=True,
        )
    return library


def _environment(server: Server, home: Path) -> dict[str, str]:
    kept = ("PATH", "LANG", "USER", "LOGNAME", "TZ", "JACK_DEFAULT_SERVER")
    kept += ("JACK_NO_START_SERVER", "JACK_NO_AUDIO_RESERVATION")
    environment = {name: server.env[name] for name in kept if name in server.env}
    return environment | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "LC_ALL": "C.UTF-8",
        "GTK_MODULES": "",
        "NO_AT_BRIDGE": "1",
    }


def _lua(value: str | bytes) -> str:
    """A string of Lua."""
    raw = value.encode() if isinstance(value, str) else value
    plain = (
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in raw
    )
    return '"' + "".join(plain) + '"'


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def composed(
    script: Path, folder: Path, meeting_place: Path, command: Sequence[str] = ("false",)
) -> Path:
    """The script as it is installed, in `folder`; `command` starts dawbridge."""
    made = folder / script.name
    here = Here(meeting_place, tuple(command))
    made.write_text(compose(script, here), "utf-8")
    return made
