r"""A build, test or linter runs after a `COPY` of the whole context but uses only part of it.

## What it does

Finds steps after `COPY . .` that do not seem to read large parts of the build context.

## Why is this bad?

A `RUN` reuses the cache until a file copied before it changes. In a repository with a front end and
a back end, every back-end change then rebuilds the front end. Charts, pipelines and documentation
next to the source do the same. A `COPY` of only the folders that the `RUN` reads avoids these
rebuilds.

**Measured:** no figure, because the cost is build time: the pushed layers change only with the
result of the `RUN`.

## Example

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

## How sure

This is an estimate, and therefore an info. Unneeded folders are those named for charts, pipelines,
infrastructure or documentation. In a stage that only runs npm and similar tools, so are folders of
programs in other languages with hardly any browser files. Folders that a command of the stage or
`package.json` names count as needed. The unneeded part must be at least ten files and a fifth of
what is copied. The rule is silent when a later step may ask the `.git` that is copied: every commit
changes that, and git compares the whole work tree with it.

## When not to follow it

Keep the `COPY` when the build walks through the whole repository.

## Options

None.

## References

- [Cache invalidation](https://docs.docker.com/build/cache/invalidation/)
"""

from __future__ import annotations

from itertools import chain

from dlint import Finding, Related, Rule, Severity, facts, listed, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    layered=True,
    needs=(syntax.Transfer, syntax.Run),
    severity=Severity.INFO,
)

LEAST_FILES = 10
LEAST_SHARE = 0.2  # of the files that are copied
SHOWN = 2  # folders that a message names
_OF_GIT = frozenset((".git/HEAD",))  # new with each commit, which another rule reports


@rule.on(facts.Stage)
def wide_input(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report copies of the whole context before a RUN that uses part of it."""
    build = context.build
    work = build.changes.work_on_whole_context(stage) if stage.index in build.built_stages else None
    if work is None:
        return
    whole, run = work
    if _compares_all(build, stage, whole.instruction):
        return
    aside = build.changes.folders_aside(stage, whole)
    files = frozenset(chain.from_iterable(whole.by_folder[name] for name in aside))
    are_many = len(files) >= max(LEAST_FILES, LEAST_SHARE * len(whole.sources))
    if are_many and _changes_by_itself(build, files, whole.sources):
        named = listed((f"`{name}/`" for name in aside), SHOWN)
        yield Finding(
            whole.instruction,
            f"every change of {named} runs line {run.line} again, which does not seem to read it",
            help="copy only what that step needs",
            related=(Related(run, "reads only part of what is copied"),),
        )


def _compares_all(build: Build, stage: facts.Stage, whole: syntax.Instruction) -> bool:
    """Tell whether a later step may ask the `.git` that a COPY brings, which changes with every
    commit and says what is missing of the work tree.
    """
    if not isinstance(whole, syntax.Transfer) or not build.sources.takes_git(whole):
        return False
    return build.sources.git_use_after(stage, whole).is_likely


def _changes_by_itself(build: Build, files: frozenset[str], copied: frozenset[str]) -> bool:
    """Tell whether `files` change in commits that change no other copied file, or nobody knows."""
    others = copied - files - _OF_GIT
    return build.history is None or build.changes.volatile_files(files, others) is not None
