"""What Python's managers share."""

from __future__ import annotations

import re

from dlint.shell.managers.manager import AtHand, Development, Runner, words
from dlint.shell.packages import FULL_VERSION, Spec, is_path
from dlint.text.patterns import regex

EDITABLE = ("-e", "--editable")
WHEELS = AtHand(words("-f --find-links"), "--no-deps", ".whl")
RUNNER = Runner("run", words("-C --directory -p --project"))
DEVELOPMENT = Development(
    "pyproject.toml",
    re.compile(
        rb"(?m)^[^\S\n]*+\"?dev(?:elopment|-dependencies)?\"?\s*=|dev-dependencies\]|\.group\."
    ),
    regex(r"\b(?:pytest|tox|mypy|ruff|(?:uv|poetry|pdm|hatch)\s+run|make)\b"),
)
_REQUIREMENT = regex(
    r"([A-Za-z0-9][\w.-]*+)\s*+(?:\[[^\]]*+\])?+\s*+((?:===?|~=|!=|<=?|>=?|@).*)?\Z", re.DOTALL
)


def python(text: str) -> Spec:
    """Read `name[extra]==version; marker`, `name@version`, a file or a folder."""
    if is_path(text) or text.endswith((".whl", ".tar.gz", ".zip")):
        return Spec(text, kind="path")
    requirement = text.partition(";")[0].strip()
    match = _REQUIREMENT.match(requirement)
    if not match:
        return Spec(text, kind="path" if "/" in text and not re.search(r"[$`]", text) else "index")
    version = (match[2] or "").strip()
    if version[:1] == "@":  # uv's and poetry's `name@1.2`
        version = version[1:].strip()
        return Spec(match[1], version, bool(FULL_VERSION.match(version)))
    return Spec(match[1], version, version.startswith("==") and "*" not in version)


# Flags and variables that name a file of constraints; to conda, `-c` is a channel.
CONSTRAINTS = ("-c", "--constraint", "--constraints", "--build-constraint")
CONSTRAINT_VARIABLES = ("PIP_CONSTRAINT", "UV_CONSTRAINT")


def revision(text: str) -> str:
    """Return what a package's text names of a repository: the part behind `@`."""
    path = text.rpartition("://")[2].partition("/")[2].partition("#")[0]
    return path.partition("@")[2]
