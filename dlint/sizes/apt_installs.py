"""What apt's installs add to the layers of a build: packages, all that they need, and what these
recommend, less what stands there already.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from dlint.facts.own_bases import SETS_RECOMMENDED, may_set_apt
from dlint.facts.uses import base_reference
from dlint.findings import Basis, Size
from dlint.images.reference import DOCKER_HUB
from dlint.packages import Base
from dlint.sizes import apt
from dlint.sizes.bases import architecture_of, name_and_tag, system_of
from dlint.sizes.indexes.apt import Closure
from dlint.syntax import Run, Transfer
from dlint.text.lazy import lazy
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import (
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
        Set as AbstractSet,
    )

    from dlint.images.reference import Reference
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Effects, Install
    from dlint.sizes.apt_removals import Removed
    from dlint.sizes.indexes.apt import Package, Packages

# What an image holds that is in no table lies between a minimal system and the fullest of the
# official images. Where both give about the same size, that is told.
NARROW = 1.25
# Who publishes packages of his own under a distribution's names: theirs weigh something else, and
# recommend nothing.
_PUBLISHERS = {
    "nodejs": "nodesource",
    "nginx": "nginx.org/packages",
    "postgresql": "apt.postgresql.org",
    "php": "packages.sury.org",
    "clang": "apt.llvm.org",
}
_SOURCES = regex(r"/etc/apt/sources\.list|\b(?:add-apt-repository|apt-add-repository)\b")
_RECOMMENDING = ("docker-ce",)  # its plugins
_PLUGINS = frozenset(("docker-buildx-plugin", "docker-compose-plugin"))  # of `docker-ce-cli`, all
_STEM = regex(r"lib[a-z]+")  # of a library's packages
_IS_LIBRARY = regex(r"lib(?![^\n]*-(?:bin|common|data|dev|doc|tools)\Z)[\w.+-]*\d[\w.+-]*")


class Lost(NamedTuple):
    """What comes only as recommended: all of it, the packages that others recommend by their names,
    the largest first, and whether nothing else can come so.
    """

    packages: frozenset[str]
    asked_for: tuple[str, ...]
    is_all: bool


class Left(NamedTuple):
    """What stays that was brought for packages which are removed again: its names, and about how
    many bytes of a layer it takes up.
    """

    packages: frozenset[str]
    size: Size


class _Below(NamedTuple):
    """What a stage may stand on: a release, and which of its packages are there."""

    release: str
    slim: bool
    there: frozenset[str]


class _Alone(NamedTuple):
    """What comes only as recommended by `new` packages, or those that they bring, where a stage
    stands on `below`: the packages, their `names`, and of which others nobody knows what they
    recommend.
    """

    below: _Below
    new: Sequence[str]
    brought: Closure
    names: frozenset[str]
    unknown: list[str]


class _System(NamedTuple):
    """All that a stage may stand on; `doubt` says what is not known of it, where that is more than
    one.
    """

    possible: tuple[_Below, ...]
    doubt: str = ""


class _Standing:
    """Which packages are there before each RUN of a stage: worked out as far down as is asked."""

    def __init__(self, rest: Iterator[tuple[int | None, frozenset[str]]]) -> None:
        """Take what is there before the RUN of each number, in their order, and for None at the
        end.
        """
        self._rest = rest
        self._known: dict[int | None, frozenset[str]] = {}

    def before(self, number: int | None) -> frozenset[str] | None:
        """Return what is there before a RUN, or at the end; None where the stage has no such
        RUN.
        """
        while number not in self._known:
            found = next(self._rest, None)
            if found is None:
                return None
            self._known[found[0]] = found[1]
        return self._known[number]

    @property
    def end(self) -> frozenset[str]:
        """What is there at the end of the stage."""
        return self.before(None) or frozenset()


class AptInstalls:
    """Answers about apt's installs in one build."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._systems: dict[int, _System] = {}
        self._held: dict[int, frozenset[str]] = {}
        self._first_named: dict[int, dict[str, int]] = {}
        self._standing: dict[tuple[int, _Below], _Standing] = {}
        self._needed: dict[tuple[int, _Below], frozenset[str]] = {}
        self._recommended: dict[tuple[int, int, frozenset[str]], list[_Alone]] = {}

    def bytes(self, stage: Stage, run: Run, installs: Sequence[Install]) -> Size:
        """Return about how many bytes a layer takes up of what apt's `installs`, commands of `run`,
        install; at least what is known of it where no table has a package. Where it only removes,
        that is what dpkg notes of it.
        """
        from dlint.sizes.apt_removals import removed
        from dlint.sizes.questions import better

        gone = removed(self._build, run)
        kept = gone.kept(installs) if gone.with_needs else installs
        system = self._system(stage)
        estimates = [self._estimate(stage, run, below, installs, gone) for below in system.possible]
        missing = [why for each in estimates for why in each.missing]
        doubt = (*_not_by_name(kept), *gone.doubt)
        table = _between(estimates, (*missing, *doubt), system.doubt)
        told = self._from_index(stage, run, kept, gone) if self._is_unsure(stage, table) else None
        return better(told.plus(Size.unknown(*doubt)) if told and doubt else told, table)

    def _is_unsure(self, stage: Stage, table: Size) -> bool:
        """Tell whether a table lacks packages, or tells those of another release."""
        releases = {below.release for below in self._system(stage).possible}
        return table.at_least or not releases.isdisjoint(apt.NEAREST)

    def _from_index(
        self, stage: Stage, run: Run, installs: Sequence[Install], gone: Removed
    ) -> Size | None:
        """Return what an index tells of installs onto a base that is known; None where nobody says
        anything.
        """
        from dlint.sizes.questions import ask_apt

        possible = self._system(stage).possible
        if len(possible) != 1 or self._build.options.packages is None:
            return None
        (below,) = possible
        base = Base(
            architecture=architecture_of(self._build, base_reference(self._build, stage)),
            packages=self._there(stage, run, below),
            distribution="ubuntu" if below.release in apt.UBUNTU else "debian",
            release=below.release,
            slim=below.slim,
        )
        names = sorted(named(installs) - gone.names)
        recommends = any(takes_recommended(self._build, stage, each) for each in installs)
        told = ask_apt(self._build, run, base, names, recommends=recommends)
        if told is None:
            return None
        kept = tuple(each for each in told.sizes if each.name not in gone.names)
        return told._replace(sizes=kept).size

    def left_behind(self, stage: Stage, run: Run) -> Left:
        """Return what a RUN of a stage leaves there of what its installs have brought for packages
        that it removes: apt keeps that, unless it is asked to take it as well.
        """
        from dlint.sizes.apt_removals import removed

        gone, installs = removed(self._build, run), _apt(self._build.effects(run))
        if gone.with_needs or not gone.names:
            return Left(frozenset(), Size())
        found, estimates = list[frozenset[str]](), list[Size]()
        system, steps = self._system(stage), self._build.effects_in(self._build.chain(stage))
        later = [each for step, own in steps if step.index > run.index for each in _apt(own)]
        for below in system.possible:
            there = self._there(stage, run, below)
            now, _ = self._left(stage, below, installs, there, gone)
            kept, _ = self._left(stage, below, installs, there, gone._replace(with_needs=True))
            rest = apt.without_dependents(now.without(kept.names), gone.names)
            rest = rest.without(self._brought(stage, below, later, there | kept.names).names)
            if kept.missing:  # which may need it
                return Left(frozenset(), Size.unknown(*kept.missing))
            found.append(rest.names)
            estimates.append(apt.packages_bytes(below.release, rest, slim=below.slim, there=0))
        return Left(_in_all(found), _between(estimates, (), system.doubt))

    def purged(self, stage: Stage, run: Run, part: Install) -> Size:
        """Return about how many bytes a layer takes up of `part`, packages of an install of `run`,
        and of what nothing else needs that this RUN or one on top of it installs by name.
        """
        names = named([part])
        others = self._installed_besides(stage, run, names)
        return self._apart(stage, run, part, others, frozenset(names))

    def freed(self, stage: Stage, run: Run, part: Install) -> Size:
        """Return about how many bytes of a layer fall away without `part`, packages of an install
        of `run`, and other tools to build with: nothing of what else is installed brings as well.
        """
        from dlint.installs.compilers import is_tool, removed_names

        everywhere = (each for _, each in self._build.effects_in(self._build.chain(stage)))
        tools = filter(is_tool, named(chain.from_iterable(map(_apt, everywhere))))
        going = {*named([part]), *tools, *filter(None, removed_names(self._build, run))}
        return self._apart(stage, run, part, self._installed_besides(stage, run, going))

    def _apart(
        self,
        stage: Stage,
        run: Run,
        part: Install,
        others: Sequence[Install],
        purged: AbstractSet[str] = frozenset(),
    ) -> Size:
        """Return about how many bytes a layer takes up of packages of an install, less what
        `others` bring that is not `purged`. What packages need that no table has is unknown: then
        these alone are counted.
        """
        system, names = self._system(stage), named([part])
        if not others:
            return self.bytes(stage, run, [part])
        estimates, missing = list[Size](), list[str]()
        for below in system.possible:
            there = self._there(stage, run, below)
            whole = self._brought(stage, below, [part], there)
            kept = self._brought(stage, below, others, there)
            if names and names <= kept.names - purged:  # nor does anything that they need fall away
                estimates.append(Size())
                continue
            left = whole.without(kept.names - purged)
            if kept.missing:
                left = left.without(left.names - names)
                missing += [f"what {each} needs" for each in kept.missing]
            missing += left.missing
            size = apt.packages_bytes(below.release, left, slim=below.slim, there=len(there))
            estimates.append(size)
        return _between(estimates, missing, system.doubt)

    def replaced(
        self, stage: Stage, run: Run, names: Collection[str], others: Sequence[str]
    ) -> Size:
        """Return about how many bytes of a layer are what packages of these names bring that
        `others` in their place would not, nor what else this RUN or one on top of it installs.
        """
        below = self._debian(stage)
        if below is None:
            return Size.unknown(self._system(stage).doubt or "Ubuntu's packages")
        there = self._there(stage, run, below)
        whole = self._brought(stage, below, _apt(self._build.effects(run)), there)
        left = self._brought(stage, below, self._installed_besides(stage, run, names), there)
        more = apt.brought_packages(
            below.release, tuple(others), recommends=False, there=there | left.names
        )
        rest = whole.without(left.names | more.names)
        if left.missing or more.missing or rest.missing:
            return Size.unknown(*left.missing, *more.missing, *rest.missing)
        return apt.packages_bytes(below.release, rest, slim=below.slim, there=0)

    def _installed_besides(self, stage: Stage, run: Run, names: Collection[str]) -> list[Install]:
        """Return what else than packages of these names a RUN of a stage, or one on top of it,
        installs by apt.
        """
        others = [*_rest(_apt(self._build.effects(run)), names)]
        for step, effects in self._build.effects_in(self._build.chain(stage)):
            others += _rest(_apt(effects), names) if step.index > run.index else ()
        return others

    def held(self, stage: Stage) -> frozenset[str]:
        """Return what may be installed at the end of a stage, by apt's installs and in the base."""
        possible = self._system(stage).possible
        return frozenset[str]().union(*(self._there(stage, None, below) for below in possible))

    def libraries(self, stage: Stage, name: str) -> tuple[str, ...]:
        """Return the packages of the libraries that one of their headers is for, and depends on:
        directly, or by another one of headers that it stands for; none where that is not known.
        """
        below = self._debian(stage)
        table = apt.packages_of(below.release) if below else None
        return _libraries(table, name, 2) if table else ()

    def recommended(
        self, stage: Stage, run: Run, names: Collection[str], besides: Collection[Install]
    ) -> Size:
        """Return about how many bytes of a layer are what packages of these names recommend;
        nothing where that is there, or comes with `besides`.
        """
        if not names:
            return Size()
        system = self._system(stage)
        # what only their needs recommend is mostly there, where nobody knows what the base is
        is_open = len({below.release for below in system.possible}) != 1
        if is_open and all(map(apt.recommends_nothing, self._new(stage, run, names))):
            return Size()
        estimates, missing, foreign = list[Size](), list[str](), list[str]()
        for each in self._alone(stage, run, names, besides):
            for name in each.unknown:
                (foreign if self._is_of_publisher(name) else missing).append(name)
            release, slim = each.below.release, each.below.slim
            estimates.append(apt.packages_bytes(release, each.brought, slim=slim, there=0))
        told = _between(estimates, _recommended_by(missing), system.doubt)
        if told.whole == 0 or not foreign:
            return told
        return _between(estimates, _recommended_by((*missing, *foreign)), system.doubt)

    def recommended_names(
        self, stage: Stage, run: Run, names: Collection[str], besides: Collection[Install]
    ) -> list[str]:
        """Return what packages of these names, or what they bring, surely recommend and what is not
        there: first what they recommend themselves, the largest first.

        None on Ubuntu, whose packages may recommend other things than Debian's of the same names.
        """
        if any(below.release in apt.UBUNTU for below in self._system(stage).possible):
            return []
        alone = self._alone(stage, run, names, besides)
        asked = [self._asked_for(stage, run, each) for each in alone]
        sure = _in_all([frozenset(each) for each in asked])
        direct = {each for each in sure if asked[0][each]}
        return _nearest_first(dict.fromkeys(sure, alone[0]), direct) if sure else []

    def lost(self, stage: Stage, run: Run, names: Collection[str]) -> Lost:
        """Return what packages of these names would not bring without what is recommended."""
        lost, asked, is_known = frozenset[str](), dict[str, _Alone](), True
        for each in self._alone(stage, run, names):
            lost |= each.names
            asked |= dict.fromkeys(self._asked_for(stage, run, each), each)
            is_known = is_known and not each.unknown
        return Lost(lost, tuple(_nearest_first(asked)), is_known)

    def _asked_for(self, stage: Stage, run: Run, alone: _Alone) -> dict[str, bool]:
        """Return what is recommended by its name of what comes as recommended `alone`, and whether
        the new packages do so themselves, or parts of them that others hold (`chromium-common` of
        `chromium`).
        """
        below, there = alone.below, self._there(stage, run, alone.below)
        asking = apt.brought_packages(below.release, alone.new, recommends=True, there=there)
        parts = tuple(f"{name}-" for name in alone.new)
        near = (each for each in asking.packages if f"{each.name}-".startswith(parts))
        direct = _recommended_among(alone, near)
        return {each: each in direct for each in _recommended_among(alone, asking.packages)}

    def only_recommended(self, stage: Stage, run: Run, names: Collection[str]) -> frozenset[str]:
        """Return what may come with packages of these names only because they, or what they bring,
        recommend it.
        """
        found = self._alone(stage, run, names)
        return frozenset[str]().union(*(each.names for each in found))

    def _alone(
        self, stage: Stage, run: Run, names: Collection[str], besides: Collection[Install] = ()
    ) -> Sequence[_Alone]:
        """Return what comes with packages of these names only because it is recommended, for all
        that the stage may stand on.
        """
        if besides:
            return [*self._each_alone(stage, run, names, besides)]
        key = stage.index, run.index, frozenset(names)
        found = self._recommended.get(key)
        if found is None:
            found = self._recommended[key] = [*self._each_alone(stage, run, names, besides)]
        return found

    def _each_alone(
        self, stage: Stage, run: Run, names: Collection[str], besides: Collection[Install]
    ) -> Iterator[_Alone]:
        asked, all_new = sorted(names), self._new(stage, run, names)
        for below in self._system(stage).possible:
            new = sorted(all_new - self._foreign(all_new, below.release))
            there = self._there(stage, run, below)
            if besides:
                there |= self._brought(stage, below, besides, there).names
            brought = apt.brought_packages(below.release, new, recommends=True, there=there)
            only = Closure(brought.packages, ())
            if only.packages:
                needed = apt.brought_packages(below.release, asked, recommends=False, there=there)
                only = only.without(needed.names)
            if only.packages:  # most often nothing is left
                only = only.without(self._needed_on(stage, below))
            unknown = [each for each in brought.missing if not apt.recommends_nothing(each)]
            yield _Alone(below, new, only, only.names, unknown)

    def _needed_on(self, stage: Stage, below: _Below) -> frozenset[str]:
        """Return what the packages need that RUNs of the images on top of a stage install by name:
        it comes without being recommended, sooner or later.
        """
        found = self._needed.get((stage.index, below))
        if found is None:
            on_top = self._build.stages_on(stage)
            names = sorted({name for each in on_top for name in self._named_first(each)})
            needed = apt.brought_packages(below.release, names, recommends=False, there=below.there)
            found = self._needed[stage.index, below] = needed.names
        return found

    def bringing_others(self, stage: Stage, names: Sequence[str]) -> list[str]:
        """Return those of some packages that none of the others needs, on the base of a stage."""
        below = self._system(stage).possible[0]
        brought = [
            apt.brought_packages(below.release, (name,), recommends=False, there=below.there).names
            for name in names
        ]
        needed = Counter(chain.from_iterable(brought))  # each by itself, at least
        return [name for name in names if needed[name] <= 1]

    def _new(self, stage: Stage, run: Run, names: Collection[str]) -> set[str]:
        """Return those of some packages that apt installs anew, and that a table may know: no RUN
        that a RUN of a stage stands on installs them by their names.
        """
        new = set(names)
        for first in map(self._named_first, stage.ancestors()):
            new -= {name for name in new & first.keys() if first[name] < run.index}
        if _PLUGINS.issubset(names):
            new.discard("docker-ce-cli")
        return new

    def lists(self, stage: Stage, *, cleaned: bool = False) -> Size:
        """Return about how many bytes of package lists an `apt-get update` leaves."""
        releases = _releases(base_reference(self._build, stage.outermost))
        told = [apt.lists_bytes(release, cleaned=cleaned) for release in releases]
        return _between(told, [why for each in told for why in each.missing], "what the base is")

    def base_packages(self, stage: Stage) -> frozenset[str]:
        """Return what the base of a stage has installed for sure."""
        base = stage.outermost.index
        if base not in self._held:
            self._held[base] = _in_all([each.there for each in self._system(stage).possible])
        return self._held[base]

    def likely_base_packages(self, stage: Stage) -> frozenset[str]:
        """Return what the base of a stage most likely has installed: all that the official image of
        its name has, which it may be a copy of.
        """
        base = base_reference(self._build, stage.outermost)
        alike = base.namesake if base is not None and not base.is_copied else None
        if alike is None:
            return self.base_packages(stage)
        return _in_all([each.there for each in _system(alike).possible])

    def _debian(self, stage: Stage) -> _Below | None:
        """Return the Debian that a stage stands on; None where it is not known, or Ubuntu."""
        possible = self._system(stage).possible
        if len(possible) != 1 or possible[0].release in apt.UBUNTU:
            return None
        return possible[0]

    def _system(self, stage: Stage) -> _System:
        base = stage.outermost
        if base.index not in self._systems:
            self._systems[base.index] = _system(base_reference(self._build, base))
        return self._systems[base.index]

    def _estimate(
        self, stage: Stage, run: Run, below: _Below, installs: Sequence[Install], gone: Removed
    ) -> Size:
        there = self._there(stage, run, below)
        brought, passing = self._left(stage, below, installs, there, gone)
        return apt.packages_bytes(
            below.release,
            brought,
            slim=below.slim,
            there=len(there),
            passing=passing,
            again=gone.with_needs or bool(gone.names),
        )

    def _left(
        self,
        stage: Stage,
        below: _Below,
        installs: Sequence[Install],
        there: frozenset[str],
        gone: Removed,
    ) -> tuple[Closure, tuple[Package, ...]]:
        """Return what stays of what installs bring, and the packages that come and go again."""
        whole = self._brought(stage, below, installs, there).without(gone.names)
        if not gone.with_needs:
            missing = tuple(name for name in whole.missing if name not in gone.names)
            return whole._replace(missing=missing), ()
        kept = self._brought(stage, below, gone.kept(installs), there).without(gone.names)
        passing = whole.without(kept.names)
        stays = frozenset[str]()
        if gone.keeps_recommended:
            stays = apt.recommended_among(below.release, passing, there | kept.names)
        missing = tuple(name for name in kept.missing if name not in gone.names)
        back = tuple(each for each in passing.packages if each.name in stays)
        brought = Closure((*kept.packages, *back), missing)
        return brought, passing.without(stays).packages

    def _there(self, stage: Stage, run: Run | None, below: _Below) -> frozenset[str]:
        """Return the packages that the base brings along, or the RUNs above have installed: all of
        a stage, where none is given.
        """
        standing = self._standing
        new = [*takewhile(lambda each: (each.index, below) not in standing, stage.ancestors())]
        for each in reversed(new):
            there = standing[each.base.index, below].end if each.base else below.there
            standing[each.index, below] = _Standing(self._before_each(each, below, there))
        number = run.index if run is not None else None
        before = (standing[each.index, below].before(number) for each in stage.ancestors())
        return next((each for each in before if each is not None), below.there)

    def _named_first(self, stage: Stage) -> dict[str, int]:
        """Return the number of the first RUN of a stage that installs each package by its name."""
        first = self._first_named.get(stage.index)
        if first is None:
            first = self._first_named[stage.index] = {}
            for at, effects in self._build.effects_in(self._build.steps(stage)):
                for each in named(_apt(effects)):
                    first.setdefault(each, at.index)
        return first

    def _before_each(
        self, stage: Stage, below: _Below, found: frozenset[str]
    ) -> Iterator[tuple[int | None, frozenset[str]]]:
        """Yield which packages are there before each RUN of a stage, with its number, and at the
        stage's end, where `found` are there at its beginning.
        """
        from dlint.sizes.apt_removals import removed

        for run, effects in self._build.effects_in(self._build.steps(stage)):
            yield run.index, found
            gone = removed(self._build, run)
            if more := self._left(stage, below, _apt(effects), found, gone)[0].names - found:
                found |= more
        yield None, found

    def _brought(
        self, stage: Stage, below: _Below, installs: Iterable[Install], there: frozenset[str]
    ) -> Closure:
        """Return what several installs of a stage bring to those that are there."""
        packages: list[Package] = []
        missing: dict[str, None] = {}
        known = set(there)
        for install in installs:
            names = named([install])
            foreign = self._foreign(names, below.release)
            more = apt.brought_packages(
                below.release,
                sorted(names - foreign),
                recommends=takes_recommended(self._build, stage, install),
                there=known,
            )
            packages += more.packages
            known |= more.names
            missing |= dict.fromkeys((*more.missing, *sorted(foreign)))
        return Closure(tuple(packages), tuple(missing))

    def _foreign(self, names: Iterable[str], release: str) -> set[str]:
        """Return those of packages' names that a publisher other than the distribution may serve
        here: one of its known names, or where the file adds sources a program that the release has
        no package of, only another that provides it. apt takes a package of the name itself first.
        """
        theirs = self._theirs
        table = apt.packages_of(release) if self._adds_sources else None
        return {
            name
            for name in names
            if name.startswith(theirs) or (table is not None and _is_only_provided(table, name))
        }

    def _is_of_publisher(self, name: str) -> bool:
        """Tell whether a package that no table has may be from a source that the file adds: such
        packages recommend nothing, as a rule.
        """
        return self._adds_sources and not name.startswith(_RECOMMENDING)

    @lazy
    def _adds_sources(self) -> bool:
        """Whether the file, or a script that it starts, names a source of packages other than the
        distribution's.
        """
        return _SOURCES.search(self._told) is not None

    @property
    def _told(self) -> str:
        """What the file and the scripts that it starts say."""
        from dlint.reads.scripts import with_scripts

        return self._build.fact(with_scripts)

    @lazy
    def _theirs(self) -> tuple[str, ...]:
        """How names of packages begin that a publisher of its own serves, where the file names
        that, or a script that it starts.
        """
        text = self._told
        return tuple(name for name, publisher in _PUBLISHERS.items() if publisher in text)


def _is_only_provided(table: Packages, name: str) -> bool:
    """Tell whether a release has no package of a name, and one of another kind provides it: not a
    library's, nor one that is called so in part (`bind9-dnsutils`), which is the same renamed.
    """
    others = () if name.startswith("lib") else table.providers(name)
    return bool(others) and not any(name in each for each in others)


def _libraries(table: Packages, name: str, depth: int) -> tuple[str, ...]:
    """Return the packages of the libraries that one of their headers depends on."""
    package, stem = table.package(name), _STEM.match(name)
    if package is None or stem is None:
        return ()
    needed = [group[0] for group in package.depends if len(group) == 1]
    alike = [each for each in needed if each.startswith(stem[0])]
    found = tuple(each for each in alike if _IS_LIBRARY.fullmatch(each))
    if found or not depth:
        return found
    headers = (each for each in alike if each.endswith("-dev"))
    return tuple(one for each in headers for one in _libraries(table, each, depth - 1))


def _recommended_among(alone: _Alone, asking: Iterable[Package]) -> frozenset[str]:
    """Return what some packages recommend of what comes as recommended `alone`."""
    wished = {name for each in asking for group in each.recommends for name in group}
    if table := apt.packages_of(alone.below.release):
        wished |= {each for name in wished - alone.names for each in table.providers(name)}
    return alone.names & wished


def _in_all(found: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return what each of some sets holds; nothing where there is none."""
    return found[0].intersection(*found) if found else frozenset()


def _recommended_by(names: Iterable[str]) -> Iterator[str]:
    return (f"what {name} recommends" for name in names)


def _rest(installs: Iterable[Install], names: Collection[str]) -> Iterator[Install]:
    """Yield what else installs bring than packages of these names."""
    for each in installs:
        packages = tuple(package for package in each.packages if package.name not in names)
        if packages:
            yield each._replace(packages=packages)


def apt_installs(build: Build) -> AptInstalls:
    """Return the answers about apt in `build`; a fact: `build.fact(apt_installs)`."""
    return AptInstalls(build)


def apt_bytes(build: Build, stage: Stage, run: Run, installs: Sequence[Install]) -> Size:
    """Return about how many bytes a layer takes up of what apt's `installs`, commands of `run`,
    install.
    """
    return build.fact(apt_installs).bytes(stage, run, installs)


def purged_bytes(build: Build, stage: Stage, run: Run, part: Install) -> Size:
    """Return about how many bytes of the layer of `run` are packages of one of its installs, which
    a later one purges, with what only those need.
    """
    return build.fact(apt_installs).purged(stage, run, part)


def freed_bytes(build: Build, stage: Stage, run: Run, part: Install) -> Size:
    """Return about how many bytes of the layer of `run` fall away without packages of one of its
    installs, and other tools to build with: nothing of what others bring as well.
    """
    return build.fact(apt_installs).freed(stage, run, part)


def left_behind(build: Build, stage: Stage, run: Run) -> Left:
    """Return what a RUN leaves there of what came with packages that it removes by apt."""
    return build.fact(apt_installs).left_behind(stage, run)


def recommended_bytes(
    build: Build, stage: Stage, run: Run, names: Collection[str], besides: Collection[Install] = ()
) -> Size:
    """Return about how many bytes of a layer are what apt's packages of these names recommend.

    Nothing where they recommend nothing, or all of it is there: from above, or from the installs
    `besides` of the same RUN. For a package that is there already, apt installs nothing. What
    packages recommend that no table has is unknown.
    """
    return build.fact(apt_installs).recommended(stage, run, names, besides)


def replaced_bytes(
    build: Build, stage: Stage, run: Run, names: Collection[str], others: Sequence[str]
) -> Size:
    """Return about how many bytes of a layer fall away with apt's packages of these names if
    `others` are installed in their place; unknown unless the base's packages are known.
    """
    return build.fact(apt_installs).replaced(stage, run, names, others)


def packages_held(build: Build, stage: Stage) -> frozenset[str]:
    """Return what apt's installs and the base of a stage may have left there at its end."""
    return build.fact(apt_installs).held(stage)


def libraries_of(build: Build, stage: Stage, name: str) -> tuple[str, ...]:
    """Return the packages of the libraries that a package of headers is for, on the base of a
    stage; none where that is not known.
    """
    return build.fact(apt_installs).libraries(stage, name)


def recommended_names(
    build: Build, stage: Stage, run: Run, names: Collection[str], besides: Collection[Install] = ()
) -> list[str]:
    """Return the packages that apt's packages of these names, or what they bring, surely recommend
    and that are not there: first what they recommend themselves, the largest first.
    """
    return build.fact(apt_installs).recommended_names(stage, run, names, besides)


def only_recommended(
    build: Build, stage: Stage, run: Run, names: Collection[str]
) -> frozenset[str]:
    """Return what may come with apt's packages of these names only because they, or what they
    bring, recommend it.
    """
    return build.fact(apt_installs).only_recommended(stage, run, names)


def lost_without(build: Build, stage: Stage, run: Run, names: Collection[str]) -> Lost:
    """Return what apt's packages of these names would not bring without what is recommended."""
    return build.fact(apt_installs).lost(stage, run, names)


def _nearest_first(
    found: Mapping[str, _Alone], direct: AbstractSet[str] = frozenset()
) -> list[str]:
    """Return the names of packages, the `direct` ones first, by what they take up unpacked with
    those that they need of what comes as recommended alone.
    """
    sizes = {name: _unpacked(name, alone) for name, alone in found.items()}
    return sorted(sizes, key=lambda name: (name not in direct, -sizes[name], name))


def _unpacked(name: str, alone: _Alone) -> int:
    below = alone.below
    brought = apt.brought_packages(below.release, (name,), recommends=False, there=below.there)
    return sum(each.installed for each in brought.packages if each.name in alone.names)


def bringing_others(build: Build, stage: Stage, names: Sequence[str]) -> list[str]:
    """Return those of some of apt's packages that none of the others needs."""
    return build.fact(apt_installs).bringing_others(stage, names)


def base_packages(build: Build, stage: Stage) -> frozenset[str]:
    """Return what the base image of a stage has installed, as far as that is known."""
    return build.fact(apt_installs).base_packages(stage)


def likely_base_packages(build: Build, stage: Stage) -> frozenset[str]:
    """Return what the base image of a stage most likely has installed, by its name."""
    return build.fact(apt_installs).likely_base_packages(stage)


def takes_recommended(build: Build, stage: Stage, install: Install) -> bool:
    """Tell whether nothing keeps apt from installing what packages recommend: not a base of the
    repository's own, either; an unknown word may be a flag.
    """
    words = install.command.args
    unknown = any(word.text is None and word.form.startswith("$") for word in words)
    told = unknown or any("ecommends" in word.form for word in words)
    if told or not any(word.form == "install" for word in words) or build.fact(_sets_apt):
        return False
    return not build.fact_of(may_set_apt, stage.outermost)


def _sets_apt(build: Build) -> bool:
    """Tell whether the file, or one that a COPY brings, may set for apt what it installs. A
    fact.
    """
    if SETS_RECOMMENDED.search(build.dockerfile.source.text):
        return True
    selections = (
        build.selection(each)
        for each in build.dockerfile.instructions
        if isinstance(each, Transfer)
    )
    landed = chain.from_iterable(each.entries for each in selections if each is not None)
    return any(
        each.entry.kind == "file"
        and each.path.startswith("etc/apt/apt.conf")
        and SETS_RECOMMENDED.search(build.context.read(each.source).decode("utf-8", "replace"))
        for each in landed
    )


def is_on_official_image(build: Build, stage: Stage) -> bool:
    """Tell whether a stage stands on an official image, or a mirror's copy of one: what another
    base has installed and set is not known.
    """
    base = base_reference(build, stage)
    if base is None or not name_and_tag(base)[0]:
        return False
    return base.is_official or base.registry != DOCKER_HUB


def named(installs: Iterable[Install]) -> set[str]:
    """Return the names of packages that installs fetch from an index."""
    return {
        package.name for each in installs for package in each.packages if package.kind == "index"
    }


def _system(base: Reference | None) -> _System:
    """Return what stands on a base image; its name, or a word of its tag, tells the release."""
    from dlint.sizes.indexes.table import RELEASES

    name, tag = name_and_tag(base)
    found = system_of(name, tag) if tag else None
    if found is not None and apt.packages_of(found.release) is None:
        return _System((), f"the packages of {found.release}")
    if found is None:
        alike = tuple(_on_any_release(name, tag))
        pairs = (_between_bounds(release, slim=None) for release in RELEASES)
        possible = alike or tuple(below for pair in pairs for below in pair)
        return _System(possible, "what the base is")
    held = apt.held_packages(found.release, name, tag, slim=found.slim)
    if held is None:
        possible = _between_bounds(found.release, slim=found.slim)
        return _System(possible, "which packages the base has")
    return _System((_Below(found.release, found.slim, held),))


def _on_any_release(name: str, tag: str) -> Iterator[_Below]:
    """Yield what an official image holds on each release, where it holds the same on all of them;
    apt works on no others.
    """
    from dlint.sizes.indexes.table import RELEASES

    slim = "slim" in tag.split("-")
    for release in RELEASES:
        held = apt.held_packages(release, name, tag, slim=slim)
        if held is not None:
            yield _Below(release, slim, held)


def _releases(base: Reference | None) -> tuple[str, ...]:
    """Return the releases whose lists apt may fetch on a base image."""
    from dlint.sizes.indexes.table import RELEASES

    name, tag = name_and_tag(base)
    found = system_of(name, tag) if tag else None
    return (*RELEASES, *apt.UBUNTU) if found is None else (found.release,)


def _between_bounds(release: str, *, slim: bool | None) -> tuple[_Below, _Below]:
    """Return the two systems of a release that any other lies between."""
    return (
        _Below(release, slim is not False, apt.fullest(release)),
        _Below(release, slim is True, apt.base_packages(release)),
    )


def _between(estimates: Sequence[Size], missing: Iterable[str], doubt: str) -> Size:
    """Return the size that several estimates come to: the larger one where all are about the same,
    else at least the least.
    """
    if not estimates:
        return Size.unknown(*missing, doubt)
    totals = [each.bytes for each in estimates]
    least, most = min(totals), max(totals)
    if most <= least * NARROW:
        return _guess(most, missing)
    return _guess(least, (*missing, doubt))


def _guess(count: int, missing: Iterable[str]) -> Size:
    unknown = tuple(dict.fromkeys(missing))
    return Size(count, Basis.GUESSED if count or not unknown else Basis.UNKNOWN, unknown)


def _not_by_name(installs: Iterable[Install]) -> Iterator[str]:
    """Say what installs bring that they do not name, or that no index has."""
    for install in installs:
        yield from (package.name for package in install.packages if package.kind != "index")
        if not install.packages:
            yield "upgraded packages" if install.upgrade else "packages that a variable names"


def _apt(effects: Effects) -> list[Install]:
    from dlint.shell.effects import Install

    return [each for each in effects.of(Install) if each.manager == "apt"]
