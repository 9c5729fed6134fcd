"""Images that Compose files take by the name of a registry's account, where the repository has
their Dockerfiles: people push those, whatever recipes push.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.images.reference import DOCKER_HUB, parse_reference
from dlint.manifests.loading import FormatError
from dlint.manifests.tagged_yaml import Table, load_tagged
from dlint.project import compose
from dlint.project.deploying import PLAIN
from dlint.project.image import TARGET
from dlint.project.purpose import is_for_development, is_for_tests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet

    from dlint.images.reference import Reference
    from dlint.project.builds import Built
    from dlint.project.recipes import Recipes


def is_taken_by_name(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether a Compose file takes the image of a Dockerfile from a registry, by a name of an
    account that recipes push others to.
    """
    accounts, names = recipes.keep(_pushed, lambda: _pushed(recipes))
    return bool(accounts) and any(
        (each.registry, each.account) in accounts and (each.registry, each.repository) not in names
        for each in _read(_taken(recipes, dockerfile))
    )


def _pushed(recipes: Recipes) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the accounts of registries that recipes push to, and the repositories."""
    told = (name for each in recipes.builds if each.delivery.is_pushed for name in each.names)
    pushed = list(_read(told))
    accounts = {(each.registry, each.account) for each in pushed}
    return accounts, {(each.registry, each.repository) for each in pushed}


def _taken(recipes: Recipes, dockerfile: str) -> Iterator[str]:
    """Yield the names by which Compose files take the image of a Dockerfile: of services that they
    build it for; where no recipe builds it, the name may be the one of its folder.
    """
    services: Mapping[str, AbstractSet[str]] = recipes.keep(
        is_taken_by_name, lambda: _images_of_services(recipes.texts)
    )
    own = recipes.builds_of(dockerfile)
    for each in own:
        if compose.NAMED.search(each.path) and not each.delivery.stays:
            yield from _names(each, services)
    folder, name = posixpath.split(dockerfile)
    if folder and name in PLAIN and not own:
        last = f"/{posixpath.basename(folder)}"
        images = (image for found in services.values() for image in found)
        yield from (image for image in images if _bare(image).endswith(last))


def _names(built: Built, services: Mapping[str, AbstractSet[str]]) -> Iterator[str]:
    """Yield the names of what a Compose file builds: a service that it gives none may have one in
    another file, as an override builds what the file below it takes.
    """
    if built.delivery.nameless:
        yield from (image for name in built.names for image in services.get(name, ()))
    elif not _is_for_work(built.path):
        yield from built.names


def _images_of_services(texts: Sequence[tuple[str, str]]) -> dict[str, set[str]]:
    """Return the images that Compose files name for services, by what a build calls these."""
    found: dict[str, set[str]] = {}
    for path, text in texts:
        if compose.NAMED.search(path) and not _is_for_work(path):
            for name, image in _images_in(text):
                found.setdefault(f"{TARGET}{name}", set()).add(image)
    return found


def _is_for_work(path: str) -> bool:
    """Tell whether a Compose file, by its path, is for those who write or test the program."""
    return is_for_tests(path) or is_for_development(path)


def _images_in(text: str) -> Iterator[tuple[str, str]]:
    try:
        services = load_tagged(text).get("services")
    except FormatError:
        return
    for name, service in services.items() if isinstance(services, Table) else ():
        image = service.get("image") if isinstance(service, Table) else None
        if isinstance(image, str):
            yield name, image


def _read(names: Iterator[str]) -> Iterator[Reference]:
    """Yield what names of images mean, without those of Docker Hub: as such people name what they
    keep, too.
    """
    for name in names:
        try:
            reference = parse_reference(_bare(name))
        except ValueError:
            continue
        if reference.registry != DOCKER_HUB:
            yield reference


def _bare(name: str) -> str:
    """Return an image's name without its tag, which a variable may hide."""
    known = name.partition("$")[0].partition("@")[0].rstrip(":")
    folder, slash, last = known.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"
