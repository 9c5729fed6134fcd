"""What strangers write stays text: whoever reads the output obeys, renders and follows nothing of
it.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, strategies as st
from markdown_it import MarkdownIt
from past import git
from support import check, dlint as run, rule_on

from dlint.cli import main
from dlint.errors import DlintError
from dlint.lint.report import Report
from dlint.reporters import FORMATS, REPORTERS
from dlint.text.printable import (
    comment,
    disarmed,
    json_text,
    markdown,
    markdown_code,
    markdown_message,
    printable,
    references,
    sarif_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMANDS = "::stop-commands::tok ##[group]g ##vso[task.setvariable variable=a]b ##teamcity[x y='z']"
MARKUP = "<img src=x onerror=alert(1)> ![i](https://e.example/i.png) [x](javascript:alert(1)) <https://e.example> `|`` $a$"
CONTROLS = (
    "\x1b[31m\x1b]8;;https://e.example\x07\r\t\x7f\x9b\u202e\u2066\u2028 [red]rich[/red] :smile:"
)
HOSTILE = f"{COMMANDS} {MARKUP} {CONTROLS}"
NAME = "::error::n\n::stop-commands::t\n##[group]g##vso[a.b c]d\x1b[31m\u202e\x9b|`<img onerror=x>![i](u)[x](javascript:y)"


# How the runners read a line. Any name counts as a command here: which ones there are differs
# between versions.
def obeyed(line: str) -> tuple[str, dict[str, str], str] | None:
    """Return the command that the runner of GitHub Actions or Azure Pipelines takes a line for."""
    seen = "".join(
        each
        for each in line
        if unicodedata.category(each) not in {"Cf", "Mn", "Cc"} or each.isspace()
    )
    text = line.lstrip()
    if seen.lstrip().startswith("::") and (end := text.find("::", 2)) >= 0:
        name, _, properties = text[2:end].partition(" ")
        pairs = (each.split("=", 1) for each in properties.strip().split(",") if "=" in each)
        return (
            name,
            {key: unescaped(value, "%3A", "%2C") for key, value in pairs},
            unescaped(text[end + 2 :]),
        )
    found = re.search(r"##(vso|teamcity)?\[", seen, re.IGNORECASE)
    return None if found is None else (found[0], {}, "")


def unescaped(text: str, *more: str) -> str:
    for code in ("%0D", "%0A", *more, "%25"):
        text = text.replace(code, chr(int(code[1:], 16)))
    return text


COLOR = re.compile(r"\x1b\[[0-9;]*m")
FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]"
)


def assert_harmless(text: str, *, color: bool = False) -> None:
    """Nothing in it moves the cursor, turns the writing or speaks to a runner."""
    found = FORBIDDEN.search(COLOR.sub("", text) if color else text)
    assert found is None, (found[0], text[max(0, found.start() - 60) : found.end() + 20])
    for line in text.split("\n"):
        assert obeyed(line) is None, line


def assert_only_issues(lines: list[str]) -> None:
    """Each line is one command of Azure Pipelines, whose values hold no end of it."""
    for line in lines:
        assert FORBIDDEN.search(line) is None
        issue = re.fullmatch(r"##vso\[task\.logissue (?:[a-z]+=[^;\]]*;)+\](.*)", line)
        assert issue, line
        assert issue[1]


def assert_no_markup(text: str) -> None:
    """Render Markdown: it holds no HTML, no image, and no link but those of the rules."""
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        for each in (token, *(token.children or ())):
            assert each.type not in {"html_block", "html_inline", "image"}, each.content
            if each.type == "link_open":
                assert "dlint" in str(each.attrs["href"])


class Page(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attrs)}


def assert_page(text: str) -> None:
    page = Page()
    page.feed(text)
    assert not page.found & {"img", "script", "onerror", "src", "iframe", "object"}


def assert_xml(text: str) -> None:
    ET.fromstring(text)  # noqa: S314  our own output


def assert_json(text: str) -> None:
    json.dumps(json.loads(text), ensure_ascii=False).encode()


def assert_json_lines(text: str) -> None:
    for line in text.splitlines():
        assert_json(line)


PARSED: dict[str, Callable[[str], None]] = {
    "markdown": assert_no_markup,
    "html": assert_page,
    **dict.fromkeys(("junit", "checkstyle"), assert_xml),
    **dict.fromkeys(("json", "sarif", "gitlab", "rdjson"), assert_json),
    "jsonl": assert_json_lines,
}
MODELS = ("pretty", "text", "json", "markdown")


class Hostile(NamedTuple):
    """A repository whose every name and text is an attack.

    A builder takes `dockerfile`, and refuses `broken`; `followed` has a history.
    """

    root: Path
    dockerfile: str
    broken: str
    followed: str


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    root = tmp_path_factory.mktemp("hostile")
    # git tells the folder of one whose name holds an end of line in a way that leaves it without a
    # history
    folder, flat = (root / name for name in (NAME, NAME.replace("\n", " ")))
    one_line = HOSTILE.translate(dict.fromkeys(map(ord, "\r\u2028"), " "))
    words = one_line.replace('"', "").replace("`", "").replace("$", "")
    sound = (
        "FROM debian:12.5-slim AS build\n"
        f'LABEL evil="{words}" "::l::##[group]"=x\n'
        f'ENV EVIL="{words}"\n'
        "WORKDIR /srv/::w::/##[group]\n"
        "COPY . /srv\n"
        f"RUN apt-get update && apt-get install -y curl # {one_line}\n"
        "RUN pip install -r /srv/requirements.txt && echo ::set-env name=A::b ##[add-matcher]c `<img src=x>`\n"
        'COPY ["::warning::*", "/srv/::d::/##[group]/"]\n'
        "FROM build\n"
        "COPY --from=build /srv /::srv::\n"
        "RUN <<EOF\n ::error::heredoc\n##[group]heredoc\nEOF\n"
    ).encode()
    dockerfile = (
        f"ARG BAD={COMMANDS.replace(' ', '')}\n"
        "FROM debian:12.5-slim@::x##[group]g AS ::stage::##[group]\n"
        f"{sound.decode()}"
        f"# dlint: ignore[::x::/##[group]] {one_line}\n"
        "COPY --from=##[group]g ::nothing:: /x\n"
        'ADD https://e.example/##[group]/x "/::y::"\n'
        f"::nosuch::name {one_line}\n"
    ).encode()
    files: dict[bytes, bytes] = {
        b"Dockerfile": sound,
        b"broken.Dockerfile": dockerfile,
        b"requirements.txt": b"flask\n",
        b".dockerignore": f"{COMMANDS}\n!::x::\n[\x1b]##[group]\n".encode(),
        os.fsencode(NAME): b"a",
        b"::warning::\xff##[group]": b"b",
    }
    for where in (folder, flat):
        where.mkdir()
        for name, data in files.items():
            (where / os.fsdecode(name)).write_bytes(data)
    git(root, "init", "-q")
    for number in range(3):
        (flat / os.fsdecode(b"::warning::\xff##[group]")).write_bytes(b"b%d" % number)
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", HOSTILE, "--author", f"{COMMANDS} <a@b>")
    (flat / "Dockerfile").write_bytes(dockerfile)
    git(root, "commit", "-q", "-a", "-m", "::debug::broken ##[group]")
    (flat / "Dockerfile").write_bytes(sound)
    git(root, "commit", "-q", "-a", "-m", "![mended](https://e.example)")
    return Hostile(
        root,
        f"{folder.name}/Dockerfile",
        f"{folder.name}/broken.Dockerfile",
        f"{flat.name}/Dockerfile",
    )


@pytest.fixture
def inside(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> Hostile:
    for name in ("GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(hostile.root)
    monkeypatch.setenv("COLUMNS", "400")  # what a narrow terminal cuts off would prove nothing
    return hostile


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run dlint: all of its standard output, once standard error is seen to be harmless."""
    main(list(words))
    out, err = capsys.readouterr()
    assert_harmless(err)
    assert "a bug in dlint" not in err
    return out


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "github"])
def test_check_is_harmless_in_every_format(
    inside: Hostile, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    for where in (".", inside.dockerfile, inside.broken):
        out = answer(
            capsys, "check", "--isolated", "--select", "all", "--output-format", form, "--", where
        )
        assert out
        if form == "azure":
            assert_only_issues([each for each in out.splitlines() if "##vso[" in each])
            out = "\n".join(each for each in out.splitlines() if "##vso[" not in each)
        assert_harmless(out)
        PARSED.get(form, str)(out)


def test_annotations_are_the_only_commands_and_tell_the_truth(
    inside: Hostile,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    words = ("check", "--isolated", "--select", "all", "--output-format")
    paths = ("--", inside.dockerfile, inside.broken)
    listed = json.loads(answer(capsys, *words, "json", *paths))["diagnostics"]
    out = answer(capsys, *words, "github", *paths)
    assert FORBIDDEN.search(out) is None
    commands = [command for line in out.split("\n") if (command := obeyed(line))]
    assert commands
    known = {(each["rule"], str(each["line"])) for each in listed}
    shown = (
        inside.dockerfile.replace("\x1b", "\\x1b")
        .replace("\u202e", "\\u202e")
        .replace("\x9b", "\\x9b")
    )
    folder = shown.rpartition("/")[0]
    known_paths = {
        f"{folder}/{name}" for name in ("Dockerfile", "broken.Dockerfile", ".dockerignore")
    }
    for name, properties, data in commands:
        assert name in {"error", "warning", "notice"}
        if properties["title"] != "dlint":
            assert properties["file"] in known_paths
            assert (properties["title"], properties["line"]) in known
        assert "\n" not in data
    summary = (tmp_path / "summary.md").read_text()
    assert FORBIDDEN.search(summary) is None
    assert_no_markup(summary)


@pytest.mark.parametrize(
    ("verb", "form"),
    [(verb, form) for verb in ("push", "history", "order", "layers") for form in MODELS]
    + [("history", "html")],
)
def test_other_verbs_are_harmless_in_every_format(
    inside: Hostile, capsys: pytest.CaptureFixture[str], verb: str, form: str
) -> None:
    words = (
        ["--no-cache"]
        if verb in {"history", "order"}
        else ["--since", "HEAD~4"]
        if verb == "push"
        else []
    )
    for color in ("never", "always"):
        out = answer(
            capsys,
            verb,
            "--isolated",
            "--color",
            color,
            "--output-format",
            form,
            *words,
            "--",
            inside.followed,
        )
        assert out
        assert_harmless(out, color=color == "always" and form == "pretty")
        PARSED.get(form, str)(out)


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("form", MODELS)
@pytest.mark.parametrize(
    "words", [["rules"], ["explain", "order/copy-before-install"], ["check", "--statistics", "."]]
)
def test_lists_and_pages_are_harmless(
    capsys: pytest.CaptureFixture[str], words: list[str], form: str
) -> None:
    out = answer(capsys, *words, "--output-format", form)
    assert_harmless(out)
    if form == "json":
        assert_json(out)


def test_the_tree_is_harmless(inside: Hostile, capsys: pytest.CaptureFixture[str]) -> None:
    out = answer(capsys, "ast", inside.dockerfile, inside.broken, "##[group]::x::", "::x::")
    assert_harmless(out)
    paths = [json.loads(line)["path"] for line in out.splitlines()]
    assert paths == [inside.dockerfile, inside.broken, "##[group]::x::", "::x::"]


CONFIG = 'fail-on = "::error::x##[group]\\u001b[31m"\n"::y::##[group]" = 1\n'


@pytest.mark.parametrize(
    "words",
    [
        [NAME],
        ["check", NAME],
        ["check", "--select", NAME],
        ["check", "--fail-on", NAME],
        ["check", "--per-file-ignores", NAME],
        ["check", f"--{NAME}"],
        ["check", "--", "Dockerfile", f"-{NAME}"],
        ["check", "--output-format", NAME],
        ["check", "--config", NAME],
        ["check", "--config", "hostile.toml"],
        ["check", "--config", "broken.toml"],
        ["check", "--baseline", NAME],
        ["check", "--build-arg", f"={NAME}"],
        ["check", "--platform", NAME],
        ["push", NAME],
        ["push", "--rev", NAME],
        ["push", "--bandwidth", NAME],
        ["push", "--budget", NAME],
        ["push", "--against", NAME],
        ["push", "--against", f"docker://{NAME}"],
        ["push", "--target", NAME],
        ["history", "--rev", NAME],
        ["order", NAME],
        ["layers", NAME],
        ["explain", NAME],
        ["plugins", NAME],
    ],
    ids=lambda words: " ".join("NAME" if NAME in word else word for word in words),
)
@pytest.mark.parametrize("more", [[], ["-v"]], ids=["", "-v"])
def test_errors_quote_harmlessly(words: list[str], more: list[str], tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "hostile.toml").write_text(CONFIG)
    (tmp_path / "broken.toml").write_text("::error::x##[group]\x1b[31m\n")
    done = run(*words[:1], *(more if len(words) > 1 else []), *words[1:], cwd=tmp_path)
    assert_harmless(done.stdout)
    assert_harmless(done.stderr)
    assert "a bug in dlint" not in done.stderr


@pytest.mark.parametrize("more", [[], ["-v"]], ids=["", "-v"])
def test_a_bug_is_told_harmlessly(
    more: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> int:
        error = RuntimeError(f"{NAME}\r{HOSTILE}")
        error.add_note(f"{NAME}\n  ::note::x")
        raise error

    monkeypatch.setattr("dlint.cli.check.run", broken)
    assert main(["check", *more]) == 2
    err = capsys.readouterr().err
    assert_harmless(err)
    assert "dlint: error: a bug in dlint" in err


PATCHED = (
    b"FROM debian:12.5-slim\nRUN apt-get update \\\n&& echo \\\n::stop-commands::tok \\\n##[group]\\\n"
    b"&& apt-get install -y curl\n"
)


@pytest.mark.parametrize("words", [["--diff", "Dockerfile"], ["--fix", "-"]], ids=["diff", "pipe"])
def test_bytes_that_a_runner_would_obey_are_not_written_to_its_log(
    words: list[str], tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_bytes(PATCHED)
    command = ["check", "--isolated", "--select", "bloat", *words]
    piped = run(*command, cwd=tmp_path, stdin=PATCHED)
    assert "::stop-commands::" in piped.stdout  # where nobody obeys it, it is the file's own text
    done = run(*command, cwd=tmp_path, stdin=PATCHED, GITHUB_ACTIONS="true")
    assert (done.returncode, done.stdout) == (2, "")
    assert_harmless(done.stderr)


def test_a_plugins_format_is_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dlint.lint.plugins.Plugins.reporters", {"own": lambda _: "::own::##[x]\n"})
    main(["check", "--isolated", "--output-format", "own", os.devnull])
    assert capsys.readouterr().out == "::own::##[x]\n"


PIECES = st.lists(
    st.sampled_from(
        [
            "#",
            "##",
            "[",
            "]",
            "::",
            ":",
            "vso",
            "VSO",
            "teamcity",
            " ",
            "\t",
            "\n",
            "\u00ad",
            "\ufe0f",
            "\u200b",
            "\u3000",
            "x",
        ]
    ),
    max_size=12,
).map("".join)


@given(PIECES)
def test_no_line_of_output_is_a_command(text: str) -> None:
    safe = disarmed(text)
    assert [line for line in safe.split("\n") if obeyed(line)] == []
    assert disarmed(safe) == safe
    assert safe.replace(r"\x5b", "[").replace(r"\x3a", ":") == text


@given(PIECES)
def test_programs_read_what_was_there(text: str) -> None:
    written = json_text({"text": text}, indent=None)
    assert obeyed(written) is None
    assert json.loads(written) == {"text": text}
    assert json.loads(json_text([text, "\x7fé𝄞"], ascii_only=True)) == [text, "\x7fé𝄞"]
    assert json_text([text, "é𝄞"], ascii_only=True).isascii()
    flat = text.replace("\n", " ").replace("\t", " ")
    assert obeyed(references(f"<a b='{flat}'/>")) is None
    assert ET.fromstring(references(f"<a b='{flat}'/>")).get("b") == flat  # noqa: S314  our own output


MARKS = st.text(st.sampled_from("ab `|\\*_[]()<>!&~#:/w.\n"), max_size=20)


def spans(text: str, *, table: bool) -> list[tuple[str, str]]:
    """Return what a Markdown parser reads: types and contents of the inline parts of the last cell
    or paragraph.
    """
    parsed = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inline = [token for token in parsed if token.type == "inline"]
    assert len(inline) == (4 if table else 1)
    return [
        (each.type, each.content)
        for each in inline[-1].children or ()
        if each.content or each.type != "text"
    ]


@given(MARKS)
def test_code_in_markdown_is_shown_as_it_is(text: str) -> None:
    shown = printable(text)
    if shown.strip():
        table = f"| a | b |\n|---|---|\n| x | {markdown_code(text)} |\n"
        assert spans(table, table=True) == [("code_inline", shown)]
        assert spans(f"x {markdown_code(text, cell=False)}\n", table=False)[-1] == (
            "code_inline",
            shown,
        )


@given(MARKS)
def test_words_in_markdown_are_words(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| x | {markdown(text)} |\n"
    found = spans(table, table=True)
    assert {kind for kind, _ in found} <= {"text", "text_special"}
    assert "".join(content for _, content in found) == printable(text).strip(" ")


def test_a_comment_calls_nobody() -> None:
    assert comment("@all #1 a\\@b") == r"@&#8203;all #&#8203;1 a\\@&#8203;b"
    assert markdown_message("`@a` @b", comment) == "`@a` @&#8203;b"


def test_addresses_in_markdown_are_no_links() -> None:
    assert (
        markdown("see https://e.example and www.e.example")
        == r"see https\://e.example and www\.e.example"
    )


def test_a_message_of_sarif_holds_no_link() -> None:
    assert sarif_text("[x](javascript:y) [ -f z ]") == r"\[x](javascript:y) [ -f z ]"
    rule = rule_on("test/x", "RUN")
    report = Report([check("FROM a\nRUN b\n", rule)], {"test/x": rule})
    assert r"\[" not in REPORTERS["sarif"](report)


def test_a_patch_at_a_terminal_shows_what_it_would_obey(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from argparse import Namespace

    from dlint.cli.common import emit_patch, require_unheard

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    emit_patch(Namespace(output_file=None), "+RUN\ta\x1b[2J\r\n ::x::y\n")
    assert capsys.readouterr().out == "+RUN\ta\\x1b[2J\n \\x3a:x::y\n"
    monkeypatch.setenv("TF_BUILD", "True")
    with pytest.raises(DlintError, match="command to the CI runner"):
        require_unheard("##vso[task.complete]")
