r"""Something is downloaded from an address whose content changes, and nothing checks what came.

`…/latest/…`, a branch, or an address without any version gives another file whenever its owner
likes. While the RUN is cached, the image keeps what was there at its first build, however old; once
it runs again, another build of the same commit holds something else, and its layer is uploaded
anew. Nobody notices either, unless a checksum or a signature is verified in the same RUN.

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

How sure: an address with a version in it is taken to keep its content (the name of a processor is
none: `x86_64`), and one that a variable decides to be pinned where the variable is; one that names
neither is an info. A checksum or signature that this or a later RUN verifies, `ADD --checksum`, and
a `git checkout` of a commit settle the matter; a check that names another file does not. Keys and
certificates, which belong to whoever is asked, package lists, and addresses of the build's own
machine are left alone, and so are an installer that is told which version to install, and a stage
whose name says that it is for tests. With `checksums = true`, every download without a verified
checksum is reported.

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

When not to follow it: where the newest is wanted at each build, and the RUN is never taken from the
cache.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, options={"checksums": False})

MAX_URL = 70  # characters of an address that a message quotes
# What a message says of an address, by the way in which what it gives changes.
_DRIFTS = {
    "branch": "is from the branch `{}`, which moves",
    "default branch": "is from the default branch, which moves",
    "reference": "is from `{}`, which moves",
    "newest": "changes whenever a new version is published",
    "unversioned": "has no version",
    "none": "is downloaded",
}
_SEVERITIES = {"unversioned": Severity.INFO}


@rule.on(syntax.Run)
def fetched(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report downloads of what changes."""
    build = context.build
    if not _is_for_use(build, run):
        return
    seen = set()  # a loop downloads more than once at one place
    for fetch in build.effects(run).of(shell.Fetch):
        drift = build.downloads.drift(fetch.form)
        if fetch.span in seen or not _is_reported(context, drift.kind):
            continue
        if build.downloads.decides_content(run, fetch) and not _is_verified(build, run, fetch):
            seen.add(fetch.span)
            why = _DRIFTS[drift.kind].format(drift.name)
            yield Finding(
                fetch,
                f"`{_short(fetch.form)}` {why}, and nothing verifies the download",
                help="download a fixed version and check its sum",
                severity=_SEVERITIES.get(drift.kind),
            )


@rule.on(syntax.Run)
def cloned(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report clones of branches."""
    build = context.build
    if not _is_for_use(build, run):
        return
    for clone in build.effects(run).of(shell.Clone):
        match build.downloads.drift_of_clone(run, clone):
            case "none", _:
                continue
            case "branch", name:
                what = f"the branch `{name}`"
            case _:
                what = "the default branch"
        if not build.downloads.is_checked_out_later(run, clone):
            yield Finding(
                clone,
                f"this clones {what}, so the result depends on the day of the build",
                help="check out a tag or a commit",
            )


@rule.on(syntax.Add)
def added(add: syntax.Add, context: Context) -> Iterator[Finding]:
    """Report what ADD downloads without a checksum."""
    build = context.build
    if add.flag("checksum") or not _is_for_use(build, add):
        return
    for word in add.sources:
        address = build.downloads.added_address(add, word.text)
        if address is None:
            continue
        drift = build.downloads.drift_of_add(address)
        if _is_reported(context, drift.kind) and not build.downloads.verifies_added(add, address):
            why = _DRIFTS[drift.kind].format(drift.name)
            yield Finding(
                word,
                f"`{_short(address)}` {why}, and no `--checksum` verifies the download",
                help="download a fixed version, and add `--checksum`",
                severity=_SEVERITIES.get(drift.kind),
            )


def _is_reported(context: Context, drift: str) -> bool:
    return drift != "none" or context.settings["checksums"] is True


def _is_for_use(build: Build, instruction: syntax.Instruction) -> bool:
    """Tell whether an instruction is of a stage, and of none that only tests."""
    stage = build.stage_of(instruction)
    return stage is not None and not stage.is_for_tests


def _is_verified(build: Build, run: syntax.Run, fetch: shell.Fetch) -> bool:
    """Tell whether this or a later RUN checks the sum or the signature of a download."""
    name = posixpath.basename(fetch.output.form) if fetch.output else ""
    return fetch.verified or build.downloads.is_verified_later(run, name)


def _short(address: str) -> str:
    """Shorten an address in the middle: its host and its file tell most."""
    half = MAX_URL // 2
    return address if len(address) <= MAX_URL else f"{address[:half]}…{address[-half:]}"
