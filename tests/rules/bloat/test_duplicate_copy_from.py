"""Which COPYs from stages and images bring what the image holds already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, lines

if TYPE_CHECKING:
    from pathlib import Path

RULE = "bloat/duplicate-copy-from"
STAGES = "FROM debian:12 AS base\nFROM base AS build\nRUN make\nFROM base\n"


@pytest.mark.parametrize(
    ("copies", "wanted"),
    [
        ("COPY --from=build /out /a\nCOPY --from=build /out /b", [6]),
        ("COPY --from=build /out /a\nCOPY --from=build /out /a", [6]),
        ("COPY --from=build /out /a\nCOPY --from=build /out/tool /bin/tool", [6]),
        ("COPY --from=build /out/lib /lib/x\nCOPY --from=build /out /opt", [6]),
        ("COPY --from=nginx:1 /usr/bin/x /a/\nCOPY --from=nginx:1 /usr/bin/x /b/", []),
        ("COPY --from=build /out /a\nCOPY --from=build /out /b\nVOLUME /data /b", []),
        ('COPY --from=build /out /a\nCOPY --from=build /out /b/c\nVOLUME ["/b"]', []),
        ("COPY --from=build /out /a\nCOPY --from=build /out /b\nVOLUME /data", [6]),
        ("COPY --from=base /opt /opt", [5]),
        ("COPY --from=build /out /a\nCOPY --from=build /other /b", []),
        ("COPY --from=build /out /a\nCOPY --from=nginx:1 /out /b", []),
        ("COPY --from=nginx:1 /out /a\nCOPY --from=nginx:2 /out /b", []),
        ("COPY --from=build /zones/UTC /a/\nCOPY --from=build /zones/UTC /etc/localtime", []),
        ("COPY --from=build /out/a.json /a/\nCOPY --from=build /out /b", []),
        ("COPY --from=build /out /a\nCOPY --from=build --exclude=lib /out /b", []),
        ("COPY --from=build /out /a\nCOPY --from=build --chown=1 /out/run /a/run", []),
        ("COPY --from=build /venv /venv\nCOPY --from=build /venv/bin/shop /usr/bin/", []),
        ("COPY --from=build /out/*.so /a/\nCOPY --from=build /out/*.so /b/", []),
    ],
)
def test_what_is_taken_twice(copies: str, wanted: list[int]) -> None:
    assert lines(RULE, STAGES + copies + "\n") == wanted


@pytest.mark.parametrize(
    ("flag", "told"), [("--link ", "so it is stored twice"), ("", "Docker's graphdriver store")]
)
def test_a_linked_copy_stands_alone(tmp_path: Path, flag: str, told: str) -> None:
    copies = f"COPY --from=build /out /a\nCOPY {flag}--from=build /out /a\n"
    assert told in checked(tmp_path, RULE, STAGES + copies, "a\n").texts[0]


def test_what_an_image_that_is_not_pushed_takes_twice() -> None:
    text = "FROM debian:12 AS a\nFROM debian:12 AS b\n{}FROM scratch\nCOPY --from=b /x /x\n"
    assert lines(RULE, text.format("COPY --from=a /out /a\nCOPY --from=a /out /b\n")) == []


@pytest.mark.parametrize(
    ("copies", "advice"),
    [
        ("COPY --from=build /out /a\nCOPY --from=build /out /a", "remove one of the two"),
        ("COPY --from=build /out /a\nCOPY --from=build /out /b", "copy it once, to one place"),
    ],
)
def test_what_is_needed_in_two_places_is_not_to_be_removed(
    tmp_path: Path, copies: str, advice: str
) -> None:
    assert f"help: {advice}" in checked(tmp_path, RULE, STAGES + copies + "\n", "a\n").texts[0]


@pytest.mark.parametrize(
    ("script", "wanted"),
    [("cp -rn /defaults/img/* /app/img\n", []), ("cp -rn /defaults/imgs/* /app/imgs\n", [5])],
)
def test_what_a_script_fills_at_the_start(tmp_path: Path, script: str, wanted: list[int]) -> None:
    (tmp_path / "start.sh").write_text(script)
    text = (
        "FROM node:22 AS build\nRUN make\nFROM node:22\nCOPY --from=build /out/img /app/img\n"
        'COPY --from=build /out/img /defaults/img\nCMD ["sh", "./bin/start.sh"]\n'
    )
    assert checked(tmp_path, RULE, text).lines == wanted


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ("RUN mkdir -p /out", []),  # an owner of a volume, and no bytes
        ("RUN mkdir -p /out/a && chown 7 /out", []),
        ("RUN install -d /out", []),
        ("RUN mkdir -p /out\nRUN make DESTDIR=/out", [8]),
        ("RUN mkdir -p /out\nRUN echo 1 > /out/a", [8]),
        ("RUN mkdir -p /out\nCOPY a /out/a", [8]),
        ("RUN mkdir -p /out\nWORKDIR /out\nRUN make", [9]),
        ("RUN make", [7]),
    ],
)
def test_empty_folders_are_not_stored_twice(steps: str, wanted: list[int]) -> None:
    text = (
        f"FROM debian:12 AS build\n{steps}\nFROM debian:12\nWORKDIR /\nRUN true\n"
        "COPY --from=build /out /a\nCOPY --from=build /out /b\n"
    )
    assert lines(RULE, text) == wanted
