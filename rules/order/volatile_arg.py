"""An argument that changes with every build stands above steps that don't need it, and makes them
run again.

An ARG is part of the environment of every later RUN of its stage, and of the stages that stand on
it, whether or not the RUN mentions it. With another commit, date or build number in it, the first
RUN below it misses the cache, and all that follows too: packages are installed again, and their
layers uploaded again, although nothing about them changed. COPY and LABEL don't look at the
environment, so an argument that only they stand below costs nothing.

```dockerfile bad
FROM debian:12.5-slim
ARG GIT_SHA=unknown
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
RUN useradd --system app
LABEL org.opencontainers.image.revision=$GIT_SHA
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
RUN useradd --system app
ARG GIT_SHA=unknown
LABEL org.opencontainers.image.revision=$GIT_SHA
```

The argument belongs directly above the first step that uses it; the ENV that hands it on goes with
it:

```dockerfile bad
FROM golang:1.22-alpine AS build
WORKDIR /src

# what the binary says about itself
ARG BUILD_DATE
ENV BUILD_DATE=$BUILD_DATE

COPY go.mod go.sum ./
RUN go mod download

COPY . .
RUN go build -ldflags "-X main.built=${BUILD_DATE}" -o /app .
```

```dockerfile good
FROM golang:1.22-alpine AS build
WORKDIR /src

COPY go.mod go.sum ./
RUN go mod download

COPY . .

# what the binary says about itself
ARG BUILD_DATE
ENV BUILD_DATE=$BUILD_DATE

RUN go build -ldflags "-X main.built=${BUILD_DATE}" -o /app .
```

A cache buster is no exception: above a RUN that it is not meant for, it reruns more than it should.
One that nothing mentions is taken to be meant for the first RUN that fetches what moves (an index,
the newest release), or that starts the project's own code.

How sure: what a build passes is known where the repository's own files (Compose, Bake, CI,
Makefiles) show it, and guessed from the argument's name elsewhere: commits, dates and build
numbers; a bare `VERSION` without a default, which may be changed by releases only, is an info.
Version pins (`NODE_VERSION`), arguments that a download or a checkout uses, arguments of the
platform, and steps that rerun at each commit anyway since the whole context was copied above them
are left alone, and so are RUNs that only make a folder, write a line or test a value. A step that
runs the project's own code may read the environment without naming it: where nothing else uses the
argument, it is taken to be there for that step; where one is crossed, the fix is unsafe.

When not to follow it: where the RUN is meant to run at every build.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)


@rule.on(syntax.Arg)
def early_argument(arg: syntax.Arg, context: Context) -> Iterator[Finding]:
    """Report arguments that change at every build, above RUNs that do without them."""
    build = context.build
    for pair in arg.pairs:
        known = facts.Changes.of(pair.name) is not facts.Changes.SELDOM
        if not known and not facts.is_placeholder(_unquoted(pair.value)):
            continue
        sure = build.passed_afresh(pair.name)
        if not known and not sure:
            continue
        stage = build.stage_of(arg)
        if stage is None or stage.index not in build.built_stages:
            return
        kind = (
            facts.Changes.EVERY_BUILD
            if sure
            else _kind(
                pair.name,
                stage.globals.values.get(pair.name)
                if pair.value is None
                else _unquoted(pair.value),
            )
        )
        if kind is facts.Changes.SELDOM:
            continue
        scope = _Scope.of(build, stage, arg, pair.name)
        if not scope.is_pin and (idle := scope.idle(kind)):
            yield _finding(scope, idle, kind, sure=sure)


def _kind(name: str, default: str | None) -> facts.Changes:
    """Tell how often an argument changes, as far as its name and its default tell."""
    kind = facts.Changes.of(name)
    if kind is facts.Changes.EVERY_BUILD and default and _PINNED.fullmatch(default):
        return facts.Changes.SELDOM
    if kind is facts.Changes.RELEASES and not facts.is_placeholder(default):
        return facts.Changes.SELDOM
    return kind


def _unquoted(value: str | None) -> str | None:
    return None if value is None else value.strip("\"'")


_PINNED = regex(r"(?=.*[0-9])[0-9a-f]{7,64}|v?\d+(?:\.\d+)+\S*|.*[$/].*")
# Who gets something of that version from elsewhere, so that the argument is a pin; with the verbs
# that mean it.
_FETCHERS = {
    **dict.fromkeys(
        (
            "git",
            "curl",
            "wget",
            "aria2c",
            "svn",
            "hg",
            "helm",
            "docker",
            "skopeo",
            "oras",
            "gh",
            "aws",
        ),
        (),
    ),
    **dict.fromkeys(("npm", "pnpm", "yarn", "bun"), ("install", "i", "add", "global")),
    **dict.fromkeys(
        ("apt", "apt-get", "dnf", "microdnf", "yum", "pip", "pip3", "gem", "go", "cargo"),
        ("install", "get"),
    ),
    **dict.fromkeys(("apk", "uv", "poetry", "composer"), ("add", "pip", "require", "tool")),
}


class _Scope(NamedTuple):
    """What stands below an argument: in its own stage, and in the stages that stand on that one."""

    build: Build
    stage: facts.Stage
    arg: syntax.Arg
    name: str
    users: list[syntax.Instruction]  # those that mention it, or a variable made of it
    others: list[
        syntax.Run
    ]  # RUNs that mention neither, and that nothing else makes run again as often
    in_environment: bool  # an ENV hands it on to the image

    @classmethod
    def of(cls, build: Build, stage: facts.Stage, arg: syntax.Arg, name: str) -> _Scope:
        users: list[syntax.Instruction] = []
        others: list[syntax.Run] = []
        in_environment = False
        at_end: dict[
            int, tuple[frozenset[str], bool]
        ] = {}  # of each stage: the variables that hold it, and `stale`
        for each in build.stages:
            if each.index not in build.built_stages or stage not in each.ancestors():
                continue
            names, below, stale = {name}, each.instructions, False
            if each is stage:
                below = [i for i in each.instructions if i.index > arg.index]
                stale = _stale(build, each, before=arg)
            elif each.base is not None:
                inherited, stale = at_end[each.base.index]
                names = set(inherited)
            for instruction in below:
                mentions = _mentions(instruction, names)
                if isinstance(instruction, syntax.Env):
                    in_environment |= _derive(instruction, names)
                if not names:
                    break
                stale = stale or _changes_with_the_context(build, instruction)
                if mentions:
                    users.append(instruction)
                    stale = stale or _settles(build, instruction)
                elif isinstance(instruction, syntax.Run) and not stale:
                    others.append(instruction)
            at_end[each.index] = frozenset(names), stale
        return cls(build, stage, arg, name, users, others, in_environment)

    @property
    def is_pin(self) -> bool:
        """Whether the argument says what to fetch from elsewhere, or which base to stand on."""
        based = any(
            _mentions(stage.instructions[0], {self.name}) for stage in self.stage.ancestors()
        )
        return based or any(_fetches(self.build, user, self.name) for user in self.users)

    @property
    def _stands_above_its_run(self) -> bool:
        """Whether a buster that nothing mentions has but other arguments between it and a RUN: that
        one is meant.
        """
        below = (
            i
            for i in self.stage.instructions
            if i.index > self.arg.index and not isinstance(i, syntax.Arg)
        )
        return isinstance(next(below, None), syntax.Run)

    def idle(self, kind: facts.Changes) -> list[syntax.Run]:
        """Return the RUNs that the argument reruns for nothing."""
        if kind is facts.Changes.ON_PURPOSE and not self.users:
            own = any(run in self.stage.instructions for run in self.others)
            if (
                self._stands_above_its_run or not own
            ):  # at a stage's end it is for all that stands on that
                return []
            return list(takewhile(lambda run: not _may_be_meant(self.build, run), self.others))
        if not self.users:
            # whoever reads it does so without naming it: the first that may is meant
            found = list(
                takewhile(lambda run: not _may_read_environment(self.build, run), self.others)
            )
        elif self.in_environment:
            found = [run for run in self.others if not _may_read_environment(self.build, run)]
        else:
            found = self.others
        return found if any(not _is_trifle(self.build, run) for run in found) else []


def _stale(build: Build, stage: facts.Stage, before: syntax.Instruction) -> bool:
    """Tell whether a stage's base, or what stands in it above `before`, reruns at every commit
    anyway.
    """
    return any(
        _changes_with_the_context(build, instruction)
        for ancestor in stage.ancestors()
        for instruction in ancestor.instructions
        if ancestor is not stage or instruction.index < before.index
    )


def _changes_with_the_context(build: Build, instruction: syntax.Instruction) -> bool:
    if isinstance(instruction, syntax.Copy) and instruction.from_:
        source = next((s for s in build.stages if s.name == instruction.from_.lower()), None)
        return source is not None and source.index < instruction.index and _takes_all(build, source)
    if isinstance(instruction, syntax.Transfer):
        return instruction.takes_whole_context
    return isinstance(instruction, syntax.Run) and any(
        mount.type == "bind" and not mount.from_ and (mount.source or ".").strip("./") == ""
        for mount in instruction.mounts
    )


def _takes_all(build: Build, stage: facts.Stage) -> bool:
    return any(
        isinstance(instruction, syntax.Copy | syntax.Add) and instruction.takes_whole_context
        for ancestor in stage.ancestors()
        for instruction in ancestor.instructions
    ) and build.live(stage)


_STAMPS = frozenset(("echo", "printf", "tee", "mkdir", "true", ":", "set"))
_TRIFLES = _STAMPS | {"false", "test", "[", "touch"}


def _settles(build: Build, user: syntax.Instruction) -> bool:
    """Tell whether all below a user runs again for good reason; a RUN that only writes the value
    down could go last.
    """
    if isinstance(user, syntax.Run):
        return any(command.name not in _STAMPS for command in build.script(user).commands)
    return isinstance(user, syntax.Transfer | syntax.Workdir)


def _is_trifle(build: Build, run: syntax.Run) -> bool:
    """Tell whether a RUN is as good as nothing to run again, and its layer as good as nothing to
    upload.
    """
    script = build.script(run)
    return script.parsed and all(command.name in _TRIFLES for command in script.commands)


def _mentions(instruction: syntax.Instruction, names: set[str]) -> bool:
    """Tell whether an instruction uses a variable: a RUN may read it by its bare name, too
    (`printenv X`).
    """
    start = r"\b" if isinstance(instruction, syntax.Run) else r"\$\{?"
    return any(
        re.search(rf"{start}{name}\b", text)
        for name in names
        for text in instruction.texts
        if name in text
    )


def _derive(env: syntax.Env, names: set[str]) -> bool:
    """Follow an ENV: what is made of the argument changes with it, and a constant hides it."""
    derived = False
    for pair in env.pairs:
        if any(re.search(rf"\$\{{?{name}\b", pair.value or "") for name in names):
            names.add(pair.name)
            derived = True
        else:
            names.discard(pair.name)
    return derived


def _fetches(build: Build, user: syntax.Instruction, name: str) -> bool:
    if isinstance(user, syntax.Add):
        return any("://" in word.text and name in word.text for word in user.sources)
    if not isinstance(user, syntax.Run):
        return False
    mention = re.compile(rf"\$\{{?{name}\b")
    for command in build.script(user).commands:
        verbs = _FETCHERS.get(command.name)
        if verbs is None or not any(mention.search(word.raw) for word in command.args):
            continue
        if not verbs or any(word.text in verbs for word in command.args):
            return True
    return False


def _may_read_environment(build: Build, run: syntax.Run) -> bool:
    """Tell whether a RUN starts something of the project's own, which may look at any variable."""
    found = build.effects(run)
    builds = any(install.hidden or install.projects for install in found.of(shell.Install))
    return not found.known or builds or bool(found.of(shell.Unknown))


def _may_be_meant(build: Build, run: syntax.Run) -> bool:
    """Tell whether a cache buster may be there for a RUN: it fetches what moves, or does what
    nobody can tell.
    """
    found = build.effects(run)
    fetches = any(
        isinstance(each, shell.Refresh | shell.Clone | shell.Fetch) for each in found.items
    )
    moves = any(
        install.upgrade or install.locked is not True for install in found.of(shell.Install)
    )
    return fetches or moves or _may_read_environment(build, run)


def _finding(scope: _Scope, idle: list[syntax.Run], kind: facts.Changes, *, sure: bool) -> Finding:
    count = "a RUN that does" if len(idle) == 1 else f"{len(idle)} RUNs that do"
    message = (
        f"`{scope.name}` {_WHEN[kind]} and stands above {count} without it: all from line"
        f" {idle[0].line} on"
    )
    uploads = scope.build.shipped(scope.stage)
    effect = "made and uploaded" if uploads else "built"
    cost = Cost.pushed(scope.build.layers_bytes(scope.stage, idle)) if uploads else None
    pair = next(pair for pair in scope.arg.pairs if pair.name == scope.name)
    return Finding(
        scope.arg if len(scope.arg.pairs) == 1 else pair,
        f"{message} is {effect} again then",
        cost=cost,
        fix=_fix(scope, idle),
        related=(Related(idle[0], f"does not mention `{scope.name}`"),),
        severity=Severity.INFO if kind is facts.Changes.RELEASES and not sure else None,
    )


_WHEN = {
    facts.Changes.EVERY_BUILD: "is another one at every build",
    facts.Changes.RELEASES: "is another one at every release",
    facts.Changes.ON_PURPOSE: "is changed on purpose",
}


def _fix(scope: _Scope, idle: list[syntax.Run]) -> fixes.Fix | None:
    """Move the argument, with ENV and LABEL that hand it on, to the first step that needs it."""
    last = idle[-1]
    own = scope.stage.instructions
    if len(scope.arg.pairs) != 1 or last not in own:
        return None
    moved: list[syntax.Instruction] = [scope.arg]
    target: syntax.Instruction | None = None
    for user in scope.users:
        if (
            isinstance(user, syntax.Env | syntax.Label)
            and user in own
            and _moves_along(user, scope)
        ):
            moved.append(user)
        elif user in own:
            target = user
            break
    if target is not None and last.index > target.index:
        return None
    moved = [each for each in moved if each.index < (target or last).index]
    source = scope.build.dockerfile.source
    above = _above(scope, last, target, moved)
    edits = (
        fixes.move_behind(source, moved, above)
        if above
        else fixes.move_before(source, moved, target or last)
    )
    crossed = [
        each
        for each in own
        if scope.arg.index < each.index <= last.index and isinstance(each, syntax.Run)
    ]
    safe = not any(_may_read_environment(scope.build, run) for run in crossed)
    return fixes.Fix(
        f"declare {scope.name} below line {last.line}",
        edits,
        fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE,
    )


def _above(
    scope: _Scope,
    last: syntax.Run,
    target: syntax.Instruction | None,
    moved: list[syntax.Instruction],
) -> syntax.Instruction | None:
    """Return what the argument goes below: other arguments and labels there, as if it had been
    moved with them.

    None where it goes above `target`, or else below `last` alone.
    """
    names = {
        pair.name
        for each in moved
        if isinstance(each, syntax.Arg | syntax.Label)
        for pair in each.pairs
    }
    found: syntax.Instruction | None = None if target else last
    below = [each for each in scope.stage.instructions if each.index > last.index]
    for each in below[: below.index(target)] if target else below:
        alike = isinstance(each, syntax.Arg | syntax.Label) and names.isdisjoint(
            pair.name for pair in each.pairs
        )
        if alike and each not in scope.users:
            found = each
        elif target is None:
            break
        else:
            found = None
    return found


def _moves_along(user: syntax.Env | syntax.Label, scope: _Scope) -> bool:
    """Tell whether an ENV or LABEL may go down with the argument: nothing else of it is needed
    before.
    """
    if isinstance(user, syntax.Label):
        return True
    return all(re.search(rf"\$\{{?{scope.name}\b", pair.value or "") for pair in user.pairs)
