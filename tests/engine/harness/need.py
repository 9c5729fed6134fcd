"""What the engine tests need of the machine, and how they wait for it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOME = Path(os.environ.get("DLINT_ENGINE_HOME") or Path.home() / ".cache" / "dlint-engine")
"""Where slow things (the debootstrap tree) are kept from one run to the next."""

MEMORY = Path("/proc/meminfo")
ROOM = 8 << 30
"""Bytes of free memory that are enough for all engines of a run, which store up to three at once."""

REQUIRED = os.environ.get("DLINT_ENGINE_REQUIRED") == "1"
"""CI sets this: what is missing there is a failure, not a reason to skip."""


class MissingError(Exception):
    """The machine lacks something; the message says what and how to get it."""


def programs(*names: str) -> None:
    """Raise MissingError unless every program is installed."""
    absent = [name for name in names if not which(name)]
    if absent:
        raise MissingError(
            f"not installed: {', '.join(absent)} (tests/engine/apt.txt lists the Debian packages)"
        )


def root() -> None:
    """Raise MissingError unless this process may mount, as dockerd and buildah's chroot isolation
    must.
    """
    if os.geteuid() != 0:
        raise MissingError("root rights are needed to start a Docker Engine")


def which(name: str) -> str | None:
    """Find a program, also in the sbin folders that a plain user's PATH leaves out."""
    return shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin")


def free_port() -> int:
    """Name a loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def folder(prefix: str) -> Path:
    """Make a folder for what a program stores: in memory where that is large, since engines write
    through to the disk, thousands of times. `remove` removes it.

    A socket's path may have 107 bytes, so its name is short.
    """
    made = Path(tempfile.mkdtemp(prefix=prefix))
    if free_memory() > ROOM:
        run("mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs", made, check=False)
    return made


def free_memory() -> int:
    """Return how many bytes of memory this process and its children may still take."""
    limit, used = (Path(f"/sys/fs/cgroup/memory.{end}") for end in ("max", "current"))
    free = [int(each) * 1024 for each in re.findall(r"MemAvailable: +(\d+)", MEMORY.read_text())]
    with contextlib.suppress(OSError, ValueError):  # there is none, or it says `max`
        free.append(int(limit.read_text()) - int(used.read_text()))
    return min(free, default=0)


def remove(folder: Path) -> None:
    """Remove a folder, and unmount what a program that was killed has left in it, deepest first."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for point in sorted((m for m in mounts if f"{m}/".startswith(f"{folder}/")), reverse=True):
        run("umount", "--lazy", point, check=False)
    shutil.rmtree(folder, ignore_errors=True)


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Poll until ready() holds; raise TimeoutError naming what was awaited at the deadline."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)


def wait_for_next_second(after: float) -> None:
    """Wait until the clock's second is a later one than that of a time before.

    A layer's tar holds times in whole seconds: two builds within one second can make the same
    layer, which no two pushes of a real day do.
    """
    wait_until(lambda: int(time.time()) > int(after), "the next second", 5)


def run(
    *command: str | Path,
    check: bool = True,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    text: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end with its output captured; raise RuntimeError with that output if it
    fails.
    """
    words = [str(word) for word in command]
    result = subprocess.run(
        words,
        capture_output=True,
        text=True,
        errors="replace",
        env=env,
        cwd=cwd,
        input=text,
        check=False,
    )
    if check:
        success(result)
    return result


def success(ended: subprocess.CompletedProcess[str]) -> None:
    """Raise RuntimeError with the output of a command that failed."""
    if ended.returncode:
        raise RuntimeError(
            f"{' '.join(ended.args)}: exit {ended.returncode}\n{ended.stdout}{ended.stderr}"
        )


class Program:
    """A server in the background, its output in a file."""

    def __init__(
        self, *command: str | Path, log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = Path(command[0]).name
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                env=env,
            )

    def await_ready(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until ready(); raise RuntimeError with the end of the log if the program ends or
        never gets there.
        """
        try:
            wait_until(lambda: self.process.poll() is not None or ready(), self.name, seconds)
        except TimeoutError:
            self.stop()
            raise RuntimeError(f"{self.name} is not ready\n{self.tail()}") from None
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}\n{self.tail()}")

    def tail(self) -> str:
        """Return the last of what it printed."""
        return self.log.read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
