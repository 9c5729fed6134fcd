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

How sure: a step above, in the same chain of layers, is seen to have written the files. Of what the
base image brought only folders are looked at that are as good as all of it, such as /opt/conda in
images of Conda. The bytes are known where the files come from the build context; a finding of less
than `min-bytes` is an info, one of more than 10 MiB an error, and a folder that the context does
not hold (one that a build is to make) an info. Not reported are changes of folders without `-R`,
files of the same RUN, commands that may not run, and a single file of less than 1 kB. An owner or
mode that the COPY gives already is an info: Docker's graphdriver store keeps every file once more
all the same, BuildKit over containerd's store does not (both tried on Docker 26.1.5). The fix is
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
SMALL = 1 << 16  # bytes of a single file that hardly anybody misses
MOST_TOLD = 20  # of the instructions whose files are stored again
TRIFLE = 1000  # bytes that are not worth a word
_MENTION = regex(
    r"\b(?:chmod|chown|chgrp|setfacl|setcap|mv|cp|sed|perl|strip|dos2unix|upx|patchelf|touch)\b"
)


class _Again(NamedTuple):
    """Something stored that a command stores again: `sources` are files of the context, and
    `same` tells that nothing about them changes.
    """

    rewrite: shell.Rewrite
    stored: facts.Stored
    sources: frozenset[str] = frozenset()
    size: facts.Size = facts.Size.unknown()
    same: bool = False


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
    wrote = {each.stored.instruction.index: each.stored.instruction for each in found}
    told = sorted(wrote)[:MOST_TOLD]
    is_stored = build.layers.stores_again or not heaviest.same
    yield Finding(
        run,
        _told(heaviest),
        help=_remedy(heaviest),
        fix=_fix(build, run, found),
        cost=Cost.stored(size) if is_stored else None,
        related=tuple(Related(wrote[index], "wrote the files") for index in told),
        severity=_severity(found, size),
    )


def _told(again: _Again) -> str:
    line, command = again.stored.instruction.line, again.rewrite.command.quoted
    if again.same:
        return (
            f"{command} sets what line {line} already sets, but Docker's graphdriver store keeps"
            " every file a second time"
        )
    whose = "files of the base image in" if again.stored.how == "base" else "the files of"
    return f"{command} stores {whose} line {line} a second time in this layer"


def _remedy(again: _Again) -> str:
    """Say how the files need not be stored twice."""
    how, brought = again.rewrite.how, again.stored.instruction
    if again.same:
        return "remove it"
    if again.stored.how == "base":
        return "change them in the base image, or only those that must change"
    if isinstance(brought, syntax.Transfer) and how in _FLAGS:
        return f"use `{brought.name} {_FLAGS[how]}`"
    return f"do it in line {brought.line}, which stores them first"


_FLAGS = {"chown": "--chown", "chgrp": "--chown", "chmod": "--chmod"}


def _severity(found: list[_Again], size: facts.Size) -> Severity | None:
    if size.whole is not None and size.whole >= LARGE:
        return Severity.ERROR
    if any(map(_is_weighty, found)):
        return None
    return Severity.INFO


def _is_weighty(again: _Again) -> bool:
    """Tell whether it is surely no trifle: a folder that the context does not hold may be one."""
    size = again.size.whole
    if again.same or (size is not None and size < SMALL):
        return False
    return again.stored.is_weighty


def _again(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Again]:
    """Yield what the commands of `run` store again, each thing once; what stays as it is only where
    nothing else is.
    """
    found = list(_each_once(build, stage, run))
    changed = [again for again in found if not again.same]
    return iter(changed or found)


def _each_once(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Again]:
    seen: set[tuple[int, bool, frozenset[str]]] = set()
    for rewrite, path in build.layers.sure_rewrites(run):
        for again in _changed(build, stage, run, rewrite, path):
            key = (again.stored.instruction.index, again.same, again.sources)
            if key not in seen:
                seen.add(key)
                yield again
        yield from _packaged(build, stage, run, rewrite, path)


def _changed(
    build: Build, stage: facts.Stage, run: syntax.Run, rewrite: shell.Rewrite, path: str
) -> Iterator[_Again]:
    """Yield what a command changes of what was stored above its RUN."""
    for stored in build.storage.near(stage, run, path):
        if not build.layers.changes(rewrite, path, stored):
            continue
        same = build.layers.gives_already(rewrite, stored)
        if stored.how in {"install", "stage"}:
            yield _Again(rewrite, stored, size=build.sizes.stored(stored), same=same)
            continue
        files = stored.files_under(path)
        size = stored.bytes_of(files) if files else None
        if not _is_trifle(rewrite, size):
            yield _Again(rewrite, stored, files, facts.Size.modelled(size), same)


def _is_trifle(rewrite: shell.Rewrite, size: int | None) -> bool:
    """Tell whether it is a file, or a folder's copy, that nobody misses."""
    if size is None:
        return False
    if rewrite.how == "cp":
        return size < SMALL
    return size < TRIFLE and not rewrite.recursive


def _packaged(
    build: Build, stage: facts.Stage, run: syntax.Run, rewrite: shell.Rewrite, path: str
) -> Iterator[_Again]:
    """Yield a folder that the base, a system package or an installer has brought whole."""
    if not rewrite.recursive:
        return
    folder = build.layers.brought_by_others(stage, run, path)
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
