"""Which mounts hold what they are for, beyond the examples of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.parametrize(
    ("above", "run", "hit"),
    [
        ("USER app", f"{cache('/root/.cache/pip')} {PIP}", True),
        ("", f"{cache('/root/.cache/pip')} {PIP}", False),
        ("", f"{cache('/root/.cache')} {PIP}", False),
        ("ENV PIP_CACHE_DIR=/c", f"{cache('/c')} {PIP}", False),
        ("ENV PIP_CACHE_DIR=/c", f"{cache('/root/.cache/pip')} {PIP}", True),
        ("", f"{cache('/c')} pip install --cache-dir=/c flask", False),
        (
            "",
            f"{cache('/home/jenkins/.cache/pip')} {PIP}",
            False,
        ),  # the base's user may be that one
        (
            "USER app",
            f"{cache('/root/.cache/pip')} {PIP} --no-cache-dir",
            False,
        ),  # then it's neutralised
        ("RUN npm config set cache /x", f"{cache('/root/.cache/npm')} npm ci", False),
        ("", f"{cache('/root/.cache/npm')} npm ci", True),
        ("", f"{cache('/root/.npm')} npm ci", False),
        ("", f"{cache('/opt/stuff')} npm ci", False),
        ("", f"{cache('/root/.cache/poetry')} poetry install", True),
    ],
)
def test_wrong_target(above: str, run: str, hit: bool) -> None:  # noqa: FBT001  a column
    text = f"FROM debian:12\n{above}\nRUN {run}\n"
    assert bool(lines("mount/wrong-target", text)) is hit


def test_a_configuration_file_may_move_the_cache(tmp_path: Path) -> None:
    write_context(
        tmp_path,
        "Dockerfile: FROM node:22\\nRUN --mount=type=cache,target=/root/.cache/npm npm ci\n",
    )
    checker = Checker(
        Spec(Overrides(isolated=True, select=("mount/wrong-target",))),
        Plugins(third_party=False).rules,
    )
    task = Task((tmp_path / "Dockerfile").as_posix())
    assert checker.check(task).diagnostics
    write_context(tmp_path, ".npmrc: cache=/root/.cache/npm\n")
    assert not checker.check(task).diagnostics


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
        ("debian:12", "COPY etc /etc\n", f"{cache('/var/cache/apt')} {APT}", False),
        ("debian:12", "RUN /setup\n", f"{cache('/var/cache/apt')} {APT}", False),
        ("debian:12", "", f"{cache('/var/lib/apt')} {APT}", False),  # the lists stay
        ("registry.local:5000/debian:12", "", f"{cache('/var/cache/apt')} {APT}", False),
        ("acme/base:1", "", f"{cache('/var/cache/apt')} {APT}", False),
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


CARGO = f"FROM rust:1.79 AS build\nWORKDIR /src\nCOPY src src\nRUN {cache('/src/target')} cargo build --release"
FROM_BUILD = "\nFROM debian:12\nCOPY --from=build /src/target/release/app /app\n"


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (CARGO + FROM_BUILD, True),
        (CARGO.replace("type=cache", "type=tmpfs") + FROM_BUILD, True),
        (CARGO + "\nRUN cargo build --release" + FROM_BUILD, False),  # and again without the mount
        (CARGO + "\nRUN make install" + FROM_BUILD, False),
        (CARGO + "\nCOPY bin target/release/" + FROM_BUILD, False),
        (CARGO + "\nRUN cp /x /src/target/release/app" + FROM_BUILD, False),
        (CARGO + FROM_BUILD.replace("/src/target/release/app", "/src"), False),
        (CARGO + FROM_BUILD.replace("--from=build", "--from=busybox"), False),
        (CARGO + FROM_BUILD.replace("/release/app", "/$X"), False),
        (CARGO.replace("/src/target", "/usr/local/cargo/registry") + FROM_BUILD, False),
    ],
)
def test_what_is_copied_from_a_mount(text: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(lines("mount/lost-output", text)) is hit


NPM = f"FROM node:22\nWORKDIR /app\nRUN {cache('/app/node_modules')} npm ci"


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (f"{NPM}\nRUN npm run build\n", True),
        (f"{NPM}\nRUN {cache('/app/node_modules')} npm run build\n", False),
        (f"{NPM} && cp -r node_modules /m\nRUN npm run build\n", False),
        (f"{NPM}\nRUN npm ci && npm run build\n", False),
        (f"{NPM}\nRUN npm install\nRUN npm run build\n", False),
        (f"{NPM}\nRUN cd web && npm run build\n", False),
        (f"{NPM}\nRUN echo done\n", False),
    ],
)
def test_modules_in_a_mount(text: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(lines("mount/lost-output", text)) is hit


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("COPY a.deb /tmp/\nRUN dpkg -i /tmp/a.deb\n", True),
        (
            "COPY a.deb /tmp/\nRUN dpkg -i /tmp/a.deb && rm /tmp/a.deb\n",
            False,
        ),  # bloat/late-cleanup's
        ("COPY a.deb /tmp/\nRUN dpkg -i /tmp/a.deb\nRUN ls /tmp/a.deb\n", False),
        ("COPY setup.sh /\nENV A=1\nRUN /setup.sh\n", True),
        ("COPY setup.sh /\nRUN bash /setup.sh -x\n", True),
        ("WORKDIR /x\nCOPY setup.sh .\nRUN ./setup.sh\n", True),
        ("COPY setup.sh /\nRUN /setup.sh\nCMD /setup.sh\n", False),
        ("COPY setup.sh /\nRUN /setup.sh\nHEALTHCHECK CMD true\n", False),
        ("COPY entrypoint.sh /\nRUN /entrypoint.sh\n", False),
        ("COPY setup.sh /\nRUN chmod +x /setup.sh\n", False),
        ("COPY setup.sh /\nUSER app\nRUN /setup.sh\n", False),
        ("COPY requirements.txt /\nRUN pip install -r /requirements.txt\n", False),
        ("COPY --from=x setup.sh /\nRUN /setup.sh\n", False),
        ("COPY setup.sh /\nRUN /setup.sh\nFROM scratch\nCOPY --from=0 /setup.sh /\n", False),
        ("COPY setup.sh /\nRUN /setup.sh\nRUN <<EOF bash\n# as /setup.sh did\nls\nEOF\n", True),
        ("COPY setup.sh /\nRUN /setup.sh\nRUN <<EOF bash\n/setup.sh\nEOF\n", False),
        ("COPY one.sh two.sh /\nRUN /one.sh\nRUN /two.sh\n", False),
        ("COPY setup.sh /\nRUN apt-get update\nRUN /setup.sh\n", True),
        ("COPY setup.sh /\nRUN cat /setup.sh\nRUN /setup.sh\n", False),
        (
            "COPY setup.sh /usr/local/bin/\nRUN /usr/local/bin/setup.sh\n",
            False,
        ),  # a command of the image
        ("COPY a/setup.sh /a/\nRUN /a/setup.sh\nRUN ls /a/b\n", True),
        ("COPY a/setup.sh /a/\nRUN /a/setup.sh\nENV PATH=/a:$PATH\n", False),
        ("COPY a/setup.sh /a/\nRUN /a/setup.sh\nRUN cp -r /a/* /b\n", False),
        ("COPY a/setup.sh /a/\nRUN /a/setup.sh\nCOPY a /a\n", False),  # there again
        ("COPY a/setup.sh /a/\nRUN /a/setup.sh\nCOPY b.sh /a/\n", True),
        (
            "WORKDIR /app\nCOPY manage.py .\nCOPY shop shop\nCOPY static .\nRUN python manage.py collect\n",
            False,
        ),
        ("COPY setup.sh /\nRUN /setup.sh\nFROM debian:12\n", False),  # nobody pushes it
    ],
)
def test_copied_for_one_run(text: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(lines("mount/bind-instead-of-copy", f"FROM debian:12\n{text}")) is hit


BUILD = "FROM python:3 AS build\nRUN make\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("COPY --from=build /wheels /wheels\nRUN pip install --no-cache-dir /wheels/*\n", [4]),
        (
            "COPY --from=build /wheels /wheels\nRUN pip install /wheels/*.whl && rm -r /wheels\n",
            [],
        ),  # late-cleanup's
        (
            "COPY --from=build /wheels /wheels\nRUN apk add tini\nRUN pip install /wheels/a.whl\n",
            [4],
        ),
        (
            "WORKDIR /d\nCOPY --from=build /d/a_*.deb ./\nRUN dpkg -i ./a_*.deb && rm -rf /tmp/*\n",
            [5],
        ),
        ("WORKDIR /d\nCOPY --from=build /d/a_*.deb ./\nRUN dpkg -i ./a_*.deb && rm *.deb\n", []),
        ("COPY --from=build /wheels /wheels\nRUN pip install /wheels/*\nCMD serve /wheels\n", []),
        ("COPY --from=build /app /app\nRUN pip install /app\n", []),  # a project, not a package
        ("COPY --from=build /app /app\nRUN cd /app && npm ci\n", []),
    ],
)
def test_packages_of_another_stage(text: str, wanted: list[int]) -> None:
    assert lines("mount/bind-instead-of-copy", f"{BUILD}FROM python:3-slim\n{text}") == wanted


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
