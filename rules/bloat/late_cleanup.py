r"""Files or packages are deleted in a later layer than the one that stores them.

## What it does

Finds deletions of files, packages and caches that an earlier layer of the same image stores.

## Why is this bad?

A layer never gets smaller. What a `RUN` or `COPY` stores is pushed and pulled with its layer, and a
later deletion only hides it. Delete in the `RUN` that writes the files, or do the work in a stage
that does not ship.

**Measured:** dlint's estimate for the second example is 98.3 MB, which `apt-get purge` does not
free.

## Example

```dockerfile bad
FROM debian:12.5-slim
RUN curl -fsSLo /tmp/tool.tar.gz https://example.com/tool-1.2.3.tar.gz && tar -xzf /tmp/tool.tar.gz -C /opt
RUN rm -rf /tmp/tool.tar.gz
```

```dockerfile good
FROM debian:12.5-slim
RUN curl -fsSLo /tmp/tool.tar.gz https://example.com/tool-1.2.3.tar.gz && tar -xzf /tmp/tool.tar.gz -C /opt \
    && rm -rf /tmp/tool.tar.gz
```

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
COPY src /src
RUN make -C /src install
RUN apt-get purge -y build-essential && apt-get autoremove -y
```

```dockerfile good
FROM debian:12.5-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
COPY src /src
RUN make -C /src install

FROM debian:12.5-slim
COPY --from=build /usr/local /usr/local
```

## How sure

A deletion counts when an earlier step of the same chain of layers wrote the path, the package or
the cache. What the deleting `RUN` wrote itself does not count. The size is known when the files
come from the build context, and is an estimate for packages. More than 10 MiB is an error, and
what is smaller or of unknown size a warning. These are infos:

- a single file that is small by its name, such as a script or a shared library
- a `RUN` that only deletes documentation, caches and temporary files
- a search for names, such as `find /app -name '*.map' -delete`, in what the build context does not
  contain
- a Python package that is uninstalled, and one of the distribution that is small or of unknown size
- a package of the distribution that a Dockerfile of the repository installs in the base image
- an `apt-get clean` on its own, because images of Debian and Ubuntu keep no archives
- a path in a folder that is copied from another image, which may not hold it
- a clone that the same `RUN` means to delete from within (`cd shop && make && rm -rf shop`)
- a path in quotes that keep `rm` from deleting it (`rm -rf "~/.cache"`, `rm -rf "/tmp/*"`)

Where one command deletes what several steps stored, all of them are named. A cache that several
`RUN`s empty is reported once, at the first. A bind mount is not
advised where a script that a later `RUN` starts deletes the files itself, which a mount would not
let it. Of packages that apt purges, what other packages of the stage need does not count: it stays. What
several `COPY`s bring is one finding.

Not reported is what the stage of a `COPY --from` has deleted itself. Nor is a `RUN` that deletes
something in a folder which a `COPY --from` takes into another pushed image: it frees space there.
Nor is a package of apt that the official image of the base's name has already.
Files of the base image may be deleted for other reasons than size. Placeholder files of less than
1 kB are not reported.

## When not to follow it

Keep the deletion when something must be hidden and its bytes do not matter.

## Options

None.

## References

- [Best practices for `RUN`](https://docs.docker.com/build/building/best-practices/#run)
- [Image layers: whiteouts](https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

_GONE = shell.Delete | shell.Remove | shell.Clean
rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    layered=True,
    needs=(_GONE | shell.Install,),
    severity=Severity.ERROR,
    fix=fixes.Safety.SAFE,
)

LONGEST = 4  # RUNs that a fix merges; more of them rarely belong together
LARGE = 10 << 20  # bytes; less, or nobody knows how many, is a warning
PLACEHOLDER = 1_000  # bytes: a README that keeps a folder in git is no larger
_DELETERS = frozenset(("find", "rm", "rmdir", "unlink"))
_MAYBE = "what is in "


class _Late(NamedTuple):
    """Something that is deleted too late: the command, the instruction that stored it, a name and a
    size; `weighty` tells whether it matters, as far as its name and origin show; `way` what to do.
    """

    command: shell.Command
    instruction: syntax.Instruction
    what: str
    size: facts.Size = facts.Size.unknown()
    weighty: bool = True
    way: tuple[str, str | None] = "", None
    is_package: bool = False
    several: bool = False


@rule.on(syntax.Run)
def late(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN that deletes what earlier layers store."""
    build = context.build
    stage = build.shipped_stage(run)
    if stage is None or build.layers.frees_elsewhere(stage, run):
        return
    kinds = (_deleted, _searched, _removed, _emptied)
    found = [each for kind in kinds for each in kind(build, stage, run)]
    if not found:
        yield from islice((*_archives(build, stage, run), *_in_vain(build, run)), 1)
    found.sort(key=lambda each: (each.weighty, each.size.bytes), reverse=True)
    ways: dict[str, list[_Late]] = {}
    for each in found:  # of what COPYs bring each has its own: RUNs delete what they store
        key = each.way[0] * isinstance(each.instruction, syntax.Transfer)
        ways.setdefault(key, []).append(each)
    for alike in ways.values():
        total = facts.Size.sum(each.size for each in alike)
        yield Finding(
            run,
            f"{build.layers.free_nothing(each.command for each in alike)} {_where(build, alike)}",
            help=build.layers.told([(each.what, each.way) for each in alike]),
            fix=_fix(build, run, alike),
            cost=Cost.stored(total) if total.whole != 0 else Cost.modelled(0, 0),
            related=_related(alike),
            severity=_severity(alike, total, context),
        )


def _severity(found: list[_Late], total: facts.Size, context: Context) -> Severity | None:
    """Return an info where nothing may well be worth a change: packages are also removed for what
    they do, so their bytes must be known. What is not known to be large is a warning.
    """
    heavy = (each for each in found if each.weighty)
    if all(each.is_package and each.size.bytes < context.min_bytes for each in heavy):
        return Severity.INFO
    return None if total.bytes >= LARGE else Severity.WARNING


def _where(build: Build, found: list[_Late]) -> str:
    """Name the layers that store each thing."""
    places: dict[str, dict[int, None]] = {}
    for each in found:
        places.setdefault(each.what, {})[each.instruction.line] = None
    return build.layers.where_left(places, several=found[0].several)


def _related(found: list[_Late]) -> tuple[Related, ...]:
    """Return the instructions that stored the files, in order, and what each of them stored."""
    stored: dict[int, list[_Late]] = {}
    for each in found:
        stored.setdefault(each.instruction.index, []).append(each)
    return tuple(
        Related(these[0].instruction, f"stores {', '.join(dict.fromkeys(t.what for t in these))}")
        for _, these in sorted(stored.items())
    )


def _deleted(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Late]:
    """Yield the paths that `run` deletes and an earlier step wrote."""
    deletions = [
        each
        for each in build.layers.deletions(run)
        if each.delete.command.certain and each.delete.command.name in _DELETERS
    ]
    above = build.layers.still_stored(stage, run) if deletions else []
    gone = build.sizes.deleted()
    for deletion in deletions:
        weighing = []
        for stored in build.layers.taken(run, deletion, above):
            size = gone(deletion, stored)
            if size.whole is None or size.whole >= PLACEHOLDER:
                weighing.append((stored, size))
        named = build.layers.named(stage, run, deletion, [stored for stored, _ in weighing])
        others = [size for at, (_, size) in enumerate(weighing) if at not in named]
        for at, way in named.items():
            stored, size = weighing[at]
            is_there = build.layers.is_there(deletion, stored)
            what = f"{_MAYBE * (not is_there)}{deletion.shown(stored)}"
            weighty = deletion.is_weighty(stored) and is_there
            size, others = facts.Size.sum((size, *others)), []
            yield _Late(deletion.delete.command, stored.instruction, what, size, weighty, way)


def _searched(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Late]:
    """Yield what `run` looks for by its name, and deletes, of what an earlier step wrote."""
    for each in build.layers.found_deletions(stage, run):
        size, at = facts.Size.modelled(each.bytes), each.stored.instruction
        if each.bytes is None or each.bytes >= PLACEHOLDER:
            command, way = each.delete.command, build.layers.way_out_of_found(stage, run, each)
            yield _Late(command, at, "what it finds", size, each.bytes is not None, way)


def _removed(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Late]:
    """Yield the packages that `run` uninstalls and an earlier RUN installed."""
    for gone in build.layers.uninstalled(stage, run):
        command, size = gone.remove.command, build.sizes.uninstalled(stage, gone)
        weighty = facts.family(gone.remove.manager) != "python"  # which goes for what it does
        if command.certain:
            way = build.layers.way_out_of_packages(run, gone.remove.manager)
            late = _Late(command, gone.run, gone.what, size, weighty, way)
            yield late._replace(is_package=True, several=gone.several)


def _emptied(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Late]:
    """Yield the caches that `run` empties and an earlier RUN filled."""
    sure, doubtful = list[_Late](), list[_Late]()
    for command, above, left in (emptied := [*build.caches.emptied(stage, run)]):
        told = build.caches.is_told_as_split(above)  # by another rule, with the bytes
        size = facts.Size() if told else build.sizes.cache(stage, above, left)
        way = build.layers.way_out_of_cache(left, emptied)
        found = _Late(command, above, f"{left.manager}'s {left.kind}", size, not told, way)
        (sure if left.certain else doubtful).append(found)
    yield from sure or doubtful  # of many steps that an argument turns on, most do nothing


def _archives(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[Finding]:
    """Report a RUN that only removes what apt downloaded in earlier RUNs: images of Debian keep
    nothing of it anyway.
    """
    if found := build.caches.archives_cleaned(stage, run):
        command, above = found
        yield Finding(
            run,
            f"{command.quoted} frees no space: what apt downloaded for line {above.line} is deleted"
            " there already, or stays in its layer",
            help="remove it, or do it in the `RUN` that installs",
            fix=_fix(build, run, [_Late(command, above, "what apt downloads")]),
            related=(Related(above, "installs"),),
            severity=Severity.INFO,
        )


def _in_vain(build: Build, run: syntax.Run) -> Iterator[Finding]:
    """Report a RUN that only deletes files which nobody deletes except for their size, whoever
    stored them, and one that looks for a folder within itself.
    """
    if found := build.layers.in_vain(run):
        delete, why, help_ = found
        yield Finding(run, f"{delete.command.quoted} {why}", help=help_, severity=Severity.INFO)


def _fix(build: Build, run: syntax.Run, found: list[_Late]) -> fixes.Fix | None:
    """Merge the RUN into the RUNs directly before it, back to the first that stored the files, if
    it does nothing else.
    """
    first = min(each.instruction.index for each in found)
    instructions = build.dockerfile.instructions[first : run.index + 1]
    row = [each for each in instructions if isinstance(each, syntax.Run)]
    is_row = len(row) == len(instructions) <= LONGEST
    if not is_row or not build.effects(run).are_all(_GONE):
        return None
    edits, title = fixes.merge_runs(build, row), "delete in the `RUN` that stores it"
    return fixes.Fix(title, edits, fixes.Safety.SAFE) if edits else None
