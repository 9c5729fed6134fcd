"""Installs packages for real, in an overlay above a minimal system, and measures the layer that
comes of it.

    python tools/sizes/installs.py WORK --release trixie [--slim] [--recommends] NAME[,NAME…] …

Each argument is one install. WORK/RELEASE/root is made by debootstrap (variant minbase, as official
images are) where there is none. Results go to WORK/RELEASE/installs.tsv, one line each: the names,
slim or full, recommends or not, the bytes of the layer and those of its parts (dpkg's status file,
logs and caches, files that belong to no package). Needs root, debootstrap and overlayfs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from archive import RELEASES, Mirror, Release, mirror_of_this_machine
from measure import KEPT, LEFT_OUT, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

# What images tell apt: to keep no archives, no caches of its own and no translations, and lists as
# they come.
APT = """
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin"; };
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";
Acquire::GzipIndexes "true"; Acquire::Languages "none";
Acquire::Check-Valid-Until "false"; Acquire::Check-Date "false";
"""  # noqa: E501  its lines are shown as they are
RECORDS = (
    "var/lib/dpkg/status",
    "var/lib/dpkg/status-old",
    "var/lib/apt/extended_states",
    "var/lib/dpkg/alternatives/",
)
LOGS = (
    "var/log/",
    "var/cache/",
    "var/lib/dpkg/",
    "var/lib/apt/",
    "etc/ld.so.cache",
    "var/lib/systemd/",
)


def main() -> int:
    """Install and measure; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--release", required=True, choices=RELEASES)
    parser.add_argument("--slim", action="store_true")
    parser.add_argument("--recommends", action="store_true")
    parser.add_argument("--archive")
    parser.add_argument("--security")
    parser.add_argument(
        "--above", default="", help="packages, joined by commas, that stand below the layer"
    )
    parser.add_argument("installs", nargs="+")
    args = parser.parse_args()
    mirror = (
        Mirror(args.archive, args.security)
        if args.archive and args.security
        else mirror_of_this_machine()
    )
    release = Release(args.work, args.release, mirror)
    root = rooted(release, mirror)
    for words in args.installs:
        try:
            with tempfile.TemporaryDirectory(dir=release.folder) as scratch:
                size, parts, files = install(root, Path(scratch), words.split(","), args)
        except subprocess.CalledProcessError as error:
            sys.stderr.write(f"{release.name} {words}: {error}\n")
            continue
        kinds = (
            "slim" if args.slim else "full",
            "recommends" if args.recommends else "alone",
            args.above,
        )
        row = (words, *kinds, str(size), *(f"{part}={bytes_}" for part, bytes_ in parts.items()))
        with (release.folder / "installs.tsv").open("a") as results:
            results.write("\t".join(row) + "\n")
        with (release.folder / "unowned.tsv").open("a") as results:
            results.writelines(f"{words}\t{name}\t{bytes_}\n" for name, bytes_ in files)
        sys.stderr.write(f"{release.name} {' '.join(row)}\n")
    return 0


def rooted(release: Release, mirror: Mirror) -> Path:
    """Return a minimal system of a release, with the settings that images have."""
    root = release.folder / "root"
    if not root.is_dir():
        new = release.folder / "root.new"
        shutil.rmtree(new, ignore_errors=True)
        subprocess.run(
            ["debootstrap", "--variant=minbase", release.name, new, mirror.archive], check=True
        )
        (new / "etc/apt/apt.conf.d/image").write_text(APT)
        shutil.copy(release.folder / "sources.list", new / "etc/apt/sources.list")
        shutil.copy("/etc/resolv.conf", new / "etc/resolv.conf")
        (new / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (new / "usr/sbin/policy-rc.d").chmod(0o755)
        shutil.rmtree(new / "var/lib/apt/lists")
        for words in (["update"], ["dist-upgrade", "-y"]):
            subprocess.run(["chroot", new, "apt-get", "-q", *words], check=True)
        new.rename(root)
    return root


def install(
    root: Path, scratch: Path, words: list[str], args: argparse.Namespace
) -> tuple[int, dict[str, int], list[tuple[str, int]]]:
    """Install `words`; the layer's bytes, those of its parts, and its larger files that belong to
    no package.
    """
    below = root
    names = [name for name in args.above.split(",") if name]
    lower = scratch / "lower"
    if names:
        with overlay(root, lower) as merged:
            _install(merged, names, slim=args.slim, recommends=False)
        below = Path(f"{lower / 'upper'}:{root}")
    with overlay(below, scratch / "own") as merged:
        _install(merged, words, slim=args.slim, recommends=args.recommends)
        owned = {
            line
            for path in merged.glob("var/lib/dpkg/info/*.list")
            for line in path.read_text().splitlines()
        }
    return _measured(scratch / "own" / "upper", owned, [lower / "upper", root] if names else [root])


@contextmanager
def overlay(below: Path, folder: Path) -> Iterator[Path]:
    """Mount what is written above `below`."""
    upper, work, merged = (folder / name for name in ("upper", "work", "merged"))
    for each in (upper, work, merged):
        each.mkdir(parents=True)
    options = f"lowerdir={below},upperdir={upper},workdir={work}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, merged], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", merged / "proc"], check=True)
    try:
        yield merged
    finally:
        subprocess.run(["umount", merged / "proc", merged], check=True)


def _install(root: Path, words: list[str], *, slim: bool, recommends: bool) -> None:
    excludes = root / "etc/dpkg/dpkg.cfg.d/slim"
    if slim:
        lines = [f"path-exclude /{each}\n" for each in LEFT_OUT] + [
            f"path-include /{each}\n" for each in KEPT
        ]
        excludes.write_text("".join(lines))
    options = ["-q", "-y", *([] if recommends else ["--no-install-recommends"])]
    command = [
        "chroot",
        str(root),
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "install",
        *options,
        *words,
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    excludes.unlink(missing_ok=True)


def _measured(
    upper: Path, owned: set[str], below: list[Path]
) -> tuple[int, dict[str, int], list[tuple[str, int]]]:
    whole = Stream()
    parts = {name: Stream() for name in ("status", "info", "logs", "owned", "unowned")}
    files: list[tuple[str, int]] = []
    with tempfile.TemporaryFile() as packed:
        subprocess.run(["tar", "-c", "--sort=name", "-C", upper, "."], check=True, stdout=packed)
        packed.seek(0)
        with tarfile.open(fileobj=packed) as archive:
            for info in archive:
                file = archive.extractfile(info) if info.isreg() else None
                data = file.read() if file else b""
                path = info.name.removeprefix("./")
                if info.isreg() and _is_unchanged(path, info, data, below):
                    continue
                part = _part(path, owned)
                whole.member(info, data)
                parts[part].member(info, data)
                if part == "unowned" and data:
                    own = Stream()
                    own.member(info, data)
                    files.append((path, own.close()))
    return whole.close(), {name: stream.close() for name, stream in parts.items()}, files


def _is_unchanged(path: str, info: tarfile.TarInfo, data: bytes, below: list[Path]) -> bool:
    """Tell whether a file was opened to be written, and was not: overlayfs has copied it, BuildKit
    leaves it out.
    """
    there = next((folder / path for folder in below if (folder / path).is_file()), None)
    return (
        there is not None
        and int(there.stat().st_mtime) == int(info.mtime)
        and there.read_bytes() == data
    )


def _part(path: str, owned: set[str]) -> str:
    if path.startswith(RECORDS):
        return "status"
    if path.startswith("var/lib/dpkg/info/"):
        return "info"
    if path.startswith(LOGS):
        return "logs"
    return "owned" if f"/{path}" in owned or f"/{path}".removeprefix("/usr") in owned else "unowned"


if __name__ == "__main__":
    sys.exit(main())
