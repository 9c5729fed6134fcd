"""The rules about the file's text and dlint's own comments: the engine needs them, whatever else is
installed.
"""

from __future__ import annotations

from dlint.findings import Finding, Severity
from dlint.rule.rule import Rule, page_address
from dlint.syntax import Dockerfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.rule.rule import Context

SYNTAX_ERROR = Rule(
    "syntax.error",
    """The builder refuses this line.

## What it does

Finds what BuildKit does not accept: unknown instructions and flags, missing arguments, broken
continuations.

## Why is this bad?

Nothing is built from the file.

**Measured:** no figure, because the build fails and nothing is pushed.

## Example

```dockerfile bad
FROM debian:12.5-slim
RUNN apt-get update
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update
```

## How sure

Certain: the check follows BuildKit's own parser. The rest of the file is still checked. A file of
tests (`tests`, `testdata`, `__fixtures__`) that the repository does not build may be meant to be
wrong: its errors are infos.

## When not to follow it

Always follow it. `--select` cannot turn this rule off; only `ignore` can.

## Options

None.

## References

- [Dockerfile reference](https://docs.docker.com/reference/dockerfile/)
""",
    severity=Severity.ERROR,
    url=page_address("syntax/error"),
    since="0.1",
)

SYNTAX_WARNING = Rule(
    "syntax.warning",
    """The builder accepts this line, but it probably means something else.

## What it does

Finds lines that BuildKit accepts with a warning, and lines that other builders read differently.

## Why is this bad?

The build may run other commands than intended, and an older or different builder may refuse the
file.

**Measured:** no figure, because the meaning of the line is at stake and not its size.

## Example

```dockerfile bad
FROM debian:12.5-slim
RUN echo one && \\

    echo two
```

```dockerfile good
FROM debian:12.5-slim
RUN echo one && \\
    echo two
```

## How sure

Certain that the builder reads the line as the finding says. What was intended is a guess.

## When not to follow it

Ignore it in a file that must stay as its vendor ships it.

## Options

None.

## References

- [Build checks](https://docs.docker.com/reference/build-checks/)
""",
    url=page_address("syntax/warning"),
    since="0.1",
)

SUPPRESSION_UNUSED = Rule(
    "suppression.unused",
    """A comment ignores a finding that does not exist.

## What it does

Finds `# dlint: ignore` comments that suppress nothing.

## Why is this bad?

The line was fixed or moved. The comment would hide the next real finding.

**Measured:** no figure, because a comment adds no byte to a push.

## Example

```dockerfile bad
# dlint: ignore[syntax/warning] the vendor's file
FROM debian:12.5-slim
```

```dockerfile good
FROM debian:12.5-slim
```

## How sure

Certain for rules that are switched on. Comments that name a rule which is switched off are not
judged.

## When not to follow it

Keep the comment when the finding depends on files that only some checkouts contain.

## Options

None.

## References

- `suppression/invalid`, for comments that dlint does not understand
""",
    severity=Severity.INFO,
    url=page_address("suppression/unused"),
    since="0.1",
)

SUPPRESSION_INVALID = Rule(
    "suppression.invalid",
    """A comment meant for dlint is not understood.

## What it does

Finds `# dlint:` comments that name an unknown rule, lack their brackets, or have no effect in their
place. `ignore-stage` belongs before a `FROM`, `ignore-file` before the first instruction.

## Why is this bad?

The comment suppresses nothing, although its author believes it does.

**Measured:** no figure, because a comment adds no byte to a push.

## Example

```dockerfile bad
# dlint: ignore[syntax/warnin]
FROM debian:12.5-slim
```

```dockerfile good
FROM debian:12.5-slim
```

## How sure

Certain, as far as the rules of installed plugins are known.

## When not to follow it

Always follow it, unless the comment names a rule of a plugin that is not installed here.

## Options

None.

## References

- `suppression/unused`, for comments that suppress nothing
""",
    url=page_address("suppression/invalid"),
    since="0.1",
)

SYNTAX_TEMPLATE = Rule(
    "syntax.template",
    """The file is a template that another program turns into a Dockerfile.

## What it does

Finds template markup of Go, Mustache, Jinja and similar languages. Instructions without markup are
still checked by the rules of `bloat` and `pin`. The same holds for a file whose `# syntax=` names
another frontend than Docker's, and that has instructions of that frontend's own, such as `INCLUDE`.

## Why is this bad?

What the markup stands for is unknown, so dlint cannot judge the layers or the build context. To
have everything checked, render the template and check the result:
`gomplate -f Dockerfile.tmpl | dlint check - --context .`.

**Measured:** no figure, because the layers are unknown until the template is rendered.

## Example

```dockerfile bad
FROM {{ base }}
RUN echo one
```

```dockerfile good
ARG BASE=debian:12.5-slim
FROM $BASE
RUN echo one
```

## How sure

Certain that BuildKit does not read the markup. A template that comments at the head of one of the
repository's Dockerfiles name is not reported: that Dockerfile is checked. Nor is one whose lines all
stand in a Dockerfile, with something in place of each mark.

## When not to follow it

Ignore it when the rendered files are checked elsewhere.

## Options

None.

## References

- [Build variables](https://docs.docker.com/build/building/variables/), which often replace a template
""",  # noqa: E501  its lines are shown as they are
    severity=Severity.INFO,
    url=page_address("syntax/template"),
    since="0.1",
)

RULES = (SYNTAX_ERROR, SYNTAX_WARNING, SYNTAX_TEMPLATE, SUPPRESSION_UNUSED, SUPPRESSION_INVALID)


@SYNTAX_ERROR.on(Dockerfile)
def refused(dockerfile: Dockerfile, context: Context) -> Iterator[Finding]:
    """Report what BuildKit refuses; what tests read may be meant to be wrong."""
    severity = Severity.INFO if context.build.is_test_input else None
    for problem in dockerfile.errors:
        yield Finding(problem, problem.message, severity=severity)


@SYNTAX_WARNING.on(Dockerfile)
def doubtful(dockerfile: Dockerfile, _: Context) -> Iterator[Finding]:
    """Report what BuildKit accepts."""
    for problem in dockerfile.problems:
        if problem.severity is not Severity.ERROR:
            yield Finding(problem, problem.message, severity=problem.severity)
