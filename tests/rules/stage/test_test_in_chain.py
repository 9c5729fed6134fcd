"""What `stage/test-in-chain` says beyond the examples of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, lines

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins

if TYPE_CHECKING:
    from pathlib import Path


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
        ("# no image unless the tests pass\nRUN npm test\n", []),
        ("RUN # fail early\\\n  npm test\n", []),
        ("# unit tests\nRUN npm test\n", [3]),
        ("RUN npm ci\n", []),
        ("RUN python -m build\n", []),
        ("RUN go test -c -o /t ./store\n", []),  # it runs none
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


def test_what_tests_weigh(tmp_path: Path) -> None:
    [found] = checked(
        tmp_path, "stage/test-in-chain", "FROM debian:12\nCOPY tests /t\n", "tests/a.bin 20kB\n"
    ).found
    assert found.cost is not None
    assert found.cost.image_bytes == pytest.approx(20_000, rel=0.1)


@pytest.mark.parametrize(
    ("command", "found"), [("-config test/config/a.json", []), ("-config /etc/latest/a.json", [2])]
)
def test_what_compose_starts_an_image_with(tmp_path: Path, command: str, found: list[int]) -> None:
    text = 'FROM debian:12\nCOPY ./test/ /test/\nENTRYPOINT ["/app"]\n'
    context = (
        "test/config/a.json 20kB\n.git/HEAD: x\n"
        f"compose.yaml: services:\\n  a:\\n    image: registry.example.com/a\\n"
        f"    build: .\\n    command: {command}\\n\n"
    )
    assert checked(tmp_path, "stage/test-in-chain", text, context).lines == found


@pytest.mark.parametrize(
    ("recipe", "found"),
    [
        (
            "Makefile: test:\\n\\tdocker compose run --rm \\\\n\\t\\tweb sh -c 'sync && pytest'\\n",
            [],
        ),
        ("Makefile: test:\\n\\tdocker compose exec web sh -c '\\n  cd /t\\n  pytest\\n'\\n", []),
        ('package.json: {"scripts": {"test": "docker run shop npm test"}}\\n', []),
        ("Makefile: up:\\n\\tdocker run shop:latest\\n", [2]),
        ("Makefile: test:\\n\\tdocker compose build && npm run test\\n", [2]),
    ],
)
def test_tests_that_run_in_a_container(tmp_path: Path, recipe: str, found: list[int]) -> None:
    text = "FROM debian:12\nCOPY tests /t\n"
    context = f"tests/a.py 20kB\n.git/HEAD: x\n{recipe}"
    assert checked(tmp_path, "stage/test-in-chain", text, context).lines == found
