"""WORKDIR, empty folders, folders' modes."""

from __future__ import annotations

from harness.project import Folder, Mode, Project, step

from .words import ASSETS, dockerfile, fill, two

PROJECTS = (
    two(
        "workdir",
        "WORKDIR of an existing folder makes one constant layer; a new folder carries the time of the build",
        dockerfile("ENV A=1", fill(100_000), "WORKDIR /srv", "WORKDIR /new"),
        dockerfile("ENV A=2", fill(100_000), "WORKDIR /srv", "WORKDIR /new"),
        "=+=+",
    ),
    two(
        "workdir-root",
        "WORKDIR / makes no layer",
        dockerfile(fill(100_000)),
        dockerfile(fill(100_000), "WORKDIR /"),
        "==",
    ),
    two(
        "workdir-changed",
        "another WORKDIR changes the RUN after it and where a COPY goes",
        dockerfile("WORKDIR /one", fill(100_000), "COPY assets ."),
        dockerfile("WORKDIR /two", fill(100_000), "COPY assets ."),
        "=+++",
        ASSETS,
    ),
    Project(
        "empty-folder",
        "an empty folder in the context counts, though git does not know it",
        (
            step({"Dockerfile": dockerfile("COPY assets /assets", fill(100_000)), **ASSETS}),
            step({"assets/empty": Folder()}, "=++", worktree=True),
        ),
    ),
    Project(
        "folder-mode-unnoticed",
        "a builder that has the folder already does not notice its new mode",
        (
            step({"Dockerfile": dockerfile("COPY assets /assets", fill(100_000)), **ASSETS}),
            step({"assets": Mode(0o700)}, "==="),
        ),
    ),
)
