r"""Files or packages are deleted in a later layer than the one that stored them, which frees
nothing.

A layer never gets smaller: what a RUN or COPY stored is pushed and pulled with its layer for good,
and a deletion further down only hides it. To free the bytes, delete in the RUN that writes them, or
do the work in a stage that is not pushed.

```dockerfile bad
FROM debian:12.5-slim
RUN curl -fsSLo /tmp/tool.tar.gz https://example.com/tool-1.2.3.tar.gz && tar -xzf /tmp/tool.tar.gz -C /opt
RUN rm -rf /tmp/tool.tar.gz
```

```dockerfile good
FROM debian:12.5-slim
RUN curl -fsSLo /tmp/tool.tar.gz https://example.com/tool-1.2.3.tar.gz && tar -xzf /tmp/tool.tar.gz -C /opt \
    && rm -rf /tmp/tool.tar.gz
```

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
COPY src /src
RUN make -C /src install
RUN apt-get purge -y build-essential && apt-get autoremove -y
```

```dockerfile good
FROM debian:12.5-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
COPY src /src
RUN make -C /src install

FROM debian:12.5-slim
COPY --from=build /usr/local /usr/local
```

How sure: a deletion counts where a step above, in the same chain of layers, is seen to have written
the path, the package or the cache, and the deleting RUN has not written it itself. What the base
image brought is not ours to save, and deleting it may be wanted. The bytes are known where the
files came from the build context. An `apt-get clean` that stands alone is an info: the images of
Debian and Ubuntu are set to keep no archive after an install.

When not to follow it: where something must be hidden, and its bytes don't matter.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.ERROR, fix=fixes.Safety.SAFE)

_MENTION = regex(
    r"\b(?:rm|rmdir|unlink|find|purge|remove|autoremove|erase|del|uninstall|clean|cache|prune)\b"
)
_DELETERS = frozenset(("find", "rm", "rmdir", "unlink"))
_ARCHIVE = regex(r"\.(?:t?[gx]z|tar|tbz2?|bz2|zst|zip|deb|rpm|apk|whl|jar|run|iso|7z|[ew]ar|exe)\Z")
_LIGHT = regex(
    r"\A/etc/|/\.[^/]*\Z|\.(?:sh|bash|py|pl|conf|cfg|list|txt|json|ya?ml|toml|ini|asc|gpg|key|pem|crt|patch|diff)\Z"
)
_TELLING = 4  # characters of a name that are enough to know an archive's folder by
_VARIABLE = regex(r"\$\{?\w")
_HEAVY = frozenset(("clone", "copy", "fetch", "install", "stage", "unpack"))
# Folders that hold much else: that an archive was unpacked there says nothing of a path in them.
_SHARED = frozenset(
    """
    / /etc /home /lib /opt /root /tmp /usr /usr/bin /usr/lib /usr/local /usr/local/bin /var
    """.split()
)


class _Late(NamedTuple):
    """One thing that is deleted too late: who deletes, who stored it, and what it is (with its
    bytes, if known).

    `weighty` tells that it is no trifle, as far as its name and how it came tell.
    """

    command: shell.Command
    instruction: syntax.Instruction
    what: str
    size: facts.Size = facts.Size.unknown()
    weighty: bool = True


@rule.on(syntax.Run)
def late(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN that deletes what layers above it hold."""
    if not _MENTION.search(run.value.text) and not run.heredocs:
        return
    build = context.build
    stage = build.stage_of(run)
    if stage is None or not build.shipped(stage):
        return
    found = [
        *_deleted(build, stage, run),
        *_removed(build, stage, run),
        *_emptied(build, stage, run),
    ]
    if not found:
        yield from _archives(build, stage, run)
        return
    first = found[0]
    lines = sorted({each.instruction.index: each.instruction for each in found}.items())
    related = tuple(
        Related(
            instruction,
            f"stores {_all_of(found, instruction)}",
        )
        for _, instruction in lines
    )
    cost = Cost.stored(facts.Size.sum(each.size for each in found))
    message = (
        f"{first.command.quoted} frees nothing: {first.what} is in the layer of line"
        f" {first.instruction.line} for good"
    )
    if isinstance(first.instruction, syntax.Add) and any(
        "://" in word.text for word in first.instruction.sources
    ):
        message += "; a RUN that fetches it could delete it, too"
    elif isinstance(first.instruction, syntax.Transfer):
        message += "; `RUN --mount=type=bind` would show it without storing it"
    severity = None if any(each.weighty for each in found) else Severity.INFO
    yield Finding(
        run, message, fix=_fix(build, run, found), cost=cost, related=related, severity=severity
    )


def _all_of(found: list[_Late], instruction: syntax.Instruction) -> str:
    return ", ".join(dict.fromkeys(e.what for e in found if e.instruction is instruction))


def _deleted(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Late]:
    """Yield the paths that `run` deletes, and that a step above has written."""
    effects = build.effects(run)
    targets = [_placed(each) for each in effects.of(shell.Delete) if _is_meant(each)]
    if not targets:
        return
    above = _still_there(build, stage, run)
    if not above:
        return
    own = build.storage.made(run)
    source = build.dockerfile.source
    gone = _Gone(build)
    for delete in targets:
        raw = source[delete.span]
        if any(_takes(delete, each, raw) for each in own):
            continue
        taken = [stored for stored in above if _takes(delete, stored, raw)]
        sizes = [(stored, gone.size(delete, stored)) for stored in taken]
        weighing = [(stored, size) for stored, size in sizes if size.whole != 0]
        if weighing:
            stored, total = weighing[0][0], facts.Size.sum(size for _, size in weighing)
            what, weighty = _named(delete, stored, raw), _is_weighty(stored)
            yield _Late(delete.command, stored.instruction, what, total, weighty)


class _Gone:
    """What of the layers above a RUN deletes, each thing once."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._files: dict[int, frozenset[str]] = {}  # of the context, by what brought them

    def size(self, delete: shell.Delete, stored: facts.Stored) -> facts.Size:
        """Return the bytes of what a deletion takes of something stored, but for what an earlier
        one has taken.
        """
        path, seen = delete.place.path, self._files.get(id(stored))
        if stored.arrival is not None and stored.arrival.known and path is not None:
            files = _taken(delete, path, stored) - (seen or frozenset())
            self._files[id(stored)] = files | (seen or frozenset())
            size = stored.bytes_of(files) if files else 0
            return facts.Size.modelled(size, path)
        if seen is not None:
            return facts.Size()
        self._files[id(stored)] = frozenset()
        whole = stored.path is not None and path is not None and facts.within(stored.path, path)
        if whole and stored.how in {"install", "stage"}:
            return self._build.stored_bytes(stored)
        return facts.Size.unknown(stored.form)


def _placed(delete: shell.Delete) -> shell.Delete:
    """Give a relative path a place below `/?` where only the base knows the working directory, as
    COPYs have it.
    """
    return delete._replace(place=delete.place._replace(path=delete.place.rooted))


def _is_meant(delete: shell.Delete) -> bool:
    return delete.command.name in _DELETERS and delete.command.certain and not delete.partial


def _still_there(build: Build, stage: facts.Stage, run: syntax.Run) -> list[facts.Stored]:
    """Return what of weight was stored above `run`, and not deleted by the RUN that stored it."""
    found: list[facts.Stored] = []
    for step in build.chain(stage):
        if step.instruction is run:
            break
        stored = [each for each in build.storage.of(step) if _is_heavy(each)]
        if isinstance(step.instruction, syntax.Run) and (stored or found):
            deletes_here = build.effects(step.instruction, step.state).of(shell.Delete)
            gone = [_placed(each) for each in deletes_here if not each.partial]
            raws = [build.dockerfile.source[each.span] for each in gone]
            found = [
                each
                for each in [*found, *stored]
                if not any(
                    _takes(delete, each, raw) for delete, raw in zip(gone, raws, strict=True)
                )
            ]
        else:
            found += stored
    return found


def _is_heavy(stored: facts.Stored) -> bool:
    """Tell whether what was stored is worth a word: of unknown size, and not a script or a setting
    by its name.
    """
    if stored.arrival is not None:
        return stored.tree or stored.arrival.known or _ARCHIVE.search(stored.form) is not None
    if not stored.tree and _LIGHT.search(stored.form):
        return False
    return stored.how in _HEAVY or stored.tree


def _is_weighty(stored: facts.Stored) -> bool:
    """Tell whether it is surely no trifle: of what the context does not hold, an archive or all of
    the source is.
    """
    arrival = stored.arrival
    return (
        arrival is None
        or arrival.known
        or arrival.whole
        or _ARCHIVE.search(stored.form) is not None
    )


def _takes(delete: shell.Delete, stored: facts.Stored, raw: str) -> bool:
    """Tell whether a deletion takes what was stored, or a part of it."""
    path = delete.place.path
    if stored.arrival is not None and stored.arrival.known:
        return path is not None and bool(_taken(delete, path, stored))
    if stored.path is None or path is None:
        word = raw.strip("\"'")
        same = delete.place.form == stored.form and (delete.recursive or not stored.tree)
        named = (
            not stored.tree and _VARIABLE.search(word) is not None and word in stored.text.split()
        )
        return same or named
    if shell.deletes(delete, stored.path):
        by_the_way = (
            delete.place.glob and stored.arrival is not None
        )  # a name without a dot may be a file's
        return not stored.tree or (stored.path not in _SHARED and not by_the_way)
    return stored.tree and _is_inside(delete, stored)


def _taken(delete: shell.Delete, path: str, stored: facts.Stored) -> frozenset[str]:
    """Return the context's files that a deletion takes."""
    if stored.arrival is None or (
        not delete.recursive and not delete.place.glob and path not in stored.arrival.files
    ):
        return frozenset()
    if delete.place.glob:
        return frozenset(
            source for place, source in stored.arrival.files.items() if shell.deletes(delete, place)
        )
    return stored.files_under(path)


def _is_inside(delete: shell.Delete, stored: facts.Stored) -> bool:
    """Tell whether a path in an unpacked folder is the archive's: it has its name, or the folder is
    its own.
    """
    path, folder = delete.place.path, stored.path
    if (
        path is None
        or folder is None
        or delete.place.glob
        or not path.startswith(folder.rstrip("/") + "/")
    ):
        return False
    name = path[len(folder.rstrip("/")) + 1 :]
    if folder in _SHARED or folder == "/?":
        return (
            stored.how == "unpack"
            and len(name) >= _TELLING
            and "/" not in name
            and f"{name}." in stored.text
        )
    return stored.how == "stage" and delete.recursive


def _named(delete: shell.Delete, stored: facts.Stored, raw: str) -> str:
    pattern = (
        delete.place.glob
        and stored.path is not None
        and (stored.arrival is None or not stored.arrival.known)
    )
    path = stored.path if pattern else delete.place.path
    return (path or raw.strip("\"'")).removeprefix("/?/")


def _removed(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Late]:
    """Yield the packages that `run` uninstalls, and that a RUN above has installed."""
    effects = build.effects(run)
    removals = effects.of(shell.Remove)
    if not removals:
        return
    own = {each.manager for each in effects.of(shell.Install)}
    again = {package.name for each in effects.of(shell.Install) for package in each.packages}
    for remove in removals:
        names = {package.name for package in remove.packages} - again
        if (
            remove.manager in {"pip", "uv"}
            or (remove.packages and not names)
            or not remove.command.certain
        ):
            continue  # a Python package is uninstalled for what it does, not for its bytes
        for earlier, install in _installs(build, stage, run):
            if install.manager != remove.manager:
                continue
            common = [package.name for package in install.packages if package.name in names]
            prunes = (
                not names
                and install.dev
                and remove.manager in {"npm", "pnpm"}
                and remove.manager not in own
            )
            if (install.group and install.group in names) or common or prunes:
                what = (
                    "what development needs"
                    if prunes
                    else common[0]
                    if common
                    else str(install.group)
                )
                yield _Late(
                    remove.command, earlier, what, _weighs(build, stage, earlier, install, names)
                )
                break


def _weighs(
    build: Build, stage: facts.Stage, run: syntax.Run, install: shell.Install, names: set[str]
) -> facts.Size:
    """Return what those of an install's packages take up that are uninstalled; all of it, where its
    group is.
    """
    if not names:
        return build.development_bytes([install])
    gone = tuple(
        package for package in install.packages if package.name in names or install.group in names
    )
    return build.installed_bytes(stage, run, [install._replace(packages=gone, manifests=())])


def _installs(
    build: Build, stage: facts.Stage, run: syntax.Run
) -> Iterator[tuple[syntax.Run, shell.Install]]:
    for step in build.chain(stage):
        if step.instruction is run:
            return
        if isinstance(step.instruction, syntax.Run):
            effects = build.effects(step.instruction, step.state)
            gone = {
                package.name for remove in effects.of(shell.Remove) for package in remove.packages
            }
            for install in effects.of(shell.Install):
                kept = tuple(package for package in install.packages if package.name not in gone)
                if install.group is None or install.group not in gone:
                    yield step.instruction, install._replace(packages=kept)


def _emptied(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[_Late]:
    """Yield the caches that `run` empties, and that a RUN above has filled."""
    effects = build.effects(run)
    if not effects.of(shell.Delete) and not effects.of(shell.Clean):
        return
    sure: list[_Late] = []
    doubtful: list[_Late] = []
    for step in takewhile(lambda step: step.instruction is not run, build.chain(stage)):
        if not isinstance(step.instruction, syntax.Run):
            continue
        for left in build.effects(step.instruction, step.state).of(shell.CacheLeft):
            if left.linked or _fills(effects, left):
                continue
            command = build.emptied(left, effects)
            if command is not None and command.name != "mv" and command.certain:
                size = build.cache_bytes(stage, step.instruction, left)
                found = _Late(command, step.instruction, f"{left.manager}'s {left.kind}", size)
                (sure if left.certain else doubtful).append(found)
    yield from sure or doubtful  # of many steps that an argument switches on, most do nothing


def _archives(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[Finding]:
    """Report a RUN that only cleans, for apt's archives of RUNs above it: Debian's own images keep
    none anyway.
    """
    clean = next(
        (
            each
            for each in build.effects(run).of(shell.Clean)
            if each.manager == "apt" and each.command.certain
        ),
        None,
    )
    if clean is None or not _only_cleans(build, run):
        return
    for step in build.chain(stage):
        if step.instruction is run:
            return
        if isinstance(step.instruction, syntax.Run):
            above = build.effects(step.instruction, step.state)
            installs = any(
                each.manager == "apt" and each.packages for each in above.of(shell.Install)
            )
            if installs and not above.of(shell.Clean) and not above.of(shell.CacheKept):
                late = _Late(clean.command, step.instruction, "what apt downloads")
                message = (
                    f"{clean.command.quoted} frees nothing: what apt downloaded in line"
                    f" {step.instruction.line} is in that layer for good, or is deleted there by"
                    " the base's own settings"
                )
                related = (Related(step.instruction, "installs"),)
                fix = _fix(build, run, [late])
                yield Finding(run, message, fix=fix, related=related, severity=Severity.INFO)
                return


def _fills(effects: shell.Effects, left: shell.CacheLeft) -> bool:
    """Tell whether a RUN fills the same cache itself, so that it has to empty it."""
    if left.manager == "apt" and left.kind == "index":
        return any(each.manager == "apt" for each in effects.of(shell.Refresh))
    return any(each.manager == left.manager for each in effects.of(shell.Install))


def _fix(build: Build, run: syntax.Run, found: list[_Late]) -> fixes.Fix | None:
    """Merge the RUN with those directly above it, up to the one that stored first, where it does
    nothing else.
    """
    first = min(each.instruction.index for each in found)
    row = [
        each
        for each in build.dockerfile.instructions[first : run.index + 1]
        if isinstance(each, syntax.Run)
    ]
    if not _only_cleans(build, run) or len(row) != run.index + 1 - first or len(row) > LONGEST:
        return None
    edits = fixes.merge_runs(build, row)
    return (
        fixes.Fix("delete in the RUN that stores it", edits, fixes.Safety.SAFE) if edits else None
    )


def _only_cleans(build: Build, run: syntax.Run) -> bool:
    return all(
        isinstance(each, shell.Delete | shell.Remove | shell.Clean)
        for each in build.effects(run).items
    )


LONGEST = 4  # RUNs that a fix makes one: of more, hardly all belong together
