"""Which files start a workflow that pushes an image: those that `paths` of its `on.push` takes,
which takes no folder, but what is in it (`src/**`), and says nothing of tags
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project.purpose import is_of_azure
from dlint.text.globs import names
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.project.recipes import Recipes

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
    starting = {start for each in pushing for start in recipes.starters_of(each, dockerfile)}
    found = [
        (_filter_of_azure if is_of_azure(each) else _filter)(recipes.text_of.get(each, ""))
        for each in sorted(starting)
    ]
    return [each for each in found if each] if all(found) else []


def _filter(workflow: str) -> _Filter | None:
    """Return which files a workflow asks for when commits start it; None where it asks for none, as
    for tags, or something else may start it for commits.
    """
    from dlint.manifests.loading import table, yaml_table
    from dlint.project.pipelines import is_of_tags

    on = table(yaml_table(workflow), "on")
    push = table(on, "push")
    if is_of_tags(push) or on.keys() & {"workflow_call", "workflow_run"}:
        return None
    for key, starts in (("paths", False), ("paths-ignore", True)):
        patterns = push.get(key)
        if isinstance(patterns, list) and patterns:
            return _Filter([str(each) for each in patterns], starts)
    return None


def _filter_of_azure(pipeline: str) -> _Filter | None:
    """Return the same of a pipeline of Azure's, which names folders without a pattern
    (https://learn.microsoft.com/azure/devops/pipelines/repos/azure-repos-git#paths).
    """
    from dlint.manifests.loading import strings, table, yaml_table

    paths = table(yaml_table(pipeline), "trigger", "paths")
    included, excluded = (strings(paths.get(key)) for key in ("include", "exclude"))
    if not (included or excluded):
        return None
    without = [f"{_NOT * bool(included)}{each}" for each in _and_below(excluded)]
    return _Filter([*_and_below(included), *without], starts=not included)


def _and_below(paths: Sequence[str]) -> list[str]:
    """Return paths from the root as patterns, each with all that may be below it."""
    plain = [each.removeprefix("/").rstrip("/*") or "**" for each in paths]
    return [pattern for each in plain for pattern in (each, f"{each}/**")]
