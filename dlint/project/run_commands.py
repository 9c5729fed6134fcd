"""What recipes start in containers of an image in the place of its own program: `docker run IMAGE
make test`, `docker compose run SERVICE …`, and the `command` of a service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project import compose
from dlint.project.health_checks import services_in
from dlint.project.image import TARGET
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dlint.project.recipes import Recipes

_CALL = regex(
    r"\b(?:docker|podman|nerdctl|docker-compose)\b[^\n;&|]{0,200}?[ \t](?:run|exec)[ \t]++"
    r"(?P<words>[^\n;&|]{1,1000}+)"
)
# A folder of the machine, in whose place the container has no files of the image.
_MOUNTS_PROJECT = regex(
    r"(?:-v|--volume|--mount)[ =]\S{0,80}?"
    r"(?:\$[({]?(?:PWD|pwd|CURDIR|GITHUB_WORKSPACE)|`pwd|\.:|\./)"
)
_MOST_WORDS = 40  # of options in front of an image


def commands_inside(recipes: Recipes, dockerfile: str, targets: Collection[str]) -> Iterator[str]:
    """Yield the commands that recipes start in containers of some targets of a Dockerfile, in lower
    case; "" stands for its last stage.
    """
    started: Mapping[str, Sequence[str]] = recipes.keep(commands_inside, lambda: _started(recipes))
    for built in recipes.builds_of(dockerfile):
        if built.target.lower() not in targets:
            continue
        for name in built.names:
            yield from started.get(name.removeprefix(TARGET), ())
        if compose.NAMED.search(built.path):
            services = services_in(recipes.text_of.get(built.path, ""))
            for name in built.names:
                yield from _command_of(services.get(name.removeprefix(TARGET)))


def _started(recipes: Recipes) -> Mapping[str, Sequence[str]]:
    """Return what each command that starts a container has behind each of its words, of which one
    is the image.
    """
    found: dict[str, list[str]] = {}
    for _, text in recipes.texts:
        for call in _CALL.finditer(text.replace("\\\n", " ")):
            if _MOUNTS_PROJECT.search(call["words"]):
                continue
            words = call["words"].split()
            for at, word in enumerate(words[:_MOST_WORDS], 1):
                found.setdefault(word.strip("\"'"), []).append(" ".join(words[at:]))
    return found


def _command_of(service: object) -> Iterator[str]:
    """Yield the command that a service is started with, if it has one of its own."""
    match service.get("command") if isinstance(service, dict) else None:
        case str(text):
            yield text
        case [*words]:
            yield " ".join(word for word in words if isinstance(word, str))
