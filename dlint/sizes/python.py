"""What installs of Python's packages bring: wheels that an index has, by the names of commands and
lists, and those that stand in a folder.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

from dlint.facts.dependencies import dependency_folders
from dlint.findings import Basis, Size
from dlint.model.scope import join
from dlint.model.stages import find_stage
from dlint.shell.managers import family
from dlint.sizes.changes import guess
from dlint.sizes.grounds import is_python_image, may_hold_packages
from dlint.sizes.held import Holding
from dlint.syntax import Copy, Run
from dlint.text.paths import within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from dlint.facts.stored import Stored
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.sizes.catalogue import Catalogue
    from dlint.sizes.lists import Listed
    from dlint.sizes.projects import Project


# Bytes in a layer for a byte of a wheel where pip adds byte code: 57 wheels of 101 MB made one of
# 135 MB (pip 23.2).
PER_WHEEL = 1.335
# The same of wheels of less than 1 MB, most of which hold text alone; and without byte code, as 104
# wheels show (tools/sizes/wheels.py).
SMALL = 1_000_000
SMALL_COMPILED, SMALL_PLAIN, LARGE_PLAIN = 2.15, 0.88, 0.95
# With byte code, of wheels of 55 MB and more, which hold machine code and next to nothing else: 5
# of 590 MB made layers of 592 MB (the same tool). The largest of text, ansible's, has 54 MB.
LARGE, LARGE_COMPILED = 55_000_000, 1.004
# What pip 24.0 stores of its own where Python 3.11 has no byte code yet (tools/sizes/commands.py).
FIRST_PIP = 4_060_000
_NO_BYTE_CODE = "PYTHONDONTWRITEBYTECODE"
_EXTRAS = regex(r"[\w.-]+\[[^\]]+\]")
_WHEEL = regex(r"\.whl(?:\[[^\]]*\])?\Z")
_ALL_OF_FOLDER = regex(r"/\*(?:\.whl|\.tar\.gz)?\Z")
_COMPILERS = frozenset(("pip", "pipenv", "pipx"))  # the others compile where they are told to
_COMPILES = frozenset(("--compile", "--compile-bytecode"))


def python_bytes(
    build: Build,
    stage: Stage,
    run: Run,
    installs: Sequence[Install],
    weigh: Callable[[Stored], Size],
) -> Size:
    """Return about how many bytes `installs`, commands of `run`, add to its layer.

    `weigh` tells what an install above has put somewhere.
    """
    from dlint.sizes.questions import better

    kept = [each for each in installs if each.keeps_archives]
    unpacked = [each for each in installs if not each.keeps_archives]
    parts = [fetched_wheels(build, kept), *_own(build, kept, float)] if kept else []
    for some in _by_needs(unpacked):
        above = _python_above(build, stage, run, some)
        compiled = any(_compiles(build, run, each) for each in some)
        folders = Size.sum(_from_folders(build, stage, run, some, weigh))
        folders = folders.times(PER_WHEEL if compiled else 1)
        spread = _compiled if compiled else _plain
        there = set[str]().union(*[each.names for each in above])
        wheels = wheels_bytes(build, some, there, spread)
        told = _from_index(build, some, [each.install for each in above], bytecode=compiled)
        brought = better(told, wheels)
        if _may_be_there(build, stage, run, some):
            brought = brought._replace(doubt=brought.bytes)
        parts += [folders, brought, *_own(build, some, spread)]
    return Size.sum(parts)


def _may_be_there(build: Build, stage: Stage, run: Run, installs: Sequence[Install]) -> bool:
    """Tell whether the base may hold what installs bring: none makes a folder of its own for it."""
    if not may_hold_packages(build, stage):
        return False
    step = build.step_of(run)
    return step is None or not all(dependency_folders(build, step, each) for each in installs)


def _by_needs(installs: Sequence[Install]) -> list[list[Install]]:
    """Part installs into those that bring what packages need and those that do not."""
    from dlint.sizes.lists import is_alone

    parts = [[each for each in installs if is_alone(each) is alone] for alone in (False, True)]
    return [each for each in parts if each]


def _own(
    build: Build, installs: Sequence[Install], spread: Callable[[int], float]
) -> Iterator[Size]:
    """Yield what the own files of the context's projects come to that are installed with what they
    need.
    """
    from dlint.sizes.projects import wheel_bytes

    for install in installs:
        for each in _projects(build, install) if _is_whole(install) else ():
            if each is not None and not each.editable:
                wheel = wheel_bytes(build, each)
                yield wheel._replace(bytes=round(spread(round(wheel.bytes / SMALL_PLAIN))))


def _is_whole(install: Install) -> bool:
    """Tell whether an install takes a project whole, from its folder or as a wheel."""
    from dlint.installs.wheels import wheel_folders

    return _takes_project(install) or bool(wheel_folders(install))


def _projects(build: Build, install: Install) -> list[Project | None]:
    from dlint.sizes.lists import step_of
    from dlint.sizes.projects import projects_of

    step = step_of(build, install)
    return projects_of(build, step, install) if step else []


def first_run_bytes(build: Build, stage: Stage, run: Run) -> Size:
    """Return what pip stores of its own in its first RUN on an official image of Python's, which
    has no byte code: root's pip writes its own, and that of the modules that it imports.
    """
    from dlint.shell.effects import Install

    if not is_python_image(build, stage.outermost):
        return Size()
    above = build.effects_above(Install, stage, run)
    if any(_runs_pip(build, at, each) for at, each in above):
        return Size()
    runs = any(_runs_pip(build, run, each) for each in build.effects(run).of(Install))
    return Size(FIRST_PIP, Basis.MODELLED) if runs else Size()


def _runs_pip(build: Build, run: Run, install: Install) -> bool:
    """Tell whether an install runs root's own pip, not one of an environment, and lets it write
    byte code.
    """
    state, command = build.state(run), install.command
    values = {**state.values, **command.assignments}
    is_root = (command.user or state.user) in {None, "", "0", "root"}
    is_own = "/" not in command.word.form or command.word.form.startswith("/usr/")
    return install.manager == "pip" and is_root and is_own and not values.get(_NO_BYTE_CODE)


def _from_index(
    build: Build, installs: Sequence[Install], above: Sequence[Install], *, bytecode: bool
) -> Size | None:
    """Return what an index tells of installs, but for what comes with those above; None where
    nobody says anything.
    """
    from dlint.sizes.questions import ask_python

    told = ask_python(build, installs, bytecode=bytecode)
    if told is None:
        return None
    size = told.without(ask_python(build, above, bytecode=bytecode)).size
    untold = [why for each in installs for why in _untold(build, each)]
    return size.plus(Size.unknown(*untold)) if untold else size


def fetched_wheels(build: Build, installs: Sequence[Install]) -> Size:
    """Return about how many bytes of wheels the installs fetch."""
    from dlint.sizes.questions import ask_python, better

    told = ask_python(build, installs)
    return better(told.archive_size if told else None, wheels_bytes(build, installs))


def _compiles(build: Build, run: Run, install: Install) -> bool:
    """Tell whether an install adds byte code."""
    words = {word.form for word in install.command.args}
    values = {**build.state(run).values, **install.command.assignments}
    if install.manager in _COMPILERS:
        return "--no-compile" not in words
    return not words.isdisjoint(_COMPILES) or (
        install.manager == "uv" and values.get("UV_COMPILE_BYTECODE") in {"1", "true"}
    )


def _from_folders(
    build: Build,
    stage: Stage,
    run: Run,
    installs: Sequence[Install],
    weigh: Callable[[Stored], Size],
) -> Iterator[Size]:
    """Yield what the folders hold whose archives are installed: `pip install /wheels/*`."""
    from dlint.installs.wheels import mounted_from
    from dlint.sizes.projects import built

    for folder in sorted({folder for each in installs for folder in _folders(each) if folder}):
        if any(True for _ in built(build, stage, folder)):
            continue  # a project's own wheel, with what that needs
        mounted = mounted_from(build, stage, run, folder)
        source, place = mounted or (stage, folder)
        before = None if mounted else run
        held = Holding(build, source, before, weigh).size(place, whole=True)
        yield held if not held.is_unknown else _made_there(build, installs, held)


def _made_there(build: Build, installs: Sequence[Install], unknown: Size) -> Size:
    """Return what is known of the wheels that installs take out of folders by what has made them
    there, which may have been changed since.
    """
    from dlint.installs.wheels import makers
    from dlint.sizes.lists import step_of

    steps = ((step_of(build, each), each) for each in installs)
    made = [m.install for step, each in steps if step for m in makers(build, step, each)]
    return fetched_wheels(build, made).plus(unknown) if made else unknown


def _folders(install: Install) -> Iterator[str | None]:
    """Yield the folders all of whose archives an install takes; None where one is not known."""
    for place in install.projects:
        if _ALL_OF_FOLDER.search(place.form):
            yield posixpath.dirname(place.rooted) if place.rooted else None
    for package in install.packages:
        if package.kind == "path" and _ALL_OF_FOLDER.search(package.name):
            yield posixpath.dirname(package.name) if package.name.startswith("/") else None


def _plain(wheel: int) -> float:
    """Return the bytes in a layer of what a wheel of so many bytes holds."""
    return wheel * (SMALL_PLAIN if wheel < SMALL else LARGE_PLAIN)


def _compiled(wheel: int) -> float:
    """Return the same with byte code."""
    if wheel >= LARGE:
        return wheel * LARGE_COMPILED
    return wheel * (SMALL_COMPILED if wheel < SMALL else PER_WHEEL)


def wheels_bytes(
    build: Build,
    installs: Sequence[Install],
    there: Collection[str] = (),
    spread: Callable[[int], float] = float,
) -> Size:
    """Return the bytes of the wheels that the installs fetch, but for those that are `there`;
    `spread` makes of each wheel's bytes those of what it holds.
    """
    from dlint.sizes.catalogue import catalogue
    from dlint.sizes.lists import is_alone, lists
    from dlint.sizes.questions import asks_others

    known = catalogue("pypi")
    if any(asks_others(build, each) for each in installs):
        return Size.unknown("what another index has of it")
    listed = lists(build, installs)
    names = _named_in(listed, installs) - set(there)
    closed = frozenset[str]().union(*(each.names for each in listed if each.closed))
    unlike = _unlike(listed, installs, known, names)
    names -= unlike.keys()
    there = {*there, *unlike}
    missing = [
        *sorted(name for name in names if name not in known),
        *(f"{name} {version}" for name, version in sorted(unlike.items())),
        *_untold_by(build, installs),
    ]
    if not missing and not names and there:
        return guess(0)
    # the table's newest version is no least size of another one
    older = names & _pinned(listed, installs) if missing else set[str]()
    alone = all(map(is_alone, installs))

    def weigh(some: set[str], beside: Collection[str]) -> float:
        kilobytes = [
            *known.each(some & closed, beside, alone=True),
            *known.each(some - closed, {*beside, *closed}, alone=alone),
        ]
        return sum(spread(each * 1000) for each in kilobytes)

    newest = names - older
    size = round(weigh(newest, there) + OLDER * weigh(older, {*there, *newest}))
    basis = Basis.UNKNOWN if missing and not size else Basis.GUESSED
    return Size(size, basis, tuple(missing))


# What a version that a list tells weighs at least, in shares of the newest one's wheel: 95 % of the
# versions weigh more that 16 often installed packages had since June 2022
# (tools/sizes/releases.py).
OLDER = 0.5


def _unlike(
    listed: Iterable[Listed], installs: Iterable[Install], known: Catalogue, names: Collection[str]
) -> dict[str, str]:
    """Return packages of which commands or lists tell a version that weighs much less or more than
    those which the table is about, with that.
    """
    from dlint.manifests.requirements import canonical

    packages = (package for each in installs for package in each.packages)
    own = ((canonical(each.name), each.version or "") for each in packages if each.exact)
    told = chain(own, *(each.versions for each in listed))
    return {
        name: version.lstrip("=")
        for name, version in told
        if name in names and known.is_unlike(name, version.lstrip("="))
    }


def _untold_by(build: Build, installs: Sequence[Install]) -> Iterator[str]:
    """Say what installs bring besides packages that they name."""
    yield from sorted(_with_extras(installs))
    for install in installs:
        yield from _untold(build, install)


def _pinned(listed: Iterable[Listed], installs: Iterable[Install]) -> set[str]:
    """Return the packages of which commands or lists tell the version."""
    from dlint.manifests.requirements import canonical

    packages = (package for each in installs for package in each.packages)
    own = {canonical(each.name) for each in packages if each.exact and each.kind == "index"}
    return own.union(*(each.pinned for each in listed))


def _with_extras(installs: Iterable[Install]) -> set[str]:
    """Return the packages of commands whose extras bring more than the table knows."""
    words = (package.text or "" for each in installs for package in each.packages)
    return {f"what {word.partition(']')[0]}] needs" for word in words if _EXTRAS.match(word)}


class _Above:
    """An install of Python's packages that RUNs below it ask of, each time the same."""

    def __init__(self, build: Build, step: Step, install: Install) -> None:
        """Look only where it installs."""
        self.install = install
        self.folders = dependency_folders(build, step, install)
        self._build = build

    @cached_property
    def names(self) -> set[str]:
        """The packages that the command and its lists name."""
        from dlint.sizes.lists import lists

        return _named_in(lists(self._build, [self.install]), [self.install])


def _named_in(listed: Iterable[Listed], installs: Sequence[Install]) -> set[str]:
    """Return the packages that commands and lists name, in the index's spelling."""
    from dlint.manifests.requirements import canonical
    from dlint.sizes.apt_installs import named

    return {canonical(name) for name in named(installs)}.union(*(each.names for each in listed))


def _untold(build: Build, install: Install) -> Iterator[str]:
    """Say what an install brings besides what it names: files, repositories, projects, lists that
    cannot be read.
    """
    folders = list(_folders(install))
    projects = _projects(build, install)
    if not all(folders):
        yield "a folder of archives"
    yield from (
        package.name
        for package in install.packages
        if package.kind != "index"
        and not _ALL_OF_FOLDER.search(package.name)
        and not (projects and _WHEEL.search(package.name))
    )
    yield from _unlisted(build, install)
    if _takes_project(install) and (None in projects or not projects):
        yield "the project with what it needs"
    if not (install.packages or install.manifests or install.projects):
        yield f"what {install.manager} installs"


def _takes_project(install: Install) -> bool:
    """Tell whether a project's own files are stored: pip's are, those of others that have a lock
    file are linked where they stand.
    """
    is_copied = any(word.form == "--no-editable" for word in install.command.args)
    linked = install.manager != "pip" and install.manifests and not is_copied
    own = [each for each in install.projects if not _ALL_OF_FOLDER.search(each.form)]
    return bool(own) and not linked


def _unlisted(build: Build, install: Install) -> Iterator[str]:
    """Name the lists that tell nothing: each of pip's must, and one of any other manager's."""
    unread = list(_unread(build, install))
    if install.manager == "pip":
        yield from (f"what {name} lists" for name in unread)
    elif unread and len(unread) == len(install.manifests) and not install.packages:
        yield f"what {_telling(unread)} lists"


def _unread(build: Build, install: Install) -> Iterator[str]:
    """Yield the names of the manifests that name no package, or cannot be read."""
    from dlint.sizes.lists import lists, without_constraints

    for place in without_constraints(build, install).manifests:
        alone = install._replace(manifests=(place,))
        if not any(each.names for each in lists(build, [alone])):
            yield place.form.rpartition("/")[2]


def _telling(manifests: Sequence[str]) -> str:
    """Return the lock file among manifests, or the first of them."""
    return next((name for name in manifests if "lock" in name), manifests[0])


def _python_above(
    build: Build, stage: Stage, run: Run, installs: Sequence[Install]
) -> list[_Above]:
    """Return what RUNs above have installed into the same environment, or into the one of another
    stage that a COPY has brought there.
    """
    parts = build.parts_before(stage, run)
    own = build.steps(parts[-1][0])[parts[-1][1] :]
    if not own:
        return []
    into = {dependency_folders(build, own[0], each) for each in installs}
    found: list[_Above] = []
    copies: list[Step] = []
    for each, before in parts:
        environments = build.fact_of(_environments, each)
        found += environments.installed(into, before)
        copies += environments.copied(before)
    brought = (pair for step in copies for pair in _brought_to(build, step, into))
    return found + [
        each
        for step, there in brought
        for each in _installed_by(build, step)
        if each.folders in there
    ]


class _Environments:
    """What the RUNs of a stage install of Python's packages, by the folders it gets into, and the
    COPYs that may bring such folders: each with its number among the stage's steps, in order.
    """

    def __init__(self, build: Build, stage: Stage) -> None:
        """Look at each step once: many RUNs ask what stands above them."""
        self._numbers: dict[tuple[str, ...], list[int]] = {}
        self._installs: dict[tuple[str, ...], list[_Above]] = {}
        self._copies: list[tuple[int, Step]] = []
        for at, step in enumerate(build.steps(stage)):
            if isinstance(step.instruction, Copy) and step.instruction.from_:
                self._copies.append((at, step))
            for each in _installed_by(build, step):
                self._numbers.setdefault(each.folders, []).append(at)
                self._installs.setdefault(each.folders, []).append(each)

    def installed(self, into: Collection[tuple[str, ...]], before: int) -> list[_Above]:
        """Return what steps before one install into some folders, in their order."""
        found: list[tuple[int, _Above]] = []
        for folders in into:
            numbers = self._numbers.get(folders, [])
            count = bisect_left(numbers, before)
            if len(into) == 1:
                return self._installs.get(folders, [])[:count]
            found += zip(numbers[:count], self._installs.get(folders, []), strict=False)
        return [each for _, each in sorted(found, key=itemgetter(0))]

    def copied(self, before: int) -> list[Step]:
        """Return the COPYs from stages before a step."""
        return [step for at, step in self._copies if at < before]


def _environments(build: Build, stage: Stage) -> _Environments:
    """Return what a stage's steps install of Python's packages; a fact of the stage."""
    return _Environments(build, stage)


def _brought_to(
    build: Build, step: Step, into: Collection[tuple[str, ...]]
) -> Iterator[tuple[Step, Collection[tuple[str, ...]]]]:
    """Yield the steps of the stage from which a COPY brings one of some environments, with where
    that is there.
    """
    copy = step.instruction
    source = (
        find_stage(build.stages, copy.from_ or "", step.stage.index)
        if isinstance(copy, Copy)
        else None
    )
    taken = (_taken_from(step, folder) for folders in into for folder in folders)
    there = {(folder,) for folder in taken if folder is not None}
    for each in build.chain(source) if source and there else ():
        yield each, there


def _installed_by(build: Build, step: Step) -> list[_Above]:
    """Return what a step installs of Python's packages."""
    from dlint.shell.effects import Install

    def look() -> list[_Above]:
        return [
            _Above(build, step, install)
            for _, install in build.effects_of(Install, [step])
            if family(install.manager) == "python" and not install.hidden
        ]

    return build.keep((_installed_by, step.stage.index, step.instruction.index), look)


def _taken_from(step: Step, folder: str) -> str | None:
    """Return where a COPY of one folder takes what it writes to a folder; None where it does not
    write there.
    """
    copy, place = step.instruction, step.destination()
    if not isinstance(copy, Copy) or place is None or len(copy.sources) != 1:
        return None
    source = step.state.expand(copy.sources[0].text)
    if source is None or not within(folder, place):
        return None
    return join(join("/", source), posixpath.relpath(folder, place))
