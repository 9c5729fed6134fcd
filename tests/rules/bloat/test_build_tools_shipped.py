"""What `bloat/build-tools-shipped` says beyond the examples of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import check, lines

if TYPE_CHECKING:
    from pathlib import Path

RULE = "bloat/build-tools-shipped"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("FROM golang\nCOPY --from=0 /app /app\nCMD /app\n", [2]),
        ("FROM golang\nCOPY --from=0 /app /app\nCMD go run .\n", []),
        ("FROM golang\nRUN go build -o /app\n", []),  # perhaps a toolchain's own image
        ("FROM rust:1\nRUN cargo build\nCMD target/app\n", [2]),
        ('FROM golang:1\nRUN go install example.com/a@latest\nCMD ["a"]\n', [2]),
        ('FROM golang:1\nRUN go install example.com/dlv@latest\nCMD ["dlv"]\n', []),
        ('FROM golang:1\nRUN go install example.com/a@v1\nENTRYPOINT ["/go/bin/a"]\n', [2]),
        ('FROM golang:1\nRUN go install example.com/ko@v1\nENTRYPOINT ["/go/bin/ko"]\n', []),
        ('FROM golang:1\nRUN go install example.com/mage@v1\nENTRYPOINT ["mage"]\n', []),
        ('FROM golang:1\nCOPY . .\nRUN go install -v ./...\nCMD ["a"]\n', [2]),
        ('FROM golang:1\nCOPY . .\nRUN go install\nCMD ["a"]\n', [2]),
        ('FROM golang:1\nCOPY . .\nRUN go get -d ./...\nCMD ["a"]\n', []),
        ('FROM golang:1\nWORKDIR /go/src/a\nRUN go build\nCMD ["/go/src/a/a"]\n', [2]),
        ('FROM golang:1\nRUN go build -o b\nCMD ["/usr/local/go/bin/go", "test"]\n', []),
        ('FROM rust:1\nRUN cargo install a@1\nCMD ["/usr/local/cargo/bin/a"]\n', [2]),
        ('FROM rust:1\nRUN cargo install a@1\nCMD ["/usr/local/cargo/bin/cargo", "a"]\n', []),
    ],
)
def test_whole_files(text: str, wanted: list[int]) -> None:
    assert lines("bloat/build-tools-shipped", f"FROM debian:12\n{text}") == wanted


SERVED = "FROM golang:1 AS deploy\nCOPY --from=0 /app /usr/bin/\nCMD app\n"
CHECKED = 'healthcheck:\n      test: ["CMD", "curl", "-f", "http://localhost"]\n'


def test_several_images_on_one_base_are_reported_once(tmp_path: Path) -> None:
    """Each target of a Compose file is an image of its own, and all stand on one FROM."""
    (tmp_path / "compose.yaml").write_text(
        "services:\n"
        "  web:\n    build: {context: ., target: deploy}\n    image: reg.example.com/web\n"
        "  jobs:\n    build: {context: ., target: jobs}\n    image: reg.example.com/jobs\n"
    )
    more = "FROM deploy AS jobs\nCOPY --from=0 /jobs /usr/bin/app\n"
    found = check(tmp_path, RULE, f"FROM debian:12\n{SERVED}{more}")
    assert [each.place.start.line for each in found] == [2]


def test_a_stage_for_a_debugger_is_meant_to_have_it() -> None:
    text = f"FROM debian:12\n{SERVED}".replace("deploy", "debug")
    assert lines(RULE, text) == []


@pytest.mark.parametrize(
    ("check_of_file", "check_of_service", "wanted"),
    [
        ("", "", ""),
        ("HEALTHCHECK CMD app health\n", "", ""),
        ("HEALTHCHECK CMD /curl localhost\n", "", ""),
        ("HEALTHCHECK CMD curl -f localhost\n", "", "`curl`"),
        ('HEALTHCHECK CMD ["wget", "localhost"]\n', "", "`wget`"),
        ("", CHECKED, "`curl`"),
        (
            "",
            "healthcheck:\n      test: curl -f localhost || wget localhost\n",
            "`curl` and `wget`",
        ),
    ],
)
def test_what_a_health_check_starts_has_to_come_along(
    tmp_path: Path, check_of_file: str, check_of_service: str, wanted: str
) -> None:
    service = f"    build: {{context: ., target: deploy}}\n    {check_of_service}"
    (tmp_path / "compose.yaml").write_text(f"services:\n  web:\n{service}")
    (found,) = check(tmp_path, RULE, f"FROM debian:12\n{SERVED}{check_of_file}")
    end = f" that has {wanted} for the health check" if wanted else ""
    assert found.help == f"copy the program into a final stage on a small base image{end}"
