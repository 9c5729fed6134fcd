"""What a workflow writes into files of the repository before it builds an image of them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_BUILDS = regex(
    r"\bbuild-push-action@|\b(?:docker|podman|buildah)\b[^\n]{0,200}[ \t](?:build|bud|bake)\b"
)
# A whole line, so that no condition before it decides.
_WRITES = regex(
    r"(?m)^[ \t]*+(?:echo|printf|git|date)\b[^\n;&|>]*+(?:>>?|\|[ \t]*+tee(?:[ \t]+-a)?)[ \t]*+"
    r"([\"']?)(?:\./)?(?P<file>\w[\w./-]*+)\1[ \t]*+$"
)
_CONDITION = regex(r"(?m)^[ \t]*+(?:if|case|cd|for|pushd|while)\b")


def written_before_builds(workflow: str) -> Iterator[tuple[str, str]]:
    """Yield the files, as paths from the root, that each job of a workflow writes which builds an
    image thereafter, with the command that does. What is under a condition, or in another folder,
    is left out.
    """
    from dlint.manifests.loading import tables, yaml_table
    from dlint.project.pipelines import jobs_of

    for job in jobs_of(yaml_table(workflow)):
        steps = tables(job.get("steps"))
        first = next((at for at, step in enumerate(steps) if _BUILDS.search(_said(step))), 0)
        is_here = "defaults" not in job and not any(map(_is_elsewhere, steps))
        for step in steps[:first] if is_here else ():
            for found in _WRITES.finditer(_commands(step)):
                yield posixpath.normpath(found["file"]), found[0]


def _said(step: dict[str, Any]) -> str:
    return f"{step.get('uses')}\n{step.get('run')}"


def _commands(step: dict[str, Any]) -> str:
    """Return the commands of a step that run each time; "" where some may not."""
    run = step.get("run")
    is_sure = isinstance(run, str) and not ({"if", "working-directory"} & step.keys())
    return str(run) if is_sure and not _CONDITION.search(str(run)) else ""


def _is_elsewhere(step: dict[str, Any]) -> bool:
    """Tell whether a step puts the repository into a folder."""
    told = step.get("with")
    is_checkout = "actions/checkout@" in str(step.get("uses"))
    return is_checkout and isinstance(told, dict) and "path" in told
