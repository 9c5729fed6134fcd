"""RUNs that become one: what the text looks like, and where it would not be the same."""

from __future__ import annotations

import pytest

from dlint.context import EmptyContext
from dlint.fixes.merging import merge_runs
from dlint.model import Build
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.source import Source


def merged(text: str) -> str | None:
    """Return a Dockerfile with all its RUNs made one; None where they cannot be."""
    build = Build(parse(Source("Dockerfile", f"FROM x\n{text}")), EmptyContext())
    edits = merge_runs(
        build, [each for each in build.dockerfile.instructions if isinstance(each, Run)]
    )
    return (
        None
        if edits is None
        else build.dockerfile.source.edited(edits).text.removeprefix("FROM x\n")
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN a\nRUN b\n", "RUN a \\\n    && b\n"),
        ("RUN a\nRUN b\nRUN c", "RUN a \\\n    && b \\\n    && c"),
        (
            "RUN a \\\n  && b  \n\n# why\n  # and how\nRUN   c\n",
            "RUN a \\\n  && b \\\n  # why\n  # and how\n  && c\n",
        ),
        ("RUN a && \\\n\tb\n# why\nRUN c\n", "RUN a && \\\n\tb && \\\n\t# why\n\tc\n"),
        ("RUN a \\\n && b \\\n    c\nRUN d\n", "RUN a \\\n && b \\\n    c \\\n && d\n"),
        ("RUN a\nRUN b \\\n && c\n", "RUN a \\\n && b \\\n && c\n"),
        (
            "RUN set -e; \\\n    a; \\\n    b\nRUN c\n",
            "RUN set -e; \\\n    a; \\\n    b \\\n    && c\n",
        ),
        ("RUN --network=none a\nRUN --network=none b\n", "RUN --network=none a \\\n    && b\n"),
        ("RUN a && \\\n  b \\\n      c\nRUN d\n", "RUN a && \\\n  b \\\n      c && \\\n  d\n"),
        ("RUN set -ex && a\nRUN set -ex \\\n  && b\n", "RUN set -ex && a \\\n  && b\n"),
        ("RUN set -ex && a\nRUN set -eu && b\n", "RUN set -ex && a \\\n    && set -eu && b\n"),
        ("RUN a || b\nRUN c | d\n", "RUN a || b \\\n    && c | d\n"),
        ("RUN if a; then b; fi\nRUN c\n", "RUN if a; then b; fi \\\n    && c\n"),
    ],
)
def test_runs_are_joined_in_the_style_of_the_first(text: str, expected: str) -> None:
    assert merged(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "RUN a\nCOPY x y\nRUN b\n",
        "RUN a\nUSER x\nRUN b\n",
        "RUN a\nRUN --mount=type=cache,target=/c b\n",
        'RUN a\nRUN ["b"]\n',
        "RUN <<EOF\na\nEOF\nRUN b\n",
        "RUN cd /x && a\nRUN b\n",
        "RUN export A=b\nRUN b\n",
        "RUN a &\nRUN b\n",
        "RUN a;\nRUN b\n",
        "RUN a # all\nRUN b\n",
        "RUN a\nRUN b; c\n",
        "RUN a\nRUN b || c\n",
        "RUN a\nRUN set -e; b\n",
        "RUN set -u; a\nRUN b $C\n",
        "RUN a\n# of neither\n\n# why\nRUN b\n",
        "RUN V=1 && a $V\nRUN b ${V}\n",
        "RUN for f in *; do a; done\nRUN b $f\n",
        "RUN set -o pipefail; a\nRUN b | c\n",
        "RUN a 'x\nRUN b\n",
    ],
)
def test_runs_that_would_do_something_else_stay_apart(text: str) -> None:
    assert merged(text) is None
