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
from itertools import chain
from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, facts, regex, shell, syntax

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
_NODE = frozenset("npm npx yarn pnpm pnpx bun bunx node ng vite webpack gulp next".split())
_BACK_END = frozenset("py rb php go java kt rs cs ex exs scala clj c cpp sql".split())
_FRONT_END = frozenset("js jsx ts tsx mjs vue svelte css less scss sass".split())
_WORKS = frozenset(
    "build compile lint test generate codegen typecheck bundle check dump-autoload".split()
)


@rule.on(facts.Stage)
def wide_input(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report copies of the whole context above a RUN that works on a part of it."""
    build = context.build
    if stage.index not in build.built_stages:
        return
    whole = None
    for step in build.steps(stage):
        match step.instruction:
            case syntax.Transfer() as transfer:
                arrival = build.arrivals.of(step, transfer)
                whole = arrival if arrival and arrival.whole and arrival.known else whole
            case syntax.Run() as run if whole and _works(build, run):
                yield from _judge(build, stage, whole, run)
                return


def _works(build: Build, run: syntax.Run) -> bool:
    """Tell whether a RUN builds, tests, checks or generates."""
    effects = build.effects(run)
    if effects.of(shell.Install) or not effects.of(shell.Unknown):
        return False  # a manager knows what it reads; other rules speak of installs
    words = (word for command in build.script(run).commands for word in command.args)
    return any(word.form.partition(":")[0] in _WORKS for word in words)


def _judge(
    build: Build, stage: facts.Stage, whole: facts.Arrival, run: syntax.Run
) -> Iterator[Finding]:
    unneeded = _unneeded(build, stage, whole)
    files = frozenset(chain.from_iterable(whole.by_folder[name] for name in unneeded))
    if len(files) < max(LEAST_FILES, LEAST_SHARE * len(whole.sources)):
        return
    if not _changes_by_itself(build, files, whole.sources):
        return
    listed = ", ".join(f"{name}/" for name in unneeded[:SHOWN])
    if len(unneeded) > SHOWN:
        listed += f" and {len(unneeded) - SHOWN} more folders"
    yield Finding(
        whole.instruction,
        f"line {run.line} runs again at each change of {listed}, which it seems not to read: copy"
        " what it needs",
        related=(Related(run, "works on a part of what is copied"),),
    )


def _unneeded(build: Build, stage: facts.Stage, whole: facts.Arrival) -> Sequence[str]:
    """Return the folders that nothing in a stage seems to read, those of most files first."""
    runs = [each for each in stage.instructions if isinstance(each, syntax.Run)]
    text = " ".join([each.value.text for each in runs]) + build.package_scripts
    below = (each for each in runs if each.index > whole.instruction.index)
    programs = {command.name for each in below for command in build.script(each).commands}
    only_node = programs <= _NODE
    found = [
        name
        for name, paths in whole.by_folder.items()
        if (_ASIDE.fullmatch(name) or (only_node and _is_back_end(paths)))
        and not _is_named(name, text)
    ]
    return sorted(found, key=lambda name: (-len(whole.by_folder[name]), name))


def _is_named(folder: str, text: str) -> bool:
    return re.search(rf"(?<![\\w.-]){re.escape(folder)}(?![\\w-])", text) is not None


def _changes_by_itself(build: Build, files: frozenset[str], copied: frozenset[str]) -> bool:
    """Tell whether `files` change where nothing else of what is copied does, or nobody knows."""
    return build.history is None or build.volatile_files(files, copied - files) is not None


def _is_back_end(paths: Sequence[str]) -> bool:
    kinds = Counter(path.rpartition(".")[2].lower() for path in paths)
    back = sum(kinds[kind] for kind in _BACK_END)
    return back > MUCH * sum(kinds[kind] for kind in _FRONT_END)
