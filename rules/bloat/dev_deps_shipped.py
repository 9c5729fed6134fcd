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

import json
import re
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)

_OMITS = (15,)  # since which Node.js npm knows `--omit`
_STARTS = regex(
    r"\b(?:dev|watch|test|tests|nodemon|ts-node|tsx|serve|storybook|start:dev|pytest|jest|lint|debug|cypress|playwright"
    r"|gulp|grunt|webpack|parcel|vite|react-scripts|babel-node)\b"
)
# Whoever starts such an image, or one without a command, says then what is run. 18 of 50 public
# Dockerfiles were such: places to build or test in, and but for two tools each needed what was
# found.
_SHELL = regex(r"\W*(?:/\w+)*/?(?:ba|da|z|a)?sh\W*(?:-l\W*)?")
_START = regex(r"\b(?:npm|yarn|pnpm|bun)\b\W+(?:run\W+)?start\b")
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
    stage = build.stage_of(run)
    if stage is None or not build.shipped(stage):
        return
    effects = build.effects(run)
    found = next(
        (
            each
            for each in effects.of(shell.Install)
            if each.dev and each.managed_by.development is not None
        ),
        None,
    )
    if (
        found is None
        or found.packages
        or not found.command.certain
        or _is_for_development(build, run, found.manager)
    ):
        return
    later = effects.items[effects.items.index(found) :]
    pruned = any(
        (isinstance(each, shell.Remove) and each.manager == found.manager and not each.packages)
        or (isinstance(each, shell.Install) and each.manager == found.manager and each.dev is False)
        for each in later
    )
    if pruned or _builds(build, run, found) or not _has_any(build, found):
        return
    message = (
        f"{found.command.quoted} installs what only development needs, too, and this layer is"
        " pushed"
    )
    cost = Cost.stored(build.development_bytes([found]))
    yield Finding(run, message, fix=_fix(build, run, found), cost=cost)


def _is_for_development(build: Build, run: syntax.Run, manager: str) -> bool:
    """Tell whether the file, the stage or the image's command says that this is no image for
    production.
    """
    stage = build.stage_of(run)
    names = (
        [
            build.dockerfile.source.path.rpartition("/")[2],
            *(each.name or "" for each in stage.ancestors()),
        ]
        if stage
        else []
    )
    if any(_NAME.search(name) for name in names):
        return True
    starts = _TESTS if facts.family(manager) == "python" else _STARTS
    commands = list(_commands(build, stage)) if stage else []
    told = [build.state(run).values.get(name, "") for name in _STAGES]
    started_later = all(map(_SHELL.fullmatch, commands)) and not any(
        "prod" in value for value in told
    )
    if (
        started_later
        or any(starts.search(text) for text in commands)
        or any("dev" in value for value in told)
    ):
        return True
    above = (
        (step for step in build.chain(stage) if step.instruction.index <= run.index)
        if stage
        else ()
    )
    if any(_installs_tools(build, step) for step in above):
        return True
    for step in build.shipping.later(run):
        later = step.instruction
        if (
            isinstance(later, syntax.Env)
            and _ENVIRONMENT.search(later.value.text)
            and "dev" in later.value.text
        ):
            return True
    return False


def _installs_tools(build: Build, step: facts.Step) -> bool:
    """Tell whether a RUN installs a tool of development for all: the image's command, or its user,
    starts it.
    """
    if not isinstance(step.instruction, syntax.Run):
        return False
    installs = build.effects(step.instruction, step.state).of(shell.Install)
    return any(
        each.everywhere and _TOOLS & {package.name for package in each.packages}
        for each in installs
    )


def _commands(build: Build, stage: facts.Stage) -> Iterator[str]:
    """Yield what the images that stand on a stage run, with the script that `npm start` names."""
    for image in build.stages:
        if build.shipped(image) and stage in image.ancestors():
            for kind in (syntax.Cmd, syntax.Entrypoint):
                all_of_it = [
                    step.instruction
                    for step in build.chain(image)
                    if isinstance(step.instruction, kind)
                ]
                for last in all_of_it[-1:]:
                    text = last.value.text
                    yield f"{text} {_start(build)}" if _START.search(text) else text


def _start(build: Build) -> str:
    """Return the `start` script of a package.json of the context."""
    for path, entry in build.context.entries.items():
        if path.rpartition("/")[2] == "package.json" and entry.kind == "file":
            try:
                return str(json.loads(build.context.read(path)).get("scripts", {}).get("start", ""))
            except (ValueError, AttributeError):
                return ""
    return ""


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
    known, stage = install.managed_by.development, build.stage_of(run)
    omit = known.omit if known else None
    word = next((word for word in install.command.args if omit and word.raw in omit.verbs), None)
    if omit is None or word is None:
        return None
    flag = omit.name
    if install.manager == "npm" and stage and (build.version_of(stage, "node") or _OMITS) < _OMITS:
        flag = "--only=production"
    return fixes.Fix(
        f"leave them out: `{flag}`",
        (fixes.put_behind(build, run, word, flag),),
        fixes.Safety.UNSAFE,
    )
