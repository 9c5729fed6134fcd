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
Whether it fits the manifest is for the build to say: it fails where it does not, which is the
point. Installs of packages by name, global ones, those that only write the lock file, those under
`CI=true` where the manager then freezes by itself, and those by an npm that knows no `npm ci`,
which came with npm 5.7, are left alone; for managers that stay with their lock file unless the
manifest contradicts it (cargo, bundler, uv, dotnet), it is an info. `cargo install --path` is no
such case: without `--locked` it ignores Cargo.lock.

The fix is safe where the lock file is copied and names each dependency of the manifest.

When not to follow it: in a stage whose purpose is to renew the lock file.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)

_NO_CI = (
    ((0,), (5,)),
    ((5,), (8, 12)),
    ((9,), (10, 3)),
)  # versions of Node.js whose npm is older than 5.7 and knows no `npm ci`
# Words that say to write the lock file on purpose; `yarn workspaces focus` always keeps to it.
_KEEPS_OR_WRITES = frozenset(
    (
        "--package-lock-only",
        "--lockfile-only",
        "--mode=update-lockfile",
        "update-lockfile",
        "--lock",
        "focus",
    )
)
_CI = frozenset(("true", "1"))
_WHERE = {True: "", False: ", which is in the build context but not copied"}


@rule.on(syntax.Run)
def unlocked(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that don't hold to the lock file beside them."""
    build = context.build
    for install in build.effects(run).of(shell.Install):
        lock = build.pins.lock_file(run, install) if _resolves(build, run, install) else None
        if lock is None:
            continue
        yield Finding(
            install,
            f"this may resolve anew what {lock.name} settles{_WHERE[lock.copied]}:"
            f" {install.managed_by.held_by} takes that or fails",
            fix=build.pins.hold_to_lock(run, install, lock),
            related=() if lock.at is None else (Related(lock.at, f"brings {lock.name}"),),
            severity=_severity(install),
        )


def _severity(install: shell.Install) -> Severity | None:
    """Return an info where it stays with the lock file while that fits; `cargo install`, unlike
    `cargo build`, ignores it.
    """
    words = install.command.forms
    if install.manager == "cargo" and "install" in words:
        return None
    if install.managed_by.keeps_to_lock or "--pure-lockfile" in words:
        return Severity.INFO
    return None


def _resolves(build: Build, run: syntax.Run, install: shell.Install) -> bool:
    """Tell whether an install of a project is free to choose versions."""
    if install.locked is not False:
        return False
    words = install.command.forms
    if not _KEEPS_OR_WRITES.isdisjoint(words):
        return False
    match install.manager:
        case "npm":
            return not _has_no_ci(build, run)
        case "yarn" | "pnpm" if build.state(run).values.get("CI", "").lower() in _CI:
            return any(word.startswith("--no-") for word in words)
    return bool(install.managed_by.held_by)


def _has_no_ci(build: Build, run: syntax.Run) -> bool:
    """Tell whether npm is from before `npm ci`."""
    version = build.installs.node_version(run)
    return version is not None and any(first <= version < end for first, end in _NO_CI)
