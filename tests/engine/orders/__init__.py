"""Projects whose Dockerfiles `dlint order` puts in order, to be replayed before and after.

Their bases have stand-ins for package managers (standins/), so an install is a matter of
milliseconds.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from harness.project import Project, noise, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.project import Change

LINES = (
    "def {0}_{1}({2}, {3}=None):",
    "    {0} = self.{1}_{2}({3}, {4}={5})",
    "    if {0} is None or {1} > {5}:",
    '        raise ValueError(f"{0} of {1} must be a {2}, not {{{3}}}")',
    "    return [{0}.{1} for {0} in {2}_{3} if {0}.{4}]",
    "    # the {0} that the {1} has of its {2}",
    "",
)
NAMES = (
    *(
        "account",
        "address",
        "amount",
        "basket",
        "billing",
        "buyer",
        "cart",
        "catalogue",
        "charge",
        "city",
        "code",
    ),
    *(
        "coupon",
        "customer",
        "date",
        "delivery",
        "discount",
        "email",
        "entry",
        "event",
        "image",
        "invoice",
        "item",
    ),
    *(
        "label",
        "language",
        "ledger",
        "limit",
        "line",
        "locale",
        "mail",
        "model",
        "name",
        "note",
        "number",
        "offer",
    ),
    *(
        "order",
        "owner",
        "page",
        "parcel",
        "payment",
        "phone",
        "price",
        "product",
        "query",
        "rate",
        "receipt",
    ),
    *(
        "refund",
        "region",
        "report",
        "request",
        "response",
        "review",
        "season",
        "seller",
        "session",
        "shelf",
        "shop",
    ),
    *(
        "slot",
        "state",
        "status",
        "stock",
        "store",
        "street",
        "summary",
        "ticket",
        "title",
        "token",
        "user",
        "zone",
    ),
)
IGNORED: Mapping[str, Change] = {".dockerignore": "Dockerfile\n"}


def source(label: str, size: int) -> str:
    """Return about `size` bytes of a program's text, the same for the same label."""
    pick = random.Random(label)  # noqa: S311 - test data
    lines = (
        pick.choice(LINES).format(*pick.choices(NAMES, k=5), pick.randrange(1000))
        for _ in range(size // 36)
    )
    return "\n".join(lines) + "\n"


def packages(*names: str) -> str:
    """Return a package-lock.json."""
    entries = "".join(f',\n"node_modules/{name}": {{"version": "1.0.0"}}' for name in names)
    wanted = ", ".join(f'"{name}": "^1.0.0"' for name in names)
    return f'{{"name": "shop", "lockfileVersion": 3, "packages": {{\n"": {{"dependencies": {{{wanted}}}}}{entries}}}}}\n'


def manifest(*names: str) -> str:
    """Return a package.json."""
    wanted = ",\n".join(f'"{name}": "^1.0.0"' for name in names)
    return f'{{"name": "shop",\n"dependencies": {{{wanted}}}}}\n'


LIBRARIES = tuple(f"library-{number}" for number in range(12))
NODE: Mapping[str, Change] = {
    "package.json": manifest(*LIBRARIES),
    "package-lock.json": packages(*LIBRARIES),
    "server.js": source("server", 9_000),
    "src/cart.js": source("cart", 60_000),
}
MORE: Mapping[str, Change] = {
    "package.json": manifest(*LIBRARIES, "another"),
    "package-lock.json": packages(*LIBRARIES, "another"),
}


def edits(path: str, size: int, count: int) -> list[Mapping[str, Change]]:
    """Return `count` changes of a file of text."""
    return [{path: source(f"{path} {number}", size)} for number in range(count)]


def project(
    name: str,
    shows: str,
    dockerfile: str,
    files: Mapping[str, Change],
    *changes: Mapping[str, Change],
) -> Project:
    """Return a project: the files, then a commit for each change."""
    first = {**IGNORED, **files, "Dockerfile": dockerfile}
    return Project(name, shows, tuple(step(change) for change in (first, *changes)))


SOURCE = edits("src/cart.js", 60_000, 4)

PROJECTS = {
    each.name: each
    for each in (
        project(
            "node-manifest",
            "the manifest is split off the source, and the install moves up",
            """\
FROM node:22-slim
WORKDIR /app
COPY . .
RUN npm ci --omit=dev && npm cache clean --force
CMD ["node", "server.js"]
""",
            NODE,
            *SOURCE[:3],
            MORE,
            *SOURCE[3:],
        ),
        project(
            "yarn-owned",
            "as node-manifest, with files of another owner",
            """\
FROM node:22-slim
WORKDIR /srv/app
ENV NODE_ENV=production
COPY --chown=1000:1000 . .
RUN yarn install --frozen-lockfile && yarn cache clean
USER 1000
CMD ["node", "server.js"]
""",
            {
                "package.json": manifest(*LIBRARIES),
                "yarn.lock": "".join(f'{name}@^1.0.0:\n  version "1.0.0"\n' for name in LIBRARIES),
                "server.js": source("server", 9_000),
            },
            *edits("server.js", 9_000, 4),
        ),
        project(
            "apt-below-source",
            "the distribution's packages go above the source",
            """\
FROM debian:12.5-slim
WORKDIR /srv
COPY app ./app
COPY conf/app.ini /etc/app.ini
RUN apt-get update && apt-get install -y --no-install-recommends tini curl git && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["tini", "--"]
""",
            {"app/main.py": source("main", 30_000), "conf/app.ini": "a=1\n"},
            *edits("app/main.py", 30_000, 2),
            {"conf/app.ini": "a=2\n"},
            *edits("app/more.py", 20_000, 1),
        ),
        project(
            "python-requirements",
            "three copies in the order of how often they change",
            """\
FROM python:3.11-slim
WORKDIR /app
COPY shop ./shop
COPY templates ./templates
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
EXPOSE 8000
CMD ["python", "-m", "shop"]
""",
            {
                "requirements.txt": "".join(f"package{number}==1.0\n" for number in range(9)),
                "shop/web.py": source("web", 50_000),
                "templates/a.html": source("a", 90_000),
            },
            *edits("shop/web.py", 50_000, 2),
            *edits("templates/a.html", 90_000, 1),
            {"requirements.txt": "".join(f"package{number}==1.0\n" for number in range(10))},
            *edits("shop/new.py", 5_000, 1),
        ),
        project(
            "static-assets",
            "large and stable above small and lively, where each layer carries its folder's time",
            """\
FROM debian:12.5-slim
WORKDIR /srv/www
COPY pages ./pages
COPY images ./images
COPY fonts ./fonts
LABEL description="a site"
EXPOSE 80
""",
            {
                "pages/index.html": source("index", 20_000),
                "images/photo.jpg": noise("photo", 900_000),
                "fonts/sans.woff2": noise("sans", 300_000),
            },
            *edits("pages/index.html", 20_000, 3),
            {"images/another.jpg": noise("another", 80_000)},
        ),
        project(
            "big-model",
            "a model of some megabytes below three things that change",
            """\
FROM python:3.11-slim
RUN mkdir -p /opt/app /opt/model
COPY app /opt/app/code
COPY settings.toml version.txt /opt/app/
COPY model /opt/model/current
VOLUME /data
WORKDIR /opt/app
CMD ["python", "code/main.py"]
""",
            {
                "app/main.py": source("main", 10_000),
                "settings.toml": "a = 1\n",
                "version.txt": "1\n",
                "model/weights.bin": noise("weights", 3_000_000),
            },
            *edits("app/main.py", 10_000, 2),
            {"version.txt": "2\n"},
            {"version.txt": "3\n", "app/main.py": source("main again", 10_000)},
            {"settings.toml": "a = 2\n"},
        ),
        project(
            "go-stages",
            "the program that is built anew at each commit comes last",
            """\
FROM golang:1.22 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd cmd
RUN go build -o /shop ./cmd

FROM debian:12.5-slim
WORKDIR /opt/shop
COPY --from=build /shop bin/shop
COPY --from=build /go/pkg/mod lib
COPY migrations migrations
USER 65534
ENTRYPOINT ["/opt/shop/bin/shop"]
""",
            {
                "go.mod": "module example.com/shop\n",
                "go.sum": "".join(f"example.com/lib{number} v1.0.0 h1:x\n" for number in range(9)),
                "cmd/main.go": "package main\n",
                "migrations/1.sql": source("sql", 200_000),
            },
            *edits("cmd/main.go", 3_000, 2),
            {"migrations/2.sql": source("more sql", 4_000)},
            *edits("cmd/store.go", 3_000, 1),
        ),
        project(
            "settings-in-between",
            "ENV, ARG and USER stay with the steps that they are for",
            """\
FROM node:22-slim
ARG FLAVOUR=plain
ENV FLAVOUR=$FLAVOUR LANG=C.UTF-8
WORKDIR /app
COPY src ./src
RUN echo "$FLAVOUR" > /flavour
ENV NODE_ENV=production
COPY package.json package-lock.json ./
RUN npm ci && npm cache clean --force
ARG TITLE="a shop"
RUN echo "$TITLE" > /title
ENV PORT=8080
USER 1000
CMD ["node", "src/cart.js"]
""",
            NODE,
            *SOURCE,
            MORE,
        ),
        project(
            "web-and-api",
            "dependencies, pages and program of three stages",
            """\
FROM node:22-slim AS web
WORKDIR /web
COPY package.json package-lock.json ./
RUN npm ci
COPY src ./src
RUN npm run build

FROM python:3.11-slim AS libraries
COPY requirements.txt /
RUN pip install --no-cache-dir -r /requirements.txt

FROM python:3.11-slim
WORKDIR /app
COPY api ./api
COPY --from=web /web/dist ./static
COPY --from=libraries /usr/lib/python3/dist-packages ./libraries
HEALTHCHECK CMD true
CMD ["python", "api/main.py"]
""",
            {
                **NODE,
                "requirements.txt": "".join(f"package{number}==1.0\n" for number in range(9)),
                "api/main.py": source("api", 20_000),
            },
            *edits("api/main.py", 20_000, 3),
            *SOURCE[:1],
        ),
        project(
            "in-order",
            "nothing is better, and nothing is offered",
            """\
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci && npm cache clean --force
COPY src ./src
CMD ["node", "src/cart.js"]
""",
            NODE,
            *SOURCE,
        ),
    )
}
IN_ORDER = frozenset(["in-order"])
