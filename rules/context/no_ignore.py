r"""Without a `.dockerignore`, a `COPY` of the whole build context takes everything in it.

## What it does

Finds the first `COPY` of the whole build context when there is no ignore file.

## Why is this bad?

The Dockerfile is usually part of the build context. So are editor files, logs, local settings and
`.git`. A change in any of them invalidates the cache of the `COPY` and all later steps. Everything
it takes is stored and pushed.

**Measured:** no figure, because the cost depends on files that do not exist yet.

## Example

```context
index.html 2kB
photos/shop.jpg 3MB
```

```dockerfile bad
FROM nginx:1.27.0
COPY . /usr/share/nginx/html
```

```context
index.html 2kB
photos/shop.jpg 3MB
.dockerignore: Dockerfile
```

```dockerfile good
FROM nginx:1.27.0
COPY . /usr/share/nginx/html
```

## How sure

It is certain that there is no `.dockerignore` and none named after the Dockerfile. Which files can
be excluded is your decision, so dlint only shows a fix. Not reported are a `COPY` of named files
and folders, and a context of a few small files. Neither is an image that
CI only tries where it pushes others. An image is not reported either that is pushed only by builds
that let the builder fetch the commit, as `docker/build-push-action` does without `context`: no
ignore file applies there. Nor is it where `context/git-copied` or `context/heavy-junk` asks for the
ignore file already, for `.git` or tool output; the files of `.git` are not counted here. Not
reported is a context into which a recipe puts an ignore file before it builds. A stage
that does not ship and asks git about the copied `.git` is not reported: every commit reruns it
anyway.

## When not to follow it

Skip it when the build context is a folder created only for the build.

## Options

None.

## References

- [`.dockerignore` files](https://docs.docker.com/build/concepts/context/#dockerignore-files)
"""

from __future__ import annotations

from dlint import Finding, Rule, Severity, fixes, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.INFO, fix=fixes.Safety.DISPLAY)


_GIT = ".git/"  # of this clone, and as many files as that has
_GIT_AND = "`.git` and "
_ITSELF = ", including the Dockerfile"
_FIRST = (".git", ".dockerignore", "Dockerfile*")  # a start for any ignore file


@rule.on(syntax.Dockerfile)
def without_ignore_file(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report the first COPY of a whole build context that has no ignore file."""
    build = context.build
    copy = build.sources.unguarded_copy
    stage = None if copy is None else build.stage_of(copy)
    if copy is None or stage is None or build.stays_local(stage) or build.is_fetched:
        return
    has_git = f"{_GIT}HEAD" in build.context.entries
    patterns = _FIRST[not has_git or build.sources.is_git_needed(stage, copy) :]
    entries = build.context.entries.items()
    count = sum(entry.kind == "file" and not path.startswith(_GIT) for path, entry in entries)
    yield Finding(
        copy,
        f"no `.dockerignore`: `{copy.name}` takes {_GIT_AND * has_git}all {count} files of the"
        f" build context{_ITSELF * build.sources.holds_dockerfile}, and is invalidated when any of"
        " them changes",
        fix=fixes.leave_out(build, patterns, fixes.Safety.DISPLAY, "create a `.dockerignore`"),
    )
