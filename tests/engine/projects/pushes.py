"""Pushes of an image that did not change, or was built without a cache."""

from __future__ import annotations

from harness.project import Project, Touch, step

from .words import ASSETS, dockerfile, fill

INLINE = ("--build-arg", "BUILDKIT_INLINE_CACHE=1")

PROJECTS = (
    Project(
        "nothing-changed",
        "an empty commit, so a second tag of the same image, pushes nothing but questions and a manifest",
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
            # dlint is asked afterwards, so about a repository that is still as empty as the copy
            # was.
            step(
                {},
                "mmm",
                to="-copy",
                dlint=("--against", "docker://@BEFORE@", "--to", "@IMAGE@-copy-of-another-day"),
            ),
        ),
        needs=("registry",),
    ),
    Project(
        "cache-from-registry",
        "a new builder with the cache that the image before carries makes no layer again, whatever the files' times",
        (
            step(
                {
                    "Dockerfile": dockerfile("COPY assets /assets", "WORKDIR /x", fill(100_000)),
                    **ASSETS,
                },
                build=INLINE,
            ),
            step(
                {path: Touch() for path in ASSETS},
                "====",
                fresh=True,
                build=(*INLINE, "--cache-from", "@BEFORE@"),
                dlint=("--cache", "imported"),
            ),
        ),
    ),
    Project(
        "no-cache-fresh-clone",
        "without a build cache and with the times of a fresh checkout every layer but the base is new",
        (
            step(
                {
                    "Dockerfile": dockerfile("COPY assets /assets", "WORKDIR /x", fill(100_000)),
                    **ASSETS,
                }
            ),
            step(
                {path: Touch() for path in ASSETS},
                "=+++",
                build=("--no-cache",),
                dlint=("--cache", "cold"),
            ),
        ),
    ),
    Project(
        "no-cache-same-tree",
        "without a build cache in the same tree a top-level COPY makes the same layer again",
        (
            step(
                {
                    "Dockerfile": dockerfile("COPY assets /assets", "WORKDIR /x", fill(100_000)),
                    **ASSETS,
                }
            ),
            step({}, "==++", build=("--no-cache",), dlint=("--cache", "cold"), worktree=True),
        ),
    ),
)
