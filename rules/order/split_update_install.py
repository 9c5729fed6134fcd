r"""The package index is fetched in one RUN and used in another, so a cached, old index decides what
is installed.

Each RUN is cached by itself. The line `apt-get update` never changes, so its layer is taken from
the cache for months, while the install below it runs again at each change of its list: it then asks
for versions that the index still names and the mirror no longer has, and the build fails, or old
packages get in. The index also stays in the layer of the RUN that fetched it, whatever a later RUN
deletes.

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
```

```dockerfile bad
FROM alpine:3.20

# the index
RUN apk update
ENV LANG=C.UTF-8
RUN set -eux; \
    apk add tini; \
    tini --version
```

```dockerfile good
FROM alpine:3.20

ENV LANG=C.UTF-8
# the index
RUN set -eux; \
    apk update; \
    apk add tini; \
    tini --version
```

How sure: certain for apt, apk and zypper, which install from the index that they find; dnf, yum and
`apk --no-cache` look for a new one by themselves. An install that refreshes the index in its own
RUN, an index in a cache mount, and an update that nothing installs from are left alone. An upgrade
beside the update doesn't count as the install.

When not to follow it: there is no such case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__, severity=Severity.ERROR, fix=fixes.Safety.SAFE, aliases=("DL3009",))

_MENTION = regex(r"\b(?:update|ref)")
_MANAGERS = frozenset(("apt", "apk", "zypper"))


@rule.on(syntax.Run)
def old_index(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN that fetches an index for later ones."""
    if not _MENTION.search(run.value.text) and not run.heredocs:
        return
    build = context.build
    stage = build.stage_of(run)
    if stage is None or stage.index not in build.built_stages:
        return
    for refresh in build.effects(run).of(shell.Refresh):
        if (
            refresh.manager not in _MANAGERS
            or not refresh.command.certain
            or not _only_refreshes(build, run, refresh)
        ):
            continue
        user = next(_users(build, stage, run, refresh.manager), None)
        if user is not None:
            message = (
                f"`{_words(refresh)}` is cached apart from the install in line {user.line}, which"
                " will use an old index"
            )
            related = Related(user, "installs from that index")
            yield Finding(run, message, fix=_fix(build, run, user), related=(related,))
        return


def _words(refresh: shell.Refresh) -> str:
    return " ".join(word.raw for word in (refresh.command.word, *refresh.command.args))


def _only_refreshes(build: Build, run: syntax.Run, refresh: shell.Refresh) -> bool:
    effects = build.effects(run)
    if any(
        kept.manager == refresh.manager and kept.kind == "index"
        for kept in effects.of(shell.CacheKept)
    ):
        return False
    return not any(
        found.manager == refresh.manager and not found.upgrade
        for found in effects.of(shell.Install)
    )


def _users(build: Build, stage: facts.Stage, run: syntax.Run, manager: str) -> Iterator[syntax.Run]:
    """Yield the RUNs that install from what `run` fetched: nothing between them and it fetches
    anew.
    """
    for each in build.stages:
        if stage not in each.ancestors() or each.index not in build.built_stages:
            continue
        for step in build.chain(each):
            if isinstance(step.instruction, syntax.Run) and step.instruction.index > run.index:
                effects = build.effects(step.instruction)
                first = next(
                    (
                        i
                        for i in effects.items
                        if isinstance(i, shell.Refresh | shell.Install) and i.manager == manager
                    ),
                    None,
                )
                if isinstance(first, shell.Refresh) or (first is not None and _looks_itself(first)):
                    break
                if first is not None and not first.upgrade and _from_index(first):
                    yield step.instruction


def _looks_itself(install: shell.Install) -> bool:
    """Tell whether an install fetches the index, too: `apk add --no-cache` keeps none and reads
    none.
    """
    return any(
        word.text in {"--no-cache", "-U", "--update", "--update-cache"}
        for word in install.command.args
    )


def _from_index(install: shell.Install) -> bool:
    """Tell whether packages come from the index; apt takes from there what `-f install` or a .deb
    file lacks, too.
    """
    return install.manager == "apt" or any(package.kind == "index" for package in install.packages)


def _fix(build: Build, run: syntax.Run, user: syntax.Run) -> fixes.Fix | None:
    """Put the update in front of the install, where the RUN does nothing else and only settings
    stand between.
    """
    between = build.dockerfile.instructions[run.index + 1 : user.index]
    commands = build.script(run).commands
    same = (
        run.flags == user.flags == ()
        and run.json is None
        and user.json is None
        and not user.heredocs
    )
    if (
        not same
        or len(commands) != 1
        or not all(
            isinstance(each, syntax.Arg | syntax.Env | syntax.Label | syntax.Workdir)
            for each in between
        )
    ):
        return None
    source = build.dockerfile.source
    update = _put_first(build, user, run.rest.text.strip())
    if update is None:
        return None
    return fixes.Fix(
        "refresh the index in the RUN that installs",
        (*fixes.fold(source, run, user), update),
        fixes.Safety.SAFE,
    )


def _put_first(build: Build, run: syntax.Run, command: str) -> fixes.Edit | None:
    """Return an edit that runs a command before all others of a RUN, which fails where that one
    does.
    """
    first, *rest = build.script(run).commands
    if first.name == "set" and any(
        word.raw.startswith("-") and "e" in word.raw for word in first.args
    ):
        end = first.span.end
        joint = build.dockerfile.source.text[end : rest[0].span.start] if rest else " && "
        return fixes.Edit(fixes.Span(end, end), joint + command) if "#" not in joint else None
    if any(each.connector not in {"", "&&", "|", "$("} for each in (first, *rest)):
        return None
    at = run.rest.offset(0)
    return fixes.Edit(fixes.Span(at, at), f"{command} && ")
