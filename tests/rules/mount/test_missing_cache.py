"""Which downloads no mount keeps, and the mounts that would, beyond the examples of `mount/missing-cache`'s page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins

if TYPE_CHECKING:
    from pathlib import Path

APT = "apt-get update && apt-get install -y --no-install-recommends git"
PIP = "pip install flask"


def cache(*targets: str) -> str:
    return " ".join(f"--mount=type=cache,target={target}" for target in targets)


def test_installs_without_a_mount_matter_to_a_builder_that_stays(tmp_path: Path) -> None:
    def found(run: str, persistent: str = "true") -> int:
        (tmp_path / "dlint.toml").write_text(f"persistent-builder = {persistent}\n")
        (tmp_path / "Dockerfile").write_text(f"FROM debian:12\nRUN {run}\n")
        checker = Checker(
            Spec(Overrides(select=("mount/missing-cache",))), Plugins(third_party=False).rules
        )
        return len(checker.check(Task((tmp_path / "Dockerfile").as_posix())).diagnostics)

    assert found(PIP) == found(APT) == 1
    assert found(PIP, "false") == 0
    assert found(f"{cache('/root/.cache/pip')} {PIP}") == 0
    assert found("npm install -g npm@10") == 0
    assert found(f"{cache('/root/.cache/pip')} {PIP} && npm ci") == 1
    # A mount of its own says that the builder stays.
    assert found(f"{cache('/src/target')} cargo build", "false") == 1
    assert found(f"{cache('/src/target', '/root/.cargo/registry')} cargo build", "false") == 0
    assert found(f"{cache('/home/app/.cache/pip')} {PIP}", "false") == 0
    assert found(f"{cache('/src/target')} {APT}", "false") == 0
    # What is installed there is not downloaded again.
    assert found(f"{cache('/src/node_modules')} cd /src && yarn install", "false") == 0
    assert found(f"{cache('/src/node_modules')} cd /src && yarn install") == 0
    assert found(f"{cache('/src/node_modules')} cd /src && npm ci") == 1  # which deletes it first
    assert found(f"{cache('/app/node_modules')} cd /src && yarn install", "false") == 1
    # One at a place that only the base knows may be it.
    assert found(f"{cache('$WHEELS')} {PIP}") == found(f"{cache('$WHEELS')} {PIP}", "false") == 0


MOUNT = "--mount=type=cache,target=/root/.cache/pip"


@pytest.mark.parametrize(
    ("run", "mended"),
    [
        ("RUN pip install -r a.txt", f"RUN {MOUNT} pip install -r a.txt"),
        (
            "RUN  set -e \\\n  && pip install -r a.txt",
            f"RUN {MOUNT} \\\n    set -e \\\n  && pip install -r a.txt",
        ),
        ("RUN \\\n  pip install -r a.txt", f"RUN {MOUNT} \\\n  pip install -r a.txt"),
        (
            "RUN --network=none \\\n  --security=insecure \\\n  pip install -r a.txt",
            f"RUN {MOUNT} \\\n  --network=none \\\n  --security=insecure \\\n  pip install -r a.txt",
        ),
        ("RUN <<EOF\npip install -r a.txt\nEOF", f"RUN {MOUNT} <<EOF\npip install -r a.txt\nEOF"),
    ],
)
def test_a_mount_stands_on_a_line_of_its_own(tmp_path: Path, run: str, mended: str) -> None:
    config = "persistent-builder = true\n"
    text = f"FROM python:3.12-slim\n{run}\n"
    fixed = checked(tmp_path, "mount/missing-cache", text, config=config).fixed
    assert fixed == f"FROM python:3.12-slim\n{mended}\n"


GO = "/go/pkg/mod"


@pytest.mark.parametrize(
    ("download", "build", "wanted"),
    [
        ("go mod download", f"{cache(GO)} go build -o /a .", [4]),
        ("go mod download", f"{cache('/go')} make && go build -o /a .", [4]),
        ("go mod download", f"{cache('/root/.cache/go-build')} go build -o /a .", []),
        ("go mod download", f"{cache(GO)} go build -mod=vendor -o /a .", []),
        ("go mod download", f"--mount=type=cache,from=deps,target={GO} go build -o /a .", []),
        (f"{cache(GO)} go mod download", f"{cache(GO)} go build -o /a .", []),
        ("go install example.com/tool@v1.2.3", f"{cache(GO)} go build -o /a .", []),
        ("go build -o /b ./b", f"{cache(GO)} go build -o /a .", []),
    ],
)
def test_a_mount_hides_what_an_earlier_step_has_downloaded(
    tmp_path: Path, download: str, build: str, wanted: list[int]
) -> None:
    text = f"FROM golang:1.22 AS b\nWORKDIR /src\nCOPY . .\nRUN {download}\nRUN {build}\n"
    found = checked(tmp_path, "mount/missing-cache", f"{text}FROM scratch\nCOPY --from=b /a /a\n")
    assert found.lines == wanted


@pytest.mark.parametrize(
    ("machine", "advice", "has_fix"),
    [("ubuntu-latest", "leave that mount out of line 5", False), ("own", "mount the same", True)],
)
def test_a_mount_that_is_always_empty_is_to_go(
    tmp_path: Path, machine: str, advice: str, *, has_fix: bool
) -> None:
    workflow = (
        f"on: push\\njobs:\\n  a:\\n    runs-on: {machine}\\n    steps:\\n"
        "      - uses: docker/build-push-action@v6\\n        with: {context: ., push: true}\\n"
    )
    text = (
        f"FROM golang:1.22\nCOPY . .\nWORKDIR /src\nRUN go mod download\nRUN {cache(GO)} go build\n"
    )
    listing = f".git/HEAD: x\n.github/workflows/ci.yml: {workflow}\n"
    (found,) = checked(tmp_path, "mount/missing-cache", text, listing).found
    assert found.help.startswith(advice)
    assert (found.repair is not None) is has_fix
