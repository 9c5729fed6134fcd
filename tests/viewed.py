"""The views of the snapshots: made-up facts, shown by the code that shows real ones."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from support import checker

from dlint import Cost, Rule, Severity
from dlint.cli import explain, layers, order, rules
from dlint.cli.base_revision import BaseRevision
from dlint.cli.changes import Change, ImageChange, Missed, State
from dlint.cli.diff_output import Shown
from dlint.cli.diff_pretty import write as diff_view
from dlint.cli.history_pretty import pretty as history_view
from dlint.cli.push_pretty import write as push_view
from dlint.config.limits import Kind, read_limit
from dlint.context.git import Commit
from dlint.facts.waste import Waste
from dlint.findings import Basis, Safety, Size
from dlint.history.replay import CommitPush
from dlint.lint import pages
from dlint.lint.compared import Compared
from dlint.lint.report import Diagnostic, FileReport, Location, Note, PlacedEdit, Repair, Report
from dlint.model.sent import Amount, Sent
from dlint.push.limits import judge
from dlint.push.line import Forecast, PushLine, Upload
from dlint.push.mounts import Place
from dlint.push.plan import EXISTS, PUSHED, Cause, LayerPlan, PushPlan
from dlint.push.rows import ASSUMED, WORKTREE, Labels, compared_text, seconds_text
from dlint.push.several import Part
from dlint.push.why import NEW_IMAGE, Why
from dlint.push.wire import Delivery
from dlint.reporters.pretty import write as check_view
from dlint.reporters.terminal import render
from dlint.syntax.parser import parse
from dlint.text.source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCKERFILE = """\
FROM python:3.12-slim
ARG GIT_COMMIT=unknown
ENV GIT_COMMIT=$GIT_COMMIT
RUN apt-get update && apt-get install -y --no-install-recommends build-essential libpq-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/shop

COPY . .

RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir -r requirements/production.txt
ADD https://models.example.com/releases/download/v1.2.3/classifier-linux-amd64.tar.gz /opt/models/
COPY --from=registry.example.com/team/certificates:2024 /etc/ssl/certs /etc/ssl/certs

USER shop
CMD [".venv/bin/gunicorn", "--bind=0.0.0.0:8000", "shop.web:app"]
"""
SOURCE = Source("services/shop/Dockerfile", DOCKERFILE)
INSTRUCTIONS = {each.line: each for each in parse(SOURCE).instructions}


def _instruction(line: int) -> str:
    return INSTRUCTIONS[line].one_line


CAUSE = Cause(7, ("shop/static/stylesheets/shop.css", "shop/web.py", "README.md"))
LAYERS = (
    LayerPlan(None, _instruction(1), EXISTS, Size(43_200_000, Basis.GUESSED), as_of="2026-08-05"),
    LayerPlan(4, _instruction(4), EXISTS, Size(136_000_000, Basis.GUESSED)),
    LayerPlan(5, _instruction(5), EXISTS, Size(93, Basis.MODELLED)),
    LayerPlan(7, _instruction(7), PUSHED, Size(2_071_000, Basis.EXACT), cause=CAUSE),
    LayerPlan(
        9, _instruction(9), PUSHED, Size(92_100_000, Basis.GUESSED, ("psycopg2",)), cause=CAUSE
    ),
    LayerPlan(10, _instruction(10), PUSHED, Size.unknown("what line 10 fetches"), cause=CAUSE),
    LayerPlan(11, _instruction(11), "Mounted from team/certificates", Size(217_000, Basis.EXACT)),
)


def push(*, color: bool, width: int) -> str:
    labels = Labels(SOURCE.path, None, "buildkit", "warm", "HEAD", WORKTREE)
    head = compared_text(labels, ASSUMED)
    plan = PushPlan(LAYERS, 13_800)
    return push_view(plan, head, [seconds_text(plan, 50e6)], color=color, width=width)


WASTE = {
    4: (Waste(4, "/var/cache/apt", None, "apt keeps its downloads"),),
    7: (Waste(7, "/srv/shop/shop", 1_250_000, "stored again by the chown in line 9"),),
}


def _row(layer: LayerPlan) -> layers.Row:
    line = layer.line or 0
    return layers.Row(
        stage="runtime",
        line=line,
        instruction=layer.instruction,
        shipped=True,
        tar_bytes=9_420_000 if line == 7 else None,
        size=layer.size,
        diff_id=None,
        waste=WASTE.get(line, ()),
    )


def layers_(*, color: bool, width: int) -> str:
    copied = layers.Row(
        stage="certificates",
        line=3,
        instruction="COPY certificates/ca.pem /etc/ssl/",
        shipped=False,
        tar_bytes=4_096,
        size=Size(1_830, Basis.MODELLED),
        diff_id=None,
        waste=(),
    )
    rows = [copied, *map(_row, LAYERS[1:])]
    context = Sent(Amount(412, 9_630_000), Amount(398, 9_410_000), Amount(398, 9_410_000))
    answer = layers.Answer(rows, layers.BaseLayers(LAYERS[0].size, LAYERS[0].as_of), context)
    return render(layers._pretty(answer, width), color=color, width=width)


RULES = [
    Rule(
        "dlint_rules.bloat.build_packages_shipped",
        "Compilers are installed into the image that is pushed, although only the build needs them.",
    ),
    Rule(
        "dlint_rules.order.system_install_after_source",
        "System packages are installed after the source is copied, so every source change installs them again.",
        fix=Safety.SAFE,
    ),
    Rule(
        "dlint_rules.pin.tag",
        "The base image has no tag, so it means `latest`.",
        severity=Severity.ERROR,
        fix=Safety.DISPLAY,
    ),
    Rule(
        "dlint_rules.push.hot_layer",
        "A large layer is pushed with every change.",
        severity=Severity.INFO,
        default=False,
        fix=Safety.UNSAFE,
    ),
]


def rules_(*, color: bool, width: int) -> str:
    return rules._pretty(RULES, color=color, width=width)


def history(*, color: bool, width: int) -> str:
    return history_view(list(_pushes()), color=color, width=width)


def _pushes() -> Iterator[CommitPush]:
    day = 24 * 60 * 60
    for number in range(24):
        whole = number % 7 == 3
        pushed = [
            each if whole or each.line == 7 else each._replace(status=EXISTS) for each in LAYERS
        ]
        subject = (
            "Bump the HTTP client and its dependencies to fix a leak of connections"
            if whole
            else f"Change the shop's style ({number})"
        )
        commit = Commit(f"{number * 7919:010x}" * 4, subject, 1_760_000_000 + number * day)
        yield CommitPush(commit, PushPlan(tuple(pushed), 13_800), counted=number > 0)


def order_(*, color: bool, width: int) -> str:
    order_of_lines = (4, 5, None, 9, 10, 11, 2, 3, 7, 13, 14)
    new = parse(Source("", "FROM x\nCOPY requirements/production.txt requirements/\n"))
    answer = SimpleNamespace(
        path=SOURCE.path,
        now="expected push (mean of the last 100 commits): ≥ 141 MB (19 layers of unknown size per 10 pushes)",
        best="in a better order: ≥ 63.9 MB (11 layers of unknown size per 10 pushes) (optimal: dynamic programming over 7 sets of instructions)",
        changes=("one",),
        lines=[
            (line, INSTRUCTIONS[line] if line else new.instructions[1]) for line in order_of_lines
        ],
        hints=lambda *, written: [
            "written" if written else "dlint order --diff shows the change, --fix writes it",
            "nothing moves across line 10, which may read and write any file",
        ],
    )
    return order._pretty(answer, written=False, color=color, width=width)


PAGE = Rule(
    "dlint_rules.order.volatile_arg",
    """\
An argument that changes on every build comes before steps that do not need it.

## What it does

An `ARG` is part of the environment of every later `RUN` of its stage, so the first of them misses the cache
and **every** later layer is pushed again: see [Docker's reference](https://docs.docker.com/build/cache/).

## Example

```dockerfile bad
FROM debian:12.5-slim
ARG GIT_SHA=unknown
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
```

| builder | what happens |
|---|---|
| BuildKit | the step and all later ones are rebuilt |
| docker | the same |

## How sure

The argument's name or its default says that it changes.
""",
    fix=Safety.SAFE,
)


def explain_(*, color: bool, width: int) -> str:
    return explain._pretty(pages.page(PAGE), color=color, width=width)


def check(*, color: bool, width: int) -> str:
    late = _found(
        "order/volatile-arg",
        Severity.WARNING,
        "a new value of `ARG GIT_COMMIT` reruns every step from line 4 on, although line 4 does not use it",
        2,
        notes=(Note(_place(4), "does not mention `GIT_COMMIT`"),),
        cost=Cost.guessed(push_bytes=136_000_000),
        repair=Repair(
            "declare `GIT_COMMIT` after line 11",
            Safety.SAFE,
            (
                PlacedEdit(_lines(2, 3), ""),
                PlacedEdit(_lines(12, 11), "ARG GIT_COMMIT=unknown\nENV GIT_COMMIT=$GIT_COMMIT\n"),
            ),
        ),
    )
    missed = _found(
        "mount/lost-output",
        Severity.ERROR,
        "`COPY .` takes `.git`, so each commit rebuilds this layer",
        7,
        notes=(
            Note(
                _place(9),
                "runs again each time, and installs what `requirements/production.txt` lists",
            ),
            Note(_place(13), "is later"),
        ),
        cost=Cost(push_bytes=92_100_000, image_bytes=512_000, basis=Basis.GUESSED, at_least=True),
        help="list `.git` in `.dockerignore`",
    )
    unsure = _found("pin/remote-fetch", Severity.INFO, "nothing verifies the download", 10)
    upload = Upload(3, 6, Size(94_200_000, Basis.GUESSED, ("x",)), unknown=2)
    line = PushLine(
        SOURCE.path,
        Forecast("shop/web.py", "what line 7 copies", upload, 14, 100),
        Upload(6, 6, Size(251_000_000, Basis.GUESSED, ("x",)), unknown=3),
        {},
        image="image ≥ 326 MB (base as of 2026-08-05)",
    )
    file = FileReport(SOURCE.path, (late, missed, unsure), None, push=line)
    return check_view(Report([file], {}, color=color, width=width))


def _place(line: int) -> Location:
    return Location(SOURCE, INSTRUCTIONS[line].span)


def _lines(first: int, last: int) -> Location:
    starts = [0]
    for text in DOCKERFILE.splitlines(keepends=True):
        starts.append(starts[-1] + len(text))
    return Location(SOURCE, Span(starts[first - 1], starts[last]))


def _found(rule: str, severity: Severity, message: str, line: int, **more) -> Diagnostic:
    return Diagnostic(rule, severity, message, _place(line), "0" * 32, **more)


def diff(*, color: bool, width: int) -> str:
    before = PushPlan((*LAYERS[:3], LAYERS[3]._replace(size=Size(1_071_000, Basis.EXACT))), 0)
    reads = Why("`COPY . .` (line 7)", "reads `shop/web.py`, `README.md` and 1 more", is_own=True)
    base = Why("`FROM python:3.12-slim` (line 1)", "has another digest")
    missed = (
        Missed(LAYERS[3], reads),
        Missed(LAYERS[4], reads),
        Missed(LAYERS[5], base),
    )
    name, tool = "docker-compose.yml#shop-storefront", "tools/migrations/Dockerfile"
    size = PushPlan(LAYERS[:1], 0)
    images = (
        ImageChange(name, SOURCE.path, State.CHANGED, before, PushPlan(LAYERS, 13_800), missed),
        ImageChange(tool, tool, State.ADDED, None, size, (Missed(LAYERS[0], NEW_IMAGE),)),
        ImageChange("tools/old/Dockerfile", "", State.REMOVED, size),
        ImageChange("a/Dockerfile", "", State.BROKEN, error="a/Dockerfile:2: unknown instruction"),
        ImageChange("base/Dockerfile", "", State.UNCHANGED, size, size),
    )
    found = [
        _found("pin/base-digest", Severity.INFO, "`python:3.12-slim` is not pinned by digest", 1),
        _found("order/copy-before-install", Severity.WARNING, "`COPY . .` comes first", 7),
    ]
    part = Part(name, images[0].after or size, Place("", name), Delivery("buildkit"))
    change = Change(images, (part,), (), Compared((found[0],), (found[1],)), ())
    limit = read_limit(Kind.GROWTH, "20MB")
    verdicts = judge(name, [limit], PushPlan(LAYERS, 0), size)
    revision = BaseRevision("1f0c2ab345" * 4, "origin/main", is_merge_base=True)
    return diff_view(Shown(change, revision, tuple(verdicts), checker()), color=color, width=width)


VIEWS: dict[str, Callable[..., str]] = {
    "check": check,
    "diff": diff,
    "explain": explain_,
    "history": history,
    "layers": layers_,
    "order": order_,
    "push": push,
    "rules": rules_,
}
