"""What wheels and npm's tarballs take up in a gzip layer, beside what dlint says: the constants of
dlint/sizes/indexes.

    python benchmarks/archives.py wheels flask==3.1.3 numpy==2.4.6
    python benchmarks/archives.py installs "fastapi" "celery redis"
    python benchmarks/archives.py node express@4 "react react-dom"

`wheels` takes each distribution by itself, `installs` and `node` what a command with these words
installs. The user's own pip (of the Python that runs this) and npm do the work; no script of a
package is run. One line of JSON each:
`archive` bytes as downloaded, `layer` and for Python `compiled` (with byte code) bytes of a gzip -6
layer, and `said`, dlint's figure for the last of them, or for the layer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from dlint.packages import Base, OnlineSettings, SizeRequest
from dlint.sizes.indexes import npm, pypi

if TYPE_CHECKING:
    from collections.abc import Callable

SITE = "usr/local/lib/python3/site-packages"


class Packed:
    """Counts what gzip -6 makes of what is written."""

    def __init__(self) -> None:
        self._gzip = zlib.compressobj(6, zlib.DEFLATED, 31)
        self.size = 0

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self.size += len(self._gzip.compress(data))
        return len(data)

    def finish(self) -> int:
        """Return how many bytes all of it came to."""
        return self.size + len(self._gzip.flush())


def layer(folder: Path, place: str) -> int:
    """Return the bytes of a gzip layer that holds `folder` at `place`."""
    packed = Packed()
    with tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
        for path in sorted(folder.rglob("*")):
            tar.add(path, f"{place}/{path.relative_to(folder)}", recursive=False)
    return packed.finish()


def run(*words: str, cwd: Path) -> None:
    """Run a package manager; its own errors go to the terminal."""
    subprocess.run(words, cwd=cwd, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  words, never a shell


def wheels(words: str) -> dict[str, Any]:
    """Measure one distribution without what it needs."""
    return _python(words, "--no-deps")


def installs(words: str) -> dict[str, Any]:
    """Measure what `pip install` of these words brings."""
    return _python(words)


def _python(words: str, *options: str) -> dict[str, Any]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        names = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--only-binary=:all:",
            "--dest",
            "wheels",
        ]
        run(*names, *options, *words.split(), cwd=folder)
        files = sorted(folder.glob("wheels/*.whl"))
        found = {"archive": sum(each.stat().st_size for each in files)}
        for key, option in (("layer", "--no-compile"), ("compiled", "--compile")):
            rest = ("--quiet", "--no-index", "--no-deps", "--target", key, option, *map(str, files))
            run(sys.executable, "-m", "pip", "install", *rest, cwd=folder)
            found[key] = layer(folder / key, SITE)
    base = Base(python=f"{sys.version_info.major}.{sys.version_info.minor}")
    if options:
        return found
    request = SizeRequest("pypi", tuple(words.split()), base=base, bytecode=True)
    answer = pypi.package_sizes(request, OnlineSettings(online=True))
    return found | {"said": answer.layer_bytes, "missing": [each.why for each in answer.missing]}


def node(words: str) -> dict[str, Any]:
    """Measure what `npm install` of these words brings."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "package.json").write_text("{}")
        options = (
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--silent",
            "--cache",
            str(folder / "cache"),
        )
        run("npm", "install", *options, *words.split(), cwd=folder)
        kept = folder / "cache/_cacache/index-v5"
        lines = [
            line
            for file in kept.rglob("*")
            if file.is_file()
            for line in file.read_text("utf-8").splitlines()
        ]
        entries = [json.loads(line.partition("\t")[2]) for line in lines if line]
        tarballs = {each["key"]: each["size"] for each in entries if each["key"].endswith(".tgz")}
        found = {
            "archive": sum(tarballs.values()),
            "layer": layer(folder / "node_modules", "app/node_modules"),
        }
        found["cache"] = layer(folder / "cache", "root/.npm")
    answer = npm.package_sizes(
        SizeRequest("npm", tuple(words.split())), OnlineSettings(online=True)
    )
    return found | {"said": answer.layer_bytes, "missing": [each.why for each in answer.missing]}


KINDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "wheels": wheels,
    "installs": installs,
    "node": node,
}

if __name__ == "__main__":
    for each in sys.argv[2:]:
        sys.stdout.write(json.dumps({"words": each} | KINDS[sys.argv[1]](each)) + "\n")
        sys.stdout.flush()
