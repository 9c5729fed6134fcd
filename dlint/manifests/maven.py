"""pom.xml (https://maven.apache.org/pom.html)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.manifests.kinds import MAIN, Manifest, Need, Origin, Package, Reference, Role
from dlint.manifests.loading import FormatError, filled, load_xml
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

_PROPERTY = regex(r"\$\{([^${}]+)\}")
_TEST = "test"


def parse(data: bytes) -> Manifest:
    """Read the dependencies and modules of a project. A version that a parent or an import sets is
    left out.
    """
    root = load_xml(data)
    if root.tag != "project":
        raise FormatError("it is not a pom.xml")
    properties = _properties(root)
    managed = {
        (each.name): each.version
        for each in _dependencies(root, "dependencyManagement/dependencies", properties)
    }
    packages = [
        each._replace(version=each.version or managed.get(each.name, ""))
        for each in _dependencies(root, "dependencies", properties)
    ]
    groups = {group for each in packages for group in each.groups} | {MAIN}
    return Manifest(
        "",
        "pom",
        version=_text(root, "modelVersion"),
        packages=tuple(packages),
        groups={
            group: tuple(
                Need(each.name, each.version, key=each.key)
                for each in packages
                if group in each.groups
            )
            for group in sorted(groups)
        },
        defaults=frozenset(groups),
        grouped=True,
        reads=tuple(_reads(root)),
        unknown=("a pom.xml does not list the dependencies of its dependencies",),
    )


def _properties(root: Element) -> dict[str, str]:
    found = {each.tag: (each.text or "").strip() for each in root.findall("properties/*")}
    for name in ("groupId", "artifactId", "version"):
        value = _text(root, name) or _text(root, f"parent/{name}")
        found[f"project.{name}"] = found[f"pom.{name}"] = value
    return found


def _dependencies(root: Element, path: str, properties: Mapping[str, str]) -> Iterator[Package]:
    for each in root.findall(f"{path}/dependency"):
        group, artifact, version = (
            _filled(_text(each, name), properties) for name in ("groupId", "artifactId", "version")
        )
        system = _filled(_text(each, "systemPath"), properties)
        kind = _text(each, "classifier") or _text(each, "type")
        yield Package(
            f"{group}:{artifact}",
            "" if _PROPERTY.search(version) else version,
            Origin.PATH if system else Origin.REGISTRY,
            system,
            wanted=version,
            groups=frozenset({_TEST if _text(each, "scope") == _TEST else MAIN}),
            optional=_text(each, "optional") == "true",
            key=f"{group}:{artifact}:{kind}",
        )


def _filled(text: str, properties: Mapping[str, str]) -> str:
    """Put in properties; what is not known stays as written."""
    return filled(text, _PROPERTY, properties)


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _reads(root: Element) -> Iterator[Reference]:
    """Yield the modules' files and the parent's: a folder stands for the pom.xml in it."""
    modules = [*root.findall("modules/module"), *root.findall("profiles/profile/modules/module")]
    for each in modules:
        yield Reference(_pom(each.text or ""), Role.MEMBER)
    parent = root.find("parent")
    if parent is not None:
        told = parent.find("relativePath")
        path = "../pom.xml" if told is None else (told.text or "").strip()
        if path:
            yield Reference(_pom(path), Role.FILE)


def _pom(path: str) -> str:
    path = path.strip()
    return path if path.endswith(".xml") else posixpath.join(path, "pom.xml")
