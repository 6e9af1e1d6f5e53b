"""Real audio servers without a sound card, one per test, each with a name and folder of its own.

    with jack_dummy(period=256) as server:
        subprocess.run([...], env=server.env)
    with pulse_null_sink() as server:
        subprocess.run(["pacat", "--device=sink", ...], env=server.env)

Every server is ended through its own handle and reaped: an unreaped jackd keeps its name and one
of the machine's eight places. It also dies with the thread that started it (setpriv), so a test
run that is killed leaves nothing behind.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

PORTS = 128  # of a JACK server: 41 MB of /dev/shm; the usual 4096 take 103 MB
PLACES = 4  # JACK servers of tests that run side by side
START = 10.0  # seconds a server has to answer


class ServerError(RuntimeError):
    """A server did not start; its log is the message."""


class Server:
    """A server that can be started, ended, killed and started again."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        folder: Path,
        ready: Callable[[], bool],
    ) -> None:
        self.name = name
        self.env = dict(env)
        with_parent = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        self._command = [*with_parent, *command]
        self._log = folder / "log"
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None
        # Clients of a test that failed: a JACK client that lives on crashes the interpreter's end.
        self.closed_first: list[Callable[[], None]] = []

    def start(self) -> None:
        """Returns when the server answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + START
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise ServerError(f"{self.name}:\n{self.log()}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ends it in order, by force after ten seconds."""
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()

    def kill(self) -> None:
        """As a crash."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""


@contextmanager
def jack_dummy(rate: int = 48000, period: int = 256, sync: bool = True) -> Iterator[Server]:
    """jackd2 with the dummy driver.

    sync: the server waits for every client in every cycle (-S), so that no cycle is lost and tests
    can be exact to the frame; users run without it.
    """
    with _jack_name() as name, _folder("jack") as folder:
        env = os.environ | {
            "JACK_DEFAULT_SERVER": name,
            "JACK_NO_START_SERVER": "1",
            "JACK_NO_AUDIO_RESERVATION": "1",
        }
        command = ["jackd", "-n", name, "-r", "-p", str(PORTS), *(["-S"] if sync else [])]
        command += ["-d", "dummy", "-r", str(rate), "-p", str(period), "-C", "2", "-P", "2"]

        def ready() -> bool:
            # jack_wait looks only once a second
            return not subprocess.run(["jack_lsp"], env=env, capture_output=True).returncode

        server = Server(name, command, env, folder, ready)
        try:
            server.start()
            yield server
        finally:
            for close in server.closed_first:
                close()
            server.stop()


@contextmanager
def _jack_name() -> Iterator[str]:
    """One of a few names, held while its server runs.

    A server that was killed keeps one of JACK's eight places for good, until one of the same name
    starts (measured with jackd2 1.9.21): with ever new names there would soon be no room.
    """
    until = time.monotonic() + 120
    while True:
        for number in range(PLACES):
            lock = Path(tempfile.gettempdir()) / f"dawbridge-test-{number}.lock"
            with lock.open("w") as held:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield f"dawbridge-test-{number}"
                return
        if time.monotonic() > until:
            raise ServerError("all places of test servers are taken")
        time.sleep(0.1)


@contextmanager
def pulse_null_sink(rate: int = 48000, channels: int = 2) -> Iterator[Server]:
    """PulseAudio with one null sink called 'sink', as any user, without D-Bus."""
    with _folder("pulse") as folder:
        path = folder / "native"
        env = _pulse_environment(folder, path)
        # norewinds: else the first block comes up to 2 s late and playback misses its beginning.
        command = [
            "pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
            "--realtime=no", "--high-priority=no", "--log-target=stderr",
            "-L", f"module-native-protocol-unix socket={path} auth-anonymous=1",
            "-L", f"module-null-sink sink_name=sink rate={rate} channels={channels} "
            "format=float32le norewinds=1",
        ]  # fmt: skip
        server = Server("pulse", command, env, folder, lambda: _answers(path))
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _pulse_environment(folder: Path, path: Path) -> dict[str, str]:
    foreign = {"DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PULSE_SINK", "PULSE_SOURCE"}
    env = {name: value for name, value in os.environ.items() if name not in foreign}
    (folder / "pulse").mkdir(mode=0o700)
    # PortAudio reaches the server through ALSA's pulse plugin, by these names.
    (folder / ".asoundrc").write_text(
        "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
        "pcm.pulse { type pulse }\nctl.pulse { type pulse }\n"
        "pcm.monitor { type pulse\n  device sink.monitor\n"
        '  hint { show on\n description "monitor of sink" } }\n'
    )
    return env | {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "PULSE_RUNTIME_PATH": str(folder / "pulse"),
        "PULSE_SERVER": f"unix:{path}",
    }


def _answers(path: Path) -> bool:
    if not path.exists():
        return False
    with closing(socket.socket(socket.AF_UNIX)) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
