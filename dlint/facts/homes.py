"""Folders outside of a project that installs and downloads fill: of gems, and of browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.dependencies import setting_of
from dlint.facts.uses import likely_base
from dlint.shell.effects import Install, Unknown
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.model.build import Build, Step
    from dlint.shell.effects import Effect

# https://github.com/docker-library/ruby/blob/master/Dockerfile.template sets GEM_HOME to it.
_OF_RUBY = "/usr/local/bundle"
_ELSEWHERE = frozenset(("--path", "--deployment", "--standalone"))
_BROWSERS = regex(r"(?:^|[\s/])playwright(?:@[\w.^~-]{1,40})?\sinstall(?:\s|$)")
_BROWSERS_PATH = "PLAYWRIGHT_BROWSERS_PATH"


def home_filled(build: Build, step: Step, effect: Effect) -> str | None:
    """Return the folder (absolute) outside of its project that an install of gems, or a download of
    browsers, fills; None for others, and where nothing tells.
    """
    match effect:
        case Install(manager="bundler", hidden=False):
            return _gems(build, step, effect)
        case Unknown():
            words = " ".join(each.form for each in (effect.command.word, *effect.command.args))
            is_download = "playwright" in words and _BROWSERS.search(words)
            return _absolute(step, _BROWSERS_PATH) if is_download else None
    return None


def _gems(build: Build, step: Step, install: Install) -> str | None:
    if any(word.form.partition("=")[0] in _ELSEWHERE for word in install.command.args):
        return None
    environment = step.state.environment
    if "BUNDLE_PATH" in environment:
        return _absolute(step, "BUNDLE_PATH")
    said = setting_of(build, step, "BUNDLE_PATH")
    if said or setting_of(build, step, "BUNDLE_DEPLOYMENT") or "BUNDLE_DEPLOYMENT" in environment:
        return said if said.startswith("/") else None
    if "GEM_HOME" in environment:
        return _absolute(step, "GEM_HOME")
    base = likely_base(build, step.stage)
    return _OF_RUBY if base is not None and base.is_official and base.name == "ruby" else None


def _absolute(step: Step, variable: str) -> str | None:
    """Return the folder that a variable of the Dockerfile names, if it is absolute."""
    path = step.state.known_environment.get(variable, "").rstrip("/")
    return path if path.startswith("/") else None
