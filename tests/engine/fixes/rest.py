"""The context, mounts, lock files, and files with several faults."""

from __future__ import annotations

from harness.project import Shared, noise

from .case import APP, NODE, PYTHON, case, once

PERSISTENT = {"dlint.toml": "persistent-builder = true\n"}
SEVERAL_PLATFORMS = """\
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: docker/setup-qemu-action@v3
      - uses: docker/setup-buildx-action@v3
      - uses: docker/build-push-action@v6
        with:
          platforms: linux/amd64,linux/arm64
          push: true
          tags: registry.local/shop:1
"""
WEB = """\
FROM node:22-slim
WORKDIR /app
COPY web/package.json web/package-lock.json ./
RUN npm ci --omit=dev && npm cache clean --force
COPY web .
CMD ["node", "app.js"]
"""
WEB_FILES = {
    **{f"web/{path}": change for path, change in NODE.items()},
    ".gitignore": "node_modules\n",
    ".dockerignore": "Dockerfile\n.git\n",
}

CASES = (
    case(
        "bind-package",
        "mount/bind-instead-of-copy",
        """\
FROM debian:12.5-slim
COPY vendor/driver_2.1_amd64.deb /tmp/driver.deb
RUN apt-get install -y --no-install-recommends /tmp/driver.deb
COPY app.py /srv/
""",
        {**APP, "vendor/driver_2.1_amd64.deb": noise("deb", 50_000)},
        unsafe=True,
    ),
    case(
        "bind-script",
        "mount/bind-instead-of-copy",
        """\
FROM debian:12.5-slim
COPY setup.sh /opt/setup/setup.sh
RUN sh /opt/setup/setup.sh
COPY app.py /srv/
""",
        {**APP, "setup.sh": "#!/bin/sh\nmkdir /data\necho ready > /data/state\n"},
        unsafe=True,
    ),
    case(
        "cache-pip",
        "mount/missing-cache",
        """\
FROM python:3.12-slim
COPY requirements.txt /tmp/
RUN pip install -r /tmp/requirements.txt
COPY app.py /srv/
""",
        {**PYTHON, **PERSISTENT},
        unsafe=True,
    ),
    once(
        "cache-npm",
        "mount/missing-cache",
        """\
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY app.py ./
""",
        {**NODE, **PERSISTENT},
        unsafe=True,
    ),
    case(
        "cache-option",
        "mount/wrong-target",
        """\
FROM python:3.12-slim
COPY requirements.txt /tmp/
RUN --mount=type=cache,target=/root/.cache/pip:rw pip install -r /tmp/requirements.txt
COPY app.py /srv/
""",
        PYTHON,
        unsafe=True,
    ),
    case(
        "sharing",
        "mount/sharing",
        """\
FROM debian:12.5-slim
RUN --mount=type=cache,target=/var/cache/apt \\
    --mount=type=cache,target=/var/lib/apt,sharing=shared \\
    apt-get update && apt-get install -y --no-install-recommends curl
COPY app.py /srv/
""",
    ),
    case(
        "npm-install",
        "pin/lockfile-install",
        """\
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm install --omit=dev && npm cache clean --force
COPY app.py ./
""",
        NODE,
    ),
    once(
        "yarn-install",
        "pin/lockfile-install",
        """\
FROM node:22-slim
WORKDIR /app
COPY package.json yarn.lock ./
RUN yarn install --no-frozen-lockfile && yarn cache clean
COPY app.py ./
""",
        {
            "package.json": '{"name": "shop", "dependencies": {"left-pad": "^1.3.0"}}\n',
            "yarn.lock": 'left-pad@^1.3.0:\n  version "1.3.0"\n',
        },
        unsafe=True,  # it says --no-frozen-lockfile
    ),
    case(
        "digest",
        "pin/base-digest",
        """\
FROM @NAMED@/bases/shell:1 AS base

FROM base
# the same once more
COPY --from=@NAMED@/bases/shell:1 /etc/group /etc/groups
COPY app.py /srv/
""",
        {
            **APP,
            "dlint.toml": '[pin.base-digest]\nresolve = true\ninsecure-registries = ["@NAMED@"]\n',
        },
        builders="buildkit docker",
        needs=("insecure registry",),
    ),
    case(
        "shared-files",
        "order/base-copy-mode-bits",
        "FROM debian:12.5-slim\nCOPY config/shop.toml config/prices.toml /etc/shop/\nCOPY app.py /srv/\n",
        {**APP, "config/shop.toml": Shared("a = 1\n"), "config/prices.toml": Shared("b = 2\n")},
        unsafe=True,
    ),
    case(
        "git-copied",
        "context/git-copied",
        'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n',
        APP,
        history=(),
    ),
    case(
        "git-copied-unended-ignore-file",
        "context/git-copied",
        'FROM python:3.12-slim\nCOPY . /app\nCMD ["python", "/app/app.py"]\n',
        {**APP, ".dockerignore": "*.md\nDockerfile"},
        history=(),
    ),
    case(
        "node-modules",
        "context/heavy-junk",
        """\
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev && npm cache clean --force
COPY . .
""",
        {
            **NODE,
            ".gitignore": "node_modules\n",
            ".dockerignore": "Dockerfile\n.git\n",
            "node_modules/host-only/index.js": noise("host", 3_000_000),
        },
        history=(),
    ),
    case(
        "node-modules-of-a-folder",
        "context/heavy-junk",
        WEB,
        {
            **WEB_FILES,
            "web/node_modules/host-only/index.js": noise("host", 300_000),
        },
        history=(),
    ),
    case(
        "node-modules-to-come",
        "context/heavy-junk",
        WEB,
        WEB_FILES,
        edit={"web/node_modules/host-only/index.js": noise("host", 300_000)},
        history=(),
    ),
    case(
        "documents",
        "context/volatile-unused",
        'FROM python:3.12-slim\nCOPY . /app\nCMD ["python", "/app/app.py"]\n',
        {
            **APP,
            "names.db": noise("names", 1_200_000),  # less than 1 MiB is not reported
            "README.md": "0\n",
            ".github/workflows/ci.yml": "on: push\n",
            ".dockerignore": "Dockerfile\n.git\n",
        },
        edit={"README.md": "one more\n"},
        unsafe=True,
        history=tuple({"README.md": f"{number}\n"} for number in range(1, 20)),
    ),
    case(
        "ignored-comment",
        "context/ignore-lint",
        "FROM node:22-slim\nCOPY . /app\n",
        {
            **APP,
            "web/node_modules/left-pad/index.js": noise("pad", 20_000),
            ".dockerignore": "Dockerfile\n**/node_modules # the host's\ncoverage\n",
        },
        unsafe=True,
    ),
    once(
        "ignored-deep",
        "context/ignore-lint",
        "FROM node:22-slim\nCOPY . /app\n",
        {
            **APP,
            "web/node_modules/left-pad/index.js": noise("pad", 20_000),
            "web/package.json": "{}\n",
            ".dockerignore": "Dockerfile\nnode_modules\n",
        },
        unsafe=True,
    ),
    case(
        "emulated-go",
        "stage/emulated-build",
        """\
FROM golang:1.22 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY main.go ./
RUN CGO_ENABLED=0 go build -o /shop .

FROM debian:12.5-slim
COPY --from=build /shop /shop
COPY app.py /srv/
""",
        {
            **APP,
            "go.mod": "module example.com/shop\n",
            "go.sum": "example.com/lib v1.0.0 h1:x\n",
            "main.go": "package main\n",
            ".github/workflows/image.yml": SEVERAL_PLATFORMS,
        },
        unsafe=True,
        history=(),
    ),
    case(
        "several-python",
        "order/copy-before-install order/system-install-after-source bloat/pm-cache bloat/recommends",
        """\
# syntax is the engine's own
FROM python:3.12
ENV A=1 \\
    B=2
WORKDIR /app
COPY . .
RUN apt-get update && apt-get install -y tini nodejs
RUN pip install -r requirements.txt
LABEL maintainer="someone"
EXPOSE 8000
HEALTHCHECK CMD true
CMD ["tini", "python", "app.py"]
""",
        PYTHON,
        unsafe=True,
        builders="buildkit docker",
    ),
    case(
        "several-node",
        "order/copy-before-install bloat/pm-cache bloat/dev-deps-shipped pin/lockfile-install",
        """\
FROM node:22-slim
WORKDIR /app
COPY . .
RUN npm install
USER 1000
CMD ["node", "src/index.js"]
""",
        NODE,
        unsafe=True,
    ),
    case(
        "several-debian",
        "bloat/late-cleanup bloat/recommends bloat/useradd-lastlog order/volatile-arg",
        """\
FROM debian:12.5
ARG GIT_SHA=0
RUN apt-get update && apt-get install -y tini nodejs
RUN rm -rf /var/lib/apt/lists/*
RUN useradd --uid 120000 runner
COPY app.py /srv/
LABEL revision=$GIT_SHA
USER runner
""",
        unsafe=True,
        build=(("--build-arg", "GIT_SHA=1"), ("--build-arg", "GIT_SHA=2")),
    ),
)
