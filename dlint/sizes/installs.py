"""What a RUN's installs fetch, and what they leave in its layer."""

from __future__ import annotations

import posixpath
from functools import partial

from dlint.findings import Basis, Size
from dlint.shell.managers import family
from dlint.sizes.changes import FRAME, changed_bytes
from dlint.syntax import Copy, Run
from dlint.text.paths import within
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import CacheLeft, Command, Effects, Install

# uv 0.13 links what it installs into its cache: what the cache adds is what the index says of each
# package. The mean of the 130 packages of the table that eight installs brought, between 57 and
# 236 kB an install. Where a lock file names each archive, no index is asked: what is left are lists
# of files, 11.6 kB for each of 17 packages.
UV_CACHE = 122_000
UV_CACHE_OF_LOCKED = 12_000
# npm's own cache in a layer, for a byte of tarball: the tarballs once more and what the registry
# said of the packages. The median of twelve installs of npm 11 (benchmarks/archives.py), between
# 1.04 and 1.80.
NPM_CACHE = 1.21
DEEPEST = 50  # stages that take from one another; people write a few
_LISTS = "/var/lib/apt/lists"


def run_bytes(build: Build, stage: Stage, run: Run) -> Size:
    """Return about how many compressed bytes the layer of a RUN takes up.

    At least what is known of it where it does more than install packages and write a few files: a
    download, a script or a build is of a size that nothing tells.
    """
    from dlint.shell.effects import CacheLeft, Install, Remove

    effects = build.effects(run)
    installs = [each for each in effects.of(Install) if _may_run(build, run, each.command)]
    left = [each for each in effects.of(CacheLeft) if _may_run(build, run, each.command)]
    measured = ((cache_bytes(build, stage, run, each), each.certain) for each in left)
    caches = (size if certain else size._replace(doubt=size.bytes) for size, certain in measured)
    parts = [
        changed_bytes(build, stage, run, partial(stored_bytes, build)),
        installed_bytes(build, stage, run, _staying(build, run, installs)),
        *caches,
        _signed_lists(build, stage, effects),
    ]
    if not installs and (removals := effects.of(Remove)):
        from dlint.sizes.apt_installs import apt_bytes

        of_apt = all(each.manager == "apt" for each in removals)
        listed = Size.unknown("the list of the installed packages")
        parts.append(apt_bytes(build, stage, run, []) if of_apt else listed)
    told = Size.sum(parts).worth_telling()
    # What pip writes of its own is no figure for packages of which nothing is known.
    if not installs or told.is_unknown:
        return told
    from dlint.sizes.python import first_run_bytes

    return told.plus(first_run_bytes(build, stage, run))


def _may_run(build: Build, run: Run, command: Command) -> bool:
    """Tell whether no value of a variable keeps this build from running a command."""
    if command.certain:
        return True
    from dlint.model.switched_off import is_skipped_here

    return not is_skipped_here(build, run, command)


def _signed_lists(build: Build, stage: Stage, effects: Effects) -> Size:
    """Return what `apt-get dist-clean` leaves of the lists that a RUN fetches."""
    from dlint.shell.effects import Clean, Delete, Refresh

    fetches = any(each.manager == "apt" for each in effects.of(Refresh))
    cleans = any(each.empties("apt", "index") for each in effects.of(Clean))
    deletes = any((each.place.path or "").startswith(_LISTS) for each in effects.of(Delete))
    if not fetches or not cleans or deletes:
        return Size()
    from dlint.sizes.apt_installs import apt_installs

    return build.fact(apt_installs).lists(stage, cleaned=True)


def _staying(build: Build, run: Run, installs: Sequence[Install]) -> list[Install]:
    """Return the installs but for those whose folders the same RUN deletes again."""
    from dlint.shell.effects import Delete

    deletes = build.effects(run).of(Delete)
    gone = [each.place.path for each in deletes if each.recursive and not each.partial]
    stage = build.stage_of(run)
    step = next((s for s in build.steps(stage) if s.instruction is run), None) if stage else None
    if step is None or not gone:
        return list(installs)
    from dlint.facts.dependencies import dependency_folders

    return [
        each
        for each in installs
        if not any(
            path and within(folder, path)
            for folder in dependency_folders(build, step, each)
            for path in gone
        )
    ]


def carried_bytes(build: Build, copy: Copy, depth: int = 0) -> Size:
    """Return about how many compressed bytes the layer of a COPY --from takes up, at most so many
    COPYs deep.
    """
    known = build.fact(_carried_sizes)
    if copy.index not in known:
        known[copy.index] = _carried_bytes(build, copy, depth)
    return known[copy.index]


def _carried_sizes(_: Build) -> dict[int, Size]:
    """Return what keeps the answers: stages may take twice what the ones above took twice."""
    return {}


def _carried_bytes(build: Build, copy: Copy, depth: int) -> Size:
    from dlint.facts.shipping import copies_from_stages

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
    if copy.excludes or len(carried) != len(copy.sources) or depth > DEEPEST:
        return Size.unknown("what another image or stage holds")
    parts = (_carried(build, number, source, depth) for number, source in carried)
    return Size.sum((FRAME, *parts)).worth_telling()


def _carried(build: Build, number: int, source: str, depth: int) -> Size:
    """Return what a COPY takes at a path of another stage: a project's wheel by the project's own
    files, all else by what the stage's steps have stored.
    """
    from dlint.sizes.held import Holding
    from dlint.sizes.projects import built, wheel_bytes

    if source.endswith(".whl"):
        wheels = [*built(build, build.stages[number], posixpath.dirname(source))]
        if wheels:
            return Size.sum(wheel_bytes(build, each) for each in wheels)
    holding = Holding(
        build, build.stages[number], None, partial(stored_bytes, build, depth=depth + 1)
    )
    return holding.size(source, whole=True)


def stored_bytes(build: Build, stored: Stored, depth: int = 0) -> Size:
    """Return about how many bytes an install has put where `stored` says, or a COPY has taken from
    another stage.
    """
    instruction = stored.instruction
    if isinstance(instruction, Copy):
        return carried_bytes(build, instruction, depth)
    known, key = build.fact(_folder_sizes), (instruction.index, stored.path)
    if key not in known:
        known[key] = _folder_bytes(build, stored)
    return known[key]


def _folder_sizes(_: Build) -> dict[tuple[int, str | None], Size]:
    """Return what keeps the answers: each change of a folder asks for all that stands in it."""
    return {}


def _folder_bytes(build: Build, stored: Stored) -> Size:
    instruction = stored.instruction
    step = build.step_of(instruction)
    if step is None or not isinstance(instruction, Run):
        return Size.unknown(f"what line {instruction.line} has stored")
    from dlint.facts.dependencies import dependency_folders
    from dlint.shell.effects import Install

    installs = build.effects(instruction).of(Install)
    there = [each for each in installs if stored.path in dependency_folders(build, step, each)]
    if not there:
        return Size.unknown(f"what line {instruction.line} has stored")
    return installed_bytes(build, step.stage, instruction, there)


def installed_bytes(build: Build, stage: Stage, run: Run, installs: Sequence[Install]) -> Size:
    """Return about how many bytes `installs`, commands of `run`, add to its layer; at least what is
    known of it where a package is in no table. One that finds all there adds next to nothing.
    """
    by_family: dict[str, list[Install]] = {}
    parts: list[Size] = []
    for each in installs:
        if each.hidden:
            continue
        if _finds_all(build, stage, each):
            parts.append(Size(0, Basis.GUESSED))  # but for a few files of its own
        else:
            by_family.setdefault(family(each.manager), []).append(each)
    parts += (
        _possibly_installed(build, stage, run, name, those) for name, those in by_family.items()
    )
    return Size.sum(parts)


def _possibly_installed(
    build: Build, stage: Stage, run: Run, name: str, installs: list[Install]
) -> Size:
    """Return what installs of one family add, of which some may not run: that is in doubt."""
    told = _installed(build, stage, run, name, installs)
    sure = [each for each in installs if _surely_runs(build, run, each)]
    if len(sure) == len(installs):
        return told
    least = _installed(build, stage, run, name, sure).bytes if sure else 0
    return told._replace(doubt=max(0, told.bytes - least))


def _surely_runs(build: Build, run: Run, install: Install) -> bool:
    """Tell whether an install runs, or one in its place: of an `if ... else`, or a `case`, one
    branch does.
    """
    script = build.script(run)
    if install.command.certain or not script.parsed:
        return True
    at = next((n for n, each in enumerate(script.commands) if each is install.command), -1)
    return any(at in branch for choice in script.choices for branch in choice)


def _finds_all(build: Build, stage: Stage, install: Install) -> bool:
    """Tell whether an earlier install has put there all that this one would fetch."""
    if not install.manifests and not install.projects:
        return False
    from dlint.installs.found_there import finds_all

    return finds_all(build, stage, install)


def _installed(build: Build, stage: Stage, run: Run, name: str, installs: list[Install]) -> Size:
    from dlint.sizes.questions import ask_node, better

    match name:
        case "apt":
            from dlint.sizes.apt_installs import apt_bytes

            return apt_bytes(build, stage, run, installs)
        case "python":
            from dlint.sizes.python import python_bytes

            return python_bytes(build, stage, run, installs, partial(stored_bytes, build))
        case "apk":
            return _apk(build, stage, run, installs)
        case "dnf":
            return _rpm(build, run, installs)
        case "node":
            told = ask_node(build, installs)
            return better(told.size if told else None, _node(build, installs))
    return Size.unknown(f"what {installs[0].manager} installs")


def _rpm(build: Build, run: Run, installs: Sequence[Install]) -> Size:
    """Return what an index tells of the packages that are named, as a lower bound."""
    from dlint.sizes.questions import ask_rpm

    kept = _kept(build.effects(run), installs)
    told = ask_rpm(build, run, kept) if kept else None
    unknown = Size.unknown(f"what {installs[0].manager} installs")
    if told is None:
        return unknown
    return told.size if len(kept) == len(installs) else told.size.plus(unknown)


def _apk(build: Build, stage: Stage, run: Run, installs: Sequence[Install]) -> Size:
    """Return what an index tells of Alpine's packages, but for those that the same RUN removes
    again or RUNs above brought.
    """
    from dlint.shell.effects import Install
    from dlint.sizes.questions import ask_apk

    told = ask_apk(build, run, _kept(build.effects(run), installs))
    if told is None:
        return Size.unknown("what apk installs")
    for step, effects in build.effects_in(build.steps_before(stage, run)):
        above = [each for each in effects.of(Install) if each.manager == "apk"]
        told = told.without(ask_apk(build, step, _kept(effects, above)) if above else None)
    return told.size


def _kept(effects: Effects, installs: Sequence[Install]) -> list[Install]:
    """Return installs by apk without what the same RUN removes again, by name or group."""
    from dlint.shell.effects import Remove

    gone = {each.name for removal in effects.of(Remove) for each in removal.packages}
    left = (
        each._replace(packages=tuple(p for p in each.packages if p.name not in gone))
        for each in installs
        if each.group not in gone
    )
    return [each for each in left if each.packages]


def fetched_bytes(build: Build, installs: Sequence[Install]) -> Size:
    """Return about how many bytes `installs` of a language's packages download."""
    from dlint.sizes.python import fetched_wheels

    by_family = {"python": fetched_wheels, "node": _fetched_tarballs}
    return Size.sum(
        fetched(build, those)
        for name, fetched in by_family.items()
        if (those := [each for each in installs if family(each.manager) == name])
    )


def _fetched_tarballs(build: Build, installs: Sequence[Install]) -> Size:
    from dlint.sizes.questions import ask_node, better

    told = ask_node(build, installs)
    return better(told.archive_size if told else None, _node(build, installs))


def development_bytes(build: Build, installs: Sequence[Install]) -> Size:
    """Return about how many bytes Node's packages add that are for development alone: as an index
    tells, else as the lock file counts them.
    """
    from dlint.sizes.lists import lists
    from dlint.sizes.questions import ask_node

    whole = ask_node(build, installs)
    if whole is not None:
        rest = ask_node(build, [each._replace(dev=False) for each in installs])
        asked = whole.without(rest).size
        if not asked.is_unknown:
            return asked
    told = [each.development for each in lists(build, installs) if each.development is not None]
    if not told:
        return Size.unknown("what development needs")
    return Size.unknown(f"{sum(told)} packages for development") if sum(told) else Size()


def cache_bytes(build: Build, stage: Stage, run: Run, cache: CacheLeft) -> Size:
    """Return about how many bytes the cache that a RUN leaves adds to its layer."""
    unknown = Size.unknown(f"{cache.manager}'s {cache.kind}")
    if cache.manager == "apt" and cache.kind == "index":
        from dlint.sizes.apt_installs import apt_installs

        if _is_part_of_lists(build, stage, run, cache):
            return unknown
        own = build.fact(apt_installs).lists(stage)
        others = Size.unknown("lists of added sources")
        return Size.sum((own, others)) if _adds_sources(build, stage, run) else own
    if not cache.managed_by.is_system:
        from dlint.installs.found_there import gets_nothing

        if gets_nothing(build, run, cache):
            return Size()
    if cache.linked:
        return Size()
    is_copied = cache.manager == "uv" and not links_to_installed(build, run, cache)
    if is_copied or cache.manager not in {"pip", "npm", "uv"}:
        return unknown
    return _downloads_kept(build, stage, run, cache) or unknown


def links_to_installed(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a cache holds little but other names of the installed files, as uv's does unless
    it is told to copy: of the 68 MB of a layer with both, 0.9 MB were the cache's own.
    """
    return cache.manager == "uv" and build.state(run).values.get("UV_LINK_MODE") != "copy"


def holds_links_alone(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether such a cache has not even what an index says: a lock file names all archives."""
    from dlint.shell.effects import Install
    from dlint.sizes.lists import keeps_to_uv_lock

    installs = (each for each in build.effects(run).of(Install) if each.manager == cache.manager)
    return links_to_installed(build, run, cache) and all(
        keeps_to_uv_lock(build, each) for each in installs
    )


def _downloads_kept(build: Build, stage: Stage, run: Run, cache: CacheLeft) -> Size | None:
    """Return what the downloads come to that pip or npm keep, and the index' answers that uv does;
    None where nothing tells them.
    """
    from dlint.shell.effects import Install

    installs = [
        each
        for each in build.effects(run).of(Install)
        if each.manager == cache.manager and each.command in (cache.commands or [each.command])
        if not _finds_all(build, stage, each)
    ]
    if not installs:
        return None
    if cache.manager == "uv":
        return _index_answers(build, installs)
    fetched = fetched_bytes(build, installs)
    factor = NPM_CACHE if cache.manager == "npm" else 1
    return fetched._replace(bytes=round(fetched.bytes * factor))


def _index_answers(build: Build, installs: Sequence[Install]) -> Size:
    """Return what uv keeps of an index' answers on the packages that installs bring."""
    from dlint.sizes.lists import keeps_to_uv_lock
    from dlint.sizes.python import wheels_bytes

    locked = [each for each in installs if keeps_to_uv_lock(build, each)]
    asking = [each for each in installs if each not in locked]
    of_locked = wheels_bytes(build, locked, spread=lambda _: UV_CACHE_OF_LOCKED)
    return Size.sum((of_locked, wheels_bytes(build, asking, spread=lambda _: UV_CACHE)))


def _is_part_of_lists(build: Build, stage: Stage, run: Run, cache: CacheLeft) -> bool:
    """Tell whether most of apt's lists are there already, or those of one source are fetched."""
    from dlint.shell.effects import CacheLeft

    left = (each.manager == "apt" for _, each in build.effects_above(CacheLeft, stage, run))
    return any("Dir::Etc::source" in word for word in cache.command.forms) or any(left)


def _adds_sources(build: Build, stage: Stage, run: Run) -> bool:
    """Tell whether a RUN, or one above it, adds to where apt fetches its lists: one of a whole
    archive alone (`deb-src`) is as large as the base's own.
    """
    above = (step.instruction for step in build.steps_before(stage, run))
    runs = (each for each in (*above, run) if isinstance(each, Run))
    return any(_ADDS_SOURCES.search(each.value.text) for each in runs)


_ADDS_SOURCES = regex(
    r"/etc/apt/sources\.list\.d/|>>[ \t]*/etc/apt/sources\.list\b|tee[ \t]+-a[ \t]+/etc/apt/sources"
    r"|\b(?:add-apt-repository|apt-add-repository)\b"
)


def _node(build: Build, installs: Sequence[Install]) -> Size:
    """Return the bytes of the tarballs that the installs fetch: nothing here tells them yet."""
    from dlint.sizes.apt_installs import named
    from dlint.sizes.lists import lists

    names = sorted(named(installs))
    production = any(each.dev is False for each in installs)
    told = [each for each in lists(build, installs) if each.packages]
    counts = [each.packages - (each.development or 0) * production for each in told]
    if names or not counts:
        return Size.unknown(*(names or [f"what {installs[0].manager} installs"]))
    return Size.unknown(f"{sum(counts)} packages of the lock file")
