r"""The final image contains compilers from the distribution that only the build needs.

## What it does

Finds installs of compilers, `make` and development headers in a stage that ships, when a later
build step uses them and nothing removes them. The toolchains of Go, Rust, Maven, Gradle and .NET
count as well. So do those of Go and Rust that a step downloads. So do headers of libraries in an
image in which nothing compiles, or only extensions of PHP are compiled. Beside compilers, headers
are not named: their size is not known.

`apt-get remove build-essential` takes away one package, and leaves the compilers that came with it.
That is found where the `RUN` that installs them does so without `--auto-remove`.

## Why is this bad?

`gcc`, `make` and their dependencies compile a package or the program itself. Nothing starts them
afterwards, but they stay in the layer and are pulled to every node. Compile in a separate stage and
copy the result, or remove the packages in the `RUN` that installs them.

**Measured:** dlint's estimate for the first example is 72.1 MB. `build-essential` on Debian 13 is a
layer of 132 MB, built and pushed for `benchmarks/installs.md`.

## Example

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

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpq-dev \
    && rm -rf /var/lib/apt/lists/*
COPY shopd /usr/local/bin/
CMD ["shopd"]
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpq5 \
    && rm -rf /var/lib/apt/lists/*
COPY shopd /usr/local/bin/
CMD ["shopd"]
```

```dockerfile bad
FROM php:8.3-apache-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libicu-dev libpq-dev \
    && docker-php-ext-install intl pdo_pgsql \
    && rm -rf /var/lib/apt/lists/*
COPY . /var/www/html
```

```dockerfile good
FROM php:8.3-apache-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libicu-dev libicu72 libpq-dev libpq5 \
    && docker-php-ext-install intl pdo_pgsql \
    && apt-get purge -y --auto-remove libicu-dev libpq-dev \
    && rm -rf /var/lib/apt/lists/*
COPY . /var/www/html
```

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-dev python3-venv build-essential \
    && python3 -m venv /srv/shop && /srv/shop/bin/pip install --no-cache-dir shop==1.4.2 \
    && apt-get remove -y build-essential \
    && rm -rf /var/lib/apt/lists/*
CMD ["/srv/shop/bin/shop"]
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-dev python3-venv build-essential \
    && python3 -m venv /srv/shop && /srv/shop/bin/pip install --no-cache-dir shop==1.4.2 \
    && apt-get remove -y --auto-remove build-essential \
    && rm -rf /var/lib/apt/lists/*
CMD ["/srv/shop/bin/shop"]
```

## How sure

The install names a compiler or `make`, a later step compiles or installs language packages, and
nothing removes the compiler. A language's toolchain counts when a step builds a program with it and
the image's command does not start it. A group of packages that is named for the build (`apk add
--virtual .build-deps`) counts in images without a command as well. The size of Debian packages is
an estimate from the sizes in its archive.

Headers of libraries (`libpq-dev`) are an info, on Docker's official images of a known release of
Debian. Nothing in the image may be a compiler or bring one, and no `RUN` may start a program that
dlint does not know. The size is what the library's own package would save, which the help names.
The official image of PHP has compilers. There they are reported where a `RUN` compiles extensions.
How packages are removed must be known: not by `apt-mark`, nor by a variable.

Compilers that stay after a removal are reported whatever the image is for: somebody meant them to
go. Nothing in the file may remove what nothing needs, and no step may compile after the removal.
Headers of libraries that are removed as well keep the rule silent: their libraries would go, too.

Of other compilers, the rule is silent for:

- images without a command of their own, other than `php` with Apache or FPM, or whose command is a
  shell
- images that a script starts which is not in the build context, or which installs or builds
  something
- images that leave their command to whoever runs them
- base images that already contain a compiler
- files named for development, tests or builds, and images whose stage is: a last stage `AS base`
  that starts what it copies counts, unless a recipe builds it by that name
- installs whose comment says that they are for the run time
- packages that other packages bring along: leaving them out saves nothing
- images known to compile at run time (notebooks, R, CUDA, ROCm)
- images with `ONBUILD`
- images in which a later step runs a program that installs what something needs by itself, such as
  `install-deps`
- images with a toolchain of Go, or a compiler for other systems, that no step builds with
- workers of a CI system, and images into which one `RUN` installs two programs that fetch sources,
  such as `git` and `subversion`

## When not to follow it

Keep the compiler when the program compiles something at run time. Keep headers when it loads a
library by the name that only their package has, such as `libpq.so`.

## Options

None.

## References

- [Multi-stage builds](https://docs.docker.com/build/building/multi-stage/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, facts, listed, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", needs=(shell.Install | shell.Fetch,))

_HELP = "compile in another stage"
_HELP_FOR_STAGE = "install them in the stage that needs them"
_MENTION = regex(
    r"gcc|g\+\+|alpine-sdk|build-essential|build-base|clang|make|autoconf|automake"
    r"|base-devel|gfortran|PHPIZE_DEPS|postgresql-server-dev"
    r"|\bgo\b|golang|cargo|rust|maven|gradle|dotnet|go\d|lib\S{1,40}-dev"
)
_STAYS = regex(r"(?:clang|g\+\+|gcc)(?:-\d+)?")


@rule.on(syntax.Run)
def compilers(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs of compilers that only later steps of the build use."""
    build = context.build
    stage = build.shipped_stage(run)
    if stage is None or not _MENTION.search(run.value.text):
        return
    yield from _left_by_removal(context, stage, run)
    is_finished = build.installs.serve_finished_program(stage)
    yield from (_headers if is_finished else _headers_of_extensions)(context, stage, run)
    found = _compilers(build, run)
    if not is_finished and not (found and build.installs.are_for_build(stage, found[0])):
        return
    found = found or build.installs.toolchain_left(run)
    if found is None:
        yield from _downloaded(build, run)
        return
    install, user = found
    size = build.sizes.freed(stage, run, install)
    if size.whole == 0:  # something else brings them
        return
    names = ", ".join(f"`{package.name}`" for package in install.packages)
    colon = ":"
    if build.installs.has_headers_beside(run, install):  # of which the image may need the libraries
        colon, size = ", such as", size.plus(facts.Size.unknown("headers of libraries"))
    yield Finding(
        run,
        f"the image contains packages that only the build needs{colon} {names}",
        help=_help(build, user),
        cost=Cost.stored(size),
        related=() if user is run else (Related(user, "needs them"),),
    )


def _left_by_removal(context: Context, stage: facts.Stage, run: syntax.Run) -> Iterator[Finding]:
    """Report compilers that stay because only the package that brought them is removed."""
    removal = context.build.installs.compilers_removed(run)
    if removal is None:
        return
    left = context.build.sizes.left_behind(stage, run)
    names = sorted(name for name in left.packages if _STAYS.fullmatch(name))
    if names and left.size.bytes >= context.min_bytes:
        yield Finding(
            removal,
            f"{removal.command.quoted} removes only what it names, so compilers that came with it"
            f" stay in the image: {listed([f'`{each}`' for each in names])}",
            help="add `--auto-remove`, which removes what nothing else needs",
            cost=Cost.stored(left.size),
        )


def _headers(context: Context, stage: facts.Stage, run: syntax.Run) -> Iterator[Finding]:
    """Report headers of libraries in an image in which nothing compiles."""
    found = context.build.installs.headers_left(stage, run)
    if found is None or found.size.whole is None or found.size.bytes < context.min_bytes:
        return
    names = listed([f"`{each}`" for each in found.packages])
    in_place = listed([f"`{each}`" for each in found.libraries])
    yield Finding(
        run,
        f"the image contains headers that nothing in it compiles with: {names}",
        help=f"install {in_place} instead" if in_place else "leave them out",
        cost=Cost.stored(found.size),
        severity=Severity.INFO,
    )


def _headers_of_extensions(
    context: Context, stage: facts.Stage, run: syntax.Run
) -> Iterator[Finding]:
    """Report headers of libraries in an image of PHP for which extensions are compiled."""
    found, user = context.build.installs.headers_of_extensions(stage, run) or (None, run)
    if found is None or found.size.whole is None or found.size.bytes < context.min_bytes:
        return
    names = listed([f"`{each}`" for each in found.packages])
    kept = listed([f"`{each}`" for each in found.libraries])
    yield Finding(
        run,
        f"the image contains headers that only PHP's extensions are compiled with: {names}",
        help="install them in the `RUN` that compiles the extensions, and remove them there with"
        " `apt-get purge --auto-remove`" + f"; install {kept} by name" * bool(kept),
        cost=Cost.stored(found.size),
        related=() if user is run else (Related(user, "compiles extensions"),),
        severity=Severity.INFO,
    )


def _help(build: Build, user: syntax.Run) -> str:
    """Say what to do, by which step builds with them."""
    if build.shipped_stage(user) is None:
        return _HELP_FOR_STAGE
    return _HELP


def _downloaded(build: Build, run: syntax.Run) -> Iterator[Finding]:
    found = build.installs.toolchain_downloaded(run)
    if found is not None:
        language, user = found
        yield Finding(
            run,
            f"the image contains the toolchain of {language} that this step downloads, which only"
            " the build needs",
            help=_HELP,
            related=() if user is run else (Related(user, "builds with it"),),
        )


def _compilers(build: Build, run: syntax.Run) -> tuple[shell.Install, syntax.Run] | None:
    install = build.installs.compilers_left(run)
    user = build.installs.user_of_compilers(run, install) if install else None
    return None if install is None or user is None else (install, user)
