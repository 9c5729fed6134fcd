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

# What holds an install to its lock file, by manager, and what the flag stands behind.
_ASK = {
    "npm": "npm ci",
    "yarn": "--frozen-lockfile",
    "pnpm": "--frozen-lockfile",
    "bun": "--frozen-lockfile",
    "uv": "--locked",
    "pipenv": "--deploy",
    "pdm": "--frozen-lockfile",
    "bundler": "BUNDLE_FROZEN=true",
    "composer": "composer install",
    "cargo": "--locked",
    "dotnet": "--locked-mode",
}
_NO_CI = (
    ((5,), (8, 12)),
    ((9,), (10, 3)),
)  # versions of Node.js whose npm is older than 5.7 and knows no `npm ci`
_KEEPS_TO_LOCK = frozenset(("bundler", "cargo", "dotnet", "uv"))
_NODE = frozenset(("npm", "yarn", "pnpm", "bun"))
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
# Words of npm and of the others that ask for something else than what the lock file says.
_KEEPS_NONE = frozenset(("--no-package-lock", "--no-save", "--force", "-f"))
_LOOSE = frozenset(("--no-frozen-lockfile", "--no-immutable", "--no-lockfile"))
_NPM_INSTALLS = frozenset(("install", "i", "add", "in", "isntall"))
_INSTALLS = frozenset(("install", "i"))


@rule.on(syntax.Run)
def unlocked(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that don't hold to the lock file beside them."""
    build = context.build
    for install in build.effects(run).of(shell.Install):
        lock = build.lock_file(run, install) if _resolves(build, run, install) else None
        if lock is None:
            continue
        where = "" if lock.copied else ", which is in the build context but not copied"
        edit = _edit(build, run, install, _frozen(build, lock.beside(".yarnrc.yml"), install))
        safety = fixes.Safety.SAFE if build.lock_fits(lock) else fixes.Safety.UNSAFE
        yield Finding(
            install,
            f"this may resolve anew what {lock.name} settles{where}: {_ASK[install.manager]}"
            " takes that or fails",
            fix=fixes.Fix(f"install what {lock.name} says", (edit,), safety)
            if edit and lock.copied
            else None,
            related=() if lock.at is None else (Related(lock.at, f"brings {lock.name}"),),
            severity=Severity.INFO if _keeps_to_lock(install) else None,
        )


def _keeps_to_lock(install: shell.Install) -> bool:
    """Tell whether it stays with the lock file while that fits; `cargo install`, unlike `cargo
    build`, ignores it.
    """
    words = {word.form for word in install.command.args}
    if install.manager == "cargo" and "install" in words:
        return False
    return install.manager in _KEEPS_TO_LOCK or "--pure-lockfile" in words


def _resolves(build: Build, run: syntax.Run, install: shell.Install) -> bool:
    """Tell whether an install of a project is free to choose versions."""
    if install.locked is not False or install.packages or install.everywhere:
        return False
    words = {word.form for word in install.command.args}
    if words & _KEEPS_OR_WRITES:
        return False
    match install.manager:
        case "npm":
            return not _has_no_ci(build, run)
        case "yarn" | "pnpm" if build.state(run).values.get("CI", "").lower() in _CI:
            return any(word.startswith("--no-") for word in words)
    return install.manager in _ASK


def _has_no_ci(build: Build, run: syntax.Run) -> bool:
    """Tell whether npm is from before `npm ci`."""
    version = build.node_version(run)
    if version is None:
        return False
    return version < (5,) or any(first <= version < end for first, end in _NO_CI)


def _frozen(build: Build, settings: str, install: shell.Install) -> str:
    """Return the flag that holds an install to its lock file; `settings` is where those of Yarn 2
    are.
    """
    is_new_yarn = install.manager == "yarn" and settings in build.context.entries
    return "--immutable" if is_new_yarn else "--frozen-lockfile"


def _edit(build: Build, run: syntax.Run, install: shell.Install, flag: str) -> fixes.Edit | None:
    """Hold an install of Node's to its lock file by `flag`, or npm by another verb."""
    words = install.command.args
    if install.manager not in _NODE or any(_chooses_lock(word) for word in words):
        return None
    if install.manager == "npm":
        return _edit_of_npm(install)
    loose = next((word for word in words if word.form in _LOOSE), None)
    if loose is not None:
        return fixes.Edit(loose.span, flag)
    verb = next((word for word in words if word.text in _INSTALLS), None)
    if verb is not None:
        return fixes.put_behind(build, run, verb, flag)
    return fixes.put_behind(build, run, install.command.word, "install", flag)


def _chooses_lock(word: shell.ShellWord) -> bool:
    return word.form.startswith(("--lockfile", "--pure-lockfile"))


def _edit_of_npm(install: shell.Install) -> fixes.Edit | None:
    """Turn `npm install` into `npm ci`, unless it has words that the latter does not know."""
    words = install.command.args
    verb = next((word for word in words if word.text in _NPM_INSTALLS), None)
    if verb is None or any(word.form in _KEEPS_NONE for word in words):
        return None
    return fixes.Edit(verb.span, "ci")
