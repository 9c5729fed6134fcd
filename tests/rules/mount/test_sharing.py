"""Which mounts several builds may write to at a time, beyond the examples of `mount/sharing`'s page."""

from __future__ import annotations

import pytest

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins

APT = "apt-get update && apt-get install -y --no-install-recommends git"
PIP = "pip install flask"


def lines(rule: str, text: str) -> list[int]:
    checker = Checker(
        Spec(Overrides(isolated=True, select=(rule,))), Plugins(third_party=False).rules
    )
    return [each.place.start.line for each in checker.check(Task("-", text.encode())).diagnostics]


def cache(*targets: str) -> str:
    return " ".join(f"--mount=type=cache,target={target}" for target in targets)


@pytest.mark.parametrize(
    ("run", "hit"),
    [
        (f"{cache('/var/cache/apt')} {APT}", True),
        (f"{cache('/var/lib/apt/lists,sharing=shared')} {APT}", True),
        (f"{cache('/var/cache/apt,sharing=private')} {APT}", False),
        (f"{cache('/var/cache/apt,sharing=locked')} {APT}", False),
        (f"{cache('/var/cache/apt')} {PIP}", False),  # apt doesn't run
        (f"{cache('/root/.cache/pip')} {PIP}", False),
        ("--mount=type=tmpfs,target=/var/cache/apt " + APT, False),
        (f"{cache('/var/cache/$X')} {APT}", False),
        (f"{cache('/var/cache/libdnf5')} dnf install -y git", True),
        (f"{cache('/var/lib/apt/lists', '/var/cache,sharing=locked')} {APT}", False),
        (
            f"{cache('/var/lib/apt/lists', '/x,sharing=locked')} {APT}\nRUN {cache('/x')} {PIP}",
            False,
        ),
        (
            f"{cache('/var/lib/apt/lists', '/x,sharing=locked')} {APT}\nRUN {cache('/var/lib/apt/lists')} {APT}",
            True,
        ),
    ],
)
def test_sharing(run: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(lines("mount/sharing", f"FROM debian:12\nRUN {run}\n")) is hit
    assert lines("mount/sharing", f"FROM debian:12 AS dead\nRUN {run}\nFROM scratch\n") == []


@pytest.mark.parametrize(
    ("image", "command", "folder", "hit"),
    [
        ("fedora:40", "dnf", "dnf", True),
        ("fedora:41", "dnf", "dnf", False),  # dnf5 has another
        ("fedora:41", "dnf", "libdnf5", True),
        ("fedora", "yum", "libdnf5", True),
        ("almalinux:9", "dnf", "dnf", True),
        ("almalinux:9", "yum", "yum", False),
        ("registry.example.com/ubi8/ubi:8.10", "dnf", "dnf", True),
        ("centos:7", "yum", "yum", True),
        ("amazonlinux:2023", "dnf", "dnf", True),
        ("registry.example.com/own", "yum", "yum", True),
        ("almalinux:9", "microdnf", "yum", True),
        ("photon:5.0", "tdnf", "tdnf", True),
        ("fedora:41", "dnf", "", True),
    ],
)
def test_where_dnf_keeps_what_it_fetches(image: str, command: str, folder: str, hit: bool) -> None:  # noqa: FBT001  a column
    target = f"/var/cache/{folder}".rstrip("/")
    text = f"FROM {image}\nRUN --mount=type=cache,target={target} {command} install -y a\n"
    assert bool(lines("mount/sharing", text)) is hit
