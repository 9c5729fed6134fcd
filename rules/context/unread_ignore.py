r"""No build reads the ignore file next to a Dockerfile, as the build context is another folder.

## What it does

Finds a `.dockerignore` in the folder of a Dockerfile when all known builds of that Dockerfile take
another folder as their build context.

## Why is this bad?

The builder reads the ignore file at the root of the build context, and no other. The patterns of
this one look as if they held, but what they name is sent to the builder, copied and pushed.

**Measured:** dlint's build context of the first example sends 2 MB of `report` that the ignore
file seems to exclude.

## Example

The Dockerfile is in a folder that is called `context`, and Compose builds it in the folder above.

```context
../compose.yaml: services:\n a:\n    build:\n      context: .\n      dockerfile: context/Dockerfile
../.git/HEAD: ref: refs/heads/main
../.git/objects/
../.git/refs/
index.html
report/run.html 2MB
.dockerignore: report
```

```dockerfile bad
FROM nginx:1.27.0
COPY context /usr/share/nginx/html
```

```context
../compose.yaml: services:\n a:\n    build:\n      context: .\n      dockerfile: context/Dockerfile
../.git/HEAD: ref: refs/heads/main
../.git/objects/
../.git/refs/
index.html
report/run.html 2MB
../.dockerignore: context/report
```

```dockerfile good
FROM nginx:1.27.0
COPY context /usr/share/nginx/html
```

BuildKit also reads an ignore file that is named after the Dockerfile: `Dockerfile.dockerignore`
next to it. That one takes the place of the one at the root of the build context, and its patterns
are paths from that root as well.

## How sure

The builds of the Dockerfile are those in Compose, Bake and CI files, Makefiles and scripts. All of
them must take the same other folder, and none may hide its own in a variable. Nothing is reported
where something takes the folder of the ignore file as its build context, or may do so: another
build, the documentation, a Dockerfile without a known build, or the settings of a hosting service.
A script that names the ignore file may copy it. At least one pattern must be of use in a folder
that a `COPY` takes: it would exclude files of at least `min-bytes`, or, as an info, a folder that
installs and builds create and git ignores. All ignore files of one build context are one finding.

## When not to follow it

Delete the file when the image needs what its patterns name.

## Options

None.

## References

- [`.dockerignore` files](https://docs.docker.com/build/concepts/context/#dockerignore-files)
"""

from __future__ import annotations

from dlint import Finding, Rule, Severity, human_bytes, listed, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context, fixes

rule = Rule(__name__, __doc__, since="0.1", local=True)

SHOWN = 2  # patterns that a message names


class Line:
    """A span by itself."""

    def __init__(self, span: fixes.Span) -> None:
        self.span = span


@rule.on(syntax.Dockerfile)
def unread(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report the ignore files that no build of one context reads, at the one that costs most."""
    found = context.build.sources.unread_ignores(context.min_bytes)
    if not found:
        return
    first, others = found[0], len(found) - 1
    source = first.source
    patterns = [source.line_text(each).strip() for each in first.lines]
    named = listed(f"`{each}`" for each in patterns[:SHOWN])
    more = f" and {others} more" if others else ""
    copied = f"; {human_bytes(first.size)} of such files are copied" if first.size else ""
    ignore_file = ".dockerignore" if first.context == "." else f"{first.context}/.dockerignore"
    yield Finding(
        Line(source.line_span(first.lines[0])),
        f"no build reads this ignore file{more}, because the build context is `{first.context}`, so"
        f" {named} {'exclude' if len(patterns) > 1 else 'excludes'} nothing{copied}",
        help=f"add the patterns to `{ignore_file}` as paths from there: `{first.patterns[0]}`",
        source=source,
        severity=None if first.size else Severity.INFO,
    )
