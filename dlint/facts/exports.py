"""The build caches that the repository's own files export of an image."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.argument_changes import changes_of
from dlint.facts.changing import change_of_arrival
from dlint.facts.export_lines import only_export_line
from dlint.facts.git_folders import takes_git
from dlint.facts.handed_on import change_of
from dlint.facts.idle_reruns import is_trifle, takes_the_newest
from dlint.facts.volatile_uses import changes_with_each_build, uses_each_builds
from dlint.facts.volatility import Changes, share
from dlint.model.stages import find_stage, reachable
from dlint.project.cache_entry import GHA, LOCAL, agreed
from dlint.project.recipes import is_of_ci
from dlint.project.tag_caches import cached_on_tags
from dlint.reads.arrivals import arrivals
from dlint.syntax import Arg, Env, Run, Transfer
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.facts.export_lines import ExportLine
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.project.builds import Built
    from dlint.project.cache_entry import CacheEntry
    from dlint.project.recipes import Recipes
    from dlint.syntax.instructions import Instruction, Pair


# A cache that somebody took out of a recipe again, and left there for readers.
_TAKEN_OUT = regex(r"(?m)^[ \t]*#[^\n]*\bcache[-_]?(?:from|to)\b")
# A condition by which a step or job is left out where somebody starts the workflow.
_NOT_BY_HAND = regex(
    r"github\.event_name[ \t]*(?:==[ \t]*'(?!workflow_dispatch)|!=[ \t]*'workflow_dispatch)"
)
_OF_CONTAINERD = regex(r"containerd-snapshotter[\"']?:[ \t]*true")
# What builds an image that the steps below it find.
_LOADS = regex(r"\bload:[ \t]*[\"']?true|\b(?:docker|buildx)[ \t]+build\b")
_OF_OWNER = regex(r"[^@]*(?P<name>/[\w.-]+)(?:[:@].*)?")  # the image, whatever is before its name
_MOST = 0.5  # of the commits: a cache that is of no use for more of them saves little


class Collision(NamedTuple):
    """A cache that the builds of other images write as well: what this image and those are built
    of, and the file that says so of the first of those. `is_read`: one of the builds may read it.
    `more`: how many other caches of a matrix they share. `line`: where a single recipe says it of
    all its builds.
    """

    entry: CacheEntry
    own: str
    others: tuple[str, ...]
    path: str
    is_read: bool
    more: int = 0
    line: ExportLine | None = None

    @property
    def images(self) -> list[str]:
        """What all of the images are built of."""
        return sorted({self.own, *self.others})


def _image(built: Built) -> str:
    """Name what an image is built of, with the target if it has one."""
    return f"{built.dockerfile} (target {built.target})" if built.target else built.dockerfile


def described(build: Build, *, own: bool) -> Iterator[Built]:
    """Yield the descriptions of this very build, or those of the repository's others."""
    names = build.names_for_builds(build.target) if build.target else frozenset(("",))
    for each in build.recipes.builds if build.recipes else ():
        if (each.dockerfile == build.path and each.target.lower() in names) is own:
            yield each


def uncached_builds(build: Build) -> Sequence[Built]:
    """Return the builds that push an image for commits of a branch, where none has a cache that
    would keep a layer of it, for some platforms at least; none where a cache is not wanted. A fact.
    """
    told = build.cold_pushes or build.unwarmed_pushes
    pushes = [each for each in told if each.delivery.on_branch]
    others = (each for each in described(build, own=True) if each.delivery.is_pushed)
    is_by_clock = any(each.delivery.by_clock for each in (*told, *others))
    return pushes if pushes and not is_by_clock and _may_want_cache(build, pushes) else ()


def may_be_renewed(build: Build, pushes: Sequence[Built]) -> bool:
    """Tell whether somebody may start a workflow of some builds for newer packages: a step that a
    cache would keep installs what has no version, and no condition leaves such a start out.
    """
    from dlint.project.githubs_cache import is_started_by_hand
    from dlint.shell.effects import Install

    recipes = build.recipes
    if recipes is None or not any(
        each.locked is not True and not all(package.version for package in each.packages)
        for _, each in build.effects_of(Install, build.fact(kept_steps))
    ):
        return False
    paths = {each.path for each in pushes if not _NOT_BY_HAND.search(_text_of(build, each))}
    starters = (each for path in paths for each in recipes.starters_of(path))
    return any(is_started_by_hand(recipes.text_of[each]) for each in starters)


def tag_builds(build: Build) -> Sequence[Built]:
    """Return the builds that push an image for tags and releases alone, and export a cache that
    none of them reads; none where a cache is not wanted. A fact.
    """
    pushes = cached_on_tags(build.recipes, build.path) if build.recipes else ()
    return pushes if pushes and _may_want_cache(build, pushes) else ()


def _may_want_cache(build: Build, pushes: Sequence[Built]) -> bool:
    """Tell whether a cache would keep a layer of an image that some builds push, and nobody wants
    them to have none, as where a cache would leave nothing new, or where no file of the context
    reaches a step: a build with a cache would never run again.
    """
    if not (_reads_context(build) and build.fact(kept_layers)):
        return False
    from dlint.facts.own_bases import is_base_renewed_by

    if is_base_renewed_by(build, {each.path for each in pushes}):
        return False
    is_unwanted = is_refused(build, pushes) or lives_from_no_cache(build)
    return not (is_unwanted or _lives_from_store(build, pushes))


def keeps_much(build: Build) -> bool:
    """Tell whether a cache would keep a RUN that is worth it."""
    return _run_something(build, build.fact(kept_steps))


def _run_something(build: Build, steps: Iterable[Step]) -> bool:
    """Tell whether a RUN among some steps is no trifle."""
    runs = (each.instruction for each in steps if isinstance(each.instruction, Run))
    return not all(is_trifle(build, each) for each in runs)


def kept_layers(build: Build) -> tuple[Step, ...]:
    """Return the steps of the image's own layers that a cache would keep from one commit to most
    others, and that are other layers in each build without one: RUNs that are worth it, and copies
    of other stages; none where there is no such RUN.
    """
    own = _own_stages(build)
    kept = tuple(
        each
        for each in build.fact(kept_steps)
        if each.stage.index in own and _is_made_anew(build, each.instruction)
    )
    return kept if any(isinstance(each.instruction, Run) for each in kept) else ()


def changed_layers(build: Build) -> tuple[Step, ...]:
    """Return the steps of the image's own layers that are others with most commits, cache or not:
    with each of these an export adds them to the cache.
    """
    own, kept = _own_stages(build), {id(each) for each in build.fact(kept_steps)}
    chain = build.chain(build.target) if build.target else ()
    return tuple(
        each
        for each in chain
        if each.stage.index in own
        and id(each) not in kept
        and isinstance(each.instruction, Run | Transfer)
    )


def _is_made_anew(build: Build, instruction: Instruction) -> bool:
    """Tell whether a build without a cache makes another layer of a step, of more than a trifle."""
    match instruction:
        case Run() as run:
            return not is_trifle(build, run)
        case Transfer() as transfer:
            return build.origin_of(transfer) is not None
    return False


def keeps_copies(build: Build) -> bool:
    """Tell whether a layer of the image that a cache would keep is copied from another stage: only
    with that stage's steps in the cache (`mode=max`) it surely stays the same.
    """
    return any(isinstance(each.instruction, Transfer) for each in build.fact(kept_layers))


def keeps_other_stages(build: Build) -> bool:
    """Tell whether a cache would keep a RUN that is worth it of a stage that does not ship."""
    own = _own_stages(build)
    return _run_something(
        build, (each for each in build.fact(kept_steps) if each.stage.index not in own)
    )


def _own_stages(build: Build) -> set[int]:
    """Return the numbers of the stages whose layers the image has."""
    return {stage.index for stage in build.target.ancestors()} if build.target else set()


def _reads_context(build: Build) -> bool:
    """Tell whether a file of the context reaches a step."""
    instructions = build.dockerfile.instructions
    mounts = (mount for run in instructions if isinstance(run, Run) for mount in run.mounts)
    sources = [mount.from_ for mount in mounts if mount.type == "bind"]
    sources += [each.from_ for each in instructions if isinstance(each, Transfer)]
    return not all(sources)


def kept_steps(build: Build) -> tuple[Step, ...]:
    """Return the steps that a cache would keep from one commit to most others, of all stages that
    the image is built of: each stands above what changes there; a fact.
    """
    built = reachable(build.stages, build.target) if build.target else ()
    found: dict[int, Step] = {}
    for index in sorted(built):
        for step in _kept_of(build, build.stages[index]):
            found.setdefault(step.instruction.index, step)
    return tuple(found.values())


def _kept_of(build: Build, stage: Stage) -> Iterator[Step]:
    is_passed_anew = False  # in the environment of each RUN, and of nothing else
    for step in build.chain(stage):
        match step.instruction:
            case Run() as run if is_passed_anew or _runs_with_most_commits(build, step, run):
                return
            case Transfer() as transfer if _is_another_each_time(build, step, transfer):
                return
            case Transfer() if _are_most([change_of(build, step)]):
                return
            case Arg() as arg:
                is_passed_anew |= _has_changing(build, arg)
            case Env() as env:
                is_passed_anew |= uses_each_builds(build, env)
        yield step


def _runs_with_most_commits(build: Build, step: Step, run: Run) -> bool:
    mounted = build.fact(arrivals).mounted(step, run)
    changes = (change_of_arrival(build, each) for each in mounted)
    return changes_with_each_build(build, run) or _are_most(changes)


def _is_another_each_time(build: Build, step: Step, transfer: Transfer) -> bool:
    """Tell whether a COPY may take what is another one in each build: `.git`, which each commit
    changes, or what is put into the context before, as what is missing there has to be: nobody
    knows how often that is another one.
    """
    is_gits = takes_git(build, transfer) and not build.is_fetched
    arrival = build.fact(arrivals).of(step, transfer)
    is_missing = arrival is not None and (arrival.missing or not arrival.known)
    return is_gits or is_missing or _is_filled(build, transfer)


def _is_filled(build: Build, transfer: Transfer) -> bool:
    """Tell whether a COPY takes what those who push the image have put into the context before: in
    each build another one.
    """
    if transfer.from_ or build.recipes is None:
        return False
    told = {(each.path, each.context) for each in build.cold_pushes}
    return any(
        place != context and within(filled, place)
        for path, context in told
        for filled in build.recipes.filled_by(path)
        for place in _places(context, transfer)
    )


def _places(context: str, transfer: Transfer) -> Iterator[str]:
    """Yield the operands of a COPY, as they are seen from the root of the repository."""
    for word in transfer.sources:
        yield posixpath.normpath(posixpath.join(context, word.text.strip("\"'/")))


def _are_most(changes: Iterable[str | None]) -> bool:
    return any(each is not None and share(each) > _MOST for each in changes)


def lives_from_no_cache(build: Build) -> bool:
    """Tell whether a step that a cache would keep takes the newest of a branch, or upgrades the
    system that ships: only a build without one brings what is later into the image.
    """
    return any(
        takes_the_newest(build, step.instruction, upgraded=build.shipped(step.stage))
        for step in build.fact(kept_steps)
        if isinstance(step.instruction, Run)
    )


def _lives_from_store(build: Build, builds: Iterable[Built]) -> bool:
    """Tell whether some builds use Docker's own store, of which a builder that exports caches sees
    nothing: that of containerd, which exports them by itself, or a base that the job builds there.
    """
    texts = [_text_of(build, each) for each in builds if not each.delivery.builder]
    words = (each.from_.image for each in build.stages if each.base is None)
    bases = (_OF_OWNER.fullmatch(each.text) for each in words if each is not None)
    names = {each["name"] for each in bases if each is not None}
    return any(
        _OF_CONTAINERD.search(text) or (_LOADS.search(text) and any(map(text.__contains__, names)))
        for text in texts
    )


def is_refused(build: Build, builds: Iterable[Built]) -> bool:
    """Tell whether a recipe of some builds says that they have no cache on purpose: by an option,
    or by one that is commented out.
    """
    return any(
        each.delivery.refuses_cache or _TAKEN_OUT.search(_text_of(build, each)) for each in builds
    )


def _text_of(build: Build, built: Built) -> str:
    """Return the text of the recipe that describes a build."""
    return build.recipes.text_of.get(built.path, "") if build.recipes else ""


def exported(build: Build) -> tuple[CacheEntry, ...]:
    """Return the caches that this build exports; none where its descriptions contradict."""
    return agreed(each.caches for each in described(build, own=True)).exports


def collisions(build: Build) -> tuple[Collision, ...]:
    """Return the caches of this build that another image's build writes, each once; the place of
    both is known in full. A folder of a machine that CI starts anew is none that they share. What
    another target of this file writes is of use to both where they differ in nothing kept.
    """
    own_builds = list(filter(is_regular, described(build, own=True)))
    exports = agreed(each.caches for each in own_builds).exports
    in_ci = any(is_of_ci(each.path) for each in own_builds)
    places = _by_place(exports, in_ci=in_ci)
    rows = {} if exports else _of_rows(own_builds)
    if build.recipes is None or not ((places or rows) and keeps_much(build)):
        return ()
    found: dict[tuple[str, ...], list[_Sharing]] = {}
    for each in filter(is_regular, described(build, own=False)):
        for entries in _shared(places, rows, each) if not _is_alike(build, each) else ():
            found.setdefault(entries[0].place, []).append(_Sharing(each, entries))
    return tuple(_collision(build.recipes, own_builds, each) for each in found.values())


class _Sharing(NamedTuple):
    """The build of another image, and the caches that it writes as well."""

    built: Built
    entries: Sequence[CacheEntry]


def _shared(
    places: Mapping[tuple[str, ...], CacheEntry],
    rows: Mapping[tuple[str, ...], CacheEntry],
    other: Built,
) -> Iterator[Sequence[CacheEntry]]:
    """Yield the caches that another image's build writes as well: one in a place, all of a
    matrix.
    """
    for place in _by_place(other.caches.exports, in_ci=is_of_ci(other.path)):
        if place in places:
            yield (places[place],)
    if rows and rows.keys() == _of_rows([other]).keys():
        yield (*rows.values(),)  # of which no file tells that one is for requests


def _collision(recipes: Recipes, own: Sequence[Built], others: Sequence[_Sharing]) -> Collision:
    """Return what is shared with the builds of other images, those of the own recipe first."""
    paths = {each.path for each in own if each.caches.exports or each.rows}
    others = sorted(others, key=lambda each: each.built.path not in paths)
    first, (entry, *more) = others[0]
    builds = [each.built for each in others]
    return Collision(
        entry,
        _image(own[0]),
        tuple(dict.fromkeys(map(_image, builds))),
        first.path,
        _is_read(entry, (*own, *builds)),
        len(more),
        only_export_line(recipes, first.path) if paths == {first.path} else None,
    )


def _by_place(entries: Iterable[CacheEntry], *, in_ci: bool) -> dict[tuple[str, ...], CacheEntry]:
    """Return the caches that builds elsewhere may write as well, each by its place."""
    return {
        entry.place: entry
        for entry in entries
        if entry.place and not (in_ci and entry.type == LOCAL)
    }


def _of_rows(builds: Iterable[Built]) -> dict[tuple[str, ...], CacheEntry]:
    """Return the caches that the builds of a matrix export, each by its place; none where two files
    tell of different ones.
    """
    found: dict[tuple[str, ...], CacheEntry] = {}
    for each in builds:
        entries = (entry for row in each.rows for entry in row.exports)
        told = _by_place(entries, in_ci=is_of_ci(each.path))
        if found and told and found.keys() != told.keys():
            return {}
        found = found or told
    return found


def is_regular(each: Built) -> bool:
    """Tell whether commits of a branch start a build, if a workflow does: GitHub shows the cache of
    a tag or a request to no other
    (https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching).
    """
    return each.delivery.on_branch or not each.path.startswith(".github/")


def _is_read(entry: CacheEntry, builds: Iterable[Built]) -> bool:
    """Tell whether a build reads a cache, as far as expressions tell which one it reads."""
    told = [row for each in builds for row in each.rows or (each.caches,)]
    hidden = (source.type for each in told for source in each.hidden_sources)
    return entry.type in hidden or any(
        source.place == entry.place for each in told for source in each.sources
    )


def _is_alike(build: Build, other: Built) -> bool:
    """Tell whether another description builds a target of this Dockerfile that begins as this
    image does, and whether what either has alone is nothing that a cache would keep.
    """
    if build.target is None or other.dockerfile != build.path:
        return False
    stages = build.stages
    name = other.target or str(len(stages) - 1)
    target = find_stage(stages, name, len(stages))
    if target is None:
        return False
    own, others = reachable(stages, build.target), reachable(stages, target)
    kept = (step for at in own | others for step in _kept_of(build, stages[at]))
    apart = (each for each in kept if each.stage.index in own ^ others)
    return not own.isdisjoint(others) and not _run_something(build, apart)


class SplitExport(NamedTuple):
    """A cache that an image's own builds write, one for each of these platforms, and the file that
    says so.
    """

    entry: CacheEntry
    platforms: tuple[str, ...]
    path: str


def split_exports(build: Build) -> tuple[SplitExport, ...]:
    """Return the caches that builds of one image for several platforms write, each once; GitHub's
    only of builds that find it again.
    """
    if not keeps_much(build):
        return ()
    found: dict[tuple[str, ...], SplitExport] = {}
    for each in described(build, own=True):
        useless = {LOCAL} if each.delivery.on_branch else {LOCAL, GHA}
        for entry in each.caches.exports if each.apart and is_of_ci(each.path) else ():
            if entry.place and entry.type not in useless:
                found.setdefault(entry.place, SplitExport(entry, each.apart, each.path))
    return tuple(found.values())


def always_first(build: Build) -> tuple[Arg | Transfer, ...]:
    """Return what makes the first step of each stage run again in every build: arguments that each
    build passes anew, and copies of `.git`. Nothing where a single stage may begin with a hit.
    """
    found = []
    built = reachable(build.stages, build.target) if build.target else ()
    for stage in (build.stages[index] for index in sorted(built)):
        if not stage.is_external:
            continue
        first = next((i for i in stage.instructions if isinstance(i, Run | Transfer)), None)
        if first is None:
            continue
        if isinstance(first, Transfer) and first.from_:
            continue  # it hits where the other stage does
        cause = _cause(build, stage, first)
        if cause is None:
            return ()
        found.append(cause)
    return tuple(found)


def _cause(build: Build, stage: Stage, first: Run | Transfer) -> Arg | Transfer | None:
    if isinstance(first, Run):
        return next(_arguments(build, stage, first), None)
    selection = build.selection(first)
    if selection is None:
        return None
    return first if any(each.source.startswith(".git/") for each in selection.entries) else None


def _arguments(build: Build, stage: Stage, first: Run) -> Iterator[Arg]:
    """Yield the arguments above the first RUN that every build passes anew."""
    for instruction in stage.instructions:
        if instruction is first:
            return
        if isinstance(instruction, Arg) and _has_changing(build, instruction):
            yield instruction


def _has_changing(build: Build, arg: Arg) -> bool:
    return any(_always_changes(build, arg, pair) for pair in arg.pairs)


def _always_changes(build: Build, arg: Arg, pair: Pair) -> bool:
    """Tell whether an argument's name says that each build passes another value, and nothing says
    otherwise. What is passed may change on purpose alone.
    """
    told = (Changes.of(pair.name), changes_of(build, arg, pair))
    return told == (Changes.EVERY_BUILD, Changes.EVERY_BUILD)
