"""Cargo.toml (https://doc.rust-lang.org/cargo/reference/manifest.html)."""

from __future__ import annotations

import posixpath
from itertools import product
from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import DEVELOPMENT, MAIN, Manifest, Need, Reference, Role
from dlint.manifests.loading import load_toml, string, strings, table, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PARTS = {
    MAIN: ("dependencies", "build-dependencies"),
    DEVELOPMENT: ("dev-dependencies",),
}


def parse(data: bytes) -> Manifest:
    """Read what a crate or workspace asks for, and the folders that it names."""
    told = load_toml(text_of(data))
    targets = (table(told, "target", name) for name in table(told, "target"))
    held = [told, table(told, "workspace"), *targets]
    return Manifest(
        "",
        "Cargo",
        version=string(table(told, "package").get("version")),
        groups={group: tuple(_needs(held, parts)) for group, parts in _PARTS.items()},
        extras=dict.fromkeys(table(told, "features"), ()),
        reads=tuple(_reads(told, held)),
    )


def _needs(held: Iterable[Mapping[str, Any]], parts: Iterable[str]) -> Iterator[Need]:
    for each, part in product(held, parts):
        for name, wanted in table(each, part).items():
            entry = wanted if isinstance(wanted, dict) else {"version": wanted}
            yield Need(
                string(entry.get("package")) or name,
                string(entry.get("version")),
                extras=tuple(strings(entry.get("features"))),
                optional=entry.get("optional") is True,
            )


def _reads(told: Mapping[str, Any], held: Iterable[Mapping[str, Any]]) -> Iterator[Reference]:
    for member in strings(table(told, "workspace").get("members")):
        yield Reference(posixpath.join(member, "Cargo.toml"), Role.MEMBER)
    parts = [part for each in _PARTS.values() for part in each]
    patches = [table(told, "patch", name) for name in table(told, "patch")]
    named = [table(each, part) for each, part in product(held, parts)]
    for entry in (each for names in (*named, *patches) for each in names.values()):
        if path := string(table(entry).get("path")):
            yield Reference(path, Role.PROJECT)
    build = table(told, "package").get("build")
    if isinstance(build, str):
        yield Reference(build, Role.FILE)
