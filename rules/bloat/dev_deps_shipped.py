r"""Dependencies that only development needs are installed into the image that is pushed.

Test runners, compilers of styles and scripts, linters: package managers install them unless told
that this is not a developer's machine. In images of web applications they are often larger than all
the rest, and they are uploaded and pulled with each change of what is installed.

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

Where a step of the same stage builds with them, they are left alone; a stage of its own for the
build is the way out:

```dockerfile good
FROM node:20.11 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build && npm prune --omit=dev

FROM node:20.11-slim
COPY --from=build /app /app
CMD ["node", "/app/dist/server.js"]
```

Those of a stage that builds are shipped, too, where their folder is copied from there as it is:

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

How sure: that they would be installed is what the manager's manual says; a manifest in the context
that names none silences the rule, and so do a later step that runs scripts of the project, a
command that starts a development server (itself, or as the manifest's `start` script), none at all
or one that is only a shell where no variable says `production`, a tool such as nodemon that is
installed for all, and a Dockerfile whose name says that it is for development or tests.

When not to follow it: where the image runs the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)

_BETTER = "remove them before that, or install without them in a stage of their own"


@rule.on(syntax.Run)
def development(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that bring along what only development needs."""
    build = context.build
    found = build.development.installed(run) if build.live_stage(run) else None
    if found is None:
        return
    if build.shipped_stage(run) is not None:
        yield from _pushed(build, run, found)
        return
    carrier = build.development.carrier_of(run, found)
    if carrier is not None and not build.development.is_left_out_below(run):
        yield from _carried(build, run, found, carrier)


def _pushed(build: Build, run: syntax.Run, found: shell.Install) -> Iterator[Finding]:
    if build.development.is_brought(run, run, found):
        yield Finding(
            run,
            f"{found.command.quoted} also installs development dependencies, and this layer is"
            " pushed",
            fix=_fix(build, run, found),
            cost=Cost.stored(build.sizes.development([found])),
        )


def _carried(
    build: Build, run: syntax.Run, found: shell.Install, carrier: syntax.Copy
) -> Iterator[Finding]:
    """Report an install of another stage, of which a COPY takes the whole folder."""
    if build.development.is_brought(run, carrier, found):
        builds = build.development.is_used_below(run, found)
        yield Finding(
            run,
            f"{found.command.quoted} also installs development dependencies, and line"
            f" {carrier.line} copies them into the image",
            help=_BETTER if builds else "",
            fix=None if builds else _fix(build, run, found),
            cost=Cost.stored(build.sizes.development([found])),
            related=(Related(carrier, "takes the folder into the image"),),
        )


def _fix(build: Build, run: syntax.Run, install: shell.Install) -> fixes.Fix | None:
    flag = build.development.flag_to_omit(run, install)
    verbs = flag.verbs if flag else ()
    word = next((word for word in install.command.args if word.raw in verbs), None)
    if flag is None or word is None:
        return None
    return fixes.Fix(
        f"add `{flag.name}`",
        (fixes.put_behind(build, run, word, flag.name),),
        fixes.Safety.UNSAFE,
    )
