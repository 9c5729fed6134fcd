"""What defeats a build that is meant to be reproducible, and silence where none is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

REWRITTEN = "Makefile: docker buildx build -o type=image,rewrite-timestamp=true .\n"
PASSED = "Makefile: docker build --build-arg SOURCE_DATE_EPOCH=0 .\n"
FROM_CI = "build.sh: docker/build-push-action@v6\\n  env:\\n    SOURCE_DATE_EPOCH: 0\n"
OTHERS = REWRITTEN.replace(" .\n", " base\n")
APT = "RUN apt-get update && apt-get install -y a\n"
PIP = "RUN pip install a\n"
EPOCH = "ARG SOURCE_DATE_EPOCH\n"


@pytest.mark.parametrize(
    ("text", "recipes", "wanted"),
    [
        (APT + PIP, "", []),
        (EPOCH + PIP, "", []),
        (PIP + EPOCH, "", [2]),
        (PIP + "ENV SOURCE_DATE_EPOCH=0\n", "", [2]),
        (PIP.replace("pip", "SOURCE_DATE_EPOCH=0 pip") + EPOCH, "", []),
        (PIP.replace("a\n", "--no-compile a\n") + EPOCH, "", []),
        ("ENV PIP_NO_COMPILE=1\n" + PIP + EPOCH, "", []),
        (APT + EPOCH, "", []),  # by whatever exporter
        (APT + PIP, REWRITTEN, [2, 3]),
        (APT.replace("a\n", "a && rm -rf /var/log/*\n"), REWRITTEN, []),
        (APT.replace("a\n", "a && rm -rf /var/log/apt /var/log/dpkg.log\n"), REWRITTEN, []),
        (APT.replace("a\n", "a && rm -rf /var/log/apt\n"), REWRITTEN, [2]),
        (APT.replace("apt-get install", "test -x /a || apt-get install"), REWRITTEN, []),
        (EPOCH + "RUN make\nRUN make b\n", PASSED, [3]),
        (EPOCH + "RUN make\n", FROM_CI, [3]),
        (EPOCH + "RUN make\n", PASSED + REWRITTEN.replace("Makefile", "build.sh"), []),
        ("RUN make\n", "Makefile: SOURCE_DATE_EPOCH=0 python -m build\n", []),  # for something else
        (APT + PIP + "FROM debian:12\n", REWRITTEN, []),
        # what another image is built with
        (APT + PIP, OTHERS + "build.sh: docker build -t shop .\n", []),
        (APT + PIP, OTHERS, [2, 3]),  # of this one nobody knows
        (APT + PIP, OTHERS + "base/Dockerfile: FROM debian\n", []),
        (EPOCH + "RUN make\n", PASSED + OTHERS.replace("Makefile", "base.sh"), []),
    ],
)
def test_what_defeats_it(tmp_path: Path, text: str, recipes: str, wanted: list[int]) -> None:
    assert (
        checked(tmp_path, "push/nonrepro-layer", f"FROM debian:12\n{text}", recipes).lines == wanted
    )
