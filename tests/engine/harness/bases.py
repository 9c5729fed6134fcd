"""Base images made on the spot, since no registry of images can be counted on.

`shell:1` and `shell:2` are busybox with a few folders: ready within a second, which is why nearly
every project starts from them. `shell:2` has one file more, `shell:relabelled` the layer of
`shell:1` and another config.
`debian:trixie-slim` is a minimal Debian by debootstrap, for what needs apt. The images of TOOLS are
busybox, too, with the stand-ins of standins/ for package managers: each leaves what the real one
leaves, in the same places, within milliseconds and the same every time.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from . import need

if TYPE_CHECKING:
    from .engine import Engine

EPOCH = 1_700_000_000
TOOLS = (
    "alpine:3.20",
    "debian:12.5",
    "debian:12.5-slim",
    "fedora:40",
    "golang:1.22",
    "node:22-slim",
    "opensuse/leap:15.6",
    "php:8.3-cli",
    "python:3.11-slim",
    "python:3.12",
    "python:3.12-slim",
)
HELD = dict.fromkeys(TOOLS[-3:], "ca-certificates\n")
"""Packages that the images of these names have, and that their stand-in of apt need not bring."""
FOLDERS = (
    "opt",
    "usr/lib",
    "usr/local/bin",
    "usr/share",
    "var/cache/apk",
    "var/lib/apt/lists",
    "var/log",
)
"""What such images have besides."""
STANDINS = Path(__file__).resolve().parents[1] / "standins"
ACCOUNTS = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n"
GROUPS = "root:x:0:\napp:x:1000:\n"


def shell_tar(extra: dict[str, bytes], more: tuple[str, ...] = ()) -> bytes:
    """Return the root filesystem of a shell base as a tar, the same bytes every time."""
    need.programs("busybox")
    busybox = Path(need.which("busybox") or "").read_bytes()
    applets = need.run("busybox", "--list").stdout.split()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        folders = {
            "bin": 0o755,
            "etc": 0o755,
            "home/app": 0o755,
            "root": 0o700,
            "srv": 0o755,
            "tmp": 0o1777,
            "usr/bin": 0o755,
            **dict.fromkeys(more, 0o755),
        }
        for name, mode in folders.items():
            _add(tar, name, tarfile.DIRTYPE, mode)
        files = {
            "bin/busybox": busybox,
            "etc/passwd": ACCOUNTS.encode(),
            "etc/group": GROUPS.encode(),
            **extra,
        }
        for name, content in files.items():
            _add(tar, name, tarfile.REGTYPE, 0o755 if "bin" in name.split("/") else 0o644, content)
        for name in applets:
            if name != "busybox":
                _add(tar, f"bin/{name}", tarfile.SYMTYPE, 0o777, target="busybox")
    return out.getvalue()


def import_shells(engine: Engine) -> None:
    """Give the engine `shell:1`, `shell:2` and `shell:relabelled`."""
    second = {"etc/release": b"second release\n"}
    for tag, extra, change in (
        ("1", {}, ()),
        ("2", second, ()),
        ("relabelled", {}, ("--change", "LABEL a=b")),
    ):
        _import(engine, shell_tar(extra), f"shell:{tag}", *change)


def import_tools(engine: Engine) -> None:
    """Give the engine the images of TOOLS."""
    programs = {
        f"usr/bin/{path.name}": path.read_bytes()
        for path in STANDINS.iterdir()
        if path.name != "standin"
    }
    files = {**programs, "usr/lib/standin": (STANDINS / "standin").read_bytes()}
    for name in TOOLS:
        tar = shell_tar({**files, "usr/lib/held": HELD.get(name, "").encode()}, FOLDERS)
        # With one manifest for all names, BuildKit at times looks for one of them in the registry.
        _import(engine, tar, name, "--message", name)


def import_debian(engine: Engine) -> None:
    """Give the engine `debian:trixie-slim`; the first time this takes debootstrap a minute and the
    network.
    """
    need.programs("debootstrap")
    tar = need.HOME / "debian-trixie.tar"
    if not tar.exists():
        need.HOME.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=need.HOME) as folder:
            root = Path(folder) / "root"
            need.run(
                "debootstrap", "--variant=minbase", "--include=ca-certificates", "trixie", root
            )
            _adopt_apt(root)
            unfinished = Path(folder) / "debian.tar"
            need.run("tar", "--create", "--file", unfinished, "--directory", root, ".")
            unfinished.rename(tar)
    engine.docker("import", "--change", 'CMD ["bash"]', tar, "debian:trixie-slim")


def import_python(engine: Engine, name: str, more: tuple[str, ...] = ()) -> None:
    """Give the engine an image `name` with the distribution's Python and pip, and more packages;
    the first time this needs the network.

    Where the name is one of Alpine's, it has the stand-in for apk.
    """
    packages = ("python3-pip", "python3-venv", *more)
    tar = need.HOME / f"debian-trixie-{'-'.join(packages)}.tar"
    if not tar.exists():
        import_debian(engine)
        install = (
            f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
        )
        tidy = "rm -rf /var/lib/apt/lists/* /usr/lib/python3*/EXTERNALLY-MANAGED && ln -sf python3 /usr/bin/python"
        text = f"FROM debian:trixie-slim\nRUN {install} && {tidy}\n"
        with tempfile.TemporaryDirectory(dir=need.HOME) as folder:
            unfinished = Path(folder) / "python.tar"
            output = f"type=tar,dest={unfinished}"
            engine.docker("build", "--network", "host", "--output", output, "-", text=text)
            unfinished.rename(tar)
    # A pip that upgrades itself trusts its own list, and not what this machine trusts.
    trusted = "ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt"
    engine.docker("import", "--change", 'CMD ["bash"]', "--change", trusted, tar, name)
    if name.endswith("alpine"):
        text = f"FROM {name}\n"
        for place, file in (("/usr/bin/apk", "apk"), ("/usr/lib/standin", "standin")):
            text += (
                f"COPY --chmod=755 <<'STANDIN' {place}\n{(STANDINS / file).read_text()}STANDIN\n"
            )
        engine.docker("build", "--tag", name, "-", text=text)


def _adopt_apt(root: Path) -> None:
    """Let the base's apt fetch from where this machine's apt does, and drop what debootstrap
    fetched.
    """
    bundle = "etc/ssl/certs/ca-certificates.crt"
    (root / bundle).write_bytes((Path("/") / bundle).read_bytes())
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for path in (*Path("/etc/apt").glob("sources.list*/*"), *Path("/etc/apt/apt.conf.d").iterdir()):
        # A source in a folder of this machine is not there in a container.
        if "file:" not in path.read_text():
            (root / path.relative_to("/")).write_bytes(path.read_bytes())
    for pattern in ("var/lib/apt/lists/*", "var/cache/apt/*.bin", "var/cache/apt/archives/*.deb"):
        for path in root.glob(pattern):
            if path.is_file():
                path.unlink()


def _import(engine: Engine, tar: bytes, name: str, *options: str) -> None:
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        file.write(tar)
        file.flush()
        engine.docker("import", "--change", 'CMD ["sh"]', *options, file.name, name)


def _add(  # noqa: PLR0913, PLR0917 - a tar header has as many fields
    tar: tarfile.TarFile, name: str, kind: bytes, mode: int, content: bytes = b"", target: str = ""
) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.mtime, entry.size, entry.linkname = (
        kind,
        mode,
        EPOCH,
        len(content),
        target,
    )
    tar.addfile(entry, io.BytesIO(content))
