"""The services of a repository's Compose files, as these write them: which images they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.project import compose
from dlint.project.image import TARGET, untagged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint.project.builds import Built
    from dlint.project.recipes import Recipes


def services_in(recipes: Recipes) -> Mapping[str, Mapping[str, dict[str, Any]]]:
    """Return the services of each Compose file, by the file's path."""
    found: Mapping[str, Mapping[str, dict[str, Any]]] = recipes.keep(
        services_in,
        lambda: {
            path: _services(text) for path, text in recipes.texts if compose.NAMED.search(path)
        },
    )
    return found


def _services(text: str) -> dict[str, dict[str, Any]]:
    from dlint.manifests.loading import table, yaml_table

    services = table(yaml_table(text), "services")
    return {str(name): each for name, each in services.items() if isinstance(each, dict)}


def names_of(builds: Iterable[Built]) -> set[str]:
    """Return the services of Compose files that some builds are of."""
    return {
        name.removeprefix(TARGET)
        for each in builds
        for name in each.names
        if name.startswith(TARGET) and compose.NAMED.search(each.path)
    }


def taken_for(recipes: Recipes, built: set[str]) -> Iterator[str]:
    """Yield the images, without tags, that Compose files take for services which others build
    here.
    """
    for services in services_in(recipes).values() if built else ():
        yield from _taken(service for name, service in services.items() if name in built)


def taken_beside_builds(recipes: Recipes) -> Iterator[str]:
    """Yield the images, without tags, that Compose files take which build others."""
    for services in services_in(recipes).values():
        if any("build" in each for each in services.values()):
            yield from _taken(services.values())


def _taken(services: Iterable[dict[str, Any]]) -> Iterator[str]:
    for each in services:
        if "build" not in each and isinstance(each.get("image"), str):
            yield _repository(each["image"])


def _repository(image: str) -> str:
    """Return an image's name without its tag, where nothing sets the variables in it."""
    from dlint.manifests.loading import FormatError
    from dlint.project.interpolation import interpolate, without_marks

    try:
        return untagged(without_marks(interpolate(image, {})))
    except FormatError:
        return image
