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

from typing import TYPE_CHECKING

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
    found: list[tuple[int, int, syntax.Transfer]] = []
    tracked: frozenset[str] | None = None
    for stage in build.stages:
        for step in build.steps(stage) if build.shipped(stage) else ():
            copy = step.instruction
            selection = (
                build.selection(copy)
                if isinstance(copy, syntax.Transfer) and not copy.chmod
                else None
            )
            if not isinstance(copy, syntax.Transfer) or selection is None:
                continue
            loose = [each.entry for each in selection.entries if each.entry.kind == "file"]
            loose = [entry for entry in loose if entry.mode & _OTHERS_WRITE]
            if loose and tracked is None:
                tracked = _tracked(build)
            count = sum(entry.path in tracked for entry in loose) if tracked else len(loose)
            if count:
                found.append((sum(entry.size for entry in loose), count, copy))
    if found:
        _size, count, copy = max(found, key=lambda each: each[0])
        yield _finding(build, copy, count)


def _tracked(build: Build) -> frozenset[str]:
    """Return what git tracks in the context; nothing where there is no repository."""
    return (build.repository.tracked() if build.repository else None) or frozenset()


def _finding(build: Build, copy: syntax.Transfer, count: int) -> Finding:
    selection = build.selection(copy)
    size = build.packed_bytes(selection) if selection is not None else None
    files = "a file" if count == 1 else f"{count} files"
    return Finding(
        copy,
        f"{files} writable by the group or by all: a checkout under umask 022 makes, and uploads,"
        " another layer",
        cost=Cost.modelled(push_bytes=size) if size is not None else None,
        fix=_fix(build, copy),
    )


def _fix(build: Build, copy: syntax.Transfer) -> fixes.Fix | None:
    """Give the files the mode that they have under umask 022, where that is one for all."""
    selection = build.selection(copy)
    entries = [each.entry for each in selection.entries] if selection else []
    modes = {entry.mode & ~_OTHERS_WRITE for entry in entries}
    if (
        build.options.builder == "classic"
        or len(modes) != 1
        or any(entry.kind != "file" for entry in entries)
    ):
        return None
    end = copy.keyword.span.end
    return fixes.Fix(
        "set the mode",
        (fixes.Edit(fixes.Span(end, end), f" --chmod={modes.pop():o}"),),
        fixes.Safety.UNSAFE,
    )
