"""`build.installs`: installs of packages: what they read, fill and need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import sizes  # loads by need what is asked of it
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dlint.facts.dependencies import Dependencies
    from dlint.facts.publishing import SelfContained
    from dlint.installs.handed_whole import HandedWhole
    from dlint.installs.late_installs import LateInstall
    from dlint.installs.node_tools import ToolsListed
    from dlint.installs.splitting import EarlyCopies
    from dlint.model import Stage
    from dlint.model.build import Build
    from dlint.shell import Command, Install, Remove
    from dlint.sizes.headers import Headers
    from dlint.sizes.recommended import Naming, Needed
    from dlint.syntax import Instruction, Run


class Installs(NamedTuple):
    """Installs of packages: what they read, fill and need."""

    build: Build

    def early_copies(self, stage: Stage) -> Sequence[EarlyCopies]:
        """Return the COPYs of more than an install of a stage reads above it, install by
        install.
        """
        from dlint.installs.early_copies import early_copies

        return early_copies(self.build, stage)

    def handed_whole(self, stage: Stage) -> Iterator[HandedWhole]:
        """Yield the installs of a stage that ships whose manifests come from another stage with all
        that is built there.
        """
        from dlint.installs.handed_whole import handed_whole

        return handed_whole(self.build, stage)

    def split_advice(self, case: EarlyCopies) -> str:
        """Say how to tell COPYs and the install below them apart, and what has to go along."""
        from dlint.installs.split_advice import advice

        return advice(case)

    def is_advice_lost(self, case: EarlyCopies) -> bool:
        """Tell whether nothing is known that would help the builds that push the image."""
        from dlint.installs.split_advice import is_lost

        return is_lost(case)

    def stands_on_unneeded_toolchain(self, base: Stage) -> bool:
        """Tell whether an image whose first stage is `base` stands on a toolchain that its program,
        compiled, does without.
        """
        from dlint.installs.toolchains import images_without_need

        return base.outermost is base and bool(images_without_need(self.build, base))

    def health_tools(self, base: Stage) -> Sequence[str]:
        """Return the programs of that toolchain's image which health checks start."""
        from dlint.installs.toolchains import health_tools

        return health_tools(self.build, base)

    def dependencies(self, stage: Stage, below: str = "/") -> Iterator[Dependencies]:
        """Yield the folders of dependencies that a stage holds `below` another folder, with the RUN
        and the install that fill each.
        """
        from dlint.facts.shipping import dependencies_held

        return dependencies_held(self.build, stage, below)

    def is_of_generated(self, found: Dependencies) -> bool:
        """Tell whether what is installed is in manifests that an earlier step generates or edits:
        no other stage could have them without its sources.
        """
        from dlint.installs.unchanged import reads_unchanged

        return bool(found.install.manifests) and not reads_unchanged(
            self.build, found.run, found.install
        )

    def renewed_with(self, code: Instruction, stage: Stage, below: str) -> frozenset[str]:
        """Return the folders of dependencies that a stage holds `below` another one and that a RUN
        fills which runs again with the source: it stands below `code`, or below other source.
        """
        from dlint.facts.shipping import renewed_with

        return renewed_with(self.build, code, stage, below)

    def leaves_out_after(
        self, code: Instruction, stage: Stage, folder: str, install: Install
    ) -> bool:
        """Tell whether a RUN of a stage from `code` on removes packages of a language, or installs
        them again to a folder without those for development, which `install` has put there.
        """
        from dlint.facts.shipping import leaves_out_after

        return leaves_out_after(self.build, code, stage, folder, install)

    def gets_autoloader_after(self, install: Install, stage: Stage, code: Instruction) -> bool:
        """Tell whether the packages of an install get the autoloader that they need, or another
        one, from a RUN of a stage that follows the project's own `code`.
        """
        from dlint.facts.autoloaders import gets_autoloader_after

        return gets_autoloader_after(self.build, install, stage, code)

    def work_in(self, run: Run, folder: str) -> bool:
        """Tell whether a program of which nothing is known, or a build, runs in a folder."""
        from dlint.facts.writing import works_in

        return works_in(self.build, run, folder)

    def late_installs(self, stage: Stage) -> Iterator[LateInstall]:
        """Yield the installs of system packages in a stage that run again at least twice as often
        as above COPYs which they do without.
        """
        from dlint.installs.late_installs import late_installs

        return late_installs(self.build, stage)

    def only_brings_lists(self, copy: Instruction) -> bool:
        """Tell whether a COPY brings nothing but lists of dependencies."""
        from dlint.installs.late_installs import only_brings_lists

        return only_brings_lists(self.build, copy)

    def only_installs_packages(self, run: Run) -> bool:
        """Tell whether a RUN does nothing but what belongs to an install of system packages."""
        from dlint.installs.system_installs import only_installs_packages

        return only_installs_packages(self.build, run)

    def is_apart_from_packages(self, instruction: Instruction) -> bool:
        """Tell whether what an instruction does and what a package manager does cannot meet."""
        from dlint.installs.system_installs import is_apart_from_packages

        return is_apart_from_packages(self.build, instruction)

    def may_need_some(self, run: Run, crossed: Sequence[Instruction]) -> bool:
        """Tell whether a RUN that installs system packages may need what one of the RUNs and
        WORKDIRs above it fetches or sets; `LateInstall.alone` tells of COPYs.
        """
        from dlint.installs.system_installs import may_need_some

        return may_need_some(self.build, run, crossed)

    def base_packages(self, stage: Stage) -> frozenset[str]:
        """Return the packages of Debian or Ubuntu that the image has installed which a stage stands
        on, as far as that is known: of a base that the repository builds, what it names there.
        """
        from dlint.facts.own_bases import held_by_base

        of_image = sizes.base_packages(self.build, stage)
        own = held_by_base(self.build, stage).packages
        return of_image | own if own else of_image

    def is_on_official_image(self, stage: Stage) -> bool:
        """Tell whether a stage stands on an official image, so that what it has is known."""
        return sizes.is_on_official_image(self.build, stage)

    def needed(self, stage: Stage, run: Run, names: Collection[str]) -> list[Needed]:
        """Return what apt's packages of these names only recommend and do not work without, where
        nothing else brings it.
        """
        from dlint.sizes.recommended import needed_of

        return needed_of(self.build, stage, run, names)

    def naming(self, stage: Stage, run: Run, names: Collection[str], enough: int) -> Naming:
        """Return what to name with apt's packages of these names where nothing recommended comes
        along; of what may be used, a few are named where `enough` bytes fall away all the same.
        """
        from dlint.sizes.recommended import naming_of

        return naming_of(self.build, stage, run, names, enough)

    def recommended(
        self, stage: Stage, run: Run, names: Collection[str], besides: Collection[Install] = ()
    ) -> list[str]:
        """Return the packages that apt's packages of these names, or what they bring, surely
        recommend, less those that are there or come with the installs `besides`: first what they
        recommend themselves, the largest first, last what nothing uses. None on Ubuntu, which has
        other packages.
        """
        from dlint.sizes.recommended import recommended_of

        return recommended_of(self.build, stage, run, names, besides)

    def is_answered(self, command: Command) -> bool:
        """Tell whether something answers what apt asks before it installs more than is named."""
        from dlint.installs.answers import is_answered

        return is_answered(self.build, command)

    def takes_recommended(self, stage: Stage, install: Install) -> bool:
        """Tell whether nothing keeps apt from installing what packages recommend: not a base of
        the repository's own, either.
        """
        return sizes.takes_recommended(self.build, stage, install)

    def compilers_left(self, run: Run) -> Install | None:
        """Return the part of an install of the system's packages that names a compiler, and what is
        there for compilers alone, if nothing takes it out again.
        """
        from dlint.installs.compilers import compilers_left

        return compilers_left(self.build, run)

    def compilers_removed(self, run: Run) -> Remove | None:
        """Return the command of a RUN by which apt removes compilers alone, not what they
        brought.
        """
        from dlint.installs.compilers import compilers_removed

        return compilers_removed(self.build, run)

    def has_headers_beside(self, run: Run, part: Install) -> bool:
        """Tell whether a RUN installs headers of libraries beside `part`, and they stay."""
        from dlint.installs.compilers import has_headers_beside

        return has_headers_beside(self.build, run, part)

    def headers_left(self, stage: Stage, run: Run) -> Headers | None:
        """Return the packages of headers that a RUN leaves in a stage in which nothing may compile
        with them, and what the libraries alone would save.
        """
        from dlint.sizes.headers import headers_left

        return headers_left(self.build, stage, run)

    def headers_of_extensions(self, stage: Stage, run: Run) -> tuple[Headers, Run] | None:
        """Return the packages of headers that a RUN leaves in an image of PHP for the extensions
        that it, or one on top of it, compiles, what the libraries alone would save, and that RUN.
        """
        from dlint.installs.compilers import runs_finished_php
        from dlint.sizes.headers import headers_of_extensions

        is_finished = runs_finished_php(self.build, stage)
        return headers_of_extensions(self.build, stage, run) if is_finished else None

    def idle_headers(self, stage: Stage, run: Run) -> frozenset[str]:
        """Return the headers that a RUN installs in an image in which nothing compiles."""
        is_finished = self.serve_finished_program(stage)
        found = self.headers_left(stage, run) if is_finished else None
        return frozenset(found.packages) if found else frozenset()

    def upgrades(self, run: Run) -> bool:
        """Tell whether a RUN upgrades what is installed."""
        from dlint.shell.effects import Install

        return any(each.upgrade for each in self.build.effects(run).of(Install))

    def toolchain_left(self, run: Run) -> tuple[Install, Run] | None:
        """Return the part of an install of the system's packages that is a language's toolchain
        which no image starts, if nothing takes it out again, and the RUN that builds with it.
        """
        from dlint.installs.compilers import toolchain_left

        return toolchain_left(self.build, run)

    def toolchain_downloaded(self, run: Run) -> tuple[str, Run] | None:
        """Return the language whose toolchain a RUN downloads, which no image starts, if nothing
        takes it away again, and the RUN that builds with it.
        """
        from dlint.installs.compilers import toolchain_downloaded

        return toolchain_downloaded(self.build, run)

    def user_of_compilers(self, run: Run, install: Install) -> Run | None:
        """Return the first RUN, it or one on top of it, that compiles, or installs packages of a
        language, which may be compiled.
        """
        from dlint.installs.compilers import user_of_compilers

        return user_of_compilers(self.build, run, install)

    def are_for_build(self, stage: Stage, install: Install) -> bool:
        """Tell whether packages are a group that is called after the build, in an image that is
        there for something else.
        """
        from dlint.installs.compilers import are_for_build

        return are_for_build(self.build, stage, install)

    def serve_finished_program(self, stage: Stage) -> bool:
        """Tell whether the images on top of a stage run a program that is finished when they are
        built: no shell, nothing for development, nothing that is known to compile.
        """
        from dlint.installs.compilers import runs_finished_program

        return runs_finished_program(self.build, stage)

    def tools_listed(self, stage: Stage) -> Iterator[ToolsListed]:
        """Yield what installs of `stage` bring into a pushed image of Node's tools that only the
        build needs.
        """
        from dlint.installs.node_tools import tools_listed

        return tools_listed(self.build, stage)

    def self_contained(self, stage: Stage) -> SelfContained | None:
        """Return the .NET program that an image gets from another stage with a runtime of its own,
        if it gets nothing else from there.
        """
        from dlint.facts.publishing import self_contained

        return self_contained(self.build, stage)
