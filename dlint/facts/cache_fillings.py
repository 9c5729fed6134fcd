"""Which commands of a RUN surely leave something in a package manager's cache."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.asked_first import is_missed_in_base
from dlint.facts.deletions import deleting, emptying
from dlint.reads.arrivals import arrivals
from dlint.shell import CacheLeft, Install
from dlint.shell.managers.manager import Call
from dlint.syntax import Run, Transfer
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Command
    from dlint.shell.managers.manager import AtHand, Manager, Packaged

# What `pip wheel` makes of a project and all that it needs is never such an archive.
_SOURCE = regex(r"\.(?:tar\.\w+|tgz|zip)\Z")


def filled_by(build: Build, run: Run, cache: CacheLeft) -> tuple[Command, ...]:
    """Return those commands of `run` that surely leave something in a cache."""
    return tuple(each for each in cache.commands if _leaves(build, run, cache, each))


def told_by(build: Build, run: Run, cache: CacheLeft) -> Command:
    """Return the command of `run` that says most of what is left in a cache: the last that
    certainly installs a project's list, rather than packages by their names.
    """
    commands = reversed(filled_by(build, run, cache))
    return max(
        commands,
        key=lambda each: (surely_runs(build, run, each), installs_list(build, run, each)),
    )


def surely_runs(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command of `run` runs whenever the step succeeds, as far as its base tells."""
    return command.certain or is_missed_in_base(build, run, command)


def installs_list(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command of `run` installs what a project's list names."""
    installs = build.effects(run).of_command(Install, command)
    return any(each.manifests and not each.packages for each in installs)


def _leaves(build: Build, run: Run, cache: CacheLeft, command: Command) -> bool:
    from dlint.facts.tools import version_of

    manager, stage = cache.managed_by, build.stage_of(run)
    if stage is None or _may_be_kept_away(build, run, cache, command):
        return False
    is_fetched = manager.name == "go" and cache.kind == "cache"
    if is_fetched and (
        _is_without_module(build, stage, run, command)
        or _is_fetched_above(build, stage, run, cache, command)
    ):
        return False
    if manager.leaves is not None:
        words = tuple(word.form for word in command.args)
        variables = {**command.assignments, **_values(build, run)}
        return manager.leaves(Call(cache.kind, words, variables, version_of(stage, manager.image)))
    if manager.at_hand and _takes_all_at_hand(build, run, command, manager.at_hand):
        return False
    if manager.name == "pip" and _is_there_by_now(build, run, command):
        return False
    return not (manager.packaged and _is_old(build, stage, command, manager))


def _is_there_by_now(build: Build, run: Run, command: Command) -> bool:
    """Tell whether pip upgrades what commands before it, of the same RUN, have just upgraded: it
    finds nothing to download.
    """
    effects, wanted = build.effects(run), _upgraded(build, run, command)
    here = build.script(run).commands
    if not wanted or command not in here:
        return False
    for before in reversed(here[: here.index(command)]):
        if before.name in _OTHERS_FOLLOW:
            return False
        if before.assignments == command.assignments and _calls_alike(before, command):
            wanted -= _upgraded(build, run, before) if before.certain else frozenset()
        if not wanted:
            return True
        # It may bring an older one; what a list asks for hardly does.
        if any(wanted & each.names for each in effects.of_command(Install, before)):
            return False
    return False


def _upgraded(build: Build, run: Run, command: Command) -> frozenset[str]:
    """Return the packages that a command brings to their newest versions; none where one of its
    flags may have it take other ones, or put them elsewhere.
    """
    installs = build.effects(run).of_command(Install, command)
    names = frozenset(
        package.name
        for each in installs
        for package in each.packages
        if package.kind == "index" and package.text == package.name
    )
    flags = {form for form in command.forms if form.startswith("-")} - {"-m"}
    is_plain = flags <= _UPGRADING | _CHANGING_NONE and not flags.isdisjoint(_UPGRADING)
    is_all = all(len(names) == len(each.packages) and not each.manifests for each in installs)
    return names if is_plain and is_all else frozenset()


def _calls_alike(one: Command, other: Command) -> bool:
    """Tell whether two commands start the same pip, as the same user."""

    def program(command: Command) -> list[str]:
        forms = command.forms
        return [command.word.form, *forms[: forms.index("install")]] if "install" in forms else []

    return (one.user, one.cwd) == (other.user, other.cwd) and program(one) == program(other)


# What has the commands behind it find other programs: `. /venv/bin/activate`.
_OTHERS_FOLLOW = frozenset((".", "source", "eval"))
_UPGRADING = frozenset(("-U", "--upgrade"))
_CHANGING_NONE = frozenset(
    "--no-cache-dir --no-cache -q --quiet --no-input --break-system-packages"
    " --disable-pip-version-check --root-user-action=ignore".split()
)


def _may_be_kept_away(build: Build, run: Run, cache: CacheLeft, command: Command) -> bool:
    """Tell whether a word of a command may be the flag that keeps a cache away; one that its stage
    does not see is empty.
    """
    if not command.may_hold(*cache.managed_by.cache(cache.kind).off):
        return False
    from dlint.facts.hidden_arguments import expands_unseen

    return not expands_unseen(build, run, command)


def _is_fetched_above(
    build: Build, stage: Stage, run: Run, cache: CacheLeft, command: Command
) -> bool:
    """Tell whether a RUN above has downloaded what a project's manifests name, for this command as
    well, and its layer keeps that: nothing is left to download.
    """
    own = next(iter(build.effects(run).of_command(Install, command)), None)
    if own is None or own.packages:
        return False
    ahead = build.fact(_prefetching).get((own.manager, own.folders), ())
    return _is_kept_ahead(build, stage, run, cache, ahead)


def holds_what_is_fetched_ahead(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a cache that a RUN fills holds what a RUN above has downloaded ahead for a
    project: who deletes it there frees none of that, and takes it from what is below.
    """
    stage = build.stage_of(run)
    if stage is None or cache.kind != "cache":
        return False
    return any(
        manager == cache.manager and _is_kept_ahead(build, stage, run, cache, ahead)
        for (manager, _), ahead in build.fact(_prefetching).items()
    )


def _is_kept_ahead(
    build: Build,
    stage: Stage,
    run: Run,
    cache: CacheLeft,
    ahead: Iterable[tuple[int, set[tuple[str, ...]]]],
) -> bool:
    """Tell whether one of the RUNs that download `ahead` into a cache is above `run`, and no RUN
    between them empties it.
    """
    return any(
        cache.paths in paths and not _is_emptied_from(build, stage, at, run, cache)
        for at, paths in ahead
        if at < run.index and _is_in_chain(build, stage, at)
    )


def _is_emptied_from(build: Build, stage: Stage, first: int, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a RUN of a stage's chain empties a cache, from the one numbered `first` on and
    above `run`.
    """
    return any(
        emptying(effects, cache) is not None
        for at, effects in build.fact(deleting).items()
        if first <= at < run.index and _is_in_chain(build, stage, at)
    )


def _is_in_chain(build: Build, stage: Stage, number: int) -> bool:
    owner = build.stage_of(build.dockerfile.instructions[number])
    return owner is not None and build.stands_on(stage, owner)


def _prefetching(
    build: Build,
) -> dict[tuple[str, frozenset[str]], list[tuple[int, set[tuple[str, ...]]]]]:
    """Return by manager and projects the RUNs that download ahead all that those need: their
    numbers, and where they leave it.
    """
    found: dict[tuple[str, frozenset[str]], list[tuple[int, set[tuple[str, ...]]]]] = {}
    for run in build.dockerfile.instructions:
        effects = build.effects(run) if isinstance(run, Run) else None
        ahead = [*filter(_prefetches, effects.of(Install))] if effects else []
        paths = {each.paths for each in effects.of(CacheLeft)} if effects and ahead else set()
        for install in ahead:
            found.setdefault((install.manager, install.folders), []).append((run.index, paths))
    return found


def _prefetches(install: Install) -> bool:
    """Tell whether a command surely downloads ahead all that a project needs."""
    words, asked = install.managed_by.prefetch.split()[1:], install.command.forms
    # Names behind it are some of the modules.
    is_all = all(each.startswith("-") for each in asked[len(words) :])
    return words != [] and asked[: len(words)] == words and is_all and install.command.certain


def _is_without_module(build: Build, stage: Stage, run: Run, command: Command) -> bool:
    """Tell whether Go compiles files outside of any module, which can use its own library alone: no
    COPY above brings a `go.mod`, and no RUN may have made one.
    """
    if not any(word.form.endswith(".go") for word in command.args):
        return False
    above = [step for step in build.steps_before(stage, run) if step.stage is stage]
    brought = [
        build.fact(arrivals).of(step, step.instruction)
        for step in above
        if isinstance(step.instruction, Transfer)
    ]
    if not brought or any(isinstance(step.instruction, Run) for step in above):
        return False
    return all(each is not None and each.known and not _has_module(each) for each in brought)


def _has_module(arrival: Arrival) -> bool:
    return any(posixpath.basename(place) in {"go.mod", "go.work"} for place in arrival.files)


def _values(build: Build, run: Run) -> dict[str, str]:
    """Return the variables that are set above a RUN, to other than nothing."""
    return {name: value for name, value in build.state(run).values.items() if value}


def _takes_all_at_hand(build: Build, run: Run, command: Command, at_hand: AtHand) -> bool:
    """Tell whether it installs what was made with all that it needs, such as a folder's wheels."""
    own = build.effects(run).of_command(Install, command)
    install = next((each for each in own if not each.manifests), None)
    return _names_folder(command, at_hand) or (
        install is not None and _is_at_hand(build, run, install, at_hand)
    )


def _is_at_hand(build: Build, run: Run, install: Install, at_hand: AtHand) -> bool:
    is_alone = _is_alone(install.command, at_hand)
    ends = at_hand.package if is_alone else "*"
    names = [package.name if package.kind == "path" else "" for package in install.packages]
    patterns = _patterns(install, names)
    taken = [name in patterns or name.endswith(ends) for name in names]
    taken += [place.form in patterns for place in install.projects]
    # A wheel that a pattern names (`shop-*.whl`) is the project's own as well, and so is an archive
    # of its source, unless a list was installed before.
    is_source = bool(patterns) and all(map(_SOURCE.search, patterns))
    is_one = is_source or any(map(_names_one, patterns))
    is_own = is_one and not _installs_a_list(build, run, install)
    return bool(taken) and all(taken) and (is_alone or not is_own)


def _patterns(install: Install, names: Sequence[str]) -> list[str]:
    """Return the patterns by which an install names what it takes."""
    # A wheel whose extras are asked for (`*.whl[web]`) is the project's own, without what it needs.
    asks = any(word.form.endswith("]") for word in install.command.args)
    of_projects = [place.form for place in install.projects if place.glob and not asks]
    return [name for name in names if "*" in name] + of_projects


def _names_one(pattern: str) -> bool:
    """Tell whether a pattern names a package of which it takes any version."""
    name = pattern.rpartition("/")[2]
    return name[:1].isalnum() and name.endswith(".whl")


def _installs_a_list(build: Build, run: Run, install: Install) -> bool:
    """Tell whether a list of dependencies, or a project, is installed in a RUN or above it."""
    stage = build.stage_of(run)
    above = build.effects_above(Install, stage, run) if stage else ()
    installs = (*(each for _, each in above), *build.effects(run).of(Install))
    alike = (each for each in installs if each.manager == install.manager and each is not install)
    return any(each.manifests for each in alike)


def _is_alone(command: Command, at_hand: AtHand) -> bool:
    return at_hand.alone in [word.form for word in command.args]


def _names_folder(command: Command, at_hand: AtHand) -> bool:
    """Tell whether it is given a folder of packages (`--find-links=/wheels`): a single package is
    none, and what that needs is downloaded.
    """
    words = [word.form for word in command.args]
    for word, after in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        place = value if equals else after
        if name in at_hand.folders and "://" not in place and not place.endswith(at_hand.package):
            return True
    return False


def _is_old(build: Build, stage: Stage, command: Command, manager: Manager) -> bool:
    """Tell whether a command is of the distribution's manager, from before it had a cache."""
    packaged = manager.packaged
    if packaged is None or not _is_old_distribution(stage, packaged):
        return False
    is_packaged = False
    for install in _installs_above(build, stage, packaged):
        if install.command is command:
            return is_packaged
        names = {package.name for package in install.packages}
        if install.manager == manager.name and manager.name in names:
            return False
        is_packaged |= install.manager == "apt" and not names.isdisjoint(packaged.names)
    return False


def _installs_above(build: Build, stage: Stage, packaged: Packaged) -> Iterator[Install]:
    """Yield the installs of a stage's chain, up to a RUN that replaces the distribution's own."""
    for step in build.chain(stage):
        run = step.instruction
        if isinstance(run, Run):
            if packaged.replaced.search(run.value.text):
                return
            yield from build.effects(run, step.state).of(Install)


def _is_old_distribution(stage: Stage, packaged: Packaged) -> bool:
    from dlint.facts.tools import version_of

    for distribution, first in packaged.cached_since.items():
        version = version_of(stage, distribution)
        if version:
            return version < first
    return False
