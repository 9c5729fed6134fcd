"""`build.changes`: how often files, arguments and steps change, and what runs again for nothing."""

from __future__ import annotations

from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from dlint.facts.arguments import Argument
    from dlint.facts.late import Late
    from dlint.facts.volatility import Changes
    from dlint.model import Stage, Step
    from dlint.model.build import Build
    from dlint.reads.arrivals import Arrival
    from dlint.syntax import Arg, Instruction, Run
    from dlint.syntax.instructions import Pair

_MOST_NAMED = 3  # lines or arguments that a help names


class Changing(NamedTuple):
    """How often files, arguments and steps change, and what runs again for nothing."""

    build: Build

    def kept_as_it_is(self, runs: Sequence[Run]) -> str:
        """Say which RUNs download what has no version, and keep an old one once nothing reruns
        them; "" for none.
        """
        from dlint.facts.idle_reruns import downloads_unversioned
        from dlint.text.units import lines

        moving = [run.line for run in runs if downloads_unversioned(self.build, run)]
        if not moving:
            return ""
        if len(moving) == 1:
            return f"; the download of line {moving[0]}, which has no version, then stays as it is"
        many = lines(moving, _MOST_NAMED)
        return f"; the downloads of {many}, which have no version, then stay as they are"

    def to_be_declared_later(self, stage: Stage, run: Run, above: Instruction) -> str:
        """Advise, besides, to declare arguments which stand `above` an instruction after an install
        that each new value reruns, though nothing up to there uses them; "" for none. Those that an
        ENV hands on are left to order/volatile-arg where that tells them.
        """
        from dlint.facts.idle_reruns import is_told_of
        from dlint.facts.volatile_uses import given_for_nothing
        from dlint.text.units import listed

        names, variables = given_for_nothing(self.build, stage, run, above)
        if not names or self.build.refuses_cache:
            return ""
        if variables and is_told_of(self.build, stage, above):
            return ""
        what = listed((f"`{name}`" for name in names), _MOST_NAMED)
        change = "changes" if len(names) == 1 else "change"
        told = f"; declare {what}, which {change} on every build, after the install"
        made = listed((f"`{name}`" for name in variables), _MOST_NAMED)
        return f"{told}, and set {made} there" if made else told

    def work_on_whole_context(self, stage: Stage) -> tuple[Arrival, Run] | None:
        """Return the COPY of the whole context above the first RUN of `stage` that builds, tests,
        checks or generates, and that RUN.
        """
        from dlint.facts.aside import work_on_whole_context

        return work_on_whole_context(self.build, stage)

    def folders_aside(self, stage: Stage, whole: Arrival) -> Sequence[str]:
        """Return the folders at the root of the context that nothing in a stage seems to read of
        what a COPY brings, those of most files first.
        """
        from dlint.facts.aside import folders_aside

        return folders_aside(self.build, stage, whole)

    def volatile_files(
        self, files: frozenset[str], needed: frozenset[str] = frozenset()
    ) -> str | None:
        """Tell how `files` of the context change apart from `needed`, in words; None where they
        hardly do.
        """
        from dlint.facts.volatility import volatile_files

        return volatile_files(self.build, files, needed)

    def may_bring_too(self, copy: Instruction, other: Instruction) -> bool:
        """Tell whether a COPY of a folder of the context may bring, in a build on somebody's
        machine, what `other` takes from a stage.
        """
        from dlint.facts.writing import may_bring_too

        return may_bring_too(self.build, copy, other)

    def is_made_of_source(self, step: Step) -> bool:
        """Tell whether a COPY takes from another stage what is made there of the source."""
        from dlint.facts.handed_on import is_made_of_source

        return is_made_of_source(self.build, step)

    def change_of_source(self, arrival: Arrival) -> str | None:
        """Tell in words how often what arrives from the context is another one, lists of
        dependencies aside; None where it hardly changes.
        """
        from dlint.facts.changing import change_of_source

        return change_of_source(self.build, arrival)

    def brings_stable(self, step: Step, least: int) -> bool:
        """Tell whether a step brings data of at least as many bytes, not compressed, downloads, or
        dependencies that were installed of lists alone.
        """
        from dlint.facts.apart import brings_stable

        return brings_stable(self.build, step, least)

    def stays(self, step: Step) -> bool:
        """Tell whether what a COPY takes from another stage, or an ADD from an address, is known to
        be the same as long as some files of the context are.
        """
        from dlint.facts.apart import stays

        return stays(self.build, step)

    def late_steps(self, stage: Stage, is_large: Callable[[Step], bool]) -> Iterator[Late]:
        """Yield the large steps of a stage that surely do without the COPYs right above them, which
        change far more often: the first such step below each COPY, and those after it that stand
        better above the same single one.
        """
        from dlint.facts.late import late_steps

        return late_steps(self.build, stage, is_large)

    def late_on_base(self, stage: Stage, is_large: Callable[[Step], bool]) -> Iterator[Late]:
        """Yield the large COPYs of a stage from other stages that come again with COPYs of the
        stages which it stands on, which change far more often.
        """
        from dlint.facts.late import late_on_base

        return late_on_base(self.build, stage, is_large)

    def changing_files(self, files: Collection[str]) -> tuple[float, frozenset[str]]:
        """Return the share of commits that change some of `files` of the context, and those of
        them that change.
        """
        from dlint.facts.volatility import changing_files

        return changing_files(self.build, files)

    def below_argument(self, stage: Stage, arg: Arg, name: str) -> Argument:
        """Return the argument `name`, which `arg` declares in `stage`, with what stands below
        it.
        """
        from dlint.facts.arguments import below_argument

        return below_argument(self.build, stage, arg, name)

    def changes_of_argument(self, arg: Arg, pair: Pair) -> Changes:
        """Tell how often an argument changes: as the repository's files show, or else as far as its
        name and its default tell.
        """
        from dlint.facts.argument_changes import changes_of

        return changes_of(self.build, arg, pair)

    def is_by_name_alone(self, name: str) -> bool:
        """Tell whether nothing but the name of an argument for a date says how often it changes: no
        file of a repository that has recipes passes it.
        """
        from dlint.facts.argument_changes import is_by_name_alone

        return is_by_name_alone(self.build, name)

    def change_with_each_build(self, stage: Stage, instruction: Instruction) -> bool:
        """Tell whether all that runs below an instruction of a stage does so on every build: its
        next RUN uses an argument that changes with each.
        """
        from dlint.facts.volatile_uses import changes_below

        return changes_below(self.build, stage, instruction)

    def rerun_for_nothing(self, argument: Argument, changes: Changes) -> Sequence[Run]:
        """Return the RUNs that run again whenever an argument changes, though they do without it;
        none where it is a pin, where all of them are trifles, or where each known build refuses the
        cache: they all run again anyway.
        """
        from dlint.facts.idle_reruns import rerun_for_nothing

        return rerun_for_nothing(self.build, argument, changes)

    def moved_along(self, arguments: Iterable[Argument], last: Run) -> Sequence[str]:
        """Name what uses arguments between their ARGs and `last`, and so has to go below that with
        them: of an ENV or ARG that sets more than that, the variables that do.
        """
        from dlint.facts.arguments import moved_along

        return moved_along(arguments, last)

    def passed_beside(self, arguments: Sequence[Argument], last: Run) -> Sequence[Argument]:
        """Return arguments of one stage and those right beside them that are seen to be passed
        anew, too, if nothing up to `last` uses one of those; none where there are no others.
        """
        from dlint.facts.arguments import passed_beside

        return passed_beside(self.build, arguments, last)

    def is_read(self, argument: Argument) -> bool:
        """Tell whether something below an argument uses it, or starts what may look at any
        variable.
        """
        from dlint.facts.variable_readers import is_read

        return is_read(self.build, argument)

    def may_read_environment(self, run: Run) -> bool:
        """Tell whether a RUN starts something of the project's own, which may look at any
        variable.
        """
        from dlint.facts.variable_readers import may_read_environment

        return may_read_environment(self.build, run)
