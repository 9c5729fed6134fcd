"""Files are copied with permissions that a checkout elsewhere does not give, so the layer is
another one there.

A COPY's cache key and its layer hold each file's mode. Git keeps only whether a file can be
executed: the rest comes from the umask of whoever checks it out. Made under umask 002 on one
machine and under 022 on the other, the same commit gives two layers, and each of the two machines
uploads its own.

```context
config/shop.toml 2kB mode 664
config/prices.toml 2kB mode 664
```

```dockerfile bad
FROM debian:12.5-slim
COPY config/shop.toml config/prices.toml /etc/shop/
```

```dockerfile good
FROM debian:12.5-slim
COPY --chmod=644 config/shop.toml config/prices.toml /etc/shop/
```

How sure: certain for this working tree. What another machine's umask is, dlint can't see: 022 is
taken for the common one, under which files have the modes 644 and 755, and only files that the
group or all may write are taken for those of another umask. Of files in a git repository only the
tracked ones count; the COPY that weighs most is reported.

The fix is unsafe, since it takes the group's right to write away, and there for files alone that
all get the same mode:
`--chmod` gives it to folders, too, so that those need the symbolic form of newer frontends
(`--chmod=u=rwX,go=rX`).

When not to follow it: where one machine alone builds, or all have the same umask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Rule, Severity, fixes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)

_OTHERS_WRITE = 0o022  # what umask 022 takes away


@rule.on(syntax.Dockerfile)
def other_umask(_dockerfile: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report the heaviest COPY of files that the group, or all, may write."""
    build = context.build
    found = [each for each in _copies(build) if each.files]
    if found:
        yield _finding(build, max(found, key=lambda each: each.size))


class _Writable(NamedTuple):
    """A COPY of files that others than their owner may write: how many another checkout has, too,
    and the bytes of all, not compressed.
    """

    copy: syntax.Transfer
    files: int
    size: int


def _copies(build: Build) -> Iterator[_Writable]:
    for step in build.shipped_steps():
        match step.instruction:
            case syntax.Transfer() as copy if not copy.chmod:
                yield _writable(build, copy)


def _writable(build: Build, copy: syntax.Transfer) -> _Writable:
    selection = build.selection(copy)
    files = [each.entry for each in selection.files] if selection else []
    writable = [entry for entry in files if entry.mode & _OTHERS_WRITE]
    size = sum(entry.size for entry in writable)
    # git is asked only where there is something to ask about
    tracked = build.tracked_files if writable else frozenset()
    count = sum(entry.path in tracked for entry in writable) if tracked else len(writable)
    return _Writable(copy, count, size)


def _finding(build: Build, found: _Writable) -> Finding:
    selection = build.selection(found.copy)
    size = build.packed_bytes(selection) if selection is not None else None
    files = "a file" if found.files == 1 else f"{found.files} files"
    return Finding(
        found.copy,
        f"{files} writable by the group or by all: a checkout under umask 022 makes, and uploads,"
        " another layer",
        cost=Cost.modelled(push_bytes=size) if size is not None else None,
        fix=_fix(build, found.copy),
    )


def _fix(build: Build, copy: syntax.Transfer) -> fixes.Fix | None:
    """Give the files the mode that they have under umask 022, where that is one for all."""
    selection = build.selection(copy)
    entries = [each.entry for each in selection.entries] if selection else []
    modes = {entry.mode & ~_OTHERS_WRITE for entry in entries}
    only_files = {entry.kind for entry in entries} == {"file"}
    if build.options.builder == "classic" or len(modes) != 1 or not only_files:
        return None
    end = copy.keyword.span.end
    return fixes.Fix(
        "set the mode",
        (fixes.Edit(fixes.Span(end, end), f" --chmod={modes.pop():o}"),),
        fixes.Safety.UNSAFE,
    )
