r"""Changing the owner, mode or name of files in a later layer than their own stores them a second
time, whole.

A layer holds whole files. `chown -R` on what a COPY above has brought doubles it: the first copy
stays in the COPY's layer, the second goes into the RUN's, and both are pushed at each change. COPY
and ADD set owner and mode by themselves (`--chown`, `--chmod`); what a RUN writes can be given its
owner by that same RUN.

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

The folder alone costs nothing: its owner is an entry without content.

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

How sure: a step above, in the same chain of layers, is seen to have written the files. What the
base image brought is not looked at, since nobody knows its size. The bytes are known where the
files come from the build context; a finding of less than `min-bytes` is an info, one of more than
10 MiB an error, and a folder that the context does not hold (one that a build is to make) an info.
Not reported are changes of folders without `-R`, files of the same RUN, an owner or mode that the
COPY gives already, commands that may not run, and a single file of less than 64 kiB. The fix is
safe where it gives a single file its mode.

When not to follow it: where the owner is known only after something else ran.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)

LARGE = 10 << 20  # bytes from which on it is an error
SMALL = 1 << 16  # bytes of a single file that nobody misses
_MENTION = regex(
    r"\b(?:chmod|chown|chgrp|setfacl|setcap|mv|cp|sed|perl|strip|dos2unix|upx|patchelf|touch)\b"
)


class _Again(NamedTuple):
    """Something stored that a command stores again: `sources` are files of the context."""

    rewrite: shell.Rewrite
    stored: facts.Stored
    sources: frozenset[str] = frozenset()
    size: facts.Size = facts.Size.unknown()


@rule.on(syntax.Run)
def stored_again(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN that stores files of the layers above it again."""
    if not _MENTION.search(run.value.text) and not run.heredocs:
        return
    build = context.build
    stage = build.shipped_stage(run)
    if stage is None:
        return
    found = list(_again(build, stage, run))
    if not found:
        return
    size = build.sizes.again(stage, run, [each.rewrite for each in found])
    heaviest = max(found, key=lambda each: each.size.bytes)
    rewrite, line = heaviest.rewrite, heaviest.stored.instruction.line
    changed = " that it changes"
    if rewrite.how in {"cp", "mv"}:
        changed = ""
    wrote = {each.stored.instruction.index: each.stored.instruction for each in found}
    yield Finding(
        run,
        f"`{rewrite.how}` stores what line {line} wrote a second time: {rewrite.command.quoted}"
        f" copies every file{changed} into this layer",
        fix=_fix(build, run, found),
        cost=Cost.stored(size),
        related=tuple(Related(wrote[index], "wrote the files") for index in sorted(wrote)),
        severity=_severity(found, size),
    )


def _severity(found: list[_Again], size: facts.Size) -> Severity | None:
    if size.whole is not None and size.whole >= LARGE:
        return Severity.ERROR
    if any(map(_is_weighty, found)):
        return None
    return Severity.INFO


def _is_weighty(again: _Again) -> bool:
    """Tell whether it is surely no trifle: a folder that the context does not hold may be one."""
    arrival = again.stored.arrival
    if arrival is None or arrival.known:
        return True
    return arrival.whole or not again.stored.tree


def _again(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Again]:
    """Yield what the commands of `run` store again, each thing once."""
    seen: set[tuple[int, frozenset[str]]] = set()
    for rewrite, path in _rewrites(build, run):
        for again in _changed(build, stage, run, rewrite, path):
            key = (again.stored.instruction.index, again.sources)
            if key not in seen:
                seen.add(key)
                yield again
        yield from _packaged(build, stage, run, rewrite, path)


def _rewrites(build: Build, run: syntax.Run) -> Iterator[tuple[shell.Rewrite, str]]:
    """Yield the commands that are sure to change all files at a path, made by layers above."""
    effects = build.effects(run)
    for rewrite in filter(_is_sure, effects.of(shell.Rewrite)):
        path = rewrite.place.rooted
        if path is None:
            continue
        if rewrite.place.glob:
            continue
        if not effects.make(path):
            yield rewrite, path


def _is_sure(rewrite: shell.Rewrite) -> bool:
    match rewrite:
        case shell.Rewrite(how="touch"):
            return False
        case shell.Rewrite(how="strip", recursive=True):  # which changes programs alone
            return False
    return rewrite.command.certain and rewrite.only in {"", "f"}


def _changed(
    build: Build, stage: facts.Stage, run: syntax.Run, rewrite: shell.Rewrite, path: str
) -> Iterator[_Again]:
    """Yield what a command changes of what was stored above its RUN."""
    for stored in build.storage.before(stage, run):
        if not build.layers.changes(rewrite, path, stored):
            continue
        if build.layers.gives_already(rewrite, stored):
            continue
        if stored.how in {"install", "stage"}:
            yield _Again(rewrite, stored, size=build.sizes.stored(stored))
            continue
        files = stored.files_under(path)
        size = stored.bytes_of(files) if files else None
        if not _is_small(rewrite, size):
            yield _Again(rewrite, stored, files, facts.Size.modelled(size))


def _is_small(rewrite: shell.Rewrite, size: int | None) -> bool:
    """Tell whether it is a file, or a folder's copy, that nobody misses."""
    if size is None or size >= SMALL:
        return False
    return rewrite.how == "cp" or not rewrite.recursive


def _packaged(
    build: Build, stage: facts.Stage, run: syntax.Run, rewrite: shell.Rewrite, path: str
) -> Iterator[_Again]:
    """Yield a folder that packages of the system have brought in a RUN above."""
    if not rewrite.recursive:
        return
    folder = build.storage.packaged(stage, run, path)
    if folder is not None:
        yield _Again(rewrite, folder)


def _fix(build: Build, run: syntax.Run, found: list[_Again]) -> fixes.Fix | None:
    """Let the COPYs set owner or mode, where one command changes all of what they brought."""
    rewrite = found[0].rewrite
    for again in found:
        arrival = again.stored.arrival
        if again.rewrite is not rewrite:
            return None
        if arrival is not None and arrival.known and again.sources != arrival.sources:
            return None
    return fixes.set_by_copies(build, run, rewrite, [each.stored for each in found])
