"""Browsers, models and data sets that an installed tool downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.needs import is_system_manager
from dlint.syntax import Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.model.build import Build, Step
    from dlint.shell import Command
    from dlint.syntax import Instruction

_DOWNLOADS = regex(
    r"(?:^|[\s/])(?:playwright|patchright)(?:@\S+)? install(?:\s|$)"
    r"|\bpuppeteer(?:@\S+)? browsers install\b"
    r"|(?:^|\s)nltk\.downloader\s|(?:^|\s)spacy download\s|(?:^|/)(?:huggingface-cli|hf) download\s"
)
_HARMLESS = frozenset(("echo", "set", "true"))


def only_downloads_assets(build: Build, run: Run) -> bool:
    """Tell whether a RUN does nothing but to have tools download what no file of the project
    decides.
    """
    commands = [each for each in build.script(run).commands if each.name not in _HARMLESS]
    return bool(commands) and all(map(_downloads, commands))


def _downloads(command: Command) -> bool:
    words = (command.word, *command.args)
    return _DOWNLOADS.search(" ".join(word.form for word in words)) is not None


def has_tool_above(build: Build, step: Step, early: Instruction) -> bool:
    """Tell whether packages of a language are installed above `early` in the chain of a step's
    stage, and none below it: the tool is among the first then.
    """
    between = False
    found = False
    for above in build.steps_before(step.stage, step.instruction):
        between = between or above.instruction is early
        if isinstance(above.instruction, Run) and _installs(build, above, above.instruction):
            if between:
                return False
            found = True
    return found


def _installs(build: Build, step: Step, run: Run) -> bool:
    from dlint.shell import Install

    installs = build.effects(run, step.state).of(Install)
    return not all(is_system_manager(each.manager) for each in installs)
