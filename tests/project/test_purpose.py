"""What the place of a Dockerfile says of what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.project.purpose import (
    is_aside,
    is_example,
    is_for_development,
    is_for_tests,
    is_said_to_stay,
    is_test_data,
    is_vendored,
)
from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

_USES = "      - uses: docker/build-push-action@v6\n"
RULES = Plugins(third_party=False).rules


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("lib/reader/__fixtures__/Dockerfile", True),
        ("pkg/parse/testdata/1.Dockerfile", True),
        ("tests/fixtures/bad/Dockerfile", True),
        ("fixtures/Dockerfile", False),  # of an application
        ("fixtures/Dockerfile.web", False),
        ("lib/reader/fixtures/invalid.Dockerfile", True),
        ("lib/reader/fixtures/Dockerfile.empty", True),
        ("tests/Dockerfile", False),
        ("Dockerfile.testdata", False),
    ],
)
def test_what_tests_read(path: str, wanted: bool) -> None:  # noqa: FBT001  a column
    assert is_test_data(path) is wanted


@pytest.mark.parametrize(
    ("folder", "build", "wanted", "is_data"),
    [
        ("lib/testdata", "", "info", True),
        ("lib/testdata", " -f {} .", "error", False),
        ("lib/tests", "", "info", False),
        ("lib/tests", " -f {} .", "error", False),
        ("lib/parser", "", "error", False),
    ],
)
def test_what_tests_read_may_be_wrong(
    tmp_path: Path, folder: str, build: str, wanted: str, *, is_data: bool
) -> None:
    """A file that the repository builds is more than that; what is data finds nothing wrong in an
    ignore file.
    """
    path = f"{folder}/a.Dockerfile"
    (tmp_path / ".git").mkdir()
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "dist").mkdir()
    (tmp_path / ".dockerignore").write_text("dist\n")
    (tmp_path / "build.sh").write_text(f"docker build{build.format(path)}\n" if build else "")
    (tmp_path / path).write_text("FROM alpine:3.20\nENV A=1 # one\nCOPY dist /dist\n")
    checker = Checker(Spec(Overrides(isolated=True, context=str(tmp_path))), RULES)
    found = checker.check(Task((tmp_path / path).as_posix())).diagnostics
    errors = {each.rule: str(each.severity) for each in found if each.place.start.line > 1}
    assert errors.pop("syntax/error") == wanted
    assert ("context/copy-ignored" in errors) is not is_data


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Dockerfile", False),
        ("tests/Dockerfile", True),
        ("src/e2e/mock/Dockerfile", True),
        ("lib/parser/__fixtures__/Dockerfile", True),
        ("lib/parser/__mocks__/2.Dockerfile", True),
        ("lib/parser/__snapshots__/Dockerfile", True),
        ("fixtures/Dockerfile", False),
        ("integration/dockerfiles-of-issues/1/Dockerfile", True),
        ("integration/Dockerfile", False),
        (".devcontainer/Dockerfile", True),
        (".codesandbox/Dockerfile", True),
        (".gitpod.dockerfile", True),
        ("Dockerfile-tilt", True),
        ("internal/suites/compose/Dockerfile", True),
        ("scripts/ComplementPostgres.Dockerfile", True),
        ("cmd/benchmark/Dockerfile", True),
        ("docker/Dockerfile.test", True),
        ("docker/test.Dockerfile", True),
        ("cmd/Dockerfile.with-web.integration", True),
        ("Dockerfile-integration-tests", True),
        ("Shop.Tests/Dockerfile", True),
        ("fstest/images/sftp/Dockerfile", True),
        ("loadtests/Dockerfile", True),
        ("internal/teste2e/images/web/Dockerfile", True),
        ("smoke-tests/Dockerfile", True),
        ("test-runner-web/Dockerfile", False),
        ("tools/testserver/Dockerfile", True),
        ("speedtest/Dockerfile", False),
        ("testimonials/Dockerfile", False),
        ("docker/test-images/mysql/Dockerfile", True),
        ("test.data/Dockerfile", False),
        ("latest/Dockerfile", False),
        ("Dockerfile.latest", False),
        ("contest/Dockerfile", False),
        ("docker/Dockerfile.attestation", False),
        (".circleci/Dockerfile", False),
        ("images/bench/Dockerfile", False),
        ("complete/Dockerfile", False),
        (".clusterfuzzlite/Dockerfile", True),
        (".cluster/Dockerfile", False),
    ],
)
def test_files_of_tests(path: str, *, wanted: bool) -> None:
    assert is_for_tests(path) is wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Dockerfile.dev", True),
        ("web/dev.Dockerfile", True),
        ("Dockerfile.local", True),
        ("dev/Dockerfile", True),
        ("docker/local/8.3/Dockerfile", True),
        (".dev/dockerfile", True),
        ("build/_local/api.Dockerfile", True),
        (".github/act/Dockerfile", True),
        ("dockerfile-captain.debug", True),
        ("debugger/Dockerfile", False),
        ("device/Dockerfile", False),
        ("Dockerfile.localized", False),
    ],
)
def test_files_for_development(path: str, *, wanted: bool) -> None:
    assert is_for_development(path) is wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("examples/web/Dockerfile", True),
        (".circleci/Dockerfile-original", True),
        ("tests/Dockerfile", True),
        ("web-dev/Dockerfile", True),
        ("services/web/Dockerfile", False),
    ],
)
def test_files_that_stand_beside_a_product(path: str, *, wanted: bool) -> None:
    assert is_aside(path) is wanted


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        (".github/workflows/images.yml", "jobs: {a: {steps: [{run: docker build dev}]}}", True),
        ("Makefile", "image:\n\tdocker build dev\n", False),
    ],
)
def test_what_ci_builds(tmp_path: Path, path: str, text: str, *, wanted: bool) -> None:
    for each in (path, "dev/Dockerfile"):
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)
    (tmp_path / "dev/Dockerfile").write_text("FROM alpine:3.20\n")
    assert Recipes(tmp_path).is_built_by_ci("dev/Dockerfile") is wanted


@pytest.mark.parametrize(
    ("path", "more", "wanted"),
    [
        ("docs/Dockerfile", "load: true", False),
        ("docs/Dockerfile", "load: true\n          push: true", True),
        ("docs/Dockerfile", "push: true", True),
        ("docs/Dockerfile", "load: true\n      - run: docker push shop/docs", True),
        ("web/Dockerfile", "load: true", True),  # a product may be pushed from elsewhere
    ],
)
def test_what_ci_builds_to_try_it_stays(
    tmp_path: Path, path: str, more: str, *, wanted: bool
) -> None:
    (tmp_path / ".git").mkdir()
    for name, text in (
        (path, "FROM python:3.12\nRUN pip install flask==3\n"),
        (
            ".github/workflows/docs.yml",
            f"jobs:\n  a:\n    steps:\n{_USES}        with:\n          file: {path}\n          {more}\n",
        ),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    checker = Checker(Spec(Overrides(isolated=True, select=("bloat/pm-cache",))), RULES)
    found = checker.check(Task((tmp_path / path).as_posix())).diagnostics
    assert bool(found) is wanted


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        ("NOTE: this Dockerfile is purely for local development! it is not used elsewhere", True),
        ("Development container. This is NOT SUITABLE for production use of it.", True),
        ("For testing purposes only.", True),
        ("Dev/E2E-only variant of the publisher", True),
        ("A minimal server for integration testing of the client", True),
        ("This Dockerfile is not meant to be actually used: it checks that all builds", True),
        ("Runs the integration tests of a build", False),
        ("Built for production and for local development", False),
        ("The production image. Used in development, too", False),
    ],
)
def test_what_the_head_of_a_file_says(head: str, *, wanted: bool) -> None:
    assert is_said_to_stay(head) is wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("docker-examples/odbc/Dockerfile", True),
        (".examples/a/Dockerfile", True),
        ("web/Dockerfile.example", False),
    ],
)
def test_files_that_show_how(path: str, *, wanted: bool) -> None:
    assert is_example(path) is wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("lib/zstd-1.5.7/contrib/Dockerfile", True),
        ("third_party/proxy/Dockerfile", True),
        ("src/vendor/checker/Dockerfile", True),
        ("docker/php-8.3/Dockerfile", False),
        ("vendors/api/Dockerfile", False),
        ("Dockerfile-1.2.3", False),
    ],
)
def test_files_of_others(path: str, *, wanted: bool) -> None:
    assert is_vendored(path) is wanted


@pytest.mark.parametrize(
    ("login", "runs", "builds", "wanted"),
    [
        ("docker login -u shop", "cd ./dev/base && ./push.sh", "-f web.Dockerfile .", True),
        ("true", "cd ./dev/base && ./push.sh", "-f web.Dockerfile .", False),
        ("docker login -u shop", "./push.sh", "-f web.Dockerfile .", False),
        ("docker login -u shop", "cd ./dev/base && ./build.sh", "-f web.Dockerfile .", False),
        ("docker login -u shop", "cd ./dev/base && ./push.sh", "-f other.Dockerfile .", False),
    ],
)
def test_what_ci_pushes_by_scripts_from_a_folder_for_development(
    tmp_path: Path, login: str, runs: str, builds: str, *, wanted: bool
) -> None:
    (tmp_path / ".git").mkdir()
    for name, text in (
        ("dev/base/web.Dockerfile", "FROM python:3.12\nRUN pip install flask==3\n"),
        ("dev/base/build.sh", f"docker build -t shop/web:$V $EXTRA {builds}\n"),
        ("dev/base/push.sh", "docker push shop/web:$V\n"),
        (
            ".github/workflows/base.yml",
            f"jobs:\n  a:\n    steps:\n      - run: {login}\n      - run: {runs}\n",
        ),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    checker = Checker(Spec(Overrides(isolated=True, select=("bloat/pm-cache",))), RULES)
    found = checker.check(Task((tmp_path / "dev/base/web.Dockerfile").as_posix())).diagnostics
    assert bool(found) is wanted


@pytest.mark.parametrize(("base", "wanted"), [("CROSS_BASE_IMAGE", False), ("MY_BASE", True)])
def test_what_cross_builds_stays_on_the_machine_that_compiles(
    tmp_path: Path, base: str, *, wanted: bool
) -> None:
    text = f"ARG {base}\nFROM ${base}\nRUN pip install flask\n"
    (tmp_path / "Dockerfile").write_text(text)
    checker = Checker(Spec(Overrides(isolated=True, select=("bloat/pm-cache",))), RULES)
    found = checker.check(Task((tmp_path / "Dockerfile").as_posix())).diagnostics
    assert bool(found) is wanted
