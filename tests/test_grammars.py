"""Whatever a stranger's repository holds, dlint ends with findings or a clear error: Dockerfiles,
contexts and histories by grammars, with names and texts that terminals and CI runners would obey.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

from house import PROJECT
from hypothesis import given, settings, strategies as st
from past import commit, git

from dlint.config.settings import Overrides
from dlint.errors import DlintError
from dlint.fix.fixer import Fixer, diff
from dlint.lint.engine import Checker, Spec, Task

sys.path.insert(0, str(PROJECT / "fuzz"))

from files import check_formats, check_whole  # type: ignore[import-not-found]

# What is odd in a word, wherever it stands.
ODD = st.sampled_from(
    (
        *("\x1b[2K", "::error::x", "\r::warning::x", "##vso[task.x]", "##[error]x", "\u202e", "é"),
        *("\udcff", "\u2028", "$(", "${", "`", '"', "'", "\\", "\0", "**", "[", "{1..9}", "²", "-"),
        *("<b>", "](x)", "|", "&&", ">", "..", "/", "~", "a" * 300, "http://[x", "9" * 30),
    )
)
NAME = st.sampled_from(("a", "app", "src", "main.py", "x.tgz", "node_modules", "package.json"))
WORD = st.lists(st.one_of(NAME, NAME, ODD), min_size=1, max_size=3).map("".join)
PATH = st.lists(WORD, min_size=1, max_size=3).map("/".join)
COMMAND = st.builds(
    " ".join,
    st.tuples(
        st.sampled_from(
            (
                *(
                    "apt-get install -y",
                    "apk add",
                    "pip install",
                    "npm ci",
                    "curl -fsSLo",
                    "rm -rf",
                ),
                *("chown -R app", "tar xzf", "git clone", "cd", "echo", "case", "for i in", "if"),
                *("wget -O", "cp -r", "mkdir -p", "export", "sh -c", "make", "useradd", "sed -i"),
            )
        ),
        PATH,
        PATH,
    ),
)
SCRIPT = st.lists(
    st.tuples(COMMAND, st.sampled_from((" && ", "; ", " | ", " || ", " \\\n  ", " & "))), max_size=4
).map(lambda parts: "".join(command + between for command, between in parts))
INSTRUCTION = st.one_of(
    st.tuples(st.just("RUN"), SCRIPT),
    st.tuples(st.just("RUN <<EOF\n"), SCRIPT, st.just("\nEOF")),
    st.tuples(st.sampled_from(("COPY", "ADD", "COPY --from=0", "COPY --chown=1:1")), PATH, PATH),
    st.tuples(st.sampled_from(("ENV", "ARG", "LABEL")), st.builds("{}={}".format, WORD, PATH)),
    st.tuples(st.sampled_from(("WORKDIR", "USER", "EXPOSE", "VOLUME", "CMD")), PATH),
    st.tuples(st.just("FROM"), WORD, st.just("AS"), WORD),
    st.tuples(st.just("RUN --mount=type=cache,target="), PATH, SCRIPT),
    st.tuples(st.just("ONBUILD COPY"), PATH, PATH),
    st.tuples(st.sampled_from(("# dlint: ignore", "# syntax=", "# escape=", "#")), WORD),
).map(" ".join)
TEXT = st.lists(INSTRUCTION, max_size=8).map(
    lambda lines: ("\n".join(["FROM debian:12", *lines]) + "\n").encode("utf-8", "surrogateescape")
)
# A file's name on a disk: any bytes but these.
FILE = WORD.map(lambda name: name.replace("\0", "").replace("/", "")[:200]).filter(
    lambda name: name not in {"", ".", "..", ".git"}
)
FILES = st.dictionaries(st.lists(FILE, min_size=1, max_size=3).map("/".join), PATH, max_size=6)


def write(root: Path, files: dict[str, str]) -> None:
    """Write what can be: a name may be a folder's already, or longer than the system takes."""
    for name, text in files.items():
        with suppress(OSError):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))


@settings(max_examples=60, derandomize=True)
@given(TEXT)
def test_a_dockerfile_by_itself(text: bytes) -> None:
    with suppress(DlintError):
        check_whole("", text)


@settings(max_examples=40, derandomize=True)
@given(TEXT, FILES, st.lists(PATH, max_size=4))
def test_a_dockerfile_in_its_context(
    text: bytes, files: dict[str, str], patterns: list[str]
) -> None:
    checker = Checker(Spec(Overrides(isolated=True, select=("all",)), third_party=False, push=True))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, {**files, ".dockerignore": "\n".join(patterns)})
        (root / "Dockerfile").write_bytes(text)
        task = Task((root / "Dockerfile").as_posix())
        with suppress(DlintError):
            report = checker.check(task)
            assert not report.failures, report.failures[0].trace
            check_formats(report, checker.plugins.rules)
            diff(Fixer(checker, task, unsafe=True).run().changes)


@settings(max_examples=8, derandomize=True)
@given(st.lists(st.tuples(TEXT, FILES), min_size=1, max_size=3))
def test_a_history(revisions: list[tuple[bytes, dict[str, str]]]) -> None:
    from dlint.cli import main

    with tempfile.TemporaryDirectory() as folder:
        root, out = Path(folder) / "repository", Path(folder) / "out.json"
        root.mkdir()
        git(root, "init", "-q")
        for text, files in revisions:
            write(root, files)
            (root / "Dockerfile").write_bytes(text)
            commit(root, "x", {})
        dockerfile = (root / "Dockerfile").as_posix()
        words = ["--isolated", "--output-format", "json", "--output-file", str(out), dockerfile]
        for verb in ("history", "push", "layers"):
            out.unlink(missing_ok=True)
            told = io.StringIO()
            with redirect_stdout(told), redirect_stderr(told):
                assert main([verb, *words]) in {0, 1, 2}
            assert "a bug in dlint" not in told.getvalue()
            if out.exists():
                json.loads(out.read_text("utf-8"))
