r"""Installs in one RUN after the other store the whole RPM database each time.

What is installed stands in one file, `rpmdb.sqlite` (`Packages` before RPM 4.16). A transaction
changes it, and a layer holds a changed file whole: with three installs in three RUNs the image
carries the database three times, and once more in its base. In one RUN it is stored once.

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

A single `dnf -y install nginx php-fpm` is as good, and reads better.

A RUN that is apart from the others by a COPY, or does more than to install, has its reason:

```dockerfile good
FROM fedora:41
RUN dnf -y install nginx && dnf clean all
COPY internal.repo /etc/yum.repos.d/
RUN dnf -y install billing && dnf clean all
```

How sure: the database is written anew by every transaction; its size depends on what is installed,
and is not known without the image: 8 to 17 MB before compression are told of images of CentOS 7 and
8. Databases of dpkg and apk are small (dpkg's 87 kB, compressed, on Debian 13) and not reported.

When not to follow it: where one of the lists changes often and the other is large, so that the
split saves more than the database costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, facts, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)

_RPM = frozenset(("dnf", "rpm", "zypper"))
_SETTINGS = frozenset(
    ("LABEL", "EXPOSE", "MAINTAINER", "ENV", "CMD", "ENTRYPOINT", "STOPSIGNAL", "HEALTHCHECK")
)


@rule.on(facts.Stage)
def repeated(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report RUNs that only install, directly after another such RUN."""
    if not context.build.shipped(stage):
        return
    row: list[syntax.Run] = []
    for instruction in stage.instructions[1:]:
        if isinstance(instruction, syntax.Run) and _only_installs(context.build, instruction):
            if row and [flag.value for flag in row[0].flags] != [
                flag.value for flag in instruction.flags
            ]:
                yield from _finding(context.build, row)
                row = []
            row.append(instruction)
        elif instruction.name not in _SETTINGS:
            yield from _finding(context.build, row)
            row = []
    yield from _finding(context.build, row)


def _only_installs(build: Build, run: syntax.Run) -> bool:
    """Tell whether a RUN surely changes the RPM database, and does nothing but install, remove and
    clean.
    """
    effects = build.effects(run)
    changes = effects.of(shell.Install) + effects.of(shell.Remove)
    return (
        effects.known
        and all(each.manager in _RPM for each in changes)
        and any(each.command.certain for each in changes)
        and all(
            isinstance(
                each,
                shell.Install
                | shell.Remove
                | shell.Refresh
                | shell.Clean
                | shell.Delete
                | shell.CacheLeft
                | shell.CacheKept,
            )
            for each in effects.items
        )
    )


def _finding(build: Build, row: list[syntax.Run]) -> Iterator[Finding]:
    if len(row) > 1:
        edits = fixes.merge_runs(build, row)
        cleanings = tuple(_cleanings(build, row))
        yield Finding(
            row[-1],
            f"{len(row)} RUNs in a row change the RPM database, and each layer holds all of it; in"
            " one RUN it is stored once",
            fix=fixes.Fix("install in one RUN", (*cleanings, *edits), fixes.Safety.UNSAFE)
            if edits
            else None,
            related=tuple(Related(run, "stores it, too") for run in row[:-1]),
        )


def _cleanings(build: Build, row: list[syntax.Run]) -> Iterator[fixes.Edit]:
    """Yield edits that take a RUN's last command out where it empties the cache just as the last of
    all does.
    """
    source = build.dockerfile.source
    final = _clean(build, row[-1], build.script(row[-1]).commands[-1])
    for run in row[:-1]:
        *_, before, last = (None, *build.script(run).commands)
        clean = _clean(build, run, last)
        if before and last and last.connector == "&&" and clean and clean == final:
            gone = fixes.Span(before.span.end, last.span.end)
            if "#" not in source[gone] and not source.text[gone.end : run.span.end].strip():
                yield fixes.Edit(gone, "")


def _clean(
    build: Build, run: syntax.Run, last: shell.Command | None
) -> tuple[str, frozenset[str], bool] | None:
    """Return which caches a RUN's last command empties; yum is dnf where there are both."""
    found = (each for each in build.effects(run).of(shell.Clean) if each.command is last)
    return next(((each.manager, each.kinds, each.command.certain) for each in found), None)
