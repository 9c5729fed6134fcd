"""Pushes of an image that did not change, or was built without a cache."""

from __future__ import annotations

from harness.project import Project, Touch, step

from .words import ASSETS, dockerfile, fill

PROJECTS = (
    Project(
        "nothing-changed",
        "an empty commit pushes nothing but questions",
        (
            step({"Dockerfile": dockerfile("COPY assets /assets", fill(100_000)), **ASSETS}),
            step({}, "===", classic="===", buildah="==="),
        ),
    ),
    Project(
        "another-repository",
        "layers that a repository of the same registry has are mounted from it",
        (
            step({"Dockerfile": dockerfile("COPY assets /assets", fill(100_000)), **ASSETS}),
            step({}, "mmm", to="-copy", dlint=("--to", "@WIRE@/another-repository-copy")),
        ),
    ),
    Project(
        "no-cache-fresh-clone",
        "without a build cache and with the times of a fresh checkout every layer but the base is new",
        (
            step({"Dockerfile": dockerfile("COPY assets /assets", "WORKDIR /x", fill(100_000)), **ASSETS}),
            step({path: Touch() for path in ASSETS}, "=+++", build=("--no-cache",), dlint=("--cache", "cold")),
        ),
    ),
    Project(
        "no-cache-same-tree",
        "without a build cache in the same tree a top-level COPY makes the same layer again",
        (
            step({"Dockerfile": dockerfile("COPY assets /assets", "WORKDIR /x", fill(100_000)), **ASSETS}),
            step({}, "==++", build=("--no-cache",), dlint=("--cache", "cold"), worktree=True),
        ),
    ),
)
