"""`dlint push` for several platforms: what Docker 26.1.5 with the containerd image store sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = "FROM scratch\n{copies}ARG TARGETARCH\nCOPY bin/$TARGETARCH /bin.exe\n"
TWO = "linux/amd64,linux/arm64"
THREE = f"{TWO},linux/arm/v7"
WITHIN = 0.10


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bin").mkdir()
    for number, name in enumerate(("amd64", "arm64", "arm")):
        (tmp_path / "bin" / name).write_bytes(bytes([200 + number]) * 300)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def images(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["push", "--isolated", "--output-format", "json", *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def write(folder: Path, count: int) -> None:
    copies = ""
    for number in range(count):
        (folder / f"f{number}").write_bytes(bytes([number]) * 300)
        copies += f"COPY f{number} /f{number}\n"
    (folder / "Dockerfile").write_text(DOCKERFILE.format(copies=copies))


@pytest.mark.parametrize(
    ("count", "options", "sent"),
    [
        (1, ("--platform", TWO, "--provenance", "off"), 15_872),
        (13, ("--platform", THREE, "--provenance", "off"), 59_416),
        (5, ("--platform", THREE), 51_768),
        (13, ("--platform", TWO, "--pushed-by", "buildx"), 69_493),
    ],
)
def test_a_layer_of_all_platforms_goes_up_once(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    count: int,
    options: tuple[str, ...],
    sent: int,
) -> None:
    write(folder, count)
    found = images(capsys, *options)
    platforms = options[1].split(",")
    assert [each["image"] for each in found["images"]] == [f"Dockerfile ({p})" for p in platforms]
    statuses = [layer["status"] for each in found["images"] for layer in each["layers"]]
    assert statuses.count("Pushed") == count + len(platforms)
    assert found["overhead_bytes"] == pytest.approx(sent, rel=WITHIN)


def test_a_bake_file_names_the_platforms(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, 1)
    text = f'target "app" {{ platforms = {json.dumps(TWO.split(","))} }}\n'
    (folder / "docker-bake.hcl").write_text(text)
    name = "docker-bake.hcl#app"
    found = images(capsys, name)
    assert [each["image"] for each in found["images"]] == [
        f"{name} (linux/amd64)",
        f"{name} (linux/arm64)",
    ]
    assert images(capsys, name, "--platform", "linux/arm64")["layers"]


def test_one_image_alone_is_compared_with_another(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, 1)
    assert main(["push", "--isolated", "--platform", TWO, "--against", "oci:x"]) == 2
    assert "--against speaks of one image" in capsys.readouterr().err
