"""setup.cfg of setuptools
(https://setuptools.pypa.io/en/latest/userguide/declarative_config.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.manifests.kinds import MAIN, Manifest
from dlint.manifests.loading import FormatError, text_of
from dlint.manifests.pyproject import references
from dlint.manifests.python_needs import needs_of
from dlint.manifests.python_project import Sources, sources_of_setup_cfg
from dlint.manifests.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(data: bytes) -> Manifest:
    """Read what a project asks for, and by extra."""
    found = sections(data)
    extras = found.get("options.extras_require", {})
    return Manifest(
        "",
        "setup.cfg",
        groups={MAIN: needs_of(_lines(found.get("options", {}).get("install_requires", "")))},
        extras={canonical(name): needs_of(_lines(text)) for name, text in extras.items()},
        reads=tuple(references(sources_of_setup_cfg(found))),
    )


def _lines(text: str) -> list[str]:
    if text.startswith("file:"):
        return []
    lines = (line.partition("#")[0].strip() for line in text.replace(";\n", "\n").splitlines())
    return [line for line in lines if line]


def sections(data: bytes) -> Mapping[str, Mapping[str, str]]:
    """Return the file's sections; raises FormatError."""
    from configparser import Error, RawConfigParser

    parser = RawConfigParser()
    try:
        parser.read_string(text_of(data))
    except Error as error:
        raise FormatError(str(error)[:200]) from None
    return {name: dict(parser[name]) for name in parser.sections()}


def read_sources(data: bytes) -> Sources | None:
    """Return what building the project reads; None where the file cannot be read."""
    try:
        return sources_of_setup_cfg(sections(data))
    except FormatError:
        return None
