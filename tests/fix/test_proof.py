"""What the model says against fixes: each rule here mends its finding by a text that is worse in
one way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import checker, tree

from dlint import Context, Finding, Rule, Severity
from dlint.findings import Fix, Safety
from dlint.fix.fixer import Fixer
from dlint.lint.engine import Task
from dlint.syntax import Dockerfile
from dlint.testing import write_context
from dlint.text.source import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlint.fix.fixer import Fixed

FILES = "main.py 40kB\npackage.json 2kB\nmodels/weights.bin 900kB\nlib.so 300kB"
EARLY = "FROM x\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
LATE = "FROM x\nWORKDIR /app\nCOPY package.json ./\nRUN npm ci\nCOPY . .\n"


def becoming(old: str, new: str) -> Rule:
    """Make a rule that wants the file `old` to be the file `new`."""
    rule = Rule("test.becoming", "Replaces a file.", fix=Safety.SAFE)

    @rule.on(Dockerfile)
    def check(file: Dockerfile, _: Context) -> Iterator[Finding]:
        if file.source.text == old:
            fix = Fix("replace", (Edit(Span(0, len(old)), new),), Safety.SAFE)
            yield Finding(file.instructions[0], "the old file", fix=fix)

    return rule


def fix(
    folder: Path, old: str, new: str, *more: Rule, builder: str = "buildkit", files: str = FILES
) -> Fixed:
    write_context(folder, files)
    tree(folder, {"Dockerfile": old})
    task = Task((folder / "Dockerfile").as_posix())
    return Fixer(checker(becoming(old, new), *more, builder=builder), task).run()


def objection(
    folder: Path, old: str, new: str, *more: Rule, builder: str = "buildkit", files: str = FILES
) -> str:
    """Return why the fix is withdrawn, empty where it is not."""
    fixed = fix(folder, old, new, *more, builder=builder, files=files)
    assert bool(fixed.changes) is not bool(fixed.withdrawn)
    return "".join(fixed.withdrawn).partition("is withdrawn: ")[2]


@pytest.mark.parametrize(
    ("builder", "expected"),
    [
        ("buildkit", ""),
        ("buildah", ""),
        (
            "docker",
            "the image would hold 2.56 kB more of the context's files (exact, uncompressed)",
        ),
        (
            "classic",
            "the image would hold 2.56 kB more of the context's files (exact, uncompressed)",
        ),
    ],
)
def test_a_file_copied_twice_is_stored_twice_by_some_builders(
    tmp_path: Path, builder: str, expected: str
) -> None:
    assert objection(tmp_path, EARLY, LATE, builder=builder) == expected


SOURCE = "COPY main.py /app/\n"
MODELS = "COPY models /app/models\n"
INSTALL = "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"
CASES = [
    ("", f"FROM x\nWORKDIR /app\n{SOURCE}{MODELS}", f"FROM x\nWORKDIR /app\n{MODELS}{SOURCE}"),
    (
        "a push would be expected to upload 8",
        f"FROM x\nWORKDIR /app\n{MODELS}{SOURCE}",
        f"FROM x\nWORKDIR /app\n{SOURCE}{MODELS}",
    ),
    ("", f"FROM x\nWORKDIR /app\n{SOURCE}{INSTALL}", f"FROM x\n{INSTALL}WORKDIR /app\n{SOURCE}"),
    (
        "a change of main.py would upload another layer of unknown size",
        f"FROM x\n{INSTALL}WORKDIR /app\n{SOURCE}",
        f"FROM x\nWORKDIR /app\n{SOURCE}{INSTALL}",
    ),
    (
        "",
        f"FROM x\nARG GIT_SHA\n{INSTALL}LABEL a=$GIT_SHA\n",
        f"FROM x\n{INSTALL}ARG GIT_SHA\nLABEL a=$GIT_SHA\n",
    ),
    (
        "a change of GIT_SHA would upload another layer of unknown size",
        f"FROM x\n{INSTALL}ARG GIT_SHA\nLABEL a=$GIT_SHA\n",
        f"FROM x\nARG GIT_SHA\n{INSTALL}LABEL a=$GIT_SHA\n",
    ),
    ("", f"FROM x\nARG NODE_VERSION\n{INSTALL}", f"FROM x\n{INSTALL}ARG NODE_VERSION\n"),
    ("", "FROM x\nRUN a\nRUN b\n", "FROM x\nRUN a && b\n"),
    (
        "the image would have another layer of unknown size",
        "FROM x\nRUN a && b\n",
        "FROM x\nRUN a\nRUN b\n",
    ),
    (
        "the image would grow without a benefit",
        f"FROM x\n{INSTALL}",
        "FROM x\nRUN apt-get update && apt-get install -y curl\n",
    ),
    (
        "the image would grow without a benefit",
        "FROM x\nCOPY --chown=5:5 lib.so /\nRUN true\n",
        "FROM x\nCOPY lib.so /\nRUN chown 5:5 /lib.so\n",
    ),
    (
        "",
        "FROM x\nCOPY lib.so /\nRUN chown 5:5 /lib.so\n",
        "FROM x\nCOPY --chown=5:5 lib.so /\nRUN true\n",
    ),
    (
        "the image would hold 301 kB more",
        "FROM x\nCOPY main.py /\n",
        "FROM x\nCOPY main.py lib.so /\n",
    ),
    ("", "FROM x AS a\nCOPY main.py /\nFROM x\n", "FROM x AS a\nCOPY main.py lib.so /\nFROM x\n"),
    ("the builder would refuse the result: ", "FROM x\nRUN a\n", "FROM x\nRUNN a\n"),
]


@pytest.mark.parametrize(("expected", "old", "new"), CASES)
def test_a_fix_is_held_against_the_model(tmp_path: Path, expected: str, old: str, new: str) -> None:
    said = objection(tmp_path, old, new)
    assert said.startswith(expected)
    assert bool(said) is bool(expected)


def test_what_stands_for_the_context_is_enough(tmp_path: Path) -> None:
    """Of all that two COPYs take, one file of each is looked at; the sizes are those of all."""
    files = "".join(f"src/{number}.py 4kB\nmodels/{number}.bin 90kB\n" for number in range(20))
    said = objection(
        tmp_path,
        f"FROM x\nWORKDIR /app\n{MODELS}COPY src ./src\nCOPY . /all/of/it\n",
        f"FROM x\nWORKDIR /app\nCOPY src ./src\n{MODELS}COPY . /all/of/it\n",
        files=files,
    )
    assert said == "a push would be expected to upload 1.73 MB more (modelled, uncompressed)"


def test_git_tells_what_changes_how_often(tmp_path: Path) -> None:
    """Twelve commits changed the large file, none the other: what the names make likely does not
    count.
    """
    old, new = CASES[0][1:]
    assert objection(
        tmp_path, old, new, files=f"{FILES}\nmodels/weights.bin 900kB changed 12"
    ).startswith("a push would be expected to upload")


def test_no_rule_may_find_more(tmp_path: Path) -> None:
    other = Rule("test.other", "Wants no b.", severity=Severity.INFO)

    @other.on(Dockerfile)
    def check(file: Dockerfile, _: Context) -> Iterator[Finding]:
        for each in file.instructions:
            if "b" in each.value.text:
                yield Finding(each, "b is here")

    assert objection(tmp_path, "FROM x\nRUN a\n", "FROM x\nRUN b\n", other) == (
        "test/other would find fault with line 2: b is here"
    )
    assert objection(tmp_path, "FROM x\nRUN a b\n", "FROM x\nRUN c b\n", other) == ""


def test_of_fixes_that_hold_alone_and_not_together_the_first_is_applied(tmp_path: Path) -> None:
    rule = Rule("test.pairs", "Wants one of two to be c.", fix=Safety.SAFE)

    @rule.on(Dockerfile)
    def check(file: Dockerfile, _: Context) -> Iterator[Finding]:
        runs = file.instructions[1:]
        for each in runs if all(run.value.text != "c" for run in runs) else ():
            yield Finding(
                each, "no c", fix=Fix("c", (Edit(each.rest.span(0, 1), "c"),), Safety.SAFE)
            )
        if all(run.value.text == "c" for run in runs):
            yield Finding(file.instructions[0], "too many")
            yield Finding(file.instructions[0], "far too many")

    tree(tmp_path, {"Dockerfile": "FROM x\nRUN a\nRUN b\n"})
    fixed = Fixer(checker(rule), Task((tmp_path / "Dockerfile").as_posix())).run()
    assert fixed.changes[0].after.text == "FROM x\nRUN c\nRUN b\n"
    assert not fixed.withdrawn
