"""What order/system-install-after-source takes for read by an install, and what it moves."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

if TYPE_CHECKING:
    from pathlib import Path

check = partial(checked, rule="order/system-install-after-source")

CONTEXT = "requirements.txt\nshop/web.py 1kB\npackages.txt\nlocal.deb 1kB\ndeploy/apt.list\nentrypoint.sh\n"
APT = "apt-get update && apt-get install -y tini"


@pytest.mark.parametrize(
    ("between", "wanted"),
    [
        ("docker/pre-setup.sh", []),
        ("docker/build.sh", [4]),
        ("curl -fsSL https://deb.example.com/setup_8.x | sh -", [4]),
    ],
)
def test_what_a_script_of_the_copy_may_set_up(
    tmp_path: Path, between: str, wanted: list[int]
) -> None:
    text = f"FROM alpine:3.20\nCOPY . .\nRUN {between}\nRUN apk add --no-cache git\n"
    assert check(tmp_path, text=text, context=CONTEXT).lines == wanted


@pytest.mark.parametrize(
    ("copy", "run"),
    [
        ("COPY . /app", f"RUN {APT}"),
        ("COPY shop /app/shop", "RUN apk add --no-cache tini"),
        ("COPY requirements.txt /tmp/", "RUN dnf install -y tini && dnf clean all"),
        ("ADD . /app", f"RUN set -eux; {APT}; rm -rf /var/lib/apt/lists/*"),
        ("COPY . /app", f"RUN curl -fsSL https://example.com/setup.sh | bash - && {APT}"),
        ("COPY . /app", f"RUN {APT} && /app/build.sh"),  # the install could be split off
        ("WORKDIR /app\nCOPY . .", f"RUN <<EOF\n{APT}\nEOF"),
        (
            "WORKDIR /app\nCOPY . .",
            "RUN wget https://e.io/a.deb && apt install -y ./a.deb && rm a.deb",
        ),
        ("WORKDIR /app\nCOPY . .", "RUN curl -o b.deb https://e.io/b && dpkg -i b.deb"),
        ("COPY --from=build /out /app", f"RUN {APT}"),  # another one with each change of the source
    ],
)
def test_installs_that_could_stand_above(tmp_path: Path, copy: str, run: str) -> None:
    text = f"FROM golang:1 AS build\nCOPY . /src\nRUN make -C /src\nFROM debian:12\n{copy}\n{run}\n"
    assert check(tmp_path, text=text, context=CONTEXT).lines == [5 + copy.count("\n") + 1]


@pytest.mark.parametrize(
    ("below", "wanted"),
    [
        ("make -C /src && mv /src/bin/* /out", [7]),
        ("make -C /src && mkdir /out/etc && cp /src/a.conf /out/etc/", [7]),
        ("make -C /src && ls /out", []),
    ],
)
def test_a_folder_that_was_there_before_is_filled_below(
    tmp_path: Path, below: str, wanted: list[int]
) -> None:
    text = (
        "FROM golang:1 AS build\nRUN mkdir /out && curl -o /out/tool https://example.com/1.2/tool\n"
        f"COPY . /src\nRUN {below}\nFROM debian:12\nCOPY --from=build /out /out\nRUN {APT}\n"
    )
    assert check(tmp_path, text=text, context=CONTEXT).lines == wanted


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        ("COPY dist /app", [6]),
        ("COPY _out/*.tar.gz /app/", [6]),
        ("COPY --from=unpack /app /app", [6]),
        ("COPY certs /app", []),  # git ignores them, and no build makes them
        ("COPY vendor.zip /app/", []),
        ("COPY release /app", []),  # is in git
    ],
)
@pytest.mark.parametrize("is_built", [False, True])
def test_what_is_built_before_the_image_changes_with_the_source(
    tmp_path: Path, copy: str, wanted: list[int], *, is_built: bool
) -> None:
    text = (
        "FROM debian:12 AS unpack\nCOPY _out/*.tar.gz /in/\nRUN tar -xf /in/*.tar.gz -C /app"
        f"\nFROM debian:12\n{copy}\nRUN {APT}\n"
    )
    (tmp_path / ".gitignore").write_text("dist/\n_out/\ncerts/\n*.zip\n")
    for name in ("release", "src"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("")
    commit(tmp_path)
    made = "dist/a.js 1kB\n_out/a.tar.gz 1kB\ncerts/a.pem\nvendor.zip 1kB\n" if is_built else ""
    assert check(tmp_path, text=text, context=made).lines == wanted


@pytest.mark.parametrize(
    ("copy", "run"),
    [
        (f"RUN {APT}\nCOPY . /app", "RUN true"),
        ("COPY . /app", "RUN apt-get update && xargs apt-get install -y < /app/packages.txt"),
        ("COPY . /app", "RUN apt-get update && apt-get install -y $(cat /app/packages.txt)"),
        ("WORKDIR /app\nCOPY . .", "RUN apt-get update && apt-get install -y ./local.deb"),
        ("WORKDIR /app\nCOPY . .", "RUN wget https://e.io/a.deb && apt install -y ./local.deb"),
        ("WORKDIR /app\nCOPY . .", "RUN wget -i shop/list -O a.deb && dpkg -i a.deb"),
        ("WORKDIR /app\nCOPY . .", "RUN apt-get update && apt-get install -y $(cat packages.txt)"),
        ("COPY . /app", f"RUN /app/prepare.sh && {APT}"),
        ("COPY . /app", f"RUN /app/add-repositories.sh\nRUN {APT}"),
        ("COPY deploy /etc/apt/sources.list.d/", f"RUN {APT}"),
        (
            "COPY shop /",
            f"RUN --mount=type=bind,source=shop,target=/s true\nRUN cp /web.py /etc/apt && {APT}",
        ),
        ("COPY entrypoint.sh /", f"RUN {APT}"),  # a file that hardly changes
        (
            "COPY requirements.txt /",
            f"RUN {APT} && pip install -r /requirements.txt && apt-get purge -y tini",
        ),
        ("COPY . /app", "RUN apk add --virtual .build gcc && make -C /app && apk del .build"),
        ("COPY . /app", "RUN apk add curl && apk add jq curl && apk del jq curl"),
        (
            "COPY . /app",
            "RUN apk add gcc && make -C /app && apk del gcc && apk add jq",
        ),
        ("COPY . /app", "RUN if [ -f /x ]; then apt-get install -y tini; fi"),
        ("COPY . /app", "RUN apt-get update && apt-get upgrade -y"),
        ("COPY --from=build /etc/ssl/certs /etc/ssl/certs", f"RUN {APT}"),
        ("COPY --from=registry.example.com/tool:1 /tool /bin/", f"RUN {APT}"),
    ],
)
def test_installs_that_stand_right(tmp_path: Path, copy: str, run: str) -> None:
    text = f"FROM golang:1 AS build\nCOPY . /src\nRUN make -C /src\nFROM debian:12\n{copy}\n{run}\n"
    assert check(tmp_path, text=text, context=CONTEXT).messages == []


@pytest.mark.parametrize(
    ("run", "copy", "lines"),
    [
        ("go build -o /opt/shop/bin/shop .", "/opt/shop", [6]),
        ("go build -o=/usr/local/bin/shop .", "/usr/local/bin/shop", [6]),
        ("make install DESTDIR=/opt/shop", "/opt/shop/", [6]),
        ("cargo install --path . --root /usr/local", "/usr/local", [6]),
        ("make install", "/opt/shop", []),  # nobody knows where to
        ("go build -o /opt/other/shop .", "/opt/shop", []),
        ("curl -o /opt/a.tgz https://example.com/a", "/opt/shop", []),
    ],
)
def test_what_a_stage_writes_outside_of_its_source(
    tmp_path: Path, run: str, copy: str, lines: list[int]
) -> None:
    build = f"FROM golang:1 AS build\nCOPY . /src\nRUN {run}\n"
    text = f"{build}FROM debian:12\nCOPY --from=build {copy} /app\nRUN {APT}\n"
    assert check(tmp_path, text=text, context=CONTEXT).lines == lines
    above = f"FROM golang:1 AS build\nRUN {run}\nCOPY . /src\nRUN true\n"
    assert check(tmp_path, text=text.replace(build, above), context=CONTEXT).lines == []


@pytest.mark.parametrize(
    ("early", "below", "copy", "lines"),
    [
        ("RUN go install example.com/x/tool/v4@v4.1.0", "make", "/go/bin/tool", []),
        ("RUN curl -L https://e.io/1.2.tgz | tar -xz -C /tools", "make", "/tools/tool", []),
        ("WORKDIR /tools\nRUN curl -O https://e.io/1.2/tool", "make -C /src", "/tools/tool", []),
        ("ADD https://e.io/1.2/tool /tools/", "make", "/tools/tool", []),
        ("COPY --from=e.io/a/tool:1.2 /tool /tools/tool", "make", "/tools/tool", []),
        ("RUN git clone -b v1 https://e.io/a/tool /t", "/t/tool --of app", "/t/tool", []),
        ("RUN apt-get install -y tool", "make", "/tools/tool", [8]),  # nobody knows what that is
        ("RUN go install example.com/x/tool@v4", "go install ./cmd/tool", "/go/bin/tool", [8]),
        ("RUN curl -L https://e.io/1.2.tgz | tar -xz -C /a", "make OUT=/a", "/a/tool", [8]),
        ("RUN curl -L https://e.io/1.2.tgz | tar -xz -C /a", "mv app /a/", "/a/app", [8]),
        ("RUN curl -L https://e.io/1.2.tgz | tar -xz -C /src/a", "make", "/src/a/tool", [8]),
        ("RUN go install example.com/x/tool@v4", "./build", "/go/bin/other", [8]),
    ],
)
def test_a_tool_that_a_stage_has_before_its_source(
    tmp_path: Path, early: str, below: str, copy: str, lines: list[int]
) -> None:
    early += "\n" * (1 - early.count("\n"))
    text = (
        f"FROM golang:1 AS build\n{early}\nWORKDIR /src\nCOPY . .\nRUN {below}\n"
        f"FROM debian:12\nCOPY --from=build {copy} /x\nRUN {APT}\n"
    )
    lines = [each + 1 for each in lines]
    assert check(tmp_path, text=text, context=CONTEXT).lines == lines


def test_a_tool_of_a_stage_changes_with_what_stood_before_it(tmp_path: Path) -> None:
    text = (
        "FROM golang:1 AS build\nWORKDIR /src\nCOPY go.mod .\nRUN go install example.com/x/tool\n"
        "COPY . .\nRUN go build -o /out/app .\n"
        f"FROM debian:12\nCOPY --from=build /go/bin/tool /x\nRUN {APT}\n"
    )
    found = check(tmp_path, text=text, context="go.mod: module x\nmain.go\n")
    for number in range(20):
        commit(tmp_path, "main.go", *["go.mod"] * (number % 4 == 0))
    [message] = found.messages
    assert "up to 4 of the last 20 commits" in message


@pytest.mark.parametrize(("made", "told"), [("/src", 1), ("/opt", 0)])
def test_a_stage_that_gathers_what_another_one_makes(tmp_path: Path, made: str, told: int) -> None:
    text = (
        f"FROM debian:12.5 AS build\nRUN mkdir {made}/a\nCOPY app.c /src/\nRUN gcc /src/app.c -o /src/shop\n"
        f"FROM scratch AS files\nCOPY --from=build {made} /app\n"
        "FROM debian:12.5-slim\nCOPY --from=files /app /app\n"
        "RUN apt-get update && apt-get install -y --no-install-recommends git"
        " && rm -rf /var/lib/apt/lists/*\n"
    )
    for number in range(12):
        (tmp_path / "app.c").write_text(str(number))
        commit(tmp_path)
    found = checked(tmp_path, text=text, rule="order/system-install-after-source").messages
    assert len(found) == told


@pytest.mark.parametrize(
    ("first", "second", "told"), [("list", "code", "19 of"), ("code", "list", "4 of")]
)
def test_of_two_files_at_one_place_the_last_one_is_taken(
    tmp_path: Path, first: str, second: str, told: str
) -> None:
    text = (
        f"FROM debian:12 AS build\nCOPY {first}.py /x/a.py\nCOPY {second}.py /x/a.py\nRUN true\n"
        f"FROM debian:12\nCOPY --from=build /x/a.py /x/\nRUN {APT}\n"
    )
    found = check(tmp_path, text=text, context="list.py\ncode.py\n")
    for number in range(20):
        commit(tmp_path, "code.py", *["list.py"] * (number % 4 == 0))
    [message] = found.messages
    assert f"; with a build cache {told}" in message


def test_what_helps_to_install_and_is_removed_again(tmp_path: Path) -> None:
    text = (
        "FROM alpine:3.22\nCOPY . /app\nRUN apk add curl && curl -fsSLo /etc/apk/keys/shop.pub"
        " https://example.com/shop.pub && apk del curl && apk add jq\n"
    )
    [message] = check(tmp_path, text=text, context=CONTEXT).messages
    assert "reinstalls `jq`" in message


def test_what_a_stage_made_before_the_source_came(tmp_path: Path) -> None:
    wheels = "FROM python:3 AS build\nCOPY requirements.txt .\nRUN pip wheel -w /wheels -r requirements.txt\n"
    final = f"FROM python:3-slim\nCOPY --from=build /wheels /wheels\nRUN {APT}\n"
    [message] = check(tmp_path, text=f"{wheels}COPY . /app\n{final}", context=CONTEXT).messages
    assert message.startswith("every change of requirements.txt reinstalls")
    assert check(
        tmp_path, text=f"FROM python:3 AS build\nCOPY . /wheels\n{final}", context=CONTEXT
    ).lines == [5]


def test_only_copies_that_no_other_stage_stands_on(tmp_path: Path) -> None:
    base = "FROM debian:12 AS base\nCOPY . /app\nFROM base AS runtime\n"
    assert check(tmp_path, text=f"{base}FROM runtime\nRUN {APT}\n", context=CONTEXT).lines == [5]
    both = f"{base}FROM runtime AS a\nRUN make\nFROM runtime AS b\nRUN {APT}\n"
    assert check(tmp_path, text=both, context=CONTEXT).lines == []


def test_a_base_that_is_started_for_itself(tmp_path: Path) -> None:
    text = f"FROM debian:12 AS one\nCOPY . /app\n{{}}FROM one AS two\nRUN {APT}\n"
    assert check(tmp_path, text=text.format(""), context=CONTEXT).lines == [4]
    assert check(tmp_path, text=text.format("CMD make\n"), context=CONTEXT).lines == []


def test_a_copy_of_what_a_common_base_holds(tmp_path: Path) -> None:
    base = "FROM debian:12 AS base\nCOPY . /app\nFROM base AS tool\nRUN make -C /app\n"
    text = f"{base}FROM {{}}\nCOPY --from=tool /tool /opt/tool\nRUN {APT}\n"
    assert check(tmp_path, text=text.format("base"), context=CONTEXT).lines == []
    assert check(tmp_path, text=text.format("debian:12"), context=CONTEXT).lines == [7]


def test_a_stage_that_adds_tools_to_a_finished_one(tmp_path: Path) -> None:
    base = "FROM debian:12 AS build\nCOPY . /app\n"
    assert check(
        tmp_path, text=f"{base}FROM build AS publish\nRUN {APT}\n", context=CONTEXT
    ).lines == [4]
    assert (
        check(tmp_path, text=f"{base}FROM build AS debug\nRUN {APT}\n", context=CONTEXT).lines == []
    )
    two = f"{base}FROM build AS one\nRUN {APT}\nFROM build AS two\n"
    assert check(tmp_path, text=two, context=CONTEXT).lines == []


@pytest.mark.parametrize(
    ("between", "safety"),
    [
        ("", "safe"),
        ("WORKDIR /app\nENV A=1\nCOPY requirements.txt /b/\n", "safe"),
        ("COPY requirements.txt /usr/share/x\n", "unsafe"),  # a package may bring that file, too
        ("RUN make -C /app\n", "unsafe"),
        (
            "RUN sed -i s/deb.example.org/mirror.example.com/ /etc/apt/sources.list\n",
            None,
        ),  # from where it installs
        ("ARG tini\n", None),  # the RUN uses it
        ("USER app\n", None),
    ],
)
def test_how_safe_the_fix_is(tmp_path: Path, between: str, safety: str | None) -> None:
    text = f"FROM debian:12\nCOPY . /app\n{between}RUN {APT}\n"
    assert check(tmp_path, text=text, context=CONTEXT).safeties == [safety]


def test_an_install_is_not_moved_over_its_own_index(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY . /app\nRUN apt-get update\nRUN apt-get install -y tini\n"
    assert check(tmp_path, text=text, context=CONTEXT).safeties == [None]


@pytest.mark.parametrize(
    "then",
    [
        "cat /app/web.py > /sum",
        "cd /app && wc web.py",
        "ls /app",
        "sed -i s/a/b/ /app/web.py",
        "grep x < /app/web.py",
    ],
)
def test_a_run_that_goes_on_to_read_the_source_stays(tmp_path: Path, then: str) -> None:
    text = f"FROM debian:12\nCOPY . /app\nENV A=1\nRUN {APT} && {then}\n"
    assert check(tmp_path, text=text, context=CONTEXT).safeties == [None]


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("sed -i 's/deb.example.org/mirror.example.org/g' /etc/apt/sources.list", [4]),
        ("sed -i -e '1s|http://a|http://b/c|' -e 's,d,e,g' /etc/apt/sources.list", [4]),
        ('if [ "$MIRROR" = 1 ]; then echo mirror; fi', [4]),
        ("sed -i s/a/b/ web.py", []),
        ("if [ -f web.py ]; then echo web; fi", []),
    ],
)
def test_what_sed_replaces_is_no_file_of_the_copy(
    tmp_path: Path, before: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\nWORKDIR /app\nCOPY shop ./\nRUN {before} && {APT}\n"
    assert check(tmp_path, text=text, context="shop/web.py 1kB\n").lines == wanted


def test_dependencies_of_another_stage_change_with_their_lists(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12 AS build\nWORKDIR /app\nCOPY requirements.txt ./\n"
        "RUN python -m venv .venv && .venv/bin/pip install -r requirements.txt\n"
        "COPY . .\nRUN make\n"
        "FROM python:3.12-slim\nENV VENV=/app/.venv\nCOPY --from=build ${VENV} ${VENV}\n"
        "RUN apt-get update && apt-get install -y curl\n"
    )
    context = "requirements.txt: a==1\nsrc/a.py 1kB\nMakefile\n"
    [found] = check(tmp_path, text=text, context=context).messages
    assert "every change of requirements.txt reinstalls `curl`" in found


def test_the_installs_below_a_copy_are_one_finding(tmp_path: Path) -> None:
    text = f"FROM debian:12\nCOPY shop /app/shop\nRUN {APT}\nRUN apt-get install -y jq\n"
    found = check(tmp_path, text=text, context=CONTEXT)
    assert found.lines == [3]
    assert "reinstalls tini and 1 more, although" in found.texts[0]
    assert [note.place.start.line for note in found.found[0].notes] == [2, 4]


def test_what_a_single_commit_brought_does_not_change(tmp_path: Path) -> None:
    text = f"FROM debian:12\nCOPY entrypoint.sh /\nRUN {APT}\n"
    found = check(tmp_path, text=text, context=CONTEXT)
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, "packages.txt")
    assert found.lines == []


def test_a_stage_that_only_holds_files(tmp_path: Path) -> None:
    text = (
        "FROM scratch AS files\nCOPY entrypoint.sh /bin/\nCOPY . /code/\nFROM alpine:3.20\n"
        "COPY --from=files {} /x/\nRUN apk add --no-cache tini\n"
    )
    assert check(tmp_path, text=text.format("/bin/*"), context=CONTEXT).lines == []
    assert check(tmp_path, text=text.format("/code/shop"), context=CONTEXT).lines == [6]


def test_a_variable_is_no_name_for_people(tmp_path: Path) -> None:
    text = "FROM alpine:3.20\nCOPY . .\nRUN apk add $OPTIONS git curl\n"
    [message] = check(tmp_path, text=text, context=CONTEXT).messages
    assert "`git` and 1 more" in message


def test_what_a_stage_made_of_a_few_files_changes_as_often_as_they_do(tmp_path: Path) -> None:
    text = (
        "FROM ruby:3.3 AS build\nWORKDIR /app\nCOPY Gemfile .\nRUN bundle install\n"
        "FROM ruby:3.3\nCOPY --from=build /app/vendor/bundle /bundle\nCOPY . /app\n"
        f"FROM ruby:3.3\nCOPY --from=build /app/vendor/bundle /bundle\nRUN {APT}\n"
    )
    found = check(tmp_path, text=text, context="Gemfile: gem 'rake'\nweb.rb\n")
    for number in range(20):
        commit(tmp_path, "web.rb", *["Gemfile"] * (number % 4 == 0))
    assert found.lines == [10]
    assert found.messages[0].endswith(
        "; with a build cache up to 4 of the last 20 commits would do so needlessly"
    )


@pytest.mark.parametrize(
    ("run", "lines"),
    [
        (f"{APT} && npm ci", []),  # which order/copy-before-install tells of
        (APT, [7]),
        (f"{APT}\nRUN npm ci", [7]),
    ],
)
def test_a_run_with_an_install_that_is_told_is_left_to_that(
    tmp_path: Path, run: str, lines: list[int]
) -> None:
    text = (
        "FROM golang:1 AS build\nCOPY . /src\nRUN make -C /src\n"
        f"FROM node:20\nCOPY --from=build /out /web\nCOPY package*.json ./\nRUN {run}\n"
    )
    lists = "main.go\npackage.json: {}\npackage-lock.json: {}\n"
    assert check(tmp_path, text=text, context=lists).lines == lines
    twin = tmp_path / "twin"
    twin.mkdir()
    told = checked(twin, "order/copy-before-install", text, lists).messages
    assert any("COPY --from=build" in each for each in told) is ("npm" in run)


def test_of_a_run_that_reads_the_copy_the_packages_alone_are_told(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY . /app\nRUN apt-get update && apt-get install -y {}\n"
    more = " && python3 -m compileall /app && rm -rf /var/lib/apt/lists/*\n"
    alone, [beside], [unknown] = (
        check(tmp_path, text=each, context=CONTEXT).found
        for each in (
            text.format("python3"),
            text.format("python3").rstrip() + more,
            text.format("example-shop").rstrip() + more,
        )
    )
    assert beside.severity == "warning"
    assert "RUN of its own" in beside.text.replace("`", "")
    assert alone[0].cost
    assert beside.cost
    assert 0 < (beside.cost.push_bytes or 0) < (alone[0].cost.push_bytes or 0)  # without the lists
    assert unknown.severity == "info"


@pytest.mark.parametrize(
    ("copy", "told"),
    [
        ("COPY --from=build /src/wheels /w", "19 of the last 20 commits"),  # built of the source
        ("COPY requirements.txt /w/", "4 of the last 20 commits"),
        ("COPY --from=build /src/requirements.txt /w/", "4 of the last 20 commits"),
    ],
)
def test_an_environment_changes_with_what_is_installed_in_it(
    tmp_path: Path, copy: str, told: str
) -> None:
    text = (
        "FROM python:3.12 AS build\nWORKDIR /src\nCOPY . .\nRUN pip wheel -w wheels .\n"
        f"FROM python:3.12 AS installer\n{copy}\nRUN python -m venv /opt/venv && /opt/venv/bin/pip install /w/*\n"
        f"FROM python:3.12\nCOPY --from=installer /opt/venv /opt/venv\nRUN {APT}\n"
    )
    found = check(tmp_path, text=text, context="requirements.txt: flask\nweb.py\n")
    for number in range(20):
        commit(tmp_path, "web.py", *["requirements.txt"] * (number % 4 == 0))
    [message] = found.messages
    assert message.endswith(f"; with a build cache up to {told} would do so needlessly")


@pytest.mark.parametrize(("copied", "wanted"), [("shop", []), ("deploy", [6])])
def test_what_a_shared_base_brings_as_well(tmp_path: Path, copied: str, wanted: list[int]) -> None:
    base = f"FROM debian:12 AS base\nCOPY {copied} /base\nRUN make -C /base\n"
    text = f"{base}FROM base AS a\nCOPY shop /app\nRUN {APT}\nFROM base\nCOPY --from=a /x /x\n"
    assert check(tmp_path, text=text, context=CONTEXT).lines == wanted


@pytest.mark.parametrize(("run", "told"), [("RUN make -C /src\n", "up to 19"), ("", "19")])
def test_what_a_run_makes_of_a_change_may_be_the_same(tmp_path: Path, run: str, told: str) -> None:
    text = (
        f"FROM node:22 AS build\nCOPY . /src\n{run}FROM node:22-slim\n"
        f"COPY --from=build /src /app/\nRUN {APT}\n"
    )
    found = check(tmp_path, text=text, context="web.js\n")
    for _ in range(20):
        commit(tmp_path, "web.js")
    assert f"; with a build cache {told} of the last 20 commits" in found.messages[0]


@pytest.mark.parametrize(
    ("given", "taken", "is_counted"),
    [
        ("COPY . .\nRUN make", "/src", True),
        ("COPY . .\nRUN make", "/", True),
        ("COPY . .\nRUN make", "/src/out", False),
        ("COPY . .\nRUN make", "/src/out /src/lib", False),
        ("COPY web web\nRUN make", "/src/out", True),
        ("COPY web web\nRUN --mount=type=bind,target=/ctx make", "/src/out", False),
    ],
)
def test_how_much_of_the_context_a_stage_reads_is_not_known(
    tmp_path: Path, given: str, taken: str, *, is_counted: bool
) -> None:
    text = (
        f"FROM node:22 AS build\nWORKDIR /src\n{given}\nFROM node:22-slim\n"
        f"COPY --from=build {taken} /app/\nRUN {APT}\n"
    )
    found = check(tmp_path, text=text, context="web/web.js\n")
    for _ in range(20):
        commit(tmp_path, "web/web.js")
    [message] = found.messages
    assert message.startswith("a change of what is copied reinstalls `tini`, although")
    assert ("up to 19 of the last 20 commits" in message) is is_counted


def test_the_copy_that_changes_most_often_is_told(tmp_path: Path) -> None:
    text = (
        "FROM node:22 AS build\nCOPY . /src\nRUN make -C /src\nFROM node:22-slim\n"
        f"COPY package.json /app/\nCOPY --from=build /src/out /app/\nRUN {APT}\n"
    )
    found = check(tmp_path, text=text, context="package.json: {}\nweb.js\n")
    for number in range(20):
        commit(tmp_path, "web.js", *["package.json"] * (number % 4 == 0))
    [message] = found.messages
    assert message.startswith("a change of what is copied reinstalls")
    assert message.endswith("although the packages do not need `COPY --from=build /src/out /app/`")
    assert found.found[0].help == "install before line 5"


_ON_APP = """\
FROM python:3.12-slim AS app
WORKDIR /app
COPY shop ./shop
CMD ["python", "-m", "shop.web"]

FROM app AS {name}
{run}
"""
_BROWSER = "RUN apt-get update && apt-get install -y chromium"


@pytest.mark.parametrize(
    ("name", "run", "wanted"),
    [
        ("app-plus", _BROWSER, [7]),
        ("app-plus", f"USER root\n{_BROWSER} && rm -rf /var/lib/apt/lists/*\nUSER app", [8]),
        ("app-debug", _BROWSER, []),  # which adds its own tools
        ("app-plus", "RUN apk add chromium", []),  # of unknown size
        ("app-plus", f"{_BROWSER} && python -m shop.web --check", []),
        ("app-plus", "RUN apt-get update && apt-get install -y $(cat shop/web.txt)", []),
    ],
)
def test_installs_on_top_of_an_image_of_its_own(
    tmp_path: Path, name: str, run: str, wanted: list[int]
) -> None:
    text = _ON_APP.format(name=name, run=run)
    found = check(tmp_path, text=text, context=CONTEXT)
    assert found.lines == wanted
    told = "split app before line 3, and install on top of the first part"
    assert all(told in each for each in found.texts)


def test_what_the_image_below_runs_is_repeated(tmp_path: Path) -> None:
    text = _ON_APP.replace("CMD", "RUN chmod 755 shop/web.py\nCMD")
    found = check(tmp_path, text=text.format(name="app-plus", run=_BROWSER), context=CONTEXT)
    assert found.lines == [8]
    assert found.found[0].help == "split `app` before line 3, and install on top of the first part"


def test_what_the_image_below_runs_may_be_more_than_the_packages(tmp_path: Path) -> None:
    text = _ON_APP.replace("CMD", "RUN ./shop/fetch-models\nCMD")
    found = check(tmp_path, text=text.format(name="app-plus", run=_BROWSER), context=CONTEXT)
    assert found.lines == []


@pytest.mark.parametrize(("target", "wanted"), [("app", []), ("app-plus", [7])])
def test_an_image_that_is_built_by_itself_is_shared_on_purpose(
    tmp_path: Path, target: str, wanted: list[int]
) -> None:
    text = _ON_APP.format(name="app-plus", run=_BROWSER)
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  shop:\n    build: {{context: ., target: {target}}}\n"
    )
    assert check(tmp_path, text=text, context=CONTEXT).lines == wanted


def _changed_often(folder: Path, often: str, seldom: str) -> None:
    commit(folder)
    for number in range(20):
        commit(folder, often, *[seldom] * (number % 4 == 0))


def test_nothing_is_moved_over_what_it_needs(tmp_path: Path) -> None:
    text = (
        f"FROM debian:12\nCOPY . /app\nCOPY deploy/apt.list /etc/apt/sources.list.d/\nRUN {APT}\n"
    )
    assert check(tmp_path, text=text, context=CONTEXT).lines == []


@pytest.mark.parametrize(("needed", "wanted"), [("shop", []), ("packages.txt", [4])])
def test_what_stays_above_may_change_as_often(
    tmp_path: Path, needed: str, wanted: list[int]
) -> None:
    run = f"RUN cat /needed/* && {APT}"
    text = f"FROM debian:12\nCOPY {needed} /needed/\nCOPY . /app\n{run}\n"
    found = check(tmp_path, text=text, context=CONTEXT)
    _changed_often(tmp_path, "shop/web.py", "packages.txt")
    assert found.lines == wanted


def test_each_is_told_with_what_reruns_it_most_often(tmp_path: Path) -> None:
    text = (
        f"FROM debian:12\nCOPY packages.txt /app/\nRUN {APT}\nRUN wc /app/packages.txt\n"
        "COPY shop /app/shop\nRUN apt-get update && apt-get install -y jq\n"
    )
    found = check(tmp_path, text=text, context=CONTEXT)
    _changed_often(tmp_path, "shop/web.py", "packages.txt")
    for text, name, told in zip(found.texts, ("tini", "jq"), ("5", "at least 20"), strict=True):
        assert text.startswith(f"a change of what is copied reinstalls {name}, although")
        assert f"; with a build cache {told} of the last 21 commits would do so needlessly" in text
    assert "before line 2" in found.texts[1]


def test_all_that_only_install_are_moved(tmp_path: Path) -> None:
    text = f"FROM debian:12\nCOPY shop /app/shop\nRUN {APT}\nRUN apt-get install -y jq\n"
    found = check(tmp_path, text=text, context=CONTEXT)
    assert found.fixed.splitlines()[-1] == "COPY shop /app/shop"


@pytest.mark.parametrize(
    "between",
    [
        "ENV MAJOR=15",
        'SHELL ["/bin/bash", "-c"]',
        "USER root",
        "RUN echo 'deb https://deb.example.com stable main' > /etc/apt/sources.list.d/shop.list",
    ],
)
def test_what_an_install_may_need_between_leaves_no_fix(tmp_path: Path, between: str) -> None:
    run = "RUN apt-get update && apt-get install -y postgresql-$MAJOR"
    found = check(
        tmp_path, text=f"FROM debian:12\nCOPY . /app\n{between}\n{run}\n", context=CONTEXT
    )
    assert [each.help for each in found.found] == ["install before that `COPY`"]
    assert found.safeties == [None]


@pytest.mark.parametrize("name", ["checks", "tests"])
@pytest.mark.parametrize(
    ("often", "seldom", "wanted"),
    [("shop/web.py", "packages.txt", []), ("packages.txt", "shop/web.py", [7])],
)
def test_what_a_base_of_others_brings_stays_above(
    tmp_path: Path, name: str, often: str, seldom: str, wanted: list[int]
) -> None:
    text = (
        "FROM debian:12 AS one\nCOPY shop /app/\nFROM one AS two\nRUN make\n"
        f"FROM one AS {name}\nCOPY packages.txt /other/\nRUN {APT}\n"
    )
    found = check(tmp_path, text=text, context=f"{CONTEXT}\npackages.txt\n")
    _changed_often(tmp_path, often, seldom)
    assert found.lines == wanted


@pytest.mark.parametrize("version", ["", "--build-arg VERSION=$(git tag | tail -1) "])
def test_an_image_of_another_version_with_each_release(tmp_path: Path, version: str) -> None:
    text = (
        "ARG VERSION=1.2.3\nFROM example.com/shop:${VERSION} AS shop\n"
        f"FROM debian:12\nCOPY --from=shop /usr/share/web /web\nCOPY . /app\nRUN {APT}\n"
    )
    found = check(tmp_path, text=text, context=CONTEXT)
    (tmp_path / "build.sh").write_text(f"docker build {version}-t shop . && docker push shop\n")
    commit(tmp_path)
    found = check(tmp_path, text=text, context=CONTEXT)
    assert found.lines == [6]
    assert found.texts[0].endswith("install before line 4")


def test_an_image_that_stands_on_one_of_each_release(tmp_path: Path) -> None:
    text = f"ARG VERSION\nFROM example.com/shop:${{VERSION}}\nCOPY . /app\nRUN {APT}\n"
    assert check(tmp_path, text=text, context=CONTEXT).lines == []


def test_settings_are_not_built_of_the_source(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("dist\n")
    (tmp_path / "README").write_text("")
    commit(tmp_path)
    text = "FROM debian:12\nCOPY dist/{} /app/\nRUN " + APT + "\n"
    assert check(tmp_path, text=text.format("Caddyfile")).lines == []
    assert check(tmp_path, text=text.format("shop.js")).lines == [3]


@pytest.mark.parametrize(
    ("command", "copy", "lines"),
    [
        ("mv web/shop bundle-web", "ARG FROM=./bundle-web/\nCOPY $FROM /app/", [4]),
        ("rsync -a --delete ./web/ ./docker/bundle-web/", "COPY bundle-web /app/", [3]),
        ("mv web/shop bundle-web", "COPY settings /app/", []),  # nobody is seen to make it
        ("cp settings.example settings", "COPY settings /app/", []),
        ("cp a.conf bundle.conf", "COPY bundle.conf /app/", []),
        ("cp web/shop src/", "COPY src /app/", []),  # git tracks it
        ("mv web/shop src/bin/shop", "COPY src /app/", [3]),
        ("mv web/shop src/a.txt", "COPY src /app/", []),
        ("cd web && mv shop ../images/bundle", "COPY ./bundle /app/", [3]),
        ("cd web && mv shop ../images/bundle/", "COPY bundle /app/", [3]),
        ("cd web && mv shop ..", "COPY bundle /app/", []),
    ],
)
def test_what_a_recipe_puts_into_the_context_changes_with_the_source(
    tmp_path: Path, command: str, copy: str, lines: list[int]
) -> None:
    files = {
        ".gitignore": "bundle*\nsettings\nsrc/bin\n",
        "src/a.txt": "",
        ".github/workflows/a.yml": f"on: push\njobs:\n  a:\n    steps:\n      - run: {command}\n",
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    commit(tmp_path)
    text = f"FROM debian:12\n{copy}\nRUN {APT}\n"
    assert check(tmp_path, text=text).lines == lines


def test_source_that_another_stage_hands_on(tmp_path: Path) -> None:
    text = (
        "FROM node:22 AS pruned\nWORKDIR /app\nCOPY . .\nRUN npx turbo prune shop --docker\n"
        "FROM node:22 AS build\nWORKDIR /app\nCOPY --from=pruned /app/out/json/ .\nRUN npm ci\n"
        "COPY --from=pruned /app/out/full/ .\nRUN npx turbo build\n"
        "FROM debian:12\nCOPY --from=build /app/web /web\n"
        f"COPY --from=build /app/node_modules /node_modules\nRUN {APT}\n"
    )
    context = "package.json: {}\npackage-lock.json: {}\nshop/web.ts\n"
    [message] = check(tmp_path, text=text, context=context).messages
    assert "do not need `COPY --from=build /app/web /web`" in message


@pytest.mark.parametrize(
    ("cache", "severity"),
    [("", "info"), ("          cache-from: type=registry,ref=x/y\n", "warning")],
)
def test_order_costs_nothing_without_a_cache(tmp_path: Path, cache: str, severity: str) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "push.yml").write_text(
        "on: {push: {branches: [main]}}\njobs:\n  push:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/setup-buildx-action@v3\n      - uses: docker/build-push-action@v6\n"
        f"        with:\n          context: .\n          push: true\n{cache}"
    )
    # which somebody starts now and then
    (tmp_path / "push.sh").write_text("docker build -t x/y . && docker push x/y\n")
    commit(tmp_path)
    text = "FROM debian:12\nCOPY shop /app/shop\nRUN apt-get update && apt-get install -y git\n"
    found = check(tmp_path, text=text, context=CONTEXT).found
    assert [str(each.severity) for each in found] == [severity]


@pytest.mark.parametrize(
    ("above", "wanted"),
    [
        ("ARG BUILD_DATE\n", []),  # which every RUN is given
        ("ARG GIT_SHA\n", [4]),  # which nobody is seen to pass
        ("ARG GIT_SHA\nENV GIT_SHA=$GIT_SHA\n", []),
        ("ARG SHOP_PORT\nENV PORT=$SHOP_PORT\n", [5]),
    ],
)
def test_what_an_argument_above_reruns_anyway(
    tmp_path: Path, above: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\n{above}COPY . /app\nRUN {APT}\n"
    hook = "docker build --build-arg BUILD_DATE=$(date) --build-arg GIT_SHA .\n"
    (tmp_path / "build.sh").write_text(hook)
    commit(tmp_path)
    assert check(tmp_path, text=text, context=CONTEXT).lines == wanted
    below = f"FROM debian:12\nCOPY . /app\n{above}RUN {APT}\n"
    assert check(tmp_path, text=below, context=CONTEXT).lines == [4 + above.count("\n") - 1]


@pytest.mark.parametrize("more", ["make", "python3 /start.py", "chown -R shop /srv && make"])
def test_what_does_more_than_install_is_parted(tmp_path: Path, more: str) -> None:
    text = (
        f"FROM alpine:3.20\nWORKDIR /app\nCOPY start.py /\nRUN apk add --no-cache git && {more}\n"
    )
    (found,) = check(tmp_path, text=text, context="start.py 1kB\n").texts
    assert found.endswith("install in a RUN of its own before that COPY")


_BY_HAND = "{{workflow_dispatch: {{inputs: {{{0}: {{required: true}}}}}}}}"


@pytest.mark.parametrize(
    ("name", "event", "above", "wanted"),
    [
        ("shop_version", _BY_HAND, "", ["install before line 6"]),
        ("shop_version", _BY_HAND, "/opt/shop/list.txt", []),  # which the install needs
        ("verbose", _BY_HAND, "", ["install before that COPY"]),
        ("shop_version", "{{workflow_call: {{inputs: {0}}}}}", "", ["install before that COPY"]),
    ],
)
def test_a_copy_of_what_each_push_makes_of_another_version(
    tmp_path: Path, name: str, event: str, above: str, wanted: list[str]
) -> None:
    text = (
        "FROM debian:12 AS shop\nARG SHOP_V=8\nRUN curl -fL https://example.com/$SHOP_V | tar xzC /opt"
        "\nFROM debian:12\nENV A=1\nCOPY --from=shop /opt/shop /opt/shop\nCOPY . /app\n"
        f"RUN apt-get update && apt-get install -y tini {above and f'$(cat {above})'}\n"
    )
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "push.yml").write_text(
        f"on: {event.format(name)}\njobs:\n  push:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"
        "          cache-from: type=gha\n          cache-to: type=gha,mode=max\n"
        f"          build-args: SHOP_V=${{{{ inputs.{name} }}}}\n"
    )
    commit(tmp_path)
    found = check(tmp_path, text=text, context=CONTEXT).texts
    assert [each.rpartition("help: ")[2] for each in found] == wanted


@pytest.mark.parametrize(
    ("remark", "wanted"),
    [
        ("we place this last, as the packages change more often", []),
        ("installed here on purpose", []),
        ("what the shop needs at last", [4]),
    ],
)
def test_what_stands_there_for_a_reason(tmp_path: Path, remark: str, wanted: list[int]) -> None:
    text = f"FROM debian:12\nCOPY . /app\n# {remark}\nRUN {APT}\n"
    assert check(tmp_path, text=text, context=CONTEXT).lines == wanted


def test_several_installs_move_before_one_copy(tmp_path: Path) -> None:
    text = f"FROM debian:12\nCOPY shop /app\nRUN {APT}\nRUN apt-get install -y curl\n"
    [found] = check(tmp_path, text=text, context=CONTEXT).found
    assert found.help == "install before that `COPY`"


@pytest.mark.parametrize("flag", ["", " --no-cache"])
def test_where_each_build_refuses_the_cache_nothing_is_told(tmp_path: Path, flag: str) -> None:
    context = f"{CONTEXT}.git/HEAD: ref\nrelease.sh: docker buildx build{flag} --push .\n"
    found = check(tmp_path, text=f"FROM debian:12\nCOPY shop /app\nRUN {APT}\n", context=context)
    assert found.lines == ([] if flag else [3])


def test_a_mount_of_the_whole_context_above_leaves_nothing_to_save(tmp_path: Path) -> None:
    text = "FROM debian:12\nRUN --mount=type=bind,{}target=/src make -C /src\nCOPY shop /app\n"
    for source, lines in (("", []), ("source=deploy,", [4])):
        found = check(tmp_path, text=f"{text.format(source)}RUN {APT}\n", context=CONTEXT)
        assert found.lines == lines


@pytest.mark.parametrize(
    ("install", "taken", "wanted"),
    [
        ("pip install --user -r r.txt", "/root/.local", [6]),
        ("pip install --prefix=/deps -r r.txt", "/deps", [6]),
        ("pip install -r r.txt", "/usr/local/bin", []),
        ("pip install --target /deps tini", "/deps/bin", []),
    ],
)
def test_what_another_stage_installs_changes_with_its_list(
    tmp_path: Path, install: str, taken: str, wanted: list[int]
) -> None:
    text = (
        f"FROM python:3.12 AS deps\nCOPY requirements.txt r.txt\nRUN {install}\n"
        f"FROM python:3.12-slim\nCOPY --from=deps {taken} {taken}\nRUN {APT}\n"
    )
    assert check(tmp_path, text=text, context=CONTEXT).lines == wanted


def test_all_installs_of_a_run_are_told(tmp_path: Path) -> None:
    run = "dnf install -y epel-release && dnf install -y nginx && dnf install -y php-fpm"
    text = f"FROM fedora:42\nCOPY shop /app/shop\nRUN {run}\n"
    [found] = check(tmp_path, text=text, context=CONTEXT).messages
    assert "reinstalls `epel-release` and 2 more" in found
    text = text.replace("dnf install -y php", "/app/shop/setup.sh && dnf install -y php")
    [found] = check(tmp_path, text=text, context=CONTEXT).messages
    assert "reinstalls `epel-release` and 1 more" in found


def _is_hedged(folder: Path, base: str = "FROM debian:12\n") -> bool:
    """Tell whether what the builder may reuse is said to hold with a build cache."""
    text = f"{base}COPY . /app\nRUN apt-get update\nRUN apt-get install -y curl\n"
    context = f"{CONTEXT}.dockerignore: Dockerfile\n"
    [message] = checked(folder, "order/split-update-install", text, context).messages
    return "with a build cache " in message


@pytest.mark.parametrize(("option", "cold"), [("--no-cache ", True), ("", False)])
def test_all_that_builds_it_has_no_cache(tmp_path: Path, option: str, *, cold: bool) -> None:
    (tmp_path / "build.sh").write_text(f"docker build {option}-t shop:try .\n")
    assert _is_hedged(tmp_path) is cold


@pytest.mark.parametrize(
    ("old", "cold"),
    [
        ("--no-cache", True),
        ("--target gone", True),  # fails, and builds nothing
        ("--target Shop", False),
        ("--target $STAGE", False),
    ],
)
def test_what_names_no_stage_decides_nothing(tmp_path: Path, old: str, *, cold: bool) -> None:
    (tmp_path / "build.sh").write_text("docker build --no-cache -t shop:try .\n")
    (tmp_path / "old.sh").write_text(f"docker build {old} -t shop:old .\n")
    assert _is_hedged(tmp_path, "FROM debian:12 AS shop\n") is cold


def _workflow(root: Path, event: str, step: str) -> None:
    folder = root / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "push.yml").write_text(
        f"on: {{{event}}}\njobs:\n  push:\n    runs-on: self-hosted\n    steps:\n      - run: {step}\n"
    )


_PUSH = "docker buildx build --push -t shop/web ."


@pytest.mark.parametrize(
    ("called", "script", "is_open"),
    [
        ("shop/ci/.github/workflows/image.yml@v1", "docker login", True),
        ("shop/ci/.github/workflows/labels.yml@v1", "docker login", False),
        ("shop/ci/.github/workflows/image.yml@v1", _PUSH, False),  # this is what pushes it
    ],
)
def test_what_a_workflow_of_another_repository_has_is_not_known(
    tmp_path: Path, called: str, script: str, *, is_open: bool
) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "push.yml").write_text(f"on: push\njobs:\n  push:\n    uses: {called}\n")
    (tmp_path / "build.sh").write_text(f"{script}\n")
    commit(tmp_path)
    assert _is_hedged(tmp_path) is is_open


def test_a_release_says_what_a_commit_does(tmp_path: Path) -> None:
    _workflow(tmp_path, "workflow_dispatch: {}", "docker buildx build --push -t shop/web .")
    text = f"FROM debian:12\nCOPY . /app\nRUN {APT}\n"
    found = check(tmp_path, text=text, context=CONTEXT)
    for _ in range(20):
        commit(tmp_path, "shop/web.py")
    [message] = found.messages
    assert message.endswith("; with a build cache 19 of the last 20 commits would do so needlessly")


def test_workflows_run_a_makefile_as_their_own_commands(tmp_path: Path) -> None:
    _workflow(tmp_path, "workflow_dispatch: {}", f"make check && {_PUSH}")
    (tmp_path / "Makefile").write_text(f"check:\n\ttrue\nimage:\n\t{_PUSH}\n")
    commit(tmp_path)
    text = f"FROM debian:12\nCOPY . /app\nRUN {APT}\n"
    [message] = check(tmp_path, text=text, context=CONTEXT).messages
    assert message.startswith("with a build cache every source change reinstalls `tini`")


@pytest.mark.parametrize(
    ("removed", "told"),
    [
        ("g++", "`tini` and 2 more"),  # most of them stay
        ("g++ git", None),
        ("tini git curl", None),
    ],
)
def test_what_stays_of_an_install_is_told(tmp_path: Path, removed: str, told: str | None) -> None:
    run = f"RUN apk add tini git curl g++ && make -C /app && apk del {removed}\n"
    found = check(tmp_path, text=f"FROM alpine:3.20\nCOPY . /app\n{run}", context=CONTEXT).found
    assert [each.message.partition("reinstalls ")[2][: len(told or "")] for each in found] == (
        [told] if told else []
    )


@pytest.mark.parametrize(("rest", "apart"), [(" && cat /srv/LICENSE", True), ("", False)])
def test_what_else_reads_something_stays_below_it(
    tmp_path: Path, rest: str, *, apart: bool
) -> None:
    text = f"FROM debian:12\nCOPY shop /app\nCOPY LICENSE /srv/\nRUN {APT}{rest}\n"
    [found] = check(tmp_path, text=text, context=f"{CONTEXT}LICENSE\n").found
    assert found.help == f"install{' in a `RUN` of its own' * apart} before that `COPY`"


@pytest.mark.parametrize(("made", "told"), [("", "`postgresql-client`"), ("gcc", "`gcc` and 1")])
def test_an_empty_name_is_no_package(tmp_path: Path, made: str, told: str) -> None:
    text = (
        f"FROM debian:12\nWORKDIR /app\nCOPY shop /tmp/dist/\nRUN D='{made}'"
        ' && apt-get update && apt-get install -y "$D" && pip install /tmp/dist/*.whl'
        " && apt-get install -y postgresql-client\n"
    )
    [message] = check(tmp_path, text=text, context=CONTEXT).messages
    assert f"reinstalls {told}" in message


@pytest.mark.parametrize(
    ("above", "wanted"),
    [
        ("pip install /srv/shop", [3]),
        ("pip install -r /srv/shop/list.txt && npm ci --prefix /srv/shop", [3]),
        ("pip install /srv/shop && /srv/shop/setup.sh", []),
    ],
)
def test_what_installs_packages_of_a_language_does_nothing_for_those_of_the_system(
    tmp_path: Path, above: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\nCOPY shop /srv/shop\nRUN {above} && {APT}\n"
    assert check(tmp_path, text=text, context=CONTEXT).lines == wanted


def test_an_empty_name_beside_a_package_is_not_told(tmp_path: Path) -> None:
    text = "FROM debian:12\nARG MORE\nCOPY . /app\nRUN D='' && apt-get install -y \"$D\" tini\n"
    [message] = check(tmp_path, text=text, context=CONTEXT).messages
    assert "reinstalls `tini`, although" in message


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("/app/static", "/app/out", "/app/out"),
        ("/app/static/page.html", "/app/out", "/app/out"),
        ("/app/out", "/app/static", "/app/out"),
        ("/app/out", "/app/made", "/app/out"),  # the first of two alike
        ("/app/static", "/app/src", "/app/static"),
    ],
)
def test_what_a_stage_makes_is_told_before_what_it_was_given(
    tmp_path: Path, first: str, second: str, told: str
) -> None:
    text = (
        "FROM rust:1.80 AS build\nWORKDIR /app\nCOPY . .\nRUN ./build.sh\n"
        f"FROM debian:12\nCOPY --from=build {first} /srv/a\n"
        f"COPY --from=build {second} /srv/b\nRUN {APT}\n"
    )
    listing = "build.sh: cargo build\nsrc/main.rs\nstatic/page.html\n"
    [message] = check(tmp_path, text=text, context=listing).messages
    assert f"do not need `COPY --from=build {told} /srv/" in message


@pytest.mark.parametrize(("beside", "told"), [("Dockerfile", "12"), ("shop/cart.py", "20")])
def test_a_commit_to_the_dockerfile_may_rerun_it_in_any_order(
    tmp_path: Path, beside: str, told: str
) -> None:
    text = f"FROM debian:12\nCOPY . /app\nRUN {APT}\n"
    found = check(tmp_path, text=text, context=CONTEXT)
    commit(tmp_path)
    for number in range(20):
        commit(tmp_path, "shop/web.py", *[beside] * (number < 8))
    assert f"; with a build cache {told} of the last 21 commits would" in found.messages[0]


@pytest.mark.parametrize(
    ("copy", "is_open"),
    [
        ("oras copy --from-oci-layout /tmp/web.tar:1 ghcr.io/shop/web:1", True),
        ("oras push ghcr.io/shop/chart:1 chart.tgz", False),  # which is no image
    ],
)
def test_an_exported_image_is_pushed_by_another_program(
    tmp_path: Path, copy: str, *, is_open: bool
) -> None:
    export = "docker buildx build -o type=oci,dest=/tmp/web.tar -t shop/web ."
    _workflow(tmp_path, "push: {}", f"{export}\n      - run: {copy}")
    commit(tmp_path)
    assert _is_hedged(tmp_path) is is_open


@pytest.mark.parametrize(
    ("image", "above", "place"),
    [
        ("$SITE", "", "before line 4"),
        ("$SITE", "RUN ls /site\n", "before that COPY"),
        ("site:1", "", "before that COPY"),  # which stays as it is
    ],
)
def test_what_is_of_an_image_that_an_argument_names_is_below_the_packages_too(
    tmp_path: Path, image: str, above: str, place: str
) -> None:
    text = (
        f"ARG SITE=site:2\nFROM {image} AS site\nFROM debian:12\n"
        f"COPY --from=site /site /site\n{above}COPY shop /shop\nRUN {APT}\n"
    )
    [found] = check(tmp_path, text=text, context=CONTEXT).texts
    assert f"install {place}" in found


@pytest.mark.parametrize(
    ("upgrade", "safety"), [("", "safe"), ("apt-get upgrade -y && ", "unsafe")]
)
def test_an_upgrade_would_come_with_a_new_base_alone(
    tmp_path: Path, upgrade: str, safety: str
) -> None:
    install = f"apt-get update && {upgrade}apt-get install -y tini"
    text = f"FROM debian:12\nCOPY shop /app/shop\nRUN {install}\n"
    assert check(tmp_path, text=text, context=CONTEXT).safeties == [safety]


@pytest.mark.parametrize(
    ("run", "advice"),
    [
        (
            "apk add tini git jq curl g++ && make -C /app && apk del g++ curl",
            ", but leave `curl` and `g++` in line 3, where the removal is",
        ),
        (
            "apk add tini git curl && make -C /app && apk del curl",
            ", but leave `curl` in line 3, where the removal is",
        ),
        ("apk add tini git curl && make -C /app", ""),
        ("apk add tini git curl && make -C /app && apk del zip", ""),  # which came otherwise
    ],
)
def test_what_a_run_removes_again_stays_there(tmp_path: Path, run: str, advice: str) -> None:
    """Installed in a step of its own, it would be in the image for good."""
    text = f"FROM alpine:3.20\nCOPY . /app\nRUN {run}\n"
    [found] = check(tmp_path, text=text, context=CONTEXT).found
    assert found.help == f"install in a `RUN` of its own before that `COPY`{advice}"


def test_what_is_moved_as_a_whole_takes_its_removal_along(tmp_path: Path) -> None:
    text = "FROM alpine:3.20\nCOPY . /app\nRUN apk add tini git curl && apk del curl\n"
    [found] = check(tmp_path, text=text, context=CONTEXT).found
    assert "leave" not in found.text


def test_the_place_is_before_all_that_comes_of_one_stage(tmp_path: Path) -> None:
    stage = "FROM node:22 AS web\nWORKDIR /web\nCOPY index.html .\nCOPY app app\nRUN make\n"
    page, app = "COPY --from=web /web/index.html /web/\n", "COPY --from=web /web/app /web/app\n"
    text = f'{stage}FROM debian:12\n{page}{app}RUN {APT}\nCMD ["/web/app/main"]\n'
    context = "index.html changed 1\napp/main.js changed 12\n"
    assert [each.help for each in check(tmp_path, text=text, context=context).found] == [
        "install before line 7"
    ]
