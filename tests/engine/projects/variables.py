"""ARG and ENV: which steps they are part of."""

from __future__ import annotations

from harness.project import Project, noise, step

from .words import APP, ASSETS, dockerfile, fill, two

PROJECTS = (
    two(
        "arg-default-before-run",
        "an ARG's value is part of every RUN after it, used or not; not of COPY",
        dockerfile("ARG SHA=a", "COPY assets /assets", fill(300_000), "COPY app /app"),
        dockerfile("ARG SHA=b", "COPY assets /assets", fill(300_000), "COPY app /app"),
        "==+=",
        {**APP, **ASSETS},
        classic="=+++",
    ),
    Project(
        "arg-from-command-line",
        "--build-arg counts where the Dockerfile declares it, and only there",
        (
            step(
                {"Dockerfile": dockerfile("ARG SHA", fill(300_000), "COPY app /app"), **APP},
                build=("--build-arg", "SHA=1"),
            ),
            step({}, "=+=", build=("--build-arg", "SHA=2"), dlint=("--build-arg", "SHA=2")),
            step(
                {},
                "===",
                build=("--build-arg", "SHA=2", "--build-arg", "OTHER=1"),
                dlint=("--build-arg", "SHA=2", "--build-arg", "OTHER=1"),
            ),
        ),
    ),
    two(
        "arg-without-value",
        "an ARG that has no value changes nothing",
        dockerfile(fill(300_000), "COPY app /app"),
        dockerfile("ARG SHA", fill(300_000), "COPY app /app"),
        "===",
        APP,
    ),
    two(
        "arg-proxy",
        "a proxy's build argument needs no declaration and is no part of a RUN",
        dockerfile(fill(300_000)),
        dockerfile(fill(300_000)),
        "==",
        build=("--build-arg", "HTTP_PROXY=http://proxy.local:3128"),
        dlint=("--build-arg", "HTTP_PROXY=http://proxy.local:3128"),
    ),
    two(
        "arg-global-only",
        "an ARG before FROM that no stage declares changes nothing",
        f"ARG V=1\n{dockerfile(fill(300_000))}",
        f"ARG V=2\n{dockerfile(fill(300_000))}",
        "==",
    ),
    two(
        "arg-global-declared",
        "an ARG before FROM counts once a stage declares it",
        f"ARG V=1\n{dockerfile(fill(100_000, '/one'), 'ARG V', fill(300_000))}",
        f"ARG V=2\n{dockerfile(fill(100_000, '/one'), 'ARG V', fill(300_000))}",
        "==+",
    ),
    two(
        "arg-overridden-by-env",
        "ENV of the same name stands over ARG: its changes are not seen by RUN",
        dockerfile("ARG MODE=a", "ENV MODE=fixed", fill(300_000)),
        dockerfile("ARG MODE=b", "ENV MODE=fixed", fill(300_000)),
        "==",
    ),
    two(
        "arg-inherited-through-stage",
        "FROM stage brings that stage's ARGs along",
        f"FROM shell:1 AS base\nARG SHA=a\nFROM base\n{fill(300_000)}",
        f"FROM shell:1 AS base\nARG SHA=b\nFROM base\n{fill(300_000)}",
        "=+",
    ),
    two(
        "arg-in-copy-source",
        "a COPY sees an ARG only through its own words",
        dockerfile("ARG WHICH=one", "COPY ${WHICH}.bin /data.bin", "COPY app /app"),
        dockerfile("ARG WHICH=two", "COPY ${WHICH}.bin /data.bin", "COPY app /app"),
        "=+=",
        {"one.bin": noise("one", 90_000), "two.bin": noise("two", 120_000), **APP},
    ),
    two(
        "env-before-copy",
        "ENV alone makes no layer and leaves COPY alone",
        dockerfile("ENV A=1", "COPY assets /assets", "COPY app /app"),
        dockerfile("ENV A=2", "COPY assets /assets", "COPY app /app"),
        "===",
        {**APP, **ASSETS},
    ),
    two(
        "env-before-run",
        "ENV is part of every RUN after it",
        dockerfile(fill(50_000, "/one"), "ENV A=1", fill(300_000), "COPY app /app"),
        dockerfile(fill(50_000, "/one"), "ENV A=2", fill(300_000), "COPY app /app"),
        "==+=",
        APP,
    ),
    two(
        "env-moved-below-run",
        "moving an ENV below a RUN is a change for that RUN",
        dockerfile("ENV A=1", fill(200_000)),
        dockerfile(fill(200_000), "ENV A=1"),
        "=+",
    ),
)
