"""What a RUN's installs fetch, and what they leave in its layer."""

from __future__ import annotations

from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from dlint.facts.dependencies import dependency_folders
from dlint.facts.needs import family
from dlint.facts.shipping import copies_from_stages
from dlint.findings import Basis, Size
from dlint.manifests.requirements import canonical
from dlint.model.tree import within
from dlint.sizes.apt_installs import apt_bytes, apt_installs, effects_above, named
from dlint.sizes.catalogue import catalogue
from dlint.sizes.changes import FRAME, changed_bytes, guess
from dlint.sizes.held import Holding
from dlint.sizes.lists import lists, without_constraints
from dlint.sizes.questions import ask_node, ask_python
from dlint.syntax import Copy, Run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import CacheLeft, Install

# Bytes in a layer for a byte of a wheel where pip adds byte code: 57 wheels of 101 MB made one of
# 135 MB (pip 23.2).
PER_WHEEL = 1.335
# uv 0.13 links what it installs into its cache: what the cache adds, the mean of seven packages
# with what they need.
UV_CACHE = 795_000


def run_bytes(build: Build, stage: Stage, run: Run) -> Size:
    """Return about how many compressed bytes the layer of a RUN takes up.

    At least what is known of it where it does more than install packages and write a few files: a
    download, a script or a build is of a size that nothing tells.
    """
    from dlint.shell import CacheLeft, Install, Remove

    effects = build.effects(run)
    installs = effects.of(Install)
    caches = (cache_bytes(build, stage, run, each) for each in effects.of(CacheLeft))
    parts = [
        changed_bytes(build, stage, run, partial(stored_bytes, build)),
        installed_bytes(build, stage, run, _staying(build, run, installs)),
        *caches,
    ]
    if effects.of(Remove) and not installs:
        parts.append(Size.unknown("the list of the installed packages"))
    return Size.sum(parts).worth_telling()


def _staying(build: Build, run: Run, installs: Sequence[Install]) -> list[Install]:
    """Return the installs but for those whose folders the same RUN deletes again."""
    from dlint.shell import Delete

    deletes = build.effects(run).of(Delete)
    gone = [each.place.path for each in deletes if each.recursive and not each.partial]
    stage = build.stage_of(run)
    step = next((s for s in build.steps(stage) if s.instruction is run), None) if stage else None
    if step is None or not gone:
        return list(installs)
    return [
        each
        for each in installs
        if not any(
            path and within(folder, path)
            for folder in dependency_folders(build, step, each)
            for path in gone
        )
    ]


def carried_bytes(build: Build, copy: Copy) -> Size:
    """Return about how many compressed bytes the layer of a COPY --from takes up."""
    stage = build.stage_of(copy)
    carried = (
        [
            (number, each.source)
            for number, each in copies_from_stages(build, stage)
            if each.copy is copy
        ]
        if stage
        else []
    )
    if copy.excludes or len(carried) != len(copy.sources):
        return Size.unknown("what another image or stage holds")
    weigh = partial(stored_bytes, build)
    parts = (
        Holding(build, build.chain(build.stages[number]), weigh).size(source, whole=True)
        for number, source in carried
    )
    return Size.sum((FRAME, *parts)).worth_telling()


def stored_bytes(build: Build, stored: Stored) -> Size:
    """Return about how many bytes an install has put where `stored` says, or a COPY has taken from
    another stage.
    """
    instruction = stored.instruction
    stage = build.stage_of(instruction)
    if isinstance(instruction, Copy):
        return carried_bytes(build, instruction)
    if stage is None or not isinstance(instruction, Run):
        return Size.unknown(f"what line {instruction.line} has stored")
    from dlint.shell import Install

    step = next(each for each in build.steps(stage) if each.instruction is instruction)
    installs = build.effects(instruction).of(Install)
    there = [each for each in installs if stored.path in dependency_folders(build, step, each)]
    if not there:
        return Size.unknown(f"what line {instruction.line} has stored")
    return installed_bytes(build, stage, instruction, there)


def installed_bytes(build: Build, stage: Stage, run: Run, installs: Sequence[Install]) -> Size:
    """Return about how many bytes `installs`, commands of `run`, add to its layer; at least what is
    known of it where a package is in no table.
    """
    by_family: dict[str, list[Install]] = {}
    for each in installs:
        if not each.hidden:
            by_family.setdefault(family(each.manager), []).append(each)
    return Size.sum(_installed(build, stage, run, name, those) for name, those in by_family.items())


def _installed(build: Build, stage: Stage, run: Run, name: str, installs: list[Install]) -> Size:
    match name:
        case "apt":
            return apt_bytes(build, stage, run, installs)
        case "python":
            return _python_layer(build, installs, _python_above(build, stage, run, installs))
        case "node":
            told = ask_node(build, installs)
            return _better(told.size if told else None, _node(build, installs))
    return Size.unknown(f"what {installs[0].manager} installs")


def _python_layer(build: Build, installs: Sequence[Install], above: Sequence[Install]) -> Size:
    """Return what Python's packages add to a layer, but for those that come with installs `above`:
    as an index tells it, else as the table does.
    """
    wheels = _python(build, installs, _python_names(build, above))
    by_pip = any(each.manager == "pip" for each in installs)
    table = wheels._replace(bytes=round(wheels.bytes * PER_WHEEL)) if by_pip else wheels
    told = ask_python(build, installs)
    if told is None:
        return table
    there = ask_python(build, above) if above else None
    size = told.without(there).size
    untold = [why for each in installs for why in _untold(build, each)]
    return _better(size.plus(Size.unknown(*untold)) if untold else size, table)


def _better(told: Size | None, table: Size) -> Size:
    """Return what an index tells, or else a table: the one that is whole, or what they know
    together.
    """
    if told is None or (told.at_least and not table.at_least):
        return table
    if not told.at_least or told.bytes >= table.bytes:
        return told
    return Size(table.bytes, table.basis, told.missing)


def fetched_bytes(build: Build, installs: Sequence[Install]) -> Size:
    """Return about how many bytes `installs` of a language's packages download."""
    by_family = {"python": (_python, ask_python), "node": (_node, ask_node)}
    found = []
    for name, (table, ask) in by_family.items():
        if those := [each for each in installs if family(each.manager) == name]:
            told = ask(build, those)
            found.append(_better(told.archive_size if told else None, table(build, those)))
    return Size.sum(found)


def development_bytes(build: Build, installs: Sequence[Install]) -> Size:
    """Return about how many bytes packages add that npm's lock file names for development alone."""
    told = [each.development for each in lists(build, installs) if each.development is not None]
    if not told:
        return Size.unknown("what development needs")
    return Size.unknown(f"{sum(told)} packages for development") if sum(told) else Size()


def cache_bytes(build: Build, stage: Stage, run: Run, cache: CacheLeft) -> Size:
    """Return about how many bytes the cache that a RUN leaves adds to its layer."""
    from dlint.shell import CacheLeft, Install

    unknown = Size.unknown(f"{cache.manager}'s {cache.kind}")
    if cache.manager == "apt" and cache.kind == "index":
        left = (
            each.manager == "apt"
            for effects in effects_above(build, stage, run)
            for each in effects.of(CacheLeft)
        )
        # most of the lists are there already
        return unknown if any(left) else build.fact(apt_installs).lists(stage)
    if cache.manager == "uv":
        copies = build.state(run).values.get("UV_LINK_MODE") == "copy"
        return unknown if copies else guess(UV_CACHE)
    if cache.linked:
        return Size()
    if cache.manager not in {"pip", "npm"}:
        return unknown
    installs = [each for each in build.effects(run).of(Install) if each.manager == cache.manager]
    return fetched_bytes(build, installs) if installs else unknown


def _python(build: Build, installs: Sequence[Install], there: Collection[str] = ()) -> Size:
    """Return the bytes of the wheels that the installs fetch, but for those that are `there`."""
    known = catalogue("pypi")
    names = _python_names(build, installs) - set(there)
    untold = (why for install in installs for why in _untold(build, install))
    missing = [*sorted(name for name in names if name not in known), *untold]
    if not missing and not names and there:
        return guess(0)
    size = known.kilobytes(names, there) * 1000
    basis = Basis.UNKNOWN if missing and not size else Basis.GUESSED
    return Size(size, basis, tuple(missing))


def _python_names(build: Build, installs: Sequence[Install]) -> set[str]:
    """Return the packages that commands and lists name, in the index's spelling."""
    listed = (each.names for each in lists(build, installs))
    return {canonical(name) for name in named(installs)}.union(*listed)


def _untold(build: Build, install: Install) -> Iterator[str]:
    """Say what an install brings besides what it names: files, repositories, projects, lists that
    cannot be read.
    """
    yield from (package.name for package in install.packages if package.kind != "index")
    yield from _unlisted(build, install)
    if _stores_project(install):
        yield "the project with what it needs"
    if not (install.packages or install.manifests or install.projects):
        yield f"what {install.manager} installs"


def _stores_project(install: Install) -> bool:
    """Tell whether a project's own files are stored: pip's are, those of others that have a lock
    file are linked where they stand.
    """
    is_copied = any(word.form == "--no-editable" for word in install.command.args)
    linked = install.manager != "pip" and install.manifests and not is_copied
    return bool(install.projects) and not linked


def _unlisted(build: Build, install: Install) -> Iterator[str]:
    """Name the lists that tell nothing: each of pip's must, and one of any other manager's."""
    unread = list(_unread(build, install))
    if install.manager == "pip":
        yield from (f"what {name} lists" for name in unread)
    elif unread and len(unread) == len(install.manifests) and not install.packages:
        yield f"what {_telling(unread)} lists"


def _unread(build: Build, install: Install) -> Iterator[str]:
    """Yield the names of the manifests that name no package, or cannot be read."""
    for place in without_constraints(build, install).manifests:
        alone = install._replace(manifests=(place,))
        if not any(each.names for each in lists(build, [alone])):
            yield place.form.rpartition("/")[2]


def _telling(manifests: Sequence[str]) -> str:
    """Return the lock file among manifests, or the first of them."""
    return next((name for name in manifests if "lock" in name), manifests[0])


def _python_above(
    build: Build, stage: Stage, run: Run, installs: Sequence[Install]
) -> list[Install]:
    """Return what RUNs above have installed into the same environment."""
    from dlint.shell import Install

    steps = build.chain(stage)
    own = next((step for step in steps if step.instruction is run), None)
    if own is None:
        return []
    into = {dependency_folders(build, own, each) for each in installs}
    return [
        install
        for step in takewhile(lambda step: step is not own, steps)
        if isinstance(step.instruction, Run)
        for install in build.effects(step.instruction, step.state).of(Install)
        if family(install.manager) == "python"
        and not install.hidden
        and dependency_folders(build, step, install) in into
    ]


def _node(build: Build, installs: Sequence[Install]) -> Size:
    """Return the bytes of the tarballs that the installs fetch: nothing here tells them yet."""
    names = sorted(named(installs))
    production = any(each.dev is False for each in installs)
    told = [each for each in lists(build, installs) if each.packages]
    counts = [each.packages - (each.development or 0) * production for each in told]
    if names or not counts:
        return Size.unknown(*(names or [f"what {installs[0].manager} installs"]))
    return Size.unknown(f"{sum(counts)} packages of the lock file")
