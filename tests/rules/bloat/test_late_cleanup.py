"""What bloat/late-cleanup says of deletions beyond the examples of its page."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

from dlint.config.settings import Overrides
from dlint.fix.fixer import Fixer
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.lint.report import Diagnostic

RULE = "bloat/late-cleanup"
_LINE = ", which needs `# syntax=docker/dockerfile:1` as the first line"
_EXCLUDED = f"exclude `pkg/agent.deb` in `.dockerignore` or with `COPY --exclude`{_LINE}"
_MOUNTED = (
    f"exclude `pkg/agent.deb` with `COPY --exclude`{_LINE}, and mount it with `--mount=type=bind`"
    " instead of deleting it"
)
_UNSTORED = "which stores nothing, and do not delete the mount"
_NOTHING = f"{_UNSTORED}; add `rw` if the step writes to it"
_ELSEWHERE = "use them in another stage, and copy only what the image needs"
_IT_ELSEWHERE = _ELSEWHERE.replace("them", "it")


def check(text: str) -> list[Diagnostic]:
    checker = Checker(
        Spec(Overrides(isolated=True, select=(RULE,))), Plugins(third_party=False).rules
    )
    return list(checker.check(Task("Dockerfile", text.encode())).diagnostics)


def lines(text: str) -> list[int]:
    return [each.place.start.line for each in check(text)]


@pytest.mark.parametrize(
    ("above", "run"),
    [
        ("curl -o /tmp/a.tgz https://example.com/a.tgz", "rm /tmp/a.tgz"),
        ("V=1 && curl -o /tmp/$V https://example.com/a && tar -xf /tmp/$V", "rm -rf /tmp/$V"),
        ("git clone https://example.com/a.git /src/a && make -C /src/a", "rm -rf /src"),
        ("apk add --virtual .build gcc", "apk del .build"),
        ("apt-get update && apt-get install -y gcc", "apt-get purge -y gcc"),
        ("apt-get update && apt-get install -y gcc", "rm -rf /var/lib/apt/lists/*"),
        ("yum install -y tar", "yum clean all"),
        ("npm ci", "npm prune --production"),
    ],
)
def test_what_is_deleted_too_late(above: str, run: str) -> None:
    assert lines(f"FROM debian:12\nRUN {above}\nRUN {run}\n") == [3]
    assert lines(f"FROM debian:12\nRUN {above} && {run}\n") == []


UPDATED = "RUN apt-get update && apt-get install -y gcc\n"
EMPTIED = "RUN make && rm -rf /var/lib/apt/lists/*\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (UPDATED + EMPTIED + EMPTIED, [3]),
        (UPDATED + UPDATED + EMPTIED + EMPTIED, [4]),
        (UPDATED + EMPTIED + UPDATED + EMPTIED + EMPTIED, [3, 5]),
        # which has to empty what it fills itself
        (UPDATED + UPDATED.replace("gcc", "gcc && rm -rf /var/lib/apt/lists/*") + EMPTIED, [4]),
        # another place
        (UPDATED + "RUN make && rm -rf /var/cache/nginx\n" + EMPTIED, [4]),
    ],
)
def test_what_several_steps_empty_is_one_waste(text: str, wanted: list[int]) -> None:
    assert lines(f"FROM debian:12\n{text}") == wanted


@pytest.mark.parametrize(
    ("above", "run", "wanted"),
    [
        ("apk add python3-dev", "apk add python3-dev gcc && make && apk del python3-dev gcc", [3]),
        ("apk add bash", "apk add python3-dev gcc && make && apk del python3-dev gcc", []),
        # which puts another one in its place
        ("apt-get install -y nodejs", "apt-get purge -y nodejs && apt-get install -y nodejs", []),
    ],
)
def test_what_an_earlier_layer_holds_is_not_installed_again(
    above: str, run: str, wanted: list[int]
) -> None:
    assert lines(f"FROM debian:12\nRUN {above}\nRUN {run}\n") == wanted


@pytest.mark.parametrize(
    ("above", "run"),
    [
        ("true", "rm -rf /etc/nginx/conf.d/*"),  # the base's, for what it does
        ("curl -o /tmp/run.sh https://example.com/run.sh", "rm /tmp/run.sh"),
        (
            "apt-get update && apt-get install -y gcc",
            "apt-get update && rm -rf /var/lib/apt/lists/*",
        ),
        ("git clone https://example.com/a.git /src/a", "find /src -name '*.o' -delete"),
    ],
)
def test_what_is_no_late_cleanup(above: str, run: str) -> None:
    assert lines(f"FROM debian:12\nRUN {above}\nRUN {run}\n") == []


NODE = "WORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci"
STAGE = "COPY --from=build /opt/venv /opt/venv"


CLONE = "RUN git clone https://e.io/a.git /a"
NO_GIT = "find /a -name .git -exec rm -rf {} +"


@pytest.mark.parametrize(
    ("above", "run", "wanted"),
    [
        (NODE, "find /app/node_modules -name '*.map' -delete", ["info"]),
        (NODE, "find . -name test -type d -prune -exec rm -rf {} +", ["info"]),
        (NODE, "find /app/node_modules -name '*.md' -print0 | xargs -0 rm -f", ["info"]),
        (f"{NODE} && find /app -name '*.map' -delete", "true", []),
        (NODE, "npm ci && find /app/node_modules -name '*.map' -delete", []),
        (NODE, "npm run build && find /app -name '*.map' -delete", []),  # which may write some
        (NODE, "find /srv -name '*.map' -delete", []),
        (NODE, "find /app ! -name '*.map' -delete", []),  # what that takes is not told
        (NODE, "[ -d x ] && find /app -name '*.map' -delete || true", []),
        (STAGE, "find /opt/venv -name tests -exec rm -rf {} +", ["info"]),
        (CLONE, NO_GIT, ["info"]),
        ("RUN git clone https://e.io/a.git /a", "find /a -name '*.o' -delete", []),
        (f"FROM alpine AS b\n{CLONE}\nFROM alpine\nCOPY --from=b /a /a", NO_GIT, ["info"]),
        (f"FROM alpine AS b\n{CLONE}\nFROM alpine\nCOPY --from=b /a/dist /a/dist", NO_GIT, []),
        (f"{NODE} && npm run build\nFROM alpine\nCOPY --from=0 /app/dist /a", NO_GIT, []),
        ("COPY src /src", "find /src -name '*.map' -delete", []),  # nobody knows what is there
        ("RUN apt-get install -y python3", "find / -name '*.pyc' -delete", ["info"]),
        ("RUN apt-get install -y python3", "find /etc -name '*.conf' -delete", []),
    ],
)
def test_searches_that_delete_too_late(above: str, run: str, wanted: list[str]) -> None:
    found = check(f"FROM debian:12\n{above}\nRUN {run}\n")
    assert [each.severity for each in found] == wanted


@pytest.mark.parametrize(
    ("install", "run", "wanted"),
    [
        ("yarn install", "yarn install --production", [4]),
        ("npm ci", "npm ci --omit=dev", [4]),
        ("npm ci", "npm run build && npm install --omit=dev", [4]),
        ("pnpm install", "pnpm install --prod", [4]),
        ("composer install", "composer install --no-dev", [4]),
        ("npm ci --omit=dev", "npm ci --omit=dev", []),
        ("npm ci", "npm ci", []),
        ("npm ci", "yarn install --production", []),
        ("npm ci", "npm install --omit=dev express", []),
        ("npm ci", "cd web && npm ci --omit=dev", []),  # of another project
        ("poetry install", "poetry install --only main", []),  # which takes nothing out
        ("npm ci", "rm -rf node_modules && npm ci --omit=dev", [4]),
        ("npm ci", "npm ci && rm -rf node_modules", []),
        ("npm ci", "npm run build && rm -rf node_modules && npm ci --omit=dev", [4]),
    ],
)
def test_development_that_a_later_install_takes_out(
    install: str, run: str, wanted: list[int]
) -> None:
    assert lines(f"FROM node:22\nWORKDIR /app\nRUN {install}\nRUN {run}\n") == wanted


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("tar -xzf a.tgz && make -C a install && rm -rf /tmp/a", [4]),
        ("curl -o a.tgz https://example.com/a-2.tgz && make && rm -rf /tmp/a", []),  # the same file
    ],
)
def test_a_download_beside_what_the_run_makes_itself(run: str, wanted: list[int]) -> None:
    above = "WORKDIR /tmp/a\nRUN curl -o a.tgz https://example.com/a.tgz\n"
    assert lines(f"FROM debian:12\n{above}RUN {run}\n") == wanted


def test_what_is_deleted_first_and_made_again() -> None:
    [found] = check(
        "FROM node:22\nWORKDIR /app\nRUN npm ci\nRUN rm -rf node_modules && npm ci --omit=dev\n"
    )
    assert "/app/node_modules stays in the layer of line 3" in found.message
    assert "in another stage" in found.help


def test_searches_in_what_the_context_holds(tmp_path: Path) -> None:
    context = "src/a.js\nsrc/a.map 900kB\nsrc/deep/b.map 400kB\n"
    text = "FROM debian:12\nCOPY src /src\nRUN find /src -name '*.map' -delete\n"
    [found] = checked(tmp_path, RULE, text, context).found
    assert found.message == (
        "`find /src -name '*.map' -delete` frees no space: what it finds stays in the layer of line 2"
    )
    assert found.severity == "warning"  # that few bytes are no error
    assert found.cost is not None
    text = text.replace("*.map", "*.txt")
    assert checked(tmp_path, RULE, text, context).found == []


def test_apts_archives_alone_are_an_info() -> None:
    install = "FROM debian:12\nRUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n"
    assert [each.severity for each in check(f"{install}RUN apt-get clean\n")] == ["info"]
    assert lines(f"{install}RUN pip install flask && apt-get clean\n") == []
    assert lines(f"{install}RUN apt-get clean && apt-get update\n") == []


def test_what_a_pattern_takes_is_named() -> None:
    add = "FROM debian:12\nADD https://example.com/tool-1.2.tgz /srv\n"  # a folder that every base has
    [found] = check(f"{add}RUN tar -xf /srv/tool-1.2.tgz -C /opt && rm -rf /srv/*\n")
    assert "/srv/tool-1.2.tgz stays in the layer of line 2" in found.message


@pytest.mark.parametrize(
    ("sources", "gone", "severity"),
    [
        ("made/a.zip made/b.conf /t/", "/t/a.zip", "warning"),
        ("made/a.zip made/b.conf /t/", "/t/b.conf", None),
        ("made/wheels /t/wheels", "/t/wheels", "info"),  # of unknown size
        ("made/wheels /t/wheels", "/t/wheels/a", None),
        ("made/Gemfile /t/Gemfile", "/t/*", None),
    ],
)
def test_copies_of_what_the_context_does_not_hold(
    sources: str, gone: str, severity: str | None
) -> None:
    found = check(f"FROM debian:12\nCOPY {sources}\nRUN make && rm -rf {gone}\n")
    assert [each.severity for each in found] == [severity] * (severity is not None)


def test_arguments_of_xargs_are_no_folder() -> None:
    copied = "FROM debian:12\nWORKDIR /t\nCOPY --from=other /venv ./\n"
    assert lines(f"{copied}RUN list-junk | xargs rm -rf\n") == []
    assert lines(f"{copied}RUN rm -rf /t\n") == [4]


def test_what_stored_an_archive_is_not_what_unpacked_it() -> None:
    [found] = check(
        "FROM debian:12\nARG V\nADD https://e.io/$V.tgz .\nRUN tar -xf $V.tgz\nRUN rm ${V}.tgz\n"
    )
    assert "stays in the layer of line 3" in found.message
    assert found.help == (
        "`ADD` them in another stage and use `RUN --mount=type=bind,from=…`, or download and delete"
        " them in one `RUN`"
    )
    assert found.repair is None
    assert (
        check("FROM app:1\nWORKDIR /srv\nRUN tar -xf $V.tgz\nRUN rm $V.tgz\n") == []
    )  # the base's own


def test_of_many_steps_those_are_named_that_surely_run() -> None:
    maybe = 'RUN if [ "$A" ]; then apt-get update && apt-get install -y vim; fi\n'
    [found] = check(f"FROM debian:12\nRUN apt-get update\n{maybe}RUN rm -rf /var/lib/apt/lists/*\n")
    assert [each.place.start.line for each in found.notes] == [2]
    [found] = check(f"FROM debian:12\n{maybe}RUN rm -rf /var/lib/apt/lists/*\n")
    assert [each.place.start.line for each in found.notes] == [2]


def test_relative_paths_below_a_folder_that_only_the_base_knows() -> None:
    build = "FROM debian:12 AS build\nRUN make\nFROM debian:12\nCOPY --from=build /src/tool.deb .\n"
    assert lines(f"{build}RUN dpkg -i tool.deb && rm tool.deb\n") == [5]
    assert lines(f"{build}RUN rm other.deb\n") == []


def test_layers_that_do_not_ship_may_be_cleaned_late() -> None:
    text = "FROM debian:12 AS build\nRUN curl -o /a.tgz https://example.com/a.tgz\nRUN rm /a.tgz\nFROM scratch\n"
    assert lines(text) == []


@pytest.mark.parametrize(
    ("runs", "count"),
    [
        (
            "RUN curl -o a.tgz https://example.com/a-1.tgz\nRUN tar -xf a.tgz -C /opt\nRUN rm a.tgz\n",
            1,
        ),
        ("RUN apt-get update && apt-get install -y gcc\n# tidy\nRUN apt-get purge -y gcc\n", 1),
        ("RUN curl -o a.tgz https://example.com/a-1.tgz\nCOPY x /x\nRUN rm a.tgz\n", 2),
        ("RUN curl -o a.tgz https://example.com/a-1.tgz\nRUN a\nRUN b\nRUN c\nRUN rm a.tgz\n", 5),
        ("RUN curl -o a.tgz https://example.com/a-1.tgz\nRUN rm a.tgz && make\n", 2),
    ],
)
def test_the_fix_merges_a_row_of_runs(runs: str, count: int) -> None:
    text = f"FROM debian:12\n{runs}"
    checker = Checker(
        Spec(Overrides(isolated=True, select=(RULE,))), Plugins(third_party=False).rules
    )
    changes = Fixer(checker, Task("-", text.encode())).run().changes
    after = changes[0].after.text if changes else text
    assert after.count("RUN") == count
    assert after.count("#") == text.count("#")


@pytest.mark.parametrize(
    ("above", "run", "wanted"),
    [
        ("true", "rm -rf /usr/share/doc", [3]),
        ("/setup.sh", "rm -rf /tmp/* /var/lib/apt/lists/*", [3]),
        (
            "apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*",
            "rm -rf /tmp/*",
            [],
        ),
        ("/setup.sh", "apt-get clean && rm -rf /root/.cache", [3]),
        ("pip install --no-cache-dir flask", "rm -rf /root/.cache", []),
        ("pip install typing", "pip uninstall -y typing", [3]),
        ("/setup.sh", "rm -rf /srv/static", []),
        ("/setup.sh", "rm -rf /tmp/* && make", []),
        ("/setup.sh", "rm /tmp/key", []),
        ("/setup.sh", "rm -rf /var/lib/apt/lists/*\nRUN apt-get update", []),
    ],
)
def test_what_frees_nothing_whoever_stored_it(above: str, run: str, wanted: list[int]) -> None:
    found = check(f"FROM debian:12\nRUN {above}\nRUN {run}\n")
    assert [each.place.start.line for each in found] == wanted
    assert {each.severity.value for each in found} <= {"info"}


@pytest.mark.parametrize(
    ("text", "severity", "helps"),
    [
        (
            (
                "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends unzip"
                " && rm -rf /var/lib/apt/lists/*\nRUN apt-get purge -y --auto-remove unzip\n"
            ),
            "info",
            "install, use and remove packages in one `RUN`, or use them in another stage",
        ),
        (
            "FROM fedora:40\nRUN dnf install -y gzip && dnf clean all\nRUN dnf remove -y gzip\n",
            "info",
            "install, use and remove packages in one `RUN`, or use them in another stage",
        ),
        (
            (
                "FROM debian:12 AS build\nRUN make\nFROM debian:12\nCOPY --from=build /app /app\n"
                "RUN rm -rf /app/assets\n"
            ),
            "warning",
            "delete or move it where it comes from, or copy only what the image needs",
        ),
        (
            (
                "FROM debian:12 AS build\nRUN make\nFROM debian:12\nCOPY --from=build /a.war /\n"
                "RUN unzip /a.war && rm /a.war\n"
            ),
            "warning",
            f"use `RUN --mount=type=bind,from=build`, {_UNSTORED}",
        ),
    ],
)
def test_what_to_do_instead(text: str, severity: str, helps: str) -> None:
    [found] = check(text)
    assert (str(found.severity), found.help) == (severity, helps)


@pytest.mark.parametrize(
    ("above", "gone", "severity"),
    [
        ("COPY --from=build /src/shim/pam.so /srv/pam.so", "/srv/pam.so", "info"),
        ("RUN curl -o /srv/setup.php https://example.com/setup", "/srv/setup.php", "info"),
        ("COPY --from=build /src/tool.deb /srv/tool.deb", "/srv/tool.deb", "warning"),
        ("COPY --from=build /src/tool /srv/tool", "/srv/tool", "warning"),
    ],
)
def test_a_single_file_that_is_small_by_its_name(above: str, gone: str, severity: str) -> None:
    head = "FROM debian:12 AS build\nRUN make\nFROM debian:12\n"
    [found] = check(f"{head}{above}\nRUN use {gone} && rm {gone}\n")
    assert found.severity == severity


@pytest.mark.parametrize(
    ("between", "gone", "helps"),
    [
        (
            "",
            "/app/public/build",
            [f"exclude `public/build` in `.dockerignore` or with `COPY --exclude`{_LINE}"],
        ),
        (
            "RUN chown -R 1000 /app && apt-get install -y curl\n",
            "/app/public/build/a.js",
            [f"exclude `public/build/a.js` in `.dockerignore` or with `COPY --exclude`{_LINE}"],
        ),
        (
            "RUN npm run build\n",
            "/app/public/build",
            [_IT_ELSEWHERE],
        ),
        ("RUN npm run build\n", "/app", [f"use `RUN --mount=type=bind`, {_NOTHING}"]),
        ("", "/app/public/readme.txt", []),
    ],
)
def test_what_to_do_about_a_part_of_a_copy(
    tmp_path: Path, between: str, gone: str, helps: list[str]
) -> None:
    text = f"FROM debian:12\nCOPY . /app\n{between}RUN rm -rf {gone}\n"
    context = "public/build/a.js 30kB\npublic/build/b.js 30kB\npublic/readme.txt\nsrc/a.js 9kB\n"
    (tmp_path / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    found = checked(tmp_path, "bloat/late-cleanup", text, context).found
    assert [each.help for each in found] == helps


@pytest.mark.parametrize(
    ("between", "gone", "helps"),
    [
        ("dpkg -i /opt/pkg/agent.deb", "/opt/pkg/agent.deb", _MOUNTED),
        ("dpkg -iR /opt/pkg", "/opt/pkg/agent.deb", _MOUNTED),
        ("cd /opt/pkg && apt-get install -y ./agent.deb", "/opt/pkg/agent.deb", _MOUNTED),
        ("apt-get install -y $AGENT", "/opt/pkg/agent.deb", _MOUNTED),
        ("dpkg -i /opt/pkg/*", "/opt/pkg/agent.deb", _MOUNTED),
        ("apt-get install -y $(cat /opt/pkg/list)", "/opt/pkg/list", _IT_ELSEWHERE),
        ("xargs apt-get install -y < /opt/pkg/list", "/opt/pkg/list", _IT_ELSEWHERE),
        ("apt-get upgrade -y", "/opt/pkg/agent.deb", _EXCLUDED),
        ("apt-get install -y curl", "/opt/pkg/agent.deb", _EXCLUDED),
    ],
)
def test_what_an_install_reads_stays_in_the_context(
    tmp_path: Path, between: str, gone: str, helps: str
) -> None:
    text = f"FROM debian:12\nCOPY . /opt\nRUN {between}\nRUN rm {gone}\n"
    context = "pkg/agent.deb 900kB\npkg/list 300kB\nsrc/a.c 9kB\n"
    (tmp_path / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    [found] = checked(tmp_path, "bloat/late-cleanup", text, context).found
    assert found.help == helps


def test_a_later_install_needs_the_index_again(tmp_path: Path) -> None:
    text = (
        "FROM debian:12 AS base\nRUN apt-get update && apt-get install -y curl\n"
        "FROM base AS build\nRUN apt-get install -y gcc\n"
        "FROM base\nCOPY a /a\nRUN rm -rf /var/lib/apt/lists/*\n"
    )
    found = checked(tmp_path, "bloat/late-cleanup", text, "a\n").found
    assert [each.help for each in found] == [
        (
            "delete it in the `RUN` that stores it,"
            " and run `apt-get update` again before the install in line 4"
        )
    ]


def test_installs_after_several_updates_need_the_index_again(tmp_path: Path) -> None:
    update = "RUN apt-get update && apt-get install -y"
    clean = "RUN rm -rf /var/lib/apt/lists/*"
    text = (
        f"FROM debian:12\n{update} curl\nRUN apt-get install -y vim\nCOPY a /a\n"
        f"{update} wget\nRUN apt-get install -y locales\nCOPY b /b\n{clean}\n"
    )
    [found] = checked(tmp_path, "bloat/late-cleanup", text, "a\nb\n").found
    assert found.help is not None
    assert "`apt-get update` again before the installs in lines 3 and 6" in found.help
    with_none_after_the_first = text.replace("RUN apt-get install -y vim\n", "")
    [found] = checked(tmp_path, "bloat/late-cleanup", with_none_after_the_first, "a\nb\n").found
    assert found.help is not None
    assert "`apt-get update` again before the install in line 5" in found.help


@pytest.mark.parametrize(
    ("removal", "says"),
    [
        ("apt-get purge -y gcc", True),
        ("apt-get remove -y --purge gcc && echo autoremove", True),
        ("apt-get purge -y --auto-remove gcc", False),
        ("apt-get purge -y gcc && apt-get autoremove -y", False),
        ("apt-get autopurge -y gcc", False),
    ],
)
def test_the_bytes_of_what_came_along_go_only_if_apt_is_to_remove_it(
    removal: str,
    says: bool,  # noqa: FBT001  a column
) -> None:
    [found] = check(f"FROM debian:12-slim\nRUN apt-get install -y gcc\nRUN {removal}\n")
    assert ("(with `--auto-remove`: else what came with them stays)" in found.help) is says


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("python:3.11-slim-bullseye", "gcc and nmap stay"),
        ("python:3.11-bullseye", "nmap stays"),
        ("mirror.example/hub/library/python:3.11-bullseye", "nmap stays"),
        ("mirror.example/hub/python:3.11-bullseye", "nmap stays"),
        ("mirror.example/hub/python:3.11-slim-bullseye", "gcc and nmap stay"),
        ("mirror.example/hub/shop:3.11-bullseye", "gcc and nmap stay"),
    ],
)
def test_what_the_base_has_already_is_stored_by_no_run(base: str, told: str) -> None:
    text = f"FROM {base}\nRUN apt-get install -y gcc nmap\nRUN apt-get purge -y "
    [found] = check(f"{text}gcc nmap\n")
    assert f"frees no space: {told} in the layer of line 2" in found.message
    assert len(check(f"{text}gcc\n")) == ("gcc" in told)


def test_each_way_out_is_said_of_what_it_is_for() -> None:
    text = (
        "FROM debian:12\nRUN apt-get update && apt-get install -y gcc curl\n"
        "RUN apt-get install -y vim && make\nRUN apt-get purge -y gcc && rm -rf /var/lib/apt/lists/*\n"
    )
    [found] = check(text)
    assert found.help is not None
    first, _, second = found.help.partition("; ")
    assert first == (
        "install, use and remove packages in one `RUN` (with `--auto-remove`: else what came with"
        " them stays), or use them in another stage"
    )
    assert second.startswith("for apt's index, delete")
    assert "`apt-get update` again before the install in line 3" in second


def test_what_deletes_the_index_itself_needs_no_other_cleanup(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n"
        "RUN apt-get install -y {}nano && rm -rf /var/lib/apt/lists/*\n"
    )
    for first, end in (
        ("", "in line 3"),
        ("vim\nRUN apt-get install -y ", "with the same cleanup after each"),
    ):
        found = checked(tmp_path, "bloat/late-cleanup", text.format(first)).found
        assert [each.help.endswith(end) for each in found] == [True]


@pytest.mark.parametrize(
    ("gone", "advice"),
    [
        ("/wheels", f"use `RUN --mount=type=bind,from=build`, {_NOTHING}"),
        (
            "/wheels/cache",  # which the install may read
            (
                "copy only what the image needs, and use `RUN --mount=type=bind,from=build` for what"
                " only a `RUN` reads"
            ),
        ),
    ],
)
def test_what_a_run_takes_of_another_stage(tmp_path: Path, gone: str, advice: str) -> None:
    text = (
        "FROM python:3.12 AS build\nRUN pip wheel -w /wheels flask==3\nFROM python:3.12\n"
        f"COPY --from=build /wheels /wheels\nRUN pip install /wheels/* && rm -rf {gone}\n"
    )
    assert [each.help for each in checked(tmp_path, "bloat/late-cleanup", text).found] == [advice]


@pytest.mark.parametrize(
    ("run", "severity", "helps"),
    [
        ("node bin/tidy.js && rm -rf bin/tidy.js", "info", "for what only a `RUN` reads"),
        ("node bin/tidy.js && rm -rf bin", "warning", "for what only a `RUN` reads"),
        ("rm -rf bin/tidy.js", "info", "delete or move it where it comes from"),
        ("rm -rf bin/.cache", "warning", "delete or move it where it comes from"),
    ],
)
def test_the_part_of_another_stage_that_a_run_reads(
    tmp_path: Path, run: str, severity: str, helps: str
) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /app\nRUN make\nFROM node:22\nWORKDIR /app\n"
        f"COPY --from=build /app ./\nRUN {run}\n"
    )
    [found] = checked(tmp_path, "bloat/late-cleanup", text).found
    assert found.severity.value == severity  # a script is some kB
    assert helps in found.help


def test_what_is_searched_is_blamed_on_the_copy_that_holds_it(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12\nWORKDIR /app\nCOPY needs.txt ./\nRUN pip install --target . -r needs.txt\n"
        "COPY . ./\n{}RUN find . -type d -name .cfg -exec rm -rf {{}} +\n"
    )
    context = "needs.txt: flask==3\n.cfg/a 40kB\nsub/.cfg/b 40kB\nversion.py 1kB\n"
    for between, help_ in (
        ("", f"exclude them in `.dockerignore` or with `COPY --exclude`{_LINE}"),
        ("RUN python version.py\n", _ELSEWHERE),
    ):
        [found] = checked(tmp_path, RULE, text.format(between), context).found
        assert found.message.endswith("frees no space: what it finds stays in the layer of line 5")
        assert found.help == help_


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("find /opt/gems -name '*.c' -delete", []),
        ("find /opt -name '*.c' -delete", []),
        ("find /opt/gems/native -name '*.c' -delete", [7]),
        ("find /opt/gems -name '*.h' -delete", [7]),
        ("find /opt/gems -name '*.c' -delete\nRUN cp -r /src /opt/gems", [8]),
    ],
)
def test_what_a_stage_has_found_and_deleted_itself(run: str, wanted: list[int]) -> None:
    text = (
        f"FROM ruby:3.4 AS base\nRUN bundle install --path /opt/gems\nRUN {run}\nFROM base AS build\n"
        "FROM ruby:3.4\nCOPY --from=build /opt/gems /gems\nRUN find /gems -name '*.c' -delete\n"
    )
    assert lines(text) == wanted


def test_what_a_folder_of_another_image_holds_is_not_known() -> None:
    text = "FROM alpine:3.20\nCOPY --from={} /app /app\nRUN rm -rf /app/.next/cache\n"
    [found] = check(text.format("shop/web:1"))
    assert found.severity == "info"
    assert found.message.endswith("what is in /app/.next/cache stays in the layer of line 2")
    [found] = check(f"FROM node:22 AS web\nRUN make\n{text.format('web')}")
    assert found.severity == "warning"
    assert "what is in" not in found.message


def test_a_file_of_another_image_is_mounted_for_its_only_use() -> None:
    text = "FROM alpine:3.20\nCOPY --from=shop/tool:1 /app/tool /opt/tool\nRUN /opt/tool && rm /opt/tool\n"
    [found] = check(text)
    assert found.help.startswith("use `RUN --mount=type=bind,from=shop/tool:1`")


def test_what_another_copy_takes_stays_in_the_context(tmp_path: Path) -> None:
    text = "FROM debian:12\nADD . /app\n{}RUN rm -rf /app/docker\n"
    context = "docker/a.conf 20kB\ndocker/b.conf 20kB\nsrc/a.py 9kB\n"
    for more, advice in (
        (
            "",
            f"exclude `docker` in `.dockerignore` or with `ADD --exclude`{_LINE}",
        ),
        (
            "ADD docker/ /\n",
            f"exclude `docker` with `ADD --exclude`{_LINE}",
        ),
    ):
        [found] = checked(tmp_path, "bloat/late-cleanup", text.format(more), context).found
        assert found.help == advice
        newest = f"# syntax=docker/dockerfile:1\n{text.format(more)}"
        [found] = checked(tmp_path, "bloat/late-cleanup", newest, context).found
        assert found.help == advice.removesuffix(_LINE)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("git", "git stays"),
        ("git gcc", "git and gcc stay"),
        ("git gcc make", "git, gcc and 1 more stay"),
    ],
)
def test_all_packages_are_counted(tmp_path: Path, names: str, told: str) -> None:
    text = (
        "FROM debian:12\nRUN apt-get install -y --no-install-recommends git gcc make\n"
        f"RUN apt-get purge -y {names}\n"
    )
    [found] = checked(tmp_path, "bloat/late-cleanup", text).found
    assert f"frees no space: {told} in the layer of line 2" in found.message


def test_the_index_of_an_update_of_its_own_costs_once() -> None:
    text = "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y tini\nRUN rm -rf /var/lib/apt/lists/*\n"
    [found] = check(text)
    assert found.costs_less_than(1)  # order/split-update-install has the bytes
    [found] = check(text.replace("update\nRUN", "update &&"))
    assert not found.costs_less_than(1)


@pytest.mark.parametrize(("gone", "mounts"), [("/source/*", True), ("/source/dist/a*", False)])
def test_all_of_a_folder_around_what_another_stage_made(
    tmp_path: Path,
    gone: str,
    mounts: bool,  # noqa: FBT001  a column
) -> None:
    text = (
        "FROM python:3.12 AS build\nRUN pip wheel -w /w/dist flask==3\nFROM python:3.12\n"
        f"COPY --from=build /w/dist /source/dist\nRUN pip install /source/dist/*.whl && rm -rf {gone}\n"
    )
    helps = [each.help for each in checked(tmp_path, "bloat/late-cleanup", text).found]
    assert [("--mount=type=bind,from=build" in each) for each in helps] == [mounts] * len(helps)
    assert helps or not mounts


def test_what_surely_stores_it_is_named_before_a_folder_around_it() -> None:
    text = (
        "FROM debian:12 AS build\nRUN make\nFROM debian:12\nCOPY --from=build /out /opt/app\n"
        "COPY --from=build /static /opt/app/priv/static\nRUN rm -r /opt/app/priv\n"
    )
    [found] = check(text)
    assert "in the layer of line 5" in found.message
    assert [each.place.start.line for each in check(text.replace("/priv/static", "/more"))] == [6]


@pytest.mark.parametrize(
    ("base", "above", "wanted"),
    [
        ("example/shop-base:1", "", [2]),
        ("example/base:$VERSION", "", [2]),
        ("$OWNER/base:1", "", [2]),
        ("example/other:1", "", []),  # who knows what it holds
        ("example/shop-base:1", "RUN npm ci --omit=dev\n", []),
        ("example/shop-base:1", "RUN npm install -g npm@11\n", [3]),
    ],
)
def test_what_development_needs_stays_in_a_base_of_the_repository(
    tmp_path: Path, base: str, above: str, wanted: list[int]
) -> None:
    commit(tmp_path)
    own = "Dockerfile.base: FROM node:22\\nCOPY package*.json ./\\nRUN npm ci\n"
    text = f"FROM {base}\n{above}RUN npm prune --omit=dev\nCOPY . .\n"
    found = checked(tmp_path, RULE, text, own)
    assert found.lines == wanted
    for each in found.found:
        assert each.message.endswith("frees no space: what it removes stays in the base image")
        assert each.help == (
            "run this in another stage, and copy the result onto a base image without development"
            " dependencies"
        )


def test_rubbish_of_the_base_alone_is_not_deleted_where_it_is_made() -> None:
    (found,) = check("FROM debian:12\nRUN rm -rf /usr/share/doc/*\n")
    assert found.message.endswith("what is there stays in the base image")
    assert found.help == "remove this command, or use a base image without such files"
    (found,) = check("FROM debian:12\nRUN ./build\nRUN rm -rf /usr/share/doc/*\n")
    assert found.message.endswith("stays in an earlier layer or in the base image")
    assert found.help == "delete such files in the `RUN` that creates them"


@pytest.mark.parametrize(
    ("base", "own", "run", "wanted"),
    [
        ("example/shop-base:1", "apk add --virtual .deps gcc", "apk del .deps", [2]),
        ("example/shop-base:1", "apk add gcc make", "apk del --no-network make", [2]),
        ("example/other:1", "apk add --virtual .deps gcc", "apk del .deps", []),
        ("example/shop-base:1", "apk add gcc && apk del gcc", "apk del gcc", []),
        ("example/shop-base:1", "apk add gcc\\nRUN apk del gcc", "apk del gcc", []),
        ("example/shop-base:1", "apk add -t .deps gcc && apk del .deps", "apk del gcc", []),
        ("example/shop-base:1", "apk add gcc", "apk add gcc && make && apk del gcc", []),
        ("example/shop-base:1", "apk add gcc", "apk del g++", []),
        ("example/shop-base:1", "apk add gcc", "if [ $A ]; then apk del gcc; fi", []),
    ],
)
def test_packages_stay_in_a_base_of_the_repository(
    tmp_path: Path, base: str, own: str, run: str, wanted: list[int]
) -> None:
    commit(tmp_path)
    text = f"FROM {base}\nRUN {run}\nCOPY . .\n"
    dockerfile = f"Dockerfile.base: FROM alpine:3.20\\nRUN {own}\n"
    found = checked(tmp_path, RULE, text, dockerfile)
    assert found.lines == wanted
    for each in found.found:
        assert str(each.severity) == "info"
        assert each.message.endswith("stays in the base image, built by `Dockerfile.base`")
        assert each.help == "install it in the stage that uses it, and not in `Dockerfile.base`"


@pytest.mark.parametrize(
    ("build", "copy", "wanted"),
    [
        ("yarn install && rm -rf node_modules/.cache\nCOPY . .\nRUN make", "/app .", []),
        ("yarn install && rm -rf node_modules/.cache", "/app/node_modules node_modules", []),
        ("yarn install\nRUN make && rm -rf /app/node_modules/", "/app .", []),
        ("rm -rf node_modules/.cache && make\nRUN yarn install", "/app .", [9]),
        ("yarn install && rm -rf node_modules/.vite", "/app .", [9]),
        ("yarn install && make", "/app .", [9]),
    ],
)
def test_what_the_stage_of_a_copy_has_deleted_itself(
    build: str, copy: str, wanted: list[int]
) -> None:
    text = (
        f"FROM node:22 AS build\nWORKDIR /app\nCOPY package.json .\nRUN {build}\n"
        f"FROM node:22\nWORKDIR /app\nCOPY --from=build {copy}\n"
        "RUN rm -rf /app/node_modules/.cache\n"
    )
    assert [line - text.count("\n") + 9 for line in lines(text)] == wanted


@pytest.mark.parametrize(
    ("between", "run", "told"),
    [
        ("mv /t/start.sh /usr/bin/", "rm /t/shop.deb", ["/t/shop.deb"]),
        ("rm /t/start.sh", "rm -rf /t", ["/t"]),
        ("mv /t/shop.deb /opt/", "rm -rf /t", ["/t"]),
        ("mv /t/shop.deb /opt/", "rm -f /t/shop.deb", []),
        ("mv /t/* /opt/", "rm -rf /t", []),
    ],
)
def test_what_is_left_of_a_copy(tmp_path: Path, between: str, run: str, told: list[str]) -> None:
    (tmp_path / "shop.deb").write_bytes(random.Random(1).randbytes(2 << 20))  # noqa: S311
    text = f"FROM debian:12\nCOPY start.sh shop.deb /t/\nRUN {between}\nRUN {run}\n"
    diagnostics = checked(tmp_path, RULE, text, "start.sh 1kB\n").found
    messages = [each.message for each in diagnostics if each.place.start.line == 4]
    found = [each.partition(": ")[2].partition(" stays")[0] for each in messages]
    assert found == told


@pytest.mark.parametrize(
    ("run", "is_moved"),
    [
        ("mv /t/* /srv && rmdir /t", True),
        ("cd /t && mv shop /usr/bin/ && rm -rf /t", True),
        ("cp /t/shop /usr/bin/ && rm -rf /t", False),
        ("mv /etc/a /etc/b && rm -rf /t", False),
    ],
)
def test_no_mount_is_advised_for_what_is_moved(run: str, *, is_moved: bool) -> None:
    for origin in ("--from=build /out", "out"):
        text = f"FROM debian:12 AS build\nFROM debian:12\nCOPY {origin} /t\nRUN {run}\n"
        (found,) = check(text)
        assert ("mount" in found.help) is not is_moved
        assert (found.help == "`COPY` what the image needs to where `mv` puts it") is is_moved


@pytest.mark.parametrize(
    ("run", "is_missed"),
    [
        ("cd shop && make install && rm -rf shop", True),
        ("cd shop && make install; rm -rf shop", True),
        ("cd shop && make install && cd .. && rm -rf shop", False),
        ("(cd shop && make install) && rm -rf shop", False),
        ("cd shop && rm -rf ../shop", False),
        ("cd shop && rm -rf shop; cd ..; rm -rf shop", False),
        ("cd shop && make install && rm -rf build", False),
    ],
)
def test_a_folder_is_looked_for_within_itself(tmp_path: Path, run: str, *, is_missed: bool) -> None:
    text = f"FROM debian:12\nWORKDIR /src\nRUN git clone https://e.io/shop.git && {run}\n"
    assert checked(tmp_path, "bloat/late-cleanup", text).lines == [3] * is_missed


def test_what_a_copy_brings_has_a_remedy_of_its_own() -> None:
    text = (
        "FROM debian:12-slim AS pack\nFROM debian:12-slim\n"
        "RUN apt-get update && apt-get install -y --no-install-recommends jq\n"
        "COPY --from=pack /out/shop.tar.gz /srv/\n"
        "RUN tar -xzf /srv/shop.tar.gz -C /opt && rm /srv/shop.tar.gz && rm -rf /var/lib/apt/lists/*\n"
    )
    assert [(each.message, each.help) for each in check(text)] == [
        (
            "`rm -rf /var/lib/apt/lists/*` frees no space: apt's index stays in the layer of line 3",
            "delete it in the `RUN` that stores it",
        ),
        (
            "`rm /srv/shop.tar.gz` frees no space: /srv/shop.tar.gz stays in the layer of line 4",
            f"use `RUN --mount=type=bind,from=pack`, {_UNSTORED}",
        ),
    ]


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ("rm -rf /root/.cache/pip /root/.npm", "`rm -rf /root/.cache/pip /root/.npm` frees"),
        (
            "rm -rf /root/.cache/pip && npm cache clean --force",
            "`rm -rf /root/.cache/pip` and `npm cache clean --force` free",
        ),
        (
            "npm cache clean --force && rm -rf /root/.cache/pip && rm -rf /usr/local/shop",
            "`rm -rf /usr/local/shop` and 2 more commands free",
        ),
    ],
)
def test_all_commands_are_named_that_delete_too_late(run: str, told: str) -> None:
    above = "RUN pip install shop\nRUN npm install -g shop\n"
    above += "RUN git clone https://example.com/shop.git /usr/local/shop\n"
    [found] = check(f"FROM python:3.13\n{above}RUN {run}\n")
    assert found.message.startswith(f"{told} no space: ")


@pytest.mark.parametrize(
    ("installs", "named"),
    [
        (1, "layer of line 2"),
        (2, "layers of lines 2 and 3"),
        (3, "layers of lines 2, 3 and 4"),
        (9, "layers of lines 2, 3, 4 and 6 more"),
    ],
)
def test_of_many_layers_the_first_are_named(installs: int, named: str) -> None:
    above = "".join(f"RUN pip install shop{number}\n" for number in range(installs))
    [found] = check(f"FROM python:3.13\n{above}RUN rm -rf /root/.cache/pip\n")
    assert found.message.endswith(f"pip's cache stays in the {named}")


@pytest.mark.parametrize(
    ("between", "run", "help_"),
    [
        ("", "rm /a.apk", "delete it in the `RUN` that stores it"),
        ("RUN apk add tini\n", "rm /a.apk", "delete it in the `RUN` that stores it"),
        ("RUN wget -O /b https://e.io/b\n", "rm /a.apk", "delete it in the `RUN` that stores it"),
        ("RUN gpg --verify /a.apk\n", "rm /a.apk", "download, use and delete it in one `RUN`"),
        ("", "apk add /a.apk && rm /a.apk", "download, use and delete it in one `RUN`"),
        ("", "apk add /*.apk && rm /*.apk", "download, use and delete them in one `RUN`"),
    ],
)
def test_what_a_run_reads_is_not_deleted_before(between: str, run: str, help_: str) -> None:
    above = "RUN curl -fo /a.apk https://e.io/a-1.apk && curl -fo /b.apk https://e.io/b-1.apk\n"
    [found] = check(f"FROM alpine:3.20\n{above}{between}ARG A\nRUN {run}\n")
    assert found.help == help_


def test_what_a_run_makes_and_a_later_one_reads() -> None:
    [found] = check(
        "FROM debian:12\nRUN tar -xf a.tgz -C /a\nRUN make -C /a\nARG A\nRUN rm -r /a\n"
    )
    assert found.help == "make, use and delete it in one `RUN`"


def test_things_of_one_layer_are_named_together() -> None:
    above = "".join(f"RUN curl -fo /{name} https://e.io/{name}\n" for name in ("a.tgz", "b.tgz"))
    both = above.replace("\nRUN", " &&", 1)
    for text, told in (
        (both, "/a.tgz and /b.tgz stay in the layer of line 2"),
        (above, "/a.tgz stays in the layer of line 2, /b.tgz in the layer of line 3"),
    ):
        [found] = check(f"FROM debian:12\n{text}RUN rm /a.tgz /b.tgz\n")
        assert found.message.endswith(told)
        assert found.help == "delete them in the `RUN` that stores them"


@pytest.mark.parametrize(
    ("command", "where"),
    [
        ("find /app -name '*.map' -delete", "what it finds stays in the layers of lines 2 and 3"),
        ("rm -rf /app/*/*.map", "/app/*/*.map stays in the layers of lines 2 and 3"),
        (
            "rm /app/a/m.map /app/b/m.map",
            "/app/a/m.map stays in the layer of line 2, /app/b/m.map in the layer of line 3",
        ),
    ],
)
def test_the_parts_of_several_copies_are_one_finding(
    tmp_path: Path, command: str, where: str
) -> None:
    text = f"FROM debian:12\nCOPY a /app/a\nCOPY b /app/b\nRUN {command}\n"
    context = "a/m.map 2kB\na/shop.js: 1\nb/m.map 2kB\nb/shop.js: 1\n"
    [found] = checked(tmp_path, "bloat/late-cleanup", text, context).found
    assert found.message == f"`{command}` frees no space: {where}"
    assert found.help == (
        f"exclude `a/m.map` and `b/m.map` in `.dockerignore` or with `COPY --exclude`{_LINE}"
    )


def test_parts_without_a_folder_in_common_have_no_name(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY a c /app/\nCOPY b /srv\nRUN rm -rf /app/*.map /srv/maps\n"
    context = "a/m.map 2kB\na/s.js: 1\nc/n.map 2kB\nb/maps/m.map 9kB\nb/s.js: 1\n"
    [found] = checked(tmp_path, "bloat/late-cleanup", text, context).found
    assert found.help == f"exclude them in `.dockerignore` or with `COPY --exclude`{_LINE}"


def test_a_path_that_ends_like_the_sentence_is_told_as_it_is(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY a /srv\nRUN rm '/srv/a in the b'\n"
    [found] = checked(tmp_path, "bloat/late-cleanup", text, "a/a in the b 9MB\na/c: 1\n").found
    assert found.message.endswith("/srv/a in the b stays in the layer of line 2")


@pytest.mark.parametrize(
    ("others", "least", "most"),
    [
        ("", 25_000_000, 60_000_000),  # perl among it
        ("perl", 5_000_000, 25_000_000),  # which stays
        ("shop-client-18", 5_000_000, 25_000_000),  # which may need it
    ],
)
def test_what_others_need_is_not_purged(others: str, least: int, most: int) -> None:
    install = f"apt-get install -y --no-install-recommends git {others}"
    text = f"FROM debian:12-slim\nRUN apt-get update && {install}\nRUN apt-get purge -y --auto-remove git\n"
    [found] = check(text)
    assert found.cost is not None
    assert found.cost.image_bytes is not None
    assert least < found.cost.image_bytes < most


def test_all_steps_that_stored_it_are_named(tmp_path: Path) -> None:
    text = (
        "FROM debian:12 AS packages\nRUN make -C /out\nFROM debian:12\nCOPY setup.sh /deps/\n"
        "COPY --from=packages /out/*.deb /deps/\nRUN dpkg -i /deps/*.deb\nRUN rm -rf /deps\n"
    )
    [found] = checked(tmp_path, "bloat/late-cleanup", text, "setup.sh 3kB\n").found
    assert found.message.endswith("/deps stays in the layers of lines 4 and 5")
    assert found.help == _IT_ELSEWHERE


@pytest.mark.parametrize(
    ("script", "mounted"), [("rm -rf /deps /tmp/x", False), ("rm -rf /deps-old", True)]
)
def test_what_a_script_deletes_itself_is_no_mount(
    tmp_path: Path, script: str, *, mounted: bool
) -> None:
    text = "FROM debian:12\nCOPY deps /deps/\nRUN sh /deps/setup.sh\nRUN rm -rf /deps\n"
    context = f"deps/setup.sh: {script}\ndeps/a.tar 90kB\n"
    [found] = checked(tmp_path, "bloat/late-cleanup", text, context).found
    assert ("--mount" in found.help) is mounted


def test_what_a_run_has_stored_beside_a_copy_is_deleted_there(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nWORKDIR /app\nCOPY . /app\n"
        "RUN curl -fo tool https://example.com/tool-1.2\nRUN rm -fr /app/*\n"
    )
    found = checked(tmp_path, RULE, text, "a.bin 900kB\n").found
    helps = {each.help for each in found}
    assert "delete it in the `RUN` that stores it" in helps
    assert len(helps) > 1


@pytest.mark.parametrize(
    ("taken", "run", "found"),
    [
        ("/app /app", "rm -rf node_modules", []),
        ("/app /app", "npm prune --omit=dev", []),
        ("/app/dist /app", "rm -rf node_modules", [5]),
        ("/app/dist /app", "npm prune --omit=dev", [5]),
        ("/app /app", "apt-get purge -y gcc", [5]),
        ("/ /", "apt-get purge -y gcc", []),
    ],
)
def test_a_deletion_frees_what_another_image_takes(
    tmp_path: Path, taken: str, run: str, found: list[int]
) -> None:
    text = (
        "FROM node:22-slim AS build\nWORKDIR /app\nCOPY package.json ./\n"
        f"RUN apt-get install -y gcc && npm ci\nRUN {run}\n"
        f"FROM node:22-slim\nCOPY --from=build {taken}\n"
    )
    push = "docker build --push{} -t ghcr.io/shop/till .\\n"
    context = f"package.json: {{}}\npush.sh: {push.format(' --target build')}{push.format('')}\n"
    assert checked(tmp_path, RULE, text, context).lines == found


@pytest.mark.parametrize(("first", "wanted"), [("yarn add left-pad", []), ("yarn install", [5])])
def test_packages_by_their_names_are_not_what_development_needs(
    tmp_path: Path, first: str, wanted: list[int]
) -> None:
    text = (
        f"FROM node:22\nWORKDIR /app\nCOPY package.json yarn.lock ./\nRUN {first}\n"
        "RUN yarn install --prod\n"
    )
    context = 'package.json: {"devDependencies": {"a": "1"}}\nyarn.lock: # yarn lockfile v1\n'
    assert checked(tmp_path, RULE, text, context).lines == wanted


@pytest.mark.parametrize(
    ("word", "why", "how"),
    [
        ('"~/.local"', "in quotes, `~` is not the home directory", "take the quotes off"),
        ("'~/.local'", "in quotes, `~` is not the home directory", "take the quotes off"),
        ('"/srv/maps/*"', "in quotes, `*` is not a pattern", "take the quotes off"),
        ('"$MAPS/*"', "in quotes, `*` is not a pattern", "take the quotes off"),
        ("'$HOME/.local'", "in single quotes, `$HOME` is not expanded", "put in double quotes"),
    ],
)
def test_quotes_that_keep_a_path_from_being_deleted(word: str, why: str, how: str) -> None:
    (found,) = check(f"FROM debian:12\nRUN ./build && rm -rf {word}\n")
    assert found.message.endswith(f"does not delete `{word[1:-1]}`: {why}")
    assert found.help.replace(f" `{word}`", "") == how


@pytest.mark.parametrize(
    "word",
    ['~/".local"', '"$HOME"/*', '"${MAPS%/*}/x"', '"$HOME/.local"', '"[a]"', "~/.local", "'~x'"],
)
def test_quotes_that_keep_nothing_from_being_deleted(word: str) -> None:
    assert lines(f"FROM debian:12\nRUN ./build && rm -rf {word}\n") == []
    assert lines("FROM debian:12\nRUN ./build && find /srv -name '*.map' -delete\n") == []
    assert lines('FROM debian:12\nRUN ["rm", "-rf", "/srv/maps/*"]\n') == []


@pytest.mark.parametrize(
    ("own", "is_used"),
    [
        ("RUN apk add --virtual .deps gcc\\nRUN pip install -r requirements.txt", True),
        ("RUN apk add --virtual .deps gcc && ./configure", True),
        ("RUN pip install x\\nRUN apk add --virtual .deps gcc\\nRUN apk add curl", False),
    ],
)
def test_what_a_base_of_the_repository_needs_itself_is_not_moved_out_of_it(
    tmp_path: Path, own: str, *, is_used: bool
) -> None:
    commit(tmp_path)
    dockerfile = f"Dockerfile.base: FROM python:3.12-alpine\\n{own}\\n"
    text = "FROM example/shop-base:1\nRUN apk del .deps\nCOPY . .\n"
    (found,) = checked(tmp_path, RULE, text, dockerfile).found
    there = "install, use and remove it in one `RUN` of `Dockerfile.base`"
    assert (found.help == there) is is_used
    # Another stage that stands on it needs them, too.
    text = (
        "FROM example/shop-base:1\nRUN pip install y\nFROM example/shop-base:1\nRUN apk del .deps\n"
    )
    (found,) = checked(tmp_path, RULE, text, dockerfile).found
    assert found.help == "install it in the stage that uses it, and not in `Dockerfile.base`"


TWICE = "RUN apt-get update && apt-get install -y --no-install-recommends gcc nmap\n"


@pytest.mark.parametrize(
    ("removals", "lines"),
    [
        (["apt-get purge -y gcc"], [3]),
        (["apt-get purge -y gcc", "apt-get purge -y gcc"], [3]),
        (["apt-get remove -y gcc", "apt-get purge -y gcc"], [3]),
        (["apt-get purge -y gcc", "apt-get purge -y nmap"], [3, 4]),
        (["apt-get purge -y gcc || true", "apt-get purge -y gcc"], [3]),
        (["if test -d /x; then apt-get purge -y gcc; fi", "apt-get purge -y gcc"], [4]),
        (["apt-get purge -y gcc", "apt-get install -y gcc", "apt-get purge -y gcc"], [3, 5]),
        (["apt-get purge -y gcc && apt-get install -y gcc", "apt-get purge -y gcc"], [4]),
    ],
)
def test_what_was_removed_before_is_not_removed_again(
    tmp_path: Path, removals: list[str], lines: list[int]
) -> None:
    runs = "".join(f"RUN {each}\n" for each in removals)
    text = f"FROM debian:12-slim\n{TWICE}{runs}"
    found = checked(tmp_path, "bloat/late-cleanup", text).found
    assert [
        each.place.start.line for each in found if "gcc" in each.text or "nmap" in each.text
    ] == lines


def test_a_package_that_one_run_removes_twice_counts_once(tmp_path: Path) -> None:
    def cost(removal: str) -> int:
        text = f"FROM debian:12-slim\n{TWICE}RUN {removal}\n"
        (found,) = checked(tmp_path, "bloat/late-cleanup", text).found
        assert found.cost is not None
        assert found.cost.image_bytes is not None
        return found.cost.image_bytes

    once = cost("apt-get purge -y gcc")
    assert cost("apt-get purge -y gcc && apt-get purge -y gcc") == once
    assert cost("apt-get purge -y gcc && apt-get autoremove -y --purge gcc") == once
    assert cost("apt-get purge -y gcc && apt-get purge -y gcc nmap") > once


def test_a_stage_on_top_removes_what_the_one_below_has_removed(tmp_path: Path) -> None:
    base = f"FROM debian:12-slim AS base\n{TWICE}RUN apt-get purge -y gcc\nFROM base\n"
    again = "RUN apt-get purge -y gcc\n"
    assert checked(tmp_path, "bloat/late-cleanup", base + again).lines == [3]
    anew = "RUN apt-get update && apt-get install -y gcc\n"
    assert checked(tmp_path, "bloat/late-cleanup", base + anew + again).lines == [3, 6]


def test_one_folder_has_one_way_out_by_its_name(tmp_path: Path) -> None:
    fetch = "curl -fsSL -o {0}.tgz https://e.io/{0}.tgz && tar xzf {0}.tgz -C /tmp/d && mv /tmp/d/{0} /bin"
    text = (
        f"FROM debian:12\nRUN mkdir /tmp/d\nRUN {fetch.format('a')}\nRUN {fetch.format('b')}\n"
        "WORKDIR /srv\nRUN rm -rf /tmp/d\n"
    )
    (found,) = checked(tmp_path, "bloat/late-cleanup", text).found
    assert found.help is not None
    assert "for /tmp/d" not in found.help


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("shop.json", 0),
        ("shop.json.template", 0),
        ("shop.conf.dist", 0),
        ("shop.repo", 0),
        ("shop.tgz.sig", 0),
        ("shop.sha256", 0),
        ("SHA256SUMS", 0),
        ("shop.jar", 1),
        ("shop.dist", 1),
    ],
)
@pytest.mark.parametrize("line", ["ADD {0}/{1} /tmp/{1}", "RUN curl -fsSLo /tmp/{1} {0}/{1}"])
def test_a_text_that_is_fetched_and_deleted_is_a_trifle(
    tmp_path: Path, line: str, name: str, count: int
) -> None:
    fetched = line.format("https://example.com/1.2", name)
    text = f"FROM debian:12\n{fetched}\nRUN use /tmp/{name} && rm /tmp/{name}\n"
    assert len(checked(tmp_path, "bloat/late-cleanup", text).found) == count
