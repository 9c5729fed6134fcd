"""The rules on order that weigh or guess: volatile before stable, unneeded inputs, links, modes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

if TYPE_CHECKING:
    from pathlib import Path

volatile = partial(checked, rule="order/volatile-before-stable")
wide = partial(checked, rule="order/unneeded-run-inputs")
link = partial(checked, rule="order/link-copy")
modes = partial(checked, rule="order/base-copy-mode-bits")

DATA = "src/app.py 2kB\nsrc/more.py 2kB\nmodels/a.bin 2MB\nmodels/small.bin 2kB\n"


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ("COPY src ./src\nCOPY models ./models", [3]),
        ("COPY src ./src\nRUN true\nCOPY models ./models", [3]),
        ("COPY models ./models\nCOPY src ./src", []),
        ("COPY src ./src\nCOPY --link models ./models", []),
        ("COPY --link src ./src\nCOPY models ./models", []),
        ("COPY src ./src\nCOPY models/small.bin ./models/", []),  # it weighs nothing
        ("COPY src ./src\nCOPY models /models", []),  # the same blob wherever it stands
        ("COPY . .\nCOPY models ./models", []),  # an overlay of what was there
        ("COPY src ./src\nRUN curl -fsSLO https://example.com/a-1.2.tgz", [3]),
        ("COPY src ./src\nRUN curl -fsSLo src/a.tgz https://example.com/a-1.2.tgz", []),
        ("COPY src ./src\nRUN curl -fsSLO https://example.com/a-1.2.tgz && ./install.sh", []),
        ("COPY src ./src\nRUN useradd app", []),
    ],
)
def test_what_stands_above_what_weighs(tmp_path: Path, steps: str, lines: list[int]) -> None:
    text = f"FROM debian:12\nWORKDIR /app\n{steps}\n"
    assert volatile(tmp_path, text=text, context=DATA).lines == lines
    assert volatile(tmp_path, text=f"{text}FROM scratch\n", context=DATA).lines == []


def test_the_weight_is_what_is_uploaded(tmp_path: Path) -> None:
    text = "FROM debian:12\nWORKDIR /app\nCOPY src ./src\nCOPY models ./models\n"
    cost = volatile(tmp_path, text=text, context=DATA).found[0].cost
    assert cost is not None
    assert cost.push_bytes == pytest.approx(2_002_000, rel=0.01)


@pytest.mark.parametrize(
    ("changed", "lines"), [(("models/a.bin", "src/app.py"), []), (("src/app.py",), [3])]
)
def test_history_decides_which_of_two_is_calm(
    tmp_path: Path, changed: tuple[str, ...], lines: list[int]
) -> None:
    text = "FROM debian:12\nWORKDIR /app\nCOPY src ./src\nCOPY models ./models\n"
    found = volatile(tmp_path, text=text, context=DATA)
    commit(tmp_path)
    for _ in range(10):
        commit(tmp_path, *changed)
    assert found.lines == lines


@pytest.mark.parametrize(
    ("between", "safety"),
    [
        ("", "safe"),
        ("ENV A=1\nCOPY src/app.py /b/\n", "safe"),
        ("RUN make\n", None),
        ("WORKDIR /b\n", None),  # the destination is relative
    ],
)
def test_how_safe_it_is_to_swap(tmp_path: Path, between: str, safety: str | None) -> None:
    text = f"FROM debian:12\nWORKDIR /app\nCOPY src ./src\n{between}COPY models ./models\n"
    assert set(volatile(tmp_path, text=text, context=DATA).safeties) == {safety}


@pytest.mark.parametrize(
    ("between", "safety"),
    [
        ("", "unsafe"),
        ("COPY src/app.py /b/\nENV B=1\n", "unsafe"),
        (
            "RUN apt-get update && apt-get install -y curl\n",
            None,
        ),  # it may be what the download is made with
        ("RUN /opt/setup.py\n", None),
        ("WORKDIR /b\n", None),
        ("ENV URL=x\n", None),
    ],
)
def test_how_safe_it_is_to_move_a_download(
    tmp_path: Path, between: str, safety: str | None
) -> None:
    download = "RUN curl -fsSLo /opt/a.tgz https://example.com/a-1.2.tgz?$URL"
    text = f"FROM debian:12\nWORKDIR /app\nCOPY src ./src\n{between}{download}\n"
    assert set(volatile(tmp_path, text=text, context=DATA).safeties) == {safety}


BACK = "".join(f"server/{n}.py 1kB\n" for n in range(12))
FRONT = "package.json: {}\nclient/a.ts 1kB\nclient/b.css 1kB\n"


@pytest.mark.parametrize(
    ("context", "run", "lines"),
    [
        (FRONT + BACK, "npm run build", [3]),
        (FRONT + BACK, "npm run build && python3 server/1.py", []),
        (FRONT + BACK, "npm run build -- --base server", []),
        (
            FRONT.replace("{}", '{"scripts": {"build": "cp server/x ."}}') + BACK,
            "npm run build",
            [],
        ),
        (FRONT, "npm run build", []),
        (FRONT + BACK, "chown -R node /app", []),
        (FRONT + "".join(f"helm/{n}.yaml 1kB\n" for n in range(12)), "make build", [3]),
    ],
)
def test_builds_below_more_than_they_read(
    tmp_path: Path, context: str, run: str, lines: list[int]
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    assert wide(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(
    ("copy", "lines"),
    [
        ("COPY src /opt/app/src", [3]),
        ("COPY --link src /opt/app/src", []),
        ("COPY --chown=1000:1000 src /opt/app/src", [3]),
        ("COPY --chown=app src /opt/app/src", []),
        ("COPY --chmod=644 src /opt/app/src", []),
        ("COPY src /src", []),  # the same blob anyway
        ("COPY src /usr/share/app", []),  # /usr/share may be a symlink
        ("COPY src $WHERE", []),
    ],
)
def test_copies_that_could_stand_by_themselves(tmp_path: Path, copy: str, lines: list[int]) -> None:
    assert (
        link(tmp_path, text=f"FROM debian:12\nRUN apt-get update\n{copy}\n", context=DATA).lines
        == lines
    )
    assert (
        link(tmp_path, text=f"FROM debian:12\nRUN mkdir -p /opt/app\n{copy}\n", context=DATA).lines
        == []
    )
    assert link(tmp_path, text=f"FROM debian:12\n{copy}\n", context=DATA).lines == []


def test_modes_of_tracked_files(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY a /a/\nCOPY b /b/\nCOPY --chmod=644 c /c/\n"
    context = "a/x 9kB mode 664\nb/x 3kB mode 666\nb/y 3kB mode 644\nc/x mode 666\n"
    found = modes(tmp_path, text=text, context=context)
    assert found.lines == [2]
    commit(tmp_path)
    (tmp_path / "a/new").write_text("not tracked")
    (tmp_path / "a/new").chmod(0o666)
    assert found.messages[0].startswith("a file writable")


@pytest.mark.parametrize(
    ("context", "fixed"),
    [
        ("a mode 664\nb mode 666", "COPY --chmod=644 x/a x/b /y/"),
        ("a mode 775\nb mode 775", "COPY --chmod=755 x/a x/b /y/"),
        ("a mode 664\nb mode 755", "COPY x/a x/b /y/"),
    ],
)
def test_the_mode_that_is_written(tmp_path: Path, context: str, fixed: str) -> None:
    listing = "".join(f"x/{line}\n" for line in context.splitlines())
    text = "FROM debian:12\nCOPY x/a x/b /y/\n"
    assert modes(tmp_path, text=text, context=listing).fixed == f"FROM debian:12\n{fixed}\n"
    folder = "FROM debian:12\nCOPY x /y/\n"
    assert modes(tmp_path, text=folder, context=listing).fixed == folder
