"""Which downloads and clones change, and what settles them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit, severities

from dlint.lint.engine import Task

if TYPE_CHECKING:
    from pathlib import Path

fetch = partial(checked, rule="pin/remote-fetch")


@pytest.mark.parametrize(
    ("address", "severity"),
    [
        ("https://github.com/a/b/releases/latest/download/tool", "warning"),
        ("https://example.com/tool-latest.tar.gz", "warning"),
        ("https://raw.githubusercontent.com/a/b/master/install.sh", "warning"),
        ("https://github.com/a/b/archive/main.tar.gz", "warning"),
        ("https://raw.githubusercontent.com/a/b/refs/heads/next/x-1.2.sh", "warning"),
        ("https://raw.githubusercontent.com/a/b/gh-pages/tool.phar", "warning"),
        ("https://raw.githubusercontent.com/arm64/b/main/tool", "warning"),
        ("https://gitlab.com/a/b/-/archive/main/b-main.tar.gz", "warning"),
        ("https://gitlab.com/a/b/-/raw/main/tool.sh", "warning"),
        ("https://codeberg.org/a/b/raw/branch/main/tool.sh", "warning"),
        ("https://example.com/latest/tool-linux-x86_64.tar.gz", "warning"),
        ("https://example.com/v2/latest/tool", "warning"),
        ("https://example.com/?product=tool-latest", "warning"),
        ("https://example.com/latest/tool.rpm", "warning"),
        ("https://raw.githubusercontent.com/a/b/main/LICENSE-APACHE.txt", "info"),  # to be read
        ("https://raw.githubusercontent.com/a/b/main/license-check", "warning"),
        ("https://raw.githubusercontent.com/a/b/main/metrics_keys.lua", "warning"),  # a program
        ("https://example.com/install.sh", "info"),
        ("https://example.com/tool-linux-x86_64.tar.gz", "info"),
    ],
)
def test_addresses_whose_content_changes(tmp_path: Path, address: str, severity: str) -> None:
    for line in (
        f"RUN curl -fsSLo /x {address}",
        f"RUN wget -qO- {address} | sh",
        f"ADD {address} /x",
    ):
        assert [
            each.severity for each in fetch(tmp_path, text=f"FROM debian:12\n{line}\n").found
        ] == [severity]


@pytest.mark.parametrize(
    ("place", "file", "hit"),
    [
        ("releases/latest/download", "tool-${TARGET}.tar.gz", True),
        ("releases/latest/download", "tool_${TARGET_OS}_$BUILD_TRIPLE.tgz", True),
        ("releases/latest/download", "tool-${TARGET}-${VERSION}.tar.gz", False),
        ("releases/latest/download", "tool-${TARGET}-1.2.tar.gz", False),
        ("releases/latest/download", "tool-$POSTGRES.tar.gz", False),
        ("releases/latest/download", "tool-$TARGET_VERSION.tar.gz", False),
        ("releases/latest", "tool-${TARGET}.tar.gz", False),
        ("releases/download/v1.2", "tool-${TARGET}.tar.gz", False),
    ],
)
def test_the_newest_release_whatever_the_machine(
    tmp_path: Path, place: str, file: str, *, hit: bool
) -> None:
    url = f"https://github.com/shop/tool/{place}/{file}"
    text = f'FROM debian:12\nRUN curl -fsSL "{url}" | tar -xz -C /usr/bin\n'
    assert fetch(tmp_path, text=text).lines == ([2] if hit else [])


@pytest.mark.parametrize(
    "line",
    [
        "RUN curl -fsSLO https://example.com/tool-1.2.3.tar.gz",
        "RUN curl -fsSLO https://github.com/a/b/releases/download/v1.2/tool",
        "RUN curl -fsSLO https://raw.githubusercontent.com/a/b/0a1b2c3d4e5f/install.sh",
        "ARG V=1.2\nADD https://raw.githubusercontent.com/a/b/$V/src/main/tool.sh /x",
        "ADD https://github.com/a/b/raw/v1.2/src/main/tool.sh /x",
        "ADD https://gitlab.com/a/b/-/raw/v1.2/src/main/tool.sh /x",
        "RUN curl -fsSLO https://deb.example.com/setup_20.x",
        "RUN curl -fsSLO https://example.com/ndk-r26d-linux.zip",
        "RUN curl -fsSLO https://mirror.example.com/debian/pool/main/t/tini_0.19.0_amd64.deb",
        "RUN V=1.2 && curl -fsSLO https://example.com/$V/tool",
        "RUN curl -fsSLO https://example.com/${V}/tool",
        "RUN curl -fsSLO https://example.com/${EDGE_VERSION}/tool",  # called so, it may be any
        "ARG NIGHTLY_DATE\nRUN curl -fsSLO https://example.com/$NIGHTLY_DATE/tool_$NIGHTLY_DATE",
        "RUN M=$(shop --version | cut -d. -f1) && V=$(curl -fsS https://e.io/LATEST_RELEASE_$M) && curl -fsSLO https://e.io/$V/tool",
        "RUN curl -fsSL https://example.com/repo/gpg.key | gpg --dearmor -o /k",
        "RUN curl -fsSLo /etc/yum.repos.d/a.repo https://example.com/a.repo",
        "RUN curl -fsS http://localhost:8080/health",
        "RUN curl -fsS -o /dev/null https://example.com/",
        "RUN curl -X POST https://example.com/hook",
        "RUN curl -fsSL https://example.com/install.sh | VERSION=1.2 sh",
        "ARG TOOL_VERSION=16\nRUN curl -fsSLo /bin/get https://example.com/get && get $TOOL_VERSION",
        "RUN curl -fsSLO https://sourceforge.net/projects/a/files/current/a-0.9.6.tar.gz/download",
        "RUN curl -fsSL https://example.com/install.sh | sh -s -- v1.2.3",
        "RUN curl -fsSLO https://example.com/latest/tool && echo 'abc  tool' | sha256sum -c -",
        "RUN curl -fsSLO https://example.com/latest/t && curl -fsSLO https://example.com/t.asc && gpg --verify t.asc t",
        "RUN curl -fsSLO https://example.com/latest/tool\nRUN echo 'abc  tool' | sha256sum -c -",
        'RUN curl -fsSLO https://e.io/latest/a && php -r \'hash_file("sha384", "a") === "abc" || exit(1);\'',
        """RUN curl -fsSLO https://e.io/latest/a && A="$(php -r "echo hash_file('sha384', 'a');")" && test "$A" = abc""",
        "RUN curl -fsSLO https://example.com/latest/t && curl -fsSLO https://example.com/SUMS && sha256sum -c SUMS",
        'RUN curl -fsSLo "${F}" https://example.com/latest/t && echo "abc $F" | sha256sum -c && curl -O https://a.io/b-1.2',
        "RUN <<EOF\ncurl -fsSLO https://example.com/latest/t\nsha256sum -c - <<<'abc  t'\nEOF",
        "RUN curl -fsSLO https://example.com/releases/download/v2023.10.09-nightly/tool.zip",
        "RUN curl -fsSLo /usr/share/keyrings/a.x https://example.com/signing",
        "RUN curl -fsSL https://example.com/signing | apt-key add -",
        "RUN curl -fsSLO https://example.com/repo-release-noble.deb",
        "RUN curl -fsSLO https://example.com/get.py && python3 get.py tool==1.2",
        "RUN curl -fsSLo /tmp/get https://example.com/get.sh && sh /tmp/get --version $V",
        "RUN curl -fsSL https://example.com/install.sh | sh -s -- --toolchain ${TOOLCHAIN}",
        "RUN curl -fsSL https://github.com/a/b/archive/main.tar.gz | tar xz && b-main/bin/b 1.2.3 /opt && rm -r b-main",
        "RUN curl -fsSLO https://github.com/a/b/archive/main.zip && unzip main.zip && sh b-main/get.sh $VERSION",
        "ARG V=notset\nRUN curl -fsSLO https://example.com/$V/tool",
        "RUN wget --progress dot:giga https://example.com/tool-1.2.tgz",
        "ADD https://example.com/latest/tool.tgz /tmp/\nRUN cd /tmp && gpg --verify tool.tgz.asc tool.tgz",
        "ADD --checksum=sha256:24454f83 https://example.com/latest/tool /x",
        "ADD https://api.github.com/repos/a/b/git/refs/heads/main /version.json",
        "ADD https://example.com/a.git#v1.2.3 /a",
        "ADD https://example.com/a.git#feat/$V /a",
        "RUN git clone --branch v1.2.3 https://example.com/a.git",
        "RUN git clone --branch release/v3 https://example.com/a.git",
        "RUN git clone --branch fix/$V https://example.com/a.git",
        "RUN git clone https://example.com/a.git && cd a && git checkout feature/${V}",
        "RUN git clone https://example.com/a.git && cd a && git checkout 0a1b2c3d",
        "RUN git clone -b v1.2 https://example.com/a.git && cd a && git checkout -b main",
        "WORKDIR /src\nRUN git clone https://example.com/a.git\nWORKDIR a\nRUN git reset --hard $COMMIT",
        "WORKDIR /src\nRUN git clone https://example.com/a.git $(pwd)\nRUN git checkout -q v1.2",
        "RUN git clone https://example.com/a.git /a\nRUN git -C /a checkout 0a1b2c3d",
        "RUN git clone --depth 1 --revision=0a1b2c3d https://example.com/a.git",
        "RUN git clone https://example.com/a.git && cd a && git fetch origin v1.2 && git checkout FETCH_HEAD",
        "RUN cd .. && git clone https://example.com/a.git && cd a && git checkout 0a1b2c3d",
        "RUN git clone https://example.com/a.git && cd /a && git checkout 0a1b2c3d",
        "RUN git clone --bare https://example.com/a.git && git --git-dir=a.git --work-tree=. checkout 0a1b2c3d",
        "RUN git clone https://example.com/a.git\nWORKDIR a\nRUN git reset --hard 0a1b2c3d",
        "WORKDIR $B/src\nRUN git clone https://example.com/a.git\nWORKDIR $B/src/a\nRUN git checkout v1.2",
        "RUN git clone https://example.com/a.git /a\nARG REF=main\nRUN cd /a && git checkout $REF",
        "ARG REF=main\nRUN git clone --branch $REF https://example.com/a.git",
        "RUN git clone $URL",
        "ARG TOKEN\nRUN git clone https://oauth2:$TOKEN@$HOST/a.git /a",
        "ARG TOKEN\nRUN git clone -b v1.2 https://oauth2:$TOKEN@example.com/a.git /a",
        "RUN git clone /src/a /a",
        "RUN V=$(browser --product-version) && curl -fsSo all https://e.io/latest/all.json && jq .$V all",
        "RUN V=$(browser --version | cut -d. -f1); D=$(wget -qO- https://e.io/LATEST_RELEASE_$V)",
    ],
)
def test_what_is_settled(tmp_path: Path, line: str) -> None:
    assert fetch(tmp_path, text=f"FROM debian:12\n{line}\n").messages == []


@pytest.mark.parametrize(
    "line",
    [
        "RUN curl -fsSLO https://e.io/latest/a && curl -fsSLO https://e.io/b-1.2 && echo 'abc  b-1.2' | sha256sum -c",
        "RUN curl -fsSLO https://e.io/latest/a\nRUN echo 'abc  b' | sha256sum -c",
        "RUN curl -fsSLO https://e.io/latest/a && php -r 'echo PHP_VERSION;'",
        "ADD https://e.io/latest/a /tmp/\nRUN sha256sum -c /tmp/b.sha256",
        "RUN curl -fsSLO https://e.io/latest/tool-$(uname -m)",
        "RUN curl -fsSLO https://e.io/latest/a.tar.gz/download",
        "RUN V=latest && curl -fsSLo /bin/get https://example.com/get && get --version $V",
        "RUN curl -fsSLO https://e.io/latest/tool-${TARGETARCH}",
        "RUN curl -fsSLO https://e.io/$EDGE_HOST/latest/tool",
        "RUN V=$(curl -fsS https://e.io/LATEST_RELEASE) && curl -fsSLO https://e.io/$V/tool",  # asks
        "RUN curl -fsSL https://github.com/a/b/archive/main.tar.gz | tar xz && b-main/bin/b /opt && a-main/a 1.2.3",
        "RUN for f in a b; do curl -fsSLO https://e.io/latest/$f; done",  # one finding, not one a turn
        "RUN curl -fsSL https://e.io/install.sh | sh -s -- --target x86_64-linux --dir $HOME",
        "RUN curl -fsSLO https://e.io/latest/tool.tgz && tar -xf tool.tgz -C /opt/tool-1.2",
        "RUN curl -fsSLo /bin/tool https://e.io/latest/tool && V=$(tool --version) && echo $V",
        "RUN browser --version && curl -fsSLO https://e.io/latest/tool",
    ],
)
def test_downloads_that_nothing_settles(tmp_path: Path, line: str) -> None:
    assert fetch(tmp_path, text=f"FROM debian:12\n{line}\n").lines == [2]


@pytest.mark.parametrize(
    "line",
    [
        "RUN git clone https://a.io/b.git && git clone https://a.io/a-1 && cd a-1 && git checkout 0a1b2c3d",
        "RUN git clone https://example.com/a.git",
        "RUN git clone --depth 1 -b master https://example.com/a.git /a",
        "RUN git clone https://oauth2:${TOKEN}@example.com/a.git /a",
        "RUN git clone https://user:secret@example.com/a.git /a",
        "RUN git clone https://example.com/a.git && cd a && git checkout develop",
        "RUN get() { git clone https://example.com/$1.git; } && get a && get b",  # one place
        "RUN git clone https://example.com/a.git /a\nRUN cd /b && git checkout 0a1b2c3d",
        "ADD https://example.com/a.git /a",
        "ADD https://example.com/a.git#main /a",
    ],
)
def test_repositories_at_a_moving_place(tmp_path: Path, line: str) -> None:
    assert fetch(tmp_path, text=f"FROM debian:12\n{line}\n").lines == [2]


def test_what_only_tests_download(tmp_path: Path) -> None:
    lines = (
        "RUN curl -fsSLO https://example.com/latest/tool\nADD https://example.com/latest/data /\n"
    )
    assert fetch(tmp_path, text=f"FROM debian:12\n{lines}").lines == [2, 3]
    assert (
        fetch(tmp_path, text=f"FROM debian:12 AS app\nFROM app AS unit-tests\n{lines}").lines == []
    )


def test_the_branch_of_a_packed_branch_has_no_suffix(tmp_path: Path) -> None:
    address = "https://github.com/a/b/archive/refs/heads/stable.zip"
    (message,) = fetch(tmp_path, text=f"FROM debian:12\nRUN curl -OL {address}\n").messages
    assert "the branch `stable`," in message


@pytest.mark.parametrize(
    "address",
    [
        "https://api.github.com/repos/a/b/releases/latest",
        "https://api.github.com/repos/a/b/tags?per_page=1",
        "https://registry.npmjs.org/@a/b/latest",
        "https://pypi.org/pypi/a/json",
        "https://dl.example.com/releases.json",
    ],
)
def test_a_question_for_the_newest_version_is_no_download(tmp_path: Path, address: str) -> None:
    text = f"FROM debian:12\nRUN V=$(curl -fsSL '{address}' | grep name) && install-tool $V\n"
    [found] = fetch(tmp_path, text=text).found
    assert (found.help, found.severity) == ("name the version", "info")


@pytest.mark.parametrize(
    ("run", "severity", "advice"),
    [
        ('V="$(curl -fsSL {})" && install-tool $V', "info", "name the version"),
        ("curl -fsSLO https://e.io/$(curl -fsSL {})/tool", "info", "name the version"),
        ("install-tool `curl -fsSL {}`", "warning", "download a fixed version"),
    ],
)
def test_an_answer_that_is_a_part_of_a_word(
    tmp_path: Path, run: str, severity: str, advice: str
) -> None:
    run = run.format("https://e.io/release/latest.txt")
    (found,) = fetch(tmp_path, text=f"FROM debian:12\nRUN {run}\n").found
    assert str(found.severity) == severity
    assert found.help.startswith(advice)


@pytest.mark.parametrize(
    ("address", "default", "found"),
    [
        ("https://e.io/releases/latest.json", "0", []),  # for a build that somebody asks for
        ("https://e.io/releases/latest.json", "1", [3]),
        ("https://e.io/nightly/latest.json", "1", []),
    ],
)
def test_a_question_that_is_for_few_builds(
    tmp_path: Path, address: str, default: str, found: list[int]
) -> None:
    asks = f"V=$(curl -fsSL {address} | grep name) && install-tool $V"
    text = f'FROM debian:12\nARG NEWEST={default}\nRUN if [ "$NEWEST" = "1" ]; then {asks}; fi\n'
    assert fetch(tmp_path, text=text).lines == found


@pytest.mark.parametrize(
    ("argument", "condition", "found"),
    [
        ("EXTRAS", '[ ! -z "$EXTRAS" ]', []),  # which nobody passes
        ("EXTRAS=yes", '[ ! -z "$EXTRAS" ]', [3]),
        ("EXTRAS", '[ -n "$EXTRAS" ]', []),
        ("EXTRAS", '[ -z "$EXTRAS" ]', [3]),
        ("EXTRAS=no", '[ ! "$EXTRAS" = no ]', []),
        ("EXTRAS=no", '[ ! "$EXTRAS" != no ]', [3]),
        ("EXTRAS", "[ ! -f /etc/extras ]", [3]),
    ],
)
@pytest.mark.parametrize(
    "gets",
    [
        "curl -fsSL https://github.com/a/b/archive/master.tar.gz | tar xz",
        "git clone https://github.com/a/b",
    ],
)
def test_what_no_known_build_downloads(
    tmp_path: Path, argument: str, condition: str, gets: str, found: list[int]
) -> None:
    text = f"FROM debian:12\nARG {argument}\nRUN if {condition}; then {gets}; fi\n"
    assert fetch(tmp_path, text=text).lines == found


def test_what_some_build_downloads(tmp_path: Path) -> None:
    (tmp_path / "build.sh").write_text(
        "docker build --build-arg EXTRAS=yes -t shop . && docker push shop\n"
    )
    commit(tmp_path)
    gets = "curl -fLO https://github.com/a/b/archive/master.tar.gz"
    text = f'FROM debian:12\nARG EXTRAS\nRUN if [ ! -z "$EXTRAS" ]; then {gets}; fi\n'
    assert fetch(tmp_path, text=text).lines == [3]


@pytest.mark.parametrize(
    ("name", "condition", "found"),
    [
        ("EXTRAS", "[ -z ${EXTRAS+x} ]", []),
        ("EXTRAS", '[ -n "${EXTRAS+x}" ]', [3]),
        ("EXTRAS", "[ -z ${EXTRAS} ]", [3]),  # what is passed may be empty
        ("OTHERS", "[ -z ${EXTRAS+x} ]", [3]),
    ],
)
def test_an_argument_whose_name_a_variable_holds(
    tmp_path: Path, name: str, condition: str, found: list[int]
) -> None:
    (tmp_path / "Jenkinsfile").write_text(
        f"environment {{\n  NAME = '{name}'\n}}\n"
        'sh "docker build --build-arg ${NAME}=${REV} -t shop/web . && docker push shop/web"\n'
    )
    commit(tmp_path)
    gets = "curl -fLO https://github.com/a/b/archive/master.tar.gz"
    text = f"FROM debian:12\nARG EXTRAS\nRUN if {condition}; then {gets}; fi\n"
    assert fetch(tmp_path, text=text).lines == found


def test_packages_are_no_file_that_a_cache_keeps(tmp_path: Path) -> None:
    text = "FROM debian:12\n# the nightly\nRUN curl -fsSL https://e.io/{} | bash\n"
    assert fetch(tmp_path, text=text.format("tills/deb.sh")).found == []
    assert fetch(tmp_path, text=text.format("tills/till.sh")).lines == [3]


def test_asked_for_by_add_it_runs_the_next_steps_again(tmp_path: Path) -> None:
    text = "FROM debian:12\nADD https://registry.npmjs.org/@a/b/latest /v.json\n"
    assert fetch(tmp_path, text=text).found == []


def test_a_script_that_is_handed_to_a_shell_is_no_question(tmp_path: Path) -> None:
    text = 'FROM debian:12\nRUN bash -c "$(curl -fsSL https://a.test/install.sh)"\n'
    assert "nothing verifies the download" in fetch(tmp_path, text=text).messages[0]


def test_a_clone_without_files_is_at_no_commit(tmp_path: Path) -> None:
    text = "FROM debian:12\nRUN git clone {} https://github.com/rust-lang/crates.io-index /x\n"
    assert fetch(tmp_path, text=text.format("--bare")).found == []
    assert fetch(tmp_path, text=text.format("--depth 1")).lines == [2]


def test_the_page_of_a_host_is_asked_for_its_time(tmp_path: Path) -> None:
    text = "FROM debian:12\nADD https://www.example.com{} /time.now\n"
    assert fetch(tmp_path, text=text.format("")).found == []
    assert fetch(tmp_path, text=text.format("/a.bin")).lines == [2]


@pytest.mark.parametrize(
    ("after", "found"), [("--hard 276f8fce9f5a80b500947fb5745a4dde9e84622d", []), ("--hard", [2])]
)
def test_a_commit_after_a_branch(tmp_path: Path, after: str, found: list[int]) -> None:
    text = (
        "FROM debian:12\nRUN git clone https://github.com/a/b.git /b && cd /b"
        f" && git checkout master && git reset {after}\n"
    )
    assert fetch(tmp_path, text=text).lines == found


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        ("https://e.io/tool-latest.tgz", "download a fixed version and verify its checksum"),
        ("https://e.io/tool-linux-x86_64.gz", "if there is a fixed version, download that and"),
        ("https://e.io/public/shop/cfg/setup/bash.deb.sh", "add the repository and its key"),
        ("https://e.io/tills/rpm.sh", "add the repository and its key"),
        ("https://e.io/setup_lts.x", "add the repository and its key"),
    ],
)
def test_the_advice_fits_what_can_be_had(tmp_path: Path, address: str, advice: str) -> None:
    (found,) = checked(
        tmp_path, "pin/remote-fetch", text=f"FROM debian:12\nRUN curl -fsSL {address} -o /a\n"
    ).found
    assert found.help.startswith(advice)


@pytest.mark.parametrize(
    ("above", "severity"),
    [
        ("# there are no versions, so take the most recent\n", "info"),
        ("# the latest, on purpose\nWORKDIR /app\n", "info"),
        ("# what the shop sells\n", "warning"),
        ("# the latest\nUSER root\n", "warning"),
    ],
)
@pytest.mark.parametrize(
    "run", ["git clone https://e.io/a.git", "curl -O https://e.io/tool-latest.tgz"]
)
def test_what_a_comment_wants_as_the_newest_is_an_info(
    tmp_path: Path, above: str, severity: str, run: str
) -> None:
    (found,) = checked(
        tmp_path, "pin/remote-fetch", text=f"FROM debian:12\n{above}RUN {run}\n"
    ).found
    assert found.severity == severity


@pytest.mark.parametrize(("option", "told"), [("", ["--no-cache-filter=shop"]), ("--no-cache", [])])
@pytest.mark.parametrize(
    "comment", ["the code of today, not from a release", "the nightly", "the latest"]
)
def test_what_is_meant_to_move_is_told_where_a_cache_keeps_it(
    tmp_path: Path, option: str, told: list[str], comment: str
) -> None:
    (tmp_path / "build.sh").write_text(f"docker build {option} -t shop . && docker push shop\n")
    commit(tmp_path)
    address = "https://github.com/acme/shop/archive/main.zip"
    text = f"FROM debian:12 AS shop\n# {comment}\nRUN curl -fL {address} -o /a && unzip /a\n"
    found = fetch(tmp_path, text=text).found
    assert [each.help.rpartition(" `")[2].rstrip("`") for each in found] == told
    assert all("while this `RUN` is cached" in each.message for each in found)
    assert all(each.severity == "info" for each in found)


@pytest.mark.parametrize(
    ("argument", "passed", "count"),
    [
        ("KEY", "--build-arg KEY=$(git ls-remote https://example.com/shop main)", 0),
        ("KEY", "--build-arg KEY=17", 1),
        ("KEY", "", 1),
        ("OTHER", "--build-arg KEY=$(git ls-remote https://example.com/shop main)", 1),
        ("CACHE_BUST=0", "", 0),
    ],
)
def test_an_argument_makes_what_is_meant_to_move_run_again(
    tmp_path: Path, argument: str, passed: str, count: int
) -> None:
    (tmp_path / "build.sh").write_text(f"docker build {passed} -t shop . && docker push shop\n")
    commit(tmp_path)
    step = "# the latest\nRUN curl -fLO https://example.com/latest/a.zip\n"
    assert len(fetch(tmp_path, text=f"FROM debian:12\nARG {argument}\n{step}").found) == count
    below = fetch(tmp_path, text=f"FROM debian:12\n{step}ARG {argument}\n")
    assert len(below.found) == 1


@pytest.mark.parametrize(
    ("default", "sets", "loop", "count"),
    [
        ("3.12", "", "", 0),
        ("main", "", "", 1),
        ("3.12", "V=main; ", "", 1),
        ("3.12", "", "for each in a b; do ", 1),  # the second time the variable is another
    ],
)
def test_what_a_branch_sets_decides_nothing_of_itself(
    tmp_path: Path, default: str, sets: str, loop: str, count: int
) -> None:
    asks = 'V=$(curl -fsSL https://api.github.com/repos/a/b/commits/main -H "Accept: a/sha")'
    branch = f'{sets}if [ "$V" = main ]; then export {asks}; fi'
    run = f"{loop}{branch}; done" if loop else branch
    text = f"FROM debian:12\nARG V={default}\nRUN {run}; install-tool $V\n"
    assert len(fetch(tmp_path, text=text).found) == count


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        ("https://api.github.com/repos/a/b/commits/main", "name the commit"),
        ("https://api.github.com/repos/a/b/commits?sha=main&per_page=1", "name the commit"),
        ("https://api.github.com/repos/a/b/git/refs/heads/main", "name the commit"),
        ("https://git.example.com/api/v4/projects/7/repository/branches/main", "name the commit"),
        ("https://api.github.com/repos/a/b/tarball/main", "download a fixed version"),
    ],
)
def test_a_question_for_the_newest_commit_is_no_download(
    tmp_path: Path, address: str, advice: str
) -> None:
    text = f"FROM debian:12\nRUN C=$(curl -fsSL '{address}') && install-tool $C\n"
    [found] = fetch(tmp_path, text=text).found
    assert found.help.startswith(advice)
    assert ("answers with the newest commit" in found.message) is (advice == "name the commit")


@pytest.mark.parametrize(("passed", "count"), [("1.4", 0), ("latest", 1), ("$RELEASE", 1)])
def test_a_question_that_no_known_build_asks(tmp_path: Path, passed: str, count: int) -> None:
    (tmp_path / "build.sh").write_text(
        f"docker build --build-arg V={passed} -t shop . && docker push shop\n"
    )
    commit(tmp_path)
    question = "V=$(curl -fsSL https://api.github.com/repos/a/b/releases/latest | jq -r .tag_name)"
    text = (
        "FROM debian:12\nARG V=latest\n"
        f'RUN if [ "$V" = latest ]; then W={question[2:]}; fi; curl -fLO https://example.com/$W\n'
    )
    assert len(fetch(tmp_path, text=text).found) == count


def test_what_is_meant_to_move_is_told_where_nobody_knows_of_a_cache(tmp_path: Path) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(
        "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: docker/login-action@v3\n"
        "      - run: make ship\n"
    )
    (tmp_path / "ship.sh").write_text("docker build $OPTIONS -t our/web .\ndocker push our/web\n")
    commit(tmp_path)
    text = "FROM debian:12\n# the latest\nRUN curl -fLO https://example.com/latest/a.zip\n"
    (found,) = fetch(tmp_path, text=text).messages
    assert "while this `RUN` is cached" in found


@pytest.mark.parametrize(
    ("add", "lines"),
    [
        ("# cache bust\nADD https://api.example.com/now now", []),
        ("ADD https://api.example.com/now /skipcache", []),
        ("ADD https://random.example.com/bytes?n=8 /r", []),
        ("ADD https://example.com/cgi-bin/randbyte?n=8 /r", []),
        ("# the latest\nADD https://example.com/tool.tgz /t", []),
        ("ADD https://example.com/random-forest.csv /r", [2]),
        ("# cached for the shop\nADD https://example.com/tool /cache", [3]),
    ],
)
def test_an_add_that_is_there_to_run_the_rest_again(
    tmp_path: Path, add: str, lines: list[int]
) -> None:
    assert fetch(tmp_path, text=f"FROM debian:12\n{add}\nRUN true\n").lines == lines


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("raw.githubusercontent.com/acme/shop/main/images/set-up.sh", "set-up.sh"),
        ("github.com/acme/shop/raw/refs/heads/main/images/set-up.sh", "set-up.sh"),
        ("raw.githubusercontent.com/acme/shop/main/images/gone.sh", ""),
        ("raw.githubusercontent.com/acme/shops/main/images/set-up.sh", ""),
        ("raw.githubusercontent.com/acme/shop/main/set-up.sh", ""),
    ],
)
def test_a_file_of_the_context_is_not_fetched_from_a_branch(
    tmp_path: Path, address: str, own: str
) -> None:
    (tmp_path / "build.sh").write_text("docker push ghcr.io/acme/shop\n")
    (tmp_path / "images").mkdir()
    commit(tmp_path)
    text = f"FROM debian:12\nRUN curl -fL https://{address} | sh\n"
    (found,) = fetch(tmp_path / "images", text=text, context="set-up.sh: true\n").found
    assert (f"use `{own}` of the build context" in found.help) is bool(own)


@pytest.mark.parametrize(
    ("reference", "why", "severity"),
    [
        ("main", "is from the branch `main`, which moves", "warning"),
        ("refs/heads/harbor", "is from the branch `harbor`, which moves", "warning"),
        ("gh-pages", "is from the branch `gh-pages`, which moves", "warning"),
        ("release-harbor", "is from `release-harbor`, which may be a branch", "info"),
    ],
)
def test_a_reference_may_be_a_tag(tmp_path: Path, reference: str, why: str, severity: str) -> None:
    address = f"https://raw.githubusercontent.com/acme/models/{reference}/labels.txt"
    text = f"FROM debian:12.5\nRUN wget -q {address} -O /labels.txt\n"
    (found,) = checked(tmp_path, "pin/remote-fetch", text).found
    assert why in found.message
    assert found.severity.value == severity


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("tool-latest.tgz", "download a fixed version, and add `--checksum`"),
        ("places.mmdb", "if there is a fixed version, download that with `--checksum`"),
    ],
)
def test_what_add_takes_may_have_no_versions(tmp_path: Path, name: str, advice: str) -> None:
    (found,) = fetch(tmp_path, text=f"FROM debian:12\nADD https://e.io/{name} /a\n").found
    assert found.help == advice


@pytest.mark.parametrize(
    ("first", "is_said"),
    [
        ("", False),
        ("# syntax=docker/dockerfile:1\n", False),
        ("# syntax=docker/dockerfile:1.6\n", False),
        ("# syntax=docker/dockerfile:1.4\n", True),
    ],
)
def test_what_a_checksum_needs(tmp_path: Path, first: str, *, is_said: bool) -> None:
    text = f"{first}FROM debian:12\nADD https://e.io/tool-latest.tgz /a\n"
    (found,) = fetch(tmp_path, text=text).found
    assert ("which needs `# syntax=docker/dockerfile:1` as" in found.help) is is_said


def test_what_recipes_build_and_nobody_pushes_is_an_info(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("app:\n\tdocker build .\n")
    (tmp_path / ".travis.yml").write_text("script: pytest\n")
    commit(tmp_path)
    text = "FROM debian:12\nRUN git clone https://e.io/a.git\n"
    assert severities(fetch(tmp_path, text=text).found) == [(2, "info")]


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("Dockerfile.shop-HEAD", "info"),
        ("nightly/Dockerfile", "info"),
        ("head/Dockerfile", "warning"),  # of a cluster
        ("Dockerfile.ahead", "warning"),
    ],
)
def test_a_file_that_is_there_for_the_newest(tmp_path: Path, name: str, severity: str) -> None:
    text = "FROM debian:12\nRUN git clone https://example.com/tool.git /opt/tool\n"
    (tmp_path / ".git").mkdir()
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    checker = checked(tmp_path, rule="pin/remote-fetch", text=text).checker
    found = checker.check(Task((tmp_path / name).as_posix())).diagnostics
    assert severities(found) == [(2, severity)]


PUSHING = (
    "on: {push: {tags: ['v*']}}\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"
)
PASSES = f"{PUSHING}          build-args: URL=${{{{ steps.a.outputs.url }}}}\n"


@pytest.mark.parametrize(
    ("workflows", "address", "severity"),
    [
        ([PASSES], "${URL}", "info"),
        ([PUSHING], "${URL}", "warning"),
        ([PASSES, PUSHING], "${URL}", "warning"),  # one of them takes the default
        ([PASSES], "https://github.com/${URL}/raw/main/tool.sh", "warning"),
    ],
)
@pytest.mark.parametrize("step", ["ADD {} /srv/", "RUN curl -fsSLo /srv/tool {}"])
def test_the_default_of_what_is_passed_with_each_push(
    tmp_path: Path, workflows: list[str], address: str, step: str, severity: str
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    for at, told in enumerate(workflows):
        (tmp_path / f".github/workflows/{at}.yml").write_text(told)
    url = "https://github.com/shop/tool/releases/latest/download/tool.tgz"
    text = f"FROM debian:12\nARG URL={url}\n{step.format(address)}\n"
    (found,) = fetch(tmp_path, text=text).found
    assert (found.severity.value, "by default" in found.message) == (severity, severity == "info")


@pytest.mark.parametrize(
    ("address", "severity"),
    [
        ("https://git.example.com/shop/web.git", "info"),
        ("https://git.example.com/Shop/web", "info"),
        ("https://git.example.com/shops/web", "warning"),
        ("https://git.example.com/more/shop/web", "warning"),
    ],
)
def test_a_clone_of_who_pushes_the_images(tmp_path: Path, address: str, severity: str) -> None:
    (tmp_path / "push.sh").write_text("docker build -t shop/web .\ndocker push shop/web\n")
    commit(tmp_path)
    found = fetch(tmp_path, text=f"FROM debian:12\nRUN git clone {address} /src\n").found
    assert severities(found) == [(2, severity)]


_LATEST = "https://example.com/tool/latest/tool"


@pytest.mark.parametrize(
    ("run", "script", "severities_told"),
    [
        ("sh ./deps.sh && rm deps.sh", f"curl -fsSLo /usr/bin/tool {_LATEST}", ["warning"]),
        ("/opt/deps.sh", f"#!/bin/bash\\nwget -qO /usr/bin/tool {_LATEST}", ["warning"]),
        ("sh deps.sh", "curl -sS https://example.com/install.sh | sh -s -- --yes", ["info"]),
        ("sh deps.sh", f"for i in 1 2; do curl -fsSLO {_LATEST}; done", ["warning"]),
        # one that is told a version, verified, not surely reached, or no shell's
        ("sh deps.sh", "curl -sS https://example.com/install.sh | sh -s -- --version 1.2", []),
        ("sh deps.sh", "curl -fsSLO https://example.com/tool-1.2.tgz", []),
        ("sh deps.sh", f"curl -fsSLo t {_LATEST} && echo 0a1b t | sha256sum -c -", []),
        ("sh deps.sh", f"if test -e /x; then curl -fsSLO {_LATEST}; fi", []),
        ("test -e /x || sh deps.sh", f"curl -fsSLO {_LATEST}", []),
        ("./deps.sh", f"#!/usr/bin/perl\\ncurl -fsSLO {_LATEST}", []),
        ("cat deps.sh", f"curl -fsSLO {_LATEST}", []),
        ("sh /other/deps.sh", f"curl -fsSLO {_LATEST}", []),
    ],
)
def test_downloads_of_a_script_that_a_run_starts(
    tmp_path: Path, run: str, script: str, severities_told: list[str]
) -> None:
    text = f"FROM debian:12\nWORKDIR /opt\nCOPY deps.sh .\nRUN {run}\n"
    found = fetch(tmp_path, text=text, context=f"deps.sh: {script}\n").found
    assert [each.severity for each in found] == severities_told
    assert [each.place.start.line for each in found] == [4] * len(found)


def test_a_script_is_named_with_what_it_downloads(tmp_path: Path) -> None:
    text = "FROM debian:12\nRUN --mount=type=bind,target=/src sh /src/build/deps.sh\n"
    asked = "https://api.github.com/repos/a/b/releases"
    context = f"build/deps.sh: V=$(curl -s {asked} | jq -r .[0])\n"
    (told,) = fetch(tmp_path, text=text, context=context).texts
    assert told == (
        f"in build/deps.sh, {asked} answers with the newest version, so the result depends on the"
        " day of the build — help: name the version"
    )


def test_the_newest_is_wanted_of_a_script_as_well(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY deps.sh /\n# always the latest tool\nRUN sh /deps.sh\n"
    assert not fetch(tmp_path, text=text, context=f"deps.sh: curl -O {_LATEST}\n").found


NEWEST = "https://api.github.com/repos/a/b/releases/latest"


@pytest.mark.parametrize(
    ("run", "count"),
    [
        (f"curl -L -o t.tar.gz $(curl -s {NEWEST} | cut -d: -f2)", 1),
        (f"VERSION=$(curl -s {NEWEST} | cut -d: -f2); echo $VERSION > /version", 1),
    ],
)
def test_a_question_for_the_address_of_a_download_is_told_with_it(
    tmp_path: Path, run: str, count: int
) -> None:
    assert len(fetch(tmp_path, text=f"FROM debian:12\nRUN {run}\n").found) == count


@pytest.mark.parametrize(
    "line",
    [
        "ADD https://example.com/a.git#fix/1.2.3 /a",
        "RUN git clone -b feat/s3-api-2025.1.1 https://example.com/a.git",
        "RUN git clone --branch=users/ann/v2 https://example.com/a.git",
        "RUN git clone https://example.com/a.git && cd a && git checkout feature/v2",
    ],
)
def test_a_branch_of_work_moves_whatever_version_it_names(tmp_path: Path, line: str) -> None:
    (found,) = fetch(tmp_path, text=f"FROM debian:12\n{line}\n").found
    assert (found.severity.value, "the branch" in found.message) == ("warning", True)
