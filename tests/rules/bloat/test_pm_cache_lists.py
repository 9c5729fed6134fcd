"""What the advice on package lists says of the installs that live on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

if TYPE_CHECKING:
    from pathlib import Path

RULE = "bloat/pm-cache"
APT = "RUN apt-get update && apt-get install -y curl\n"
SOURCE = "RUN echo 'deb https://example.org/ x y' > /etc/apt/sources.list.d/x.list\n"


@pytest.mark.parametrize(
    ("text", "line", "helps"),
    [
        (
            (
                f"FROM debian:12\n{APT}RUN apt-get install -y nano\n{SOURCE}"
                "RUN apt-get update && apt-get install -y shop\nRUN apt-get install -y vim\n"
            ),
            2,
            (
                "run `rm -rf /var/lib/apt/lists/*` in the same `RUN`, and run `apt-get update` again"
                " before the installs in lines 3 and 6, with the same cleanup after each and in line 5"
            ),
        ),
        (
            (
                f"FROM debian:12\n{APT}RUN apt-get install -y nano\n{SOURCE}"
                "RUN apt-get update && apt-get install -y shop\n"
            ),
            2,
            (
                "run `rm -rf /var/lib/apt/lists/*` in the same `RUN`, and run `apt-get update` again"
                " before the install in line 3, with the same cleanup after it and in line 5"
            ),
        ),
        (
            (
                f"FROM debian:12\n{APT}{SOURCE}RUN apt-get update && apt-get install -y shop\n"
                "RUN apt-get install -y vim\n"
            ),
            2,
            (
                "run `rm -rf /var/lib/apt/lists/*` in the same `RUN`, and in line 4, which would"
                " store it instead; fetch it again before the install in line 5, with the"
                " same cleanup after it"
            ),
        ),
        (
            (
                "FROM debian:12\nRUN curl -s https://example.org/script.deb.sh | bash\n"
                "RUN apt-get install -y shop\nRUN apt-get install -y shop-more\n"
            ),
            3,
            (
                "run both in one `RUN`, delete the lists there, and fetch the lists again before the"
                " install in line 4, with the same cleanup after it"
            ),
        ),
        (
            (
                "FROM debian:12\nRUN curl -s https://example.org/script.deb.sh | bash\n"
                "RUN apt-get install -y shop\n"
            ),
            3,
            "run both in one `RUN`, and delete the lists there",
        ),
        (
            (
                "FROM debian:12 AS a\nRUN curl -s https://packagecloud.io/install/x/script.deb.sh | bash\n"
                "RUN apt-get install -y shop\nFROM a\nRUN apt-get install -y shop-more\n"
            ),
            3,
            (
                "run both in one `RUN`, delete the lists there, and fetch the lists again before the"
                " install in line 5, with the same cleanup after it"
            ),
        ),
    ],
)
def test_the_installs_that_live_on_lists_are_not_left_without(
    tmp_path: Path, text: str, line: int, helps: str
) -> None:
    found = checked(tmp_path, RULE, text).found
    [each] = [each for each in found if each.place.start.line == line]
    assert (each.help or (each.repair.title if each.repair else "")) == helps


@pytest.mark.parametrize(
    ("base", "home", "told"),
    [
        ("jupyter/scipy-notebook:1", "", 0),
        ("quay.io/jupyter/base-notebook:1", "", 0),
        ("jupyter/scipy-notebook:$TAG", "", 0),
        ("quay.io/jupyter/base-notebook:1", "ENV HOME=/root\n", 1),
        ("shop/notebook:1", "", 1),
    ],
)
def test_the_home_of_the_base_outlives_its_user(
    tmp_path: Path, base: str, home: str, told: int
) -> None:
    text = f"ARG TAG=1\nFROM {base}\nUSER root\n{home}RUN pip install rich==13.7.1\n"
    assert len(checked(tmp_path, "bloat/pm-cache", text).lines) == told


@pytest.mark.parametrize(
    ("run", "safeties"),
    [("apk update", ["safe"]), ("apk update && sh setup.sh", [None]), ("apk add tini", ["safe"])],
)
def test_an_update_alone_is_deleted(tmp_path: Path, run: str, safeties: list[str | None]) -> None:
    text = f"FROM alpine:3.20\n# tools\nRUN {run}\nRUN apk add --no-cache curl\n"
    found = checked(tmp_path, "bloat/pm-cache", text)
    assert found.safeties == safeties or run.endswith(".sh")
    kept = "FROM alpine:3.20\n# tools\nRUN apk add --no-cache curl\n"
    assert (found.fixed == kept) is (run == "apk update")


@pytest.mark.parametrize(
    ("address", "is_hedged"),
    [
        ("astral.sh/uv/install.sh", False),
        ("raw.githubusercontent.com/nvm-sh/nvm/v0.40.1/install.sh", False),
        ("sh.rustup.rs", False),
        ("example.com/install.sh", True),
    ],
)
def test_a_known_installer_uses_no_lists(
    tmp_path: Path,
    address: str,
    is_hedged: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    text = (
        "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n"
        f"RUN curl -LsSf https://{address} | sh\n"
    )
    helps = [each.help for each in checked(tmp_path, "bloat/pm-cache", text).found]
    assert any("installs from the lists" in each for each in helps) is is_hedged


@pytest.mark.parametrize(
    ("below", "lines"),
    [
        ('if [ -n "$DEBUG" ]; then apt-get update && apt-get install -y gdb; fi', "line 3"),
        ("case $ARCH in arm) apt-get update && apt-get install -y gdb;; esac", "line 3"),
        ("apt-get update && apt-get install -y gdb", "line 3"),
        ("if true; then apt-get update && rm -rf /var/lib/apt/lists/*; fi", ""),
    ],
)
def test_lists_that_a_branch_may_store_instead(tmp_path: Path, below: str, lines: str) -> None:
    text = f"FROM debian:12\nRUN apt-get update && apt-get install -y curl\nRUN {below}\n"
    [found] = checked(tmp_path, "bloat/pm-cache", text).found
    assert ("which would store it instead" in found.text) == bool(lines)
    assert f"in the same `RUN`{', and in ' * bool(lines)}{lines}" in found.text


@pytest.mark.parametrize(
    ("below", "help_"),
    [
        (
            "apk add jq",
            "delete line 2, and add `--no-cache` in line 4, which would store it instead",
        ),
        ("apk update && apk add --no-cache jq", "delete line 2"),
    ],
)
def test_what_is_done_in_a_line_below_a_deleted_one(tmp_path: Path, below: str, help_: str) -> None:
    text = f"FROM alpine:3.20\nRUN apk update\nRUN apk add --no-cache curl\nRUN {below}\n"
    found = checked(tmp_path, "bloat/pm-cache", text).found
    assert found[0].text.endswith(help_)


@pytest.mark.parametrize(
    ("base", "below", "is_named"),
    [
        ("ubuntu:focal", "add-apt-repository -y ppa:acme/tools", True),
        ("ubuntu:18.04", "apt-add-repository ppa:acme/tools", True),
        ("debian:bookworm", "add-apt-repository contrib", True),
        ("ubuntu:jammy", "add-apt-repository -n ppa:acme/tools", False),
        ("ubuntu:jammy", "add-apt-repository --no-update ppa:acme/tools", False),
        ("ubuntu:xenial", "add-apt-repository ppa:acme/tools", False),
        ("python:3.12-bullseye", "add-apt-repository contrib", False),
    ],
)
def test_adding_a_source_stores_the_lists_instead(
    tmp_path: Path,
    base: str,
    below: str,
    is_named: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    text = f"FROM {base}\nRUN apt-get update && apt-get install -y curl\nRUN {below}\n"
    found = checked(tmp_path, "bloat/pm-cache", text)
    assert found.lines == [2]
    assert ("and in line 3, which would store it instead" in found.texts[0]) is is_named
    clean = " && rm -rf /var/lib/apt/lists/*"
    fixed = text.replace("curl\n", f"curl{clean}\n")
    assert found.fixed == (fixed[:-1] + f"{clean}\n" if is_named else fixed)


@pytest.mark.parametrize(
    ("first", "more"),
    [
        ("apt-get update\nRUN apt-get -y upgrade", ", with line 3, which stores lists as well"),
        ("apt-get update && apt-get install -y curl", ""),  # which has a finding of its own
    ],
)
def test_lists_that_only_an_upgrade_uses_are_named(tmp_path: Path, first: str, more: str) -> None:
    script = "curl -fsSL https://example.com/setup/bash.deb.sh | bash"
    # each edit of the Dockerfile fetches the lists again
    text = f"FROM debian:12\nCOPY . .\nRUN {first}\nRUN {script}\nRUN apt-get install -y tool\n"
    found = checked(tmp_path, "bloat/pm-cache", text)
    commit(tmp_path)
    assert found.found[-1].help == f"run both in one `RUN`{more}, and delete the lists there"


def test_an_update_for_an_upgrade_is_not_left_out(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY . .\nRUN apt-get update\nRUN apt-get -y upgrade\n"
    found = checked(tmp_path, "bloat/pm-cache", text)
    commit(tmp_path)
    assert found.lines == []


BELOW = "FROM debian:12\nRUN apt-get update && apt-get install -y tini\n"


@pytest.mark.parametrize(
    ("text", "top", "wanted"),
    [
        (BELOW, "RUN apt-get install -y sudo", "the install in line 2 of `Dockerfile.dev`"),
        (
            f"{BELOW}RUN apt-get install -y curl\n",
            "RUN apt-get install -y sudo",
            "the installs in line 3 and in line 2 of `Dockerfile.dev`",
        ),
        (BELOW, "RUN apt-get update && apt-get install -y sudo", ""),
        (BELOW, "RUN apt-get install -y ./x.deb", ""),
        (BELOW, "RUN true\\nFROM debian:12\\nRUN apt-get install -y sudo", ""),
        # which deletes the lists by itself
        (f"{BELOW}RUN install_packages curl\n", "RUN apt-get install -y sudo", ""),
        # of which nothing is in the image
        (f"{BELOW}FROM debian:12\nCOPY --from=0 /var /var\n", "RUN apt-get install -y sudo", ""),
    ],
)
def test_an_image_on_top_that_installs_from_the_lists(
    tmp_path: Path, text: str, top: str, wanted: str
) -> None:
    (tmp_path / ".git").mkdir()
    recipe = "build.sh: docker build -t example/shop-base .\n"
    context = f"{recipe}Dockerfile.dev: FROM example/shop-base:1\\n{top}\\n\n"
    (found,) = checked(tmp_path, RULE, text, context).found
    again = f", and run `apt-get update` again before {wanted}, with the same cleanup after "
    assert (again in found.help) is bool(wanted)
    assert not (wanted and found.repair)  # which would leave that one without


@pytest.mark.parametrize(
    ("below", "top", "wanted"),
    [
        (
            "",
            "RUN apt-get install -y sudo",
            (
                ", and in line 4, which would store it instead; fetch it again before the install in"
                " line 2 of `Dockerfile.dev`, with the same cleanup after it"
            ),
        ),
        (
            "RUN apt-get install -y jq\n",
            "RUN true",
            (
                ", and in line 4, which would store it instead; fetch it again before the install in"
                " line 5, with the same cleanup after it"
            ),
        ),
        ("RUN rm -rf /var/lib/apt/lists/*\n", "RUN apt-get install -y sudo", None),
    ],
)
def test_a_script_stores_the_lists_that_something_installs_from(
    tmp_path: Path, below: str, top: str, wanted: str | None
) -> None:
    (tmp_path / ".git").mkdir()
    context = (
        "build.sh: docker build -t example/shop-base .\n"
        "deps.sh: apt-get update\\napt-get install -y curl\n"
        f"Dockerfile.dev: FROM example/shop-base:1\\n{top}\\n\n"
    )
    text = f"{BELOW}COPY deps.sh .\nRUN ./deps.sh\n{below}"
    found = checked(tmp_path, RULE, text, context)
    told = [each.text for line, each in zip(found.lines, found.found, strict=True) if line == 2]
    how = "run `rm -rf /var/lib/apt/lists/*` in the same `RUN`"
    assert [each.endswith(f"{how}{wanted}") for each in told] == [True] * (wanted is not None)
