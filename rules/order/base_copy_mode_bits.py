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


@rule.on(syntax.Dockerfile)
def other_umask(_dockerfile: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report the heaviest COPY of files that the group, or all, may write."""
    build = context.build
    copies = _copies_without_mode(build)
    found = [writable for copy in copies if (writable := build.sources.writable_files(copy)).files]
    if found:
        heaviest = max(found, key=lambda each: each.size)
        yield _finding(build, heaviest.transfer, heaviest.files)


def _copies_without_mode(build: Build) -> Iterator[syntax.Transfer]:
    for step in build.shipped_steps():
        match step.instruction:
            case syntax.Transfer() as copy if not copy.chmod:
                yield copy


def _finding(build: Build, copy: syntax.Transfer, count: int) -> Finding:
    files = "a file" if count == 1 else f"{count} files"
    return Finding(
        copy,
        f"{files} writable by the group or by everyone, so a checkout under umask 022 gives this"
        " layer another digest and pushes it again",
        cost=_cost(build, copy),
        fix=_fix(build, copy),
    )


def _cost(build: Build, copy: syntax.Transfer) -> Cost | None:
    size = build.sizes.packed(build.selection(copy))
    return None if size is None else Cost.modelled(push_bytes=size)


def _fix(build: Build, copy: syntax.Transfer) -> fixes.Fix | None:
    """Give the files the mode that they have under umask 022, where that is one for all."""
    mode = build.sources.mode_under_umask(copy)
    if mode is None or build.options.builder == "classic":
        return None
    end = copy.keyword.span.end
    return fixes.Fix(
        "set the mode",
        (fixes.Edit(fixes.Span(end, end), f" --chmod={mode:o}"),),
        fixes.Safety.UNSAFE,
    )
