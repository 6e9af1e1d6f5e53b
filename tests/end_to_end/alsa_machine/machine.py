"""The machine: qemu, Debian's kernel, and this computer's files to read.

Nothing of it is installed and no rights are needed. It is emulated, so everything in it is ten
times slower.
"""

from __future__ import annotations

import gzip
import lzma
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
KERNEL = ROOT / "build" / "alsa_machine"
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "snd_seq")


def run_in_machine(arguments: Sequence[str], folder: Path, patience: float) -> tuple[int, str]:
    """Runs Python with these arguments in the repository; its exit status and all that it said.

    `folder`: an empty one for what the machine starts from; `patience`: seconds.
    """
    kernel = next(KERNEL.glob("boot/vmlinuz-*"), None)
    assert kernel is not None, f"{HERE / 'get_kernel'} fetches the kernel"
    initrd = folder / "initrd.gz"
    command = f"cd {shlex.quote(str(ROOT))}\nexec {shlex.join([sys.executable, *arguments])}\n"
    write_initrd(folder / "initrd", command, initrd)
    done = subprocess.run(
        [
            "qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
            "-smp", "2", "-m", "1024", "-nodefaults", "-no-reboot", "-display", "none",
            "-serial", "stdio",
            "-kernel", str(kernel), "-initrd", str(initrd),
            "-append", "console=ttyS0 quiet panic=-1",
            "-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap",
            "-device", "virtio-9p-pci,fsdev=host,mount_tag=host",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=patience,
        check=False,
    )  # fmt: skip
    said = done.stdout.decode(errors="replace")
    status = re.search(r"the command ended with status (\d+)", said)
    return (int(status[1]) if status else -1), said


def write_initrd(folder: Path, command: str, path: Path) -> None:
    """What the kernel starts from: busybox, the modules, our `init` and the command."""
    for name in ("bin", "modules", "proc", "root"):
        (folder / name).mkdir(parents=True)
    busybox = shutil.which("busybox")
    assert busybox is not None, "apt install busybox-static"
    shutil.copy(busybox, folder / "bin" / "busybox")
    shutil.copy(HERE / "init", folder / "init")
    (folder / "init").chmod(0o755)
    (folder / "command").write_text(command)
    ordered = dict(item for name in MODULES for item in with_needed(name))
    for name, module in ordered.items():
        (folder / "modules" / f"{name}.ko").write_bytes(module)
    (folder / "modules" / "order").write_text("\n".join(ordered))
    names = "\n".join(str(each.relative_to(folder)) for each in sorted(folder.rglob("*")))
    archive = subprocess.run(
        [busybox, "cpio", "-o", "-H", "newc"],
        cwd=folder, input=names.encode(), capture_output=True, check=True,
    )  # fmt: skip
    path.write_bytes(gzip.compress(archive.stdout, 1))


def with_needed(name: str) -> Iterator[tuple[str, bytes]]:
    """A kernel module and before it those it needs, as (name, content)."""
    for path in KERNEL.rglob("*.ko*"):
        if path.name.split(".")[0].replace("-", "_") == name:
            content = path.read_bytes()
            module = lzma.decompress(content) if path.suffix == ".xz" else content
            needed = re.search(rb"\0depends=([^\0]*)", module)
            for each in needed[1].decode().split(",") if needed else []:
                yield from with_needed(each.replace("-", "_"))
            yield name, module
