"""uv.lock (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile), version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import DEVELOPMENT, MAIN, Asked, Manifest, Need, Package
from dlint.manifests.loading import FormatError, load_toml, string, strings, table, tables, text_of
from dlint.manifests.python_needs import archives_of, origin_of
from dlint.manifests.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KNOWN = 1


def parse(data: bytes) -> Manifest:
    """Read all packages, and what the project in the lock file's own folder asks for; of a
    workspace without one, what all members ask for.
    """
    lock = load_toml(text_of(data))
    if lock.get("version", _KNOWN) != _KNOWN:
        raise FormatError(f"version {lock['version']} of uv.lock is not known")
    packages = [_package(each) for each in tables(lock.get("package")) if string(each.get("name"))]
    own = [each for each in tables(lock.get("package")) if _is_own(each)]
    root = [each for each in own if "." in table(each, "source").values()]
    groups, extras = _asked(root or own)
    return Manifest(
        "",
        "uv.lock",
        version=str(lock.get("version", _KNOWN)),
        locked=True,
        packages=tuple(packages),
        groups=groups,
        extras=extras,
        members={canonical(string(each.get("name"))): _asked([each]) for each in own},
        defaults=frozenset({MAIN, DEVELOPMENT}) & groups.keys(),
    )


def _is_own(package: Mapping[str, Any]) -> bool:
    """Tell whether a package is the project itself or a member of its workspace."""
    return bool({"editable", "virtual"} & table(package, "source").keys())


def _asked(
    projects: Iterable[Mapping[str, Any]],
) -> Asked:
    """Return what projects ask for together."""
    groups: dict[str, tuple[Need, ...]] = {}
    extras: dict[str, tuple[Need, ...]] = {}
    for project in projects:
        groups[MAIN] = groups.get(MAIN, ()) + _needs(project.get("dependencies"))
        for name, needs in table(project, "dev-dependencies").items():
            key = canonical(name)
            groups[key] = groups.get(key, ()) + _needs(needs)
        for name, needs in table(project, "optional-dependencies").items():
            key = canonical(name)
            extras[key] = extras.get(key, ()) + _needs(needs)
    return Asked(groups, extras)


def _needs(told: object) -> tuple[Need, ...]:
    found = []
    for each in tables(told):
        name, version = canonical(string(each.get("name"))), string(each.get("version"))
        found.append(
            Need(
                name,
                wanted=f"=={version}" if version else "",
                key=f"{name} {version}" if version else "",
                extras=tuple(map(canonical, strings(each.get("extra")))),
                marker=string(each.get("marker")),
            )
        )
    return tuple(found)


def _package(told: Mapping[str, Any]) -> Package:
    name, version = canonical(str(told["name"])), string(told.get("version"))
    origin, location = origin_of(table(told, "source"))
    optional = table(told, "optional-dependencies")
    return Package(
        name,
        version,
        origin,
        location,
        archives=archives_of(told),
        key=f"{name} {version}" if version else name,
        needs=_needs(told.get("dependencies")),
        extras={canonical(extra): _needs(needs) for extra, needs in optional.items()},
    )
