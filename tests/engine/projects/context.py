"""What of the build context counts."""

from __future__ import annotations

from harness.project import Gone, Link, Mode, Owner, Project, Touch, noise, prose, step

from .words import APP, ASSETS, dockerfile, fill

PROJECTS = (
    Project(
        "ignore-negation",
        ".dockerignore, its exceptions and their order decide what COPY . sees",
        (
            step(
                {
                    "Dockerfile": dockerfile("COPY . /src", fill(200_000)),
                    ".dockerignore": "*\n!app/**\napp/util.py\n",
                    **APP,
                    **ASSETS,
                }
            ),
            step({"assets/model.bin": noise("other", 100)}, "==="),
            step({"app/util.py": "x"}, "==="),
            step({"app/main.py": "print(8)\n"}, "=++"),
            step({".dockerignore": "*\n!app/**\n"}, "=++"),
        ),
    ),
    Project(
        "own-ignore-file",
        "Dockerfile.dockerignore stands over .dockerignore",
        (
            step(
                {
                    "Dockerfile": dockerfile("COPY . /src", fill(200_000)),
                    "Dockerfile.dockerignore": "assets\n",
                    ".dockerignore": "app\n",
                    **APP,
                    **ASSETS,
                }
            ),
            step({"assets/model.bin": noise("other", 100)}, "==="),
            step({"app/main.py": "print(8)\n"}, "=++"),
            step({".dockerignore": "assets\napp\n"}, "=++"),
        ),
    ),
    Project(
        "mode-changed",
        "a file's executable bit is part of its content",
        (
            step({"Dockerfile": dockerfile("COPY assets /assets", fill(100_000)), **ASSETS}),
            step({"assets/model.bin": Mode(0o755)}, "=++"),
        ),
    ),
    Project(
        "symlink-changed",
        "a symbolic link's target is its content",
        (
            step(
                {
                    "Dockerfile": dockerfile("COPY assets /assets", fill(100_000)),
                    **ASSETS,
                    "assets/now": Link("model.bin"),
                }
            ),
            step({"assets/now": Link("words.txt")}, "=++"),
        ),
    ),
    Project(
        "file-renamed",
        "a new name is a new content",
        (
            step({"Dockerfile": dockerfile("COPY assets /assets", fill(100_000)), **ASSETS}),
            step(
                {"assets/model.bin": Gone(), "assets/renamed.bin": ASSETS["assets/model.bin"]},
                "=++",
            ),
        ),
    ),
    Project(
        "file-deleted",
        "a file less is a new content",
        (
            step({"Dockerfile": dockerfile("COPY assets /assets", fill(100_000)), **ASSETS}),
            step({"assets/words.txt": Gone()}, "=++"),
        ),
    ),
    Project(
        "touched",
        "a new modification time or owner alone changes nothing while the builder has its cache",
        (
            step(
                {
                    "Dockerfile": dockerfile(
                        "COPY assets /assets", "COPY app /srv/app", fill(100_000)
                    ),
                    **ASSETS,
                    **APP,
                }
            ),
            step({"assets/model.bin": Touch(), "app/main.py": Touch()}, "====", worktree=True),
            step({"assets/words.txt": Owner(1234)}, "====", worktree=True),
        ),
    ),
    Project(
        "names",
        "long names and names beyond ASCII",
        (
            step({"Dockerfile": dockerfile("COPY assets /assets", fill(100_000)), **ASSETS}),
            step(
                {
                    f"assets/{'long-name-' * 12}.bin": noise("long", 50_000),
                    f"assets/{'d' * 90}/{'e' * 90}/file.txt": prose("deep", 50_000),
                    "assets/größe-日本.txt": prose("unicode", 50_000),
                },
                "=++",
                worktree=True,
            ),
        ),
    ),
    Project(
        "git-folder-copied",
        "where the repository's root is the context, .git is in it and changes with every commit",
        (
            step({"Dockerfile": dockerfile("COPY . /src"), **ASSETS}),
            step({}, "=+"),
        ),
        context=".",
    ),
    Project(
        "git-folder-ignored",
        "unless it is ignored",
        (
            step({"Dockerfile": dockerfile("COPY . /src"), ".dockerignore": ".git\n", **ASSETS}),
            step({}, "=="),
            step({"notes.txt": "x"}, "=+"),
        ),
        context=".",
    ),
)
