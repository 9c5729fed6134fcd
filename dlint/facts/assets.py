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


def installs_before(build: Build, step: Step, early: Instruction) -> bool:
    """Tell whether packages of a language, and so the tool, are installed above `early` in the
    chain of a step's stage.
    """
    from dlint.shell import Install

    for above in build.steps_before(step.stage, early):
        if isinstance(above.instruction, Run):
            for each in build.effects(above.instruction, above.state).of(Install):
                if not is_system_manager(each.manager):
                    return True
    return False
