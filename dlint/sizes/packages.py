"""Which packages the lists of an install name, and by how much a layer grows where they change."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING

from dlint.facts.dependencies import dependency_folders
from dlint.facts.shipping import copies_from_stages
from dlint.findings import Basis, Size
from dlint.images.recorded import Packages, RecordedPackage
from dlint.manifests.requirements import canonical
from dlint.shell.managers import family
from dlint.sizes.catalogue import catalogue
from dlint.sizes.lists import is_nodes, listed_packages
from dlint.syntax import Copy, Run
from dlint.text.paths import nested
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.manifests import Package
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.syntax import Instruction

# Layer bytes for a byte of what is downloaded lie between these: less where a RUN leaves a part of
# it out, more where byte code or a cache is stored besides. What is beyond is another thing's.
LEAST_RATIO, MOST_RATIO = 0.5, 3.0
_MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
_PYTHON, _NODE = "python", "node"


def packages_of(build: Build, stage: Stage, instruction: Instruction) -> Packages:
    """Return the packages that lists and lock files name for what an instruction stores.

    For a COPY from another stage these are those of the installs whose folders it takes, and what
    their commands name.
    """
    match instruction:
        case Run():
            steps = [each for each in build.steps(stage) if each.instruction is instruction]
            installs = [each for step in steps for each in _installs(build, step)]
            return _collected(build, installs)
        case Copy(from_=str()):
            carried = list(_carried_installs(build, stage, instruction))
            return _collected(build, carried, _named(carried))
    return {}


def _collected(
    build: Build, installs: Iterable[Install], named: Iterable[tuple[str, RecordedPackage]] = ()
) -> Packages:
    found: dict[str, set[RecordedPackage]] = {}
    for name, asked in named:
        found.setdefault(name, set()).add(asked)
    for install in installs:
        for kind, package in listed_packages(build, install):
            name = _NODE if is_nodes(kind) else _PYTHON
            size = _wheel_bytes(package, build.options.platform) if name == _PYTHON else None
            found.setdefault(name, set()).add(_recorded(package.name, package.version, size))
    return {name: tuple(sorted(those, key=_place)) for name, those in sorted(found.items())}


def _place(package: RecordedPackage) -> tuple[str, str, int]:
    return package.name, package.version, package.bytes or 0


def _recorded(name: str, version: str, size: int | None = None) -> RecordedPackage:
    """Return a package whose words can be written to a line: a blank ends each."""
    return RecordedPackage("".join(name.split()), "".join(version.split()), size)


def _named(installs: Iterable[Install]) -> Iterator[tuple[str, RecordedPackage]]:
    """Yield the packages of Python's and Node's indexes that commands name."""
    for install in installs:
        name = family(install.manager)
        for package in install.packages:
            if name in {_PYTHON, _NODE} and package.kind == "index":
                yield name, _recorded(package.name, "")


def _installs(build: Build, step: Step) -> list[Install]:
    from dlint.shell.effects import Install

    if not isinstance(step.instruction, Run):
        return []
    found = build.effects(step.instruction, step.state).of(Install)
    return [each for each in found if not each.hidden]


def _carried_installs(build: Build, stage: Stage, copy: Copy) -> Iterator[Install]:
    """Yield the installs of another stage whose folders a COPY takes, or may take."""
    for number, carried in copies_from_stages(build, stage):
        if carried.copy is not copy:
            continue
        for step in build.chain(build.stages[number]):
            for install in _installs(build, step):
                folders = dependency_folders(build, step, install)
                if any(nested(each, carried.source) for each in folders or ("/usr",)):
                    yield install


def _wheel_bytes(package: Package, platform: str) -> int | None:
    """Return the size of the wheel that an install on a platform would take, where the lock file
    tells it: those for several versions of Python differ little.
    """
    machine = _MACHINES.get(platform, "")
    sizes = sorted(
        archive.size
        for archive in package.archives
        if archive.size is not None and _fits(archive.filename, machine)
    )
    return sizes[len(sizes) // 2] if sizes else None


def _fits(filename: str, machine: str) -> bool:
    tag = filename.rpartition("-")[2]
    for_machine = "manylinux" in tag and bool(machine) and machine in tag
    return tag == "any.whl" or (for_machine and filename.endswith(".whl"))


class _Weights(NamedTuple):
    """Packages of one ecosystem, told apart by whether their size is known."""

    known: int  # bytes as downloaded, of those whose size is known
    each: tuple[int, ...]  # and of each by itself
    unknown: Counter[str]


def _weights(ecosystem: str, packages: Sequence[RecordedPackage]) -> _Weights:
    """Add up what packages weigh: by what a lock file told of each, else by the table with all that
    they need.
    """
    told = {each.name: each.bytes for each in packages if each.bytes is not None}
    rest = [each for each in packages if each.bytes is None]
    known, sizes = sum(told.values()), list(told.values())
    listed: set[str] = set()
    if ecosystem == _PYTHON:
        table = catalogue("pypi")
        unlike = {canonical(each.name) for each in rest if not _is_in_table(each)}
        listed = {canonical(each.name) for each in rest if _is_in_table(each)}
        there = told.keys() | table.closure(unlike)
        known += table.weight(table.closure(listed) - there) * 1000
        sizes += (table.weight((name,)) * 1000 for name in listed)
    unknown = Counter(each.name for each in rest if canonical(each.name) not in listed)
    return _Weights(known, tuple(sizes), unknown)


def _is_unsized(ecosystem: str, package: RecordedPackage) -> bool:
    is_listed = ecosystem == _PYTHON and _is_in_table(package)
    return package.bytes is None and not is_listed


def _is_in_table(package: RecordedPackage) -> bool:
    """Tell whether the table of PyPI is about this version of a package."""
    table, name = catalogue("pypi"), canonical(package.name)
    return name in table and not table.is_unlike(name, package.version)


class Change:
    """What a layer weighs after the lists of its installs have changed."""

    def __init__(self, bytes_: int, old: Packages, new: Packages) -> None:
        """Take the layer's compressed bytes as the `old` packages made it."""
        self._bytes = bytes_
        names = sorted(old.keys() | new.keys())
        self._old = [_weights(name, old.get(name, ())) for name in names]
        self._new = [_weights(name, new.get(name, ())) for name in names]
        # one of the packages that came, went or changed its version is of a size that nothing tells
        self._is_unsized = any(
            _is_unsized(name, each)
            for name in names
            for each in set(old.get(name, ())) ^ set(new.get(name, ()))
        )

    @cached_property
    def _ratio(self) -> float:
        """Layer bytes for a byte of an archive: as it was where all sizes are known."""
        known = sum(each.known for each in self._old)
        if not known or any(each.unknown for each in self._old):
            return 1.0
        return min(max(self._bytes / known, LEAST_RATIO), MOST_RATIO)

    @cached_property
    def _each(self) -> float | None:
        """Bytes of a package of unknown size: what those of known size leave of the layer, in the
        mean, but no more than the one in the middle of these. What is in no table is none of those
        that weigh most, and a layer holds other things, too. None where there was no package.
        """
        sizes = [size for each in self._old for size in each.each]
        middle = self._ratio * median(sizes) if sizes else None
        unknown = sum(each.unknown.total() for each in self._old)
        if not unknown:
            return middle
        known = self._ratio * sum(each.known for each in self._old)
        share = max(0.0, self._bytes - known) / unknown
        return share if middle is None else min(share, middle)

    @property
    def size(self) -> Size:
        """The layer's compressed bytes: modelled where the sizes of all packages that came or went,
        or changed their version, are known, guessed by their share where not; at least the old ones
        where nothing tells.
        """
        known = sum(each.known for each in self._new) - sum(each.known for each in self._old)
        old, new = (
            sum((each.unknown for each in side), Counter()) for side in (self._old, self._new)
        )
        come, gone = new - old, old - new
        size = self._bytes + self._ratio * known
        if come.total() == gone.total():  # other versions of the same, or as many others
            basis = Basis.GUESSED if self._is_unsized else Basis.MODELLED
            return Size(max(0, round(size)), basis)
        if self._each is None:
            return Size(max(0, round(size)), Basis.GUESSED, tuple(sorted(come)))
        size += self._each * (new.total() - old.total())
        return Size(max(0, round(size)), Basis.GUESSED)
