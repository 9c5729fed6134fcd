"""Which RUNs an argument reruns for nothing."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from dlint.facts.argument_changes import changes_of
from dlint.facts.arguments import below_argument, mentions, renewed_above
from dlint.facts.variable_readers import (
    is_likely_reader,
    may_be_set_by,
    may_read,
    may_read_environment,
)
from dlint.facts.volatile_uses import WRITES_DOWN
from dlint.facts.volatility import Changes
from dlint.images.reference import context_name
from dlint.syntax import Add, Arg, Env, Run
from dlint.text.patterns import regex
from dlint.text.safe import naming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.facts.arguments import Argument
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Command, Fetch
    from dlint.syntax import Instruction

# Who gets something of that version from elsewhere, so that the argument is a pin; with the verbs
# that mean it.
_FETCHERS = {
    **dict.fromkeys("aria2c aws curl docker gh git helm hg oras skopeo svn wget".split(), ()),
    **dict.fromkeys(("npm", "pnpm", "yarn", "bun"), ("install", "i", "add", "global")),
    **dict.fromkeys(
        ("apt", "apt-get", "dnf", "microdnf", "yum", "pip", "pip3", "gem", "go", "cargo"),
        ("install", "get"),
    ),
    **dict.fromkeys(("apk", "uv", "poetry", "composer"), ("add", "pip", "require", "tool")),
}
_TRIFLES = WRITES_DOWN | {
    *("false", "test", "[", "[[", "touch", "chmod", "chown", "ln", "rm", "cd", "exit", "export"),
    "ldconfig",  # a few kB
    *("addgroup", "adduser", "groupadd", "groupmod", "useradd", "usermod"),
}
_RECURSIVE = frozenset(("-R", "--recursive"))
# A script that only looks.
_CHECKS = regex(r"(?:^|[-_.])(?:checks?|smoke\w{0,20}|tests?|verify)[-_.]")
# A package that a variable names alone.
_ONLY_VARIABLE = regex(r"\"?\$(?:\w+|\{\w+\})\"?")
# Where managers of the system's packages are told of repositories.
_OF_REPOSITORIES = regex(
    r"/etc/(?:apt/sources|apk/repositories|yum\.repos\.d/|zypp/repos)|/usr/share/keyrings/"
)

# A part of an address that is there only where a variable is set, and may hold that.
_OPTIONAL = regex(r"\$\{(\w+):?\+(?:[^{}]|\$\{\w+\})*\}")


def rerun_for_nothing(build: Build, argument: Argument, changes: Changes) -> Sequence[Run]:
    """Return the RUNs that run again whenever an argument changes, though they do without it; none
    where it is a pin, where all of them are trifles, or where nothing uses a version and no build
    is seen to pass one. Nor where each known build refuses the cache: they all run again anyway.
    Nor those from the first on that it keeps up to date.
    """
    if build.refuses_cache:
        return ()
    is_shown = argument.users or build.passes_anew(argument.name)  # or who passes it?
    if (changes is Changes.RELEASES and not is_shown) or _is_pin(build, argument):
        return ()
    if changes is Changes.ON_PURPOSE and not argument.users:
        return _before_what_is_meant(build, argument)
    idle = _doing_without(build, argument, changes)
    if changes is not Changes.IMAGES:
        idle = _but_for_rivals(build, argument, changes, idle)
        idle = list(takewhile(lambda run: not takes_the_newest(build, run), idle))
    return () if all(is_trifle(build, run) for run in idle) else idle


def is_told_of(build: Build, stage: Stage, first: Instruction) -> bool:
    """Tell whether arguments alone make all below an instruction run again with each build, and
    each of them reruns other steps for nothing, too: order/volatile-arg then says to declare it
    below these.
    """
    above = renewed_above(build, stage, first)
    return bool(above) and all(
        rerun_for_nothing(build, each, Changes.EVERY_BUILD) for each in above
    )


def _doing_without(build: Build, argument: Argument, changes: Changes) -> Sequence[Run]:
    """Return the RUNs below an argument that start nothing which may look at it."""
    name, others = argument.name, argument.others
    if changes is Changes.IMAGES:  # whose name does not tell that no program reads it
        return list(takewhile(lambda run: not may_be_set_by(build, run, name), others))
    if argument.users and not argument.in_environment:
        return others
    if argument.users:
        before = takewhile(lambda run: not is_likely_reader(build, run, name), others)
        return [run for run in before if not may_read(build, run, name)]
    # whoever reads it does so without naming it: the first that may is meant
    return list(takewhile(lambda run: not may_read(build, run, name), others))


def _but_for_rivals(
    build: Build, argument: Argument, changes: Changes, idle: Sequence[Run]
) -> Sequence[Run]:
    """Return the RUNs of `idle` but for those that may read another argument above them, which
    changes whenever this one does: they run again wherever this one stands.
    """
    if not any(may_read_environment(build, run) for run in idle):
        return idle
    often = {changes, Changes.EVERY_BUILD}
    for step in build.chain(argument.stage):
        arg = step.instruction
        if not isinstance(arg, Arg):
            continue
        for pair in arg.pairs:
            if pair.name != argument.name and changes_of(build, arg, pair) in often:
                idle = _unread(build, below_argument(build, step.stage, arg, pair.name), idle)
    return idle


def _unread(build: Build, rival: Argument, idle: Sequence[Run]) -> Sequence[Run]:
    """Return the RUNs of `idle` that look at another argument's value neither in the environment
    nor, where nothing mentions it, below the first that may.
    """
    settings = (user.index for user in rival.users if isinstance(user, Env))
    start = next(settings, rival.arg.index)

    def does_without(run: Run) -> bool:
        return run.index < start or not may_read(build, run, rival.name)

    if not rival.users:
        return list(takewhile(does_without, idle))
    return list(filter(does_without, idle)) if rival.in_environment else idle


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


def _wants_a_buster(build: Build, run: Run) -> bool:
    """Tell whether a cache buster may be there for a RUN: it fetches what moves (an index, a
    download, a release that no lock file names), or does what nobody can tell.
    """
    from dlint.shell.effects import Clone, Fetch, Install, Refresh

    found = build.effects(run)
    if any(isinstance(each, Refresh | Clone | Fetch) for each in found.items):
        return True
    moves = any(each.upgrade or each.locked is not True for each in found.of(Install))
    return moves or may_read_environment(build, run)


def takes_the_newest(build: Build, run: Run, *, upgraded: bool = True) -> bool:
    """Tell whether a RUN upgrades the system, where that is to be `upgraded`, installs what a
    variable names from a repository that it adds, or fetches what an address or a comment calls
    the newest, a branch, or what nothing sets the version of: from the cache it would be as old as
    that is.
    """
    from dlint.facts.downloads import follows_branch
    from dlint.shell.effects import Install

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
    return _fetches_the_newest(build, run) or follows_branch(build, run)


def _fetches_the_newest(build: Build, run: Run) -> bool:
    """Tell whether an address that a RUN fetches, or a comment on it, calls that the newest."""
    from dlint.facts.downloads import drift_of_fetch, is_meant_to_move
    from dlint.shell.effects import Fetch

    script, fetched = build.script(run), build.effects(run).of(Fetch)
    if fetched and is_meant_to_move(build, run):
        return True
    return any(
        drift_of_fetch(script, each).kind == "newest" or _leaves_version_out(build, run, each)
        for each in fetched
    )


def _leaves_version_out(build: Build, run: Run, fetch: Fetch) -> bool:
    """Tell whether an address has a part for a version that nothing sets: `tool${V:+-$V}.zip`."""
    from dlint.facts.addresses import drift

    state = build.state(run)
    parts = [each for each in _OPTIONAL.finditer(fetch.form) if not state.values.get(each[1])]
    if not parts or any(build.passed.get(each[1]) for each in parts):
        return False
    address = fetch.form
    for each in parts:
        address = address.replace(each[0], "")
    return drift(address).kind in {"newest", "unversioned"}


def downloads_unversioned(build: Build, run: Run) -> bool:
    """Tell whether a RUN downloads something whose address names no version, where that alone
    decides what the image holds.
    """
    from dlint.facts.downloads import drift_of_fetch, is_unverified
    from dlint.shell.effects import Fetch

    script = build.script(run)
    return any(
        drift_of_fetch(script, each).kind == "unversioned" and is_unverified(build, run, each)
        for each in build.effects(run).of(Fetch)
    )


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
