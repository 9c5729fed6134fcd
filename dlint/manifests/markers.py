"""Whether what a manifest limits to some systems is installed on a target."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.manifests.kinds import Platform, Target

# Variables that only the markers of pylock.toml have.
_LOCKS_OWN = regex(r"\b(?:extras|dependency_groups)\b")
# Docker's architectures as `uname -m` and as Node write them.
_MACHINES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "386": "i686",
    "arm": "armv7l",
}
_PROCESSORS = {"amd64": "x64", "386": "ia32", "ppc64le": "ppc64"}
# Where the base's Python is not known, a marker holds that holds for one of those in use.
_PYTHONS = ("2.7", *(f"3.{minor}" for minor in range(6, 16)))


def holds(
    marker: str,
    target: Target,
    extras: frozenset[str] = frozenset(),
    groups: frozenset[str] = frozenset(),
) -> bool:
    """Tell whether a marker of Python's (PEP 508, PEP 751) may hold on a target; one that cannot be
    read may.
    """
    return not marker or _holds(marker, target, extras, groups)


@lru_cache(maxsize=4096)
def _holds(marker: str, target: Target, extras: frozenset[str], groups: frozenset[str]) -> bool:
    from packaging.markers import Marker

    in_lock_file = _LOCKS_OWN.search(marker) is not None
    chosen: list[dict[str, Any]] = [{"extra": extra} for extra in (extras or ("",))]
    if in_lock_file:
        chosen = [{"extras": extras, "dependency_groups": groups}]
    try:
        parsed = Marker(marker)
        return any(
            parsed.evaluate(environment | each, "lock_file" if in_lock_file else "metadata")
            for environment in _environments(target)
            for each in chosen
        )
    # What `packaging` cannot compare it refuses by KeyError and errors that are ValueErrors.
    except (ValueError, TypeError, KeyError, RecursionError):
        return True


def _environments(target: Target) -> Iterator[dict[str, Any]]:
    machine = _MACHINES.get(target.architecture.partition("/")[0], target.architecture)
    for version in [target.python] if target.python else _PYTHONS:
        yield {
            "implementation_name": "cpython",
            "implementation_version": f"{version}.0",
            "os_name": "posix",
            "platform_machine": machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{version}.0",
            "python_version": version,
            "sys_platform": "linux",
        }


def fits(platform: Platform, target: Target) -> bool:
    """Tell whether npm installs a package of such `os`, `cpu` and `libc` on a target."""
    architecture = target.architecture.partition("/")[0]
    processor = _PROCESSORS.get(architecture, architecture)
    return (
        _allows(platform.os, "linux")
        and _allows(platform.cpu, processor)
        and (not target.libc or _allows(platform.libc, target.libc))
    )


def _allows(named: tuple[str, ...], value: str) -> bool:
    """Tell what a list says of one value: those named, or all but those behind a `!`."""
    if not named:
        return True
    only_denied = all(each.startswith("!") for each in named)
    return f"!{value}" not in named and (value in named or only_denied)
