"""RUNs in a row, each of which stores the RPM database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

A, B = "RUN yum -y install a && yum clean all\n", "RUN rpm -Uvh b.rpm\n"


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (A + B, [3]),
        (A + "ENV X=1\nLABEL y=2\n" + B, [5]),
        (A + A + B, [4]),
        (A + B + "COPY x /x\n" + A + B, [3, 6]),
        ("RUN zypper -n install a\nRUN zypper -n remove b\n", [3]),
        (A, []),
        (A + "COPY x /x\n" + B, []),
        (A + "USER 0\n" + B, []),
        (A + "RUN yum -y install b && make\n", []),  # what it makes may change with something else
        (A + "RUN yum clean all\n", []),
        (A + "RUN test -x /a || yum -y install a\n", []),
        (
            "RUN apt-get update && apt-get install -y a\nRUN apt-get install -y b\n",
            [],
        ),  # a small one
        (A + "RUN --mount=type=cache,target=/var/cache/dnf yum -y install b\n", []),
        (A + B + "FROM fedora:41\n", []),
    ],
)
def test_rows(tmp_path: Path, steps: str, wanted: list[int]) -> None:
    assert (
        checked(tmp_path, "bloat/repeated-pm-transaction", f"FROM fedora:41\n{steps}").lines
        == wanted
    )


def test_buildah_stores_the_database_once(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "build.sh").write_text("buildah bud -t shop .\n")
    text = f"FROM fedora:41\n{A}{B}"
    assert checked(tmp_path, "bloat/repeated-pm-transaction", text).lines == []
