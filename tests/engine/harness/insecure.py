"""A registry under a name, as a registry on a company's network has one, without TLS."""

from __future__ import annotations

import os
import re
from pathlib import Path

from . import need
from .registry import Registry

HOSTS = Path("/etc/hosts")
LINE = re.compile(r".* # dlint engine tests, process (\d+)\n")


class InsecureRegistry(Registry):
    """`host` is a name that this machine's hosts file maps to loopback while the registry runs."""

    def __init__(self, host: str) -> None:
        need.root()
        name, _, port = host.partition(":")
        self._line = f"127.0.0.1 {name} # dlint engine tests, process {os.getpid()}\n"
        HOSTS.write_text(_without_the_dead(HOSTS.read_text()) + self._line)
        try:
            super().__init__(name, int(port))
        except BaseException:
            self._restore()
            raise

    def stop(self) -> None:
        """Stop it and take its name out of the hosts file again."""
        super().stop()
        self._restore()

    def _restore(self) -> None:
        # Others may have written to the file meanwhile: only our own line goes.
        # The file is often a mount, so it cannot be replaced.
        HOSTS.write_text(HOSTS.read_text().replace(self._line, ""))


def _without_the_dead(hosts: str) -> str:
    """Leave out the lines of runs that were killed: their processes are gone."""
    return LINE.sub(lambda line: line[0] if Path(f"/proc/{line[1]}").exists() else "", hosts)
