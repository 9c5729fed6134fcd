r"""An archive stays in a layer beside what was unpacked from it.

The bytes are pushed twice, packed and unpacked. ADD unpacks a local tar archive without storing it,
a bind mount shows it to the RUN that needs it, a download can be piped into `tar`, or deleted by
the RUN that made it.

```context
model.zip 5MB
```

```dockerfile bad
FROM debian:12.5-slim
COPY model.zip /tmp/model.zip
RUN unzip /tmp/model.zip -d /opt/model
```

```dockerfile good
FROM debian:12.5-slim
RUN --mount=type=bind,source=model.zip,target=/tmp/model.zip unzip /tmp/model.zip -d /opt/model
```

```dockerfile bad
FROM debian:12.5-slim
WORKDIR /opt
RUN curl -fsSLO https://example.com/tool-1.2.3.tar.gz && tar -xzf tool-1.2.3.tar.gz
```

```dockerfile good
FROM debian:12.5-slim
WORKDIR /opt
RUN curl -fsSLO https://example.com/tool-1.2.3.tar.gz && tar -xzf tool-1.2.3.tar.gz && rm tool-1.2.3.tar.gz
```

```dockerfile good
FROM debian:12.5-slim
WORKDIR /opt
RUN curl -fsSL https://example.com/tool-1.2.3.tar.gz | tar -xz
```

How sure: certain where one command writes the file, another unpacks that very file, and no command
of the RUN that stored it deletes it. The bytes are known where the archive comes from the build
context.

When not to follow it: where the archive is wanted packed, too.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.UNSAFE)

_REPLACES = regex(r"(?:gzip|pigz|bzip2|xz|zstd|gunzip|bunzip2|unxz|unzstd|uncompress|unlzma)$")


@rule.on(syntax.Run)
def downloaded(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report downloads that are unpacked, and kept."""
    build = context.build
    stage = build.stage_of(run)
    if stage is None or not build.shipped(stage) or stage.is_for_tests:
        return
    kept = {fetch.output: fetch for fetch in _kept(build, run) if fetch.output}
    effects = build.effects(run)
    extracts = {
        place: [each for each in effects.of(shell.Extract) if _is_of(each, place.form)]
        for place in kept
    }
    unpacked = {place: found[-1] for place, found in extracts.items() if found}
    if unpacked:
        first, *rest = unpacked
        many = f" and {len(rest)} more are" if rest else " is"
        message = (
            f"`{_name(first)}`{many} unpacked by this RUN and stay{'' if rest else 's'} in its"
            " layer, too"
        )
        deleted = (each for each in effects.of(shell.Delete) if each.command.name == "rm")
        missed = [each for each in deleted if _name(each.place) == _name(first)]
        related = tuple(
            Related(each, "deletes nothing: it runs in another folder") for each in missed
        )
        fix = None if missed else _fix(build, run, unpacked)
        yield Finding(kept[first].command, message, fix=fix, related=related)
        return
    for place, fetch in kept.items():
        user = _unpacker(build, run, place.form)
        if user is not None:
            message = f"`{_name(place)}` is unpacked by line {user.line} and stays in this layer"
            yield Finding(fetch.command, message, related=(Related(user, "unpacks it"),))
            return


def _kept(build: Build, run: syntax.Run) -> Iterator[shell.Fetch]:
    """Yield the downloads of a RUN that it does not delete."""
    for fetch in build.effects(run).of(shell.Fetch):
        place = fetch.output
        # the folder that is entered by a variable's value is likely one that is deleted whole
        if (
            place
            and fetch.command.certain
            and fetch.command.cwd is not None
            and not _is_gone(build, run, place)
        ):
            yield fetch


@rule.on(syntax.Transfer)
def copied(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report archives that are copied, and unpacked by a later RUN."""
    build = context.build
    stage = build.stage_of(transfer)
    if stage is None or not build.shipped(stage) or stage.is_for_tests:
        return
    step: facts.Step | None = next(
        (each for each in build.steps(stage) if each.instruction is transfer), None
    )
    if step is None or not _later_runs(build, transfer):
        return
    for stored in build.storage.of(step):
        files = stored.arrival.files if stored.arrival is not None else {}
        for path in files or ([stored.path or stored.form] if not stored.tree else []):
            user = _unpacker(build, transfer, path)
            if user is not None:
                size = stored.bytes_of(frozenset((files[path],))) if path in files else None
                cost = None if size is None else Cost.modelled(size, size)
                message = (
                    f"`{path.rpartition('/')[2]}` is unpacked by line {user.line} and stays in this"
                    " layer"
                )
                yield Finding(transfer, message, cost=cost, related=(Related(user, "unpacks it"),))
                return


def _fix(
    build: Build, run: syntax.Run, unpacked: Mapping[shell.Place, shell.Extract]
) -> fixes.Fix | None:
    """Delete each archive right behind the last command that unpacks it, where nothing below names
    it again.
    """
    edits = [_deletion(build, run, extract) for extract in unpacked.values()]
    found = tuple(edit for edit in edits if edit is not None)
    return (
        fixes.Fix("delete it once it is unpacked", found, fixes.Safety.UNSAFE)
        if len(found) == len(edits)
        else None
    )


def _deletion(build: Build, run: syntax.Run, extract: shell.Extract) -> fixes.Edit | None:
    commands = build.script(run).commands
    rest = commands[next(at for at, each in enumerate(commands) if each is extract.command) + 1 :]
    name = _name(extract.archive) if extract.archive else ""
    word = next(
        (word for word in extract.command.args if word.form.rpartition("/")[2] == name), None
    )
    below = [step.instruction.value.text for step in build.shipping.later(run)]
    if (
        word is None
        or any(name in text for text in below)
        or any(name in each.form for c in rest for each in c.args)
    ):
        return None
    return fixes.append_command(build, run, extract.command, f"rm {word.raw}")


def _is_of(extract: shell.Extract, form: str) -> bool:
    """Tell whether it unpacks that file; gzip and its like replace theirs, unless they are told to
    keep it.
    """
    archive = extract.archive
    same = archive is not None and form in {archive.form, archive.rooted}
    return same and not _REPLACES.search(extract.command.name)


def _name(place: shell.Place) -> str:
    return place.form.rpartition("/")[2]


def _is_gone(build: Build, run: syntax.Run, place: shell.Place) -> bool:
    found = build.effects(run).of(shell.Delete)
    if not build.is_stored(run, place.form):
        return True
    if place.path is None:
        return any(
            facts.within(place.form, each.place.form) or _may_match(each, place) for each in found
        )
    return any(shell.deletes(each, place.path) or each.place.form == place.form for each in found)


def _may_match(delete: shell.Delete, place: shell.Place) -> bool:
    """Tell whether a pattern may stand for a name that holds a variable, or is in a folder that is
    not known.
    """
    folder, _, pattern = delete.place.form.rpartition("/")
    own, _, name = place.form.rpartition("/")
    if not delete.place.glob:
        return False
    same = own.startswith("?") or folder == own or (pattern == "*" and facts.within(own, folder))
    return same and (name.startswith("$") or fnmatchcase(name, pattern))


def _later_runs(build: Build, instruction: syntax.Transfer | syntax.Run) -> bool:
    later = build.shipping.later(instruction)
    return any(
        isinstance(step.instruction, syntax.Run) and _unpacks(step.instruction) for step in later
    )


def _unpacks(run: syntax.Run) -> bool:
    text = run.value.text
    return bool(run.heredocs) or any(
        word in text for word in ("tar", "zip", "unxz", "7z", "xz", "bunzip", "jar")
    )


def _unpacker(
    build: Build, instruction: syntax.Transfer | syntax.Run, form: str
) -> syntax.Run | None:
    """Return the first RUN on top of `instruction` that unpacks the file and may well leave it."""
    for step in build.shipping.later(instruction):
        if isinstance(step.instruction, syntax.Run) and _unpacks(step.instruction):
            for each in build.effects(step.instruction, step.state).of(shell.Extract):
                if _is_of(each, form) and each.command.certain:
                    return step.instruction
    return None
