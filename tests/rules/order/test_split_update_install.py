"""What order/split-update-install takes for an index of its own, and what it merges."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

from dlint.lint.engine import Task
from dlint.project.recipes import recipes_of

if TYPE_CHECKING:
    from pathlib import Path

check = partial(checked, rule="order/split-update-install")


@pytest.mark.parametrize(
    ("update", "install"),
    [
        ("apt-get update", "apt-get install -y tini"),
        ("apt-get -qq update -y", "apt install -y tini"),
        ("apt-get update && apt-get upgrade -y", "apt-get install -y tini"),
        ("add-apt-repository ppa:x/y && apt-get update", "apt-get install -y tini"),
        ("apt-get update", "apt-get -y build-dep tini"),
        ("zypper refresh", "zypper install -y tini"),
        ("apt-get update", "apt-get -f install -y"),  # what an unpacked package lacks
        ("apt-get update", "apt-get install -y ./tini.deb"),  # and what it depends on
    ],
)
def test_an_index_apart_from_its_install(tmp_path: Path, update: str, install: str) -> None:
    assert check(tmp_path, text=f"FROM debian:12\nRUN {update}\nRUN {install}\n").lines == [2]
    assert check(tmp_path, text=f"FROM debian:12\nRUN {update} && {install}\n").lines == []
    assert check(tmp_path, text=f"FROM debian:12\nRUN {update}; {install}\n").lines == []
    assert check(tmp_path, text=f"FROM debian:12\nRUN {update}\n").lines == []


@pytest.mark.parametrize(
    ("update", "install"),
    [
        ("apt-get update && apt-get install -y curl", "apt-get install -y tini"),
        ("apt-get update", "apt-get update && apt-get install -y tini"),
        ("--mount=type=cache,target=/var/lib/apt/lists apt-get update", "apt-get install -y tini"),
        ("apk update", "apk add tini"),  # which fetches an index of five hours again (3.0.6)
        ("apk update", "apk add --no-cache tini"),
        ("dnf makecache", "dnf install -y tini"),
        ("if true; then apt-get update; fi", "apt-get install -y tini"),
        ("apk update", "apk add --allow-untrusted ./tini.apk"),
        ("apt-get update", "pip install tini"),
        ("apt-get update", "install_packages tini"),  # which updates by itself
        ("apt-get update", "apt_install tini"),  # which may
        ("rm -rf /var/lib/apt/lists/*", "install_packages tini"),
        ("rm -rf /var/lib/apt/lists/*", "apt_install tini"),
        ("rm -rf /var/lib/apt/lists/*", "apt-get install -U -y tini"),
    ],
)
def test_installs_that_get_a_fresh_index(tmp_path: Path, update: str, install: str) -> None:
    assert check(tmp_path, text=f"FROM debian:12\nRUN {update}\nRUN {install}\n").lines == []


def test_what_stays_of_apks_index_is_told_by_another_rule(tmp_path: Path) -> None:
    text = "FROM alpine:3.20\nRUN apk update\nRUN apk add tini\n"
    (found,) = checked(tmp_path, "bloat/pm-cache", text).found
    assert found.repair is not None
    fixed = checked(tmp_path, "bloat/pm-cache", text).fixed
    assert fixed == "FROM alpine:3.20\nRUN apk add --no-cache tini\n"


@pytest.mark.parametrize(
    ("upgrade", "what"),
    [
        ("apt-get -y upgrade", "upgrade"),
        ("apt-get -y upgrade && apt-get install -y tini", "upgrade"),
        ("apt-get dist-upgrade -y\nRUN apt-get install -y tini", "install"),
    ],
)
def test_an_upgrade_uses_the_lists_as_an_install_does(
    tmp_path: Path, upgrade: str, what: str
) -> None:
    text = f"FROM debian:12\nRUN apt-get update\nRUN {upgrade}\n"
    (found,) = check(tmp_path, text=text).found
    line = 2 + len(upgrade.splitlines())
    assert f"cached separately from the {what} in line {line}," in found.message
    told = checked(tmp_path, "bloat/pm-cache", text).messages
    assert not any(each.startswith("`apt-get update`") for each in told)


def test_an_upgrade_next_to_the_update_is_no_use_of_a_later_one(tmp_path: Path) -> None:
    text = "FROM debian:12\nRUN apt-get update && apt-get -y upgrade\nRUN apt-get -y upgrade\n"
    assert check(tmp_path, text=text).lines == []


def test_it_tells_of_the_lists_that_stay_too(tmp_path: Path) -> None:
    text = "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y tini\n"
    (found,) = check(tmp_path, text=text).found
    assert found.help == "run both in one `RUN`, and delete the lists there"
    assert found.cost is not None
    built = f"{text}FROM scratch\nCOPY --from=0 /usr/bin/tini /\n"
    (found,) = check(tmp_path, text=built).found
    assert (found.help, found.cost) == ("run both in one `RUN`", None)


@pytest.mark.parametrize(
    ("below", "wanted"),
    [
        (
            "RUN apt-get install -y curl\n",
            ", delete the lists there, and run `apt-get update` again before the install in line 4, with the same cleanup after it",
        ),
        (
            "RUN apt-get update && apt-get install -y curl\n",
            ", and delete the lists there; delete the lists of line 4, too",
        ),
        (
            "RUN apt-get update && apt-get install -y curl\nRUN apt-get install -y jq\n",
            ", and delete the lists there; delete the lists of line 4, too, and fetch them again before the install in line 5",
        ),
    ],
)
def test_lists_that_a_later_run_installs_from_too(tmp_path: Path, below: str, wanted: str) -> None:
    text = f"FROM debian:12\nRUN apt-get update\nRUN apt-get install -y tini\n{below}"
    (found,) = check(tmp_path, text=text).found
    assert found.help == f"run both in one `RUN`{wanted}"


def test_later_installs_are_named_whatever_the_lists_weigh(tmp_path: Path) -> None:
    runs = "RUN apt-get update\nRUN apt-get install -y tini\nRUN apt-get install -y curl\n"
    (found,) = check(tmp_path, text=f"FROM ubuntu:16.04\n{runs}").found
    assert found.cost is None
    assert "run `apt-get update` again before the install in line 4" in found.help
    built = f"FROM ubuntu:16.04 AS b\n{runs}FROM scratch\nCOPY --from=b /usr/bin/tini /\n"
    (found,) = check(tmp_path, text=built).found
    assert found.help == "run both in one `RUN`"


@pytest.mark.parametrize(
    ("install", "saves"),
    [
        ("apt-get install -y tini", True),
        ("apt-get install -y tini && rm -rf /var/lib/apt/lists/*", True),
        ("apt-get install -y tini\nRUN apt-get install -y curl", False),
        ("apt-get install -y tini\nRUN ./install-more.sh", False),
    ],
)
def test_a_fix_says_whether_the_lists_stay(tmp_path: Path, install: str, *, saves: bool) -> None:
    text = f"FROM debian:12\nRUN apt-get update\nRUN {install}\n"
    (found,) = check(tmp_path, text=text).found
    assert found.repair is not None
    assert ("; the index still stays" in found.repair.title) is not saves


@pytest.mark.parametrize(
    ("install", "fixed"),
    [
        ("tini", "tini && rm -rf /var/lib/apt/lists/*"),
        ("tini && tini --version", "tini && rm -rf /var/lib/apt/lists/* && tini --version"),
        ("tini\nRUN apt-get install -y curl", "tini\nRUN apt-get install -y curl"),
    ],
)
def test_a_fix_deletes_the_lists_where_nothing_needs_them(
    tmp_path: Path, install: str, fixed: str
) -> None:
    text = f"FROM debian:12\nRUN apt-get update\nRUN apt-get install -y {install}\n"
    wanted = f"FROM debian:12\nRUN apt-get update && apt-get install -y {fixed}\n"
    assert check(tmp_path, text=text).fixed == wanted


def test_how_much_is_certain(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    text = "FROM debian:12 AS b\nRUN apt-get update\nRUN apt-get install -y tini\n"
    built = f"{text}FROM scratch\nCOPY --from=b /usr/bin/tini /\n"
    for flag, wanted in (("", ["error", "warning"]), (" --no-cache", ["warning", "info"])):
        recipes_of.cache_clear()
        (tmp_path / "release.sh").write_text(f"docker buildx build{flag} --push .\n")
        found = [check(tmp_path, text=each).found[0] for each in (text, built)]
        assert [each.severity for each in found] == wanted
        said = "which with a build cache may then use a stale index"
        assert all((said in each.message) is bool(flag) for each in found)


def test_an_image_that_cross_builds_for_itself(tmp_path: Path) -> None:
    runs = "RUN apt-get update\nRUN apt-get install -y tini\n"
    for base, wanted in (("$CROSS_BASE_IMAGE", "info"), ("${BASE_IMAGE}", "error")):
        text = f"ARG {base.strip('${}')}\nFROM {base}\n{runs}"
        assert [each.severity for each in check(tmp_path, text=text).found] == [wanted]


def test_the_install_of_a_stage_above(tmp_path: Path) -> None:
    text = "FROM debian:12 AS base\nRUN apt-get update\nFROM base\nRUN apt-get install -y tini\n"
    assert check(tmp_path, text=text).lines == [2]


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (
            "RUN sudo apt-get update\nRUN set -e; \\\n  sudo apt-get install -y tini\n",
            "RUN set -e; \\\n  sudo apt-get update; \\\n  sudo apt-get install -y tini; \\\n  sudo rm -rf /var/lib/apt/lists/*\n",
        ),
        (
            "# the index\nRUN apt-get update\n\n# a debugger\nRUN apt-get install -y tini\n",
            "\n# the index\n# a debugger\nRUN apt-get update && apt-get install -y tini && rm -rf /var/lib/apt/lists/*\n",
        ),
        (
            "# the index\nRUN apt-get update\nENV A=b\nRUN apt-get install -y tini\n",
            "ENV A=b\n# the index\nRUN apt-get update && apt-get install -y tini && rm -rf /var/lib/apt/lists/*\n",
        ),
        ("RUN apt-get update\nRUN apt-get install -y tini; true\n", None),
        ("RUN apt-get update\nRUN apt-get install -y tini || echo none\n", None),
        ("RUN apt-get update && echo x\nRUN apt-get install -y tini\n", None),
        ("RUN apt-get update\nCOPY a.list /etc/apt/\nRUN apt-get install -y tini\n", None),
        ("RUN apt-get update\nUSER root\nRUN apt-get install -y tini\n", None),
        ('RUN apt-get update\nRUN ["apt-get", "install", "-y", "tini"]\n', None),
    ],
)
def test_the_fix_merges_only_what_does_nothing_else(
    tmp_path: Path, text: str, fixed: str | None
) -> None:
    head = "FROM debian:12\n"
    assert check(tmp_path, text=head + text, context="a.list").fixed == head + (fixed or text)


@pytest.mark.parametrize(
    ("name", "severity"), [("dev.Dockerfile", "info"), ("app.Dockerfile", "error")]
)
def test_an_image_at_home_is_an_info(tmp_path: Path, name: str, severity: str) -> None:
    text = "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y git\n"
    (tmp_path / name).write_text(text)
    checker = checked(tmp_path, "order/split-update-install", "").checker
    found = checker.check(Task((tmp_path / name).as_posix())).diagnostics
    assert [each.severity for each in found] == [severity]


@pytest.mark.parametrize(
    ("copied", "ignored", "lines"),
    [(".", "", []), (".", "Dockerfile", [3]), ("shop", "", [3])],
)
def test_a_copy_of_the_dockerfile_renews_the_index(
    tmp_path: Path, copied: str, ignored: str, lines: list[int]
) -> None:
    text = f"FROM debian:12\nCOPY {copied} /app\nRUN apt-get update\nRUN apt-get install -y tini\n"
    context = f"shop/web.py 1kB\n.dockerignore: {ignored}\n"
    found = check(tmp_path, text=text, context=context)
    commit(tmp_path)
    assert found.lines == lines


_CLEANED = "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"


@pytest.mark.parametrize(
    ("between", "run", "wanted"),
    [
        ("", "apt-get install -y locales", [3]),
        ("RUN echo a > /a\n", "apt-get install -y curl locales && locale-gen", [4]),
        ("", "apt-get update && apt-get install -y locales", []),
        ("", "apt-get install -y curl", []),
        ("", "apt-get install -y /tmp/a.deb", []),
        ("", "apt-get install -y $PACKAGES", []),
        ("", "if [ $A ]; then apt-get install -y locales; fi", []),
        ("", "--mount=type=cache,target=/var/lib/apt/lists apt-get install -y vim", []),
        ("RUN apt-get update\n", "apt-get install -y vim && rm -rf /var/lib/apt/lists/*", [3]),
        ("COPY a /a\nRUN /a\n", "apt-get install -y locales", []),
        ("RUN curl -fsSL https://e.io/setup | sh\n", "apt-get install -y locales", []),
        ("RUN add-apt-repository ppa:a/b\n", "apt-get install -y locales", []),
    ],
)
def test_an_install_whose_lists_are_deleted(
    tmp_path: Path, between: str, run: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\n{_CLEANED}{between}RUN {run}\n"
    found = checked(tmp_path, "order/split-update-install", text, "a\n")
    assert found.lines == wanted
    if between != "RUN apt-get update\n":
        assert all(each.endswith("line 2 deletes the package lists") for each in found.messages)


def test_lists_that_a_stage_below_deletes(tmp_path: Path) -> None:
    below = "FROM base\nRUN apt-get install -y locales\n"
    found = checked(
        tmp_path, "order/split-update-install", f"FROM debian:12 AS base\n{_CLEANED}{below}"
    )
    assert found.lines == [4]
    assert [str(each.severity) for each in found.found] == ["warning"]
    assert found.found[0].help == "run `apt-get update` before it in the same `RUN`"
