r"""The package index is fetched in one `RUN` and used by the install in another.

## What it does

Finds `apt-get update` and `zypper refresh` whose install or upgrade is in a later `RUN`, and
installs by apt after a `RUN` that deletes the package lists.

## Why is this bad?

Every `RUN` is cached separately. `apt-get update` never changes, so its layer is reused for months,
while the install runs again whenever its list changes. It then asks for versions that the mirror no
longer has, and the build fails or installs old packages. The index also stays in the layer of its
`RUN`, whatever a later `RUN` deletes.

**Measured:** dlint's estimate for the package lists of `debian:12.5-slim` is 15.5 MB (see
`bloat/pm-cache`).

## Example

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
FROM debian:12.5-slim

# the index
RUN apt-get update
ENV LANG=C.UTF-8
RUN set -eux; \
    apt-get install -y --no-install-recommends tini; \
    tini --version
```

```dockerfile good
FROM debian:12.5-slim

ENV LANG=C.UTF-8
# the index
RUN set -eux; \
    apt-get update; \
    apt-get install -y --no-install-recommends tini; \
    rm -rf /var/lib/apt/lists/*; \
    tini --version
```

## How sure

Certain for apt and zypper, which install from the existing index. dnf, yum and apk look for a new
one themselves: `apk add` (2.10 and newer) when its index is older than four hours. Not reported are
installs that refresh the index in their own `RUN`, indexes in a cache mount, and updates without an
install. An upgrade in a later `RUN` uses the index as an install does. One next to the update does
not count as the install.

An install without lists fails, unless its packages are there already: it is a warning. Nothing is
said where a program or a script in between may have fetched them.

It is an error where the index is pushed with the image and a push may reuse the cached layer. Where
only one of these holds it is a warning: in a stage that is not pushed, or where each push starts
without a cache. Where neither holds it is an info, and so is an image for development or tests.

The fix moves the update to the install, and deletes the index there. Where something later may
install from it, the fix does not delete it, and says so.

## When not to follow it

Always follow it.

## Options

None.

## References

- [Best practices: `apt-get`](https://docs.docker.com/build/building/best-practices/#apt-get)
- [DL3009](https://github.com/hadolint/hadolint/wiki/DL3009)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    layered=True,
    needs=(shell.Refresh, shell.Install),
    severity=Severity.ERROR,
    fix=fixes.Safety.SAFE,
    aliases=("DL3009",),
)

_MENTION = regex(r"\b(?:update|ref)")


@rule.on(syntax.Run)
def old_index(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN that fetches an index for later ones."""
    if not _MENTION.search(run.value.text) and not run.heredocs:
        return
    build = context.build
    if split := build.caches.split_refresh(run):
        refresh, user = split
        stage = build.stage_of(run)
        what = _use(build, user, refresh)
        message = (
            f"`{_words(refresh)}` is cached separately from the {what} in line {user.line}, which"
            f" {build.if_cached}may then use a stale index"
        )
        related = Related(user, f"{what}s from that index")
        lists = _lists(build, run, refresh)
        cost = _cost(build, run, lists)
        yield Finding(
            run,
            message,
            fix=_fix(build, run, user, lists),
            related=(related,),
            help="run both in one `RUN`"
            + (build.caches.deleting_lists(run, user) if lists else ""),
            cost=cost,
            severity=_severity(build, stage, cost),
        )


@rule.on(syntax.Run)
def no_index(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report an install whose lists an earlier RUN has deleted."""
    if found := context.build.caches.install_without_lists(run):
        install, deleting = found
        yield Finding(
            run,
            f"{install.command.quoted} fails unless its packages are installed already: line"
            f" {deleting.line} deletes the package lists",
            related=(Related(deleting, "deletes the package lists"),),
            help="run `apt-get update` before it in the same `RUN`",
            severity=Severity.WARNING,
        )


def _severity(build: Build, stage: facts.Stage | None, cost: Cost | None) -> Severity:
    """Weigh what is certain: the index that is pushed, and that pushes reuse it."""
    if stage is None or build.stays_local(stage):
        return Severity.INFO
    certain = (cost is not None) + (not build.cold_pushes)
    return (Severity.INFO, Severity.WARNING, Severity.ERROR)[certain]


def _lists(build: Build, run: syntax.Run, refresh: shell.Refresh) -> shell.CacheLeft | None:
    """Return what of the index stays in the layer of a RUN, where that is pushed."""
    left = build.effects(run).of(shell.CacheLeft) if build.shipped_stage(run) else ()
    return next((each for each in left if each.manager == refresh.manager), None)


def _cost(build: Build, run: syntax.Run, lists: shell.CacheLeft | None) -> Cost | None:
    stage = build.stage_of(run)
    if stage is None or lists is None:
        return None
    return Cost.stored(build.sizes.cache(stage, run, lists))


def _use(build: Build, user: syntax.Run, refresh: shell.Refresh) -> str:
    """Say what a RUN does with the index that another one fetched."""
    calls = build.effects(user).of_manager(shell.Install, refresh.manager)
    return "upgrade" if calls[0].upgrade else "install"


def _words(refresh: shell.Refresh) -> str:
    return " ".join(word.raw for word in (refresh.command.word, *refresh.command.args))


def _fix(
    build: Build, run: syntax.Run, user: syntax.Run, lists: shell.CacheLeft | None
) -> fixes.Fix | None:
    """Move the update to the start of the install's RUN, if only settings are between them."""
    between = build.dockerfile.instructions[run.index + 1 : user.index]
    if not all(isinstance(each, _SETTINGS) for each in between):
        return None
    edits = fixes.run_first(build, run, user)
    if edits is None:
        return None
    stays = lists is not None and build.caches.emptied_by(lists, build.effects(user)) is None
    deletion = build.caches.deletion_of_index(user, lists) if lists and stays else None
    if deletion is not None:
        return fixes.Fix(_TITLE + _DELETED, (*edits, deletion), fixes.Safety.SAFE)
    return fixes.Fix(_TITLE + _STAYS * stays, edits, fixes.Safety.SAFE)


_TITLE = "refresh the index in the `RUN` that installs"
_DELETED = ", and delete it there"
_STAYS = "; the index still stays in the image"
_SETTINGS = (syntax.Arg, syntax.Env, syntax.Label, syntax.Workdir)
