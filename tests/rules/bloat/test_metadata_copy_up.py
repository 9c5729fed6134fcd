"""What bloat/metadata-copy-up says of changes beyond the examples of its page."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.lint.report import Diagnostic

RULE = "bloat/metadata-copy-up"
GRAPHDRIVER = "only Docker's graphdriver store does"
_LEFT_OUT = (
    "leave it out of line 2 with `--exclude`,"
    " which needs `# syntax=docker/dockerfile:1` as the first line"
)
_ELSEWHERE = "let each `RUN` `chown` what it writes to `/srv/app`"


def found(folder: Path, text: str, builder: str = "docker") -> tuple[Diagnostic, ...]:
    """Check what Docker's graphdriver store keeps, unless another builder is given."""
    (folder / "app").mkdir(exist_ok=True)
    (folder / "app" / "data").write_bytes(bytes(range(256)) * (1 << 14))
    (folder / "start").write_text("#!/bin/sh\n")
    (folder / "Dockerfile").write_text(text)
    checker = Checker(
        Spec(Overrides(isolated=True, select=(RULE,), builder=builder)),
        Plugins(third_party=False).rules,
    )
    return tuple(checker.check(Task((folder / "Dockerfile").as_posix())).diagnostics)


@pytest.mark.parametrize(
    ("above", "run"),
    [
        ("COPY app /app", "chown -R app /app"),
        ("COPY app /srv/app", "chmod -R g=u /srv"),
        ("COPY --chown=other app /app", "chown -R app /app"),
        ("COPY app /app", "find /app -type f -exec chmod 640 {} +"),
        ("COPY app /app", "mv /app /srv"),
        ("COPY start /srv/", "chown -R app /srv"),
        ("COPY --from=other /out/tool /usr/lib/tool/bin/", "chmod +x /usr/lib/tool/bin/tool"),
        ("COPY --from=other /out/tool /usr/bin/tool", "chmod +x /usr/bin/tool"),
        ("COPY --from=other /venv /venv", "useradd app && chown -R app /venv"),
        ("RUN curl -o /bin/tool https://example.com/tool", "chmod +x /bin/tool"),
        ("RUN git clone https://example.com/a.git /src", "chown -R app /src"),
        (
            "ADD https://example.com/tool /tmp",
            "mv /tmp/tool /usr/bin/tool",
        ),  # every base has that folder
        ("WORKDIR /app\nCOPY --from=other /app.jar /app", "chmod 600 /app/app.jar"),
        ("RUN mkdir /app\nCOPY --from=other /out/shop.jar ./app", "chmod -R a+rwx /app"),
        ("COPY --from=other /out/tool /srv/", "chmod 755 /srv/tool"),
        ("COPY --from=other /out/tool /usr/bin/tool", "chmod 755 /usr/bin/tool"),
        (
            "COPY target/shop.jar conf /srv/",
            "chown app /srv/shop.jar",
        ),  # which a build is still to make
        ("COPY target/classes /srv/classes", "chown -R app /srv"),
        ('ADD "https://example.com/a.jar" /etc/a.jar', "chmod 644 /etc/a.jar"),
        ("RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt", "chmod -R 777 /opt/tool-1.2"),
        ("RUN curl https://e.io/tool-bin.tgz | tar xz -C /opt", "chown -R app /opt/tool"),
        ("ARG V=1\nRUN curl https://e.io/tool-$V.tgz | tar xz -C /opt", "mv /opt/tool-$V /opt/a"),
        ("ENV BUNDLE_PATH=/gems\nRUN bundle install", "chown -R app $BUNDLE_PATH"),
        ("RUN bundle config set path /gems && bundle install", "chown -R app /gems"),
        ("ENV GEM_HOME=/gems\nRUN bundle install", "chown -R app /gems"),
        ("ENV PLAYWRIGHT_BROWSERS_PATH=/ms\nRUN npx playwright install", "chmod -R 755 /ms"),
        ("ENV PLAYWRIGHT_BROWSERS_PATH=/ms\nRUN playwright install x", "chown -R app /ms"),
        ("WORKDIR /tmp\nRUN npm install", "cp -a /tmp/node_modules /app"),
    ],
)
def test_what_is_stored_twice(tmp_path: Path, above: str, run: str) -> None:
    text = f"FROM debian:12\n{above}\nRUN {run}\n"
    assert [each.place.start.line for each in found(tmp_path, text)] == [text.count("\n")]


@pytest.mark.parametrize(
    ("above", "run"),
    [
        ("COPY app /app", "chown app /app"),
        ("COPY --chown=app app /app", "chown -R --from=root:root app /app"),  # nothing is root's
        ("COPY app /app", "chown -R app /data"),
        ("COPY app /app", "find /app -type d -exec chmod 755 {} +"),
        ("COPY app /app", 'if [ -n "$X" ]; then chown -R app /app; fi'),
        ("COPY start /start", "chmod +x /start"),
        ("RUN mkdir /data", "chown -R app /data"),
        ("RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt", "chmod -R 777 /opt/other"),
        ("RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt", "chown -R app /opt/tool"),
        ("RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt", "chmod 777 /opt/tool-1.2"),
        ("RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt", "chmod -R 777 /srv/tool-1.2"),
        ("RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt", "chmod -R 777 /opt/tool-1.2/log"),
        ("RUN bundle install", "chown -R app /usr/local/bundle"),  # whose gems are elsewhere
        ("ENV BUNDLE_PATH=gems\nRUN bundle install", "chown -R app /usr/local/bundle"),
        ("RUN npx playwright install", "chmod -R 755 /ms"),
        ("ENV PLAYWRIGHT_BROWSERS_PATH=0\nRUN playwright install", "chown -R app /ms"),
        ("COPY --from=other /app /app", "chown -R app /app/log"),
        ("COPY --from=other /app /app", "chmod +x /app"),  # a folder, it may be
        ("COPY --from=other /out/tool /usr/bin/", "chmod +x /usr/bin/other"),
        ("WORKDIR /app", "tar -xf /a.tar -C /app && chown -R app /app"),
        ("RUN true", "chmod -R 777 /var/www"),
        ("COPY --from=other /out/app /app", "chmod 755 /app"),  # perhaps a folder
        ("COPY target/run.sh conf /srv/", "chown app /srv/run.sh"),
        ("COPY target/conf /etc/app", "chown -R app /etc/app"),
        ("COPY start /start", "cp /start /srv"),
        (
            "RUN curl -o /usr/lib/a.phar https://example.com/a",
            "find /usr/lib -type f | xargs strip",
        ),  # no program
    ],
)
def test_what_is_not(tmp_path: Path, above: str, run: str) -> None:
    assert not found(tmp_path, f"FROM debian:12\n{above}\nRUN {run}\n")


@pytest.mark.parametrize(
    ("makes", "lines"),
    [
        ("wget -O /srv/a.zip https://example.com/a.zip", "lines 2 and 3"),
        ("wget -O /srv/a.zip https://example.com/a.zip && rm -f /srv/a.zip", "line 3"),
        ("rm -f /srv/a.zip && wget -O /srv/a.zip https://example.com/a.zip", "lines 2 and 3"),
        ("git clone https://example.com/a.git /srv/a && rm -rf /srv/a", "line 3"),
        ("git clone https://example.com/a.git /srv/a && rm -rf /srv/a/.git", "lines 2 and 3"),
    ],
)
def test_what_a_step_deletes_itself_is_not_stored(tmp_path: Path, makes: str, lines: str) -> None:
    text = f"FROM debian:12\nRUN {makes}\nCOPY app /srv/app\nRUN chown -R 1000 /srv\n"
    (message,) = checked(tmp_path, RULE, text, "app/a.bin 2MB\n").messages
    assert f"stores the files of {lines} a second time" in message


def test_the_bytes_are_those_of_the_files(tmp_path: Path) -> None:
    (each,) = found(tmp_path, "FROM debian:12\nCOPY . /app\nRUN chown -R app /app/app\n")
    assert each.cost is not None
    assert each.cost.basis == "modelled"
    assert each.severity == "info"  # four megabytes that compress to next to nothing


@pytest.mark.parametrize(
    ("above", "fixed"),
    [
        ("COPY app /srv/app", True),
        ("RUN mkdir -p /srv\nCOPY app /srv/app", True),
        ("COPY app /srv/app\nCOPY --from=other /x.so /srv/", True),
        ("COPY app /srv/app\nRUN mkdir /srv/log", False),  # which would stay root's
        ("COPY app /srv/app\nRUN curl -o /srv/run.sh https://example.com/run.sh", False),
        ("COPY app /srv/app\nADD https://example.com/tool.conf /srv/", False),
    ],
)
def test_a_fix_gives_all_of_it_the_owner(tmp_path: Path, above: str, fixed: bool) -> None:  # noqa: FBT001  a column
    [each] = found(tmp_path, f"FROM debian:12\nRUN useradd app\n{above}\nRUN chown -R app /srv\n")
    assert (each.repair is not None) is fixed


@pytest.mark.parametrize(
    ("owner", "flag"),
    [
        ("app", "app:root"),  # the group that COPY gives, and not the user's own
        ("7", "7:0"),
        ("app:www", "app:www"),
        ("app.www", "app:www"),
    ],
)
def test_a_fix_leaves_the_group_alone(tmp_path: Path, owner: str, flag: str) -> None:
    text = f"FROM debian:12\nRUN useradd app\nCOPY app /srv/app\nRUN chown -R {owner} /srv/app\n"
    fixed = checked(tmp_path, RULE, text, "app/data 3MB\n").fixed
    assert f"COPY --chown={flag} app /srv/app\n" in fixed


def test_layers_that_do_not_ship_are_left_alone(tmp_path: Path) -> None:
    assert not found(
        tmp_path, "FROM debian:12 AS build\nCOPY app /app\nRUN chown -R app /app\nFROM scratch\n"
    )


def test_no_fix_where_the_user_comes_later(tmp_path: Path) -> None:
    (each,) = found(
        tmp_path, "FROM debian:12\nCOPY app /app\nRUN useradd app\nRUN chown -R app /app\n"
    )
    assert each.repair is None


@pytest.mark.parametrize(
    ("mode", "written"),
    [
        ("+x", "--chmod=755"),
        ("u+x", "--chmod=744"),
        ("a+x", "--chmod=755"),
        ("0750", "--chmod=0750"),
    ],
)
def test_the_mode_of_a_single_file_is_safe(tmp_path: Path, mode: str, written: str) -> None:
    write_context(tmp_path, "tool 2MB mode 644")
    (each,) = found(
        tmp_path, f"FROM debian:12\nCOPY tool /usr/bin/\nRUN chmod {mode} /usr/bin/tool\n"
    )
    assert each.repair is not None
    assert each.repair.safety == "safe"
    assert each.repair.edits[0].text.strip() == written


def test_a_mode_that_is_no_number_stays_for_several_files(tmp_path: Path) -> None:
    (each,) = found(tmp_path, "FROM debian:12\nCOPY app /app\nRUN chmod -R +x /app\n")
    assert each.repair is None


@pytest.mark.parametrize(
    ("above", "path", "fixed"),
    [
        ("WORKDIR /app\nCOPY app ./\nRUN apt-get update", "/app", True),
        ("WORKDIR /app\nCOPY app ./\nRUN pip install -r requirements.txt", "/app", True),
        ("RUN mkdir -p /app\nCOPY app /app\nRUN make -C /src", "/app", True),
        ("COPY app /var/www/html", "/var/www/html", True),
        ("COPY app /app\nRUN mkdir /app/log", "/app", False),
        ("RUN mkdir -p /app/conf\nCOPY app /app", "/app", False),
        ("WORKDIR /app\nCOPY app ./\nRUN make", "/app", False),
        ("COPY app /app\nRUN /setup.sh /app/log", "/app", False),
        ("WORKDIR /app\nCOPY app ./\nRUN bundle install --path vendor", "/app", False),
        ("COPY app /app/\nCOPY --from=other /x/* /app/x", "/app", True),  # it gets the owner, too
        ("RUN mkdir -p /data/log\nCOPY app /app", "/app /data", False),  # both would lose their -R
        ("COPY app /opt", "/opt", False),
        ("COPY app /etc/app", "/etc", False),
        ("COPY . /", "/app", False),  # the COPY brings more than that folder
    ],
)
def test_all_that_changes_must_come_by_copy(
    tmp_path: Path, above: str, path: str, *, fixed: bool
) -> None:
    (each,) = found(tmp_path, f"FROM debian:12\n{above}\nRUN chown -R 1000 {path}\n")
    assert (each.repair is not None) is fixed


VENV = "RUN python -m venv /opt/venv && /opt/venv/bin/pip install pandas\n"


@pytest.mark.parametrize(
    "text",
    [
        f"FROM python:3.12\n{VENV}RUN chown -R 1000 /opt/venv\n",
        f"FROM python:3.12 AS b\n{VENV}FROM python:3.12\nCOPY --from=b /opt/venv /opt/venv\nRUN chown -R 1 /opt/venv\n",
    ],
)
def test_packages_that_are_stored_again_have_a_weight(tmp_path: Path, text: str) -> None:
    (each,) = found(tmp_path, text)
    assert each.cost is not None
    assert each.cost.basis == "guessed"
    assert 30_000_000 < (each.cost.image_bytes or 0) < 60_000_000


@pytest.mark.parametrize("copy", ["COPY app /app", "COPY --chown=0:0 app /app"])
def test_an_owner_that_the_copy_gave_already_is_set_in_vain(tmp_path: Path, copy: str) -> None:
    text = f"FROM debian:12\n{copy}\nRUN chown -R root:root /app\n"
    (each,) = found(tmp_path, text)
    assert each.help == "remove it"
    assert each.severity.value == "info"
    assert each.cost is not None
    assert found(tmp_path, text, "buildkit") == ()  # which stores what has changed


@pytest.mark.parametrize(
    ("copy", "severity"),
    [
        ("COPY --from=example/tool:1.2 /usr/bin/tool /usr/bin/tool", "info"),
        ("COPY --from=example/tool:1.2 /usr/local/bin/tool /usr/bin/", "info"),
        ("COPY --from=example/tool:1.2 /opt/tool /usr/bin/tool", "info"),
        ("COPY --from=fetched /usr/bin/tool /usr/bin/tool", "warning"),
        ("COPY --from=named /usr/bin/tool /usr/bin/tool", "info"),
        ("COPY --from=named /srv/tool /usr/bin/tool", "info"),
    ],
)
def test_programs_of_an_image_can_be_started(tmp_path: Path, copy: str, severity: str) -> None:
    fetched = "FROM alpine:3.20 AS fetched\nRUN wget -O /usr/bin/tool https://example.com/tool\n"
    fetched += "FROM example/tool:1.2 AS named\nENV A=1\n"
    text = f"{fetched}FROM debian:12\n{copy}\nRUN chmod +x /usr/bin/tool\n"
    (each,) = found(tmp_path, text)
    assert each.severity.value == severity


@pytest.mark.parametrize(
    ("copy", "command", "severity"),
    [
        ("COPY shop*.jar /opt/app.jar", "chgrp shop /opt/app.jar", "warning"),
        ("ADD shop*.jar /opt/app.jar", "chown shop /opt/app.jar", "warning"),
        ("COPY shop*.jar /opt/", "chown -R shop /opt", "warning"),
        ("COPY data* /opt/data/", "chown -R shop /opt/data", "info"),
        ("COPY shop*.jar /opt/", "chown shop /srv/app.jar", ""),
        ("COPY a*.txt /opt/", "chown -R shop /srv", ""),
    ],
)
def test_a_pattern_without_a_match_is_made_before_the_build(
    tmp_path: Path, copy: str, command: str, severity: str
) -> None:
    write_context(tmp_path, "a.txt 20kB")
    told = found(tmp_path, f"FROM debian:12\n{copy}\nRUN groupadd shop && {command}\n")
    assert [each.severity.value for each in told] == [severity] * bool(severity)
    assert all(each.cost is None for each in told)  # nobody knows how large it is


def test_much_that_is_set_in_vain_is_an_info(tmp_path: Path) -> None:
    write_context(tmp_path, "bulk.bin 12MB")
    text = "FROM debian:12\nCOPY --chown=7 bulk.bin /srv/\nRUN chown -R {} /srv/bulk.bin\n"
    severities = [found(tmp_path, text.format(owner))[0].severity.value for owner in (7, 8)]
    assert severities == ["info", "error"]


@pytest.mark.parametrize(
    ("mode", "size", "chmod", "told"),
    [
        (0o755, 70_000, "chmod +x", "already have"),
        (0o755, 70_000, "chmod 755", "already have"),
        (0o755, 70_000, "chmod u=rwx,go-w", "already have"),
        (0o755, 70_000, "chmod u+rwX,go+rX,go-w", "already have"),
        (0o644, 70_000, "chmod -R u+rwX,go+rX-w", "already have"),  # no X where none may start it
        (0o664, 70_000, "chmod g=u", "already have"),
        (0o755, 70_000, "chmod o=g,-st", "already have"),
        (0o644, 70_000, "chmod g=u", "stores the files of line 2 a second time"),
        (0o744, 70_000, "chmod a+X", "stores the files of line 2 a second time"),
        (0o755, 70_000, "chmod u+s", "stores the files of line 2 a second time"),
        (0o755, 5_000, "chmod +x", ""),  # too small to matter
        (0o755, 70_000, "chmod g+w", "stores the files of line 2 a second time"),
        (0o644, 70_000, "chmod a+x", "stores the files of line 2 a second time"),
        (0o644, 5_000, "chmod u+x", "stores the files of line 2 a second time"),
    ],
)
def test_a_mode_that_the_contexts_file_has(
    tmp_path: Path, mode: int, size: int, chmod: str, told: str
) -> None:
    write_context(tmp_path, f"bin/shopd {size}")
    (tmp_path / "bin" / "shopd").chmod(mode)
    text = f"FROM debian:12\nCOPY bin/shopd /usr/bin/\nRUN {chmod} /usr/bin/shopd\n"
    messages = [each.message for each in found(tmp_path, text)]
    assert [told in each for each in messages] == [True] * bool(told)


def test_links_have_no_mode_of_their_own(tmp_path: Path) -> None:
    write_context(tmp_path, "web/a.css 70000")
    (tmp_path / "web" / "b.css").symlink_to("a.css")
    text = "FROM debian:12\nCOPY web /web\nRUN chmod -R {} /web\n"
    (found_same,) = found(tmp_path, text.format("a+rX"))
    assert "already have" in found_same.message
    (found_other,) = found(tmp_path, text.format("a+w"))
    assert "a second time" in found_other.message


@pytest.mark.parametrize(
    ("build", "copy", "run", "told"),
    [
        ("go build -o shopd ./cmd", "/src/shopd .", "chmod +x shopd", True),
        ("go build -o /out/shopd ./cmd", "/out/shopd /bin/", "chmod 755 /bin/shopd", True),
        ("cargo build --release", "/src/target/release/shopd .", "chmod a+x shopd", True),
        ("cc -O2 -o shopd a.c", "/src/shopd .", "chmod +x shopd", True),
        (
            "cargo auditable install --git https://example.com/a --root /out shopd",
            "/out/bin/shopd .",
            "chmod +x shopd",
            True,
        ),
        ("cargo install --root /out other", "/out/bin/shopd .", "chmod +x shopd", None),
        ("go build -o other ./cmd", "/src/shopd .", "chmod +x shopd", None),
        ("cc -c -o shopd a.c", "/src/shopd .", "chmod +x shopd", None),
        ("make", "/src/shopd .", "chmod 755 shopd", None),
        ("make", "/src/shopd.jar .", "chmod 755 shopd.jar", False),
        ("go build -o shopd ./cmd", "/src/shopd .", "chmod 700 shopd", False),
        ("curl -o shopd https://example.com/shopd-1", "/src/shopd .", "chmod +x shopd", False),
    ],
)
def test_a_mode_that_a_linker_gave(
    tmp_path: Path, build: str, copy: str, run: str, *, told: bool | None
) -> None:
    text = (
        f"FROM golang:1.24 AS build\nWORKDIR /src\nCOPY app .\nRUN {build}\n"
        f"FROM debian:12-slim\nWORKDIR /srv\nCOPY --from=build {copy}\nRUN {run}\n"
    )
    [each] = found(tmp_path, text)
    assert ("what the files of line 7 already have" in each.message) is bool(told)
    assert ("if they have that mode" in each.message) is (told is None)
    assert each.severity.value == ("warning" if told is False else "info")


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ("RUN mkdir /log && chown -R 7 /log /srv/app", "take `/srv/app` out of it"),
        ("RUN mkdir /srv/app/log && chown -R 7 /srv/app", _ELSEWHERE),
        ("RUN /srv/app/setup && chown -R 7 /srv/app", _ELSEWHERE),
        ("RUN cd /srv/app && npm ci && chown -R 7 /srv/app", _ELSEWHERE),
        ("WORKDIR /srv/app\nRUN chown -R 7 /srv/app", "set it for `/srv/app` without `-R`"),
        ("RUN chown -R 7 /srv/app", "remove it"),
    ],
)
def test_what_else_needs_an_owner_that_the_copy_gave(
    tmp_path: Path, steps: str, wanted: str
) -> None:
    [each] = found(tmp_path, f"FROM debian:12\nCOPY --chown=7 app /srv/app\n{steps}\n")
    assert each.help == wanted


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ("WORKDIR /srv/app\nRUN npm ci\n", "remove it"),
        ("USER node\nRUN touch /srv/app/log\nUSER root\n", _ELSEWHERE),
        ("RUN mkdir /srv/app/log && chown node /srv/app/log\n", _ELSEWHERE),
        ("RUN mkdir /log && chown node /log && touch /srv/app/b\n", "remove it"),
    ],
)
def test_what_is_roots_anyway(tmp_path: Path, steps: str, wanted: str) -> None:
    text = f"FROM node:22\nCOPY app /srv/app\n{steps}RUN chown -R root:root /srv/app\n"
    [each] = found(tmp_path, text)
    assert "already have" in each.message
    assert each.help == wanted


@pytest.mark.parametrize(
    ("argument", "doubt"),
    [
        ("ARG OWNER\nENV OWNER=${OWNER:-root}", True),
        ("ARG OWNER=root", False),
        ("ENV OWNER=root", False),
    ],
)
def test_an_owner_that_is_passed_may_be_another_one(
    tmp_path: Path, argument: str, *, doubt: bool
) -> None:
    text = f"FROM debian:12\n{argument}\nCOPY app /srv/app\nRUN chown -R $OWNER /srv/app\n"
    [each] = found(tmp_path, text)
    assert each.severity.value == "info"
    assert each.message.endswith(f"owner already, {GRAPHDRIVER}") is doubt
    assert ("sets what" in each.message) is not doubt
    assert each.cost is None or not doubt


def test_an_owner_that_the_copy_gave_already_is_no_error(tmp_path: Path) -> None:
    write_context(tmp_path, "app/noise 4MB")
    text = "FROM debian:12\nCOPY --chown=7 app /app\nRUN chown -R 7 /app\n"
    [each] = found(tmp_path, text)
    assert each.severity.value == "info"


@pytest.mark.parametrize(
    ("base", "above", "run", "wanted"),
    [
        ("continuumio/miniconda3", "true", "chmod -R g+w /opt/conda", [3]),
        ("quay.io/jupyter/base-notebook", "true", "chown -R 1000 /opt", [3]),
        (
            "ubuntu",
            "bash Miniforge3-Linux-x86_64.sh -b -p /opt/conda",
            "chmod -R 777 /opt/conda",
            [3],
        ),
        ("rust:1.80", "true", "chmod -R a+w /usr/local/cargo", [3]),
        ("continuumio/miniconda3", "true", "chmod g+w /opt/conda", []),
        ("debian:12", "true", "chmod -R g+w /opt/conda", []),
        ("openresty/openresty:alpine", "true", "chown -R 33 /usr/local/openresty", [3]),
        ("nginx", "true", "chown -R nginx /usr/share/nginx", []),
    ],
)
def test_folders_that_a_base_or_an_installer_brings(
    tmp_path: Path, base: str, above: str, run: str, wanted: list[int]
) -> None:
    diagnostics = found(tmp_path, f"FROM {base}\nRUN {above}\nRUN {run}\n")
    assert [each.place.start.line for each in diagnostics] == wanted


@pytest.mark.parametrize(("size", "severities"), [(500, []), (5_000, ["info"])])
def test_a_small_file_is_an_info(tmp_path: Path, size: int, severities: list[str]) -> None:
    write_context(tmp_path, f"run {size}")
    for more in ("", " && ./setup"):
        text = f"FROM debian:12\nCOPY run /bin/start\nRUN chmod +x /bin/start{more}\n"
        assert [each.severity.value for each in found(tmp_path, text)] == severities


def test_the_owner_of_a_folder_alone_whose_name_holds_a_version(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY --from=other /opt/tool-1.2 /opt/tool-1.2\nRUN chown app /opt/tool-1.2\n"
    assert found(tmp_path, text) == ()


BY_STAGE = (
    "set the modes in a stage that is not pushed, and copy from there{}: not every builder takes"
    " `--chmod={}`"
)


@pytest.mark.parametrize(
    ("above", "run", "advice"),
    [
        ("COPY app /app", "chown -R app /app", "use `COPY --chown`"),
        (
            "COPY app /app\nRUN apt-get install -y gcc && cd /app && npm ci",
            "chown -R app /app",
            "use `COPY --chown`, and let line 3 `chown` what it writes",
        ),
        (
            "WORKDIR /app\nCOPY app .\nRUN npm ci",
            "chown -R app .",
            "use `COPY --chown`, and let line 4 `chown` what it writes; `chown` the working directory itself without `-R`",
        ),
        (  # which WORKDIR made, as root
            "WORKDIR /app\nCOPY app app",
            "chown -R app /app",
            "use `COPY --chown`; `chown` the working directory itself without `-R`",
        ),
        (
            "COPY app/data /bin/a",
            "chown app /bin/a && setcap cap_net_bind_service=+ep /bin/a",
            "`chown` and `setcap` them in an earlier stage, and copy them from there",
        ),
        ("COPY app /app", "mv /app /srv", "copy them to that place at once"),
        ("COPY etc /etc/x", "chgrp -R 0 /etc/x && chmod -R 770 /etc/x", "use `COPY --chmod`"),
        (
            "COPY app /app",
            "chown -R app /app && chmod -R 770 /app",
            "use `COPY --chown --chmod`",
        ),
        (  # which is somebody else's number above it
            "COPY app /app",
            "usermod -u 33 www-data && chown -R www-data /app",
            "set up the account in a `RUN` above line 2, and use `COPY --chown`",
        ),
        (
            "COPY app /app\nRUN adduser -D app",
            "chown -R app /app",
            "set up the account in a `RUN` above line 2, and use `COPY --chown`",
        ),
        ("COPY app /app", "useradd -u 33 app && chown -R 33:33 /app", "use `COPY --chown`"),
        ("RUN useradd app\nCOPY app /app", "chown -R app /app", "use `COPY --chown`"),
        ("COPY app /app", "chmod -R g=u /app", BY_STAGE.format("", "g=u")),
        (
            "COPY app /app",
            "chown -R app /app && chmod -R a+rwX /app",
            BY_STAGE.format(" with `--chown`", "a+rwX"),
        ),
        (  # a name that nobody has above it
            "COPY app /app",
            "useradd app && chown -R app /app && chmod -R a+rwX /app",
            "set up the account in a `RUN` above line 2, and "
            + BY_STAGE.format(" with `--chown`", "a+rwX"),
        ),
        (  # the first of all that need the flag
            "COPY start /app/bin/\nCOPY app /app\nRUN useradd app",
            "chown -R app /app",
            "set up the account in a `RUN` above line 2, and use `COPY --chown`",
        ),
        (
            "COPY app/data /bin/a",
            "chmod +x /bin/a",
            "use `COPY --chmod`, with the mode as a number",
        ),
    ],
)
def test_how_files_need_not_be_stored_twice(
    tmp_path: Path, above: str, run: str, advice: str
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "conf").write_text("x" * 4000)
    [each] = found(tmp_path, f"FROM node:22\n{above}\nRUN {run}\n")
    assert each.help == advice


def test_a_script_whose_lines_are_ended_otherwise_is_no_loss(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("x" * 4000)
    assert found(tmp_path, "FROM debian:12\nCOPY run /\nRUN dos2unix /run\n") == ()


@pytest.mark.parametrize(
    ("above", "advice"),
    [
        (
            "",
            "use COPY --chown; if the base image holds others there, change only the ones that need it",
        ),
        ("RUN mkdir -p /usr/local/shop\n", "use COPY --chown"),
        (
            "WORKDIR /usr/local/shop\nRUN true\nWORKDIR /\n",
            "use COPY --chown; chown /usr/local/shop itself without -R",
        ),
    ],
)
def test_a_folder_that_the_base_may_have_brought(tmp_path: Path, above: str, advice: str) -> None:
    text = (
        f"FROM debian:12\n{above}COPY a.bin /usr/local/shop/lib/\nRUN chown -R 7 /usr/local/shop\n"
    )
    found = checked(tmp_path, "bloat/metadata-copy-up", text, "a.bin 2MB\n")
    assert found.texts[0].endswith(advice)


UNPACKED = "RUN cd /srv && curl -fsSLO https://a.test/a-1.tgz && tar xzf a-1.tgz && mv a-* app\n"


@pytest.mark.parametrize(
    ("above", "run", "advice"),
    [
        ("", "chmod -R g+w /srv", "do it in lines 4 and 7, which store them first"),
        (
            "COPY app /srv/c/data\n",
            "chmod -R g+w /srv",
            (
                "do it in lines 4 and 7, which store them first; keep it here for the files of"
                " line 8"
            ),
        ),
        (
            "USER root\n",
            "chmod -R g+w /srv",
            "do it in lines 4 and 7, which store them first, as the user of line 9",
        ),
    ],
)
def test_all_that_store_what_changes_have_to_do_it(
    tmp_path: Path, above: str, run: str, advice: str
) -> None:
    user = "USER node\n" if "USER" in above else "USER root\n"
    text = (
        f"FROM node:22\n{user}WORKDIR /srv/a\nRUN npm ci\nCOPY app /srv/b\nWORKDIR /srv/b\n"
        f"RUN npm ci\n{above}RUN {run}\n"
    )
    [each] = found(tmp_path, text)
    assert each.help == advice


def test_what_weighs_more_is_named_beside_what_a_flag_mends(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /srv/app\nCOPY app .\n{}RUN npm ci\nRUN chown -R node .\n"
    [each] = found(tmp_path, text.format(""))
    assert "stores the files of lines 3 and 4 a second time" in each.message
    [each] = found(tmp_path, text.format("COPY start b/\nRUN npm ci\n"))
    assert "of lines 3 and 5 and of 2 more steps a second time" in each.message


@pytest.mark.parametrize(
    ("above", "run", "line", "advice"),
    [
        (
            "WORKDIR /srv/app\nCOPY app .\nRUN npm ci\n",
            "chmod -R g+w /srv/app",
            "lines 3 and 4",
            "do it in line 4, which stores them first",
        ),
        (
            f"{UNPACKED}COPY app /srv/app/plugins/\n",
            "chmod -R g+w /srv/app",
            "lines 2 and 3",
            "do it in line 2, which stores them first; keep it here for the files of line 3",
        ),
        (
            (
                "COPY --from=build /out/shop-wrapper /usr/local/bin/\n"
                "COPY --from=build /out/shop /usr/local/bin/\n"
            ),
            "chown -R app /usr/local/bin/shop-wrapper && chown -R app /usr/local/bin/shop",
            "line 3",
            "use `COPY --chown`",
        ),
    ],
)
def test_what_weighs_most_is_told(
    tmp_path: Path, above: str, run: str, line: str, advice: str
) -> None:
    [each] = found(tmp_path, f"FROM node:22\n{above}RUN {run}\n")
    assert f"the files of {line} a second time" in each.message
    assert each.help == advice


@pytest.mark.parametrize(
    ("run", "first"),
    [
        ("adduser -D shop && chown -R shop:shop /srv/app", True),
        ("adduser -D shop\nRUN chown -R shop:shop /srv/app", True),
        ("adduser -D shop && chown -R 1000:1000 /srv/app", False),
        ("adduser -D shop && chmod -R 777 /srv/app", False),
        ("chown -R nobody /srv/app", False),
    ],
)
def test_nothing_is_given_to_somebody_who_is_made_later(
    tmp_path: Path, run: str, *, first: bool
) -> None:
    text = f"FROM alpine:3.20\n{UNPACKED}RUN {run}\n"
    [each] = found(tmp_path, text)
    account = "set up the account in a `RUN` above line 2, and " * first
    assert each.help == f"{account}do it in line 2, which stores them first"


@pytest.mark.parametrize(
    ("run", "advice"),
    [
        (
            "chown -R nobody /srv/app /srv/start",
            "use `--chown` in line 2; do it in line 3, which stores them first",
        ),
        (
            "adduser -D shop && chown -R shop /srv/app /srv/start",
            "set up the account in a `RUN` above line 2, and use `--chown` in line 2; do it in line 3, which stores them first",
        ),
        (
            "chmod -R 777 /srv/app && chown nobody /srv/start",
            "do it in line 3, which stores them first",
        ),
        ("chmod -R g=u /srv", "do it in line 3, which stores them first"),
    ],
)
def test_copies_before_a_run_have_the_flag(tmp_path: Path, run: str, advice: str) -> None:
    text = f"FROM alpine:3.20\nCOPY start /srv/\n{UNPACKED}RUN {run}\n"
    assert [each.help for each in found(tmp_path, text)] == [advice]


@pytest.mark.parametrize(
    ("run", "advice"),
    [
        ("mv /home/app/app/data /home/app/", "copy them to that place at once"),
        (
            "chmod -R 777 /home/app/app",
            f"copy `app` by a `COPY --chmod` of its own; {_LEFT_OUT}",
        ),
    ],
)
def test_what_a_copy_brings_is_not_the_bases(tmp_path: Path, run: str, advice: str) -> None:
    [each] = found(tmp_path, f"FROM node:22\nCOPY . /home/app\nRUN {run}\n")
    assert each.help == advice


@pytest.mark.parametrize("copy", ["app/data start /srv/", "./app/ start /srv/"])
def test_what_is_named_by_itself_is_named_elsewhere(tmp_path: Path, copy: str) -> None:
    """It is named as the build context has it: that is what a COPY takes."""
    [each] = found(tmp_path, f"FROM node:22\nCOPY {copy}\nRUN chmod 755 /srv/data\n")
    assert each.help == "copy `app/data` by a `COPY --chmod` of its own"


@pytest.mark.parametrize(("size", "severity"), [("200kB", "info"), ("9MB", "warning")])
def test_what_is_known_decides_where_the_base_may_hold_more(
    tmp_path: Path, size: str, severity: str
) -> None:
    text = "FROM shop/base\nCOPY . /app\nRUN chmod -R 775 /app/dist && chmod -R 777 /app/var\n"
    [each] = checked(tmp_path, RULE, text, f"dist/a.bin {size}\nb.txt\n").found
    assert str(each.severity) == severity


def test_many_steps_below_one_folder(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12-slim\nRUN python -m venv /srv/a && /srv/a/bin/pip install flask==3\n"
        "RUN python -m venv /srv/b && /srv/b/bin/pip install flask==3\n"
        "COPY app.py /srv/\nRUN chown -R www-data /srv\n"
    )
    [found] = checked(tmp_path, "bloat/metadata-copy-up", text, "app.py 20kB\n").found
    assert "files of lines 2 and 4 and of 1 more step a second time" in found.message
    assert "let lines 2 and 3 `chown` what they write" in found.help


@pytest.mark.parametrize(
    ("name", "lines"), [(".gitignore", []), ("a/.gitkeep", []), ("x.css", [4])]
)
def test_a_folder_that_is_kept_in_git(tmp_path: Path, name: str, lines: list[int]) -> None:
    text = "FROM python:3.12\nCOPY . /srv\nRUN python x.py\nRUN chown -R www-data /srv/media\n"
    listing = f"media/{name} 7000\nx.py\n"
    assert checked(tmp_path, "bloat/metadata-copy-up", text, listing).lines == lines


def test_what_another_stage_made_is_named_before_a_script(tmp_path: Path) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /b\nCOPY package.json .\nRUN npm ci\nFROM node:22\n"
        "WORKDIR /srv\nCOPY start.sh {} .\nCOPY --from=build /b/node_modules ./node_modules\n"
        "COPY start.sh bin/\nRUN chown -R node /srv\n"
    )
    context = "package.json\nstart.sh 2kB\nbulk.bin 9MB\n"
    for more, line in (("", 8), ("bulk.bin", 7)):
        found = checked(tmp_path, "bloat/metadata-copy-up", text.format(more), context).found
        assert f"of line {line} and of 2 more steps a second time" in found[0].message


@pytest.mark.parametrize(
    ("image", "run", "severity"),
    [
        ("elasticsearch:8.15.0", "chmod -R go+r /usr/share/elasticsearch", "info"),
        ("elasticsearch:8.15.0", "chmod -R g+w /usr/share/elasticsearch", "warning"),
        ("debian:12", "tar -xf /a.tar -C /srv/a\nRUN chmod -R a+rX /srv/a", "info"),
        ("debian:12", "tar -xf /a.tar -C /srv/a\nRUN chmod -R g=u /srv/a", "warning"),
    ],
)
def test_modes_that_files_from_elsewhere_may_have_are_an_info(
    tmp_path: Path, image: str, run: str, severity: str
) -> None:
    [each] = found(tmp_path, f"FROM {image}\nRUN {run}\n")
    assert each.severity.value == severity
    assert each.message.endswith(f"mode already, {GRAPHDRIVER}") is (severity == "info")


def test_a_copied_program_has_the_mode_that_its_copy_gave(tmp_path: Path) -> None:
    text = "FROM a AS b\nRUN make\nFROM debian:12\nCOPY --chmod=755 --from=b /t /usr/bin/t\nRUN chmod +x /usr/bin/t\n"
    [each] = found(tmp_path, text)
    assert "already have" in each.message


@pytest.mark.parametrize(
    ("user", "run", "lines"),
    [
        ("node", "chown -R node /srv/src", []),
        ("node", "chown -R node:node /srv/src", []),
        ("node", "chown -R node:0 /srv/src", [5]),
        ("root", "chown -R root:root /srv/src", []),
        ("root", "chown -R node /srv/src", [5]),
    ],
)
def test_what_a_run_writes_is_its_users(
    tmp_path: Path, user: str, run: str, lines: list[int]
) -> None:
    text = f"FROM node:22\nUSER {user}\nRUN git clone --depth 1 https://example.com/a /srv/src\nUSER root\nRUN {run}\n"
    assert [each.place.start.line for each in found(tmp_path, text)] == lines


@pytest.mark.parametrize(
    ("run", "left"),
    [
        ("chown -R app /srv/app", "; `chown` the working directory itself without `-R`"),
        ("./manage collect && chown -R app .", "; let each `RUN` `chown` what it writes there"),
        (
            "mkdir -p /log/a && chown -R app /log /srv/app",
            "; let each `RUN` `chown` what it writes there",
        ),
        ("mkdir logs && chmod -R 777 /srv/app", "; let each `RUN` `chmod` what it writes there"),
        (
            "chown -R app /srv/app /var/lib/shop",
            "; `chown` the working directory itself without `-R`; keep `chown` for `/var/lib/shop`",
        ),
    ],
)
def test_what_flags_of_a_copy_leave_to_the_command(tmp_path: Path, run: str, left: str) -> None:
    text = f"FROM debian:12\nRUN useradd app\nWORKDIR /srv/app\nCOPY app .\nRUN {run}\n"
    [each] = found(tmp_path, text)
    flag = "--chmod" if "chmod" in run else "--chown"
    assert each.help == f"use `COPY {flag}`{left}"


@pytest.mark.parametrize(
    ("run", "left"),
    [
        (
            "chown -R app:root /home/app && chmod -R 750 /home/app",
            "; `chown` and `chmod` `/home/app` and the working directory themselves without `-R`",
        ),
        ("chmod -R 755 /home/app", "; `chmod` `/home/app` and the working directory themselves"),
        ("chmod -R 700 .", "; `chmod` the working directory itself without `-R`"),
        ("chmod -R 755 .", ""),  # which WORKDIR gives it
        ("chown -R app tool", ""),
        ("chown -R app /home/app/bin/tool", ""),
    ],
)
def test_folders_that_no_copy_makes(tmp_path: Path, run: str, left: str) -> None:
    text = (
        "FROM debian:12\nRUN useradd -m -d /home/app app\nWORKDIR /home/app/bin\n"
        f"COPY app ./tool\nRUN {run}\n"
    )
    [each] = found(tmp_path, text)
    assert left in each.help
    assert ("without `-R`" in each.help) == bool(left)


def test_where_only_the_base_knows_the_working_directory(tmp_path: Path) -> None:
    text = "FROM ghcr.io/acme/base:1.0\n{}COPY app app\nRUN chown -R a:a {}\n"
    [own] = checked(tmp_path, RULE, text.format("", "app"), "app/data 3MB\n").found
    assert own.help == "use `COPY --chown`"
    assert own.cost is not None
    assert (own.cost.push_bytes or 0) >= 3_000_000
    assert own.cost.at_least  # nobody knows what else the base has there
    [working] = found(tmp_path, text.format("WORKDIR /srv\n", "/srv"))
    assert working.help.endswith("`chown` the working directory itself without `-R`")


@pytest.mark.parametrize(
    ("setting", "given", "kept"),
    [
        ("ARG USER=shop", "$USER:$USER", "$USER:$USER"),
        ("ENV USER=shop", '"${USER}"', "${USER}:root"),
        ("ENV USER=shop", "$USER:staff", "$USER:staff"),
        ("ARG USER=shop", "shop:shop", "shop:shop"),
    ],
)
def test_the_fix_keeps_the_owner_as_it_is_written(
    tmp_path: Path, setting: str, given: str, kept: str
) -> None:
    def fixed_with(own: str, restored: str) -> str:
        above = f"FROM debian:12\n{setting}\n{own}COPY app /app\n{restored}"
        text = f"{above}RUN chown -R {given} /app\n"
        return checked(tmp_path, RULE, text, "app/data 3MB\n").fixed

    assert f"COPY --chown={kept} app /app\n" in fixed_with("", "")
    value = kept.replace("${USER}", "shop").replace("$USER", "shop")
    of_copy = "ENV USER=nobody\n", "ENV USER=shop\n"
    assert f"COPY --chown={value} app /app\n" in fixed_with(*of_copy)


def test_a_small_file_that_gets_another_name_is_not_told(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY . /srv/\nRUN mv /srv/env.default /srv/.env\n"
    assert checked(tmp_path, RULE, text, "env.default 2kB\n").found == []
    assert checked(tmp_path, RULE, text, "env.default 200kB\n").lines == [3]


def test_an_option_for_folders_is_none_of_a_single_file(tmp_path: Path) -> None:
    fetched = "ADD https://example.com/a/schema.sql /docker-entrypoint-initdb.d/a.sql\n"
    text = f"FROM mysql:8.4\n{fetched}RUN chown -R mysql:mysql /docker-entrypoint-initdb.d/a.sql\n"
    [each] = found(tmp_path, text)
    assert each.severity.value == "info"  # some kB, as what people write
    assert each.repair is not None
    assert each.repair.title == "add `--chown` to the `ADD`"
    assert [edit.text for edit in each.repair.edits] == [" --chown=mysql:mysql", ""]
    gone = each.repair.edits[1].place
    assert (gone.start.line, gone.end.line) == (3, 4)  # all of the RUN


def test_what_the_base_holds_is_told_before_a_small_file_of_a_copy(tmp_path: Path) -> None:
    text = (
        "FROM httpd:2.4\nCOPY start /usr/local/apache2/conf/\n"
        "RUN echo Listen 80 >> /usr/local/apache2/conf/x && chown -R www-data /usr/local/apache2\n"
    )
    [each] = found(tmp_path, text)
    assert "files of the base image in line 1" in each.message
    write_context(tmp_path, "big 4MB")
    [each] = found(tmp_path, text.replace("COPY start", "COPY big"))
    assert "the files of line 2" in each.message  # 4 MB are worth a word of their own


def test_a_script_of_unknown_size_is_not_told_before_a_folder(tmp_path: Path) -> None:
    text = (
        "FROM node:22 AS b\nRUN make\nFROM nginx:1\nCOPY --from=b /s/entrypoint.sh /patch/\n"
        "COPY --from=b /s/wait-for /patch/\nCOPY --from=b /s/dist /var/www/shop\n"
        "RUN chown -R 1000 /patch && chown -R 1000 /var/www/shop\n"
    )
    [each] = found(tmp_path, text)
    assert "`chown -R 1000 /var/www/shop` stores the files of line 6" in each.message


@pytest.mark.parametrize(
    ("base", "install", "wanted"),
    [
        ("ruby:3.3-slim", "bundle install", [3]),
        ("ruby:3.3-slim", "bundle install --path vendor/bundle", []),
        ("ruby:3.3-slim", "bundle config set --local path vendor/bundle && bundle install", []),
        ("ruby:3.3-slim", "bundle config set deployment true && bundle install", []),
        ("ruby:3.3-slim", "true", []),
        ("team/ruby:3.3", "bundle install", []),
    ],
)
def test_gems_of_rubys_image(tmp_path: Path, base: str, install: str, wanted: list[int]) -> None:
    text = f"FROM {base}\nRUN {install}\nRUN chown -R app /usr/local/bundle\n"
    assert [each.place.start.line for each in found(tmp_path, text)] == wanted


@pytest.mark.parametrize(
    ("folder", "wanted"),
    [
        ("/opt/jdk", "; move the `mkdir` of line 3 there, too"),
        ("/opt/jre", ""),
    ],
)
def test_a_folder_that_is_made_after_the_download(tmp_path: Path, folder: str, wanted: str) -> None:
    text = (
        "FROM debian:12\nRUN curl -o /jdk.tgz https://e.io/jdk-1.2.tgz\n"
        f"RUN mkdir {folder}\nRUN mv /jdk.tgz /opt/jdk\n"
    )
    assert [each.help for each in found(tmp_path, text)] == [
        f"do it in line 2, which stores them first{wanted}"
    ]


def test_the_folder_of_an_archive_is_the_archives(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nRUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt\n"
        "RUN chmod -R 777 /opt/tool-1.2\n"
    )
    assert [each.help for each in found(tmp_path, text)] == [
        "do it in line 2, which stores them first"
    ]


@pytest.mark.parametrize(
    ("above", "run", "told"),
    [
        ("RUN curl -o /usr/bin/tool https://e.test/tool", "chmod +x /usr/bin/*", True),
        ("RUN curl -o /usr/bin/tool https://e.test/tool", "chmod +x /usr/bin/t*l", True),
        ("ADD https://e.test/tool /opt/", "chmod +x /opt/*", True),
        ("COPY large /opt/", "chmod 600 /opt/*.bin", True),
        ("RUN curl -o /usr/bin/tool https://e.test/tool", "chmod +x /usr/bin/a*", False),
        ("RUN curl -o /usr/bin/a/tool https://e.test/tool", "chmod +x /usr/bin/*", False),
        ("RUN curl -o /usr/bin/tool.sh https://e.test/tool", "chmod +x /usr/bin/*", False),
        ("COPY start /usr/bin/", "chmod +x /usr/bin/*", False),  # a script
        ("ADD https://e.test/shop.lua /opt/", "chmod 644 /opt/*.lua", False),
        ("RUN curl -o /usr/bin/tool https://e.test/tool", "chmod +x /usr/*/*", False),
    ],
)
def test_what_a_pattern_means(tmp_path: Path, above: str, run: str, *, told: bool) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "a.bin").write_bytes(random.Random(1).randbytes(2 << 20))  # noqa: S311
    each = found(tmp_path, f"FROM debian:12\n{above}\nRUN {run}\n")
    assert [one.repair for one in each] == [None] * told


@pytest.mark.parametrize(
    ("between", "told"),
    [
        ("rm -rf /app", 0),
        ("mv /app/data /srv/", 0),
        ("rm -f /app/other", 1),
        ("test -f /x || rm -rf /app", 1),
    ],
)
def test_what_is_gone_is_not_stored_again(tmp_path: Path, between: str, told: int) -> None:
    text = f"FROM debian:12\nCOPY app /app\nRUN {between}\nRUN chown -R 7 /app\n"
    assert len([each for each in found(tmp_path, text) if each.place.start.line == 4]) == told


@pytest.mark.parametrize(
    ("more", "flags"),
    [
        ("chown 101:101 /*.sh", "--chown --chmod"),
        ("chown 101:101 /*.py", "--chmod"),
        ("chown 101:101 /opt/*.sh", "--chmod"),
    ],
)
def test_a_pattern_changes_the_same_file(tmp_path: Path, more: str, flags: str) -> None:
    text = f"FROM debian:12\nCOPY start.sh /\nRUN chmod 700 /start.sh && {more}\n"
    (found,) = checked(tmp_path, "bloat/metadata-copy-up", text, "start.sh 9kB\n").found
    assert found.help == f"use `COPY {flags}`"


@pytest.mark.parametrize(
    ("copies", "run", "told"),
    [
        ("COPY app /app\nCOPY shopd-${TARGETARCH} /usr/bin/shopd", "chmod +x /usr/bin/shopd", True),
        ("COPY app /app\nCOPY shopd /shopd", "chmod 0755 /shopd", True),
        ("COPY app /app\nCOPY shopd /shopd", "chmod +x /start /shopd", True),
        ("COPY app /app\nCOPY shopd /shopd", "chmod 644 /shopd", False),
        ("COPY app /app\nCOPY shopd /shopd", "chown app /shopd", False),  # perhaps a folder
        ("COPY app /app\nCOPY run-shop /shop", "chmod +x /shop", False),  # a script
        ("COPY shopd /shopd", "chmod +x /shopd", False),  # another context, perhaps
    ],
)
def test_a_program_that_is_built_before_the_image(
    tmp_path: Path, copies: str, run: str, *, told: bool
) -> None:
    text = f"FROM debian:12\nARG TARGETARCH\n{copies}\nRUN {run}\n"
    assert [str(each.severity) for each in found(tmp_path, text)] == ["info"] * told


@pytest.mark.parametrize(
    ("path", "run", "severity"),
    [
        ("shop.config.ts", "chown node /srv/shop.config.ts", "info"),
        ("scripts", "chmod -R a+x /srv/scripts", "info"),
        ("dist", "chown -R node /srv/dist", "warning"),
        ("shop.bin", "chown node /srv/shop.bin", "warning"),
    ],
)
def test_what_is_small_by_its_name_is_an_info(
    tmp_path: Path, path: str, run: str, severity: str
) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /b\nRUN ./tools/with-secrets make\nFROM node:22\n"
        f"COPY --from=build /b/{path} /srv/{path}\nRUN {run}\n"
    )
    [each] = found(tmp_path, text)
    assert str(each.severity) == severity


@pytest.mark.parametrize(
    ("more", "name", "mode", "in_vain"),
    [
        ("", "shop.dat", 644, [True]),
        ("", "shop.dat", 755, [False]),
        ("RUN chmod -R 700 /b\n", "shop.dat", 644, [False]),
        ("RUN chmod 700 /b/shop.dat\n", "shop.dat", 644, [False]),
        ("RUN chmod +x /tmp/build /b/*.sh\n", "shop.dat", 644, [False]),
        ("RUN chmod +x /tmp/build && /tmp/build\n", "shop.dat", 644, [True]),
        ("", "next.mjs", 644, []),
        ("", "next.mjs", 755, [False]),
    ],
)
def test_a_mode_that_a_file_has_by_way_of_a_stage(
    tmp_path: Path, more: str, name: str, mode: int, in_vain: list[bool]
) -> None:
    write_context(tmp_path, "shop.dat 4MB\nnext.mjs 19kB\n")
    for each in ("shop.dat", "next.mjs"):
        (tmp_path / each).chmod(0o644)
    text = (
        f"FROM node:22 AS build\nWORKDIR /b\nCOPY . .\n{more}FROM node:22\n"
        f"COPY --from=build /b/{name} /srv/{name}\nRUN chmod {mode} /srv/{name}\n"
    )
    told = [each.message for each in found(tmp_path, text)]
    assert ["already have" in each for each in told] == in_vain


_SHOP = "shop/list.json 90kB\nshop/main.js 200kB\n"


@pytest.mark.parametrize(
    ("again", "named"),
    [
        ("COPY shop /app", "line 5"),  # the last that brings it
        ("COPY --from=build /src/shop /app", None),  # which is the file of line 2
        ("COPY --from=build /src/dist /app", "line 4"),
    ],
)
def test_a_file_that_is_copied_again(tmp_path: Path, again: str, named: str | None) -> None:
    text = (
        "FROM debian:12 AS build\nCOPY shop /src/shop\nFROM debian:12\n"
        f"COPY shop/list.json /app/\n{again}\nRUN chown www-data /app/list.json\n"
    )
    messages = checked(tmp_path, RULE, text, _SHOP).messages
    assert [f"the files of {named} a second time" in each for each in messages] == [True] * bool(
        named
    )


def test_a_file_that_a_later_folder_may_bring_again_is_not_blamed_on_its_copy(
    tmp_path: Path,
) -> None:
    later = "COPY --from=b /out /srv/app\n"
    head = "FROM node:22 AS b\nRUN make\nFROM node:22-slim\nCOPY package.json /srv/app/\n"
    for more, lines in (("", [5]), (later, []), ("COPY --from=b /out /srv/web\n", [6])):
        text = f"{head}{more}RUN chown node /srv/app/package.json\n"
        found = checked(tmp_path, "bloat/metadata-copy-up", text, "package.json 90kB\n")
        assert found.lines == lines


_LEFT = "app/a.po 3MB\napp/b.js 2MB\napp/old/c.js 1MB\n"


@pytest.mark.parametrize(
    ("above", "run", "stored"),
    [
        ("", "chown -R www-data /srv/app", (6, False)),
        ("", "chown -R www-data /srv/app && find /srv/app -name '*.po' -delete", (3, False)),
        ("", "find . -name '*.po' -exec rm {} + && chown -R www-data /srv/app", (3, False)),
        ("", "chown -R www-data /srv/app && rm -rf /srv/app/old /srv/app/*.po", (2, False)),
        ("", "chown -R www-data /srv/app && find /srv/app -name '*.po' | xargs rm", None),
        ("", "chown -R www-data /srv/app && find /srv/app -mtime 3 -delete", None),
        ("", "chown -R www-data /srv/app && rm -rf /tmp/* /srv/ap", (6, False)),
        # what ran before the COPY cannot have deleted any of it
        ("RUN ./unknown x\n", "chown -R www-data /srv/app", (6, True)),
        ("RUN rm -rf /srv/app/x\n", "chown -R www-data /srv/app", None),
    ],
)
def test_what_the_run_deletes_is_not_stored_again(
    tmp_path: Path, above: str, run: str, stored: tuple[int, bool] | None
) -> None:
    text = f"FROM debian:12\nWORKDIR /srv\n{above}COPY app app\nRUN {run}\n"
    [each] = checked(tmp_path, RULE, text, _LEFT).found
    cost = each.cost
    shown = cost and (round((cost.image_bytes or 0) / 1_000_000), cost.at_least)
    assert shown == stored


def test_a_step_between_may_delete_what_was_copied(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY app /srv/app\nRUN ./unknown x\nRUN chown -R www-data /srv/app\n"
    [each] = checked(tmp_path, RULE, text, _LEFT).found
    assert each.cost is None


@pytest.mark.parametrize(
    ("run", "is_told"),
    [
        ('for each in $(cat list); do wget -P fonts "$each"; done && chmod -R a+r .', True),
        ("curl -o fonts/a.woff https://example.com/a.woff && chmod -R a+r /srv", True),
        ("curl -o /tmp/a.woff https://example.com/a.woff && chmod -R a+r .", False),
        ("chmod -R a+r . && curl -o fonts/a.woff https://example.com/a.woff", False),
    ],
)
def test_modes_that_files_have_already_are_for_what_a_run_downloads_itself(
    tmp_path: Path, run: str, *, is_told: bool
) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /a\nRUN npm install shop\n"
        f"FROM debian:12\nWORKDIR /srv\nCOPY --from=build /a ./\nRUN {run}\n"
    )
    [each] = found(tmp_path, text)
    assert GRAPHDRIVER in each.message
    assert (each.help == "`chmod` only what this `RUN` downloads") is is_told


@pytest.mark.parametrize(
    ("run", "more"),
    [
        ("chown -R 7 /srv && chmod 730 /srv/shop", True),
        ("chown -R 7 /srv && chmod 730 /opt/shop", False),
        ("chown -R 7 /srv && touch /srv/new && chmod 730 /srv/new", False),
    ],
)
def test_a_mode_in_the_same_run_stores_a_file_again_all_the_same(
    tmp_path: Path, run: str, *, more: bool
) -> None:
    text = f"FROM debian:12\nCOPY --from=example/shop /dist /srv\nRUN {run}\n"
    [each] = found(tmp_path, text)
    again = (
        "; `chmod 730 /srv/shop` stores its files again all the same, unless that mode is set"
        " where they come from"
    )
    assert (again in each.help) is more


@pytest.mark.parametrize(
    ("above", "helps"),
    [
        ("", "do it in line 3, which stores them first"),
        ("RUN apt-get install -y $MORE\n", "do it in each `RUN` that installs them"),
    ],
)
def test_packages_of_a_variable_may_have_brought_the_folder_first(
    tmp_path: Path, above: str, helps: str
) -> None:
    install = "RUN apt-get install -y shop-dbgsym\n"
    text = f"FROM debian:12\n{above or 'RUN true'}\n{install}RUN chgrp -R 7 /usr/lib/debug\n"
    [each] = found(tmp_path, text)
    assert helps in each.help


@pytest.mark.parametrize(
    ("flag", "kept"), [("", "; keep `chmod` for `/srv/start`"), ("--chmod=700 ", "")]
)
def test_what_a_copy_gives_already_need_not_be_kept(tmp_path: Path, flag: str, kept: str) -> None:
    copies = f"COPY app/data /srv/data\nCOPY {flag}start /srv/start\n"
    [each] = found(tmp_path, f"FROM debian:12\n{copies}RUN chmod 700 /srv/data /srv/start\n")
    assert (each.help or (each.repair.title if each.repair else "")).endswith(kept)
    assert ("keep" in each.help) is bool(kept)


@pytest.mark.parametrize(
    ("name", "severity"),
    [("install-tools", "info"), ("get-tools", "info"), ("install", "warning")],
)
def test_a_script_that_is_downloaded_is_small(tmp_path: Path, name: str, severity: str) -> None:
    add = f"ADD https://example.com/{name} /usr/local/bin/"
    [each] = found(tmp_path, f"FROM debian:12\n{add}\nRUN chmod +x /usr/local/bin/{name}\n")
    assert str(each.severity) == severity


def test_the_other_command_is_one_on_the_files_that_are_told(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nCOPY start /srv/\nCOPY build/shopd /srv/\n"
        "RUN chown -R 7 /srv && chmod 730 /srv/start && chmod 730 /srv/shopd\n"
    )
    [each] = found(tmp_path, text)
    assert "; `chmod 730 /srv/shopd` stores its files again all the same" in each.help


def test_a_mode_that_a_linker_gave_is_not_set_again(tmp_path: Path) -> None:
    text = (
        "FROM golang:1.22 AS build\nCOPY app /app\nRUN go build -o /out/shopd\nFROM debian:12\n"
        "COPY --from=build /out/shopd /srv/shopd\n"
        "RUN chown -R 7 /srv && chmod u+x /srv/shopd\n"
    )
    [each] = found(tmp_path, text)
    assert each.help.endswith("; drop `chmod u+x /srv/shopd`: that mode is there already")


def test_what_another_run_may_have_put_there_makes_nothing_of_small_files(tmp_path: Path) -> None:
    write_context(tmp_path, "one.sql 2kB\ntwo.sql 3kB\n")
    text = (
        "FROM debian:12\nRUN curl -fsSL https://e.io/shop/setup.sh | bash\n"
        "COPY one.sql two.sql /shop/start/\nRUN chown -R app /shop/start\n"
    )
    (found,) = checked(tmp_path, RULE, text).found
    assert found.costs_less_than(10_000)


_BUILT = "FROM node:22 AS builder\nRUN make\nFROM node:22-slim\nWORKDIR /app\n"


def test_commands_that_change_one_folder_are_told_together(tmp_path: Path) -> None:
    text = (
        f"{_BUILT}COPY app public\nCOPY --from=builder --chown=node:node /out ./\n"
        "COPY --from=builder --chown=node:node /static ./static\nRUN {}\n"
    )
    [both] = found(tmp_path, text.format("chgrp -R 0 /app && chmod -R g=u /app"))
    assert both.message.startswith(
        "`chgrp -R 0 /app` and `chmod -R g=u /app` store the files of line 6 and of 2 more steps"
    )
    assert "copy from there with `--chown`" in both.help
    [one] = found(tmp_path, text.format("chmod -R g=u /app && chmod -R a+r /usr/lib"))
    assert one.message.startswith("`chmod -R g=u /app` stores the files of line 6 and of 2 more")
    assert "--chown" not in one.help


def test_small_files_are_counted_with_those_that_weigh_more(tmp_path: Path) -> None:
    text = (
        f"{_BUILT}COPY --from=builder /app/dist dist\nCOPY --from=builder /app/package.json .\n"
        "COPY --from=builder /app/pnpm*.yaml ./\nCOPY --from=builder --chown=node:node /c.json .\n"
        "RUN echo 1 > /app/version\nCOPY --from=builder /app/other.json /srv/\nRUN {}\n"
    )
    [told] = found(tmp_path, text.format("chown -R node:node /app"))
    assert "stores the files of line 5 and of 2 more steps a second time" in told.message
    assert found(tmp_path, text.format("chown node:node /app /app/package.json")) == ()


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("setcap cap_net_bind_service=+ep /opt/shopd", True),
        ("strip /opt/shopd", True),
        ("chown app /opt/shopd", False),  # which may be a folder
        ("chmod 755 /opt/shopd", False),
        ("setcap cap_net_bind_service=+ep /opt/other", False),
    ],
)
def test_what_only_a_file_can_be_given_is_stored_again(
    tmp_path: Path, command: str, *, wanted: bool
) -> None:
    text = f"FROM debian:12\nARG ARCH\nCOPY out/shopd_${{ARCH}} /opt/shopd\nRUN {command}\n"
    told = found(tmp_path, text)
    assert [str(each.severity) for each in told] == ["info"] * wanted
    assert all(each.cost is None for each in told)


@pytest.mark.parametrize(
    ("after", "rule"),
    [
        ("rm -r /srv/arch", "bloat/late-cleanup"),  # whose advice is for both
        ("rm -r /srv/else", "bloat/metadata-copy-up"),
        ("test -x /app", "bloat/metadata-copy-up"),
    ],
)
def test_what_is_taken_out_of_a_deleted_folder_is_told_once(
    tmp_path: Path, after: str, rule: str
) -> None:
    copies = "COPY --from=own /amd64 /srv/arch/amd64\nCOPY --from=own /arm64 /srv/arch/arm64\n"
    text = f"FROM our/programs AS own\nFROM debian:12\n{copies}ARG TARGETARCH\n"
    text += f"RUN mv /srv/arch/$TARGETARCH /app && {after}\nCMD app\n"
    rules = ("bloat/late-cleanup", "bloat/metadata-copy-up")
    assert [each for each in rules if checked(tmp_path, each, text).lines] == [rule]
