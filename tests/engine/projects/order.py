"""What a change of one file or line re-makes below it."""

from __future__ import annotations

from harness.project import Project, step

from .words import APP, ASSETS, LOCK, dockerfile, fill, two

PROJECTS = (
    Project(
        "copy-all-then-install",
        "any change of the context re-makes the install after COPY . .",
        (
            step(
                {"Dockerfile": dockerfile("WORKDIR /app", "COPY . .", fill(500_000)), **APP, **LOCK}
            ),
            step({"app/main.py": "print(2)\n"}, "==++", classic="==++", buildah="=++"),
            step({"README.md": "hello\n"}, "==++", classic="==++", buildah="=++"),
        ),
    ),
    Project(
        "manifest-first",
        "the install is re-made only when the manifest changes; files not copied do not count",
        (
            step(
                {
                    "Dockerfile": dockerfile(
                        "WORKDIR /app", "COPY requirements.txt .", fill(500_000), "COPY app app"
                    ),
                    **APP,
                    **LOCK,
                }
            ),
            step({"app/main.py": "print(2)\n"}, "====+", classic="====+", buildah="===+"),
            step({"requirements.txt": "six==1.17.0\n"}, "==+++", classic="==+++", buildah="=+++"),
            step({"unused.txt": "x"}, "=====", classic="=====", buildah="===="),
        ),
    ),
    two(
        "stable-copy-after-busted-run",
        "COPY to a new top-level path makes the same layer again, so nothing is uploaded though the step runs again",
        dockerfile("ENV REV=1", fill(300_000), "COPY assets /assets", "COPY app/util.py /util.py"),
        dockerfile("ENV REV=2", fill(300_000), "COPY assets /assets", "COPY app/util.py /util.py"),
        "=+==",
        {**APP, **ASSETS},
        classic="=++=",
        buildah="=++=",
    ),
    two(
        "copies-swapped",
        "top-level COPY layers keep their digests in any order",
        dockerfile("COPY assets /assets", "COPY app /app"),
        dockerfile("COPY app /app", "COPY assets /assets"),
        "===",
        {**APP, **ASSETS},
    ),
    two(
        "run-inserted-above",
        "a new RUN above re-makes the RUN below it, not the top-level COPY",
        dockerfile("COPY assets /assets", fill(300_000)),
        dockerfile("RUN mkdir /var", "COPY assets /assets", fill(300_000)),
        "=+=+",
        ASSETS,
    ),
    two(
        "run-removed-above",
        "a RUN taken away re-makes the RUNs below it",
        dockerfile(fill(100_000, "/one"), "COPY assets /assets", fill(200_000)),
        dockerfile("COPY assets /assets", fill(200_000)),
        "==+",
        ASSETS,
    ),
    two(
        "run-text-changed",
        "a changed command re-makes its layer and the RUN after it",
        dockerfile(fill(200_000), fill(100_000, "/two")),
        dockerfile(fill(200_002), fill(100_000, "/two")),
        "=++",
    ),
)
