r"""A lock file is there, but the install may resolve afresh, so that two builds of one commit hold
different packages.

`npm install`, `yarn install` and their like take what the lock file says only as far as it suits
the manifest, and write it anew otherwise. What is installed then depends on the day of the build:
when a dependency publishes a release, the layer is another one although nobody changed anything, it
is uploaded again, and what was tested isn't what is shipped. `npm ci`, `--frozen-lockfile` and
`--immutable` install what is locked, or fail.

```context
package.json: {"name": "shop", "dependencies": {"express": "^4.19.2"}}\n
package-lock.json: {"name": "shop", "lockfileVersion": 3, "packages": {"": {"dependencies": {"express": "^4.19.2"}}}}\n
yarn.lock: express@^4.19.2:\n  version "4.19.2"\n
```

```dockerfile bad
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm install --omit=dev
```

```dockerfile good
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
```

```dockerfile bad
FROM node:22-slim
WORKDIR /app
COPY package.json yarn.lock ./
RUN yarn install --no-frozen-lockfile && yarn cache clean
```

```dockerfile good
FROM node:22-slim
WORKDIR /app
COPY package.json yarn.lock ./
RUN yarn install --frozen-lockfile && yarn cache clean
```

How sure: the lock file stands beside the manifest, in the build context or where a COPY names it.
One that lacks a dependency of its package.json is an info: it has to be renewed first. Silent where
the install would fail if it were held to it: the lock file knows no Linux (Bundler) or not the
runtime (NuGet), or the manifests of its workspace are not all there (Yarn 2, uv). Other installs
of packages by name, global ones, those that only write the lock file, those under `CI=true` where
the manager then freezes by itself, and those by an npm that knows no `npm ci`, which came with npm
5.7, are left alone; for managers that stay with their lock file unless the manifest contradicts it
(cargo, bundler, uv, dotnet), it is an info. `cargo install --path` is no such case: without
`--locked` it ignores Cargo.lock, and `cargo install NAME` the one in the package (Cargo's manual
says so), which is an info.

The fix is safe where the lock file is copied and names each dependency of the manifest.

When not to follow it: in a stage whose purpose is to renew the lock file.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)

_SAYS = "this install may ignore `{name}`{where}"
_STALE = (
    "`{name}` lacks packages that `package.json` asks for, so this install resolves them{where}"
)
_OWN = "{} ignores the package's own lock file, so each build resolves its dependencies"
_WHERE = {True: "", False: " (in the build context, but not copied)"}
_HELP = {
    False: "use `{}`, which installs exactly what is locked",
    True: "update the lock file, then use `{}`, which installs exactly what is locked",
}


@rule.on(syntax.Run)
def unlocked(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that don't hold to the lock file beside them."""
    build = context.build
    for install in build.effects(run).of(shell.Install):
        if build.pins.leaves_own_lock(install):
            yield Finding(
                install,
                _OWN.format(install.command.quoted),
                severity=Severity.INFO,
                help="add `--locked`",
            )
        lock = build.pins.unkept_lock_file(run, install)
        if lock is None:
            continue
        is_stale = lock.fit is lock.fit.STALE
        message = _STALE if is_stale else _SAYS
        yield Finding(
            install,
            message.format(name=lock.name, where=_WHERE[lock.copied]),
            help=_HELP[is_stale].format(install.managed_by.held_by),
            fix=build.pins.hold_to_lock(run, install, lock),
            related=() if lock.at is None else (Related(lock.at, f"brings {lock.name}"),),
            severity=Severity.INFO if is_stale or lock.loose else _severity(install),
        )


def _severity(install: shell.Install) -> Severity | None:
    """Return an info where it stays with the lock file while that fits; `cargo install`, unlike
    `cargo build`, ignores it.
    """
    words = install.command.forms
    ignores = install.manager == "cargo" and "install" in words
    keeps = install.managed_by.keeps_to_lock or "--pure-lockfile" in words
    return Severity.INFO if keeps and not ignores else None
