"""`Build`: a Dockerfile with its context and options, and what follows from the three."""

from __future__ import annotations

import os
import posixpath
from bisect import bisect_right
from functools import partial
from itertools import islice, takewhile

from dlint.context.base import GIT_HEAD
from dlint.errors import DlintError
from dlint.images.reference import context_name
from dlint.model.bases import lacking_in, variables_of, workdir_of
from dlint.model.profiles import PROFILES
from dlint.model.scope import DEFAULT_SHELL, State, after, join
from dlint.model.stages import SCRATCH, Stage, find_stage, reachable, read_stages
from dlint.model.tree import STANDARD
from dlint.project.purpose import (
    are_said_to_be_for_tests,
    is_aside,
    is_example,
    is_for_cross,
    is_for_development,
    is_for_tests,
    is_no_product,
    is_said_to_stay,
    is_tagged_as_local,
    is_test_data,
    is_vendored,
)
from dlint.syntax import Add, Arg, Env, Onbuild, Run, Transfer
from dlint.text.lazy import lazy
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple
from dlint.typed import TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, Self

    from dlint.bytes.copying import Selection
    from dlint.context import BuildContext
    from dlint.context.git import Repository
    from dlint.images.recorded import RecordedImage
    from dlint.model.commits import History
    from dlint.packages import Asker
    from dlint.project.builds import Built
    from dlint.project.names import Given
    from dlint.project.pushed_platforms import PushedPlatforms
    from dlint.project.recipes import Argument, Pushing, Recipes
    from dlint.shell import Command, Effects
    from dlint.shell.reader import Budget
    from dlint.shell.script import Script
    from dlint.syntax import Dockerfile, Instruction
    from dlint.syntax.instructions import Pair

T = TypeVar("T")

# Stands for the working directory of a base that nobody has looked into, and for any other place
# that is not known.
UNKNOWN_WORKDIR = "/?"
WINDOWS_SHELL = ("cmd", "/S", "/C")
_WINDOWS = ("windows", "nanoserver", "servercore")
_DRIVE = regex(
    r"""(?im)^[^\S\n]*+(?:WORKDIR\s++["']?|(?:CMD|ENTRYPOINT)\s++\[?\s*+["']?)[a-z]:[\\/]"""
)
_OF_PLATFORMS = ("BUILD", "TARGET")  # which the builder sets, for each platform
BUILDERS = ("buildkit", "docker", "classic", "buildah")
CACHES = ("warm", "imported", "cold", "no-cache")
# What managers are told for later, and Debian's setting that has apt keep nothing.
_CONFIGURES = regex(r"config|docker-clean")
_TOLD_BUILD = regex(r"\b(?:docker|podman)(?: buildx| image)? build\b")
IF_CACHED = "with a build cache "
_IF_ALL_CACHED = "with a build cache of `mode=max` "


class BaseState(NamedTuple):
    """What is known of a base that the repository builds itself: its variables, and what else its
    Dockerfile sets in the end.
    """

    values: tuple[tuple[str, str], ...] = ()
    workdir: str | None = None
    user: str | None = None
    shell: tuple[str, ...] | None = None


class Options(NamedTuple):
    """How the image is built.

    `targets` names stages that the repository builds besides the target (Compose, Bake, CI files).
    `persistent` tells whether the builder keeps its cache mounts between builds; a fresh CI runner
    does not. `passed` holds the build arguments that the repository's files pass, with the values
    as they write them (`${{ github.sha }}`). `recorded` is what is known of an image that a build
    before has made, `packages` whom sizes are asked of that no table tells. `contexts` are the
    names that stand for contexts which the caller gives (`--build-context`), in place of images;
    `given` tells of those that are other images of the repository, or of its files.
    `bases` tells of the images that the repository builds itself, by their names in FROM.
    `pushed` names the targets that all which is known to push the image builds, in lower case: one
    of them is the target where none is told.
    """

    build_args: Mapping[str, str] = {}
    target: str | None = None
    platform: str = "linux/amd64"
    builder: str = "buildkit"
    cache: str = "warm"
    targets: frozenset[str] = frozenset()
    persistent: bool = False
    passed: Mapping[str, tuple[str, ...]] = {}
    recorded: RecordedImage | None = None
    packages: Asker | None = None
    contexts: frozenset[str] = frozenset()
    given: Mapping[str, Given | None] = {}
    bases: Mapping[str, BaseState] = {}
    pushed: frozenset[str] = frozenset()


class Step(NamedTuple):
    """An instruction as a stage runs it: triggers of the base's ONBUILD stand behind the FROM."""

    stage: Stage
    instruction: Instruction
    state: State  # before the instruction

    def destination(self, workdir: str | None = None) -> str | None:
        """Return where a COPY or ADD writes to, absolute, seen from `workdir` where only the base
        knows the working directory; None where that is not known, and for other instructions.
        """
        word = self.instruction.destination if isinstance(self.instruction, Transfer) else None
        if word is None:
            return None
        return self.state.resolve(self.state.expand(word.text, self.instruction.escape), workdir)

    def works_in(self, command: Command) -> str:
        """Return the folder in which a command of a RUN works: one below `/?` where only the base
        knows the working directory, and that of the step where the command's own is not known.
        """
        return join(self.state.workdir or UNKNOWN_WORKDIR, command.cwd or ".") or UNKNOWN_WORKDIR


_NOWHERE = State({})
MOST_INSTRUCTIONS = 2_000  # the longest of 5,522 public Dockerfiles has 507


class NoStageError(DlintError):
    """The target is no stage of the file."""


class Build:
    """The model that rules see, read-only; every fact is computed once and by need.

    Raises DlintError where `options.target` names no stage, and for more instructions than anybody
    writes.
    """

    def __init__(
        self,
        dockerfile: Dockerfile,
        context: BuildContext,
        options: Options | None = None,
        recipes: Recipes | None = None,
    ) -> None:
        """Model the build of `dockerfile` in `context`; `recipes` are the repository's own words on
        its builds.
        """
        self.dockerfile = dockerfile
        self.context = context
        self.recipes = recipes
        self.read_beside: Callable[[str], str] | None = recipes.read if recipes else None
        self.options = options or Options()
        _require_bounded(dockerfile)
        self.stages = read_stages(dockerfile, self.options.build_args, self.options.platform)
        self._selections: dict[int, Selection | None] = {}
        self._scripts: dict[int, Script] = {}
        self._effects: dict[int, Effects] = {}
        self._configurers: dict[int, tuple[Step, ...]] = {}
        self._steps: dict[int, tuple[Step, ...]] = {}
        self._chains: dict[int, tuple[Step, ...]] = {}
        self._places: dict[int, dict[int, int]] = {}
        self._by_kind: dict[tuple[type, int], list[tuple[int, Run, Any]]] = {}
        self._facts: dict[object, Any] = {}
        self._known_folders: dict[int, frozenset[str]] = {}
        self.target = self._find_target()

    def in_context(self, context: BuildContext) -> Self:
        """Return the build of the same Dockerfile in another context; what the Dockerfile alone
        decides is shared.
        """
        from copy import copy

        other = copy(self)
        other.context = context
        other._selections = {}  # noqa: SLF001  another of its own kind
        other._facts = {}  # noqa: SLF001  as above
        return other

    def forget(self) -> None:
        """Let go of what was worked out, of which much holds this build in turn: of hundreds of
        builds, one after the other, that waited for Python to search for cycles.
        """
        self._facts.clear()
        self._selections.clear()
        self.context.kept.clear()

    def take_surroundings(self, other: Build) -> None:
        """Take over what the repository tells beside the Dockerfile and the files of the context:
        how often these change, what git knows of them, and who else builds the image. A commit's
        build tells none of it.
        """
        self.recipes = other.recipes
        self.context.kept["repository"] = other.repository
        self.context.kept["history"] = other.history

    def asking(self, packages: Asker) -> Self:
        """Return the same build, which asks somebody else what packages weigh."""
        other = self.in_context(self.context)
        other.options = self.options._replace(packages=packages)
        return other

    def with_arguments(self, values: Mapping[str, str]) -> Build:
        """Return the build with other values of some arguments."""
        options = self.options._replace(build_args={**self.options.build_args, **values})
        return Build(self.dockerfile, self.context, options, self.recipes)

    def fact(self, compute: Callable[[Self], T]) -> T:
        """Return `compute(self)`, worked out once: what several rules ask of a build."""
        try:
            found: T = self._facts[compute]
        except KeyError:
            found = self._facts[compute] = compute(self)
        return found

    def keep(self, key: object, compute: Callable[[], T]) -> T:
        """Return `compute()`, worked out once for a key, of which one part says what for: of what
        is asked only of some instructions.
        """
        try:
            found: T = self._facts[key]
        except KeyError:
            found = self._facts[key] = compute()
        return found

    def fact_of(self, compute: Callable[[Self, Stage], T], stage: Stage) -> T:
        """Return `compute(self, stage)`, worked out once for each stage."""
        key = compute, stage.index
        try:
            found: T = self._facts[key]
        except KeyError:
            found = self._facts[key] = compute(self, stage)
        return found

    def _find_target(self) -> Stage | None:
        wanted = self.options.target
        if wanted is None:
            return self._pushed_target() or (self.stages[-1] if self.stages else None)
        for stage in reversed(self.stages):
            if wanted.lower() == stage.name or wanted == str(stage.index):
                return stage
        names = ", ".join(stage.name for stage in self.stages if stage.name) or "none is named"
        raise NoStageError(
            f"{self.dockerfile.source.path}: no stage is called {wanted!r}",
            f"the stages of this file: {names}",
        )

    def _pushed_target(self) -> Stage | None:
        """Return the target that is pushed where all that pushes names one, the largest product of
        several; None for the last stage.
        """
        named = [stage for stage in self.stages if stage.name in self.options.pushed]
        products = [stage for stage in named if not is_no_product(stage.name or "")]

        def size(stage: Stage) -> int:
            return sum(len(each.instructions) for each in stage.ancestors())

        return max(products or named, key=lambda stage: (size(stage), stage.index), default=None)

    @property
    def named_target(self) -> str | None:
        """The target's name where somebody names it: it is not the last stage because of that, or
        one of several that are pushed.
        """
        if self.options.target is not None or self.target is None:
            return self.options.target
        is_one_of_several = len(self.options.pushed) > 1 or self._is_pushed_beside_others
        return self.target.name if is_one_of_several or self.target is not self.stages[-1] else None

    @property
    def _is_pushed_beside_others(self) -> bool:
        """Whether what pushes the image by its name most often pushes other targets, too."""
        pushing = self.recipes.regular_pushes(self.path) if self.recipes else ()
        named = {each.target.lower() for each in pushing}
        return self.target is not None and self.target.name in named and len(named) > 1

    @lazy
    def targets(self) -> tuple[Stage, ...]:
        """The stages somebody builds: the target, and those that the repository names elsewhere."""
        if self.options.target is not None or not self.target:
            return (self.target,) if self.target else ()
        if len(self.stages) == 1:
            return self.stages
        wanted = self.options.targets | (
            self.recipes.targets_of(self.path) if self.recipes else frozenset()
        )
        others = (stage for stage in self.stages if stage is not self.target)
        last = self.stages[-1]
        return (
            *(stage for stage in others if stage.name in wanted or stage is last),
            self.target,
        )

    @property
    def is_target_open(self) -> bool:
        """Whether the stages beside the target are no waste: somebody names the target each time,
        or a recipe builds whichever it is asked for.
        """
        if self.options.target is not None:
            return True
        return self.recipes is not None and self.recipes.builds_any_stage

    def is_asked_for(self, stage: Stage) -> bool:
        """Tell whether a stage that is no target is built for other images, or is one that the
        repository's documentation names.
        """
        recipes, name = self.recipes, stage.name
        return recipes is not None and name is not None and recipes.asks_for(self.path, name)

    @property
    def repository(self) -> Repository | None:
        """The git repository that holds the context; None where there is none, or the context is no
        folder.
        """
        found: Repository | None = self.context.keep(
            "repository", lambda: getattr(self.context, "repository", None)
        )
        return found

    @property
    def history(self) -> History | None:
        """What the last commits changed in the context; None without git or commits."""
        key = "history with git" if self._sends_git else "history"
        found: History | None = self.context.keep(key, self._read_history)
        return found

    def _read_history(self) -> History | None:
        if not self.repository:
            return None
        from dlint.model.commits import COMMITS, History

        changes, folder = self.repository.changes(COMMITS), self.repository.prefix
        return History(changes, folder, has_git=self._sends_git) if changes else None

    @lazy
    def _sends_git(self) -> bool:
        """Whether the builder gets git's own folder with the context."""
        return not self.is_fetched and GIT_HEAD in self.context.entries

    @lazy
    def passed(self) -> Mapping[str, tuple[str, ...]]:
        """The build arguments that configuration or the repository's recipes pass, with each value
        as it is written.
        """
        found: dict[str, tuple[str, ...]] = dict(self.options.passed)
        for argument in self.recipes.arguments if self.recipes else ():
            found[argument.name] = (*found.get(argument.name, ()), argument.value)
        return found

    def sources_of(self, name: str) -> Iterator[str]:
        """Yield the values that are passed as a build argument, and what they are worked out of."""
        yield from self.options.passed.get(name, ())
        for each in self.recipes.passed_to(self.path, name) if self.recipes else ():
            yield each.value
            yield each.source

    def passes_constants(self, name: str) -> bool:
        """Tell whether all that is passed as a build argument are values that a Bake or Compose
        file holds itself: another one is another image, and not another build of one.
        """
        found = self.recipes.arguments_of(name) if self.recipes else ()
        return name not in self.options.passed and all(each.fixed for each in found) and bool(found)

    def passes_anew(self, name: str) -> bool:
        """Tell whether a build of the repository's recipes is seen to pass something as a build
        argument that it does not write itself.
        """
        told = self.recipes.arguments_of(name) if self.recipes else ()
        return any(each.given and each.is_filled_in for each in told)

    def leaves_out(self, name: str) -> bool:
        """Tell whether the build that is modelled, of several that are pushed, is given no argument
        of a name: none is, or the one with the fewest is not.
        """
        if not self.passed.get(name):
            return True
        recipes = self.recipes
        return recipes is not None and recipes.leave_out(self.path, name, self.context_folder)

    def passed_by_pushes(self, name: str) -> list[Argument]:
        """Return what the builds that push the image most often pass as a build argument; nothing
        where one of them passes none.
        """
        if self.recipes is None:
            return []
        return self.recipes.passed_by_pushes(self.path, name, self.context_folder)

    @lazy
    def context_folder(self) -> str:
        """The build context as recipes name it, from the repository's root; "" where git does not
        tell.
        """
        return (self.repository.prefix or ".") if self.repository else ""

    def recipes_mention(self, wanted: re.Pattern[str]) -> bool:
        """Tell whether the repository's own recipes (Compose, CI files, Makefiles, scripts) hold
        `wanted`.
        """
        return self.recipes is not None and self.recipes.mention(wanted)

    def own_recipes_mention(self, wanted: re.Pattern[str]) -> bool:
        """Tell whether a recipe that builds this Dockerfile holds `wanted`; where none is known to
        build it, any of those that may, and are not known to build others.
        """
        recipes = self.recipes
        if recipes is None:
            return False
        own = {each.path for each in recipes.builds_of(self.path)}
        others = {each.path for each in recipes.builds}
        others -= {path for path, _ in recipes.hidden_of(self.path)}
        return any(
            wanted.search(text)
            for path, text in recipes.texts
            if (path in own if own else path not in others)
        )

    @lazy
    def is_tested_inside(self) -> bool:
        """Whether the repository's own recipes run tests in containers."""
        from dlint.project.tested_inside import TESTED_BY_ACTION, are_tested_inside

        if self.recipes is not None and are_tested_inside(self.recipes):
            return True
        return self.own_recipes_mention(TESTED_BY_ACTION)

    @lazy
    def _live(self) -> frozenset[int]:
        return frozenset().union(*(reachable(self.stages, target) for target in self.targets))

    @lazy
    def _shipped(self) -> frozenset[int]:
        leaving = (stage.index for target in self._leaving for stage in target.ancestors())
        return self._kept_here.union(leaving)

    @lazy
    def path(self) -> str:
        """The Dockerfile's path in its repository; as it is named where nothing tells of one."""
        named = self.dockerfile.source.path
        if self.recipes is None:
            return named
        return os.path.relpath(os.path.realpath(named), self.recipes.root).replace(os.sep, "/")

    def stays_local(self, stage: Stage) -> bool:
        """Tell whether the name of a stage, or the place of the file, says that nobody pushes it
        for others: it tests, or people develop in it, and no CI file builds it.
        """
        return self._only_tests(stage) or self._stays_local or stage.index in self._kept_here

    def is_for_use(self, instruction: Instruction) -> bool:
        """Tell whether an instruction belongs to a stage, and not to one that stays local."""
        stage = self.stage_of(instruction)
        return stage is not None and not self.stays_local(stage)

    def _only_tests(self, stage: Stage) -> bool:
        """Tell whether a stage is named for tests, and is not what is pushed all the same."""
        return stage.is_for_tests and stage.index not in self._sent

    @lazy
    def _sent(self) -> frozenset[int]:
        """The stages of the images that are known to be pushed."""
        named = [stage for stage in self.stages if stage.name in self.options.pushed]
        sent = named or (self.stages[-1:] if self._is_sent else [])
        return frozenset(stage.index for target in sent for stage in target.ancestors())

    @lazy
    def _kept_here(self) -> frozenset[int]:
        """The stages of images that all are for tests, or that nobody pushes as far as recipes
        tell: they push others, or keep these. Those that a pushed image is built from are not.
        """
        kept = (stage.index for target in self.targets for stage in target.ancestors())
        used = (reachable(self.stages, target) for target in self._leaving)
        return frozenset(kept).difference(*used)

    @lazy
    def _leaving(self) -> tuple[Stage, ...]:
        """The targets that are not known to stay where they are built."""
        return tuple(
            target
            for target in self.targets
            if not self._only_tests(target) and not self._stays_here(target)
        )

    def _stays_here(self, target: Stage) -> bool:
        if self._pushed_target() is not None and self.options.target is None:
            return target.name not in self.options.pushed
        if self.recipes is None or not target.name or self.options.target is not None:
            return False
        return self.recipes.keeps_here(
            self.path,
            target.name,
            is_last=target is self.stages[-1],
            is_source=self._is_source(target),
        )

    def _is_source(self, target: Stage) -> bool:
        """Tell whether another target, by its name a product, takes files of one and no layers."""
        return any(
            target.index in reachable(self.stages, other) and target not in other.ancestors()
            for other in self.targets
            if not is_no_product(other.name or "")
        )

    @lazy
    def _stays_local(self) -> bool:
        path, recipes = self.path, self.recipes
        if recipes is None:
            return self._says_that_it_stays or is_for_tests(path) or is_for_development(path)
        if self._says_that_it_stays or recipes.is_for_job(path):
            return True
        if is_tagged_as_local(self.dockerfile.source.text) and not recipes.builds_of(path):
            return True
        return not self._is_sent and _stays_by_place(path, recipes)

    @lazy
    def _is_sent(self) -> bool:
        """Whether CI is known to push the image: its path says nothing then."""
        if self.recipes is None or not self.recipes.may_tell:
            return False
        from dlint.project.pushes import is_sent

        return is_sent(self.recipes, self.path)

    @lazy
    def may_leave(self) -> bool:
        """Whether recipes are seen to push the image, or nothing tells who builds it."""
        if self.recipes is None or not self.recipes.may_tell:
            return True
        from dlint.project.pushers import may_leave

        return may_leave(self.recipes, self.path)

    @property
    def is_seen_pushed(self) -> bool:
        """Whether a recipe is seen to push the image."""
        if self.target is None or self.recipes is None or not self.recipes.may_tell:
            return False
        from dlint.project.pushers import is_seen_pushed

        return not self.stays_local(self.target) and is_seen_pushed(self.recipes, self.path)

    @lazy
    def pushing(self) -> Pushing | None:
        """How all that pushes the image does so; None where nothing does, or not all alike."""
        from dlint.project.recipes import Pushing

        if self.target is None or self.is_pushed_nowhere(self.target):
            return None
        if self.recipes is None or not self.recipes.may_tell:
            return Pushing()
        from dlint.project.pushers import pushing_alike

        return pushing_alike(self.recipes, self.path, self.declared)

    @lazy
    def declared(self) -> frozenset[str]:
        """The names of the build arguments that the file declares anywhere."""
        args = (each for each in self.dockerfile.instructions if isinstance(each, Arg))
        return frozenset(pair.name for each in args for pair in each.pairs)

    def is_pushed_nowhere(self, stage: Stage) -> bool:
        """Tell whether nobody is known to push the image of a stage: what a push sends costs
        nothing there, and what an image weighs is worth an info.
        """
        return not self.may_leave or self.stays_local(stage)

    def may_be_pushed(self, stage: Stage) -> bool:
        """Tell whether a push that somebody may make sends the stage's layers."""
        return self.shipped(stage) and not self.is_pushed_nowhere(stage)

    def may_keep_layers(self, stage: Stage) -> bool:
        """Tell whether such a push may find the stage's layers there: not without a build cache."""
        return self.may_be_pushed(stage) and not self._is_pushed_cold

    @property
    def _says_that_it_stays(self) -> bool:
        return is_said_to_stay(self._head) or is_for_cross(self.dockerfile.source.text)

    @lazy
    def is_data(self) -> bool:
        """Whether the file is read by tests, by its place, and built by no recipe."""
        path, recipes = self.path, self.recipes
        return recipes is not None and is_test_data(path) and not recipes.builds_of(path)

    @lazy
    def is_example_or_input(self) -> bool:
        """Whether the file, by its place, is an example for readers or what tests read: who takes
        it chooses the versions. What a recipe builds is none, but for those among examples.
        """
        path, recipes = self.path, self.recipes
        if recipes is None or self._is_sent:
            return False
        if _is_example(path, recipes):
            return all(is_example(each.path) for each in recipes.builds_of(path))
        return self.is_test_input

    @property
    def is_test_input(self) -> bool:
        """Whether the file, by its place, is one of tests, and built by no recipe."""
        path, recipes = self.path, self.recipes
        is_of_tests = is_for_tests(path) or is_test_data(path)
        return is_of_tests and recipes is not None and not recipes.builds_of(path)

    @property
    def _head(self) -> str:
        """The text above the first instruction, of the file's comments, in one line."""
        text, first = self.dockerfile.source.text, self.dockerfile.instructions[:1]
        head = text[: first[0].span.start] if first else ""
        return " ".join(head.replace("#", " ").replace("*", "").split())

    @lazy
    def named_contexts(self) -> frozenset[str]:
        """The names, as the builder compares them, that stand for contexts which are given in place
        of images: by the caller, or by the repository's own builds of the file.
        """
        own = self.recipes.builds_of(self.path) if self.recipes else ()
        told = (name for each in own for name, _ in each.contexts)
        return frozenset(map(context_name, (*self.options.contexts, *told)))

    @lazy
    def is_context_guessed(self) -> bool:
        """Whether nothing tells which folder the context is: no recipe builds the file, which lies
        below the repository's root, and the folder holds nothing that it names.
        """
        recipes, root = self.recipes, getattr(self.context, "root", None)
        if recipes is None or root is None or "/" not in self.path:
            return False
        if recipes.builds_of(self.path):
            return False
        from pathlib import Path

        from dlint.project.contexts import holds_any_named

        return not holds_any_named(Path(root), self.dockerfile)

    @lazy
    def cold_pushes(self) -> Sequence[Built]:
        """The builds of the image that push it, where none of them has a cache; none where one may
        have.
        """
        return self.recipes.cold_pushes(self.path) if self.recipes else ()

    @lazy
    def unwarmed_pushes(self) -> Sequence[Built]:
        """The builds of the image that push it, where each has a cache for some platforms alone."""
        return self.recipes.unwarmed_pushes(self.path) if self.recipes else ()

    @lazy
    def pushed_platforms(self) -> PushedPlatforms:
        """The platforms for which the image is pushed, as far as all that pushes it tells the same;
        none where that is not known.
        """
        from dlint.project.pushed_platforms import PushedPlatforms, pushed_platforms

        if self.recipes is None or self.target is None:
            return PushedPlatforms()
        return pushed_platforms(self.recipes, self.path, self.names_for_builds(self.target))

    def names_for_builds(self, stage: Stage) -> frozenset[str]:
        """Return the targets, in lower case, by which a recipe builds a stage: its name, and "" for
        the last one, which is built where no target is named.
        """
        by_default = [""] if stage is self.stages[-1] else []
        return frozenset((stage.name or "", *by_default))

    @lazy
    def may_reuse_steps(self) -> bool:
        """Whether the build of a single commit may take steps from a cache, as far as recipes
        tell.
        """
        return self.recipes is None or self.recipes.may_reuse_steps(self.path)

    @lazy
    def is_released(self) -> bool:
        """Whether the image is pushed for releases alone, as far as recipes tell."""
        return self.recipes is not None and self.recipes.are_released(self.path)

    @lazy
    def is_fetched(self) -> bool:
        """Whether the builder fetches the commit itself wherever the image is pushed, as the
        repository's own files tell: `.git` and the ignore file count in local builds alone.
        """
        return self.recipes is not None and self.recipes.are_fetched(self.path)

    @lazy
    def is_edited(self) -> bool:
        """Whether all that pushes the image changes the file before: it builds another one."""
        return self.recipes is not None and self.recipes.are_edited(self.path)

    @lazy
    def makes_one_layer(self) -> bool:
        """Whether all steps of the image together make one layer on top of the base, as far as
        recipes tell.
        """
        return self.recipes is not None and self.recipes.makes_one_layer(self.path)

    @property
    def if_cached(self) -> str:
        """What a sentence on steps that run again begins with, where what pushes the image has no
        cache, or may have none: they all do there.
        """
        return IF_CACHED if self.has_no_cache or self.may_lack_cache else ""

    @property
    def has_no_cache(self) -> bool:
        """Whether what pushes the image, or builds it, is known to have no cache."""
        return self._is_pushed_cold or self.refuses_cache

    @lazy
    def _is_pushed_cold(self) -> bool:
        """Whether no push of the image takes a step from a cache."""
        if self.cold_pushes:
            return True
        return self.recipes is not None and self.recipes.hide_cold_pushes(self.path)

    @lazy
    def may_lack_cache(self) -> bool:
        """Whether CI pushes images, and nothing tells that what pushes this one has a cache; or
        there is CI, and nothing tells what builds one that nobody pushes.
        """
        if self.recipes is None or not self.recipes.may_tell or self.has_no_cache:
            return False
        if self.target is None or not self.may_be_pushed(self.target):
            return self.recipes.has_workflows and not self.recipes.builds_of(self.path)
        from dlint.project.pushes import may_lack_cache

        return may_lack_cache(self.recipes, self.path)

    def if_kept(self, stage: Stage) -> str:
        """Return the same for the steps of one stage: those of no image are in no cache that holds
        the layers of images alone.
        """
        if self.if_cached or self.shipped(stage) or self.recipes is None:
            return self.if_cached
        return _IF_ALL_CACHED if self.recipes.keep_images_alone(self.path) else ""

    def may_be_kept(self, stage: Stage) -> bool:
        """Tell whether a cache of all stages, in place of one of images alone, would keep the steps
        of a stage, and not what another one builds of the source beside them: with each commit it
        would get that as well. Nor is there one where somebody says that it is not wanted.
        """
        if self.if_cached or self.if_kept(stage) != _IF_ALL_CACHED or self.recipes is None:
            return False
        steps = (each.instruction for each in self.chain(stage))
        origins = (self.origin_of(each) for each in steps if isinstance(each, Transfer))
        is_built_elsewhere = any(each is not None and not self.shipped(each) for each in origins)
        return not is_built_elsewhere and not self.recipes.choose_small_caches(self.path)

    @lazy
    def refuses_cache(self) -> bool:
        """Whether each recipe that builds the file has `--no-cache`; where none is known, each that
        may, or else each command that its head tells.
        """
        if self.recipes is not None:
            builds = self.recipes.builds_of(self.path)
            own = [each for each in builds if self._may_have(each.target)]
            if own:
                told = [each for each in own if each.delivery.pushes] or own
                return all(each.delivery.refuses_cache for each in told)
            if self.recipes.hide_cold_builds(self.path):
                return True
        lines = _TOLD_BUILD.split(self._head)[1:]
        return bool(lines) and all("--no-cache" in each for each in lines)

    def _may_have(self, target: str) -> bool:
        """Tell whether a target may be a stage of the file: a recipe for another one is left over,
        and its build fails.
        """
        if not target or "$" in target or target.isdecimal():
            return True
        return any(each.name == target.lower() for each in self.stages)

    def if_cached_with(self, argument: str) -> str:
        """Return the same, where what pushes the image with an argument has no cache."""
        is_cold = self.recipes is not None and self.recipes.cold_pushes(self.path, argument)
        return IF_CACHED if is_cold or self.shares_no_cache(argument) else self.if_cached

    def shares_no_cache(self, argument: str) -> bool:
        """Tell whether what pushes the image with an argument finds only what was built for the
        same request or release: with another value there is hardly anything to find.
        """
        return self.recipes is not None and self.recipes.share_no_cache(self.path, argument)

    def may_push_with(self, argument: str, stage: Stage) -> bool:
        """Tell whether a push with another value of an argument may find a stage's layers there, as
        far as these do not depend on it.
        """
        return self.may_be_pushed(stage) and not self.shares_no_cache(argument)

    def live(self, stage: Stage) -> bool:
        """Tell whether any target's build runs the stage."""
        return stage.index in self._live

    def is_in_vain(self, instruction: Instruction) -> bool:
        """Tell whether an instruction stands in a stage that no build makes: it has no name, which
        people who build the file by hand may name.
        """
        stage = self.stage_of(instruction)
        if stage is None or stage.name is not None or self.is_target_open:
            return False
        return not self.live(stage)

    def shipped(self, stage: Stage) -> bool:
        """Tell whether the stage's layers are part of an image that is pushed."""
        return stage.index in self._shipped

    def shipped_stage(self, instruction: Instruction) -> Stage | None:
        """Return the stage that an instruction stands in, if the stage's layers are pushed for
        others: those of tests are not.
        """
        stage = self.stage_of(instruction)
        return stage if stage is not None and self.is_pushed(stage) else None

    def is_pushed(self, stage: Stage) -> bool:
        """Tell whether the stage's layers are pushed for others: an image that is named for tests
        is not.
        """
        return stage.index in self._pushed

    @lazy
    def _pushed(self) -> frozenset[int]:
        shipped = filter(self.shipped, self.stages)
        return frozenset(stage.index for stage in shipped if not self.stays_local(stage))

    def live_stage(self, instruction: Instruction) -> Stage | None:
        """Return the stage that an instruction stands in, if any target's build runs it."""
        stage = self.stage_of(instruction)
        return stage if stage is not None and self.live(stage) else None

    def stage_of(self, instruction: Instruction) -> Stage | None:
        """Return the stage an instruction stands in; None before the first FROM."""
        at = bisect_right(self._starts, instruction.index)
        return self.stages[at - 1] if at else None

    def origin_of(self, copy: Transfer) -> Stage | None:
        """Return the stage that a COPY takes from; None where it takes from the context or another
        image.
        """
        own = self.stage_of(copy)
        return find_stage(self.stages, copy.from_, own.index) if own and copy.from_ else None

    @lazy
    def _starts(self) -> tuple[int, ...]:
        return tuple(stage.from_.index for stage in self.stages)

    def steps(self, stage: Stage) -> tuple[Step, ...]:
        """Return what the stage runs, in order, the FROM first and then the triggers that its base
        stage left.
        """
        steps = self._steps.get(stage.index)
        if steps is None:
            steps = self._steps[stage.index] = tuple(self._run(stage))
        return steps

    def _run(self, stage: Stage) -> Iterator[Step]:
        args, inherited = self.options.build_args, stage.globals.values
        state = self.end(stage.base) if stage.base else self._start(stage)
        yield Step(stage, stage.from_, state)
        triggers = [
            i.inner
            for i in (stage.base.instructions if stage.base else ())
            if isinstance(i, Onbuild)
        ]
        for instruction in [*(inner for inner in triggers if inner), *stage.instructions[1:]]:
            yield Step(stage, instruction, state)
            state = after(state, instruction, args, inherited)

    def _start(self, stage: Stage) -> State:
        """Return what stands on a stage's outermost base: variables, where they are known, which no
        ENV of this file sets; images of Windows have a shell of their own.
        """
        image = stage.image or ""
        workdir = "/" if image == SCRATCH else workdir_of(stage.image)
        if self._is_windows or any(word in image for word in _WINDOWS):
            return State({}, workdir=workdir, shell=WINDOWS_SHELL)
        own = self.options.bases.get(stage.named_image)
        if own is not None:
            return State(dict(own.values), workdir=own.workdir, user=own.user, shell=own.shell)
        lacking = lacking_in(stage.image)
        return State(variables_of(stage.image), workdir=workdir, lacking=lacking)

    @lazy
    def _is_windows(self) -> bool:
        """Whether the file is written for Windows: its escape character, or paths with a drive, say
        so.
        """
        text = self.dockerfile.source.text
        may_name_drive = ":/" in text or ":\\" in text  # which most texts tell at once
        return self.dockerfile.escape == "`" or (may_name_drive and bool(_DRIVE.search(text)))

    def end(self, stage: Stage) -> State:
        """Return what stands behind the last instruction of a stage."""
        last = self.steps(stage)[-1]
        return after(last.state, last.instruction, self.options.build_args, stage.globals.values)

    @lazy
    def _states(self) -> Mapping[int, State]:
        return {
            step.instruction.index: step.state
            for stage in self.stages
            for step in self.steps(stage)
            if step.instruction.index >= stage.from_.index  # not a trigger of the base's
        }

    def state(self, instruction: Instruction) -> State:
        """Return what stands before an instruction: variables, working directory, user, shell;
        nothing above a FROM.
        """
        return self._states.get(instruction.index, _NOWHERE)

    def expand(self, instruction: Instruction, text: str) -> str | None:
        """Expand a word of `instruction`, quotes removed; None where a variable's value is not
        known.
        """
        return self.state(instruction).expand(text, self.dockerfile.escape)

    def step_of(self, instruction: Instruction) -> Step | None:
        """Return the step that an instruction is in its own stage; None before the first FROM."""
        stage = self.stage_of(instruction)
        at = self._place(stage, instruction) if stage else None
        return None if stage is None or at is None else self.steps(stage)[at]

    def chain(self, stage: Stage) -> tuple[Step, ...]:
        """Return all steps whose layers the stage holds, from its outermost base's FROM on."""
        found = self._chains.get(stage.index)
        if found is None:
            below = self.chain(stage.base) if stage.base else ()
            found = self._chains[stage.index] = (*below, *self.steps(stage))
        return found

    def stages_on(self, stage: Stage) -> Iterator[Stage]:
        """Yield the stages whose chains hold `stage`, itself among them, in the file's order."""
        return iter(self._standing[stage.index])

    def runs_after(self, stage: Stage, instruction: Instruction) -> Iterator[Run]:
        """Yield the RUNs after an instruction of `stage`, in it and in the stages on top of it."""
        for each in self._standing[stage.index]:
            for later in each.instructions:
                if isinstance(later, Run) and later.index > instruction.index:
                    yield later

    def stands_on(self, stage: Stage, base: Stage) -> bool:
        """Tell whether a stage's chain holds `base`, which may be the stage itself."""
        return base.index in self._foundations[stage.index]

    @lazy
    def _standing(self) -> list[list[Stage]]:
        """The stages whose chains hold each stage, in the file's order."""
        found: list[list[Stage]] = [[] for _ in self.stages]
        for stage, below in zip(self.stages, self._foundations, strict=True):
            for number in below:
                found[number].append(stage)
        return found

    @lazy
    def _foundations(self) -> list[frozenset[int]]:
        """The numbers of the stages that each stage's chain holds, its own among them."""
        found: list[frozenset[int]] = []
        for stage in self.stages:
            below = found[stage.base.index] if stage.base else frozenset()
            found.append(below | {stage.index})
        return found

    def steps_before(self, stage: Stage, instruction: Instruction) -> Iterator[Step]:
        """Yield the steps of a stage's chain that stand before `instruction`, first things first;
        all of them where it is none of the chain's.
        """
        return islice(self.chain(stage), self.steps_above(stage, instruction))

    def steps_above(self, stage: Stage, instruction: Instruction) -> int:
        """Return how many steps of a stage's chain stand before `instruction`."""
        return sum(count for _, count in self.parts_before(stage, instruction))

    def parts_before(
        self, stage: Stage, instruction: Instruction | None
    ) -> list[tuple[Stage, int]]:
        """Return the stages of a chain, the outermost first, and how many steps of each stand
        before `instruction`; all of them where it is none of the chain's.
        """
        parts: list[tuple[Stage, int]] = []
        for each in stage.ancestors():
            at = self._place(each, instruction) if instruction else None
            if at is not None:
                parts.clear()
            parts.append((each, len(self.steps(each)) if at is None else at))
        return parts[::-1]

    def _place(self, stage: Stage, instruction: Instruction) -> int | None:
        """Return the number of the step of a stage that runs `instruction`; None for none."""
        places = self._places.get(stage.index)
        if places is None:
            steps = self.steps(stage)
            places = {id(step.instruction): at for at, step in reversed(list(enumerate(steps)))}
            self._places[stage.index] = places
        return places.get(id(instruction))

    def script(self, run: Run) -> Script:
        """Return the commands of a RUN in a stage, with the variables that are known."""
        found = self._scripts.get(run.index)
        if found is None:
            found = self._scripts[run.index] = self._read(run, self.state(run))
        return found

    def _read(self, run: Run, state: State) -> Script:
        from dlint.shell.reader import dialect_of, read_exec, read_script

        if run.json is not None:
            return read_exec(run.json, run.rest, state.values, self._budget)
        dialect = dialect_of(state.shell or DEFAULT_SHELL)
        decides = partial(self._decides, run)
        return read_script(run.script, dialect, state.values, self._budget, decides)

    def _decides(self, run: Run, name: str) -> bool:
        """Tell whether a variable has the value before a RUN that the Dockerfile writes itself, and
        no recipe of the repository passes another one.
        """
        found = self.setting_before(run, name)
        return found is not None and self._is_fixed(*found)

    def setting_before(self, run: Run, name: str) -> tuple[Env | Arg, Pair] | None:
        """Return what gives a variable the value that a RUN finds; None where its base may."""
        stage = self.stage_of(run)
        for each in stage.ancestors() if stage else ():
            for setting, pair in reversed(self._settings[each.index].get(name, ())):
                if setting.index < run.index:
                    return setting, pair
        return None

    def _is_fixed(self, setting: Env | Arg, pair: Pair) -> bool:
        """Tell whether a setting is a literal value, and the only one of an argument."""
        value = pair.value
        if isinstance(setting, Arg) and value is None:
            stage = self.stage_of(setting)
            value = stage.globals.values.get(pair.name) if stage else None
        if value is None or "$" in value or pair.name.startswith(_OF_PLATFORMS):
            return False
        value = value.strip("\"'")
        passed = self.passed.get(pair.name, ()) if isinstance(setting, Arg) else ()
        return all(each == value for each in passed)

    @lazy
    def _settings(self) -> list[dict[str, list[tuple[Env | Arg, Pair]]]]:
        """What sets each variable in the stages, in order."""
        found: list[dict[str, list[tuple[Env | Arg, Pair]]]] = []
        for stage in self.stages:
            found.append({})
            for each in stage.instructions:
                if isinstance(each, Env | Arg):
                    for pair in each.pairs:
                        found[-1].setdefault(pair.name, []).append((each, pair))
        return found

    @lazy
    def _budget(self) -> Budget:
        from dlint.shell.reader import Budget

        return Budget(len(self.dockerfile.source.text))

    def effects(self, run: Run, state: State | None = None) -> Effects:
        """Return what a RUN does to the image; `state` where it runs as the trigger of another
        stage.
        """
        if state is None or state is self._states.get(run.index):
            found = self._effects.get(run.index)
            if found is None:
                settings = self.settings_above(run)
                found = self._effects[run.index] = self._judge(
                    run, self.script(run), self.state(run), settings
                )
            return found
        return self._judge(run, self._read(run, state), state, {})

    def effects_in(self, steps: Iterable[Step]) -> Iterator[tuple[Run, Effects]]:
        """Yield the RUNs among some steps, each with what it does to the image there."""
        for step in steps:
            if isinstance(step.instruction, Run):
                yield step.instruction, self.effects(step.instruction, step.state)

    def effects_of(self, kind: type[T], steps: Iterable[Step]) -> Iterator[tuple[Run, T]]:
        """Yield the effects of one kind that the RUNs among some steps have, each with its RUN."""
        for run, effects in self.effects_in(steps):
            for effect in effects.of(kind):
                yield run, effect

    def effects_above(
        self, kind: type[T], stage: Stage, instruction: Instruction
    ) -> Iterator[tuple[Run, T]]:
        """Yield the effects of one kind that the RUNs of a stage's chain have before `instruction`,
        each with its RUN, first things first.
        """
        for each, count in self.parts_before(stage, instruction):
            for at, run, effect in self._effects_in_stage(kind, each):
                if at >= count:
                    break
                yield run, effect

    def _effects_in_stage(self, kind: type[T], stage: Stage) -> list[tuple[int, Run, T]]:
        key = kind, stage.index
        found = self._by_kind.get(key)
        if found is None:
            steps = enumerate(self.steps(stage))
            found = self._by_kind[key] = [
                (at, run, effect)
                for at, step in steps
                for run, effect in self.effects_of(kind, [step])
            ]
        return found

    def settings_above(self, run: Run) -> Mapping[str, str]:
        """Return what RUNs above set by a manager's own `config set`, as the variables that say the
        same, and that they have deleted settings of the base.
        """
        found: dict[str, str] = {}
        stage = self.stage_of(run)
        for step in self._configuring(stage) if stage else ():
            if step.instruction.index >= run.index:
                break
            if isinstance(step.instruction, Run):
                found.update(self.effects(step.instruction, step.state).settings)
        return found

    def _configuring(self, stage: Stage) -> tuple[Step, ...]:
        """Return the RUNs of a stage's chain whose text speaks of a configuration."""
        found = self._configurers
        new = [*takewhile(lambda each: each.index not in found, stage.ancestors())]
        for each in reversed(new):
            below = found[each.base.index] if each.base else ()
            own = (
                step
                for step in self.steps(each)
                if isinstance(step.instruction, Run)
                and _CONFIGURES.search(step.instruction.value.text)
            )
            found[each.index] = (*below, *own)
        return found[stage.index]

    def _judge(
        self, run: Run, script: Script, state: State, settings: Mapping[str, str]
    ) -> Effects:
        from dlint.shell.judge import effects

        escape = self.dockerfile.escape
        mounts = [
            each._replace(target=each.target and state.expand(each.target, escape))
            for each in run.mounts
        ]
        return effects(
            script,
            user=state.user or "root",
            home=state.values.get("HOME"),
            env={**settings, **state.known_environment},
            workdir=state.workdir,
            mounts=mounts,
        )

    def selection(self, transfer: Transfer) -> Selection | None:
        """Return what a COPY or ADD takes from the context; None where a stage, a URL or a variable
        decides it.
        """
        if transfer.index not in self._selections:
            self._selections[transfer.index] = self._select(transfer)
        return self._selections[transfer.index]

    def taken(self, transfer: Transfer) -> Selection | None:
        """Return what it takes, also where a variable hides where to: the places mean nothing
        then.
        """
        return self.selection(transfer) or self._select(transfer, hidden=UNKNOWN_WORKDIR)

    def _select(self, transfer: Transfer, hidden: str | None = None) -> Selection | None:
        state = self._states.get(transfer.index)
        if transfer.from_ is not None or state is None or not transfer.sources:
            return None
        if transfer.destination is None:
            return None
        from dlint.bytes.copying import Flags, select

        expand = partial(state.expand, escape=self.dockerfile.escape)
        destination = expand(transfer.destination.text) or hidden
        sources = [source for word in transfer.sources if (source := expand(word.text)) is not None]
        if destination is None or len(sources) < len(transfer.sources):
            return None
        adds = isinstance(transfer, Add)
        if adds and any(map(is_remote, sources)):
            return None
        chmod, chown = (expand(text) if text else None for text in (transfer.chmod, transfer.chown))
        flags = Flags(transfer.parents, transfer.excludes, chmod, chown, unpack=adds)
        workdir, folders = state.workdir or UNKNOWN_WORKDIR, self.folders_before(transfer)
        compressor = PROFILES[self.options.builder].compressor

        def selected() -> Selection:
            has = folders.__contains__
            found = select(
                self.context, sources, destination, workdir=workdir, flags=flags, has=has
            )
            found.compressor = compressor
            found.is_placed = not (join(workdir, destination) or "").startswith(UNKNOWN_WORKDIR)
            return found

        key = ("selection", *sources, destination, workdir, flags, folders, compressor)
        taken: Selection = self.context.keep(key, selected)
        return taken

    def folders_before(self, instruction: Instruction) -> frozenset[str]:
        """Return the folders that surely stand before `instruction`: the base's own and those of
        WORKDIR.
        """
        stage = self.stage_of(instruction)
        found = {"/"}
        if stage is None:
            return frozenset(found)
        if instruction.index in self._known_folders:
            return self._known_folders[instruction.index]
        steps = self.chain(stage)
        if steps[0].stage.is_external:
            found.update(f"/{name}" for name in STANDARD)
        for step in steps:
            path = step.state.workdir
            while path and path not in found:
                found.add(path)
                path = path.rpartition("/")[0]
            if step.instruction is instruction:
                break
        folders = self._known_folders[instruction.index] = frozenset(found)
        return folders


def _require_bounded(dockerfile: Dockerfile) -> None:
    """Raise DlintError where what rules ask about each pair of instructions would take minutes."""
    count = len(dockerfile.instructions)
    if count > MOST_INSTRUCTIONS:
        raise DlintError(
            f"{dockerfile.source.path}: {count:,} instructions are not checked, only up to"
            f" {MOST_INSTRUCTIONS:,}",
            "an image has at most 127 layers; a RUN may contain many commands",
        )


def _stays_by_place(path: str, recipes: Recipes) -> bool:
    """Tell whether a Dockerfile's place, or what recipes do with it, says that nobody pushes it."""
    if is_for_tests(path):
        return True
    if recipes.is_built_by_ci(path):
        return recipes.is_only_tried(path) and is_aside(path)
    return (
        is_for_development(path)
        or is_vendored(path)
        or recipes.is_in_copy(path)
        or any(tells(path, recipes) for tells in _TELLING)
    )


def _is_example(path: str, recipes: Recipes) -> bool:
    """Tell whether a Dockerfile is an example of a repository that is there for something else."""
    return is_example(path) and (
        recipes.has_project or not all(map(is_example, recipes.dockerfiles))
    )


def _is_left_out(path: str, recipes: Recipes) -> bool:
    if not recipes.builds:
        return False
    from dlint.project.left_out import is_left_out

    return is_left_out(recipes, path)


def _is_said_to_be_for_tests(path: str, recipes: Recipes) -> bool:
    """Tell whether the README beside a Dockerfile that no recipe builds, or in the folder above,
    says so; not the repository's.
    """
    if recipes.builds_of(path):
        return False
    folder = posixpath.dirname(path)
    folders = [each for each in (folder, posixpath.dirname(folder)) if each]
    texts = (recipes.read(f"{each}/README.md") for each in folders)
    return any(map(are_said_to_be_for_tests, texts))


def _is_forgotten(path: str, recipes: Recipes) -> bool:
    if not recipes.builds:
        return False
    from dlint.model.commits import COMMITS
    from dlint.project.forgotten import is_forgotten

    return is_forgotten(recipes, path, COMMITS)


# What tells that nobody pushes an image that CI does not build.
_TELLING = (
    _is_left_out,
    _is_example,
    _is_forgotten,
    _is_said_to_be_for_tests,
)


def is_remote(source: str) -> bool:
    """Tell whether ADD takes `source` from elsewhere: a URL, or a git repository
    (`git@host:path`).
    """
    return (
        source.startswith(("http://", "https://", "git://", "ssh://", "git@")) or ".git#" in source
    )
