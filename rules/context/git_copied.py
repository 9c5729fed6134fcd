r"""A `COPY` that includes `.git` changes with every commit and stores the full history.

## What it does

Finds `COPY` and `ADD` of a folder whose `.git` is sent to the builder.

## Why is this bad?

Git writes to `.git` on every commit, fetch and checkout. A `COPY` that includes it misses the cache
after every commit, even an empty one. That step and all later ones are rebuilt and pushed again. In
a stage that ships, the image also contains the full history, including everything that was ever
deleted from it.

**Measured:** dlint's model of the first example counts 3 MB of `.git` in every push. The cost that
dlint shows is the history alone. Where some of the last commits change no other copied file, it is
what such a commit pushes: this layer and all later ones.

## Example

```context
.git/HEAD: ref: refs/heads/main
.git/objects/pack/pack-1.pack 3MB
requirements.txt
app.py
```

```dockerfile bad
FROM python:3.12.4-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
CMD ["python", "app.py"]
```

The fix leaves the Dockerfile as it is and adds a line to the ignore file:

```context
.git/HEAD: ref: refs/heads/main
.git/objects/pack/pack-1.pack 3MB
.dockerignore: .git
requirements.txt
app.py
```

```dockerfile good
FROM python:3.12.4-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
CMD ["python", "app.py"]
```

## How sure

The build context and its ignore file decide what the `COPY` includes. The rule is silent when:

- the `COPY`, or a comment right above it, names `.git`
- the ignore file includes it (`!.git`) or excludes a part of it
- a recipe that may build it puts an ignore file into the context first
- `.git` is a file (a submodule or a linked working tree), or nothing in it is sent
- a step of a stage that does not ship may need it, as each commit reruns that in any case
- a step may need it and the builder fetches what is pushed, where a mount of `.git` would fail
- the image, or a recipe in a container of it, starts `make` or the like, whose recipe calls git
- the image starts a script of the context that calls git, but for a clone of its own
- code of the context reads `.git` itself (`.git/HEAD`), as a program that tells its version may
- the stage does not ship, and almost every commit changes other files of the `COPY` as well
- the stage does not ship, and its next `RUN` mounts the context, or each build gives it another
  argument
- the stage does not ship, and no known push of the image is of a single commit and has a cache

In a stage that does not ship, the finding is an info, since it costs time and no bytes. A
`COPY --from` may take the folder with `.git` into the image, though. It is an info as well when
every known build that pushes the image lets the builder fetch the commit, as
`docker/build-push-action` does without `context`: then only local builds copy `.git`.

When a step may need `.git`, there is no fix. Such steps are `go build` and .NET 8 or later, which
record the commit. Others are Makefiles and scripts that may call git, and tools such as
setuptools-scm, hatch-vcs and vergen in the manifests. So are plugins of Gradle that dlint does not
know. A script of the context that starts programs
of its own counts as well, if git is installed. So does any program that dlint knows nothing of, if
a script of the context asks git. There is none either when another instruction copies or mounts
something of `.git`. The fix is safe when no step can call git; scripts and build tools might, and
so might who works in an image that starts nothing, or is for development and has git.

## When not to follow it

Keep `.git` when the history is the purpose of the image. A build that asks git for its version can
mount `.git` for that step: `RUN --mount=type=bind,source=.git,target=.git make` stores nothing.
`COPY --exclude=.git` leaves it out; an ignore file would hide it from the mount too. A build
argument works as well.

## Options

None.

## References

- [`.dockerignore` files](https://docs.docker.com/build/concepts/context/#dockerignore-files)
- [Cache invalidation](https://docs.docker.com/build/cache/invalidation/)
"""

from __future__ import annotations

from dlint import Cost, Finding, Related, Rule, Severity, fixes, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.ERROR, fix=fixes.Safety.SAFE)

_RERUNS = ": each commit changes what it copies"
_LOCAL = " where a build has it: the image then contains it"
_STORED = ": the image contains it"
# The effect, by whether the layer ships, whether a build that pushes it has the `.git`, and whether
# builds rerun for that alone.
_EFFECTS = {
    (True, True, True): f"{_STORED}, and each commit changes this layer",
    (True, True, False): _STORED,
    (True, False, True): _LOCAL,
    (True, False, False): _LOCAL,
    (False, False, True): _RERUNS,
}
_BY_NAME = "another instruction needs `.git`: copy what this step needs by name"
_EXCLUDE = "leave it out with `--exclude={}`{}"
_MOUNT = (
    f"a later step may need it: {_EXCLUDE}, and mount it there with"
    " `RUN --mount=type=bind,source={},target={}`"
)
_IGNORE = "add `{}` to `.dockerignore`"


@rule.on(syntax.Transfer)
def git_folder(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report a COPY or ADD of a folder that contains a `.git`."""
    build = context.build
    stage = build.live_stage(transfer)
    found = build.sources.git_folders_in(transfer)
    if stage is None or not found:
        return
    carrier = build.sources.git_carrier(stage, transfer, found[0])
    ships = carrier is not None or build.shipped_stage(transfer) is not None
    shipping = build.live_stage(carrier or transfer) or stage
    is_pushed = build.may_be_pushed(shipping) and not build.is_fetched
    is_alone = carrier is None and build.sources.is_changed_by_git(transfer, ships=ships)
    effect = _EFFECTS.get((ships, is_pushed, is_alone))
    if effect is None or build.sources.is_git_in_place(stage, transfer):
        return
    yield Finding(
        transfer,
        f"`{transfer.name}` also copies `{found[0]}`{effect}",
        help=_help(build, stage, transfer, found[0]),
        cost=_cost(build, stage, transfer, found) if is_pushed else None,
        fix=_fix(build, stage, transfer, found),
        severity=None if is_pushed else Severity.INFO,
        related=() if carrier is None else (Related(carrier, "copies it into the image"),),
    )


def _help(build: Build, stage: facts.Stage, transfer: syntax.Transfer, folder: str) -> str:
    """Say how to leave `.git` out; the ignore file would hide it from all who ask git."""
    if build.sources.is_git_named:
        return _BY_NAME
    if build.sources.git_use_after(stage, transfer).is_likely:
        place = build.sources.git_place(transfer, folder)
        return _MOUNT.format(_pattern(folder), build.line_for("exclude"), folder, place)
    if build.sources.is_git_needed(stage, transfer):
        return _EXCLUDE.format(_pattern(folder), build.line_for("exclude"))
    return _IGNORE.format(_pattern(folder))


def _pattern(folder: str) -> str:
    """Return the pattern that leaves out a `.git`, which by its name alone is one at the root."""
    return "**/" * ("/" in folder) + ".git"


def _cost(
    build: Build, stage: facts.Stage, transfer: syntax.Transfer, folders: tuple[str, ...]
) -> Cost | None:
    """Return what each image stores, and what is pushed for it: all that a commit which changes
    nothing else would leave in place, or that alone.
    """
    stored = build.sizes.history(transfer, folders)
    if build.shipped(stage) and build.sources.is_changed_by_git_alone(stage, transfer):
        pushed = Cost.pushed(build.sizes.rest(stage, transfer))
        return pushed and pushed._replace(image_bytes=stored.bytes)
    return Cost.stored(stored)


def _fix(
    build: Build, stage: facts.Stage, transfer: syntax.Transfer, folders: tuple[str, ...]
) -> fixes.Fix | None:
    """Exclude a single `.git`, unless something needs it; safe if nothing can."""
    if len(folders) > 1 or build.sources.is_git_needed(stage, transfer):
        return None
    is_possible = build.sources.need_of_git(stage, transfer).is_possible
    safety = fixes.Safety.UNSAFE if is_possible else fixes.Safety.SAFE
    return fixes.leave_out(
        build, [_pattern(folders[0])], safety, "exclude `.git` from the build context"
    )
