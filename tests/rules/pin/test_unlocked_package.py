"""Which packages no version fixes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

unlocked = partial(checked, rule="pin/unlocked-package")


@pytest.mark.parametrize(
    "install",
    [
        *(
            "pip install flask",
            "pip install 'flask>=3'",
            "pip install flask~=3.0",
        ),
        *(
            "pipx install poetry",
            "uv pip install flask",
            "npm i -g pnpm@latest",
            "npm install express@^4",
            "yarn add a",
        ),
        *(
            "gem install rake",
            "go install example.com/a@latest",
            "cargo install just",
            "conda install -y numpy",
        ),
        *(
            "pip install git+https://a.io/b/c.git",
            "pip install git+ssh://git@a.io/b/c@main#egg=c",
            "npm install -g b/c",
        ),
        *(
            "pip install https://github.com/b/c/archive/main.zip",
            "npm install -g git+https://a.io/b/c.git#next",
        ),
        *(
            "corepack prepare pnpm@latest --activate",
            "corepack enable && corepack install -g yarn@1",
        ),
        *("pecl install xdebug", "pecl install xdebug-beta", "cpanm A::B"),
        *(
            "composer require a/b:^1",
            "dotnet tool install -g x",
            "conda install -y -c conda-forge numpy",
        ),
    ],
)
def test_packages_without_a_version(tmp_path: Path, install: str) -> None:
    assert unlocked(tmp_path, text=f"FROM debian:12\nRUN {install}\n").lines == [2]


@pytest.mark.parametrize(
    "install",
    [
        *(
            "pip install flask==3.0.3",
            "pip install -r requirements.txt",
            "pip install .",
            "pip install -e '.[dev]'",
        ),
        *(
            "pip install ./a.whl",
            "pip install flask -c constraints.txt",
            "pip install flask==$V",
            "pip install --no-index --find-links=/wheels flask",
            "pip install build",
            "npm ci",
        ),
        *("python -m pip install -U pip", "pip install setuptools wheel"),  # what installs others
        '[ -z "${MORE:-}" ] || pip install "${MORE}"',
        *(
            "npm i -g pnpm@9.4.0",
            "npm run install",
            "gem install rake -v 13.0.6",
            "go install example.com/a@v1.2.3",
        ),
        *("go install example.com/a", "go install ./cmd/a"),  # of the module it stands in
        *(
            "go build ./...",
            "cargo install just --version 1.2.3",
            "conda install -y numpy=1.26.4",
            "apt-get install -y tini",
        ),
        *(
            "pip install git+https://a.io/b/c.git@v1.2",
            "pip install git+https://a.io/b/c.git@$REF",
            "npm i -g b/c#v1.2",
        ),
        *("pip install https://a.io/c-1.2.tar.gz", "pip install git+https://a.io/b/c@0123abcdef"),
        *(
            "corepack prepare pnpm@9.4.0 --activate",
            "corepack prepare pnpm@$V",
            "corepack enable",
            "corepack prepare",
        ),
        *(
            "pecl install a-1.2.3",
            "pecl install a-$V",
            "pecl install /tmp/a.tgz",
            "cpanm A::B@1.2 --installdeps .",
        ),
        *(
            "composer install",
            "composer update --no-dev rm /bin/x",  # no packages: those have a vendor
            "pip install --dry-run flask",
            "gem update --system 3.5.1",
            "dotnet tool install -g x --version 1.2.3",
        ),
    ],
)
def test_packages_with_one_or_none_to_pin(tmp_path: Path, install: str) -> None:
    assert unlocked(tmp_path, text=f"FROM debian:12\nRUN {install}\n").messages == []


def test_versions_in_variables(tmp_path: Path) -> None:
    text = "FROM debian:12\nARG V={}\nRUN pip install flask==$V\n"
    assert unlocked(tmp_path, text=text.format("3.0.3")).lines == []
    assert unlocked(tmp_path, text=text.format("3.*")).lines == [3]
    text = "FROM debian:12\nENV PIP_CONSTRAINT=/c.txt\nRUN pip install flask\n"
    assert unlocked(tmp_path, text=text).lines == []


@pytest.mark.parametrize(
    ("passed", "wanted"),
    [
        (["V: v3.2"], []),
        (["V: ${RELEASE}"], []),
        (["V: trunk"], [3]),
        (["OTHER: v3.2"], [3]),
        (["V: v3.2", "OTHER: v3.2"], [3]),  # one of two builds takes the default
    ],
)
def test_what_each_known_build_passes_is_judged(
    tmp_path: Path, passed: list[str], wanted: list[int]
) -> None:
    text = "FROM python:3.12\nARG V=main\nRUN pip install https://a.example/archive/$V.tar.gz\n"
    for number, each in enumerate(passed):
        build = f"build:\n      context: .\n      args:\n        {each}\n"
        (tmp_path / f"compose.{number}.yaml").write_text(f"services:\n  web:\n    {build}")
    assert unlocked(tmp_path, text=text).lines == wanted


def test_one_run_is_told_of_once(tmp_path: Path) -> None:
    text = "FROM python:3.12\nRUN pip install a b && pip install c && npm install -g d@10\n"
    [message] = unlocked(tmp_path, text=text).messages
    assert message == (
        "`a`, `b`, `c` and 1 more are not pinned, so builds of one commit may install different"
        " versions"
    )
    [message] = unlocked(tmp_path, text="FROM python:3.12\nRUN pip install a\n").messages
    assert message == "`a` is not pinned, so builds of one commit may install different versions"


def test_what_tests_install_is_left_alone(tmp_path: Path) -> None:
    text = "FROM python:3.12 AS test\nRUN pip install pytest\n"
    assert unlocked(tmp_path, text=text).lines == []


@pytest.mark.parametrize(
    ("install", "wanted"),
    [
        ("pip install -r a.txt 'psycopg[c]'", []),
        ("uv pip install -r a.txt psycopg", []),
        ("pip install -r a.txt Flask psycopg", ["`Flask`"]),
        ("pip install -r a.txt && pip install psycopg", ["`psycopg`"]),
    ],
)
def test_a_list_of_the_same_command_fixes_versions(
    tmp_path: Path, install: str, wanted: list[str]
) -> None:
    text = f"FROM python:3.12\nCOPY a.txt .\nRUN {install}\n"
    found = unlocked(tmp_path, text=text, context="a.txt: psycopg==3.2.1\\nflask>=3\\n\n").found
    assert [each.message.partition(" ")[0] for each in found] == wanted


@pytest.mark.parametrize(
    ("run", "version", "wanted"),
    [
        ("npm install -g pnpm", "pnpm@10.28.0", []),
        ("npm install -g pnpm@10", "pnpm@10.28.0", []),
        ("npm install -g pnpm@^10.1.0", "pnpm@10.28.0", []),
        ("npm install -g pnpm@latest-10", "pnpm@10.28.0", []),
        ("npm install -g corepack", "yarn@4.5.0", []),
        ("npm install -g corepack@latest", "pnpm@9.4.0", []),
        ("corepack prepare pnpm@latest --activate", "pnpm@9.4.0", []),
        ("npm install -g pnpm@9", "pnpm@9.4.0", ["`pnpm@9`"]),  # before it switches by itself
        ("npm install -g pnpm", "yarn@4.5.0", ["`pnpm`"]),
        ("npm install -g npm", "npm@10.9.0", ["`npm`"]),
        ("npm install -g pnpm vite", "pnpm@10.28.0", ["`vite`"]),
        ("npm install -g corepack", "", ["`corepack`"]),
        ("corepack prepare pnpm@latest --activate", "yarn@4.5.0", ["`pnpm@latest`"]),
    ],
)
def test_managers_that_run_in_the_version_of_the_project(
    tmp_path: Path, run: str, version: str, wanted: list[str]
) -> None:
    named = f'"packageManager": "{version}"' * bool(version)
    text = f"FROM node:22\nRUN {run}\nWORKDIR /app\nCOPY . .\n"
    found = unlocked(tmp_path, text=text, context=f"package.json: {{{named}}}\n").found
    assert [each.message.partition(" ")[0] for each in found] == wanted


def test_the_project_names_the_version_of_its_manager(tmp_path: Path) -> None:
    copy = "WORKDIR /app\nCOPY . .\nRUN pnpm install --frozen-lockfile\n"
    named = 'package.json: {"packageManager": "pnpm@9.4.0+sha512.ab"}\n'
    other = 'web/package.json: {"packageManager": "pnpm@8.1.0"}\n'
    for at, (run, listing, wanted) in enumerate(
        (
            ("npm install -g pnpm@9", named, "name `pnpm@9.4.0`, as `package.json` does"),
            ("npm install -g yarn", named, "name exact versions, or install from a lock file"),
            ("npm install -g pnpm@9 vite", named, "name exact versions, or install from a lock"),
            ("npm install -g pnpm", named + other, "name exact versions, or install"),
            ("npm install -g pnpm", "package.json: {}\n", "name exact versions, or install"),
        )
    ):
        (tmp_path / str(at)).mkdir()
        text = f"FROM node:22\nRUN {run}\n{copy}"
        [found] = unlocked(tmp_path / str(at), text=text, context=listing).found
        assert found.help.startswith(wanted)


def test_an_install_that_no_known_build_runs_is_passed_over(tmp_path: Path) -> None:
    run = 'RUN if [ "$TOOLS" = 1 ]; then pip install flask; fi\n'
    for default, wanted in (("0", []), ("1", [3]), ("", [])):
        text = f"FROM python:3.12\nARG TOOLS={default}\n{run}"
        assert unlocked(tmp_path, text=text).lines == wanted


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ('[ "$A" = 1 ] && [ -n "$HOME" ]', "`flask` and `rich`"),  # `else` may still run
        ('[ "$A" = 1 ] || [ -n "$HOME" ]', "`flask`"),
        ('[ "$A" = 0 ] && [ -n "$HOME" ]', "`rich`"),
        ('[ "$A" = 0 ] || [ -n "$HOME" ]', "`flask` and `rich`"),
        ('[ "$A" = 0 ] \\\n || [ -n "$HOME" ]', "`flask` and `rich`"),
        ('[ "$A" = 0 ] && [ -n "$HOME" ] || [ -n "$B" ]', "`flask` and `rich`"),
        ('[ "$A" = 1 ] && [ -n "$HOME" ] || [ -n "$B" ]', "`flask` and `rich`"),
    ],
)
def test_conditions_beside_the_one_that_an_argument_decides(
    tmp_path: Path, condition: str, wanted: str
) -> None:
    run = f"RUN if {condition}; then pip install flask; else pip install rich; fi\n"
    [message] = unlocked(tmp_path, text=f"FROM python:3.12\nARG A=1\n{run}").messages
    assert message.startswith(f"{wanted} {'are' if ' and ' in wanted else 'is'} not pinned")


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("pip install flask>=3 rich>13.1", ["`flask>=3` and `rich>13.1`"]),
        ("pip install flask>=$V", ["`flask>=$V`"]),
        ('sh -c "pip install flask>=3"', ["`flask>=3`"]),
        ("pip install 'flask>=3'", []),
        ("pip install flask >log.txt", []),
        ("pip install flask>log-3.txt", []),
        ("pip install flask>=3,<4", []),  # there is no file to read, so the build fails
        ("pip install flask 2>1.log", []),
    ],
)
def test_a_version_that_the_shell_takes_as_a_redirect(
    tmp_path: Path, run: str, wanted: list[str]
) -> None:
    found = unlocked(tmp_path, text=f"FROM python:3.12\nRUN {run}\n").messages
    told = [each.partition(" as a redirect")[0] for each in found if "as a redirect" in each]
    assert told == [f"the shell takes `>` in {each}" for each in wanted]
    if wanted:
        assert len(found) == 1  # the package is told of once


def test_what_a_list_of_the_same_command_names_is_told_too(tmp_path: Path) -> None:
    text = "FROM python:3.12\nCOPY a.txt .\nRUN pip install -r a.txt gunicorn\n"
    for number, (names, told) in enumerate(
        (
            ("flask>=3\\nrich\\nhttpx==0.27.0", ", nor are 2 of `a.txt`,"),
            ("rich==13.1", " pinned, "),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        [message] = unlocked(folder, text=text, context=f"a.txt: {names}\\n\n").messages
        assert told in message


def test_what_has_no_limit_is_named_first(tmp_path: Path) -> None:
    [message] = unlocked(tmp_path, text="FROM python:3.12\nRUN pip install a~=1.2 b\n").messages
    assert message.startswith("`b` and `a~=1.2` are")


@pytest.mark.parametrize(
    ("packages", "told", "advice"),
    [
        ("tsx own@github:acme/own", "`own@github:acme/own` and `tsx` are", " and commits, or"),
        ("github:acme/own", "`github:acme/own` is", "name a commit"),
        ("tsx ora", "`tsx` and `ora` are", "name exact versions, or"),
    ],
)
def test_a_branch_is_named_first(tmp_path: Path, packages: str, told: str, advice: str) -> None:
    [found] = unlocked(tmp_path, text=f"FROM node:22\nRUN npm i -g {packages}\n").found
    assert found.message.startswith(told)
    assert advice in found.help


def test_how_many_more_there_are_counts_packages(tmp_path: Path) -> None:
    first = "FROM node:22\nRUN npm i -g tsx\n"
    [found] = unlocked(tmp_path, text=f"{first}RUN npm i -g ora chalk\n").messages
    assert found.endswith(" (and 2 more in line 3)")
    (tmp_path / "two").mkdir()
    text = f"{first}RUN npm i -g ora chalk\nRUN npm i -g vite\n"
    [found] = unlocked(tmp_path / "two", text=text).messages
    assert found.endswith(" (and 3 more in 2 lines)")
    (tmp_path / "three").mkdir()
    [pinned] = unlocked(tmp_path / "three", text=f"{first}RUN npm i -g ora@8.1.0\n").messages
    assert "more in" not in pinned


@pytest.mark.parametrize(
    ("install", "version", "lock", "count"),
    [
        ("npm install typescript", "5.9.3", "", 0),
        ("npm i -D typescript", "v5.9.3-rc.1", "", 0),
        ("npm install typescript", "^5.9.3", "package-lock.json", 1),  # npm takes the newest 5.x
        ("npm install typescript@5", "5.9.3", "package-lock.json", 1),
        ("npm install -g typescript", "5.9.3", "package-lock.json", 1),
        ("npm install eslint", "5.9.3", "package-lock.json", 1),
        ("cd /tmp && npm install typescript", "5.9.3", "package-lock.json", 1),
        ("cd /tmp; cd /app && npm install typescript", "5.9.3", "", 0),
        ("npm install --prefix /tools typescript", "5.9.3", "", 1),
        ("pnpm add typescript", "5.9.3", "", 0),
        ("pnpm add typescript", "^5.9.3", "", 1),
        ("pnpm add typescript", "^5.9.3", "pnpm-lock.yaml", 0),
        ("yarn add typescript", "5.9.3", "yarn.lock", 1),  # which takes the newest of all
    ],
)
def test_a_project_may_name_the_version(
    tmp_path: Path, install: str, version: str, lock: str, count: int
) -> None:
    listing = f'package.json: {{"devDependencies": {{"typescript": "{version}"}}}}\n'
    listing += f"{lock}: {{}}\n" if lock else ""
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json {lock} ./\nRUN {install}\n"
    assert len(unlocked(tmp_path, text=text, context=listing).found) == count


@pytest.mark.parametrize(("default", "told"), [("notset", 0), ("None", 0), ("3", 1), ("latest", 1)])
def test_a_default_that_is_no_version_stands_for_one(
    tmp_path: Path, default: str, told: int
) -> None:
    text = f'FROM condaforge/miniforge3\nARG V={default}\nRUN conda install -y "python=$V"\n'
    assert len(unlocked(tmp_path, text=text).messages) == told
