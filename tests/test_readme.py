"""The README and the pages of docs/ show what dlint really prints, and their commands are the ones
that work.

DLINT_UPDATE_README=1 writes the outputs anew instead of comparing them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, NamedTuple

import pytest
from house import ENVIRONMENT, PROJECT, commit, copy_project

from dlint.model.commits import COMMITS

if TYPE_CHECKING:
    from pathlib import Path

README = PROJECT / "README.md"
SKILL = PROJECT / "skills/dlint/SKILL.md"
UPDATE = os.environ.get("DLINT_UPDATE_README") == "1"
# An output: `<!-- command -->` above a block of text. A session: a block of console lines, `$
# command` and its output. What a session needs and no reader does: `<!-- setup: command -->`.
SHOWN = re.compile(
    r"<!-- setup: (?P<setup>[^\n]+) -->\n"
    r"|<!-- (?P<command>[^\n]+) -->\n```text\n(?P<output>.*?)```\n"
    r"|(?P<indent> *)(?P<fence>`{3,})console\n(?P<session>.*?)(?P=fence)\n",
    re.DOTALL,
)
MARK = "\x1e"


class Step(NamedTuple):
    """A command and the output that the README shows below it."""

    command: str
    output: str


def steps(text: str) -> list[Step]:
    found = []
    for match in SHOWN.finditer(text):
        if match["setup"]:
            found.append(Step(match["setup"], ""))
        elif match["command"]:
            found.append(Step(match["command"], match["output"]))
        else:
            session = textwrap.dedent(match["session"])
            parts = re.split(r"^\$ (.*)\n", session, flags=re.MULTILINE)
            found += [
                Step(command, output)
                for command, output in zip(parts[1::2], parts[2::2], strict=True)
            ]
    return found


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one copy of the project for all sessions: they change only what is in their home, and in
    `build`, which git ignores. As in a clone, commits of other things than the examples are the
    last ones.
    """
    copied = copy_project(tmp_path_factory.mktemp("clone") / "dlint")
    commit(copied)
    commit_elsewhere(copied, COMMITS)
    return copied


def commit_elsewhere(repository: Path, count: int) -> None:
    """Add commits that change nothing but a file at the root."""
    head = ["git", "symbolic-ref", "HEAD"]
    branch = subprocess.run(head, cwd=repository, check=True, env=ENVIRONMENT, capture_output=True)
    name = branch.stdout.decode().strip()
    who = "committer A <a@b.example> 1767614400 +0000"
    commits = (
        f"commit {name}\n{who}\ndata 0\n"
        + f"from {name}^0\n" * (number == 0)
        + f"M 644 inline CHANGES\ndata <<END\n{number}\nEND\n\n"
        for number in range(count)
    )
    command = ["git", "fast-import", "--quiet"]
    stream = "".join(commits).encode()
    subprocess.run(command, cwd=repository, check=True, env=ENVIRONMENT, input=stream)
    subprocess.run(["git", "reset", "--hard", "--quiet"], cwd=repository, check=True)


def run(commands: list[str], folder: Path, clone: Path) -> list[str]:
    """Run the commands one after the other in one shell, from a clone of the project; their
    outputs.
    """
    (folder / "home").mkdir()
    (folder / "bin").mkdir()
    command = folder / "bin" / "dlint"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m dlint "$@"\n')
    command.chmod(0o755)
    script = folder / "session.sh"
    script.write_text("".join(f"{each}\nprintf '%s' {MARK}\n" for each in commands))
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    environment = ENVIRONMENT | {"HOME": str(folder / "home"), "PATH": path}
    # Every session's commits are of one moment, so that they have the same names each time.
    # Views are as wide as a block of the site.
    environment |= {"COLUMNS": "92"}
    environment |= dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-01-05T12:00:00Z")
    environment = {
        name: value for name, value in environment.items() if not name.startswith("GITHUB_")
    }
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
    # A text of the project ends no line with a space, as a table's last column may.
    outputs = re.sub(r"[ \t]+$", "", done.stdout, flags=re.MULTILINE).split(MARK)
    assert len(outputs) == len(commands) + 1, done.stdout
    return outputs[:-1]


def with_outputs(text: str, outputs: list[str]) -> str:
    """Put the outputs below the commands of `text`, in their order."""
    left = iter(outputs)

    def block(match: re.Match[str]) -> str:
        if match["setup"]:
            assert not next(left), match[0]
            return match[0]
        if match["command"]:
            return f"<!-- {match['command']} -->\n```text\n{next(left)}```\n"
        commands = re.findall(r"^ *\$ (.*)\n", match["session"], re.MULTILINE)
        lines = "".join(f"$ {command}\n{next(left)}" for command in commands)
        return textwrap.indent(
            f"{match['fence']}console\n{lines}{match['fence']}\n", match["indent"]
        )

    return SHOWN.sub(block, text)


def shell_blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


PAGES = [
    page
    for page in (README, SKILL, *sorted((PROJECT / "docs").rglob("*.md")))
    if steps(page.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_every_output_is_what_dlint_prints(page: Path, clone: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    expected = steps(text)
    printed = run([step.command for step in expected], tmp_path, clone)
    if UPDATE:
        page.write_text(with_outputs(text, printed), encoding="utf-8")
        pytest.skip("the outputs were written anew")
    for step, output in zip(expected, printed, strict=True):
        assert f"$ {step.command}\n{output}" == f"$ {step.command}\n{step.output}"


def test_the_outputs_are_not_empty_where_dlint_speaks() -> None:
    assert all(
        step.output for step in steps(README.read_text()) if step.command.startswith("dlint ")
    )


def test_the_first_block_runs_what_the_first_output_shows() -> None:
    text = README.read_text()
    setup, check = steps(text)[:2]
    assert shell_blocks(text)[0].splitlines()[-2:] == [
        setup.command,
        ".venv/bin/" + check.command.replace("--output-format pretty ", ""),
    ]
    assert re.search(r"^build/shop/Dockerfile: .* pushes ", check.output, re.MULTILINE)


def test_two_shell_blocks_come_first_and_set_up_alike() -> None:
    blocks = shell_blocks(README.read_text())
    assert [block.splitlines()[0] for block in blocks[:2]] == ["python3 -m venv .venv"] * 2
    assert blocks[1].splitlines()[-1] == "pytest"


def test_writing_outputs_keeps_everything_else() -> None:
    text = (
        "a\n<!-- x -->\n```text\nold\n```\nb\n```console\n$ y\nold\n$ z\n```\n```sh\n$ kept\n```\n"
    )
    new = with_outputs(text, ["X\n", "", "Z\n"])
    assert (
        new
        == "a\n<!-- x -->\n```text\nX\n```\nb\n```console\n$ y\n$ z\nZ\n```\n```sh\n$ kept\n```\n"
    )
    assert steps(new) == [Step("x", "X\n"), Step("y", ""), Step("z", "Z\n")]


def test_the_plugin_works_as_it_stands(tmp_path: Path) -> None:
    text = (PROJECT / "docs" / "plugins.md").read_text()
    (code,) = re.findall(r"^````python\n(.*?)^````$", text, re.MULTILINE | re.DOTALL)
    (entry_point,) = re.findall(
        r"^```toml\n(\[project\.entry-points\.dlint\]\n.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    site = tmp_path / "site"
    metadata = site / "acme_dlint-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "acme_dlint.py").write_text(code)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-dlint\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[dlint]\n" + entry_point.partition("\n")[2].replace('"', "")
    )
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.12.11-slim\nCOPY --from=registry.local:5000/a/b:1 /x /x\n"
    )
    done = _dlint(
        "check", "--select", "acme", "--output-format", "text", cwd=tmp_path, PYTHONPATH=str(site)
    )
    assert done.returncode == 1, done.stdout
    assert re.search(
        r"^Dockerfile:1:\d+: warning acme/own-registry `python:3.12.11-slim` is pulled", done.stdout
    )
    assert done.stdout.count("acme/own-registry") == 1
    examples = (
        "import acme_dlint; from dlint.testing import check_rule; check_rule(acme_dlint.rule)"
    )
    environment = ENVIRONMENT | {"PYTHONPATH": str(site)}
    subprocess.run([sys.executable, "-c", examples], cwd=tmp_path, check=True, env=environment)


def test_the_configuration_is_accepted(tmp_path: Path) -> None:
    (settings,) = re.findall(
        r"^```toml\n# dlint\.toml\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "dlint.toml").write_text(settings)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    done = _dlint("check", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_suppression_silences_its_rule_and_is_used(tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```dockerfile\n(# dlint: .*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "Dockerfile").write_text("".join(blocks))
    assert len(blocks) == 1
    assert _dlint("check", "--fail-on", "info", "--no-push", cwd=tmp_path).returncode == 0
    (tmp_path / "Dockerfile").write_text(blocks[0].partition("\n")[2])
    assert "pin/base-tag" in _dlint("check", cwd=tmp_path).stdout


def test_every_family_is_named() -> None:
    families = {
        path.name for path in (PROJECT / "rules").iterdir() if (path / "__init__.py").exists()
    }
    assert set(re.findall(r"^\| `(\w+)` \| .*\?", README.read_text(), re.MULTILINE)) == families


def test_every_verb_and_option_that_is_named_exists(tmp_path: Path) -> None:
    text = README.read_text()
    named = re.findall(r"(?:`|^\$ )dlint ([a-z][^`\n|]*)", text, re.MULTILINE)
    actions = {"facts": ("record",), "sizes": ("fetch",)}  # of verbs that have several
    helps = {
        verb: _dlint(verb, *actions.get(verb, ()), "--help", cwd=tmp_path)
        for verb in {line.split()[0] for line in named}
    }
    assert len(helps) == 16
    for line in named:
        verb, *words = line.replace(",", " ").split()
        assert helps[verb].returncode == 0, helps[verb].stdout
        for option in (word for word in words if word.startswith("--")):
            assert option in helps[verb].stdout, f"dlint {line}"


def _dlint(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dlint", *words]
    return subprocess.run(
        command,
        cwd=cwd,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ENVIRONMENT | variables,
    )
