r"""Package installs in consecutive `RUN`s store the whole RPM database in every layer.

## What it does

Finds two or more `RUN`s in a row that only install packages with dnf, yum, zypper or rpm.

## Why is this bad?

RPM records the installed packages in a single file, `rpmdb.sqlite` (`Packages` before RPM 4.16).
Every transaction changes it, and a layer stores a changed file as a whole. With three installs in
three `RUN`s the image contains the database three times, plus once in its base image. One `RUN`
stores it once.

**Measured:** no figure without the image. Databases of CentOS 7 and 8 images are reported with 8 to
17 MB before compression.

## Example

```dockerfile bad
FROM fedora:41
RUN dnf -y install nginx && dnf clean all
RUN dnf -y install php-fpm && dnf clean all
```

```dockerfile good
FROM fedora:41
RUN dnf -y install nginx \
    && dnf -y install php-fpm && dnf clean all
```

A single `dnf -y install nginx php-fpm` is just as good and easier to read.

`RUN`s with a `COPY` between them, or that do more than install, are not reported:

```dockerfile good
FROM fedora:41
RUN dnf -y install nginx && dnf clean all
COPY internal.repo /etc/yum.repos.d/
RUN dnf -y install billing && dnf clean all
```

## How sure

Every transaction certainly rewrites the database. Its size depends on what is installed. The
databases of dpkg and apk are small (dpkg's is 87 kB compressed on Debian 13) and not reported. The
fix is unsafe: it changes which lines are cached together.

## When not to follow it

Keep two `RUN`s when one list changes often and the other is large, so that the split saves more
than the database costs.

## Options

None.

## References

- [Best practices for `RUN`](https://docs.docker.com/build/building/best-practices/#run)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, facts, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

_CHANGES = shell.Install | shell.Remove

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    layered=True,
    needs=(_CHANGES, _CHANGES),
    severity=Severity.INFO,
    fix=fixes.Safety.UNSAFE,
)

_RPM = frozenset(("dnf", "rpm", "zypper"))
_MAINTENANCE = (
    shell.Install
    | shell.Remove
    | shell.Refresh
    | shell.Clean
    | shell.Delete
    | shell.CacheLeft
    | shell.CacheKept
)
_SETTINGS = frozenset(
    ("LABEL", "EXPOSE", "MAINTAINER", "ENV", "CMD", "ENTRYPOINT", "STOPSIGNAL", "HEALTHCHECK")
)


@rule.on(facts.Stage)
def repeated(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report RUNs that only install, directly after another such RUN."""
    build = context.build
    if not build.is_pushed(stage):
        return
    row: list[syntax.Run] = []
    for instruction in stage.instructions[1:]:
        if instruction.name in _SETTINGS:
            continue
        if not isinstance(instruction, syntax.Run) or not _only_installs(build, instruction):
            yield from _finding(build, row)
            row = []
            continue
        if row and _flags(row[0]) != _flags(instruction):
            yield from _finding(build, row)
            row = []
        row.append(instruction)
    yield from _finding(build, row)


def _flags(run: syntax.Run) -> list[str | None]:
    return [flag.value for flag in run.flags]


def _only_installs(build: Build, run: syntax.Run) -> bool:
    """Tell whether a RUN changes the RPM database and only installs, removes and cleans."""
    effects = build.effects(run)
    changes = effects.of(shell.Install) + effects.of(shell.Remove)
    if not effects.known or not effects.are_all(_MAINTENANCE):
        return False
    if not _RPM.issuperset(each.manager for each in changes):
        return False
    return any(each.command.certain for each in changes)


def _finding(build: Build, row: list[syntax.Run]) -> Iterator[Finding]:
    if len(row) > 1:
        yield Finding(
            row[-1],
            f"{len(row)} `RUN`s in a row change the RPM database, and each layer stores all of it",
            fix=_fix(build, row),
            related=tuple(Related(run, "also stores it") for run in row[:-1]),
        )


def _fix(build: Build, row: list[syntax.Run]) -> fixes.Fix | None:
    edits = fixes.merge_runs(build, row)
    if not edits:
        return None
    cleanings = tuple(_cleanings(build, row))
    return fixes.Fix(
        "install in one `RUN`, which stores it once", (*cleanings, *edits), fixes.Safety.UNSAFE
    )


def _cleanings(build: Build, row: list[syntax.Run]) -> Iterator[fixes.Edit]:
    """Yield edits that drop a RUN's last command if it empties the same cache as the last RUN."""
    source = build.dockerfile.source
    final = _clean(build, row[-1])
    for run in row[:-1]:
        commands = build.script(run).commands
        if len(commands) == 1 or commands[-1].connector != "&&":
            continue
        if final is None or _clean(build, run) != final:
            continue
        gone = fixes.Span(commands[-2].span.end, commands[-1].span.end)
        rest = source.text[gone.end : run.span.end]
        if "#" not in source[gone] and not rest.strip():
            yield fixes.Edit(gone, "")


def _clean(build: Build, run: syntax.Run) -> tuple[str, frozenset[str], bool] | None:
    """Return the caches that a RUN's last command empties; yum counts as dnf if both exist."""
    last = build.script(run).commands[-1]
    for clean in build.effects(run).of(shell.Clean):
        if clean.command is last:
            return clean.manager, clean.kinds, clean.command.certain
    return None
