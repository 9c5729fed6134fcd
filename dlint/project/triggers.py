"""Which workflows start one, and for which files those run that push an image: what `paths` of
their `on.push` takes, which takes no folder, but what is in it (`src/**`), and says nothing of tags
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.globs import names
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlint.project.recipes import Recipes

_CALL = "workflow_call"
_CALLS = regex(r"(?m)^[ \t-]*+uses:[ \t]*+[\"']?\./(\.github/workflows/[\w./-]++)")
_NOT = "!"
_INSIDE = regex(r"\*\*(?=[^/*])")  # `**.md` crosses folders, as `**/*.md` does


class _Filter(NamedTuple):
    """Patterns of which the last that takes a file decides; `starts` tells what is decided of one
    that none takes.
    """

    patterns: Sequence[str]
    starts: bool

    def takes(self, path: str) -> bool:
        """Tell whether a change of a file starts the workflow."""
        starts = self.starts
        for pattern in self.patterns:
            if names(path, f"/{_INSIDE.sub('**/*', pattern.removeprefix(_NOT))}"):
                starts = self.starts if pattern.startswith(_NOT) else not self.starts
        return starts


def starts_push(recipes: Recipes, dockerfile: str, path: str) -> bool:
    """Tell whether a change of a file of the repository starts what pushes a Dockerfile's image, as
    far as all that does is known to ask for files.
    """
    filters = recipes.keep((starts_push, dockerfile), lambda: _filters(recipes, dockerfile))
    return not filters or any(each.takes(path) for each in filters)


def _filters(recipes: Recipes, dockerfile: str) -> list[_Filter]:
    """Return what the workflows ask for that push a Dockerfile's image for commits; nothing where
    one of them asks for none.
    """
    told = [each for each in recipes.builds_of(dockerfile) if each.delivery.pushes]
    pushing = {each.path for each in told if each.delivery.per_commit} or {e.path for e in told}
    starting = {start for each in pushing for start in starters_of(recipes, each, dockerfile)}
    found = [_filter(recipes.text_of.get(each, "")) for each in sorted(starting)]
    return [each for each in found if each] if all(found) else []


def starters_of(recipes: Recipes, path: str, wanted: str = "") -> frozenset[str]:
    """Return the workflows that start one, which some call: itself, where anything else does. Of
    those that call it, some may name what is `wanted`: then they alone are meant.
    """
    found, todo = {path}, [path]
    while todo:
        callers = [each for each in _callers(recipes, todo.pop()) if each not in found]
        naming = [each for each in callers if wanted and wanted in recipes.text_of[each]]
        found.update(naming or callers)
        todo += naming or callers
    return frozenset(each for each in found if not _is_called_alone(recipes, each))


def _callers(recipes: Recipes, path: str) -> Sequence[str]:
    """Return the workflows that call one."""
    by_callee: Mapping[str, list[str]] = recipes.keep(_callers, lambda: _by_callee(recipes))
    return by_callee.get(path, ())


def _by_callee(recipes: Recipes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, text in recipes.texts:
        for callee in dict.fromkeys(_CALLS.findall(text)):
            found.setdefault(callee, []).append(path)
    return found


def _is_called_alone(recipes: Recipes, path: str) -> bool:
    """Tell whether nothing but other workflows starts one of which some are known to."""
    from dlint.manifests.loading import yaml_table

    on = yaml_table(recipes.text_of[path]).get("on") if _callers(recipes, path) else None
    return on in (_CALL, [_CALL]) or (isinstance(on, dict) and on.keys() == {_CALL})


def _filter(workflow: str) -> _Filter | None:
    """Return which files a workflow asks for when commits start it; None where it asks for none, as
    for tags, or something else may start it for commits.
    """
    from dlint.manifests.loading import table, yaml_table
    from dlint.project.pipelines import is_of_tags

    on = table(yaml_table(workflow), "on")
    push = table(on, "push")
    if is_of_tags(push) or on.keys() & {_CALL, "workflow_run"}:
        return None
    for key, starts in (("paths", False), ("paths-ignore", True)):
        patterns = push.get(key)
        if isinstance(patterns, list) and patterns:
            return _Filter([str(each) for each in patterns], starts)
    return None
