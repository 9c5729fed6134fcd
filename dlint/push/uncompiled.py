"""Files of Go that a build leaves out of its programs: tests, and those that ask for a tag which it
does not give (https://pkg.go.dev/cmd/go#hdr-Build_constraints).
"""

from __future__ import annotations

import posixpath
from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.model.stages import find_stage
from dlint.reads.arrivals import arrivals
from dlint.syntax import Copy, Run, Transfer
from dlint.text.patterns import VARIABLE, regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from dlint.model import Build
    from dlint.model.keys import Keyed
    from dlint.model.stages import Stage
    from dlint.shell.script import Command

_GO, _VERBS = frozenset(("go", "xx-go")), frozenset(("build", "env", "mod", "version"))
# What makes no program of the source, beside Go.
_BESIDE = frozenset(
    """
    : [ apk apt apt-get cat cd chmod date echo exit export git ls mkdir printf pwd set test true
    update-ca-certificates upx xx-apk xx-apt xx-verify
    """.split()
)
_TEST, _MARK = "_test.go", "//go:build"
_CONSTRAINT = regex(rf"(?m)^{_MARK}[ \t]+([^\n|]+)$")
_PACKAGE = regex(r"(?m)^package ")
_TAG, _TAGS = regex(r"[A-Za-z_]\w*+"), regex(r"--?tags(?:=(.*))?")
# Tags that the machine or Go itself gives, or may.
_GIVEN = regex(r"linux|unix|cgo|gc|gccgo|go\d*|amd64|arm|arm64|386|\w+64\w*|race|boringcrypto")
_FLAGS = "GOFLAGS"  # options that come from the environment
_MOST_BYTES = 1 << 20  # of one file
_GLOB = regex(r"[*?\[$]")


class _Reader(NamedTuple):
    """What reads the files of one step: Go alone, with these tags, None where they are not known.
    `places` are where files stand that may be copied on, by their paths in the context.
    """

    tags: frozenset[str] | None
    places: Mapping[str, str]

    def leaves_out(self, path: str, asked: Collection[str], handed_on: Collection[str]) -> bool:
        """Tell whether Go compiles no file that asks for these tags, and nobody copies it on."""
        is_left = _TEST in asked or (self.tags is not None and not self.tags.issuperset(asked))
        return is_left and not _is_handed_on(self.places.get(path, ""), handed_on)


def uncompiled(build: Build, takers: Sequence[Keyed], paths: Iterable[str]) -> frozenset[str]:
    """Return those of some paths of the context that are in no program: after each step that takes
    them nothing but Go reads them, which leaves them out, and no image gets them.
    """
    asking = {path: asked for path in paths if (asked := _asked_by(build, path))}
    if not asking:
        return frozenset()
    left, handed_on = set(asking), build.fact(_handed_on)
    for keyed in takers:
        taken = left.intersection(keyed.inputs)
        reader = _reader(build, keyed, taken) if taken else None
        told = handed_on.get(keyed.step.stage.outermost.index, frozenset())
        left -= taken
        left |= {path for path in taken if reader and reader.leaves_out(path, asking[path], told)}
    return frozenset(left)


def _asked_by(build: Build, path: str) -> frozenset[str]:
    """Return the tags that a file of Go asks for, of those that only a build can give; a test asks
    for what none gives.
    """
    entry = build.context.entries.get(path) if path.endswith(".go") else None
    if entry is None or entry.kind != "file" or entry.size > _MOST_BYTES:
        return frozenset()
    if path.endswith(_TEST):
        return frozenset((_TEST,))
    try:
        text = build.context.read(path).decode("utf-8", "replace")
    except DlintError:
        return frozenset()
    found = _CONSTRAINT.search(_PACKAGE.split(text, maxsplit=1)[0]) if _MARK in text else None
    parts = [each.strip() for each in found[1].split("&&")] if found else []
    return frozenset(each for each in parts if _TAG.fullmatch(each) and not _GIVEN.fullmatch(each))


def _reader(build: Build, keyed: Keyed, taken: Collection[str]) -> _Reader | None:
    """Return what reads the files that a step takes; None where that may be anything."""
    stage, instruction = keyed.step.stage, keyed.step.instruction
    places = None if build.shipped(stage) else _places(build, keyed, taken)
    if places is None:
        return None
    if isinstance(instruction, Run):
        found = _compiling(build, [instruction])
    else:
        found = build.fact_of(_compiling_on, stage)
    is_alone = found.other < instruction.index <= found.compiled
    return _Reader(found.tags, places) if is_alone else None


class _Compiling(NamedTuple):
    """The numbers of the last of some RUNs that compiles, and of the last that may read anything,
    -1 for none; the tags that all together give, None where they are not known.
    """

    compiled: int
    other: int
    tags: frozenset[str] | None


def _compiling_on(build: Build, stage: Stage) -> _Compiling:
    """Return what the RUNs of a stage, and of those on top of it, compile: a fact of the stage."""
    return _compiling(build, build.runs_after(stage, stage.from_))


def _compiling(build: Build, runs: Iterable[Run]) -> _Compiling:
    compiled = other = -1
    tags: set[str] | None = set()
    for run in runs:
        script = build.script(run)
        if not script.parsed or not all(map(_is_harmless, script.commands)):
            other = run.index
        for command in script.commands:
            if command.name in _GO:
                compiled = run.index
                told = _given_by(build, run, command)
                tags = None if tags is None or told is None else tags | told
    return _Compiling(compiled, other, None if tags is None else frozenset(tags))


def _places(build: Build, keyed: Keyed, taken: Collection[str]) -> dict[str, str] | None:
    """Return where a step puts files of the context, none for a mount; None where that is not
    known.
    """
    instruction = keyed.step.instruction
    if not isinstance(instruction, Transfer):
        return {}
    arrival = build.fact(arrivals).of(keyed.step, instruction)
    files = arrival.files.items() if arrival else ()
    places = {source: place for place, source in files if source in taken}
    return places if places.keys() == set(taken) else None


def _is_harmless(command: Command) -> bool:
    if command.name in _GO:
        return next(iter(command.forms), "") in _VERBS
    return command.name in _BESIDE


def _given_by(build: Build, run: Run, command: Command) -> set[str] | None:
    """Return the tags that the options of a command give; None where they are not known."""
    if _FLAGS in command.assignments or _FLAGS in build.state(run).environment:
        return None
    found: set[str] = set()
    for word, after in pairwise((*command.args, None)):
        option = _TAGS.fullmatch(word.form) if word else None
        if option is None:
            continue
        value = after if option[1] is None else word
        if value is None or value.text is None or _may_be_passed(build, value.raw):
            return None
        told = value.text if option[1] is None else option[1]
        found.update(told.replace(",", " ").split())
    return found


def _may_be_passed(build: Build, text: str) -> bool:
    """Tell whether what pushes the image passes a variable of a text, or somebody does whom nobody
    sees.
    """
    names = VARIABLE.findall(text)
    recipes = build.recipes
    if not names or recipes is None:
        return bool(names)
    pushing = {each.path for each in recipes.builds_of(build.path) if each.delivery.pushes}
    given = (each for name in names for each in recipes.arguments_of(name) if each.given)
    return not pushing or any(each.path in pushing for each in given)


def _handed_on(build: Build) -> dict[int, frozenset[str]]:
    """Return what other stages take of those on each image, by the number of the first of them: a
    fact. What is not known is "/".
    """
    found: dict[int, set[str]] = {}
    for stage in filter(build.live, build.stages):
        for instruction in stage.instructions:
            for name in instruction.from_names:
                told = build.expand(instruction, name)
                origin = find_stage(build.stages, told, stage.index) if told else None
                if origin is not None:
                    places = found.setdefault(origin.outermost.index, set())
                    places.update(_sources(build, instruction))
    return {number: frozenset(places) for number, places in found.items()}


def _sources(build: Build, instruction: object) -> Iterator[str]:
    if not isinstance(instruction, Copy):  # a mount shows all
        yield "/"
        return
    for word in instruction.sources:
        text = build.expand(instruction, word.text) or "$"
        known = _GLOB.split(text, maxsplit=1)
        path = known[0] if len(known) == 1 else posixpath.dirname(f"/{known[0]}")
        yield posixpath.normpath(f"/{path.strip('/')}")


def _is_handed_on(place: str, taken: Collection[str]) -> bool:
    """Tell whether some paths hold a place of a stage; none of a mount is left in one."""
    if not place or "/" in taken:
        return bool(place)
    if place.startswith(UNKNOWN_WORKDIR):
        return True
    while place != "/" and place not in taken:
        place = posixpath.dirname(place)
    return place in taken
