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

from dlint import Cost, Finding, Rule, Severity, facts, fixes, regex, shell, syntax

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
    stage = build.shipped_stage(run)
    if stage is None:
        return
    effects = build.effects(run)
    found = _install(effects)
    if found is None or _is_for_development(build, stage, run, found.manager):
        return
    if effects.prune(found) or _builds(build, run, found):
        return
    if _has_any(build, found):
        yield Finding(
            run,
            f"{found.command.quoted} installs what only development needs, too, and this layer is"
            " pushed",
            fix=_fix(build, run, found),
            cost=Cost.stored(build.development_bytes([found])),
        )


def _install(effects: shell.Effects) -> shell.Install | None:
    """Return a RUN's first install with dependencies for development, if it surely runs and names
    no package.
    """
    for install in effects.of(shell.Install):
        if install.dev and install.managed_by.development is not None:
            return install if install.command.certain and not install.packages else None
    return None


def _is_for_development(build: Build, stage: facts.Stage, run: syntax.Run, manager: str) -> bool:
    """Tell whether the file, the stage or the image's command says that this is no image for
    production.
    """
    name = build.dockerfile.source.path.rpartition("/")[2]
    if any(map(_NAME.search, (name, *(each.name or "" for each in stage.ancestors())))):
        return True
    starts = _TESTS if facts.family(manager) == "python" else _STARTS
    commands = list(build.started(stage))
    modes = " ".join(build.state(run).values.get(name, "") for name in _STAGES)
    if "dev" in modes or any(map(starts.search, commands)):
        return True
    if "prod" not in modes and all(map(_SHELL.fullmatch, commands)):
        return True
    return _has_tools(build, stage, run) or _is_set_later(build, run)


def _has_tools(build: Build, stage: facts.Stage, run: syntax.Run) -> bool:
    """Tell whether a RUN up to this one installs a tool of development for all: the image's
    command, or its user, starts it.
    """
    above = [step for step in build.chain(stage) if step.instruction.index <= run.index]
    installs = build.effects_of(shell.Install, above)
    return any(each.everywhere and not _TOOLS.isdisjoint(each.names) for _, each in installs)


def _is_set_later(build: Build, run: syntax.Run) -> bool:
    """Tell whether an ENV on top of the RUN says that the image is for development."""
    for step in build.shipping.later(run):
        match step.instruction:
            case syntax.Env(value=value) if _ENVIRONMENT.search(value.text):
                if "dev" in value.text:
                    return True
    return False


def _builds(build: Build, run: syntax.Run, install: shell.Install) -> bool:
    """Tell whether this RUN, or one on top of it, runs scripts or tools of the project."""
    known = install.managed_by.development
    later = (step.instruction for step in build.shipping.later(run))
    runs = [run, *(each for each in later if isinstance(each, syntax.Run))]
    return known is not None and any(
        known.used_by.search(f"{each.value.text} {' '.join(doc.body for doc in each.heredocs)}")
        for each in runs
    )


def _has_any(build: Build, install: shell.Install) -> bool:
    """Tell whether the project may have such dependencies: none of the manifests that can be read
    says otherwise.
    """
    known = install.managed_by.development
    named = {place.form.rpartition("/")[2] for place in install.manifests}
    if known is None or known.manifest not in named:
        return True
    read = [
        text
        for path, entry in build.context.entries.items()
        if path.rpartition("/")[2] == known.manifest
        and entry.kind == "file"
        and b"\0" not in (text := build.context.read(path))
    ]
    return not read or any(known.mark in text for text in read)


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
