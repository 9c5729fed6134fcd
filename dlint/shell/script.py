"""A RUN's shell text as commands: what runs, in what order, how surely, and where."""

from __future__ import annotations

import re
from itertools import pairwise

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dlint.text.source import Mapped, Span

_ERREXIT = regex(r"-[a-zA-Z]*e")
# A word that is one expansion and nothing else, so that all of what it becomes may be a flag.
_EXPANSION = regex(r"(?:\$\w+|\$[@*]|\$\{.*\}|\$\(.*\)|`.*`)\Z", re.DOTALL)
# It says itself what it becomes: what `echo` writes, or `${DEV:+--dev}`.
_SAYS = regex(r"\b(?:echo|printf)\b|\$\{\w+:?\+")
_FLAG = regex(r"(?<![\w-])--?[A-Za-z][\w-]*")
_NAMED_FLAGS = regex(r"(?i)(?:flag|opt|arg|option|param)s?(?![a-z])|\$[@*]")
_LONG = 44  # characters of a command that a message still quotes whole


class ShellWord(NamedTuple):
    """One word of a command after brace expansion, quotes removed.

    `raw` is what the script says, `text` what the command gets, or None where an expansion stands
    inside whose value is not known. `form` is `text` with each unknown expansion left as written
    (`/tmp/${V}.tgz`), so two words that must be equal compare equal although neither is known.
    `glob` tells that an unquoted character makes it a pattern.
    `script`, `start` and `end` say where it stands.
    """

    raw: str
    text: str | None
    form: str
    glob: bool
    script: Mapped
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Place in the source."""
        return self.script.span(self.start, self.end)

    def __repr__(self) -> str:
        return f"ShellWord({self.raw!r})"

    def may_hold(self, flags: Collection[str], *, among_names: bool) -> bool:
        """Tell whether it may come to one of some flags, its text not being known: a substitution
        that writes flags may hold these alone. `among_names`: where names are asked for, an
        expansion is one, unless it is called after flags.
        """
        if self.text is not None or not flags or not _EXPANSION.match(self.form):
            return False
        written = _FLAG.findall(self.form) if _SAYS.search(self.form) else []
        if written:
            return not {each.partition("=")[0] for each in flags}.isdisjoint(written)
        return not among_names or _NAMED_FLAGS.search(self.form) is not None


class Redirect(NamedTuple):
    """`2>/dev/null`, `< list.txt`, or a here-document.

    `operator` is `>`, `>>`, `>|`, `&>`, `&>>`, `<`, `<>`, `>&`, `<&`, `<<`, `<<-` or `<<<`; `fd`
    what stands before it (-1: none); `target` the word after it (None for a here-document, whose
    text is `body`).
    """

    operator: str
    fd: int
    target: ShellWord | None
    body: Mapped | None

    @property
    def writes(self) -> bool:
        """It creates or changes the file that `target` names."""
        return self.target is not None and self.operator in {">", ">>", ">|", "&>", "&>>", "<>"}


class Command(NamedTuple):
    """One simple command, with what wraps it (env, sudo, exec, time, `bash -c`, ...) taken off.

    `name`        basename of the program; "" where it is not known.
    `word`        the program as written, such as `./gradlew`.
    `args`        the words after it; xargs adds one that is not known.
    `assignments` variables that it sees over those of the step: its own prefix, env's, and what the
    script exported; a
                  value is None where unknown.
    `certain`     it runs whenever the step succeeds: False under if (but where all other branches
                  abort), case, `||`, a
                  loop that may not turn, after a test whose failure goes unnoticed.
    `connector`   what joins it to the command before: "&&", "||", "|", ";", "&", "" for the first,
                  "$(" for the first
                  of a substitution, which runs before the command that it is a word of.
    `cwd`         where it runs: "" is the step's own working directory, "a/b" a folder below it,
                  "/a" absolute; None
                  where unknown.
    `user`        who runs it where sudo, su, gosu or the like say so; None is the step's own user.
    """

    name: str
    word: ShellWord
    args: tuple[ShellWord, ...]
    span: Span
    assignments: Mapping[str, str | None]
    redirects: tuple[Redirect, ...]
    certain: bool
    connector: str
    cwd: str | None
    user: str | None
    background: bool

    def argument(self, *written: str) -> ShellWord | None:
        """Return the first of its arguments that the script writes in one of these ways."""
        return next((word for word in self.args if word.raw in written), None)

    def may_hold(self, *flags: str) -> bool:
        """Tell whether one of its arguments, among names, may come to one of some flags: their text
        is not known.
        """
        return any(word.may_hold(flags, among_names=True) for word in self.args)

    @property
    def raw_args(self) -> tuple[str, ...]:
        """Its arguments as they are written."""
        return tuple(word.raw for word in self.args)

    def first_of(self, words: Collection[str]) -> ShellWord | None:
        """Return its first argument that is written as one of `words`."""
        return next((word for word in self.args if word.raw in words), None)

    @property
    def stops_at_failures(self) -> bool:
        """Whether it makes the shell end with the first command that fails: `set -e`, `set -eux -o
        pipefail`, `set -o errexit`.
        """
        texts = [word.form for word in self.args]
        named = any(pair == ("-o", "errexit") for pair in pairwise(texts))
        return self.name == "set" and (named or any(map(_ERREXIT.match, texts)))

    @property
    def forms(self) -> list[str]:
        """The words after the program, variables that are not known as they are written."""
        return [word.form for word in self.args]

    @property
    def quoted(self) -> str:
        """The command in backticks, shortened: its words up to the first operand or two."""
        # Not what xargs adds; a variable that is several words stands there once.
        words_of = (word for word in (self.word, *self.args) if word.raw)
        written = {word.span: word.raw for word in words_of}
        words = list(written.values())
        text = " ".join(words)
        if len(text) > _LONG or "\n" in text:
            kept = [words[0]]
            for word in words[1:]:
                if "\n" in word or len(" ".join([*kept, word])) > _LONG:
                    break
                kept.append(word)
            text = " ".join([*kept, "…"])
        return f"`{text}`"

    def __repr__(self) -> str:
        return f"Command({' '.join(word.raw for word in (self.word, *self.args))!r})"


class Script(NamedTuple):
    """What a RUN's shell text runs. Where `parsed` is False it was not understood: rules stay
    silent.

    `choices` are the `if ... else`s of which one branch runs whenever the step succeeds: for each
    such branch the numbers of the commands that then run for certain.
    """

    commands: tuple[Command, ...]
    parsed: bool
    choices: tuple[tuple[frozenset[int], ...], ...] = ()

    def up_to(self, command: Command) -> tuple[Command, ...]:
        """Return the commands up to one of them, with that; all where it is none of them."""
        spans = [each.span for each in self.commands]
        return self.commands[: spans.index(command.span) + 1 if command.span in spans else None]
