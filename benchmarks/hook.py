"""Time the hook for pre-commit in a repository of fifty Dockerfiles: run it with `python
benchmarks/hook.py`.

Half of the Dockerfiles are built at the root, as in a monorepo, half in their own folders. Prints
the seconds of `dlint check` for what a commit changes, by the wall and of processors, the best of
five warm runs; pre-commit's own start comes on top. The goal is two seconds.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DOCKERFILES, SOURCES, RUNS = 50, 40, 5
ROOT = """FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY s{0} s{0}
"""
OWN = """FROM python:3.12-slim
COPY requirements.txt /
RUN pip install -r /requirements.txt
COPY . /srv
"""
LOCK = '{"name": "all", "lockfileVersion": 3, "packages": {"": {"name": "all"}}}\n'
CASES = {
    "one Dockerfile": ["s3/Dockerfile"],
    "one Dockerfile and its manifest": ["s3/Dockerfile", "s3/requirements.txt"],
    "a manifest of one image": ["s3/requirements.txt"],
    "an ignore file of one image": ["s3/.dockerignore"],
    "the manifest at the root": ["package.json"],
    "the Compose file": ["compose.yaml"],
    "all Dockerfiles": [f"s{number}/Dockerfile" for number in range(DOCKERFILES)],
}


def make(root: Path) -> None:
    """Write the repository."""
    services = []
    for number in range(DOCKERFILES):
        folder = root / f"s{number}"
        (folder / "src").mkdir(parents=True)
        for source in range(SOURCES):
            (folder / "src" / f"{source}.txt").write_text(f"{number} {source}\n" * 50)
        at_root = number % 2 == 0
        (folder / "Dockerfile").write_text(ROOT.format(number) if at_root else OWN)
        if at_root:
            services.append(
                f"  s{number}: {{build: {{context: ., dockerfile: s{number}/Dockerfile}}}}\n"
            )
        else:
            (folder / "requirements.txt").write_text("flask==3.1.0\n")
            (folder / ".dockerignore").write_text("*.md\n")
    (root / "package.json").write_text('{"name": "all"}\n')
    (root / "package-lock.json").write_text(LOCK)
    (root / "compose.yaml").write_text(f"services:\n{''.join(services)}")
    (root / ".dockerignore").write_text(".git\n")


def seconds(root: Path, files: list[str]) -> tuple[float, float]:
    """Run the hook's command once."""
    command = [sys.executable, "-m", "dlint", "check", "--force-exclude", *files]
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=root, check=False, capture_output=True)  # noqa: S603  our own
    if done.returncode not in {0, 1}:
        raise RuntimeError(done.stderr.decode())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, used


def main() -> None:
    """Make the repository, commit it, and time each case."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make(root)
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
        for words in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "one"]):
            subprocess.run(["git", "-C", folder, *words], check=True)  # noqa: S603, S607  a benchmark's own repository
        for name, files in CASES.items():
            wall, used = map(min, zip(*(seconds(root, files) for _ in range(RUNS)), strict=True))
            sys.stdout.write(f"{wall:6.2f} s  {used:6.2f} s of processors  {name}\n")


if __name__ == "__main__":
    main()
