r"""A build that is meant to be reproducible has a layer that changes whenever its `RUN` executes.

## What it does

Finds layers that contain the time of the build although the project sets `SOURCE_DATE_EPOCH` or
`rewrite-timestamp`.

## Why is this bad?

`SOURCE_DATE_EPOCH` sets the times in the image's configuration. Only the exporter's
`rewrite-timestamp=true` sets the times of files in layers, and neither changes what is written
inside files. A layer with the same digest is already in the registry and is not pushed. A layer
with another date in a log is pushed as a whole.

pip compiles what it installs, and the byte code contains the time of its source. With rewritten
times the two no longer match, and Python compiles everything again at each start. When the `RUN`
sees `SOURCE_DATE_EPOCH`, byte code contains hashes instead (tested with pip 26: the installed files
are identical).

**Measured:** `flask` and `gunicorn` on `python:3.11-slim` are a layer of 6.42 MB, built and pushed
for `benchmarks/installs.md`.

## Example

```dockerfile bad
ARG SOURCE_DATE_EPOCH
FROM python:3.12.4-slim
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
```

```dockerfile good
FROM python:3.12.4-slim
ARG SOURCE_DATE_EPOCH
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
```

apt and dpkg write logs with times:

```context
Makefile: docker buildx build --build-arg SOURCE_DATE_EPOCH=0 --output type=image,rewrite-timestamp=true,push=true .
```

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && \
    rm -rf /var/lib/apt/lists/* /var/log/* /var/cache/ldconfig/aux-cache
```

```context
Makefile: docker buildx build --build-arg SOURCE_DATE_EPOCH=0 --output type=image,push=true .
```

```dockerfile bad
FROM busybox:1.36.1
RUN mkdir /srv/data
```

## How sure

Nearly every `RUN` gives another layer when it runs again, and most projects accept that. The rule
is silent unless the project asks for more, in the Dockerfile or in the recipes of its repository.
Where some of these build this Dockerfile, the others do not count. It knows what apt and pip leave;
`pin/nondeterministic-run` finds what a `RUN` stamps itself.

## When not to follow it

Ignore it when the epoch is for a program that the build compiles, and the image itself may differ.

## Options

None.

## References

- [Reproducible builds with BuildKit](https://github.com/moby/buildkit/blob/master/docs/build-repro.md)
- [`SOURCE_DATE_EPOCH`](https://reproducible-builds.org/docs/source-date-epoch/)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

import posixpath

from dlint import Finding, Rule, Severity, facts, regex, shell, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.INFO)

EPOCH = "SOURCE_DATE_EPOCH"
_REWRITES = regex(r"\brewrite-timestamp=true\b")
_PASSES = regex(
    rf"--build-arg[=\s]+[\"']?{EPOCH}|(?:build-push-action|bake-action)@[\s\S]{{0,2000}}?\b{EPOCH}\b"
    rf"|\b{EPOCH}=.*\bdocker\b.*\bbuild"
)
_LOGS = ("/var/log/dpkg.log", "/var/log/apt")


class Asked:
    """What a project does for reproducible layers."""

    def __init__(self, build: Build) -> None:
        declared = any(
            isinstance(instruction, syntax.Arg | syntax.Env)
            and any(pair.name == EPOCH for pair in instruction.pairs)
            for instruction in build.dockerfile.instructions
        )
        self.passed = EPOCH in build.options.build_args or build.own_recipes_mention(_PASSES)
        self.epoch = declared or self.passed
        self.rewritten = build.own_recipes_mention(_REWRITES)


@rule.on(syntax.Dockerfile)
def left_alone(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report the first shipped RUN if an epoch is set but the times of files are not set to it."""
    build = context.build
    asked = build.fact(Asked)
    if not asked.passed or build.recipes_mention(_REWRITES):
        return
    runs = (run for run in build.dockerfile.instructions if isinstance(run, syntax.Run))
    run = next(filter(build.shipped_stage, runs), None)
    if run is not None:
        yield Finding(
            run,
            f"the build sets `{EPOCH}`, but files written by this `RUN` keep the time of the"
            " build, so the layer's digest changes on every build",
            help="add `rewrite-timestamp=true` to the exporter's options",
        )


@rule.on(syntax.Run)
def times_inside(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report times that apt and pip write into a layer that ships."""
    build = context.build
    if build.shipped_stage(run) is None:
        return
    asked = build.fact(Asked)
    if asked.rewritten:
        yield from _logged(build, run)
    if asked.rewritten or asked.epoch:
        yield from _compiled(build, run)


def _logged(build: Build, run: syntax.Run) -> Iterator[Finding]:
    """Find apt's logs, which contain times, unless the RUN deletes them."""
    effects = build.effects(run)
    installs = list(filter(_keeps_a_log, effects.of(shell.Install)))
    deleted = [each.place.path or "" for each in effects.of(shell.Delete)]
    kept = [log for log in _LOGS if not any(_covers(path, log) for path in deleted)]
    if installs and kept:
        yield Finding(
            run,
            f"{installs[-1].command.quoted} writes the current time into {' and '.join(kept)}, so"
            " the layer's digest changes on every build",
            help="delete these files in the same `RUN`",
        )


def _keeps_a_log(install: shell.Install) -> bool:
    return install.manager in {"apt", "dpkg"} and install.command.certain


def _covers(deleted: str, path: str) -> bool:
    """Tell whether a deleted path or pattern (`/var/log/*`) includes `path`."""
    folder, last = posixpath.split(deleted)
    if last == "*":
        return path != folder and facts.within(path, folder)
    return facts.within(path, deleted)


def _compiled(build: Build, run: syntax.Run) -> Iterator[Finding]:
    """Find the first byte code that contains the times of its sources."""
    state = build.state(run)
    for install in filter(_compiles, build.effects(run).of(shell.Install)):
        command = install.command
        if _NO_TIMES.isdisjoint({*state.values, *state.unset, *command.assignments}):
            yield Finding(
                run,
                f"{command.quoted} compiles byte code that contains the time of the build, because"
                f" `{EPOCH}` is not set in this stage",
                help=f"declare `ARG {EPOCH}` in this stage",
            )
            return


_NO_TIMES = frozenset((EPOCH, "PIP_NO_COMPILE"))  # variables that keep times out of byte code


def _compiles(install: shell.Install) -> bool:
    """Tell whether pip certainly writes byte code."""
    command = install.command
    return (
        install.manager == "pip"
        and command.certain
        and "--no-compile" not in command.forms
        and not install.keeps_archives
    )
