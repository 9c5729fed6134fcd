"""RUN --mount."""

from __future__ import annotations

from harness.project import Project, prose, step

from .words import APP, LOCK, dockerfile, fill, mounted

SECRET = ("--secret", "id=s,src=ctx/secret")

PROJECTS = (
    Project(
        "bind-mount",
        "a bind mount's content is part of the RUN, what lies beside it is not",
        (
            step(
                {
                    "Dockerfile": dockerfile(
                        mounted("type=bind,source=requirements.txt,target=/r"),
                        "COPY app /app",
                    ),
                    **APP,
                    **LOCK,
                }
            ),
            step({"app/main.py": "print(3)\n"}, "==+"),
            step({"requirements.txt": "six==1.15.0\n"}, "=+="),
        ),
    ),
    Project(
        "bind-mount-from-stage",
        "a bind mount of a stage depends on the stage's content",
        (
            step(
                {
                    "Dockerfile": "FROM shell:1 AS tools\nCOPY app /t\n"
                    + dockerfile(mounted("type=bind,from=tools,source=/t/main.py,target=/m")),
                    **APP,
                }
            ),
            step({"app/util.py": prose("util2", 100_000)}, "=="),
            step({"app/main.py": "print(4)\n"}, "=+"),
        ),
    ),
    Project(
        "cache-mount",
        "what a cache mount holds is no part of the RUN; where it is mounted is, and whether its id is its own",
        (
            step({"Dockerfile": dockerfile(mounted("type=cache,target=/c"))}),
            step({"unused": "1"}, "=="),
            step({"Dockerfile": dockerfile(mounted("type=cache,target=/k"))}, "=+"),
            step({"Dockerfile": dockerfile(mounted("type=cache,target=/k,id=/k"))}, "=="),
            step({"Dockerfile": dockerfile(mounted("type=cache,target=/k,id=i"))}, "=+"),
            step({"Dockerfile": dockerfile(mounted("type=cache,target=/k,id=j"))}, "=="),
            step(
                {"Dockerfile": dockerfile(mounted("type=cache,target=/k,id=j,sharing=locked"))},
                "==",
            ),
        ),
    ),
    Project(
        "secret-mount",
        "a secret's value is no part of the RUN, its options are",
        (
            step(
                {"Dockerfile": dockerfile(mounted("type=secret,id=s")), "secret": "one"},
                build=SECRET,
            ),
            step({"secret": "two"}, "==", build=SECRET),
            step(
                {"Dockerfile": dockerfile(mounted("type=secret,id=s,required=true"))},
                "=+",
                build=SECRET,
            ),
        ),
    ),
    Project(
        "tmpfs-mount",
        "a tmpfs mount is part of the RUN",
        (
            step({"Dockerfile": dockerfile(fill(300_000))}),
            step({"Dockerfile": dockerfile(mounted("type=tmpfs,target=/scratch"))}, "=+"),
        ),
    ),
)
