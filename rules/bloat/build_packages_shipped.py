r"""Compilers of the distribution are installed into the image that is pushed, though only the build
needs them.

`gcc`, `make` and what they bring are there to compile a package or the program itself. Once that
is done nothing starts them again, but they stay in the layer: with `build-essential` that is about
a hundred megabytes. Compile in a stage of its own and copy the result, or remove them in the RUN
that installs them.

```dockerfile bad
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
CMD ["gunicorn", "app:app"]
```

```dockerfile good
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY requirements.txt .
RUN pip install --no-cache-dir --prefix=/install -r requirements.txt

FROM python:3.12-slim
COPY --from=build /install /usr/local
COPY . .
CMD ["gunicorn", "app:app"]
```

```dockerfile bad
FROM alpine:3.20
RUN apk add --no-cache build-base
COPY . /src
RUN make -C /src install
CMD ["shopd"]
```

```dockerfile good
FROM alpine:3.20
COPY . /src
RUN apk add --no-cache --virtual .build build-base && make -C /src install && apk del .build
CMD ["shopd"]
```

How sure: the install names a compiler or `make`, a step behind it compiles or installs packages of
a language, and nothing removes it. Silent are images without a command of their own or with a
shell, bases that have a compiler already, files and stages whose names speak of development, tests
or builds, and images that are known to compile when they run (notebooks, R, CUDA's `devel`). What
packages of Debian's releases weigh is guessed from their sizes in its archive.

When not to follow it: where the program compiles something when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, regex, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__)

_MENTION = regex(r"gcc|g\+\+|build-essential|build-base|clang|make|autoconf|automake")


@rule.on(syntax.Run)
def compilers(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs of compilers that only later steps of the build use."""
    if not _MENTION.search(run.value.text):
        return
    build = context.build
    stage = build.shipped_stage(run)
    if stage is None or not build.installs.serve_finished_program(stage):
        return
    install = build.installs.compilers_left(run)
    user = build.installs.user_of_compilers(run, install) if install else None
    if install is None or user is None:
        return
    names = ", ".join(f"`{package.name}`" for package in install.packages)
    yield Finding(
        run,
        f"the image contains packages that only the build needs: {names}",
        help="compile in another stage, or remove them in the `RUN` that installs them",
        cost=Cost.stored(build.sizes.installed(stage, run, [install])),
        related=() if user is run else (Related(user, "needs them"),),
    )
