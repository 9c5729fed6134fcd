"""The output formats: what programs read is valid and says the same; what people read shows what
matters.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, strategies as st
from markdown_it import MarkdownIt
from support import checker, rule_on

from dlint import Cost, Finding, Related, Rule, Severity
from dlint.findings import Basis, Fix, Safety
from dlint.lint import pages
from dlint.lint.engine import Task
from dlint.lint.report import Diagnostic, Failure, FileReport, Location, Report
from dlint.reporters import FORMATS, REPORTERS
from dlint.reporters.github import QUOTA, SUMMARY, command
from dlint.reporters.pretty import write as pretty
from dlint.reporters.words import long_cost, printable, short_cost
from dlint.rule.own import RULES
from dlint.rule.rule import SITE
from dlint.syntax import Run
from dlint.text.printable import markdown as escape, markdown_message
from dlint.text.source import Edit, Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dlint import Context

TEXT = "FROM python:3.12\nCOPY . /srv\nRUN pip install \\\n  -r ü.txt\nRUN last\n"


class Line(NamedTuple):
    """A push line as a reporter sees it."""

    path: str
    text: str
    data: Mapping[str, Any]
    is_told: bool = True
    is_telling: bool = True
    is_sized: bool = True


ORDER = Rule(
    "order.broad", "Copies | too early.", fix=Safety.SAFE, url="https://rules.example.com/broad"
)


@ORDER.on(Run)
def broad(run: Run, context: Context) -> Iterator[Finding]:
    copy = context.build.dockerfile.instructions[1]
    if run.line == 3:
        edits = (Edit(copy.span, "COPY ü.txt /srv"),)
        cost = Cost(push_bytes=48_213_004, basis=Basis.MODELLED)
        fix = Fix("copy what is needed", edits, Safety.SAFE)
        related = (Related(copy, "changes with every commit"),)
        yield Finding(run, "installs again: 100%, *each* time", fix=fix, cost=cost, related=related)


FILE = rule_on("test/from", "FROM", severity=Severity.ERROR)
LAST = rule_on(
    "test/last", "RUN", severity=Severity.INFO, cost=Cost(image_bytes=12, basis=Basis.EXACT)
)


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Report:
    for name in ("GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    checks = checker(ORDER, FILE, LAST)
    file = checks.check(Task("app/Dockerfile", TEXT.encode()))._replace(suppressed=2)
    clean = FileReport("clean.Dockerfile", (), None)
    line = Line("app/Dockerfile", "next push|x: 48.2 MB", {"pushed_bytes": 48_213_004})
    rules = {rule.name: rule for rule in (*RULES, ORDER, FILE, LAST)}
    return Report([file._replace(push=line), clean], rules)


@pytest.fixture(autouse=True)
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path)


def test_text(report: Report) -> None:
    assert REPORTERS["text"](report).splitlines() == [
        "app/Dockerfile:1:1: error test/from FROM found",
        "app/Dockerfile:3:1: warning order/broad installs again: 100%, *each* time — help: copy what is needed [push 48.2 MB]",
        "app/Dockerfile:3:1: info test/last RUN found [image 12 B]",
        "app/Dockerfile:5:1: info test/last RUN found [image 12 B]",
        "app/Dockerfile: next push|x: 48.2 MB",
    ]
    assert len(REPORTERS["text"](report._replace(quiet=True)).splitlines()) == 4


OF_PEOPLE = pytest.mark.parametrize(
    "name", ["azure", "github", "grouped", "markdown", "pretty", "text"]
)


@pytest.mark.parametrize("sized", [0, 1])
@OF_PEOPLE
def test_push_lines_of_many_images_without_a_size_are_one(
    report: Report, name: str, sized: int
) -> None:
    lines = [Line(f"{at}/Dockerfile", "next push", {}, is_sized=at < sized) for at in range(4)]
    files = [FileReport(each.path, (), None, push=each, is_pushed=True) for each in lines]
    few = REPORTERS[name](report._replace(files=files[: 2 + sized]))
    many = REPORTERS[name](report._replace(files=files))
    assert (few.count("next push"), "dlint push" in few) == (2 + sized, False)
    assert many.count("next push") == sized
    assert f"Images of {4 - sized}{' more' * sized} Dockerfiles are pushed: " in many
    assert "dlint push --all" in many


@pytest.mark.parametrize(
    ("is_pushed", "files", "said"),
    [
        (True, "bc", "Images of 2 more Dockerfiles are pushed"),
        (True, "b", "Images of 1 more Dockerfile are pushed"),
        (False, "bc", ""),  # no recipe is seen to
        # `a` has its line, in another context
        (True, "ab", "Images of 1 more Dockerfile are pushed"),
    ],
)
@OF_PEOPLE
def test_pushed_images_without_a_push_line_are_counted_beside_others(
    report: Report, name: str, files: str, said: str, *, is_pushed: bool
) -> None:
    shown = FileReport("a", (), None, push=Line("a", "next push", {}), is_pushed=True)
    others = [FileReport(each, (), None, is_pushed=is_pushed) for each in files]
    told = REPORTERS[name](report._replace(files=[shown, *others]))
    assert told.count("next push") == 1
    assert said in told
    assert ("dlint push" in told) is bool(said)


@OF_PEOPLE
def test_a_single_image_without_a_push_line_is_not_counted(report: Report, name: str) -> None:
    file = FileReport("a", (), None, is_pushed=True)
    assert "dlint push" not in REPORTERS[name](report._replace(files=[file]))


def test_the_dearest_come_first_for_people_and_places_for_programs(report: Report) -> None:
    cheap, dear = (
        rule_on(f"test/{name}", "RUN", cost=Cost(push_bytes=size))
        for name, size in (("a", 10**7), ("b", 10**9))
    )
    file = checker(cheap, dear).check(Task("Dockerfile", b"FROM x\nRUN y\nRUN z\n"))
    both = report._replace(files=[file])
    shown = [line.split(":")[1] + line.split()[2] for line in REPORTERS["text"](both).splitlines()]
    assert shown == ["2test/b", "3test/b", "2test/a", "3test/a"]
    listed = [
        (each["line"], each["rule"]) for each in json.loads(REPORTERS["json"](both))["diagnostics"]
    ]
    assert listed == [(2, "test/a"), (2, "test/b"), (3, "test/a"), (3, "test/b")]


def test_json(report: Report) -> None:
    document = json.loads(REPORTERS["json"](report))
    assert document["schema"] == 1
    assert document["push"] == [{"pushed_bytes": 48_213_004}]
    assert document["summary"] == {
        "files": 2,
        "errors": 1,
        "warnings": 1,
        "infos": 2,
        "suppressed": 2,
    }
    broad = document["diagnostics"][1]
    assert broad == {
        "rule": "order/broad",
        "severity": "warning",
        "path": "app/Dockerfile",
        "line": 3,
        "column": 1,
        "end_line": 4,
        "end_column": 11,
        "message": "installs again: 100%, *each* time",
        "help": None,
        "url": "https://rules.example.com/broad",
        "cost": {
            "image_bytes": None,
            "push_bytes": 48_213_004,
            "basis": "modelled",
            "at_least": False,
        },
        "related": [{"line": 2, "message": "changes with every commit"}],
        "fix": {
            "title": "copy what is needed",
            "safety": "safe",
            "edits": [
                {"line": 2, "column": 1, "end_line": 2, "end_column": 12, "text": "COPY ü.txt /srv"}
            ],
        },
    }


@pytest.mark.parametrize("form", sorted({*REPORTERS} - {"statistics"}))
def test_every_format_says_what_to_do(form: str, report: Report) -> None:
    helping = rule_on("test/help", "FROM", remedy="use `COPY --chown`")
    file = checker(helping).check(Task("Dockerfile", b"FROM x\n"))
    text = REPORTERS[form](report._replace(files=[file], rules={helping.name: helping}))
    assert "use" in text
    assert "COPY --chown" in text.replace("\\-", "-")
    if form == "json":
        [found] = json.loads(text)["diagnostics"]
        assert (found["message"], found["help"]) == ("FROM found", "use `COPY --chown`")


def test_jsonl_is_json_a_line(report: Report) -> None:
    lines = [json.loads(line) for line in REPORTERS["jsonl"](report).splitlines()]
    assert lines == json.loads(REPORTERS["json"](report))["diagnostics"]


def test_sarif(report: Report) -> None:
    document = json.loads(REPORTERS["sarif"](report))
    (run,) = document["runs"]
    assert run["tool"]["driver"]["informationUri"] == SITE
    rules = run["tool"]["driver"]["rules"]
    assert document["version"] == "2.1.0"
    assert [rule["id"] for rule in rules] == list(report.rules)
    assert all(
        rule["shortDescription"]["text"]
        and rule["fullDescription"]["text"]
        and rule["help"]["text"]
        for rule in rules
    )
    for rule in rules:
        described = report.rules[rule["id"]]
        assert rule.get("helpUri") == described.url
        assert rule["help"]["markdown"] == pages.page(described)
        assert "\n" not in rule["help"]["text"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["partialFingerprints"]["primaryLocationLineHash"]
    broad = run["results"][1]
    place = broad["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "app/Dockerfile"
    assert place["region"] == {"startLine": 3, "startColumn": 1, "endLine": 4, "endColumn": 11}
    assert broad["relatedLocations"][0]["message"]["text"] == "changes with every commit"
    (change,) = broad["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"]["text"] == "COPY ü.txt /srv"


def test_gitlab(report: Report) -> None:
    issues = json.loads(REPORTERS["gitlab"](report))
    assert [issue["severity"] for issue in issues] == ["major", "minor", "info", "info"]
    assert issues[1]["location"] == {"path": "app/Dockerfile", "lines": {"begin": 3}}
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_rdjson_counts_bytes(report: Report) -> None:
    document = json.loads(REPORTERS["rdjson"](report))
    broad = document["diagnostics"][1]
    assert broad["location"]["range"] == {
        "start": {"line": 3, "column": 1},
        "end": {"line": 4, "column": 12},
    }
    assert broad["severity"] == "WARNING"
    assert broad["code"] == {"value": "order/broad", "url": "https://rules.example.com/broad"}
    assert broad["suggestions"][0]["text"] == "COPY ü.txt /srv"


def test_checkstyle(report: Report) -> None:
    root = ET.fromstring(REPORTERS["checkstyle"](report))  # noqa: S314  our own output
    assert [(file.get("name"), len(file)) for file in root] == [
        ("app/Dockerfile", 4),
        ("clean.Dockerfile", 0),
    ]
    assert root[0][1].attrib == {
        "line": "3",
        "column": "1",
        "severity": "warning",
        "message": "installs again: 100%, *each* time — help: copy what is needed [push 48.2 MB]",
        "source": "dlint.order/broad",
    }


def test_junit(report: Report) -> None:
    root = ET.fromstring(REPORTERS["junit"](report))  # noqa: S314  our own output
    assert root.attrib == {"name": "dlint", "tests": "5", "failures": "2"}
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root] == [
        ("app/Dockerfile", "4", "2"),
        ("clean.Dockerfile", "1", "0"),
    ]
    assert root[0][0][0].get("message") == "FROM found"
    infos = [case.findtext("system-out") for case in root[0] if case.find("failure") is None]
    assert infos == ["RUN found [image 12 B]"] * 2


@pytest.mark.parametrize("form", sorted({*REPORTERS} - {"statistics", "json", "jsonl"}))
def test_every_format_for_people_and_code_hosts_says_what_it_costs(
    form: str, report: Report
) -> None:
    text = REPORTERS[form](report).replace("\u00a0", " ")
    assert "48.2 MB" in text.replace("next push|x: 48.2 MB", "")


def test_markdown(report: Report) -> None:
    text = REPORTERS["markdown"](report)
    assert (
        "Found 4 problems (1 error, 1 warning, 2 infos) in 2 files, 2 suppressed. 1 can be fixed with `--fix`."
        in text
    )
    row = (
        "| warning | `app/Dockerfile:3` | installs again: 100%, \\*each\\* time — help: copy what is needed"
        " | 48.2\u00a0MB |  | [order/broad](https://rules.example.com/broad) |"
    )
    assert row in text.splitlines()
    assert ("| `app/Dockerfile` | next push\\|x: 48.2 MB |") in text.splitlines()
    sections = [line for line in text.splitlines() if line.startswith("#")]
    assert sections == ["## dlint", "### Pushes", "### Findings"]
    assert text.count("\n|---") == 2


@given(st.text(st.sampled_from("ab `\\*_|[]<>&#")))
def test_messages_in_markdown_hold_no_live_mark(text: str) -> None:
    html = MarkdownIt("commonmark").renderInline(f"x{markdown_message(text)}x")
    assert not set(re.findall(r"<[^>]*>", html)) - {"<code>", "</code>"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`COPY . .` costs *much*", "`COPY . .` costs \\*much\\*"),
        ("`a|b` and <b>", "`a\\|b` and \\<b\\>"),
        ("it's a ` alone", "it's a \\` alone"),
        ("`one` and ` alone", "`one` and \\` alone"),
    ],
)
def test_what_a_message_quotes_is_code_in_markdown(text: str, expected: str) -> None:
    assert markdown_message(text) == expected


def test_pretty_shows_who_pays_who_causes_it_and_the_fix(report: Report) -> None:
    text = pretty(report)
    frame = text[text.index("warning[order/broad]") : text.index("info[")]
    assert [line.rstrip() for line in frame.splitlines()] == [
        "warning[order/broad]: installs again: 100%, *each* time",
        " --> app/Dockerfile:3:1",
        "  |",
        "2 | COPY . /srv",
        "  | ----------- changes with every commit",
        "3 | RUN pip install \\",
        "  | ^^^^^^^^^^^^^^^^^",
        "  = cost: 48.2 MB pushed again each time (modelled from the files)",
        "  = fix (safe): copy what is needed",
        "    -COPY . /srv",
        "    +COPY ü.txt /srv",
        "",
    ]
    assert text.endswith(
        "app/Dockerfile: next push|x: 48.2 MB\nFound 4 problems (1 error, 1 warning, 2 infos) in 2 files, 2 suppressed. 1 can be fixed with\n  `--fix`.\n"
    )
    assert "\x1b" not in text
    assert "\x1b[" in pretty(report._replace(color=True))


def test_at_a_terminal_a_rule_leads_to_its_page(report: Report) -> None:
    """The same findings are the same text: rich would number the links at random."""
    pretty = REPORTERS["pretty"]
    shown = pretty(report._replace(color=True, links=True))
    assert "\x1b]8;;https://rules.example.com/broad\x1b\\" in shown
    assert "example.com" not in pretty(report._replace(color=True))


def located(text: str, span: Span, message: str = "here", path: str = "Dockerfile") -> Report:
    diagnostic = Diagnostic(
        "test/any", Severity.WARNING, message, Location(Source(path, text), span), "0" * 32
    )
    return Report([FileReport(path, (diagnostic,), None)], {"test/any": rule_on("test/any")})


def test_marks_stand_under_wide_letters_tabs_and_controls() -> None:
    text = "RUN\t文 \x1b[31m x\n"
    start = text.index("x")
    lines = pretty(located(text, Span(start, start + 1))).splitlines()
    assert lines[3] == "1 | RUN    文 \\x1b[31m x"
    assert lines[4].rstrip() == "  | " + " " * len("RUN    ww \\x1b[31m ") + "^"


def test_a_long_line_is_shown_around_its_mark() -> None:
    text = "RUN " + "a" * 5000 + "HERE" + "b" * 5000
    shown = pretty(located(text, Span(5004, 5008))).splitlines()
    column = shown[4].index("^")
    assert shown[3][column : column + 4] == "HERE"
    assert max(map(len, shown)) <= 100


SPECIAL = "ab:,%\r\n\t\x00\x1b|`*<>&\"'ü文\udc80\u202e"


@pytest.mark.parametrize("name", FORMATS)
@given(
    text=st.text(st.sampled_from(SPECIAL), max_size=30),
    message=st.text(st.sampled_from(SPECIAL + "\ud800"), max_size=30),
    data=st.data(),
)
def test_any_text_can_be_written_and_read(
    name: str, text: str, message: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    report = located(
        text, Span(start, data.draw(st.integers(start, len(text)))), message, "odd, path:%"
    )
    written = REPORTERS[name](report)
    if name in {"json", "sarif", "gitlab", "rdjson"}:
        json.loads(written)
    elif name == "jsonl":
        assert [json.loads(line)["message"] for line in written.split("\n") if line] == [message]
    elif name in {"junit", "checkstyle"}:
        ET.fromstring(written)  # noqa: S314  our own output
    else:
        assert "\x1b" not in written
        assert "\x00" not in written


@given(st.text())
def test_printable_text_stays_on_one_line(text: str) -> None:
    assert printable(text).isprintable()


@given(st.text(st.sampled_from("ab*_`|[]<>\\")))
def test_escaped_markdown_holds_no_live_mark(text: str) -> None:
    live = escape(text)
    for mark in "*_`|[]<>\\":
        live = live.replace(f"\\{mark}", "")
    assert not set(live) - set("ab")


# What the runner reads: one command a line, properties up to the next `::`, escapes undone with
# `%25` last.
def parse_command(line: str) -> tuple[str, dict[str, str], str]:
    text = line.lstrip()
    assert text.startswith("::")
    head, _, data = text[2:].partition("::")
    name, _, properties = head.partition(" ")
    pairs = dict(pair.split("=", 1) for pair in properties.strip().split(",") if "=" in pair)
    return (
        name,
        {key: _unescape(value, "%3A:", "%2C,") for key, value in pairs.items() if value},
        _unescape(data),
    )


def _unescape(text: str, *more: str) -> str:
    for escape_and_char in ("%0D\r", "%0A\n", *more):
        text = text.replace(escape_and_char[:3], escape_and_char[3:])
    return text.replace("%25", "%")


VALUES = st.text(min_size=1).filter(
    lambda text: text == text.strip()
)  # the runner trims the whole list


@given(st.dictionaries(st.sampled_from(["file", "title", "line"]), VALUES, min_size=1), st.text())
def test_workflow_commands_come_back_as_they_were(properties: dict[str, str], data: str) -> None:
    line = command("warning", properties, data)
    assert "\n" not in line
    assert "\r" not in line
    assert parse_command(line) == ("warning", properties, data)


def test_bytes_that_another_finding_has_are_not_shown() -> None:
    nothing = Cost.modelled(0, 0)
    assert (short_cost(nothing), long_cost(nothing)) == ("", "")
    assert short_cost(Cost.modelled(0, 2_000)) == "push 2 kB"


def test_grouped(report: Report) -> None:
    assert REPORTERS["grouped"](report).splitlines() == [
        "app/Dockerfile:",
        "  1:1  error    test/from    FROM found",
        "  3:1  warning  order/broad  installs again: 100%, *each* time — help: copy what is needed [push 48.2 MB]",
        "  3:1  info     test/last    RUN found [image 12 B]",
        "  5:1  info     test/last    RUN found [image 12 B]",
        "",
        "app/Dockerfile: next push|x: 48.2 MB",
        "Found 4 problems (1 error, 1 warning, 2 infos) in 2 files, 2 suppressed. 1 can be fixed with `--fix`.",
    ]


def test_azure(report: Report) -> None:
    first, second, *_, push = REPORTERS["azure"](report).splitlines()
    assert (
        first == "##vso[task.logissue type=error;sourcepath=app/Dockerfile;linenumber=1;"
        "columnnumber=1;code=test/from;]FROM found"
    )
    assert second.startswith("##vso[task.logissue type=warning;")
    assert "100%AZP25, *each* time" in second
    assert push == "app/Dockerfile: next push|x: 48.2 MB"


def test_azure_escapes_what_would_end_a_value_or_a_command(report: Report) -> None:
    (file, _) = report.files
    failure = Failure("a;b].Dockerfile", "it\nfailed", line=3)
    (line, *_) = REPORTERS["azure"](
        report._replace(files=[file._replace(failures=(failure,))])
    ).splitlines()
    assert "sourcepath=a%3Bb%5D.Dockerfile;linenumber=3;code=dlint/failure;]it%0Afailed" in line


def test_github_annotations(report: Report) -> None:
    first, second, third, _, push = REPORTERS["github"](report).splitlines()
    assert parse_command(first) == (
        "error",
        {
            "file": "app/Dockerfile",
            "line": "1",
            "endLine": "1",
            "col": "1",
            "endColumn": "17",
            "title": "test/from",
        },
        "FROM found",
    )
    name, properties, message = parse_command(second)
    assert (name, message) == (
        "warning",
        "installs again: 100%, *each* time — help: copy what is needed [push 48.2 MB]",
    )
    assert properties == {
        "file": "app/Dockerfile",
        "line": "3",
        "endLine": "4",
        "title": "order/broad",
    }
    assert parse_command(third)[0] == "notice"
    assert push == "app/Dockerfile: next push|x: 48.2 MB"


def test_github_paths_count_from_the_workspace(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir("app")
    file = checker(FILE).check(Task("Dockerfile", b"FROM x\n"))
    assert (
        parse_command(REPORTERS["github"](report._replace(files=[file])))[1]["file"]
        == "app/Dockerfile"
    )
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "elsewhere"))
    assert (
        parse_command(REPORTERS["github"](report._replace(files=[file])))[1]["file"]
        == f"{tmp_path}/app/Dockerfile"
    )


def test_github_keeps_the_dearest_within_the_quota(report: Report) -> None:
    def sized(name: str, size: int) -> Rule:
        return rule_on(f"test/{name}", "RUN", cost=Cost(push_bytes=size))

    rules = [sized(f"n{number}", number * 10**7) for number in range(1, 15)]
    file = checker(*rules, rule_on("test/error", "RUN", severity=Severity.ERROR)).check(
        Task("Dockerfile", b"FROM x\nRUN y\n")
    )
    commands = [
        parse_command(line)
        for line in REPORTERS["github"](report._replace(files=[file])).splitlines()
    ]
    warnings = [
        (properties["title"], data) for name, properties, data in commands if name == "warning"
    ]
    assert [title for title, _ in warnings[:QUOTA]] == [
        f"test/n{number}" for number in range(14, 5, -1)
    ]
    assert warnings[QUOTA:] == [("dlint", "5 more warnings, see the summary of this job")]
    assert [name for name, *_ in commands].count("error") == 1


def test_github_appends_the_summary(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    REPORTERS["github"](report)
    assert summary.read_text() == "before\n" + REPORTERS["markdown"](report)


def test_github_cuts_the_summary_between_two_lines(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"x" * (SUMMARY - 400))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    REPORTERS["github"](report)
    added = summary.read_text()[SUMMARY - 400 :]
    assert added.endswith("\nThe rest was cut off: a summary holds no more.\n")
    assert REPORTERS["markdown"](report).startswith(
        added.removesuffix("\nThe rest was cut off: a summary holds no more.\n")
    )
    assert len(added) < 500


def test_statistics(report: Report) -> None:
    from dlint.reporters.statistics import write

    assert write(report, "text").splitlines() == [
        "     2 [ ] test/last (image 24 B)",
        "     1 [*] order/broad (push 48.2 MB)",
        "     1 [ ] test/from",
    ]
    counts = json.loads(write(report, "json"))["statistics"]
    assert counts[0] == {
        "rule": "test/last",
        "findings": 2,
        "fixable": 0,
        "image_bytes": 24,
        "push_bytes": None,
        "at_least": False,
        "basis": "exact",
    }


FAILED = (
    Failure("app/Dockerfile", "rule order/broad failed: ::x", "leave it out", 3, "order/broad"),
    Failure("clean.Dockerfile", "cannot be read"),
)


@pytest.fixture
def failing(report: Report) -> Report:
    files = zip(report.files, FAILED, strict=True)
    return report._replace(files=[file._replace(failures=(each,)) for file, each in files])


def test_failures_are_entries_in_json(failing: Report, report: Report) -> None:
    document = json.loads(REPORTERS["json"](failing))
    assert document.pop("failures") == [
        {
            "path": "app/Dockerfile",
            "line": 3,
            "rule": "order/broad",
            "message": "rule order/broad failed: ::x",
            "hint": "leave it out",
        },
        {
            "path": "clean.Dockerfile",
            "line": None,
            "rule": None,
            "message": "cannot be read",
            "hint": None,
        },
    ]
    assert document == json.loads(REPORTERS["json"](report))
    lines = [json.loads(line) for line in REPORTERS["jsonl"](failing).splitlines()]
    assert [each["failure"]["path"] for each in lines if "failure" in each] == [
        each.path for each in FAILED
    ]


def test_failures_are_notifications_in_sarif(failing: Report) -> None:
    (run,) = json.loads(REPORTERS["sarif"](failing))["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    first, second = invocation["toolExecutionNotifications"]
    rules = run["tool"]["driver"]["rules"]
    assert rules[first["associatedRule"]["index"]]["id"] == "order/broad"
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert second["message"]["text"] == "cannot be read"


def test_failures_are_errors_in_junit(failing: Report) -> None:
    root = ET.fromstring(REPORTERS["junit"](failing))  # noqa: S314  our own output
    assert (root.get("failures"), root.get("errors")) == ("2", "2")
    first, second = root
    assert [suite.get("errors") for suite in root] == ["1", "1"]
    assert [case.get("classname") for case in root.iterfind(".//error/..")] == [
        each.path for each in FAILED
    ]
    assert int(first.get("tests", "")) + int(second.get("tests", "")) == int(root.get("tests", ""))


def test_failures_are_entries_in_the_other_formats(failing: Report) -> None:
    issues = json.loads(REPORTERS["gitlab"](failing))
    assert [each["location"] for each in issues if each["check_name"] == "dlint/failure"] == [
        {"path": "app/Dockerfile", "lines": {"begin": 3}},
        {"path": "clean.Dockerfile", "lines": {"begin": 1}},
    ]
    assert len({each["fingerprint"] for each in issues}) == len(issues)
    found = json.loads(REPORTERS["rdjson"](failing))["diagnostics"]
    assert [each["message"] for each in found[-2:]] == [
        "rule order/broad failed: ::x (leave it out)",
        "cannot be read",
    ]
    root = ET.fromstring(REPORTERS["checkstyle"](failing))  # noqa: S314  our own output
    assert root[1][0].attrib["message"] == "cannot be read"
    assert "| `clean.Dockerfile` | cannot be read |" in REPORTERS["markdown"](failing)
    first, second, *_ = REPORTERS["github"](failing).splitlines()
    assert first == (
        "::error file=app/Dockerfile,line=3,title=order/broad"
        "::rule order/broad failed: ::x (leave it out)"
    )
    assert second == "::error file=clean.Dockerfile,title=dlint::cannot be read"
