"""Programs that run the program named by their arguments: env, sudo, nice, xargs, bundle exec."""

from __future__ import annotations

import re

from dlint.shell.managers import by_command
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
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

WRAPPERS = {
    "builtin": _NOTHING,
    "busybox": Wrapper(stop=_flags("--install --list --help")),
    "catchsegv": _NOTHING,
    "chrt": Wrapper(skip=1),
    "command": Wrapper(stop=_flags("-v -V")),
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
    "nice": Wrapper(_flags("-n --adjustment")),
    "noglob": _NOTHING,
    "nohup": _NOTHING,
    "pyenv": Wrapper(verb="exec"),
    "rbenv": Wrapper(verb="exec"),
    **dict.fromkeys(
        ["gpuci_retry", "rapids-retry", "retry", "travis_retry"],
        Wrapper(_flags("-d -n -s -t --delay --max --sleep --times")),
    ),
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
    wrapper = WRAPPERS.get(name) or _of_manager(name)
    return None if wrapper is None else _Unwrapping(wrapper, args).result()


def _of_manager(name: str) -> Wrapper | None:
    """Return how a package manager wraps the programs among what it has installed."""
    manager = by_command(name)
    runner = manager.runner if manager else None
    return Wrapper(runner.values, verb=runner.verb) if runner else None


class _Unwrapping:
    """Goes through a wrapper's arguments up to the program."""

    def __init__(self, wrapper: Wrapper, args: Sequence[ShellWord]) -> None:
        self.wrapper, self.args = wrapper, args
        self.user: str | None = None
        self.assignments: list[ShellWord] = []
        self.flags: list[ShellWord] = []
        self.own = [wrapper.verb] if wrapper.verb else ["#"] * wrapper.skip

    def result(self) -> Unwrapped | None:
        at = 0
        while at < len(self.args):
            if self.args[at].form == "--" and not self.wrapper.verb:
                at += 1
                break
            taken = self._taken(at)
            if not taken:
                break
            at += taken
        stops = any(flag.form in self.wrapper.stop for flag in self.flags)
        if self.own or stops or at >= len(self.args):
            return None
        return Unwrapped(
            tuple(self.args[at:]), tuple(self.assignments), self.user, tuple(self.flags)
        )

    def _taken(self, at: int) -> int:
        """Return how many words at a place are the wrapper's own; 0 where the program starts."""
        word = self.args[at].form
        if word.startswith("-") and word not in {"-", "--"}:
            return self._flag(at)
        if self.own and self.own[0] in {word, "#"}:
            self.user = word if self.own.pop() in self.wrapper.user else self.user
            return 1
        if self.wrapper.assignments and ASSIGNMENT.match(word):
            self.assignments.append(self.args[at])
            return 1
        return 0

    def _flag(self, at: int) -> int:
        word = _last_of_cluster(self.args[at].form, self.wrapper.values)
        taken = self.args[at : at + 1 + (word in self.wrapper.values)]
        self.user = _user(self.wrapper, word, taken[-1].form) or self.user
        self.flags += taken
        return len(taken)


def _last_of_cluster(word: str, values: frozenset[str]) -> str:
    """Return the flag that the next word may belong to: `-I` of `-tI`; else the word itself."""
    letters = [f"-{letter}" for letter in word[1:]]
    if word.startswith("--") or not values.isdisjoint(letters[:-1]):
        return word
    return letters[-1]


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
