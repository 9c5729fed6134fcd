"""Layers that are uploaded again and again, with and without git's history."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

from dlint.errors import DlintError

if TYPE_CHECKING:
    from pathlib import Path

check = partial(checked, rule="push/hot-layer")

COPY = "FROM debian:12\nCOPY app /app\n"


@pytest.mark.parametrize(
    ("text", "listing", "hit"),
    [
        (COPY, "app/a.py\napp/model.bin 9MB\n", True),
        (COPY, "app/a.py\napp/model.bin 7MB\n", False),
        (
            COPY,
            "app/notes.txt\napp/model.bin 9MB\n",
            False,
        ),  # nothing here changes with the project
        (COPY, "app/a.py 9MB\napp/model.bin 8MB\n", False),  # what changes is the larger part
        (COPY + "FROM scratch\n", "app/a.py\napp/model.bin 9MB\n", False),
        (COPY + "COPY gone /\n", "app/a.py\napp/model.bin 9MB\n", False),  # another context
        (
            COPY,
            "app/a.py\napp/.git/objects/pack/p.pack 9MB\n",
            False,
        ),  # context/git-copied tells of it
        ("FROM debian:12\nCOPY --from=x /app /app\n", "app/a.py\napp/model.bin 9MB\n", False),
    ],
)
def test_hot(tmp_path: Path, text: str, listing: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(check(tmp_path, text=text, context=listing).found) is hit


def test_hot_names_what_stays(tmp_path: Path) -> None:
    listing = "app/a.py 10MB\napp/b.bin 9MB\napp/c.bin 8MB\n"
    [found] = check(tmp_path, text=COPY, context=listing).found
    assert "`app/b.bin`" in found.message


@pytest.mark.parametrize(
    ("copy", "told", "first"),
    [
        ("COPY . .", "--exclude=app/data", "COPY app/data app/data"),
        ("COPY app /app", "--exclude=data", "COPY app/data /app/data"),
        ("COPY --link ./ ./", "--exclude=app/data", "COPY --link app/data app/data"),
    ],
)
def test_what_is_copied_first_is_not_copied_again(
    tmp_path: Path, copy: str, told: str, first: str
) -> None:
    listing = "app/a.py\napp/data/1.bin 12MB\n"
    text = f"FROM debian:12\nWORKDIR /srv\n{copy}\n"
    [found] = check(tmp_path, text=text, context=listing).found
    assert found.help == (
        f"copy `app/data` in an earlier `COPY`, and add `{told}` to this one, which needs"
        " `# syntax=docker/dockerfile:1` as the first line"
    )
    repeated = text.replace(copy, f"{first}\n{copy}")
    [found] = check(tmp_path, text=repeated, context=listing).found
    assert found.help == (
        f"add `{told}` to this one, which needs `# syntax=docker/dockerfile:1` as the first line:"
        " an earlier `COPY` has stored `app/data`"
    )
    followed = text.replace(copy, f"{first}\n{copy.replace('COPY', f'COPY {told}')}")
    assert check(tmp_path, text=followed, context=listing).found == []


def test_git_tells_how_hot(tmp_path: Path) -> None:
    checks = check(tmp_path, text=COPY, context="app/notes.txt\napp/model.bin 12MB\n")
    for _ in range(12):
        commit(tmp_path, "app/notes.txt")
    [found] = checks.found
    assert "100% of the commits" in found.message
    assert found.cost is not None
    assert found.cost.push_bytes == pytest.approx(12_000_000, rel=0.05)
    for _ in range(12):
        commit(tmp_path, "other.txt")
    assert checks.found == []


def test_a_copy_of_its_own_saves_nothing_below_what_changes_as_often(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY version.py /srv/\nRUN useradd app\nCOPY app /app\n"
    listing = "version.py\napp/a.py\napp/model.bin 12MB\n"
    assert check(tmp_path, text=text, context=listing).found == []
    seldom = text.replace("version.py", "notes.txt")
    assert check(tmp_path, text=seldom, context=listing + "notes.txt\n").found


def test_the_cost_is_what_a_copy_of_its_own_spares(tmp_path: Path) -> None:
    [found] = check(tmp_path, text=COPY, context="app/a.py 6MB\napp/model.bin 12MB\n").found
    assert found.cost is not None
    assert found.cost.push_bytes == pytest.approx(12_000_000, rel=0.05)
    assert "this layer of 18 MB changes with every source change" in found.message


@pytest.mark.parametrize(
    ("on", "options", "severity"),
    [
        ("push", "\n          cache-from: type=registry,ref=shop", "warning"),
        ("push", "", ""),  # all layers are new there
        ("release", "\n          cache-from: type=registry,ref=shop", "info"),
    ],
)
def test_how_often_a_layer_is_pushed(tmp_path: Path, on: str, options: str, severity: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(
        f"on: {on}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses:"
        f" docker/build-push-action@v6\n        with:\n          push: true{options}\n"
    )
    found = check(tmp_path, text=COPY, context="app/a.py\napp/model.bin 12MB\n").found
    assert [each.severity.value for each in found] == [severity] * bool(severity)


@pytest.mark.parametrize(
    ("first", "is_said"),
    [
        ("", True),
        ("# syntax=docker/dockerfile:1.18\n", True),
        ("# syntax=docker/dockerfile:1.19\n", False),
        ("# syntax = docker/dockerfile:1\n", False),
    ],
)
def test_what_exclude_needs(tmp_path: Path, first: str, *, is_said: bool) -> None:
    listing = "app/a.py\napp/model.bin 12MB\n"
    [found] = check(tmp_path, text=first + COPY, context=listing).found
    assert ("# syntax=" in found.help) is is_said


def test_a_size_that_is_none(tmp_path: Path) -> None:
    config = '[push.hot-layer]\nbudget = "much"\n'
    with pytest.raises(DlintError, match="budget"):
        _ = check(tmp_path, text=COPY, context="app/a.py\n", config=config).found


@pytest.mark.parametrize(
    ("listing", "help_"),
    [
        ("app/a.py\napp/data/1.bin 5MB\napp/data/2.bin 5MB\n", "copy `app/data` in an earlier"),
        (
            "app/a.py\napp/tests/1.bin 5MB\napp/demo.gif 5MB\n",
            "copy `app/demo.gif`, `app/tests` each in an earlier `COPY` of its own, and",
        ),
        (
            "app/a.py\napp/b.bin 6MB\napp/c.bin 5MB\n",
            "copy `app/b.bin`, `app/c.bin` in an earlier `COPY`, and",
        ),
        (
            "app/a.py\napp/docs/1.png 5MB\napp/model.bin 6MB\n",
            "copy `app/model.bin`, `app/docs` each in an earlier `COPY` of its own, and",
        ),
        ("app/a.py\napp/old/b.py 9MB\n", None),  # code is there to be changed
        ("app/a.py\n" + "".join(f"app/{n}/x.bin 3MB\napp/{n}/x.py\n" for n in range(9)), None),
    ],
)
def test_what_to_do_about_it(tmp_path: Path, listing: str, help_: str | None) -> None:
    found = [each.help for each in check(tmp_path, text=COPY, context=listing).found]
    assert len(found) == (help_ is not None)
    assert all(each.startswith(help_ or "") for each in found)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--link", ""),
        ("--chown=app", " with `--chown=app`"),
        ("--chmod=755 --chown=1:1", " with `--chown=1:1 --chmod=755`"),
    ],
)
def test_what_is_copied_first_keeps_its_owner_and_mode(
    tmp_path: Path, flags: str, told: str
) -> None:
    text = COPY.replace("COPY", f"COPY {flags}")
    [found] = check(tmp_path, text=text, context="app/a.py\napp/model.bin 9MB\n").found
    assert found.help.startswith(f"copy `app/model.bin` in an earlier `COPY`{told}, and add")


def test_what_is_deleted_later_is_not_to_be_copied_first(tmp_path: Path) -> None:
    context = "app/a.py\napp/model.bin 9MB\n"
    for deleted, count in (("/app", 0), ("/app/a.py", 1)):
        text = f"{COPY}RUN rm -rf {deleted}\n"
        assert len(check(tmp_path, text=text, context=context).found) == count


def test_what_an_application_may_load_is_copied_and_not_left_out(tmp_path: Path) -> None:
    listing = "app/a.py\napp/base/fixtures/media/1.jpg 9MB\n"
    [found] = check(tmp_path, text=COPY, context=listing).found
    assert found.help.startswith("copy `app/base` in an earlier")
    for text in (COPY, f"{COPY}RUN rm -rf /app/docs\n"):
        listing = "app/a.py\napp/docs/1.png 9MB\n"
        [found] = check(tmp_path, text=text, context=listing).found
        assert "leave" not in found.help
