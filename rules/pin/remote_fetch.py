r"""Something is downloaded from an address whose content changes, and nothing checks what came.

`…/latest/…`, a branch, or an address without any version gives another file whenever its owner likes. While the RUN is
cached, the image keeps what was there at its first build, however old; once it runs again, another build of the same
commit holds something else, and its layer is uploaded anew. Nobody notices either, unless a checksum or a signature is
verified in the same RUN.

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

How sure: an address with a version in it is taken to keep its content, and one that a variable decides to be pinned
where the variable is; one that names neither is an info. A checksum or signature that is verified in the same RUN,
`ADD --checksum`, and a `git checkout` of a commit settle the matter. Keys and certificates, which belong to whoever is
asked, package lists, and addresses of the build's own machine are left alone. With `checksums = true`, every download
without a verified checksum is reported.

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

When not to follow it: where the newest is wanted at each build, and the RUN is never taken from the cache.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dlint import Add, Clone, Fetch, Finding, Rule, Run, Severity, regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Command, Context

rule = Rule(__name__, __doc__, options={"checksums": False})


@rule.on(Run)
def fetched(run: Run, context: Context) -> Iterator[Finding]:
    """Report downloads and clones of what changes."""
    build = context.build
    effects = build.effects(run)
    for fetch in effects.of(Fetch):
        if (
            fetch.verified
            or _is_settled(fetch.form)
            or _only_asks(fetch.command)
            or _versioned_apart(build, run, fetch)
        ):
            continue
        why = _why(fetch.form)
        if why or context.settings["checksums"]:
            message = f"`{_short(fetch.form)}` {why or 'is downloaded'}, and nothing verifies what comes"
            yield Finding(fetch, message, severity=_severity(why))
    for clone in effects.of(Clone):
        if clone.pinned or not _moves(clone) or _chosen_by_variable(build, run, clone):
            continue
        if not _is_checked_out_later(build, run, clone):
            what = f"the branch `{clone.branch}`" if clone.branch else "the default branch"
            yield Finding(clone, f"this clones {what}: another commit in another build")


@rule.on(Add)
def added(add: Add, context: Context) -> Iterator[Finding]:
    """Report what ADD downloads without a checksum."""
    if add.flag("checksum"):
        return
    for word in add.sources:
        if "://" not in word.text and "$" not in word.text and not word.text.startswith("git@"):
            continue
        address = context.build.expand(add, word.text)
        if address is None or not _REMOTE.match(address) or _is_settled(address) or _ASKS_FOR_CHANGES.match(address):
            continue
        why = _git(address) if _GIT.search(address) else _why(address)
        if why or context.settings["checksums"]:
            message = f"`{_short(address)}` {why or 'is downloaded'}, and no --checksum verifies what comes"
            yield Finding(word, message, severity=_severity(why))


def _severity(why: str | None) -> Severity | None:
    return Severity.INFO if why == _NO_VERSION else None


_NO_VERSION = "names no version"
_REMOTE = regex(r"https?://|git@|git://|ssh://", re.IGNORECASE)
_GIT = regex(r"^git@|^git://|^ssh://|\.git(?:#|$)")
_BRANCHES = frozenset(("master", "main", "head", "trunk", "develop", "devel"))
# Hosts whose addresses hold branches; elsewhere `main` is a folder like any other (`/debian/pool/main/`).
_CODE_HOSTS = regex(r"git|bitbucket|codeberg|sourcehut|sr\.ht|jsdelivr|statically", re.IGNORECASE)
_MOVING = frozenset(("latest", "stable", "nightly", "edge", "current", "snapshot", "snapshots", "daily", "continuous"))
_VERSION = regex(
    r"\d+[._u]\d|\bv\d|[-_/]\d+(?:\.x|[-_.]|$|\b)|\d{3,}|\d+\.x|(?=[a-f]*\d)(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])"
)
_WORD = regex(r"[^a-z]+")
# Whose content is whoever is asked: keys, certificates, sums, and the lists that tell a package manager where to look.
_IDENTITY = regex(
    r"\.(?:asc|gpg|key|pub|sig|pem|crt|cer|der|list|repo|sources|sha\d+(?:sum)?|md5|sum|txt\.sig|rpm)$|/\w*(?:gpg|keys?)$"
    r"|(?:^|[/_-])(?:keys?|pgp|sha\d+sums?)(?:[._-][^/]*)?$",
    re.IGNORECASE,
)
# ADDed to make what follows run again when somebody pushed: `/repos/OWNER/NAME/git/refs/heads/main`.
_ASKS_FOR_CHANGES = regex(r"https://api\.github\.com/repos/[^/]+/[^/]+/(?:git/refs?|commits|branches)\b")
_NEAR = regex(r"^(?:localhost|127\.|0\.0\.0\.0|169\.254\.|\[::1\]|metadata\.|[^./:$]+(?::|$))", re.IGNORECASE)
_BARE_HOST = regex(r"git@|[\w-]+(?:\.[\w-]+)+/|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|rs|us|sh|ai|app)$")
_VARIABLE = regex(r"[$`]|%\w+%")
MAX_URL = 70  # characters of an address that a message quotes


def _is_settled(address: str) -> bool:
    """Tell whether an address is none to pin: this machine's own, a key, a list of packages, a file."""
    if "://" not in address and not _BARE_HOST.match(address):
        return True
    if address.startswith(("file:", "ftp:")):
        return True
    rest = address.partition("://")[2] or address
    host, _, path = rest.partition("/")
    return bool(_NEAR.match(host)) or bool(_IDENTITY.search("/" + path.partition("?")[0].rstrip("/")))


def _only_asks(command: Command) -> bool:
    """Tell whether a command looks whether somebody answers, or hands something over."""
    words = [word.form for word in command.args]
    joined = " ".join(words)
    return "/dev/null" in joined or any(
        word in {"-I", "--head", "--spider", "-X", "--request", "-d", "--data", "-F", "--form", "-T", "--upload-file"}
        for word in words
    )


def _versioned_apart(build: Build, run: Run, fetch: Fetch) -> bool:
    """Tell whether what is fetched is an installer that is told a version: by an argument, or by a variable."""
    commands = build.script(run).commands
    at = next((at for at, command in enumerate(commands) if command.span == fetch.command.span), len(commands))
    rest = commands[at + 1 :]
    if any(each.connector == "|" and any(_VERSION.search(word.form) for word in each.args) for each in rest[:1]):
        return True
    given = {name.lower() for each in [fetch.command, *rest[:1]] for name in each.assignments}
    if any(name.endswith("version") for name in given):
        return True
    host = (urlsplit(fetch.form).hostname or "" if "://" in fetch.form and "$" not in fetch.form else "").lower()
    products = (name.lower().removesuffix("_version") for name in build.state(run).values if name.endswith("_VERSION"))
    return any(product in host for product in products)


def _why(address: str) -> str | None:
    """Tell in words why what an address gives may change; None where it names a version, or a variable does."""
    rest = re.sub(r"\$\([^)]*\)|`[^`]*`", "$", address.partition("://")[2] or address)
    _, _, path = rest.partition("?")[0].partition("/")
    parts = [part for part in path.split("/") if part]
    last = parts[-1] if parts else ""
    words = {word for part in parts for word in _WORD.split(part.lower())}
    if branch := _branch(rest.partition("/")[0], parts):
        return f"is of the branch `{branch}`, which moves on"
    if words & _MOVING and not _VERSION.search("/" + last) and "$" not in last:
        return "is another file whenever a new one is published"
    if (
        "$" in address
        or "`" in address
        or _VERSION.search("/" + path + "/")
        or _VERSION.search("?" + rest.partition("?")[2])
    ):
        return None
    return _NO_VERSION


def _branch(host: str, parts: list[str]) -> str | None:
    """Return the branch that an address names, if its host keeps code."""
    if not _CODE_HOSTS.search(host):
        return None
    for at, part in enumerate(parts):
        if part == "heads" and at + 1 < len(parts):
            return None if "$" in parts[at + 1] else parts[at + 1]
        name = re.sub(r"\.(?:zip|tar\.\w+|tgz)$", "", part)
        if name.lower() in _BRANCHES and at > 1:  # behind an owner and a project
            return name
    return None


def _git(address: str) -> str | None:
    """Tell why a git address of ADD moves; None where its fragment names a version or a commit."""
    reference = address.partition("#")[2].partition(":")[0]
    if not reference:
        return "is the default branch, which moves on"
    return None if _VERSION.search("/" + reference) or "$" in reference else f"is of `{reference}`, which moves on"


def _moves(clone: Clone) -> bool:
    if clone.url is None or not _REMOTE.match(clone.url) or _is_settled(clone.url):
        return False
    return clone.branch is None or (not _VARIABLE.search(clone.branch) and not re.search(r"\d", clone.branch))


def _chosen_by_variable(build: Build, run: Run, clone: Clone) -> bool:
    """Tell whether a variable names the branch: whoever builds says which, and the default is for trying."""
    words = (word for command in build.script(run).commands for word in command.args)
    return clone.branch is not None and any("$" in word.raw and word.form == clone.branch for word in words)


def _is_checked_out_later(build: Build, run: Run, clone: Clone) -> bool:
    """Tell whether a later RUN of the stage goes into the clone and takes a commit or a version."""
    stage = build.stage_of(run)
    own = build.state(run).workdir or ""
    name = posixpath.basename(own if clone.destination.form.endswith("$(pwd)") else clone.destination.form)
    for step in build.steps(stage) if stage else ():
        later = step.instruction
        if isinstance(later, Run) and later.index > run.index and "git" in later.value.text:
            for command in build.script(later).commands:
                words = [word.form for word in command.args]
                folder = words[1] if words[:1] == ["-C"] else command.cwd or step.state.workdir or ""
                if command.name == "git" and posixpath.basename(folder) == name and _takes_version(words):
                    return True
    return False


def _takes_version(words: list[str]) -> bool:
    """Tell whether git is told to check a commit or a version out."""
    at = next((at for at, word in enumerate(words) if word in {"checkout", "reset"}), len(words))
    wanted = next((word for word in words[at + 1 :] if not word.startswith("-")), "")
    return bool(re.search(r"[\d$]", wanted))


def _short(address: str) -> str:
    return address if len(address) <= MAX_URL else f"{address[:MAX_URL]}…"
