"""Whether a build finds what another one has put into GitHub's cache: what runs of a tag or of a
pull request write is shown to no other ref
(https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.manifests.loading import table, yaml_table
from dlint.project.cache_entry import GHA
from dlint.project.pipelines import is_of_tags
from dlint.project.recipes import is_of_ci
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.project.builds import Built
    from dlint.project.recipes import Recipes

_EXPORTS = regex(r"(?i)\bcache[-_]?to\b")
# An import, up to an export on the same line.
_IMPORTS = regex(r"(?i)\bcache[-_]?from\b(?:(?!\bcache[-_]?to\b).)*+")
_FEW_LINES = 5  # of a list of caches
_GITHUBS = "type=gha"
# What starts a workflow for no branch; `push` where it is of tags.
_OF_TAGS = frozenset(("push", "release", "create"))
_OF_NO_BRANCH = _OF_TAGS | {"pull_request", "merge_group"}
_OF_RELEASES_TOO = frozenset(("workflow_dispatch", "workflow_call"))  # where tags start it as well


def finds_cache(recipes: Recipes, built: Built) -> bool:
    """Tell whether a build of any file writes GitHub's cache where one that reads it may look: for
    a branch, or for requests where nothing else starts that one.
    """
    writing = recipes.keep(finds_cache, lambda: tuple(dict.fromkeys(_writing(recipes))))
    is_of_requests = built.delivery.per_commit and not built.delivery.on_branch
    return any(
        _is_for_branches(recipes, each) or (is_of_requests and not recipes.is_for_tags(each))
        for each in writing
    )


def _is_for_branches(recipes: Recipes, path: str) -> bool:
    """Tell whether a recipe may run for a branch, as far as all workflows that start it tell."""
    if path not in recipes.text_of or not is_of_ci(path):
        return True
    return any(_runs_for_branches(recipes.text_of[each]) for each in recipes.starters_of(path))


def _runs_for_branches(workflow: str) -> bool:
    on = yaml_table(workflow).get("on")
    names = map(str, on if isinstance(on, list) else [on])
    told = on if isinstance(on, dict) else dict.fromkeys(names)
    if "push" in told and not is_of_tags(table(told, "push")):
        return True
    left = told.keys() - _OF_NO_BRANCH
    is_released = left <= _OF_RELEASES_TOO and not _OF_TAGS.isdisjoint(told)
    return bool(left) and not is_released


def _writing(recipes: Recipes) -> Iterator[str]:
    """Yield the recipes in which a build writes GitHub's cache, by their paths."""
    for path, text in recipes.texts:
        if _GITHUBS in text and _writes(text):
            yield path
    for each in recipes.builds:
        if any(one.type == GHA for one in each.caches.exports):
            yield each.path


def _writes(text: str) -> bool:
    lines = text.splitlines()
    near = (lines[at : at + _FEW_LINES] for at, each in enumerate(lines) if _EXPORTS.search(each))
    return any(_GITHUBS in _IMPORTS.sub("", each) for part in near for each in part)
