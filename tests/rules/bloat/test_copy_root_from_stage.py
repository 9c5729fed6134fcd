"""What a folder that is copied out of a stage weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, lines

from dlint import Severity

if TYPE_CHECKING:
    from pathlib import Path


AGAIN = "FROM node:22 AS b\nCOPY web /app\nRUN x\nFROM debian:12\nCOPY --from=b /app /app\nCOPY . /app\n"


@pytest.mark.parametrize(
    "text",
    [
        "FROM golang:1 AS b\nCOPY . /s\nRUN cd /s && go build\nFROM debian:12\nCOPY --from=b /s /s\n",
        AGAIN,
    ],
)
def test_what_is_copied_out_of_a_stage_weighs_its_sources(tmp_path: Path, text: str) -> None:
    context = "web/a.bin 2MB\n"
    [found] = checked(tmp_path, "bloat/copy-root-from-stage", text, context).found
    assert found.cost is not None
    assert found.cost.image_bytes == pytest.approx(2_000_000, rel=0.1)
    assert found.cost.at_least is (text is not AGAIN)  # what the build wrote comes on top


@pytest.mark.parametrize(("start", "told"), [("./run.sh", False), ("./shop", True)])
def test_an_image_that_starts_a_source_needs_some(
    tmp_path: Path, start: str, *, told: bool
) -> None:
    text = (
        "FROM golang:1 AS b\nCOPY . /s\nRUN cd /s && go build\nFROM debian:12\n"
        f'COPY --from=b /s /s\nCMD ["{start}"]\n'
    )
    context = "web/a.bin 2MB\nrun.sh: exec ./shop\n"
    [found] = checked(tmp_path, "bloat/copy-root-from-stage", text, context).found
    assert (found.cost is not None) is told


def test_a_few_files_twice_are_an_info(tmp_path: Path) -> None:
    context = "web/package.json 20kB\nfilms/a.bin 2MB\n"
    [found] = checked(tmp_path, "bloat/copy-root-from-stage", AGAIN, context).found
    assert found.severity is Severity.INFO
    assert found.cost is not None
    assert found.cost.image_bytes == pytest.approx(20_000, rel=0.1)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("FROM debian:12\nCOPY --from=0 / /\n", []),  # no more than an image's other name
        ("RUN make\nFROM scratch\nCOPY --from=0 / /\n", []),
        ("RUN make\nFROM debian:12\nCOPY --from=0 / /\n", [4]),
    ],
)
def test_whole_files(text: str, wanted: list[int]) -> None:
    assert lines("bloat/copy-root-from-stage", f"FROM debian:12\n{text}") == wanted


@pytest.mark.parametrize(("base", "wanted"), [("a", []), ("debian:12", [6])])
def test_onto_what_both_stand_on_a_copy_stores_what_has_changed(
    base: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12 AS a\nRUN id\nFROM a AS b\nRUN make\nFROM {base}\nCOPY --from=b / /\n"
    assert lines("bloat/copy-root-from-stage", text) == wanted


@pytest.mark.parametrize(
    ("start", "wanted"), [('CMD ["/src/app"]', [5]), ('CMD ["dlv", "exec", "/src/app"]', [])]
)
def test_a_debugger_shows_the_sources(start: str, wanted: list[int]) -> None:
    text = "FROM golang:1 AS b\nCOPY . /src\nRUN cd /src && go build -o app .\nFROM debian:12\n"
    text += f"COPY --from=b /src /src\n{start}\n"
    assert lines("bloat/copy-root-from-stage", text) == wanted


@pytest.mark.parametrize(("name", "wanted"), [("dev", []), ("web-dev", []), ("devices", [5])])
def test_a_stage_to_develop_in_wants_the_sources(name: str, wanted: list[int]) -> None:
    text = (
        "FROM golang:1 AS b\nCOPY . /s\nRUN cd /s && go build\n"
        f"FROM debian:12 AS {name}\nCOPY --from=b /s /s\n"
    )
    assert lines("bloat/copy-root-from-stage", text) == wanted


@pytest.mark.parametrize(
    ("packages", "source", "wanted"),
    [
        ("gcc libc6-dev", "/usr/lib", [4]),
        ("build-essential", "/usr", [4]),
        ("gcc libc6-dev", "/usr/lib/shop", []),  # what was built, or one library
        ("gcc libc6-dev", "/usr/local", []),  # where no distribution puts its compilers
        ("libevent-2.1-7", "/usr/lib", []),
        ("gcc && apt-get purge -y --auto-remove gcc", "/usr/lib", []),
    ],
)
def test_the_system_s_folders_hold_the_compiler(
    packages: str, source: str, wanted: list[int]
) -> None:
    text = (
        f"FROM debian:12-slim AS b\nRUN apt-get update && apt-get install -y {packages}\n"
        f"FROM debian:12-slim\nCOPY --from=b {source} {source}\nCMD shopd\n"
    )
    assert lines("bloat/copy-root-from-stage", text) == wanted
