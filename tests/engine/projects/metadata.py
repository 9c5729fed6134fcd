"""Instructions that make no layer."""

from __future__ import annotations

from .words import ANYBODYS, APP, ASSETS, dockerfile, fill, two

PROJECTS = (
    two(
        "label-early",
        "a LABEL makes no layer; the classic builder and buildah re-make all that follows it",
        dockerfile("LABEL v=1", fill(300_000), "COPY app /app"),
        dockerfile("LABEL v=2", fill(300_000), "COPY app /app"),
        "===",
        APP,
        classic="=++",
        buildah="=++",
    ),
    two(
        "label-only",
        "a LABEL at the end: config and manifest only",
        dockerfile(fill(300_000), "LABEL v=1"),
        dockerfile(fill(300_000), "LABEL v=2"),
        "==",
        classic="==",
        buildah="==",
    ),
    two(
        "entrypoint-only",
        "ENTRYPOINT, CMD, EXPOSE, VOLUME, HEALTHCHECK, STOPSIGNAL and MAINTAINER make no layers",
        dockerfile('ENTRYPOINT ["sh"]', fill(300_000)),
        dockerfile(
            'ENTRYPOINT ["cat"]',
            'CMD ["/etc/passwd"]',
            "EXPOSE 80",
            "VOLUME /data",
            "HEALTHCHECK NONE",
            "STOPSIGNAL SIGINT",
            "LABEL a=b",
            fill(300_000),
        ),
        "==",
    ),
    two(
        "user-before-run",
        "USER is part of every RUN after it",
        dockerfile("USER root", fill(300_000, ANYBODYS)),
        dockerfile("USER app", fill(300_000, ANYBODYS)),
        "=+",
    ),
    two(
        "user-before-copy",
        "USER leaves COPY alone",
        dockerfile("USER root", "COPY assets /assets"),
        dockerfile("USER app", "COPY assets /assets"),
        "==",
        ASSETS,
    ),
    two(
        "shell-before-run",
        "SHELL changes the command line of every RUN after it in shell form",
        dockerfile('SHELL ["/bin/sh", "-c"]', fill(300_000), 'RUN ["touch", "/x"]'),
        dockerfile('SHELL ["/bin/sh", "-e", "-c"]', fill(300_000), 'RUN ["touch", "/x"]'),
        "=++",
    ),
)
