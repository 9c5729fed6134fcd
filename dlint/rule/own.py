"""The rules about the file's text and dlint's own comments: the engine needs them, whatever else is
installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.findings import Finding, Severity
from dlint.rule.rule import Rule, page_address
from dlint.syntax import Dockerfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.rule.rule import Context

SYNTAX_ERROR = Rule(
    "syntax.error",
    """The builder refuses this line.

The rest of the file is still checked, but nothing is built from it. This rule is on whatever `--select` names; only
`ignore` turns it off.

```dockerfile bad
FROM debian:12.5-slim
RUNN apt-get update
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update
```
""",  # noqa: E501  its lines are shown as they are
    severity=Severity.ERROR,
    url=page_address("syntax/error"),
)

SYNTAX_WARNING = Rule(
    "syntax.warning",
    """The builder takes this line, but hardly as it was meant.

BuildKit builds such a file, with a warning or without one, and older or other builders may read it differently.

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
""",  # noqa: E501  its lines are shown as they are
    url=page_address("syntax/warning"),
)

SUPPRESSION_UNUSED = Rule(
    "suppression.unused",
    """A comment ignores a finding that is not there.

The line it spoke of has been mended or has moved away. Left in place, the comment would hide the next real finding.
Comments that name a rule which is switched off are not judged.

```dockerfile bad
# dlint: ignore[syntax/warning] the vendor's file
FROM debian:12.5-slim
```

```dockerfile good
FROM debian:12.5-slim
```
""",  # noqa: E501  its lines are shown as they are
    severity=Severity.INFO,
    url=page_address("suppression/unused"),
)

SUPPRESSION_INVALID = Rule(
    "suppression.invalid",
    """A comment meant for dlint says nothing that dlint understands.

It names an unknown rule, lacks its brackets, or stands where it has no effect: `ignore-stage` belongs above a FROM,
`ignore-file` above the first instruction.

```dockerfile bad
# dlint: ignore[syntax/warnin]
FROM debian:12.5-slim
```

```dockerfile good
FROM debian:12.5-slim
```
""",  # noqa: E501  its lines are shown as they are
    url=page_address("suppression/invalid"),
)

SYNTAX_TEMPLATE = Rule(
    "syntax.template",
    """The file is a template: another program writes the Dockerfile.

What its marks stand for is not known, so neither its layers nor its build context can be judged. Findings on single
instructions without a mark are told all the same. To have the rest checked, render it first, and check what comes out:
`gomplate -f Dockerfile.tmpl | dlint check - --context .`.

```dockerfile bad
FROM {{ base }}
RUN echo one
```

```dockerfile good
ARG BASE=debian:12.5-slim
FROM $BASE
RUN echo one
```
""",  # noqa: E501  its lines are shown as they are
    severity=Severity.INFO,
    url=page_address("syntax/template"),
)

RULES = (SYNTAX_ERROR, SYNTAX_WARNING, SYNTAX_TEMPLATE, SUPPRESSION_UNUSED, SUPPRESSION_INVALID)


@SYNTAX_ERROR.on(Dockerfile)
def refused(dockerfile: Dockerfile, _: Context) -> Iterator[Finding]:
    """Report what BuildKit refuses."""
    for problem in dockerfile.errors:
        yield Finding(problem, problem.message)


@SYNTAX_WARNING.on(Dockerfile)
def doubtful(dockerfile: Dockerfile, _: Context) -> Iterator[Finding]:
    """Report what BuildKit accepts."""
    for problem in dockerfile.problems:
        if problem.severity is not Severity.ERROR:
            yield Finding(problem, problem.message, severity=problem.severity)
