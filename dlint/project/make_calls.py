"""Which commands a workflow's `make TARGET` runs: those of the Makefile's recipe, read as if they
stood in the step.

Only a recipe that pushes an image is read so, or one that builds what the step itself pushes:
whatever else make builds, people build as well.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.project.purpose import PUSHES
from dlint.project.recipe_targets import Call, Rule, alone, commands_for, text_of, within
from dlint.text.patterns import filled_once, regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from re import Match

NAMES = ("GNUmakefile", "makefile", "Makefile")  # the first that is there is read
_CALL = regex(r"(?m)^[ \t]*+make[ \t]++([^\n;&|#]++)$")
_RULE = regex(r"([\w./-]++(?:[ \t]++[\w./-]++)*+)[ \t]*+::?(?![=:])([^\n#;]*+)")
_SETS = regex(r"(?m)^(?:export[ \t]++)?(\w++)[ \t]*+[:?]{0,2}=[ \t]*+[^\n]*+$")
_PREFIXES = "@-+ \t"
# How a recipe calls make, in another folder, too.
_ITSELF = regex(
    r"(?:cd[ \t]++(?P<folder>[\w./-]++)[ \t]*+(?:&&|;)[ \t]*+)?"
    r"(?P<make>\$[({]MAKE[)}]|make)[ \t]++(?P<words>[^\n;&|#]++)"
)
_IN = regex(r"(?:^|(?<=[ \t]))(?:-C[ \t]*+|--directory[= \t])(?P<folder>[\w./-]++)(?=[ \t]|$)")
# Options that change nothing of what is run.
_SILENT = regex(
    r"(?:^|(?<=[ \t]))(?:-[ks]|-j\d*+|--no-print-directory|--quiet|--silent)(?=[ \t]|$)"
)
_MOST = 20  # calls of make in other folders: Makefiles may call each other
_TAGGED = regex(r"(?:[ \t]-t|--tag)[ \t=]++[\"']?([^\s\"']++)")
_WORDS = regex(r"[\w./-]++")
# What repeats a text for each of some words, with functions and variables in it.
_FOREACH = regex(r"\$\(foreach[ \t]++\w++,(?:[^(),]|\(\w+\))*+,((?:[^()]|\(\w+\))*+)\)")


def with_recipes(
    run: str,
    base: str,
    makefiles: Mapping[str, str],
    then: Callable[[str, str], str] | None = None,
    seen: set[str] | None = None,
) -> str:
    """Return the commands of a step that runs in `base`, with those of the recipes that it makes
    in the place of `make`; `then` tells what commands start in turn that run in a folder, and
    `seen` are the calls that are not read again.
    """
    if not (makefiles and "make" in run):
        return run
    beside = _CALL.sub("", run)

    def read(call: Match[str]) -> str:
        folder, words = _place(call[1])
        there = posixpath.normpath(posixpath.join(base, folder))
        file = _Makefile(there, makefiles)
        return _recipe(file, words, beside, _Around(folder, there, then)) or call[0]

    return filled_once(_CALL, read, run, seen)


class _Around(NamedTuple):
    """Where make is called: in a `folder` below that of the commands, which is `base` as it is seen
    from the root, and what tells which commands start others.
    """

    folder: str
    base: str
    then: Callable[[str, str], str] | None

    def place(self, commands: str) -> str:
        """Return commands of the folder as they are seen from outside; "" where one enters another
        there.
        """
        if not self.folder:
            return commands
        lines = [within(self.folder, each) for each in commands.split("\n") if each.strip()]
        return "\n".join(lines) if all(lines) else ""


def _place(words: str) -> tuple[str, str]:
    """Return the folder that words for make say, "" where they say none, and the other words."""
    words = _SILENT.sub("", words)
    folders = _IN.findall(words)
    return (folders[0], _IN.sub("", words)) if len(folders) == 1 else ("", words)


def _recipe(file: _Makefile, words: str, beside: str, around: _Around) -> str:
    """Return what Make runs for the words of a call; "" where neither that pushes, nor what the
    step runs beside it, or it is not known: an option that says where, a line that enters a folder
    behind another command.
    """
    calls = _calls(words)
    if not calls:
        return ""
    first = [Call(each.target) for each in calls]  # whose variables are set for all of them
    lines = list(file.lines(first))
    given = calls[0].given
    names = {each.partition("=")[0] for each in given}
    if not (lines and all(lines)) or _differ(file.read):
        return ""
    told = "\n".join(lines)
    told = around.then(told, around.base) if around.then else told
    values = [line for each in file.read for line in each.values if line[1] not in names]
    sets = list(dict.fromkeys(line[0] for line in values))
    if not any(map(PUSHES.search, told.split("\n"))):
        if not _pushes_what_is_built(told, "\n".join([*sets, *given]), beside):
            return ""
        told = _written_out(told, sets, beside)
    told = around.place(told)
    return "\n".join([*_quiet(sets), *given, told]) if told else ""


def _differ(files: Iterable[_Makefile]) -> bool:
    """Tell whether Makefiles of several folders set a variable to different values."""
    found: dict[str, set[str]] = {}
    for each in files:
        own: dict[str, set[str]] = {}
        for line in each.values:
            own.setdefault(line[1], set()).add(line[0])
        if any(found.setdefault(name, told) != told for name, told in own.items()):
            return True
    return False


def _quiet(values: Iterable[str]) -> list[str]:
    """Return the values that are no commands which build."""
    return [each for each in values if "build" not in each.partition("=")[2]]


def _pushes_what_is_built(recipe: str, values: str, beside: str) -> bool:
    """Tell whether commands beside a recipe push an image that it builds: they name it, at least
    without its account, which a function of the shell may add.
    """
    if not PUSHES.search(beside):
        return False
    from dlint.project.commands import assigned, filled

    known, words = assigned(values), _WORDS.findall(beside)
    tags = (tag for each in _TAGGED.findall(recipe) for tag in filled(each, known))
    names = {posixpath.basename(each).partition(":")[0] for each in tags}
    return not names.isdisjoint(posixpath.basename(each) for each in words)


def _written_out(recipe: str, values: Sequence[str], beside: str) -> str:
    """Return a recipe with what its loops repeat, and without the variables that the Makefile sets
    to nothing: those that the step itself may set stay.
    """
    recipe = _FOREACH.sub(r"\1", recipe)
    empty = (_SETS.match(each) for each in values if each.rstrip().endswith("="))
    for name in (each[1] for each in empty if each):
        if name not in beside:
            recipe = recipe.replace(f"$({name})", "")
    return recipe


def _calls(words: str) -> list[Call]:
    """Return the targets that words for make call, with the variables that they set; none where an
    option may say where they are, or it is not known which they are.
    """
    given = tuple(each for each in words.split() if "=" in each)
    targets = [each for each in words.split() if "=" not in each]
    is_known = not any(each.startswith("-") or "$" in each for each in targets)
    return [Call(each, given) for each in targets] if is_known else []


class _Makefile:
    """The Makefile of a folder, and what its recipes call in others. `read` are all of them, as
    often as they are called.
    """

    def __init__(
        self, base: str, makefiles: Mapping[str, str], read: list[_Makefile] | None = None
    ) -> None:
        """Read the Makefile of the folder `base`, where there is one."""
        self._base = base
        self._makefiles = makefiles
        self._text = text_of(base, NAMES, makefiles).replace("\\\n", " ")
        self.read = [] if read is None else read
        self.read.append(self)

    @property
    def values(self) -> list[Match[str]]:
        """What sets its variables, a line each, by their names."""
        return [*_SETS.finditer(self._text)]

    def lines(self, calls: Iterable[Call]) -> Iterator[str]:
        """Yield the commands for some targets and for what these depend on: what another call of
        make is given counts in its commands alone.
        """
        rules = _rules(self._text)
        yield from commands_for(
            calls,
            lambda call: (self._given(each, call.given) for each in rules.get(call.target, ())),
        )

    def _given(self, rule: Rule, given: tuple[str, ...]) -> Rule:
        """Return a rule where it is called with some variables: it may call make itself."""
        calls = [each._replace(given=given) for each in rule.needs]
        lines: list[str] = []
        for line in (_filled_in(each, given) for each in rule.commands if each):
            found = _ITSELF.fullmatch(line)
            folder, words = _place(found["words"]) if found else ("", "")
            folder = posixpath.join(found["folder"] or "", folder) if found else ""
            if folder:
                lines += self._in_folder(folder, _calls(words)) or [line]
            else:
                calls += _calls(words)
                lines.append(line.replace("make", "$(MAKE)", 1) if found else alone(line))
        return Rule(calls, lines)

    def _in_folder(self, folder: str, calls: Iterable[Call]) -> list[str]:
        """Return the commands that a call of make in another folder runs; one is empty where it is
        not known where it is run.
        """
        if len(self.read) > _MOST:
            return []
        there = posixpath.normpath(posixpath.join(self._base, folder))
        other = _Makefile(there, self._makefiles, self.read)
        folder = posixpath.normpath(folder)
        return [within(folder, each) for each in other.lines(calls)]


def _filled_in(line: str, given: Iterable[str]) -> str:
    for name, _, value in (each.partition("=") for each in given):
        line = line.replace(f"$({name})", value).replace(f"${{{name}}}", value)
    return line


def _rules(text: str) -> Mapping[str, Sequence[Rule]]:
    """Return the rules for each target of a Makefile; a condition ends the one that it is in."""
    found: dict[str, list[Rule]] = {}
    commands: list[str] = []
    for line in text.split("\n"):
        rule = _RULE.match(line)
        if rule:
            commands = []
            needs = [Call(each) for each in rule[2].split()]
            for target in rule[1].split():
                found.setdefault(target, []).append(Rule(needs, commands))
        elif line.startswith("\t"):
            commands.append(line.lstrip(_PREFIXES).replace("$$", "$"))
        elif line.strip() and not line.startswith("#"):
            commands = []
    return found
