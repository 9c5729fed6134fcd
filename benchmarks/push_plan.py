"""Time `dlint push` for a context of 10,000 files and 500 MB: run it with `python
benchmarks/push_plan.py`.

Prints wall seconds and peak memory of the whole process. Half the bytes are random, half are text.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILES, BYTES = 10_000, 500_000_000


def make(root: Path) -> None:
    """Write the context: a hundred folders of a hundred files."""
    words = [
        "layer",
        "cache",
        "push",
        "tag",
        "image",
        "base",
        "copy",
        "run",
        "stage",
        "mount",
        "digest",
    ]
    chance = random.Random(1)  # noqa: S311  the same context at each run
    size = BYTES // FILES
    text = " ".join(chance.choices(words, k=size // 4)).encode()
    for number in range(FILES):
        folder = root / "src" / str(number % 100)
        folder.mkdir(parents=True, exist_ok=True)
        start = chance.randrange(len(text) - size)
        (folder / f"{number}.dat").write_bytes(
            os.urandom(size) if number % 2 else text[start : start + size]
        )
    (root / "Dockerfile").write_text(
        "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
    )
    (root / ".dockerignore").write_text(".git\n")


def main() -> None:
    """Make the context, commit it, change a file and plan the push."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make(root)
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
        for words in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "one"]):
            subprocess.run(["git", "-C", folder, *words], check=True)  # noqa: S603, S607  a benchmark's own repository
        (root / "src" / "0" / "0.dat").write_bytes(b"changed")
        began = time.perf_counter()
        command = [sys.executable, "-m", "dlint", "push", "--isolated"]
        subprocess.run(command, cwd=folder, check=True)  # noqa: S603  the tool itself
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(
        f"{FILES} files, {BYTES / 1e6:.0f} MB: {seconds:.1f} s, at most {peak:.0f} MiB\n"
    )


if __name__ == "__main__":
    main()
