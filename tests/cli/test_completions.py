"""The scripts that shells complete by, in the shell."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from support import tree

from dlint.cli import VERBS, main
from dlint.cli.completions import SHELLS

if TYPE_CHECKING:
    from pathlib import Path

# Completes a line as bash does, and prints what it offers.
PROGRAM = """
source ./script
COMP_WORDS=({words} '') COMP_CWORD={count}
COMP_WORDS[-1]={last}
COMP_LINE="${{COMP_WORDS[*]}}" COMP_POINT=${{#COMP_LINE}}
$(complete -p dlint | sed 's/.*-F \\([^ ]*\\).*/\\1/') dlint {last} ''
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def offered(folder: Path, *words: str) -> set[str]:
    """Return what bash offers for the last of `words`."""
    *before, last = words
    program = PROGRAM.format(words=" ".join(before), count=len(before), last=last or "''")
    done = subprocess.run(
        ["bash", "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return {each.strip() for each in done.stdout.split("\n")} - {""}


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["completions", "bash"]) == 0
    tree(tmp_path, {"script": capsys.readouterr().out, "Dockerfile": "", "docker/a": ""})
    return tmp_path


def test_bash_completes_verbs_options_choices_and_files(script: Path) -> None:
    assert offered(script, "dlint", "") >= set(VERBS)
    assert offered(script, "dlint", "ch") == {"check"}
    assert "--add-ignore" in offered(script, "dlint", "check", "--add")
    assert offered(script, "dlint", "check", "--builder", "build") == {"buildkit", "buildah"}
    assert "Dockerfile" in offered(script, "dlint", "layers", "Dock")


@pytest.mark.parametrize("shell", SHELLS)
def test_scripts_are_in_the_shells_own_language(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completions", shell]) == 0
    text = capsys.readouterr().out
    assert "check" in text
    assert "--add-ignore" in text
    program = shutil.which(shell)
    if program is None:
        return
    (tmp_path / "script").write_text(text)
    subprocess.run([program, "-n", "script"], cwd=tmp_path, check=True)


def test_another_shell_is_named_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completions", "powershell"]) == 2
    assert "'powershell' is not one of bash, zsh" in capsys.readouterr().err
