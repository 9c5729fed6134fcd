"""environment.yml of conda
(https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.manifests.kinds import MAIN, Manifest, Need, Package
from dlint.manifests.loading import FormatError, load_yaml, strings, table, text_of
from dlint.manifests.requirements import parse as parse_requirements
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

PIP = "pip"
_SPEC = regex(r"(?:(?P<channel>[^\s:]+)::)?(?P<name>[\w.-]+)\s*(?:\[.*\])?\s*(?P<rest>.*)\Z")
# One `=` alone matches all versions that begin so; with a build behind it, it is one version.
_EXACT = regex(r"(?:==\s*([\w.+!]+)|=?\s*([\w.+!]+)(?:=|\s)[\w.+]+)\Z")


def parse(data: bytes) -> Manifest:
    """Read what an environment asks for: conda's packages in the group `main`, those that pip
    installs in `pip`. It is resolved anew at each install.
    """
    told = load_yaml(text_of(data))
    listed = told.get("dependencies") if isinstance(told, dict) else told
    if not isinstance(listed, list):
        raise FormatError("it is not a conda environment")
    packages = [_package(each) for each in strings(listed)]
    lines = [line for each in listed for line in strings(table(each).get(PIP))]
    by_pip = parse_requirements("\n".join(lines).encode())
    held = [each._replace(groups=frozenset({PIP})) for each in by_pip.packages]
    return Manifest(
        "",
        "conda",
        packages=(*packages, *held),
        groups={MAIN: _needs(packages), PIP: _needs(held)},
        defaults=frozenset({MAIN, PIP}),
        grouped=True,
        reads=tuple(each._replace(from_workdir=False) for each in by_pip.reads),
        unknown=("a conda environment does not list the dependencies of its packages",),
    )


def _needs(packages: Iterable[Package]) -> tuple[Need, ...]:
    return tuple(Need(each.name, each.wanted, key=each.key) for each in packages)


def _package(spec: str) -> Package:
    """Read `channel::name=version=build` and its other forms."""
    found = _SPEC.match(spec.strip())
    if found is None:
        return Package(spec, key=spec)
    rest = found["rest"].strip()
    exact = _EXACT.match(rest)
    return Package(
        found["name"].lower(),
        (exact[1] or exact[2]) if exact else "",
        location=found["channel"] or "",
        wanted=rest,
        groups=frozenset({MAIN}),
        key=spec,
    )
