"""A registry under a name, as a registry on a company's network has one, without TLS."""

from __future__ import annotations

from pathlib import Path

from . import need
from .registry import Registry

HOSTS = Path("/etc/hosts")


class InsecureRegistry(Registry):
    """`host` is a name that this machine's hosts file maps to loopback while the registry runs."""

    def __init__(self, host: str) -> None:
        need.root()
        name, _, port = host.partition(":")
        self._line = f"127.0.0.1 {name} # dlint engine tests, port {port}\n"
        with HOSTS.open("a") as hosts:
            hosts.write(self._line)
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
