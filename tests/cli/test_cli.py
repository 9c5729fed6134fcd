"""The command line: verbs, exit status, streams and colour."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from house import ENVIRONMENT
from support import dlint, tree

import dlint as package
from dlint.cli import common, main
from dlint.testing import write_context

if TYPE_CHECKING:
    import argparse

    from dlint.syntax import Dockerfile
    from dlint.text.source import Source

GOOD = "FROM scratch\n"
WARNS = "FROM scratch\nRUN echo one && \\\n\n  echo two\n"
REFUSED = "FROM scratch\nRUNN x\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (
        "NO_COLOR",
        "FORCE_COLOR",
        "CLICOLOR_FORCE",
        "GITHUB_STEP_SUMMARY",
        "GITHUB_WORKSPACE",
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*words: str) -> int:
    """Run `dlint check` on given words in this process, without push lines."""
    return main(["check", "--no-push", "--isolated", "--no-plugins", "--select", "syntax", *words])


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"dlint {package.__version__}\n"


def test_help_lists_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "  check     Find what makes images larger" in capsys.readouterr().out
    assert main([]) == 2
    assert "usage: dlint VERB" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (["Dockerfile"], "a verb comes first", "you probably want: dlint check Dockerfile"),
        (
            ["my app/x.Dockerfile", "-q"],
            "a verb comes first",
            "you probably want: dlint check 'my app/x.Dockerfile' -q",
        ),
        (["--select", "pin"], "a verb comes first", "you probably want: dlint check --select pin"),
        (["-"], "a verb comes first", "you probably want: dlint check -"),
        (["."], "a verb comes first", "you probably want: dlint check ."),
        (["chek", "x"], "there is no verb 'chek'", "did you mean: dlint check x"),
        (["frobnicate"], "there is no verb 'frobnicate'", "see dlint --help"),
    ],
)
def test_without_a_verb_the_right_command_is_named(
    words: list[str], error: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err == f"dlint: error: {error}\nhint: {hint}\n"


@pytest.mark.parametrize(
    ("text", "words", "status"),
    [
        (GOOD, [], 0),
        (WARNS, [], 1),
        (REFUSED, [], 1),
        (WARNS, ["--fail-on", "error"], 0),
        (REFUSED, ["--fail-on", "error"], 1),
        (REFUSED, ["--fail-on", "never"], 0),
        (WARNS, ["--ignore", "syntax/warning"], 0),
        (GOOD, ["--ignore", "sintax"], 2),
        (GOOD, ["--output-format", "jsn"], 2),
        (GOOD, ["--unsafe-fixes"], 2),
        (GOOD, ["--write-baseline"], 2),
        (GOOD, ["--jobs", "0"], 2),
        (GOOD, ["--build-arg", "=x"], 2),
        (GOOD, ["--per-file-ignores", "x"], 2),
        (GOOD, ["--per-file-ignores", "x:"], 2),
        (GOOD, ["--per-file-ignores", ":pin"], 2),
        (GOOD, ["--target", "nowhere"], 2),
        (GOOD, ["--context", "nowhere"], 2),
        (GOOD, ["nowhere"], 2),
    ],
)
def test_exit_status(text: str, words: list[str], status: int, here: Path) -> None:
    tree(here, {"Dockerfile": text})
    assert run(*words) == status


@pytest.mark.parametrize(
    "form",
    [
        "pretty",
        "text",
        "grouped",
        "github",
        "azure",
        "json",
        "jsonl",
        "sarif",
        "gitlab",
        "junit",
        "checkstyle",
        "rdjson",
        "markdown",
    ],
)
def test_the_status_is_the_same_in_every_format(
    form: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(here, {"bad/Dockerfile": REFUSED, "good/Dockerfile": GOOD})
    assert run("bad", "--output-format", form) == 1
    assert "RUNN" in capsys.readouterr().out
    assert run("good", "--output-format", form) == 0


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (["--nonsense"], "dlint check: unknown option '--nonsense'", "`dlint check --help` lists the options"),
        (["--fail-on", "wanring"], "--fail-on: 'wanring' is not one of error, warning, info, never", "did you mean 'warning'?"),
        (["--selekt=pin"], "dlint check: unknown option '--selekt'", "did you mean '--select'?"),
        (["--sel", "pin"], "dlint check: unknown option '--sel'", "did you mean '--select'?"),
        (["--jobs", "two"], "--jobs: 'two' is not a whole number of at least 1", "`dlint check --help` lists the options"),
        (["--select"], "--select: expected one argument", "`dlint check --help` lists the options"),
        (["--jobs", "\x1b[1m"], r"--jobs: '\x1b[1m' is not a whole number of at least 1", "`dlint check --help` lists the options"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_an_error_with_a_hint(
    words: list[str], error: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"dlint: error: {error}\nhint: {hint}\n")


@pytest.mark.usefixtures("here")
def test_nothing_to_check_is_said_and_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert capsys.readouterr().err == "dlint: warning: no Dockerfile found in .\n"


def test_a_bug_is_called_one(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(here, {"Dockerfile": GOOD})
    monkeypatch.setattr("dlint.cli.check.discover", lambda *_, **__: 1 // 0)
    assert run() == 2
    assert capsys.readouterr().err.startswith(
        f"dlint: error: a bug in dlint {package.__version__}: ZeroDivisionError: "
    )
    assert run("--debug") == 2
    assert "Traceback (most recent call last)" in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_an_interrupted_run_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dlint.cli.check.discover", interrupt)
    assert run() == 130
    assert capsys.readouterr() == ("", "")


def test_a_closed_pipe_ends_quietly(here: Path) -> None:
    tree(here, {f"{number}.Dockerfile": REFUSED for number in range(400)})
    command = f"{sys.executable} -m dlint check --no-push --jobs 1 . | head -n 1"
    done = subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"],
        cwd=here,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    assert done.stdout.splitlines()[1:] in (
        [b"2"],
        [b"1"],
    )  # 1 where the pipe took it all before it was closed


VERBS = (
    "check Dockerfile",
    "check --output-format github",
    "check --help",
    "push",
    "layers",
    "rules",
    "explain syntax/error",
    "ast",
    "--version",
    "--help",
)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("out", [">/dev/full", ">&-", "| head -0", ">/dev/full 2>&1", ">&- 2>&-"])
def test_what_cannot_be_written_was_not_told(here: Path, verb: str, out: str) -> None:
    tree(here, {"Dockerfile": "FROM x\nRUN y\n" if verb in {"push", "layers"} else REFUSED})
    command = f"{sys.executable} -m dlint {verb} {out}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=here,
        env={"PATH": os.environ["PATH"], "HOME": str(here)},  # nothing else: Python's own defaults
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"bug in dlint" not in done.stderr
    assert b"Traceback" not in done.stderr
    if out in {">/dev/full", ">&-"}:
        assert done.stderr.startswith(b"dlint: error: the output cannot be written: ")


def test_a_closed_standard_error_is_no_failure(here: Path) -> None:
    tree(here, {"Dockerfile": REFUSED})
    command = f"{sys.executable} -m dlint check Dockerfile nowhere/.. 2>&-"
    done = subprocess.run(
        ["bash", "-c", command], cwd=here, env=ENVIRONMENT, capture_output=True, check=False
    )
    assert done.returncode == 2
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m dlint check -- Dockerfile 2>&-"],
        cwd=here,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"RUNN" in done.stdout


def test_what_is_read_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"dlint.toml": "", ".dockerignore": "*.md\n", "a.md": "", "Dockerfile": GOOD}
    tree(here, {**files, "web/Dockerfile": GOOD})
    assert main(["check", "--no-push", "-v"]) == 0
    err = capsys.readouterr().err
    assert "dlint: Dockerfile: settings of dlint.toml\n" in err
    assert "dlint: Dockerfile: build context ., .dockerignore, 4 files\n" in err
    assert "dlint: web/Dockerfile: build context web, no ignore file, 1 file\n" in err
    assert main(["layers", "-v", "--isolated"]) == 0
    assert "dlint: Dockerfile: settings of no configuration file\n" in capsys.readouterr().err


def test_findings_go_to_standard_output_and_words_about_the_run_elsewhere(here: Path) -> None:
    tree(here, {"Dockerfile": REFUSED})
    done = dlint("check", "--no-push", "Dockerfile", cwd=here)
    assert (done.returncode, done.stdout) == (
        1,
        "Dockerfile:2:1: error syntax/error unknown instruction RUNN, did you mean RUN?\n",
    )
    assert done.stderr == ""


def test_standard_input(here: Path) -> None:
    tree(here, {"app/dlint.toml": "ignore = ['syntax']\n"})
    done = dlint("check", "--no-push", "-", cwd=here, stdin=REFUSED.encode())
    assert (done.returncode, done.stdout.split(" ")[0]) == (1, "-:2:1:")
    named = dlint(
        "check",
        "--no-push",
        "-",
        "--stdin-filename",
        "app/Dockerfile",
        cwd=here,
        stdin=REFUSED.encode(),
    )
    assert (named.returncode, named.stdout) == (0, "")


def test_an_output_file_is_written_whole(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(here, {"Dockerfile": REFUSED, "out.json": "old"})
    assert run("--output-format", "json", "--output-file", "out.json") == 1
    assert (here / "out.json").read_text().startswith("{")
    assert capsys.readouterr().out == ""
    (here / "out.json").write_text("old")
    assert run("--output-file", "out.json", "--context", "nowhere") == 2
    assert (here / "out.json").read_text() == "old"
    assert run("--output-file", "no/such/folder/x") == 2
    assert sorted(path.name for path in here.iterdir()) == ["Dockerfile", "out.json"]


def test_what_is_no_utf8_becomes_a_replacement(here: Path) -> None:
    (here / "Dockerfile").write_bytes(b"FROM scratch\nRUNN\xff\n")
    for form in ("text", "json", "pretty"):
        done = dlint("check", "--no-push", "--output-format", form, cwd=here)
        assert done.returncode == 1
        assert "RUNN" in done.stdout


def test_many_files_are_checked_in_order(here: Path) -> None:
    tree(here, {f"{number:02}.Dockerfile": REFUSED for number in range(30)})
    one, many = (dlint("check", "--no-push", "--jobs", jobs, cwd=here) for jobs in ("1", "4"))
    assert (one.returncode, many.returncode) == (1, 1)
    assert one.stdout == many.stdout
    assert one.stdout.count("\n") == 30


@pytest.mark.parametrize(
    "words", [["--select", ""], ["--select", " , "], ["--select=", "--select", ","]]
)
def test_selecting_nothing_is_no_clean_run(
    words: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(here, {"Dockerfile": REFUSED})
    assert main(["check", *words]) == 2
    assert "--select is empty" in capsys.readouterr().err


def test_a_baseline_is_not_stale_for_rules_that_were_not_looked_for(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(here, {"Dockerfile": REFUSED})
    assert run("--baseline", "b.json", "--write-baseline") == 0
    capsys.readouterr()
    tree(here, {"Dockerfile": GOOD})
    assert run("--baseline", "b.json", "--ignore", "syntax/error") == 0
    assert run("--baseline", "b.json", "--per-file-ignores", "Dockerfile:syntax/error") == 0
    assert capsys.readouterr().err == ""
    assert run("--baseline", "b.json") == 0
    assert "syntax/error is no longer found in Dockerfile" in capsys.readouterr().err


def test_an_ignore_file_of_two_dockerfiles_is_spoken_of_once(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "FROM debian:12\nCOPY . /app\n"
    tree(
        here,
        {"a.Dockerfile": text, "b.Dockerfile": text, ".dockerignore": ".git\n.log\n", "a.log": "x"},
    )
    main(
        [
            "check",
            "--no-push",
            "--isolated",
            "--select",
            "context/ignore-lint,context/heavy-junk",
            ".",
        ]
    )
    assert capsys.readouterr().out.count(".dockerignore:2:1") == 1


@pytest.mark.parametrize(("target", "line"), [("", 5), ("dev", 3)])
def test_of_two_copies_of_a_context_the_one_that_is_pushed_is_spoken_of(
    here: Path, capsys: pytest.CaptureFixture[str], target: str, line: int
) -> None:
    write_context(
        here, "a.bin 3MB\napp.py: a changed 9\nREADME.md changed 9\n.dockerignore: .git\n"
    )
    (here / "compose.yml").write_text("services: {a: {build: {context: ., target: dev}}}\n")
    cache = "--cache-from type=registry,ref=a/b:c --cache-to type=registry,ref=a/b:c"
    run = f"docker buildx build {cache} --push -t a/b ."
    job = f"jobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: docker/setup-buildx-action@v3\n      - run: {run}\n"
    (here / ".github/workflows").mkdir(parents=True)
    (here / ".github/workflows/a.yml").write_text(f"on: push\n{job}")
    text = "FROM python:3.12 AS dev\nWORKDIR /a\nCOPY . .\nFROM python:3.12\nCOPY . .\n"
    (here / "Dockerfile").write_text(text)
    told = ["--target", target] * bool(target)
    main(["check", "--no-push", "--isolated", "--select", "context/volatile-unused", *told])
    found = capsys.readouterr().out.splitlines()
    assert [each.partition(" ")[0] for each in found] == [f"Dockerfile:{line}:1:"]


def test_baselines(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(here, {"Dockerfile": REFUSED})
    assert run("--baseline", "b.json", "--write-baseline") == 0
    assert capsys.readouterr().err == "dlint: b.json: 1 finding written\n"
    assert run("--baseline", "b.json") == 0
    assert capsys.readouterr() == ("", "")
    tree(here, {"Dockerfile": WARNS})
    assert run("--baseline", "b.json") == 1
    assert "syntax/error is no longer found in Dockerfile" in capsys.readouterr().err


def test_statistics(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(here, {"Dockerfile": REFUSED + "RUNN y\n"})
    assert run("--statistics") == 1
    assert capsys.readouterr().out == "     2 [ ] syntax/error\n"


def test_per_file_ignores_and_comma_lists(here: Path) -> None:
    tree(here, {"old/Dockerfile": WARNS, "Dockerfile": WARNS})
    assert run("--per-file-ignores", "old:syntax/warning", "old") == 0
    assert run("--per-file-ignores", "old:syntax/warning") == 1
    assert run("--ignore", "suppression, syntax/warning") == 0


def test_a_configured_format_is_used(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(here, {"Dockerfile": GOOD, "dlint.toml": "output-format = 'json'\n"})
    assert main(["check", "--no-push"]) == 0
    assert capsys.readouterr().out.startswith("{")
    assert main(["check", "--no-push", "--output-format", "text"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("flag", "environment", "terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour(
    flag: str,
    environment: dict[str, str],
    terminal: object,
    expected: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    assert common.use_color(arguments(color=flag)) is expected


def arguments(**given: object) -> argparse.Namespace:
    import argparse as module

    return module.Namespace(
        **({"output_file": None, "color": "auto", "output_format": None} | given)
    )


def test_the_default_format_is_for_people_only_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert common.output_format(arguments(), ()) == "pretty"
    assert common.output_format(arguments(output_file="x"), ()) == "text"
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert common.output_format(arguments(), ()) == "text"


def test_a_build_argument_without_value_is_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FROM_OUTSIDE", "1")
    monkeypatch.delenv("UNSET", raising=False)
    read = [
        pair
        for text in ("A=b=c", "FROM_OUTSIDE", "UNSET", "E=")
        for pair in common._build_arg(text)
    ]
    assert read == [("A", "b=c"), ("FROM_OUTSIDE", "1"), ("E", "")]


def test_nothing_of_the_checked_folder_is_run(here: Path) -> None:
    trap = "raise SystemExit('a module of the checked repository was run')\n"
    tree(
        here,
        {
            f"{name}.py": trap
            for name in (
                "typing",
                "argparse",
                "json",
                "pluggy",
                "sitecustom",
                "dlint_rules",
                "rich",
                "tomllib",
            )
        },
    )
    tree(here, {"Dockerfile": GOOD})
    for form in ("text", "pretty"):
        done = dlint("check", "--no-push", "--output-format", form, cwd=here)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", ["", os.pathsep])
def test_no_plugin_is_taken_from_the_checked_folder(path: str, here: Path) -> None:
    metadata = {
        "METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1\n",
        "entry_points.txt": "[dlint]\nevil = evil\n",
    }
    tree(
        here,
        {f"evil-1.dist-info/{name}": text for name, text in metadata.items()}
        | {"evil.py": "raise SystemExit(3)\n"},
    )
    done = dlint("plugins", cwd=here, PYTHONPATH=path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "dlint: no plugin is installed\n")


@pytest.mark.usefixtures("here")
def test_rules_and_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--no-plugins"]) == 0
    assert "syntax/error " in capsys.readouterr().out
    assert main(["explain", "Syntax/Error"]) == 0
    assert capsys.readouterr().out.startswith("# syntax/error\n\nThe builder refuses this line.\n")
    assert main(["explain", "syntax/error", "--output-format", "pretty", "--color", "always"]) == 0
    assert "\x1b[" in capsys.readouterr().out
    assert main(["explain", "syntax/eror"]) == 2
    assert (
        capsys.readouterr().err
        == "dlint: error: no rule is called 'syntax/eror'\nhint: did you mean 'syntax/error'?\n"
    )
    assert main(["explain", "error"]) == 2
    assert "did you mean 'syntax/error'?" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--fix"], ["--diff"], ["--jobs", "2"]])
def test_a_file_that_fails_costs_no_other_file(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    from dlint.lint import engine

    def parse(source: Source) -> Dockerfile:
        if source.path == "b/Dockerfile":
            raise ValueError("odd")
        return real(source)

    real = engine.parse
    monkeypatch.setattr(engine, "parse", parse)
    # so that processes are forked, with this parser, whatever threads earlier tests have left
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    text = "FROM debian:12.5-slim\nRUN apt-get update && apt-get install -y --no-install-recommends curl\n"
    tree(here, {f"{name}/Dockerfile": text for name in "abc"})
    assert run("--extend-select", "bloat/pm-cache", "--output-format", "json", *words) == 2
    out, err = capsys.readouterr()
    assert err.count("dlint: error: ") == 1
    assert "b/Dockerfile: a bug in dlint" in err
    assert "Traceback" not in err
    if "--diff" not in words:
        document = json.loads(out)
        assert [each["path"] for each in document["failures"]] == ["b/Dockerfile"]
        found = {each["path"] for each in document["diagnostics"]}
        assert found == (set() if "--fix" in words else {"a/Dockerfile", "c/Dockerfile"})
    else:
        assert out.count("+++ ") == 2
    assert run("--debug", "--extend-select", "bloat/pm-cache") == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_baseline_is_not_written_where_something_failed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(here, {"a/Dockerfile": WARNS})
    (here / "b").mkdir()
    (here / "b" / "Dockerfile").symlink_to("nowhere")
    assert run("a/Dockerfile", "b/Dockerfile", "--baseline", "known", "--write-baseline") == 2
    assert "b/Dockerfile" in capsys.readouterr().err
    assert not (here / "known").exists()
