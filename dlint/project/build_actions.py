"""GitHub actions that build images, and may push them: which of their inputs is which of Docker's
own action (https://github.com/docker/build-push-action), as their `action.yml` has them. The first
version of that had other ones itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_NAME = regex(r"[^@]*")
# An action that says by its name that it pushes an image: those that are called as Docker's is are
# told to. What writes the description of one, or its tags and manifests, builds none.
_PUSHES_ITSELF = regex(
    r"(?i)build-?(?:and-?)?push(?!-action@)"
    r"|\A(?=[^@]*(?:docker|container|ghcr))(?=[^@]*(?:push|publish))"
    r"(?![^@]*(?:build-?(?:and-?)?push-action@|descri|readme|manifest|-tag\b))"
)


class BuildAction(NamedTuple):
    """What inputs of an action are called, by what Docker's calls them, what the action does where
    it is told nothing, and the `folder` that it builds then. `caches`: it may take steps from a
    cache that no input tells.
    """

    inputs: Mapping[str, str] = {}
    defaults: Mapping[str, str] = {}
    folder: str = "."
    caches: bool = True
    is_first: bool = False

    def as_dockers(self, told: Mapping[str, str]) -> dict[str, str]:
        """Return inputs under the names that Docker's action has for them."""
        named = {own: told[name] for own, name in self.inputs.items() if name in told}
        more = _of_first(told) if self.is_first else {}
        return {**self.defaults, **told, **named, **more}


def _of_first(told: Mapping[str, str]) -> dict[str, str]:
    """Return the lists that the first version of Docker's action is told, one of each in a line."""
    lists = {own: told[name].replace(",", "\n") for own, name in _LISTS.items() if name in told}
    return {**lists, "tags": _of_repository(told)}


def _of_repository(told: Mapping[str, str]) -> str:
    """Return the names of an image, one in each line, of which inputs tell the registry, the
    repository and the tags apart.
    """
    place = "/".join(filter(None, (told.get("registry"), told.get("repository"))))
    tags = filter(None, map(str.strip, told.get("tags", "").split(",")))
    return "\n".join(f"{place}:{tag}" for tag in tags) or place


_LISTS = {"build-args": "build_args", "cache-from": "cache_froms"}
_PUSHES = {"push": "true"}
_ACTIONS = {
    "mr-smithers-excellent/docker-build-push": BuildAction(
        {
            "tags": "image",
            "context": "directory",
            "platforms": "platform",
            "cache-from": "cacheFrom",
            "cache-to": "cacheTo",
        },
        _PUSHES,
        caches=False,
    ),
    "elgohr/publish-docker-github-action": BuildAction(
        {"tags": "name", "context": "workdir"}, _PUSHES
    ),
    "whoan/docker-build-with-cache-action": BuildAction(
        {"tags": "image_name", "push": "push_image_and_stages"}, _PUSHES
    ),
    "macbre/push-to-ghcr": BuildAction({}, _PUSHES),
    "aevea/action-kaniko": BuildAction({"context": "path", "file": "build_file"}, _PUSHES),
    "int128/kaniko-action": BuildAction({}, {"push": "false"}),
}
# https://github.com/docker/build-push-action/tree/v1
_FIRST_OF_DOCKERS = BuildAction({"context": "path", "file": "dockerfile"}, _PUSHES, is_first=True)
_OF_DOCKERS = regex(r"docker/build-push-action@(?P<version>.*)")
_FIRST = regex(r"v1(?:\..*)?")
_COMMIT = regex(r"[0-9a-f]{40}")


def known_action(uses: str, told: Collection[str] = ()) -> BuildAction:
    """Return what is known of an action with inputs of these names: of one that pushes by its name,
    that it builds the folder where the job is, and that nobody knows what else it does.
    """
    dockers = _OF_DOCKERS.match(uses)
    if dockers is not None and _is_first(dockers["version"], told):
        return _FIRST_OF_DOCKERS
    name = _NAME.match(uses)
    found = _ACTIONS.get(name[0].lower() if name else "")
    if found is not None:
        return found
    return BuildAction({}, _PUSHES) if _PUSHES_ITSELF.search(uses) else BuildAction(folder="")


def _is_first(version: str, told: Collection[str]) -> bool:
    """Tell whether a version of Docker's action is the first one: of a commit, the inputs tell that
    only this one had.
    """
    is_of_commit = _COMMIT.fullmatch(version) is not None and "repository" in told
    return is_of_commit or _FIRST.fullmatch(version) is not None
