"""Machines that CircleCI and Azure Pipelines start anew for each job, as their files tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project.delivery import FROM_ELSEWHERE, MACHINE
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.project.commands import Claim

# What keeps layers from one job to the next, or is a machine of one's own
# (https://circleci.com/docs/guides/optimize/docker-layer-caching/,
# https://circleci.com/docs/guides/execution-runner/runner-concepts/).
_KEEPS = regex(
    rf"{FROM_ELSEWHERE}|\bDOCKER_HOST\b"
    r"|(?i:layer[_-]?caching|\bdlc)[\"']?:[ \t]*+(?!false\b)"
    r"|\bresource_class:[ \t]*+[\"']?[\w.-]+/"
)
_OF_CIRCLECI = ".circleci/"


def are_anew(path: str, text: str, nodes: Iterable[object]) -> bool:
    """Tell whether all jobs of a CI file, with the `nodes` of its tree, run on machines that have
    built nothing before.
    """
    if _KEEPS.search(text):
        return False
    return path.startswith(_OF_CIRCLECI) or ("azure" in path.lower() and _are_hosted(nodes))


def _are_hosted(nodes: Iterable[object]) -> bool:
    """Tell whether each pool that a file of Azure names is Microsoft's, which has a machine for one
    job (https://learn.microsoft.com/azure/devops/pipelines/agents/hosted).
    """
    pools = [node["pool"] for node in nodes if isinstance(node, dict) and "pool" in node]
    return bool(pools) and all(isinstance(each, dict) and "vmImage" in each for each in pools)


def on_new_machine(claim: Claim) -> Claim:
    """Return a build that a CI file describes, on a machine that has built nothing before."""
    is_cold = not (claim.cache_from or claim.delivery.cold)
    return claim.delivered(fresh=True, cold=MACHINE if is_cold else claim.delivery.cold)
