r"""An install ignores the lock file, so two builds of one commit may contain different packages.

## What it does

Finds `npm install`, `yarn install` and similar installs that may resolve versions again although a
lock file exists.

## Why is this bad?

`npm install` and similar commands follow the lock file only as far as it matches the manifest, and
otherwise rewrite it. The result then depends on the day of the build. When a dependency publishes a
release, the layer changes without a commit. The image is no longer what was tested. `npm ci`,
`--frozen-lockfile` and `--immutable` install what is locked, or fail. Yarn 1 does not fail where
the lock file is missing: it installs the newest versions then, also with `--frozen-lockfile`.

**Measured:** the layer of `npm ci` with `react` and `vite` is 24.5 MB, built and pushed for
`benchmarks/installs.md`. A new release of any dependency pushes such a layer again.

## Example

```context
package.json: {"name": "shop", "dependencies": {"express": "^4.19.2"}}\n
package-lock.json: {"name": "shop", "lockfileVersion": 3, "packages": {"": {"dependencies": {"express": "^4.19.2"}}}}\n
yarn.lock: # yarn lockfile v1\nexpress@^4.19.2:\n  version "4.19.2"\n
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

```dockerfile bad
FROM node:22-slim
WORKDIR /app
COPY package.json ./
RUN yarn install --frozen-lockfile && yarn cache clean
```

```dockerfile good
FROM node:22-slim
WORKDIR /app
COPY package.json yarn.lock ./
RUN yarn install --frozen-lockfile && yarn cache clean
```

## How sure

The lock file is next to the manifest, in the build context or where a `COPY --from` names it. That
Yarn misses it is reported of the Yarn 1 of the official Node.js images.
Infos are:

- a lock file that lacks a dependency, of its `package.json` or of a package, and must be renewed
  first
- a lock file of Node.js that is not proved to fit: overrides, patches or hooks may change packages
- npm in an image of unknown age: before npm 7, `npm ci` fails on a version 3 lock file
- managers that keep to a lock file that is copied unless the manifest contradicts it (npm, Yarn,
  pnpm, Bun, cargo, Bundler, uv, dotnet)
- an install of which a comment says that it goes without the lock file
- `cargo install --path`, which ignores `Cargo.lock` without `--locked`, and `cargo install NAME`

Not reported are:

- installs that would fail with the flag: their lock file lacks Linux (Bundler) or the runtime
  (NuGet), their workspace is incomplete (cargo, Yarn 2, uv), or it belongs to another `package.json`
- a lock file that a `COPY` names and the context lacks, as nobody knows whether it fits
- installs whose lock file contradicts what is copied. pnpm compares settings, overrides and ranges,
  and npm peers and workspaces. A `pnpm-workspace.yaml` or `.pnpmfile.cjs` that is not copied counts
- an install in a branch of an `if` that no known build takes
- an install from a manifest that an earlier step generates or edits, or whose lock file it deletes
- a second install from the same manifests, beside one that keeps to the lock file or below it
- packages installed by name or globally, and installs that only write the lock file
- managers that keep to the lock file, where it is copied in a Dockerfile for development
- installs under `CI=true` when the manager then freezes by itself
- Bundler on a base image that is not an official one: its settings may hold it to the lock file
- `cargo install NAME` without a version, of which `pin/unlocked-package` tells, and `cargo install
  --git`: that repository may have no lock file
- npm before 5.7, which has no `npm ci`

Of Bundler the advice names the platforms that a lock file lacks: those of the image's C library,
and of ARM where the lock file has `arm64-darwin`, whose owners build such images.

The fix is safe when the lock file is copied and proved to fit what arrives with it. It is unsafe
where it replaces a `--no-frozen-lockfile` that somebody wrote.

## When not to follow it

Skip it in a stage that renews the lock file.

## Options

None.

## References

- [`cargo install`](https://doc.rust-lang.org/cargo/commands/cargo-install.html)
- [`cargo build --locked`](https://doc.rust-lang.org/cargo/commands/cargo-build.html)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", needs=(shell.Install,), fix=fixes.Safety.SAFE)

_SAYS = "{command} may ignore `{name}`"
_KEEPS = "{command} resolves packages again where `{name}` does not fit"
_STALE = "`{name}` lacks packages that `package.json` asks for, so {command} resolves them"
_MISSED = "{command} resolves packages again: `{name}` is in the build context, but not copied"
_OWN = "{} ignores the package's own lock file, so builds of one commit may differ"
# What to do first, by how far the lock file is known to fit.
_BEFORE = {
    "STALE": "update the lock file",
    "UNPROVED": "make sure that the lock file matches what is copied",
}
# What resolves packages again also where the lock file fits.
_ANEW = frozenset(
    "--no-lockfile --no-package-lock --package-lock=false --upgrade -U u up update upgrade".split()
)


@rule.on(syntax.Run)
def unlocked(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that do not keep to their lock file."""
    build = context.build
    for install in build.effects(run).of(shell.Install):
        if build.pins.leaves_own_lock(install) and not build.pins.unpinned_packages(run, install):
            yield Finding(
                install,
                _OWN.format(install.command.quoted),
                severity=Severity.INFO,
                help="add `--locked`",
            )
        if missed := build.pins.missed_lock_file(run, install):
            yield Finding(
                install,
                _MISSED.format(command=install.command.quoted, name=missed.name),
                help=f"copy `{missed.name}` as well",
            )
        lock = build.pins.unkept_lock_file(run, install)
        if lock is None:
            continue
        keeps = lock.copied and _keeps(install)
        stale = lock.fit is lock.fit.STALE
        message = _message(copied=lock.copied, stale=stale, keeps=keeps)
        before = _BEFORE.get(lock.fit.name, "")
        platforms = " ".join(build.pins.platforms_to_lock(run, install, lock))
        first = f"run `bundle lock --add-platform {platforms}`" if platforms else before
        yield Finding(
            install,
            message.format(command=install.command.quoted, name=lock.name),
            help=_help(build.pins.held_by(install, lock), lock.name, first, copied=lock.copied),
            fix=build.pins.hold_to_lock(run, install, lock),
            related=() if lock.at is None else (Related(lock.at, f"copies {lock.name}"),),
            severity=Severity.INFO if before or lock.loose or keeps else None,
        )


def _message(*, copied: bool, stale: bool, keeps: bool) -> str:
    if not copied:
        return _MISSED
    if stale:
        return _STALE
    return _KEEPS if keeps else _SAYS


def _help(held_by: str, name: str, before: str, *, copied: bool) -> str:
    """Say what to do; `npm ci` and the like fail where the lock file is not in the image."""
    copying = "" if copied else f"copy `{name}` as well"
    steps = [each for each in (before, copying) if each]
    then = f"use `{held_by}`, which installs exactly what is locked"
    return f"{' and '.join(steps)}, then {then}" if steps else then


def _keeps(install: shell.Install) -> bool:
    """Tell whether an install keeps to a lock file that fits: `cargo install` ignores it, unlike
    `cargo build`.
    """
    words = install.command.forms
    ignores = install.manager == "cargo" and "install" in words
    return install.managed_by.keeps_to_lock and not ignores and _ANEW.isdisjoint(words)
