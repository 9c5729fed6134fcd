"""What a build argument means to the steps below it: which use it, and which it reruns for
nothing.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import filterfalse, takewhile
from typing import TYPE_CHECKING

from dlint.facts.argument_changes import changes_of, comes_anew, renewed_base
from dlint.facts.changing import takes_manifests
from dlint.facts.volatility import (
    Changes,
    Counted,
    built_stages,
)
from dlint.images.reference import context_name
from dlint.reads.arrivals import arrivals
from dlint.syntax import Add, Arg, Copy, Env, Run, Transfer, Workdir
from dlint.text.patterns import VARIABLE, regex
from dlint.text.safe import naming
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Command
    from dlint.syntax import Instruction

# Who gets something of that version from elsewhere, so that the argument is a pin; with the verbs
# that mean it.
_FETCHERS = {
    **dict.fromkeys(
        (
            "git",
            "curl",
            "wget",
            "aria2c",
            "svn",
            "hg",
            "helm",
            "docker",
            "skopeo",
            "oras",
            "gh",
            "aws",
        ),
        (),
    ),
    **dict.fromkeys(("npm", "pnpm", "yarn", "bun"), ("install", "i", "add", "global")),
    **dict.fromkeys(
        ("apt", "apt-get", "dnf", "microdnf", "yum", "pip", "pip3", "gem", "go", "cargo"),
        ("install", "get"),
    ),
    **dict.fromkeys(("apk", "uv", "poetry", "composer"), ("add", "pip", "require", "tool")),
}
_WORD = regex(r"\w+")
_PATHS = regex(r"[\w./-]+")
_WRITES_DOWN = frozenset(("echo", "printf", "tee", "mkdir", "true", ":", "set"))
_TRIFLES = _WRITES_DOWN | {
    *("false", "test", "[", "[[", "touch", "chmod", "chown", "ln", "rm", "cd", "exit", "export"),
    "ldconfig",  # a few kB
    *("addgroup", "adduser", "groupadd", "groupmod", "useradd", "usermod"),
}
_RECURSIVE = frozenset(("-R", "--recursive"))
# What a script starts that may look at any variable.
_STARTS = regex(
    r"\b(?:ant|bazel|bun|bundle|cargo|cmake|composer|dotnet|env|go|gradlew?|make|mvnw?|ninja|node|npm|npx"
    r"|php|pip3?|pnpm|poetry|printenv|python3?|rake|ruby|sbt|source|uv|yarn)\b|(?:^|[\s;&|])\.{1,2}/",
    re.MULTILINE,
)
_LARGEST = 1 << 16  # bytes; scripts are no larger
# Compilers and their like look at variables of their own, not at what a project calls its commit.
_COMPILERS = frozenset(
    "ar as c++ cc ccache clang clang++ g++ gcc ld nvprune ranlib sccache".split()
)
_OF_COMPILERS = "SOURCE_DATE_EPOCH"
# A package that a variable names alone.
_ONLY_VARIABLE = regex(r"\"?\$(?:\w+|\{\w+\})\"?")
# Where managers of the system's packages are told of repositories.
_OF_REPOSITORIES = regex(
    r"/etc/(?:apt/sources|apk/repositories|yum\.repos\.d/|zypp/repos)|/usr/share/keyrings/"
)
_CHECKS = regex(
    r"(?:^|[-_.])(?:checks?|smoke\w{0,20}|tests?|verify)[-_.]"
)  # a script that only looks
NAMED = 4  # of what moves along with an argument
MOSTLY = 0.5  # of the commits: what changes with so many reruns what is below with or without it


class Argument(NamedTuple):
    """An argument that an ARG of `stage` declares, and what stands below it: in that stage, and in
    those that stand on it.

    `users` mention it, or a variable made of it; `others` are RUNs that mention neither, and that
    nothing else makes run again as often. `in_environment`: an ENV hands it on to the image.
    """

    stage: Stage
    arg: Arg
    name: str
    users: tuple[Instruction, ...]
    others: tuple[Run, ...]
    in_environment: bool


class _Follower:
    """Follows an argument through a stage."""

    def __init__(
        self, build: Build, names: Iterable[str], rivals: frozenset[int], *, stale: bool
    ) -> None:
        """Begin where the variables `names` hold it; `rivals` are the numbers of the instructions
        that change whenever it does: they use others, or bring the file that it is read out of.
        `stale`: all runs again at each commit or pushed release anyway.
        """
        self.names = set(names)
        self.rivals = rivals
        self.stale = stale
        self.users: list[Instruction] = []
        self.others: list[Run] = []
        self.in_environment = False
        self._build = build

    def follow(self, instructions: Iterable[Instruction]) -> None:
        for instruction in instructions:
            is_user = mentions(instruction, self.names)
            if isinstance(instruction, Env | Arg):
                derived = _derived(instruction, self.names)
                self.in_environment |= isinstance(instruction, Env) and bool(derived)
            if not self.names:
                return
            self.stale = self.stale or _changes_anyway(self._build, instruction)
            is_rivals = instruction.index in self.rivals
            if is_user:
                self.users.append(instruction)
            elif isinstance(instruction, Run) and not (self.stale or is_rivals):
                self.others.append(instruction)
            if is_user or is_rivals:
                self.stale = self.stale or _settles(self._build, instruction)


def below_argument(build: Build, stage: Stage, arg: Arg, name: str) -> Argument:
    """Return the argument `name`, which `arg` declares in `stage`, with what stands below it."""
    built = build.fact(built_stages)
    rivals = _used_by_rivals(build, arg, name) | _brings_the_value(build, arg, name)
    followers: dict[int, _Follower] = {}
    for each in build.stages:
        if each.index not in built or not build.stands_on(each, stage):
            continue
        if each is stage:
            follower = _Follower(build, {name}, rivals, stale=_is_stale(build, each, arg, rivals))
            follower.follow(i for i in each.instructions if i.index > arg.index)
        else:
            base = followers[each.base.index if each.base else stage.index]
            follower = _Follower(build, base.names, base.rivals, stale=base.stale)
            follower.follow(each.instructions)
        followers[each.index] = follower
    found = followers.values()
    return Argument(
        stage,
        arg,
        name,
        tuple(user for each in found for user in each.users),
        tuple(run for each in found for run in each.others),
        any(each.in_environment for each in found),
    )


def _used_by_rivals(build: Build, arg: Arg, name: str) -> frozenset[int]:
    """Return the numbers of the instructions that use another argument which changes whenever one
    does: they come again whatever is done with that one.
    """
    change = next(changes_of(build, arg, pair) for pair in arg.pairs if pair.name == name)
    often = {change, Changes.EVERY_BUILD}
    return frozenset(
        index
        for index, found in build.fact(_volatile_uses).items()
        if any(other != name and each in often for other, each in found)
    )


def _brings_the_value(build: Build, arg: Arg, name: str) -> frozenset[int]:
    """Return the numbers of the COPYs and ADDs, also from stages that are given it, of a file which
    a recipe reads a version out of: they change whenever that does.
    """
    change = next(changes_of(build, arg, pair) for pair in arg.pairs if pair.name == name)
    read = frozenset(_files_read(build, name)) if change is Changes.RELEASES else frozenset()
    return frozenset(
        step.instruction.index
        for stage in (build.stages if read else ())
        for step in build.steps(stage)
        if isinstance(step.instruction, Transfer) and not read.isdisjoint(_brought(build, step))
    )


def _files_read(build: Build, name: str) -> Iterator[str]:
    """Yield the paths, each with its ends, that the commands name which work out an argument."""
    for text in build.sources_of(name):
        if "$(" in text or "`" in text:
            for word in _PATHS.findall(VARIABLE.sub(" ", text)):
                folders = word.removeprefix("./").split("/")
                yield from ("/".join(folders[at:]) for at in range(len(folders)))


def _brought(build: Build, step: Step) -> frozenset[str]:
    """Return the context's files that a COPY or ADD brings, or that the stage is given which it
    takes from.
    """
    from dlint.facts.handed_on import brought_to, stage_taken_from

    match step.instruction:
        case Copy(from_=str(name)) as copy if name:
            source = stage_taken_from(build, step, copy)
            return brought_to(build, source, step.stage).files if source else frozenset()
        case Transfer() as transfer if arrival := build.fact(arrivals).of(step, transfer):
            return arrival.sources
    return frozenset()


def changes_with_each_build(build: Build, run: Run) -> bool:
    """Tell whether a RUN uses an argument that changes on every build, for more than to write it
    down: it and all below run again whatever stands above.
    """
    return uses_another_each_time(build, run) and _settles(build, run)


def uses_another_each_time(build: Build, instruction: Instruction) -> bool:
    """Tell whether an instruction uses an argument that changes on every build: below an ENV all
    runs again.
    """
    used = build.fact(_volatile_uses).get(instruction.index, ())
    return any(each is Changes.EVERY_BUILD for _, each in used)


def reruns_anyway(build: Build, stage: Stage, late: Instruction, before: Instruction) -> bool:
    """Tell whether `late` would run again with each build or release above `before`, too: the image
    below is another one, or an argument changes that a RUN there is given, or something uses, also
    in a stage that is copied from.

    What a COPY brings stays the same under another environment, a RUN does not.
    """
    if renewed_base(build, stage) is not Changes.SELDOM:
        return True
    uses, is_given = build.fact(_volatile_uses), False
    for step in build.steps_before(stage, before):
        each = step.instruction
        often = any(change is Changes.EVERY_BUILD for _, change in uses.get(each.index, ()))
        match each:
            case Arg():
                is_given = is_given or bool(_changes_often(build, each))
            case Env():
                is_given = is_given or often
            case Run() | Transfer() | Workdir() if often or (is_given and isinstance(each, Run)):
                return True
            case Copy() if comes_anew(build, each):
                return True
    return is_given and isinstance(late, Run)


def _changes_often(build: Build, arg: Arg) -> list[str]:
    """Return the arguments that change with each build, and that one is seen to pass: the name of
    one that nothing uses proves nothing.
    """
    return [
        pair.name
        for pair in arg.pairs
        if changes_of(build, arg, pair) is Changes.EVERY_BUILD and build.passes_anew(pair.name)
    ]


def renewed_above(build: Build, stage: Stage, before: Instruction) -> list[Argument]:
    """Return the arguments above an instruction of a stage by which all RUNs below run again with
    each build: an ENV hands them on, or each RUN of the stage is given them.
    """
    uses = build.fact(_volatile_uses)
    steps = [*build.steps_before(stage, before)]
    handed_on = {
        name
        for step in steps
        if isinstance(step.instruction, Env)
        for name, change in uses.get(step.instruction.index, ())
        if change is Changes.EVERY_BUILD
    }
    return [
        below_argument(build, step.stage, step.instruction, pair.name)
        for step in steps
        if isinstance(step.instruction, Arg)
        for pair in step.instruction.pairs
        if pair.name in handed_on
        or (step.stage is stage and pair.name in _changes_often(build, step.instruction))
    ]


_Volatile = frozenset[tuple[str, Changes]]  # arguments, and how often they change


def _volatile_uses(build: Build) -> dict[int, _Volatile]:
    """Return the arguments that change from build to build and that instructions use, also by what
    is made of them, by the instructions' numbers; a fact.
    """
    found: dict[int, _Volatile] = {}
    held: dict[int, dict[str, _Volatile]] = {}
    for stage in build.stages:
        variables = held[stage.index] = dict(held[stage.base.index] if stage.base else {})
        for each in stage.instructions:
            if variables and (used := _used_of(each, variables)):
                found[each.index] = used
            if isinstance(each, Arg | Env):
                _set_variables(build, each, variables)
    return found


def _used_of(instruction: Instruction, variables: Mapping[str, _Volatile]) -> _Volatile:
    """Return what an instruction uses of what variables are made of."""
    pattern = _WORD if isinstance(instruction, Run) else VARIABLE
    named = {name for text in instruction.texts for name in pattern.findall(text)}
    return _Volatile().union(*(variables[n] for n in named & variables.keys()))


def _set_variables(build: Build, setting: Arg | Env, variables: dict[str, _Volatile]) -> None:
    """Follow what an ARG or ENV sets: a constant of an ENV hides what was there."""
    for pair in setting.pairs:
        named = set(VARIABLE.findall(pair.value or "")) & variables.keys()
        made = _Volatile().union(*(variables[name] for name in named))
        if isinstance(setting, Arg):
            change = changes_of(build, setting, pair)
            made |= {(pair.name, change)} if change is not Changes.SELDOM else set()
        if made:
            variables[pair.name] = made
        elif isinstance(setting, Env):
            variables.pop(pair.name, None)


def rerun_for_nothing(build: Build, argument: Argument, changes: Changes) -> Sequence[Run]:
    """Return the RUNs that run again whenever an argument changes, though they do without it; none
    where it is a pin, where all of them are trifles, or where nothing uses a version and no build
    is seen to pass one. Nor those from the first on that it keeps up to date.
    """
    is_idle = changes is Changes.RELEASES and not argument.users
    is_idle = is_idle and not build.passes_anew(argument.name)  # who passes what nothing shows?
    if is_idle or _is_pin(build, argument):
        return ()
    reads = partial(may_read, build, name=argument.name)
    if changes is Changes.IMAGES:  # whose name does not tell that no program reads it
        settled = partial(_may_be_set_by, build, name=argument.name)
        idle: Sequence[Run] = list(takewhile(lambda run: not settled(run), argument.others))
    elif argument.users and not argument.in_environment:
        idle = argument.others
    elif argument.users:
        idle = list(filterfalse(reads, argument.others))
    elif changes is Changes.ON_PURPOSE:
        return _before_what_is_meant(build, argument)
    else:
        # whoever reads it does so without naming it: the first that may is meant
        idle = list(takewhile(lambda run: not reads(run), argument.others))
    if changes is not Changes.IMAGES:
        idle = list(takewhile(lambda run: not takes_the_newest(build, run), idle))
    return () if all(is_trifle(build, run) for run in idle) else idle


def takes_the_newest(build: Build, run: Run, *, upgraded: bool = True) -> bool:
    """Tell whether a RUN upgrades the system, where that is to be `upgraded`, installs what a
    variable names from a repository that it adds, or fetches what an address calls the newest or a
    branch: from the cache it would be as old as that is.
    """
    from dlint.facts.downloads import drift_of_fetch, follows_branch
    from dlint.shell import Fetch, Install

    effects = build.effects(run)
    of_system = [each for each in effects.of(Install) if each.managed_by.is_system]
    if upgraded and any(each.upgrade for each in of_system):
        return True
    if any(map(_OF_REPOSITORIES.match, effects.mentions)) and any(
        _ONLY_VARIABLE.fullmatch(package.word.raw) and not package.version
        for each in of_system
        for package in each.packages
    ):
        return True
    fetched = (drift_of_fetch(build.script(run), each) for each in effects.of(Fetch))
    return any(each.kind == "newest" for each in fetched) or follows_branch(build, run)


def _is_pin(build: Build, argument: Argument) -> bool:
    """Tell whether an argument says what to fetch from elsewhere, or which base to stand on: a
    context that is given in its place is the same whatever its name.
    """
    based = any(
        mentions(each.from_, {argument.name})
        and context_name(each.named_image) not in build.named_contexts
        for each in argument.stage.ancestors()
    )
    return based or any(_fetches(build, user, argument.name) for user in argument.users)


def _before_what_is_meant(build: Build, argument: Argument) -> Sequence[Run]:
    """Return the RUNs above the one that a cache buster is there for, which nothing mentions.

    Where but other arguments stand between it and a RUN, that one is meant; at a stage's end it is
    for all that stands on that.
    """
    own = argument.stage.instructions
    below = (i for i in own if i.index > argument.arg.index and not isinstance(i, Arg))
    first = next(below, None)
    if isinstance(first, Run) or not any(run in own for run in argument.others):
        return ()
    return list(takewhile(lambda run: not _wants_a_buster(build, run), argument.others))


def mentions(instruction: Instruction, names: set[str]) -> bool:
    """Tell whether an instruction uses a variable: a RUN may read it by its bare name, too
    (`printenv X`).
    """
    start = r"\b" if isinstance(instruction, Run) else r"\$\{?"
    return any(
        naming(name, start, r"\b").search(text)
        for name in names
        for text in instruction.texts
        if name in text
    )


def _is_stale(build: Build, stage: Stage, before: Instruction, rivals: frozenset[int]) -> bool:
    """Tell whether a stage's base, or what stands in it above `before`, reruns at every commit
    anyway, or whenever one of the arguments does that `rivals` use.
    """
    return any(
        _changes_anyway(build, instruction)
        or (instruction.index in rivals and _settles(build, instruction))
        for ancestor in stage.ancestors()
        for instruction in ancestor.instructions
        if ancestor is not stage or instruction.index < before.index
    )


def _changes_anyway(build: Build, instruction: Instruction) -> bool:
    """Tell whether an instruction comes again at every commit, or with every release where no other
    image is pushed.
    """
    return _changes_with_the_context(build, instruction) or _changes_with_releases(
        build, instruction
    )


def _changes_with_releases(build: Build, instruction: Instruction) -> bool:
    """Tell whether what a COPY or ADD takes is no more the same in the next image that is pushed:
    it changes now and then, and releases alone are pushed, with many commits each.
    """
    from dlint.facts.handed_on import change_of

    if not isinstance(instruction, Transfer) or not build.is_released:
        return False
    step = build.step_of(instruction)
    return step is not None and change_of(build, step) is not None


def _changes_with_the_context(build: Build, instruction: Instruction) -> bool:
    match instruction:
        case Copy(from_=str(name)) if name:
            if takes_manifests(instruction):
                return False
            is_whole = _copies_the_context(build, instruction, name)
            return is_whole or _changes_with_most_commits(build, instruction)
        case Transfer():
            return instruction.takes_whole_context
        case Run():
            return any(
                mount.type == "bind" and not mount.from_ and not (mount.source or "").strip("./")
                for mount in instruction.mounts
            )
    return False


def _changes_with_most_commits(build: Build, copy: Copy) -> bool:
    """Tell whether git shows that what a COPY takes from another stage is mostly another one."""
    from dlint.facts.handed_on import change_of

    step = build.step_of(copy)
    change = change_of(build, step) if step and build.history else None
    return isinstance(change, Counted) and change.share > MOSTLY


def _copies_the_context(build: Build, copy: Copy, name: str) -> bool:
    """Tell whether a COPY takes from a stage that the whole context is copied to."""
    source = next((each for each in build.stages if each.name == name.lower()), None)
    if source is None or source.index >= copy.index or not build.live(source):
        return False
    steps = (each for ancestor in source.ancestors() for each in ancestor.instructions)
    return any(isinstance(each, Transfer) and each.takes_whole_context for each in steps)


def _settles(build: Build, user: Instruction) -> bool:
    """Tell whether all below a user runs again for good reason; a RUN that only writes the value
    down could go last.
    """
    if isinstance(user, Run):
        return any(command.name not in _WRITES_DOWN for command in build.script(user).commands)
    return isinstance(user, Transfer | Workdir)


def _derived(setting: Env | Arg, names: set[str]) -> list[str]:
    """Return the variables that an ENV, or an ARG's default, makes of `names`, and follow it: what
    is made of them changes with them, and a constant of an ENV hides them.
    """
    derived = []
    for pair in setting.pairs:
        if any(naming(name, r"\$\{?", r"\b").search(pair.value or "") for name in names):
            names.add(pair.name)
            derived.append(pair.name)
        elif isinstance(setting, Env):
            names.discard(pair.name)
    return derived


def moved_along(arguments: Iterable[Argument], last: Run) -> Sequence[str]:
    """Name what uses arguments between their ARGs and `last`, and so has to go below that with
    them: of an ENV or ARG that sets more than that, the variables that do.
    """
    found = dict[str, int]()
    for argument in arguments:
        names = {argument.name}
        for user in argument.users:
            if user.index < last.index:
                parts = _derived(user, names) if isinstance(user, Env | Arg) else []
                is_part = isinstance(user, Env | Arg) and len(parts) < len(user.pairs)
                of = f"{', '.join(f'`{part}`' for part in parts)} of " * is_part
                found[f"{of}the `{user.name}` in line {user.line}"] = user.index
    named = sorted(found, key=lambda each: found[each])
    rest = len(named) - NAMED
    return named if rest <= 1 else [*named[:NAMED], f"{rest} more"]


def passed_beside(build: Build, arguments: Sequence[Argument], last: Run) -> list[str]:
    """Name arguments of one stage and those that stand right beside them and are seen to be passed
    anew, too, if nothing up to `last` uses one of those: they move together, or a block of ARGs is
    torn. None where there are no others.
    """
    own, stage = {each.name for each in arguments}, arguments[0].stage
    found = [
        name
        for block in _blocks(stage)
        if not own.isdisjoint(block)
        for name, arg in block.items()
        if name in own or _is_idle(build, stage, arg, name, last)
    ]
    return found if len(found) > len(own) else []


def _blocks(stage: Stage) -> list[dict[str, Arg]]:
    """Return the arguments that a stage declares line by line, each block by itself."""
    blocks: list[dict[str, Arg]] = []
    line = None
    for arg in stage.instructions:
        if isinstance(arg, Arg):
            if line is None or arg.line != line + 1:
                blocks.append({})
            blocks[-1].update(dict.fromkeys((pair.name for pair in arg.pairs), arg))
            line = arg.line
    return blocks


def _is_idle(build: Build, stage: Stage, arg: Arg, name: str, last: Run) -> bool:
    """Tell whether an argument is seen to be passed anew, and nothing up to `last` uses it."""
    users = below_argument(build, stage, arg, name).users
    return build.passes_anew(name) and all(each.index > last.index for each in users)


def is_read(build: Build, argument: Argument) -> bool:
    """Tell whether something below an argument uses it, or starts what may look at any variable."""
    if argument.users:
        return True
    below = (run for run in build.fact(_readers) if run.index > argument.arg.index)
    return any(
        may_read(build, run, argument.name)
        for run in below
        if (stage := build.stage_of(run)) and build.stands_on(stage, argument.stage)
    )


def _readers(build: Build) -> tuple[Run, ...]:
    """Return the RUNs that start something which may look at any variable; a fact."""
    runs = (each for stage in build.stages for each in stage.instructions if isinstance(each, Run))
    return tuple(run for run in runs if may_read_environment(build, run))


def _fetches(build: Build, user: Instruction, name: str) -> bool:
    """Tell whether an instruction gets something from elsewhere that an argument names."""
    if isinstance(user, Add):
        return any("://" in word.text and name in word.text for word in user.sources)
    if not isinstance(user, Run):
        return False
    mention = naming(name, r"\$\{?", r"\b")
    for command in build.script(user).commands:
        verbs = _FETCHERS.get(command.name)
        if verbs is None or not any(mention.search(word.raw) for word in command.args):
            continue
        if not verbs or any(word.text in verbs for word in command.args):
            return True
    return False


def may_read_environment(build: Build, run: Run) -> bool:
    """Tell whether a RUN starts something of the project's own, which may look at any variable."""
    from dlint.shell import Unknown

    return _works_on_the_project(build, run) or bool(build.effects(run).of(Unknown))


def _works_on_the_project(build: Build, run: Run) -> bool:
    """Tell whether a RUN builds or installs the project, or does what cannot be read."""
    from dlint.shell import Install

    found = build.effects(run)
    return not found.known or any(each.hidden or each.projects for each in found.of(Install))


def may_read(build: Build, run: Run, name: str) -> bool:
    """Tell whether a RUN starts something that may look at a variable: no compiler does, and no
    script of the context whose text does not name it and that starts nothing of the project's in
    turn.
    """
    from dlint.shell import Unknown

    if _works_on_the_project(build, run):
        return True
    blind = frozenset() if name == _OF_COMPILERS else _COMPILERS
    others = [each.command for each in build.effects(run).of(Unknown)]
    others = [each for each in others if each.name not in blind]
    texts = [script_started(build, run, command) for command in others]
    return any(text is None or name in text or _STARTS.search(text) for text in texts)


def _may_be_set_by(build: Build, run: Run, name: str) -> bool:
    """Tell whether a RUN starts something that may look at a variable, of whatever name, or a
    language's manager: those have settings among the variables, as `NODE_ENV`.
    """
    from dlint.shell import Install

    managers = (each.managed_by for each in build.effects(run).of(Install))
    return not all(each.is_system for each in managers) or may_read(build, run, name)


def script_started(build: Build, run: Run, command: Command) -> str | None:
    """Return the text of the context's file that a command of a RUN starts; None where it is none,
    or nothing that can be read.
    """
    stage, state = build.stage_of(run), build.state(run)
    above = build.fact(arrivals).before(stage, run) if stage else ()
    for arrival in above:
        source = arrival.started_by(command, state.workdir)
        if source is not None and build.context.entries[source].size < _LARGEST:
            return build.context.read(source).decode("utf-8", "replace")
    return None


def _wants_a_buster(build: Build, run: Run) -> bool:
    """Tell whether a cache buster may be there for a RUN: it fetches what moves (an index, a
    download, a release that no lock file names), or does what nobody can tell.
    """
    from dlint.shell import Clone, Fetch, Install, Refresh

    found = build.effects(run)
    if any(isinstance(each, Refresh | Clone | Fetch) for each in found.items):
        return True
    moves = any(each.upgrade or each.locked is not True for each in found.of(Install))
    return moves or may_read_environment(build, run)


def is_trifle(build: Build, run: Run) -> bool:
    """Tell whether a RUN is as good as nothing to run again, and its layer as good as nothing to
    upload.
    """
    script = build.script(run)
    return script.parsed and all(map(_does_a_trifle, script.commands))


def _does_a_trifle(command: Command) -> bool:
    """Tell whether a command writes a line or a link, or by its name only checks something."""
    given = {word.form for word in command.args}
    is_trifle = command.name in _TRIFLES or _CHECKS.search(command.name)
    return bool(is_trifle) and _RECURSIVE.isdisjoint(given)


def only_hands_on(instruction: Instruction, name: str) -> bool:
    """Tell whether an ENV sets nothing but what is made of an argument."""
    if not isinstance(instruction, Env):
        return False
    return all(naming(name, r"\$\{?", r"\b").search(pair.value or "") for pair in instruction.pairs)
