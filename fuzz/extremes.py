"""Check Dockerfiles of 100 kB that hold one thing to the extreme: `python fuzz/extremes.py
[NAME …]`.

Each is checked by all rules in a process of its own, which the system ends at 30 s of a processor
or 2 GB. A rule that fails, or more than 5 s or 300 MB, ends the run with 1: the seconds are those
of a machine that does little else, so `--slack N` allows N times as many.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from typing import TYPE_CHECKING

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 100_000
SECONDS, MEGABYTES = 5.0, 300
ENDED_SECONDS, ENDED_BYTES = 30, 2 << 30
HEAD = "FROM debian:12\n"
BASH = HEAD + 'SHELL ["/bin/bash", "-c"]\n'
NUMBERS = " ".join(map(str, range(20)))


def _lines(line: str, count: int, head: str = HEAD, tail: str = "") -> str:
    """Return a line again and again, `@` in it the number."""
    return head + "".join(f"{line.replace('@', str(n))}\n" for n in range(count)) + tail


def _run(command: str, count: int, end: str = "true", head: str = HEAD) -> str:
    """Return one RUN that repeats a command, `@` in it the number."""
    return f"{head}RUN {''.join(command.replace('@', str(n)) for n in range(count))}{end}\n"


def _nested(opening: str, inner: str, closing: str, count: int) -> str:
    return f"{HEAD}RUN {opening * count}{inner}{closing * count}\n"


_LOOPS = "for i in $L;do for j in $L;do for k in $L;do {} $i$j$k;done;done;done"
_DOUBLED = "".join(f"f{n}() {{ f{n + 1}; f{n + 1}; }}; " for n in range(11))

EXTREMES: Mapping[str, str] = {
    "here-documents": _run("<<E@ ", 2000, "\n" + "".join(f"E{n}\n" for n in range(2000))),
    "&&": _run("true && ", 12_000),
    "||": _run("a || b; ", 11_000, head=_lines("ENV A@=b", 1000)),
    "$(": _nested("echo $(", "x", ")", 14_000),
    "${a:-": f"{HEAD}ENV A={'${a:-' * 16_000}x{'}' * 16_000}\n",
    "case": _nested("case a in a) ", "x", " ;; esac", 4_500),
    "branches of a case": HEAD
    + f"RUN case $a in {''.join(f'{n}) a;; ' for n in range(8000))}esac\n",
    "arrays": _run("a+=(@); ", 8_000, 'apt-get install "${a[@]}"', BASH),
    "functions": f"{HEAD}RUN {_DOUBLED}f11() {{ apt-get install x; }}; f0\n" * 200,
    "functions of themselves": HEAD + 'RUN f() { f "$@" "$@"; }; f a b c d\n' * 1500,
    "loops": _nested("for i in 1 2 3 4 5 6 7 8 9; do ", "echo $i", "; done", 2000),
    "loops in many RUNs": f"{HEAD}ENV L='{NUMBERS}'\n" + f"RUN {_LOOPS.format('a')}\n" * 1200,
    "installs in loops": f"{HEAD}ENV L='{NUMBERS}'\n" + f"RUN {_LOOPS.format('apk add')}\n" * 1100,
    "braces": BASH + f"RUN mkdir -p /a/{'{a,b}/' * 14_000} && rm -rf /a\n",
    "subshells": _nested("( ", "true", " )", 20_000),
    "variables doubled": f"{HEAD}RUN a=x; {'a=$a$a; ' * 2000}apt-get install $a\n",
    "ENV doubled": f"{HEAD}ENV a=xx\n" + "ENV a=$a$a\n" * 1900,
    "ENV, and its pattern": f"{HEAD}ENV a={'a' * 50_000}\n" + "ENV b=${a##*a*a*a*b}\n" * 1500,
    "a long ENV in RUNs": f"{HEAD}ENV a='{'a ' * 8000}'\n" + "RUN apt-get install $a\n" * 1900,
    "exports": _run("export a@=1; ", 5000),
    "apt-get in one RUN": _run("apt-get install p@ && ", 4_500),
    "apk in one RUN": _run("apk add p@ && ", 5_500, head="FROM alpine:3.20\n"),
    "extras": f"{HEAD}RUN pip install {' '.join(f'p{n}[a,b,c]' for n in range(6000))}\n",
    "chmods of all": _run("chmod -R 1 /o;", 6000, head=_lines("COPY a@ /o/@/", 100)),
    "COPYs, chowns of all": _lines("COPY a@ /o/@/", 900, tail="RUN chown -R u /o\n" * 900),
    "COPYs, mvs of all": _lines("COPY a@ /o/@/", 900, tail="RUN mv /o /p\n" * 900),
    "downloads, rms of all": _lines(
        "RUN wget -O /o/@ http://x/@", 900, tail="RUN rm -rf /o\n" * 900
    ),
    "purges": _lines("RUN apt-get purge -y p@ --auto-remove", 1500),
    "pip's folders, chowns of all": _lines(
        "RUN pip install --target /o/@ p@", 990, tail="RUN chown -R u /o\n" * 990
    ),
    "COPYs from images, chowns of all": _lines(
        "COPY --from=i@ /a /o/@", 990, tail="RUN chown -R u /o\n" * 990
    ),
    "installs in stages on one another": "FROM debian:12 AS s0\n"
    + "".join(f"FROM s{n} AS s{n + 1}\nRUN apt-get install -y p{n}\n" for n in range(990)),
    "COPYs from stages": "FROM a AS s0\n"
    + "".join(
        f"FROM s{n} AS s{n + 1}\nCOPY --from=s{n} / /\nCOPY --from=s{n // 2} / /\n"
        for n in range(660)
    ),
    "COPYs, each twice the one before": "FROM a AS s0\nCOPY x /x\n"
    + "".join(
        f"FROM a AS s{n + 1}\nCOPY --from=s{n} /x /x\nCOPY --from=s{n} /x /y\n" for n in range(660)
    ),
    "ONBUILD": "FROM a AS b\n" + "ONBUILD RUN apt-get install x\n" * 900 + "FROM b\n" * 900,
    "mounts": _run("--mount=type=cache,target=/c@ ", 2800),
    "flags of FROM": f"FROM {'--platform=x ' * 7000}a\n",
    "labels": f"{HEAD}LABEL {''.join(f'a{n}=b ' for n in range(9000))}\n",
    "a long label": f'{HEAD}LABEL a="' + "x\\\n" * 33_000 + '"\n',
    "JSON": HEAD + "RUN [" + ",".join(['"a"'] * 24_000) + "]\n",
    "JSON, deep": f"{HEAD}RUN {'[' * 49_000}{']' * 49_000}\n",
    "escape": "# escape=`\n" + HEAD + "RUN a " + "`\n " * 30_000 + "\n",
    "CRLF": _lines("RUN echo @\r", 1900),
    "one word": "x" * MOST_BYTES,
    "line ends": "\n" * MOST_BYTES,
    "NUL": "FROM a\nRUN \0\n" * 900,
    "quotes": f"{HEAD}RUN {chr(39) + chr(34)}\n" * 900,
    "backslashes": f"{HEAD}RUN echo {chr(92) * 90_000}\n",
    "folders": _run("cd d@ && ", 9000, "pip install x"),
    "Python": f"{HEAD}RUN python <<E\n{'a(' * 45_000}{')' * 45_000}\nE\n",
}


def main() -> int:
    """Check all; the exit status."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", choices=[*EXTREMES, []], metavar="NAME")
    options.add_argument("--slack", type=float, default=1)
    given = options.parse_args()
    checker = Checker(Spec(Overrides(isolated=True, select=("all",)), third_party=False))
    checker.check(Task("-", b"FROM debian:12\nCOPY a b\nRUN apt-get update\n"))
    failed = [name for name in given.names or EXTREMES if not _ends(checker, name, given.slack)]
    print(f"{len(given.names or EXTREMES)} extremes, {len(failed)} failures")
    return int(bool(failed))


def _ends(checker: Checker, name: str, slack: float) -> bool:
    """Check one in a process of its own, and tell whether that ended as promised."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        os._exit(_checked(checker, name, slack))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:
        print(f"{name}: ended by signal {-status}")
    return status == 0


def _checked(checker: Checker, name: str, slack: float) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (ENDED_BYTES, ENDED_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (ENDED_SECONDS, ENDED_SECONDS))
    data = EXTREMES[name].encode("utf-8", "surrogatepass")[:MOST_BYTES]
    start = time.process_time()
    report = checker.check(Task("-", data))
    seconds = time.process_time() - start
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    why = "; ".join(each.message for each in report.failures)
    print(f"{name:34} {seconds:5.2f} s {megabytes:4.0f} MB {why}", flush=True)
    return int(bool(why) or seconds > SECONDS * slack or megabytes > MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
