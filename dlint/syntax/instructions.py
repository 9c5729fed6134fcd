"""What a Dockerfile consists of: one class an instruction; details are worked out when asked
for.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from dlint.context import moby
from dlint.syntax.words import (
    BLANK,
    SPACE,
    Flag,
    Word,
    join,
    json_words,
    plain_words,
    quoted_words,
    split_flags,
    trimmed,
    whole,
)
from dlint.text.lazy import lazy
from dlint.text.source import Mapped, Span
from dlint.text.units import quoted
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar

    from dlint.findings import Severity
    from dlint.text.source import Source

_KEYWORD = f"([^{BLANK}]*)(?:[{BLANK}][{SPACE}]*)?"
_FIRST_OF_TWO = f"([^{BLANK}]+)[{BLANK}]+"
_FIRST_WORD = f"[^{SPACE}]+"


class Directive(NamedTuple):
    """A parser directive (`syntax`, `escape` or `check`) at the file's top."""

    name: str
    value: str
    span: Span


class Comment(NamedTuple):
    """A comment line; `text` comes without `#` and outer blanks, `inside`: amid a continued
    instruction.
    """

    text: str
    line: int
    span: Span
    inside: bool


class Problem(NamedTuple):
    """What is wrong with a file's syntax; error where BuildKit refuses the file, warning or info
    where it does not.
    """

    message: str
    span: Span
    severity: Severity


class Heredoc(NamedTuple):
    """A here-document. `body` is verbatim, its last line end included; `closing` the place of the
    closing name.

    Where the closing name is missing, `closed` is false and the body is the rest of the file.
    """

    name: str
    body: str
    expand: bool
    chomp: bool
    span: Span
    fd: int
    closing: Span
    closed: bool

    @property
    def content(self) -> Mapped:
        """The body as the build gets it: without leading tabs where it was opened by `<<-`."""
        if not self.chomp:
            return Mapped(self.body, (0,), (self.span.start,))
        pieces, at = [], self.span.start
        for line in self.body.split("\n"):
            text = line.lstrip("\t")
            pieces.append((f"{text}\n", at + len(line) - len(text)))
            at += len(line) + 1
        text, origin = pieces.pop()
        return join([*pieces, (text[:-1], origin)])


class Joined(NamedTuple):
    """An instruction as found in the text: its lines joined and trimmed, their numbers, where the
    last one ends.
    """

    text: Mapped
    line: int
    end_line: int
    end: int
    escape: str
    heredocs: tuple[Heredoc, ...]


class Pair(NamedTuple):
    """`name=value` of ENV, LABEL or ARG. The value is as written; None where an ARG has none.

    `separator` is `=`, a blank in the old form `ENV name value`, empty where there is no value.
    """

    name: str
    value: str | None
    span: Span
    separator: str
    value_span: Span | None


MOUNT_TYPES = ("bind", "cache", "tmpfs", "secret", "ssh")


class Mount(NamedTuple):
    """A `RUN --mount`: fields as written, BuildKit's defaults for `type` and `readonly`; `span` is
    the flag's.
    """

    type: str
    target: str | None
    source: str | None
    from_: str | None
    id: str | None
    sharing: str | None
    readonly: bool
    required: bool
    span: Span

    @property
    def shows_context(self) -> bool:
        """Whether it shows files of the build context."""
        return self.type == "bind" and not self.from_

    @property
    def shows_whole_context(self) -> bool:
        """Whether it shows the root of the build context."""
        return self.shows_context and not (self.source or "").strip("./")


class Instruction:
    """One instruction, from its keyword to the end of its last line, here-documents included.

    `line` and `end_line` count from 1, `index` counts the file's instructions from 0; `name` is the
    keyword in upper case.
    """

    takes_json: ClassVar[bool] = False

    def __init__(self, name: str, index: int, joined: Joined, value_at: int) -> None:
        """Take the joined line, where its value begins at `value_at`."""
        self.name = name
        self.index = index
        self.line = joined.line
        self.end_line = joined.end_line
        self.escape = joined.escape
        self.heredocs = joined.heredocs
        self._joined = joined
        self._text = joined.text
        self._value_at = value_at

    @lazy
    def span(self) -> Span:
        """Reach from the keyword's first character to the last line's last."""
        return Span(self._text.offset(0), self._joined.end)

    @lazy
    def keyword(self) -> Word:
        """Return the keyword as written."""
        text = split_keyword(self._text.text)[0]
        return Word(text, self._text.span(0, len(text)))

    @lazy
    def value(self) -> Mapped:
        """Return all after the keyword, continuations joined, comments left out."""
        return self._text.slice(self._value_at, len(self._text.text))

    @property
    def texts(self) -> tuple[str, ...]:
        """All that it says: the value, and the bodies of its here-documents."""
        return (self.value.text, *(heredoc.body for heredoc in self.heredocs))

    @lazy
    def _has_flags(self) -> bool:
        return self._text.text.startswith("--", self._value_at)

    @lazy
    def _flags_and_rest(self) -> tuple[tuple[Flag, ...], Mapped]:
        return split_flags(self.value, self.escape)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The leading `--name[=value]` words."""
        return self._flags_and_rest[0] if self._has_flags else ()

    @property
    def rest(self) -> Mapped:
        """The value after the flags."""
        return self._flags_and_rest[1] if self._has_flags else self.value

    @lazy
    def _json_words(self) -> tuple[Word, ...] | None:
        return json_words(self.rest) if self.takes_json else None

    @property
    def json(self) -> tuple[str, ...] | None:
        """The strings of the exec form, None in shell form."""
        words = self._json_words
        return None if words is None else tuple(word.text for word in words)

    @lazy
    def words(self) -> tuple[Word, ...]:
        """Return BuildKit's arguments: the exec form's strings, or the words that the instruction's
        own rule gives.
        """
        return self._split(self.rest) if self._json_words is None else self._json_words

    def _split(self, rest: Mapped) -> tuple[Word, ...]:
        return whole(rest)

    def flag(self, name: str) -> str | None:
        """Value of the last flag called `name`; empty where it has none, None where there is no
        such flag.
        """
        values = self.flag_values(name) if self._has_flags else ()
        return values[-1] if values else None

    def flag_values(self, name: str) -> tuple[str, ...]:
        """Values of all flags called `name`."""
        return tuple(flag.value or "" for flag in self.flags if flag.name == name)

    @property
    def from_names(self) -> tuple[str, ...]:
        """The stages and images that a COPY's `--from`, or a RUN's mounts, name, as written."""
        return ()

    @property
    def one_line(self) -> str:
        """Keyword and value on one line, for people."""
        return f"{self.name} {' '.join(self.value.text.split())}"

    @property
    def quoted(self) -> str:
        """Keyword and value in backticks, shortened, for messages."""
        return quoted(self.one_line)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.line}: {self.value.text!r})"


class Unknown(Instruction):
    """An instruction that BuildKit does not know."""


class Maintainer(Instruction):
    """`MAINTAINER name`."""


class Stopsignal(Instruction):
    """`STOPSIGNAL signal`."""


class User(Instruction):
    """`USER name[:group]`."""


class Workdir(Instruction):
    """`WORKDIR path`."""


class Cmd(Instruction):
    """`CMD`, in exec or shell form."""

    takes_json = True


class Entrypoint(Instruction):
    """`ENTRYPOINT`, in exec or shell form."""

    takes_json = True


class Shell(Instruction):
    """`SHELL ["executable", "parameters"]`."""

    takes_json = True


class Expose(Instruction):
    """`EXPOSE port…`."""

    def _split(self, rest: Mapped) -> tuple[Word, ...]:
        return plain_words(rest)


class Volume(Instruction):
    """`VOLUME path…`, or a JSON array."""

    takes_json = True

    def _split(self, rest: Mapped) -> tuple[Word, ...]:
        return plain_words(rest)


class From(Instruction):
    """`FROM [--platform=…] image [AS name]`."""

    def _split(self, rest: Mapped) -> tuple[Word, ...]:
        return plain_words(rest)

    @property
    def image(self) -> Word | None:
        """The base as written, variables kept."""
        return self.words[0] if self.words else None

    @property
    def alias(self) -> Word | None:
        """The stage's name as written; BuildKit compares it in lower case."""
        words = self.words
        return words[2] if len(words) == 3 and words[1].text.lower() == "as" else None  # noqa: PLR2004  image AS name

    @lazy
    def platform(self) -> str | None:
        """Return `--platform` as written."""
        return self.flag("platform")


class Paired(Instruction):
    """ENV, LABEL and ARG: words of the form `name=value`."""

    def _split(self, rest: Mapped) -> tuple[Word, ...]:
        return quoted_words(rest, self.escape)

    @lazy
    def pairs(self) -> tuple[Pair, ...]:
        """Return names and values, in order; a word without `=` has no value."""
        return tuple(map(self._pair, self.words))

    def _pair(self, word: Word) -> Pair:
        name, separator, value = word.text.partition("=")
        if not separator:
            return Pair(name, None, word.span, "", None)
        start, end = word.span
        if end - start == len(word.text):
            return Pair(name, value, word.span, "=", Span(start + len(name) + 1, end))
        at = self.rest.find(start) + len(name) + 1
        return Pair(name, value, word.span, "=", self.rest.span(at, at + len(value)))


class Arg(Paired):
    """`ARG name[=default]…`."""


class Assigned(Paired):
    """ENV and LABEL, which also have an old form with a blank for the `=`."""

    @property
    def old_form(self) -> bool:
        """Whether this is `name value`, one name whose value is the rest of the line."""
        return bool(self.words) and "=" not in self.words[0].text

    @lazy
    def pairs(self) -> tuple[Pair, ...]:
        """Return names and values, in order."""
        if not self.old_form:
            return super().pairs
        rest = self.rest
        match = re.match(_FIRST_OF_TWO, rest.text)
        if match is None:
            return (Pair(rest.text, None, rest.span(0, len(rest.text)), "", None),)
        value = rest.slice(match.end(), len(rest.text))
        return (
            Pair(
                match[1],
                value.text,
                rest.span(0, len(rest.text)),
                " ",
                value.span(0, len(value.text)),
            ),
        )


class Env(Assigned):
    """`ENV name=value…`, or the old form `ENV name value`."""


class Label(Assigned):
    """`LABEL name=value…`, or the old form `LABEL name value`."""


class Transfer(Instruction):
    """COPY and ADD."""

    takes_json = True

    def _split(self, rest: Mapped) -> tuple[Word, ...]:
        return plain_words(rest)

    @lazy
    def sources(self) -> tuple[Word, ...]:
        """Return what is copied; here-documents are in `heredocs`."""
        words = self.words[:-1]
        if not self.heredocs:
            return words
        return tuple(
            word for word in words if "<<" not in word.text or moby.heredoc(word.text) is None
        )

    @property
    def destination(self) -> Word | None:
        """The last word, where there are two or more."""
        return self.words[-1] if len(self.words) > 1 else None

    @lazy
    def from_(self) -> str | None:
        """Return `--from`: a stage, an image or a named context."""
        return self.flag("from")

    @lazy
    def takes_whole_context(self) -> bool:
        """Tell whether it takes the context's root, so that hardly a commit leaves it as it was."""
        if isinstance(self, Copy) and self.from_:
            return False
        return any(
            word.text.strip("\"'").rstrip("/") in {"", ".", "*", "./*", "./."}
            for word in self.sources
        )

    @property
    def chown(self) -> str | None:
        """`--chown`."""
        return self.flag("chown")

    @property
    def chmod(self) -> str | None:
        """`--chmod`."""
        return self.flag("chmod")

    @property
    def link(self) -> bool:
        """`--link`."""
        return self._is_set("link")

    @property
    def parents(self) -> bool:
        """`--parents`."""
        return self._is_set("parents")

    @property
    def excludes(self) -> tuple[str, ...]:
        """`--exclude` patterns."""
        return self.flag_values("exclude")

    def _is_set(self, name: str) -> bool:
        value = self.flag(name)
        return value is not None and value.lower() in {"", "true"}


class Copy(Transfer):
    """`COPY source… destination`."""

    @property
    def from_names(self) -> tuple[str, ...]:
        """The stage or image that it takes from, if it is not the context."""
        return (self.from_,) if self.from_ else ()


class Add(Transfer):
    """`ADD source… destination`; sources may be URLs, archives, repositories."""

    @property
    def checksum(self) -> str | None:
        """`--checksum`."""
        return self.flag("checksum")


class Run(Instruction):
    """`RUN`, in shell or exec form, with or without here-documents."""

    takes_json = True

    @lazy
    def script(self) -> Mapped:
        """Return what the shell is given; empty in exec form.

        `RUN <<EOF` runs the body alone; any other here-document is written out after the line, as
        the shell reads it.
        """
        rest = self.rest
        if self.json is not None:
            return rest.slice(0, 0)
        if not self.heredocs:
            return rest
        if self._is_body:
            return self.heredocs[0].content
        pieces = [
            (rest.text[start:end], origin)
            for start, end, origin in zip(
                rest.starts, (*rest.starts[1:], len(rest.text)), rest.origins, strict=True
            )
        ]
        for heredoc in self.heredocs:
            pieces.append((f"\n{heredoc.body}", heredoc.span.start - 1))
            pieces.append((heredoc.name if heredoc.closed else "", heredoc.closing.start))
        return join(pieces)

    @property
    def _is_body(self) -> bool:
        return bool(self.heredocs) and moby.heredoc(self.rest.text) is not None

    @property
    def shebang(self) -> str | None:
        """First line of a here-document that names its own interpreter (`#!/usr/bin/python3`): no
        shell reads it.
        """
        if self._is_body and self.script.text.startswith("#!"):
            return self.script.text.partition("\n")[0].rstrip()
        return None

    @lazy
    def mounts(self) -> tuple[Mount, ...]:
        """Read the `--mount` flags, in order."""
        return tuple(_mount(flag) for flag in self.flags if flag.name == "mount")

    @property
    def from_names(self) -> tuple[str, ...]:
        """The stages and images that its mounts show."""
        return tuple(mount.from_ for mount in self.mounts if mount.from_)

    @property
    def network(self) -> str | None:
        """`--network`."""
        return self.flag("network")

    @property
    def security(self) -> str | None:
        """`--security`."""
        return self.flag("security")


_MOUNT_KEYS = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly"}
_TRUE = {"1", "t", "true"}  # Go's strconv.ParseBool, in lower case


def mount_fields(flag: Flag) -> list[tuple[str, str | None]]:
    """Return the fields of a `--mount` in order, keys in lower case and in their long form."""
    fields = []
    for field in _csv(flag.value or ""):
        key, has_value, value = field.partition("=")
        key = key.lower()
        fields.append((_MOUNT_KEYS.get(key, key), value if has_value else None))
    return fields


def _csv(text: str) -> list[str]:
    if '"' not in text:
        return text.split(",")
    import csv

    try:
        return next(csv.reader([text]), [])
    except csv.Error:  # a carriage return, or a field of more than 128 kB
        return text.split(",")


def _mount(flag: Flag) -> Mount:
    fields = dict(mount_fields(flag))
    kind = (fields.get("type") or "bind").lower()
    readonly = kind not in {"cache", "tmpfs"}
    for key, value in fields.items():
        if key == "readonly":
            readonly = value is None or value.lower() in _TRUE
        elif key in {"rw", "readwrite"}:
            readonly = not (value is None or value.lower() in _TRUE)
    required = "required" in fields and (
        fields["required"] is None or fields["required"].lower() in _TRUE
    )
    return Mount(
        kind,
        fields.get("target"),
        fields.get("source"),
        fields.get("from"),
        fields.get("id"),
        fields.get("sharing"),
        readonly,
        required,
        flag.span,
    )


class Healthcheck(Instruction):
    """`HEALTHCHECK [flags] CMD command`, or `HEALTHCHECK NONE`."""

    takes_json = True

    @lazy
    def _type_and_command(self) -> tuple[Mapped, Mapped]:
        rest = self.rest
        match = re.match(_FIRST_WORD, rest.text)
        end = match.end() if match else 0
        return rest.slice(0, end), trimmed(rest.slice(end, len(rest.text)))

    @property
    def kind(self) -> str:
        """`CMD` or `NONE`, in upper case; empty where nothing is given."""
        return self._type_and_command[0].text.upper()

    @property
    def command(self) -> Mapped:
        """All after the kind."""
        return self._type_and_command[1]

    @lazy
    def _json_words(self) -> tuple[Word, ...] | None:
        return json_words(self.command)

    @lazy
    def words(self) -> tuple[Word, ...]:
        """Return the kind, then the command: the exec form's strings, or all of it as one word."""
        command = whole(self.command) if self._json_words is None else self._json_words
        return (*whole(self._type_and_command[0]), *command)


class Onbuild(Instruction):
    """`ONBUILD instruction`."""

    @lazy
    def inner(self) -> Instruction | None:
        """Return the instruction that a build on top of this image runs; None where there is
        none.
        """
        rest = self.rest
        if not rest.text:
            return None
        keyword, value_at = split_keyword(rest.text)
        return make(upper(keyword), self._joined._replace(text=rest), value_at, self.index)


KINDS: dict[str, type[Instruction]] = {
    kind.__name__.upper(): kind
    for kind in (
        Add,
        Arg,
        Cmd,
        Copy,
        Entrypoint,
        Env,
        Expose,
        From,
        Healthcheck,
        Label,
        Maintainer,
        Onbuild,
        Run,
        Shell,
        Stopsignal,
        User,
        Volume,
        Workdir,
    )
}


def upper(keyword: str) -> str:
    """Return the keyword in upper case; a letter such as U+017F, whose upper case is S, does not
    make a keyword.
    """
    return keyword.upper() if keyword.isascii() else keyword


def split_keyword(text: str) -> tuple[str, int]:
    """Return the keyword of an instruction's joined line, and where its value begins."""
    match = re.match(_KEYWORD, text)
    return (match[1], match.end()) if match else ("", 0)


def make(name: str, joined: Joined, value_at: int, index: int) -> Instruction:
    """Return the instruction of the class that `name`, the keyword in upper case, stands for."""
    kind = KINDS.get(name)
    if kind is None:
        return Unknown(split_keyword(joined.text.text)[0].upper(), index, joined, value_at)
    return kind(name, index, joined, value_at)


class Dockerfile:
    """A parsed file. Instructions and comments come in line order, problems by place; directives
    are no comments.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what a file consists of
        self,
        source: Source,
        escape: str,
        directives: tuple[Directive, ...],
        instructions: tuple[Instruction, ...],
        comments: Sequence[tuple[str, int, bool]],
        problems: Sequence[Problem],
    ) -> None:
        """Take what the parser read: comments as text, line and whether inside; the problems of the
        text itself.
        """
        self.source = source
        self.escape = escape
        self.directives = directives
        self.instructions = instructions
        self._comments = comments
        self._problems = problems

    @lazy
    def comments(self) -> tuple[Comment, ...]:
        """Return the comment lines."""
        return tuple(
            Comment(text.strip(), line, self._comment_span(line), inside)
            for text, line, inside in self._comments
        )

    def _comment_span(self, line: int) -> Span:
        start, end = self.source.line_span(line)
        text = self.source.text[start:end]
        return Span(start + text.index("#"), start + len(text.rstrip("\r\n")))

    def remarks_on(self, instruction: Instruction) -> str:
        """Return the comments right above an instruction and inside of it, a line each."""
        own = range(instruction.line, instruction.end_line + 1)
        found = {each.line: each.text for each in self.comments}
        first = instruction.line
        while first - 1 in found:
            first -= 1
        return "\n".join(found[line] for line in (*range(first, own.start), *own) if line in found)

    @lazy
    def _end_lines(self) -> list[int]:
        return [instruction.end_line for instruction in self.instructions]

    def instruction_from(self, line: int) -> Instruction | None:
        """Return the instruction that a line is in, or else the next one; None past the last."""
        at = bisect_left(self._end_lines, line)
        return self.instructions[at] if at < len(self.instructions) else None

    def instruction_at(self, line: int) -> Instruction | None:
        """Return the instruction that a line is in; None where it is in none."""
        found = self.instruction_from(line)
        return found if found is not None and found.line <= line else None

    def refuses(self, instruction: Instruction) -> bool:
        """Tell whether the builder refuses the file for something in `instruction`."""
        start, end = instruction.span
        return any(start <= error.span.start < end for error in self.errors)

    @lazy
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the file's text and with its instructions."""
        from dlint.syntax.problems import problems_of

        return tuple(
            sorted((*self._problems, *problems_of(self)), key=lambda problem: problem.span)
        )

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Those of the problems for which the builder refuses the file."""
        from dlint.findings import Severity

        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def first_error(self) -> str | None:
        """The first of them with its line, `line 3: …`; None where the builder takes the file."""
        return next(
            (f"line {self.source.line(each.span.start)}: {each.message}" for each in self.errors),
            None,
        )

    @property
    def span(self) -> Span:
        """All of the file."""
        return Span(0, len(self.source.text))
