"""When digests are asked for, and which are written down."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

from dlint import DlintError

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.images.facts import RegistrySettings

DIGEST = "sha256:" + "0123456789abcdef" * 4
base_digest = partial(checked, rule="pin/base-digest")


def test_digests_are_asked_for_where_they_are_selected(tmp_path: Path) -> None:
    text = f"FROM debian:12 AS a\nFROM debian:12@{DIGEST} AS b\nFROM scratch AS c\nFROM own\nCOPY --from=ghcr.io/a/b:1 /a /b\nCOPY --from=a /c /d\n"
    assert checked(tmp_path, "pin/base-digest", text).lines == [1, 5]


RESOLVE = "[pin.base-digest]\nresolve = true\n"


def test_the_digest_that_the_registry_tells_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(name: str, *, settings: RegistrySettings) -> str:
        asked.append((name, settings.insecure))
        if "gone" in name:
            raise DlintError("no such image")
        return DIGEST

    monkeypatch.setattr("dlint.images.tag_digest", answer)
    text = "ARG V=12\nFROM debian:12.5 AS a\nFROM debian:$V\nFROM gone:1\nFROM debian:12.5@{}\nCOPY --from=a /x /x\n"
    text = text.format(DIGEST)
    config = (
        f'insecure-registries = ["registry.local:5000"]\nselect = ["pin/base-digest"]\n{RESOLVE}'
    )
    fixed = base_digest(tmp_path, text=text, config=config).fixed
    assert fixed == text.replace("debian:12.5 AS", f"debian:12.5@{DIGEST} AS")
    assert asked[0] == ("debian:12.5", ("registry.local:5000",))
    asked.clear()
    assert base_digest(tmp_path, text=text, config='select = ["pin/base-digest"]\n').fixed == text
    assert not asked


@pytest.mark.parametrize(
    ("base", "lines"), [("shop/base:latest", []), ("shop/base", []), ("shop/other:latest", [1])]
)
def test_an_image_that_the_repository_builds_has_no_digest_yet(
    tmp_path: Path, base: str, lines: list[int]
) -> None:
    (tmp_path / "build.sh").write_text("docker build -t shop/base:latest -f Base .\n")
    commit(tmp_path)
    text = f"FROM {base}\nRUN apt-get update && apt-get install -y curl\n"
    assert checked(tmp_path, "pin/base-digest", text).lines == lines
