r"""Copied files have permissions that differ between checkouts, and so does the layer.

## What it does

Finds the largest `COPY` of files that the group or everyone may write.

## Why is this bad?

The cache key and the layer of a `COPY` include every file's mode. Git only records whether a file
is executable; the rest comes from the umask of the checkout. With umask 002 on one machine and 022
on another, the same commit gives two layers, and each machine pushes its own.

**Measured:** dlint's model of the example counts 4.29 kB, pushed again by the other machine.

## Example

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

## How sure

Certain for this working tree. The umask of other machines is unknown. dlint assumes 022, which
gives the modes 644 and 755, and only considers files that the group or everyone may write. In a git
repository only tracked files count. An image that nothing pushes is not reported.

The fix is unsafe because it takes write permission away from the group. It exists only when all
files get the same mode. `--chmod` also applies to folders, which need the symbolic form of newer
frontends (`--chmod=u=rwX,go=rX`).

## When not to follow it

Skip it when only one machine builds, or when all of them use the same umask.

## Options

None.

## References

- [`COPY --chmod`](https://docs.docker.com/reference/dockerfile/#copy---chown---chmod)
"""

from __future__ import annotations

from dlint import Cost, Finding, Rule, Severity, fixes, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    layered=True,
    needs=(syntax.Transfer,),
    severity=Severity.INFO,
    fix=fixes.Safety.UNSAFE,
)


@rule.on(syntax.Dockerfile)
def other_umask(_dockerfile: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report the largest COPY of files that the group or everyone may write."""
    build = context.build
    copies = _copies_without_mode(build)
    found = [writable for copy in copies if (writable := build.sources.writable_files(copy)).files]
    if found:
        heaviest = max(found, key=lambda each: each.size)
        yield _finding(build, heaviest.transfer, heaviest.files)


def _copies_without_mode(build: Build) -> Iterator[syntax.Transfer]:
    for step in build.shipped_steps():
        match step.instruction:
            case syntax.Transfer() as copy if not copy.chmod and build.may_be_pushed(step.stage):
                yield copy


def _finding(build: Build, copy: syntax.Transfer, count: int) -> Finding:
    files = "a file is" if count == 1 else f"{count} files are"
    return Finding(
        copy,
        f"{files} writable by the group or everyone, so a checkout under umask 022 gives this"
        " layer another digest and pushes it again",
        cost=_cost(build, copy),
        fix=_fix(build, copy),
    )


def _cost(build: Build, copy: syntax.Transfer) -> Cost | None:
    size = build.sizes.packed(build.selection(copy))
    return None if size is None else Cost.modelled(push_bytes=size)


def _fix(build: Build, copy: syntax.Transfer) -> fixes.Fix | None:
    """Set the mode that the files have under umask 022, if it is the same for all."""
    mode = build.sources.mode_under_umask(copy)
    if mode is None or build.options.builder == "classic" or build.line_for("chmod"):
        return None
    end = copy.keyword.span.end
    return fixes.Fix(
        "set the mode",
        (fixes.Edit(fixes.Span(end, end), f" --chmod={mode:o}"),),
        fixes.Safety.UNSAFE,
    )
