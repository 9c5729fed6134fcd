r"""A COPY takes documents, tests or CI settings that nothing reads, and each change of those makes
its layer anew.

A commit that touches the README, a workflow or the Dockerfile itself leaves the program as it was.
A COPY of the whole folder takes those files all the same: its layer is another one, it is uploaded
again, and what follows runs again. Left out by the ignore file, such a commit pushes nothing.

```context
app/main.py: print("hello") changed 12
app/fonts.bin 3MB
README.md changed 20
.github/workflows/ci.yml changed 15
.dockerignore: .git
```

```dockerfile bad
FROM python:3.12.4-slim
COPY . /srv
CMD ["python", "/srv/app/main.py"]
```

```context
app/main.py: print("hello") changed 12
app/fonts.bin 3MB
README.md changed 20
.github/workflows/ci.yml changed 15
.dockerignore: .git\n.github\nREADME.md
```

```dockerfile good
FROM python:3.12.4-slim
COPY . /srv
CMD ["python", "/srv/app/main.py"]
```

A package whose settings or program name the README reads it:

```context
app/main.py: print("hello") changed 12
pyproject.toml: readme = "README.md"
README.md changed 20
.dockerignore: .git
```

```dockerfile good
FROM python:3.12.4-slim
COPY . /srv
RUN pip install --no-cache-dir /srv
```

How sure: how many of the last commits changed nothing else of what the COPY takes is counted in
git's history; there is no finding without one. A file is read by nobody if neither the Dockerfile
nor any other file that the COPY takes speaks of it; tests are, too, where the Dockerfile or the
repository's recipes run some in the image. What a program puts together at run time is not seen.
The bytes are those of the layer, compressed by a sample; what runs again behind it comes on top.

When not to follow it: where somebody who uses the image looks for those files there.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, Severity, fixes, human_bytes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)

FEWEST, SHARE = 3, 0.05  # of the commits must change nothing else
SHOWN = 3  # names in the message


@rule.on(syntax.Transfer)
def unused(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report a COPY or ADD of a folder whose unread files change by themselves."""
    build = context.build
    stage = build.live_stage(transfer)
    unread = build.sources.unread(stage, transfer) if stage else None
    if stage is None or unread is None or not _is_felt(build, stage, transfer):
        return
    if unread.commits < max(FEWEST, SHARE * unread.of_commits):
        return
    selection = build.selection(transfer) if build.shipped(stage) else None
    size = build.sizes.packed(selection)
    layer = "this step" if size is None else f"this layer of {human_bytes(size)}"
    patterns = [posixpath.join(unread.folder, name) for name in unread.names]
    commits = f"{unread.commits} of the last {unread.of_commits} commits"
    yield Finding(
        transfer,
        f"{commits} rebuilt {layer} and all later steps only because of {_listed(unread.names)},"
        " which nothing here reads",
        cost=None if size is None else Cost.modelled(push_bytes=size),
        fix=fixes.leave_out(build, patterns, fixes.Safety.UNSAFE),
    )


def _is_felt(build: Build, stage: facts.Stage, transfer: syntax.Transfer) -> bool:
    """Tell whether the layer is pushed, or a RUN stands on it."""
    later = build.runs_after(stage, transfer)
    return build.shipped(stage) or any(map(build.live_stage, later))


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names[:SHOWN]]
    last = f"{len(names) - SHOWN} more" if len(names) > SHOWN else quoted.pop()
    return " and ".join(filter(None, (", ".join(quoted), last)))
