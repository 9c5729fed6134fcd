r"""`COPY` includes documentation, tests or CI files that nothing reads and that change often.

## What it does

Finds files in a `COPY` that no step or other copied file mentions, and whose changes alone often
rebuild the layer.

## Why is this bad?

A commit that only touches the README, a workflow or the Dockerfile does not change the program. A
`COPY` of the whole folder still includes those files. Its layer is pushed again and all later steps
are rebuilt. With the files in the ignore file, such a commit pushes nothing.

**Measured:** dlint's model of the first example counts 3 MB, pushed without need by 35 of the last
47 commits.

## Example

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

A README that the package's settings name is read:

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

## How sure

Git's history says how many of the last commits changed nothing else that the `COPY` or an earlier
step of its stage includes. Only commits count that rebuild something of weight for that alone: a
`RUN` that does some work, or layers of `min-bytes` or more. Without a history there is no finding.
Neither is there one where every known push of the image is built without a cache or for a release
only. A file counts as unread when neither the Dockerfile nor any other copied file mentions it.
Mentions in comments, in addresses of web sites and in lists such as `.gitignore` do not count. No
Dockerfile with the same ignore file may copy it by name. Tests count as read when the Dockerfile or
the repository's recipes run tests in the image. They do so as well where a program like a linter is
given the whole folder. What runs on every build anyway, for an argument such as the commit, is not
counted. Paths that a program builds at run time are not seen. The fix is unsafe for that reason.
The rule is silent when nothing tells which folder is the context, as an ignore file works there
alone. It is silent when the builder fetches the commit itself wherever the image is pushed, as for
`docker/build-push-action` without `context`: no ignore file applies there. The size is what such a
commit pushes: this layer and all later ones, compressed.

## When not to follow it

Keep the files when people who use the image look for them there.

## Options

None.

## References

- [`.dockerignore` files](https://docs.docker.com/build/concepts/context/#dockerignore-files)
- [Cache invalidation](https://docs.docker.com/build/cache/invalidation/)
"""

from __future__ import annotations

import posixpath

from dlint import Cost, Finding, Rule, Severity, fixes, listed, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(
    __name__, __doc__, since="0.1", layered=True, severity=Severity.INFO, fix=fixes.Safety.UNSAFE
)

FEWEST, SHARE = 3, 0.05  # of the commits must change nothing else
SHOWN = 3  # names in the message


@rule.on(syntax.Transfer)
def unused(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report a COPY or ADD of a folder whose unread files change on their own."""
    build = context.build
    stage = build.live_stage(transfer)
    if stage is None or build.is_context_guessed:
        return
    unread = build.sources.unread(stage, transfer, context.min_bytes)
    if unread is None or not _is_felt(build, stage, transfer):
        return
    if unread.commits < max(FEWEST, SHARE * unread.of_commits):
        return
    patterns = [posixpath.join(unread.folder, name) for name in unread.names]
    if build.sources.named_elsewhere(transfer, patterns):
        return
    is_alone = build.changes.change_with_each_build(stage, transfer)
    weigh = build.sizes.layer if is_alone else build.sizes.rest
    names = listed(map("`{}`".format, unread.names), SHOWN)
    yield Finding(
        transfer,
        f"in {unread.often} only {names} changed of what is copied, which nothing here reads",
        cost=Cost.pushed(weigh(stage, transfer)) if build.is_pushed(stage) else None,
        fix=fixes.leave_out(build, patterns, fixes.Safety.UNSAFE),
    )


def _is_felt(build: Build, stage: facts.Stage, transfer: syntax.Transfer) -> bool:
    """Tell whether the layer ships, or a RUN depends on it that does not run on each build
    anyway.
    """
    later = map(build.live_stage, build.runs_after(stage, transfer))
    is_due = build.changes.change_with_each_build(stage, transfer)
    return build.shipped(stage) or (not is_due and any(later))
