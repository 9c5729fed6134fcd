"""GitHub actions of others that build images, and may push them: which of their inputs is which of
Docker's own action (https://github.com/docker/build-push-action), as their `action.yml` has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

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

    def as_dockers(self, told: Mapping[str, str]) -> dict[str, str]:
        """Return inputs under the names that Docker's action has for them."""
        named = {own: told[name] for own, name in self.inputs.items() if name in told}
        return {**self.defaults, **told, **named}


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


def known_action(uses: str) -> BuildAction:
    """Return what is known of an action: of one that pushes by its name, that it builds the folder
    where the job is, and that nobody knows what else it does.
    """
    name = _NAME.match(uses)
    found = _ACTIONS.get(name[0].lower() if name else "")
    if found is not None:
        return found
    return BuildAction({}, _PUSHES) if _PUSHES_ITSELF.search(uses) else BuildAction(folder="")
