"""The projects that the engine tests build and push: each pins down one rule of caching, layering
or pushing.

A step's expectation has one sign for each layer of the image, the base's first; see
harness/project.py. They were written from Docker 26.1.5 (BuildKit 0.13) with both of its image
stores, its classic builder, and buildah 1.39.
"""

from __future__ import annotations

from . import (
    adds,
    context,
    copies,
    folders,
    metadata,
    mounts,
    order,
    packages,
    programs,
    pushes,
    stages,
    text,
    variables,
)

GROUPS = (
    order,
    variables,
    metadata,
    text,
    copies,
    mounts,
    adds,
    folders,
    stages,
    context,
    pushes,
    packages,
    programs,
)
ESSENTIAL = frozenset(
    project.name for group in (order, copies, pushes) for project in group.PROJECTS
)
"""What is worth its time on both image stores; the rest hardly depends on the store."""

PROJECTS = {project.name: project for group in GROUPS for project in group.PROJECTS}
