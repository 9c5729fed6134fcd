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

import json
import posixpath
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from dlint import DlintError, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)

_NO_CI = (
    ((5,), (8, 12)),
    ((9,), (10, 3)),
)  # versions of Node.js whose npm is older than 5.7 and knows no `npm ci`
_NODESOURCE = regex(r"nodesource\.com/setup_(\d+)\.x")
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


@rule.on(syntax.Run)
def unlocked(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that don't hold to the lock file beside them."""
    build = context.build
    stage = build.stage_of(run)
    if stage is None:
        return
    for install in build.effects(run).of(shell.Install):
        if not _resolves(build, run, install):
            continue
        lock = _find_lock(build, stage, run, install)
        if lock is not None:
            where = "" if lock.copied else ", which is in the build context but not copied"
            yield Finding(
                install,
                f"this may resolve anew what {lock.name} settles{where}:"
                f" {install.managed_by.held_by} takes that or fails",
                fix=_fix(build, run, install, lock) if lock.copied else None,
                related=() if lock.at is None else (Related(lock.at, f"brings {lock.name}"),),
                severity=Severity.INFO if _is_loyal(install) else None,
            )


def _is_loyal(install: shell.Install) -> bool:
    """Tell whether it stays with the lock file while that fits; `cargo install`, unlike `cargo
    build`, ignores it.
    """
    words = {word.form for word in install.command.args}
    if install.manager == "cargo" and "install" in words:
        return False
    return install.managed_by.keeps_to_lock or "--pure-lockfile" in words


class _Lock(NamedTuple):
    """A lock file: its name, its path in the context ("" where that is not known), and what copies
    it.
    """

    name: str
    path: str
    at: syntax.Transfer | None
    copied: bool


def _resolves(build: Build, run: syntax.Run, install: shell.Install) -> bool:
    """Tell whether an install of a project is free to choose versions."""
    if (
        install.locked is not False
        or not install.managed_by.held_by
        or install.packages
        or install.everywhere
    ):
        return False
    if any(word.form in _KEEPS_OR_WRITES for word in install.command.args):
        return False
    if install.manager == "npm" and _has_no_ci(build, run):
        return False
    if install.manager in {"yarn", "pnpm"} and build.state(run).values.get("CI", "").lower() in {
        "true",
        "1",
    }:
        return any(word.form.startswith("--no-") for word in install.command.args)
    return True


def _has_no_ci(build: Build, run: syntax.Run) -> bool:
    """Tell whether npm is from before `npm ci`."""
    stage = build.stage_of(run)
    runs = (
        [
            step.instruction
            for step in build.chain(stage)
            if isinstance(step.instruction, syntax.Run)
        ]
        if stage
        else []
    )
    before = [each for each in runs if each.index <= run.index]
    packages = (
        package
        for each in before
        for one in build.effects(each).of(shell.Install)
        for package in one.packages
    )
    if stage is None or any(package.name == "npm" and package.version for package in packages):
        return False
    named = [match[1] for each in before for match in _NODESOURCE.finditer(each.value.text)]
    version = (int(named[-1]), 1 << 30) if named else build.version_of(stage, "node")
    return version is not None and (
        version < (5,) or any(first <= version < end for first, end in _NO_CI)
    )


def _find_lock(
    build: Build, stage: facts.Stage, run: syntax.Run, install: shell.Install
) -> _Lock | None:
    """Return the lock file that the install would keep to, if there is one."""
    names = facts.lock_names(install.manager)
    wanted = [posixpath.join(folder, name) for folder in _lock_folders(install) for name in names]
    found = build.arrivals
    here = [*found.before(stage, run)]
    steps = [step for step in build.chain(stage) if step.instruction is run]
    here += [mounted for step in steps for mounted in found.mounted(step, run)]
    for arrival in reversed(here):
        path = next((arrival.files[place] for place in wanted if place in arrival.files), None)
        if path:
            at = arrival.instruction if isinstance(arrival.instruction, syntax.Transfer) else None
            return _Lock(posixpath.basename(path), path, at, copied=True)
    named = _named_in_text(build, stage, run, names)
    if named:
        return named
    manifests = {posixpath.basename(each.form) for each in install.manifests}
    for arrival in here:
        for place, path in arrival.files.items():
            if (
                posixpath.basename(path) in manifests
                and posixpath.dirname(place) in install.folders
            ):
                beside = [posixpath.join(posixpath.dirname(path), name) for name in names]
                lock = next((each for each in beside if each in build.context.entries), None)
                if lock:
                    return _Lock(posixpath.basename(lock), lock, None, copied=False)
    return None


def _lock_folders(install: shell.Install) -> list[str]:
    """Return where the lock file may stand: for cargo also above the project, with the workspace
    that it is part of.
    """
    folders = sorted(install.folders)
    if install.manager == "cargo":
        folders += [str(parent) for folder in folders for parent in PurePosixPath(folder).parents]
    return folders


def _named_in_text(
    build: Build, stage: facts.Stage, run: syntax.Run, names: tuple[str, ...]
) -> _Lock | None:
    """Find a COPY that names a lock file, from another stage or from a context that is not at
    hand.
    """
    doubtful = build.arrivals.doubtful
    for step in reversed(build.chain(stage)):
        copy = step.instruction
        if (
            not isinstance(copy, syntax.Transfer)
            or copy.index > run.index
            or not (copy.flag("from") or doubtful)
        ):
            continue
        for word in copy.sources:
            name = word.text.strip("\"'").rpartition("/")[2].rstrip("*")
            found = next((each for each in names if name and each == name), None)
            if found:
                return _Lock(found, "", copy, copied=True)
    return None


def _fix(build: Build, run: syntax.Run, install: shell.Install, lock: _Lock) -> fixes.Fix | None:
    """Hold the install to its lock file."""
    if install.managed_by.family != "node":
        return None
    args = install.command.args
    if any(word.form.startswith(("--lockfile", "--pure-lockfile")) for word in args):
        return None
    if install.manager == "npm":
        verb = next(
            (word for word in args if word.text in {"install", "i", "add", "in", "isntall"}), None
        )
        if verb is None or any(
            word.form in {"--no-package-lock", "--no-save", "--force", "-f"} for word in args
        ):
            return None
        edit = fixes.Edit(verb.span, "ci")
    else:
        loose = [
            word
            for word in args
            if word.form in {"--no-frozen-lockfile", "--no-immutable", "--no-lockfile"}
        ]
        verb = next((word for word in args if word.text in {"install", "i"}), None)
        if loose:
            edit = fixes.Edit(loose[0].span, _frozen(build, lock, install))
        else:
            words = (
                (_frozen(build, lock, install),)
                if verb
                else ("install", _frozen(build, lock, install))
            )
            edit = fixes.put_behind(build, run, verb or install.command.word, *words)
    safe = lock.path != "" and _fits(build, lock)
    return fixes.Fix(
        f"install what {lock.name} says",
        (edit,),
        fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE,
    )


def _frozen(build: Build, lock: _Lock, install: shell.Install) -> str:
    settings = posixpath.join(posixpath.dirname(lock.path), ".yarnrc.yml")
    return (
        "--immutable"
        if install.manager == "yarn" and settings in build.context.entries
        else "--frozen-lockfile"
    )


def _fits(build: Build, lock: _Lock) -> bool:
    """Tell whether the lock file names all dependencies of its manifest with the same ranges."""
    try:
        manifest = json.loads(
            build.context.read(posixpath.join(posixpath.dirname(lock.path), "package.json"))
        )
        text = build.context.read(lock.path).decode("utf-8", "replace")
        wanted = _dependencies(manifest)
        if lock.name in {"package-lock.json", "npm-shrinkwrap.json"}:
            return wanted == _dependencies(json.loads(text).get("packages", {}).get("", {}))
    except (DlintError, ValueError, AttributeError):
        return False
    if lock.name == "yarn.lock":
        return all(
            re.search(rf"{re.escape(name)}@(?:npm:)?{re.escape(str(v))}(?=[\s\",:]|$)", text)
            for name, v in wanted.items()
        )
    return all(name in text for name in wanted)


def _dependencies(manifest: Mapping[str, Any]) -> dict[str, Any]:
    kinds = ("dependencies", "devDependencies", "optionalDependencies")
    return {name: version for kind in kinds for name, version in manifest.get(kind, {}).items()}
