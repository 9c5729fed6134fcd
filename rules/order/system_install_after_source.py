r"""Packages of the distribution are installed below a COPY that they don't need, and again with
each of its changes.

The layer of an `apt-get install` or `apk add` is among the largest of an image and among those that
change least. Below a COPY of the project's own files it loses its cache with each of their changes:
the packages are fetched again, get new times, and the whole layer is uploaded with the next push.
Above the COPY it is uploaded once.

```context
requirements.txt: flask==3.0.3\n
shop/web.py 4kB
```

```dockerfile bad
FROM python:3.12-slim
WORKDIR /app
COPY shop ./shop
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
CMD ["tini", "python", "-m", "shop.web"]
```

```dockerfile good
FROM python:3.12-slim
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY shop ./shop
CMD ["tini", "python", "-m", "shop.web"]
```

A RUN that begins with such an install and goes on to work on the source can be split:

```dockerfile bad
FROM alpine:3.20
COPY . /src
RUN apk add --no-cache python3 && python3 /src/shop/web.py --check
```

```dockerfile good
FROM alpine:3.20
RUN apk add --no-cache python3
COPY . /src
RUN python3 /src/shop/web.py --check
```

How sure: an install reads what its RUN names up to it; keys, package lists and packages that were
copied to where package managers look for them are taken for read. Packages that the RUN removes
again are there for the rest of it alone and may stay. What a COPY takes counts as changing where
git's last hundred commits show it, or, without them, where it holds source code or a list of
dependencies; what is built in another stage from a copy of the whole context changes with that.
Where the install's layer is not part of the image, it is an info.

The fix moves a RUN that does nothing else; it is safe where only settings and copies to other
folders are crossed.

When not to follow it: where the packages are to be renewed with each change of the source.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)


@rule.on(syntax.Run)
def late_install(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN whose system packages would stand better above a COPY."""
    build = context.build
    stage = build.stage_of(run)
    if (
        stage is None
        or stage.index not in build.built_stages
        or next(_above(build, stage, run), None) is None
    ):
        return
    effects = build.effects(run)
    install = next(
        (
            each
            for each in effects.of(shell.Install)
            if facts.is_system_manager(each.manager) and not each.upgrade
        ),
        None,
    )
    if (
        install is None
        or not install.command.certain
        or not _by_name(install)
        or _passes(effects, install)
    ):
        return
    before = _commands_up_to(build, run, install)
    for step, transfer in _above(build, stage, run):
        why = _changes(build, step, transfer)
        if why and not _reads(build, run, step, transfer, before):
            yield _finding(build, run, install, _Cause(transfer, why))
            return


def _above(
    build: Build, stage: facts.Stage, run: syntax.Run
) -> Iterator[tuple[facts.Step, syntax.Transfer]]:
    """Yield the COPYs and ADDs above a RUN; those of a base that is built for itself, too, stand
    apart from it.
    """
    own = [stage]
    while (
        not _ADDS_TOOLS.search(stage.name or "")
        and own[-1].base
        and _only_base_of(build, own[-1].base)
    ):
        own.append(own[-1].base)
    for step in build.chain(stage):
        if step.instruction is run:
            return
        if isinstance(step.instruction, syntax.Transfer) and step.stage in own:
            yield step, step.instruction


_ADDS_TOOLS = regex(
    r"dev|debug|test|lint|ci\b"
)  # a stage that puts its own tools on a finished one


def _only_base_of(build: Build, base: facts.Stage) -> bool:
    is_image = any(
        isinstance(each, syntax.Cmd | syntax.Entrypoint) for each in base.instructions
    )  # one that is started for itself
    return (
        not is_image
        and base not in build.targets
        and sum(each.base is base for each in build.stages) == 1
    )


def _by_name(install: shell.Install) -> bool:
    """Tell whether all packages come from the index by names that stand here: a file was copied, or
    made of what was.

    What xargs adds has no word of its own.
    """
    return bool(install.packages) and all(
        each.kind == "index" and each.word.raw for each in install.packages
    )


def _passes(effects: shell.Effects, install: shell.Install) -> bool:
    """Tell whether the RUN takes the packages out again: they are there for the rest of it
    alone.
    """
    gone = {
        package.name
        for each in effects.of(shell.Remove)
        if each.manager == install.manager
        for package in each.packages
    }
    return bool(gone & {install.group, *(package.name for package in install.packages)}) or any(
        "$" in name for name in gone
    )


def _changes(build: Build, step: facts.Step, transfer: syntax.Transfer) -> str | None:
    """Tell how often what a COPY or ADD takes is another one; None where it hardly changes."""
    if isinstance(transfer, syntax.Copy) and transfer.from_:
        return (
            "every change of the source" if _is_built_from_source(build, step, transfer) else None
        )
    arrival = build.arrivals.of(step, transfer)
    if arrival is None:
        return None
    if not arrival.known:
        names = [word.text.rstrip("/").rpartition("/")[2] for word in transfer.sources]
        if arrival.whole:
            return "every change of the source"
    else:
        change = build.volatile_files(arrival.sources)
        if change or build.history:
            return change
        names = list(arrival.sources)
    listed = next((name for name in sorted(names) if facts.is_dependency_list(name)), None)
    return f"every change of {listed.rpartition('/')[2]}" if listed else None


def _is_built_from_source(build: Build, step: facts.Step, copy: syntax.Copy) -> bool:
    """Tell whether a COPY takes from a stage what is made there of a copy of the context.

    A copy in a base that both stages stand on is above all that either does: no order in this one
    helps.
    """
    name = (copy.from_ or "").lower()
    source = next(
        (each for each in reversed(build.stages[: step.stage.index]) if each.name == name), None
    )
    if source is None and name.isdecimal() and int(name) < step.stage.index:
        source = build.stages[int(name)]
    if source is None or any(_SETTLED.match(word.text.strip("\"'")) for word in copy.sources):
        return False
    found = build.arrivals
    taken = {step.state.expand(word.text) for word in copy.sources}
    made_before: frozenset[str] = frozenset()
    shared = list(step.stage.ancestors())
    for each in build.chain(source):
        if isinstance(each.instruction, syntax.Run):
            made_before |= build.effects(each.instruction, each.state).mentions & taken
        elif each.stage in shared:
            continue
        elif (
            isinstance(each.instruction, syntax.Transfer) and each.instruction.flag("from") is None
        ):
            arrival = found.of(each, each.instruction)
            if arrival and (
                arrival.whole or (arrival.known and build.volatile_files(arrival.sources))
            ):
                return any(
                    path is None or arrival.under(path) or path not in made_before for path in taken
                )
    return False


# What stages hand on of their own installation, not of the project: certificates, time zones,
# users, libraries, tools.
_SETTLED = regex(
    r"/(?:etc|usr|lib|lib64|bin|sbin|opt|var|root|home/\w+/\.)(?:/|$)|.*(?:node_modules|site-packages|venv|/recipe\.json)/?$"
)
_CONFIGURES = regex(
    r"/(?:etc/(?:ap[tk]|yum|dnf|zypp|pacman|pki|rpm|ssl|ca-certificates|resolv|hosts|nsswitch|passwd|group|os-release)"
    r"|usr/share/keyrings|usr/local/share/ca-certificates|var/cache|var/lib|run/)"
)
_PREPARES = regex(r"repo|\bapt|yum|dnf|apk|zypp|key|sources?\.list|prereq|\bdep", re.IGNORECASE)


def _reads(
    build: Build,
    run: syntax.Run,
    step: facts.Step,
    transfer: syntax.Transfer,
    before: list[shell.Command],
) -> bool:
    """Tell whether the install may need what a COPY brings: by name, as a setting, or through what
    is made of it.
    """
    arrival = build.arrivals.of(step, transfer)
    destination = (
        arrival.destination
        if arrival
        else step.state.expand(transfer.destination.text if transfer.destination else "/")
    )
    places = list(arrival.files) if arrival and arrival.known else []
    if destination is None or any(_CONFIGURES.match(place) for place in [destination, *places]):
        return True
    if not places and destination in {"/", "/etc", "/usr", "/var"}:
        return True
    state = build.state(run)
    if any(build.names_below(command, state.workdir, destination, places) for command in before):
        return True
    unknown = {each.command.span for each in build.effects(run).of(shell.Unknown)}
    if any(command.span in unknown and command.connector != "|" for command in before):
        return True
    return any(
        _PREPARES.search(other.value.text) and build.effects(other).of(shell.Unknown)
        for other in _between(build, step, run)
    )


def _between(build: Build, step: facts.Step, run: syntax.Run) -> Iterator[syntax.Run]:
    for instruction in build.dockerfile.instructions[step.instruction.index + 1 : run.index]:
        if isinstance(instruction, syntax.Run) and build.stage_of(instruction) in {
            step.stage,
            build.stage_of(run),
        }:
            yield instruction


def _commands_up_to(build: Build, run: syntax.Run, install: shell.Install) -> list[shell.Command]:
    commands = list(build.script(run).commands)
    at = next(
        (at for at, command in enumerate(commands) if command.span == install.command.span),
        len(commands) - 1,
    )
    return commands[: at + 1]


class _Cause(NamedTuple):
    """The COPY above, and how often it is another one."""

    transfer: syntax.Transfer
    why: str


def _finding(build: Build, run: syntax.Run, install: shell.Install, cause: _Cause) -> Finding:
    stage = build.stage_of(run)
    shipped = stage is not None and build.shipped(stage)
    effect = "installed and uploaded" if shipped else "installed"
    often = f"at {cause.why}" if cause.why.startswith("every") else f"after {cause.why}"
    copy = _short(cause.transfer)
    cost = Cost.pushed(build.layer_bytes(stage, run)) if stage and shipped else None
    names = [package.name for package in install.packages]
    listed = names[0] if len(names) == 1 else f"{names[0]} with {len(names) - 1} more"
    return Finding(
        run,
        f"{listed} is {effect} again {often}, since it stands below `{copy}`, of which it needs"
        " nothing",
        cost=cost,
        fix=_fix(build, stage, run, cause.transfer) if stage else None,
        related=(Related(cause.transfer, "changes more often than the packages"),),
        severity=None if shipped else Severity.INFO,
    )


def _short(transfer: syntax.Transfer) -> str:
    text = " ".join(f"{transfer.name} {transfer.value.text}".split())
    return text if len(text) <= MAX_WORDS else f"{text[:MAX_WORDS]}…"


MAX_WORDS = 40  # characters of an instruction that a message quotes
_PURE = (
    shell.Refresh,
    shell.Install,
    shell.Clean,
    shell.Delete,
    shell.Create,
    shell.CacheLeft,
    shell.CacheKept,
    shell.Rewrite,
    shell.Remove,
    shell.Fetch,
)


def _fix(
    build: Build, stage: facts.Stage, run: syntax.Run, transfer: syntax.Transfer
) -> fixes.Fix | None:
    """Move a RUN that only installs above the COPY, where what it crosses says nothing to it."""
    effects = build.effects(run)
    own = all(isinstance(each, _PURE) for each in effects.items) and effects.known
    if (
        not own
        or transfer not in stage.instructions
        or any(mount.type == "bind" for mount in run.mounts)
    ):
        return None
    if any(not facts.is_system_manager(each.manager) for each in effects.of(shell.Install)):
        return None
    crossed = [each for each in stage.instructions if transfer.index <= each.index < run.index]
    if _goes_on_to_read(build, stage, run, crossed):
        return None
    makes_files = any(
        isinstance(each, shell.Create | shell.Rewrite | shell.Fetch | shell.Delete)
        for each in effects.items
    )
    moved_folder = any(
        isinstance(each, syntax.Workdir) for each in crossed
    )  # relative paths would lead elsewhere
    if not fixes.crosses_settings(crossed, run) or (makes_files and moved_folder):
        return None
    runs = [each for each in crossed if isinstance(each, syntax.Run)]
    if runs and (not effects.of(shell.Refresh) or any(_sets_sources(build, each) for each in runs)):
        return None  # the index, or the address of its mirror, may come from one of those
    safe = all(_is_apart(build, each) for each in crossed)
    edits = fixes.move_before(build.dockerfile.source, [run], transfer)
    return fixes.Fix(
        "install the packages first", edits, fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE
    )


def _sets_sources(build: Build, run: syntax.Run) -> bool:
    """Tell whether a RUN names where package managers look for mirrors and keys."""
    return any(_SOURCES.match(path) for path in build.effects(run).mentions)


_SOURCES = regex(
    r"/etc/(?:ap[tk]|yum|dnf|zypp|pacman|pki|rpm)|/usr/(?:local/)?share/(?:keyrings|ca-certificates)"
)


def _goes_on_to_read(
    build: Build, stage: facts.Stage, run: syntax.Run, crossed: list[syntax.Instruction]
) -> bool:
    """Tell whether a command of a RUN, before or behind its install, may need what a COPY or ADD
    brings.
    """
    commands = list(build.script(run).commands)
    return any(
        _reads(build, run, step, step.instruction, commands)
        for step in build.steps(stage)
        if isinstance(step.instruction, syntax.Transfer) and step.instruction in crossed
    )


def _is_apart(build: Build, crossed: syntax.Instruction) -> bool:
    """Tell whether what an instruction does and what a package manager does cannot meet."""
    if isinstance(crossed, syntax.Transfer):
        place = crossed.destination and build.expand(crossed, crossed.destination.text)
        path = build.state(crossed).resolve(place)
        return path is not None and path != "/" and not _SYSTEM.match(path)
    return not isinstance(crossed, syntax.Run)


_SYSTEM = regex(r"/(?:bin|boot|dev|etc|lib\w*|proc|root|run|sbin|sys|usr|var)(?:/|$)")
