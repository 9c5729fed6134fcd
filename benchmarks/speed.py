"""Time dlint beside hadolint and tally: `python benchmarks/speed.py FOLDER [--note FILE]`.

Two things are timed, in turns, as processor time (user and system) of one process: all Dockerfiles
below FOLDER in one run, and one small Dockerfile that is checked cold, beside a bare interpreter.
The least of all rounds counts, since other programs only ever add to it. Files on which one of
the others ends with an error are left out for all. tally has no option for a single process, so its
processor time is that of all its threads.

dlint is installed from this repository into an environment of its own, as a user has it: one that
is installed to be edited takes 10 ms more to start. `--note` writes the table into a page,
docs/speed.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROJECT = Path(__file__).resolve().parents[1]
SMALL = "FROM python:3.12.4-slim\nCOPY app.py /srv/\nRUN useradd --no-log-init --system app\n"
MARKS = re.compile(r"(?s)(## Measured\n\n).*(\nHow to read it:)")  # around the table on the page
MANY_ROUNDS = 10  # of the small file for each of all files: it takes that much less

# What each is asked for all files, and for one.
ALL = {
    "dlint": "check --isolated --fail-on never --no-push --jobs 1 --output-format json",
    "hadolint": "--no-fail -f json",
    "tally": "lint --no-config --slow-checks off --fail-level none --format json",
}
ONE = {
    "dlint": "check",
    "hadolint": "--no-fail",
    "tally": "lint --no-config --slow-checks off --fail-level none",
}

Commands = dict[str, list[str]]


class Timed(NamedTuple):
    """The least processor seconds of each command."""

    seconds: Mapping[str, float]

    def ratio(self, name: str, other: str) -> str:
        """Return how many times as long as another one takes, with two digits."""
        return f"{self.seconds[name] / self.seconds[other]:.2g}"


def installed(folder: Path) -> tuple[str, str]:
    """Install dlint into an environment of its own; its interpreter and its command."""
    run([sys.executable, "-m", "venv", str(folder)], PROJECT)
    python = folder / "bin" / "python"
    run([str(python), "-m", "pip", "install", "--quiet", str(PROJECT)], PROJECT)
    return str(python), str(folder / "bin" / "dlint")


def run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a folder, with the environment of a user."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, env=own)  # noqa: S603  a list of words
    if done.returncode not in {0, 1}:  # 1 is that of findings
        raise SystemExit(f"{command[0]}: {done.stderr.decode(errors='replace')[-500:]}")
    return done


def seconds(command: Sequence[str], folder: Path) -> float:
    """Return the processor seconds that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(command, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def timed(commands: Commands, folder: Path, rounds: int) -> Timed:
    """Run commands in turns."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(seconds(command, folder))
    return Timed({name: min(each) for name, each in found.items()})


def copied(source: Path, target: Path, most: int) -> list[str]:
    """Copy at most so many files, each to a folder of its own as `Dockerfile`: tally takes no other
    name. Return their paths relative to the folder around `target`.
    """
    found = []
    paths = sorted(path for path in source.rglob("*") if path.is_file())
    for number, path in enumerate(paths[:: max(1, len(paths) // most)]):
        place = target / str(number) / "Dockerfile"
        place.parent.mkdir(parents=True)
        shutil.copyfile(path, place)
        found.append(str(place.relative_to(target.parent)))
    return found


def is_readable(file: str, folder: Path, tools: Mapping[str, str]) -> bool:
    """Tell whether no tool ends with an error for a file."""
    commands = ([path, *ONE[name].split(), file] for name, path in tools.items())
    return all(
        subprocess.run(each, cwd=folder, capture_output=True, check=False).returncode == 0  # noqa: S603  as above
        for each in commands
    )


def whole(files: Sequence[str], tools: Mapping[str, str]) -> Commands:
    """Return the commands that check all files in one run."""
    return {name: [path, *ALL[name].split(), *files] for name, path in tools.items()}


def cold(tools: Mapping[str, str], python: str) -> Commands:
    """Return the commands that check one file, and that of a bare interpreter."""
    found = {name: [path, *ONE[name].split(), "Dockerfile"] for name, path in tools.items()}
    return found | {"a bare interpreter": [python, "-c", "pass"]}


def page(count: int, many: Timed, one: Timed) -> str:
    """Return the part of the page that was measured."""
    version = platform.python_version()
    rows = [
        f"{count:,} public Dockerfiles in one process each; Python {version}.",
        "",
        "| | all files, per file | beside hadolint | one small file | beside a bare interpreter |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in one.seconds:
        each = f"{many.seconds[name] / count * 1e3:.1f} ms" if name in many.seconds else ""
        both = {name, "hadolint"} <= many.seconds.keys()
        beside = many.ratio(name, "hadolint") if both else ""
        small = f"{one.seconds[name] * 1e3:.0f} ms"
        rows.append(
            f"| {name} | {each} | {beside} | {small} | {one.ratio(name, 'a bare interpreter')} |"
        )
    return "\n".join(rows) + "\n"


def main() -> None:
    """Measure, print the table, and write it where that is asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, help="folder of Dockerfiles, of any names")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--most", type=int, default=500, help="number of files (default: 500)")
    options.add_argument("--note", type=Path, help="page whose table is written")
    given = options.parse_args()
    tools = {name: found for name in ("hadolint", "tally") if (found := shutil.which(name))}
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        python, dlint = installed(folder / "environment")
        small = folder / "small"
        small.mkdir()
        (small / "Dockerfile").write_text(SMALL)
        (small / "app.py").write_text("")
        files = copied(given.folder, folder / "files", given.most)
        files = [each for each in files if is_readable(each, folder, tools)]
        if not files:
            options.error(f"{given.folder}: no Dockerfile there that every tool reads")
        tools = {"dlint": dlint, **tools}
        many = timed(whole(files, tools), folder, given.rounds)
        one = timed(cold(tools, python), small, given.rounds * MANY_ROUNDS)
    found = page(len(files), many, one)
    sys.stdout.write(found)
    if given.note:
        page_text = given.note.read_text(encoding="utf-8")
        written = MARKS.sub(lambda marks: f"{marks[1]}{found}{marks[2]}", page_text)
        given.note.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
