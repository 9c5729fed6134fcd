"""COPY: what its layer depends on, and when it comes out the same again."""

from __future__ import annotations

from harness.project import Project, noise, prose, step

from .words import APP, ASSETS, LOCK, SHARED, dockerfile, fill, two

PROJECTS = (
    two(
        "created-parents",
        "parent folders that a COPY makes carry the time of the build into its layer",
        dockerfile("ENV A=1", fill(100_000), "COPY app/util.py /deep/er/util.py"),
        dockerfile("ENV A=2", fill(100_000), "COPY app/util.py /deep/er/util.py"),
        "=++",
        APP,
        classic="=++",
        buildah="=++",
    ),
    Project(
        "stable-after-sync",
        "a changed folder gets the time at which the builder took it over, and keeps it: its COPY is stable after that",
        (
            step(
                {
                    "Dockerfile": dockerfile(
                        "ENV A=1", fill(100_000), "COPY app /app", "COPY . /src"
                    ),
                    ".dockerignore": "Dockerfile\n",
                    **APP,
                    **ASSETS,
                }
            ),
            step({"app/main.py": "print(2)\n"}, "==++"),
            step(
                {
                    "Dockerfile": dockerfile(
                        "ENV A=2", fill(100_000), "COPY app /app", "COPY . /src"
                    )
                },
                "=+==",
            ),
            step({"assets/words.txt": prose("words2", 100_000)}, "===+"),
        ),
    ),
    Project(
        "new-layers",
        "a new folder and a changed file keep their own times, so their layers can be known before they are built",
        (
            step(
                {"Dockerfile": dockerfile("COPY one.bin /one.bin"), "one.bin": noise("one", 50_000)}
            ),
            step(
                {
                    "Dockerfile": dockerfile(
                        "COPY one.bin /one.bin", "COPY assets /assets", "COPY assets/model.bin /m"
                    ),
                    "one.bin": noise("two", 50_000),
                    **ASSETS,
                },
                "=+++",
                worktree=True,
            ),
        ),
    ),
    two(
        "copy-into-existing-folder",
        "so does a folder of the base that a COPY writes to",
        dockerfile("ENV A=1", fill(100_000), "COPY assets /srv/assets", "COPY app/util.py /srv/"),
        dockerfile("ENV A=2", fill(100_000), "COPY assets /srv/assets", "COPY app/util.py /srv/"),
        "=+++",
        {**APP, **ASSETS},
    ),
    two(
        "link-top-level",
        "COPY --link of a top-level path is the same layer again",
        dockerfile("ENV A=1", fill(100_000), "COPY --link assets /assets"),
        dockerfile("ENV A=2", fill(100_000), "COPY --link assets /assets"),
        "=+=",
        ASSETS,
    ),
    two(
        "link-deep",
        "COPY --link is independent of what is below it only in the containerd store",
        dockerfile("ENV A=1", fill(100_000), "COPY --link assets /deep/er/assets"),
        dockerfile("ENV A=2", fill(100_000), "COPY --link assets /deep/er/assets"),
        "=++",
        ASSETS,
        buildkit="=+=",
    ),
    two(
        "link-with-chmod",
        "--chmod makes --link a plain COPY",
        dockerfile("ENV A=1", fill(100_000), "COPY --link --chmod=755 assets /deep/er/assets"),
        dockerfile("ENV A=2", fill(100_000), "COPY --link --chmod=755 assets /deep/er/assets"),
        "=++",
        ASSETS,
    ),
    two(
        "link-base-changed",
        "another base: --link layers stay, and so do top-level ones; others are re-made",
        f"FROM {SHARED}:1\nCOPY --link assets /deep/er/assets\nCOPY app /app\n",
        f"FROM {SHARED}:2\nCOPY --link assets /deep/er/assets\nCOPY app /app\n",
        "++=",
        {**APP, **ASSETS},
        needs=("registry",),
        buildkit="+==",
    ),
    two(
        "copy-chmod",
        "--chmod is part of the COPY",
        dockerfile("COPY --chmod=755 app /app", "COPY assets /assets"),
        dockerfile("COPY --chmod=700 app /app", "COPY assets /assets"),
        "=+=",
        {**APP, **ASSETS},
    ),
    two(
        "copy-chown-number",
        "--chown is part of the COPY",
        dockerfile("COPY --chown=1000:1000 app /app", "COPY assets /assets"),
        dockerfile("COPY --chown=1001:1000 app /app", "COPY assets /assets"),
        "=+=",
        {**APP, **ASSETS},
    ),
    two(
        "copy-chown-name",
        "--chown by name: the same numbers make the same layer, though /etc/passwd changed",
        dockerfile(
            "RUN echo one:x:2001:2001::/:/bin/sh >> /etc/passwd", "COPY --chown=app:app app /app"
        ),
        dockerfile(
            "RUN echo two:x:2002:2002::/:/bin/sh >> /etc/passwd", "COPY --chown=app:app app /app"
        ),
        "=+=",
        APP,
    ),
    Project(
        "wildcards",
        "a wildcard's COPY depends on what it matches; the folder that it makes carries the time of the build",
        (
            step(
                {
                    "Dockerfile": dockerfile("COPY conf/*.txt /conf/", fill(100_000)),
                    "conf/a.txt": prose("a", 90_000),
                    "conf/b.txt": prose("b", 90_000),
                    "conf/c.ini": "x=1\n",
                }
            ),
            step({"conf/c.ini": "x=2\n", "d.txt": "no match"}, "==="),
            step({"conf/d.txt": prose("d", 60_000)}, "=++"),
            step(
                {
                    "Dockerfile": dockerfile(
                        "RUN touch /first", "COPY conf/*.txt /conf/", fill(100_000)
                    )
                },
                "=+++",
            ),
        ),
    ),
    Project(
        "copy-exclude",
        "files that --exclude leaves out do not count",
        (
            step(
                {
                    "Dockerfile": dockerfile("COPY --exclude=*.md app /app"),
                    **APP,
                    "app/notes.md": "one\n",
                }
            ),
            step({"app/notes.md": "two\n"}, "=="),
            step({"app/main.py": "print(2)\n"}, "=+"),
        ),
        needs=("--exclude",),
    ),
    Project(
        "copy-parents",
        "--parents keeps the folders of the source",
        (
            step(
                {
                    "Dockerfile": dockerfile(
                        "COPY --parents ./app/main.py ./app/util.py /x/", fill(100_000)
                    ),
                    **APP,
                    **LOCK,
                }
            ),
            step({"requirements.txt": "six\n"}, "==="),
            step({"app/main.py": "print(2)\n"}, "=++"),
        ),
        needs=("--parents",),
    ),
    two(
        "copy-source-folder-renamed",
        "the folder part of a source's path does not count: the same file from elsewhere is a hit",
        dockerfile("COPY one/data.bin /data.bin", fill(200_000)),
        dockerfile("COPY two/data.bin /data.bin", fill(200_000)),
        "===",
        {"one/data.bin": noise("data", 80_000), "two/data.bin": noise("data", 80_000)},
    ),
    Project(
        "copy-several-sources",
        "one COPY of several files depends on each of them",
        (
            step(
                {
                    "Dockerfile": dockerfile(
                        "COPY app/main.py app/util.py requirements.txt /srv/", fill(200_000)
                    ),
                    **APP,
                    **LOCK,
                }
            ),
            step({"requirements.txt": "six==1.17.0\n"}, "=++"),
            step({"app/more.py": "print(1)\n"}, "==="),
        ),
    ),
    two(
        "copy-becomes-add",
        "ADD of a plain folder makes the layer that COPY makes",
        dockerfile("COPY assets /assets", "COPY app /app"),
        dockerfile("ADD assets /assets", "COPY app /app"),
        "===",
        {**APP, **ASSETS},
    ),
    two(
        "same-layer-twice",
        "one layer twice in an image is uploaded once; the containerd store makes the second one empty",
        dockerfile("COPY app /app"),
        dockerfile("COPY assets /assets", "COPY assets /assets"),
        "=++",
        {**APP, **ASSETS},
    ),
    two(
        "chmod-in-run",
        "a RUN that changes modes carries the files again",
        dockerfile("COPY assets /assets", "RUN chmod -R a+x /assets"),
        dockerfile("COPY assets /assets", "RUN chmod -R go+w /assets"),
        "==+",
        ASSETS,
    ),
)
