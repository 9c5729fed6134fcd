"""Reaches Debian's archive as apt does, by apt itself: each release in a folder of its own, nothing
of the system's.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

ARCHITECTURE = "amd64"
RELEASES = {"bullseye": 11, "bookworm": 12, "trixie": 13}
_SOURCES = Path("/etc/apt")
_ADDRESS = re.compile(r"^\s*(?:URIs:|deb\s+(?:\[[^]]*\]\s+)?)\s*(\S+)", re.MULTILINE)


class Mirror(NamedTuple):
    """Where the archive and its security updates are to be had."""

    archive: str
    security: str


def mirror_of_this_machine() -> Mirror:
    """Return what this machine's own apt uses. Raises SystemExit where it has no sources of
    Debian's.
    """
    files = [*_SOURCES.glob("sources.list"), *_SOURCES.glob("sources.list.d/*")]
    found = [
        address.rstrip("/") for file in files for address in _ADDRESS.findall(file.read_text())
    ]
    archive = next((each for each in found if each.endswith("/debian")), None)
    security = next((each for each in found if each.endswith("security")), None)
    if archive is None or security is None:
        raise SystemExit(
            "no sources of Debian's in this machine's apt: name them with --archive and --security"
        )
    return Mirror(archive, security)


class Release:
    """One release of Debian, in a folder that holds apt's state of it."""

    def __init__(self, folder: Path, name: str, mirror: Mirror) -> None:
        """Make the folder and what apt needs in it."""
        self.name, self.folder = name, (folder / name).resolve()
        self.lists, self.kept, self.debs = (
            self.folder / each for each in ("lists", "kept", "debs")
        )
        for each in (self.lists, self.kept):
            (each / "partial").mkdir(parents=True, exist_ok=True)
        (self.folder / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        self.debs.mkdir(exist_ok=True)
        (self.folder / "status").touch()
        lines = (
            (mirror.archive, name),
            (mirror.archive, f"{name}-updates"),
            (mirror.security, f"{name}-security"),
        )
        sources = "".join(f"deb {address} {suite} main\n" for address, suite in lines)
        (self.folder / "sources.list").write_text(sources)

    def update(self) -> None:
        """Fetch the indexes: plain to be read, and as an image keeps them that tells apt to leave
        them compressed.
        """
        self._apt(self.lists, "update", "-o", "Acquire::GzipIndexes=false")
        self._apt(self.kept, "update", "-o", "Acquire::GzipIndexes=true")

    def indexes(self) -> list[Path]:
        """Return the files of the indexes."""
        return sorted(self.lists.glob("*_Packages"))

    def download(self, names: list[str]) -> None:
        """Fetch packages into `debs`."""
        self._apt(self.lists, "download", *names, folder=self.debs)

    def _apt(self, lists: Path, *words: str, folder: Path | None = None) -> None:
        settings = {
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": lists,
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder / "cache",
            "APT::Architecture": ARCHITECTURE,
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Queue-Mode": "host",  # one connection
        }
        options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
        subprocess.run(
            ["apt-get", "-q", *options, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
