"""What the reading of one command's effects may look at: where it runs, and the commands around
it.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from itertools import pairwise

from dlint.shell.effects import Place
from dlint.shell.wrappers import SHELLS
from dlint.text.lazy import lazy
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlint.shell.script import Command, ShellWord

_HOME = regex(r"(?:\A~|\$\{HOME\})(?=/|\Z)")  # `a~` is the name of a backup
_LITERAL = regex(r"\"~|'(?:~|\$\{HOME\})")
_PATH = regex(r"[\w./@+~*?\[\]{},%:^-]+\Z")
_BEFORE_PATH = regex(r"=|\A@|file://")
FETCHERS = frozenset(["curl", "wget"])
_MAKES_A_BRANCH = frozenset("-b -B -c -C --create --force-create --orphan".split())
_COMMIT = regex(r"[0-9a-f]{7,40}\Z")


class Look:
    """The step's folders and environment, and the commands of its script."""

    def __init__(
        self, commands: Sequence[Command], *, home: str, env: Mapping[str, str], workdir: str | None
    ) -> None:
        """Take the step's own facts."""
        self.commands, self.home, self.workdir = commands, home, workdir
        self.env: dict[str, str] = dict(env)
        self._position = {id(command): at for at, command in enumerate(commands)}

    def place(self, word: ShellWord, command: Command) -> Place:
        """Return the place that a word names for `command`."""
        # In quotes, these are a name.
        form = f"./{word.form}" if _LITERAL.match(word.raw) else word.form
        return self.at(form, command, known=word.text is not None, glob=word.glob)

    def at(self, form: str, command: Command, *, known: bool = True, glob: bool = False) -> Place:
        """Return the place of a path as written; `known`: no expansion stands in it."""
        home = self.user_home(command)
        if home and ("~" in form or "${" in form) and _HOME.search(form):
            form = _HOME.sub(lambda _: home, form, count=1)
            known = known or "$" not in form
        if not form.startswith("/"):
            folder = self.folder(command)
            known = known and folder is not None
            form = f"{folder or self._unknown(command)}/{form}"
        form = normal(form)
        return Place(form if known else None, form, glob)

    def folder(self, command: Command) -> str | None:
        """Return the folder that a command runs in; None where it is not known."""
        if command.cwd is not None and command.cwd.startswith("/"):
            return normal(command.cwd)
        if command.cwd is None or self.workdir is None:
            return None
        return normal(f"{self.workdir or '/'}/{command.cwd}")

    @staticmethod
    def _unknown(command: Command) -> str:
        """Return how a folder is written that is below the step's own, which is not known."""
        cwd = command.cwd or ""
        return "?" if not cwd or cwd.startswith("..") else f"?/{cwd}"

    def user_home(self, command: Command) -> str:
        """Return the home of who runs the command."""
        if command.user is None:
            return self.home
        return home_of(command.user)

    def variables(self, command: Command) -> dict[str, str | None]:
        """Return the environment that a command sees, HOME always among it."""
        return {**self.env, "HOME": self.user_home(command), **command.assignments}

    def before(self, command: Command) -> Command | None:
        """Return the command whose output this one reads."""
        at = self._position.get(id(command), 0)
        return self.commands[at - 1] if at and command.connector == "|" else None

    def piped_into(self, command: Command) -> Iterator[Command]:
        """Yield the commands before this one in its pipe, the nearest first."""
        earlier = self.before(command)
        while earlier is not None:
            yield earlier
            earlier = self.before(earlier)

    def inside(self, word: ShellWord, command: Command) -> Iterator[Command]:
        """Yield the commands of the substitutions in a word of this one."""
        start, end = word.span
        for earlier in reversed(self.commands[: self._position.get(id(command), 0)]):
            if not command.span.start <= earlier.span.start < command.span.end:
                return
            if start <= earlier.span.start < end:
                yield earlier

    def fetched(self, command: Command) -> tuple[Command, str] | None:
        """Return the URL of the script that is run, and the command that fetches it into a pipe, or
        starts the file.
        """
        if not self._fetching:
            return None
        at = self._position.get(id(command), 0)
        by_shell = command.name in SHELLS
        piped = self.commands[at - 1] if by_shell and command.connector == "|" else None
        programs = command.args if by_shell else (command.word,)
        named = [self._last_fetch(_basename(word), at) for word in programs]
        if piped is not None and _fetched_url(piped) is not None:
            named.append(at - 1)
        last = max(named, default=-1)
        url = _fetched_url(self.commands[last]) if last >= 0 else None
        if url is None:
            return None
        return (self.commands[last] if self.commands[last] is piped else command), url

    def _last_fetch(self, name: str, before: int) -> int:
        """Return the number of the last command before another one that downloads a URL and names
        a file so; -1 where none does.
        """
        numbers = self._fetching.get(name, [])
        at = bisect_left(numbers, before)
        return numbers[at - 1] if at else -1

    @lazy
    def _fetching(self) -> dict[str, list[int]]:
        """The numbers of the commands that download a URL, by the names of files in their words."""
        found: dict[str, list[int]] = {}
        for number, each in enumerate(self.commands):
            if _fetched_url(each) is not None:
                for name in _names(each):
                    found.setdefault(name, []).append(number)
        return found

    def _later(self, command: Command) -> Sequence[Command]:
        return self.commands[self._position.get(id(command), len(self.commands)) + 1 :]

    def checkout(self, command: Command, clone: Place) -> ShellWord | None:
        """Return the revision that a later `git checkout` or `git reset` in the clone names: a
        commit above all.
        """
        fetched: ShellWord | None = None
        named: list[ShellWord] = []
        for later in self._later(command):
            if later.name != "git" or not self._may_be_in(later, clone):
                continue
            words = [word for word in later.args if not word.form.startswith("-")]
            forms = [word.form for word in words]
            if "fetch" in forms:
                fetched = words[-1]
            for verb in ("checkout", "switch", "reset"):
                found = _revision(later, verb)
                if found is not None:
                    named.append(fetched if found.form == "FETCH_HEAD" and fetched else found)
        return next(filter(is_commit, named), named[0] if named else None)

    def _may_be_in(self, command: Command, clone: Place) -> bool:
        """Whether git works in a clone: where it stands, or the folder that its flags name."""
        here = self.at(".", command)
        for flag, word in pairwise([*command.args, *command.args[-1:]]):
            if flag.form == "-C":
                here = self.place(word, command)
            elif flag.form.startswith("--git-dir="):
                folder = flag.form.partition("=")[2]
                here = self.at(folder.removesuffix("/.git"), command)
        moved = command.cwd is None or command.cwd.startswith("..")
        if moved or "$" in here.form or "$" in clone.form or "`" in here.form + clone.form:
            return True
        if (
            here.form[0] != clone.form[0]
        ):  # an absolute path, and one below a folder that is not known
            return posixpath.basename(clone.form) in here.form.split("/")
        return f"{here.form}/".startswith(f"{clone.form.rstrip('/')}/")

    def mentions(self) -> frozenset[str]:
        """Return every path that the commands' words name."""
        found = set()
        for command in self.commands:
            targets = [redirect.target for redirect in command.redirects if redirect.target]
            for word in (command.word, *command.args, *targets):
                for form in _paths(word):
                    path = self.at(form, command).path
                    if path:
                        found.add(path)
        return frozenset(found)


def _fetched_url(command: Command) -> str | None:
    """Return the first URL that a command downloads."""
    if command.name not in FETCHERS:
        return None
    return next((word.form for word in command.args if "://" in word.form), None)


def _names(command: Command) -> set[str]:
    """Return the names of the files and URLs that a command reads or writes."""
    targets = (redirect.target for redirect in command.redirects)
    return {_basename(word) for word in (*command.args, *filter(None, targets))}


def _basename(word: ShellWord) -> str:
    return word.form.rpartition("/")[2]


def _paths(word: ShellWord) -> list[str]:
    """Return what in a known word may be a path: all of it, and what stands after `=`, `@` or
    `file://`.
    """
    text = word.text or ""
    parts = [text, *_BEFORE_PATH.split(text)[1:]]
    return [part for part in parts if part and not part.startswith("-") and _PATH.match(part)]


def _revision(command: Command, verb: str) -> ShellWord | None:
    """Return the revision that a git command names: not the branch that it makes of it."""
    forms = [word.form for word in command.args]
    if verb not in forms:
        return None
    given = command.args[forms.index(verb) + 1 :]
    named = [word for word in given if not word.form.startswith("-")]
    is_made = verb != "reset" and any(word.form in _MAKES_A_BRANCH for word in given)
    return next(iter(named[is_made:]), None)


def is_commit(word: ShellWord) -> bool:
    """Whether a revision is a commit; one that a variable names is taken for one."""
    return word.text is None or bool(_COMMIT.match(word.text))


def normal(path: str) -> str:
    """Return an absolute path without `.`, `..`, doubled and trailing slashes."""
    found = posixpath.normpath(path)
    return "/" + found.lstrip("/") if found.startswith("/") else found


def home_of(user: str) -> str:
    """Return the home that a user has by custom; only the base image's passwd could tell."""
    name = user.partition(":")[0]
    return "/root" if name in {"", "0", "root"} else f"/home/{name}"
