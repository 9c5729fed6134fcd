r"""A build, a test or a linter runs below a copy of the whole context, though it can use only a
part of that.

The RUN is cached until something that was copied above it changes. Where a front end is built below
`COPY . .` of a repository that holds the back end, too, each edit of the back end builds the front
end again; where charts and pipelines lie beside the source, their changes do. Naming the folders
that the RUN reads lets it rest while the others change.

```context
package.json: {"name": "shop", "scripts": {"build": "vite build"}}\n
client/main.ts 4kB
client/cart.ts 3kB
client/shop.css 2kB
vite.config.ts
server/api.py 9kB
server/models.py 8kB
server/orders.py 8kB
server/mail.py 2kB
server/tasks.py 5kB
server/stock.py 5kB
server/users.py 5kB
server/tests/test_api.py 5kB
server/tests/test_orders.py 5kB
server/tests/test_stock.py 5kB
```

```dockerfile bad
FROM node:22-slim AS front
WORKDIR /src
COPY package.json ./
RUN npm install
COPY . .
RUN npm run build

FROM nginx:1.27
COPY --from=front /src/dist /usr/share/nginx/html
```

```dockerfile good
FROM node:22-slim AS front
WORKDIR /src
COPY package.json ./
RUN npm install
COPY client ./client
COPY vite.config.ts ./
RUN npm run build

FROM nginx:1.27
COPY --from=front /src/dist /usr/share/nginx/html
```

How sure: a guess, and so an info. Folders count as not needed that hold charts, pipelines,
infrastructure or documents by their names, and, for a stage that only runs npm and its like, those
that hold programs in other languages and hardly anything for a browser; a folder that a command of
the stage or package.json names is needed. They must be ten files or more, and a fifth of what is
copied. What it costs is time: the layers that are uploaded change only with what the RUN makes.

When not to follow it: where the build walks through the whole repository.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from dlint import DlintError, Finding, Related, Rule, Severity, facts, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO)

MUCH = 10  # files of the back end to one of the front end
LEAST_FILES = 10
SHOWN = 2  # folders that a message names
LEAST_SHARE = 0.2  # of the files that are copied
_ASIDE = regex(
    r"\\.(?:github|gitlab|circleci|buildkite|devcontainer|vscode|idea|azure|teamcity)|helm|charts?|k8s|kubernetes|terraform"
    r"|ansible|deploy(?:ment)?s?|infra(?:structure)?|docs?|documentation|docker|compose|\\.?ci|examples?",
    re.IGNORECASE,
)
_NODE = frozenset(
    (
        "npm",
        "npx",
        "yarn",
        "pnpm",
        "pnpx",
        "bun",
        "bunx",
        "node",
        "ng",
        "vite",
        "webpack",
        "gulp",
        "next",
    )
)
_BACK_END = frozenset(
    (
        "py",
        "rb",
        "php",
        "go",
        "java",
        "kt",
        "rs",
        "cs",
        "ex",
        "exs",
        "scala",
        "clj",
        "c",
        "cpp",
        "sql",
    )
)
_FRONT_END = frozenset(
    ("js", "jsx", "ts", "tsx", "mjs", "vue", "svelte", "css", "less", "scss", "sass")
)
_WORKS = frozenset(
    (
        "build",
        "compile",
        "lint",
        "test",
        "generate",
        "codegen",
        "typecheck",
        "bundle",
        "check",
        "dump-autoload",
    )
)


@rule.on(facts.Stage)
def wide_input(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report copies of the whole context above a RUN that works on a part of it."""
    build = context.build
    if stage.index not in build.built_stages:
        return
    found = build.arrivals
    whole = None
    for step in build.steps(stage):
        if isinstance(step.instruction, syntax.Transfer):
            arrival = found.of(step, step.instruction)
            if arrival and arrival.whole and arrival.known:
                whole = arrival
        elif isinstance(step.instruction, syntax.Run) and whole and _works(build, step.instruction):
            yield from _judge(build, stage, whole, step.instruction)
            return


def _works(build: Build, run: syntax.Run) -> bool:
    """Tell whether a RUN builds, tests, checks or generates."""
    if build.effects(run).of(shell.Install):
        return False  # a manager that knows what it reads; other rules speak of installs
    commands = build.script(run).commands
    return any(
        _WORKS & {word.form.partition(":")[0] for word in command.args} for command in commands
    ) and bool(build.effects(run).of(shell.Unknown))


def _judge(
    build: Build, stage: facts.Stage, whole: facts.Arrival, run: syntax.Run
) -> Iterator[Finding]:
    by_folder: dict[str, list[str]] = {}
    for path in whole.sources:
        top, slash, _ = path.partition("/")
        if slash:
            by_folder.setdefault(top, []).append(path)
    runs = [each for each in stage.instructions if isinstance(each, syntax.Run)]
    named = " ".join(each.value.text for each in runs) + _scripts(build)
    only_node = all(
        command.name in _NODE
        for each in runs
        if each.index > whole.instruction.index
        for command in build.script(each).commands
    )
    spare = [
        name
        for name, paths in sorted(by_folder.items(), key=lambda each: (-len(each[1]), each[0]))
        if not re.search(rf"(?<![\\w.-]){re.escape(name)}(?![\\w-])", named)
        and (_ASIDE.fullmatch(name) or (only_node and _is_back_end(paths)))
    ]
    files = frozenset(path for name in spare for path in by_folder[name])
    if len(files) < max(LEAST_FILES, LEAST_SHARE * len(whole.sources)):
        return
    if build.history is not None and build.volatile_files(files, whole.sources - files) is None:
        return
    listed = ", ".join(f"{name}/" for name in spare[:SHOWN])
    if len(spare) > SHOWN:
        listed += f" and {len(spare) - SHOWN} more folders"
    yield Finding(
        whole.instruction,
        f"line {run.line} runs again at each change of {listed}, which it seems not to read: copy"
        " what it needs",
        related=(Related(run, "works on a part of what is copied"),),
    )


def _is_back_end(paths: Sequence[str]) -> bool:
    kinds = Counter(path.rpartition(".")[2].lower() for path in paths)
    back, front = (sum(kinds[kind] for kind in side) for side in (_BACK_END, _FRONT_END))
    return back > MUCH * front


def _scripts(build: Build) -> str:
    """Return the text of package.json, which names folders that its scripts work on."""
    try:
        return build.context.read("package.json").decode("utf-8", "replace")
    except DlintError:
        return ""
