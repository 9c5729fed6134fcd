"""What the smaller rules on bytes say beyond the examples of their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins

if TYPE_CHECKING:
    from pathlib import Path


def lines(rule: str, text: str) -> list[int]:
    checker = Checker(
        Spec(Overrides(isolated=True, select=(rule,))), Plugins(third_party=False).rules
    )
    return [
        each.place.start.line
        for each in checker.check(Task("Dockerfile", text.encode())).diagnostics
    ]


@pytest.mark.parametrize(
    ("rule", "run"),
    [
        ("bloat/recommends", "sudo apt install git -y"),
        ("bloat/recommends", "DEBIAN_FRONTEND=noninteractive apt-get -qq install git"),
        ("bloat/git-history", "git clone -b v1 https://example.com/a.git && make -C a"),
        ("bloat/useradd-lastlog", "useradd -u 123456 app"),
    ],
)
def test_a_hit(rule: str, run: str) -> None:
    assert lines(rule, f"FROM debian:12\nRUN {run}\n") == [2]


@pytest.mark.parametrize(
    ("rule", "run"),
    [
        ("bloat/recommends", "apt-get install -y git --no-install-recommends"),
        ("bloat/recommends", "apt-get -o APT::Install-Recommends=0 install -y git"),
        (
            "bloat/recommends",
            "echo 'APT::Install-Recommends 0;' > /etc/apt/apt.conf.d/x && apt-get install -y git",
        ),
        ("bloat/recommends", "apt-get install -y ./tool.deb"),
        ("bloat/recommends", "apt-get install -y unzip make"),  # they recommend nothing
        ("bloat/recommends", "apt-get install -y gnupg && apt-get purge -y --auto-remove gnupg"),
        (
            "bloat/recommends",
            "if a; then apt-get install -y git; if b; then if c; then d; fi fi; fi",
        ),  # not understood
        ("bloat/dev-deps-shipped", 'npm ci\nENTRYPOINT ["cypress", "run"]'),
        ("bloat/recommends", "apt-get upgrade -y"),
        ("bloat/git-history", "git clone --depth=1 https://example.com/a.git"),
        (
            "bloat/git-history",
            "git clone https://example.com/a.git && cd a && git checkout 0123456",
        ),
        ("bloat/git-history", "git clone https://example.com/a.git && make -C a && rm -rf a"),
        (
            "bloat/git-history",
            "git clone https://example.com/a.git && make -C /a && rm -rf /a",
        ),  # of the base's folder
        (
            "bloat/git-history",
            "git clone https://example.com/a.git && find . -name .git -exec rm -rf {} +",
        ),
        (
            "bloat/git-history",
            "--mount=type=tmpfs,target=/t git clone https://example.com/a.git /t/a",
        ),
        ("bloat/useradd-lastlog", "useradd -u 1000 app"),
        ("bloat/useradd-lastlog", "useradd -lmu 123456 app"),
    ],
)
def test_no_hit(rule: str, run: str) -> None:
    assert lines(rule, f"FROM debian:12\nRUN {run}\n") == []
    assert lines(rule, f"FROM debian:12 AS build\nRUN {run}\nFROM scratch\n") == []


def test_a_clone_is_found_where_it_stands() -> None:
    text = "FROM debian:12\nRUN make && \\\n  git clone https://example.com/a.git && cd a && rm -rf a\n"
    assert lines("bloat/git-history", text) == [3]  # deleted was what stood in the clone
    assert (
        lines(
            "bloat/git-history",
            f"FROM debian:12 AS app\nFROM app AS test\n{text.partition(chr(10))[2]}",
        )
        == []
    )


def test_what_is_moved_is_not_taken_for_a_deletion_that_misses(tmp_path: Path) -> None:
    run = "git clone https://example.com/tool.git && cd tool && {} tool"
    for last, count in (("rm -r", 1), ("mv -t /usr/bin", 0)):
        (found,) = checked(
            tmp_path, "bloat/git-history", f"FROM debian:12\nRUN {run.format(last)}\n"
        ).found
        assert len(found.notes) == count


def test_a_later_run_may_need_the_history() -> None:
    clone = "FROM debian:12\nRUN git clone https://example.com/a.git /a\nWORKDIR /a\n"
    assert lines("bloat/git-history", f"{clone}RUN git describe > version\n") == []
    assert lines("bloat/git-history", f"{clone}RUN make\n") == [2]
    other = "RUN git clone https://example.com/other.git && git -C other checkout v1"
    assert lines("bloat/git-history", f"{clone}{other} && rm -rf other\n") == [2]
    assert lines("bloat/git-history", f"{clone}{other} && git -C /a log\n") == []


@pytest.mark.parametrize(
    ("rule", "text", "wanted"),
    [
        (
            "bloat/archive-left",
            "ADD https://example.com/a.tgz /a.tgz\nRUN tar -xf /a.tgz && rm /a.tgz\n",
            [2],
        ),
        (
            "bloat/archive-left",
            "RUN curl -O https://example.com/a.tgz && tar -xf a.tgz && rm a.tgz\n",
            [],
        ),
        (
            "bloat/archive-left",
            "RUN cd $D && curl -O https://example.com/a.tgz && tar -xf a.tgz && rm -rf $D\n",
            [],
        ),
        ("bloat/archive-left", "ADD https://e.io/a.tgz .\nRUN tar -xf a.tgz\n", [2]),
        ("bloat/archive-left", "COPY made/a.zip made/b /t/\nRUN unzip /t/a.zip\n", [2]),
        (
            "bloat/archive-left",
            "ADD made/a.tgz /t/\nRUN tar -xf /t/a.tgz\n",
            [],
        ),  # ADD has unpacked it
        (
            "bloat/archive-left",
            "ARG V\nADD https://e.io/${V}.tgz /t/\nRUN tar -xf /t/$V.tgz\n",
            [3],
        ),
        ("bloat/archive-left", "RUN curl https://example.com/a.tgz | tar -x\n", []),
        (
            "bloat/archive-left",
            "RUN curl -o /dev/shm/a.tgz https://e.io/a.tgz && tar -xf /dev/shm/a.tgz\n",
            [],
        ),
        (
            "bloat/archive-left",
            "RUN curl -o /devel/a.tgz https://e.io/a.tgz && tar -xf /devel/a.tgz\n",
            [2],
        ),
        (
            "bloat/archive-left",
            "RUN curl -O https://example.com/a.tgz && tar -xf a.tgz && rm -rf /a*\n",
            [],
        ),
        ("bloat/archive-left", "RUN curl -O https://example.com/a.bz2 && bunzip2 -k a.bz2\n", []),
        (
            "bloat/archive-left",
            "RUN --mount=type=cache,target=/t cd /t && curl -O https://example.com/a-$V.tgz && tar -xf a-$V.tgz -C /\n",
            [],
        ),
        (
            "bloat/archive-left",
            "RUN curl -O https://e.io/a.tgz && tar -xf a.tgz && cd a && make && rm a.tgz\n",
            [2],
        ),
        (
            "bloat/archive-left",
            "RUN curl -O https://e.io/a-1.tgz && tar -xf a-1.tgz && mv a-1 /opt/a\n",
            [2],
        ),
        (
            "bloat/archive-left",
            "RUN curl -O https://e.io/a.tgz && tar xvfz a.tgz && mv a /opt\n",
            [2],
        ),
        (
            "bloat/archive-left",
            "RUN cd $D && curl -O https://e.io/a.tgz && tar -xf a.tgz && rm -rf $D/*\n",
            [],
        ),
        (
            "bloat/archive-left",
            "RUN curl -O https://example.com/a-$V.tgz && tar -xf a-$V.tgz && rm *.tgz\n",
            [],
        ),
        (
            "bloat/archive-left",
            "RUN curl -O https://example.com/a-$V.tgz && tar -xf a-$V.tgz && rm *.zip\n",
            [2],
        ),
        ("bloat/dev-deps-shipped", "RUN yarn install\nCMD node .\n", [2]),
        ("bloat/dev-deps-shipped", "ENV NODE_ENV=production\nRUN yarn install\n", []),
        ("bloat/dev-deps-shipped", "RUN npm ci && npm run build && npm prune --omit=dev\n", []),
        ("bloat/dev-deps-shipped", "RUN npm ci\nRUN npm run build\n", []),
        ("bloat/dev-deps-shipped", "RUN npm ci\nCMD npm run dev\n", []),
        ("bloat/dev-deps-shipped", "RUN npm ci\n", []),
        ("bloat/dev-deps-shipped", "ENV RAILS_ENV=production\nRUN npm ci\n", [3]),
        ("bloat/dev-deps-shipped", "RUN npm ci\nCMD bash\n", []),
        ("bloat/dev-deps-shipped", 'RUN npm ci\nENTRYPOINT ["/bin/sh"]\n', []),
        ("bloat/dev-deps-shipped", 'RUN npm ci\nENTRYPOINT ["/bin/sh", "/start.sh"]\n', [2]),
        ("bloat/dev-deps-shipped", "CMD npm run dev\nRUN npm ci\n", []),
        ("bloat/dev-deps-shipped", "CMD npm run dev\nRUN npm ci\nCMD node .\n", [3]),
        ("bloat/dev-deps-shipped", "ENV NODE_ENV=development\nRUN npm ci\nCMD node .\n", []),
        ("bloat/dev-deps-shipped", 'RUN npm ci\nCMD ["npm", "run", "gulp"]\n', []),
        ("bloat/dev-deps-shipped", "RUN npm install -g nodemon\nRUN npm ci\nCMD npm start\n", []),
        ("bloat/dev-deps-shipped", "RUN npm install -g pm2\nRUN npm ci\nCMD npm start\n", [3]),
        ("bloat/dev-deps-shipped", "RUN uv sync --frozen\nCMD uvicorn app\n", [2]),
        ("bloat/dev-deps-shipped", "RUN composer install --no-dev\n", []),
        (
            "bloat/copy-root-from-stage",
            "FROM debian:12\nCOPY --from=0 / /\n",
            [],
        ),  # no more than an image's other name
        ("bloat/copy-root-from-stage", "RUN make\nFROM scratch\nCOPY --from=0 / /\n", []),
        ("bloat/copy-root-from-stage", "RUN make\nFROM debian:12\nCOPY --from=0 / /\n", [4]),
        ("bloat/build-tools-shipped", "FROM golang\nCOPY --from=0 /app /app\nCMD /app\n", [2]),
        ("bloat/build-tools-shipped", "FROM golang\nCOPY --from=0 /app /app\nCMD go run .\n", []),
        (
            "bloat/build-tools-shipped",
            "FROM golang\nRUN go build -o /app\n",
            [],
        ),  # perhaps a toolchain's own image
        ("bloat/build-tools-shipped", "FROM rust:1\nRUN cargo build\nCMD target/app\n", [2]),
    ],
)
def test_whole_files(rule: str, text: str, wanted: list[int]) -> None:
    assert lines(rule, f"FROM debian:12\n{text}") == wanted


@pytest.mark.parametrize(
    ("run", "mended"),
    [
        (
            "curl -O https://x.test/a.tgz && tar -xf a.tgz && make",
            "curl -O https://x.test/a.tgz && tar -xf a.tgz && rm a.tgz && make",
        ),
        (
            "wget -O /t/$V.zip https://x.test/$V.zip; \\\n    unzip /t/$V.zip; \\\n    make",
            "wget -O /t/$V.zip https://x.test/$V.zip; \\\n    unzip /t/$V.zip; \\\n    rm /t/$V.zip; \\\n    make",
        ),
        (
            "curl -O https://x/a.tgz && wget https://x/b.zip && tar -xf a.tgz && unzip b.zip",
            "curl -O https://x/a.tgz && wget https://x/b.zip && tar -xf a.tgz && rm a.tgz && unzip b.zip && rm b.zip",
        ),
        ("curl -O https://x.test/a.tgz && tar -xf a.tgz && sha256sum a.tgz", None),
        ("curl -O https://x.test/a.tgz && tar -xf a.tgz | cat", None),
    ],
)
def test_an_archive_is_deleted_behind_what_unpacks_it(
    tmp_path: Path, run: str, mended: str | None
) -> None:
    found = checked(tmp_path, "bloat/archive-left", f"FROM debian:12\nRUN {run}\n")
    assert found.fixed == f"FROM debian:12\nRUN {mended or run}\n"


def test_the_start_script_says_whether_it_starts_for_development(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\nCMD npm start\n"
    manifest = 'package.json: {{"scripts": {{"start": "{}"}}, "devDependencies": {{"vite": "5"}}}}'
    for script, wanted in (("node server.js", [4]), ("nodemon server.js", [])):
        assert (
            checked(
                tmp_path, rule="bloat/dev-deps-shipped", text=text, context=manifest.format(script)
            ).lines
            == wanted
        )


def test_npm_is_told_in_words_that_it_knows(tmp_path: Path) -> None:
    text = "FROM node:{}\nRUN npm install\nCMD node .\n"
    for version, flag in (("14.9-alpine", "--only=production"), ("22", "--omit=dev")):
        (found,) = checked(tmp_path, rule="bloat/dev-deps-shipped", text=text.format(version)).found
        assert found.repair
        assert found.repair.title == f"leave them out: `{flag}`"
