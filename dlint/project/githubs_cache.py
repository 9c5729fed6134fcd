"""Which builds write GitHub's cache, and whether others see it: what runs of a tag or of a pull
request write is shown to no other ref
(https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project.cache_entry import GHA
from dlint.project.foreign_calls import FOR_TRIALS
from dlint.project.pipelines import is_for_tags_alone, started_by
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.project.builds import Built

_EXPORTS = regex(r"(?i)\bcache[-_]?to\b")
# An import, up to an export on the same line.
_IMPORTS = regex(r"(?i)\bcache[-_]?from\b(?:(?!\bcache[-_]?to\b).)*+")
_FEW_LINES = 5  # of a list of caches
_GITHUBS, _LAYERS = f"type={GHA}", "type=local"
_KEEPS = regex(r"\bactions/cache(?:/save)?@")


def runs_for_branches(workflow: str) -> bool:
    """Tell whether a workflow, by its text, may run for a branch."""
    told = {name: each for name, each in started_by(workflow).items() if name not in FOR_TRIALS}
    return bool(told) and not is_for_tags_alone(told)


def is_started_by_hand(workflow: str) -> bool:
    """Tell whether people may start a workflow, by its text: for a branch as well as for a tag."""
    return "workflow_dispatch" in started_by(workflow)


def writing(texts: Iterable[tuple[str, str]], builds: Iterable[Built]) -> tuple[str, ...]:
    """Return the recipes in which a build writes GitHub's cache, by their paths."""
    told = [path for path, text in texts if _GITHUBS in text and _writes(text)]
    built = [each.path for each in builds if any(one.type == GHA for one in each.caches.exports)]
    return tuple(dict.fromkeys((*told, *built)))


def keeping(texts: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the recipes in which a step keeps a folder of layers in GitHub's cache."""
    return tuple(path for path, text in texts if _LAYERS in text and _KEEPS.search(text))


def _writes(text: str) -> bool:
    lines = text.splitlines()
    near = (lines[at : at + _FEW_LINES] for at, each in enumerate(lines) if _EXPORTS.search(each))
    return any(_GITHUBS in _IMPORTS.sub("", each) for part in near for each in part)
