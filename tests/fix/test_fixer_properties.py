"""What --fix promises, over generated Dockerfiles in generated contexts, by all of dlint's
rules.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings, strategies as st

from dlint.config.settings import Overrides
from dlint.findings import Severity
from dlint.fix.fixer import Drafts, Fixer
from dlint.lint.engine import Checker, Spec, Task
from dlint.syntax.parser import parse
from dlint.testing import write_context
from dlint.text.source import Edit, Source, Span

FILES = (
    "package.json: {}",
    "package-lock.json: {}",
    "requirements.txt: flask==3.0.3",
    "go.mod: module example.com/x",
    "main.go 2kB",
    "src/main.py 3kB",
    "src/util.js 2kB",
    "models/weights.bin 3MB",
    "node_modules/a/index.js 1500kB",
    ".git/HEAD: ref: refs/heads/main",
    ".git/objects/pack/one.pack 1200kB",
    ".dockerignore: *.log # logs",
    "README.md 1kB",
    "entry.sh 1kB",
)
STEPS = (
    "ARG GIT_SHA",
    "ARG BUILD_DATE=unknown\nENV BUILD_DATE=$BUILD_DATE",
    "# what it is about\nENV LANG=C.UTF-8",
    "LABEL revision=$GIT_SHA",
    "WORKDIR /app",
    "USER app",
    "COPY . .",
    "COPY . /app",
    "COPY src/ ./src/",
    "COPY models ./models",
    "COPY package.json package-lock.json ./",
    "COPY --chown=1000:1000 src /srv/src",
    "COPY entry.sh /usr/local/bin/",
    "RUN chmod 755 /usr/local/bin/entry.sh",
    "RUN chown -R 1000:1000 /app",
    "# packages\nRUN apt-get update",
    "RUN apt-get install -y curl git",
    "RUN apt-get update && apt-get install -y \\\n    # for https\n    ca-certificates \\\n    curl",
    "RUN set -eux; \\\n    apt-get update; \\\n    apt-get install -y --no-install-recommends tini",
    "RUN rm -rf /var/lib/apt/lists/*",
    "RUN apk add curl",
    "RUN <<EOF\napt-get update\napt-get install -y tini\nEOF",
    'RUN ["pip", "install", "flask"]',
    "RUN npm install",
    "RUN npm ci",
    "RUN pip install -r requirements.txt",
    "RUN go build -o /x .",
    "RUN curl -fsSLo /tmp/a.tgz https://example.com/a-1.0.tgz && tar -xzf /tmp/a.tgz -C /opt",
    "RUN rm /tmp/a.tgz",
    "RUN useradd -u 200000 big",
    "RUN git clone https://example.com/x.git /x",
    "RUN --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y tini",
    "FROM debian:12.5-slim AS next",
    "COPY --from=0 /app /app",
    'CMD ["x"]',
    "# dlint: ignore[bloat/pm-cache] wanted",
    "",
)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(STEPS), min_size=1, max_size=10),
    st.sets(st.sampled_from(FILES)),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)
def test_a_fixed_file_is_whole_done_and_no_worse(
    steps: list[str],
    files: set[str],
    newline: str,
    bom: bool,  # noqa: FBT001  drawn, not passed
    unsafe: bool,  # noqa: FBT001  drawn, not passed
) -> None:
    text = newline.join("\n".join(["FROM debian:12.5-slim", *steps]).split("\n"))
    before = Source("", text, bom)
    checker = Checker(Spec(Overrides(isolated=True), third_party=False))
    with tempfile.TemporaryDirectory() as folder:
        write_context(Path(folder), "\n".join(sorted(files)))
        path = Path(folder, "Dockerfile")
        path.write_bytes(before.encode())
        task, drafts = Task(path.as_posix()), Drafts()
        old = checker.check(task)
        fixed = Fixer(checker, task, unsafe=unsafe, drafts=drafts).run()
        for change in fixed.changes:
            Path(change.before.path).write_bytes(change.after.encode())
        again = Fixer(checker, task, unsafe=unsafe).run()
        new = checker.check(task)
        after = Source.from_bytes("", path.read_bytes())
    assert not again.changes
    assert not Counter(each.rule for each in new.diagnostics) - Counter(
        each.rule for each in old.diagnostics
    )
    assert len(new.diagnostics) <= len(old.diagnostics) - len(fixed.mended)
    assert after.bom is bom
    assert newline == "\n" or after.text.count("\n") == after.text.count("\r\n")
    one, other = parse(before), parse(after)
    assert not [problem for problem in other.problems if problem.severity is Severity.ERROR]
    assert not Counter(comment.text for comment in one.comments) - Counter(
        comment.text for comment in other.comments
    )
    assert sum(len(each.heredocs) for each in one.instructions) == sum(
        len(each.heredocs) for each in other.instructions
    )


@given(
    st.text("ab\n", max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), st.text("xy", max_size=3))),
)
def test_what_no_edit_names_stays(text: str, wanted: list[tuple[int, int, str]]) -> None:
    edits, end = [], 0
    for start, length, new in sorted(wanted):
        if end <= start and start + length <= len(text):
            edits.append(Edit(Span(start, start + length), new))
            end = start + length
    after = Source("", text).edited(edits).text
    moved = 0
    for number, edit in enumerate(edits):
        start = edits[number - 1].span.end if number else 0
        assert after[start + moved : edit.span.start + moved] == text[start : edit.span.start]
        assert after[edit.span.start + moved :].startswith(edit.text)
        moved += len(edit.text) - (edit.span.end - edit.span.start)
    assert after[end + moved :] == text[end:]
