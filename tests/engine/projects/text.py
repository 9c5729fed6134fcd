"""How a Dockerfile is written: comments, white space, here-documents."""

from __future__ import annotations

from harness.project import Project, step

from .words import APP, dockerfile, fill, two

PROJECTS = (
    Project(
        "comment-and-space-in-run",
        "comment lines within a RUN are no part of it; the white space of its continuation lines is",
        (
            step(
                {
                    "Dockerfile": dockerfile(
                        "RUN echo one && \\\n    # first\n    head -c 300000 /dev/urandom > /dep"
                    )
                }
            ),
            step(
                {
                    "Dockerfile": dockerfile(
                        "RUN echo one && \\\n    # second\n    head -c 300000 /dev/urandom > /dep"
                    )
                },
                "==",
            ),
            step(
                {
                    "Dockerfile": dockerfile(
                        "RUN echo one && \\\n    # second\n  head -c 300000 /dev/urandom > /dep"
                    )
                },
                "=+",
            ),
        ),
    ),
    two(
        "keyword-case-and-comments",
        "comments, blank lines and the case of keywords outside are no part of anything",
        dockerfile("# one", fill(300_000), "copy app /app"),
        dockerfile("# two", "", fill(300_000).replace("RUN", "run"), "", "COPY app /app"),
        "===",
        APP,
    ),
    two(
        "dockerfile-in-context",
        "COPY . takes the Dockerfile along: a comment in it re-makes the layer",
        dockerfile("COPY . /src", fill(300_000)),
        dockerfile("# a note", "COPY . /src", fill(300_000)),
        "=++",
        APP,
    ),
    Project(
        "heredoc-run",
        "a here-document is the RUN's text; the word that ends it is not",
        (
            step(
                {
                    "Dockerfile": dockerfile(
                        "RUN <<EOF\nset -e\nhead -c 300000 /dev/urandom > /dep\nEOF",
                        "COPY app /app",
                    ),
                    **APP,
                }
            ),
            step(
                {
                    "Dockerfile": dockerfile(
                        "RUN <<EOF\nset -e\nhead -c 300001 /dev/urandom > /dep\nEOF",
                        "COPY app /app",
                    )
                },
                "=+=",
            ),
            step(
                {
                    "Dockerfile": dockerfile(
                        "RUN <<END\nset -e\nhead -c 300001 /dev/urandom > /dep\nEND",
                        "COPY app /app",
                    )
                },
                "===",
            ),
        ),
    ),
    two(
        "heredoc-for-command",
        "a here-document that a command reads is given to the shell as written, ending word and all",
        dockerfile("RUN sh -e <<EOF\nhead -c 300000 /dev/urandom > /dep\nEOF"),
        dockerfile("RUN sh -e <<END\nhead -c 300000 /dev/urandom > /dep\nEND"),
        "=+",
    ),
    Project(
        "heredoc-copy",
        "a here-document's file is made when the text changes, and taken again while it does not",
        (
            step(
                {
                    "Dockerfile": dockerfile(
                        "ENV A=1", fill(100_000), "COPY <<EOF /settings\nmode=1\nEOF"
                    )
                }
            ),
            step(
                {
                    "Dockerfile": dockerfile(
                        "ENV A=2", fill(100_000), "COPY <<EOF /settings\nmode=1\nEOF"
                    )
                },
                "=+=",
            ),
            step(
                {
                    "Dockerfile": dockerfile(
                        "ENV A=2", fill(100_000), "COPY <<EOF /settings\nmode=2\nEOF"
                    )
                },
                "==+",
            ),
        ),
    ),
)
