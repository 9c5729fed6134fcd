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
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dlint import Finding, Rule, Severity, facts, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlint import Build, Context

rule = Rule(__name__, __doc__, options={"checksums": False})


@rule.on(syntax.Run)
def fetched(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report downloads and clones of what changes."""
    build = context.build
    stage = build.stage_of(run)
    if stage is None or stage.is_for_tests:
        return
    effects = build.effects(run)
    seen = set()  # a loop downloads more than once at one place
    for fetch in effects.of(shell.Fetch):
        if (
            fetch.span in seen
            or fetch.verified
            or _is_settled(fetch.form)
            or _says_nothing(build, run, fetch)
        ):
            continue
        why = _why(fetch.form)
        if (why or context.settings["checksums"]) and not _is_verified_later(
            build, run, _name(fetch.output)
        ):
            seen.add(fetch.span)
            message = (
                f"`{_short(fetch.form)}` {why or 'is downloaded'}, and nothing verifies what comes"
            )
            yield Finding(fetch, message, severity=_severity(why))
    for clone in effects.of(shell.Clone):
        if clone.pinned or not _moves(clone) or _chosen_by_variable(build, run, clone):
            continue
        if not _is_checked_out_later(build, run, clone):
            what = f"the branch `{clone.branch}`" if clone.branch else "the default branch"
            yield Finding(clone, f"this clones {what}: another commit in another build")


@rule.on(syntax.Add)
def added(add: syntax.Add, context: Context) -> Iterator[Finding]:
    """Report what ADD downloads without a checksum."""
    stage = context.build.stage_of(add)
    if add.flag("checksum") or stage is None or stage.is_for_tests:
        return
    for word in add.sources:
        if "://" not in word.text and "$" not in word.text and not word.text.startswith("git@"):
            continue
        address = context.build.expand(add, word.text)
        if (
            address is None
            or not _REMOTE.match(address)
            or _is_settled(address)
            or _ASKS_FOR_CHANGES.match(address)
        ):
            continue
        is_git = bool(_GIT.search(address))
        why = _git(address) if is_git else _why(address)
        if (why or context.settings["checksums"]) and (
            is_git or not _is_checked(context.build, add, address)
        ):
            message = (
                f"`{_short(address)}` {why or 'is downloaded'}, and no --checksum verifies what"
                " comes"
            )
            yield Finding(word, message, severity=_severity(why))


def _severity(why: str | None) -> Severity | None:
    return Severity.INFO if why == _NO_VERSION else None


_NO_VERSION = "names no version"
_REMOTE = regex(r"https?://|git@|git://|ssh://", re.IGNORECASE)
_GIT = regex(r"^git@|^git://|^ssh://|\.git(?:#|$)")
_BRANCHES = frozenset(("master", "main", "head", "trunk", "develop", "devel"))
# Hosts whose addresses hold branches; elsewhere `main` is a folder like any other
# (`/debian/pool/main/`).
_CODE_HOSTS = regex(r"git|bitbucket|codeberg|sourcehut|sr\.ht|jsdelivr|statically", re.IGNORECASE)
# GitHub's places for a branch, a tag or a commit: OWNER/PROJECT/PLACE/REF, OWNER/PROJECT/REF of raw
# files.
_REF_PLACES = frozenset(
    ("archive", "blob", "legacy.tar.gz", "legacy.zip", "raw", "tar.gz", "tarball", "zip", "zipball")
)
_PACKED = regex(r"\.(?:zip|tar\.\w+|tgz)$")
_MOVING = frozenset(
    (
        "latest",
        "stable",
        "nightly",
        "edge",
        "current",
        "snapshot",
        "snapshots",
        "daily",
        "continuous",
    )
) | {"lastsuccessfulbuild", "lateststable"}
_VERSION = regex(
    r"\d+[._u]\d|\bv\d|[-_/]\d+(?:\.x|[-_.]|$|\b)|\d{3,}|\d+\.x|(?=[a-f]*\d)(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])"
)
# What an address may hold for each kind of machine, and variables of it: none says which version
# comes.
_MACHINE = regex(
    r"\$\((?:uname|arch|dpkg|rpm|lsb_release)\b[^)]*\)|`(?:uname|arch|dpkg|rpm|lsb_release)\b[^`]*`"
    r"|\$\{?\w*(?:arch|platform|machine|codename)\w*\}?"
    r"|x86[_-]64|i[3-6]86|(?:amd|arm|aarch|x|win|linux|mac|osx|darwin|ppc|riscv|mips|loong)_?(?:32|64)(?:le|el|bit|v\d)?"
    r"|armv\d\w*|s390x?|(?<![0-9a-z])386(?![0-9a-z])|sha\d+|md5|utf-?8",
    re.IGNORECASE,
)
_WORD = regex(r"[^a-z]+")
# Whose content is whoever is asked: keys, certificates, sums, and the lists that tell a package
# manager where to look.
_IDENTITY = regex(
    r"\.(?:asc|gpg|key|pub|sig|pem|crt|cer|der|list|repo|sources|sha\d+(?:sum)?|md5|sum|txt\.sig)$|/\w*(?:gpg|keys?)$"
    r"|(?:^|[/_-])(?:keys?|pgp|sha\d+sums?)(?:[._-][^/]*)?$|[^/]*(?:release|repo|keyring|source|prod)\b[^/]*\.(?:rpm|deb)$",
    re.IGNORECASE,
)
_IDENTITY_PLACES = regex(r"/etc/(?:apk|apt|dnf|pki|yum|zypp)\b|/keyrings/|/ca-certificates/")
_TAKES_KEYS = frozenset(("apt-key", "gpg", "gpg2", "rpmkeys"))
# ADDed to make what follows run again when somebody pushed:
# `/repos/OWNER/NAME/git/refs/heads/main`.
_ASKS_FOR_CHANGES = regex(
    r"https://api\.github\.com/repos/[^/]+/[^/]+/(?:git/refs?|commits|branches)\b"
)
_NEAR = regex(
    r"^(?:localhost|127\.|0\.0\.0\.0|169\.254\.|\[::1\]|metadata\.|[^./:$]+(?::|$))", re.IGNORECASE
)
_BARE_HOST = regex(
    r"git@|[\w-]+(?:\.[\w-]+)+/|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|rs|us|sh|ai|app)$"
)
_VARIABLE = regex(r"[$`]|%\w+%")
_NAMED = regex(r"\$\{?(\w+)")
_RUNNERS = frozenset(
    ("ash", "bash", "dash", "node", "perl", "php", "ruby", "sh", "source", "zsh", ".")
)
_TELLS_VERSION = regex(r"ver|tag|release|channel|toolchain|rev|commit", re.IGNORECASE)
MAX_URL = 70  # characters of an address that a message quotes


def _is_settled(address: str) -> bool:
    """Tell whether an address is none to pin: this machine's own, a key, a list of packages, a
    file.
    """
    if "://" not in address and not _BARE_HOST.match(address):
        return True
    if address.startswith(("file:", "ftp:")):
        return True
    rest = address.partition("://")[2] or address
    host, _, path = rest.partition("/")
    return bool(_NEAR.match(host)) or bool(
        _IDENTITY.search("/" + path.partition("?")[0].rstrip("/"))
    )


def _says_nothing(build: Build, run: syntax.Run, fetch: shell.Fetch) -> bool:
    """Tell whether the address does not decide what the image holds: a question, a key, a version
    told elsewhere.
    """
    commands = build.script(run).commands
    at = next(
        (at for at, command in enumerate(commands) if command is fetch.command), len(commands)
    )
    rest = commands[at + 1 :]
    piped = rest[0] if rest and rest[0].connector == "|" else None
    return (
        _only_asks(fetch.command)
        or _is_identity(fetch.output, piped)
        or _is_told_version(fetch, rest, piped)
        or _is_of_product(build.state(run).values, fetch)
        or _is_placeholder(build.state(run).values, fetch)
    )


def _only_asks(command: shell.Command) -> bool:
    """Tell whether a command looks whether somebody answers, or hands something over."""
    words = [word.form for word in command.args]
    joined = " ".join(words)
    return "/dev/null" in joined or any(
        word
        in {
            "-I",
            "--head",
            "--spider",
            "-X",
            "--request",
            "-d",
            "--data",
            "-F",
            "--form",
            "-T",
            "--upload-file",
        }
        for word in words
    )


def _is_identity(output: shell.Place | None, piped: shell.Command | None) -> bool:
    """Tell whether what comes is kept as a key or a list of packages, whatever its address is
    called.
    """
    places = (
        [output.form]
        if output
        else [word.form for word in piped.args]
        if piped and piped.name == "tee"
        else []
    )
    return any(map(_IDENTITY_PLACES.search, places)) or (
        piped is not None and piped.name in _TAKES_KEYS
    )


def _is_told_version(
    fetch: shell.Fetch, rest: Sequence[shell.Command], piped: shell.Command | None
) -> bool:
    """Tell whether what is fetched is an installer that is told a version, by an argument or a
    variable.
    """
    name = _name(fetch.output)
    users = [piped] if piped else [each for each in rest if name and _starts(each, name)]
    users += [each for each in rest if _starts_from(each, _unpacked(fetch.form))]
    given = {
        variable.lower()
        for each in [fetch.command, *users, *rest[:1]]
        for variable in each.assignments
    }
    return any(variable.endswith("version") for variable in given) or any(
        _names_version(each.args) for each in users
    )


def _starts(command: shell.Command, name: str) -> bool:
    """Tell whether a command runs a file of that name."""
    runs = command.name in _RUNNERS or command.name.startswith("python")
    return posixpath.basename(command.word.form) == name or (
        runs and any(posixpath.basename(word.form) == name for word in command.args)
    )


def _unpacked(address: str) -> str:
    """Return the folder that GitHub puts all files of an archive of a branch into."""
    parts = (address.partition("://")[2] or address).split("/")
    return (
        f"{parts[2]}-{_PACKED.sub('', parts[-1])}"
        if parts[0] == "github.com" and parts[3:4] == ["archive"]
        else ""
    )


def _starts_from(command: shell.Command, folder: str) -> bool:
    """Tell whether a command runs a file of a folder."""
    words = [command.word, *command.args[: command.name in _RUNNERS]]
    return bool(folder) and any(folder in word.form.split("/")[:-1] for word in words)


def _names_version(words: Sequence[shell.ShellWord]) -> bool:
    """Tell whether one of an installer's arguments is a version, or a variable that is called
    one.
    """
    forms = [_MACHINE.sub("", word.form) for word in words]
    return any(
        _VERSION.search(form)
        or (
            _VARIABLE.search(word.raw)
            and _TELLS_VERSION.search(f"{before} {word.raw}")
            and form not in _MOVING
        )
        for before, form, word in zip(["", *forms], forms, words, strict=False)
    )


def _is_of_product(variables: Mapping[str, str], fetch: shell.Fetch) -> bool:
    """Tell whether the environment names the version of a product that the host is called after."""
    host = (
        urlsplit(fetch.form).hostname or "" if "://" in fetch.form and "$" not in fetch.form else ""
    ).lower()
    products = (
        name.lower().removesuffix("_version") for name in variables if name.endswith("_VERSION")
    )
    return any(product in host for product in products)


def _is_placeholder(variables: Mapping[str, str], fetch: shell.Fetch) -> bool:
    """Tell whether a variable of the address holds what no real build takes (`notset`): it decides,
    elsewhere.
    """
    words = [word.raw for word in fetch.command.args if word.form == fetch.form]
    values = [variables.get(name, "") for raw in words for name in _NAMED.findall(raw)]
    return any(
        value and facts.is_placeholder(value) and not {value.lower()} & (_MOVING | _BRANCHES)
        for value in values
    )


def _name(output: shell.Place | None) -> str:
    return posixpath.basename(output.form) if output else ""


def _is_checked(build: Build, add: syntax.Add, address: str) -> bool:
    """Tell whether a RUN verifies what ADD downloads."""
    target = add.destination.text if add.destination else "/"
    name = posixpath.basename(target) if not target.endswith(("/", ".")) else ""
    return any(
        _is_verified_later(build, add, each)
        for each in (name, posixpath.basename(urlsplit(address).path))
    )


def _is_verified_later(build: Build, instruction: syntax.Instruction, name: str) -> bool:
    """Tell whether a later RUN of the stage checks the sum or the signature of a file of that
    name.
    """
    stage = build.stage_of(instruction)
    return bool(name) and any(
        isinstance(later, syntax.Run)
        and later.index > instruction.index
        and build.verifies(later, name)
        for later in (stage.instructions if stage else ())
    )


def _why(address: str) -> str | None:
    """Tell in words why what an address gives may change; None where it names a version, or a
    variable does.
    """
    host, _, whole = (address.partition("://")[2] or address).partition("/")
    if branch := _branch(host, [part for part in whole.partition("?")[0].split("/") if part]):
        return f"is of the branch `{branch}`, which moves on"
    path, _, query = re.sub(r"\$\([^)]*\)|`[^`]*`", "$", _MACHINE.sub("", whole)).partition("?")
    parts = [
        part for part in path.removesuffix("/download").split("/") if part
    ]  # what SourceForge puts behind a file
    last = parts[-1] if parts else ""
    if (
        any(map(_names_newest, [*parts, query]))
        and not _VERSION.search("/" + last)
        and not _VARIABLE.search(last)
    ):
        return "is another file whenever a new one is published"
    if _VARIABLE.search(host + path + query):
        return None
    return None if _VERSION.search(f"/{path}/") or _VERSION.search(f"?{query}") else _NO_VERSION


def _names_newest(part: str) -> bool:
    """Tell whether a part of an address says "the newest", and no version beside
    (`v2023.10.09-nightly`).
    """
    return not _MOVING.isdisjoint(_WORD.split(part.lower())) and not _VERSION.search("/" + part)


def _branch(host: str, parts: list[str]) -> str | None:
    """Return the branch that an address names, if its host keeps code."""
    if not _CODE_HOSTS.search(host):
        return None
    for at, part in enumerate(parts):
        if part == "heads" and at + 1 < len(parts):
            return None if "$" in parts[at + 1] else parts[at + 1]
        name = _PACKED.sub("", part)
        if name.lower() in _BRANCHES and at > 1:  # behind an owner and a project
            return name
    return _reference(host, parts)


def _reference(host: str, parts: list[str]) -> str | None:
    """Return what stands where GitHub's addresses have a branch, a tag or a commit, if it is like a
    branch's name.
    """
    raw = host.startswith("raw.git")
    at = 2 if raw else 3
    known = raw or (
        host in {"github.com", "codeload.github.com"}
        and len(parts) > at
        and parts[2] in _REF_PLACES
    )
    if not known or len(parts) < at + raw + 1 or parts[0] == "wiki":
        return None
    name = _PACKED.sub("", parts[at])
    plain = (
        not re.search(r"[\d$%]", name) and name not in {"refs", "tags"} and not _names_newest(name)
    )
    return name if plain and name and not re.search(r"\d", parts[-1]) else None


def _git(address: str) -> str | None:
    """Tell why a git address of ADD moves; None where its fragment names a version or a commit."""
    reference = address.partition("#")[2].partition(":")[0]
    if not reference:
        return "is the default branch, which moves on"
    return (
        None
        if _VERSION.search("/" + reference) or "$" in reference
        else f"is of `{reference}`, which moves on"
    )


def _moves(clone: shell.Clone) -> bool:
    if clone.url is None or not _REMOTE.match(clone.url) or _is_settled(clone.url):
        return False
    return clone.branch is None or (
        not _VARIABLE.search(clone.branch) and not re.search(r"\d", clone.branch)
    )


def _chosen_by_variable(build: Build, run: syntax.Run, clone: shell.Clone) -> bool:
    """Tell whether a variable names the branch: whoever builds says which, and the default is for
    trying.
    """
    words = (word for command in build.script(run).commands for word in command.args)
    return clone.branch is not None and any(
        "$" in word.raw and word.form == clone.branch for word in words
    )


def _is_checked_out_later(build: Build, run: syntax.Run, clone: shell.Clone) -> bool:
    """Tell whether a later RUN of the stage, or one on top of it, goes into the clone and takes a
    commit or version.
    """
    own = build.stage_of(run)
    folder = _folder(build, run)
    name = posixpath.basename(
        folder if clone.destination.form.endswith("$(pwd)") else clone.destination.form
    )
    if name in {"", "?"}:
        name = posixpath.basename(folder)
    for stage in build.stages:
        if own is not None and own in stage.ancestors():
            for later in stage.instructions:
                if (
                    isinstance(later, syntax.Run)
                    and later.index > run.index
                    and "git" in later.value.text
                ):
                    for command in build.script(later).commands:
                        words = [word.form for word in command.args]
                        here = (
                            words[1]
                            if words[:1] == ["-C"]
                            else command.cwd or _folder(build, later)
                        )
                        if (
                            command.name == "git"
                            and posixpath.basename(here) == name
                            and _takes_version(command.args)
                        ):
                            return True
    return False


def _folder(build: Build, run: syntax.Run) -> str:
    """Return the working directory, or what its last WORKDIR says of it where a variable or the
    base decides.
    """
    known = build.state(run).workdir
    stage = build.stage_of(run)
    if known is not None or stage is None:
        return known or ""
    told = [
        each
        for each in stage.instructions
        if isinstance(each, syntax.Workdir) and each.index < run.index
    ]
    return told[-1].rest.text.strip().strip("\"'").rstrip("/") if told else ""


def _takes_version(words: Sequence[shell.ShellWord]) -> bool:
    """Tell whether git is told to check a commit or a version out, or what a variable names."""
    forms = [word.form for word in words]
    at = next(
        (at for at, form in enumerate(forms) if form in {"checkout", "reset", "switch"}), len(forms)
    )
    wanted = next((word for word in words[at + 1 :] if not word.form.startswith("-")), None)
    return wanted is not None and bool(re.search(r"[\d$]", f"{wanted.form} {wanted.raw}"))


def _short(address: str) -> str:
    """Shorten an address in the middle: its host and its file tell most."""
    half = MAX_URL // 2
    return address if len(address) <= MAX_URL else f"{address[:half]}…{address[-half:]}"
