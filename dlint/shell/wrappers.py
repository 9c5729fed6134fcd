"""Programs that run the program named by their arguments: env, sudo, nice, xargs, ..."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.shell.script import ShellWord

SHELLS = frozenset(["ash", "bash", "dash", "ksh", "mksh", "sh", "zsh"])
ASSIGNMENT = regex(r"([A-Za-z_]\w*)(\+?)=")


class Wrapper(NamedTuple):
    """How a wrapper's own arguments end.

    `values`      flags whose value is the next word.
    `skip`        words of its own after the flags (timeout's duration).
    `verb`        the word that makes it a wrapper (`conda run`); its flags may stand on either
                  side.
    `assignments` `A=b` may stand before the program.
    `stop`        flags that make it something else (`command -v`).
    `user`        flag whose value is the user; "#" is the word that is skipped.
    """

    values: frozenset[str] = frozenset()
    skip: int = 0
    verb: str = ""
    assignments: bool = False
    stop: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()


def _flags(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOTHING = Wrapper()
_CONDA_RUN = Wrapper(_flags("-n -p --name --prefix --cwd"), verb="run")
_TOOL_RUN = Wrapper(_flags("-C --directory -p --project"), verb="run")

WRAPPERS = {
    "builtin": _NOTHING,
    "bundle": Wrapper(verb="exec"),
    "busybox": Wrapper(stop=_flags("--install --list --help")),
    "catchsegv": _NOTHING,
    "chrt": Wrapper(skip=1),
    "command": Wrapper(stop=_flags("-v -V")),
    "conda": _CONDA_RUN,
    "doas": Wrapper(_flags("-u -C"), assignments=True, user=_flags("-u")),
    "dumb-init": Wrapper(_flags("-r --rewrite")),
    "eatmydata": _NOTHING,
    "env": Wrapper(_flags("-u -C -S --unset --chdir --split-string"), assignments=True),
    "exec": Wrapper(_flags("-a")),
    "fakeroot": Wrapper(_flags("-l -s -i -b --lib --faked")),
    "gosu": Wrapper(skip=1, user=_flags("#")),
    "ionice": Wrapper(_flags("-c -n -p --class --classdata --pid")),
    "linux32": _NOTHING,
    "linux64": _NOTHING,
    "mamba": _CONDA_RUN,
    "micromamba": _CONDA_RUN,
    "nice": Wrapper(_flags("-n --adjustment")),
    "noglob": _NOTHING,
    "nohup": _NOTHING,
    "opam": Wrapper(_flags("--switch --root"), verb="exec"),
    "pdm": _TOOL_RUN,
    "pipenv": _TOOL_RUN,
    "poetry": _TOOL_RUN,
    "pyenv": Wrapper(verb="exec"),
    "rbenv": Wrapper(verb="exec"),
    "setarch": Wrapper(skip=1),
    "setsid": _NOTHING,
    "stdbuf": Wrapper(_flags("-i -o -e")),
    "su-exec": Wrapper(skip=1, user=_flags("#")),
    "sudo": Wrapper(
        _flags(
            "-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --role --type --chdir"
            " --chroot"
        ),
        assignments=True,
        stop=_flags("-l -v -k -K --list --validate"),
        user=_flags("-u --user"),
    ),
    "taskset": Wrapper(skip=1),
    "time": Wrapper(_flags("-f -o --format --output")),
    "timeout": Wrapper(_flags("-k -s --kill-after --signal"), skip=1),
    "tini": Wrapper(_flags("-p -e")),
    "unbuffer": _NOTHING,
    "xargs": Wrapper(
        _flags(
            "-I -n -P -L -d -a -E -s --max-args --max-procs --max-lines --delimiter --arg-file"
            " --max-chars"
        ),
    ),
    "xvfb-run": Wrapper(
        _flags("-e -f -n -p -s -w --error-file --auth-file --server-num --server-args --wait")
    ),
}


class Unwrapped(NamedTuple):
    """What a wrapper runs: `rest` starts with the program; `assignments` and `user` are what it
    sets.
    """

    rest: tuple[ShellWord, ...]
    assignments: tuple[ShellWord, ...]
    user: str | None
    flags: tuple[ShellWord, ...]


def unwrapped(name: str, args: Sequence[ShellWord]) -> Unwrapped | None:
    """Take the wrapper `name` off; None where it is no wrapper or nothing is left."""
    wrapper = WRAPPERS.get(name)
    if wrapper is None:
        return None
    user: str | None = None
    assignments: list[ShellWord] = []
    flags: list[ShellWord] = []
    own, at = [wrapper.verb] if wrapper.verb else ["#"] * wrapper.skip, 0
    while at < len(args):
        word = args[at].form
        if word.startswith("-") and word not in {"-", "--"}:
            taken = args[at : at + 1 + (word in wrapper.values)]
            user = _user(wrapper, word, taken[-1].form) or user
            flags += taken
            at += len(taken)
        elif word == "--" and not wrapper.verb:
            at += 1
            break
        elif own and own[0] in {word, "#"}:
            user = word if own.pop() in wrapper.user else user
            at += 1
        elif wrapper.assignments and ASSIGNMENT.match(word):
            assignments.append(args[at])
            at += 1
        else:
            break
    if own or at >= len(args) or not wrapper.stop.isdisjoint(flag.form for flag in flags):
        return None
    return Unwrapped(tuple(args[at:]), tuple(assignments), user, tuple(flags))


def _user(wrapper: Wrapper, flag: str, value: str) -> str | None:
    """Return the user that a flag (with the word after it) names."""
    if flag in wrapper.user:
        return value
    name, _, after = flag.partition("=")
    return after or None if name in wrapper.user else None


def shell_argument(args: Sequence[ShellWord]) -> ShellWord | None:
    """Return the script of `sh -c SCRIPT`, `bash -eo pipefail -lc SCRIPT`; None without one."""
    wanted = False
    at = 0
    while at < len(args):
        word = args[at].form
        if not re.match(r"[-+]\w|--\w", word):
            return args[at] if wanted else None
        if word[:2] != "--":
            wanted = wanted or "c" in word
            at += word.endswith(("o", "O"))
        at += 1
    return None


def reads_stdin(args: Sequence[ShellWord]) -> bool:
    """Whether a shell with these arguments takes its script from standard input."""
    return all(word.form.startswith(("-", "+")) and "c" not in word.form for word in args) or any(
        word.form == "-s" for word in args
    )


def su_argument(args: Sequence[ShellWord]) -> tuple[ShellWord | None, str]:
    """Return the script of `su [-] [USER] -c SCRIPT` and the user."""
    script, user, at = None, "", 0
    while at < len(args):
        word = args[at].form
        if word in {"-c", "--command"} and at + 1 < len(args):
            script = args[at + 1]
            at += 1
        elif word in {"-s", "-g", "-G", "-w", "--shell", "--group", "-u"}:
            at += 1
            user = args[at].form if word == "-u" and at < len(args) else user
        elif re.fullmatch(r"-[a-z]*c", word) and at + 1 < len(args):
            script = args[at + 1]
            at += 1
        elif not word.startswith("-") and not user:
            user = word
        at += 1
    return script, user or "root"
