"""Stages, targets, ONBUILD and bases."""

from __future__ import annotations

from harness.project import Project, prose, step

from .words import APP, ASSETS, SHARED, dockerfile, fill, from_stage, two

LEFT_OUT = dockerfile(
    fill(1000),  # the first RUN has the folders of what is mounted, which this base lacks
    "ARG EXTRA",
    "COPY app /app",
    'RUN if [ -n "$EXTRA" ]; then head -c 50000 /dev/urandom > /extra; fi',
)
OF_NOTHING = from_stage("build", fill(50_000, "/extra")) + dockerfile(
    "ARG EXTRA", "COPY app/main.py /main.py", "COPY --from=build ${EXTRA:-/null?} $EXTRA/"
)

PROJECTS = (
    two(
        "unreachable-stage",
        "a stage that the image does not need is not built",
        f"FROM shell:1 AS lint\n{fill(100_000, '/one')}" + dockerfile(fill(200_000)),
        f"FROM shell:1 AS lint\n{fill(100_001, '/two')}COPY assets /x\n"
        + dockerfile(fill(200_000)),
        "==",
        ASSETS,
    ),
    Project(
        "target",
        "only the target's own chain is built and pushed",
        (
            step(
                {
                    "Dockerfile": from_stage(
                        "dev",
                        fill(200_000),
                        "COPY app /app",
                        "FROM dev AS prod",
                        "COPY assets /assets",
                    ),
                    **APP,
                    **ASSETS,
                },
                build=("--target", "dev"),
            ),
            step(
                {"assets/words.txt": "x\n"},
                "===",
                build=("--target", "dev"),
                dlint=("--target", "dev"),
            ),
            step(
                {"app/main.py": "print(5)\n"},
                "==+",
                build=("--target", "dev"),
                dlint=("--target", "dev"),
            ),
            step({}, "===+"),
        ),
    ),
    Project(
        "certificates-beside-a-program",
        "a program that is not known leaves alone what only packages and their tools write",
        (
            step(
                {
                    "Dockerfile": "FROM shell:1 AS build\n"
                    "RUN mkdir -p /etc/ssl/certs && echo one > /etc/ssl/certs/one.crt\n"
                    "COPY app /in\nRUN sh /in/make.sh\n"
                    + dockerfile("COPY --from=build /etc/ssl /certs", fill(200_000)),
                    **APP,
                    "app/make.sh": "cp /in/main.py /out\n",
                },
            ),
            step({"app/main.py": "print(9)\n"}, "==="),
        ),
    ),
    Project(
        "step-left-out",
        "a RUN that is an `if` which is false makes the layer of nothing, or none; some builders store the folder of what is mounted",
        (
            step({"Dockerfile": LEFT_OUT, **APP}),
            step(
                {"app/main.py": "print(2)\n"},
                "==++",
                buildkit="==+=",
                classic="==+",
                buildah="==++",
            ),
        ),
    ),
    Project(
        "copy-of-nothing",
        "a COPY of a pattern that fits no file makes the layer of nothing",
        (step({"Dockerfile": OF_NOTHING, **APP}), step({"app/main.py": "print(2)\n"}, "=+=")),
    ),
    Project(
        "identical-stage-output",
        "a stage that ran again and made the same bytes changes nothing after it",
        (
            step(
                {
                    "Dockerfile": "FROM shell:1 AS build\nCOPY app /in\nRUN cp /in/util.py /out.py\n"
                    + dockerfile("COPY --from=build /out.py /out.py", fill(200_000)),
                    **APP,
                }
            ),
            step({"app/main.py": "print(2)\n"}, "==="),
            step({"app/util.py": prose("util3", 200_000)}, "=++"),
        ),
    ),
    Project(
        "folder-over-folder",
        "a folder from a stage over one that the base has keeps its time, and makes the same blob again",
        (
            step(
                {
                    "Dockerfile": "FROM shell:1 AS build\nCOPY tool /usr/bin/tool\n"
                    + dockerfile("COPY app /app", "COPY --from=build /usr/bin /usr/bin"),
                    "tool": "1",
                    **APP,
                }
            ),
            step({"app/main.py": "print(2)\n"}, "=+="),
            step({"tool": "2"}, "==+"),
            step({"app/main.py": "print(3)\n", "tool": "3"}, "=++"),
        ),
    ),
    Project(
        "copy-part-of-stage",
        "COPY --from depends on the path that it takes, not on the rest of the stage",
        (
            step(
                {
                    "Dockerfile": "FROM shell:1 AS build\nCOPY app /in\nRUN cp /in/main.py /b && cp /in/util.py /a\n"
                    + dockerfile("COPY --from=build /a /a", fill(200_000)),
                    **APP,
                }
            ),
            step({"app/main.py": "print(2)\n"}, "==="),
            step({"app/util.py": prose("util4", 200_000)}, "=++"),
        ),
    ),
    Project(
        "copy-folder-of-stage",
        "COPY --from of a copied folder: the same files, whatever else the stage did",
        (
            step(
                {
                    "Dockerfile": "FROM scratch AS files\nCOPY assets /assets\nFROM shell:1\nENV A=1\n"
                    + fill(100_000)
                    + "COPY --from=files /assets /assets\n",
                    **APP,
                    **ASSETS,
                }
            ),
            step({"app/main.py": "print(2)\n"}, "==="),
            step({"assets/words.txt": prose("words2", 300_000)}, "==+"),
        ),
    ),
    two(
        "base-stage-changed",
        "a change in a stage that the target starts from re-makes what follows",
        f"FROM shell:1 AS base\n{fill(200_000)}FROM base\nCOPY app /app\nCOPY assets /srv/assets\n",
        f"FROM shell:1 AS base\n{fill(200_001)}FROM base\nCOPY app /app\nCOPY assets /srv/assets\n",
        "=+=+",
        {**APP, **ASSETS},
    ),
    two(
        "stage-renamed",
        "a stage's name is no part of anything",
        f"FROM shell:1 AS one\n{fill(200_000)}FROM one\nCOPY app /app\nCOPY --from=one /dep /dep2\n",
        f"FROM shell:1 AS two\n{fill(200_000)}FROM two\nCOPY app /app\nCOPY --from=two /dep /dep2\n",
        "====",
        APP,
    ),
    Project(
        "onbuild",
        "ONBUILD's instructions run in the stage that starts from it",
        (
            step(
                {
                    "Dockerfile": from_stage(
                        "base",
                        "ONBUILD COPY app /app",
                        f"ONBUILD {fill(100_000)}",
                        "FROM base",
                        fill(200_000, "/two"),
                    ),
                    **APP,
                }
            ),
            step({"unused": "1"}, "===="),
            step({"app/main.py": "print(6)\n"}, "=+++"),
        ),
    ),
    two(
        "from-scratch",
        "an image from scratch has no base layer",
        "FROM scratch\nCOPY assets /assets\nCOPY app /app\n",
        "FROM scratch\nENV A=1\nCOPY app /app\nCOPY assets /assets\n",
        "==",
        {**APP, **ASSETS},
    ),
    two(
        "base-tag-changed",
        "another tag with other layers: base and all that is not push-stable",
        f"FROM {SHARED}:1\n{fill(100_000)}COPY app /app\n",
        f"FROM {SHARED}:2\n{fill(100_000)}COPY app /app\n",
        "++=",
        APP,
        needs=("registry",),
    ),
    Project(
        "base-config-changed",
        "the same tag with the same layers and another config: nothing is made again",
        (
            step(
                {
                    "Dockerfile": f"FROM {SHARED}:base-config-changed\n{fill(100_000)}COPY app /srv/app\n",
                    **APP,
                },
                base="shell:1",
                build=("--pull",),
            ),
            step({}, "===", base="shell:relabelled", build=("--pull",), dlint=("--pull",)),
        ),
        needs=("registry",),
    ),
    Project(
        "base-tag-moved",
        "the same tag with other layers, found with --pull",
        (
            step(
                {
                    "Dockerfile": f"FROM {SHARED}:base-tag-moved\n{fill(100_000)}COPY app /app\n",
                    **APP,
                },
                base="shell:1",
                build=("--pull",),
            ),
            step({}, "++=", base="shell:2", build=("--pull",), dlint=("--pull",)),
        ),
        needs=("registry",),
    ),
)
