"""What bloat/pm-cache says of caches beyond the examples of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

from dlint.config.settings import Overrides
from dlint.fix.fixer import Fixer
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins

if TYPE_CHECKING:
    from pathlib import Path

RULE = "bloat/pm-cache"


def checker() -> Checker:
    return Checker(Spec(Overrides(isolated=True, select=(RULE,))), Plugins(third_party=False).rules)


def lines(text: str) -> list[int]:
    return [
        each.place.start.line
        for each in checker().check(Task("Dockerfile", text.encode())).diagnostics
    ]


@pytest.mark.parametrize(
    "run",
    [
        "apt-get update && apt-get install -y tini; rm -rf /var/lib/apt/lists",
        "<<EOF\napt-get update\napt-get install -y tini\nrm -rf /var/lib/apt/lists/*\nEOF",
        "--mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y tini",
        "pip install --no-cache-dir flask",
        "PIP_NO_CACHE_DIR=1 pip install flask",
        "pip install --no-cache flask",  # pip completes a flag
        "pip install /wheels/*.whl",  # made with all that they need
        "pip install /wheels/*",
        "pip install --no-deps dist/shop-*.whl",
        "pip install /wheels/*.whl /wheels/*.tar.gz",
        "pip install --no-cache-dir -r requirements.txt && pip install dist/*.tar.gz",
        "pip install --no-cache-dir -r requirements.txt && pip install dist/shop-*.whl",
        "pip install --no-index --find-links=/wheels flask",
        "pip install --find-links /wheels flask",
        "pip install --no-deps /tmp/shop-1.0-py3-none-any.whl",
        "printf '[global]\\nno-cache-dir = true\\n' > /etc/pip.conf && pip install flask",
        'if [ -n "$DEV" ]; then pip install flask; else pip install --no-cache-dir flask; fi',
        "pip install --no-cache-dir -U pip wheel && pip install --upgrade pip",
        "pip install --no-cache-dir -U pip && pip install --no-cache-dir -r a && pip install -U pip",
        "GO111MODULE=off go get -d example.com/tool",
        "bundle install && rm -rf /usr/local/bundle/ruby/*/cache",
        "bundle install && find vendor/bundle -name cache -type d -exec rm -rf {} +",
        "pnpm install",
        "bun install",  # links what it keeps
        "bun install --frozen-lockfile",
        "go vet ./...",
        'if [ -n "$EXTRA" ]; then pip install "$EXTRA"; fi',
        "npm ci && rm -rf /opt/app-root/src/.npm",  # a home that only the base's passwd knows
        "pip install flask && rm -rf /var/lib/shop/.cache/*",
        "apt-get update && install_packages tini",  # which deletes them
        "apt-get update && install-php-extensions gd",
        "apt-get update && apt_install tini",  # of one's own
    ],
)
def test_nothing_is_left(run: str) -> None:
    assert lines(f"FROM debian:12\nRUN {run}\n") == []


@pytest.mark.parametrize(
    ("base", "add", "is_first"),
    [
        ("ubuntu:22.04", "add-apt-repository -y ppa:a/b", True),
        ("buildpack-deps:jammy", "add-apt-repository -y ppa:a/b", True),
        ("ubuntu:16.04", "add-apt-repository -y ppa:a/b", False),  # which fetches none
        ("ubuntu:22.04", "add-apt-repository --no-update -y ppa:a/b", False),
        ("ubuntu:22.04", "add-apt-repository -y ppa:a/b && rm -rf /var/lib/apt/lists/*", False),
        # Deleted there, the next RUN would find none.
        ("ubuntu:22.04", "add-apt-repository -y ppa:a/b\nRUN apt-get install -y curl", False),
    ],
)
def test_lists_that_come_with_a_source(
    tmp_path: Path, base: str, add: str, *, is_first: bool
) -> None:
    text = f"FROM {base}\nRUN {add}\nRUN apt-get update && apt-get install -y tini\n"
    (found,) = checked(tmp_path, RULE, text).found
    assert ("renews the package lists that line 2 leaves" in found.message) is is_first
    assert (
        found.help == "run `rm -rf /var/lib/apt/lists/*` in the same `RUN`, and in line 2"
    ) is is_first


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        # It fetches lists of its own: those above are for nothing.
        (
            "install_packages",
            ["leave `apt-get update` out: nothing in this `RUN` uses what it fetches"],
        ),
        (
            "/usr/bin/install-packages",
            ["leave `apt-get update` out: nothing in this `RUN` uses what it fetches"],
        ),
        ("apt_install", []),
        ("apt-get install", ["run both in one `RUN`, and delete the lists there"]),
    ],
)
def test_lists_above_a_script_that_installs(tmp_path: Path, script: str, wanted: list[str]) -> None:
    text = f"FROM debian:12\nRUN apt-get update\nRUN {script} tini\n"
    assert [each.help for each in checked(tmp_path, RULE, text).found] == wanted


@pytest.mark.parametrize(
    "run",
    [
        "rm -rf /var/lib/apt/lists/* && apt-get update && apt-get install -y tini",
        "apt-get update && apt-get install -y tini python3-pip && pip install flask && rm -rf /var/lib/apt/lists/*",
        "npm ci && npm run build",
        "pip install /wheels/flask.whl",
        "pip install dist/shop-*.whl",  # a package, without what it needs
        "pip install dist/*.tar.gz",  # its source
        "pip install shop*.whl",
        "pip install --find-links dist/*.whl shop-*.whl",  # a package is no folder of them
        "pip install --upgrade pip && pip install --no-cache flask",
        "go build -o /app .",
        "yum install -y tar",
        "yum -y update-minimal --security",
        'if [ -n "$DEV" ]; then npm install; else npm ci --omit=dev; fi',
        "if [ -f package-lock.json ]; then npm ci; else exit 1; fi",
        "pip install --upgrade pip && pip install /wheels/*",
        "conda run -n base pip install flask || pip install flask",
        # What was upgraded before is another package, one of another place, or an older one by now.
        "pip install --no-cache-dir -U pip && pip install -U pip wheel",
        "pip install --no-cache-dir -U pip && . /v/bin/activate && pip install -U pip",
        "pip install --no-cache-dir -U pip && /v/bin/pip install -U pip",
        "pip install --no-cache-dir -U pip && pip install --user -U pip",
        "pip install --no-cache-dir -U pip && pip install --no-cache-dir 'pip<21' && pip install -U pip",
        "pip install --no-cache-dir flask && pip install -U flask",
        "pip install --no-cache-dir -U flask==1 && pip install -U flask",
        "test -d a || pip install --no-cache-dir -U pip; pip install -U pip",
    ],
)
def test_something_is_left(run: str) -> None:
    assert lines(f"FROM debian:12\nRUN {run}\n") == [2]


@pytest.mark.parametrize(
    ("run", "where"),
    [
        ("npm install -g a@1", "in the same `RUN`"),
        (
            "npm cache clean --force && npm install -g a@1",
            "at the end of the same `RUN`, not only before `npm install -g a@1`",
        ),
        (
            "npm install -g b@1 && npm cache clean --force && npm install -g a@1",
            "at the end of the same `RUN`, not only before `npm install -g a@1`",
        ),
        ("if true; then npm cache clean --force; fi && npm install -g a@1", "in the same `RUN`"),
    ],
)
def test_a_cleanup_that_comes_too_early_is_to_come_last(
    tmp_path: Path, run: str, where: str
) -> None:
    for more in ("", " || true"):  # with a fix and without
        (found,) = checked(tmp_path, RULE, f"FROM node:22\nRUN {run}{more}\n").found
        assert found.remedy == f"run `npm cache clean --force` {where}"


def test_a_stage_that_does_not_ship_is_left_alone() -> None:
    build = (
        "FROM python:3.12 AS build\nRUN pip install --target /deps flask\nFROM python:3.12-slim\n"
    )
    assert lines(f"{build}COPY --from=build /deps /deps\n") == []
    assert lines(f"{build}COPY --from=build /root /root\n") == [2]


def test_libraries_stay_for_those_who_use_them() -> None:
    download = "FROM golang:1.22\nCOPY go.mod .\nRUN go mod download\n"
    assert lines(download) == []
    assert lines(f"{download}RUN go build -o /app .\n") == [4]
    assert lines(f'{download}RUN go build -o /app .\nCMD ["go", "run", "."]\n') == []


@pytest.mark.parametrize(
    ("above", "told"),
    [
        ("RUN go mod download -x\n", "build cache"),
        ("RUN go mod download -x\nCOPY . .\n", "build cache"),
        ("RUN go mod download example.org/one\n", "downloads"),  # some of them
        ("RUN go mod download; rm -rf /go/pkg\n", "downloads"),
        ("RUN go mod download\nRUN go clean -modcache\n", "downloads"),
        ("RUN --mount=type=cache,target=/go/pkg/mod go mod download\n", "downloads"),
        ("RUN cd /tools && go mod download\n", "downloads"),
        ("RUN go install example.org/tool@v1.2.3\n", "downloads"),
    ],
)
def test_a_build_downloads_nothing_that_a_run_above_has_downloaded(above: str, told: str) -> None:
    text = f"FROM golang:1.22\nWORKDIR /src\nCOPY go.mod .\n{above}RUN go build -o /app .\n"
    found = checker().check(Task("Dockerfile", text.encode())).diagnostics
    assert [f"leaves its {told}" in each.message for each in found][-1:] == [True]


def test_an_image_without_a_command_starts_what_its_base_starts() -> None:
    text = "FROM clojure:temurin-21-lein\nCOPY . .\nRUN lein compile\n"
    assert lines(text) == []
    assert lines(f"{text}CMD java -jar app.jar\n") == [3]
    assert lines(text.replace("clojure:temurin-21-lein", "debian:12")) == [3]


def test_lists_of_another_run_are_told_where_they_are_used() -> None:
    fetched = "FROM debian:12\nRUN {}\nRUN apt-get install -y tini"
    perhaps = fetched.format('if [ -n "$CI" ]; then apt-get update; fi')
    assert lines(f"{perhaps}\nRUN apt-get install -y curl\n") == [3]
    assert lines(f"{perhaps} && rm -rf /var/lib/apt/lists/*\n") == []
    alone = fetched.format("apt-get update")
    task = Task("Dockerfile", f"{alone}\nRUN apt-get install -y curl\n".encode())
    [found] = checker().check(task).diagnostics
    assert found.costs_less_than(1)  # order/split-update-install has the bytes
    assert lines(f"{alone} && rm -rf /var/lib/apt/lists/*\n") == []


def test_a_build_of_go_is_kept_by_go_that_keeps_builds() -> None:
    build = "FROM golang:{}\nCOPY . .\nRUN go get example.com/tool\n"
    assert lines(build.format("1.8")) == []
    assert lines(build.format("1.11")) == [3]
    assert lines(build.format("1.22")) == []  # it only fetches
    text = "FROM golang:1.22\nCOPY . .\nRUN go get example.com/tool\nRUN make\n"
    assert lines(text) == []  # which may build with it
    assert lines(text.replace("get example.com/tool", "install example.com/tool@v1.0.0")) == [3]


def test_the_first_pips_kept_nothing() -> None:
    text = "FROM {}\nRUN apt-get update && apt-get install -y python-pip && rm -rf /var/lib/apt/lists/*\n"
    flask = "RUN pip install flask\n"
    assert lines(text.format("ubuntu:14.04") + flask) == []
    assert lines(text.format("example/cuda:8.0-devel-ubuntu14.04") + flask) == []
    assert lines(text.format("debian:jessie") + flask) == []
    assert lines(text.format("ubuntu:16.04") + flask) == [3]
    assert lines(text.format("ubuntu:14.04") + "RUN pip install -U pip\n" + flask) == [4]
    assert lines(
        text.format("ubuntu:14.04") + "RUN curl https://example.com/get-pip.py | python\n" + flask
    ) == [4]


def test_lists_that_an_upgrade_used_are_told_once() -> None:
    upgrade = "FROM debian:12\nRUN apt-get update && apt-get upgrade -y\n"
    assert lines(upgrade) == [2]
    assert lines(f"{upgrade}RUN apt-get install -y tini\n") == [3]
    assert lines(f"{upgrade}{APT}\n") == [2]  # which names the other
    text = (
        "FROM debian:12\nRUN apt-get update\nRUN apt-get upgrade -y\nRUN apt-get install -y tini\n"
    )
    assert lines(text) == [4]


def test_settings_of_a_run_above_hold() -> None:
    assert (
        lines(
            "FROM debian:12\nRUN pip config set global.no-cache-dir true\nRUN pip install flask\n"
        )
        == []
    )
    text = "FROM debian:12\nRUN npm config set cache /c\nRUN npm ci && rm -rf "
    assert lines(f"{text}/c\n") == []
    assert lines(f"{text}/root/.npm\n") == [3]


def test_a_manager_that_another_program_starts_is_given_no_command() -> None:
    assert fixed("RUN php composer.phar install") == "RUN php composer.phar install"
    assert fixed("RUN composer install") == "RUN composer install && composer clear-cache"


def test_a_flag_is_given_to_those_who_lack_it() -> None:
    text = "FROM debian:12\nRUN pip install -U pip && pip install -r a.txt --no-cache && pip install --no-cache-dir b\n"
    (change,) = Fixer(checker(), Task("Dockerfile", text.encode())).run().changes
    assert change.after.text == text.replace("install -U", "install --no-cache-dir -U")


@pytest.mark.parametrize(
    ("above", "known"),
    [
        ("RUN pip install --no-cache-dir pip==1.5.6", False),
        ("ENV PIP_OLD=1.5.6\nRUN pip install --no-cache-dir pip==$PIP_OLD", False),
        ("ARG V\nRUN pip install --no-cache-dir pip==$V", False),
        ("RUN pip install --no-cache-dir 'pip<6'", False),
        ("RUN pip install --no-cache-dir 'pip>=1.0,<7.0'", True),
        ("RUN pip install --no-cache-dir 'pip~=1.5.4'", False),
        ("RUN pip install --no-cache-dir pip~=6.0", True),
        ("RUN pip install --no-cache-dir -U pip", True),
        ("RUN pip install --no-cache-dir pip==23.1", True),
        ("ENV A=b", True),
    ],
)
def test_a_flag_is_given_to_those_who_know_it(above: str, *, known: bool) -> None:
    text = f"FROM python:3.9\n{above}\nRUN pip install -r requirements.txt\n"
    changes = Fixer(checker(), Task("Dockerfile", text.encode())).run().changes
    wanted = "pip install --no-cache-dir -r requirements.txt"
    assert any(wanted in each.after.text for each in changes) is known


@pytest.mark.parametrize(
    ("run", "is_told"),
    [
        ("poetry install --no-cache", True),
        ("poetry install --no-cache && poetry cache clear pypi --all -n", True),
        ("poetry install && rm -rf /root/.cache/pypoetry/cache", True),
        ("poetry install && rm -rf /root/.cache/pypoetry/artifacts", False),
        ("poetry install && rm -rf ~/.cache/pypoetry", False),
        ('poetry install && rm -rf "$(poetry config cache-dir)/artifacts"', False),
        ("--mount=type=cache,target=/root/.cache/pypoetry/artifacts poetry install", False),
        ("--mount=type=cache,target=/root/.cache poetry install", False),
    ],
)
def test_poetry_keeps_its_archives_whatever_its_flag_says(run: str, *, is_told: bool) -> None:
    task = Task("Dockerfile", f"FROM python:3.12\nRUN {run}\n".encode())
    found = [each for each in checker().check(task).diagnostics if each.rule == "bloat/pm-cache"]
    assert bool(found) is is_told
    # virtual environments may lie beside the archives
    assert all("delete `/root/.cache/pypoetry/artifacts`" in each.help for each in found)


def test_the_flag_of_apk_came_with_alpine_3_3() -> None:
    text = "FROM alpine:{}\nRUN apk add tini\n"
    for tag, flag in (("3.2", False), ("3.3", True), ("latest", True)):
        task = Task("Dockerfile", text.format(tag).encode())
        (change,) = Fixer(checker(), task).run().changes
        assert ("--no-cache" in change.after.text) is flag


def fixed(run: str) -> str:
    text = f"FROM debian:12\n{run}\n"
    changes = Fixer(checker(), Task("Dockerfile", text.encode())).run().changes
    return changes[0].after.text.removeprefix("FROM debian:12\n").rstrip() if changes else run


APT = "RUN apt-get update && apt-get install -y tini"


def test_lists_stay_for_an_install_that_comes_before_the_next_update() -> None:
    text = f"{APT}\nRUN apt-get install -y gnupg && apt-get update && apt-get install -y nodejs"
    assert fixed(text) == text
    clean = " && rm -rf /var/lib/apt/lists/*"
    ppa = f"{APT} && add-apt-repository ppa:acme/tools"  # which fetches the lists again
    assert fixed(ppa) == f"{ppa}{clean}"
    assert fixed(f"{APT}\n{text}") == f"{APT}\n{text}"  # the second would store them instead


def test_lists_that_several_runs_fetch_are_deleted_in_all_of_them_or_in_none() -> None:
    clean = " && rm -rf /var/lib/apt/lists/*"
    choice = (
        'RUN apt-get update && \\\n    if [ -n "$A" ]; then apt-get install -y jq; '
        "else apt-get install -y nano; \\\n    fi || \\\n    { echo no; exit 1; }"
    )
    assert fixed(f"{APT}\n{APT}\n{choice}") == (
        f"{APT}{clean}\n{APT}{clean}\n{choice} \\\n   {clean}"
    )
    plain = f"{APT}\n{APT} || {{ echo no; exit 1; }}"
    assert fixed(plain) == f"{APT}{clean}\n{APT} || {{ echo no; exit 1; }}{clean}"
    ends = f"{APT}\n{APT} || exit 0"  # what is behind it may not run
    assert fixed(ends) == ends
    for other in (f'RUN ["sh", "-c", "{APT[4:]}"]', f"{APT} && ./setup.sh &"):
        assert fixed(f"{APT}\n{other}") == f"{APT}\n{other}"


def test_lists_that_no_finding_names_are_told_where_they_are_renewed(tmp_path: Path) -> None:
    text = f"FROM debian:12 AS base\n{APT}\nFROM base\n{APT}\n"
    assert checked(tmp_path, RULE, text).lines == [2]
    text = f"FROM debian:12\nRUN apt-get update\nRUN apt-get install -y tini\n{APT}\n"
    found = checked(tmp_path, RULE, text).found  # of the first order/split-update-install tells
    assert [each.place.start.line for each in found if "renews" in each.message] == [4]


def test_a_command_is_quoted_as_it_is_written(tmp_path: Path) -> None:
    found = checked(
        tmp_path, "bloat/pm-cache", "FROM python:3.12\nRUN cat /r.txt | xargs -n1 pip install\n"
    )
    assert [message.partition(" leaves")[0] for message in found.messages] == ["`pip install`"]


def test_a_stage_for_tests_may_keep_what_it_likes(tmp_path: Path) -> None:
    text = "FROM debian:12 AS app\nFROM app AS {}\nRUN apt-get update && apt-get install -y nano\n"
    assert checked(tmp_path, "bloat/pm-cache", text.format("test")).lines == []
    assert checked(tmp_path, "bloat/pm-cache", text.format("latest")).lines == [3]


def test_a_script_that_may_install_more_has_the_lists() -> None:
    script = f"{APT} &&\\\n    /tmp/more.sh &&\\\n    apt-get clean"
    assert fixed(script) == script.replace(
        "more.sh &&", "more.sh &&\\\n    rm -rf /var/lib/apt/lists/* &&"
    )
    assert fixed(f"{APT} && (/tmp/more.sh || true)") == f"{APT} && (/tmp/more.sh || true)"


def test_no_cleanup_stands_in_a_loop_that_runs_scripts() -> None:
    loop = " && for v in 1 2; do {} $v; done"
    clean = " && rm -rf /var/lib/apt/lists/*"
    assert fixed(f"{APT}{loop.format('gradlew')}") == f"{APT}{clean}{loop.format('gradlew')}"
    for installer in ("./more.sh", "$MORE"):
        assert (
            fixed(f"{APT}{loop.format(installer)}") == f"{APT}{loop.format(installer)}"
        )  # that would be unsafe


@pytest.mark.parametrize(
    ("later", "using"),
    [
        ("RUN ./setup.sh", "./setup.sh"),
        ("RUN rosdep install", "rosdep install"),
        ("RUN curl https://example.com/get | sh", "sh"),
        ("RUN bash /opt/tool/install", "bash /opt/tool/install"),
        ("RUN make all", ""),
        ("ARG V\nRUN python$V -m venv /venv", ""),
        ("ARG V\nRUN ./$V", "./$V"),
        ("RUN bash /tmp/conda.sh -b -p /opt/conda", ""),
        ("RUN bash /tmp/conda.sh -p /opt/conda -bf", ""),
        ("RUN bash /tmp/conda.sh -p /opt/conda", "bash /tmp/conda.sh -p /opt/conda"),
        ("RUN docker-php-ext-install gd", ""),
        ("RUN apt-get update && ./setup.sh && rm -rf /var/lib/apt/lists/*", ""),
        ("USER $NAME\nRUN ./setup.sh", "./setup.sh"),
        ("USER 0:0\nRUN ./setup.sh", "./setup.sh"),
        ("USER shop\nRUN sudo ./setup.sh", "./setup.sh"),
        ("USER shop\nRUN ./setup.sh", ""),
        ("RUN su shop -c ./setup.sh", ""),
    ],
)
def test_a_later_script_may_need_the_lists(tmp_path: Path, later: str, using: str) -> None:
    text = f"FROM debian:12\n{APT}\nCOPY . .\n{later}\n"
    found = checked(tmp_path, RULE, text)
    assert found.safeties[:1] == [None if using else "safe"]
    line = 3 + len(later.splitlines())
    ending = f"{using} in line {line} installs from the lists"
    assert found.texts[0].endswith(ending) is bool(using)


def test_a_script_that_is_seen_to_install_is_named_as_an_install_alone(tmp_path: Path) -> None:
    text = f"FROM debian:12\n{APT}\nCOPY *.sh /\nRUN sh /first.sh\nRUN sh /deps.sh\n"
    context = (
        "first.sh: apt-get update; apt-get install jq\ndeps.sh: apt-get install tini; ./more\n"
    )
    told = checked(tmp_path, RULE, text, context).texts[0]
    assert "before the install in line 5" in told
    assert "unless" not in told


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ("cp scripts/*.sh docker/", "unless ./deps.sh in line 4 installs from the lists"),
        ("cp scripts/*.json docker/", "and in line 4, which would store it instead"),
        ("cp scripts/*.sh other/", "and in line 4, which would store it instead"),
    ],
)
def test_a_script_that_another_is_copied_over_is_not_read(
    tmp_path: Path, recipe: str, told: str
) -> None:
    folder = tmp_path / "docker"
    folder.mkdir()
    (folder / "deps.sh").write_text("apt-get update\napt-get install -y tini\n")
    (tmp_path / "Makefile").write_text(f"image:\n\t{recipe}\n\tdocker build docker\n")
    commit(tmp_path)
    text = f"FROM debian:12\n{APT}\nCOPY deps.sh .\nRUN ./deps.sh\n"
    assert told in checked(folder, RULE, text).texts[0]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("dnf install -y a && \\\n\tmkdir b", "dnf install -y a && \\\n\t{} && \\\n\tmkdir b"),
        (
            "a && dnf install -y b && \\\n  mkdir c",
            "a && dnf install -y b && \\\n  {} && \\\n  mkdir c",
        ),
        (
            "a && \\\n dnf install -y b \\\n && mkdir c",
            "a && \\\n dnf install -y b \\\n && {} \\\n && mkdir c",
        ),
        ("a && \\\n  dnf install -y b && mkdir c", "a && \\\n  dnf install -y b && {} && mkdir c"),
        ("dnf install -y b # c", "dnf install -y b && {} # c"),
        ("set -e; \\\n  dnf install -y b", "set -e; \\\n  dnf install -y b; \\\n  {}"),
        ("set -e \\\n  ; dnf install -y b", "set -e \\\n  ; dnf install -y b \\\n  ; {}"),
        # the last command decides whether the step fails
        ("a; \\\n  dnf install -y b", "a; \\\n  dnf install -y b && \\\n  {}"),
        ("a \\\n  ; dnf install -y b", "a \\\n  ; dnf install -y b \\\n  && {}"),
        (
            "a; \\\n dnf install -y b; \\\n mkdir c",
            "a; \\\n dnf install -y b; \\\n {}; \\\n mkdir c",
        ),
    ],
)
def test_a_command_is_added_in_the_style_of_those_around_it(run: str, expected: str) -> None:
    assert fixed(f"RUN {run}") == f"RUN {expected.format('dnf clean all')}"


def test_a_variable_may_name_where_a_mount_stands() -> None:
    run = "RUN --mount=type=cache,target=${PIP_CACHE_DIR} pip install flask\n"
    assert lines(f"FROM debian:12\nARG PIP_CACHE_DIR=/tmp/cache\n{run}") == []
    assert lines(
        f"FROM debian:12\nENV PIP_CACHE_DIR=/srv/cache\n{run.replace('${PIP_CACHE_DIR}', '/x')}"
    ) == [3]


def test_a_command_in_a_loop_is_mended_once() -> None:
    loop = "RUN for version in 3.11 3.12; do python$version -m venv /v && /v/bin/pip install wheel && rm -r /v; done"
    assert fixed(loop) == loop.replace("install", "install --no-cache-dir")


@pytest.mark.parametrize(
    "run", ["apt-get update", "apt-get update && echo done", "apk update", "dnf makecache"]
)
def test_an_index_that_is_fetched_for_nothing_is_not_cleaned_up(run: str) -> None:
    assert lines(f"FROM debian:12\nRUN {run}\n") == [2]
    assert fixed(f"RUN {run}") == f"RUN {run}"
    assert fixed(f"RUN {run} && ./setup.sh") != f"RUN {run} && ./setup.sh"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("FROM alpine:3.20\nRUN apk add curl\nRUN apk add jq\n", [2]),
        ("FROM alpine:3.20\nRUN apk add --no-cache curl\nRUN apk add jq\n", [3]),
        ("FROM alpine:3.20\nRUN apk add curl\nRUN apk add -U jq\n", [2, 3]),
        ("FROM alpine:3.20 AS a\nRUN apk add curl\nFROM a\nENV B=1\nRUN apk add jq\n", [2]),
        ("FROM alpine:3.20\nRUN apk add curl\nARG B\nRUN apk add jq\n", [2, 4]),  # reruns alone
        ("FROM alpine:3.20 AS a\nRUN apk add curl\nCOPY a /\nFROM a\nRUN apk add jq\n", [2, 5]),
        ("FROM fedora:40\nRUN dnf install -y a\nRUN dnf upgrade -y\nRUN dnf install -y b\n", [2]),
        ("FROM fedora:40\nRUN dnf install -y a && dnf clean all\nRUN dnf install -y b\n", [3]),
    ],
)
def test_an_index_is_stored_by_who_fetches_it(text: str, wanted: list[int]) -> None:
    assert lines(text) == wanted


@pytest.mark.parametrize(
    ("later", "wanted"),
    [
        ("apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*", [2]),
        ("apt-get update && apt-get install -y curl", [2]),  # whose fix is of both
        ("apt-get install -y curl", [3]),  # from them
        ("./install.sh\nRUN apt-get update && apt-get install -y curl && rm -r /var/lib/apt", []),
    ],
)
def test_lists_that_are_fetched_again_before_anything_uses_them(
    later: str, wanted: list[int]
) -> None:
    assert lines(f"FROM debian:12\nRUN apt-get update\nRUN {later}\n") == wanted


@pytest.mark.parametrize(
    ("step", "helps"),
    [
        ("", "delete `/go/pkg/mod` and the build cache `/root/.cache/go-build` in the same `RUN`"),
        ("--mount=type=cache,target=/root/.cache/go-build ", "delete `/go/pkg/mod` in the same"),
        ("GOCACHE=/tmp/go ", "delete `/go/pkg/mod` and the build cache `/tmp/go` in the same"),
        ("GOCACHE=$BUILT ", "delete `/go/pkg/mod` in the same `RUN`"),
    ],
)
def test_the_help_names_what_was_built_beside_the_downloads(step: str, helps: str) -> None:
    text = f"FROM golang:1.22\nRUN {step}go install example.com/tool@v1.2.3\nCMD bash\n"
    (found,) = checker().check(Task("Dockerfile", text.encode())).diagnostics
    assert (found.help or "").startswith(helps)


@pytest.mark.parametrize(
    ("above", "below", "wanted"),
    [
        ("go install a.b/c@v1", "go install a.b/d@v1", {2, 3}),
        ("go install a.b/c@v1", "go install a.b/d@v1 && rm -rf /go /root/.cache", {2}),
        ("go install a.b/c@v1", "go install a.b/d@v1 && go build .", {3}),  # with libraries
        ("go install a.b/c@v1", "go install .", set()),
        ("go install a.b/c@v1", "go get a.b/d@v1", {3}),
        ("go get a.b/c@v1", "go install a.b/d@v1 && make", {3}),
    ],
)
def test_a_tool_is_built_without_what_others_left(above: str, below: str, wanted: set[int]) -> None:
    text = f"FROM golang:1.22\nRUN {above}\nRUN {below}\nCMD bash\n"
    found = checker().check(Task("Dockerfile", text.encode())).diagnostics
    places = [each.place for each in found] + [at.place for each in found for at in each.notes]
    assert {each.start.line for each in places} == wanted


def test_libraries_of_a_toolchain_go_with_it() -> None:
    text = "FROM golang:1.22\nRUN go install example.com/tool@v1.2.3\n{}\n"
    assert lines(text.format('CMD ["tool"]')) == []  # bloat/build-tools-shipped
    assert lines(text.format('CMD ["bash"]')) == [2]


def test_the_cache_of_a_newer_yarn_may_be_loaded_from(tmp_path: Path) -> None:
    text = "FROM node:20\nCOPY . .\nRUN yarn install{}\n"
    assert checked(tmp_path, RULE, text.format(""), "package.json: {}\n").lines == [3]
    assert checked(tmp_path, RULE, text.format(" --immutable"), "package.json: {}\n").lines == []
    context = "package.json: {}\n.yarnrc.yml: nodeLinker: node-modules\n"
    (tmp_path / "b").mkdir()
    assert checked(tmp_path / "b", RULE, text.format(" --immutable"), context).lines == [3]


@pytest.mark.parametrize(
    ("text", "helps"),
    [
        (
            "FROM ruby:3.3\nRUN gem install rake -v 13.0.6\n",
            "delete that folder in the same `RUN`, or mount a cache there",
        ),
        (
            "FROM node:22\nWORKDIR /app\nRUN npm ci --cache .npm-cache\n",
            "delete `/app/.npm-cache` in the same `RUN`, or mount a cache there",
        ),
        (
            "FROM php:8.3\nRUN pecl install a-1.2.3\n",
            "delete `/tmp/pear` in the same `RUN`, or mount a cache there",
        ),
        (
            "FROM alpine:3.20\nRUN apk update && true\nRUN apk add --no-cache curl\n",
            "leave `apk update` out: nothing in this `RUN` uses what it fetches",
        ),
        (
            (
                "FROM debian:12 AS base\nRUN apt-get update && apt-get install -y curl\n"
                "FROM base AS build\nRUN apt-get install -y gcc\nFROM base\n"
            ),
            (
                "run `rm -rf /var/lib/apt/lists/*` in the same `RUN`,"
                " and run `apt-get update` again before the install in line 4"
            ),
        ),
        (
            f"FROM debian:12\n{APT}\nRUN apt-get install -y nano\n",
            (
                "run `rm -rf /var/lib/apt/lists/*` in the same `RUN`, and run `apt-get update`"
                " again before the install in line 3, with the same cleanup after it"
            ),
        ),
        (
            f"FROM debian:12\n{APT}\nRUN apt-get install -y nano\nRUN apt-get install -y vim\n",
            (
                "run `rm -rf /var/lib/apt/lists/*` in the same `RUN`, and run `apt-get update`"
                " again before the installs in lines 3 and 4, with the same cleanup after each"
            ),
        ),
    ],
)
def test_what_no_fix_mends_has_a_way_out(tmp_path: Path, text: str, helps: str) -> None:
    assert [each.help for each in checked(tmp_path, RULE, text).found] == [helps]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("FROM node:22\nRUN npm ci", "downloads in /root/.npm,"),
        ("FROM node:22\nARG WHO\nUSER $WHO\nRUN npm ci", "downloads, so"),
        ("FROM node:22\nARG WHO\nUSER $WHO\nENV HOME=/srv\nRUN npm ci", "downloads in /srv/.npm,"),
        ("FROM node:22\nUSER 1000\nRUN npm ci", "downloads in the home of user `1000`,"),
        ("FROM team/desktop:1\nRUN sudo apt-get clean\nRUN npm ci", "downloads, so"),
        (
            "FROM team/desktop:1\nRUN apt-get install -y sudo \\\n curl\nRUN npm ci",
            "downloads in /root/.npm,",
        ),
        ("FROM debian:12\nRUN sudo apt-get clean\nRUN npm ci", "downloads in /root/.npm,"),
        ("FROM golang:1.22\nRUN go install a.b/c@v1", "downloads, most likely in /go/pkg/mod,"),
        ("FROM debian:12\nRUN go install a.b/c@v1", "downloads, so"),
        ("FROM debian:12\nENV GOPATH=/g\nRUN go install a.b/c@v1", "downloads in /g/pkg/mod,"),
    ],
)
def test_a_place_is_told_where_it_is_known(text: str, told: str) -> None:
    (found,) = checker().check(Task("Dockerfile", f"{text}\n".encode())).diagnostics
    assert told in found.message
    others = found.text.replace("/root/.cache/go-build", "")  # where that is, is known
    assert ("/root" in others) == ("/root" in told)


def test_what_a_later_run_empties_is_reported_there(tmp_path: Path) -> None:
    text = "FROM debian:12\nRUN apt-get update && apt-get install -y curl\nRUN {}\n"
    assert checked(tmp_path, RULE, text.format("rm -rf /var/lib/apt/lists/*")).lines == []
    assert checked(tmp_path, RULE, text.format("rm -rf /var/lib/apt/other")).lines == [2]
    again = "apt-get update && rm -rf /var/lib/apt/lists/*"
    assert checked(tmp_path, RULE, text.format(again)).lines == [2]


def test_a_mount_at_a_place_that_only_the_base_knows_may_hold_the_cache(tmp_path: Path) -> None:
    text = "FROM python:3.12\nRUN --mount=type=cache,target={} pip install flask==3\n"
    assert checked(tmp_path, RULE, text.format("$PIP_CACHE_DIR")).lines == []
    assert checked(tmp_path, RULE, text.format("/srv")).lines == [2]


@pytest.mark.parametrize(
    ("first", "second", "does"),
    [
        ("add --no-cache git", "add curl", "install"),
        ("upgrade --no-cache", "add curl", "install"),
        ("upgrade --no-cache", "upgrade", "upgrade"),
    ],
)
def test_an_index_is_fetched_by_the_install_itself(
    tmp_path: Path, first: str, second: str, does: str
) -> None:
    script = f"apk update && apk {first} && test -f /x && apk {second} || true"
    text = f'FROM alpine:3.20\nRUN ["sh", "-c", "{script}"]\n'
    [found] = checked(tmp_path, "bloat/pm-cache", text).found
    assert found.help == f"leave it out, and {does} with `--no-cache`"


@pytest.mark.parametrize(
    ("below", "before"),
    [
        (["apt-get install -y vim"], "the install in line 3"),
        (["apt-get -y upgrade"], "the upgrade in line 3"),
        (["apt-get -y upgrade && apt-get install -y vim"], "the install in line 3"),
        (
            ["apt-get -y upgrade", "apt-get install -y vim"],
            "the install in line 4 and the upgrade in line 3",
        ),
        (["apt-get -y upgrade", "apt-get -y dist-upgrade"], "the upgrades in lines 3 and 4"),
    ],
)
def test_what_needs_the_lists_again_is_called_by_what_it_does(
    tmp_path: Path, below: list[str], before: str
) -> None:
    runs = "".join(f"RUN {each}\n" for each in below)
    text = f"FROM debian:12\nRUN apt-get update && apt-get install -y curl\n{runs}"
    [found] = checked(tmp_path, "bloat/pm-cache", text).found
    assert f"run `apt-get update` again before {before}, with" in f"{found.help or found.fix}"


def test_a_home_that_a_user_is_given(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nRUN useradd --system --home-dir /srv/app app\nRUN useradd -m other\n"
        "USER {}\nRUN pip install flask==3\n"
    )
    [found] = checked(tmp_path, "bloat/pm-cache", text.format("app")).found
    assert "in the home of user `app`" in found.message
    [found] = checked(tmp_path, "bloat/pm-cache", text.format("other")).found
    assert "in /home/other/.cache/pip" in found.message


def test_a_verb_of_the_newer_yarn(tmp_path: Path) -> None:
    text = "FROM node:24\nCOPY . .\nRUN yarn workspaces focus --production\n"
    assert checked(tmp_path, RULE, text, "package.json: {}\n").lines == []  # loaded from there
    context = "package.json: {}\n.yarnrc.yml: nodeLinker: node-modules\n"
    [found] = checked(tmp_path, RULE, text, context).found
    assert "leaves its downloads, so" in found.message


@pytest.mark.parametrize(
    ("later", "is_newer", "found"),
    [
        ("bundle exec rake assets:precompile", True, []),
        ("yarn install --immutable", True, []),
        ("make assets", True, []),
        ("yarn build", True, [3]),
        ("bundle exec rake assets:precompile", False, [3]),
    ],
)
def test_the_newer_yarn_fetches_again_what_its_cache_lacks(
    tmp_path: Path,
    later: str,
    is_newer: bool,  # noqa: FBT001  a column
    found: list[int],
) -> None:
    text = f"FROM ruby:3.4\nCOPY . .\nRUN yarn install\nCOPY . .\nRUN {later}\n"
    context = "package.json: {}\n" + ".yarnrc.yml: nodeLinker: node-modules\n" * is_newer
    assert checked(tmp_path, RULE, text, context).lines == found


@pytest.mark.parametrize(
    ("above", "install", "found"),
    [
        ("COPY . .", "yarn install", [4]),
        ("COPY package.json .yarnrc.yml ./", "yarn install", [4]),
        (
            "COPY package.json ./",
            "--mount=type=bind,source=.yarnrc.yml,target=.yarnrc.yml yarn",
            [4],
        ),
        ("COPY . /", "yarn install", [4]),  # Yarn reads those of folders above, too
        ("COPY package.json yarn.lock ./", "yarn install", []),
        ("COPY . /srv/", "yarn install", []),
    ],
)
def test_settings_of_yarn_count_where_its_install_finds_them(
    tmp_path: Path, above: str, install: str, found: list[int]
) -> None:
    text = f"FROM node:24\nWORKDIR /app\n{above}\nRUN {install}\nCOPY . .\nCMD yarn start\n"
    context = "package.json: {}\nyarn.lock: __metadata:\\n  version: 6\n"
    settings = ".yarnrc.yml: nodeLinker: node-modules\n"
    assert checked(tmp_path, RULE, text, f"{context}{settings}").lines == found


@pytest.mark.parametrize(
    ("context", "cleaning"),
    [
        ('package.json: {"packageManager": "yarn@4.1.0"}', "yarn cache clean --all"),
        ("package.json: {}\nyarn.lock: __metadata:\\n  version: 8\\n", "yarn cache clean --all"),
        ("package.json: {}", "yarn cache clean --all"),
        ('package.json: {"packageManager": "yarn@1.22.22"}', "yarn cache clean"),
        ("package.json: {}\nyarn.lock: # yarn lockfile v1\\n", "yarn cache clean"),
    ],
)
def test_yarn_2_keeps_its_packages_elsewhere(tmp_path: Path, context: str, cleaning: str) -> None:
    is_newer = cleaning.endswith("--all")
    settings = ".yarnrc.yml: nodeLinker: node-modules\n" * is_newer
    text = "FROM node:24\nWORKDIR /app\nCOPY . .\nRUN yarn install\n"
    [found] = checked(tmp_path, RULE, text, f"{context}\n{settings}").found
    assert found.text.endswith(f"run `{cleaning}` in the same `RUN`")
    assert ("leaves its downloads, so" in found.message) is is_newer
    assert ("/usr/local/share/.cache/yarn" in found.message) is not is_newer


def test_what_a_stage_empties_before_a_copy_takes_it(tmp_path: Path) -> None:
    text = (
        "FROM continuumio/miniconda3:24.1.2-0 AS build\nRUN conda install -y python=3.12\n{}"
        "FROM debian:12\nCOPY --from=build /opt/conda /opt/conda\n"
    )
    assert checked(tmp_path, "bloat/pm-cache", text.format("")).lines == [2]
    cleaned = text.format("RUN conda clean -afy\n")
    assert checked(tmp_path, "bloat/pm-cache", cleaned).lines == []


def test_a_script_empties_what_is_there_when_it_runs(tmp_path: Path) -> None:
    (tmp_path / "tools.sh").write_text("apt-get install -y git\nrm -rf /root/.cache\n")
    text = "FROM python:3.12\nCOPY tools.sh .\nRUN {}\n"
    before = text.format("./tools.sh && pip install flask==3")
    after = text.format("pip install flask==3 && ./tools.sh")
    assert checked(tmp_path, "bloat/pm-cache", before).lines == [3]
    assert checked(tmp_path, "bloat/pm-cache", after).lines == []


def test_an_index_that_a_run_in_between_empties_is_not_at_hand(tmp_path: Path) -> None:
    text = "FROM centos:7\nRUN yum -y install a\n{}RUN yum -y install b\n"
    assert checked(tmp_path, "bloat/pm-cache", text.format("")).lines == [2]
    emptied = text.format("RUN yum clean all\n")
    assert checked(tmp_path, "bloat/pm-cache", emptied).lines == [4]


@pytest.mark.parametrize(("last", "found"), [("app", [2]), ("testing", [])])
def test_what_only_an_image_for_tests_stands_on(
    tmp_path: Path, last: str, found: list[int]
) -> None:
    text = (
        "FROM python:3.12 AS base\nRUN pip install flask==3\n"
        "FROM debian:12 AS application\nCOPY --from=base /usr/local/bin /opt\n"
        f"FROM base AS {last}\nRUN true\n"
    )
    config = 'targets = ["application"]\n'
    assert checked(tmp_path, "bloat/pm-cache", text, config=config).lines == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (  # as root; the command says where its toolchain is
            "FROM alpine:3.20\nRUN rustup-init -y\nCOPY . .\nRUN /root/.cargo/bin/cargo build\n",
            "its downloads in /root/.cargo/registry",
        ),
        (
            "FROM debian:12\nRUN curl https://sh.rustup.rs | sh -s -- -y\nRUN . ~/.cargo/env && cargo build\n",
            "its downloads in /root/.cargo/registry",
        ),
        (
            "FROM example/tools:1\nRUN apt-get update\nCOPY . .\nRUN cargo build\n",
            "its downloads, most likely in /usr/local/cargo/registry",
        ),
        (
            "FROM registry.access.redhat.com/ubi9/nodejs-22-minimal:9.8\nRUN npm ci\n",
            "its downloads in /opt/app-root/src/.npm",
        ),
        ("FROM example/node:22\nRUN npm ci\n", "its downloads, so"),  # whoever runs it
        ("FROM example/node:22\nRUN apt-get install -y a && npm ci\n", "in /root/.npm"),
        ("FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN npm ci\n", "in /root/.npm"),
        ("FROM node:22\nRUN npm ci\n", "in /root/.npm"),
    ],
)
def test_a_folder_is_named_where_the_home_is_known(tmp_path: Path, text: str, told: str) -> None:
    assert told in checked(tmp_path, RULE, text).messages[-1]


@pytest.mark.parametrize(
    ("base", "folder", "is_left"),
    [
        ("ruby:3.3", "/usr/lib/ruby/gems/*/cache/*.gem", True),
        ("ruby:3.3", "/usr/local/bundle/cache/*.gem", False),
        ("ruby:3.3", "/usr/local/bundle/ruby/*/cache", False),
        ("ruby:3.3", "$GEM_CACHE/cache", False),
        ("alpine:3.20", "/usr/lib/ruby/gems/*/cache/*.gem", False),
        ("ruby:3.3\nENV BUNDLE_PATH=/srv/gems", "$GEM_HOME/cache/*", False),  # for Bundler alone
        ("ruby:3.3\nENV BUNDLE_PATH=/srv/gems", "/srv/gems/cache", True),
    ],
)
def test_gems_of_another_folder_than_the_base_names(
    tmp_path: Path,
    base: str,
    folder: str,
    is_left: bool,  # noqa: FBT001  a column
) -> None:
    text = f"FROM {base}\nRUN gem install rake -v 13.0.6 && rm -rf {folder}\n"
    assert bool(checked(tmp_path, RULE, text).lines) is is_left


@pytest.mark.parametrize(
    ("above", "wanted"),
    [
        ("RUN adduser --disabled-password app\nENV HOME=/home/app\n", []),
        ("RUN useradd -m app\nENV HOME=/home/app\nUSER app\n", [5]),
        ("RUN true\nENV HOME=/home/app\n", [4]),  # a folder that pip makes
        ("RUN useradd -m app\n", [3]),
    ],
)
def test_pip_keeps_no_cache_in_a_home_of_somebody_else(above: str, wanted: list[int]) -> None:
    assert lines(f"FROM python:3.12-slim\n{above}RUN pip install flask\n") == wanted


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("npm install -g serve", "info"),
        ("npm ci", "warning"),  # of a whole project
        ("pip install shop-tools", "info"),
        ("pip install scipy", "warning"),  # whose size is known
        ("pip install supervisor", "info"),  # and this one's, which is small
        ("pip install -r requirements.txt", "warning"),
        ("pip install shop-tools -r requirements.txt", "warning"),
        ("pip install dist/shop-*.whl", "warning"),  # with what it needs
        ("pip install --no-deps .", "info"),
        ("gem install rack", "info"),
        ("gem install --local shop-1.2.0.gem", "info"),
        ("conda create -n shop python=3.12 -y", "warning"),
        ("apk add tini", "warning"),
    ],
)
def test_what_may_be_small_is_an_info(tmp_path: Path, run: str, wanted: str) -> None:
    found = checked(tmp_path, RULE, f"FROM debian:12\nCOPY . .\nRUN {run}\n").found
    assert [str(each.severity) for each in found] == [wanted]


def test_lists_that_are_fetched_over_earlier_ones(tmp_path: Path) -> None:
    update = "RUN apt-get update && apt-get install -y {}\n"
    clean = "rm -rf /var/lib/apt/lists/*"
    text = f"FROM debian:12\n{update}RUN :\n{update}RUN {clean} && {update[4:]}"
    found = checked(tmp_path, RULE, text.format("a", "b", "c")).found
    assert [str(each.severity) for each in found] == ["warning", "warning"]
    assert found[0].text.endswith("and in line 4, which would store it instead")


_RECIPE = "build.sh: docker build .\n.travis.yml: x\n"


@pytest.mark.parametrize(("recipe", "severity"), [(_RECIPE, "info"), ("", "warning")])
def test_an_image_that_nothing_pushes(tmp_path: Path, recipe: str, severity: str) -> None:
    commit(tmp_path)
    text = "FROM debian:12\nRUN apt-get update && apt-get install -y tini\n"
    (found,) = checked(tmp_path, RULE, text, recipe).found
    assert str(found.severity) == severity
    assert found.cost
    assert bool(found.cost.push_bytes) == (severity == "warning")


def test_the_lists_of_one_source_have_no_known_size(tmp_path: Path) -> None:
    update = "RUN apt-get update {} && apt-get install -y tini\n"
    costs = {
        options: checked(tmp_path, RULE, f"FROM debian:12\n{update.format(options)}").found[0].cost
        for options in ("", "-o Dir::Etc::sourcelist=sources.list.d/a.list")
    }
    assert [bool(each and each.image_bytes) for each in costs.values()] == [True, False]


def test_libraries_stay_in_an_image_that_is_there_to_build_in(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nRUN cabal update && cabal install --dependencies-only Shop\n"
        "COPY start /usr/bin/\n{}ENTRYPOINT ['/usr/bin/start']\n"
    )
    for more, script, wanted in (
        ("", "exec shop", [2]),
        ("", "cd /src; cabal build", []),
        ("ONBUILD COPY . .\n", "exec shop", []),
    ):
        found = checked(tmp_path, RULE, text.format(more).replace("'", '"'), f"start: {script}\n")
        assert found.lines == wanted


def test_a_stage_that_people_start_for_themselves_alone(tmp_path: Path) -> None:
    text = "FROM node:22 AS ui\nRUN npm ci\nFROM node:22\nCOPY --from=ui /dist /dist\nRUN npm ci\n"
    service = "services:\\n  ui:\\n    image: {}/ui\\n    build: {{context: ., target: ui}}\\n"
    for registry, wanted in (("localhost", [5]), ("example", [2, 5])):
        folder = tmp_path / registry
        folder.mkdir()
        commit(folder)
        recipe = f"compose.yaml: {service.format(registry)}\n"
        assert checked(folder, RULE, text, recipe).lines == wanted
    own = checked(tmp_path / "localhost", RULE, text, target="ui")  # for whoever asks
    assert own.lines == [2]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("FROM example.com/python-base:3\nRUN pip install scipy\n", "info"),
        ("FROM example.com/python-base:3\nRUN pip install uv==0.10.9\n", "info"),
        ("FROM example.com/library/python:3\nRUN pip install scipy\n", "warning"),  # a mirror
        (
            "FROM example.com/cuda:12\nRUN apt-get install -y python3-pip\nRUN pip install scipy\n",
            "warning",
        ),
        ("ARG V=3\nFROM python:$V\nRUN pip install scipy\n", "warning"),
        ("FROM example.com/node-base:3\nRUN npm install\n", "warning"),
    ],
)
def test_a_base_that_brings_the_manager_may_turn_its_cache_off(
    tmp_path: Path, text: str, wanted: str
) -> None:
    found = [each for each in checked(tmp_path, RULE, text).found if "downloads" in each.message]
    assert [str(each.severity) for each in found] == [wanted]
    assert ("unless the base" in found[0].message) == (wanted == "info")


@pytest.mark.parametrize(
    ("script", "run", "wanted"),
    [
        ("apt-get update\\napt-get install -y git\\n", "./deps.sh", [3]),
        ("apt-get update\\napt-get install -y git\\n", "bash -e deps.sh", [3]),
        ("apt-get update\\nrm -rf /var/lib/apt/lists/*\\n", "./deps.sh", []),
        ("apt-get update\\n", "./deps.sh && rm -rf /var/lib/apt/lists/*", []),
        ("if test -n $A; then apt-get update; fi\\n", "./deps.sh", []),
        ("apt-get update\\n", "./deps.sh && apt-get install -y git", []),
        ("make\\n", "./deps.sh", []),
    ],
)
def test_a_script_of_the_context_leaves_the_lists(
    tmp_path: Path, script: str, run: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\nCOPY deps.sh .\nRUN {run}\n"
    found = checked(tmp_path, RULE, text, f"deps.sh: {script}")
    assert found.lines == wanted
    assert all("deps.sh leaves its package lists" in each for each in found.texts)


@pytest.mark.parametrize(
    ("mount", "wanted"),
    [
        ("type=cache,target=/var/lib/apt/lists", []),
        ("type=cache,id=a-$TARGETARCH,sharing=locked,target=/var/lib/apt", []),
        ("type=tmpfs,target=/var/lib/apt/lists", []),
        ("type=cache,target=$APT_LISTS", []),
        ("type=cache,target=/var/cache/apt", [3]),
        ("type=bind,source=deps.sh,target=/srv/deps.sh", [3]),
    ],
)
def test_lists_of_a_script_that_a_mount_keeps(
    tmp_path: Path, mount: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\nCOPY deps.sh .\nRUN --mount={mount} ./deps.sh\n"
    context = "deps.sh: apt-get update\\napt-get install -y tini\\n"
    assert checked(tmp_path, RULE, text, context=context).lines == wanted


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("", []),
        ("COPY app app\n", []),
        ("WORKDIR /\nCOPY --from=lists /srv .\n", [6]),
        ("WORKDIR /\nCOPY --from=lists /etc .\n", []),
    ],
)
def test_a_script_is_the_contexts_where_a_copy_has_brought_it(
    tmp_path: Path, before: str, wanted: list[int]
) -> None:
    stage = "FROM debian:12 AS lists\nCOPY deps.sh /srv/\n"
    text = f"{stage}FROM debian:12\n{before}RUN bash deps.sh\nCOPY . /srv\n"
    found = checked(tmp_path, RULE, text, "deps.sh: apt-get update\napp/a.py\n")
    assert found.lines == wanted


def test_lists_that_two_scripts_leave_are_told_once(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY deps.sh .\nRUN ./deps.sh\nRUN ./deps.sh\n"
    assert checked(tmp_path, RULE, text, "deps.sh: apt-get update\n").lines == [3]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("apt-get install -y nano", True),
        ("apt-get install -y nano\\napt-get update", True),
        ("apt-get update\\napt-get install -y nano", False),
    ],
)
def test_a_script_that_installs_from_the_lists(tmp_path: Path, script: str, *, told: bool) -> None:
    text = f"FROM debian:12\n{APT}\nCOPY own.sh .\nRUN sh own.sh && apt-get clean\n"
    found = checked(tmp_path, RULE, text, f"own.sh: {script}\n")
    assert found.safeties == [None]
    assert ("again before the install in line 4" in found.texts[0]) is told


@pytest.mark.parametrize(
    ("steps", "downloads"),
    [
        ("COPY tool.go .\nRUN go build -o /tool tool.go\n", False),  # Go's own library alone
        ("COPY tool.go go.mod ./\nRUN go build -o /tool tool.go\n", True),
        ("RUN go mod init tool\nCOPY tool.go .\nRUN go build -o /tool tool.go\n", True),
        ("COPY tool.go .\nRUN go build -o /tool ./cmd\n", True),
    ],
)
def test_what_go_builds_outside_of_any_module(
    tmp_path: Path, steps: str, *, downloads: bool
) -> None:
    text = f"FROM golang:1.22\nWORKDIR /app\n{steps}"
    found = checked(tmp_path, RULE, text, "tool.go: package main\ngo.mod: module tool\n").texts
    assert any("downloads" in each for each in found) is downloads


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (
            "/data/conda/bin/conda create -y -n x numpy",
            "in /data/conda/pkgs, so the layer contains them",
        ),
        ("/usr/bin/conda create -y -n x numpy", "most likely in /opt/conda/pkgs"),
        ("bun install --backend=copyfile", "downloads in /root/.bun/install/cache"),
        ("pnpm install --package-import-method=copy", "leaves its downloads"),
        ("apk add tini", "leaves its index in /var/cache/apk, so the layer contains it"),
    ],
)
def test_where_a_cache_is_and_what_it_is_called(tmp_path: Path, run: str, told: str) -> None:
    (found,) = checked(tmp_path, "bloat/pm-cache", f"FROM alpine:3.20\nRUN {run}\n").texts
    assert told in found


def test_lists_that_a_script_fetches_are_deleted_as_others_are(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY deps.sh /bin/\nRUN /bin/deps.sh\n"
    context = "deps.sh: apt-get update\\napt-get install -y tini\\n"
    (found,) = checked(tmp_path, "bloat/pm-cache", text, context=context).texts
    assert found.endswith("run rm -rf /var/lib/apt/lists/* in the same RUN")


def test_the_cost_is_of_the_installs_that_fill_the_cache(tmp_path: Path) -> None:
    (alone,) = checked(tmp_path, RULE, "FROM python:3.12\nRUN pip install wheel\n").found
    both = "FROM python:3.12\nRUN pip install wheel && pip install --no-cache-dir numpy==1.26.4\n"
    (beside,) = checked(tmp_path, RULE, both).found
    assert beside.cost == alone.cost


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("./deps.sh && sh -e tidy.sh", []),
        ("./deps.sh && sh tidy.sh", []),
        ("sh tidy.sh && ./deps.sh", [3]),
        ("./deps.sh && ./make.sh", [3]),
        ("./both.sh", []),
    ],
)
def test_a_script_deletes_the_lists_that_another_has_fetched(
    tmp_path: Path, run: str, wanted: list[int]
) -> None:
    scripts = {
        "deps.sh": "apt-get update\napt-get install -y tini\napt-get clean\n",
        "tidy.sh": "rm -rf /tmp/* /var/lib/apt/lists/*\n",
        "make.sh": "make\n",
        "both.sh": "apt-get update\napt-get install -y tini\n./tidy.sh\n",
    }
    for name, script in scripts.items():
        (tmp_path / name).write_text(script)
    text = f"FROM debian:12\nCOPY *.sh .\nRUN {run}\n"
    assert checked(tmp_path, RULE, text).lines == wanted


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ("RUN apt-get update && ./deps.sh && rm -rf /var/lib/apt/lists/*\n", []),
        ("RUN apt-get update && rm -rf /var/lib/apt/lists/* && ./deps.sh\n", [3]),
        ("RUN ./deps.sh && rm -rf /var/lib/apt/lists/*\nRUN ./deps.sh\n", [4]),
    ],
)
def test_lists_of_a_script_are_deleted_behind_it(
    tmp_path: Path, steps: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\nCOPY deps.sh .\n{steps}"
    context = "deps.sh: apt-get update\\napt-get install -y tini\\n"
    assert checked(tmp_path, RULE, text, context=context).lines == wanted


def test_a_script_below_that_would_store_the_lists_is_named(tmp_path: Path) -> None:
    text = f"FROM debian:12\n{APT}\nCOPY *.sh .\nRUN ./own.sh\nRUN ./deps.sh\n"
    context = (
        "own.sh: apt-get install -y nano\ndeps.sh: apt-get update\\napt-get install -y tini\\n"
    )
    (found,) = checked(tmp_path, RULE, text, context=context).texts
    assert found.endswith("the install in line 4, with the same cleanup after it and in line 5")


_POETRY = (
    "pyproject.toml: [tool.poetry]\\nname='shop'\\npackage-mode=false\n"
    "poetry.lock 1kB\nshop/a.py 1kB"
)
_DEPS = """\
FROM python:3.12-slim AS deps
ENV POETRY_VIRTUALENVS_IN_PROJECT=true
WORKDIR /deps
COPY pyproject.toml poetry.lock ./
RUN poetry install {}
FROM python:3.12-slim
WORKDIR /shop
COPY --from=deps /deps /deps
COPY . .
"""
_WHEELS = """\
FROM python:3.12 AS wheels
WORKDIR /src
COPY pyproject.toml .
RUN pip wheel --wheel-dir /wheels {}
FROM python:3.12-slim
WORKDIR /shop
COPY . .
"""
_MOUNT = "RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels "
_FROM_WHEELS = "pip install --no-cache-dir /wheels/* && pip install {}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (_DEPS.format("") + "RUN . /deps/.venv/bin/activate && poetry install\n", []),
        (_DEPS.format("") + "ENV VIRTUAL_ENV=/deps/.venv\nRUN poetry install --no-ansi\n", []),
        (_DEPS.format("--only main") + "RUN . /deps/.venv/bin/activate && poetry install\n", "w"),
        (_DEPS.format("") + "RUN poetry install\n", "w"),  # into an environment of its own
        (_WHEELS.format(".") + _MOUNT + _FROM_WHEELS.format("."), "i"),
        (
            _WHEELS.format(".") + "COPY --from=wheels /wheels /w\nRUN "
            "pip install --no-cache-dir /w/*.whl && pip install -e .\n",
            "i",
        ),
        (_WHEELS.format("--no-deps .") + _MOUNT + _FROM_WHEELS.format("."), "w"),
        (_WHEELS.format(".") + _MOUNT + _FROM_WHEELS.format("'.[web]'"), "w"),
        (_WHEELS.format("'.[web]'") + _MOUNT + _FROM_WHEELS.format("'.[web]'"), "i"),
        (_WHEELS.format("--group web .") + _MOUNT + _FROM_WHEELS.format("."), "i"),
    ],
)
def test_what_an_environment_or_wheels_of_another_stage_hold(
    tmp_path: Path, text: str, told: str
) -> None:
    found = checked(tmp_path, RULE, text, context=_POETRY).found
    assert [str(each.severity)[0] for each in found] == [*told]
    assert all(each.cost is None for each in found if each.severity == "info")


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("npm install --production", "npm install --production", [4]),
        ("npm ci", "npm install --omit=dev", [4]),
        ("npm install --production", "npm install", [4, 5]),
        ("npm install", "npm ci", [4, 5]),  # which deletes what is there
        ("npm install", "rm -rf node_modules && npm install", [4, 5]),
        ("npm install", "cd /web && npm install", [4, 5]),
        ("pip install -r a.txt", "pip install -r a.txt", [4]),
        ("pip install -r a.txt", "pip install --upgrade -r a.txt", [4, 5]),
        ("pip install -r a.txt", "pip install --target=/w -r a.txt", [4, 5]),
        ("pip install -r a.txt", "pip install -r b.txt", [4, 5]),
    ],
)
def test_a_second_install_of_the_same(
    tmp_path: Path, first: str, second: str, wanted: list[int]
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {first}\nRUN {second}\n"
    context = "package.json: {}\nweb/package.json: {}\na.txt: flask\\n\nb.txt: numpy\\n"
    assert checked(tmp_path, RULE, text, context=context).lines == wanted


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "FROM fedora:41\nRUN dnf install -y a\nRUN dnf install -y b\nRUN :\nRUN dnf install -y c",
            "run dnf clean all in the same RUN, and in lines 3 and 5, which would store it instead",
        ),
        (
            "FROM fedora:41\nRUN dnf install -y a\nRUN dnf install -y b && dnf clean all\n",
            "run dnf clean all in the same RUN",
        ),
        (
            "FROM alpine:3.20\nRUN apk add tini\nRUN apk add curl\n",
            "add --no-cache, and in line 3, which would store it instead",
        ),
        (
            (
                "FROM alpine:3.20 AS a\nRUN apk add tini\nENV A=1\nFROM a AS b\nRUN apk add make\n"
                "FROM a\nWORKDIR /srv\nRUN apk add curl\nCOPY --from=b /x /x\n"
            ),
            "add --no-cache, and in line 8, which would store it instead",
        ),
    ],
)
def test_runs_in_a_row_of_which_the_next_would_store_the_index(
    tmp_path: Path, text: str, told: str
) -> None:
    assert checked(tmp_path, RULE, text).texts[0].endswith(told)


@pytest.mark.parametrize(
    ("last", "wanted"), [("FROM ruby:3.4-slim\nCOPY --from=b {0} {0}\n", [3]), ("", [2, 3])]
)
def test_a_folder_that_is_only_copied_is_emptied_once(
    tmp_path: Path, last: str, wanted: list[int]
) -> None:
    text = "FROM ruby:3.4-slim AS b\nRUN bundle install\nRUN bundle install --gemfile b\n"
    assert checked(tmp_path, RULE, text + last.format("/usr/local/bundle")).lines == wanted


@pytest.mark.parametrize("clean", ["apk cache clean", "apk cache purge", "apk cache sync"])
def test_apk_keeps_its_index_when_it_cleans(clean: str) -> None:
    assert lines(f"FROM alpine:3.20\nRUN apk add --update tini && {clean}\n") == [2]


def test_the_script_that_is_fetched_leaves_the_lists(tmp_path: Path) -> None:
    fetch = "curl -fsSL https://deb.nodesource.com/setup_22.x | bash -"
    [told] = checked(tmp_path, RULE, f"FROM debian:12\nRUN {fetch}\n").texts
    assert told.startswith("the script of curl -fsSL … leaves its package lists in")
    later = f"FROM debian:12\nRUN {fetch}\nRUN apt-get install -y nodejs\n"
    assert (
        "lists that the script of curl -fsSL … stored" in checked(tmp_path, RULE, later).texts[-1]
    )


@pytest.mark.parametrize(
    ("run", "line"),
    [
        ("apk add --no-cache gcc; \\\n  make; \\\n  apk add tini", 4),
        ("apk add gcc; \\\n  make; \\\n  apk add --no-cache tini", 2),
        ("make; \\\n  apk add tini", 2),
        ("pip install --no-cache-dir a; \\\n  pip install b", 3),
    ],
)
def test_the_command_that_leaves_something_is_shown_below_one_that_does_not(
    tmp_path: Path, run: str, line: int
) -> None:
    found = checked(tmp_path, RULE, f"FROM python:3.12-alpine\nRUN {run}\n")
    assert found.lines == [line]


@pytest.mark.parametrize(
    ("rest", "severity"),
    [
        ("FROM base AS small\nRUN rm -rf /var/lib/apt/lists/*\nFROM scratch\nCOPY --from=small / /\n", ["info"]),
        ("FROM base AS small\nRUN rm -rf /tmp/*\nFROM scratch\nCOPY --from=small / /\n", ["warning"]),
        ("FROM scratch\nCOPY --from=base / /\n", ["warning"]),
        ("FROM base AS small\nRUN rm -rf /var/lib/apt/lists/*\nFROM scratch\nCOPY --from=small . .\n", ["info"]),
        ("FROM base AS small\nRUN rm -rf /var/lib/apt/lists/*\nFROM scratch\nCOPY --from=small /usr /\n", ["warning"]),
        ("FROM base AS small\nRUN rm -rf /var/lib/apt/lists/*\n", []),  # it is too late
    ],
)  # fmt: skip
def test_what_the_released_image_does_not_hold_is_an_info(
    tmp_path: Path, rest: str, severity: list[str]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "Makefile").write_text(
        "push:\n\tdocker build --target base -t example/base . && docker push example/base\n"
        "\tdocker build -t example/shop . && docker push example/shop\n"
    )
    text = f"FROM debian:12 AS base\nRUN apt-get update && apt-get install -y curl\n{rest}"
    found = [each for each in checked(tmp_path, RULE, text).found if each.place.start.line == 2]
    assert [str(each.severity) for each in found] == severity


def test_what_a_base_may_turn_off_has_no_size(tmp_path: Path) -> None:
    for base, is_told in (("python:3.12-slim", True), ("shop/base:3.12", False)):
        text = f"FROM {base}\nRUN pip install numpy==2.1.0\n"
        (found,) = checked(tmp_path, "bloat/pm-cache", text).found
        assert (found.cost is not None) is is_told


@pytest.mark.parametrize(
    ("above", "run", "told"),
    [
        (
            "RUN bash /tmp/Miniconda3.sh -b -p /root/miniconda3",
            "conda create -y a",
            "/root/miniconda3",
        ),
        ("RUN bash /tmp/Miniforge3.sh -b -p /opt/forge", "conda install -y a", "/opt/forge"),
        ("ENV PATH=/srv/mambaforge/bin:$PATH", "conda install -y a", "/srv/mambaforge"),
        (
            "ENV PATH /opt/tools/bin:/opt/c/miniconda/condabin:$PATH",
            "mamba install -y a",
            "/opt/c/miniconda",
        ),
        (
            "ENV PATH=/opt/conda/envs/myconda/bin:/opt/conda/bin:$PATH",
            "conda install -y a",
            "/opt/conda",
        ),
        ("ENV PATH=/opt/tools/bin:$PATH", "conda install -y a", None),
    ],
)
def test_conda_keeps_its_downloads_where_it_was_put(
    tmp_path: Path, above: str, run: str, told: str | None
) -> None:
    text = f"FROM debian:12\n{above}\nRUN {run}\n"
    [found] = checked(tmp_path, RULE, text).found
    place = "most likely in /opt/conda/pkgs" if told is None else f"downloads in {told}/pkgs"
    assert place in found.message
    if told is not None:
        assert checked(tmp_path, RULE, f"{text[:-1]} && rm -rf {told}/pkgs\n").lines == []
        assert checked(tmp_path, RULE, f"{text[:-1]} && rm -rf /opt/other/pkgs\n").lines == [3]


def test_the_command_that_installs_a_list_is_named(tmp_path: Path) -> None:
    for run in ("poetry install && poetry add wheel", "poetry add wheel && poetry install"):
        text = f"FROM python:3.12\nWORKDIR /app\nRUN {run}\n"
        [found] = checked(tmp_path, RULE, text).found
        assert found.message.startswith("`poetry install` leaves")
    text = "FROM python:3.12\nRUN poetry add wheel && poetry add flask\n"
    [found] = checked(tmp_path, RULE, text).found
    assert found.message.startswith("`poetry add flask` and 1 more command leave their")


def test_an_index_is_the_same_whoever_fetches_it(tmp_path: Path) -> None:
    text = "FROM alpine:3.20\nRUN apk add bash && apk add curl\n"
    [found] = checked(tmp_path, RULE, text).found
    assert found.message.startswith("`apk add curl` leaves its index")


def test_a_folder_that_two_managers_fill_is_told_once(tmp_path: Path) -> None:
    text = "FROM ruby:3.3\nCOPY Gemfile .\nRUN gem install bundler:2.5.6 && bundle install\n"
    [found] = checked(tmp_path, RULE, text, "Gemfile: gem 'rake'\n").found
    assert found.message.startswith("`bundle install` leaves")
    text = "FROM python:3.12\nRUN pip install -r r.txt && npm install -g a@1.0.0\n"
    assert checked(tmp_path, RULE, text).lines == [2, 2]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("RUN apk add curl\n", ", and add `--no-cache` in line 4, which would store it instead"),
        ("RUN apk add --no-cache curl\n", ": nothing in this `RUN` uses what it fetches"),
        ("RUN apk add -U curl\n", ": nothing in this `RUN` uses what it fetches"),
        ("COPY a .\nRUN apk add curl\n", ": nothing in this `RUN` uses what it fetches"),
    ],
)
def test_an_index_that_is_left_out_is_stored_by_none_instead(
    tmp_path: Path, steps: str, told: str
) -> None:
    text = f"FROM alpine:3.20\nRUN apk update && true\nRUN apk add --no-cache jq\n{steps}"
    helps = [each.help for each in checked(tmp_path, RULE, text, "a 1kB").found]
    assert f"leave `apk update` out{told}" in helps


@pytest.mark.parametrize("given", ["", "--no-cache "])
def test_an_update_alone_is_deleted_with_what_stores_its_index_instead(
    tmp_path: Path, given: str
) -> None:
    text = f"FROM alpine:3.20\nRUN apk update\nRUN apk add {given}curl\n"
    fixed = "FROM alpine:3.20\nRUN apk add --no-cache curl\n"
    assert checked(tmp_path, RULE, text, "").fixed == fixed


@pytest.mark.parametrize(
    ("run", "joint"),
    [
        ("set -e; apt-get update && apt-get install -y jq; jq -V", "; "),  # which ends the step
        ("apt-get update && apt-get install -y jq; jq -V", " && "),
        ("set -e; apt-get update && apt-get install -y jq && jq -V; ls", " && "),
        ("set -e; apt-get update && apt-get install -y jq", " && "),
        ("<<X\nset -e\napt-get update && apt-get install -y jq\njq -V\nX", "; "),
    ],
)
def test_a_failed_install_ends_the_step_as_before(tmp_path: Path, run: str, joint: str) -> None:
    found = checked(tmp_path, RULE, f"FROM debian:12\nRUN {run}\n", "")
    assert f"install -y jq{joint}rm -rf /var/lib/apt/lists/*" in found.fixed


@pytest.mark.parametrize(
    ("run", "idle", "mended"),
    [
        ("apk add --update curl", "--update", "apk add --no-cache curl"),
        ("apk -U add curl", "-U", "apk --no-cache add curl"),
        ("apk upgrade -U", "-U", "apk upgrade --no-cache"),
        ('["apk", "--update", "add", "jq"]', "--update", '["apk", "--no-cache", "add", "jq"]'),
        ("apk add b && apk add -U a", "-U", "apk add --no-cache b && apk add --no-cache a"),
        (
            "apk -U upgrade && apk add --update a",
            "-U and --update",
            "apk --no-cache upgrade && apk add --no-cache a",
        ),
        (
            "apk add -U --no-cache b && apk add --update a",
            "--update",
            "apk add -U --no-cache b && apk add --no-cache a",
        ),
        # the words of a variable stay
        (
            "FLAG=--update; apk add $FLAG a",
            "",
            "FLAG=--update; apk add --no-cache $FLAG a",
        ),
    ],
)
def test_what_updates_and_installs_in_one_keeps_no_index(
    tmp_path: Path, run: str, idle: str, mended: str
) -> None:
    found = checked(tmp_path, RULE, f"FROM alpine:3.20\nRUN {run}\nCMD top\n", "")
    to = " to 2 installs" * (mended.count("--no-cache") == 2 and "-U --no-cache" not in mended)
    assert found.texts[0].endswith(f"add --no-cache{to}" + f" instead of {idle}" * bool(idle))
    assert found.fixed == f"FROM alpine:3.20\nRUN {mended}\nCMD top\n"


@pytest.mark.parametrize(
    ("above", "is_mounted"), [("mvn install:install-file -Dfile=/a.jar", False), ("true", True)]
)
def test_no_mount_is_advised_that_hides_projects_of_ones_own(
    tmp_path: Path, above: str, *, is_mounted: bool
) -> None:
    text = f"FROM maven:3\nRUN {above}\nCOPY . .\nRUN mvn package\nCMD ./run.sh\n"
    told = checked(tmp_path, RULE, text, "pom.xml").texts[-1]
    assert told.endswith("in the same RUN, or mount a cache there") is is_mounted


def test_packages_of_a_row_are_installed_without_the_index_in_all_runs() -> None:
    row = "RUN apk add {0}tini\nRUN apk add {0}curl"
    text = "FROM alpine:3.20\n{}\n"
    task = Task("Dockerfile", text.format(row.format("")).encode())
    (change,) = Fixer(checker(), task).run().changes
    assert change.after.text == text.format(row.format("--no-cache "))


@pytest.mark.parametrize(
    ("setting", "more", "wanted"),
    [
        ("", "", []),
        ("", " && uv pip install scipy", ["info"]),  # what the index says of it stays
        ("ENV UV_LINK_MODE=copy\n", "", ["warning"]),
    ],
)
def test_a_cache_of_links_to_what_is_installed_costs_little(
    tmp_path: Path, setting: str, more: str, wanted: list[str]
) -> None:
    text = f"FROM python:3.12\nRUN pip install --no-cache-dir uv==0.9.2\n{setting}WORKDIR /app\n"
    text += f"COPY pyproject.toml uv.lock ./\nRUN uv sync --locked{more}\n"
    context = "pyproject.toml: [project]\\nname = 'till'\\n\nuv.lock\n"
    found = [each for each in checked(tmp_path, RULE, text, context).found if "uv" in each.message]
    assert [str(each.severity) for each in found] == wanted


@pytest.mark.parametrize(
    ("run", "mended"),
    [
        ("apk update && apk add jq", "apk add --no-cache jq"),
        ("apk update \\\n  && apk upgrade --no-cache", "apk upgrade --no-cache"),
        ("apk update && apk upgrade; apk add jq", "apk upgrade --no-cache; apk add --no-cache jq"),
        (
            "apk update && \\\n    # tools\n    apk add jq",
            "\\\n    # tools\n    apk add --no-cache jq",
        ),
        (
            "set -e; apk update; \\\n    # tools\n    apk add jq",
            "set -e; \\\n    # tools\n    apk add --no-cache jq",
        ),
        (
            "set -e; \\\n    apk update; \\\n    # tools\n    apk add jq",
            "set -e; \\\n    # tools\n    apk add --no-cache jq",
        ),
        ("apk update -q && apk add jq", "apk update -q && apk add jq && rm -rf /var/cache/apk/*"),
        (
            "test -f /a && apk update; apk add jq",
            "test -f /a && apk update; apk add jq && rm -rf /var/cache/apk/*",
        ),
        (
            "case $A in b) ls; apk update;; esac; apk add jq",
            "case $A in b) ls; apk update;; esac; apk add jq && rm -rf /var/cache/apk/*",
        ),
        ("ls; apk update && apk add jq", "ls; apk add --no-cache jq"),
        ("apk update && apk add -U jq", "apk update && apk add -U jq && rm -rf /var/cache/apk/*"),
        (
            "if test -f /a; then apk update; fi && apk add jq",
            "if test -f /a; then apk update; fi && apk add jq && rm -rf /var/cache/apk/*",
        ),
    ],
)
def test_an_update_that_installs_can_do_without(tmp_path: Path, run: str, mended: str) -> None:
    [found] = checked(tmp_path, "bloat/pm-cache", f"FROM alpine:3.20\nRUN {run}\n").found
    assert found.repair is not None
    text = found.place.source.text
    for each in sorted(found.repair.edits, key=lambda edit: edit.place.span, reverse=True):
        text = text[: each.place.span.start] + each.text + text[each.place.span.end :]
    assert text == f"FROM alpine:3.20\nRUN {mended}\n"


@pytest.mark.parametrize(("ci", "found"), [("push: false", []), ("push: true", [2])])
def test_an_index_of_apk_that_nobody_pushes(tmp_path: Path, ci: str, found: list[int]) -> None:
    workflow = (
        ".git/HEAD: x\\n.github/workflows/a.yml: on: push\\njobs:\\n  a:\\n    runs-on: x\\n"
        "    steps:\\n    - uses: docker/build-push-action@v6\\n      with:\\n"
        f"        context: .\\n        {ci}\\n        load: true\\n\n"
    )
    text = "FROM alpine:3.20\nRUN apk add jq\n"
    told = checked(tmp_path, "bloat/pm-cache", text, workflow.replace("x\\n.github", "x\n.github"))
    assert told.lines == found


@pytest.mark.parametrize(
    ("head", "above", "run", "told"),
    [
        ('ARG OPTS="--no-cache-dir -U"', "", "pip install $OPTS flask", True),
        ("ARG OPTS=--no-cache-dir", "", "pip install ${OPTS} flask", True),
        ("ARG OPTS=--no-cache-dir", "ENV OPTS=-U\n", "pip install $OPTS flask", False),
        ("ARG OPTS=--no-cache-dir", "", "OPTS=-U; pip install $OPTS flask", False),
        ("ARG OPTS=--upgrade", "", "pip install $OPTS flask", False),
        ("ARG OPTS=--no-cache-dir", "", "pip install flask", False),
    ],
)
def test_an_option_that_the_stage_does_not_see(
    tmp_path: Path, head: str, above: str, run: str, *, told: bool
) -> None:
    text = f"{head}\nFROM python:3.12-slim AS base\n{above}FROM base\nRUN {run}\n"
    (found,) = checked(tmp_path, "bloat/pm-cache", text).found
    wanted = "`ARG OPTS` of line 1 is not visible in this stage: declare `ARG OPTS` in it"
    assert (found.help == wanted) is told
    assert not (told and found.repair)
    seen = text.replace("FROM base\n", "FROM base\nARG OPTS\n")
    told_seen = [each.help for each in checked(tmp_path, "bloat/pm-cache", seen).found]
    assert wanted not in told_seen


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("bundle update --bundler", "bundle install --jobs 2", [4]),  # all gems are there
        ("bundle install --jobs 2", "bundle install --retry 3", [4]),
        ("bundle install", "bundle update", [4, 5]),  # which may fetch newer ones
        ("bundle install --gemfile=tools/Gemfile", "bundle install", [4, 5]),
    ],
)
def test_a_second_install_of_the_same_gems_leaves_nothing(
    tmp_path: Path, first: str, second: str, wanted: list[int]
) -> None:
    text = f"FROM ruby:3.3\nWORKDIR /app\nCOPY . .\nRUN {first}\nRUN {second}\n"
    context = "Gemfile: gem 'rails'\nGemfile.lock: GEM\ntools/Gemfile: gem 'rake'\n"
    assert checked(tmp_path, RULE, text, context).lines == wanted


@pytest.mark.parametrize(
    ("base", "run", "told"),
    [
        ("ruby:3.4", "bundle check || bundle install", "`bundle install` leaves"),
        ("ruby:3.4", "gem install bundler && bundle check || bundle install", "`bundle install`"),
        # where another image, or another command before, may have installed all
        ("acme/web", "bundle check || bundle install", ""),
        ("ruby:3.4", "test -d /gems || bundle install", ""),
        ("ruby:3.4", "bundle check && bundle exec rake", ""),
    ],
)
def test_an_install_of_what_a_check_misses(tmp_path: Path, base: str, run: str, told: str) -> None:
    found = checked(tmp_path, RULE, f"FROM {base}\nCOPY Gemfile .\nRUN {run}\n").found
    assert [each.message.startswith(told) for each in found] == [True] * bool(told)


@pytest.mark.parametrize(
    ("base", "is_told"),
    [
        ("ghcr.io/acme/sentry:nightly", True),  # once the name of an official image as well
        ("mirror.example.com/hub/python:3.12", False),
        ("python:3.12", False),
    ],
)
def test_a_base_of_the_project_may_turn_pips_cache_off(
    tmp_path: Path, base: str, *, is_told: bool
) -> None:
    (found,) = checked(tmp_path, RULE, f"FROM {base}\nRUN pip install flask\n").found
    assert ("unless the base image turns that off" in found.message) == is_told


@pytest.mark.parametrize(
    ("base", "is_told"),
    [
        ("pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel", True),  # which holds torch, and its own pip
        ("ghcr.io/acme/train:1.2-tensorflow", True),
        ("nvidia/cuda:12.4.1-devel-ubuntu22.04", False),
        ("ubuntu:22.04", False),
    ],
)
def test_apts_pip_is_none_where_the_base_has_its_own(
    tmp_path: Path, base: str, *, is_told: bool
) -> None:
    steps = "RUN apt-get update && apt-get install -y python3-pip\nRUN pip install accelerate"
    *_, found = checked(tmp_path, RULE, f"FROM {base}\n{steps}\n").found
    assert ("unless the base image turns that off" in found.message) == is_told
    assert (found.cost is None) == is_told


@pytest.mark.parametrize(
    ("command", "copied", "is_told"),
    [
        # files, where a variable of the base is what turns it off
        ("pip install flask", "/srv/.venv /srv/.venv", True),
        ("pip install flask", "/usr/local/lib/python3.12/site-packages /srv/", True),
        ("pip install flask", "/uv /bin/uv", True),
        # pip itself
        ("pip install flask", "/usr/local /usr/local", False),
        ("pip install flask", "/ /", False),
        ("pip install flask", "/opt/conda /opt/conda", False),
        ("pip install flask", "/usr/local/lib/python3.12/ /usr/local/lib/python3.12", False),
        ("uv pip install --system flask", "/uv /bin/uv", False),
    ],
)
def test_no_files_of_another_image_undo_what_the_base_sets(
    tmp_path: Path, command: str, copied: str, *, is_told: bool
) -> None:
    text = f"FROM acme/agent:3\nCOPY --from=acme/other:2 {copied}\nRUN {command}\n"
    (found,) = checked(tmp_path, RULE, text).found
    assert ("unless the base image turns that off" in found.message) == is_told


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ("RUN pip install -r b.txt\n", {3: "add `--no-cache-dir`, and in line 2"}),
        ("RUN pip install -U pip wheel\n", {2: "add `--no-cache-dir`", 3: "add `--no-cache-dir`"}),
        (
            "USER shop\nRUN pip install flask\n",  # in another home
            {2: "add `--no-cache-dir`", 4: "add `--no-cache-dir`"},
        ),
        ("RUN pip install --no-cache-dir flask\n", {2: "add `--no-cache-dir`"}),
        ("FROM python:3.12\nRUN pip install flask\n", {4: "add `--no-cache-dir`"}),
    ],
)
def test_pips_own_upgrade_is_told_with_what_it_installs(
    tmp_path: Path, steps: str, wanted: dict[int, str]
) -> None:
    text = f"FROM python:3.12\nRUN pip install --upgrade pip\n{steps}"
    found = checked(tmp_path, RULE, text).found
    told = {each.place.start.line: each.repair.title for each in found if each.repair}
    assert told == wanted


@pytest.mark.parametrize(
    ("run", "leaves"),
    [
        ("for p in flask django; do pip install $p; done", "`pip install $p` leaves its"),
        (
            "for p in flask django; do pip install $p; done; pip install rich",
            "`pip install rich` and 1 more command leave their",
        ),
    ],
)
def test_a_command_that_a_loop_repeats_is_one(tmp_path: Path, run: str, leaves: str) -> None:
    text = f"FROM python:3.12\nRUN {run}\n"
    (found,) = checked(tmp_path, "bloat/pm-cache", text).found
    assert found.message.startswith(leaves)


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        (
            'apt-get update && apt-get install -y jq \\\n && rm -rf "/var/lib/apt/lists/*"',
            (
                'take the quotes off `"/var/lib/apt/lists/*"` in line 3: in quotes, `*` is not a'
                " pattern"
            ),
        ),
        (
            "pip install flask && rm -rf '~/.cache'",
            "take the quotes off `'~/.cache'` in line 2: in quotes, `~` is not the home directory",
        ),
        (
            "pip install flask && rm -rf '$HOME/.cache/pip'",
            (
                "put `'$HOME/.cache/pip'` in double quotes in line 2: in single quotes, `$HOME` is not"
                " expanded"
            ),
        ),
    ],
)
def test_a_cleanup_that_quotes_keep_from_cleaning(tmp_path: Path, run: str, wanted: str) -> None:
    text = f"FROM python:3.12\nRUN {run}\n"
    (found,) = checked(tmp_path, RULE, text).found
    assert (found.help, found.repair) == (wanted, None)
    assert checked(tmp_path, "bloat/late-cleanup", text).lines == []
    assert checked(tmp_path, RULE, text.replace("'", "").replace('"', "")).lines == []


@pytest.mark.parametrize(
    ("script", "run", "hit"),
    [
        ("${PY} -m pip install --no-cache-dir flask", "pip install /app", False),
        ("pip install --no-cache-dir flask", "pip install /app", False),
        ("pip install --no-cache-dir flask", "pip install /app django", True),
        ("pip install --no-cache-dir flask", "pip install -r /app/requirements.txt", True),
        ("npm install -g yarn", "pip install /app", True),
        ("pip install --no-cache-dir -U pip", "pip install /app", True),
        ("echo a", "pip install /app", True),
    ],
)
def test_what_a_project_needs_may_be_there_by_a_script(
    tmp_path: Path, script: str, run: str, *, hit: bool
) -> None:
    text = f"FROM python:3.12-slim\nCOPY deps.sh /tmp/\nRUN /tmp/deps.sh\nCOPY . /app\nRUN {run}\n"
    context = (
        f"deps.sh: #!/bin/sh\\nPY=python3\\n{script}\\n\n"
        "setup.py: from setuptools import setup\\nsetup(install_requires=['flask'])\\n\n"
        "requirements.txt: flask\\n\n"
    )
    found = checked(tmp_path, RULE, text, context=context).lines
    assert found == [5] * hit


LIKELY = ", most likely in /root/.composer/cache"


@pytest.mark.parametrize(
    ("above", "where"),
    [
        ("FROM php:8.3-cli\nCOPY --from=composer:2 /usr/bin/composer /usr/bin/", LIKELY),
        ("FROM composer:2", ""),
        ("FROM acme/php:8.3\nUSER root", ""),
        ("FROM acme/php:8.3\nUSER root\nRUN apk add --no-cache git", ""),
        ("FROM acme/php:8.3\nUSER root\nCOPY composer.json /etc/", ""),
        ("FROM acme/php:8.3\nUSER root\nRUN composer --version", ""),
        ("FROM acme/php:8.3\nUSER root\nENV COMPOSER_HOME=/srv/c", " in /srv/c/cache"),
        ("FROM acme/php:8.3\nUSER root\nENV COMPOSER_CACHE_DIR=/srv/d", " in /srv/d"),
        ("FROM acme/php:8.3\nUSER root\nCOPY --from=composer:2 /usr/bin/composer /bin/", LIKELY),
        ("FROM acme/php:8.3\nUSER root\nRUN apk add --no-cache composer", LIKELY),
        (
            "FROM acme/php:8.3\nUSER root\nRUN curl -sS https://getcomposer.org/installer | php",
            LIKELY,
        ),
        (
            (
                "FROM acme/php:8.3\nUSER root\nRUN php a.php --install-dir=/bin --filename=b && mv b"
                " /bin/composer"
            ),
            LIKELY,
        ),
    ],
)
def test_a_base_that_brings_composer_may_have_its_cache_elsewhere(
    tmp_path: Path, above: str, where: str
) -> None:
    text = f"{above}\nRUN composer install\n"
    found = checked(tmp_path, "bloat/pm-cache", text, "composer.json: {}\n").found
    [message] = [each.message for each in found if "composer" in each.message]
    assert message.startswith(f"`composer install` leaves its downloads{where}, so the layer")


_TAKEN = "FROM debian:12\nCOPY --from={0} /root /root\n"


@pytest.mark.parametrize(
    ("below", "wanted"),
    [
        (f"RUN rm -rf /root/.cache\n{_TAKEN.format('b')}", []),
        (f"RUN pip install torch && rm -rf /root/.cache\n{_TAKEN.format('b')}", []),
        (f"RUN pip install torch && pip cache purge\n{_TAKEN.format('b')}", []),
        (f"FROM b AS c\nRUN rm -rf /root/.cache\n{_TAKEN.format('c')}", []),
        (f"FROM b AS c\nRUN pip install x && rm -rf /root/.cache\n{_TAKEN.format('c')}", []),
        # not in what is taken
        (f"FROM b AS c\nRUN rm -rf /root/.cache\n{_TAKEN.format('b')}", [2]),
        (
            f"FROM b AS c\nRUN rm -rf /root/.cache\n{_TAKEN.format('c')}COPY --from=b /root /opt\n",
            [2],
        ),
        (f"FROM python:3.12 AS c\nRUN rm -rf /root/.cache\n{_TAKEN.format('b')}", [2]),
        (f"RUN rm -rf /root/.cache && pip install torch\n{_TAKEN.format('b')}", [3]),
        (f'RUN if [ -n "$X" ]; then rm -rf /root/.cache; fi\n{_TAKEN.format("b")}', [2]),
        (f"RUN pip install torch && rm -rf /tmp/x\n{_TAKEN.format('b')}", [3]),
    ],
)
def test_a_copy_takes_what_is_there_in_the_end(below: str, wanted: list[int]) -> None:
    assert lines(f"FROM python:3.12 AS b\nRUN pip install tensorflow\n{below}") == wanted


def test_a_cache_stays_in_its_own_layer_though_another_run_empties_it() -> None:
    text = "FROM python:3.12\nRUN pip install tensorflow\n"
    assert lines(f"{text}RUN pip install torch && rm -rf /root/.cache\n") == [2]


_NO_CLEAN = "RUN rm -f /etc/apt/apt.conf.d/docker-clean\n"
_BY_APT = "RUN apt-get update && {0} install -y git && rm -rf /var/lib/apt/lists/*\n"


@pytest.mark.parametrize(
    ("above", "install", "wanted"),
    [
        (f"FROM debian:12\n{_NO_CLEAN}", "apt-get", [3]),
        (f"FROM debian:12 AS b\n{_NO_CLEAN}FROM b\n", "apt-get", [4]),
        ("FROM debian:12\nRUN mv /etc/apt/apt.conf.d/docker-clean /tmp\n", "apt-get", [3]),
        # where it is there, or may be, and where apt deletes them itself
        ("FROM debian:12\n", "apt-get", []),
        ("FROM acme/base:1\n", "apt-get", []),
        (f"FROM debian:12 AS b\n{_NO_CLEAN}FROM debian:12\n", "apt-get", []),
        (f"FROM debian:12\n{_NO_CLEAN.replace('RUN', 'RUN test -z $X ||')}", "apt-get", []),
        (f"FROM debian:12\n{_NO_CLEAN}", "apt", []),
        (f"FROM debian:12\n{_NO_CLEAN}", "apt-get clean; apt-get update; apt-get", [3]),
        (
            f"FROM debian:12\n{_NO_CLEAN}RUN --mount=type=cache,target=/var/cache/apt true\n",
            "true",
            [],
        ),
    ],
)
def test_archives_of_apt_where_nothing_deletes_them(
    above: str, install: str, wanted: list[int]
) -> None:
    assert lines(above + _BY_APT.format(install)) == wanted


def test_archives_of_apt_are_cleaned_by_their_own_command(tmp_path: Path) -> None:
    text = f"FROM debian:12\n{_NO_CLEAN}{_BY_APT.format('apt-get')}"
    found = checked(tmp_path, RULE, text)
    assert [each.endswith("run apt-get clean in the same RUN") for each in found.texts] == [True]
    assert "install -y git && apt-get clean &&" in found.fixed


@pytest.mark.parametrize("flag", ["--setopt=cachedir=/c", "--setopt cachedir=/c"])
def test_a_setting_on_the_command_line_moves_the_cache(tmp_path: Path, flag: str) -> None:
    text = f"FROM fedora:40\nRUN dnf install {flag} -y git && dnf clean all\n"
    (told,) = checked(tmp_path, RULE, text).texts
    assert "downloads in /c," in told
    assert "delete /c in the same RUN" in told


TOOL = "RUN go install example.com/tool@v1.2.3"


@pytest.mark.parametrize(
    ("above", "told"),
    [
        ("RUN go mod download", "in the same RUN, and mount a cache for the downloads"),
        ("RUN go mod download && rm -rf /go/pkg/mod", "delete /go/pkg/mod and the build cache"),
        ("RUN --mount=type=cache,target=/go/pkg/mod go mod download", "delete /go/pkg/mod and the"),
        ("RUN echo a", "delete /go/pkg/mod and the build cache"),
    ],
)
def test_what_was_fetched_ahead_is_not_to_be_deleted(tmp_path: Path, above: str, told: str) -> None:
    text = f"FROM golang:1.22\nWORKDIR /src\nCOPY go.mod go.sum ./\n{above}\n{TOOL}\n"
    found = checked(tmp_path, RULE, text, "go.mod: module a\ngo.sum: a\n")
    assert [told in each for each in found.texts] == [True]


def test_the_build_cache_is_deleted_whatever_was_fetched_ahead(tmp_path: Path) -> None:
    text = "FROM golang:1.22\nWORKDIR /src\nCOPY go.mod .\nRUN go mod download\nCOPY . .\nRUN go build .\n"
    found = checked(tmp_path, RULE, text, "go.mod: module a\na.go: package main\n")
    assert ["delete /root/.cache/go-build in" in each for each in found.texts] == [True]


@pytest.mark.parametrize(
    ("above", "wanted"),
    [
        ("USER www-data", []),
        ("USER nobody:nogroup", []),
        ("USER www-data\nENV HOME=/srv", [4]),
        ("RUN adduser --disabled-password www-data\nUSER www-data", [4]),
        ("USER shop", [3]),
        ("USER root", [3]),
    ],
)
def test_a_user_of_the_system_has_no_home_that_stores_a_cache(
    above: str, wanted: list[int]
) -> None:
    assert lines(f"FROM python:3.12\n{above}\nRUN pip install torch\n") == wanted


@pytest.mark.parametrize(
    ("variant", "above", "wanted"),
    [
        ("apache", "", []),
        ("apache", "RUN chown -R www-data:www-data /var/www", [4]),
        ("apache", "RUN chown -R www-data /var/www/html", []),  # not of the home
        ("apache", "RUN chown -R root /var/www", []),
        ("apache", "RUN chmod 0777 /var/www", [4]),
        ("apache", "RUN chmod -R o+w /var/www", [4]),
        ("apache", "RUN chmod 755 /var/www", []),
        ("alpine", "", [4]),  # /home/www-data
    ],
)
def test_the_home_of_the_user_of_web_servers(variant: str, above: str, wanted: list[int]) -> None:
    text = f"FROM php:8.3-{variant}\n{above}\nUSER www-data\nRUN npm install\n"
    assert lines(text) == wanted


def test_where_the_cache_of_that_user_is(tmp_path: Path) -> None:
    steps = "RUN chown www-data /var/www\nUSER www-data\nRUN npm install"
    text = f"FROM php:8.3-apache\n{steps}\n"
    (found,) = checked(tmp_path, RULE, text).found
    assert "in the home of user `www-data`" in found.message
    assert lines(f"{text.rstrip()} && rm -rf /var/www/.npm\n") == []


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ("apache\nRUN apt-get update && install-php-extensions gd", []),
        ("alpine\nRUN apk add git && install-php-extensions gd", []),
        ("apache\nRUN pip install torch && install-php-extensions gd", [2]),
        ("apache\nRUN install-php-extensions gd && apt-get update && apt-get install git", [2]),
        ("apache\nRUN apt-get update && IPE_KEEP_SYSPKG_CACHE=yes install-php-extensions gd", [2]),
        ("apache\nRUN apt-get update && IPE_KEEP_SYSPKG_CACHE=no install-php-extensions gd", []),
        (
            "apache\nENV IPE_KEEP_SYSPKG_CACHE=1\nRUN apt-get update && install-php-extensions gd",
            [3],
        ),
    ],
)
def test_what_the_installer_of_extensions_deletes(steps: str, wanted: list[int]) -> None:
    assert lines(f"FROM php:8.3-{steps}\n") == wanted


@pytest.mark.parametrize(
    ("run", "count"),
    [
        ("pnpm i && rm -rf node_modules packages/*/node_modules", 1),
        ("pnpm i && find . -name node_modules -type d -prune -exec rm -rf {} +", 1),
        ("pnpm i; find . -name node_modules | xargs rm -rf", 1),
        ("cd /x && pnpm i && cd / && rm -rf /x", 1),
        ("pnpm -C web i && rm -rf web/node_modules", 1),
        ("bun install && rm -rf node_modules", 1),
        ("pnpm i", 0),
        ("pnpm -C web i && rm -rf node_modules", 0),
        ("pnpm i && rm -rf packages/a/node_modules", 0),  # links to those of the root
        ("pnpm i && rm -rf node_modules/*", 0),  # but for node_modules/.pnpm
        ("pnpm i && find . -mindepth 2 -name node_modules -exec rm -rf {} +", 0),
        ("pnpm i && find . -name node_modules -mtime +1 -exec rm -rf {} +", 0),
        ("pnpm i && find . -type f -name node_modules -delete", 0),
        ("rm -rf node_modules && pnpm i", 0),
        ("pnpm i && rm -rf node_modules && pnpm i --prod", 0),
        ("pnpm i && pnpm deploy --prod /out && rm -rf node_modules", 0),
        ("pnpm add -g x && rm -rf node_modules", 0),
        ("pnpm i && rm -rf node_modules && pnpm store prune", 0),
        ('pnpm i && rm -rf node_modules "$(pnpm store path)"', 0),
        ("pnpm i && rm -rf node_modules\nRUN pnpm i --prod --offline", 0),
        ("if [ -e a ]; then rm -rf node_modules; fi; pnpm i", 0),
        ("pnpm i; if [ -e a ]; then rm -rf node_modules; fi", 0),
    ],
)
def test_a_store_of_links_whose_other_ends_are_deleted(
    tmp_path: Path, run: str, count: int
) -> None:
    text = f"FROM alpine:3.20\nWORKDIR /app\nRUN {run}\n"
    assert len(checked(tmp_path, RULE, text, context="pnpm-lock.yaml\n").found) == count
