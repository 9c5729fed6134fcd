"""What `make TARGET` installs, where the recipe in the context's Makefile does nothing else."""

from __future__ import annotations

import posixpath
import re
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.model.scope import join
from dlint.text.patterns import regex
from dlint.text.source import Mapped
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlint.model.build import Build, Step
    from dlint.shell import Command, Effects, Install, Place
    from dlint.shell.arguments import Arguments
    from dlint.syntax import Run

_NAMES = ("GNUmakefile", "makefile", "Makefile")  # in the order in which GNU make looks for them
_VALUES = frozenset(["-C", "-f", "-I", "-W", "-o", "--directory", "--file", "--makefile"])
_DEEPEST = 8  # targets that need targets
_LARGEST = 1 << 18  # bytes; what people write is smaller
_LONGEST = 1 << 12  # characters of a value, which may be made of others that are as long
_ASSIGNMENT = regex(r"(?:export\s+)?([\w.-]+)\s*([?+:]{0,3}=)\s*([^#\n]*)")
_RULE = regex(r"([^\s:=#][^:=]*)::?(?!=)([^;#]*)(?:;(.*))?")
_CONDITION = regex(r" *(?:ifn?def|ifn?eq|else|endif)\b")  # which may stand within a recipe
_INCLUDE = regex(r"include\s+([^\s#]+)")
_VARIABLE = regex(r"\$[({]([\w.-]+)[)}]")
_OF_ITSELF = regex(r"make\s+([\w.-]+)")
_STARTS_VARIABLE = regex(r"(?:\A|[;&|(`])\s{0,9}\$")  # a program that a variable names
_STAMPS = frozenset(["touch", "mkdir"])  # a recipe says by them that it has been run


# A line that builds with Go in a folder of its own.
_GO_BELOW = regex(
    r"cd[ \t]+(?:\./)?(\w[\w./-]{0,200}?)/?[ \t]*(?:;|&&)"
    r"[^\n]*\bgo[ \t]+(?:build|install|mod|test|run)\b"
)


class _Rule(NamedTuple):
    needs: list[str]
    recipe: list[str]


class Makefile:
    """The rules of a Makefile and its variables, as far as they are plain text; conditions are
    taken as if all of them held.
    """

    def __init__(self, text: str, given: Mapping[str, str] = MappingProxyType({})) -> None:
        """Read `text`; the variables that are `given` on the command line stay as they are."""
        self.rules: dict[str, _Rule] = {}
        self._given = given
        self.text = text
        self.has_conditions = False
        self.variables = {"MAKE": "make", **given}
        self.included: list[str] = []
        self.first = ""
        current: list[_Rule] = []
        for line in re.sub(r"\\\n[ \t]*", " ", text).split("\n"):
            if line.startswith("\t"):
                for rule in current:
                    rule.recipe.append(line.strip())
            elif _CONDITION.match(line):
                self.has_conditions = True
            elif line.strip():
                current = self._head(line)

    def _head(self, line: str) -> list[_Rule]:
        """Take what stands outside of recipes; return the rules whose recipe follows."""
        if match := _ASSIGNMENT.match(line):
            self._assign(*match.groups())
        elif match := _INCLUDE.match(line):
            self.included.append(self.expanded(match[1]))
        elif match := _RULE.match(line):
            return self._rules(*match.groups(""))
        return []

    def _assign(self, name: str, sign: str, value: str) -> None:
        before, value = self.variables.get(name), self.expanded(value.strip())
        if sign == "+=":
            value = f"{before or ''} {value}"
        is_free = name not in self._given and (sign != "?=" or before is None)
        if is_free and len(value) <= _LONGEST:
            self.variables[name] = value

    def _rules(self, targets: str, needs: str, recipe: str) -> list[_Rule]:
        names = self.expanded(targets).split()
        if not self.first:
            self.first = next((name for name in names if not name.startswith(".")), "")
        found = [self.rules.setdefault(name, _Rule([], [])) for name in names]
        for rule in found:
            rule.needs.extend(self.expanded(needs).replace("|", " ").split())
            rule.recipe.extend([recipe.strip()] if recipe else [])
        return found

    def expanded(self, text: str) -> str:
        """Return a text with the variables that are known."""
        return _VARIABLE.sub(lambda found: self.variables.get(found[1], found[0]), text)

    def recipe(self, target: str) -> Iterator[str]:
        """Yield the commands that a target runs, those of what it needs first; as make does, each
        target once.
        """
        yield from self._recipe(target, set())

    def _recipe(self, target: str, made: set[str], depth: int = 0) -> Iterator[str]:
        rule = self.rules.get(target)
        if rule is None or depth > _DEEPEST or target in made:
            return
        made.add(target)
        for needed in rule.needs:
            yield from self._recipe(needed, made, depth + 1)
        for line in rule.recipe:
            command = self.expanded(line.lstrip("@-+ \t")).replace("$$", "$")
            again = _OF_ITSELF.fullmatch(command)
            if again is not None and again[1] in self.rules:
                yield from self._recipe(again[1], made, depth + 1)
            else:
                yield command

    def files(self, target: str) -> Iterator[str]:
        """Yield the files that a target needs and no rule makes, and those that are included."""
        yield from self.included
        yield from self._files(target, set())

    def _files(self, target: str, made: set[str], depth: int = 0) -> Iterator[str]:
        rule = self.rules.get(target)
        if rule is None or depth > _DEEPEST or target in made:
            return
        made.add(target)
        for needed in rule.needs:
            if needed in self.rules:
                yield from self._files(needed, made, depth + 1)
            else:
                yield needed


def folder_of_go(text: str, command: Command) -> str | None:
    """Return the one folder below its own in which all that a `make` builds with Go is; None where
    it names none, or several. `text` is that of the Makefile.
    """
    words = [word.form for word in command.args]
    made = Makefile(text)
    targets = [word for word in words if word in made.rules] or [made.first]
    lines = [line for target in targets for line in made.recipe(target)]
    found = {match[1] for line in lines if (match := _GO_BELOW.match(line))}
    return found.pop() if len(found) == 1 else None


class _Call(NamedTuple):
    """A `make` as it is called: its Makefile, where that stands, the folder and the targets."""

    makefile: Makefile
    path: str
    folder: str
    targets: list[str]

    @property
    def lines(self) -> Iterator[str]:
        """The lines of the recipes that it runs."""
        return chain.from_iterable(map(self.makefile.recipe, self.targets))


def made_by_make(
    build: Build, step: Step, command: Command, places: Mapping[str, str]
) -> list[Install]:
    """Return what a `make` installs, each as an install of that command; none where it may do
    anything else. `places` are the context's files by where they stand in the image.
    """
    call = _call(build, step, command, places)
    if call is None:
        return []
    found: list[Install] = []
    for line in call.lines:
        installs = installed_by(step, line, call.folder)
        if installs is None:
            return []
        found += installs
    read = _manifests(found, call)
    return [each._replace(command=command, span=command.span, manifests=read) for each in found]


def installed_by_make(
    build: Build, step: Step, command: Command, places: Mapping[str, str]
) -> Iterator[Install]:
    """Yield the installs that a `make` runs, whatever else it does; `places` as for
    `made_by_make`.
    """
    from dlint.shell.effects import Install

    call = _call(build, step, command, places)
    if call is None:
        return
    for line in call.lines:
        yield from _effects(step, line, call.folder).of(Install)


def surely_run_by_make(
    build: Build, step: Step, command: Command, places: Mapping[str, str]
) -> tuple[Effects, str] | None:
    """Return what the recipes that a `make` runs do, one after the other, and the text of its
    Makefile; None where a condition or another file decides what they do. `places` as for
    `made_by_make`.
    """
    from dlint.shell.judge import effects
    from dlint.shell.reader import read_script

    call = _call(build, step, command, places)
    if call is None or call.makefile.included or call.makefile.has_conditions:
        return None
    state = step.state
    script = read_script(Mapped("\n".join(call.lines)), "sh", state.values)
    done = effects(
        script,
        user=command.user or state.user or "root",
        home=state.values.get("HOME"),
        env=state.known_environment,
        workdir=call.folder,
    )
    return (done, call.makefile.text) if done.known else None


def _call(build: Build, step: Step, command: Command, places: Mapping[str, str]) -> _Call | None:
    """Return how a command calls make, where its Makefile came from the context."""
    from dlint.shell.arguments import arguments

    given = arguments(command.args, _VALUES)
    folder = _folder(step, command, given)
    path = _makefile(folder, given, places)
    operands = [word.form for word in given.operands]
    settings = dict(each.split("=", 1) for each in operands if "=" in each)
    makefile = _read(build, places[path], settings) if path else None
    if makefile is None or path is None or folder is None:
        return None
    targets = [each for each in operands if "=" not in each]
    return _Call(makefile, path, folder, targets or [makefile.first])


def with_recipes(build: Build, step: Step, run: Run, places: Mapping[str, str]) -> str:
    """Return the text of a step's RUN, in which the commands that each `make` runs stand in its
    place; as it is where one of them is not told. `places` as for `made_by_make`.
    """
    script, lines = build.script(run), list[str]()
    if not script.parsed or all(each.name != "make" for each in script.commands):
        return run.value.text
    for command in script.commands:
        words = " ".join(word.raw for word in (command.word, *command.args))
        call = _call(build, step, command, places) if command.name == "make" else None
        told = [words] if call is None else _told(call)
        if told is None:
            return run.value.text
        lines += told
    return "\n".join(lines)


def _told(call: _Call) -> list[str] | None:
    """Return the commands that a `make` runs; None where a variable or another file decides."""
    is_known = all(target in call.makefile.rules for target in call.targets)
    lines = [line for target in call.targets for line in call.makefile.recipe(target)]
    if not is_known or call.makefile.included or any(map(_STARTS_VARIABLE.search, lines)):
        return None
    return lines


def _manifests(found: Sequence[Install], call: _Call) -> tuple[Place, ...]:
    """Return what all installs of a recipe read, with what make itself does: one runs with the
    others.
    """
    from dlint.shell.effects import Place

    names = [name for target in call.targets for name in call.makefile.files(target)]
    read = [call.path, *(posixpath.join(call.folder, name) for name in names)]
    own = [place for each in found for place in each.manifests]
    return tuple(dict.fromkeys([*own, *(Place(path, path) for path in read)]))


def _folder(step: Step, command: Command, given: Arguments) -> str | None:
    """Return the folder that a make works in."""
    here = None if command.cwd is None else join(step.state.workdir, command.cwd or ".")
    named = given.value("-C", "--directory")
    return here if named is None else join(here, named.text)


def _makefile(folder: str | None, given: Arguments, places: Mapping[str, str]) -> str | None:
    """Return where the Makefile stands that a make reads, if it came from the context."""
    named = given.value("-f", "--file", "--makefile")
    names = _NAMES if named is None else (named.form,)
    paths = (join(folder, name) for name in names)
    return next((path for path in paths if path in places), None)


def _read(build: Build, path: str, given: Mapping[str, str]) -> Makefile | None:
    try:
        data = build.context.read(path)
    except DlintError:
        return None
    return Makefile(data.decode("utf-8", "replace"), given) if len(data) <= _LARGEST else None


def installed_by(step: Step, line: str, folder: str) -> list[Install] | None:
    """Return what a line of a recipe or a script installs; None where it may do anything else."""
    from dlint.shell.effects import CacheLeft, Clean, Install, Refresh

    effects = _effects(step, line, folder)
    rest = [each for each in effects.items if each.command.name not in _STAMPS]
    if not effects.known or not all(
        isinstance(each, Install | Refresh | Clean | CacheLeft) for each in rest
    ):
        return None
    return list(effects.of(Install))


def _effects(step: Step, line: str, folder: str) -> Effects:
    from dlint.shell.judge import effects
    from dlint.shell.reader import read_script

    values = step.state.values
    script = read_script(Mapped(line), "sh", values)
    return effects(script, user=step.state.user or "root", home=values.get("HOME"), workdir=folder)
