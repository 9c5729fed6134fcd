"""The builds whose images stand in place of those that a Dockerfile names: Bake's `target:NAME`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.model.build import Build
    from dlint.project.names import Given


def given_builds(build: Build) -> Mapping[str, Build]:
    """Return the other builds of the repository whose images are given to one, by the names that
    the builder compares; those that can be modeled.
    """
    found = ((name, _build_of(build, told)) for name, told in build.options.given.items() if told)
    return {name: each for name, each in found if each is not None}


def _build_of(build: Build, given: Given) -> Build | None:
    read = build.read_beside
    text = read(given.dockerfile) if read else ""
    own = build.options
    options = own._replace(
        build_args=dict(given.args),
        target=given.target or None,
        targets=frozenset(),
        recorded=None,
        contexts=frozenset(given.given),
        given=given.given,
        bases={},
        pushed=frozenset(),
    )
    dockerfile = parse(Source.from_bytes(given.dockerfile, text.encode("utf-8", "replace")))
    try:
        found = type(build)(dockerfile, build.context, options)
    except DlintError:
        return None
    found.read_beside = read
    return found if found.target is not None and not dockerfile.errors else None
