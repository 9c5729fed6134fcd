"""What skaffold builds: the artifacts of its file that have a Dockerfile, and those of its profiles
(https://skaffold.dev/docs/references/yaml/). What Helm and kustomize deploy, they do not build.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dlint.manifests import loading
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.project.commands import Claim

Table = dict[str, Any]

_NAME = regex(r"(?i)skaffold[\w.-]*\.ya?ml")
_DOCUMENTS = regex(r"(?m)^---[ \t]*$")
# What builds an artifact from a Dockerfile; without any of all builders, the first does.
_WITH_DOCKERFILE = ("docker", "kaniko")
_OTHERS = frozenset(
    ("bazel", "buildpack", "buildpacks", "custom", "jib", "jibGradle", "jibMaven", "ko")
)
_OPEN = ("{{", "$")  # what begins something that skaffold fills in


def is_skaffolds(path: str) -> bool:
    """Tell by its name whether a file is skaffold's."""
    return _NAME.fullmatch(posixpath.basename(path)) is not None


def builds_in(text: str, folder: str) -> Iterator[tuple[Claim, ...]]:
    """Yield what a file of `folder` builds, which may be started at the root, too."""
    bases = dict.fromkeys((folder, "."))
    for artifact in _artifacts(text):
        found = [_claimed(artifact, base) for base in bases]
        # the Dockerfile is in the context, unless its path begins with that of the context
        yield (*found, *(each._replace(in_context=False) for each in found))


def commands_in(text: str) -> Iterator[str]:
    """Yield the commands that build those artifacts which have such."""
    for artifact in _all_artifacts(text):
        command = loading.table(artifact, "custom").get("buildCommand")
        if isinstance(command, str):
            yield command


def _artifacts(text: str) -> Iterator[Table]:
    """Yield the artifacts that a Dockerfile makes."""
    return (each for each in _all_artifacts(text) if _OTHERS.isdisjoint(each))


def _all_artifacts(text: str) -> Iterator[Table]:
    for document in _DOCUMENTS.split(text):
        tree = loading.yaml_table(document)
        for each in (tree, *loading.tables(tree.get("profiles"))):
            yield from loading.tables(loading.table(each, "build").get("artifacts"))


def _claimed(artifact: Table, base: str) -> Claim:
    """Return what an artifact says of its build."""
    from dlint.project.commands import Claim

    told = next((each for name in _WITH_DOCKERFILE if (each := loading.table(artifact, name))), {})
    arguments = loading.table(told, "buildArgs")
    return Claim(
        base,
        loading.string(artifact.get("context")) or loading.string(artifact.get("workspace")) or ".",
        loading.string(told.get("dockerfile")),
        loading.string(told.get("target")),
        in_context=True,
        names=loading.string(artifact.get("image")) or loading.string(artifact.get("imageName")),
        args=tuple((name, value) for name, value in arguments.items() if _is_written(value)),
        passes=frozenset(arguments),
    )


def _is_written(value: object) -> bool:
    """Tell whether a value is written out."""
    return isinstance(value, str) and not any(each in value for each in _OPEN)
