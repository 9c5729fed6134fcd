r"""A download has no fixed version and no verified checksum, so its content can change.

## What it does

Finds downloads of `…/latest/…`, of a branch or without a version, and clones of a default branch,
that nothing verifies. Downloads of shell scripts in the build context count if a `RUN` surely
starts the script.

## Why is this bad?

The owner of such an address can change its content at any time. While the `RUN` is cached, the
image keeps the old file. When it runs again, a build of the same commit contains something else.
Nobody notices unless the same `RUN` verifies a checksum or a signature.

**Measured:** no figure, because the size of a download is unknown without fetching it.

## Example

```dockerfile bad
FROM debian:12.5-slim
RUN curl -fsSL -o /usr/bin/tool https://example.com/tool/releases/latest/download/tool && chmod +x /usr/bin/tool
```

```dockerfile good
FROM debian:12.5-slim
RUN curl -fsSL -o /usr/bin/tool https://example.com/tool/releases/download/v1.4.2/tool && chmod +x /usr/bin/tool
```

```dockerfile bad
FROM debian:12.5-slim
ADD https://example.com/install.sh /install.sh
RUN git clone --depth 1 https://example.com/tool.git /opt/tool
```

```dockerfile good
FROM debian:12.5-slim
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d \
    https://example.com/install.sh /install.sh
RUN git clone --depth 1 --branch v1.4.2 https://example.com/tool.git /opt/tool
```

```toml
[tool.dlint.pin.remote-fetch]
checksums = true
```

```dockerfile bad
FROM debian:12.5-slim
RUN curl -fsSL https://example.com/tool-1.4.2.tar.gz | tar -xz -C /opt
```

```dockerfile good
FROM debian:12.5-slim
RUN curl -fsSLO https://example.com/tool-1.4.2.tar.gz \
    && echo "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d  tool-1.4.2.tar.gz" | sha256sum -c - \
    && tar -xzf tool-1.4.2.tar.gz -C /opt && rm tool-1.4.2.tar.gz
```

## How sure

An address with a version is assumed to keep its content; the name of a processor (`x86_64`) is no
version. An address with a variable is as pinned as the variable. An address with neither is an
info. A question to an API for the newest version or commit and the text of a license are infos,
too. So is a name that may be a branch or a tag. So is a clone whose owner is the account that the
images are pushed to. The same holds for the default of an argument that all builds pass which push
the image. A verified checksum or signature in this or a later `RUN`, `ADD --checksum` or `git
checkout` of a commit settles it. A check of another file does not.

A comment above the instruction may ask for the latest, or say that it is no release. The file may
have `HEAD` or `nightly` in its name. The newest is then wanted, and the finding is an info about
the cached step. It is silent for `ADD`, which asks again in each build, and where all builds go
without a cache. So it is below an `ARG` that makes the `RUN` run again: a cache buster by its name,
or one whose value a build works out.

Not reported are:

- keys and certificates, which depend on the server that is asked
- package lists, and addresses of the build's own machine
- installers that get the version as an argument
- a download or a clone in an `if` that no known build takes
- a question for the newest version in an `if` that this build does not take, or of what is built
  each night
- what a `RUN` downloads after it asked an installed program for its version, which it has to fit
- a script that sets up a repository, where the newest packages are wanted
- stages named for tests
- a clone in an image whose command, or a script that it starts, fetches or checks out commits
- an `ADD` that is there to invalidate the cache, as its comment or its random answer tells

## When not to follow it

Skip it when every build should take the newest file and the `RUN` is never cached.

## Options

- `checksums` (default `false`): report every download without a verified checksum, as in the last
  example.

## References

- [`ADD --checksum`](https://docs.docker.com/reference/dockerfile/#add---checksum)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=((shell.Fetch, shell.Clone, shell.Unknown, syntax.Add),),
    options={"checksums": False},
)

MAX_URL = 70  # characters of an address that a message quotes
# What a message says about an address, by the way its content changes.
_DRIFTS = {
    "branch": "is from the branch `{}`, which moves",
    "default branch": "is from the default branch, which moves",
    "reference": "is from `{}`, which may be a branch",
    "newest": "changes whenever a new version is published",
    "unversioned": "has no version",
    "question": "answers with the newest {}",
    "none": "is downloaded",
}
_SEVERITIES = dict.fromkeys(("unversioned", "reference", "question"), Severity.INFO)
_UNVERIFIED = "and nothing verifies the download"
_OF_THE_DAY = "so the result depends on the day of the build"
_ENDS = {"question": _OF_THE_DAY}  # there is no file to verify


@rule.on(syntax.Run)
def fetched(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report downloads whose content changes."""
    build = context.build
    if not build.is_for_use(run):
        return
    seen = set()  # a loop downloads several times in one place
    for fetch in build.effects(run).of(shell.Fetch):
        drift = build.downloads.drift(run, fetch)
        is_told = fetch.span not in seen and _is_reported(context, drift.kind)
        if not is_told or build.downloads.is_never_made(run, fetch):
            continue
        if drift.kind != "none" and build.downloads.follows_program(run, fetch):
            continue
        if build.downloads.is_unverified(run, fetch):
            seen.add(fetch.span)
            why, address = _DRIFTS[drift.kind].format(drift.name), fetch.url or fetch.form
            if drift.kind == "question" and build.downloads.is_lesser_question(run, fetch):
                continue
            if drift.kind != "none" and build.downloads.is_meant_to_move(run):
                yield from _kept(build, run, fetch, f"`{_short(address)}` {why}")
                continue
            written = build.dockerfile.source.text[fetch.span.start : fetch.span.end]
            subject, severity = _told(build, written, address)
            yield Finding(
                fetch,
                f"{subject} {why}, {_ENDS.get(drift.kind, _UNVERIFIED)}",
                help=_help(build, address, *drift),
                severity=severity or _SEVERITIES.get(drift.kind),
            )


@rule.on(syntax.Run)
def fetched_by_script(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report downloads of scripts in the build context, whose content changes."""
    build = context.build
    if not build.is_for_use(run) or build.downloads.is_meant_to_move(run):
        return
    for starter, path, fetch, (kind, name) in build.downloads.unverified_in_scripts(run):
        if _is_reported(context, kind):
            why, end = _DRIFTS[kind].format(name), _ENDS.get(kind, _UNVERIFIED)
            yield Finding(
                starter,
                f"in `{path}`, `{_short(fetch.form)}` {why}, {end}",
                help=_help(build, fetch.form, kind, name),
                severity=_SEVERITIES.get(kind),
            )


def _help(build: Build, address: str, drift: str, name: str) -> str:
    """Say what to do about a download that changes, as far as there may be something."""
    if drift == "question":
        return f"name the {name}"
    if own := build.downloads.own_file(address):
        return _OWN.format(own)
    if build.downloads.sets_up_packages(address):
        return _SET_UP
    return _UNVERSIONED if drift == "unversioned" else _FIXED


_OWN = "use `{}` of the build context instead, with `COPY` or a bind mount"
_FIXED = "download a fixed version and verify its checksum"
_UNVERSIONED = "if there is a fixed version, download that and verify its checksum"
_ADDED = "download a fixed version, and add `--checksum`"
_ADDED_UNVERSIONED = "if there is a fixed version, download that with `--checksum`"
_PASSED = "pass the newest version or commit as a build argument, or build with"
_SET_UP = "add the repository and its key yourself, and name versions of the packages from there"


def _told(build: Build, written: str, address: str) -> tuple[str, Severity | None]:
    """Return how a message names an address that changes, and how grave that is; None where that
    depends on how it does.
    """
    if build.downloads.is_default(written):
        written = written.strip("\"'")
        return f"`{written}`, by default `{_short(address)}`,", Severity.INFO
    is_prose = build.downloads.is_prose(address)
    return f"`{_short(address)}`", Severity.INFO if is_prose else None


def _kept(
    build: Build, run: syntax.Run, what: shell.Fetch | shell.Clone, told: str
) -> Iterator[Finding]:
    """Report what is meant to be the newest, where a cache may keep an old one."""
    stage = build.stage_of(run)
    is_new = build.has_no_cache or build.downloads.is_run_anew(run)
    if not (is_new or build.downloads.sets_up_packages(what.form)):
        alone = f"-filter={stage.name}" if stage and stage.name else ""
        yield Finding(
            what,
            f"{told}, but while this `RUN` is cached, the image keeps an old one",
            help=f"{_PASSED} `--no-cache{alone}`",
            severity=Severity.INFO,
        )


@rule.on(syntax.Run)
def cloned(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report clones of branches."""
    build = context.build
    if not build.is_for_use(run):
        return
    seen = set()  # a function clones several repositories in one place
    for clone in build.effects(run).of(shell.Clone):
        if clone.span in seen or build.downloads.is_never_made(run, clone):
            continue
        match build.downloads.drift_of_clone(run, clone):
            case "none", _:
                continue
            case "branch", name:
                what = f"the branch `{name}`"
            case _:
                what = "the default branch"
        if not build.downloads.is_checked_out_later(run, clone):
            seen.add(clone.span)
            told = f"this clones {what}"
            if build.downloads.is_meant_to_move(run):
                yield from _kept(build, run, clone, told)
                continue
            yield Finding(
                clone,
                f"{told}, {_OF_THE_DAY}",
                help="check out a tag or a commit",
                severity=Severity.INFO if build.downloads.is_of_same_owner(clone) else None,
            )


@rule.on(syntax.Add)
def added(add: syntax.Add, context: Context) -> Iterator[Finding]:
    """Report downloads by ADD without a checksum."""
    build = context.build
    if add.flag("checksum") or not build.is_for_use(add):
        return
    if build.downloads.is_meant_to_move(add):  # each build asks anew whether it has
        return
    for word in add.sources:
        if (address := build.downloads.added_address(add, word.text)) is None:
            continue
        drift = build.downloads.drift_of_add(address)
        if drift.kind == "question":  # asked for, so that a new version runs the next steps again
            continue
        if _is_reported(context, drift.kind) and not build.downloads.verifies_added(add, address):
            why = _DRIFTS[drift.kind].format(drift.name)
            subject, severity = _told(build, word.text, address)
            yield Finding(
                word,
                f"{subject} {why}, and no `--checksum` verifies the download",
                help=(_ADDED_UNVERSIONED if drift.kind == "unversioned" else _ADDED)
                + build.line_for("checksum"),
                severity=severity or _SEVERITIES.get(drift.kind),
            )


def _is_reported(context: Context, drift: str) -> bool:
    return drift != "none" or context.settings["checksums"] is True


def _short(address: str) -> str:
    """Shorten an address in the middle, because its host and its file say the most."""
    half = MAX_URL // 2
    return address if len(address) <= MAX_URL else f"{address[:half]}…{address[-half:]}"
