"""A package manager."""

from __future__ import annotations

from harness.project import Project, step

from .words import APP, LOCK

PROJECTS = (
    Project(
        "apt-install",
        "a RUN with apt: the same packages after a changed context are re-made and pushed again",
        (
            step(
                {
                    "Dockerfile": "FROM debian:trixie-slim\nCOPY requirements.txt /\n"
                    "RUN apt-get update && apt-get install -y --no-install-recommends file"
                    " && rm -rf /var/lib/apt/lists/*\n"
                    "COPY app /app\n",
                    **APP,
                    **LOCK,
                },
                build=("--network", "host"),
            ),
            step({"app/main.py": "print(2)\n"}, "===+", build=("--network", "host")),
            step({"requirements.txt": "six==1.17.0\n"}, "=++=", build=("--network", "host")),
        ),
        needs=("debian",),
    ),
)
