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
alone are packages that recommend nothing in Debian 13, nor does what they need; those that an
earlier RUN or the base has installed, with which apt installs nothing new; and stages whose name
says that they are for tests. The bytes are what Debian 13 would add to what is there, and not given
for packages that are seldom installed.

When not to follow it: where another recommended package is needed; name it then.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, Severity, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE, aliases=("DL3015",))

_PROGRAMS = frozenset(("apt", "apt-get"))
_SPEAK_HTTPS = frozenset(("curl", "git", "wget"))  # that recommend ca-certificates
_WANTED = regex(r"#.*\brecommends")  # somebody has thought about it


@rule.on(syntax.Run)
def recommended(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs that take recommended packages along."""
    build = context.build
    stage = build.stage_of(run)
    if stage is None or not build.shipped(stage) or stage.is_for_tests:
        return
    effects = build.effects(run)
    installs = [each for each in effects.of(shell.Install) if each.manager == "apt"]
    named = [(each, _staying(each, effects)) for each in installs if _takes(build, each)]
    found = [each for each, names in named if build.recommended_bytes(stage, run, names).whole != 0]
    others = [each for each in installs if each not in found]
    size = build.recommended_bytes(stage, run, set().union(*(names for _, names in named)), others)
    if not found or size.whole == 0 or _WANTED.search(build.dockerfile.source[run.span]):
        return
    words = [word for each in found for word in each.command.args if word.raw == "install"]
    edits = [fixes.put_behind(build, run, word, "--no-install-recommends") for word in words]
    certificates = _certificates(build, stage, run, found)
    fix = fixes.Fix("leave recommended packages out", (*edits, *certificates), fixes.Safety.UNSAFE)
    yield Finding(
        run,
        f"{found[0].command.quoted} installs what its packages recommend, too",
        cost=Cost.stored(size),
        fix=fix if len(words) == len(found) else None,
    )


def _certificates(
    build: Build, stage: facts.Stage, run: syntax.Run, found: list[shell.Install]
) -> Iterator[fixes.Edit]:
    """Yield an edit that names the certificates before the first package that brings them by
    recommending them.
    """
    source = build.dockerfile.source
    named = "ca-certificates" in source.text or "ca-certificates" in build.base_packages(stage)
    if named or any(_speak_https(build, step) for step in _above(build, stage, run)):
        return
    word = next(
        (word for each in found for word in each.command.args if word.form in _SPEAK_HTTPS), None
    )
    if word is not None:
        start = word.span.start
        lead = source.text[source.line_span(source.line(start)).start : start]
        if run.json is None and not lead.strip():
            yield fixes.Edit(
                fixes.Span(start, start), f"ca-certificates {build.dockerfile.escape}\n{lead}"
            )
        elif run.json is None:
            yield fixes.Edit(fixes.Span(start, start), "ca-certificates ")
        else:
            yield fixes.put_behind(build, run, word, "ca-certificates")


def _above(build: Build, stage: facts.Stage, run: syntax.Run) -> Iterator[facts.Step]:
    for step in build.chain(stage):
        if step.instruction is run:
            return
        yield step


def _speak_https(build: Build, step: facts.Step) -> bool:
    """Tell whether a RUN has installed what brings the certificates already."""
    if not isinstance(step.instruction, syntax.Run):
        return False
    installs = build.effects(step.instruction, step.state).of(shell.Install)
    return any(
        _takes(build, each) and any(one.name in _SPEAK_HTTPS for one in each.packages)
        for each in installs
    )


def _staying(install: shell.Install, effects: shell.Effects) -> set[str]:
    """Return what an install names, less what the same RUN removes with all that came with it."""
    removed = {
        one.name
        for each in effects.of(shell.Remove)
        if each.manager == "apt" and any("auto" in word.form for word in each.command.args)
        for one in each.packages
    }
    return {one.name for one in install.packages if one.kind == "index"} - removed


def _takes(build: Build, install: shell.Install) -> bool:
    return (
        install.command.name in _PROGRAMS
        and install.command.certain
        and build.takes_recommended(install)
    )
