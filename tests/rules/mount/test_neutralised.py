"""Which mounts a RUN or its base keeps empty, beyond the examples of `mount/neutralised`'s page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, severities

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.lint.report import Diagnostic

APT = "apt-get update && apt-get install -y --no-install-recommends git"
PIP = "pip install flask"


def found(rule: str, text: str) -> list[Diagnostic]:
    checker = Checker(
        Spec(Overrides(isolated=True, select=(rule,))), Plugins(third_party=False).rules
    )
    return list(checker.check(Task("-", text.encode())).diagnostics)


def lines(rule: str, text: str) -> list[int]:
    return [each.place.start.line for each in found(rule, text)]


def cache(*targets: str) -> str:
    return " ".join(f"--mount=type=cache,target={target}" for target in targets)


KEEP = "RUN rm -f /etc/apt/apt.conf.d/docker-clean\n"


@pytest.mark.parametrize(
    ("base", "above", "run", "hit"),
    [
        ("debian:12", "", f"{cache('/var/cache/apt')} {APT}", True),
        ("python:3.12", "", f"{cache('/var/cache/apt')} {APT}", True),
        ("debian:12", KEEP, f"{cache('/var/cache/apt')} {APT}", False),
        (
            "debian:12",
            "",
            f"{cache('/var/cache/apt')} rm /etc/apt/apt.conf.d/docker-clean && {APT}",
            False,
        ),
        (
            "debian:12",
            "",
            f"{cache('/var/cache/apt')} <<E\nrm /etc/apt/apt.conf.d/docker-clean\n{APT}\nE",
            False,
        ),
        ("debian:12", "", f"{cache('/var/cache/apt')} <<E\n{APT}\nE", True),
        (
            "debian:12",
            "COPY apt.conf /etc/apt/apt.conf.d/\n",
            f"{cache('/var/cache/apt')} {APT}",
            False,
        ),
        (
            "nvidia/cuda:12.8.1-devel-ubuntu24.04",
            "RUN echo deb x > /etc/apt/sources.list.d/x.list\nCOPY x.gpg /etc/apt/keyrings/\n",
            f"{cache('/var/cache/apt')} {APT}",
            True,
        ),
        ("debian:12", "COPY apt /etc/apt/\n", f"{cache('/var/cache/apt')} {APT}", False),
        ("debian:12", "RUN rm -rf /etc/apt/*\n", f"{cache('/var/cache/apt')} {APT}", False),
        ("debian:12", "RUN cp -r /x/. /etc/apt\n", f"{cache('/var/cache/apt')} {APT}", False),
        ("debian:12", "COPY etc /etc\n", f"{cache('/var/cache/apt')} {APT}", False),
        ("debian:12", "RUN /setup\n", f"{cache('/var/cache/apt')} {APT}", False),
        ("debian:12", "", f"{cache('/var/lib/apt')} {APT}", False),  # the lists stay
        ("registry.local:5000/debian:12", "", f"{cache('/var/cache/apt')} {APT}", False),
        ("acme/base:1", "", f"{cache('/var/cache/apt')} {APT}", False),
        ("mcr.microsoft.com/dotnet/sdk:8.0", "", f"{cache('/var/cache/apt')} {APT}", False),
        ("alt:p10", "", f"{cache('/var/cache/apt')} {APT}", False),  # apt for packages of RPM
        ("debian:12 AS b", f"{KEEP}FROM b\n", f"{cache('/var/cache/apt')} {APT}", False),
        ("debian:12 AS b", f"{KEEP}FROM debian:12\n", f"{cache('/var/cache/apt')} {APT}", True),
        ("$BASE", "", f"{cache('/var/cache/apt')} {APT}", False),
        (
            "debian:12",
            "",
            f"{cache('/var/lib/apt/lists')} {APT} && rm -rf /var/lib/apt/lists/*",
            True,
        ),
        (
            "acme/base:1",
            "",
            f"{cache('/var/cache/apt')} {APT} && rm -rf /var/lib/apt/lists/*",
            False,
        ),
        ("acme/base:1", "", f"{cache('/var/cache/apt')} {APT} && apt-get clean", True),
        ("acme/base:1", "", f"{cache('/c')} PIP_CACHE_DIR=/c {PIP} && pip cache purge", False),
        (
            "acme/base:1",
            "ENV PIP_CACHE_DIR=/c\n",
            f"{cache('/c')} {PIP} && pip cache purge",
            True,
        ),
        ("maven:3", "", f"{cache('/root/.m2/repository')} mvn package && rm -r /x/.m2", False),
        ("maven:3", "", f"{cache('/root/.m2/repository')} mvn package && rm -r $X/.m2", False),
        ("maven:3", "", f"{cache('/root/.m2/repository')} mvn package && rm -r ~/.m2", True),
        ("acme/base:1", "", f"{cache('/etc/apk/cache')} apk add --no-cache git", True),
        ("acme/base:1", "", f"{cache('/etc/apk/cache')} apk add git", False),
        ("acme/base:1", "", f"{cache('/root/.cache/pip')} pip install --no-cache-dir flask", True),
        ("acme/base:1", "ENV PIP_NO_CACHE_DIR=1\n", f"{cache('/root/.cache/pip')} {PIP}", True),
        (
            "acme/base:1",
            "",
            f"{cache('/root/.cache/pip')} pip install --no-cache-dir x && {PIP}",
            False,
        ),
        (
            "acme/base:1",
            "",
            f"{cache('/root/.cache/pip')} pip install --no-cache-dir x && ./build",
            False,
        ),
        ("acme/base:1", "", f"{cache('/root/.cache/uv')} uv sync && uv cache prune --ci", False),
        (
            "acme/base:1",
            "",
            "--mount=type=tmpfs,target=/root/.cache pip install --no-cache-dir flask",
            False,
        ),
    ],
)
def test_neutralised(base: str, above: str, run: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(lines("mount/neutralised", f"FROM {base}\n{above}RUN {run}\n")) is hit


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (f"{cache('/root/.cache/uv')} uv sync --no-cache", "remove the mount"),
        (f"{cache('/root/.cache/pip')} pip install --no-cache-dir flask", "remove the mount"),
        (f"{cache('/var/cache/apt')} apt install -y git", "Keep-Downloaded-Packages"),
        (f"{cache('/var/cache/apt')} {APT} && apt-get clean", "delete `/etc/apt/apt.conf.d/docker"),
        (
            f"{cache('/var/cache/apk')} apk add --no-cache git",
            "mount the cache at `/etc/apk/cache`,",
        ),
        (f"{cache('/etc/apk/cache')} apk add --no-cache git", "remove `--no-cache`, or remove the"),
        (
            f"{cache('/var/cache/apt')} apt-get upgrade -y; apt install -y git",
            "Keep-Downloaded-Packages",
        ),
    ],
)
def test_both_ways_out_are_named(run: str, told: str) -> None:
    [each] = found("mount/neutralised", f"FROM python:3.12\nRUN {run}\n")
    assert told in each.text


ELSEWHERE = "`app`, who runs this, has caches elsewhere"


@pytest.mark.parametrize(
    ("above", "run", "is_elsewhere"),
    [
        ("ENV UV_NO_CACHE=1\nUSER app", "uv sync", True),
        ("USER app", "uv sync --no-cache", True),
        ("ENV UV_NO_CACHE=1", "uv sync", False),
        ("ENV UV_NO_CACHE=1\nUSER root:root", "uv sync", False),
        ("ENV UV_NO_CACHE=1\nARG WHO\nUSER $WHO", "uv sync", False),
        ("ENV UV_NO_CACHE=1 HOME=/root\nUSER app", "uv sync", False),
        ("ENV UV_NO_CACHE=1 UV_CACHE_DIR=/root/.cache/uv\nUSER app", "uv sync", False),
        ("ENV UV_NO_CACHE=1 UV_CACHE_DIR=$OF_THE_BASE\nUSER app", "uv sync", False),
    ],
)
def test_a_user_whose_cache_is_not_in_the_mount(
    above: str,
    run: str,
    is_elsewhere: bool,  # noqa: FBT001  a column
) -> None:
    text = f"FROM acme/base:1\n{above}\nRUN {cache('/root/.cache')} {run}\n"
    [each] = found("mount/neutralised", text)
    assert (ELSEWHERE in each.text) is is_elsewhere


def test_apt_get_keeps_the_archives_by_itself() -> None:
    [each] = found("mount/neutralised", f"FROM debian:12\nRUN {cache('/var/cache/apt')} {APT}\n")
    assert "Keep-Downloaded-Packages" not in each.text


@pytest.mark.parametrize(
    ("config", "severity"), [("", "info"), ("persistent-builder = true\n", "warning")]
)
def test_who_is_known_to_keep_mounts(tmp_path: Path, config: str, severity: str) -> None:
    text = f"FROM python:3.12\nRUN {cache('/root/.cache/pip')} pip install --no-cache-dir flask\n"
    result = checked(tmp_path, "mount/neutralised", text, config=config)
    assert severities(result.found) == [(2, severity)]


@pytest.mark.parametrize(
    ("run", "own"),
    [
        (f"{cache('/root/.cache/pip')} {PIP} && pip cache purge", "what this `RUN` downloads"),
        (f"{cache('/var/cache/apt')} {APT}", "this `RUN` leaves nothing in"),
        (f"{cache('/root/.cache/pip')} {PIP} --no-cache-dir", "keeps pip from using"),
    ],
)
def test_a_mount_that_other_steps_fill(run: str, own: str) -> None:
    """What is told is of the step itself: another one may fill the same cache."""
    fills = f"RUN {cache('/root/.cache/pip')} {PIP}\n"
    keeps = f"{KEEP}RUN {cache('/var/cache/apt')} {APT}\n"
    text = f"FROM python:3.12 AS a\nRUN {run}\nFROM python:3.12\n{fills}{keeps}COPY --from=a /a /\n"
    told, *_ = found("mount/neutralised", text)
    assert own in told.message
    assert not any(word in told.message for word in ("stays empty", "next build"))
