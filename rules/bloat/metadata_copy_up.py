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

import re
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)

LARGE = 10 << 20  # bytes from which on it is an error
_MENTION = regex(
    r"\b(?:chmod|chown|chgrp|setfacl|setcap|mv|cp|sed|perl|strip|dos2unix|upx|patchelf|touch)\b"
)
_HEAVY = frozenset(("clone", "fetch", "install", "stage", "unpack"))
_WEIGHTY = regex(
    r"\.(?:t?[gx]z|tar|tbz2?|bz2|zst|zip|deb|rpm|apk|whl|[jew]ar|iso|7z|exe|so[\d.]*)\Z"
)
# What is small by its name: scripts, settings, certificates, starters.
_LIGHT = regex(
    r"\A/etc/(?!.*\.jar\Z)|\.(?:sh|bash|py|pl|conf|cfg|list|txt|md|json|ya?ml|toml|ini|asc|gpg|key|pem|crt)\Z"
    r"|(?:entrypoint|init|start|run|tini|wait|certs|certificates)[^/]*\Z"
)
SMALL = 1 << 16  # bytes of a single file that nobody misses
_OCTAL = regex(r"0?[0-7]{3,4}")
_EXECUTABLE = regex(r"([ugo]*|a)\+x")
_EXECUTE = {"u": 0o100, "g": 0o010, "o": 0o001, "a": 0o111}
_RECURSIVE = frozenset(("-R", "--recursive"))


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
    stage = build.stage_of(run)
    if stage is None or not build.shipped(stage):
        return
    found = list(_again(build, stage, run))
    if not found:
        return
    size = build.again_bytes(stage, run, [each.rewrite for each in found])
    large = size.whole is not None and size.whole >= LARGE
    severity = Severity.ERROR if large else None if any(map(_is_weighty, found)) else Severity.INFO
    heaviest = max(found, key=lambda each: each.size.bytes)
    lines = {each.stored.instruction.index: each.stored.instruction for each in found}
    what = f"`{heaviest.rewrite.how}` stores what {_source(heaviest.stored)} wrote"
    changed = "" if heaviest.rewrite.how in {"cp", "mv"} else " that it changes"
    message = (
        f"{what} a second time: {heaviest.rewrite.command.quoted} copies every file{changed} into"
        " this layer"
    )
    related = tuple(Related(lines[index], "wrote the files") for index in sorted(lines))
    cost, fix = Cost.stored(size), _fix(build, run, found)
    yield Finding(run, message, fix=fix, cost=cost, related=related, severity=severity)


def _is_weighty(again: _Again) -> bool:
    """Tell whether it is surely no trifle: a folder that the context does not hold may be one."""
    arrival = again.stored.arrival
    return arrival is None or arrival.known or arrival.whole or not again.stored.tree


def _source(stored: facts.Stored) -> str:
    return f"line {stored.instruction.line}"


def _again(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Again]:
    rewrites = [each for each in build.effects(run).of(shell.Rewrite) if _counts(each)]
    if not rewrites:
        return
    above = list(build.storage.before(stage, run))
    seen: set[tuple[int, frozenset[str]]] = set()
    for rewrite in rewrites:
        path = rewrite.place.rooted
        if path is None or rewrite.place.glob:
            continue
        made_here = [each.place.path for each in build.effects(run).of(shell.Create) if each.tree]
        if any(place is not None and facts.within(path, place) for place in made_here):
            continue
        for stored in above:
            again = _touched(rewrite, path, stored)
            if again is not None and stored.how in {"install", "stage"}:
                again = again._replace(size=build.stored_bytes(stored))
            if again is not None and not _is_equal(build, rewrite, stored):
                key = (stored.instruction.index, again.sources)
                if key not in seen:
                    seen.add(key)
                    yield again
        yield from _packaged(build, stage, run, rewrite, path)


def _counts(rewrite: shell.Rewrite) -> bool:
    """Tell whether it is sure to change files, and all of them; `strip` changes programs alone."""
    sure = rewrite.how != "touch" and not (rewrite.how == "strip" and rewrite.recursive)
    return sure and rewrite.command.certain and rewrite.only in {"", "f"}


def _touched(rewrite: shell.Rewrite, path: str, stored: facts.Stored) -> _Again | None:
    """Return what of `stored` the command changes."""
    if stored.arrival is not None and not stored.arrival.known:
        return _Again(rewrite, stored) if _touches_unseen(rewrite, path, stored) else None
    if stored.arrival is not None:
        files = stored.files_under(path) if rewrite.recursive else _exactly(stored, path)
        size = stored.bytes_of(files) if files else None
        small = (rewrite.how == "cp" or not rewrite.recursive) and size is not None and size < SMALL
        if not files or small:
            return None
        return _Again(rewrite, stored, files, facts.Size.modelled(size))
    if stored.how not in _HEAVY or stored.path is None or _LIGHT.search(stored.path):
        return None
    if not rewrite.recursive and _is_program(stored, path):
        return _Again(rewrite, stored)
    same = stored.path == path and (rewrite.recursive or not stored.tree)
    return (
        _Again(rewrite, stored)
        if same or (rewrite.recursive and facts.within(stored.path, path))
        else None
    )


def _touches_unseen(rewrite: shell.Rewrite, path: str, stored: facts.Stored) -> bool:
    """Tell whether a command changes something of weight that was copied, as far as names tell: it
    is not there now.
    """
    if stored.path is None or not (
        facts.within(stored.path, path) if rewrite.recursive else stored.path == path
    ):
        return False
    if stored.tree:
        return rewrite.recursive and rewrite.how != "cp" and not _LIGHT.search(stored.path)
    return _WEIGHTY.search(stored.path) is not None


def _is_program(stored: facts.Stored, path: str) -> bool:
    """Tell whether a COPY --from took `path`, a file: a folder would leave its name behind, and
    none stands in /bin.
    """
    copy = stored.instruction
    if stored.how != "stage" or not isinstance(copy, syntax.Transfer) or _LIGHT.search(path):
        return False
    folder, _, name = path.rpartition("/")
    if all(word.text.strip("\"'").rpartition("/")[2] != name for word in copy.sources):
        return False
    return stored.path == folder or (stored.path == path and folder.endswith(("/bin", "/sbin")))


def _exactly(stored: facts.Stored, path: str) -> frozenset[str]:
    source = stored.arrival.files.get(path) if stored.arrival else None
    return frozenset((source,)) if source is not None else frozenset()


def _is_equal(build: Build, rewrite: shell.Rewrite, stored: facts.Stored) -> bool:
    """Tell whether the COPY gives the files that owner or mode already."""
    instruction = stored.instruction
    if not isinstance(instruction, syntax.Transfer) or rewrite.value is None:
        return False
    if rewrite.how == "chmod":
        mode = build.expand(instruction, instruction.chmod) if instruction.chmod else None
        return mode is not None and mode.lstrip("0") == rewrite.value.lstrip("0")
    if rewrite.how != "chown":
        return False
    given = (
        build.expand(instruction, instruction.chown) if instruction.chown else None
    ) or "root:root"
    user, _, group = (
        re.sub(r"\b0\b", "root", each) for each in rewrite.value.replace(".", ":").partition(":")
    )
    own_user, _, own_group = (re.sub(r"\b0\b", "root", each) for each in given.partition(":"))
    return user in {"", own_user} and group in {"", own_group or own_user}


def _packaged(
    build: Build, stage: facts.Stage, run: syntax.Run, rewrite: shell.Rewrite, path: str
) -> Iterator[_Again]:
    """Yield a folder below /opt that a system package of that name has brought in a RUN above."""
    name = path.rpartition("/")[2]
    created = (each.place.path for each in build.effects(run).of(shell.Create))
    if (
        not rewrite.recursive
        or path != f"/opt/{name}"
        or any(place and facts.within(place, path) for place in created)
    ):
        return
    for step in build.chain(stage):
        if step.instruction is run:
            return
        if isinstance(step.instruction, syntax.Run):
            for install in build.effects(step.instruction, step.state).of(shell.Install):
                if any(name in package.name.split("-") for package in install.packages):
                    yield _Again(rewrite, _installed(build, step.instruction, path))
                    return


def _installed(build: Build, run: syntax.Run, path: str) -> facts.Stored:

    return facts.Stored(
        run, path, path, tree=True, how="install", text=build.dockerfile.source[run.span]
    )


def _fix(build: Build, run: syntax.Run, found: list[_Again]) -> fixes.Fix | None:
    """Let the COPYs set owner or mode, where the RUN does nothing else."""
    rewrite = found[0].rewrite
    file = _single_file(found)
    value, how = _octal(rewrite.value or "$", file), rewrite.how
    single = (
        len(build.script(run).commands) == 1
        and run.json is None
        and all(e.rewrite is rewrite for e in found)
    )
    told = how == "chown" or (
        how == "chmod" and _OCTAL.fullmatch(value) and build.options.builder != "classic"
    )
    spared = _spared(build, run, found)
    if not single or not told or "$" in value or not spared or not _wrote_all(build, run, found):
        return None
    edits = []
    for copy in {each.stored.instruction.index: each.stored.instruction for each in found}.values():
        if (
            not isinstance(copy, syntax.Transfer)
            or copy.flag(how)
            or not _fits(build, run, copy, how, value)
        ):
            return None
        edits.append(
            fixes.Edit(
                fixes.Span(copy.keyword.span.end, copy.keyword.span.end),
                f" --{how}={value.replace('.', ':')}",
            )
        )
    safe = file is not None and how == "chmod" and not rewrite.recursive
    return fixes.Fix(
        f"`--{how}` where it is copied",
        (*edits, *spared),
        fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE,
    )


def _changes_more(build: Build, run: syntax.Run, found: list[_Again]) -> bool:
    """Tell whether the command changes what steps other than the COPYs have brought, which would
    keep its owner.
    """
    rewrite, covered = found[0].rewrite, {each.stored.instruction.index for each in found}
    stage, path = build.stage_of(run), rewrite.place.rooted
    above = build.storage.before(stage, run) if stage and path and rewrite.recursive else ()
    return any(
        each.instruction.index not in covered
        and _is_below(each, path or "/")
        and not _is_equal(build, rewrite, each)
        for each in above
    )


def _is_below(stored: facts.Stored, path: str) -> bool:
    if stored.arrival is not None and stored.arrival.known:
        return bool(stored.files_under(path))
    folder_alone = stored.how == "make" and stored.path == path
    return stored.path is not None and facts.within(stored.path, path) and not folder_alone


def _wrote_all(build: Build, run: syntax.Run, found: list[_Again]) -> bool:
    """Tell whether the COPYs wrote all that the RUN changes, as far as can be seen, and nothing
    else.
    """
    rewrite, stage = found[0].rewrite, build.stage_of(run)
    path = rewrite.place.rooted
    arrivals = [(each, each.stored.arrival) for each in found]
    if (
        stage is None
        or path is None
        or any(a and a.known and each.sources != a.sources for each, a in arrivals)
    ):
        return False
    if not rewrite.recursive:
        return True
    if _changes_more(build, run, found):
        return False
    above = (step for step in build.chain(stage) if step.instruction.index < run.index)
    return not build.base_may_hold(path) and not any(build.may_write(step, path) for step in above)


def _single_file(found: list[_Again]) -> facts.Entry | None:
    """Return the file of the context that is all that the only COPY brings."""
    arrival = found[0].stored.arrival if len(found) == 1 else None
    selection = arrival.selection if arrival else None
    if selection is None or len(selection.entries) != 1 or selection.archives:
        return None
    entry = selection.entries[0].entry
    return entry if entry.kind == "file" else None


def _octal(value: str, file: facts.Entry | None) -> str:
    """Write a mode that adds the right to execute (`+x`, `u+x`) as the number that it comes to for
    `file`.
    """
    adds = _EXECUTABLE.fullmatch(value)
    if adds is None or file is None:
        return value
    return f"{file.mode | sum(_EXECUTE[who] for who in set(adds[1]) or {'a'}):o}"


def _spared(build: Build, run: syntax.Run, found: list[_Again]) -> tuple[fixes.Edit, ...]:
    """Return edits that leave of the RUN what the COPYs can't do: the folder's own owner, or
    nothing.
    """
    rewrite, copy = found[0].rewrite, found[0].stored.instruction
    args = rewrite.command.args
    operands = [word for word in args if not word.raw.startswith("-")]
    if len(operands) != len(("mode", "file")):
        return ()
    if not rewrite.recursive:
        return fixes.fold(build.dockerfile.source, run, copy)
    recursive = next((word for word in args if word.raw in _RECURSIVE), None)
    if recursive is None or rewrite.how == "chmod":
        return ()
    start, end = recursive.span
    return (
        fixes.Edit(
            fixes.Span(start, end + (build.dockerfile.source.text[end : end + 1] == " ")), ""
        ),
    )


def _fits(build: Build, run: syntax.Run, copy: syntax.Instruction, flag: str, value: str) -> bool:
    """Tell whether the COPY may say it: in the stage of the RUN, and with users that are there
    before it.
    """
    if build.stage_of(copy) is not build.stage_of(run):
        return False
    if flag == "chmod" or re.fullmatch(r"\d+(?::\d+)?", value):
        return True
    between = build.dockerfile.instructions[copy.index + 1 : run.index]
    return not any(
        each.place.path == "/etc/passwd"
        for i in between
        if isinstance(i, syntax.Run)
        for each in build.effects(i).of(shell.Create)
    ) and not value.endswith(":")
