"""Files of Go that a build leaves out of its programs: tests, and those that ask for a tag which it
does not give (https://pkg.go.dev/cmd/go#hdr-Build_constraints).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.facts.portable import before_pattern, taken_of_images
from dlint.model.build import UNKNOWN_WORKDIR
from dlint.reads.arrivals import arrivals
from dlint.syntax import Run, Transfer
from dlint.text.paths import within
from dlint.text.patterns import VARIABLE, regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dlint.facts.portable import Taken
    from dlint.model import Build
    from dlint.model.build import Step
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


class _Compiling(NamedTuple):
    """The numbers of the last of some RUNs that compiles, and of the last that may read anything,
    -1 for none; the tags that all together give, None where they are not known.
    """

    compiled: int
    other: int
    tags: frozenset[str] | None

    def leaves_out(self, asked: Collection[str]) -> bool:
        """Tell whether no program has a file that asks for these tags."""
        return _TEST in asked or (self.tags is not None and not self.tags.issuperset(asked))


def uncompiled(build: Build, takers: Sequence[Keyed], paths: Iterable[str]) -> frozenset[str]:
    """Return those of some paths of the context that are in no program: after each step that takes
    them nothing but Go reads them, which leaves them out, and no image gets them.
    """
    asking = {path: asked for path in paths if (asked := _asked_by(build, path))}
    left = set(asking)
    for keyed in takers if asking else ():
        taken = {path: asking[path] for path in left.intersection(keyed.inputs)}
        if taken:
            left -= taken.keys() - _left_out(build, keyed, taken)
    return frozenset(left)


def _left_out(build: Build, keyed: Keyed, taken: Mapping[str, Collection[str]]) -> set[str]:
    """Return those of the files that a step takes, which ask for tags, that nothing but Go reads
    after it, which leaves them out.
    """
    stage, instruction = keyed.step.stage, keyed.step.instruction
    if isinstance(instruction, Run):
        compiling = _compiling(build, [instruction])
    else:
        compiling = build.fact_of(_compiling_on, stage)
    is_alone = compiling.other < instruction.index <= compiling.compiled
    if build.shipped(stage) or not is_alone:
        return set()
    left = {path for path, asked in taken.items() if compiling.leaves_out(asked)}
    if isinstance(instruction, Transfer):
        left -= _handed_on(build, keyed.step, instruction, left)
    return left


def _handed_on(
    build: Build, step: Step, transfer: Transfer, paths: Collection[str]
) -> frozenset[str]:
    """Return those of the files that a step copies that other stages may take from there."""
    arrival = build.fact(arrivals).of(step, transfer)
    files = arrival.files.items() if arrival else ()
    places = {source: place for place, source in files if source in paths}
    taken = build.fact(taken_of_images).get(step.stage.outermost.index, ())
    return frozenset(path for path in paths if _is_taken(places.get(path), taken))


def _is_taken(place: str | None, taken: Iterable[Taken]) -> bool:
    """Tell whether other stages may take what is at a place, which may not be known."""
    if place is None or place.startswith(UNKNOWN_WORKDIR):
        return True
    return any(each.source is None or within(place, before_pattern(each.source)) for each in taken)


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


def _compiling_on(build: Build, stage: Stage) -> _Compiling:
    """Return what the RUNs of a stage, and of those on top of it, compile: a fact of the stage."""
    return _compiling(build, build.runs_after(stage, stage.from_))


def _compiling(build: Build, runs: Iterable[Run]) -> _Compiling:
    scripts = [(run, build.script(run)) for run in runs]
    others = [
        run.index
        for run, script in scripts
        if not (script.parsed and all(map(_is_harmless, script.commands)))
    ]
    compiling = [
        (run, each) for run, script in scripts for each in script.commands if each.name in _GO
    ]
    given = [_given_by(build, run, each) for run, each in compiling]
    known = [each for each in given if each is not None]
    return _Compiling(
        compiled=max((run.index for run, _ in compiling), default=-1),
        other=max(others, default=-1),
        tags=frozenset().union(*known) if len(known) == len(given) else None,
    )


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
    names, recipes = VARIABLE.findall(text), build.recipes
    own = recipes.builds_of(build.path) if recipes else ()
    pushing = [each for each in own if each.delivery.pushes]
    return bool(names) and (
        not pushing or any(each.may_pass(name) for each in pushing for name in names)
    )
