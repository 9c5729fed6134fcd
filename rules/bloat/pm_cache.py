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

from dlint import (
    CacheLeft,
    Cmd,
    Cost,
    Delete,
    Entrypoint,
    Finding,
    Fix,
    Install,
    Refresh,
    Related,
    Rule,
    Run,
    Safety,
    Severity,
    Unknown,
    append_command,
    cache_bytes,
    emptied,
    is_system_manager,
    put_behind,
    regex,
    said,
    shipping,
    version_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Command, Context, ShellWord, Stage

rule = Rule(
    __name__,
    __doc__,
    fix=Safety.SAFE,
    aliases=("DL3009", "DL3019", "DL3032", "DL3036", "DL3040", "DL3042", "DL3060"),
)

# The flag that keeps the cache away, put behind the subcommand's word.
_FLAGS = {
    "pip": ("--no-cache-dir", frozenset(("install", "wheel", "download"))),
    "apk": ("--no-cache", frozenset(("add",))),
    "uv": ("--no-cache", frozenset(("install", "sync", "add"))),
    "poetry": ("--no-cache", frozenset(("install", "sync", "update"))),
}
# The command that empties it. `{}` is the manager's own name as the RUN writes it.
_COMMANDS = {
    "apt": "rm -rf /var/lib/apt/lists/*",
    "apk": "rm -rf /var/cache/apk/*",
    "dnf": "{} clean all",
    "zypper": "{} clean --all",
    "npm": "{} cache clean --force",
    "yarn": "{} cache clean",
    "composer": "{} clear-cache",
    "conda": "{} clean --all --yes",
}
_STARTERS = frozenset(("corepack", "npx", "php"))  # whose first argument is the manager
# Their caches hold what is built and run, not only what was installed; and the programs that use
# them.
_LIBRARIES = {
    "cabal": "cabal",
    "cargo": "cargo",
    "dotnet": "dotnet (?:run|watch|test|build)",
    "go": "go",
    "gradle": "gradlew?",
    "lein": "lein",
    "maven": "mvn[wd]?",
    "mix": "mix",
    "opam": "opam|dune|ocaml",
    "sbt": "sbt",
    "stack": "stack",
}
_BUILDERS = regex(r"(?:g?make|just|bazel|task)\Z|.*\.sh\Z")  # programs that may build with them
_STARTED = frozenset(
    ("gradle", "lein", "maven", "sbt")
)  # what the images of that name start, if told nothing else
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
_GEMS = frozenset(
    ("bundler", "gem")
)  # whose cache stands in a folder that is named after Ruby's version
_CLEANS = regex(rb"apt/lists|apt-get clean|clean all|cache clean|apk/\*|\.cache")


class _Left(NamedTuple):
    """What a RUN leaves of one manager; `commands` are those that surely leave something."""

    build: Build
    stage: Stage
    run: Run
    cache: CacheLeft
    commands: tuple[Command, ...]

    @property
    def command(self) -> Command:
        """The last of them, or the last that runs for certain."""
        return next((each for each in reversed(self.commands) if each.certain), self.commands[-1])


@rule.on(Run)
def left(run: Run, context: Context) -> Iterator[Finding]:
    """Report what each manager leaves in a layer that is pushed."""
    build = context.build
    stage = build.stage_of(run)
    if stage is None:
        return
    shipped = build.shipped(stage) and not stage.is_for_tests
    if not shipped and not build.fact(shipping).carried:
        return
    seen: set[str] = set()
    for cache in build.effects(run).of(CacheLeft):
        if cache.manager in seen or cache.linked:
            continue
        found = _Left(build, stage, run, cache, cache.commands)
        found = found._replace(
            commands=tuple(each for each in cache.commands if _leaves(found, each))
        )
        carrier = None if shipped else build.fact(shipping).carrier(stage, cache.path)
        if (
            (shipped or carrier)
            and _is_sure(found)
            and not _is_wanted(found)
            and not _is_cleaned_by_a_script(found)
        ):
            seen.add(cache.manager)
            related = (Related(carrier, "takes the folder into the image"),) if carrier else ()
            message = (
                f"{said(found.command)} leaves its {_what(cache)}{_where(cache)}, which nothing in"
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


def _what(cache: CacheLeft) -> str:
    if cache.kind == "index":
        return "package lists" if cache.manager == "apt" else "index"
    return "build cache" if cache.kind == "build" else "downloads"


def _where(cache: CacheLeft) -> str:
    """Say where it is: each of the programs that are called dnf or yum has had several folders."""
    if cache.manager in _GEMS:
        return " in the `cache` folder of the gems"
    if cache.manager == "dnf":
        return " below /var/cache"
    likely = len(cache.paths) > 1 and cache.kind != "index"
    return f", most likely in {cache.path}" if likely else f" in {cache.path}"


def _inherited(build: Build, stage: Stage, run: Run) -> Iterator[Finding]:
    """Report the first install from lists that a RUN above fetched and left."""
    effects = build.effects(run)
    install = next(
        (each for each in effects.of(Install) if each.manager == "apt" and each.packages), None
    )
    if install is None or any(each.manager == "apt" for each in effects.of(Refresh)):
        return
    lists, owner = None, run
    for step in build.chain(stage):
        earlier = step.instruction
        if earlier is run:
            break
        if isinstance(earlier, Run):
            others = build.effects(earlier, step.state)
            if any(each.manager == "apt" for each in others.of(Refresh)):
                told = _installs(build, earlier)  # of that RUN itself
                lists = (
                    None
                    if told
                    else next(
                        (each for each in others.of(CacheLeft) if each.manager == "apt"), None
                    )
                )
                owner = earlier
            elif _installs(build, earlier):
                lists = None
    if lists is not None and emptied(lists, effects) is None:
        message = (
            f"{said(install.command)} uses the package lists that {said(lists.command)} left in a"
            " layer of its own"
        )
        cost = Cost.stored(cache_bytes(build, stage, owner, lists))
        cost = cost and cost._replace(push_bytes=None)
        yield Finding(run, message, cost=cost, related=(Related(owner, "leaves the lists"),))


def _installs(build: Build, run: Run) -> bool:
    return any(each.manager == "apt" and each.packages for each in build.effects(run).of(Install))


def _leaves(found: _Left, command: Command) -> bool:
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
    deletes = found.build.effects(found.run).of(Delete)
    return cache.manager not in _GEMS or not any(_names_cache(each) for each in deletes)


def _names_cache(delete: Delete) -> bool:
    """Tell whether a deletion may be that of a cache: by its path, or by what a `find` looks
    for.
    """
    return "cache" in (delete.names if delete.partial else delete.place.form)


def _fills_of_go(found: _Left, command: Command) -> bool:
    """Tell whether Go keeps what it fetches (as modules), or what it builds, for later."""
    words = [word.form for word in command.args]
    version = version_of(found.stage, "golang")
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


def _is_old_pip(found: _Left, command: Command) -> bool:
    """Tell whether pip is the distribution's, from before it had a cache."""
    distribution = next((name for name in _OLD_PIP if version_of(found.stage, name)), "")
    if not distribution or (version_of(found.stage, distribution) or ()) >= _OLD_PIP[distribution]:
        return False
    packaged = False
    for step in found.build.chain(found.stage):
        if not isinstance(step.instruction, Run):
            continue
        if _NEWER_PIP.search(step.instruction.value.text):
            return False
        for each in found.build.effects(step.instruction, step.state).of(Install):
            if each.command is command:
                return packaged
            names = {package.name for package in each.packages}
            if each.manager == "pip" and "pip" in names:
                return False
            packaged = packaged or (
                each.manager == "apt" and not names.isdisjoint(("python-pip", "python3-pip"))
            )
    return False


def _takes_all_at_hand(found: _Left, command: Command) -> bool:
    """Tell whether it installs what was made with all that it needs, such as a folder's wheels."""
    alone = any(word.form == "--no-deps" for word in command.args)
    for each in found.build.effects(found.run).of(Install):
        if each.command is command and not each.manifests:
            names = [package.name if package.kind == "path" else "" for package in each.packages]
            taken = ["*" in name or (alone and name.endswith(".whl")) for name in names]
            taken += [place.glob for place in each.projects]
            return (bool(taken) and all(taken)) or _finds_wheels(command)
    return _finds_wheels(command)


def _finds_wheels(command: Command) -> bool:
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
            each.manager == "apt" for each in build.effects(found.run).of(Install)
        ):  # it upgrades
            return _is_needed(build, found.run, "apt")
        return any(
            isinstance(step.instruction, Run) and _installs(build, step.instruction)
            for step in build.fact(shipping).later(found.run)
        )
    if manager == "yarn":
        return _plug_and_play(build)
    return manager in _LIBRARIES and _is_library(found, _LIBRARIES[manager])


def _is_library(found: _Left, programs: str) -> bool:
    """Tell whether a later step, or the image's command, builds or runs with the libraries in the
    cache.
    """
    build, manager = found.build, found.cache.manager
    installs = [each for each in build.effects(found.run).of(Install) if each.manager == manager]
    if not any(each.hidden or each.packages for each in installs):
        return True
    named = re.compile(rf"(?<![\w/.-])(?:\S*/)?(?:{programs})(?![\w-])")
    tools = all(
        each.command.args[:1] and each.command.args[0].raw == "install" for each in installs
    )
    steps = list(build.fact(shipping).later(found.run))
    base = found.stage.outermost.image or ""
    if (
        manager in _STARTED
        and manager in base
        and not any(isinstance(s.instruction, Cmd | Entrypoint) for s in steps)
    ):
        return True
    for step in steps:
        later = step.instruction
        if isinstance(later, Run):
            effects = build.effects(later)
            if any(each.manager == manager for each in effects.of(Install)):
                return True
            if not tools and any(
                _BUILDERS.match(each.command.word.form.rpartition("/")[2])
                for each in effects.of(Unknown)
            ):
                return True
        elif isinstance(later, Cmd | Entrypoint) and named.search(
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
    for each in build.effects(found.run).of(Unknown):
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
    return Cost.stored(cache_bytes(found.build, found.stage, found.run, found.cache))


def _fix(found: _Left) -> Fix | None:
    build, manager, command = found.build, found.cache.manager, found.command
    if not build.shipped(found.stage) or _is_needed(build, found.run, manager):
        return None
    if manager == "pip" and found.commands != found.cache.commands:
        return None
    effects = build.effects(found.run)
    mine = [
        each
        for each in effects.items
        if isinstance(each, Install | Refresh) and each.manager == manager
    ]
    flag, verbs = _FLAGS.get(manager, ("", frozenset()))
    if flag and not any(isinstance(each, Refresh) for each in mine):
        filling = [each.command for each in mine if not _keeps_nothing(each.command, flag)]
        words = [_verb(command.args, verbs) for command in filling]
        if words and all(words):
            edits = tuple(put_behind(build, found.run, word, flag) for word in words if word)
            return Fix(f"keep nothing: `{flag}`", edits, Safety.SAFE)
        return None
    cleaning = _COMMANDS.get(manager, "").format(command.word.raw)
    if (
        not cleaning
        or not mine
        or command.name in _STARTERS
        or _is_fetched_for_nothing(found, mine)
    ):
        return None
    last = mine[-1].command
    scripted = manager == "apt" and _is_for_a_script(found)
    scripts = [
        each.command for each in effects.of(Unknown) if each.command.span.start > last.span.start
    ]
    edit, safety = append_command(build, found.run, last, cleaning), Safety.SAFE
    if is_system_manager(manager) and scripts:  # which may install more
        if not _is_in_loop(build, found.run, scripts[-1]):
            edit = append_command(build, found.run, scripts[-1], cleaning) or edit
        behind = edit is not None and edit.span.start > scripts[-1].span.start
        safety = (
            Safety.SAFE
            if behind or not any(_may_install(build, each) for each in scripts)
            else Safety.UNSAFE
        )
    return (
        Fix(f"run `{cleaning}` in the same RUN", (edit,), Safety.UNSAFE if scripted else safety)
        if edit
        else None
    )


def _is_in_loop(build: Build, run: Run, command: Command) -> bool:
    return sum(each.span == command.span for each in build.script(run).commands) > 1


def _is_fetched_for_nothing(found: _Left, mine: list[Install | Refresh]) -> bool:
    """Tell whether nothing of the RUN can use the index that it fetches, which had better go than
    be cleaned up.
    """
    fetching = {id(each.command) for each in mine if isinstance(each, Refresh)}
    programs = {each.command.name for each in mine}
    others = [each for each in found.build.script(found.run).commands if id(each) not in fetching]
    used = bool(found.build.effects(found.run).of(Unknown)) or any(
        each.name in programs for each in others
    )
    return not used and not any(isinstance(each, Install) for each in mine)


def _is_for_a_script(found: _Left) -> bool:
    """Tell whether a later RUN, before the index is fetched again, runs something that may install
    from it.
    """
    build = found.build
    for step in build.fact(shipping).later(found.run):
        if isinstance(step.instruction, Run):
            for each in build.effects(step.instruction).items:
                if isinstance(each, Refresh) and each.manager == "apt":
                    return False
                if isinstance(each, Unknown) and _may_install(build, each.command):
                    return True
    return False


# What installs packages of the system, by its name. The scripts of PHP's images compile extensions.
_INSTALLERS = regex(
    r"(?<!docker-php-ext-)install|setup|bootstrap|provision|dep(?:s|endenc)|rosdep|gdebi|ansible|puppet|chef|salt"
)
_SHELLS = frozenset(("ash", "bash", "dash", "sh", "zsh"))


def _may_install(build: Build, command: Command) -> bool:
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


def _keeps_nothing(command: Command, flag: str) -> bool:
    """Tell whether a command has the flag already; pip takes the start of one for all of it."""
    return any(word.raw.startswith("--no-c") and flag.startswith(word.raw) for word in command.args)


def _verb(args: tuple[ShellWord, ...], verbs: frozenset[str]) -> ShellWord | None:
    return next((word for word in args if word.raw in verbs), None)


def _is_needed(build: Build, run: Run, manager: str) -> bool:
    """Tell whether a RUN below installs from the index before it, or one between, fetches it
    anew.
    """
    if manager not in {"apt", "zypper", "pacman"}:
        return False
    for stage in build.stages:
        chain = [(step.instruction, step.state) for step in build.chain(stage)]
        at = next(
            (at for at, (instruction, _) in enumerate(chain) if instruction is run), len(chain)
        )
        runs = ((each, state) for each, state in chain[at + 1 :] if isinstance(each, Run))
        items = (item for each, state in runs for item in build.effects(each, state).items)
        mine = (
            item
            for item in items
            if isinstance(item, Install | Refresh) and item.manager == manager
        )
        if isinstance(next(mine, None), Install):
            return True
    return False
