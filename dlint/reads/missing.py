"""What a build needs of its context that the repository has not, so that it fails in each clone.

To be sure of that takes more than a path that is not there: what starts the build may make it, and
the context may be another one. A commit that deleted the file tells. So does a lock file, which no
build makes, where the same `COPY` finds the manifest and no folder around has the lock file.
"""

from __future__ import annotations

import posixpath
import re

from dlint.model.scope import join
from dlint.project.purpose import is_example, is_template
from dlint.reads.arrivals import INTERPRETERS, arrivals
from dlint.syntax import Run, Transfer
from dlint.text.paths import above, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.model.build import Build, Step
    from dlint.shell import Command
    from dlint.syntax import Instruction

_LOCK = regex(r"[\w-]+\.lockb?|(?:package-lock|npm-shrinkwrap)\.json|pnpm-lock\.yaml|go\.sum")
_PROGRAM = regex(r"[./]*+\w[\w./-]*\.(?:go|js|mjs|php|pl|py|rb|sh)")
_SETS_UP = frozenset(("cd", "export", "set"))


class Missing(NamedTuple):
    """A path of the context that `instruction` needs and that the repository has not: a commit
    `deleted` it, or it never was there.
    """

    instruction: Instruction
    path: str
    deleted: bool


def missing_sources(build: Build) -> tuple[Missing, ...]:
    """Return what each build of a clone misses, nothing being seen to make it; a fact."""
    needed = [*build.fact(arrivals).absent(), *_started(build)]
    wanted = dict(sorted(needed, key=lambda each: -each[1].index))  # by who needs it first
    lost = _lost(build, wanted) if wanted else []
    gone = _deleted(build, lost) if lost else frozenset[str]()
    return tuple(
        Missing(wanted[path], path, path in gone)
        for path in reversed(lost)
        if path in gone or _is_lock_that_nobody_has(build, wanted[path], path)
    )


def _lost(build: Build, wanted: Mapping[str, Instruction]) -> list[str]:
    """Return those of some paths that git neither tracks nor ignores, and no recipe mentions: a
    program by its path, for many are called `main.go`.
    """
    repository = build.repository
    tracked = repository.tracked() if repository else None
    if repository is None or tracked is None:
        return []
    ignored = repository.ignored(wanted)
    return [
        path
        for path, instruction in wanted.items()
        if path not in ignored and not any(within(each, path) for each in tracked)
        if not _is_mentioned(
            build, path if isinstance(instruction, Run) else path.rpartition("/")[2]
        )
    ]


def _is_mentioned(build: Build, name: str) -> bool:
    return build.recipes_mention(re.compile(re.escape(name)))


def _deleted(build: Build, paths: list[str]) -> frozenset[str]:
    """Return those of some paths that a commit deleted, where this is the context for sure."""
    repository = build.repository
    if repository is None or build.fact(arrivals).doubtful:
        return frozenset()
    return repository.deleted(paths)


def _is_lock_that_nobody_has(build: Build, instruction: Instruction, path: str) -> bool:
    """Tell whether a COPY that finds what else it names misses a lock file, in a Dockerfile that no
    recipe builds and that is nobody's pattern.
    """
    recipes, own = build.recipes, build.path
    if not isinstance(instruction, Transfer) or not _LOCK.fullmatch(posixpath.basename(path)):
        return False
    if recipes is None or recipes.builds_of(own) or recipes.hidden_of(own):
        return False
    if build.is_data or is_example(own) or is_template(own):
        return False
    named = build.fact(arrivals).paths(instruction)
    has_rest = any(each in build.context.entries for each in named)
    around = ("", *above(own))
    return has_rest and not any(recipes.read(posixpath.join(each, path)) for each in around)


def _started(build: Build) -> Iterator[tuple[str, Run]]:
    """Yield the programs of the context that the first RUN after a COPY of all of it begins with,
    and that are not there: nothing before can have made them.
    """
    for stage in filter(build.live, build.stages):
        folder: str | None = None
        for step in build.steps(stage):
            match step.instruction:
                case Transfer() as transfer:
                    arrival = build.fact(arrivals).of(step, transfer)
                    is_all = arrival is not None and arrival.whole and arrival.known
                    folder = arrival.destination if arrival and is_all else None
                case Run() as run:
                    if folder is not None and not run.mounts:
                        yield from ((path, run) for path in _absent(build, step, run, folder))
                    folder = None


def _absent(build: Build, step: Step, run: Run, folder: str) -> Iterator[str]:
    """Yield the paths of the context that a RUN begins with, seen from what is copied to `folder`,
    and that the context has not.
    """
    commands = (each for each in build.script(run).commands if each.name not in _SETS_UP)
    first = next(commands, None)
    if first is None or not first.certain:
        return
    here = join(step.state.workdir, first.cwd or ".") if first.cwd is not None else None
    for text in filter(_PROGRAM.fullmatch, _programs(first)):
        path = join(here, text)
        if path is not None and within(path, folder):
            inside = posixpath.relpath(path, folder)
            if inside not in build.context.entries and not build.context.ignored(inside):
                yield inside


def _programs(command: Command) -> list[str]:
    """Return what a command may name as programs that it compiles or runs."""
    if command.name == "go" and command.raw_args[:1] in {("build",), ("install",)}:
        return [each for each in command.forms if each.endswith(".go")]
    return command.forms[:1] if command.name in INTERPRETERS else []
