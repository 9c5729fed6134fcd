r"""A line of the ignore file excludes less than it seems to, because it works unlike `.gitignore`.

## What it does

Finds patterns of the ignore file that exclude less than intended.

- `#` starts a comment only as the first character of a line. Anywhere else it is part of the
  pattern.
- A pattern is a path from the root of the build context. `node_modules` excludes only the folder at
  the root, `**/node_modules` every one. `.pyc` excludes a file of exactly that name, `**/*.pyc`
  every file with that ending.
- The last matching line wins. A `!` line before the line that excludes the same path has no effect.
- `!apps` includes all of `apps` again. `!apps/web` after it adds nothing: to include that alone,
  leave out the line of the folder around it.

## Why is this bad?

What the patterns fail to exclude is sent to the builder, copied by `COPY . .`, stored and pushed.

**Measured:** dlint's build context of the first example sends 20 kB of `web/node_modules` that the
ignore file seems to exclude.

## Example

```context
web/node_modules/left-pad/index.js 20kB
web/package.json
package.json
.dockerignore: **/node_modules # the host's\ncoverage
```

```dockerfile bad
FROM node:22.4-slim
COPY . /app
```

```context
package.json
.dockerignore: # the host's\n**/node_modules\ncoverage
```

```dockerfile good
FROM node:22.4-slim
COPY . /app
```

```context
web/node_modules/left-pad/index.js 20kB
web/package.json
package.json
.dockerignore: node_modules
```

```dockerfile bad
FROM node:22.4-slim
COPY . /app
```

```context
web/node_modules/left-pad/index.js 20kB
web/package.json
package.json
.dockerignore: **/node_modules
```

```dockerfile good
FROM node:22.4-slim
COPY . /app
```

## How sure

A pattern without a folder is reported when the build context contains matching files deeper down
that git does not track. It is an info when a nested project with its own lock file will create
them, or a Python package `__pycache__`. So it is when a package of a workspace will have a
`node_modules` of its own: with pnpm each that has dependencies, with npm those for which the lock
file says so. Where the Dockerfile itself installs that project, `context/heavy-junk` says so
instead. Folders that no `COPY` or mount takes are not sent, and not reported. Patterns that match
nothing today are not reported either. A folder that is included again is reported when the lines
right after it name parts of it. The other files in it must be larger than `min-bytes`, and no
`COPY` may name the folder. What installs read there, such as the manifests of a workspace, must be
known. The fix is unsafe: a build may rely on the files that are sent today.

## When not to follow it

Remove the line instead when the image needs the files that it fails to exclude.

## Options

None.

## References

- [`.dockerignore` files](https://docs.docker.com/build/concepts/context/#dockerignore-files)
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, facts, fixes, human_bytes, listed, regex, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", needs=(facts.IgnoreFile,), fix=fixes.Safety.UNSAFE)

_COMMENT = regex(r"\s+#.*")
_SUFFIX = regex(r"\.(?:pyc|pyo|pyd|log|swp|swo|tmp|class|o|bak)")
_FOLDERS = frozenset((".tmp",))  # suffixes that are as often the name of a folder
# Folders that tools create next to each project, with the files of such a project that tell of it.
_NODE = ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lockb", "bun.lock")
_OTHERS = """
venv .pytest_cache .mypy_cache .ruff_cache .tox .terraform .next .gradle .DS_Store *.pyc *.log
*.egg-info
"""
_MADE: dict[str, tuple[str, ...]] = {
    "node_modules": _NODE,
    ".venv": ("uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock"),
    "__pycache__": ("__init__.py",),
    **dict.fromkeys(_OTHERS.split(), ()),
}
_HELD = {"__pycache__": "a.cpython-312.pyc"}  # what alone is in such a folder
# Patterns for what is in such a folder: they, too, are for the root alone.
_ALONG = {"__pycache__": frozenset(("*.pyc", "*.pyo", "*.pyd", "*.py[cod]", "*.py[co]"))}


class Line:
    """The line of a pattern: `span` covers its text without surrounding white space."""

    def __init__(self, span: fixes.Span, text: str, number: int) -> None:
        self.span = span
        self.text = text
        self.number = number


@rule.on(syntax.Dockerfile)
def lines(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report lines of the ignore file that do less than they seem to."""
    build = context.build
    ignore = build.context.ignore
    if ignore is None:
        return
    for line in _lines(ignore):
        finding = (
            _comment(ignore, line)
            or _negation(ignore, line)
            or _suffix(build, ignore, line)
            or _shallow(build, ignore, line)
        )
        if finding:
            yield finding
    yield from _taken_in_whole(context, ignore)


def _taken_in_whole(context: Context, ignore: facts.IgnoreFile) -> Iterator[Finding]:
    """Report `!` lines of folders before those of parts of them, which add nothing then."""
    lines = {each.number: each for each in _lines(ignore)}
    for found in context.build.sources.taken_in_whole:
        way = context.build.sources.instead_of(found)
        if found.size < context.min_bytes or not way:
            continue
        line, more = lines[found.number], len(found.parts) - 1
        add = f" and {more} more after it add" if more else " after it adds"
        yield Finding(
            line,
            f"`{line.text}` includes all of `{found.folder}`, so `!{found.parts[0]}`{add} nothing;"
            f" {human_bytes(found.size)} of other files are sent",
            help=way,
            source=ignore.source,
        )


def _lines(ignore: facts.IgnoreFile) -> Iterator[Line]:
    for index, number in enumerate(ignore.lines):
        start = ignore.source.line_span(number).start
        raw = ignore.source.line_text(number)
        text = raw.strip()
        at = start + raw.find(text)
        yield Line(fixes.Span(at, at + len(text)), text, index)


def _comment(ignore: facts.IgnoreFile, line: Line) -> Finding | None:
    match = _COMMENT.search(line.text)
    if match is None:
        return None
    pattern, comment = line.text[: match.start()], match[0].strip()
    start = ignore.source.line_span(ignore.source.line(line.span.start)).start
    edits = (fixes.Edit(fixes.Span(start, line.span.end), f"{comment}\n{pattern}"),)
    return Finding(
        line,
        f"`{comment}` is not a comment but part of the pattern, so `{pattern}` is not ignored",
        source=ignore.source,
        fix=fixes.Fix("put the comment on a line of its own", edits, fixes.Safety.UNSAFE),
    )


def _negation(ignore: facts.IgnoreFile, line: Line) -> Finding | None:
    """Report a `!` line whose path a later line excludes again, or no earlier line excludes."""
    pattern = ignore.patterns.patterns[line.number]
    path = pattern.removeprefix("!")
    if not pattern.startswith("!") or not path or re.search(r"[*?\[\\]", path):
        return None
    by = ignore.decider(path)
    if by is None or by <= line.number or ignore.patterns.patterns[by].startswith("!"):
        return None
    return Finding(
        line,
        f"`{line.text}` has no effect: line {ignore.lines[by]} ignores `{path}` again, and the last"
        " matching line wins",
        help="move it after that line",
        source=ignore.source,
    )


def _suffix(build: Build, ignore: facts.IgnoreFile, line: Line) -> Finding | None:
    if not _SUFFIX.fullmatch(line.text):
        return None
    is_sent = any(path.endswith(line.text) for path in build.context.entries)
    if not is_sent and line.text in _FOLDERS:
        return None
    edits = (fixes.Edit(line.span, f"**/*{line.text}"),)
    return Finding(
        line,
        f"`{line.text}` matches only a file of exactly that name, not files that end in it",
        source=ignore.source,
        fix=fixes.Fix(f"use `**/*{line.text}`", edits, fixes.Safety.UNSAFE),
        severity=None if is_sent else Severity.INFO,
    )


def _shallow(build: Build, ignore: facts.IgnoreFile, line: Line) -> Finding | None:
    """Report a pattern that excludes tool output only at the root."""
    patterns = ignore.patterns.patterns
    name = patterns[line.number]
    is_told = f"**/{name}" in patterns or name in patterns[: line.number]
    if name not in _MADE or is_told or line.text.startswith("/"):
        return None
    deeper = build.sources.untracked_deeper(name)
    if deeper is not None and build.sources.is_sent(posixpath.dirname(deeper)):
        return _shallow_finding(build, ignore, (line,), f"`{deeper}` is sent")
    expected = _expected(build, ignore, name) if deeper is None else None
    # what the Dockerfile's own installs tell of is context/heavy-junk's to report
    told = {each.pattern for each in build.sources.expected_leftovers}
    if expected is None or f"**/{name}" in told:
        return None
    along = (each for each in _lines(ignore) if each.text in _ALONG.get(name, ()))
    sent = f"`{expected}` would be sent"
    return _shallow_finding(build, ignore, (line, *along), sent, Severity.INFO)


def _shallow_finding(
    build: Build,
    ignore: facts.IgnoreFile,
    lines: Sequence[Line],
    sent: str,
    severity: Severity | None = None,
) -> Finding:
    line, edits = lines[0], tuple(fixes.Edit(each.span, f"**/{each.text}") for each in lines)
    used = listed([f"`**/{each.text}`" for each in lines])
    fix = fixes.Fix(f"use {used}", edits, fixes.Safety.UNSAFE)
    # by that rule's fix
    is_added = any(each.pattern == f"**/{line.text}" for each in build.sources.leftovers)
    is_deeper = f"*/{line.text}" in {each.text for each in _lines(ignore)}
    depth = "to some depth" if is_deeper else "at the root"
    return Finding(
        line,
        f"`{line.text}` is ignored only {depth} of the build context; {sent}",
        help=fix.title,
        source=ignore.source,
        fix=None if is_added else fix,
        severity=severity,
    )


def _expected(build: Build, ignore: facts.IgnoreFile, name: str) -> str | None:
    """Return the folder of a nested project that will contain something called `name`."""
    for path, entry in build.context.entries.items():
        folder, base = posixpath.split(path)
        is_own = folder and base in _MADE[name] and "node_modules" not in path.split("/")
        is_left = is_own and entry.kind == "file" and _is_left(ignore, f"{folder}/{name}")
        if is_left and build.sources.is_sent(folder):
            return f"{folder}/{name}"
    own = build.sources.own_folders if name == "node_modules" else ()
    return next((each for each in own if _is_left(ignore, each)), None)


def _is_left(ignore: facts.IgnoreFile, place: str) -> bool:
    """Tell whether the ignore file excludes neither a folder nor what alone is in such a one."""
    inside = posixpath.normpath(posixpath.join(place, _HELD.get(posixpath.basename(place), "")))
    return not any(map(ignore.patterns.excludes, (place, inside)))
