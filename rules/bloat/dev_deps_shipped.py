r"""The final image contains dependencies that only development needs.

## What it does

Finds dependency installs in a stage that ships, without the flag that leaves out development
dependencies, and copies of such an install into the image.

## Why is this bad?

Package managers install test runners, bundlers and linters unless a flag says otherwise. They are
pushed and pulled whenever the dependencies change, and the program never starts them.

**Measured:** `npm ci` of a project with `vite`, `react` and `react-dom` is a layer of 24.5 MB, and
`npm install --omit=dev` with `koa` is one of 0.7 MB. Both were built and pushed for
`benchmarks/installs.md`.

## Example

```dockerfile bad
FROM node:20.11-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
CMD ["node", "server.js"]
```

```dockerfile good
FROM node:20.11-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .
CMD ["node", "server.js"]
```

Development dependencies that a step of the same stage builds with are not reported. Use a separate
stage for the build:

```dockerfile good
FROM node:20.11 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build && npm prune --omit=dev

FROM node:20.11-slim
COPY --from=build /app /app
CMD ["node", "/app/dist/server.js"]
```

A folder that is copied from the build stage as it is still contains them:

```dockerfile bad
FROM node:20.11 AS build
WORKDIR /app
COPY . .
RUN npm ci
RUN npm run build

FROM node:20.11-slim
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
CMD ["node", "dist/server.js"]
```

```dockerfile good
FROM node:20.11 AS build
WORKDIR /app
COPY . .
RUN npm ci
RUN npm run build && npm prune --omit=dev

FROM node:20.11-slim
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
CMD ["node", "dist/server.js"]
```

## How sure

The manager's manual says that it installs them by default. The rule is silent when:

- the manifest in the build context lists no development dependencies, or a step generates it
- the manifest lists nothing else, so the image needs them
- a later step runs scripts of the project
- a variable or a `COPY` names one of the installed programs (`node_modules/.bin/terser`)
- the command starts a development server, directly or through the `start` script
- the command, or the script that it starts, names one of these packages, of any member of a
  workspace
- the settings of the program that it starts (`next.config.mjs`) load one of them
- it has the manager start a program of one (`yarn run`, `npx`, a script of `package.json`)
- it calls a program with the name of a package of a group of `pyproject.toml`
- a source of PHP other than a test names a class of a package that `composer.lock` has for
  development
- there is no command, or it is only a shell, and no variable says `production`
- a tool such as nodemon is installed globally
- the Dockerfile is named for development or tests, or nothing pushes its image
- a recipe of the repository runs tests, or a program of its packages, in a container (`docker
  compose run web vendor/bin/phpunit`)

There is no fix where the manager runs a script of the project that may need them, such as `prepare`
in `package.json`. Nor is there one where the flag would leave out more, such as another group of
Poetry. A later command of the same `RUN` (`poetry add`) that may install them again is named
instead.

## When not to follow it

Keep them when the image runs the tests.

## Options

None.

## References

- [Multi-stage builds](https://docs.docker.com/build/building/multi-stage/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=((shell.Install, "make"),),
    severity=Severity.INFO,
    fix=fixes.Safety.UNSAFE,
)

_BESIDE = "install them in another stage, and copy only what the image needs"
_BETTER = "remove them before that, or install without them in a stage of their own"


@rule.on(syntax.Run)
def development(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that include development dependencies."""
    build = context.build
    stage = build.live_stage(run)
    found = build.development.installed(run) if stage else None
    if stage is None or found is None or build.is_pushed_nowhere(stage) or build.is_tested_inside:
        return
    if build.shipped_stage(run) is not None:
        yield from _pushed(build, run, found)
        return
    carrier = build.development.carrier_of(run, found)
    if carrier is not None and not build.development.is_left_out_below(run, carrier):
        yield from _carried(build, run, found, carrier)


def _pushed(build: Build, run: syntax.Run, found: shell.Install) -> Iterator[Finding]:
    if build.development.is_brought(run, run, found):
        fix = _fix(build, run, found)
        yield Finding(
            run,
            f"{_brings(found)}, and this layer keeps them",
            help="" if fix else _advice(build, run, found) or _BESIDE,
            fix=fix,
            cost=Cost.stored(build.sizes.development([found])),
        )


def _carried(
    build: Build, run: syntax.Run, found: shell.Install, carrier: syntax.Copy
) -> Iterator[Finding]:
    """Report an install in another stage whose whole folder a COPY takes."""
    if build.development.is_brought(run, carrier, found):
        builds = build.development.is_used_below(run, carrier, found)
        fix = None if builds else _fix(build, run, found)
        yield Finding(
            run,
            f"{_brings(found)}, and line {carrier.line} copies them into the image",
            help="" if fix else _BETTER,
            fix=fix,
            cost=Cost.stored(build.sizes.development([found])),
            related=(Related(carrier, "copies the folder into the image"),),
        )


def _brings(install: shell.Install) -> str:
    asked = ", whatever `NODE_ENV` says" * (install.dev is False)  # of Yarn 2 and newer
    return f"{install.command.quoted} also installs development dependencies{asked}"


def _advice(build: Build, run: syntax.Run, install: shell.Install) -> str:
    """Say how to leave them out; "" where the project's scripts may need them first."""
    flag = build.development.flag_to_omit(run, install)
    how = f"add `{flag.name}`" if flag else build.development.advice_to_omit(run, install)
    again = build.development.installed_again(run, install)
    if again is None or not how:
        return how
    return f"{how}, and do without {again.command.quoted}, which may install them again"


def _fix(build: Build, run: syntax.Run, install: shell.Install) -> fixes.Fix | None:
    flag = build.development.flag_to_omit(run, install)
    if build.development.installed_again(run, install):
        return None
    verbs = flag.verbs if flag else ()
    word = next((word for word in install.command.args if word.raw in verbs), None)
    if flag is None or word is None:
        return None
    return fixes.Fix(
        f"add `{flag.name}`",
        (fixes.put_behind(build, run, word, flag.name),),
        fixes.Safety.UNSAFE,
    )
