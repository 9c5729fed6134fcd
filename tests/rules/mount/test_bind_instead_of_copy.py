"""What is copied for one RUN alone, beyond the examples of `mount/bind-instead-of-copy`'s page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins

if TYPE_CHECKING:
    from pathlib import Path

RULE = "mount/bind-instead-of-copy"


def lines(rule: str, text: str) -> list[int]:
    checker = Checker(
        Spec(Overrides(isolated=True, select=(rule,))), Plugins(third_party=False).rules
    )
    return [each.place.start.line for each in checker.check(Task("-", text.encode())).diagnostics]


@pytest.mark.parametrize("made", ["", "out/tool-1.2.rpm 9MB\n"])
def test_a_pattern_names_files_whatever_they_are_called_today(tmp_path: Path, made: str) -> None:
    text = "FROM almalinux:9\nCOPY a.sh /\nCOPY out/tool-*.rpm /tmp\nRUN rpm -i /tmp/tool-*.rpm\n"
    found = checked(tmp_path, RULE, text, f"a.sh\n{made}")
    assert found.lines == [3]
    assert found.safeties == [None]  # another build has a file of another name
    assert (found.found[0].cost is not None) is bool(made)


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("COPY a.deb /tmp/\nRUN dpkg -i /tmp/a.deb\n", True),
        (
            "COPY a.deb /tmp/\nRUN dpkg -i /tmp/a.deb && rm /tmp/a.deb\n",
            False,
        ),  # bloat/late-cleanup's
        ("COPY a.deb /tmp/\nRUN dpkg -i /tmp/a.deb\nRUN ls /tmp/a.deb\n", False),
        (
            "COPY get.sh /usr/share/nginx/html/\nRUN /usr/share/nginx/html/get.sh\n",
            False,
        ),  # a web server serves it
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
        ("COPY --from=build /wheels /wheels\nRUN pip install --find-links=/wheels a\n", [4]),
        ("COPY --from=build /wheels /wheels\nRUN pip install --no-index -f /wheels a\n", [4]),
        ("COPY --from=build /wheels /wheels\nRUN uv pip install --find-links /wheels a\n", [4]),
        ("COPY --from=build /wheels /wheels\nRUN curl -f /wheels && pip install a\n", []),
        (
            "COPY --from=build /w /w\nRUN pip install -f /w a\nRUN pip install -f /w b\n",
            [],
        ),
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


def test_a_named_wheel_of_another_stage_is_an_info(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12 AS build\nRUN make\nFROM python:3.12-slim\nWORKDIR /tmp\n"
        "COPY --from=build {} .\nRUN pip install {}\n"
    )
    for source, name, severity in (
        ("/out/shop-*.whl", "shop-*.whl", "info"),
        ("/out/shop-1.0-py3-none-any.whl", "shop-1.0-py3-none-any.whl", "info"),
        ("/out/*.whl", "*.whl", "warning"),
    ):
        one = text.format(source, name)
        [found] = checked(tmp_path, "mount/bind-instead-of-copy", one).found
        assert str(found.severity) == severity


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("dpkg -i /tmp/*.deb", [2]),
        ("apt-get install -y /tmp/*.deb", [2]),
        ("dpkg -i /tmp/*.deb && rm /tmp/*.deb", []),
        ("dpkg -i /srv/*.deb", []),
        ("dpkg -i /tmp/*.deb\nRUN ls /tmp/*.deb", []),
        ("ls /tmp/*.rpm", []),
    ],
)
def test_packages_that_a_pattern_names(tmp_path: Path, run: str, wanted: list[int]) -> None:
    text = f"FROM debian:12\nCOPY made/*.deb /tmp/\nRUN {run}\n"
    context = "made/a.deb\nmade/b.deb\n"
    assert checked(tmp_path, "mount/bind-instead-of-copy", text, context).lines == wanted
