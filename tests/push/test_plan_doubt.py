"""Layers that a push may upload or not: what programs of other stages make again may be the same
bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import signs

from dlint.config.limits import Kind, read_limit
from dlint.findings import Basis, Size
from dlint.push.limits import Outcome, judge
from dlint.push.plan import EXISTS, PUSHED, LayerPlan, PushPlan
from dlint.push.rows import pushed_count, total_text

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = {
    "src/main.c": "int main;\n",
    "src/notes.txt": "one\n",
    "Makefile": "all:\n",
    "build.sh": "make\n",
    "requirements.txt": "six\n",
    "package.json": '{"scripts": {}}\n',
    "package-lock.json": '{"packages": 1}\n',
}
TWO = """FROM shell AS two
COPY --from=build /src /a
RUN rm /a/notes.txt
FROM shell AS three
COPY --from=two /a /a"""
PIP = "RUN /v/bin/pip install -r /requirements.txt"
IMAGE = "\nFROM shell\nCOPY --from=build "


def told(tmp_path: Path, before: str, after: str, changed: dict[str, str]) -> str:
    """Return the signs of a push after changes."""
    return signs(tmp_path, (before, SOURCE), (after, {**SOURCE, **changed}))


@pytest.mark.parametrize(
    ("stage", "taken", "changed", "expected"),
    [
        # what a program makes of other sources
        ("COPY src /src\nRUN make -C /src", "/out /out", "src/notes.txt", "?"),
        ("COPY src /src\nRUN make -C /src", "/src /src", "src/notes.txt", "+"),
        ("COPY src /src\nRUN /src/build.sh", "/src/main.c /m.c", "src/notes.txt", "?"),
        ("COPY src /src\nRUN go build -o /app ./src", "/src/main.c /m.c", "src/notes.txt", "="),
        ("COPY src /src\nRUN go build -o /app ./src", "/app /app", "src/main.c", "?"),
        (
            "COPY src /src\nENV GOBIN=/usr/bin\nRUN go install ./src",
            "/usr/bin /b",
            "src/main.c",
            "?",
        ),
        ("COPY src /src\nRUN go build -o /app ./src", "/usr/bin /b", "src/main.c", "="),
        # copies
        ("COPY src /src\nRUN cp -r /src /o", "/o /o", "src/notes.txt", "+"),
        ("COPY src /src\nRUN cp -r /src /o", "/o/main.c /m.c", "src/notes.txt", "?"),
        ("COPY src /src\nRUN cp -r /src /o", "/o/main.c /m.c", "src/main.c", "+"),
        ("COPY src /src\nRUN cp /src/main.c /m", "/m /m", "src/notes.txt", "="),
        ("COPY src /src\nRUN ln -s /src /l", "/l/main.c /m.c", "src/main.c", "+"),
        (
            "COPY src /src\nWORKDIR /w\nRUN ln -s ../src /opt/l",
            "/opt/l/main.c /m.c",
            "src/main.c",
            "+",
        ),
        ("COPY src /src\nRUN ln -s /src /l\nRUN make", "/l/new /n", "src/main.c", "?"),
        ("COPY src /src\nRUN mv /src /m && mv /m/main.c /n", "/n /n", "src/notes.txt", "?"),
        ("COPY src /src\nRUN mv /src /m && mv /m/main.c /n", "/n /n", "src/main.c", "+"),
        # what a mount brings stands nowhere in the stage
        ("RUN --mount=type=bind,target=/c cp /c/src/main.c /m", "/m /m", "src/main.c", "?"),
        # edits and deletions
        ("COPY src /src\nRUN rm /src/notes.txt", "/src /s", "src/notes.txt", "?"),
        ("COPY src /src\nRUN rm /src/notes.txt", "/src /s", "src/main.c", "+"),
        ("COPY src /src\nRUN rm -rf /src/*.txt", "/src /s", "src/main.c", "?"),
        ("COPY src /src\nRUN sed -i s/a/b/ /src/main.c", "/src /s", "src/main.c", "?"),
        ("COPY src /src\nRUN ls /src/* | xargs truncate -s 1", "/src /s", "src/main.c", "?"),
        ("COPY src /src\nRUN chmod -R a+x /src", "/src /s", "src/main.c", "+"),
        ("COPY src /src\nRUN mkdir -p /src", "/src /s", "src/main.c", "+"),
        # a COPY of a COPY
        (
            f"COPY src /src\n{TWO}",
            "/src /src\nCOPY --from=three /a /a",
            "src/notes.txt",
            "+?",
        ),
        # what follows a layer in doubt is in doubt as well
        ("COPY src /src\nRUN make", "/out /out\nRUN date\nCOPY Makefile /x/", "src/main.c", "???"),
        ("COPY src /src\nRUN make", "/out /out\nCOPY src /src\nRUN make", "src/main.c", "?++"),
        # a RUN that does nothing may make the layer of nothing, and a file may land in a folder
        ("COPY src /src\nRUN make", "/out /out\nCOPY src /src\nRUN date", "src/main.c", "?+?"),
        ("COPY src /src", "/src/main.c /m/", "src/notes.txt", "="),
        ("COPY src /src\nRUN make", "/out /out\nCOPY Makefile /x", "src/main.c", "?="),
        # scripts of installs
        ("COPY package.json /a/\nRUN cd /a && npm ci", "/data /d", "package.json", "?"),
        (
            "COPY package.json /a/\nRUN cd /a && npm ci --ignore-scripts",
            "/data /d",
            "package.json",
            "=",
        ),
        # what an install surely renews
        (
            "WORKDIR /a\nCOPY package*.json ./\nRUN npm ci",
            "/a/node_modules /n",
            "package-lock.json",
            "+",
        ),
        (
            "WORKDIR /a\nCOPY package*.json ./\nRUN npm ci",
            "/a/node_modules /n",
            "package.json",
            "?",
        ),
        (
            "WORKDIR /a\nCOPY package*.json ./\nRUN npm ci --omit=dev",
            "/a/node_modules /n",
            "package-lock.json",
            "?",
        ),
        (
            "COPY requirements.txt /\nRUN python -m venv /v && /v/bin/pip install -r /requirements.txt",
            "/v /v",
            "requirements.txt",
            "+",
        ),
        (
            "COPY requirements.txt /\nRUN /v/bin/pip install --no-compile -r /requirements.txt",
            "/v /v",
            "requirements.txt",
            "?",
        ),
        (
            f"COPY requirements.txt /\n{PIP} && find /v -name '*.pyc' -delete",
            "/v /v",
            "requirements.txt",
            "?",
        ),
        # commands without an effect of their own
        ("COPY src /src\nRUN . /src/main.c", "/out /out", "src/main.c", "?"),
        ("COPY src /src\nRUN . /etc/profile", "/out /out", "src/main.c", "="),
        ("COPY src /src\nRUN gpg -o /k.gpg --dearmor /src/main.c", "/k.gpg /k", "src/main.c", "?"),
        ("COPY src /src\nRUN awk '{print > \"/out\"}' /src/main.c", "/out /o", "src/main.c", "?"),
        ("COPY src /src\nRUN cd /src && git checkout v1", "/src/x /x", "src/main.c", "?"),
    ],
)
def test_what_is_surely_pushed(
    tmp_path: Path, stage: str, taken: str, changed: str, expected: str
) -> None:
    text = f"FROM shell AS build\n{stage}{IMAGE}{taken}\n"
    found = told(tmp_path, text, text, {changed: '{"another": 2}\n'})
    assert found == expected


@pytest.mark.parametrize(
    ("before", "after", "taken", "expected"),
    [
        ("RUN make", "RUN make all", "/out /out", "?"),
        ("ARG A=1\nRUN make", "ARG A=2\nRUN make", "/out /out", "?"),
        ("RUN install -m 644 /a /b", "RUN install -m 755 /a /b", "/b /b", "?"),
        ("COPY Makefile /m", "COPY build.sh /m", "/m /m", "+"),
    ],
)
def test_what_another_instruction_makes(
    tmp_path: Path, before: str, after: str, taken: str, expected: str
) -> None:
    old, new = (f"FROM shell AS build\n{each}{IMAGE}{taken}\n" for each in (before, after))
    assert told(tmp_path, old, new, {}) == expected


SURE, DOUBTFUL = (
    LayerPlan(line, f"RUN {line}", PUSHED, Size(bytes_, Basis.MODELLED), certain=line < 3)
    for line, bytes_ in ((2, 6_000_000), (3, 30_000_000))
)
UNKNOWN = LayerPlan(4, "RUN make", PUSHED, Size.unknown("what make writes"))


@pytest.mark.parametrize(
    ("layers", "size", "count"),
    [
        ((SURE,), "6.0 MB", "1"),
        ((SURE, DOUBTFUL), "≤ 36.0 MB", "1 to 2"),
        ((SURE, DOUBTFUL, UNKNOWN), "≥ 6.0 MB", "2 to 3"),
        ((SURE, UNKNOWN, UNKNOWN), "≥ 6.0 MB", "3"),
        ((DOUBTFUL, UNKNOWN), "size unknown", "1 to 2"),
        ((DOUBTFUL._replace(status=EXISTS), SURE), "6.0 MB", "1"),
    ],
)
def test_a_sum_is_no_more_than_what_is_sure(
    layers: tuple[LayerPlan, ...], size: str, count: str
) -> None:
    plan = PushPlan(layers, 0)
    assert (str(plan.pushed), pushed_count(layers)) == (size.replace(".0", ""), count)
    assert f"{count} of {len(layers)} layer" in total_text(plan)


@pytest.mark.parametrize(
    ("budget", "exact_only", "expected"),
    [
        ("40MB", False, Outcome.WITHIN),
        ("20MB", False, Outcome.OVER),
        ("20MB", True, Outcome.UNKNOWN),
        ("1MB", True, Outcome.OVER),
    ],
)
def test_a_budget_counts_what_may_be_pushed(
    budget: str, *, exact_only: bool, expected: Outcome
) -> None:
    limit = read_limit(Kind.BUDGET, budget)
    (found,) = judge("web", [limit], PushPlan((SURE, DOUBTFUL), 0), exact_only=exact_only)
    assert found.outcome is expected
