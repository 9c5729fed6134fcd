r"""A package manager's cache or index is left in a layer that is pushed.

What an install downloads is needed once. Left where the manager keeps it, it is a part of the layer
for good: a RUN below that deletes it makes the image no smaller. `apt-get update` leaves 17 MB of
lists, pip and npm keep each download beside what they unpacked from it. It is pushed again whenever
the install runs again.

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates \
        tini
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates \
        tini \
        && rm -rf /var/lib/apt/lists/*
```

```dockerfile bad
FROM python:3.12-slim
COPY requirements.txt .
RUN python -m pip install -r requirements.txt
RUN set -eux; \
    npm install -g serve@14.2.4; \
    serve --version
```

```dockerfile good
FROM python:3.12-slim
COPY requirements.txt .
RUN python -m pip install --no-cache-dir -r requirements.txt
RUN set -eux; \
    npm install -g serve@14.2.4; \
    npm cache clean --force; \
    serve --version
```

```dockerfile bad
FROM alpine:3.20
RUN apk add curl
```

```dockerfile good
FROM alpine:3.20
RUN apk add --no-cache curl
```

Where the builder keeps its mounts from build to build, a cache mount is as good, and later installs
are faster:

```dockerfile good
FROM python:3.12-slim
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
```

How sure: each manager is judged by itself in each RUN, in the order of its commands; a cleanup
before the install, or in a later RUN, is none. Stages whose layers are not pushed, or whose name
says that they are for tests, are left alone, unless a COPY --from takes the cache's folder out of
them. Libraries that a later step or the image's command may need from the cache (Go, Cargo, Maven,
Gradle, NuGet) are left alone, and caches whose files are hard links of the installed ones (pnpm).
So are managers that are known to be older than their cache, by the base image's tag: pip before 6
on Ubuntu 14.04 and Debian 8, Go before 1.10. The bytes are those of installs that were measured, or
not given. The fix is unsafe where a later script may install from the lists.

When not to follow it: where the image is meant to install more of the same, as a tool's own image
may be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    fix=fixes.Safety.SAFE,
    aliases=("DL3009", "DL3019", "DL3032", "DL3036", "DL3040", "DL3042", "DL3060"),
)

_BUILDERS = regex(r"(?:g?make|just|bazel|task)\Z|.*\.sh\Z")  # programs that may build with them
_ASKING = frozenset(("list", "test", "vet"))  # what go does only to say something
_GO_CACHE, _GO_MODULES = (
    (1, 10),
    (1, 16),
)  # since when it keeps what it built, and knows modules without being asked
_PIP_CONF = regex(r"(?<!-)no-cache-dir\s*=\s*(?!false|no|0)")
# Distributions whose python-pip is older than pip 6: it keeps nothing, and `--no-cache-dir` is an
# error to it.
_OLD_PIP = {"debian": (9,), "ubuntu": (14, 10)}
_NEWER_PIP = regex(r"get-pip|easy_install[\d.-]*\s.*\bpip\b")
_CLEANS = regex(rb"apt/lists|apt-get clean|clean all|cache clean|apk/\*|\.cache")


class _Left(NamedTuple):
    """What a RUN leaves of one manager; `commands` are those that surely leave something."""

    build: Build
    stage: facts.Stage
    run: syntax.Run
    cache: shell.CacheLeft
    commands: tuple[shell.Command, ...]

    @property
    def command(self) -> shell.Command:
        """The last of them, or the last that runs for certain."""
        return next((each for each in reversed(self.commands) if each.certain), self.commands[-1])


@rule.on(syntax.Run)
def left(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report what each manager leaves in a layer that is pushed."""
    build = context.build
    stage = build.stage_of(run)
    if stage is None:
        return
    shipped = build.shipped(stage) and not stage.is_for_tests
    if not shipped and not build.shipping.carried:
        return
    seen: set[str] = set()
    for cache in build.effects(run).of(shell.CacheLeft):
        if cache.manager in seen or cache.linked:
            continue
        found = _Left(build, stage, run, cache, cache.commands)
        found = found._replace(
            commands=tuple(each for each in cache.commands if _leaves(found, each))
        )
        carrier = None if shipped else build.shipping.carrier(stage, cache.path)
        if (
            (shipped or carrier)
            and _is_sure(found)
            and not _is_wanted(found)
            and not _is_cleaned_by_a_script(found)
        ):
            seen.add(cache.manager)
            related = (Related(carrier, "takes the folder into the image"),) if carrier else ()
            message = (
                f"{found.command.quoted} leaves its {_what(cache)}{_where(cache)}, which nothing in"
                " this RUN empties"
            )
            cost = _cost(found)
            light = cost and not cost.at_least and cost.weight < context.min_bytes
            severity = Severity.INFO if light else None
            yield Finding(
                run, message, fix=_fix(found), cost=cost, related=related, severity=severity
            )
    if shipped:
        yield from _inherited(build, stage, run)


def _what(cache: shell.CacheLeft) -> str:
    return cache.managed_by.cache(cache.kind).content


def _where(cache: shell.CacheLeft) -> str:
    located = cache.managed_by.cache(cache.kind).located
    if located:
        return f" {located}"
    likely = len(cache.paths) > 1 and cache.kind != "index"
    return f", most likely in {cache.path}" if likely else f" in {cache.path}"


def _inherited(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[Finding]:
    """Report the first install from lists that a RUN above fetched and left."""
    effects = build.effects(run)
    install = next(
        (each for each in effects.of(shell.Install) if each.manager == "apt" and each.packages),
        None,
    )
    if install is None or any(each.manager == "apt" for each in effects.of(shell.Refresh)):
        return
    lists, owner = None, run
    for step in build.chain(stage):
        earlier = step.instruction
        if earlier is run:
            break
        if isinstance(earlier, syntax.Run):
            others = build.effects(earlier, step.state)
            if any(each.manager == "apt" for each in others.of(shell.Refresh)):
                told = _installs(build, earlier)  # of that RUN itself
                lists = (
                    None
                    if told
                    else next(
                        (each for each in others.of(shell.CacheLeft) if each.manager == "apt"), None
                    )
                )
                owner = earlier
            elif _installs(build, earlier):
                lists = None
    if lists is not None and build.emptied(lists, effects) is None:
        message = (
            f"{install.command.quoted} uses the package lists that {lists.command.quoted} left in a"
            " layer of its own"
        )
        cost = Cost.stored(build.cache_bytes(stage, owner, lists))
        cost = cost and cost._replace(push_bytes=None)
        yield Finding(run, message, cost=cost, related=(Related(owner, "leaves the lists"),))


def _installs(build: Build, run: syntax.Run) -> bool:
    return any(
        each.manager == "apt" and each.packages for each in build.effects(run).of(shell.Install)
    )


def _leaves(found: _Left, command: shell.Command) -> bool:
    """Tell whether a command that may fill the cache surely leaves something in it."""
    if found.cache.manager == "go":
        return _fills_of_go(found, command)
    if found.cache.manager in {"pip", "uv"} and _takes_all_at_hand(found, command):
        return False
    return found.cache.manager != "pip" or not _is_old_pip(found, command)


def _is_sure(found: _Left) -> bool:
    """Tell whether the cache is surely filled, and nothing that was deleted may have been it after
    all.
    """
    cache, source = found.cache, found.build.dockerfile.source
    if not any(each.certain for each in found.commands) and not (
        cache.certain and found.commands == cache.commands
    ):
        return False
    if cache.manager == "pip" and _PIP_CONF.search(source.text):
        return False
    if not cache.managed_by.cache(cache.kind).below_version:
        return True
    deletes = found.build.effects(found.run).of(shell.Delete)
    return not any(_names_cache(each) for each in deletes)


def _names_cache(delete: shell.Delete) -> bool:
    """Tell whether a deletion may be that of a cache: by its path, or by what a `find` looks
    for.
    """
    return "cache" in (delete.names if delete.partial else delete.place.form)


def _fills_of_go(found: _Left, command: shell.Command) -> bool:
    """Tell whether Go keeps what it fetches (as modules), or what it builds, for later."""
    words = [word.form for word in command.args]
    version = found.build.version_of(found.stage, "golang")
    if words[:1] and words[0] in _ASKING:
        return False
    if found.cache.kind == "build":
        return (
            words[:1] != ["mod"] and "-d" not in words and (version is None or version >= _GO_CACHE)
        )
    switch = found.build.state(found.run).values.get("GO111MODULE") or command.assignments.get(
        "GO111MODULE"
    )
    asked = any("@" in word for word in words) or words[:1] == ["mod"] or switch == "on"
    return asked or (words[:1] != ["get"] and version is not None and version >= _GO_MODULES)


def _is_old_pip(found: _Left, command: shell.Command) -> bool:
    """Tell whether pip is the distribution's, from before it had a cache."""
    distribution = next(
        (name for name in _OLD_PIP if found.build.version_of(found.stage, name)), ""
    )
    if (
        not distribution
        or (found.build.version_of(found.stage, distribution) or ()) >= _OLD_PIP[distribution]
    ):
        return False
    packaged = False
    for step in found.build.chain(found.stage):
        if not isinstance(step.instruction, syntax.Run):
            continue
        if _NEWER_PIP.search(step.instruction.value.text):
            return False
        for each in found.build.effects(step.instruction, step.state).of(shell.Install):
            if each.command is command:
                return packaged
            names = {package.name for package in each.packages}
            if each.manager == "pip" and "pip" in names:
                return False
            packaged = packaged or (
                each.manager == "apt" and not names.isdisjoint(("python-pip", "python3-pip"))
            )
    return False


def _takes_all_at_hand(found: _Left, command: shell.Command) -> bool:
    """Tell whether it installs what was made with all that it needs, such as a folder's wheels."""
    alone = any(word.form == "--no-deps" for word in command.args)
    for each in found.build.effects(found.run).of(shell.Install):
        if each.command is command and not each.manifests:
            names = [package.name if package.kind == "path" else "" for package in each.packages]
            taken = ["*" in name or (alone and name.endswith(".whl")) for name in names]
            taken += [place.glob for place in each.projects]
            return (bool(taken) and all(taken)) or _finds_wheels(command)
    return _finds_wheels(command)


def _finds_wheels(command: shell.Command) -> bool:
    """Tell whether it is given a folder of wheels (`--find-links=/wheels`)."""
    words = [word.form for word in command.args]
    for word, after in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name in {"-f", "--find-links"} and "://" not in (value if equals else after):
            return True
    return False


def _is_wanted(found: _Left) -> bool:
    """Tell whether a later step, or the image's command, uses what is left."""
    build, manager = found.build, found.cache.manager
    if manager == "apt":
        if _installs(build, found.run):
            return False
        if any(
            each.manager == "apt" for each in build.effects(found.run).of(shell.Install)
        ):  # it upgrades
            return _is_needed(found)
        return any(
            isinstance(step.instruction, syntax.Run) and _installs(build, step.instruction)
            for step in build.shipping.later(found.run)
        )
    if manager == "yarn":
        return _plug_and_play(build)
    users = found.cache.managed_by.library_users
    return users != "" and _is_library(found, users)


def _is_library(found: _Left, programs: str) -> bool:
    """Tell whether a later step, or the image's command, builds or runs with the libraries in the
    cache.
    """
    build, manager = found.build, found.cache.manager
    installs = [
        each for each in build.effects(found.run).of(shell.Install) if each.manager == manager
    ]
    if not any(each.hidden or each.packages for each in installs):
        return True
    named = re.compile(rf"(?<![\w/.-])(?:\S*/)?(?:{programs})(?![\w-])")
    tools = all(
        each.command.args[:1] and each.command.args[0].raw == "install" for each in installs
    )
    steps = list(build.shipping.later(found.run))
    base = found.stage.outermost.image or ""
    if (
        found.cache.managed_by.starts_images
        and manager in base
        and not any(isinstance(s.instruction, syntax.Cmd | syntax.Entrypoint) for s in steps)
    ):
        return True
    for step in steps:
        later = step.instruction
        if isinstance(later, syntax.Run):
            effects = build.effects(later)
            if any(each.manager == manager for each in effects.of(shell.Install)):
                return True
            if not tools and any(
                _BUILDERS.match(each.command.word.form.rpartition("/")[2])
                for each in effects.of(shell.Unknown)
            ):
                return True
        elif isinstance(later, syntax.Cmd | syntax.Entrypoint) and named.search(
            later.value.text.replace('"', " ")
        ):
            return True
    return False


def _plug_and_play(build: Build) -> bool:
    """Tell whether Yarn may load modules from its cache: it does, unless told otherwise, from
    version 2 on.
    """
    for path, entry in build.context.entries.items():
        if path.endswith(".yarnrc.yml") and entry.kind == "file":
            return b"node-modules" not in build.context.read(path)
    return False


def _is_cleaned_by_a_script(found: _Left) -> bool:
    """Tell whether a script of the context, run by the same RUN, empties caches."""
    build = found.build
    for each in build.effects(found.run).of(shell.Unknown):
        name = each.command.word.form.rpartition("/")[2]
        names = {name, *(word.form.rpartition("/")[2] for word in each.command.args[:1])}
        if any(
            _CLEANS.search(build.context.read(path))
            for name in names
            for path in _scripts(build, name)
        ):
            return True
    return False


def _cost(found: _Left) -> Cost | None:
    return Cost.stored(found.build.cache_bytes(found.stage, found.run, found.cache))


def _fix(found: _Left) -> fixes.Fix | None:
    build, manager = found.build, found.cache.manager
    if not build.shipped(found.stage) or _is_needed(found):
        return None
    if manager == "pip" and found.commands != found.cache.commands:
        return None
    effects = build.effects(found.run)
    mine = [
        each
        for each in effects.items
        if isinstance(each, shell.Install | shell.Refresh) and each.manager == manager
    ]
    flag = found.cache.managed_by.no_cache
    if flag and not any(isinstance(each, shell.Refresh) for each in mine):
        return _keep_nothing(found, [each.command for each in mine], flag.name, flag.verbs)
    return _clean_up(found, mine)


def _keep_nothing(
    found: _Left, commands: list[shell.Command], flag: str, verbs: frozenset[str]
) -> fixes.Fix | None:
    """Give the flag that keeps the cache away to each command that has it not."""
    build, manager = found.build, found.cache.managed_by
    filling = [
        each for each in commands if not manager.keeps_no_cache(word.raw for word in each.args)
    ]
    words = [_verb(command.args, verbs) for command in filling]
    if not words or not all(words):
        return None
    edits = tuple(fixes.put_behind(build, found.run, word, flag) for word in words if word)
    return fixes.Fix(f"keep nothing: `{flag}`", edits, fixes.Safety.SAFE)


def _clean_up(found: _Left, mine: list[shell.Install | shell.Refresh]) -> fixes.Fix | None:
    """Empty the cache behind the last command that fills it, or the last script that may."""
    build, manager, command = found.build, found.cache.managed_by, found.command
    cleaning = manager.empties(command.word.raw)
    if not cleaning or not mine or _is_started(command, manager.launchers):
        return None
    if _is_fetched_for_nothing(found, mine):
        return None
    last = mine[-1].command
    scripts = [
        each.command
        for each in build.effects(found.run).of(shell.Unknown)
        if each.command.span.start > last.span.start
    ]
    edit = fixes.append_command(build, found.run, last, cleaning)
    is_safe = manager.name != "apt" or not _is_for_a_script(found)
    if manager.is_system and scripts:  # which may install more
        if not _is_in_loop(build, found.run, scripts[-1]):
            edit = fixes.append_command(build, found.run, scripts[-1], cleaning) or edit
        behind = edit is not None and edit.span.start > scripts[-1].span.start
        is_safe = is_safe and (behind or not any(_may_install(build, each) for each in scripts))
    if edit is None:
        return None
    safety = fixes.Safety.SAFE if is_safe else fixes.Safety.UNSAFE
    return fixes.Fix(f"run `{cleaning}` in the same RUN", (edit,), safety)


def _is_started(command: shell.Command, launchers: Container[str]) -> bool:
    """Tell whether the command's first argument is the program that fills the cache."""
    return command.name in launchers or command.name == "npx"  # which may start any program


def _is_in_loop(build: Build, run: syntax.Run, command: shell.Command) -> bool:
    return sum(each.span == command.span for each in build.script(run).commands) > 1


def _is_fetched_for_nothing(found: _Left, mine: list[shell.Install | shell.Refresh]) -> bool:
    """Tell whether nothing of the RUN can use the index that it fetches, which had better go than
    be cleaned up.
    """
    fetching = {id(each.command) for each in mine if isinstance(each, shell.Refresh)}
    programs = {each.command.name for each in mine}
    others = [each for each in found.build.script(found.run).commands if id(each) not in fetching]
    used = bool(found.build.effects(found.run).of(shell.Unknown)) or any(
        each.name in programs for each in others
    )
    return not used and not any(isinstance(each, shell.Install) for each in mine)


def _is_for_a_script(found: _Left) -> bool:
    """Tell whether a later RUN, before the index is fetched again, runs something that may install
    from it.
    """
    build = found.build
    for step in build.shipping.later(found.run):
        if isinstance(step.instruction, syntax.Run):
            for each in build.effects(step.instruction).items:
                if isinstance(each, shell.Refresh) and each.manager == "apt":
                    return False
                if isinstance(each, shell.Unknown) and _may_install(build, each.command):
                    return True
    return False


# What installs packages of the system, by its name. The scripts of PHP's images compile extensions.
_INSTALLERS = regex(
    r"(?<!docker-php-ext-)install|setup|bootstrap|provision|dep(?:s|endenc)|rosdep|gdebi|ansible|puppet|chef|salt"
)
_SHELLS = frozenset(("ash", "bash", "dash", "sh", "zsh"))


def _may_install(build: Build, command: shell.Command) -> bool:
    """Tell whether a script or another program may install packages from an index that is there."""
    names = [command.word.form]
    if command.name in _SHELLS:
        names = [word.form for word in command.args if not word.form.startswith("-")]
        if not names:
            return command.connector == "|"
    name = names[0].rpartition("/")[2]
    texts = [build.context.read(path) for path in _scripts(build, name)]
    if texts:
        return any(_INSTALLS.search(text) and not _UPDATES.search(text) for text in texts)
    return "$" in name or bool(_INSTALLERS.search(name)) or name.endswith((".sh", ".bash"))


_INSTALLS = regex(rb"\b(?:apt|apt-get|aptitude)\b[^\n]*\binstall\b")
_UPDATES = regex(rb"\b(?:apt|apt-get|aptitude)\b[^\n]*\bupdate\b")


def _scripts(build: Build, name: str) -> Iterator[str]:
    """Yield the files of the context that are called so, and are no larger than scripts are."""
    for path, entry in build.context.entries.items():
        if path.rpartition("/")[2] == name and entry.kind == "file" and entry.size < 1 << 16:
            yield path


def _verb(args: tuple[shell.ShellWord, ...], verbs: frozenset[str]) -> shell.ShellWord | None:
    return next((word for word in args if word.raw in verbs), None)


def _is_needed(found: _Left) -> bool:
    """Tell whether a RUN below installs from the index before it, or one between, fetches it
    anew.
    """
    build, run, manager = found.build, found.run, found.cache.manager
    if not found.cache.managed_by.needs_index:
        return False
    for stage in build.stages:
        chain = [(step.instruction, step.state) for step in build.chain(stage)]
        at = next(
            (at for at, (instruction, _) in enumerate(chain) if instruction is run), len(chain)
        )
        runs = ((each, state) for each, state in chain[at + 1 :] if isinstance(each, syntax.Run))
        items = (item for each, state in runs for item in build.effects(each, state).items)
        mine = (
            item
            for item in items
            if isinstance(item, shell.Install | shell.Refresh) and item.manager == manager
        )
        if isinstance(next(mine, None), shell.Install):
            return True
    return False
