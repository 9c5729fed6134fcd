"""Machines that CircleCI and Azure Pipelines start anew for each job, as their files tell."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from dlint.project.delivery import FROM_ELSEWHERE, MACHINE
from dlint.project.image import untagged
from dlint.project.purpose import PUSHES
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
# The names that commands push images by, or give to others before they do.
_HANDED_ON = regex(r"\b(?:docker|podman)[ \t]+(?:image[ \t]+)?(?:push|tag)[ \t]([^\n;&|]*+)")


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


def on_new_machine(claim: Claim, text: str) -> Claim:
    """Return a build that a CI file describes, on a machine that has built nothing before."""
    told: dict[str, Any] = {"fresh": True}
    if not (claim.cache_from or claim.delivery.cold):
        told["cold"] = MACHINE
    if not claim.delivery.stays and _hands_on(text, claim):
        told["pushes"] = True
    return claim.delivered(**told)


def _hands_on(text: str, claim: Claim) -> bool:
    """Tell whether a file that pushes images does so with one that a build names."""
    if not PUSHES.search(text):
        return False
    words = chain.from_iterable(map(str.split, _HANDED_ON.findall(text)))
    handed = {untagged(word.strip("\"'")) for word in words}
    names = {untagged(each.strip()) for each in (claim.tag, *claim.names.split("\n"))}
    return not handed.isdisjoint(names - {""})
