"""Docker's own word lexer and .dockerignore matcher; the only importer of e2b_dockerfile_utils,
loaded when needed.
"""

from __future__ import annotations

import posixpath
import re
import warnings
from functools import partial
from itertools import chain

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from e2b_dockerfile_utils import DockerfileHeredoc

_WILD = regex(r"[*?\[\\]")
_STARS = regex(r"\*\*?")  # each is a loop of the regular expression that stands for a pattern
_BETWEEN = regex(r"[*?/]+")  # `**/` may stand for nothing
# Stars, and folders, that are the same as the ones behind them: each would be a loop of its own.
_ROWS = regex(r"\*\*(?=\*{4})|\*\*/(?=\*\*/\*\*/)")
# Variables and nothing else that the lexer, which takes each character by itself, knows of.
_NAME = regex(r"\$(?:([A-Za-z_]\w*+)|\{([A-Za-z_]\w*+)\})")
_NAMES_ALONE = regex(r"(?:[^$'\"<\\`]|\$[A-Za-z_]\w*+|\$\{[A-Za-z_]\w*+\})*+")
_MENTION = regex(r"\$\{?(\w+)")
_PATTERN = regex(r"\$\{\w+([#%/])")
# What an expression that backtracks may have to share a path among; `**/*.egg-info/**` has as many.
_MAX_STARS = 3
_MAX_LENGTH = 1 << 15  # of all values in one word; two thousand instructions may each have one
_MAX_STEPS = 10**8  # measured: a second at most; no file of a corpus of 5,522 comes near


class HeredocMark(NamedTuple):
    """What opens a here-document: `3<<-"EOF"` has `fd` 3, is chomped (leading tabs go) and does not
    expand.
    """

    name: str
    expand: bool
    chomp: bool
    fd: int


def expand(
    text: str, variables: Mapping[str, str], escape: str = "\\", *, keep_unset: bool = False
) -> str:
    """Return `text` as BuildKit reads a word: variables expanded, quotes and escapes removed.

    Variables that are not in `variables` become empty, or stay as written with `keep_unset`. Raises
    ValueError on an unclosed quote or brace, an unknown modifier, and `${x:?message}` where x is
    unset.
    """
    if _is_plain(text, escape):
        return text
    _refuse_costly(text, variables)
    simple = _with_names_alone(text, escape)
    if simple is not None:
        return _NAME.sub(partial(_value, variables, keep_unset=keep_unset), simple)
    from e2b_dockerfile_utils import ShellLex

    return ShellLex(escape, env=variables, skip_unset_env=keep_unset).process_word(text)


def split(text: str, variables: Mapping[str, str], escape: str = "\\") -> list[str]:
    """Return `text` as BuildKit reads several words: expanded, then split at white space outside
    quotes.

    Raises ValueError as `expand` does.
    """
    from e2b_dockerfile_utils import ShellLex

    _refuse_costly(text, variables)
    return ShellLex(escape, env=variables, skip_unset_env=False).process_words(text)


def _value(variables: Mapping[str, str], name: re.Match[str], *, keep_unset: bool) -> str:
    return variables.get(name[1] or name[2], name[0] if keep_unset else "")


def _is_plain(text: str, escape: str) -> bool:
    return "$" not in text and "'" not in text and '"' not in text and escape not in text


def _with_names_alone(text: str, escape: str) -> str | None:
    """Return a word without the quotes around all of it, if it has nothing else to be read than
    names of variables, as nearly all words; None for others.
    """
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    is_simple = text.isascii() and escape not in text and _NAMES_ALONE.fullmatch(bare)
    return bare if is_simple else None


def _refuse_costly(text: str, variables: Mapping[str, str]) -> None:
    """Raise ValueError where a hostile file could make the lexer run for hours or fill the memory.

    `ENV b=$a$a`, `ENV c=$b$b` and so on double at each step; in `${name#pattern}` the matching
    backtracks at each `*`.
    """
    if "$" not in text:
        return
    values = [variables.get(name, "") for name in _MENTION.findall(text)]
    if sum(map(len, values)) > _MAX_LENGTH:
        raise ValueError(f"{text} becomes longer than {_MAX_LENGTH} characters")
    if operators := _PATTERN.findall(text):
        texts = [text, *values]
        exponent = sum(each.count("*") for each in texts) + (2 if "/" in operators else 1)
        if max(map(len, texts)) ** exponent > _MAX_STEPS:
            raise ValueError(f"the pattern in {text} is too costly to match")


class _Everything(dict[str, str]):
    """An environment where every variable is set, that notes what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, _default: object = None) -> str:
        """Note `key`."""
        self.asked.add(key)
        return "x"


def references(text: str, escape: str = "\\") -> frozenset[str]:
    """Return the names of the variables that `text` mentions, also within `${x:-$y}`; none where it
    is malformed.
    """
    if "$" not in text:
        return frozenset()
    simple = _with_names_alone(text, escape)
    if simple is not None:
        return frozenset(name[1] or name[2] for name in _NAME.finditer(simple))
    from e2b_dockerfile_utils import ShellLex

    everything = _Everything()
    try:
        ShellLex(escape, env=everything).process_word(text)
    except ValueError:
        return frozenset()
    return frozenset(everything.asked)


def fault(text: str, escape: str = "\\") -> str:
    """Return why BuildKit cannot read the word `text` whatever its variables hold; empty where it
    can.
    """
    if _is_plain(text, escape):
        return ""
    from e2b_dockerfile_utils import ShellLex

    try:
        ShellLex(escape, env=_Everything()).process_word(text)
    except ValueError as error:
        return str(error).removeprefix(f"failed to process {text!r}: ")
    return ""


def heredoc(word: str) -> HeredocMark | None:
    """Read one word as the opening of a here-document; None where it is something else."""
    if "<<" not in word:
        return None
    from e2b_dockerfile_utils import parse_heredoc

    try:
        return _mark(parse_heredoc(word))
    except ValueError:
        return None


def heredocs(line: str) -> tuple[HeredocMark, ...]:
    """Return the here-documents that a joined instruction line opens, in order.

    Raises ValueError where a name's own quotes do not close; a line that cannot be lexed opens
    none.
    """
    from e2b_dockerfile_utils import ShellLex, parse_heredoc

    try:
        # BuildKit looks for here-documents with a backslash as escape, whatever the file's own.
        words = ShellLex("\\", raw_quotes=True, raw_escapes=True).process_words(line)
    except ValueError:
        return ()
    return tuple(mark for word in words if (mark := _mark(parse_heredoc(word))))


def _mark(found: DockerfileHeredoc | None) -> HeredocMark | None:
    return (
        HeredocMark(found.name, found.expand, found.chomp, found.file_descriptor) if found else None
    )


class Match(NamedTuple):
    """How the patterns fall on one path.

    `by` is the index of the pattern that last changed the outcome, None where none did; `marks`
    tell for each pattern whether it matches the path or a folder above it, as far as the builder
    looks.
    """

    excluded: bool
    by: int | None
    marks: tuple[bool, ...]


class Patterns:
    """The patterns of a .dockerignore file."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read `lines`, comments and blank lines among them. Raises ValueError that names a bad
        pattern.
        """
        from e2b_dockerfile_utils import PatternMatcher

        from dlint.context.stepwise import stepwise

        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", FutureWarning
            )  # of `[[`, which is no matter of the user's
            self._matcher = PatternMatcher(
                [pattern for line in lines if (pattern := _cleaned(line))]
            )
        self.patterns: tuple[str, ...] = tuple(self._matcher.patterns)
        # A walk asks for each path once and knows what held for its folder; the matcher's own
        # methods would begin at the root each time, which takes five times as long.
        self._negated = [rule.exclusion for rule in self._matcher._patterns]  # noqa: SLF001  as above
        self._unmarked = Match(excluded=False, by=None, marks=(False,) * len(self._negated))
        self._wild: dict[str, tuple[Callable[[str], bool], list[int]]] = {}  # by their text
        self._plain: dict[str, list[int]] = {}
        for index, rule in enumerate(self._matcher._patterns):  # noqa: SLF001  as above
            text = self.patterns[index].removeprefix("!")
            if _WILD.search(text):
                if len(_STARS.findall(text)) > _MAX_STARS:
                    rule.match = _if_it_holds(_words(text), stepwise(text))
                self._wild.setdefault(text, (rule.match, []))[1].append(index)
            else:
                self._plain.setdefault(text, []).append(index)

    def match(self, path: str, parent: Match | None = None) -> Match:
        """Return how the patterns fall on `path`, whose folder's outcome is `parent` (None at the
        root).
        """
        inherited = parent or self._unmarked
        hits = frozenset(self.matching(path))
        if not hits:
            return inherited
        excluded, by, marks = False, None, []
        for index, (negated, mark) in enumerate(zip(self._negated, inherited.marks, strict=True)):
            looked = mark or (negated == excluded and index in hits)
            if looked and negated == excluded:
                excluded, by = not negated, index
            marks.append(looked)
        return Match(excluded, by, tuple(marks))

    def matching(self, path: str) -> list[int]:
        """Return the indexes of the patterns that match `path` itself, whatever the others say and
        `!` or not.
        """
        wild = (indexes for matches, indexes in self._wild.values() if matches(path))
        return sorted((*chain.from_iterable(wild), *self._plain.get(path, [])))

    def excludes(self, path: str) -> bool:
        """Whether `path`, relative to the context and split by `/`, is left out; the last pattern
        that matches wins.
        """
        return self._matcher.matches(path)

    def may_reinclude_under(self, directory: str) -> bool:
        """Whether a `!` pattern could match below `directory`, so that it must be walked though
        excluded.
        """
        return self._matcher.may_match_under(directory)


def _words(pattern: str) -> frozenset[str]:
    """Return what a path holds that a pattern matches; nothing where characters are escaped."""
    escaped = "[" in pattern or "\\" in pattern
    return frozenset() if escaped else frozenset(_BETWEEN.split(pattern)) - {""}


def _if_it_holds(words: frozenset[str], matches: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return what steps through a path only where it holds all words: steps are slow."""
    return lambda path: all(word in path for word in words) and matches(path)


def _cleaned(line: str) -> str:
    """Normalise a line in the two steps of the builder: once as read, once more with its `!`."""
    if line.startswith("#"):
        return ""
    pattern = line.strip()
    negated = pattern.startswith("!")
    pattern = pattern.removeprefix("!").strip()
    if pattern:
        pattern = _clean(pattern)
        if len(pattern) > 1:
            pattern = pattern.removeprefix("/")
    pattern = f"!{pattern}" if negated else pattern
    # A `#` that is not the line's first character begins no comment; PatternMatcher would take it
    # for one.
    pattern = _ROWS.sub("", _clean(pattern)) if pattern else ""
    return " " * pattern.startswith("#") + pattern


def _clean(path: str) -> str:
    """Go's filepath.Clean; posixpath keeps two leading slashes, Go does not."""
    return posixpath.normpath(re.sub("/+", "/", path))
