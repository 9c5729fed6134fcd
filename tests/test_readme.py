"""The README shows what dlint really prints, and its commands are the ones that work.

DLINT_UPDATE_README=1 writes the outputs anew instead of comparing them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from house import ENVIRONMENT, PROJECT, commit, copy_project

if TYPE_CHECKING:
    from pathlib import Path

README = PROJECT / "README.md"
UPDATE = os.environ.get("DLINT_UPDATE_README") == "1"
# An output: `<!-- command -->` above a block of text. A session: a block of console lines, `$ command` and its output.
SHOWN = re.compile(
    r"<!-- (?P<command>.+?) -->\n```text\n(?P<output>.*?)```\n|```console\n(?P<session>.*?)```\n", re.DOTALL
)
MARK = "\x1e"


class Step(NamedTuple):
    """A command and the output that the README shows below it."""

    command: str
    output: str


def steps(text: str) -> list[Step]:
    found = []
    for match in SHOWN.finditer(text):
        if match["command"]:
            found.append(Step(match["command"], match["output"]))
        else:
            parts = re.split(r"^\$ (.*)\n", match["session"], flags=re.MULTILINE)
            found += [Step(command, output) for command, output in zip(parts[1::2], parts[2::2], strict=True)]
    return found


def run(commands: list[str], folder: Path) -> list[str]:
    """Run the commands one after the other in one shell, from a clone of the project; their outputs."""
    clone = copy_project(folder / "dlint")
    commit(clone)
    (folder / "home").mkdir()
    (folder / "bin").mkdir()
    command = folder / "bin" / "dlint"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m dlint "$@"\n')
    command.chmod(0o755)
    script = folder / "session.sh"
    script.write_text("".join(f"{each}\nprintf '%s' {MARK}\n" for each in commands))
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    environment = ENVIRONMENT | {"HOME": str(folder / "home"), "PATH": path}
    environment = {name: value for name, value in environment.items() if not name.startswith("GITHUB_")}
    done = subprocess.run(
        ["bash", script],
        stdin=subprocess.DEVNULL,
        cwd=clone,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    outputs = done.stdout.split(MARK)
    assert len(outputs) == len(commands) + 1, done.stdout
    return outputs[:-1]


def with_outputs(text: str, outputs: list[str]) -> str:
    """Put the outputs below the commands of `text`, in their order."""
    left = iter(outputs)

    def block(match: re.Match[str]) -> str:
        if match["command"]:
            return f"<!-- {match['command']} -->\n```text\n{next(left)}```\n"
        commands = re.findall(r"^\$ (.*)\n", match["session"], re.MULTILINE)
        return "```console\n" + "".join(f"$ {command}\n{next(left)}" for command in commands) + "```\n"

    return SHOWN.sub(block, text)


def shell_blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_every_output_is_what_dlint_prints(tmp_path: Path) -> None:
    text = README.read_text()
    expected = steps(text)
    assert expected
    printed = run([step.command for step in expected], tmp_path)
    if UPDATE:
        README.write_text(with_outputs(text, printed))
        pytest.skip("the README was written anew")
    for step, output in zip(expected, printed, strict=True):
        assert f"$ {step.command}\n{output}" == f"$ {step.command}\n{step.output}"


def test_the_outputs_are_not_empty_where_dlint_speaks() -> None:
    assert all(step.output for step in steps(README.read_text()) if step.command.startswith("dlint "))


def test_the_first_block_runs_what_the_first_output_shows() -> None:
    text = README.read_text()
    last = shell_blocks(text)[0].splitlines()[-1]
    assert last.removeprefix(".venv/bin/") == steps(text)[0].command


def test_two_shell_blocks_come_first_and_set_up_alike() -> None:
    blocks = shell_blocks(README.read_text())
    assert [block.splitlines()[0] for block in blocks[:2]] == ["python3 -m venv .venv"] * 2
    assert blocks[1].splitlines()[-1] == "pytest"


def test_writing_outputs_keeps_everything_else() -> None:
    text = "a\n<!-- x -->\n```text\nold\n```\nb\n```console\n$ y\nold\n$ z\n```\n```sh\n$ kept\n```\n"
    new = with_outputs(text, ["X\n", "", "Z\n"])
    assert new == "a\n<!-- x -->\n```text\nX\n```\nb\n```console\n$ y\n$ z\nZ\n```\n```sh\n$ kept\n```\n"
    assert steps(new) == [Step("x", "X\n"), Step("y", ""), Step("z", "Z\n")]


def test_every_verb_and_option_that_is_named_exists() -> None:
    text = README.read_text()
    verbs = set(re.findall(r"\bdlint (check|push|history|order|layers|rules|explain|ast)\b", text))
    assert len(verbs) == 8
    helps = {verb: _help(verb) for verb in verbs}
    for line in re.findall(r"`dlint ([^`]+)`", text):
        verb, *words = line.split()
        for option in (word for word in words if word.startswith("--")):
            assert option in helps[verb], f"dlint {line}"


def _help(verb: str) -> str:
    done = subprocess.run([sys.executable, "-m", "dlint", verb, "--help"], check=True, capture_output=True, text=True)
    return done.stdout
