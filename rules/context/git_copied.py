"""A COPY that takes `.git` along is another one at every commit, and carries the whole history.

Git writes into `.git` at each commit, fetch and checkout. A COPY whose source holds it is therefore
never found in the cache after a commit, not even after an empty one or one that touches only what
the ignore file leaves out: it and all steps after it run again and are uploaded again. In a stage
that ships, the image carries the whole history besides, with all that was ever deleted from it.

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

The fix leaves the Dockerfile as it is and writes a line of the ignore file:

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

How sure: what the COPY takes is known from the context and its ignore file. Silent where `.git` is
named on purpose, in the COPY or after a `!` in the ignore file, where it is a file (a submodule, a
linked working tree) or nothing in it is sent, and where a step of a stage that doesn't ship calls
git. Where a step may need it there is no fix, and in a stage that doesn't ship it is an info: `go
build` and .NET from 8 on put the commit into what they build, a Makefile or script may ask git,
and so do setuptools-scm, hatch-vcs, vergen and their like, which are looked for in the manifests.
The fix is safe where no step can ask git; scripts and build tools might.

When not to follow it: where the history is what the image is for. A build that asks git for its
version can have `.git` for that step alone: `RUN --mount=type=bind,source=.git,target=.git make`,
which stores nothing; or a build argument, which spares the step as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, Severity, fixes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__, severity=Severity.ERROR, fix=fixes.Safety.SAFE)

# What it does, by whether the image is pushed with it.
_EFFECTS = {
    True: "the image contains the history, and every commit pushes this layer and all later ones",
    False: "every commit runs this step and all later ones again",
}
_HELP = {
    True: "a later step may need it: mount it there with"
    " `RUN --mount=type=bind,source=.git,target=.git`",
    False: "add `.git` to `.dockerignore`",
}


# Where the layer is not shipped: whether a step may ask git, and so need it.
_UNSHIPPED = {True: Severity.INFO, False: Severity.WARNING}


@rule.on(syntax.Transfer)
def git_folder(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report a COPY or ADD of a folder that holds a `.git`."""
    build = context.build
    stage = build.live_stage(transfer)
    found = build.sources.git_folders_in(transfer)
    if stage is None or not found:
        return
    ships = build.shipped(stage)
    use = build.sources.git_use_after(stage, transfer)
    if use.is_sure and not ships:
        return
    size = build.sizes.packed_folders(transfer, found) if ships else None
    yield Finding(
        transfer,
        f"`{transfer.name}` also copies `{found[0]}`: {_EFFECTS[ships]}",
        help=_HELP[use.is_likely],
        cost=None if size is None else Cost.modelled(size, size),
        fix=_fix(build, stage, transfer, found),
        severity=None if ships else _UNSHIPPED[use.is_likely],
    )


def _fix(
    build: Build, stage: facts.Stage, transfer: syntax.Transfer, folders: tuple[str, ...]
) -> fixes.Fix | None:
    """Leave the only one out, unless a step asks git; safe where none may."""
    # The ignore file is for all stages.
    use = max(build.sources.git_use_after(stage, transfer), build.sources.git_use)
    if use.is_likely or len(folders) > 1:
        return None
    safety = fixes.Safety.UNSAFE if use.is_possible else fixes.Safety.SAFE
    pattern = "**/.git" if "/" in folders[0] else ".git"
    return fixes.leave_out(build, [pattern], safety, "leave .git out of the build context")
