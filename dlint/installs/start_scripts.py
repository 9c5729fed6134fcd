"""Whether scripts of the context that start an image only start a program that is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.reads.scripts import texts
from dlint.text.patterns import regex

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from dlint.model.build import Build

# A script of a command, with the shell that runs it.
_SCRIPT = regex(
    r"(?:(?<![\w./-])(?:/[\w/]{1,40}/)?(?:a|ba|da|z)?sh\W{1,5}(?:-[a-z]{1,5}\W{1,5})?)?"
    r"(?P<path>(?<![\w.$/-])(?:[\w./-]|\$\{\w{1,80}\}){1,200}\.(?:a|ba|z)?sh)\b"
)
_CALLED = regex(rb"(?<![\w.$/-])[\w./-]{1,200}\.(?:a|ba|z)?sh\b")
_WAITS = regex(r"wait[-_]?for")
_COMMENT = regex(rb"(?m)(?:^|(?<=\s))#[^\n]*")
_ARGUMENTS = regex(rb"\$[@*]|\$\{?1\b")
# In a function these are its own arguments, and a test only asks for one.
_FUNCTION = regex(rb"(?P<indent>[ \t]{0,20})(?:function[ \t]+)?[\w-]+[ \t]*\(\)[ \t]*\{")
_TEST = regex(rb"(?m)\[{1,2}[ \t][^\]\n]{0,200}[ \t]\]{1,2}(?=[ \t;&|]|$)")
# Where a command begins, behind its variables: what may compile, and what is started for people or
# with settings of its own.
_OTHER = regex(
    rb"(?m)(?:^|[;&|({`]|\b(?:then|do|else|exec|sudo|-c)\b)[ \t\"']*"
    rb"(?:\w{1,80}=[^\s;&|]{0,80}[ \t]{1,9}){0,9}"
    rb"(?:(?:python[\d.]*[ \t]+-m[ \t]+)?pip[\d.]*[ \t]+(?:install|wheel|download)"
    rb"|pip-sync|pipenv|pipx|poetry[ \t]+(?:install|sync|update)|pdm[ \t]+(?:install|sync)"
    rb"|uv[ \t]+(?:sync|run(?![ \t]+(?:-\S{1,40}[ \t]+){0,5}--no-sync\b)|pip|add|tool)|uvx"
    rb"|conda|mamba|easy_install"
    rb"|npm[ \t]+(?:ci|i|install|rebuild|update|add)|npx|pnpm[ \t]+(?:i|install|add|rebuild|dlx)"
    rb"|yarn(?:[ \t]+(?:install|add|rebuild|dlx))?[ \t]*(?:$|[-;&|])|bun[ \t]+(?:i|install|add)"
    rb"|node-gyp|bundle(?:r)?(?:[ \t]+(?:install|update))?[ \t]*(?:$|[-;&|)])|gem[ \t]+install"
    rb"|pecl|phpize|docker-php-ext-\w+|cpanm?|luarocks|mix|rebar3?|opam|R|Rscript|julia|clang"
    rb"|apt(?:-get)?|apk|dnf|yum|microdnf"
    rb"|supervisord|\S{0,40}/supervisord|\S{0,40}sshd|jupyter\S*|sleep[ \t]+infinity|tail[ \t]+-f"
    rb"|(?:/[\w/]{1,40}/)?(?:a|ba|z)?sh[ \t]*(?:$|[;&|]))(?![\w=-])"
)


def without_plain_scripts(build: Build, commands: Sequence[str]) -> list[str]:
    """Return commands of images less the scripts of the context in them that only start a finished
    program: they compile nothing, install nothing, and leave nothing to whoever runs the image.
    """
    is_told = len(commands) > 1  # CMD beside ENTRYPOINT

    def kept(match: re.Match[str]) -> str:
        path = match["path"]
        return "" if _is_plain(build, path, is_told=is_told, depth=0) else match[0]

    return [_SCRIPT.sub(kept, each) for each in commands]


_DEEPEST = 3  # scripts that call scripts


def _is_plain(build: Build, path: str, *, is_told: bool, depth: int) -> bool:
    name = path.rpartition("/")[2]
    if _WAITS.match(name):
        return True
    found = [_COMMENT.sub(b"", text) for text in texts(build, name)]
    if not found or depth > _DEEPEST or any(map(_OTHER.search, found)):
        return False
    if not is_told and any(map(_hands_on, found)):
        return False
    return all(
        _is_plain(build, called, is_told=True, depth=depth + 1)
        for called in _called(found)
        if called.rpartition("/")[2] != name
    )


def _hands_on(text: bytes) -> bool:
    """Tell whether a script may do what its own arguments say."""
    return _ARGUMENTS.search(_TEST.sub(b"", b"\n".join(_outside_functions(text)))) is not None


def _outside_functions(text: bytes) -> Iterator[bytes]:
    """Yield the lines of a script that stand in no function."""
    end: bytes | None = None
    for line in text.splitlines():
        if end is not None:
            end = None if line.rstrip() == end else end
        elif (found := _FUNCTION.match(line)) is None:
            yield line
        elif not line.rstrip().endswith(b"}"):
            end = found["indent"] + b"}"


def _called(found: Sequence[bytes]) -> Iterator[str]:
    for text in found:
        for match in _CALLED.finditer(text):
            yield match[0].decode("utf-8", "replace")
