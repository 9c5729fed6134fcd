r"""`apt-get install` also installs recommended packages, because nothing turns them off.

## What it does

Finds `apt-get install` without `--no-install-recommends` where the recommended packages weigh at
least 256 KiB.

## Why is this bad?

Debian and Ubuntu install recommended packages and everything these depend on by default: mail
servers, documentation tools, icon themes. Most desktops and servers want them, but images rarely
do.

**Measured:** dlint's estimate for the first example is 19.3 MB of recommended packages.

## Example

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y graphviz && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install --no-install-recommends -y graphviz && rm -rf /var/lib/apt/lists/*
```

Node.js recommends `ca-certificates`, which it may use, so the fix names it:

```dockerfile bad
FROM debian:12.5
RUN apt-get update && apt-get install -y \
        nano \
        nodejs \
    && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5
RUN apt-get update && apt-get install --no-install-recommends -y \
        ca-certificates \
        nano \
        nodejs \
    && rm -rf /var/lib/apt/lists/*
```

## How sure

apt certainly installs them, unless the base image changes the default. `APT::Install-Recommends`
anywhere in the Dockerfile, or in a file that it copies to `/etc/apt/apt.conf.d`, is respected.
Nothing is reported on a base image that the repository builds itself if that Dockerfile names the
setting or may copy it. The size is what dlint's table of Debian packages would add to what is
already installed. It is only given on official base images. Ubuntu's packages often recommend
others than Debian's, so no names, size or fix are given there. Not reported are:

- packages whose recommendations weigh less than 256 KiB in that table, including dependencies, and
  rarely installed packages, which it does not hold
- packages that an earlier `RUN` or the base image already installs, and what another `RUN` installs
  or needs all the same
- packages that Debian does not have, in a Dockerfile that adds a source of packages
- `apt-get install` without `-y`: apt asks before it installs more than what is named, and a build
  has no answer, so it fails where packages are recommended
- stages named for tests

A recommended package is named in the advice, and does not count, if its program is called: by this
`RUN`, by a later one, or by a script of the context that these or the image start. That is a
program of the package's name, or a common one of another name, such as `ssh` of `openssh-client`.
`curl`, `wget` and `git` cannot use HTTPS without `ca-certificates`, and `gcc` compiles nothing that
includes a header without `libc6-dev`. Nor does a compiler for another system without its
`libc6-dev-…-cross`. Compilers and `python3-dev` are named where a later command may compile, such
as `pip install`, or where `dkms` does.

Only the author knows whether the image uses the other packages. There is a fix if nothing can call
or load what falls away: documentation, translations, icon themes, and fonts where no package of
fonts is installed by name. Up to three packages that the image may use are named in the fix, if
most of the bytes fall away all the same. Otherwise the finding shows what would go: first what the
named packages recommend themselves, the largest first, and last what nothing can use.

## When not to follow it

Keep a recommended package when the image needs it, and name it in the install.

## Options

None.

## References

- [Best practices: `apt-get`](https://docs.docker.com/build/building/best-practices/#apt-get)
- [DL3015](https://github.com/hadolint/hadolint/wiki/DL3015)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, Severity, fixes, listed, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint import Build, Context, facts

    # A package that others only recommend: its name, and theirs.
    _Named = tuple[str, frozenset[str]]

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=(shell.Install,),
    severity=Severity.INFO,
    fix=fixes.Safety.UNSAFE,
    aliases=("DL3015",),
)

_PROGRAMS = frozenset(("apt", "apt-get"))
_WANTED = regex(r"#.*\brecommends")  # a deliberate choice
_SHOWN = 8
_MORE = "those of them that you need"
# What is installed for a program that it only recommends: from Debian 13 on, Docker's own client.
_FOR_RECOMMENDED = frozenset(("docker.io",))


@rule.on(syntax.Run)
def recommended(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that include recommended packages."""
    build = context.build
    stage = build.shipped_stage(run)
    if stage is None or _WANTED.search(build.dockerfile.source[run.span]):
        return
    effects = build.effects(run)
    names: set[str] = set()
    found: list[shell.Install] = []
    others: list[shell.Install] = []
    installs = _of_apt(effects)
    for install in installs:
        if not _takes(build, stage, install):
            others.append(install)
            continue
        own = _staying(install, effects) - build.installs.base_packages(stage)
        own |= {each.package for each in build.installs.needed(stage, run, own)}
        names |= own
        # what a single one recommends is asked below
        is_trifle = len(installs) > 1 and _is_trifle(
            context, build.sizes.recommended(stage, run, own)
        )
        (others if is_trifle else found).append(install)
    if not found:
        return
    names -= build.installs.idle_headers(stage, run)  # bloat/build-packages-shipped has those
    size = build.sizes.recommended(stage, run, names, others)
    if size.least < context.min_bytes:
        return
    told = _told(build, stage, run, found)
    brought = build.installs.recommended(stage, run, names, others)
    if not brought:  # nobody knows what these are
        yield Finding(run, told, help=_advice(()))
        return
    asked = _asked(build, stage, found)
    naming = build.installs.naming(stage, run, asked, context.min_bytes)
    if naming.kept:
        names |= naming.kept
        size = build.sizes.recommended(stage, run, names, others)
        brought = build.installs.recommended(stage, run, names, others)
    fix = _fix(build, run, found, naming.needed) if naming.is_enough else None
    yield Finding(
        run,
        f"{told}{_shown(brought)}",
        cost=Cost.stored(size) if build.installs.is_on_official_image(stage) else None,
        help="" if fix else _advice(naming.needed),
        fix=fix,
    )


def _told(build: Build, stage: facts.Stage, run: syntax.Run, found: list[shell.Install]) -> str:
    """Name the install that brings most."""
    most = found[0]
    if len(found) > 1:
        most = max(found, key=lambda each: build.sizes.recommended(stage, run, each.names).least)
    return f"{most.command.quoted} also installs recommended packages"


def _asked(build: Build, stage: facts.Stage, found: list[shell.Install]) -> frozenset[str]:
    """Return what some installs name of what the base does not have."""
    names = frozenset[str]().union(*(each.names for each in found))
    return names - build.installs.base_packages(stage)


def _title(named: Iterable[_Named]) -> str:
    also = listed(f"`{package}`" for package, _ in named)
    return "add `--no-install-recommends`" + f" and name {also}" * bool(also)


def _advice(named: Iterable[_Named]) -> str:
    names = [f"`{package}`" for package, _ in named]
    return f"add `--no-install-recommends`, and name {listed([*names, _MORE])}"


def _shown(packages: Sequence[str]) -> str:
    """Name the first of some packages, and count the rest."""
    told = [f"`{each}`" for each in packages[:_SHOWN]]
    if more := len(packages) - len(told):
        told.append(f"{more} more")
    return f": {listed(told)}" * bool(told)


def _of_apt(effects: shell.Effects) -> list[shell.Install]:
    return [each for each in effects.of(shell.Install) if each.manager == "apt"]


def _is_trifle(context: Context, size: facts.Size) -> bool:
    """Tell whether the size is known and too small to matter."""
    return size.whole is not None and size.whole < context.min_bytes


def _takes(build: Build, stage: facts.Stage, install: shell.Install) -> bool:
    """Tell whether an apt install certainly includes recommended packages."""
    command = install.command
    if command.name not in _PROGRAMS or not command.certain:
        return False
    if not install.names.isdisjoint(_FOR_RECOMMENDED):
        return False
    installs = build.installs
    return installs.is_answered(command) and installs.takes_recommended(stage, install)


def _staying(install: shell.Install, effects: shell.Effects) -> set[str]:
    """Return the packages that an install names, except those the same RUN removes completely."""
    names = {one.name for one in install.packages if one.kind == "index"}
    gone: frozenset[str] = frozenset()
    for remove in effects.of(shell.Remove):
        if remove.manager == "apt":
            gone |= remove.names
            if any("auto" in word.form for word in remove.command.args):
                names -= gone  # with all that was only there for them
    return names


def _fix(
    build: Build, run: syntax.Run, found: list[shell.Install], named: Iterable[_Named]
) -> fixes.Fix | None:
    """Add the flag, and name what was only recommended and is needed."""
    edits = []
    for install in found:
        word = install.command.argument("install")
        if word is None:
            return None
        edits.append(fixes.put_behind(build, run, word, "--no-install-recommends"))
    for package, by in named:
        edits += _named_too(build, run, found, by, package)
    return fixes.Fix(_title(named), tuple(edits), fixes.Safety.UNSAFE)


def _named_too(
    build: Build,
    run: syntax.Run,
    found: list[shell.Install],
    recommending: frozenset[str],
    package: str,
) -> Iterator[fixes.Edit]:
    """Yield an edit that adds a package before the first of those that only recommend it."""
    source = build.dockerfile.source
    words = chain.from_iterable(each.command.args for each in found)
    word = next((word for word in words if word.form.partition("=")[0] in recommending), None)
    if word is None:
        return
    if run.json is not None:
        yield fixes.put_behind(build, run, word, package)
        return
    start = word.span.start
    lead = source.text[source.line_span(source.line(start)).start : start]
    # In the style of the other words: one a line, or all on one line.
    end = " " if lead.strip() else f" {build.dockerfile.escape}\n{lead}"
    yield fixes.Edit(fixes.Span(start, start), f"{package}{end}")
