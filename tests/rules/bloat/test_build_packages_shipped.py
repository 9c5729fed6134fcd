"""Which compilers of the distribution are pushed though only the build needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, commit, lines

from dlint.lint.engine import Task

if TYPE_CHECKING:
    from pathlib import Path

RULE = "bloat/build-packages-shipped"
GCC = "RUN apt-get update && apt-get install -y gcc"
PIP = "RUN pip install -r requirements.txt"
CMD = 'CMD ["gunicorn", "app"]'
PHPIZE = "FROM php:8.3-fpm-alpine\nRUN apk add $PHPIZE_DEPS && pecl install redis"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"FROM python:3.12-slim\n{GCC}\n{PIP}\n{CMD}", [2]),
        (f"FROM python:3.12-slim\n{GCC} && pip install numpy\n{CMD}", [2]),
        (f"FROM alpine\nRUN apk add build-base\nRUN ./configure && make install\n{CMD}", [2]),
        (f"FROM alpine\nRUN apk add alpine-sdk\nRUN ./configure && make install\n{CMD}", [2]),
        (
            f"FROM python:3.12-slim\nRUN apt-get install -y postgresql-server-dev-15\n{PIP}\n{CMD}",
            [2],
        ),
        (f"FROM python:3.12-slim\nRUN apt-get install -y libpq-dev\n{PIP}\n{CMD}", [2]),  # headers
        (f"FROM python:3.12-slim\n{GCC}\n{CMD}", []),  # nobody knows what for
        (f"FROM python:3.12-slim\n{PIP}\n{GCC}\n{CMD}", []),
        (f"FROM python:3.12\n{GCC}\n{PIP}\n{CMD}", []),  # which has it
        (f"FROM python:3.12-slim\n{GCC}\n{PIP}", []),
        (f"FROM python:3.12-slim\n{GCC}\n{PIP}\nCMD bash", []),
        (f"FROM python:3.12-slim\n{GCC}\n{PIP}\nCMD python", []),
        (f'FROM python:3.12-slim\n{GCC}\n{PIP}\nENTRYPOINT ["/entry.sh"]', []),
        (f"FROM python:3.12-slim\n{GCC}\n{PIP}\nCMD make run", []),
        (f"FROM python:3.12-slim\n{GCC}\n{PIP}\nCMD twistd -ny buildbot.tac", []),
        (f"FROM python:3.12-slim\n{GCC}\n{PIP}\nRUN apt-get purge -y gcc\n{CMD}", []),
        # what was installed by its name stays, whatever autoremove takes
        (f"FROM python:3.12-slim\n{GCC} && pip install x && apt-get autoremove\n{CMD}", [2]),
        (f"FROM python:3.12-slim\n{GCC} && apt-mark auto gcc && pip install x\n{CMD}", []),
        (f"FROM python:3.12-slim\n{GCC} && pip install x && apt-get purge 'gc*'\n{CMD}", []),
        (f"FROM python:3.12-slim\n{GCC} && pip install x && apt-get purge git\n{CMD}", [2]),
        (f"FROM python:3.12-slim AS dev\n{GCC}\n{PIP}\n{CMD}", []),
        (f"FROM python:3.12-slim AS build\n{GCC}\n{PIP}\nFROM python:3.12-slim\n{CMD}", []),
        (f"FROM python:3.12-slim\n{GCC}\nRUN pip install jupyterlab\n{CMD}", []),
        (f"FROM nvidia/cuda:12-devel\n{GCC}\n{PIP}\n{CMD}", []),
        (f"FROM nvidia/cuda:12-runtime\n{GCC}\n{PIP}\n{CMD}", []),
        (f"FROM alpine\nRUN apk add -t .b gcc && make && apk del .b\n{CMD}", []),
        (f"FROM alpine\nRUN apk add -t .b gcc && make\n{CMD}", [2]),
        ("FROM alpine\nRUN apk add -t .build gcc && make\n", [2]),  # which was meant to go
        ("FROM alpine\nRUN apk add -t .build gcc\nRUN make\nRUN apk del .build\n", []),
        ("FROM alpine\nRUN apk add -t tools gcc && make\n", []),
        ("FROM alpine AS builder\nRUN apk add -t .build gcc && make\n", []),
        ("FROM alpine\nRUN apk add -t .build gcc\n", []),
        (f"{PHPIZE}\n{CMD}", [2]),
        (PHPIZE, [2]),
        (PHPIZE.replace("fpm", "cli"), []),
        (f"FROM alpine\nENV PHPIZE_DEPS gcc\nRUN apk add $PHPIZE_DEPS && make\n{CMD}", []),
        (f"{PHPIZE} && apk del $PHPIZE_DEPS", []),
        (f"FROM python:3.12-slim\nRUN apt-get install -y make\n{PIP}\n{CMD}", []),
    ],
)
def test_compilers(text: str, wanted: list[int]) -> None:
    assert lines(RULE, text + "\n") == wanted


@pytest.mark.parametrize(
    ("named", "removed", "wanted"),
    [
        ("build-essential gcc", "build-essential", "`gcc`"),
        ("gcc make git", "git", "`gcc`, `make`"),
        ("build-essential gcc python3-dev", "build-essential python3-dev", "`gcc`"),
        ("gcc clang", "clang", "`gcc`"),
        ("gcc make git", "git gcc make", None),
        ("gcc g++", "gcc", None),  # without which there is no other
        ("build-essential gcc", "gcc", None),
        ("build-essential", "build-essential", None),
        ("build-essential make", "build-essential", None),  # make is no compiler
        ("build-essential binutils", "binutils", None),
        ("build-essential libc6-dev", "libc6-dev", None),
    ],
)
def test_only_what_is_removed_is_gone(
    tmp_path: Path, named: str, removed: str, wanted: str | None
) -> None:
    install = f"RUN apt-get update && apt-get install -y {named}"
    purge = f"RUN apt-get purge -y --auto-remove {removed}"
    text = f"FROM python:3.12-slim\n{install}\n{PIP}\n{purge}\n{CMD}\n"
    found = checked(tmp_path, RULE, text, "requirements.txt: flask\n").found
    assert [each.message.partition(": ")[2] for each in found] == ([wanted] if wanted else [])


@pytest.mark.parametrize(
    ("named", "told", "is_bound"),
    [
        ("gcc", ": `gcc`", False),
        ("gcc libc6-dev", ": `gcc`, `libc6-dev`", False),
        ("gcc libpq-dev", ", such as `gcc`", True),  # libpq-dev would go as well
        ("gcc libpq-dev && apt-get purge -y libpq-dev", ": `gcc`", False),
        ("gcc && apt-get install -y libpq-dev", ", such as `gcc`", True),
    ],
)
def test_headers_beside_compilers_are_neither_named_nor_counted(
    tmp_path: Path, named: str, told: str, *, is_bound: bool
) -> None:
    text = (
        f"FROM python:3.12-slim\nRUN apt-get update && apt-get install -y {named}\n{PIP}\n{CMD}\n"
    )
    (found,) = checked(tmp_path, RULE, text, "requirements.txt: flask\n").found
    assert found.message.partition("only the build needs")[2] == told
    assert found.cost is not None
    assert found.cost.at_least is is_bound


@pytest.mark.parametrize(
    ("gems", "line"),
    [
        ("gem update --system 3.6.9 && gem install bundler", 4),
        ("gem update --system", 4),
        ("gem install bundler nokogiri", 3),
    ],
)
def test_rubys_own_tools_need_no_compiler(tmp_path: Path, gems: str, line: int) -> None:
    text = f"FROM ruby:3.4-slim\n{GCC}\nRUN {gems}\nRUN bundle install\n{CMD}\n"
    (found,) = checked(tmp_path, RULE, text, "Gemfile\n").found
    assert [each.place.start.line for each in found.notes] == [line]


@pytest.mark.parametrize(
    ("named", "removed", "wanted"),
    [
        ("gcc g++ make libffi", "g++", "`gcc`, `make`"),
        ("g++ make", "make", "`g++`"),
        ("gcc make git", "gcc make", None),
        ("--virtual .build gcc g++", ".build", None),
    ],
)
def test_apk_keeps_what_was_named(
    tmp_path: Path, named: str, removed: str, wanted: str | None
) -> None:
    run = f"RUN apk add --no-cache {named} && {PIP.removeprefix('RUN ')} && apk del {removed}"
    text = f"FROM python:3.12-alpine\n{run}\n{CMD}\n"
    found = checked(tmp_path, RULE, text, "requirements.txt: flask\n").found
    assert [each.message.partition(": ")[2] for each in found] == ([wanted] if wanted else [])


@pytest.mark.parametrize(
    ("user", "wanted"),
    [
        ("mix local.hex --force && mix local.rebar --force", []),  # finished archives
        ("mix deps.get", [2]),
        ("pip install --upgrade pip setuptools", []),
        ("pip install --upgrade pip numpy", [2]),
        ("npm install --global pnpm@9 yarn", []),
    ],
)
def test_tools_of_managers_come_finished(user: str, wanted: list[int]) -> None:
    assert lines(RULE, f"FROM elixir:1.18-slim\n{GCC}\nRUN {user}\nCMD /app/start\n") == wanted


@pytest.mark.parametrize(
    ("remark", "wanted"),
    [
        ("# Compiles plug-ins at run time", []),
        ("# For the run time and for compilation", [2]),
        ("# Runtime packages", []),
        ("#\n# Runtime packages\n#", []),
        ("# Not needed at runtime", [2]),
        ("# Build and runtime packages", [2]),
        ("# Packages", [2]),
    ],
)
def test_a_comment_says_what_compilers_are_for(remark: str, wanted: list[int]) -> None:
    text = f"FROM python:3.12-slim\n{remark}\n{GCC}\n{PIP}\n{CMD}\n"
    assert [each > 1 for each in lines(RULE, text)] == [True] * len(wanted)
    inside = f"FROM python:3.12-slim\nRUN apt-get install -y \\\n{remark}\n  gcc\n{PIP}\n{CMD}\n"
    assert lines(RULE, inside) == wanted


@pytest.mark.parametrize("name", ["base", "builder"])
@pytest.mark.parametrize(
    ("recipe", "wanted"),
    [
        ("", [2]),
        ("docker build -t shop .\n", [2]),
        ("docker build -t shop --target NAME .\n", []),  # it is called what it is for
    ],
)
def test_nobody_asks_for_the_last_stage_by_its_name(
    tmp_path: Path, name: str, recipe: str, wanted: list[int]
) -> None:
    (tmp_path / "build.sh").write_text(recipe.replace("NAME", name))
    commit(tmp_path)
    text = f"FROM python:3.12-slim AS {name}\n{GCC}\nCOPY . .\n{PIP}\n{CMD}\n"
    assert checked(tmp_path, RULE, text, "requirements.txt: flask\nshop/app.py").lines == wanted


@pytest.mark.parametrize(
    "text",
    [
        f"FROM python:3.12-slim AS base\n{GCC}\nCOPY . .\n{PIP}\n",  # starts nothing
        f"FROM python:3.12-slim AS builder\n{GCC}\nRUN pip install flask\n{CMD}\n",
        f"FROM python:3.12-slim AS base-dev\n{GCC}\nCOPY . .\n{PIP}\n{CMD}\n",
    ],
)
def test_a_stage_that_may_be_what_it_is_called(text: str) -> None:
    assert lines(RULE, text) == []


ON_BASE = f"FROM python:3.12-slim AS base\n{GCC}\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{ON_BASE}{PIP}\nFROM base\n{CMD}", [2]),
        (f"{ON_BASE}{PIP}\nFROM base AS final\n{CMD}", [2]),
        # a stage that is not pushed compiles, on a base that is
        (f"{ON_BASE}FROM base AS build\n{PIP}\nFROM base\nCOPY --from=build /a /a\n{CMD}", [2]),
        (f"{ON_BASE}{PIP}\n{CMD}", []),  # an image for others to build on
        (f"{ON_BASE}{PIP}\nFROM base AS dev\n{CMD}", []),
        (f"{ON_BASE}FROM base AS build\n{PIP}\nFROM base AS sdk\n{CMD}", []),
        (f"{ON_BASE}FROM base\n{CMD}", []),
        (f"{ON_BASE}FROM base AS build\n{PIP}\nFROM python:3.12-slim\n{CMD}", []),
        (f"{ON_BASE}{PIP}\nFROM base\nRUN apt-get purge -y gcc\n{CMD}", []),
    ],
)
def test_compilers_in_a_stage_that_others_stand_on(text: str, wanted: list[int]) -> None:
    assert lines(RULE, text + "\n") == wanted


@pytest.mark.parametrize(("other", "wanted"), [("full", [2]), ("sdk", [])])
def test_an_image_for_those_who_build_is_not_the_only_one(
    tmp_path: Path, other: str, wanted: list[int]
) -> None:
    (tmp_path / "push.sh").write_text(
        "docker build --push --target ci -t ghcr.io/shop/web:ci .\n"
        f"docker build --push --target {other} -t ghcr.io/shop/web .\n"
    )
    commit(tmp_path)
    text = f"{ON_BASE}{PIP}\nFROM base AS ci\n{CMD}\nFROM base AS {other}\n{CMD}\n"
    assert checked(tmp_path, RULE, text).lines == wanted


@pytest.mark.parametrize(("target", "wanted"), [("runtime", [2]), ("tools-dev", [])])
def test_names_of_images_that_stay_here_tell_nothing(
    tmp_path: Path, target: str, wanted: list[int]
) -> None:
    push = f"docker build --push --target {target} -t ghcr.io/shop/web ."
    job = f"runs-on: ubuntu-latest\\n    steps:\\n      - run: {push}"
    workflow = f".github/workflows/image.yml: on: push\\njobs:\\n  a:\\n    {job}\\n\n"
    context = f"{workflow}.git/HEAD: ref: refs/heads/main\\n\n"
    text = f"{ON_BASE}{PIP}\nFROM base AS runtime\n{CMD}\nFROM runtime AS tools-dev\n{CMD}\n"
    assert checked(tmp_path, RULE, text, context).lines == wanted


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ('CMD ["sh", "-c", "exec node app.js"]', [2]),
        ('CMD ["/bin/bash", "-ec", "node beat.js & sleep 5 && exec node app.js"]', [2]),
        ("CMD sh -c 'node app.js'", [2]),
        ('ENTRYPOINT ["/bin/sh", "-c", "gunicorn app"]', [2]),
        ('CMD ["sh", "-c", "node"]', []),  # for whoever comes with a program
        ('CMD ["sh", "-c", "make && ./app"]', []),
        ('CMD ["sh", "-c", "./app; bash"]', []),
        ('CMD ["sh", "-c", "exec \\"$@\\"", "x"]', []),
        ('CMD ["sh", "-c", "cd /srv && exec $0 $1", "node", "app.js"]', []),
        ('CMD ["sh", "-c", "sleep 9999"]', []),
        ('ENTRYPOINT ["sh", "-c"]\nCMD ["node app.js"]', []),
    ],
)
def test_a_shell_that_is_told_all_it_does(start: str, wanted: list[int]) -> None:
    assert lines(RULE, f"FROM python:3.12-slim\n{GCC}\n{PIP}\n{start}\n") == wanted


ENTRY = 'ENTRYPOINT ["./entry.sh"]'


@pytest.mark.parametrize(
    ("script", "start", "wanted"),
    [
        ("exec gunicorn app", ENTRY, [2]),
        ("python manage.py migrate; exec gunicorn app", ENTRY, [2]),
        ("exec gunicorn app", 'CMD ["bash", "entry.sh"]', [2]),
        # the arguments of its functions are not the script's
        ('log() {\\n  echo "$1 $*"\\n}\\nlog up\\nexec gunicorn app', ENTRY, [2]),
        ('log() { echo "$1"; }\\nexec gunicorn app', ENTRY, [2]),
        ('if [ "$1" = watch ]; then R=--reload; fi\\nexec gunicorn $R app', ENTRY, [2]),
        ('log() {\\n  echo "$1"\\n}\\nlog up\\nexec "$@"', ENTRY, []),
        ('if [ "$1" = sh ]; then exec "$1"; fi\\nexec gunicorn app', ENTRY, []),
        ("exec gunicorn app", "CMD sh -c ./entry.sh", [2]),
        ("exec gunicorn app", 'ENTRYPOINT [ "/bin/bash" ]\nCMD ["/entry.sh"]', [2]),
        ("npm ci; exec node .", 'ENTRYPOINT ["/bin/bash"]\nCMD ["/entry.sh"]', []),
        ("A=1 B= bundle install; exec app", 'ENTRYPOINT ["/bin/bash"]\nCMD ["/entry.sh"]', []),
        ("A=1 B= bundle exec app", 'ENTRYPOINT ["/bin/bash"]\nCMD ["/entry.sh"]', [2]),
        ("exec gunicorn app", 'ENTRYPOINT ["/bin/bash"]\nCMD ["-l"]', []),
        ("exec gunicorn app", 'ENTRYPOINT ["/bin/bash"]', []),
        ('exec "$@"', f'{ENTRY}\nCMD ["gunicorn", "app"]', [2]),
        ('exec "$@"', ENTRY, []),  # whoever runs it says what is run
        ('exec "$@"', f'{ENTRY}\nCMD ["bash"]', []),
        ("exec gunicorn app", 'ENTRYPOINT ["./other.sh"]', []),
        ("exec gunicorn app", 'CMD ["bash", "-c", "./entry.sh && bash"]', []),
        ("pip install -r more.txt; exec gunicorn app", ENTRY, []),
        ("bundle check || bundle install; exec puma", ENTRY, []),
        ("npm ci; exec node .", ENTRY, []),
        ("./next.sh", ENTRY, []),  # which is not there
        ("make run", ENTRY, []),
        ("exec bash", ENTRY, []),
        ("/usr/sbin/sshd -D", ENTRY, []),
        ("exec supervisord -n", ENTRY, []),  # its settings say what it starts
        ("sleep infinity", ENTRY, []),
        ("tail -f /dev/null", ENTRY, []),
        ("# no need to:\\n# npm install\\nexec gunicorn app", ENTRY, [2]),
    ],
)
def test_scripts_of_the_context_that_start_the_image(
    tmp_path: Path, script: str, start: str, wanted: list[int]
) -> None:
    text = f"FROM python:3.12-slim\n{GCC}\n{PIP}\n{start}\n"
    assert checked(tmp_path, RULE, text, f"entry.sh: {script}\n").lines == wanted


@pytest.mark.parametrize(
    ("script", "copy", "wanted"),
    [
        ("exec gunicorn app", "COPY docker/wait.sh /entry.sh", [2]),
        ("npm ci; exec node .", "COPY docker/wait.sh /entry.sh", []),
        ("exec gunicorn app", "COPY docker/wait.sh /other.sh", []),
        ("exec gunicorn app", "COPY docker /", []),
    ],
)
def test_a_script_may_be_copied_under_another_name(
    tmp_path: Path, script: str, copy: str, wanted: list[int]
) -> None:
    text = f'FROM python:3.12-slim\n{GCC}\n{PIP}\n{copy}\nENTRYPOINT ["/entry.sh"]\n'
    assert checked(tmp_path, RULE, text, f"docker/wait.sh: {script}\n").lines == wanted


@pytest.mark.parametrize(
    ("scripts", "start", "wanted"),
    [
        ({"api-entry.sh": "exec gunicorn app"}, "ENTRYPOINT ./${APP}-entry.sh", [3]),
        ({"api-entry.sh": "exec gunicorn app"}, "ENTRYPOINT ./${APP}.sh", [3]),
        ({"api-entry.sh": "npm ci; exec node ."}, "ENTRYPOINT ./${APP}-entry.sh", []),
        ({"other.sh": "exec gunicorn app"}, "ENTRYPOINT ./${APP}-entry.sh", []),
        (
            {"api-entry.sh": "exec gunicorn app", "web-entry.sh": "npm ci; exec node ."},
            "ENTRYPOINT ./${APP}-entry.sh",
            [],
        ),
    ],
)
def test_a_variable_may_hide_a_part_of_a_script_s_name(
    tmp_path: Path, scripts: dict[str, str], start: str, wanted: list[int]
) -> None:
    text = f"FROM python:3.12-slim\nARG APP\n{GCC}\n{PIP}\n{start}\n"
    for name, script in scripts.items():
        (tmp_path / name).write_text(f"{script}\n")
    assert checked(tmp_path, RULE, text).lines == wanted


GO = "RUN apk add go"
BUILD = "RUN go build -o /app ."


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"FROM alpine\n{GO}\n{BUILD}\nCMD /app", [2]),
        (f"FROM alpine\n{GO}\nRUN GOBIN=/bin go install a.b/c@v1\nCMD /bin/c", [2]),
        (f"FROM debian:12\nRUN apt-get install -y golang-1.22-go\n{BUILD}\nCMD /app", [2]),
        ("FROM debian:12\nRUN apt-get install -y cargo\nRUN cargo build\nCMD /a", [2]),
        ("FROM alpine\nRUN apk add maven\nRUN mvn package\nCMD java -jar a.jar", [2]),
        (f"FROM alpine\n{GO}\nCMD /app", []),  # nobody builds with it
        (f"FROM alpine\n{GO}\n{BUILD}\nCMD go run .", []),
        (f"FROM alpine\n{GO}\n{BUILD}\nRUN apk del go\nCMD /app", []),
        ("FROM alpine\nRUN apk add maven\nRUN go build .\nCMD /app", []),
        ("FROM alpine\nRUN apk add maven\nRUN mvn package\nCMD mvn exec:java", []),
        (f"FROM alpine\n{GO}\n{BUILD}\nFROM alpine\nCMD /app", []),
        (f"FROM alpine\n{GO}\n{BUILD}\nCMD /start.sh", []),
    ],
)
def test_toolchains(text: str, wanted: list[int]) -> None:
    assert lines(RULE, text + "\n") == wanted


@pytest.mark.parametrize(
    ("head", "more", "command", "wanted"),
    [
        # told what to do, in a project that is mounted
        ("", " git && pip install uv", 'ENTRYPOINT ["tool"]', []),
        ("", " git && pip install uv", 'CMD ["tool"]', [2]),
        ("", " git", 'ENTRYPOINT ["tool"]', [2]),
        ("", "", 'ENTRYPOINT ["tool"]', [2]),
        ("", " git && pip install uv", 'ENTRYPOINT ["tool", "serve"]', [2]),
        ("# Mount your project here\n", "", 'CMD ["tool"]', []),
        ("# the mount point\n", "", 'CMD ["tool"]', [3]),
    ],
)
def test_tools_for_projects_that_people_mount(
    head: str, more: str, command: str, wanted: list[int]
) -> None:
    text = f"{head}FROM python:3.12-slim\n{GCC}{more}\n{PIP}\n{command}\n"
    assert lines(RULE, text) == wanted


RUSTUP = "RUN curl https://sh.rustup.rs -sSf | sh -s -- -y"
GO_TAR = "RUN curl -L https://go.dev/dl/go1.22.3.linux-amd64.tar.gz | tar -xz -C /usr/local"


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (f"{RUSTUP}\nRUN cargo build --release\nCMD /app", [2]),
        (f"{RUSTUP} && cargo install tool\nCMD /app", [2]),
        (f"{GO_TAR}\nRUN go build -o /app .\nCMD /app", [2]),
        (f"{RUSTUP}\nRUN cargo build && rm -rf /root/.cargo /root/.rustup\nCMD /app", []),
        (f"{RUSTUP} && cargo build && rustup self uninstall -y\nCMD /app", []),
        (f"{GO_TAR}\nRUN go build && rm -rf /usr/local/go\nCMD /app", []),
        (f"{RUSTUP}\nRUN make\nCMD /app", []),  # nobody knows what for
        (f"{RUSTUP}\nRUN cargo build\nCMD cargo run", []),
        (f"{RUSTUP}\nRUN cargo build", []),
        (f"{GO_TAR}\nRUN cargo build\nCMD /app", []),
    ],
)
def test_toolchains_that_are_downloaded(steps: str, wanted: list[int]) -> None:
    assert lines(RULE, f"FROM debian:12\n{steps}\n") == wanted


@pytest.mark.parametrize(
    ("base", "more", "wanted"),
    [
        ("python:3.12-slim", "", [2]),
        ("python:3.12-slim", GO_TAR, []),  # it, or gcc with it, is for when the program runs
        ("python:3.12-slim", "RUN apt-get install -y mingw-w64", []),
        ("python:3.12-slim", "RUN apt-get install -y git mercurial", []),  # for others' sources
        ("python:3.12-slim", "RUN apt-get install -y git", [2]),
        ("python:3.12-slim", "ONBUILD RUN pip install .", []),
        ("python:3.12-slim", "RUN apt-get install -y cargo", [2]),  # which pip builds with
        ("python:3.12-slim", f"{GO_TAR}\n{BUILD}", [2, 3]),  # which is told as well
    ],
)
def test_images_that_compile_when_they_run(base: str, more: str, wanted: list[int]) -> None:
    assert lines(RULE, f"FROM {base}\n{GCC}\n{more}\n{PIP}\n{CMD}\n") == wanted


def test_a_base_of_another_version_has_compilers_all_the_same(tmp_path: Path) -> None:
    text = f"ARG V=1.22\nFROM golang:${{V}}\n{GCC}\nRUN make\n{CMD}\n"
    recipe = "Makefile: all:\\n\tdocker build --build-arg V=1.23 .\n"
    assert checked(tmp_path, RULE, text, recipe).lines == []


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ("def on_exit(stack):\n    log(format_stack(stack))\n", [2]),
        ('"""Runs ``make``, they say."""\n', [2]),
        ("import subprocess\nsubprocess.check_call(['make', 'all'])\n", []),
        ("os.system('gcc -o a a.c')\n", []),
        ("#!/bin/sh\ntrue; make all\n", []),  # whatever it is called
    ],
)
def test_only_what_code_starts_as_a_program_compiles(
    tmp_path: Path, settings: str, wanted: list[int]
) -> None:
    (tmp_path / "settings.py").write_text(settings)
    start = 'CMD ["gunicorn", "-c", "settings.py", "app"]'
    text = f"FROM python:3.12-slim\n{GCC}\n{PIP}\n{start}\n"
    assert checked(tmp_path, RULE, text).lines == wanted


def test_a_script_that_compiles_starts_the_image(tmp_path: Path) -> None:
    text = f'FROM debian:12\n{GCC}\nRUN make\nCOPY begin /usr/bin/\nENTRYPOINT ["/usr/bin/begin"]\n'
    for script, wanted in (("exec /app", [2]), ("tar x && make all", []), ("# make sure", [2])):
        assert checked(tmp_path, RULE, text, f"begin: {script}\n").lines == wanted


def test_nothing_is_said_of_removing_what_a_later_step_may_build_with(
    tmp_path: Path,
) -> None:
    later = f"FROM python:3.12-slim\n{GCC}\n{PIP}\n{CMD}\n"
    at_once = f"FROM python:3.12-slim\n{GCC} && pip install numpy\n{CMD}\n"
    on_both = at_once.replace(CMD, f"RUN pip install -e /src\n{CMD}")
    helps = [checked(tmp_path, RULE, text).found[0].help for text in (later, at_once, on_both)]
    assert set(helps) == {"compile in another stage"}


def test_what_applies_patches_is_no_compiler(tmp_path: Path) -> None:
    for named, found in (("gcc make patch", "`gcc`, `make`"), ("gcc flex", "`gcc`, `flex`")):
        step = f"RUN apt-get update && apt-get install -y {named}"
        text = f"FROM python:3.12-slim\n{step}\n{PIP}\n{CMD}\n"
        assert checked(tmp_path, RULE, text).messages[0].endswith(f"needs: {found}")
    alone = f"FROM python:3.12-slim\nRUN apt-get install -y patch\n{PIP}\n{CMD}\n"
    assert lines(RULE, alone) == []


@pytest.mark.parametrize(("base", "wanted"), [("acme/shop-server", []), ("acme/other", [2])])
def test_a_base_of_the_repository_s_own_images_is_no_finished_program(
    tmp_path: Path, base: str, wanted: list[int]
) -> None:
    commit(tmp_path)
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "Dockerfile").write_text(f"FROM ghcr.io/{base}\nCMD web\n")
    found = checked(tmp_path, RULE, f"FROM python:3.12-slim\n{GCC}\n{PIP}\n{CMD}\n")
    task = Task((tmp_path / "Dockerfile").rename(tmp_path / "Dockerfile.server").as_posix())
    assert found._replace(task=task).lines == wanted


@pytest.mark.parametrize(
    ("base", "also", "wanted"),
    [
        ("shop/app:nightly", "docker build -t shop/app:web web", [2]),
        ("shop/app:server", "docker build -t shop/app:web web", []),
        ("shop/app:${TAG}", "docker build -t shop/app:web web", []),
        ("shop/app", "docker build -t shop/app:web web", []),
        ("shop/app:nightly", "docker build -t shop/app web", [2]),
        ("shop/app:nightly", "docker build -t shop/app:$TAG .", []),
        ("shop/app:nightly", "true", []),  # another version of the one image of this name
    ],
)
def test_a_tag_tells_images_of_one_name_apart(
    tmp_path: Path, base: str, also: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    context = (
        f"web/Dockerfile: FROM debian:12\\nCMD web\\n\nlater/Dockerfile: FROM {base}\\n\n"
        f"build.sh: docker build -t shop/app:server .\\n{also}\\n\n"
    )
    own = f"FROM python:3.12-slim\n{GCC}\n{PIP}\n{CMD}"
    assert checked(tmp_path, RULE, own, context).lines == wanted


@pytest.mark.parametrize(("packages", "wanted"), [("gcc libc6-dev", []), ("git", [2])])
def test_compilers_that_the_base_of_the_repository_has(
    tmp_path: Path, packages: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    context = (
        f"base/Dockerfile: FROM python:3.12-slim\\nRUN apt-get update && apt-get install -y {packages}\\n\n"
        "build.sh: docker build -t shop_python base\\n\n"
    )
    own = f"FROM shop_python\n{GCC}\n{PIP}\n{CMD}"
    assert checked(tmp_path, RULE, own, context).lines == wanted


_ICU = "apt-get install -y libicu-dev && docker-php-ext-install intl"
_SHIPS = "COPY --from=build /shop /usr/bin/shop\nCMD shop"


@pytest.mark.parametrize(
    ("base", "steps", "is_told"),
    [
        ("debian:12-slim", f"RUN apt-get install -y libpq-dev\n{_SHIPS}", True),
        ("python:3.12-slim", f"RUN apt-get install -y libpq-dev\n{_SHIPS}", True),
        ("debian:12-slim", f"RUN apt-get install -y libjpeg-dev curl\n{_SHIPS}", True),
        ("debian:12-slim", f"RUN apt-get install -y libpq5\n{_SHIPS}", False),
        ("python:3.12", f"RUN apt-get install -y libpq-dev\n{_SHIPS}", False),  # which has it
        ("ubuntu:24.04", f"RUN apt-get install -y libpq-dev\n{_SHIPS}", False),
        ("debian", f"RUN apt-get install -y libpq-dev\n{_SHIPS}", False),  # of which release?
        ("shop/base", f"RUN apt-get install -y libpq-dev\n{_SHIPS}", False),
        ("debian:12-slim", "RUN apt-get install -y libpq-dev\nCMD bash", False),
        ("debian:12-slim", f"RUN apt-get install -y libpq-dev tcc\n{_SHIPS}", False),
        (
            "debian:12-slim",
            f"RUN apt-get install -y libpq-dev\nRUN apt-get install -y g++\n{_SHIPS}",
            False,
        ),
        ("debian:12-slim", f"RUN apt-get install -y libpq-dev\nRUN ./make-it\n{_SHIPS}", False),
        ("python:3.12-slim", f"RUN apt-get install -y libpq-dev && pip install a\n{_SHIPS}", True),
        (
            "python:3.12-slim",
            f"RUN apt-get install -y libpq-dev dpkg-dev && pip install a\n{_SHIPS}",
            False,
        ),
        (
            "python:3.12-slim",
            f"RUN apt-get install -y libpq-dev && conda install a\n{_SHIPS}",
            False,
        ),
        (
            "python:3.12-slim",
            f"RUN apt-get install -y libpq-dev\nRUN python manage.py compress\n{_SHIPS}",
            True,
        ),
        ("debian:12-slim", f"RUN apt-get install -y libpq-dev && pq-config\n{_SHIPS}", False),
        (
            "debian:12-slim",
            f"RUN apt-get install -y libpq-dev\nENV LD_PRELOAD=libpq.so\n{_SHIPS}",
            False,
        ),
        (
            "debian:12-slim",
            f"RUN apt-get install -y libpq-dev && apt-get purge -y libpq-dev\n{_SHIPS}",
            False,
        ),
        (
            "debian:12-slim",
            f"# needed at run time\nRUN apt-get install -y libpq-dev\n{_SHIPS}",
            False,
        ),
    ],
)
def test_headers_where_nothing_compiles(base: str, steps: str, *, is_told: bool) -> None:
    text = f"FROM gcc:13 AS build\nCOPY . .\nRUN make\nFROM {base}\n{steps}\n"
    assert bool(lines(RULE, text)) is is_told


def test_headers_of_php_extensions_are_told_with_the_libraries_to_keep(tmp_path: Path) -> None:
    text = (
        "FROM php:8.3-apache-bookworm\nRUN apt-get install -y libicu-dev libpq-dev\n"
        "RUN docker-php-ext-install intl pgsql\nCOPY . /var/www/html\n"
    )
    (found,) = checked(tmp_path, RULE, text).found
    assert found.place.start.line == 2
    assert found.message.endswith("extensions are compiled with: `libicu-dev` and `libpq-dev`")
    assert found.text.endswith("; install `libicu72` and `libpq5` by name")
    assert found.cost is not None
    assert (found.cost.image_bytes or 0) > 5_000_000
    assert [each.place.start.line for each in found.notes] == [3]


@pytest.mark.parametrize(
    ("base", "steps"),
    [
        ("php:8.3-fpm-bookworm", "apt-get install -y libicu-dev"),  # nothing compiles
        ("php:8.3-cli-bookworm", f"{_ICU}"),  # and starts an interpreter
        ("php:8.3-fpm-alpine", "apk add icu-dev && docker-php-ext-install intl"),  # of which size?
        ("shop/php:8.3-fpm", f"{_ICU}"),
        ("php:8.3-fpm-bookworm", f"{_ICU} && apt-get purge -y libicu-dev"),
        ("php:8.3-fpm-bookworm", f"{_ICU} && apt-mark auto '.*' && apt-get autoremove -y"),
        ("php:8.3-fpm-bookworm", f"{_ICU} && apt-get purge -y $HEADERS"),
        ("php:8.3-fpm-bookworm", f"{_ICU} && docker-php-ext-install ffi"),
        ("php:8.3-fpm-bookworm", "apt-get install -y libmagickwand-dev && pecl install imagick"),
        ("php:8.3-fpm-bookworm", f'{_ICU}\nENTRYPOINT ["docker-php-entrypoint", "bash"]'),
    ],
)
def test_headers_of_php_extensions_that_may_be_wanted(
    tmp_path: Path, base: str, steps: str
) -> None:
    assert not checked(tmp_path, RULE, f"FROM {base}\nRUN {steps}\nCOPY . /srv\n").lines


def test_images_that_compile_extensions_when_they_start_keep_the_headers(tmp_path: Path) -> None:
    text = f'FROM php:8.3-fpm-bookworm\nRUN {_ICU}\nCOPY start.sh /\nENTRYPOINT ["/start.sh"]\n'
    (tmp_path / "start.sh").write_text("#!/bin/sh\ndocker-php-ext-install $MORE\nexec php-fpm\n")
    assert not checked(tmp_path, RULE, text).lines
    (tmp_path / "start.sh").write_text("#!/bin/sh\nexec php-fpm\n")
    assert checked(tmp_path, RULE, text).lines == [2]


def test_the_library_is_named_in_place_of_its_headers(tmp_path: Path) -> None:
    flags = "-y --no-install-recommends"
    install = f"RUN apt-get install {flags} libjpeg-dev libssl-dev libpq-dev libpq5"
    text = f"FROM debian:12-slim\n{install}\nCOPY shop /usr/bin/shop\nCMD shop\n"
    (found,) = checked(tmp_path, RULE, text, "shop 20kB\n").found
    assert found.message.endswith("compiles with: `libjpeg-dev`, `libpq-dev` and `libssl-dev`")
    assert found.help == "install `libjpeg62-turbo` and `libssl3` instead"
    assert str(found.severity) == "info"
    assert found.cost is not None
    assert 2_000_000 < (found.cost.image_bytes or 0) < 20_000_000


@pytest.mark.parametrize(
    ("flags", "named", "is_told"),
    [
        ("", "gcc python3-pip", False),  # pip's package recommends build-essential
        ("--no-install-recommends ", "gcc python3-pip", True),
        ("", "gcc git", True),
        ("", "gcc python3-pip shop-tools", False),  # whatever nobody knows of besides
        ("", "gcc git shop-tools", True),
    ],
)
def test_what_another_package_brings_along_saves_nothing(
    flags: str, named: str, *, is_told: bool
) -> None:
    install = f"RUN apt-get update && apt-get install -y {flags}{named}"
    text = f"FROM ubuntu:22.04\n{install}\nRUN pip install shop\n{CMD}\n"
    assert bool(lines(RULE, text)) is is_told


def test_the_size_is_what_falls_away(tmp_path: Path) -> None:
    """The headers of C's library stay where a package needs them."""
    install = "RUN apt-get install -y --no-install-recommends gcc libc6-dev"
    sizes = []
    for other in ("", " libstdc++-12-dev"):
        text = f"FROM debian:12-slim\n{install}{other}\nRUN pip install shop\n{CMD}\n"
        (found,) = checked(tmp_path, RULE, text).found
        sizes.append(found.cost.image_bytes or 0 if found.cost else 0)
    alone, beside = sizes
    assert 0 < beside < alone - 1_000_000


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("scanner --install-all-deps -y", []),
        ("scanner install-deps", []),
        ("playwright install --with-deps chromium", []),
        ("/opt/scanner/install_dependencies.sh", []),
        ("scanner --list-deps", [2]),
        ("scanner --update", [2]),
    ],
)
def test_a_program_that_installs_what_it_needs_may_bring_compilers(
    command: str, wanted: list[int]
) -> None:
    text = f"FROM python:3.12-slim\n{GCC}\nRUN pip install scanner\nRUN {command}\n{CMD}\n"
    assert lines(RULE, text) == wanted


def test_such_a_program_of_one_image_says_nothing_of_another(tmp_path: Path) -> None:
    text = (
        f"FROM python:3.12-slim AS common\n{GCC}\nFROM common AS tests\n{PIP}\n"
        f"RUN scanner install-deps\n{CMD}\nFROM common AS shop\n{PIP}\n{CMD}\n"
    )
    assert checked(tmp_path, RULE, text, "requirements.txt: flask\n").lines == [2]


def removing(command: str, also: str = "") -> str:
    return (
        "FROM debian:12.5-slim\nRUN apt-get update && apt-get install -y --no-install-recommends"
        f" python3 build-essential {also} && make install && {command}\nCMD bash\n"
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (removing("apt-get remove -y build-essential && apt-get purge"), [2]),
        (removing("apt-get purge -y build-essential"), [2]),
        (removing("apt-get remove -y build-essential") + "RUN useradd shop\n", [2]),
        (removing("apt-get remove -y --auto-remove build-essential"), []),
        (removing("apt-get remove -y build-essential && apt-get -y autoremove"), []),
        (removing("apt-get remove -y build-essential") + "RUN apt-get -y autopurge\n", []),
        (removing("apt-get remove -y python3"), []),
        (removing("test -f /keep || apt-get remove -y build-essential"), []),
        (removing("apt-get remove -y build-essential $MORE"), []),
        # they are named as well, or come back
        (removing("apt-get remove -y build-essential", also="g++"), []),
        (removing("apt-get remove -y build-essential") + "RUN apt-get install -y g++\n", []),
        # nearly all of it depends on these, and goes with them
        (removing("apt-get remove -y build-essential gcc-12 cpp-12 binutils-common"), []),
        # `libpq5`, which what was compiled may load, would go with it
        (removing("apt-get remove -y build-essential libpq-dev", also="libpq-dev"), []),
        # something is compiled after it
        (removing("apt-get remove -y build-essential") + "RUN make check\n", []),
        (removing("apt-get remove -y build-essential && make check"), []),
        # an earlier layer has it
        (f"FROM debian:12.5-slim\n{GCC}\nRUN make\nRUN apt-get remove -y gcc\n", []),
        ("FROM python:3.12.5\nRUN apt-get remove -y build-essential\n", []),
    ],
)
def test_compilers_that_a_removal_leaves(text: str, wanted: list[int]) -> None:
    assert lines(RULE, text) == wanted


def test_what_a_removal_leaves_has_a_size(tmp_path: Path) -> None:
    text = removing("apt-get remove -y build-essential")
    (found,) = checked(tmp_path, RULE, text).found
    assert "compilers that came with it stay in the image: `g++`, `g++-12`, `gcc`" in found.message
    assert found.cost is not None
    assert 60e6 < found.cost.weight < 100e6


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ("uv run --no-sync shop", [2]),
        ("exec uv run -q --no-sync python -m shop", [2]),
        ("uv run shop", []),  # it installs what the lock file names, for development as well
        ("uv run --frozen shop", []),
        ("uv run shop --no-sync", []),
        ("uv run --no-sync shop && uv sync", []),
    ],
)
def test_a_script_that_runs_what_is_installed(
    tmp_path: Path, start: str, wanted: list[int]
) -> None:
    text = (
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y build-essential\n"
        'COPY . .\nRUN uv sync --frozen\nENTRYPOINT ["/start.sh"]\n'
    )
    context = f"start.sh: #!/bin/sh\\n{start}\\n\nuv.lock: version = 1\n"
    assert checked(tmp_path, "bloat/build-packages-shipped", text, context).lines == wanted
