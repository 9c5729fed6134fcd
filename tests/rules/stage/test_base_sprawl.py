"""Which of a repository's bases are called another release of one image, and which differ on
purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import Checked, checked

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins

if TYPE_CHECKING:
    from pathlib import Path

RULE = "stage/base-sprawl"
DIGEST = "sha256:" + "0123456789abcdef" * 4


def repository(
    root: Path, others: dict[str, str], own: str, path: str = "web/Dockerfile"
) -> Checked:
    """Lay out a repository with `own` at `path`, and other Dockerfiles that are FROM the images of
    `others`.
    """
    (root / ".git").mkdir()
    for name, image in (others | {path: own}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(image if "FROM" in image else f"FROM {image}\n")
    checker = Checker(
        Spec(Overrides(isolated=True, select=(RULE,))), Plugins(third_party=False).rules
    )
    return Checked(checker, Task((root / path).as_posix()))


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("python:3.12.3-slim", "python:3.12.4-slim"),
        ("python:3.12.9-slim-bookworm", "python:3.12.1-slim-bookworm"),
        ("debian:bookworm-slim", "debian:bullseye-slim"),
        ("alpine:3.19", "alpine:3.20"),
        ("node:20-alpine3.19", "node:20-alpine3.20"),
        ("node:20.1-bullseye", "node:20.1-bookworm"),
        ("php:8.3.1-fpm", "php:8.3.2-fpm"),
        ("python:3.12", "python:3.12-slim"),
        ("registry.example.com:5000/base/app:1.4.1", "registry.example.com:5000/base/app:v1.4.2"),
        ("nvidia/cuda:12.1.0-runtime-ubuntu22.04", "nvidia/cuda:12.1.1-runtime-ubuntu22.04"),
    ],
)
def test_another_release_of_one_image(tmp_path: Path, own: str, other: str) -> None:
    found = repository(tmp_path, {"a/Dockerfile": other, "b/Dockerfile": other}, own).found
    assert [each.place.start.line for each in found] == [1]
    assert f"`{other}` in a/Dockerfile and 1 more" in found[0].message
    assert [note.place.start.line for note in found[0].notes] == [1]


def test_what_to_share(tmp_path: Path) -> None:
    others = {"a/Dockerfile": "debian:bookworm-slim", "b/Dockerfile": "debian:bookworm-slim"}
    (found,) = repository(tmp_path, others, "debian:bookworm").found
    assert found.help == "use the same tag everywhere, if it holds all that each image needs"


def test_what_nobody_pushes_shares_nothing(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("web:\n\tdocker build web\n")
    others = {"a/Dockerfile": "alpine:3.20", "b/Dockerfile": "alpine:3.20"}
    assert repository(tmp_path, others, "alpine:3.19").lines == []
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "Makefile").write_text("a:\n\tdocker build a\n")
    (folder / "push.sh").write_text("docker build -t x/web web\ndocker push x/web\n")
    assert repository(folder, others, "alpine:3.19").lines == []


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("python:3.12-slim", "python:3.12"),  # which is larger
        ("debian:bookworm-slim", "debian:bookworm"),
        ("python:3.12-slim", "python:3.12-slim"),
        ("python:3.12", "python:3.12.4"),  # may be the same today
        ("debian:bookworm", "debian:12"),
        ("node:20-bookworm", "node:20"),
        ("node:20-alpine", "node:20-alpine3.20"),
        ("python:3.11-alpine", "python:3.12-slim"),  # another product
        ("php:8.2-fpm", "php:8.3-apache"),
        ("eclipse-temurin:17-jre", "eclipse-temurin:21-jdk"),
        ("python:3.11-slim", "python:3.12-slim"),  # chosen for what runs on it
        ("python:3.11-slim-bullseye", "python:3.12-slim-bookworm"),
        ("nginx:1.29", "nginx:1.31"),
        ("nvidia/cuda:12.1.0-runtime-ubuntu22.04", "nvidia/cuda:12.2.0-runtime-ubuntu22.04"),
        ("python:3.12.1", "registry.example.com/python:3.12.2"),  # another image
        ("python", "python:3.12"),  # pin/base-tag's
        ("node:lts", "node:20"),
        ("app:1", "app:2"),  # a local image, or a named context
        (f"python:3.12@{DIGEST}", "python:3.12"),
        ("ARG V=3.11\nFROM python:$V\n", "python:3.12"),
        (
            "FROM python:3.12.1 AS build\nFROM debian:12\nCOPY --from=build /a /a\n",
            "python:3.12.2",
        ),  # does not ship
    ],
)
def test_not_another_release(tmp_path: Path, own: str, other: str) -> None:
    assert repository(tmp_path, {"a/Dockerfile": other, "b/Dockerfile": other}, own).lines == []


@pytest.mark.parametrize(
    "path",
    [
        "12.1/Dockerfile",
        "debian121/Dockerfile",
        "images/deb-12.1/Dockerfile",
        "Dockerfile.121",
        "v1/Dockerfile",
        "slim/Dockerfile",
        "examples/web/Dockerfile",
        "web/Dockerfile.dev",
        "Dockerfile.base",
        "tests/Dockerfile",
    ],
)
def test_what_the_path_says_is_on_purpose(tmp_path: Path, path: str) -> None:
    """Neither is such a file found fault with, nor do the others have to follow it."""
    others = {"a/Dockerfile": "debian:12.5-slim", "b/Dockerfile": "debian:12.5-slim"}
    assert repository(tmp_path, others, "debian:12.1-slim", path).lines == []


@pytest.mark.parametrize(("path", "lines"), [("shop-docs", [1]), ("legacy-docs", [])])
def test_what_ci_pushes_is_no_example_by_its_name(
    tmp_path: Path, path: str, lines: list[int]
) -> None:
    step = "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"
    step += "          tags: shop/{0}\n          context: {0}\n"
    workflow = tmp_path / ".github/workflows/images.yml"
    workflow.parent.mkdir(parents=True)
    jobs = "on: push\njobs:\n  a:\n    steps:\n"
    others = {"web/Dockerfile": "alpine:3.22", "app/Dockerfile": "alpine:3.22"}
    workflow.write_text(jobs + "".join(map(step.format, ("web", "app", path))))
    own = f"{path}/Dockerfile"
    assert repository(tmp_path, others, "alpine:3.20", own).lines == lines


def test_others_need_not_follow_what_is_there_on_purpose(tmp_path: Path) -> None:
    others = {
        "3.20/Dockerfile": "alpine:3.20",
        "tests/Dockerfile": "alpine:3.20",
        "vendor/x/Dockerfile": "alpine:3.20",
    }
    assert repository(tmp_path, others, "alpine:3.19").lines == []


def test_the_rarer_is_found(tmp_path: Path) -> None:
    found = repository(
        tmp_path, {"a/Dockerfile": "alpine:3.19", "b/Dockerfile": "alpine:3.19"}, "alpine:3.20"
    )
    assert found.lines == [1]
    a = Task((tmp_path / "a" / "Dockerfile").as_posix())
    assert Checked(found.checker, a).lines == []


def test_of_one_against_one_neither_is_found(tmp_path: Path) -> None:
    found = repository(tmp_path, {"a/Dockerfile": "alpine:3.9"}, "alpine:3.20")
    assert found.lines == []
    assert Checked(found.checker, Task((tmp_path / "a" / "Dockerfile").as_posix())).lines == []


def test_folders_outside_of_a_repository_have_nothing_in_common(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"Dockerfile.{name}").write_text("FROM alpine:3.20\n")
    assert checked(tmp_path, RULE, "FROM alpine:3.19\n").lines == []


def test_broken_and_unreadable_neighbours_are_left_alone(tmp_path: Path) -> None:
    others = {"a/Dockerfile": "FROM alpine:3.20\nNOTHING alpine\n", "b/Dockerfile": "FROM\nalpine"}
    found = repository(tmp_path, others, "alpine:3.19")
    for name in "cd":
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_bytes(b"FROM alpine:3.20\nRUN \xff\xfe\n")
    assert [each.message.partition(" in ")[2] for each in found.found] == [
        "c/Dockerfile and 1 more: both bases must be stored and pulled"
    ]
