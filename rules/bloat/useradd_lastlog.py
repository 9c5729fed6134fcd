r"""`useradd` with a large user ID creates a sparse log file that is stored in full.

## What it does

Finds `useradd` with a user ID of 100000 or more and without `-l` (`--no-log-init`).

## Why is this bad?

The log of last logins has a record of 292 bytes for every user ID up to the largest one. On disk it
is mostly a hole. In a layer it is a run of zeros, which compresses well but is written in full
wherever the image is unpacked.

**Measured:** dlint's estimate for the example is 284 MB compressed, of a file of 292 GB.

## Example

```dockerfile bad
FROM debian:12.5-slim
RUN useradd --uid 1000660000 --create-home app
```

```dockerfile good
FROM debian:12.5-slim
RUN useradd -l --uid 1000660000 --create-home app
```

## How sure

Certain when the image contains the file (Debian 12, Ubuntu, RHEL). User IDs below 100000 are not
reported.

## When not to follow it

Keep the log when users log in to the container and their last login must be recorded.

## Options

None.

## References

- [DL3046](https://github.com/hadolint/hadolint/wiki/DL3046)
"""

from __future__ import annotations

import re

from dlint import Cost, Finding, Rule, fixes, human_bytes, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context, shell

rule = Rule(
    __name__, __doc__, since="0.1", needs=("useradd",), fix=fixes.Safety.SAFE, aliases=("DL3046",)
)

RECORD = 292  # bytes of struct lastlog on 64-bit Linux
ZEROS = 1030  # bytes of zeros that deflate compresses to one byte
LARGE = 100_000


@rule.on(syntax.Run)
def sparse(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report large user IDs in layers that ship."""
    if "useradd" not in run.value.text and not run.heredocs:
        return
    build = context.build
    if build.shipped_stage(run) is None:
        return
    for command in build.script(run).commands:
        number = _number(command)
        if number is None or number < LARGE:
            continue
        size = RECORD * number
        cost = Cost.guessed(size // ZEROS, size // ZEROS)
        fix = fixes.Fix(
            "add `-l`, which creates no login log",
            (fixes.put_behind(build, run, command.word, "-l"),),
            fixes.Safety.SAFE,
        )
        message = (
            f"user ID {number} creates a login log of {human_bytes(size)}, nearly all of it zeros"
        )
        yield Finding(run, message, fix=fix, cost=cost)


def _leaves_out_log(word: str) -> bool:
    return word == "--no-log-init" or (word[:1] == "-" and word[1:].isalpha() and "l" in word)


def _number(command: shell.Command) -> int | None:
    """Return the user ID that `useradd` assigns, unless a flag keeps it out of the log."""
    words = [word.form for word in command.args]
    if command.name != "useradd" or any(map(_leaves_out_log, words)):
        return None
    if command.may_hold("-l", "--no-log-init"):
        return None
    found = re.search(r"(?:^| )(?:-[a-zA-Z]*u|--uid)[ =]?([0-9]{1,18})(?: |$)", " ".join(words))
    return int(found[1]) if found else None
