"""Project files of .NET, and what they import: *.csproj, Directory.*.props and *.targets
(https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.manifests.kinds import MAIN, Manifest, Need, Package, Reference, Role
from dlint.manifests.loading import FormatError, filled, load_xml
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_PROPERTY = regex(r"\$\((\w+)\)")
_REFERENCES = frozenset(("PackageReference", "PackageVersion", "GlobalPackageReference"))
# Properties that stand for the folder of the file itself.
_HERE = frozenset(("MSBuildThisFileDirectory", "MSBuildProjectDirectory"))


def parse(data: bytes) -> Manifest:
    """Read the packages that a project names, other projects, and files that it imports. Conditions
    are not looked at; a project or a file may be named by `$(Property)` or a pattern.
    """
    root = load_xml(data)
    if root.tag != "Project":
        raise FormatError("it is not an MSBuild project")
    properties = {each.tag: (each.text or "").strip() for each in root.findall("PropertyGroup/*")}
    packages = [_package(each, properties) for each in root.iter() if each.tag in _REFERENCES]
    kept = tuple(each for each in packages if each.name)
    return Manifest(
        "",
        "msbuild",
        packages=kept,
        groups={MAIN: tuple(Need(each.name, each.wanted) for each in kept)},
        grouped=True,
        reads=tuple(_reads(root, properties)),
        unknown=("a project file does not list the dependencies of its packages",),
    )


def _package(element: Element, properties: dict[str, str]) -> Package:
    name = element.get("Include") or element.get("Update") or ""
    version = element.get("VersionOverride") or element.get("Version")
    version = version or (element.findtext("Version") or "").strip()
    version = _filled(version, properties)
    exact = version.strip("[]") if version.startswith("[") and "," not in version else ""
    return Package(name.lower(), exact, wanted=version, key=name)


def _reads(root: Element, properties: dict[str, str]) -> Iterator[Reference]:
    for each in root.iter():
        match each.tag:
            case "ProjectReference":
                named, role = each.get("Include", ""), Role.PROJECT
            case "Import" if each.get("Sdk") is None:
                named, role = each.get("Project", ""), Role.FILE
            case _:
                continue
        for path in filter(None, map(str.strip, _filled(named, properties).split(";"))):
            yield Reference(path.replace("\\", "/"), role)


def _filled(text: str, properties: dict[str, str]) -> str:
    """Put in properties of the same file; what is not known stays as written."""
    return filled(text, _PROPERTY, properties | dict.fromkeys(_HERE, "./"))
