from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from dlint.findings import Severity
from dlint.syntax import (
    Add,
    Copy,
    Env,
    Expose,
    From,
    Healthcheck,
    Instruction,
    Onbuild,
    Run,
    Transfer,
)
from dlint.syntax.instructions import Paired
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from dlint.syntax import Dockerfile

T = TypeVar("T", bound=Instruction)


def read(text: str) -> Dockerfile:
    return parse(Source.from_bytes("Dockerfile", text.encode("utf-8", "surrogateescape")))


def only(text: str, kind: type[T]) -> T:
    (instruction,) = read(text).instructions
    assert type(instruction) is kind
    return instruction


# Where a reader of lines goes wrong; what BuildKit's parser says of each.
STRUCTURE = {
    "here-document": ("RUN <<EOF\napk add x\nEOF\nUSER a", [("RUN", 1, 3, "<<EOF"), ("USER", 4, 4, "a")]),
    "blank line in a continuation": ("RUN a && \\\n\n  b", [("RUN", 1, 3, "a &&   b")]),
    "comment in a continuation": ("RUN a && \\\n  # c \\\n  b", [("RUN", 1, 3, "a &&   b")]),
    "escaped escape": ("COPY x c:\\\\\nUSER z", [("COPY", 1, 1, "x c:\\\\"), ("USER", 2, 2, "z")]),
    "thrice": ("COPY x c:\\\\\\\nUSER z", [("COPY", 1, 1, "x c:\\\\\\"), ("USER", 2, 2, "z")]),
    "end inside a continuation": ("RUN a && \\", [("RUN", 1, 1, "a &&")]),
    "keyword glued to the continuation": ("RUN\\\n a", [("RUN", 1, 2, "a")]),
    "keyword over two lines": ("EN\\\nV A=1", [("ENV", 1, 2, "A=1")]),
    "bare keyword": ("RUN", [("RUN", 1, 1, "")]),
    "byte order mark": ("\ufeffFROM a", [("FROM", 1, 1, "a")]),
    "byte order mark before a directive": ("\ufeff# escape=`\nRUN a `\n b", [("RUN", 2, 3, "a  b")]),
    "not UTF-8": ("# caf\udce9\nFROM a\udce9", [("FROM", 2, 2, "a\udce9")]),
    "blanks after the escape": ("RUN a \\ \t\n b", [("RUN", 1, 2, "a  b")]),
    "no-break space after the escape": ("RUN a \\\xa0\nUSER b", [("RUN", 1, 1, "a \\"), ("USER", 2, 2, "b")]),
    "CRLF": ("RUN a \\\r\n b\r\nUSER c\r\n", [("RUN", 1, 2, "a  b"), ("USER", 3, 3, "c")]),
    "line feed alone ends a line": ("RUN a\x0cb\rc\x85d\u2028e", [("RUN", 1, 1, "a\x0cb\rc\x85d\u2028e")]),
    "lower case": ("from a", [("FROM", 1, 1, "a")]),
    "blank is Go's": ("\x1cFROM a", [("\x1cFROM", 1, 1, "a")]),
    "capital S is not long s": ("u\u017fer a", [("USER", 1, 1, "a")]),
    "no here-document": ('RUN a <<<EOF "<<EOF" $((1<<2))', [("RUN", 1, 1, 'a <<<EOF "<<EOF" $((1<<2))')]),
    "none in ENV": ("ENV a=<<EOF\nUSER b", [("ENV", 1, 1, "a=<<EOF"), ("USER", 2, 2, "b")]),
    "none in exec form": ('RUN ["a", "<<EOF"]\nUSER b', [("RUN", 1, 1, '["a", "<<EOF"]'), ("USER", 2, 2, "b")]),
    "in ONBUILD": ("ONBUILD RUN <<EOF\na\nEOF", [("ONBUILD", 1, 3, "RUN <<EOF")]),
    "after a continuation": ("RUN a \\\n <<EOF\nb \\\nEOF\nUSER c", [("RUN", 1, 4, "a  <<EOF"), ("USER", 5, 5, "c")]),
    "escape directive after another": ("# check=skip=all\n# escape=`\nRUN a `\n b", [("RUN", 3, 4, "a  b")]),
    "escape directive after a note": ("# note\n# escape=`\nRUN a `\nRUN b", [("RUN", 3, 3, "a `"), ("RUN", 4, 4, "b")]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STRUCTURE.values(), ids=STRUCTURE)
def test_structure(text: str, expected: list[tuple[str, int, int, str]]) -> None:
    found = [(i.name, i.line, i.end_line, i.value.text) for i in read(text).instructions]
    assert found == expected


def test_directives_are_no_comments() -> None:
    dockerfile = read("#syntax = docker/dockerfile:1 \n# Escape=`\n# note\nRUN a\n")
    assert [(d.name, d.value) for d in dockerfile.directives] == [
        ("syntax", "docker/dockerfile:1"),
        ("escape", "`"),
    ]
    assert dockerfile.escape == "`"
    assert [c.text for c in dockerfile.comments] == ["note"]


def test_comments_say_whether_they_stand_inside_an_instruction() -> None:
    dockerfile = read("# one\nRUN a \\\n  #two\r\n b\n## three \nRUN <<E\n# none\nE\n")
    assert [(c.text, c.line, c.inside) for c in dockerfile.comments] == [
        ("one", 1, False),
        ("two", 3, True),
        ("# three", 5, False),
    ]
    assert [dockerfile.source[c.span] for c in dockerfile.comments] == [
        "# one",
        "#two",
        "## three ",
    ]


def test_flags_lose_their_quotes() -> None:
    copy = only('COPY --from=x --link --chown="a b":c --exclude=a --exclude=\\b -- --d /e', Copy)
    assert [(f.name, f.value) for f in copy.flags] == [
        ("from", "x"),
        ("link", None),
        ("chown", "a b:c"),
        ("exclude", "a"),
        ("exclude", "b"),
    ]
    assert (copy.from_, copy.chown, copy.chmod, copy.link, copy.parents) == (
        "x",
        "a b:c",
        None,
        True,
        False,
    )
    assert copy.excludes == ("a", "b")
    assert [w.text for w in copy.words] == ["--d", "/e"]
    assert not only("COPY --link=false a b", Copy).link


def test_parts_of_from() -> None:
    stage = only("FROM --platform=$P a:1 \\\n  # note\n as B", From)
    assert (stage.platform, stage.image.text, stage.alias.text) == ("$P", "a:1", "B")  # type: ignore[union-attr]


def test_exec_form_is_all_or_nothing() -> None:
    assert only('RUN [ "a b" , "c\\u0064\\n" ]', Run).json == ("a b", "cd\n")
    assert only("CMD []", type(read("CMD []").instructions[0])).json == ()
    for shell_form in (
        'RUN ["a"] # note',
        "RUN ['a']",
        'RUN ["a",]',
        'RUN ["a" "b"]',
        "RUN [",
        'RUN ["a"',
        "RUN [,]",
    ):
        assert only(shell_form, Run).json is None
    assert only('ADD ["a b", "/c"]', Add).sources[0].text == "a b"


def test_words_of_an_exec_form_stand_between_the_quotes() -> None:
    dockerfile = read('COPY ["a b", \\\n "/c"]')
    assert [dockerfile.source[w.span] for w in dockerfile.instructions[0].words] == ["a b", "/c"]


PAIRS = {
    "quotes": (
        "ENV a=\"b c\" d='e f' g=h\\ i j=",
        [("a", '"b c"'), ("d", "'e f'"), ("g", "h\\ i"), ("j", "")],
    ),
    "old form": ("ENV a  b  c ", [("a", "b  c")]),
    "old form with an equals sign": ("ENV a b=c", [("a", "b=c")]),
    "label": ("LABEL a.b=c \\\n d=e", [("a.b", "c"), ("d", "e")]),
    "arg": ('ARG a b=1 c=""', [("a", None), ("b", "1"), ("c", '""')]),
    "unclosed": ('ENV a="b c', [("a", '"b c')]),
}


@pytest.mark.parametrize(("text", "expected"), PAIRS.values(), ids=PAIRS)
def test_pairs(text: str, expected: list[tuple[str, str | None]]) -> None:
    dockerfile = read(text)
    (instruction,) = dockerfile.instructions
    assert isinstance(instruction, Paired)
    assert [(p.name, p.value) for p in instruction.pairs] == expected
    assert [p.value_span and dockerfile.source[p.value_span] for p in instruction.pairs] == [
        v for _, v in expected
    ]


def test_kinds_are_not_each_other() -> None:
    label, volume = read("LABEL a=b\nVOLUME /a").instructions
    assert not isinstance(label, Env)
    assert not isinstance(volume, Expose)


SCRIPTS = {
    "line": ("RUN --network=none a && \\\n b", "a &&  b"),
    "exec form": ('RUN ["a"]', ""),
    "body": ("RUN <<EOF\n  a\n\tb \\\nEOF\nUSER c", "  a\n\tb \\\n"),
    "body without tabs": ("RUN <<-EOF\n\ta\n\t\tb\n\tEOF", "a\nb\n"),
    "for a command": ("RUN cat <<EOF > x && b\n$a\nEOF", "cat <<EOF > x && b\n$a\nEOF"),
    "two": ("RUN a <<-A \\\n 3<<'B'\n\tx\n\tA\nB", "a <<-A  3<<'B'\n\tx\nA\nB"),
    "no end": ("RUN <<EOF\na", "a"),
}


@pytest.mark.parametrize(("text", "expected"), SCRIPTS.values(), ids=SCRIPTS)
def test_what_the_shell_is_given(text: str, expected: str) -> None:
    (run, *_) = read(text).instructions
    assert isinstance(run, Run)
    assert run.script.text == expected


def test_a_body_may_name_its_interpreter() -> None:
    assert (
        only("RUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF", Run).shebang
        == "#!/usr/bin/env python3"
    )
    assert only("RUN cat <<EOF\n#!/bin/sh\nEOF", Run).shebang is None


def test_heredocs() -> None:
    copy = only('COPY <<one 4<<-"two" a /b\r\n$x\r\none\r\n\ty\r\n\ttwo\r\n', Copy)
    assert [(h.name, h.body, h.expand, h.chomp, h.fd, h.content.text) for h in copy.heredocs] == [
        ("one", "$x\r\n", True, False, 0, "$x\r\n"),
        ("two", "\ty\r\n", False, True, 4, "y\r\n"),
    ]
    assert [w.text for w in copy.sources] == ["a"]


MOUNTS = {
    "type=cache,target=/a,id=b,sharing=locked": (
        "cache",
        "/a",
        None,
        None,
        "b",
        "locked",
        False,
        False,
    ),
    "type=secret,id=a,required": ("secret", None, None, None, "a", None, True, True),
    "source=a,dst=b,from=c": ("bind", "b", "a", "c", None, None, True, False),
    "src=a,target=b,rw": ("bind", "b", "a", None, None, None, False, False),
    "type=cache,target=a,readonly=true": ("cache", "a", None, None, None, None, True, False),
    '\\"source=a,b\\",target=c': ("bind", "c", "a,b", None, None, None, True, False),
}


@pytest.mark.parametrize(("flag", "expected"), MOUNTS.items(), ids=MOUNTS)
def test_mounts(flag: str, expected: tuple[object, ...]) -> None:
    (mount,) = only(f"RUN --mount={flag} x", Run).mounts
    assert mount[:-1] == expected


def test_onbuild_holds_an_instruction() -> None:
    dockerfile = read('FROM a\nONBUILD COPY --from=a \\\n ["b", "c"]\n')
    onbuild = dockerfile.instructions[1]
    assert isinstance(onbuild, Onbuild)
    inner = onbuild.inner
    assert isinstance(inner, Copy)
    assert (inner.line, inner.end_line, inner.from_, inner.json) == (2, 3, "a", ("b", "c"))
    assert dockerfile.source[inner.span] == 'COPY --from=a \\\n ["b", "c"]'


def test_healthcheck() -> None:
    check = only('HEALTHCHECK --interval=5s cmd ["a", "b"]', Healthcheck)
    assert (check.kind, check.json, check.flag("interval")) == ("CMD", ("a", "b"), "5s")
    assert [w.text for w in check.words] == ["cmd", "a", "b"]
    assert only("HEALTHCHECK CMD a  b", Healthcheck).command.text == "a  b"


ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
# File, where a problem is expected (line and column), how bad it is, a word of its message.
PROBLEMS = {
    "empty": ("", (1, 1), ERROR, "no instruction"),
    "comments only": ("# a\n", (1, 1), ERROR, "no instruction"),
    "placeholder": ("# a placeholder\n", (1, 1), INFO, "no instruction"),
    "owner without $": (
        "FROM a\nARG GID=7\nCOPY --chown=7:{GID} a b",
        (3, 6),
        WARNING,
        "{GID} is no variable without `$`",
    ),
    "user without $": ("FROM a\nENV WHO=7\nUSER {WHO}", (3, 6), WARNING, "{WHO} is no variable"),
    "repeated directive": ("# escape=`\n# escape=`\nFROM a", (2, 1), ERROR, "second time"),
    "bad escape": ("# escape=x\nFROM a", (1, 1), ERROR, "escape"),
    "unclosed here-document": ("FROM a\nRUN <<EOF\nb", (2, 1), ERROR, "EOF"),
    "empty continuation line": ("FROM a\nRUN b \\\n\n c", (3, 1), WARNING, "empty line"),
    "end in a continuation": ("FROM a\nRUN b \\\n", (2, 7), WARNING, "continuation"),
    "nothing continued": ("FROM a\n\\\n", (2, 1), ERROR, "continues nothing"),
    "bytes": ("FROM a\n# \udcff", (2, 3), WARNING, "UTF-8"),
    "long line": ("FROM a\nRUN " + 65532 * "b" + "\n", (2, 1), ERROR, "65535"),
    "unknown instruction": ("FROM a\nCOYP b c", (2, 1), ERROR, "COPY"),
    "unknown in a mirror's syntax": ("# syntax=a.example/docker/dockerfile:1\nFROM a\nINCLUDE b", (3, 1), ERROR, "INCLUDE"),
    "comment after a pair": ("FROM a\nENV b=1 # c", (2, 9), ERROR, "comment"),
    "comment after an ARG": ("ARG b=1 # c\nFROM a", (1, 9), INFO, "comment"),
    "comment with an option after an ARG": ("ARG b=1 # -Dc=2\nFROM a", (1, 9), INFO, "comment"),
    "comment with a value after an ARG": ("ARG b=1 # b=2\nFROM a", (1, 9), WARNING, "comment"),
    "comment after a port": ("FROM a\nEXPOSE 80 # c", (2, 11), WARNING, "comment"),
    "comment after an image": ("FROM a # c", (1, 8), ERROR, "comment"),
    "no image": ("FROM", (1, 1), ERROR, "image"),
    "two images": ("FROM a b", (1, 8), ERROR, "AS"),
    "as nothing": ("FROM a AS", (1, 8), ERROR, "AS"),
    "stage's name": ("FROM a AS 1b", (1, 11), ERROR, "1b"),
    "stage's name twice": ("FROM a AS b\nFROM a AS B", (2, 11), WARNING, "B"),
    "no FROM": ("ARG a", (1, 1), ERROR, "no FROM"),
    "before FROM": ("RUN a\nFROM a", (1, 1), ERROR, "before"),
    "nothing to copy": ("FROM a\nCOPY b", (2, 1), ERROR, "destination"),
    "here-document as destination": ("FROM a\nCOPY b <<E\nE", (2, 8), ERROR, "destination"),
    "variable without value": ("FROM a\nENV b", (2, 5), ERROR, "value"),
    "no variable": ("FROM a\nENV", (2, 1), ERROR, "ENV"),
    "no name": ("FROM a\nENV =b", (2, 5), ERROR, "name"),
    "label without name": ("FROM a\nLABEL a=b c", (2, 11), ERROR, "c"),
    "nothing run": ("FROM a\nRUN", (2, 1), WARNING, "nothing"),
    "unknown flag": ("FROM a\nCOPY --form=b c d", (2, 6), WARNING, "--from"),
    "flag without value": ("FROM a\nCOPY --from b c", (2, 6), ERROR, "--from"),
    "flag twice": ("FROM a\nCOPY --from=a --from=b c d", (2, 15), ERROR, "second"),
    "flag neither true nor false": ("FROM a\nCOPY --link=1 c d", (2, 6), ERROR, "true"),
    "array of numbers": ("FROM a\nCMD [1]", (2, 5), ERROR, "strings"),
    "array of numbers in ONBUILD": ("FROM a\nONBUILD CMD [1]", (2, 13), ERROR, "strings"),
    "SHELL in shell form": ("FROM a\nSHELL /bin/sh", (2, 1), ERROR, "JSON"),
    "ONBUILD of nothing": ("FROM a\nONBUILD", (2, 1), ERROR, "ONBUILD"),
    "ONBUILD FROM": ("FROM a\nONBUILD FROM b", (2, 9), ERROR, "FROM"),
    "ONBUILD of a bad COPY": ("FROM a\nONBUILD COPY b", (2, 9), WARNING, "destination"),
    "ONBUILD of the unknown": ("FROM a\nONBUILD COYP b c", (2, 9), WARNING, "COPY"),
    "HEALTHCHECK of neither": ("FROM a\nHEALTHCHECK curl", (2, 13), ERROR, "CMD"),
    "HEALTHCHECK of nothing": ("FROM a\nHEALTHCHECK CMD", (2, 13), ERROR, "command"),
    "HEALTHCHECK NONE of something": ("FROM a\nHEALTHCHECK NONE x", (2, 18), ERROR, "NONE"),
    "HEALTHCHECK's duration": ("FROM a\nHEALTHCHECK --interval=5 CMD x", (2, 13), ERROR, "duration"),
    "HEALTHCHECK's retries": ("FROM a\nHEALTHCHECK --retries=5s CMD x", (2, 13), ERROR, "number"),
    "empty volume": ('FROM a\nVOLUME ["a", " "]', (2, 15), ERROR, "empty"),
    "no user": ("FROM a\nUSER", (2, 1), ERROR, "USER"),
    "unclosed quote": ('FROM a\nENV b="c', (2, 5), WARNING, "quote"),
    "unclosed brace": ("FROM a\nWORKDIR ${b", (2, 9), WARNING, "}"),
    "unknown modifier": ("FROM ${a:b}", (1, 6), WARNING, "modifier"),
    "type of mount": ("FROM a\nRUN --mount=type=cahce,target=/a b", (2, 5), WARNING, "cache"),
    "variable in a mount's from": ("FROM a\nRUN --mount=from=$a,target=/a b", (2, 5), ERROR, "variable"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place", "severity", "word"), PROBLEMS.values(), ids=PROBLEMS)
def test_problems(text: str, place: tuple[int, int], severity: Severity, word: str) -> None:
    dockerfile = read(text)
    (problem,) = dockerfile.problems
    assert (dockerfile.source.position(problem.span.start), problem.severity) == (place, severity)
    assert word in problem.message


FINE = {
    "everything": "# syntax=docker/dockerfile:1.7-labs\nARG a=1 b\nFROM --platform=$BUILDPLATFORM x:${a} AS c\n"
    'MAINTAINER me\nENV a=$b c="d e" f=\'g\'\nLABEL a "b c"\nCOPY --link --chmod=644 --exclude=*.a a\\ b "/c"\n'
    "ADD --keep-git-dir=true --checksum=sha256:0 --unpack a b\nRUN --mount=type=cache,target=/a --network=none b\n"
    'EXPOSE 80 ${p:-81}/udp\nVOLUME /a "/b"\nUSER a:b\nWORKDIR "/a b"\nSTOPSIGNAL $s\nSHELL ["a"]\nCMD\nENTRYPOINT []\n'
    "HEALTHCHECK --interval=1m30s --timeout=0 --start-period=1.5h --retries=3 CMD a\nHEALTHCHECK NONE\n"
    "ONBUILD RUN a\nFROM c\n",
    "longest line": "FROM a\nRUN " + 65531 * "b" + "\n",
    "modifiers": "FROM a\nENV a=${b:-c} d=${e+f} g=${h#i} j=${k//l/m} n=${o:?p}${q%%r} s=\"$t's\" u='${' v=\\'\n",
    "braces": ("FROM a\nARG GID\nCOPY --chown=7:${GID} {GID} b\nCOPY --chown=7:{UID} a b\n"),
    "flag in capitals of another instruction": "FROM a\nRUN a --mount\n",
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_no_problems(text: str) -> None:
    assert read(text).problems == ()


@pytest.mark.parametrize("between", ["", "# c\n", "\n"], ids=["plain", "comments", "blank lines"])
def test_fifty_thousand_continuation_lines(between: str) -> None:
    # Were the lines' texts joined one by one, this would copy 40 GB and not come to an end here.
    lines = 50_000
    dockerfile = read(
        "FROM a\nRUN b \\\n"
        + f" && c {40 * 'x'} \\\n{between}" * lines
        + " d\nCOPY "
        + "e \\\n" * lines
        + "/f"
    )
    _, run, copy = dockerfile.instructions
    assert isinstance(run, Run)
    assert isinstance(copy, Transfer)
    assert run.script.text.count("&& c") == lines
    assert dockerfile.source.line(run.script.offset(len(run.script.text) - 1)) == run.end_line
    assert len(copy.sources) == lines


def test_many_pairs_find_their_places() -> None:
    count = 20_000
    dockerfile = read("FROM a\nENV " + " ".join(f"a{n}=\\\n'{n}'" for n in range(count)))
    env = dockerfile.instructions[1]
    assert isinstance(env, Env)
    assert [dockerfile.source[p.value_span] for p in env.pairs if p.value_span][
        -1
    ] == f"'{count - 1}'"


def test_a_long_chain_of_onbuild_is_one_error() -> None:
    (problem,) = read("FROM a\n" + "ONBUILD " * 5000 + "RUN b").problems
    assert "ONBUILD" in problem.message


def test_an_empty_name_ends_a_heredoc_at_an_empty_line() -> None:
    dockerfile = read("FROM a\nRUN <<''\nb\n\nUSER c")
    assert [i.name for i in dockerfile.instructions] == ["FROM", "RUN", "USER"]
    assert dockerfile.problems == ()


def test_nothing_is_worked_out_before_it_is_asked_for() -> None:
    dockerfile = read("FROM a\nCOPY --link b c\n")
    assert "words" not in vars(dockerfile.instructions[1])
    assert dockerfile.instructions[1].words is dockerfile.instructions[1].words
