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

import re
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)

_STARTS = regex(
    r"\b(?:dev|watch|test|tests|nodemon|ts-node|tsx|serve|storybook|start:dev|pytest|jest|lint|debug|cypress|playwright"
    r"|gulp|grunt|webpack|parcel|vite|react-scripts|babel-node)\b"
)
# Whoever starts such an image, or one without a command, says then what is run. 18 of 50 public
# Dockerfiles were such: places to build or test in, and but for two tools each needed what was
# found.
_SHELL = regex(r"\W*(?:/\w+)*/?(?:ba|da|z|a)?sh\W*(?:-l\W*)?")
_BETTER = ": take it out before that, or install without it in a stage of its own"
# A later install, or what takes them out again, whatever does it.
_LEAVES_OUT = regex(r"\bprune\b|--prod|--omit|--no-dev|\bfocus\b|--only=prod|--without|\bdeploy\b")
_TESTS = regex(r"\b(?:test|tests|pytest|tox|debugpy)\b")
_NAME = regex(
    r"(?:^|[._/-])(?:dev|devel|development|devcontainer|test|tests|testing|testdata|e2e|ci|local|lint|tilt)(?:[._/-]|$)",
    re.IGNORECASE,
)
_TOOLS = frozenset(
    "@angular/cli @vue/cli browser-sync ember-cli eslint gatsby-cli grunt-cli gulp gulp-cli jest"
    " karma-cli live-server mocha nodemon polymer-cli react-scripts ts-node vite webpack"
    " webpack-cli webpack-dev-server".split()
)
_STAGES = ("NODE_ENV", "APP_ENV", "RAILS_ENV", "RACK_ENV")
_ENVIRONMENT = regex(r"\b(?:NODE_ENV|APP_ENV|RAILS_ENV|BUNDLE_WITHOUT|COMPOSER_NO_DEV|UV_NO_DEV)\b")


@rule.on(syntax.Run)
def development(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that bring along what only development needs."""
    build = context.build
    found = _install(build.effects(run)) if build.live_stage(run) else None
    if found is None or build.effects(run).prune(found):
        return
    if build.shipped_stage(run) is not None:
        yield from _pushed(build, run, found)
        return
    carrier = build.carrier_of(run, found)
    if carrier is not None:
        yield from _carried(build, run, found, carrier)


def _pushed(build: Build, run: syntax.Run, found: shell.Install) -> Iterator[Finding]:
    if _is_for_development(build, run, run, found) or _builds(build, run, found):
        return
    if build.may_name_development(found):
        yield Finding(
            run,
            f"{found.command.quoted} installs what only development needs, too, and this layer is"
            " pushed",
            fix=_fix(build, run, found),
            cost=Cost.stored(build.development_bytes([found])),
        )


def _carried(
    build: Build, run: syntax.Run, found: shell.Install, carrier: syntax.Copy
) -> Iterator[Finding]:
    """Report an install of another stage, of which a COPY takes the whole folder."""
    below = list(build.runs_below(run))
    if any(_LEAVES_OUT.search(each.value.text) for each in (run, *below)):
        return
    if _is_for_development(build, run, carrier, found) or _builds(build, carrier, found):
        return
    if build.may_name_development(found):
        builds = _uses(found, [run, *below])
        yield Finding(
            run,
            f"{found.command.quoted} installs what only development needs, too, and line"
            f" {carrier.line} copies it into the image{_BETTER if builds else ''}",
            fix=None if builds else _fix(build, run, found),
            cost=Cost.stored(build.development_bytes([found])),
            related=(Related(carrier, "takes the folder into the image"),),
        )


def _install(effects: shell.Effects) -> shell.Install | None:
    """Return a RUN's first install with dependencies for development, if it surely runs and names
    no package.
    """
    for install in effects.of(shell.Install):
        if install.dev and install.managed_by.development is not None:
            return install if install.command.certain and not install.packages else None
    return None


def _is_for_development(
    build: Build, run: syntax.Run, brings: syntax.Instruction, found: shell.Install
) -> bool:
    """Tell whether the file, the stages or the command of the image, which has them from `brings`,
    say that this is no image for production.
    """
    stage = build.stage_of(brings)
    if stage is None:
        return True
    name = build.dockerfile.source.path.rpartition("/")[2]
    if any(map(_NAME.search, (name, *(each.name or "" for each in stage.ancestors())))):
        return True
    starts = _TESTS if facts.family(found.manager) == "python" else _STARTS
    commands = list(build.started(stage))
    modes = " ".join(build.state(run).values.get(name, "") for name in _STAGES)
    if "dev" in modes or any(map(starts.search, commands)):
        return True
    if "prod" not in modes and all(map(_SHELL.fullmatch, commands)):
        return True
    return _has_tools(build, brings) or _is_set_later(build, brings)


def _has_tools(build: Build, brings: syntax.Instruction) -> bool:
    """Tell whether a RUN up to there installs a tool of development for all: the image's command,
    or its user, starts it.
    """
    installs = build.effects_of(shell.Install, build.chain_to(brings))
    return any(each.everywhere and not _TOOLS.isdisjoint(each.names) for _, each in installs)


def _is_set_later(build: Build, brings: syntax.Instruction) -> bool:
    """Tell whether an ENV on top of it says that the image is for development."""
    for step in build.shipping.later(brings):
        match step.instruction:
            case syntax.Env(value=value) if _ENVIRONMENT.search(value.text):
                if "dev" in value.text:
                    return True
    return False


def _builds(build: Build, brings: syntax.Instruction, install: shell.Install) -> bool:
    """Tell whether this RUN, or one on top of it, runs scripts or tools of the project."""
    later = (step.instruction for step in build.shipping.later(brings))
    return _uses(install, [each for each in (brings, *later) if isinstance(each, syntax.Run)])


def _uses(install: shell.Install, runs: list[syntax.Run]) -> bool:
    known = install.managed_by.development
    return known is not None and any(
        known.used_by.search(f"{each.value.text} {' '.join(doc.body for doc in each.heredocs)}")
        for each in runs
    )


def _fix(build: Build, run: syntax.Run, install: shell.Install) -> fixes.Fix | None:
    known = install.managed_by.development
    omit = known.omit if known else None
    word = next((word for word in install.command.args if omit and word.raw in omit.verbs), None)
    if omit is None or word is None:
        return None
    flag = omit.name if build.knows_flag(run, install.managed_by, omit) else omit.before
    if not flag:
        return None
    return fixes.Fix(
        f"leave them out: `{flag}`",
        (fixes.put_behind(build, run, word, flag),),
        fixes.Safety.UNSAFE,
    )
