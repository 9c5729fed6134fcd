r"""A package manager's cache or index stays in a layer that ships.

## What it does

Finds installs that leave their downloads, package lists or cache in a layer of the image.

## Why is this bad?

An install needs its downloads once. Files that it leaves in its cache stay in the layer, and
deleting them in a later `RUN` frees no space. They are pushed again whenever the install runs
again.

**Measured:** dlint's estimate for the first example is 15.5 MB of package lists.

## Example

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

A builder that keeps its mounts between builds can use a cache mount instead, which also speeds up
later installs:

```dockerfile good
FROM python:3.12-slim
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
```

## How sure

Each manager is judged separately in each `RUN`, in the order of its commands. A cleanup before the
install or in a later `RUN` does not count. The recipes of a `make` are read in the context's
Makefile, if no condition or other file decides what they do. A Makefile that names the variable
which turns the cache off is left alone. Sizes come from measured installs, or are not given.
There is no fix where a later script may install from the lists. Nor is there one where the command
is given the option that turns the cache off by an `ARG` before the first `FROM`: in a stage that
does not declare it, it is empty. Where later `RUN`s would store the same index instead, the fix is
for all of them, or there is none. The finding is an info:

- where an image that is not one of Docker's official images brings pip, uv or PDM: its settings may
  turn the cache off, so that no size is given
- for packages named one by one whose size is unknown: they may be small. A manifest or a lock file
  names more of them
- for package lists that an earlier `RUN` has left, whose own finding is another rule's: only what
  has changed since is stored
- for what a later `RUN` deletes before the last image takes everything (`COPY --from=… / /`)

Not reported are:

- stages that do not ship, unless a `COPY --from` takes the cache folder out of them
- stages, folders and files named for tests, unless CI pushes them
- libraries in the cache (Go, Cargo, Cabal, Maven, Gradle, NuGet) that a later step, the image's
  command or an `ONBUILD` may read; a `go install` of a version reads little of them
- caches whose files are hard links to the installed ones (pnpm, and uv with a lock file). A store
  of pnpm or Bun is reported where the same `RUN` deletes `node_modules` and no later one installs.
- caches from which programs load their packages (Yarn 2 and newer, without
  `nodeLinker: node-modules`)
- the cache of Yarn 2 and newer where another `RUN` of the image may install as well: it fetches
  again what the cache lacks
- libraries of a toolchain that the image does without (`bloat/build-tools-shipped` reports it)
- an index that an earlier `RUN` fetched and left (apk, dnf), or renewed package lists (apt): that
  one is reported, and names the later ones
- an upgrade of pip itself above a `RUN` that leaves more in the same folder, whose fix is for both
- an index that another `RUN` installs from: `order/split-update-install` reports it
- apk's index, which is a few MB, in an image that nobody is known to push
- a cache that a later `RUN` empties: `bloat/late-cleanup` reports that one
- an install whose packages an earlier step has installed from the same manifests, or a
  `COPY --from` of that environment has brought; where the project is still to be built, the finding
  is an info
- `pip install .` where a script of the context has installed packages of Python before, which may
  be all that the project needs
- managers older than their cache, by the base image's tag: pip before 6 on Ubuntu 14.04 and Debian
  8, Go before 1.10

## When not to follow it

Keep the cache when the image is meant to install more packages later, as images of build tools are.

## Options

None.

## References

- [Best practices: `apt-get`](https://docs.docker.com/build/building/best-practices/#apt-get)
- [Caching in pip](https://pip.pypa.io/en/stable/topics/caching/)
- [`RUN --mount=type=cache`](https://docs.docker.com/reference/dockerfile/#run---mounttypecache)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=((shell.CacheLeft | shell.Install, ".sh", "make"),),
    fix=fixes.Safety.SAFE,
    aliases=("DL3009", "DL3019", "DL3032", "DL3036", "DL3040", "DL3042", "DL3060"),
)


class _Left(NamedTuple):
    """What a RUN leaves of one manager, and the command that says most of it."""

    build: Build
    stage: facts.Stage
    run: syntax.Run
    cache: shell.CacheLeft
    command: shell.Command

    @property
    def place(self) -> syntax.Run | shell.Command:
        """The RUN, or the command itself where one above it looks alike and turns the cache off."""
        filling = self.build.effects(self.run).calls_of(self.cache.manager)
        above = (each.command for each in filling if each.span.start < self.command.span.start)
        is_off = self.cache.managed_by.keeps_no_cache
        return self.command if any(is_off(each.raw_args) for each in above) else self.run


@rule.on(syntax.Run)
def left(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report what each manager leaves in a layer that ships."""
    build = context.build
    stage = build.stage_of(run)
    if stage is None:
        return
    shipped = build.is_pushed(stage)
    if not shipped and not build.shipping.carried:
        return
    found: dict[str, Finding] = {}
    for cache in build.caches.wasted(run):
        carrier = None if shipped else build.caches.carrier(stage, run, cache)
        if build.caches.is_told_elsewhere(stage, run, cache) or _is_trifle(build, stage, cache):
            continue
        if cache.manager not in found and (shipped or carrier):
            here = _Left(build, stage, run, cache, build.caches.told_by(run, cache))
            found[cache.manager] = _finding(context, here, carrier)
    yield from found.values()
    if shipped:
        yield from _inherited(build, stage, run)


def _is_trifle(build: Build, stage: facts.Stage, cache: shell.CacheLeft) -> bool:
    """Tell whether it is apk's index, of a few MB, in an image that nobody is known to push."""
    return cache.manager == "apk" and build.is_pushed_nowhere(stage)


def _finding(context: Context, found: _Left, carrier: syntax.Copy | None) -> Finding:
    build = found.build
    declare = build.caches.undeclared_option(found.run, found.command)
    is_fixable = build.shipped(found.stage) and not declare
    fix = build.caches.keep_none(found.run, found.cache) if is_fixable else None
    size = build.sizes.cache(found.stage, found.run, found.cache)
    told, is_renewed = build.caches.described(found.run, found.cache)
    is_doubtful = build.caches.may_be_off_in_base(found.run, found.cache)
    is_small = build.caches.may_be_small(found.run, found.cache, size, context.min_bytes)
    is_not_released = build.layers.is_not_released(found.run, found.cache.paths)
    is_mild = any((is_doubtful, is_renewed, is_small, is_not_released))
    return Finding(
        found.place,
        f"{build.caches.who_fills(found.command)} {told}"
        + ", unless the base image turns that off" * is_doubtful,
        fix=fix,
        help=declare
        or ("" if fix else build.caches.way_out(found.run, found.cache, found.command)),
        cost=Cost.stored(size),
        related=(Related(carrier, "copies the folder into the image"),) if carrier else (),
        severity=Severity.INFO if is_mild else None,
    )


def _inherited(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[Finding]:
    """Report the first install from package lists that an earlier RUN fetched and left."""
    effects = build.effects(run)
    installs = (each for each in effects.of(shell.Install) if each.packages)
    install = next((each for each in installs if each.managed_by.shares_index), None)
    if install is None or install.manager in effects.by_manager(shell.Refresh):
        return
    if install.by_own_script:  # which may fetch lists
        return
    above = build.caches.index_left_above(run, install.managed_by)
    if above is None or build.caches.emptied_by(above[1], effects) is not None:
        return
    owner, lists = above
    yield Finding(
        run,
        f"{install.command.quoted} uses the package lists that"
        f" {build.caches.who_fills(lists.command)} stored in an earlier layer",
        help=f"run both in one `RUN`{build.caches.stored_with(owner)}"
        + build.caches.deleting_lists(owner, run),
        cost=_cost_of_lists(build, stage, owner, lists),
        related=(Related(owner, "leaves the lists"),),
    )


def _cost_of_lists(
    build: Build, stage: facts.Stage, owner: syntax.Run, lists: shell.CacheLeft
) -> Cost | None:
    if build.caches.is_told_as_split(owner):  # by another rule, with the bytes
        return Cost.modelled(image_bytes=0, push_bytes=0)
    cost = Cost.stored(build.sizes.cache(stage, owner, lists))
    return cost and cost._replace(push_bytes=None)
