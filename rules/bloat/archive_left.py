r"""An archive stays in the layer next to the files that were unpacked from it.

## What it does

Finds archives that a later `RUN` unpacks, and downloads that their own `RUN` unpacks or, as
packages of the distribution, installs without deleting them. Programs that carry what they install
in themselves count as well: installers of Conda, CMake and Bazel, and `.run` files. It also finds
folders that a `RUN` unpacks or clones, installs from, and leaves.

## Why is this bad?

The image contains the same bytes twice, packed and unpacked, and both are pushed and pulled.
Deleting the archive in a later `RUN` frees no space. A local tar archive can be unpacked by `ADD`,
which does not store it. A bind mount shows any other archive to the `RUN` that needs it. A download
can be piped into `tar`, or deleted by the `RUN` that fetched it.

**Measured:** dlint's model of the first example counts 5 MB of `model.zip` in every push of this
layer.

## Example

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

```dockerfile bad
FROM debian:12.5-slim
RUN curl -fsSLo tool-1.2.3.deb https://example.com/tool-1.2.3.deb && dpkg -i tool-1.2.3.deb
```

```dockerfile good
FROM debian:12.5-slim
RUN curl -fsSLo tool-1.2.3.deb https://example.com/tool-1.2.3.deb && dpkg -i tool-1.2.3.deb && rm tool-1.2.3.deb
```

```dockerfile bad
FROM debian:12.5-slim
RUN curl -fsSLo tool-1.2.3.run https://example.com/tool-1.2.3.run && sh tool-1.2.3.run --quiet
```

```dockerfile good
FROM debian:12.5-slim
RUN curl -fsSLo tool-1.2.3.run https://example.com/tool-1.2.3.run && sh tool-1.2.3.run --quiet && rm tool-1.2.3.run
```

```dockerfile good
FROM debian:12.5-slim
WORKDIR /opt
RUN curl -fsSL https://example.com/tool-1.2.3.tar.gz | tar -xz
```

A source tree serves nothing after `make install`:

```dockerfile bad
FROM debian:12.5
RUN curl -fsSL https://example.com/tool-1.2.3.tar.gz | tar -xz -C /tmp && cd /tmp/tool-1.2.3 && make install
```

```dockerfile good
FROM debian:12.5
RUN curl -fsSL https://example.com/tool-1.2.3.tar.gz | tar -xz -C /tmp && cd /tmp/tool-1.2.3 && make install && rm -rf /tmp/tool-1.2.3
```

## How sure

Certain when one command writes the file, another unpacks or installs that same file, and no command of its
`RUN` deletes it. A package (`.deb`, `.rpm`, `.apk`) that a later `RUN` installs counts as well, but not one
that only names a repository. The size is known when the archive comes from the build context. The fix is
unsafe: it assumes that nothing outside the Dockerfile reads the archive. `bloat/late-cleanup`
reports an archive that a later `RUN` deletes. A folder counts when `make install`, `ninja install`,
`cmake --install` or a copy takes from it what is wanted, and no other instruction names it. It is
an info where a later `RUN` deletes it before the last image takes all with `COPY --from=… / /`.

## When not to follow it

Keep the archive when the image needs it packed as well.

## Options

None.

## References

- [`ADD`: local tar archives](https://docs.docker.com/reference/dockerfile/#adding-local-tar-archives)
- [`RUN --mount=type=bind`](https://docs.docker.com/reference/dockerfile/#run---mounttypebind)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from itertools import dropwhile, islice
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, listed, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dlint import Build, Context

    _Used = Mapping[shell.Place, shell.Command]

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=((shell.Extract | shell.Fetch | shell.Clone, syntax.Add),),
    fix=fixes.Safety.UNSAFE,
)

_HELP = "download and {} it in one `RUN`, and delete it there"
_HELP_FOR_COPY = "unpack it with `RUN --mount=type=bind`, which stores nothing"


@rule.on(syntax.Run)
def downloaded(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report downloads that are unpacked and kept, and folders that are installed from."""
    build = context.build
    if build.shipped_stage(run) is None:
        return
    kept = dict(build.downloads.kept(run))
    used: dict[str, dict[shell.Place, shell.Command]] = {}
    for place, fetch in kept.items():
        if use := build.downloads.used_up(run, place, fetch):
            used.setdefault(use[0], {})[place] = use[1]
    trees = build.downloads.trees_left(run) if used else ()
    beside = {each.name: each.command for each in trees if not each.where}
    for done, found in islice(used.items(), 1):
        archive = _used_here(build, run, kept, found, done)
        yield _with_folders(archive, beside) if beside else archive
    yield from _trees_left(build, run, beside)
    for place, fetch in kept.items() if not used else ():
        if below := build.downloads.used_up_below(run, place, fetch):
            yield _used_below(fetch.command, place, below[1], below[0])
            return


def _trees_left(build: Build, run: syntax.Run, told: Collection[str]) -> Iterator[Finding]:
    """Report the folders that a RUN installs from and leaves: those that nothing looks for in
    another folder as one.
    """
    for trees in build.downloads.trees_alike(run, told):
        first, *more = trees
        names, paths = (each.name for each in trees), tuple(each.path for each in trees)
        stay = f"and {len(more)} more stay" if more else "stays"
        what = f"{first.command.quoted} installs from {first.name}"
        yield Finding(
            first.command,
            f"{what}, but that folder {stay} in the layer as well",
            help=_MISSED.format(first.where) if first.where else _DELETE.format(listed(names, 4)),
            severity=Severity.INFO if build.layers.is_not_released(run, paths) else None,
        )


def _with_folders(archive: Finding, beside: Mapping[str, shell.Command]) -> Finding:
    """Tell of the folders that stay beside an archive, too: no fix deletes those."""
    told = (f"the folder {name}, which {by.quoted} installs from" for name, by in beside.items())
    return archive._replace(
        message=f"{archive.message}, like {listed([*told])}",
        help=f"{archive.help}, and {listed(beside)} as well",
        fix=None,
    )


def _used_below(
    at: shell.Command | syntax.Add, place: shell.Place, user: syntax.Run, done: str
) -> Finding:
    verb = _VERBS[done]
    return Finding(
        at,
        f"`{_name(place)}` is {done} by line {user.line}, but stays in this layer",
        related=(Related(user, f"{verb}s it"),),
        help=_HELP.format(verb),
    )


_VERBS = {"unpacked": "unpack", "installed": "install", "started": "start"}
_DELETE = "delete {} in the same `RUN`"
_MISSED = "give `rm` the path where it is: the one in this `RUN` looks in {}"


@rule.on(syntax.Add)
def added(add: syntax.Add, context: Context) -> Iterator[Finding]:
    """Report packages that an ADD downloads and a later RUN installs."""
    build = context.build
    if build.shipped_stage(add) is None:
        return
    for stored in build.storage.made(add):
        if stored.how == "fetch" and not stored.tree:
            place = shell.Place(stored.path, stored.form)
            if user := build.downloads.installer_below(add, place):
                yield _used_below(add, place, user, "installed")
                return


@rule.on(syntax.Transfer)
def copied(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report archives that are copied and unpacked by a later RUN."""
    build = context.build
    if build.shipped_stage(transfer) is None:
        return
    if not build.downloads.may_be_unpacked_below(transfer):
        return
    is_copy = isinstance(transfer, syntax.Copy)
    for stored, path in _copied_files(build, transfer):
        user = build.downloads.unpacker_below(transfer, path)
        if user is not None:
            name = path.rpartition("/")[2]
            yield Finding(
                transfer,
                f"`{name}` is unpacked by line {user.line}, but stays in this layer",
                help=_HELP_FOR_COPY if is_copy else _HELP.format("unpack"),
                cost=_cost(stored, path),
                related=(Related(user, "unpacks it"),),
            )
            return


def _cost(stored: facts.Stored, path: str) -> Cost | None:
    if stored.arrival is None or path not in stored.arrival.files:
        return None
    size = stored.bytes_of(frozenset((stored.arrival.files[path],)))
    return None if size is None else Cost.modelled(size, size)


def _used_here(
    build: Build, run: syntax.Run, kept: Mapping[shell.Place, shell.Fetch], used: _Used, done: str
) -> Finding:
    first, *rest = used
    many, stay = (f" and {len(rest)} more are", "stay") if rest else (" is", "stays")
    missed = [
        each
        for each in build.effects(run).of(shell.Delete)
        if each.command.name == "rm" and _name(each.place) == _name(first)
    ]
    where = [each.place.form.rpartition("/")[0] or "another folder" for each in missed]
    subject = f"the archive{'s' * bool(rest)}" if done == "unpacked" else "them" if rest else "it"
    return Finding(
        kept[first].command,
        f"`{_name(first)}`{many} {done} by this `RUN`, but {stay} in its layer as well",
        help=_MISSED.format(where[0]) if where else _DELETE.format(subject),
        fix=None if missed else _fix(build, run, used),
        related=tuple(Related(each, "deletes nothing: it looks elsewhere") for each in missed),
    )


def _name(place: shell.Place) -> str:
    return place.form.rpartition("/")[2]


def _fix(build: Build, run: syntax.Run, used: _Used) -> fixes.Fix | None:
    """Delete each file after the last command that uses it, if nothing later names it."""
    edits = []
    for place, command in used.items():
        edit = _deletion(build, run, command, _name(place))
        if edit is None:
            return None
        edits.append(edit)
    return fixes.Fix("delete the file after that", tuple(edits), fixes.Safety.UNSAFE)


def _deletion(build: Build, run: syntax.Run, last: shell.Command, name: str) -> fixes.Edit | None:
    for word in (last.word, *last.args):
        if word.form.rpartition("/")[2] == name:
            if _is_named_again(build, run, last, name):
                return None
            return fixes.append_command(build, run, last, f"rm {word.raw}")
    return None


def _is_named_again(build: Build, run: syntax.Run, last: shell.Command, name: str) -> bool:
    """Tell whether a later command of the RUN or a later instruction names the file."""
    behind = dropwhile(lambda each: each is not last, build.script(run).commands)
    for command in islice(behind, 1, None):
        if any(name in word.form for word in command.args):
            return True
    return any(name in step.instruction.value.text for step in build.shipping.later(run))


def _copied_files(build: Build, transfer: syntax.Transfer) -> Iterator[tuple[facts.Stored, str]]:
    """Yield the files that a COPY or ADD stores, by their paths in the image."""
    for stored in build.storage.made(transfer):
        files = stored.arrival.files if stored.arrival else ()
        for path in files:
            yield stored, path
        if not files and not stored.tree:
            yield stored, stored.path or stored.form
