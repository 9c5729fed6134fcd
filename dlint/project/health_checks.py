"""What the health checks of Compose services start
(https://docs.docker.com/reference/compose-file/services/#healthcheck).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.manifests.loading import FormatError
from dlint.manifests.tagged_yaml import Table, load_tagged
from dlint.project import compose
from dlint.project.image import TARGET

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dlint.project.recipes import Recipes


def health_checks(recipes: Recipes, dockerfile: str, targets: Collection[str]) -> Iterator[str]:
    """Yield the commands that check the services which are built from some targets of a Dockerfile,
    in lower case; "" stands for its last stage.
    """
    for built in recipes.builds_of(dockerfile):
        if compose.NAMED.search(built.path) and built.target.lower() in targets:
            services = services_in(recipes.text_of.get(built.path, ""))
            for name in built.names:
                yield from _check_of(services.get(name.removeprefix(TARGET)))


def services_in(text: str) -> Table:
    """Return the services of a Compose file; none of a damaged one."""
    try:
        found = load_tagged(text).get("services")
    except FormatError:
        return Table()
    return found if isinstance(found, Table) else Table()


def _check_of(service: object) -> Iterator[str]:
    """Yield the command of a service's health check, if it has one of its own."""
    check = service.get("healthcheck") if isinstance(service, Table) else None
    match check.get("test") if isinstance(check, Table) else None:
        case str(text):
            yield text
        case [*words]:
            yield " ".join(word for word in words if isinstance(word, str))
