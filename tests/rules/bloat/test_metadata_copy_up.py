"""What bloat/metadata-copy-up says of changes beyond the examples of its page."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.lint.report import Diagnostic

RULE = "bloat/metadata-copy-up"


def found(folder: Path, text: str, builder: str = "docker") -> tuple[Diagnostic, ...]:
    """Check what Docker's graphdriver store keeps, unless another builder is given."""
    (folder / "app").mkdir(exist_ok=True)
    (folder / "app" / "data").write_bytes(random.Random(1).randbytes(1 << 21))  # noqa: S311
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
        ("COPY --from=other /out/tool /usr/bin/tool", "chmod 700 /usr/bin/tool"),
        ("COPY --from=other /out/shop.jar /srv/", "chmod 755 /srv/shop.jar"),
        ("RUN tar -xf /a.tar -C /srv/a", "chmod -R g=u /srv/a"),
        ("COPY --from=other /out/tool /usr/bin/", "chmod -R 700 /usr/bin"),
        ("COPY --from=other /out/app /app", "chmod -R 755 /app"),
        ("COPY --from=other /venv /venv", "useradd app && chown -R app /venv"),
        ("RUN curl -o /bin/tool https://example.com/tool", "chmod +x /bin/tool"),
        ("RUN git clone https://example.com/a.git /src", "chown -R app /src"),
        (
            "ADD https://example.com/tool /tmp",
            "mv /tmp/tool /usr/bin/tool",
        ),  # every base has that folder
        ("WORKDIR /app\nCOPY --from=other /app.jar /app", "chmod 600 /app/app.jar"),
        ("RUN mkdir /app\nCOPY --from=other /out/shop.jar ./app", "chmod -R a+rwx /app"),
        (
            "COPY target/shop.jar conf /srv/",
            "chown app /srv/shop.jar",
        ),  # which a build is still to make
        ("COPY target/classes /srv/classes", "chown -R app /srv"),
        ('ADD "https://example.com/a.jar" /etc/a.jar', "chmod 644 /etc/a.jar"),
        ("RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt", "chmod -R 777 /opt/tool-1.2"),
        ("RUN curl https://e.io/tool-bin.tgz | tar xz -C /opt", "chown -R app /opt/tool"),
        ("ARG V=1\nRUN curl https://e.io/tool-$V.tgz | tar xz -C /opt", "mv /opt/tool-$V /opt/a"),
        ("RUN curl https://e.io/tool.tgz | tar xz -C /opt", "cp -R /opt/tool/. /srv"),
        (
            "ARG V=1\nRUN curl https://e.io/tool-$V.tgz | tar xz -C /opt && chown 7 /opt/tool",
            "cp -R /opt/tool/. /srv",
        ),  # the RUN has the folder without a version
        ("ENV BUNDLE_PATH=/gems\nRUN bundle install", "chown -R app $BUNDLE_PATH"),
        ("RUN bundle config set path /gems && bundle install", "chown -R app /gems"),
        ("ENV GEM_HOME=/gems\nRUN bundle install", "chown -R app /gems"),
        ("ENV PLAYWRIGHT_BROWSERS_PATH=/ms\nRUN npx playwright install", "chmod -R 755 /ms"),
        ("ENV PLAYWRIGHT_BROWSERS_PATH=/ms\nRUN playwright install x", "chown -R app /ms"),
        ("WORKDIR /tmp\nRUN npm install", "cp -a /tmp/node_modules /app"),
        # what has been moved in between
        (
            "RUN cd /opt && curl -fsSLO https://e.io/tool-1.2 && mv tool-1.2 /bin/tool",
            "chown app /bin/tool",
        ),
        (
            "RUN cd /opt && wget https://e.io/tool && mv tool /usr/local/bin",
            "chmod +x /usr/local/bin/tool",
        ),
        (
            "RUN cd /opt && wget https://e.io/tool && chmod 700 tool && mv tool /opt/bin/",
            "chown app /opt/bin/tool",
        ),
    ],
)
def test_what_is_stored_twice(tmp_path: Path, above: str, run: str) -> None:
    text = f"FROM debian:12\n{above}\nRUN {run}\n"
    assert [each.place.start.line for each in found(tmp_path, text)] == [text.count("\n")]


@pytest.mark.parametrize(
    ("above", "run"),
    [
        ("COPY app /app", "chown app /app"),
        # which the COPY gave already
        ("COPY app /app", "chown -R root:root /app"),
        ("COPY --chown=7 app /app", "chown -R 7 /app"),
        ("COPY --chmod=755 --from=other /t /usr/bin/t", "chmod +x /usr/bin/t"),
        # which may be set as they are
        ("COPY --from=other /out/tool /usr/bin/tool", "chmod +x /usr/bin/tool"),
        ("COPY --from=other /out/tool /srv/", "chmod 755 /srv/tool"),
        ("COPY --from=other /out/tool /usr/bin/", "chmod -R 755 /usr/bin"),
        ("COPY --from=other /out/tool /out/ctl /usr/bin/", "chmod -R a+rx /usr/bin"),
        ("RUN tar -xf /a.tar -C /srv/a", "chmod -R a+rX /srv/a"),
        ("ARG OWNER\nENV OWNER=${OWNER:-root}\nCOPY app /app", "chown -R $OWNER /app"),
        # of which only a crumb is seen
        ("RUN /setup /srv/app\nCOPY start /srv/app/", "chown -R app /srv/app"),
        ("COPY --chown=app app /app", "chown -R --from=root:root app /app"),  # nothing is root's
        ("COPY app /app", "chown -R app /data"),
        ("COPY app /app", "find /app -type d -exec chmod 755 {} +"),
        ("COPY app /app", 'if [ -n "$X" ]; then chown -R app /app; fi'),
        ("COPY start /start", "chmod +x /start"),
        ("RUN mkdir /data", "chown -R app /data"),
        ("RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt", "chmod -R 777 /opt/other"),
        ("RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt", "chown -R app /opt/tool"),
        ("RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt", "cp -R /opt/tool/. /srv"),
        (
            "RUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt && mkdir /opt/tool && chown 7 /opt/tool",
            "cp -R /opt/tool/. /srv",
        ),
        (
            "RUN chown 7 /opt/tool && curl https://e.io/tool-1.2.tgz | tar xz -C /opt",
            "cp -R /opt/tool/. /srv",
        ),  # which was there before
        (
            "RUN curl https://e.io/other-1.2.tgz | tar xz -C /opt && chown 7 /opt/tool",
            "cp -R /opt/tool/. /srv",
        ),
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
        ("RUN cd /opt && make tool && mv tool /bin/tool", "chown app /bin/tool"),
        ("RUN cd /opt && wget https://e.io/a.sh && mv a.sh /bin/a", "chown app /bin/a"),
        ("RUN cd /opt && wget https://e.io/tool && mv tool /bin/", "chown app /bin/other"),
        (
            "RUN cd /opt && wget https://e.io/tool && chmod 755 tool && mv tool /bin/",
            "chmod +x /bin/tool",
        ),  # it is a program already
        ("RUN cd /opt && wget https://e.io/t && if make; then mv t /bin/; fi", "chown app /bin/t"),
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
    assert (each.cost.image_bytes or 0) >= 1 << 21


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


@pytest.mark.parametrize(
    ("mode", "size", "chmod", "told"),
    [
        (0o755, 70_000, "chmod +x", ""),
        (0o755, 70_000, "chmod 755", ""),
        (0o755, 70_000, "chmod u=rwx,go-w", ""),
        (0o755, 70_000, "chmod u+rwX,go+rX,go-w", ""),
        (0o644, 70_000, "chmod -R u+rwX,go+rX-w", ""),  # no X where none may start it
        (0o664, 70_000, "chmod g=u", ""),
        (0o755, 70_000, "chmod o=g,-st", ""),
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


@pytest.mark.parametrize(
    ("builder", "run", "size"),
    [
        ("buildkit", "find /app -type f -exec chmod u=rw,go=r {} +", 70_000),
        ("buildkit", "chmod -R +x /app", 2_000_000),
        ("buildkit", "chmod -R 700 /app", 2_070_000),
        ("docker", "find /app -type f -exec chmod u=rw,go=r {} +", 2_070_000),
        ("docker", "chmod -R +x /app", 2_070_000),
    ],
)
def test_files_that_keep_their_mode_do_not_count(
    tmp_path: Path, builder: str, run: str, size: int
) -> None:
    write_context(tmp_path, "lib/data.bin 2MB mode 644\nlib/tool 70kB mode 755\n")
    text = f"FROM debian:12\nCOPY lib /app\nRUN {run}\n"
    (each,) = found(tmp_path, text, builder)
    assert each.cost is not None
    assert size <= (each.cost.image_bytes or 0) < size + 5_000
    files = "the files" if size > 2_000_000 else "some files"
    assert f"stores {files} of line 2 a second time" in each.message


def test_links_have_no_mode_of_their_own(tmp_path: Path) -> None:
    write_context(tmp_path, "web/a.css 70000")
    (tmp_path / "web" / "b.css").symlink_to("a.css")
    text = "FROM debian:12\nCOPY web /web\nRUN chmod -R {} /web\n"
    assert not found(tmp_path, text.format("a+rX"))
    (found_other,) = found(tmp_path, text.format("a+w"))
    assert "a second time" in found_other.message


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
        ("flyway/flyway:10-alpine", "true", "chmod -R 777 /flyway", [3]),
        ("tomcat:10.1-jre17", "true", "chown -R 1000 /usr/local/tomcat", [3]),
        ("nginx", "true", "chown -R nginx /usr/share/nginx", []),
    ],
)
def test_folders_that_a_base_or_an_installer_brings(
    tmp_path: Path, base: str, above: str, run: str, wanted: list[int]
) -> None:
    diagnostics = found(tmp_path, f"FROM {base}\nRUN {above}\nRUN {run}\n")
    assert [each.place.start.line for each in diagnostics] == wanted


def test_what_is_copied_into_the_folder_of_the_base_is_a_crumb_of_it(tmp_path: Path) -> None:
    write_context(tmp_path, "sql/a.sql 20kB")
    text = "FROM {}\nCOPY sql /flyway/sql\nRUN chmod -R 777 /flyway\n"
    (of_base,) = found(tmp_path, text.format("flyway/flyway:10-alpine"))
    assert of_base.cost is None
    (own,) = found(tmp_path, text.format("alpine:3.20"))
    assert own.cost is not None


@pytest.mark.parametrize(("size", "severities"), [(500, []), (5_000, ["info"])])
def test_a_small_file_is_an_info(tmp_path: Path, size: int, severities: list[str]) -> None:
    write_context(tmp_path, f"run {size}")
    for more in ("", " && ./setup"):
        text = f"FROM debian:12\nCOPY run /bin/start\nRUN chmod +x /bin/start{more}\n"
        assert [each.severity.value for each in found(tmp_path, text)] == severities


def test_the_owner_of_a_folder_alone_whose_name_holds_a_version(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY --from=other /opt/tool-1.2 /opt/tool-1.2\nRUN chown app /opt/tool-1.2\n"
    assert found(tmp_path, text) == ()


def test_a_script_whose_lines_are_ended_otherwise_is_no_loss(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("x" * 4000)
    assert found(tmp_path, "FROM debian:12\nCOPY run /\nRUN dos2unix /run\n") == ()


UNPACKED = "RUN cd /srv && curl -fsSLO https://a.test/a-1.tgz && tar xzf a-1.tgz && mv a-* app\n"
_MODE = "set their mode in the step that stores them"
_OWNER = "set their owner in the step that stores them"
_FOLDER = ", and the folder itself needs at most `{}` without `-R`"
_REST = ", and leave only the rest of the folder to `{}` here"
_OWN_FOLDER = _FOLDER.format("chown")
_BY_COPY = f"{_OWNER}: `COPY` has `--chown` for it{_OWN_FOLDER}"
_NEEDED = ", which needs `# syntax=docker/dockerfile:1` as the first line"
_LATER = f"{_OWNER}, once the account is there: `COPY` has `--chown` for it{_OWN_FOLDER}"


@pytest.mark.parametrize(
    ("above", "run", "advice"),
    [
        (
            "COPY app /app\nRUN cd /app && npm ci\n",
            "chown -R nobody /app",
            _BY_COPY,
        ),
        ("COPY app /app\n", "apk add shopd && chown -R shopd /app", _LATER),
        ("COPY app /app\n", "useradd shopd && chown -R shopd /app", _LATER),
        (
            "COPY app /app\n",
            "apk add shopd && chown -R 7:7 /app",
            _BY_COPY,
        ),
        (
            "COPY app /app\n",
            "chown -R 7 /app && chmod -R 770 /app",
            f"set their owner and their mode in the step that stores them: `COPY` has `--chown --chmod` for it{_FOLDER.format('chown` and `chmod')}",
        ),
        ("RUN mkdir /app\nCOPY --from=build /out /app\n", "chown -R nobody: /app", _BY_COPY),
        ("COPY app /app\n", "chown -R 7 /app/data", f"{_OWNER}: `COPY` has `--chown` for it"),
        ("COPY app/data /app\n", "chown -R 7 /app", f"{_OWNER}: `COPY` has `--chown` for it"),
        (
            "COPY app /app/web\nRUN mkdir /app/log\n",
            "chown -R 7 /app",
            f"{_OWNER}: `COPY` has `--chown` for it{_REST.format('chown')}",
        ),
        (UNPACKED, "chmod -R g+w /srv/app", _MODE),
        (UNPACKED, "useradd app && chown -R app /srv/app", f"{_OWNER}, once the account is there"),
        ("COPY app /app\n", "mv /app /srv", "store them there at once"),
        (
            "RUN curl -o /bin/a https://e.io/a\n",
            "chmod +x /bin/a && strip /bin/a",
            "do it in the `RUN` that stores them",
        ),
        (
            "COPY app/data /bin/a\n",
            "setcap cap_net_bind_service=+ep /bin/a",
            "do it before they are stored, in an earlier stage",
        ),
    ],
)
def test_how_files_need_not_be_stored_twice(
    tmp_path: Path, above: str, run: str, advice: str
) -> None:
    [each] = found(tmp_path, f"FROM node:22-alpine\n{above}RUN {run}\n")
    assert each.help == advice


@pytest.mark.parametrize(
    ("above", "run", "is_owned"),
    [
        ("USER node\nWORKDIR /srv/app\nCOPY app .\nUSER root\n", "chown -R node .", True),
        ("USER node\nWORKDIR /srv/app\nCOPY app .\nUSER root\n", "chown -R node: .", True),
        ("USER node\nWORKDIR /srv/app/x\nCOPY app /srv/app\nUSER 0\n", "chown -R node ..", True),
        ("USER node\nWORKDIR /srv/app\nCOPY app .\nUSER root\n", "chown -R shop .", False),
        ("USER node\nWORKDIR /srv/app\nCOPY app .\nUSER root\n", "chown -R node:shop .", False),
        ("WORKDIR /srv/app\nUSER node\nCOPY app .\nUSER root\n", "chown -R node .", False),
        ("RUN mkdir /app && chown node /app\nCOPY app /app\n", "chown -R node /app", True),
        (
            "RUN mkdir /app; test -d /x && chown node /app || :\nCOPY app /app\n",
            "chown -R node /app",
            False,
        ),
        ("RUN mkdir /app && chown 7:7 /app\nCOPY app /app\n", "chown -R 7:7 /app", True),
        ("RUN mkdir -p /app/a && chown -R 7 /app\nCOPY app /app/a\n", "chown -R 7 /app/a", True),
        ("RUN mkdir -p /app/a && chown 7 /app\nCOPY app /app/a\n", "chown -R 7 /app/a", False),
        ("RUN mkdir /app && chown 7 /app/*\nCOPY app /app\n", "chown -R 7 /app", False),
        (
            "RUN mkdir /app && chown 7 /app\nRUN rm -r /app\nCOPY app /app\n",
            "chown -R 7 /app",
            False,
        ),
        (
            "RUN mkdir /app && chown 7 /app\nRUN chown 8 /app\nCOPY app /app\n",
            "chown -R 7 /app",
            False,
        ),
        ("USER node\nRUN mkdir /srv/a\nCOPY app /srv/a\nUSER 0\n", "chown -R node /srv/a", True),
        ("COPY --chown=7 a.txt /app/\nCOPY app /app\n", "chown -R 7 /app", True),
        ("COPY a.txt /app/\nCOPY --chown=7 app /app\nCOPY app /app\n", "chown -R 7 /app", False),
        ("COPY app /app\n", "chown -R 7 /app", False),
    ],
)
def test_nothing_is_left_to_do_of_a_folder_that_is_theirs(
    tmp_path: Path, above: str, run: str, *, is_owned: bool
) -> None:
    (tmp_path / "a.txt").write_text("a")
    [each] = found(tmp_path, f"FROM node:22-alpine\n{above}RUN {run}\n")
    assert each.help is not None
    assert each.help.startswith(
        (f"{_OWNER}: `COPY` has `--chown` for it", f"{_OWNER}: `COPY` in line")
    )
    assert each.help.endswith(_OWN_FOLDER) is not is_owned


def test_a_mode_is_left_to_set_of_a_folder(tmp_path: Path) -> None:
    text = "FROM node:22\nUSER 7\nWORKDIR /srv/a\nCOPY app .\nUSER 0\nRUN chown -R 7 . && chmod -R 770 .\n"
    [each] = found(tmp_path, text)
    assert each.help is not None
    assert each.help.endswith(_FOLDER.format("chown` and `chmod"))


@pytest.mark.parametrize(("between", "has_fix"), [("true", True), ("apk add shopd", False)])
def test_a_package_may_bring_the_account(tmp_path: Path, between: str, *, has_fix: bool) -> None:
    text = f"FROM alpine:3.20\nCOPY app /app\nRUN {between}\nRUN chown -R shopd /app\n"
    [each] = found(tmp_path, text)
    assert (each.repair is not None) is has_fix


def test_what_weighs_more_is_named_beside_what_a_flag_mends(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /srv/app\nCOPY app .\n{}RUN npm ci\nRUN chown -R node .\n"
    [each] = found(tmp_path, text.format(""))
    assert "stores the files of lines 3 and 4 a second time" in each.message
    [each] = found(tmp_path, text.format("COPY start b/\nRUN npm ci\n"))
    assert "of lines 3, 4, 5 and 1 more a second time" in each.message


@pytest.mark.parametrize(
    ("above", "run", "line", "advice"),
    [
        (
            "WORKDIR /srv/app\nCOPY app .\nRUN npm ci\n",
            "chmod -R g+w /srv/app",
            "lines 3 and 4",
            f"{_MODE}: `COPY` has `--chmod` for it{_FOLDER.format('chmod')}",
        ),
        (
            f"{UNPACKED}COPY app /srv/app/plugins/\n",
            "chmod -R g+w /srv/app",
            "lines 2 and 3",
            f"{_MODE}: `COPY` has `--chmod` for it{_FOLDER.format('chmod')}",
        ),
        (
            (
                "COPY --from=build /out/shop-wrapper /usr/local/bin/\n"
                "COPY --from=build /out/shop /usr/local/bin/\n"
            ),
            "chown -R app /usr/local/bin/shop-wrapper && chown -R app /usr/local/bin/shop",
            "line 3",
            "set their owner in the step that stores them: `COPY` has `--chown` for it",
        ),
    ],
)
def test_what_weighs_most_is_told(
    tmp_path: Path, above: str, run: str, line: str, advice: str
) -> None:
    [each] = found(tmp_path, f"FROM node:22\n{above}RUN {run}\n")
    assert f"the files of {line} a second time" in each.message
    assert each.help == advice


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
    assert "files of lines 2, 3 and 4 a second time" in found.message


@pytest.mark.parametrize(
    ("name", "lines"), [(".gitignore", []), ("a/.gitkeep", []), ("x.css", [4])]
)
def test_a_folder_that_is_kept_in_git(tmp_path: Path, name: str, lines: list[int]) -> None:
    text = "FROM python:3.12\nCOPY . /srv\nRUN python x.py\nRUN chown -R www-data /srv/media\n"
    listing = f"media/{name} 90kB\nx.py\n"
    assert checked(tmp_path, "bloat/metadata-copy-up", text, listing).lines == lines


@pytest.mark.parametrize(
    ("copies", "lines"),
    [
        ("start.sh|a/,start.sh|b/,start.sh|c/,start.sh|d/", "lines 7, 8, 11 and 2 more"),
        ("start.sh|a/,start.sh|b/,start.sh|c/,bulk.bin|d/", "lines 7, 8, 10 and 2 more"),
        ("start.sh|a/,bulk.bin|b/", "lines 7, 8 and 9"),
    ],
)
def test_of_many_steps_the_heaviest_is_named(tmp_path: Path, copies: str, lines: str) -> None:
    copied = "".join(f"COPY {each.replace('|', ' ')}\n" for each in copies.split(","))
    text = (
        "FROM node:22 AS build\nWORKDIR /b\nCOPY package.json .\nRUN npm ci\nFROM node:22\n"
        f"WORKDIR /srv\n{copied}COPY --from=build /b/node_modules ./node_modules\n"
        "RUN chown -R node /srv\n"
    )
    context = "package.json\nstart.sh 2kB\nbulk.bin 9MB\n"
    [message] = checked(tmp_path, RULE, text, context).messages
    assert f"stores the files of {lines} a second time" in message


@pytest.mark.parametrize(
    ("run", "store", "lines"),
    [
        (
            "chown -R 7 /srv/a /srv/b /srv/c",
            "`chown -R 7 /srv/a /srv/b /srv/c` stores",
            "3, 4 and 5",
        ),
        ("chown -R 7 /srv", "`chown -R 7 /srv` stores", "3, 4 and 5"),
        (
            "chown -R 7 /srv/a && chmod -R g=u /srv/b",
            "`chown -R 7 /srv/a` and `chmod -R g=u /srv/b` store",
            "3 and 4",
        ),
        (
            "chown -R 7 /srv/a && chmod -R g=u /srv/a /srv/b",
            "`chown -R 7 /srv/a` and `chmod -R g=u /srv/a /srv/b` store",
            "3 and 4",
        ),
        (
            "chown -R 7 /srv/a && chown -R 7 /srv/b && chown -R 7 /srv/c",
            "`chown -R 7 /srv/a`, `chown -R 7 /srv/c` and 1 more store",
            "3, 4 and 5",
        ),
    ],
)
def test_what_is_named_is_what_is_counted(tmp_path: Path, run: str, store: str, lines: str) -> None:
    text = f"FROM debian:12\nUSER root\nCOPY a /srv/a\nCOPY b /srv/b\nCOPY c /srv/c\nRUN {run}\n"
    context = "a/a.bin 2MB\nb/b.bin 1MB\nc/c.bin 3MB\n"
    [each] = checked(tmp_path, RULE, text, context).found
    assert each.message == f"{store} the files of lines {lines} a second time in this layer"
    assert each.cost is not None
    counted = {"3 and 4": 3_000_000}.get(lines, 6_000_000)
    assert each.cost.push_bytes == pytest.approx(counted, rel=0.01)


@pytest.mark.parametrize(
    "run",
    ["chown -R 7 /srv/a && chmod +x /srv/a/run", "chmod +x /srv/a/run && chown -R 7 /srv/a"],
)
def test_a_command_inside_what_another_changes_stores_nothing_more(
    tmp_path: Path, run: str
) -> None:
    text = f"FROM debian:12\nCOPY a /srv/a\nRUN {run}\n"
    [each] = checked(tmp_path, RULE, text, "a/a.bin 2MB\na/run 9kB\n").found
    assert each.message.startswith("`chown -R 7 /srv/a` stores the files of line 2 a second time")
    assert each.help == _BY_COPY


def test_what_is_not_known_of_the_sum_makes_it_a_lower_bound(tmp_path: Path) -> None:
    clone = "RUN git clone https://example.com/b /srv/b\n"
    text = f"FROM debian:12\nCOPY a /srv/a\n{clone}RUN chown -R 7 /srv/a && chown -R 7 /srv/b\n"
    [each] = checked(tmp_path, RULE, text, "a/a.bin 2MB\n").found
    assert "store the files of lines 2 and 3 a second time" in each.message
    assert each.cost is not None
    assert each.cost.at_least


def test_each_kind_of_change_has_its_own_way_out(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nCOPY a /srv/a\nADD https://example.com/tool /tmp/\n"
        "RUN chown -R 7 /srv/a && mv /tmp/tool /usr/bin/tool\n"
    )
    [each] = checked(tmp_path, RULE, text, "a/a.bin 2MB\n").found
    assert "store the files of lines 2 and 3 a second time" in each.message
    assert each.help == f"{_BY_COPY}; for `mv /tmp/tool /usr/bin/tool`, store them there at once"


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


def test_where_only_the_base_knows_the_working_directory(tmp_path: Path) -> None:
    text = "FROM ghcr.io/acme/base:1.0\nCOPY app app\nRUN chown -R a:a app\n"
    [own] = checked(tmp_path, RULE, text, "app/data 3MB\n").found
    assert own.cost is not None
    assert (own.cost.push_bytes or 0) >= 3_000_000
    assert own.cost.at_least  # nobody knows what else the base has there


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
    assert each.help == "change only the ones that need it"  # nobody changes httpd's own
    (tmp_path / "shop").write_bytes(bytes(200_000))
    [own] = found(tmp_path, "FROM shop/web\nCOPY shop /srv/\nRUN chown -R 33 /srv/shop\n")
    assert own.help.startswith("set their owner in the step that stores them")


def test_a_script_of_unknown_size_is_not_told_before_a_folder(tmp_path: Path) -> None:
    scripts = ("entrypoint.sh", "wait-for", "start.sh")
    copies = "".join(f"COPY --from=b /s/{each} /patch/\n" for each in scripts)
    text = (
        f"FROM node:22 AS b\nRUN make\nFROM nginx:1\n{copies}COPY --from=b /s/dist /var/www/shop\n"
        "RUN chown -R 1000 /patch && chown -R 1000 /var/www/shop\n"
    )
    [each] = found(tmp_path, text)
    assert "store the files of lines 4, 5, 7 and 1 more a second time" in each.message


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


def test_the_folder_of_an_archive_is_the_archives(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nRUN curl https://e.io/tool-1.2.tgz | tar xz -C /opt\n"
        "RUN chmod -R 777 /opt/tool-1.2\n"
    )
    assert [each.help for each in found(tmp_path, text)] == [_MODE]


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
        ("RUN curl -o /usr/bin/tool https://e.test/tool", "chmod +x /usr/*/*", True),
        ("RUN curl -o /usr/bin/tool https://e.test/tool", "chmod +x /*/*", False),
        ("RUN curl https://e.test/a.tgz | tar -xz -C /opt/a", "chmod -R g+w /opt/*", True),
        ("RUN curl https://e.test/a.tgz | tar -xz -C /opt/a", "chmod g+w /opt/*", False),
        ("COPY large /opt/a/src", "chmod -R g+w /opt/*/src", True),
        ("COPY large /opt/a/src", "chmod -R g+w /opt/*", True),
        ("COPY large /opt/a/src", "chmod g+w /opt/*/src", False),  # the folder alone
        ("COPY large /opt/a/lib", "chmod -R g+w /opt/*/src", False),
        ("COPY large /opt/.a/src", "chmod -R g+w /opt/*/src", False),  # no shell means these
        ("COPY start /opt/a/src/", "chmod -R g+w /opt/*/src", False),
        ("COPY large /opt/a/src", "chmod -R g+w /opt/{a,b*}/src", True),
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
    assert f"`COPY` has `{flags}` for it" in found.help


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
    ("more", "name", "mode", "told"),
    [
        ("", "shop.dat", 644, 0),
        ("", "shop.dat", 755, 1),
        ("RUN chmod -R 700 /b\n", "shop.dat", 644, 1),
        ("RUN chmod 700 /b/shop.dat\n", "shop.dat", 644, 1),
        ("RUN chmod +x /tmp/build /b/*.sh\n", "shop.dat", 644, 1),
        ("RUN chmod +x /tmp/build && /tmp/build\n", "shop.dat", 644, 0),
        ("", "next.mjs", 644, 0),
        ("", "next.mjs", 755, 1),
    ],
)
def test_a_mode_that_a_file_has_by_way_of_a_stage(
    tmp_path: Path, more: str, name: str, mode: int, told: int
) -> None:
    write_context(tmp_path, "shop.dat 4MB\nnext.mjs 19kB\n")
    for each in ("shop.dat", "next.mjs"):
        (tmp_path / each).chmod(0o644)
    text = (
        f"FROM node:22 AS build\nWORKDIR /b\nCOPY . .\n{more}FROM node:22\n"
        f"COPY --from=build /b/{name} /srv/{name}\nRUN chmod {mode} /srv/{name}\n"
    )
    assert len(found(tmp_path, text)) == told


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


@pytest.mark.parametrize(
    ("between", "line", "flag"),
    [
        ("jar uf /srv/shop.jar a.class", 3, ""),  # Java's tool makes a new file, of its own mode
        ("jar -uf0 /srv/shop.jar -C /classes .", 3, ""),
        ("jar --update --file /srv/shop.jar a.class", 3, ""),
        ("jar tf /srv/shop.jar", 2, ": `COPY` has `--chmod` for it"),
        ("jar uf /srv/other.jar a.class", 2, ": `COPY` has `--chmod` for it"),
        ("sed -i s/a/b/ /srv/shop.jar", 2, ": `COPY` has `--chmod` for it"),  # which keeps the mode
    ],
)
def test_a_file_that_a_program_puts_anew(
    tmp_path: Path, between: str, line: int, flag: str
) -> None:
    text = f"FROM eclipse-temurin:21\nCOPY shop.jar /srv/\nRUN {between}\nRUN chgrp -R 0 /srv && chmod -R g=rwX /srv\n"
    each = checked(tmp_path, RULE, text, "shop.jar 3MB\n").found[-1]
    assert f"`chmod -R g=rwX /srv` stores the files of line {line} a second time" in each.message
    assert each.help is not None
    assert each.help.startswith("set their mode in the step that stores them")
    assert flag in each.help
    assert ("COPY" in each.help) is (flag != "")


def test_an_archive_that_a_program_changes_is_stored_again(tmp_path: Path) -> None:
    text = "FROM eclipse-temurin:21\nCOPY shop.jar /srv/\nRUN jar uf /srv/shop.jar a.class\n"
    (each,) = checked(tmp_path, RULE, text, "shop.jar 3MB\n").found
    assert "`jar uf /srv/shop.jar a.class` stores the files of line 2 a second time" in each.message
    assert each.help == "do it before they are stored, in an earlier stage"


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
    ("name", "severity"),
    [("install-tools", "info"), ("get-tools", "info"), ("install", "warning")],
)
def test_a_script_that_is_downloaded_is_small(tmp_path: Path, name: str, severity: str) -> None:
    add = f"ADD https://example.com/{name} /usr/local/bin/"
    [each] = found(tmp_path, f"FROM debian:12\n{add}\nRUN chmod +x /usr/local/bin/{name}\n")
    assert str(each.severity) == severity


@pytest.mark.parametrize(
    ("address", "name", "severities"),
    [
        ("github.com/x/y/releases/download/2.9.0/wait", "wait", ["info"]),
        ("github.com/x/y/releases/latest/download/wait", "wait", ["info"]),
        ("github.com/x/y/releases/download/2.9.0/wait.sh", "wait", []),
        ("github.com/x/y/releases/download/v0.19.0/tini", "tini", []),
        ("example.com/wait", "wait", []),
        ("example.com/wait-for-it.sh", "wait", []),
        ("example.com/waitforit", "waitforit", []),
        ("example.com/gitlab-runner", "gitlab-runner", ["warning"]),
        ("example.com/1.2/terragrunt_linux", "terragrunt", ["warning"]),
    ],
)
@pytest.mark.parametrize("step", ["ADD https://{} {}", "RUN curl -L https://{} -o {}"])
def test_a_program_that_is_called_as_scripts_are(
    tmp_path: Path, step: str, address: str, name: str, severities: list[str]
) -> None:
    path = f"/usr/bin/{name}"
    text = f"FROM debian:12\n{step.format(address, path)}\nRUN chmod +x {path}\n"
    assert [str(each.severity) for each in found(tmp_path, text)] == severities


_BUILT = "FROM node:22 AS builder\nRUN make\nFROM node:22-slim\nWORKDIR /app\n"


def test_commands_that_change_one_folder_are_told_together(tmp_path: Path) -> None:
    text = (
        f"{_BUILT}COPY app public\nCOPY --from=builder --chown=node:node /out ./\n"
        "COPY --from=builder --chown=node:node /static ./static\nRUN {}\n"
    )
    [both] = found(tmp_path, text.format("chgrp -R 0 /app && chmod -R g=u /app"))
    assert both.message.startswith(
        "`chgrp -R 0 /app` and `chmod -R g=u /app` store the files of lines 5, 6 and 7 a second"
    )
    assert "`--chown --chmod`" in both.help
    [one] = found(tmp_path, text.format("chmod -R g=u /app && chmod -R a+r /usr/lib"))
    assert one.message.startswith("`chmod -R g=u /app` stores the files of lines 5, 6 and 7")
    assert "--chown" not in one.help


def test_small_files_are_counted_with_those_that_weigh_more(tmp_path: Path) -> None:
    text = (
        f"{_BUILT}COPY --from=builder /app/dist dist\nCOPY --from=builder /app/package.json .\n"
        "COPY --from=builder /app/pnpm*.yaml ./\nCOPY --from=builder --chown=node:node /c.json .\n"
        "RUN echo 1 > /app/version\nCOPY --from=builder /app/other.json /srv/\nRUN {}\n"
    )
    [told] = found(tmp_path, text.format("chown -R node:node /app"))
    assert "stores the files of lines 5, 6 and 7 a second time" in told.message
    assert found(tmp_path, text.format("chown node:node /app /app/package.json")) == ()


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("setcap cap_net_bind_service=+ep /opt/shopd", True),
        ("setcap -r /opt/shopd", True),
        ("setcap -r /opt/other", False),
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
    ("command", "wanted"),
    [
        ("setcap cap_net_bind_service=+ep /opt/shopd", 1),
        ("strip /opt/shopd", 1),
        ("chown app /opt/shopd", 0),  # which may be a folder
        ("setcap cap_net_bind_service=+ep /opt/other", 0),
    ],
)
def test_what_only_a_file_of_another_stage_can_be_given(
    tmp_path: Path, command: str, wanted: int
) -> None:
    text = "FROM golang:1.24 AS build\nRUN go build -o /out/shopd .\n"
    text += f"FROM debian:12\nCOPY --from=build /out/shopd /opt/shopd\nRUN {command}\n"
    assert len(found(tmp_path, text)) == wanted


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


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("WORKDIR /srv/shop\nRUN make", ", and what is built there in line 5,"),
        ("RUN cd /srv/shop/lib && ./configure\nRUN make -C /srv/shop", ", and what is built"),
        ("WORKDIR /srv\nRUN make", ""),
        ("WORKDIR /srv/shop\nRUN if test -f /x; then make; fi", ""),
        ("WORKDIR /srv/shop\nRUN ls", ""),
        ("WORKDIR /srv/shop\nRUN python3 -m pip install -e .", ", and what is built"),
        ("WORKDIR /srv/shop\nRUN python3 setup.py install", ", and what is built"),
        ("WORKDIR /srv\nRUN cargo install --path shop", ", and what is built"),
        ("WORKDIR /srv/shop\nRUN go build", ", and what is built"),
        # what is installed goes elsewhere
        ("WORKDIR /srv/shop\nRUN python3 -m pip install uwsgi==2.0.31", ""),
        ("WORKDIR /srv/shop\nRUN python3 -m pip install -r requirements.txt", ""),
        ("WORKDIR /srv/shop\nRUN python3 -m pip install /opt/tool", ""),
        ("WORKDIR /srv/shop\nRUN python3 -m playwright install", ""),
        ("WORKDIR /srv/shop\nRUN go install example.com/tool@v1.2.3", ""),
        ("WORKDIR /srv/shop\nRUN go build -o /usr/bin/shop .", ""),
        ("WORKDIR /srv/shop\nRUN dotnet tool install --global tool --version 1.2.3", ""),
    ],
)
def test_what_is_built_in_a_folder_is_stored_again(tmp_path: Path, steps: str, told: str) -> None:
    text = (
        "FROM debian:12\nRUN useradd shop\nRUN git clone https://example.com/shop /srv/shop\n"
        f"{steps}\nRUN chown -R shop /srv/shop\n"
    )
    (found,) = checked(tmp_path, RULE, text).found
    assert f"stores the files of line 3{told}" in found.message
    assert (" built " in found.message) == bool(told)


@pytest.mark.parametrize(
    ("copies", "run", "shown"),
    [
        ("COPY shopd /shopd", "chmod 755 /shopd && chown -R 7 /app", False),
        ("COPY shopd /app/shopd", "chown -R 7 /app", False),
        ("COPY large /srv\nCOPY shopd /shopd", "chmod 755 /shopd && chown -R 7 /srv", True),
        ("COPY . /srv", "chmod 755 /srv/shopd && chown -R 7 /srv/app", False),
        ("COPY . /srv", "chmod 755 /srv/shopd && chown -R 7 /srv", True),  # 14 MB, and it
        ("COPY app /srv", "chmod 755 /srv/shopd && chown -R 7 /srv", False),
        ("COPY app /srv", "chmod 755 /srv/start.sh && chown -R 7 /srv", True),  # a few kB
        ("COPY app /srv", "chmod 644 /srv/shopd && chown -R 7 /srv", True),  # no program
        ("COPY app /srv\nRUN mkdir /srv/log", "chmod 755 /srv/log && chown -R 7 /srv", True),
        ("COPY app /srv", "chmod 755 /srv/data && chown -R 7 /srv", True),  # which is there
    ],
)
def test_a_bound_without_what_is_built_before_the_image_is_no_cost(
    tmp_path: Path, copies: str, run: str, *, shown: bool
) -> None:
    context = "app/data 2MB\nlarge/a.bin 12MB\nstart 2kB\n.gitignore: shopd\n"
    context += ".dockerignore: .git\n"
    commit(tmp_path)
    text = f"FROM debian:12\nCOPY app /app\nCOPY start /start\n{copies}\nRUN {run}\n"
    [each] = checked(tmp_path, RULE, text, context).found
    assert (each.cost is not None) is shown


def test_a_file_that_another_run_has_moved_is_followed(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nRUN curl -fsSLo /opt/tool https://example.com/tool-1.2\n"
        "RUN mv /opt/tool /usr/bin/tool\nRUN useradd app\nRUN chown app /usr/bin/tool\n"
    )
    assert [each.place.start.line for each in found(tmp_path, text)] == [3, 5]
    (_, owner) = found(tmp_path, text)
    assert "stores the files of line 3 a second time" in owner.message


@pytest.mark.parametrize(
    ("given", "command", "count"),
    [
        ("33:33", "chown -R www-data:www-data", 0),  # who has the number the base says
        ("www-data", "chown -R 33:33", 0),
        ("33:33", "chgrp -R www-data", 0),
        ("33:33", "chown -R 34:34", 1),
        ("root:root", "chown -R 33:33", 1),
        ("33:33", "chown -R root", 1),
    ],
)
def test_a_number_may_be_that_of_a_name(
    tmp_path: Path, given: str, command: str, count: int
) -> None:
    text = f"FROM debian:12\nCOPY --chown={given} app /app\nRUN {command} /app\n"
    assert len(found(tmp_path, text, "buildkit")) == count


@pytest.mark.parametrize(
    ("first", "above", "wanted"),
    [
        ("", "ADD https://e.io/a.jar /srv/", ": `ADD` has `--chmod` for it"),
        ("", "COPY a.jar /srv/", ": `COPY` has `--chmod` for it"),
        ("# syntax=docker/dockerfile:1.1\n", "COPY a.jar /srv/", f" for it{_NEEDED}"),
        ("# syntax=docker/dockerfile:1.2\n", "COPY a.jar /srv/", ": `COPY` has `--chmod` for it"),
    ],
)
def test_the_flag_is_one_of_the_instruction_that_is_there(
    tmp_path: Path, first: str, above: str, wanted: str
) -> None:
    """A `COPY` cannot fetch an address, and old syntaxes know no `--chmod`."""
    text = f"{first}FROM debian:12\n{above}\nRUN chmod g=rwX /srv/a.jar\n"
    each = checked(tmp_path, RULE, text, "a.jar 3MB\n").found[-1]
    assert each.help is not None
    assert each.help.startswith(_MODE)
    assert each.help.endswith(wanted)


def test_no_fix_where_the_syntax_knows_no_mode(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY a.jar /srv/\nRUN chmod 755 /srv/a.jar\n"
    for minor, is_fixed in ((1, False), (2, True)):
        first = f"# syntax=docker/dockerfile:1.{minor}\n"
        (each,) = checked(tmp_path, RULE, first + text, "a.jar 3MB\n").found
        assert (each.repair is not None) is is_fixed


def test_flags_of_instructions_of_both_kinds(tmp_path: Path) -> None:
    text = (
        "FROM debian:12\nCOPY a.jar /srv/\nADD b.jar /srv/\nRUN chmod g=rwX /srv/a.jar /srv/b.jar\n"
    )
    each = checked(tmp_path, RULE, text, "a.jar 3MB\nb.jar 3MB\n").found[-1]
    assert each.help is not None
    assert "`COPY` and `ADD` have `--chmod` for it" in each.help


@pytest.mark.parametrize(
    ("above", "run", "wanted"),
    [
        ("COPY app /app\nRUN chown -R app /app", "chown -R app /app", [3]),
        ("COPY app /app\nRUN chown -R app:app /app", "chown -R app /app", [3]),
        ("COPY app /app\nRUN chown -R app:app /app", "chown -R 7:7 /app", [3]),
        ("COPY app /app\nRUN chown -R app /", "chown -R app /app", [3]),
        ("COPY app /srv/app\nRUN chown -R app /srv/app", "chown -R app /srv", [3]),
        ("COPY app /app\nRUN chmod -R 770 /app", "chmod -R 770 /app", [3]),
        ("COPY app /app\nRUN chmod -R 770 /app", "chmod -R ug+x /app", [3]),
        ("COPY app/data /app\nRUN chmod 700 /app", "chmod 700 /app", [3]),
        ("COPY app /app\nRUN chgrp -R 7 /app && chown -R 8 /app", "chown -R 8:7 /app", [3]),
        (
            "RUN git clone https://example.com/a.git /src && chown -R app /src",
            "chown -R app /src",
            [],
        ),
        # what is not the same, or not of the same files
        ("COPY app /app\nRUN chown -R app /app", "chown -R app:app /app", [3, 4]),
        (
            "COPY app /app\nRUN chown -R app /app\nRUN chown -R 0 /app",
            "chown -R app /app",
            [3, 4, 5],
        ),
        ("COPY app /app\nRUN chmod -R 770 /app", "chmod -R 775 /app", [3, 4]),
        ("COPY app /app\nRUN chown app /app", "chown -R app /app", [4]),
        ("RUN chown -R app /app\nCOPY app /app", "chown -R app /app", [4]),
        ('COPY app /app\nRUN if [ -n "$X" ]; then chown -R app /app; fi', "chown -R app /app", [4]),
        (
            "FROM debian:12 AS b\nRUN chown -R app /app\nFROM debian:12\nCOPY app /app",
            "chown -R app /app",
            [6],
        ),
    ],
)
def test_what_a_run_has_set_is_not_set_again(
    tmp_path: Path, above: str, run: str, wanted: list[int]
) -> None:
    each = found(tmp_path, f"FROM debian:12\n{above}\nRUN {run}\n")
    assert sorted(one.place.start.line for one in each) == wanted


def test_what_a_stage_below_has_set_is_not_set_again(tmp_path: Path) -> None:
    text = "FROM debian:12 AS b\nCOPY app /app\nRUN chown -R app /app\n"
    other = "FROM debian:12\nRUN chown -R other /app\n"
    lines = checked(
        tmp_path, RULE, f"{text}FROM b\nRUN chown -R app /app\n", "app/data 3MB\n"
    ).lines
    assert lines == [3]
    again = "FROM b\nRUN chown -R other /app\n"
    assert checked(tmp_path, RULE, f"{text}{other}{again}").lines == [3, 7]


@pytest.mark.parametrize(
    ("flag", "owner", "told"),
    [
        ("app", "app:staff", False),  # the group of app may be so called
        ("app", "app:root", True),
        ("7", "7:8", True),
        ("$SOME:$SOME", "$SOME:$SOME", False),
        ("$SOME", "app:app", False),
        ("app:app", "$SOME:$SOME", False),
        ("$SOME", "root", True),
    ],
)
def test_whose_files_a_copy_makes_them(
    tmp_path: Path, flag: str, owner: str, *, told: bool
) -> None:
    text = f"FROM debian:12\nARG SOME\nCOPY --chown={flag} app /app\nRUN chown -R {owner} /app\n"
    assert bool(found(tmp_path, text)) is told


@pytest.mark.parametrize(
    ("copies", "run", "way"),
    [
        (
            "COPY --chown=7 app /app/a\nCOPY app /app/b\n",
            "chown -R 7 /app",
            f"`COPY` in line 4 lacks `--chown`{_REST.format('chown')}",
        ),
        (
            "COPY --chown=7 app /app/a\nCOPY app /app/b\nCOPY app /app/c\n",
            "chown -R 7 /app",
            f"`COPY` in lines 4 and 5 lack `--chown`{_REST.format('chown')}",
        ),
        (
            "COPY --chown=7 app /app\n",
            "chown -R 8 /app",
            f"the `--chown` of `COPY` sets another{_OWN_FOLDER}",
        ),
        (
            "COPY --chown=7 app /app/a\nCOPY app /app/b\n",
            "chown -R 8 /app",
            f"`COPY` has `--chown` for it{_REST.format('chown')}",
        ),
        (
            "COPY app /app/a\nFROM debian:12\nCOPY --chown=7 app /srv\nFROM debian:12\nCOPY app /app\n",
            "chown -R 7 /app",
            f"`COPY` has `--chown` for it{_OWN_FOLDER}",
        ),
    ],
)
def test_which_copy_lacks_the_flag(tmp_path: Path, copies: str, run: str, way: str) -> None:
    [each] = found(tmp_path, f"FROM debian:12\nUSER root\n{copies}RUN {run}\n")
    assert each.help == f"{_OWNER}: {way}"
