"""Machines that CircleCI starts anew for each job, as its file tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project.delivery import FROM_ELSEWHERE, MACHINE
from dlint.text.patterns import regex

if TYPE_CHECKING:
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


def are_anew(path: str, text: str) -> bool:
    """Tell whether all jobs of a CI file run on machines that have built nothing before."""
    return path.startswith(_OF_CIRCLECI) and not _KEEPS.search(text)


def on_new_machine(claim: Claim) -> Claim:
    """Return a build that a CI file describes, on a machine that has built nothing before."""
    is_cold = not (claim.cache_from or claim.delivery.cold)
    return claim.delivered(fresh=True, cold=MACHINE if is_cold else claim.delivery.cold)
