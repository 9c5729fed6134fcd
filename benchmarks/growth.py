"""How work grows with a Dockerfile: `python benchmarks/growth.py [NAME …] [--note FILE]`.

Each kind of Dockerfile is checked by all rules at three sizes, each twice the one before. Counted
are the calls of functions, Python's and its library's, which are the same on every machine; the
exponent is the logarithm of how many times more the largest takes than the one before. Seconds of
a processor and megabytes are those of the largest that a check takes (2,000 instructions or 100
kB), in a process of its own; they are for information.

`tests/test_growth.py` holds the exponents at small sizes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.model.build import MOST_INSTRUCTIONS
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    Lines = Callable[[int], str]

COUNTED = 50  # units of the smallest of the three that are counted
MOST_BYTES = 100_000  # of a Dockerfile, whose time and memory are measured
MANY = 200  # units by whose text the most is worked out
MOST_FILES = 20_000  # of a context
HEAD = "FROM debian:12\n"


def _repeated(line: str) -> Lines:
    """Return what repeats a line, `@` in it the number."""
    return lambda count: HEAD + "".join(line.replace("@", str(n)) + "\n" for n in range(count))


def _in_a_run(command: str, between: str = "; ") -> Lines:
    """Return what repeats a command in one RUN."""
    return lambda count: (
        f"{HEAD}RUN {between.join(command.replace('@', str(n)) for n in range(count))}\n"
    )


def _in_an_if(command: str) -> Lines:
    """Return what repeats a command in one `if` of a RUN."""
    return lambda count: (
        _in_a_run(command)(count).replace("RUN ", 'ARG A=b\nRUN if [ "$A" = c ]; then ', 1)[:-1]
        + "; fi\n"
    )


def _below(first: str, line: str) -> Lines:
    """Return what repeats a line below one that stands there once."""
    return lambda count: _repeated(line)(count).replace(HEAD, f"{HEAD}{first}\n", 1)


def _behind(copy: str, run: str) -> Lines:
    """Return what repeats one line, and then another as often."""
    return lambda count: _repeated(copy)(count) + _repeated(run)(count).removeprefix(HEAD)


def _chain(count: int) -> str:
    return "FROM debian:12 AS s0\n" + "".join(
        f"FROM s{n} AS s{n + 1}\nRUN echo {n}\n" for n in range(count)
    )


def _copies_from_all(count: int) -> str:
    stages = "".join(f"FROM debian:12 AS s{n}\nRUN echo {n} > /out{n}\n" for n in range(count))
    return stages + HEAD + "".join(f"COPY --from=s{n} /out{n} /in{n}\n" for n in range(count))


def _copies_from_one(run: str) -> Lines:
    """Return COPYs of a stage, one `run`, and COPYs of what it holds with an install below each."""
    installs = _repeated("COPY --from=made /out/a@ /in@\nRUN apt-get install -y package@")
    return lambda count: (
        "FROM debian:12 AS made\n"
        + "".join(f"COPY a{n} /out/a{n}\n" for n in range(count))
        + run
        + installs(count)
    )


def _copies_of_folders(count: int) -> str:
    installs = _repeated("RUN cd /in@ && npm ci")(count).replace("debian:12", "node:22 AS made", 1)
    return installs + _repeated("COPY --from=made /in@/node_modules /in@/node_modules")(count)


# Kinds of Dockerfiles, by what there is more and more of.
KINDS: dict[str, Lines] = {
    "RUN echo": _repeated("RUN echo @"),
    "RUN apt-get install": _repeated("RUN apt-get install -y package@"),
    "RUN apt-get update, install and tidy": _repeated(
        "RUN apt-get update && apt-get install -y package@ && rm -rf /var/lib/apt/lists/*"
    ),
    "RUN pip install": _repeated("RUN pip install package@"),
    "RUN with a cache mount": _repeated(
        "RUN --mount=type=cache,target=/root/.cache/pip pip install package@"
    ),
    "RUN git clone": _repeated("RUN git clone https://example.com/a@ /a@"),
    "RUN curl": _repeated("RUN curl -fsSL -o /d@ https://example.com/a@.tgz"),
    "RUN touch, RUN rm": _repeated("RUN touch /d@\nRUN rm /d@"),
    "ENV": _repeated("ENV A@=b@"),
    "ENV of the one before": lambda count: (
        HEAD + "".join(f"ENV A{n + 1}=$A{n}x\n" for n in range(count))
    ),
    "ARG": _repeated("ARG A@=b@"),
    "LABEL": _repeated("LABEL a@=b"),
    "WORKDIR": _repeated("WORKDIR d@"),
    "COPY": _repeated("COPY a@ /b@"),
    "COPY into one folder": _repeated("COPY a@ ./"),
    "ADD of addresses": _repeated("ADD https://example.com/a@.tgz /b@"),
    "here-documents": _repeated("RUN <<EOF\necho @\nEOF"),
    "comments": _repeated("# @"),
    "comments of hadolint": _repeated("# hadolint ignore=DL3008\nRUN echo @"),
    "suppressions": _repeated("# dlint: ignore=order/copy-before-install\nRUN echo @"),
    "continued lines": lambda count: (
        f"{HEAD}RUN echo \\\n" + "".join(f"  a{n} \\\n" for n in range(count)) + "  b\n"
    ),
    "commands of a RUN": _in_a_run("echo @"),
    "`if`s of a RUN": _in_a_run("if true; then echo @; fi"),
    "`if`s in an `if` of a RUN": _in_an_if(
        "if true; then if true; then if true; then npm ci; fi; fi; fi"
    ),
    "chowns of a RUN": _in_a_run("chown -R app /d@", " && "),
    "downloads of a RUN": _in_a_run(
        "curl -fsSL -o /d@ https://example.com/a@.tgz && tar xzf /d@ && rm /d@", " && "
    ),
    "packages of a RUN": lambda count: (
        f"{HEAD}RUN apt-get install -y {' '.join(f'package{n}' for n in range(count))}\n"
    ),
    "stages": lambda count: "".join(
        f"FROM debian:12 AS s{n}\nRUN echo {n}\n" for n in range(count)
    ),
    "stages on one another": _chain,
    "stages, and COPYs from each": _copies_from_all,
    "COPYs, and a chown of each": _behind("COPY a@ /opt/d@/", "RUN chown -R app /opt/d@"),
    "COPYs, and a chown of all each": _behind("COPY a@ /opt/d@/", "RUN chown -R app /opt"),
    "COPYs, and npm install in each": _behind("COPY a@ /app@/", "RUN cd /app@ && npm install"),
    "COPYs from a stage of COPYs, installs": _copies_from_one(""),
    "COPYs from a stage that builds, installs": _copies_from_one("RUN make -C /out\n"),
    "npm ci in folders, and COPYs of each": _copies_of_folders,
    "pip install below a build date": _below("ARG BUILD_DATE", "RUN pip install package@"),
    "COPYs of all, and pip install": _repeated("COPY . /in@/\nRUN pip install package@"),
    "COPYs of all, and apt-get install": _repeated(
        "COPY . /in@/\nRUN apt-get update && apt-get install -y package@"
    ),
    "COPYs, and go build in each": _repeated("COPY a@ /src@\nRUN cd /src@ && go build ./..."),
    "COPYs of all, and one pip install": lambda count: (
        _repeated("COPY . /in/")(count) + "RUN pip install -r /in/requirements.txt\n"
    ),
    "go mod download and go build in each": _repeated(
        "WORKDIR /src@\nCOPY go.mod ./\nRUN go mod download\nCOPY . .\nRUN go build ."
    ),
    "go build in each, below a download": _below(
        "RUN go mod download", "COPY a@ a@\nRUN go build ./a@"
    ),
}

FEW = (
    "FROM debian:12\nCOPY . /app\nCOPY src /src\nRUN chown -R app /app\nRUN pip install -r"
    " /app/requirements.txt\n"
)


def files_of_the_context(root: Path, count: int) -> str:
    """Fill a context, and return its Dockerfile."""
    _fill(root, count)
    return FEW


def ignore_patterns(root: Path, count: int) -> str:
    """Fill a context whose ignore file has many patterns, and return its Dockerfile."""
    _fill(root, 200)
    (root / ".dockerignore").write_text("".join(f"**/name{n}/*.tmp\n" for n in range(count)))
    return FEW


def copies_of_files(root: Path, count: int) -> str:
    """Fill a context; some COPYs take all of it, and what they brought is changed again."""
    _fill(root, count)
    copies = "".join(f"COPY . /opt/d{n}/\n" for n in range(10))
    return HEAD + copies + "".join(f"RUN chown -R app /opt/d{n}\n" for n in range(5))


CONTEXTS: dict[str, Callable[[Path, int], str]] = {
    "files of the context": files_of_the_context,
    "files of the context, copied ten times": copies_of_files,
    "ignore patterns": ignore_patterns,
}


def _fill(root: Path, count: int) -> None:
    for number in range(count):
        folder = root / "src" / f"d{number // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}.py").write_text(f"x = {number}\n")


class Growth(NamedTuple):
    """Calls at the three sizes; the largest that was checked, its seconds and megabytes."""

    calls: tuple[int, ...]
    size: int = 0
    seconds: float = 0
    megabytes: float = 0

    @property
    def exponent(self) -> float:
        """With what power of the size the calls grow, between the two larger sizes."""
        return log2(self.calls[-1] / self.calls[-2])


def make_checker() -> Checker:
    """Return what checks by all rules, its modules loaded."""
    checker = Checker(Spec(Overrides(isolated=True, select=("all",)), third_party=False))
    for lines in KINDS.values():
        checker.check(Task("-", lines(2).encode()))
    return checker


def calls(check: Callable[[], object]) -> int:
    """Count the calls of functions that a check makes."""
    count = 0

    def note(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        check()
    finally:
        sys.setprofile(None)
    return count


def counted(checker: Checker, kind: str, smallest: int = COUNTED) -> Growth:
    """Count the calls at three sizes of a kind."""
    if kind in CONTEXTS:
        return Growth(tuple(_in_context(checker, kind, smallest * n) for n in (1, 2, 4)))
    tasks = [Task("-", KINDS[kind](smallest * n).encode()) for n in (1, 2, 4)]
    return Growth(tuple(calls(lambda task=task: checker.check(task)) for task in tasks))


def _in_context(checker: Checker, kind: str, count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "Dockerfile").write_text(CONTEXTS[kind](root, count))
        return calls(lambda: checker.check(Task(str(root / "Dockerfile"))))


def largest(kind: str) -> int:
    """Return about the most of a kind that a check takes."""
    if kind in CONTEXTS:
        return MOST_FILES // (10 if kind == "ignore patterns" else 1)
    text = KINDS[kind](MANY)
    instructions = len(parse(Source("", text)).instructions)
    by_bytes = MOST_BYTES * MANY // (len(text) * 5 // 4)  # numbers grow longer
    if instructions < MANY:
        return by_bytes
    return min(by_bytes, (MOST_INSTRUCTIONS - 10) * MANY // instructions)


def measured(kind: str) -> dict[str, Any]:
    """Check the largest of a kind; its size, seconds of a processor and megabytes."""
    checker = make_checker()
    with tempfile.TemporaryDirectory() as folder:
        root, size = Path(folder), largest(kind)
        text = CONTEXTS[kind](root, size) if kind in CONTEXTS else KINDS[kind](size)
        (root / "Dockerfile").write_text(text)
        start = time.process_time()
        report = checker.check(Task(str(root / "Dockerfile")))
        seconds = time.process_time() - start
    if report.failures:
        raise SystemExit(report.failures[0].message)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"size": size, "seconds": seconds, "megabytes": megabytes}


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("kinds", nargs="*", choices=[*KINDS, *CONTEXTS, []], metavar="NAME")
    options.add_argument("--note", type=Path, help="write the table to this file")
    options.add_argument("--measure", metavar="NAME", help="print one measurement as JSON")
    given = options.parse_args()
    if given.measure:
        print(json.dumps(measured(given.measure)))  # noqa: T201  for the process that asked
        return
    checker = make_checker()
    rows = []
    for kind in given.kinds or [*KINDS, *CONTEXTS]:
        command = [sys.executable, __file__, "--measure", kind]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603  itself
        found = counted(checker, kind)._replace(**told)
        rows.append(
            f"| {kind} | {found.exponent:.2f} | {found.size:,} | {found.seconds:.1f} s"
            f" | {found.megabytes:.0f} MB |"
        )
        sys.stdout.write(rows[-1] + "\n")
        sys.stdout.flush()
    if given.note:
        given.note.write_text(_NOTE + "\n".join(rows) + "\n")


_NOTE = """# How work grows with a Dockerfile

Written by `python benchmarks/growth.py --note FILE`, which says what is counted: the exponent is
that of calls of functions, from 100 to 200 of each. Seconds (of a processor) and memory are those
of the largest that one Dockerfile may hold (2,000 instructions), or of 100 kB, by all rules, on a
machine that did other work as well; of a context, 20,000 files, or 2,000 patterns.

| more and more | exponent | at most | takes | memory |
|---|---:|---:|---:|---:|
"""

if __name__ == "__main__":
    main()
