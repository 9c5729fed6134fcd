"""Whether the steps of a job make a builder that has built nothing before, on whatever machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.loading import table
from dlint.project.script_calls import sure
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Docker's action that makes a builder, and what it is told where that is not one of the job alone:
# by default it makes a new one, and removes it at the end.
_SETS_UP = regex(r"docker/setup-buildx-action@")
_KEPT = frozenset(("endpoint", "name", "append", "keep-state", "cleanup"))
_CONTAINER = "docker-container"
# A command that makes one in a container, which fails where there is one of that name
# (https://docs.docker.com/reference/cli/docker/buildx/create/).
_CREATES = regex(
    r"\bbuildx[ \t]+create\b(?![^\n]*\|\|)"
    r"(?![^\n;&]*[ \t]--(?:append\b|driver[ =](?!docker-container\b)))[^\n;&]*"
)
_USES = regex(r"[ \t]--use\b")
_NAME = regex(r"[ \t]--name[ =][\"']?([\w.-]++)")
# What is built where the machine keeps its own images: `create --use` changes nothing for that.
OF_MACHINE = regex(r"\b(?:docker|podman)[ \t]+(?:image[ \t]+)?build\b")


def make_own_builder(steps: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether one of these steps makes a builder that is empty, and others use it."""
    told = [each for each in steps if each.get("if") is None]
    return any(map(_sets_up, told)) or _create(told, "\n".join(map(_run, steps)))


def _sets_up(step: Mapping[str, Any]) -> bool:
    if not _SETS_UP.match(str(step.get("uses"))):
        return False
    told = table(step, "with")
    return told.get("driver", _CONTAINER) == _CONTAINER and _KEPT.isdisjoint(told)


def _create(told: Sequence[Mapping[str, Any]], commands: str) -> bool:
    """Tell whether a command makes one that all images of the job are built by."""
    if OF_MACHINE.search(commands):
        return False
    made = [found[0] for each in told for found in sure(_run(each), _CREATES)]
    names = (_NAME.search(each) for each in made)
    return any(map(_USES.search, made)) or any(
        f"--builder{sign}{name[1]}" in commands for name in names if name for sign in " ="
    )


def _run(step: Mapping[str, Any]) -> str:
    """Return the commands of a step, each on one line."""
    return str(step.get("run", "")).replace("\\\n", " ")
