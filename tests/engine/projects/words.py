"""What the projects have in common: bases, files, and short ways to write a Dockerfile down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.project import Project, noise, prose, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.project import Change

BASE = "FROM shell:1\n"
SHARED = "@REGISTRY@/bases/shell"
"""The same bases where dlint can read their manifests: in the registry."""
ASSETS = {"assets/model.bin": noise("model", 400_000), "assets/words.txt": prose("words", 300_000)}
APP = {"app/main.py": "print(1)\n", "app/util.py": prose("util", 200_000)}
ANYBODYS = "/tmp/dep"  # noqa: S108 - in the image, where any user may write
LOCK = {"requirements.txt": "six==1.16.0\n"}


def fill(size: int, path: str = "/dep") -> str:
    """Return a RUN that writes `size` bytes which do not compress and differ each time."""
    return f"RUN head -c {size} /dev/urandom > {path}\n"


def dockerfile(*lines: str) -> str:
    """Return a Dockerfile from the shell base."""
    return BASE + "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def mounted(options: str) -> str:
    """Return a RUN with a mount that its command does not use."""
    return fill(300_000).replace("RUN", f"RUN --mount={options}")


def from_stage(name: str, *lines: str) -> str:
    """Return the lines of a named stage from the shell base."""
    return dockerfile(*lines).replace(BASE, f"FROM shell:1 AS {name}\n", 1)


def two(  # noqa: PLR0913, PLR0917 - the columns of a table
    name: str,
    shows: str,
    first: str,
    second: str,
    expect: str,
    files: Mapping[str, Change] | None = None,
    **more: object,
) -> Project:
    """Return a project whose second commit changes only the Dockerfile."""
    needs = more.pop("needs", ())
    return Project(
        name,
        shows,
        (
            step({"Dockerfile": first, **(files or {})}),
            step({"Dockerfile": second}, expect, **more),
        ),
        needs=needs,
    )
