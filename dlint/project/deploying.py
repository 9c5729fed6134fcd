"""Which Dockerfiles services and build tools of others take, as their own files in a repository
tell.
"""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dlint.project.purpose import is_dockerfile
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.project.recipes import Recipes

PLAIN = frozenset(("Dockerfile", "dockerfile", "Containerfile"))
# Files by which a service builds and runs it.
_OF_SERVICES = (
    *("fly.toml", "render.yaml", "railway.json", "railway.toml", "heroku.yml", "app.json"),
    *("captain-definition", "skaffold.yaml", "hooks/build"),
)
_REMARK = regex(r"(?m)^[ \t]*+#.*+")
# A word of theirs, which is no key.
_VALUE = regex(r"(?<![\w./-])[\w./-]++(?![\"']?[ \t]*+[:=])")
# Where Java's build tools are told to build and push an image.
_OF_JAVA = ("pom.xml", "build.gradle", "build.gradle.kts")
_BY_JAVA = regex(r"\b(?:docker|dockerfile)-maven-plugin\b|\bcom\.(?:bmuschko|palantir)\.docker\b")


def is_deployed(recipes: Recipes, dockerfile: str) -> bool:
    """Tell whether the file of a service that builds images names a Dockerfile, or stands beside a
    plain one where none names another, or GoReleaser or a project of Java around it builds images.
    """
    folder, _, name = dockerfile.rpartition("/")
    if dockerfile in recipes.released or dockerfile in (named_for_services(recipes, "") or ()):
        return True
    beside = named_for_services(recipes, folder)
    if beside is not None and (dockerfile in beside or (name in PLAIN and not beside)):
        return True
    return any(_builds_by_java(recipes, str(each)) for each in PurePosixPath(dockerfile).parents)


def named_for_services(recipes: Recipes, folder: str) -> frozenset[str] | None:
    """Return the Dockerfiles that the files of services in a folder name; None where there is no
    such file.
    """

    def find() -> frozenset[str] | None:
        paths = (posixpath.join(folder, each) for each in _OF_SERVICES)
        found = [each for each in paths if (recipes.root / each).is_file()]
        words = _VALUE.findall(_REMARK.sub("", "\n".join(map(recipes.read, found))))
        named = (posixpath.normpath(posixpath.join(folder, each)) for each in words)
        return frozenset(filter(is_dockerfile, named)) if found else None

    told: frozenset[str] | None = recipes.keep((named_for_services, folder), find)
    return told


def _builds_by_java(recipes: Recipes, folder: str) -> bool:
    """Tell whether the project of a folder has a plugin that builds images."""

    def find() -> bool:
        paths = (posixpath.normpath(posixpath.join(folder, each)) for each in _OF_JAVA)
        return any(_BY_JAVA.search(recipes.read(each)) for each in paths)

    found: bool = recipes.keep((_builds_by_java, folder), find)
    return found
