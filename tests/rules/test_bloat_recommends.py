"""What the fix of bloat/recommends names beside the flag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "FROM debian:12.5-slim\n"
FLAG = "--no-install-recommends"


@pytest.mark.parametrize(
    ("written", "fixed"),
    [
        ("RUN apt-get install -y nano git", f"RUN apt-get install {FLAG} -y nano ca-certificates git"),
        (
            "RUN apt-get -y install \\\n\tgit \\\n\tnano",
            f"RUN apt-get -y install {FLAG} \\\n\tca-certificates \\\n\tgit \\\n\tnano",
        ),
        (
            'RUN ["apt-get", "install", "-y", "wget"]',
            f'RUN ["apt-get", "install", "{FLAG}", "-y", "wget", "ca-certificates"]',
        ),
        ("RUN apt-get install -y graphviz", f"RUN apt-get install {FLAG} -y graphviz"),
        (
            "# ca-certificates are there\nRUN apt-get install -y git",
            f"# ca-certificates are there\nRUN apt-get install {FLAG} -y git",
        ),
        (
            "RUN apt-get install -y git\nRUN apt-get install -y curl",
            f"RUN apt-get install {FLAG} -y ca-certificates git\nRUN apt-get install {FLAG} -y curl",
        ),
        (
            f"RUN apt-get install {FLAG} -y git\nRUN apt-get install -y curl",
            f"RUN apt-get install {FLAG} -y git\nRUN apt-get install {FLAG} -y ca-certificates curl",
        ),
    ],
)
def test_certificates_come_along(tmp_path: Path, written: str, fixed: str) -> None:
    assert checked(tmp_path, "bloat/recommends", f"{HEAD}{written}\n").fixed == f"{HEAD}{fixed}\n"
