"""Stages: which are used, what they test, what they hand on in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path


def lines(rule: str, text: str, name: str = "-") -> list[int]:
    checker = Checker(
        Spec(Overrides(isolated=True, select=(rule,))), Plugins(third_party=False).rules
    )
    return [each.place.start.line for each in checker.check(Task(name, text.encode())).diagnostics]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("FROM debian:12\nRUN ls\nFROM scratch\n", [1]),
        ("FROM debian:12\nFROM scratch\nCOPY --from=0 /a /a\n", []),
        ("FROM debian:12\nFROM alpine:3.20\nRUN --mount=from=0,target=/m ls /m\n", []),
        ("FROM debian:12 AS spare\nFROM scratch\n", []),  # for --target, as far as anyone knows
        ("ARG N=0\nFROM debian:12\nFROM alpine:3.20\nCOPY --from=$N /a /a\n", []),
        ("ARG B\nFROM debian:12\nFROM $B\n", []),
        ("ARG V\nFROM debian:12\nFROM alpine:$V\n", [2]),
        ("FROM debian:12\nFROM alpine:3.20\nONBUILD COPY --from=0 /a /a\n", []),
        ("FROM debian:12\n", []),
    ],
)
def test_unreachable(text: str, wanted: list[int]) -> None:
    assert lines("stage/unreachable", text) == wanted


def test_a_template_whose_stages_nobody_can_tell(tmp_path: Path) -> None:
    text = "FROM {{base}} AS build {{if x}}\nRUN make\nFROM debian:12\n"
    found = checked(tmp_path, "stage/unreachable", text).found
    assert [each.rule for each in found] == ["syntax/error"]


def test_where_the_repository_names_its_targets(tmp_path: Path) -> None:
    write_context(tmp_path, ".git/HEAD: ref: refs/heads/main\n.git/objects/\n.git/refs/\n")
    text = "FROM debian:12 AS web\nFROM debian:12 AS old\nFROM debian:12 AS test\nFROM debian:12 AS api\n"
    (tmp_path / "Dockerfile").write_text(text)
    checker = Checker(
        Spec(Overrides(select=("stage/unreachable",))), Plugins(third_party=False).rules
    )
    (tmp_path / "dlint.toml").write_text('targets = ["web"]\n')
    found = checker.check(Task((tmp_path / "Dockerfile").as_posix())).diagnostics
    assert [each.place.start.line for each in found] == [2]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("RUN cd /app && npm test\n", [2]),
        ("RUN npm run lint && npm run test:unit\n", [2]),
        ("RUN go vet ./... && go test ./...\n", [2]),
        ("RUN python manage.py test\n", [2]),
        ("RUN python3 -m pytest\n", [2]),
        ("RUN bundle exec rspec\n", [2]),
        ("RUN ./gradlew test\n", [2]),
        ("RUN npm test && npm run build\n", []),  # it makes something, too
        ("RUN mvn verify\n", []),
        ("RUN mvn package test\n", []),
        ("RUN ruff check --fix .\n", []),
        ("RUN npm ci\n", []),
        ("RUN python -m build\n", []),
        ("COPY tests /app/tests\n", [2]),
        ("COPY tests /app/tests\nCMD run-parts /app/tests\n", []),
        ("COPY tests /app/tests\nRUN pytest && make\n", []),
        ("COPY smoke-test.sh /\n", [2]),
        ("COPY test.conf /etc\n", []),
        (
            "COPY tests /app/tests\nENTRYPOINT npx playwright\nCMD test\n",
            [],
        ),  # that is what the image is for
        ("COPY tests /app/tests\nCMD pytest -q\n", []),
        ("COPY tests /app/tests\nCMD /app/serve --latest\n", [2]),
        ("COPY src tests /app/\n", []),
    ],
)
def test_tests_that_ship(text: str, wanted: list[int]) -> None:
    assert lines("stage/test-in-chain", f"FROM debian:12\n{text}") == wanted
    assert lines("stage/test-in-chain", f"FROM debian:12 AS test\n{text}") == []
    assert lines("stage/test-in-chain", f"FROM debian:12\n{text}", "-") == wanted


def test_a_file_that_is_for_tests(tmp_path: Path) -> None:
    (tmp_path / "lint.Dockerfile").write_text("FROM debian:12\nRUN eslint .\n")
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nRUN eslint .\n")
    checker = Checker(
        Spec(Overrides(isolated=True, select=("stage/test-in-chain",))),
        Plugins(third_party=False).rules,
    )
    assert not checker.check(Task((tmp_path / "lint.Dockerfile").as_posix())).diagnostics
    assert checker.check(Task((tmp_path / "Dockerfile").as_posix())).diagnostics


NODE = "FROM node:22 AS b\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\nCOPY . .\n"
SHIP = "FROM node:22-slim\nCOPY --from=b /app /app\n"


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (NODE + SHIP, True),
        (NODE + "RUN npm run build\n" + SHIP, True),
        (NODE.replace("npm ci", "uv sync --frozen") + SHIP, True),
        (NODE.replace("npm ci", "composer install") + SHIP, True),
        (
            NODE.replace("RUN", "ENV UV_PROJECT_ENVIRONMENT=/venv\nRUN").replace(
                "npm ci", "uv sync"
            )
            + SHIP,
            False,
        ),
        (NODE + "RUN rm -rf node_modules\n" + SHIP, False),
        (NODE + SHIP.replace("/app /app", "/app/dist /app"), False),
        (NODE + SHIP.replace("/app /app", "/ /"), False),  # bloat/copy-root-from-stage's
        (NODE + SHIP + "COPY --from=b /app/node_modules /app/node_modules\n", False),
        (NODE + SHIP.replace("--from=b", "--from=b --exclude=node_modules"), False),
        (NODE.replace("npm ci", "npm install -g serve") + SHIP, False),
        (NODE.replace("COPY . .", "COPY src src") + SHIP, False),
        (NODE + SHIP.replace("/app /app", "/$X /app"), False),
        (NODE + SHIP.replace("--from=b", "--from=busybox"), False),
        (NODE + SHIP + "FROM scratch\n", False),
        (
            "FROM node:22 AS b\nWORKDIR /app\nCOPY . .\nRUN npm ci\n" + SHIP,
            False,
        ),  # order/copy-before-install's
    ],
)
def test_in_one_piece(text: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(lines("stage/monolithic-copy-from", text)) is hit


def test_what_tests_weigh(tmp_path: Path) -> None:
    [found] = checked(
        tmp_path, "stage/test-in-chain", "FROM debian:12\nCOPY tests /t\n", "tests/a.bin 20kB\n"
    ).found
    assert found.cost is not None
    assert found.cost.image_bytes == pytest.approx(20_000, rel=0.1)


def test_what_the_lock_file_says_of_dependencies(tmp_path: Path) -> None:
    lock = '{"packages": {"": {}, "node_modules/a": {}, "node_modules/b": {}, "node_modules/c": {"link": true}}}'
    listing = f"package.json\npackage-lock.json: {lock}\nindex.js\n"
    [found] = checked(
        tmp_path,
        "stage/monolithic-copy-from",
        NODE.replace("package.json", "package*.json") + SHIP,
        listing,
    ).found
    assert found.cost is None  # nothing tells what a package of npm weighs
