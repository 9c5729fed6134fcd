"""What BuildKit refuses in an instruction, and what cannot be meant.

An error is what BuildKit's parser or its typed instructions refuse (frontend/dockerfile at
73ed6825c of 2026-08). What only the build itself would stumble on is a warning, and so is what a
newer syntax may bring: an unknown flag or type of mount. An unknown instruction where `# syntax=`
names another frontend than Docker's is that frontend's own, and no problem.
"""

from __future__ import annotations

import re
from functools import cache

from dlint.context import moby
from dlint.findings import Severity
from dlint.syntax.instructions import (
    KINDS,
    MOUNT_TYPES,
    Add,
    Arg,
    Assigned,
    Copy,
    Env,
    Expose,
    From,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Paired,
    Problem,
    Run,
    Shell,
    Stopsignal,
    Transfer,
    Unknown,
    User,
    Volume,
    Workdir,
    mount_fields,
)
from dlint.syntax.words import is_json_array
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dlint.syntax.instructions import Dockerfile
    from dlint.syntax.words import Flag
    from dlint.text.source import Span

# Docker's own frontend, also in a mirror.
_DOCKERS = regex(r"(?:[^\s@]*/)?docker/dockerfile(?:-upstream)?(?:[:@].*)?")
_STAGE_NAME = r"[a-z][a-z0-9_.-]*"
_DURATION = r"\+?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)"
_BRACES = regex(r"(?<![${])\{(\w+)\}(?!\})")
# What sets a variable, as far as an ARG can.
_SETS = regex(r"\A[A-Za-z_]\w*=")
_MAX_NAME = 24  # no keyword and no flag is longer

_VALUE, _SWITCH, _LIST = (
    "value",
    "switch",
    "list",
)  # needs a value; may have one, true or false; may stand twice
_FLAGS: Mapping[type[Instruction], Mapping[str, str]] = {
    Add: {
        "chown": _VALUE,
        "chmod": _VALUE,
        "link": _SWITCH,
        "keep-git-dir": _SWITCH,
        "checksum": _VALUE,
        "unpack": _SWITCH,
        "exclude": _LIST,
    },
    Copy: {
        "chown": _VALUE,
        "from": _VALUE,
        "chmod": _VALUE,
        "link": _SWITCH,
        "exclude": _LIST,
        "parents": _SWITCH,
    },
    From: {"platform": _VALUE},
    Healthcheck: dict.fromkeys(
        ("interval", "timeout", "start-period", "start-interval", "retries"), _VALUE
    ),
    Run: {"mount": _LIST, "network": _VALUE, "security": _VALUE, "device": _LIST},
}


def _error(message: str, span: Span) -> Problem:
    return Problem(message, span, Severity.ERROR)


def _warning(message: str, span: Span) -> Problem:
    return Problem(message, span, Severity.WARNING)


def _info(message: str, span: Span) -> Problem:
    return Problem(message, span, Severity.INFO)


def problems_of(dockerfile: Dockerfile) -> Iterator[Problem]:
    """Yield the problems of all instructions, and of how they stand together."""
    is_other = other_frontend(dockerfile) != ""
    for instruction in dockerfile.instructions:
        if not isinstance(instruction, Unknown):
            yield from _of_parser(instruction)
            yield from _of_builder(instruction)
        elif not is_other:
            yield _error(_unknown(instruction), instruction.keyword.span)
    yield from _of_stages(dockerfile)
    yield from _of_owners(dockerfile)


def other_frontend(dockerfile: Dockerfile) -> str:
    """Return the frontend that a Dockerfile names in `# syntax=`, where it is not Docker's."""
    named = (each.value.split()[0] for each in dockerfile.directives if each.name == "syntax")
    return next((name for name in named if not _DOCKERS.fullmatch(name)), "")


def _unknown(instruction: Unknown) -> str:
    name = instruction.keyword.text
    return f"unknown instruction {name}{_did_you_mean(instruction.name, KINDS)}"


def _did_you_mean(name: str, known: Iterable[str], prefix: str = "") -> str:
    if len(name) > _MAX_NAME:
        return ""
    from difflib import get_close_matches  # rarely needed, and not small

    names = {option.lower(): option for option in known}
    nearest = get_close_matches(name.lower(), names, n=1)
    return f", did you mean {prefix}{names[nearest[0]]}?" if nearest else ""


# What the parser refuses, ONBUILD's instruction included.


def _of_parser(instruction: Instruction) -> Iterator[Problem]:
    if isinstance(instruction, Assigned):
        yield from _pair_form(instruction)
    elif isinstance(instruction, Onbuild) and not isinstance(
        instruction.inner, (Onbuild, type(None))
    ):
        yield from _of_parser(instruction.inner)
    elif instruction.takes_json:
        text = instruction.command if isinstance(instruction, Healthcheck) else instruction.rest
        if text.text.startswith("[") and instruction.json is None and is_json_array(text.text):
            yield _error("a JSON array may only contain strings", text.span(0, len(text.text)))


def _pair_form(instruction: Assigned) -> Iterator[Problem]:
    bad = next((pair for pair in instruction.pairs if pair.value is None), None)
    if bad and instruction.old_form:
        yield _error(f"{instruction.name} needs a name and a value", bad.span)
    elif bad:
        yield _error(f"{bad.name} is not name=value{_no_comment(bad.name)}", bad.span)


def _no_comment(word: str) -> str:
    return "; a comment cannot follow an instruction on its line" if word.startswith("#") else ""


# What the typed instructions refuse.


def _of_builder(instruction: Instruction) -> Iterator[Problem]:
    if instruction.flags:
        yield from _flags(instruction)
    for check in _CHECKS.get(type(instruction), ()):
        yield from check(instruction)


def _flags(instruction: Instruction) -> Iterator[Problem]:
    known = _FLAGS.get(type(instruction), {})
    seen: set[str] = set()
    for flag in instruction.flags:
        kind = known.get(flag.name)
        if kind is None:
            yield _warning(
                f"unknown flag --{flag.name}{_did_you_mean(flag.name, known, '--')}", flag.span
            )
            continue
        if flag.name in seen and kind != _LIST:
            yield _error(f"--{flag.name} occurs a second time", flag.span)
        seen.add(flag.name)
        yield from _flag_value(flag, kind)


def _flag_value(flag: Flag, kind: str) -> Iterator[Problem]:
    if kind != _SWITCH:
        if flag.value is None:
            yield _error(f"--{flag.name} needs a value", flag.span)
    elif flag.value == "":
        yield _error(f"--{flag.name}= needs a value, true or false", flag.span)
    elif flag.value is not None and flag.value.lower() not in {"true", "false"}:
        yield _error(f"--{flag.name} is true or false, not {flag.value}", flag.span)


def _needs_argument(instruction: Instruction) -> Iterator[Problem]:
    if not instruction.words:
        yield _error(f"{instruction.name} needs an argument", instruction.keyword.span)


def _from(instruction: From) -> Iterator[Problem]:
    words = instruction.words
    alias = instruction.alias
    if not words:
        yield _error("FROM has no image", instruction.keyword.span)
    elif len(words) > 1 and alias is None:
        yield _error(
            f"FROM takes an image, or `image AS name`{_no_comment(words[1].text)}", words[1].span
        )
    elif alias and not re.fullmatch(_STAGE_NAME, alias.text.lower()):
        message = (
            f"{alias.text} is not a stage name: a letter, then letters, digits, '_', '.' and '-'"
        )
        yield _error(message, alias.span)


def _transfer(instruction: Transfer) -> Iterator[Problem]:
    destination = instruction.destination
    if destination is None:
        yield _error(
            f"{instruction.name} needs a source and a destination", instruction.keyword.span
        )
    elif moby.heredoc(destination.text):
        yield _error("a here-document cannot be the destination", destination.span)


def _names(instruction: Paired) -> Iterator[Problem]:
    yield from _needs_argument(instruction)
    for pair in instruction.pairs:
        if not pair.name:
            yield _error(f"a name is missing before `=` in {instruction.name}", pair.span)


def _comment_words(instruction: Instruction) -> Iterator[Problem]:
    """Check that no word is meant as a comment: an ARG only declares some more names by it, unless
    one that a variable can have gets a value.
    """
    for at, word in enumerate(instruction.words):
        if word.text.startswith("#"):
            is_set = any(_SETS.match(each.text) for each in instruction.words[at:])
            told = _warning if is_set or not isinstance(instruction, Arg) else _info
            yield told(f"{word.text} is an argument here{_no_comment(word.text)}", word.span)
            return


def _volume(instruction: Volume) -> Iterator[Problem]:
    yield from _needs_argument(instruction)
    for word in instruction.words:
        if not word.text.strip():
            yield _error("VOLUME has an empty path", word.span)


def _run(instruction: Run) -> Iterator[Problem]:
    if not instruction.rest.text:
        yield _warning("RUN runs nothing", instruction.keyword.span)
    for flag in instruction.flags:
        if flag.name == "mount" and flag.value:
            yield from _mount(flag)


def _mount(flag: Flag) -> Iterator[Problem]:
    for key, value in mount_fields(flag):
        if key == "from" and value and "$" in value[:-1]:
            yield _error(
                "`from` of a mount takes no variable; name a stage after the image and mount that",
                flag.span,
            )
        if key == "type" and value and "$" not in value and value.lower() not in MOUNT_TYPES:
            yield _warning(
                f"unknown type of mount {value}{_did_you_mean(value, MOUNT_TYPES)}", flag.span
            )


def _healthcheck(instruction: Healthcheck) -> Iterator[Problem]:
    kind, command = instruction.kind, instruction.command
    if kind not in {"CMD", "NONE"}:
        message = (
            f"HEALTHCHECK takes CMD or NONE, not {kind}"
            if kind
            else "HEALTHCHECK needs CMD or NONE"
        )
        yield _error(message, instruction.words[0].span if kind else instruction.keyword.span)
    elif kind == "NONE" and command.text:
        yield _error("HEALTHCHECK NONE takes no argument", command.span(0, len(command.text)))
    elif kind == "CMD" and not instruction.words[1:]:
        yield _error("HEALTHCHECK CMD needs a command", instruction.words[0].span)
    if kind != "NONE":
        for flag in instruction.flags:
            yield from _healthcheck_flag(flag)


def _healthcheck_flag(flag: Flag) -> Iterator[Problem]:
    if not flag.value or flag.name not in _FLAGS[Healthcheck]:
        return
    if flag.name == "retries":
        pattern, meant = r"\+?[0-9]+", "a number"
    else:
        pattern, meant = _DURATION, "a duration such as 30s"
    if not re.fullmatch(pattern, flag.value):
        yield _error(f"--{flag.name} takes {meant}, not {flag.value}", flag.span)


def _shell(instruction: Shell) -> Iterator[Problem]:
    if not instruction.json:
        yield _error('SHELL takes a JSON array such as ["/bin/sh", "-c"]', instruction.keyword.span)


def _onbuild(instruction: Onbuild) -> Iterator[Problem]:
    """Check the inner instruction; BuildKit does so only when another image is built upon this
    one.
    """
    inner = instruction.inner
    if inner is None:
        yield _error("ONBUILD needs an instruction", instruction.keyword.span)
    elif inner.name in {"ONBUILD", "FROM", "MAINTAINER"}:
        yield _error(f"ONBUILD cannot hold {inner.name}", inner.keyword.span)
    elif isinstance(inner, Unknown):
        yield _warning(_unknown(inner), inner.keyword.span)
    else:
        for problem in _of_builder(inner):
            yield problem._replace(severity=Severity.WARNING)


@cache
def _well_quoted(escape: str) -> re.Pattern[str]:
    """Match most words that the lexer reads, so that it need not be asked."""
    e = re.escape(escape)
    variable = rf"\$(?:(?!\{{)|\{{\w+(?:\}}|:?[-+?][^{{}}'\"{e}$]*+\}}))"
    return re.compile(
        rf"""(?s)(?:[^'"{e}$]|{e}.|'[^']*+'|"(?:[^"{e}$]|{e}.|{variable})*+"|{variable})*+"""
    )


def _quoting(instruction: Instruction) -> Iterator[Problem]:
    text = instruction.rest.text
    if {"$", "'", '"', instruction.escape}.isdisjoint(text):
        return
    well_quoted = _well_quoted(instruction.escape)
    for word in instruction.words:
        if not well_quoted.fullmatch(word.text) and (
            fault := moby.fault(word.text, instruction.escape)
        ):
            yield _warning(f"the build cannot read this word: {fault}", word.span)


# What each kind is looked at for; words that are expanded can hold a quote or a brace that does not
# close.
_CHECKS: Mapping[type[Instruction], tuple[Callable[..., Iterator[Problem]], ...]] = {
    Add: (_transfer, _quoting),
    Arg: (_names, _comment_words, _quoting),
    Copy: (_transfer, _quoting),
    Env: (_names, _quoting),
    Expose: (_needs_argument, _comment_words, _quoting),
    From: (_from, _quoting),
    Healthcheck: (_healthcheck,),
    Label: (_names, _quoting),
    Maintainer: (_needs_argument,),
    Onbuild: (_onbuild,),
    Run: (_run,),
    Shell: (_shell,),
    Stopsignal: (_needs_argument, _quoting),
    User: (_needs_argument, _quoting),
    Volume: (_volume, _quoting),
    Workdir: (_needs_argument, _quoting),
}


def _of_owners(dockerfile: Dockerfile) -> Iterator[Problem]:
    """Yield owners that hold the name of a variable as it is: no user is called `{NAME}`."""
    names: set[str] = set()
    for instruction in dockerfile.instructions:
        if isinstance(instruction, Arg | Env):
            names.update(pair.name for pair in instruction.pairs)
        elif isinstance(instruction, Transfer | User):
            for text, span in _owners(instruction):
                found = next((name for name in _BRACES.findall(text) if name in names), None)
                if found is not None:
                    yield _warning(f"{{{found}}} is no variable without `$` before it", span)


def _owners(instruction: Transfer | User) -> Iterator[tuple[str, Span]]:
    if isinstance(instruction, User):
        yield from ((word.text, word.span) for word in instruction.words)
    else:
        yield from (
            (flag.value or "", flag.span) for flag in instruction.flags if flag.name == "chown"
        )


def _of_stages(dockerfile: Dockerfile) -> Iterator[Problem]:
    names: set[str] = set()
    started = False
    for instruction in dockerfile.instructions:
        if isinstance(instruction, From):
            started = True
            alias = instruction.alias
            if alias and alias.text.lower() in names:
                yield _warning(f"another stage is called {alias.text} already", alias.span)
            names.update([alias.text.lower()] if alias else [])
        elif not started and not isinstance(instruction, (Arg, Unknown)):
            yield _error(
                f"{instruction.name} comes before the first FROM", instruction.keyword.span
            )
    if dockerfile.instructions and not started:
        yield _error("the file has no FROM", dockerfile.instructions[0].keyword.span)
