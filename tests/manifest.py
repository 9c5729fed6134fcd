"""What the tests of manifests share: a file that is read from a text."""

from __future__ import annotations

from dlint.manifests import Manifest, Selection, Target, read_manifest, selected


def read(name: str, text: str | bytes, kind: str | None = None) -> Manifest:
    """Read one file that must be readable."""
    found = look(name, text, kind)
    assert not found.problem, found.problem
    return found


def look(name: str, text: str | bytes, kind: str | None = None) -> Manifest:
    """Read one file."""
    data = text.encode() if isinstance(text, str) else text
    return read_manifest(name, {name: data}.get, kind)


def taken(
    manifest: Manifest,
    project: Manifest | None = None,
    target: Target = Target(python="3.12", libc="glibc"),  # noqa: B008  immutable
    **flags,
) -> list[str]:
    """List names of the packages that a selection takes, in order."""
    asked = {
        name: frozenset(value) if isinstance(value, set) else value for name, value in flags.items()
    }
    chosen = selected(manifest, Selection(**asked), target, project)
    return sorted(each.name for each in chosen.packages)


def needs(manifest: Manifest, group: str = "main") -> list[str]:
    """List what a group asks for."""
    return [f"{each.name}{each.wanted}" for each in manifest.groups.get(group, ())]


def reads(manifest: Manifest) -> list[tuple[str, str]]:
    """List the files that a manifest names, and as what."""
    return [(each.path, each.role.value) for each in manifest.reads]
