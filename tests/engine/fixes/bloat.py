"""What is left in a layer."""

from __future__ import annotations

from harness.project import EPOCH, noise

from .case import APP, NODE, PYTHON, case, once

CASES = (
    case(
        "apt-lists",
        "bloat/pm-cache",
        """\
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends \\
        ca-certificates \\
        tini
COPY app.py /srv/
CMD ["tini", "python", "/srv/app.py"]
""",
        builders="buildkit docker",
    ),
    once(
        "apt-lists-heredoc",
        "bloat/pm-cache",
        """\
FROM debian:12.5-slim
RUN <<EOF
set -e
apt-get update
apt-get install -y --no-install-recommends tini
EOF
COPY app.py /srv/
""",
    ),
    once(
        "pip",
        "bloat/pm-cache",
        """\
FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY app.py .
""",
        PYTHON,
    ),
    once(
        "pip-exec-form",
        "bloat/pm-cache",
        """\
FROM python:3.12-slim
COPY requirements.txt /
RUN ["python", "-m", "pip", "install", "-r", "/requirements.txt"]
COPY app.py /srv/
""",
        PYTHON,
    ),
    once(
        "pip-loop",
        "bloat/pm-cache",
        "FROM python:3.12-slim\nRUN for each in six flask; do pip install $each; done\nCOPY app.py /srv/\n",
    ),
    once(
        "dnf-last",
        "bloat/pm-cache",
        "FROM fedora:40\nRUN test -e /none; \\\n    dnf install -y tini\nCOPY app.py /srv/\n",
    ),
    once(
        "npm-global",
        "bloat/pm-cache",
        """\
FROM node:22-slim
RUN set -eux; \\
    npm install -g serve@14.2.4; \\
    echo done
COPY app.py /srv/
""",
    ),
    once("apk", "bloat/pm-cache", "FROM alpine:3.20\nRUN apk add curl\nCOPY app.py /srv/\n"),
    once(
        "apk-update",
        "bloat/pm-cache",
        "FROM alpine:3.20\nRUN apk update && apk add curl\nCOPY app.py /srv/\n",
    ),
    once(
        "apk-update-alone",
        "bloat/pm-cache",
        "FROM alpine:3.20\nRUN apk update && apk add --no-cache curl\nCOPY app.py /srv/\n",
    ),
    once(
        "apk-upgrade",
        "bloat/pm-cache",
        """\
FROM alpine:3.20
RUN set -eux; \\
    apk update; \\
    # what the base has
    apk upgrade; \\
    apk add tini
COPY app.py /srv/
""",
    ),
    once(
        "apk-update-comment",
        "bloat/pm-cache",
        """\
FROM alpine:3.20
RUN apk update && \\
    # an init
    apk add tini && \\
    tini --version > /version
COPY app.py /srv/
""",
    ),
    once(
        "apk-update-condition",
        "bloat/pm-cache",
        "FROM alpine:3.20\nRUN test -e /none && apk update; apk add curl\nCOPY app.py /srv/\n",
    ),
    once("dnf", "bloat/pm-cache", "FROM fedora:40\nRUN dnf install -y tini\nCOPY app.py /srv/\n"),
    once(
        "zypper",
        "bloat/pm-cache",
        "FROM opensuse/leap:15.6\nRUN zypper --non-interactive install tini # a comment\nCOPY app.py /srv/\n",
    ),
    once(
        "yarn",
        "bloat/pm-cache",
        """\
FROM node:22-slim
WORKDIR /app
COPY package.json yarn.lock ./
RUN yarn install --frozen-lockfile
COPY app.py .
""",
        {**NODE, "yarn.lock": 'left-pad@^1.3.0:\n  version "1.3.0"\n'},
    ),
    once(
        "uv",
        "bloat/pm-cache",
        """\
FROM python:3.12-slim
COPY requirements.txt .
RUN uv pip install --system -r requirements.txt
COPY app.py /srv/
""",
        PYTHON,
    ),
    once(
        "composer",
        "bloat/pm-cache",
        """\
FROM php:8.3-cli
WORKDIR /app
COPY composer.json composer.lock ./
RUN composer install --no-dev
COPY app.py .
""",
        {
            **APP,
            "composer.json": '{"require": {"a/b": "^1.0"}}\n',
            "composer.lock": '{"packages": [\n{"name": "a/b", "version": "1.0.0"}]}\n',
        },
    ),
    case(
        "late-archive",
        "bloat/late-cleanup",
        """\
FROM debian:12.5-slim
RUN curl -fsSLo /tmp/tool.tar.gz https://example.com/tool-1.2.3.tar.gz && tar -xzf /tmp/tool.tar.gz -C /opt
RUN rm -rf /tmp/tool.tar.gz
COPY app.py /srv/
""",
    ),
    once(
        "late-lists",
        "bloat/late-cleanup",
        """\
FROM debian:12.5-slim
RUN apt-get update \\
 && apt-get install -y --no-install-recommends tini
RUN rm -rf /var/lib/apt/lists/*
COPY app.py /srv/
""",
    ),
    once(
        "late-row",
        "bloat/late-cleanup",
        """\
FROM debian:12.5-slim
WORKDIR /opt
RUN curl -fsSLo tool-1.2.3.tar.gz https://example.com/tool-1.2.3.tar.gz
RUN tar -xzf tool-1.2.3.tar.gz
# it is unpacked
RUN rm tool-1.2.3.tar.gz
COPY app.py /srv/
""",
        builders="buildkit docker",
    ),
    once(
        "archive-left",
        "bloat/archive-left",
        """\
FROM debian:12.5-slim
WORKDIR /opt
RUN curl -fsSLo tool-1.2.3.tar.gz https://example.com/tool-1.2.3.tar.gz && tar -xzf tool-1.2.3.tar.gz && ls
COPY app.py /srv/
""",
        unsafe=True,
    ),
    once(
        "dnf-row",
        "bloat/repeated-pm-transaction",
        """\
FROM fedora:40
RUN dnf install -y tini && dnf clean all
RUN dnf install -y ca-certificates && dnf clean all
COPY app.py /srv/
""",
        unsafe=True,
    ),
    once(
        "chmod-file",
        "bloat/metadata-copy-up",
        """\
FROM debian:12.5-slim
COPY tool /usr/bin/
RUN chmod +x /usr/bin/tool
COPY app.py /srv/
""",
        {"tool": noise("tool", 100_000)},
        builders="buildkit docker",
    ),
    once(
        "late-download",
        "bloat/late-cleanup",
        """\
FROM debian:12.5-slim
RUN mkdir -p /tmp/x && curl -fsSLo /tmp/x/tool.bin https://example.com/tool.bin; cp /tmp/x/tool.bin /opt/tool
RUN rm -rf /tmp/x
COPY app.py /srv/
""",
    ),
    case(
        "chown-copy",
        "bloat/metadata-copy-up",
        """\
FROM python:3.12-slim
RUN useradd -l --uid 2000 runner
COPY shop /app
RUN chown -R runner:runner /app
COPY app.py /srv/
USER runner
""",
        {**APP, "shop/model.bin": noise("model", 60_000)},
        unsafe=True,
        builders="buildkit docker",
    ),
    once(
        "chown-workdir",
        "bloat/metadata-copy-up",
        """\
FROM python:3.12-slim
WORKDIR /app
COPY shop app.py ./
RUN chown -R 1000:1000 /app
USER 1000
""",
        {**APP, "shop/model.bin": noise("model", 60_000)},
        unsafe=True,
    ),
    once(
        "chmod-add",
        "bloat/metadata-copy-up",
        """\
FROM debian:12.5-slim
ADD @HTTP@/tool-1.2.3 /usr/local/bin/tool
RUN chmod 755 /usr/local/bin/tool
COPY app.py /srv/
ENTRYPOINT ["tool"]
""",
        served={"tool-1.2.3": (noise("tool", 50_000), EPOCH)},
        unsafe=True,
    ),
    case(
        "dev-npm",
        "bloat/dev-deps-shipped",
        """\
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci && npm cache clean --force
COPY app.py .
CMD ["node", "app.js"]
""",
        NODE,
        unsafe=True,
    ),
    once(
        "dev-uv",
        "bloat/dev-deps-shipped",
        """\
FROM python:3.12-slim
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-cache --no-install-project
COPY app.py .
CMD ["python", "app.py"]
""",
        {
            **APP,
            "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n[dependency-groups]\ndev = ["pytest"]\n',
            "uv.lock": 'version = 1\n[[package]]\nname = "flask"\n[[package]]\nname = "pytest"\n',
        },
        unsafe=True,
    ),
    case(
        "git-clone",
        "bloat/git-history",
        "FROM debian:12.5-slim\nRUN git clone https://example.com/tool.git /opt/tool\nCOPY app.py /srv/\n",
        unsafe=True,
    ),
    once(
        "git-clone-branch",
        "bloat/git-history",
        """\
FROM debian:12.5-slim
WORKDIR /opt
RUN cd /opt && \\
    git clone --branch=v1 https://example.com/one.git && \\
    git clone https://example.com/two.git other
COPY app.py /srv/
""",
        unsafe=True,
    ),
    case(
        "recommends",
        "bloat/recommends",
        """\
FROM debian:12.5
RUN apt-get update && apt-get install -y nodejs && rm -rf /var/lib/apt/lists/*
COPY app.py /srv/
""",
        unsafe=True,
    ),
    once(
        "recommends-twice",
        "bloat/recommends",
        """\
FROM debian:12.5
RUN apt-get update; \\
    apt-get install -y \\
      # to edit settings
      nano \\
      nodejs; \\
    apt-get -y install tini; \\
    rm -rf /var/lib/apt/lists/*
COPY app.py /srv/
""",
        unsafe=True,
    ),
    case(
        "useradd",
        "bloat/useradd-lastlog",
        "FROM debian:12.5-slim\nRUN useradd --uid 200000 --create-home app2\nCOPY app.py /srv/\nUSER app2\n",
    ),
    once(
        "useradd-chain",
        "bloat/useradd-lastlog",
        "FROM debian:12.5-slim\nRUN mkdir /data && useradd -m -u 150000 app2 && chown app2 /data\nCOPY app.py /srv/\n",
    ),
)
