"""What of an install in a stage gets into the image that is pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

FILES = "package.json\npackage-lock.json\nGemfile\nGemfile.lock\nrequirements.txt: flask\nsrc/a.js changed 9\n"
TEXT = "FROM debian:12 AS b\nWORKDIR /app\nCOPY . .\nRUN {}\n{}FROM debian:12\n{}\n"
THROUGH = "FROM debian:12 AS c\nCOPY --from=b /app /srv\n"


@pytest.mark.parametrize(
    ("install", "between", "takes", "severity"),
    [
        ("pnpm install", "", "COPY --from=b /app/node_modules .", "warning"),
        ("pnpm install", "", "COPY --from=b /app .", "info"),  # new with the source in any order
        # the same files again, so that COPY is taken from the cache
        ("npm ci", "", "COPY --from=b /app/node_modules .", "info"),
        ("pnpm install", "", "COPY --from=b /app/node_modules/@prisma .", "info"),
        ("pnpm install", "", "COPY --from=b /app/dist .", "info"),
        ("pnpm install && cp -r node_modules /prod", "", "COPY --from=b /prod .", "warning"),
        ("pnpm install && mkdir /out", "", "COPY --from=b /out .", "info"),
        ("pnpm install", THROUGH, "COPY --from=c /srv/node_modules .", "warning"),
        ("pnpm install", THROUGH, "COPY --from=c /srv/dist .", "info"),
        ("pnpm install", THROUGH, "COPY --from=c /etc/x .", "info"),
        ("bundle install --path vendor", "", "COPY --from=b /app/vendor .", "warning"),
        ("bundle install", "", "COPY --from=b /usr/local/bundle .", "warning"),
        ("bundle install", "", "COPY --from=b /usr/local/bundle/bin .", "info"),
        ("pip install -t /deps -r requirements.txt", "", "COPY --from=b /deps .", "warning"),
        ("pip install -r requirements.txt", "", "COPY --from=b /app .", "info"),
    ],
)
def test_what_a_reinstall_uploads(
    tmp_path: Path, install: str, between: str, takes: str, severity: str
) -> None:
    text = TEXT.format(install, between, takes)
    found = checked(tmp_path, "order/copy-before-install", text, FILES).found
    assert [str(each.severity) for each in found] == [severity]


@pytest.mark.parametrize(
    ("base", "takes", "severity"),
    [
        ("rust:1.80", "/src/target/app", "info"),  # made there
        ("rust:1.80", "/", "warning"),
        ("scratch", "/usr/bin/tool", "warning"),
    ],
)
def test_tools_that_are_laid_over_a_base_are_not_what_is_taken_from_it(
    tmp_path: Path, base: str, takes: str, severity: str
) -> None:
    text = (
        f"FROM example.com/cross AS tools\nFROM {base} AS b\nCOPY --from=tools / /\nWORKDIR /src\n"
        f"RUN make\nFROM debian:12\nCOPY --from=b {takes} /app\n"
    )
    found = checked(tmp_path, "pin/base-tag", text).found
    assert [str(each.severity) for each in found if each.place.start.line == 1] == [severity]
