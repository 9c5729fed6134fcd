"""Numbers that were wrong: each shown as a crumb, an average or nothing, and now known or unknown."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.context import open_worktree
from dlint.findings import Size
from dlint.images.reference import parse_reference
from dlint.model import Build
from dlint.shell import Install
from dlint.sizes import installed_bytes, layer_bytes
from dlint.sizes.bases import size_of
from dlint.sizes.python import FIRST_PIP
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.testing import write_context
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path

ALONE = "apt-get update && apt-get install -y --no-install-recommends"
PURGE = "apt-get purge -y --auto-remove"
TIDY = "rm -rf /var/lib/apt/lists/*"


def modelled(root: Path, text: str, listing: str = "") -> Build:
    write_context(root, listing)
    return Build(parse(Source("Dockerfile", text)), open_worktree(root, None))


def last(root: Path, text: str, listing: str = "") -> Size:
    """Return the size of the last RUN's layer."""
    build = modelled(root, text, listing)
    run = [each for each in build.dockerfile.instructions if isinstance(each, Run)][-1]
    return layer_bytes(build, build.stages[-1], run)


@pytest.mark.parametrize("package", ["vllm==0.6.0", "nosuchpackage-xyz==1.0"])
def test_a_package_that_no_table_has_is_of_unknown_size(tmp_path: Path, package: str) -> None:
    name = package.partition("=")[0]
    found = last(tmp_path, f"FROM debian:12\nRUN pip install --no-cache-dir {package}\n")
    assert found == Size.unknown(name)
    more = last(tmp_path, f"FROM debian:12\nRUN pip install --no-cache-dir numpy {package}\n")
    assert more.is_bound
    assert more.missing == (name,)


@pytest.mark.parametrize(
    "copies",
    ["COPY shopd /shopd", "COPY shopd-${TARGETARCH} /shopd", "COPY start.sh shopd /srv/"],
)
def test_a_copy_of_what_is_not_there_is_of_unknown_size(tmp_path: Path, copies: str) -> None:
    text = f"FROM debian:12\nARG TARGETARCH\nCOPY start.sh /start.sh\n{copies}\n"
    build = modelled(tmp_path, text, "start.sh: true\n")
    copy = build.dockerfile.instructions[-1]
    assert layer_bytes(build, build.stages[-1], copy).is_unknown


MODEL = """\
FROM python:3.12-slim
WORKDIR /app
COPY app .
RUN curl -fsSL -o /app/model.bin https://example.com/model-8GB.bin
RUN chown -R 1000:1000 /app
"""


def test_a_chown_of_a_download_is_no_info_of_a_few_kilobytes(tmp_path: Path) -> None:
    [found] = checked(
        tmp_path, "bloat/metadata-copy-up", MODEL, "app/main.py 9kB\napp/util.py 9kB\n"
    ).found
    assert found.severity == "warning"
    assert found.cost is None
    assert last(tmp_path, MODEL).is_unknown


def test_what_is_known_of_a_chown_is_a_lower_bound(tmp_path: Path) -> None:
    [found] = checked(tmp_path, "bloat/metadata-copy-up", MODEL, "app/weights.bin 12MB\n").found
    assert found.cost is not None
    assert found.cost.at_least
    assert (found.cost.push_bytes, found.severity) == (found.cost.image_bytes, "error")


def test_files_that_two_commands_change_are_stored_once(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY data /data\nRUN chown -R 1000 /data{}\n"
    once = last(tmp_path, text.format(""), "data/x.bin 3MB\n")
    twice = last(tmp_path, text.format(" && chmod -R go-w /data && chmod 600 /data/x.bin"))
    assert once.whole == twice.whole is not None


def test_a_second_install_of_one_environment_counts_what_is_new(tmp_path: Path) -> None:
    lines = "FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN pip install --no-cache-dir {}\n"
    second = "RUN pip install --no-cache-dir -r requirements.txt{}\n"
    listing = "requirements.txt: numpy\n"
    nothing = last(tmp_path, lines.format("-r requirements.txt") + second.format(""), listing)
    assert nothing.whole is not None
    assert nothing.whole < 1_000
    new = last(tmp_path, lines.format("-r requirements.txt") + second.format(" flask"))
    alone = last(tmp_path, "FROM debian:12\nRUN pip install --no-cache-dir flask\n")
    assert new == alone


def test_another_environment_is_filled_anew(tmp_path: Path) -> None:
    head = "FROM python:3.12\nRUN pip install --no-cache-dir numpy\n"
    other = last(
        tmp_path, head + "RUN python -m venv /v && /v/bin/pip install --no-cache-dir numpy\n"
    )
    assert (other.whole or 0) > 20_000_000


def test_a_second_sync_counts_what_is_new(tmp_path: Path) -> None:
    lock = 'version = 1\n[[package]]\nname = "a"\nsource = { virtual = "." }\n'
    lock += 'dependencies = [{ name = "numpy" }]\n[[package]]\nname = "numpy"\n'
    (tmp_path / "uv.lock").write_text(lock)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    text = "FROM python:3.12\nENV UV_NO_CACHE=1\nWORKDIR /app\nCOPY uv.lock pyproject.toml ./\n"
    first = text + "RUN uv sync --frozen --no-dev --no-install-project\n"
    whole = installed(modelled(tmp_path, first))
    assert (whole.whole or 0) > 10_000_000
    again = installed(modelled(tmp_path, first + "COPY . .\nRUN uv sync --frozen --no-dev\n"))
    assert again.whole == 0


def test_a_project_in_the_environment_of_a_sync_counts_what_is_new(tmp_path: Path) -> None:
    lock = 'version = 1\n[[package]]\nname = "a"\nsource = { editable = "." }\n'
    lock += 'dependencies = [{ name = "numpy" }]\n[[package]]\nname = "numpy"\n'
    (tmp_path / "uv.lock").write_text(lock)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\ndependencies = ['numpy']\n")
    text = "FROM python:3.12\nENV UV_NO_CACHE=1 UV_PROJECT_ENVIRONMENT=/v VIRTUAL_ENV={}\n"
    text += "WORKDIR /app\nCOPY uv.lock pyproject.toml ./\nRUN uv sync --frozen --no-dev\n"
    again = text + "RUN uv pip install -e .\n"
    assert installed(modelled(tmp_path, again.format("/v"))).whole == 0
    other = again.replace("RUN uv pip", "RUN virtualenv /w && uv pip")
    assert (installed(modelled(tmp_path, other.format("/w"))).whole or 0) > 10_000_000


@pytest.mark.parametrize(
    ("copied", "is_there"),
    [
        ("--from=deps /srv/.venv /app/.venv", True),
        ("--from=deps /srv /app", True),
        ("--from=deps /srv/.venv /opt/venv", False),
        ("--from=deps /usr/share /app/.venv", False),
    ],
)
def test_an_environment_from_another_stage_is_there_already(
    tmp_path: Path,
    copied: str,
    is_there: bool,  # noqa: FBT001  a column
) -> None:
    lock = 'version = 1\n[[package]]\nname = "numpy"\nversion = "2.1.0"\n'
    (tmp_path / "uv.lock").write_text(lock)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    sync = "COPY uv.lock pyproject.toml ./\nRUN uv sync --frozen --no-dev"
    text = f"FROM python:3.12 AS deps\nENV UV_NO_CACHE=1\nWORKDIR /srv\n{sync}\n"
    text += f"FROM python:3.12\nENV UV_NO_CACHE=1\nWORKDIR /app\nCOPY {copied}\n{sync}\n"
    again = installed(modelled(tmp_path, text)).whole or 0
    assert (again == 0) is is_there


def installed(build: Build) -> Size:
    run = [each for each in build.dockerfile.instructions if isinstance(each, Run)][-1]
    installs = build.effects(run).of(Install)
    return installed_bytes(build, build.stages[-1], run, installs)


@pytest.mark.parametrize(
    ("run", "kept"),
    [
        ("apt-get install -y git && apt-get purge -y git", None),
        ("apt-get install -y git && apt-get purge -y --auto-remove git", 0),
        ("apt-get install -y git curl && apt-get purge -y --auto-remove git", 1_000_000),
        ("apt-get install -y git && apt-mark auto '.*' && apt-get purge -y --auto-remove", 50_000),
        (
            (
                'saved="$(apt-mark showmanual)" && apt-get install -y git && apt-mark auto ".*"'
                " && apt-mark manual $saved && apt-get purge -y --auto-remove"
            ),
            50_000,
        ),
        (
            "apt-get install -y git curl && apt-mark auto git && apt-get purge -y --auto-remove",
            1_000_000,
        ),
        (
            (
                "apt-get install -y git curl && apt-mark auto '.*' && apt-mark manual curl"
                " && apt-get purge -y --auto-remove"
            ),
            1_000_000,
        ),
    ],
)
def test_what_is_removed_again_is_not_counted(tmp_path: Path, run: str, kept: int | None) -> None:
    whole = installed(modelled(tmp_path, "FROM debian:12\nRUN apt-get install -y git\n")).bytes
    found = installed(modelled(tmp_path, f"FROM debian:12\nRUN {run}\n"))
    assert found.bytes < whole
    if kept is not None:
        assert (found.whole or 0) >= kept


@pytest.mark.parametrize("mark", ["ldd /a | xargs apt-mark manual", "apt-mark manual $LIBRARIES"])
def test_what_is_marked_to_stay_is_not_known(tmp_path: Path, mark: str) -> None:
    run = f"apt-get install -y git && apt-mark auto '.*' && {mark} && apt-get purge --auto-remove"
    found = installed(modelled(tmp_path, f"FROM debian:12\nRUN {run}\n"))
    assert found.missing == ("packages that are marked to stay",)


def test_what_a_run_above_has_removed_again_is_not_there(tmp_path: Path) -> None:
    alone = "FROM debian:12\nRUN apt-get install -y gcc\n"
    purge = "apt-get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false gcc"
    above = f"FROM debian:12\nRUN apt-get install -y gcc && {purge}\n"
    again = installed(modelled(tmp_path, above + "RUN apt-get install -y gcc\n"))
    assert again == installed(modelled(tmp_path, alone))


def test_what_others_recommend_stays_where_apt_removes_the_rest(tmp_path: Path) -> None:
    text = "FROM debian:13-slim\nRUN apt-get install -y --no-install-recommends {} && {}\n"
    purge = "apt-get purge -y --auto-remove{}"
    off = " -o APT::AutoRemove::RecommendsImportant=false"
    # libc6 recommends libidn2-0, which curl needs; apt itself recommends ca-certificates
    for names, most in (("curl", " curl"), ("ca-certificates", "")):
        mark = "apt-mark auto '.*' && " * (not most)
        stays = installed(modelled(tmp_path, text.format(names, mark + purge.format(most))))
        goes = installed(modelled(tmp_path, text.format(names, mark + purge.format(off + most))))
        assert 500_000 < (stays.whole or 0) - (goes.whole or 0) < 1_000_000


def test_what_dist_clean_leaves_is_counted(tmp_path: Path) -> None:
    text = "FROM debian:13\nRUN apt-get update && apt-get install -y curl && {}\n"
    gone = last(tmp_path, text.format("rm -rf /var/lib/apt/lists/*")).bytes
    kept = last(tmp_path, text.format("apt-get dist-clean")).bytes
    both = last(tmp_path, text.format("apt-get dist-clean && rm -rf /var/lib/apt/lists/*")).bytes
    assert 50_000 < kept - gone < 100_000
    assert both == gone


@pytest.mark.parametrize(
    ("base", "low", "high"),
    [
        ("debian:13", 16_000_000, 18_000_000),
        ("debian:jessie", 9_000_000, 12_000_000),
        ("ubuntu:24.04", 29_000_000, 31_000_000),
        ("ubuntu:18.04", 27_000_000, 31_000_000),
    ],
)
def test_lists_are_those_of_the_release(tmp_path: Path, base: str, low: int, high: int) -> None:
    found = last(tmp_path, f"FROM {base}\nRUN apt-get update\n")
    assert low < (found.whole or 0) < high


@pytest.mark.parametrize("base", ["some/base", "ubuntu:14.04"])
def test_lists_of_what_is_not_known_are_no_number(tmp_path: Path, base: str) -> None:
    assert last(tmp_path, f"FROM {base}\nRUN apt-get update\n").whole is None


def test_packages_of_a_release_without_a_table_are_unknown(tmp_path: Path) -> None:
    assert installed(modelled(tmp_path, "FROM debian:jessie\nRUN apt-get install git\n")).is_unknown


def test_wheels_are_followed_to_where_they_are_installed(tmp_path: Path) -> None:
    head = "FROM debian:12 AS build\nRUN pip wheel --no-cache-dir -w /wheels numpy\n"
    carried = head + "FROM debian:12\nCOPY --from=build /wheels /wheels\n"
    wheels = last(tmp_path, head)
    assert (wheels.whole or 0) > 10_000_000
    alone = last(tmp_path, "FROM debian:12\nRUN pip install --no-cache-dir numpy\n")
    for words in ("/wheels/*.whl", "/wheels/*"):
        found = last(tmp_path, carried + f"RUN pip install --no-cache-dir {words}\n")
        assert found.bytes == pytest.approx(alone.bytes, rel=0.02)
        assert found.whole is not None
    [late] = checked(tmp_path, "bloat/late-cleanup", carried + "RUN rm -rf /wheels\n").found
    assert late.cost is not None
    assert late.cost.image_bytes == pytest.approx(wheels.bytes, rel=0.02)


def test_pip_stores_its_own_byte_code_once(tmp_path: Path) -> None:
    text = "FROM {}\nRUN pip install --no-cache-dir flask\nRUN pip install --no-cache-dir numpy\n"
    first = last(tmp_path, text.format("python:3.12-slim").rpartition("RUN")[0]).bytes
    elsewhere = last(tmp_path, text.format("debian:12").rpartition("RUN")[0]).bytes
    assert first - elsewhere == FIRST_PIP
    assert last(tmp_path, text.format("python:3.12")) == last(tmp_path, text.format("debian:12"))
    for line in ("ENV PYTHONDONTWRITEBYTECODE=1", "USER app", "RUN pip install --upgrade pip"):
        above = f"FROM python:3.12\n{line}\nRUN pip install --no-cache-dir flask\n"
        assert last(tmp_path, above).bytes == elsewhere


def test_what_an_extra_needs_is_not_known(tmp_path: Path) -> None:
    found = last(tmp_path, "FROM debian:12\nRUN pip install --no-cache-dir 'uvicorn[standard]'\n")
    assert found.missing == ("what uvicorn[standard] needs",)


def test_a_list_is_found_where_only_the_base_knows_the_folder(tmp_path: Path) -> None:
    text = "FROM some/base\nCOPY requirements.txt {}\nRUN pip install -r requirements.txt\n"
    for place in ("/", "./", "/srv/"):
        build = modelled(tmp_path, text.format(place), "requirements.txt: numpy\n")
        assert installed(build).bytes > 10_000_000


@pytest.mark.parametrize(
    ("base", "run", "doubtful"),
    [
        ("shop/base", "pip install numpy", True),
        ("shop/base", "uv pip install --system numpy", True),
        ("shop/base", "python -m venv /venv && /venv/bin/pip install numpy", False),
        ("shop/base", "pip install --target /srv/lib numpy", False),
        ("python:3.13", "pip install numpy", False),
        ("mirror.example/library/python:3.13", "pip install numpy", False),
    ],
)
def test_what_an_unknown_base_may_hold_is_no_least_size(
    tmp_path: Path, *, base: str, run: str, doubtful: bool
) -> None:
    found = installed(modelled(tmp_path, f"FROM {base}\nRUN {run}\n"))
    assert found.bytes > 10_000_000
    assert found.least == (0 if doubtful else found.bytes)


def test_byte_code_counts_where_it_is_made(tmp_path: Path) -> None:
    def size(run: str, env: str = "") -> int:
        text = f"FROM debian:13\nENV UV_NO_CACHE=1 {env}\nRUN {run}\n"
        return installed(modelled(tmp_path, text)).bytes

    plain = size("uv pip install --system numpy")
    assert size("pip install --no-compile numpy") == plain
    compiled = size("pip install numpy")
    assert compiled > plain
    assert size("uv pip install --system --compile-bytecode numpy") == compiled
    assert size("uv pip install --system numpy", "UV_COMPILE_BYTECODE=1") == compiled


@pytest.mark.parametrize(
    ("run", "known"),
    [
        ("curl -fsSL https://example.com/k.asc | gpg --dearmor -o /etc/apt/keyrings/k.gpg", True),
        ("curl -fsSL https://example.com/k | gpg --dearmor > /etc/apt/keyrings/k.gpg", True),
        ("curl -fsSLo /usr/share/keyrings/k.gpg https://example.com/k.gpg", True),
        ("curl -fsSL https://example.com/k | apt-key add -", True),
        ("wget -O /x.deb https://example.com/x.deb && cp /x.deb /y && rm /x.deb /y", True),
        ("wget -O /x.tgz https://example.com/x.tgz && tar -C /t -xf /x.tgz && rm -r /t /x*", True),
        ("rm -f /x.deb && wget -O /x.deb https://example.com/x.deb", False),
        ("wget -O /x.tgz https://example.com/x.tgz && tar -xf /x.tgz -C /t && rm /x.tgz", False),
        ("curl -fsSL https://example.com/install | sh", False),
        ("curl -fsSL https://example.com/x.tgz | tar -xz -C /opt", False),
    ],
)
def test_keys_are_small_and_what_is_deleted_again_is_nothing(
    tmp_path: Path, *, run: str, known: bool
) -> None:
    found = last(tmp_path, f"FROM debian:12\nRUN {run}\n")
    assert (found.whole is not None) is known
    assert found.bytes < 10_000


@pytest.mark.parametrize(
    ("base", "run", "size"),
    [
        # as built by a Docker Engine and pushed (benchmarks/installs.md, tools/sizes/commands.py)
        ("debian:13-slim", f"{ALONE} php-cli php-mbstring php-xml php-mysql && {TIDY}", 9_194_004),
        ("debian:12", f"{ALONE} mariadb-client && {TIDY}", 32_985_758),
        ("debian:13-slim", f"{ALONE} curl gcc && {PURGE} gcc curl && {TIDY}", 1_194_027),
        ("debian:13-slim", 'echo "t t/A select E" | debconf-set-selections', 396_239),
        ("debian:13-slim", "echo en_US.UTF-8 UTF-8 >> /etc/locale.gen && locale-gen", 868_398),
        # published layers of official images
        ("php:8.4-cli-alpine", "docker-php-ext-enable sodium", 22_381),
    ],
)
def test_layers_that_were_built(tmp_path: Path, base: str, run: str, size: int) -> None:
    found = last(tmp_path, f"FROM {base}\nRUN {run}\n")
    assert found.whole == pytest.approx(size, rel=0.1)


def test_the_base_of_an_image_has_a_size() -> None:
    found = size_of(parse_reference("python:3.12-slim"))
    assert found is not None
    assert 40_000_000 < found.bytes < 50_000_000


def test_get_pip_installs_what_it_is_told(tmp_path: Path) -> None:
    fetch = "wget -O get-pip.py https://example.com/get-pip.py"
    run = f"{fetch} && python get-pip.py --no-cache-dir pip==24.0 && rm get-pip.py"
    found = last(tmp_path, f"FROM debian:12\nWORKDIR /tmp\nRUN {run}\n")
    alone = last(tmp_path, "FROM debian:12\nRUN pip install --no-cache-dir pip==24.0\n")
    assert found.whole == pytest.approx(alone.bytes, rel=0.01)


def test_rustup_fills_its_folders(tmp_path: Path) -> None:
    text = "FROM debian:12\n{}\nRUN chown -R app {}\n"
    runs = (
        ("RUN curl https://sh.rustup.rs -sSf | sh -s -- -y", "/root/.cargo"),
        ("ENV CARGO_HOME=/usr/local/cargo\nRUN ./rustup-init -y", "/usr/local/cargo"),
        ("RUN apt-get install -y postgresql-15-dbgsym", "/usr/lib/debug"),
    )
    for run, folder in runs:
        rule = "bloat/metadata-copy-up"
        assert checked(tmp_path, rule, text.format(run, folder)).found
        assert not checked(tmp_path, rule, text.format("RUN true", folder)).found


def test_what_is_deleted_again_is_not_counted(tmp_path: Path) -> None:
    listing = "package.json: {}\npackage-lock.json: " + json.dumps(
        {"packages": {"": {}, "node_modules/a": {}}}
    )
    text = "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci{} && rm -rf /root/.npm\n"
    assert last(tmp_path, text.format(""), listing + "\n").is_unknown
    assert last(tmp_path, text.format(" && rm -rf /app/node_modules")).whole is not None


def test_folders_that_one_run_deletes_are_named_and_summed(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY a /a\nCOPY b /b\nCOPY c /c\nRUN rm -rf /a /b /a/x && rm -r /c\n"
    listing = "a/x.bin 3MB\na/y.bin 2MB\nb/x.bin 4MB\nc/x.bin 1MB\n"
    [found] = checked(tmp_path, "bloat/late-cleanup", text, listing).found
    assert found.cost is not None
    assert found.cost.image_bytes == pytest.approx(10_000_000, rel=0.05)
    assert [note.message for note in found.notes] == ["stores /a", "stores /b", "stores /c"]
    assert (
        "/a stays in the layer of line 2, /b in the layer of line 3, /c in the layer of line 4"
        in found.message
    )


def test_a_known_crumb_hides_no_unknown_deletion(tmp_path: Path) -> None:
    crumb = "RUN mkdir /a && echo x > /a/x && git clone https://example.com/x /x"
    text = f"FROM debian:12\n{crumb}\nRUN rm -rf /a /x\n"
    [found] = checked(tmp_path, "bloat/late-cleanup", text).found
    assert (found.cost, found.severity) == (None, "warning")


@pytest.mark.parametrize(
    ("install", "listing"),
    [
        ("uv sync", "pyproject.toml: x\n"),
        ("uv sync --frozen", "pyproject.toml: x\nuv.lock: {\n"),
        ("poetry install", "pyproject.toml: x\npoetry.lock: \n"),
        ("pip install -r gone.txt", "pyproject.toml: x\n"),
        ("pip install .", "pyproject.toml: x\n"),
        ("pip install $PACKAGES", "pyproject.toml: x\n"),
        ("npm ci", "package.json: {}\npackage-lock.json: {\n"),
        ("bundle install", "Gemfile: x\n"),
        ("apt-get install -y $PACKAGES", "a: x\n"),
        ("apt-get upgrade -y", "a: x\n"),
    ],
)
def test_what_nothing_tells_is_unknown_and_never_nothing(
    tmp_path: Path, install: str, listing: str
) -> None:
    text = f"FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    assert installed(modelled(tmp_path, text, listing)).is_unknown


def test_each_list_must_be_read(tmp_path: Path) -> None:
    text = "FROM python:3.12\nCOPY a.txt /\nRUN pip install -r /a.txt -r /gone.txt\n"
    found = installed(modelled(tmp_path, text, "a.txt: numpy\n"))
    assert (found.is_bound, found.missing) == (True, ("what gone.txt lists",))


def test_a_program_of_another_stage_is_no_empty_layer(tmp_path: Path) -> None:
    text = (
        "FROM golang:1.22 AS build\nRUN go build -o /tool .\nFROM debian:12\n"
        "COPY --from=build /tool /usr/local/bin/tool\nRUN chmod 700 /usr/local/bin/tool\n"
    )
    [found] = checked(tmp_path, "bloat/metadata-copy-up", text).found
    assert (found.cost, found.severity) == (None, "warning")
    assert last(tmp_path, text).is_unknown


@pytest.mark.parametrize(
    ("made", "is_known"),
    [
        ("cp /big /out", False),
        ("cat /big > /out", False),
        ("tar -czf /out /etc", False),
        ("dd if=/dev/zero of=/out bs=1M count=9", False),
        ("gzip -k /out", False),
        ("install -m 755 /big /out", False),
        ("echo hello > /out", True),
        ("cat > /out <<X\nhello\nX", True),
        ("mkdir /out", True),
        ("install -d /out", True),
        ("ln -s /big /out", True),
    ],
)
def test_a_file_that_a_command_fills_is_of_unknown_size_where_it_is_copied(
    tmp_path: Path, made: str, *, is_known: bool
) -> None:
    taken = "/out.gz" if made.startswith("gzip") else "/out"
    head = f"FROM debian:12 AS build\nCOPY big /big\nRUN <<END\n{made}\nEND\n"
    build = modelled(tmp_path, f"{head}FROM scratch\nCOPY --from=build {taken} /x\n", "big 9MB")
    found = layer_bytes(build, build.stages[-1], build.dockerfile.instructions[-1])
    assert (found.whole is not None) is is_known
    assert found.bytes < 1000


@pytest.mark.parametrize(
    ("sources", "missing"),
    [
        ("target/shop-*.jar", ("what line 2 copies",)),
        ("*.war *.jar", ("what line 2 copies",)),
        ("app.txt *.lock", ()),  # what may be missing beside what is there
        ("app*", ()),
    ],
)
def test_a_pattern_without_a_match_copies_what_is_made_before_a_build(
    tmp_path: Path, sources: str, missing: tuple[str, ...]
) -> None:
    build = modelled(tmp_path, f"FROM debian:12\nCOPY {sources} /opt/\n", "app.txt 2kB\n")
    found = layer_bytes(build, build.stages[-1], build.dockerfile.instructions[-1])
    assert found.missing == missing


@pytest.mark.parametrize(
    ("sources", "made"),
    [
        ("out/*.deb app.txt", "out/*.deb"),
        ("./app.txt out/[a-z]?.deb", "out/[a-z]?.deb"),
        ("app.txt sent/*.deb", ""),  # git would have it
        ("app.txt *.log", ""),  # what people have beside their work
        ("app.txt out/*.o", ""),  # which the builder is not sent
    ],
)
def test_what_is_made_in_an_ignored_folder_is_of_unknown_size(
    tmp_path: Path, sources: str, made: str
) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("out/\n*.log\n")
    (tmp_path / ".dockerignore").write_text("**/*.o\n")
    build = modelled(tmp_path, f"FROM debian:12\nCOPY {sources} /opt/\n", "app.txt 2kB\n")
    found = layer_bytes(build, build.stages[-1], build.dockerfile.instructions[-1])
    assert found.missing == ((f"`{made}`, which is made before the build",) if made else ())
    assert (found.whole is None) is bool(made)
