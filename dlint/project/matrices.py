"""Build arguments whose values stand in no recipe: the matrix of the workflow that passes them is
worked out when it runs, from a file of the repository or by a script
(https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#fromjson).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.manifests.loading import table, yaml_table
from dlint.project.pipelines import jobs_of
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from dlint.project.recipes import Recipes

_OF_MATRIX = regex(r"\$\{\{[^{}]{0,80}\bmatrix\.([\w-]+)")
_WORKED_OUT = regex(r"(?i)\$\{\{[ \t]*+fromjson\(")


def are_worked_out(recipes: Recipes, dockerfile: str, names: Iterable[str]) -> list[str]:
    """Return those of some build arguments of a Dockerfile that a matrix gives which is worked
    out.
    """
    return [
        name
        for name in names
        if any(
            _is_worked_out(recipes.text_of.get(each.path, ""), key)
            for each in recipes.passed_to(dockerfile, name)
            for key in _OF_MATRIX.findall(each.value)
        )
    ]


def _is_worked_out(workflow: str, key: str) -> bool:
    """Tell whether a matrix of a workflow works out the values of a key."""
    if not _WORKED_OUT.search(workflow):
        return False
    jobs = jobs_of(yaml_table(workflow))
    return any(_works_out(table(job, "strategy").get("matrix"), key) for job in jobs)


def _works_out(matrix: Any, key: str) -> bool:  # noqa: ANN401  what YAML holds
    """Tell whether a matrix, its rows or the values of a key are worked out."""
    if isinstance(matrix, dict):
        return any(_works_out(matrix.get(each), key) for each in ("include", key))
    return isinstance(matrix, str) and _WORKED_OUT.search(matrix) is not None
