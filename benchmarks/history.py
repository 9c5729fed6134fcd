"""Time `dlint history` over 1,000 commits of 1,200 files: run it with `python
benchmarks/history.py`.

Prints wall and processor seconds, peak memory and the load of the machine: once with nothing cached
(cold), once more with what the first run left on the disk (warm). The repository is made by `git
fast-import` and is the same at each run: a service with a front end, built in two stages, whose
commits touch a few files each and now and then a manifest or an asset.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES, COMMITS, PACKAGES = 1200, 1000, 40
DOCKERFILE = b"""\
FROM node:22-slim AS web
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN npm ci
COPY web ./
RUN npm run build

FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY assets /srv/assets
COPY --from=web /web/dist /srv/web
COPY . .
CMD ["python", "-m", "app"]
"""
WORDS = (
    "def return self value for import from class none true if else not in with as open read write"
    " path name data request response session token cache layer push image build stage context"
    " commit tree blob size count total"
)


class Story:
    """The commits, told one after the other to git fast-import."""

    def __init__(self, out: IO[bytes]) -> None:
        """Tell them to `out`."""
        self.out = out
        self.chance = random.Random(1)  # noqa: S311  the same repository at each run
        self.count = 0
        # source repeats itself: about a quarter of it remains after gzip, as with these lines
        self.pool = [self.line() for _ in range(4000)]

    def line(self) -> bytes:
        """Return a line of source."""
        words = " ".join(self.chance.choices(WORDS.split(), k=self.chance.randrange(2, 12)))
        return (
            f"{'    ' * self.chance.randrange(4)}{words} {self.chance.randrange(1000)}\n".encode()
        )

    def text(self, lines: int) -> bytes:
        """Return a file of so many lines."""
        return b"".join(self.chance.choices(self.pool, k=lines))

    def source(self) -> bytes:
        """Return a file of source, 7 kB on average."""
        return self.text(self.chance.randrange(20, 300))

    def commit(self, subject: str, files: dict[str, bytes | None]) -> None:
        """Write a commit; None removes the file."""
        self.count += 1
        when, text = 1_700_000_000 + 3600 * self.count, subject.encode()
        self.out.write(
            b"commit refs/heads/main\ncommitter Bench <bench@example.com> %d +0000\n" % when
        )
        self.out.write(b"data %d\n%b\n" % (len(text), text))
        for path, data in files.items():
            if data is None:
                self.out.write(b"D %b\n" % path.encode())
            else:
                self.out.write(
                    b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(data), data)
                )

    def tell(self) -> None:
        """Write all of them."""
        modules = [
            f"app/package{number % PACKAGES}/module{number}.py" for number in range(FILES * 3 // 4)
        ]
        views = [f"web/src/part{number % PACKAGES}/view{number}.js" for number in range(FILES // 4)]
        code, assets = modules + views, [f"assets/picture{number}.webp" for number in range(20)]
        files: dict[str, bytes | None] = {path: self.source() for path in code}
        files |= {
            path: self.chance.randbytes(self.chance.randrange(20_000, 400_000)) for path in assets
        }
        files |= {
            "Dockerfile": DOCKERFILE,
            ".dockerignore": b".git\n**/*.md\nDockerfile\n.dockerignore\n",
            "requirements.txt": b"flask==3.0.0\n",
            "web/package.json": b"{}\n",
            "web/package-lock.json": self.text(4000),
            "README.md": b"# Bench\n",
        }
        self.commit("start", files)
        for number in range(COMMITS):
            self.commit(f"change {number}", self.change(number, code, assets))

    def change(self, number: int, code: list[str], assets: list[str]) -> dict[str, bytes | None]:
        """Return what a commit changes: one to five files of source, and more at times."""
        changed: dict[str, bytes | None] = {
            path: self.source() for path in self.chance.sample(code, self.chance.randrange(1, 6))
        }
        if number % 5 == 0:
            code.append(f"app/package{number % PACKAGES}/new{number}.py")
            changed |= {
                code[-1]: self.source(),
                code.pop(self.chance.randrange(len(code) - 1)): None,
            }
        if number % 10 == 0:
            changed["requirements.txt"] = f"flask==3.0.{number}\n".encode()
        if number % 15 == 0:
            changed["README.md"] = self.text(5)
        if number % 25 == 0:
            changed["web/package-lock.json"] = self.text(4000)
        if number % 50 == 0:
            changed[self.chance.choice(assets)] = self.chance.randbytes(100_000)
        return changed


def git(folder: Path, *words: str) -> None:
    """Run git in the benchmark's own repository."""
    subprocess.run(["git", "-C", str(folder), *words], check=True)  # noqa: S603, S607  a list of words


def make(root: Path) -> None:
    """Make the repository with its working tree."""
    git(root, "init", "-q", "-b", "main")
    words = ["git", "-C", str(root), "fast-import", "--quiet"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:  # noqa: S603  as in `git`
        if process.stdin is None:
            raise ValueError("a process without a pipe")
        Story(process.stdin).tell()
    git(root, "reset", "-q", "--hard")


def packages() -> Iterator[Path]:
    """Yield the folders of dlint and its rules."""
    for name in ("dlint", "dlint_rules"):
        found = find_spec(name)
        if found is not None and found.origin:
            yield Path(found.origin).parent


def processor() -> float:
    """Return the processor seconds that the processes ended so far have used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Make the repository and replay it twice."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        root.mkdir()
        make(root)
        words = [
            "history",
            "--isolated",
            "--commits",
            str(COMMITS),
            "--output-format",
            "json",
            "--output-file",
        ]
        environment = {**os.environ, "DLINT_CACHE_DIR": f"{folder}/cache"}
        # modules are compiled before, as an installation has them
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        compiled = [sys.executable, "-m", "compileall", "-q", *map(str, packages())]
        subprocess.run(compiled, env=environment, check=True)  # noqa: S603  the tool's own code
        for state in ("cold", "warm"):
            command = [sys.executable, "-m", "dlint", *words, f"{folder}/{state}.json"]
            began, used = time.perf_counter(), processor()
            subprocess.run(command, cwd=root, env=environment, check=True)  # noqa: S603  the tool itself
            seconds = time.perf_counter() - began
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            used = processor() - used
            load = os.getloadavg()[0]
            sys.stdout.write(
                f"{state}: {seconds:.1f} s ({used:.1f} s of a processor), {peak:.0f} MiB, load"
                f" {load:.1f}\n"
            )
        if Path(f"{folder}/cold.json").read_bytes() != Path(f"{folder}/warm.json").read_bytes():
            raise SystemExit("the two runs do not say the same")


if __name__ == "__main__":
    main()
