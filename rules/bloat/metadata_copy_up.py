r"""Changing owner, mode or name of files in a later layer stores them a second time.

## What it does

Finds `chown`, `chmod` and `mv` on files that an earlier layer of the same image stores.

## Why is this bad?

A layer stores whole files. `chown -R` on the files of an earlier `COPY` doubles them. One copy
stays in the layer of the `COPY`, the other goes into the layer of the `RUN`, and every change
pushes both. `COPY` and `ADD` set owner and mode themselves (`--chown`, `--chmod`). Files that a
`RUN` writes can get their owner in that same `RUN`.

**Measured:** dlint's model of the first example counts 12 MB a second time.

## Example

```context
app/data.bin 12MB
app/main.py: print("hello")
```

```dockerfile bad
FROM python:3.12-slim
RUN useradd --system app
COPY app /app
RUN chown -R app:app /app
USER app
```

```dockerfile good
FROM python:3.12-slim
RUN useradd --system app
COPY --chown=app:app app /app
RUN chown app:app /app
USER app
```

Changing the owner of the folder alone costs nothing: it is an entry without content. A `COPY` does
not change the owner of a folder that is there before it. Its `--chmod` does not set the mode of the
destination folder (both tested on Docker 26.1.5).

```dockerfile bad
FROM debian:12.5-slim
ADD https://example.com/tool-1.2.3 /usr/local/bin/tool
RUN chmod 755 /usr/local/bin/tool
```

```dockerfile good
FROM debian:12.5-slim
ADD --chmod=755 https://example.com/tool-1.2.3 /usr/local/bin/tool
```

```context
bin/shopd 9MB
```

```dockerfile bad
FROM debian:12.5-slim
COPY bin/shopd /usr/bin/
RUN chmod +x /usr/bin/shopd
```

```dockerfile good
FROM debian:12.5-slim
COPY --chmod=755 bin/shopd /usr/bin/
```

## How sure

An earlier step of the same chain of layers is seen to have written the files. Of the base image,
only folders that make up nearly all of it are considered, such as `/opt/conda`. The size is known
when the files come from the build context.

- A single file that was downloaded is known by its new name where `mv` has moved it since. An
  archive that `jar u` changes is a new file of its own mode (tried with Java 17), unlike what
  `sed -i` changes.
- A finding of less than `min-bytes` is an info, one of more than 10 MiB an error.
- A folder that the build context does not contain is an info. So is a pattern without a match
  (`app*.cfg`), which is made before the build, unless it names archives (`app*.jar`). A missing
  file without an ending is an info where `chmod` makes it a program, or where the command takes
  files alone (`setcap`, `strip`).
- Of what is built before the image no bytes are known. Where the rest is below 10 MiB, the finding
  gives none.
- Files from another stage of unknown size are an info where their name says that they are small:
  a source file (`app.config.ts`), or a folder such as `scripts`. So is a downloaded script, such as
  `install-tools`.
- Not reported: an owner or mode that the files already have, or may have: from their `COPY`, or
  from an earlier `RUN`. Docker's graphdriver store stores them again all the same; BuildKit with
  containerd's store does not (both tested on Docker 26.1.5). An owner that an argument without a
  default names may be theirs, and where their modes are not seen, `chmod` may keep them: `chmod +x`
  of a program of another stage or image, or `chmod -R go+r` of an archive's files. Of a folder from
  the build context only the files count whose modes `chmod` changes, where the builder is BuildKit.
- Nor is a folder of which less than 64 KiB are seen, where the base image or a `RUN` may have
  brought more. Neither are folders changed without `-R`, files of the same `RUN`, and commands that
  may not run. Neither are single files of less than 1 kB, what `mv` renames of less than 10 kB, and
  folders that hold nothing but a `.gitkeep`. Nor is a file that a later `COPY --from` of a folder
  may bring again. What `mv` takes out of a folder that the same `RUN` deletes is left to
  `bloat/late-cleanup`.

The fix is safe when it sets the mode of a single file.

## When not to follow it

Keep the command when the owner is known only after another step has run.

## Options

None.

## References

- [`COPY --chown --chmod`](https://docs.docker.com/reference/dockerfile/#copy---chown---chmod)
- [Image layers: change types](https://github.com/opencontainers/image-spec/blob/main/layer.md#change-types)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint import Finding, Related, Rule, Severity, facts, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(
    __name__, __doc__, since="0.1", layered=True, needs=(shell.Rewrite,), fix=fixes.Safety.SAFE
)

LARGE = 10 << 20  # bytes; more is an error
SMALL = 1 << 16  # bytes of a single file that few would notice
MOST_TOLD = 20  # instructions whose files are stored again
UNKNOWN = 1 << 20  # bytes taken for what nobody knows the size of
TRIFLE = 1000  # bytes not worth a finding
MOVED = 10_000  # bytes of what gets another name that are not worth a COPY of its own
_BROUGHT = frozenset(("base", "clone", "install", "unpack"))
_LEAST = dict.fromkeys(("chown", "chgrp", "chmod"), TRIFLE) | {"mv": MOVED}


class _Again(NamedTuple):
    """Something stored that a command stores again."""

    rewrite: shell.Rewrite
    stored: facts.Stored
    sources: frozenset[str] = frozenset()  # files of the context
    size: facts.Size = facts.Size.unknown()
    is_all: bool = True  # that its step brought


@rule.on(syntax.Run)
def stored_again(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN that stores files of earlier layers again."""
    build = context.build
    stage = build.shipped_stage(run)
    if stage is None:
        return
    found = list(_each_once(build, stage, run))
    if not found:
        return
    known = facts.Size.sum(each.size for each in found)
    by_weight = sorted(found, key=_weight, reverse=True)
    every = [(each.rewrite, each.stored) for each in by_weight]
    size = build.sizes.again(stage, run, every)
    if size.at_least and _is_crumb(found, known):
        return
    changed = build.layers.outermost(every)
    stores = build.layers.stored_again(run, changed)
    is_little = known.is_below(context.min_bytes)
    wrote = {each.stored.instruction.index: each.stored.instruction for each in found}
    first = sorted(wrote)[:MOST_TOLD]
    yield Finding(
        run,
        f"{stores} a second time in this layer",
        help=build.layers.way_out_of_changes(run, changed),
        fix=_fix(build, run, found),
        cost=build.sizes.cost_again(size, LARGE),
        related=tuple(Related(wrote[at], "wrote the files") for at in first),
        severity=_severity(found, size, is_little=is_little),
    )


def _is_crumb(found: Sequence[_Again], known: facts.Size) -> bool:
    """Tell whether what else is in the folders, of the base or a RUN, weighs more than what is
    known.
    """
    return all(each.rewrite.recursive for each in found) and known.is_below(SMALL)


def _weight(again: _Again) -> tuple[bool, int]:
    """Sort what a RUN installs or unpacks above what was copied."""
    stored = again.stored
    unknown = UNKNOWN * (not stored.is_of_scripts)
    return stored.how in _BROUGHT, again.size.bytes or unknown


def _severity(found: list[_Again], size: facts.Size, *, is_little: bool) -> Severity | None:
    if is_little:
        return Severity.INFO
    if size.least >= LARGE:
        return Severity.ERROR
    return None if any(map(_is_weighty, found)) else Severity.INFO


def _is_weighty(again: _Again) -> bool:
    """Tell whether it certainly matters: a folder that the context does not contain may not."""
    return again.stored.is_weighty and not again.size.is_below(SMALL)


def _each_once(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Again]:
    """Yield what commands store again, each thing once."""
    seen: set[tuple[int, frozenset[str]]] = set()
    for rewrite, path in build.layers.sure_rewrites(run):
        for again in _changed(build, stage, run, rewrite, path):
            key = (again.stored.instruction.index, again.sources)
            if key not in seen:
                seen.add(key)
                yield again
        folder = build.layers.brought_by_others(stage, run, rewrite, path)
        if folder is not None:
            yield _Again(rewrite, folder)


def _changed(
    build: Build, stage: facts.Stage, run: syntax.Run, rewrite: shell.Rewrite, path: str
) -> Iterator[_Again]:
    """Yield what a command changes of files from earlier layers."""
    layers = build.layers
    for stored in layers.left_near(stage, run, rewrite, path):
        part = layers.changed_part(rewrite, stored)
        size = build.sizes.stored(part, path)
        if layers.changes(run, rewrite, path, part) and not _is_trifle(rewrite, size):
            yield _Again(rewrite, stored, part.files_under(path), size, stored.is_all_under(path))


def _is_trifle(rewrite: shell.Rewrite, size: facts.Size) -> bool:
    """Tell whether it is a file, or a copied folder, too small to matter."""
    if rewrite.recursive and rewrite.how not in {"cp", "mv"}:
        return False
    return size.is_below(_LEAST.get(rewrite.how, SMALL))


def _fix(build: Build, run: syntax.Run, found: list[_Again]) -> fixes.Fix | None:
    """Set owner or mode in the COPYs, if one command changes everything that they store."""
    rewrite = found[0].rewrite
    if not all(again.rewrite is rewrite and again.is_all for again in found):
        return None
    return fixes.set_by_copies(build, run, rewrite, [each.stored for each in found])
