"""Builds and pushes on a real Docker Engine, on bases that stand in for official images: Debian by
debootstrap with the settings that images have, this Python's own files without byte code, this
machine's Node. Needs root, a Docker Engine, docker-registry and debootstrap.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "engine"))

from archive import Mirror, mirror_of_this_machine
from harness.engine import Engine
from harness.registry import Registry
from measure import KEPT, LEFT_OUT

if TYPE_CHECKING:
    from types import TracebackType

DEBIAN = {"debian:trixie-slim": "trixie", "debian:bookworm": "bookworm"}
PYTHON = f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"
NODE = "node:20-slim"
TIDY = "rm -rf /var/lib/apt/lists/*"
# What images tell apt, and debootstrap does not.
APT = """
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin"; };
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";
Acquire::GzipIndexes "true"; Acquire::Languages "none"; Apt::AutoRemove::SuggestsImportant "false";
Acquire::Check-Valid-Until "false"; Acquire::Check-Date "false";
"""  # noqa: E501  its lines are shown as they are
PYTHON_NEEDS = "ca-certificates netbase tzdata libbz2-1.0 libffi8 liblzma5 libreadline8 libsqlite3-0 libssl3t64 libuuid1 zlib1g"  # noqa: E501
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


class Builder:
    """An engine and a registry of their own, with the bases of these names."""

    def __init__(self, bases: set[str]) -> None:
        """Take the names of the bases that are needed."""
        self._bases = bases
        self._number = 0

    def __enter__(self) -> Self:
        """Start both, and make the bases."""
        self._engine, self._registry = Engine(), Registry()
        for base in sorted(self._bases):
            _import(self._engine, base)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop both, and remove what they stored."""
        self._registry.stop()
        self._engine.stop()

    def last_layer(self, folder: Path) -> int:
        """Build the Dockerfile in a folder, push it, and return the bytes of its last layer as the
        registry has it. Raises RuntimeError with the end of what the engine says where it fails.
        """
        self._number += 1
        tag = str(self._number)
        image = f"{self._registry.host}/built:{tag}"
        words = ("build", "--network", "host", "--provenance=false", "--no-cache", "-t", image, ".")
        done = self._engine.docker(*words, cwd=folder, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-800:])
        self._engine.docker("push", image)
        size = self._registry.manifest("built", tag).data["layers"][-1]["size"]
        self._engine.docker("image", "rm", "--no-prune", image)
        return int(size)


def _import(engine: Engine, base: str) -> None:
    """Give the engine one of the bases."""
    if base in DEBIAN:
        _debian(engine, base, DEBIAN[base])
        return
    _debian(engine, "debian:trixie-slim", "trixie")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(BUNDLE, folder / "bundle.crt")
        text = {PYTHON: _python, NODE: _nodejs}[base](folder)
        trusted = " ".join(
            f"{each}={BUNDLE}.own"
            for each in ("PIP_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE")
        )
        # what is built here trusts what this machine trusts, a user's image needs none of it
        text = f"FROM debian:trixie-slim\nCOPY bundle.crt {BUNDLE}.own\nENV {trusted}\n{text}"
        (folder / "Dockerfile").write_text(text)
        engine.docker("build", "--network", "host", "--tag", base, ".", cwd=folder)


def _python(folder: Path) -> str:
    """Copy this Python's files as the official image has them: without byte code and tests."""
    prefix = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    left_out = shutil.ignore_patterns("__pycache__", "test", "tests", "site-packages", "*.a")
    shutil.copytree(prefix / "lib" / version, folder / "lib" / version, ignore=left_out)
    for each in (prefix / "lib").glob("libpython*.so*"):
        shutil.copy(each, folder / "lib", follow_symlinks=False)
    (folder / "bin").mkdir()
    shutil.copy(prefix / "bin" / version, folder / "bin")
    links = " && ".join(f"ln -s {version} /usr/local/bin/{each}" for each in ("python", "python3"))
    clean = "find /usr/local -name __pycache__ -exec rm -rf {} +"
    return (
        f"RUN apt-get update && apt-get install -y --no-install-recommends {PYTHON_NEEDS}"
        f" && {TIDY}\n"
        f"COPY lib /usr/local/lib\nCOPY bin /usr/local/bin\nRUN ldconfig && {links}\n"
        "RUN python -m ensurepip && python -m pip install --no-cache-dir pip==24.0 uv &&"
        f" ln -sf pip3 /usr/local/bin/pip; {clean}\n"
    )


def _nodejs(folder: Path) -> str:
    """Copy this machine's Node with its npm."""
    node = Path(shutil.which("node") or "").resolve()
    npm = Path(shutil.which("npm") or "").resolve().parents[1]
    shutil.copy(node, folder / "node")
    shutil.copytree(npm, folder / "npm")
    return (
        f"RUN apt-get update && apt-get install -y --no-install-recommends libstdc++6 && {TIDY}\n"
        "COPY node /usr/local/bin/node\nCOPY npm /usr/local/lib/node_modules/npm\n"
        "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm\n"
    )


def _debian(engine: Engine, name: str, release: str) -> None:
    """Give the engine a minimal Debian, with what images tell apt and dpkg."""
    if engine.docker("image", "inspect", name, check=False).returncode == 0:
        return
    kept = Path.home() / ".cache" / "dlint-engine" / f"installs-{release}.tar"
    if not kept.exists():
        mirror = mirror_of_this_machine()
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "root"
            command = ["debootstrap", "--variant=minbase", release, root, mirror.archive]
            subprocess.run(command, check=True, capture_output=True)
            _as_in_images(root, release, mirror)
            kept.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["tar", "-cf", f"{kept}.new", "-C", root, "."], check=True)
            Path(f"{kept}.new").rename(kept)
    if not name.endswith("-slim"):
        engine.docker("import", "--change", 'CMD ["bash"]', kept, name)
        return
    engine.docker("import", "--change", 'CMD ["bash"]', kept, f"{release}:whole")
    excludes = "".join(
        (
            *(f"path-exclude /{each}\\n" for each in LEFT_OUT),
            *(f"path-include /{each}\\n" for each in KEPT),
        )
    )
    text = f"FROM {release}:whole\nRUN printf '{excludes}' > /etc/dpkg/dpkg.cfg.d/docker\n"
    engine.docker("build", "--network", "host", "--tag", name, "-", text=text)


def _as_in_images(root: Path, release: str, mirror: Mirror) -> None:
    """Upgrade a root to the newest of its release, and leave nothing that apt fetched."""
    lines = (
        f"deb {mirror.archive} {release} main",
        f"deb {mirror.archive} {release}-updates main",
        f"deb {mirror.security} {release}-security main",
    )
    (root / "etc/apt/sources.list").write_text("\n".join((*lines, "")))
    (root / "etc/apt/apt.conf.d/docker-clean").write_text(APT)
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    for words in (["update"], ["dist-upgrade", "-y"]):
        subprocess.run(["chroot", root, "apt-get", "-q", *words], check=True, capture_output=True)
    for pattern in ("var/lib/apt/lists/*", "var/cache/apt/*.bin", "var/cache/apt/archives/*.deb"):
        for path in root.glob(pattern):
            if path.is_file():
                path.unlink()
            else:
                shutil.rmtree(path)
