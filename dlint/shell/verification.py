"""Which downloads a script checks against a sum or a signature."""

from __future__ import annotations

import posixpath
import re

from dlint.shell.effects import Fetch
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.shell.effects import Effect
    from dlint.shell.script import Command

_BRACED = regex(r"\$\{(\w+)\}")
_OF_NAME = regex(r"[\w-]")
_VERIFIERS = frozenset(
    "cosign gh git gpg gpg2 gpgv jarsigner minisign rhash rpm rpmkeys signify slsa-verifier".split()
)
_VERIFY = frozenset(
    [
        "--checksig",
        "--verify",
        "-K",
        "-V",
        "-verify",
        "verify",
        "verify-blob",
        "verify-commit",
        "verify-tag",
    ]
)
_SUMS = regex(r"(?:sha\d+|md5|b2|b3|sha)sum\Z|shasum\Z")
# Downloads that say how to verify others, and so are named beside them.
_PROOF = regex(
    r"\.(?:asc|sig|sign|minisig|sha\d*(?:sums?)?|md5(?:sums?)?|pem|crt|cert|pub|key|gpg|txt)\Z|sums?\b|\AKEYS\Z",
    re.IGNORECASE,
)


# Code on a command line that works out a checksum, as the installer of Composer asks for.
_CODE = frozenset(("-c", "-e", "-r"))
_HASHES = regex(r"\bhash(?:_file)?\s*\(|\bhashlib\.|\bcreateHash\(|\bDigest::", re.IGNORECASE)


def verified(commands: Sequence[Command], effects: Sequence[Effect]) -> Iterator[Effect]:
    """Yield the effects of a script; its downloads say whether a later command verifies them.

    A check that names another download of the script, and not this one, is of the other one.
    """
    names = [_name(each) for each in effects if isinstance(each, Fetch)]
    checks = list(_checks(commands)) if names else []
    if not checks:
        yield from effects
        return
    for each in effects:
        if isinstance(each, Fetch):
            own = _name(each)
            others = [name for name in names if name != own and not _PROOF.search(name)]
            start = next((at for at, command in enumerate(commands) if command is each.command), 0)
            yield each._replace(
                verified=any(_is_of(text, own, others) for at, text in checks if at > start)
            )
        else:
            yield each


def verifies(commands: Sequence[Command], name: str) -> bool:
    """Whether a script checks the sum or the signature of a file of that name."""
    return any(_names(text, _plain(name)) for _, text in _checks(commands))


def verifies_any(commands: Sequence[Command]) -> bool:
    """Whether a script checks the sum or the signature of anything."""
    return any(map(_verifies, commands))


def _checks(commands: Sequence[Command]) -> Iterator[tuple[int, str]]:
    """Yield each command that verifies something: where it stands, and all that it and its pipe
    say.
    """
    for at, command in enumerate(commands):
        if _verifies(command):
            start = at
            while start and commands[start].connector == "|":
                start -= 1
            yield at, " ".join(_said(each) for each in commands[start : at + 1])


def _said(command: Command) -> str:
    bodies = [redirect.body.text for redirect in command.redirects if redirect.body]
    targets = [redirect.target.form for redirect in command.redirects if redirect.target]
    return _plain(" ".join([*(word.form for word in command.args), *bodies, *targets]))


def _plain(text: str) -> str:
    """Write `${X}` as `$X`: the same variable is the same name."""
    return _BRACED.sub(r"$\1", text)


def _is_of(text: str, own: str, others: Sequence[str]) -> bool:
    return _names(text, own) or not any(_names(text, other) for other in others)


def _names(text: str, name: str) -> bool:
    """Whether a name stands in a text; `tool.tgz.asc` names `tool.tgz`, too."""
    start = text.find(name) if name else -1
    while start >= 0:
        end = start + len(name)
        around = text[start - 1 : start] if start else "", text[end : end + 1]
        if not any(map(_OF_NAME.match, around)):
            return True
        start = text.find(name, start + 1)
    return False


def _name(fetch: Fetch) -> str:
    return _plain(posixpath.basename(fetch.output.form)) if fetch.output else ""


def _verifies(command: Command) -> bool:
    if command.name in _VERIFIERS:
        return command.name in {"gpgv", "rhash"} or any(
            word.form in _VERIFY for word in command.args
        )
    if command.name == "openssl":
        return any(word.form in {"dgst", "-verify"} for word in command.args)
    is_code = any(word.form in _CODE for word in command.args)
    if is_code and any(_HASHES.search(word.form) for word in command.args):
        return True
    return bool(_SUMS.match(command.name))
