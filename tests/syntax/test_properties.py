from __future__ import annotations

import re

from e2b_dockerfile_utils import DockerfileInstruction, DockerfileSyntaxError, parse_dockerfile_ast
from hypothesis import example, given, strategies as st

from dlint.syntax import Copy, Dockerfile, Instruction, Onbuild, Transfer
from dlint.syntax.instructions import Assigned, Paired
from dlint.syntax.parser import parse
from dlint.syntax.words import SPACE, Word
from dlint.text.source import Source

# Complete instructions, whose lines may be broken anywhere; then what stands between and against
# them.
INSTRUCTIONS = (
    "FROM a:1 AS b",
    "from --platform=$P a",
    "RUN a && b\\\\",
    "RUN",
    "RUN --network=none <<-EOF cat\n\ta \\\n\t# b\n\tEOF",
    'RUN cat 3<<"E"F <<< x\nRUN b\nEF',
    "COPY <<A <<-'B C' --x /d\n$a\nA\n\tb\nB C",
    "ADD <<`a` /x\n`a`\na",
    "ADD a\\ b 'c d' /e",
    'COPY --chown="a b":c --link ["a b", "c\\u0064"]',
    'COPY ["a b", "c"] # note',
    "ENV a=\"b c\" d='e' f=\\ g",
    "ENV a  b c ",
    "LABEL x=${y:-'z'} \\\\",
    "ARG n m=1 # no comment",
    'HEALTHCHECK --interval=5s CMD ["x"]',
    "HEALTHCHECK NONE",
    "ONBUILD COPY a b",
    "EXPOSE 80 \t 90/udp",
    "USER",
    "WORKDIR /a b\v",
    'SHELL ["a"]',
    "RUN \x85 a\x85",
    "ENV a \xa0b",
    "COPY\u2028a b",
)
SCRAPS = (
    "# escape=`",
    "# check=skip=all",
    "# note \\",
    "",
    " \t",
    "\\",
    "RUN a `",
    " more \\ ",
    "--x \\",
    "RUN <<EOF",
    "ONBUILD RUN <<EOF",
    "EOF",
    "\tEOF",
    "CMD [1]",
    "NONSENSE x",
    "# escape=`x",
    "é\udcff",
    "\x1cRUN a",
    "RUN a\x85",
    "u\u017fer x",
)
BREAKS = ("\\\n", "\\ \t\r\n", "\\\n # note\n", "\\\n\n \n", "`\n")
ENDS = ("\n", "\n", "\n", "\r\n")
noise = st.text(st.sampled_from("FROMRUN fromrun=\\`\"'$#<-\n\r\t[],é\u2028\x1c{}"))


@st.composite
def instructions(draw: st.DrawFn) -> str:
    """Draw an instruction, its first line broken in some places."""
    head, *body = draw(st.sampled_from(INSTRUCTIONS)).split("\n")
    for at in sorted(draw(st.sets(st.integers(0, len(head)), max_size=2)), reverse=True):
        head = head[:at] + draw(st.sampled_from(BREAKS)) + head[at:]
    return "\n".join([head, *body])


def lines_of(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(st.one_of(*parts), st.sampled_from(ENDS))
    return st.lists(pairs, max_size=8).map(lambda pairs: "".join(part + end for part, end in pairs))


valid = lines_of(instructions(), st.sampled_from(SCRAPS[:5]))
texts = lines_of(instructions(), st.sampled_from(SCRAPS)) | noise


def read(text: str) -> Dockerfile:
    return parse(Source("Dockerfile", text))


def everything(dockerfile: Dockerfile) -> list[Instruction]:
    inner = [i.inner for i in dockerfile.instructions if isinstance(i, Onbuild) and i.inner]
    return [*dockerfile.instructions, *inner]


def unfolded(text: str, escape: str) -> str:
    """Join the lines of `text`, which begins in the middle of one, as BuildKit would."""
    first, *rest = text.split("\n")
    kept = [line for line in rest if line.strip(SPACE) and not line.lstrip(SPACE).startswith("#")]
    *continued, last = [first, *kept]
    cut = re.compile(rf"{re.escape(escape)}[ \t]*\r*$")
    return "".join([*(cut.sub("", line) for line in continued), last])


@given(texts)
@example("RUN a \\\n# c\n\n  b\\\\\nUSER x")
@example("COPY <<-EOF /a\n\tb\n\t\tEOF\nRUN c")
@example("\ufeff# escape=`\nRUN a `\n b")
def test_every_part_has_its_place(text: str) -> None:
    dockerfile = read(text)
    source = dockerfile.source
    for instruction in everything(dockerfile):
        assert instruction.line <= source.line(instruction.span.start)
        assert instruction.end_line == source.line(instruction.span.end)
        assert (
            unfolded(source[instruction.keyword.span], instruction.escape)
            == instruction.keyword.text
        )
        for word in instruction.words:
            written = unfolded(source[word.span], instruction.escape)
            assert written == word.text or (instruction.json is not None and "\\" in written)
        for flag in instruction.flags:
            quoting = re.compile(f"['\"{re.escape(instruction.escape)}]")
            told = f"--{flag.name}" + ("" if flag.value is None else f"={flag.value}")
            written = unfolded(source[flag.span], instruction.escape)
            assert quoting.sub("", written) == quoting.sub("", told)
        for heredoc in instruction.heredocs:
            assert source[heredoc.span] == heredoc.body
            assert source[heredoc.closing] in {heredoc.name, ""}
            assert heredoc.content.text == (
                re.sub(r"(?m)^\t+", "", heredoc.body) if heredoc.chomp else heredoc.body
            )
        if isinstance(instruction, Paired):
            for pair in instruction.pairs:
                assert (
                    pair.value_span is None
                    or unfolded(source[pair.value_span], instruction.escape) == pair.value
                )
        assert "".join(
            source.text[instruction.rest.offset(at)] for at in range(len(instruction.rest.text))
        ) == (instruction.rest.text)
    for comment in dockerfile.comments:
        assert source[comment.span].lstrip("#").strip().endswith(comment.text.lstrip("#").strip())
    for problem in dockerfile.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text) + 1


@given(texts)
def test_a_script_leads_back_to_the_file(text: str) -> None:
    for run in read(text).instructions:
        if run.name != "RUN":
            continue
        script = run.script
        assert all(
            text[script.offset(at)] == letter
            for at, letter in enumerate(script.text)
            if letter != "\n"
        )


@given(texts)
@example("ARG a\nFROM x")
def test_instructions_and_comments_cover_the_file_in_order(text: str) -> None:
    dockerfile = read(text)
    ends = [0, *(instruction.span.end for instruction in dockerfile.instructions)]
    starts = [*(instruction.span.start for instruction in dockerfile.instructions), len(text)]
    assert all(end <= start for end, start in zip(ends, starts, strict=True))
    lines = [comment.line for comment in dockerfile.comments]
    assert lines == sorted(set(lines))
    assert [i.index for i in dockerfile.instructions] == list(range(len(dockerfile.instructions)))


def as_e2b(instruction: Instruction) -> tuple[object, ...]:
    args: list[str] = [word.text for word in instruction.words]
    if isinstance(instruction, Assigned):
        args = [
            part for p in instruction.pairs for part in (p.name, p.value or "", p.separator.strip())
        ]
    return (
        instruction.name,
        instruction.line,
        instruction.end_line,
        [
            f"--{flag.name}" + ("" if flag.value is None else f"={flag.value}")
            for flag in instruction.flags
        ],
        args,
        [(h.name, h.body, h.expand, h.chomp, h.fd) for h in instruction.heredocs],
    )


def from_e2b(instruction: DockerfileInstruction, ours: Instruction) -> tuple[object, ...]:
    args = instruction.args
    if isinstance(ours, Transfer) and not instruction.json:
        args = re.split(
            "[\t\v\f\r ]+", ours.rest.text
        )  # it splits COPY's words at quotes, which BuildKit does not
    if isinstance(ours, Onbuild):
        args = [ours.rest.text] if ours.rest.text else []  # it leaves them out
    return (
        instruction.name,
        instruction.start_line,
        instruction.end_line,
        instruction.flags,
        args,
        [(h.name, h.content, h.expand, h.chomp, h.file_descriptor) for h in instruction.heredocs],
    )


def comparable(text: str) -> bool:
    """Leave out what e2b is known to read unlike BuildKit: ONBUILD's here-documents, U+001C as a
    blank.
    """
    return not re.search(r"(?is)\x1c|onbuild.*<<", text)


@given((valid | texts).filter(comparable))
def test_what_e2b_accepts_is_read_alike(text: str) -> None:
    try:
        expected = parse_dockerfile_ast(text)
    except DockerfileSyntaxError:
        return
    ours = read(text)
    assert ours.escape == expected.escape_token
    assert [as_e2b(i) for i in ours.instructions] == [
        from_e2b(theirs, mine)
        for theirs, mine in zip(expected.instructions, ours.instructions, strict=True)
    ]


def test_a_word_over_two_lines() -> None:
    dockerfile = read("COPY a\\\n  # note\nb /c\n")
    (copy,) = dockerfile.instructions
    assert isinstance(copy, Copy)
    assert copy.sources == (Word("ab", (5, 18)),)
