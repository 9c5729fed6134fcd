"""What of an install can come before the COPYs above it that bring more than it reads."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING

from dlint.facts.caches import own_projects_for
from dlint.installs.installations import DECLARING, RECIPES
from dlint.installs.path_names import alike, by_extension, by_folder
from dlint.manifests import format_of
from dlint.reads.arrivals import arrivals
from dlint.reads.needs import reading_order
from dlint.syntax import Transfer
from dlint.syntax.words import Word
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.installs.installations import Installation
    from dlint.model.build import Build
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Install

_ABOUT = regex(r"(?:README|LICENSE|LICENCE|NOTICE)[^/]*\Z")  # a project may name it for its build
# The manifests whose projects, where there are several, need each other built.
_OF_ONE_PROJECT = {"maven": "pom.xml"}


class ComesFirst(NamedTuple):
    """What can come before `copies`, which stand above an install and bring more than it reads: the
    files that it reads, and its flags or download that do without the rest.
    """

    build: Build
    found: Installation
    copies: Sequence[Arrival]
    more: tuple[str, ...] = ()  # what other installs of the same RUN read

    @property
    def _install(self) -> Install:
        return self.found.install

    @property
    def _above(self) -> list[Arrival]:
        """All COPYs above the install."""
        return [each.arrival for each in self.found.above]

    @property
    def _of_stage(self) -> list[Arrival]:
        """Those of them that stand in the stage of the install."""
        return [each for each in self._above if each.step.stage is self.found.step.stage]

    @property
    def read(self) -> frozenset[str]:
        """The context's files that the COPYs bring and the install reads."""
        return self.found.needs.files & sources_of(self.copies)

    @property
    def read_of_these(self) -> list[str]:
        """Those of them that no other COPY brings, in the order to name them."""
        own = {each.instruction.index for each in self.copies}
        rest = sources_of(each for each in self._above if each.instruction.index not in own)
        return reading_order(self._install, self.found.needs, self.read - rest)

    @property
    def _read_by_all(self) -> Sequence[str]:
        """What is read of several COPYs, and of those beside them that bring more than manifests:
        to move some of them down, people look at all.
        """
        first = self.read_of_these
        if len(self.copies) == 1 or not first:
            return self._without_members(first)
        read = self.found.needs.files
        narrow = sources_of(each for each in self._above if each.sources <= read)
        wide = (sources_of(self._of_stage) & read) - narrow
        return self._without_members(reading_order(self._install, self.found.needs, wide))

    @property
    def names(self) -> list[str]:
        """The files to copy first, as a COPY names them; without the context at hand the names of
        those that the manager reads by itself.
        """
        read = list(dict.fromkeys((*self._read_by_all, *self._without_members(self.more))))
        if self.is_download:  # whose command is told
            read = [path for path in read if posixpath.basename(path) not in RECIPES]
        brought = (path for each in (*self.copies, *self._of_stage) for path in each.sources)
        paths = by_extension(alike(by_folder(read, brought)))
        if paths or self._install.packages or not self.build.fact(arrivals).doubtful:
            return paths
        return [self._brought_as(each.form) for each in self._install.manifests[:1]]

    def _brought_as(self, manifest: str) -> str:
        """Return what a COPY brings by the name of a manifest: `COPY server.json package.json`."""
        name = posixpath.basename(manifest)
        for step in self.build.chain(self.found.step.stage):
            match step.instruction:
                case Transfer(from_=None, sources=[source], destination=Word(text=to)):
                    if posixpath.basename(to) == name:
                        return source.text
        return name

    @property
    def is_guessed(self) -> bool:
        """Whether a context that nobody is sure of does not tell what the install reads."""
        return self.build.fact(arrivals).doubtful and not self.read_of_these

    @property
    def is_lists(self) -> bool:
        """Whether the install is of a project whose own code reads lists of requirements (`pip
        install -e .`): those can be installed without the source, and the project not.
        """
        if self._install.managed_by.language != "python" or not self._install.projects:
            return False
        return bool(self.names) and all(name.endswith(".txt") for name in self.names)

    @property
    def is_unread_lock(self) -> bool:
        """Whether it is a lock file that the install does not read: `uv pip install .` goes by the
        project alone.
        """
        manager = self._install.managed_by
        has_flags = self.flags or self._makes_no_package
        if not self._install.projects or has_flags or not any(each.verbs for each in manager.apart):
            return False
        return any(posixpath.basename(name) in manager.lock_files for name in self.names)

    @property
    def is_whole_projects(self) -> bool:
        """Whether the install takes projects that stand in folders of their own, with all that is
        in those, or their wheels.
        """
        needs = self.found.needs
        if not self._install.projects or needs.manifests:
            return False
        declared = (posixpath.basename(path) in DECLARING for path in needs.files)
        return self.found.made_of is not None or any(declared)

    @property
    def flags(self) -> list[str]:
        """The flags that the install must get so as to need nothing else of the project."""
        manager, given = self._install.managed_by, set(self._install.command.forms)
        if not self._install.projects and (manager.no_project or not self.read):
            return []
        is_one_of_many = bool(self._member_folders)
        if self._makes_no_package and not is_one_of_many:
            return []
        fitting = [each for each in manager.apart if each.fits(given)]
        names = [(is_one_of_many and each.widest) or each.name for each in fitting]
        return [each for each in names if each not in given]

    @property
    def _makes_no_package(self) -> bool:
        """Whether its project is none that is installed itself."""
        if self._install.managed_by.language != "python":
            return False
        from dlint.manifests.pyproject import makes_no_package

        read, manager = self.build.context.read, self._install.manager
        files = self.read or self.found.needs.manifests
        found = (path for path in files if posixpath.basename(path) == "pyproject.toml")
        return any(makes_no_package(read(path), manager) for path in found)

    @property
    def _member_folders(self) -> frozenset[str]:
        """The context's folders of the other projects of a workspace that a flag leaves out of it
        all at once.
        """
        if not any(each.widest for each in self._install.managed_by.apart):
            return frozenset()
        from dlint.manifests.pyproject import members_of

        manifests = [path for path in self.found.needs.manifests if path.endswith("pyproject.toml")]
        patterns = [
            posixpath.join(posixpath.dirname(path), pattern)
            for path in manifests
            for pattern in members_of(self.build.context.read(path))
        ]
        files = (path for path in self.found.needs.files if path.endswith("/pyproject.toml"))
        folders = (posixpath.dirname(path) for path in files)
        return frozenset(
            each for each in folders if any(fnmatchcase(each, pattern) for pattern in patterns)
        )

    def _without_members(self, paths: Sequence[str]) -> Sequence[str]:
        """Return paths without what the install reads of the other projects of a workspace only to
        install these, where a flag keeps it from that. Their manifests it takes for nothing but to
        see whether the lock file is right.
        """
        given = {*self._install.command.forms, *self.flags}
        if given.isdisjoint(each.widest for each in self._install.managed_by.apart if each.widest):
            return paths
        members = self._member_folders
        manifests = {posixpath.join(each, "pyproject.toml") for each in members}
        needed = manifests if "--frozen" not in given else set[str]()
        return [
            path
            for path in paths
            if path in needed or not any(within(f"/{path}", f"/{each}") for each in members)
        ]

    @property
    def is_download(self) -> bool:
        """Whether the install works on the source, so that only the download of what it needs can
        be done before: `go build`, and `go mod tidy`, too.
        """
        install = self._install
        return install.hidden or bool(install.projects and install.managed_by.prefetch)

    @property
    def download(self) -> str:
        """The command that fetches what a build needs before its source is there; "" where none is
        known to, as where the parts of a project need each other, or may need another project that
        a step below the COPYs builds.
        """
        manager = self._install.managed_by
        names = [posixpath.basename(path) for path in self.found.needs.manifests]
        if not manager.fetch or names.count(_OF_ONE_PROJECT.get(manager.name, "")) > 1:
            return ""
        if self._may_need_own_project:
            return ""
        program, command = manager.fetch.partition(" ")[0], self._install.command
        own = command.word.form if command.name in manager.commands else program  # ./mvnw
        return " ".join((own + manager.fetch.removeprefix(program), *self._fetch_words))

    @property
    def _may_need_own_project(self) -> bool:
        """Whether a step below the COPYs puts a project where a build looks for what it needs."""
        build, found = self.build, self.found
        built = own_projects_for(build, found.step.stage, found.run, self._install.manager)
        first = min(each.instruction.index for each in self.copies)
        return any(run.index > first for run, _ in built)

    @property
    def _fetch_words(self) -> Iterator[str]:
        """What the build says that decides what it downloads: a profile of Maven's, a project."""
        manager = self._install.managed_by
        if manager.fetch_flags is None:
            return
        words = iter(self._install.command.args)
        for word in words:
            if manager.fetch_flags.match(word.form):
                yield word.raw
                if word.form in manager.values:
                    yield from (value.raw for value in islice(words, 1))


def sources_of(copies: Iterable[Arrival]) -> frozenset[str]:
    """Return the context's files that some COPYs bring."""
    every = [each.sources for each in copies]
    return every[0] if len(every) == 1 else frozenset[str]().union(*every)


def is_narrow(arrival: Arrival, read: frozenset[str]) -> bool:
    """Tell whether a COPY brings nothing but manifests, and what installs `read` besides."""
    return all(path in read or _is_manifest(path) or _ABOUT.match(path) for path in arrival.sources)


def _is_manifest(path: str) -> bool:
    """Tell whether a file is one of some manager's by its name, whoever reads it."""
    kind = format_of(path)
    return kind is not None and (kind != "requirements" or "require" in posixpath.basename(path))
