"""What stands in the wrong place."""

from __future__ import annotations

from harness.project import noise, prose

from .case import APP, NODE, PYTHON, case, once

SHA = (("--build-arg", "GIT_SHA=1111111"), ("--build-arg", "GIT_SHA=2222222"))
ASSETS = {**APP, "assets/model.bin": noise("model", 1_500_000), "src/a.py": "a\n"}

CASES = (
    case(
        "npm-below-source",
        "order/copy-before-install",
        """\
FROM node:22-slim
WORKDIR /app
COPY . .
RUN npm ci --omit=dev && npm cache clean --force
CMD ["node", "src/index.js"]
""",
        {**NODE, ".dockerignore": "Dockerfile\nnode_modules\n"},
        builders="buildkit docker",
    ),
    case(
        "pip-below-source",
        "order/copy-before-install",
        """\
FROM python:3.12-slim
WORKDIR /srv/app
# all of it
COPY . /srv/app
RUN pip install --no-cache-dir -r requirements.txt
EXPOSE 8000
CMD ["python", "app.py"]
""",
        PYTHON,
        unsafe=True,
    ),
    case(
        "pip-below-source-owned",
        "order/copy-before-install",
        """\
FROM python:3.12-slim
WORKDIR /srv/app
COPY --chown=1000:1000 . .
RUN pip install --no-cache-dir -r requirements.txt
USER 1000
""",
        PYTHON,
        unsafe=True,
    ),
    case(
        "go-build",
        "order/copy-before-install",
        """\
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /shop .

FROM debian:12.5-slim
COPY --from=build /shop /shop
COPY app.py /srv/
""",
        {
            **APP,
            "go.mod": "module example.com/shop\n",
            "go.sum": "example.com/lib v1.0.0 h1:x\n",
            "main.go": "package main\n",
        },
        unsafe=True,
    ),
    case(
        "split-apt",
        "order/split-update-install",
        """\
FROM debian:12.5-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY app.py /srv/
""",
    ),
    case(
        "split-apt-lists",
        "order/split-update-install",
        """\
FROM debian:12.5-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends \\
      # an init
      tini
COPY app.py /srv/
""",
        builders="buildkit docker",
    ),
    once(
        "split-apt-row",
        "order/split-update-install",
        """\
FROM debian:12.5-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends tini
RUN apt-get install -y --no-install-recommends curl
COPY app.py /srv/
""",
    ),
    case(
        "system-install",
        "order/system-install-after-source",
        """\
FROM python:3.12-slim
WORKDIR /app
COPY app.py shop ./
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
CMD ["tini", "python", "app.py"]
""",
    ),
    case(
        "system-install-comments",
        "order/system-install-after-source",
        """\
FROM alpine:3.20
RUN mkdir /data
# the source
COPY . /src
ENV LANG=C.UTF-8
# tools
RUN apk add --no-cache tini \\
    && apk add --no-cache curl
RUN python /src/app.py > /sum
""",
    ),
    once(
        "system-install-exec-form",
        "order/system-install-after-source",
        """\
FROM alpine:3.20
COPY app.py /src/
RUN ["apk", "add", "--no-cache", "tini", "curl"]
ENV A=b
""",
    ),
    case(
        "volatile-arg-label",
        "order/volatile-arg",
        """\
FROM debian:12.5-slim
ARG GIT_SHA=unknown
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
RUN mkdir /data
COPY app.py /srv/
LABEL org.opencontainers.image.revision=$GIT_SHA
""",
        build=SHA,
        builders="buildkit docker",
    ),
    case(
        "volatile-args",
        "order/volatile-arg",
        """\
FROM debian:12.5-slim

ARG GIT_SHA=unknown
LABEL revision=$GIT_SHA
ARG BUILD_DATE=unknown
LABEL created=$BUILD_DATE

RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY app.py /srv/
""",
        build=tuple(
            (*each, "--build-arg", f"BUILD_DATE={number}") for number, each in enumerate(SHA)
        ),
    ),
    case(
        "volatile-arg-env",
        "order/volatile-arg",
        """\
FROM golang:1.22 AS build
WORKDIR /src

# what the binary says about itself
ARG GIT_SHA
ENV GIT_SHA=$GIT_SHA

COPY go.mod go.sum ./
RUN go mod download

COPY . .
RUN go build -o /shop . && echo "$GIT_SHA" >> /version
""",
        {
            **APP,
            "go.mod": "module example.com/shop\n",
            "go.sum": "example.com/lib v1.0.0 h1:x\n",
            "main.go": "package main\n",
        },
        build=SHA,
        unsafe=True,
    ),
    case(
        "swap-copies",
        "order/volatile-before-stable",
        """\
FROM python:3.12-slim
WORKDIR /app
COPY src ./src
COPY assets ./assets
CMD ["python", "src/a.py"]
""",
        ASSETS,
        edit={"src/a.py": "b\n"},
        builders="buildkit docker",
    ),
    case(
        "swap-stage",
        "order/volatile-before-stable",
        """\
FROM node:22-slim AS deps
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci

FROM node:22-slim
WORKDIR /app
COPY src ./src
COPY --from=deps /app/node_modules ./node_modules
""",
        NODE,
        edit={"src/index.js": prose("another", 20_000)},
        unsafe=True,
    ),
    case(
        "swap-download",
        "order/volatile-before-stable",
        """\
FROM debian:12.5-slim
COPY src /app
RUN curl -fsSL https://example.com/runtime-3.1.tar.gz | tar -xz -C /opt
""",
        {**APP, "src/a.py": prose("a", 9000)},
        edit={"src/a.py": "b\n"},
        unsafe=True,
    ),
)
