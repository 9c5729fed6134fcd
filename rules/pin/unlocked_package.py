"""A package is installed without saying which version, so each build of the RUN takes the newest of
that day.

`pip install gunicorn` or `npm install -g pnpm` ask the registry for the latest release whenever the
RUN isn't cached. Two images of one commit then differ, the layer is uploaded again though nothing
was changed, and a release that breaks something breaks the build of people who did nothing. A range
(`>=`, `~=`, `^`, `latest`) is no version.

```dockerfile bad
FROM python:3.12-slim
RUN pip install --no-cache-dir gunicorn "flask>=3"
```

```dockerfile good
FROM python:3.12-slim
RUN pip install --no-cache-dir gunicorn==22.0.0 "flask==3.0.3"
```

```dockerfile bad
FROM golang:1.22-alpine AS build
RUN go install example.com/tools/stringer@latest
```

```dockerfile good
FROM golang:1.22-alpine AS build
RUN go install example.com/tools/stringer@v0.21.0
```

An ARG's or ENV's default counts as written:

```dockerfile bad
FROM node:22-slim
ARG PNPM_VERSION=^9
RUN npm install -g pnpm@$PNPM_VERSION
```

```dockerfile good
FROM node:22-slim
ARG PNPM_VERSION=9.4.0
RUN npm install -g pnpm@$PNPM_VERSION
```

How sure: versions are read as each manager reads them (pip, pipx, uv, poetry, conda, npm, yarn,
pnpm, bun, gem, go, cargo, composer, dotnet, pecl, cpan; and those that Corepack fetches). A
repository at its default branch or another one is no version, nor is an archive of a branch; other
URLs, files, folders, names that a variable gives and that nobody here knows, and installs under a
constraints file are left alone. Packages of the distribution are for `pin/os-package`.

When not to follow it: for tools that a build only uses and whose newest version is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__, __doc__, severity=Severity.INFO, aliases=("DL3013", "DL3016", "DL3028", "DL3062")
)

_MANAGERS = frozenset(
    "pip pipx uv poetry conda npm yarn pnpm bun gem go cargo composer dotnet pecl cpan".split()
)
_CONSTRAINED = frozenset(("pip", "pipx", "uv"))  # to conda, `-c` is a channel
_CONSTRAINTS = ("-c", "--constraint", "--constraints", "--build-constraint")
_PYTHON = frozenset(("pip", "pipx", "uv", "poetry"))
_NODE = frozenset(("npm", "yarn", "pnpm", "bun"))
_RELEASE = regex(
    r"(?:npm|pnpm|yarn)@(?!v?\d+\.\d+\.\d)"
)  # of a manager that Corepack fetches, by no exact version
_ARCHIVE_OF_BRANCH = regex(
    r"/(?:archive|tarball|zipball)/(?:refs/heads/)?(?:develop|HEAD|main|master|trunk)\b"
)
MAX_NAMES = 3  # packages that a message lists


@rule.on(syntax.Run)
def without_version(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report the packages of each install that no version fixes."""
    for install in context.build.effects(run).of(shell.Install):
        if install.manager in _MANAGERS and not _constrained(context.build, run, install):
            loose = [package for package in install.packages if _floats(install, package)]
            if loose:
                yield Finding(
                    install, f"{_listed(loose)}: another build installs what is newest then"
                )


@rule.on(syntax.Run)
def manager_without_version(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report the managers that Corepack is told to fetch in no exact version."""
    for command in context.build.script(run).commands:
        if (
            command.name == "corepack"
            and command.args
            and command.args[0].form in {"prepare", "install", "use"}
        ):
            for word in command.args[1:]:
                if _RELEASE.match(word.form) and "$" not in word.form:
                    yield Finding(
                        word,
                        f"`{word.form}` names no exact version: another build fetches what is"
                        " newest then",
                    )


def _constrained(build: Build, run: syntax.Run, install: shell.Install) -> bool:
    """Tell whether a file elsewhere fixes the versions."""
    if install.manager not in _CONSTRAINED:
        return False
    if any(word.form.partition("=")[0] in _CONSTRAINTS for word in install.command.args):
        return True
    values = build.state(run).values
    return bool({"PIP_CONSTRAINT", "UV_CONSTRAINT"} & {*values, *install.command.assignments})


def _floats(install: shell.Install, package: shell.Package) -> bool:
    if package.text is None or package.exact is not False:
        return False
    if package.kind == "vcs":
        return _is_of_branch(install.manager, package.text)
    if package.kind == "url":
        return bool(_ARCHIVE_OF_BRANCH.search(package.text))
    numbered = package.name[:1].isdigit()  # `gem update --system 3.5.1`
    return package.kind == "index" and not numbered and not _is_there(install, package)


def _is_of_branch(manager: str, text: str) -> bool:
    """Tell whether a repository is taken as it is now: what is checked out is not named, or not
    like a version.
    """
    if manager in _PYTHON:
        path = text.rpartition("://")[2].partition("/")[2].partition("#")[0]
        reference = path.partition("@")[2]
    elif manager in _NODE:
        reference = text.partition("#")[2]
    else:
        return False
    return not any(each.isdigit() or each == "$" for each in reference)


def _is_there(install: shell.Install, package: shell.Package) -> bool:
    """Tell whether Go builds what has been fetched: `go install path` without `@` is of the module
    it stands in.
    """
    return (
        install.manager == "go"
        and "@" not in package.name + (package.text or "")
        and install.command.args[0].raw == "install"
    )


def _listed(packages: list[shell.Package]) -> str:
    names = [f"`{package.text}`" for package in packages]
    if len(names) > MAX_NAMES:
        names = [*names[: MAX_NAMES - 1], f"{len(names) - MAX_NAMES + 1} more"]
    last = names.pop()
    verb = "name no exact versions" if names else "names no exact version"
    return f"{', '.join(names)} and {last} {verb}" if names else f"{last} {verb}"
