r"""apt installs what packages recommend, too, since nothing tells it not to.

A recommended package is one that most users of a desktop or server want beside another; an image
seldom does. Debian and Ubuntu install them by default, and what they need as well: mail servers,
documentation tools, icon themes.

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y graphviz && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install --no-install-recommends -y graphviz && rm -rf /var/lib/apt/lists/*
```

Without `ca-certificates`, which `curl`, `wget` and `git` recommend, these cannot speak HTTPS, so
the fix names it.

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y \
        curl \
        graphviz \
    && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install --no-install-recommends -y \
        ca-certificates \
        curl \
        graphviz \
    && rm -rf /var/lib/apt/lists/*
```

How sure: that they would be installed is certain, unless the base image brings a setting of its
own. A setting of the file's (`APT::Install-Recommends`), wherever it stands, is respected. Left
alone are packages that recommend less than 256 KiB in Debian 13 with what they need; those that an
earlier RUN or the base has installed, with which apt installs nothing new; and stages whose name
says that they are for tests. The bytes are what Debian 13 would add to what is there, and not given
for packages that are seldom installed.

When not to follow it: where another recommended package is needed; name it then.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, Severity, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE, aliases=("DL3015",))

SMALL = 1 << 18  # bytes that nobody misses
_PROGRAMS = frozenset(("apt", "apt-get"))
_SPEAK_HTTPS = frozenset(("curl", "git", "wget"))  # that recommend ca-certificates
_WANTED = regex(r"#.*\brecommends")  # somebody has thought about it


@rule.on(syntax.Run)
def recommended(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that take recommended packages along."""
    build = context.build
    stage = build.shipped_stage(run)
    if stage is None or stage.is_for_tests or _WANTED.search(build.dockerfile.source[run.span]):
        return
    effects = build.effects(run)
    names: set[str] = set()
    found: list[shell.Install] = []
    others: list[shell.Install] = []
    for install in effects.of(shell.Install):
        if install.manager != "apt":
            continue
        if not _takes(build, install):
            others.append(install)
            continue
        own = _staying(install, effects)
        names |= own
        brings = not _is_trifle(build.sizes.recommended(stage, run, own))
        (found if brings else others).append(install)
    size = build.sizes.recommended(stage, run, names, others)
    if not found or _is_trifle(size):
        return
    yield Finding(
        run,
        f"{found[0].command.quoted} also installs recommended packages",
        cost=Cost.stored(size),
        fix=_fix(build, stage, run, found),
    )


def _is_trifle(size: facts.Size) -> bool:
    """Tell whether it is known that nobody misses the bytes."""
    return size.whole is not None and size.whole < SMALL


def _takes(build: Build, install: shell.Install) -> bool:
    """Tell whether an install of apt's surely takes recommended packages along."""
    command = install.command
    if command.name not in _PROGRAMS or not command.certain:
        return False
    return build.installs.takes_recommended(install)


def _staying(install: shell.Install, effects: shell.Effects) -> set[str]:
    """Return what an install names, less what the same RUN removes with all that came with it."""
    names = {one.name for one in install.packages if one.kind == "index"}
    for remove in effects.of(shell.Remove):
        words = [word.form for word in remove.command.args]
        if remove.manager == "apt" and any("auto" in word for word in words):
            names -= remove.names
    return names


def _fix(
    build: Build, stage: facts.Stage, run: syntax.Run, found: list[shell.Install]
) -> fixes.Fix | None:
    """Tell apt, and name the certificates where they came along."""
    edits = []
    for install in found:
        word = install.command.argument("install")
        if word is None:
            return None
        edits.append(fixes.put_behind(build, run, word, "--no-install-recommends"))
    edits.extend(_certificates(build, stage, run, found))
    return fixes.Fix("add `--no-install-recommends`", tuple(edits), fixes.Safety.UNSAFE)


def _certificates(
    build: Build, stage: facts.Stage, run: syntax.Run, found: list[shell.Install]
) -> Iterator[fixes.Edit]:
    """Yield an edit that names the certificates before the first package that brings them by
    recommending them.
    """
    source = build.dockerfile.source
    words = chain.from_iterable(each.command.args for each in found)
    word = next((word for word in words if word.form in _SPEAK_HTTPS), None)
    if word is None or _has_certificates(build, stage, run):
        return
    if run.json is not None:
        yield fixes.put_behind(build, run, word, "ca-certificates")
        return
    start = word.span.start
    lead = source.text[source.line_span(source.line(start)).start : start]
    # As the words are written: each on a line of its own, or all on one.
    end = " " if lead.strip() else f" {build.dockerfile.escape}\n{lead}"
    yield fixes.Edit(fixes.Span(start, start), f"ca-certificates{end}")


def _has_certificates(build: Build, stage: facts.Stage, run: syntax.Run) -> bool:
    """Tell whether the file or the base names the certificates, or a RUN above has brought them."""
    if "ca-certificates" in build.dockerfile.source.text:
        return True
    if "ca-certificates" in build.installs.base_packages(stage):
        return True
    for _, install in build.effects_above(shell.Install, stage, run):
        if install.names & _SPEAK_HTTPS and _takes(build, install):
            return True
    return False
