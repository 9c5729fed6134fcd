"""What to do about COPYs above an install that bring more than it reads, in words."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.arguments import moved_along, renewed_above
from dlint.facts.idle_reruns import rerun_for_nothing
from dlint.facts.metadata import FLAGS
from dlint.facts.volatility import Changes
from dlint.installs.path_names import MANY
from dlint.installs.splitting import OtherWay
from dlint.installs.unread_copies import may_be_last
from dlint.syntax import Run, User
from dlint.syntax.frontend import needed_line
from dlint.text.units import lines, listed

if TYPE_CHECKING:
    from dlint.installs.splitting import EarlyCopies


def advice(case: EarlyCopies) -> str:
    """Say how to tell the COPYs and the install apart, and what has to go along."""
    kept = case.build.to_be_kept(case.stage)
    return (_another_way(case) or _first(case)) + kept + _likewise(case) + _renewed(case)


def _another_way(case: EarlyCopies) -> str:
    """Say what to do where it is not the way to copy first what the install reads; "" elsewhere."""
    match case.other_way:
        case OtherWay.LIST:
            told = _WITH_UV if case.install.manager == "uv" else _FROM_A_LIST
            return told.format(*case.found.needs.files) + _along(case)
        case OtherWay.STAGE:
            return _IN_STAGE
        case OtherWay.BASE:
            return _IN_BASE.format(listed(_every_name(case), MANY))
        case OtherWay.EMPTY:
            return _IN_EMPTY
        case None:
            return ""


_WITH_UV = "copy `{}` first, and install what is listed there with `-r`"
_FROM_A_LIST = (
    "keep what `{}` lists as `dependencies` in a requirements file, too, and copy and install that"
    " first"
)
_IN_STAGE = (
    "install and build in another stage, which copies what the install reads first: in a"
    " `RUN` of its own the image would keep what this one removes again"
)
_IN_BASE = "copy only {} there, and the rest in each stage that needs it, below its install"
_IN_EMPTY = (
    "what was installed before is deleted first, so install this in a stage that copies only the"
    " manifests, and copy it from there"
)


def _every_name(case: EarlyCopies) -> list[str]:
    """Name the files to copy first, and what reads more of the project than can be followed."""
    return [*(f"`{name}`" for name in case.first.names), *case.found.needs.open]


def _first(case: EarlyCopies) -> str:
    names, ahead = case.first.names, case.install.managed_by.ahead
    if case.install.hidden and ahead:
        return f"build the dependencies first with `{ahead}`, which reads the manifests alone"
    if case.first.is_download:
        return _download_first(case)
    apart = _CARRIED_APART * case.is_carried_with_source
    if not names:
        return _without_names(case) + apart
    keeps = _KEEPS.format(needed_line(case.build.dockerfile, "parents"))
    how = keeps * any("*" in name.rpartition("/")[0] for name in names) + _manner(case)
    more = " and what else it reads" * case.first.is_guessed
    every = _every_name(case)
    read = listed(every, MANY + (len(every) == MANY + 1))  # which "1 more" is as long as
    return f"copy {read}{more} first{how}{_placed(case)}{apart}{_rewritten(case)}"


_CARRIED_APART = "; copy what it installs to the image apart from the source"
_KEEPS = " (`COPY --parents` keeps their folders{})"


def _download_first(case: EarlyCopies) -> str:
    command = case.first.download
    if not command:
        return "keep what it downloads in a cache mount (`RUN --mount=type=cache`)"
    names = listed([f"`{name}`" for name in case.first.names], MANY)
    first = f"copy {names} and " * bool(names)
    set_up = _SET_UP * case.own_run.sets_up_download
    return f"{first}download the dependencies first with `{command}`{set_up}"


_SET_UP = ", after what the same `RUN` does before it and the download needs"


def _without_names(case: EarlyCopies) -> str:
    """Say what to move where no file is to be copied first."""
    is_of_projects = bool(case.install.projects) and not case.first.is_whole_projects
    if case.first.read and not (is_of_projects and case.first.flags):
        return _APART + _along(case) if case.is_to_rise else _BEHIND
    if is_of_projects:
        return f"install the dependencies before it{_manner(case)}"
    rows = sorted(each.instruction.line for each in case.copies)
    if case.is_read_beside:
        return _ALONE + _along(case)
    if case.between.are_in_the_way:
        these = "these files" if len(rows) > 1 else "this"
        return f"install before line {rows[0]}: it reads nothing of {these}{_along(case)}"
    if case.moves_itself:
        return _MOVED.format(case.found.run.line, rows[0]) + _along(case)
    return _BEHIND_LINES.format(lines(rows)) if len(rows) > 1 else _behind(case)


def _behind(case: EarlyCopies) -> str:
    """Say where to move the one COPY: below other RUNs, too, that run again with it and do not seem
    to read it.
    """
    last = case.found.run.index
    is_one_left = any(
        isinstance(each, Run) and each.index > last for each in case.stage.instructions
    )
    is_last = is_one_left and may_be_last(case.build, case.stage, case.main)
    return _LAST if is_last else _BEHIND_ALL


_APART = "install in a `RUN` of its own before it: the install needs nothing else of it"
_BEHIND = "move it after the install, which needs nothing else of it"
_ALONE = "install in a `RUN` of its own before it: the install reads nothing of it"
_MOVED = "move line {} before line {}: it reads none of these files"
_BEHIND_ALL = "move it after the install, which needs nothing of it"
_LAST = "move it to the end of the stage, in which no later step names it"
_BEHIND_LINES = "move {} after the install, which needs nothing of them"


def _manner(case: EarlyCopies) -> str:
    """Say how to install so as to need nothing else of the project: with flags, and apart from what
    the same RUN does with the source behind it. What flags leave out has to follow: the project
    itself, its autoloader.
    """
    flags, apart = case.first.flags, _apart(case)
    if flags:
        them = "them" if len(flags) > 1 else "it"
        how = f", install with `{' '.join(flags)}`{apart}"
        return f"{how}, and install again without {them} after the `{case.main.instruction.name}`"
    if case.first.is_lists:
        return ", and install what is listed there with `-r`"
    which = f" with `{case.install.command.name}`" * case.own_run.has_other_manager
    return f", and install{which}{apart}" * bool(apart)


def _apart(case: EarlyCopies) -> str:
    """Say that the install gets a RUN of its own, where the rest of its RUN needs more than it."""
    if not case.own_run.needs_more:
        return ""
    cleared = case.found.cleared_before(case.build)
    kept = f", below which nothing may delete `{posixpath.basename(cleared)}`" if cleared else ""
    return f" in a `RUN` of its own{_taken_along(case)}{kept}"


def _taken_along(case: EarlyCopies) -> str:
    """Say what of its RUN a RUN of its own does as well: it sets up packages that the install may
    compile with, and gives what is installed to its owner before that is stored.
    """
    own = case.own_run
    rewrite, program = own.rewrite, own.program_of_copies
    owner = f", which also runs `{rewrite.how}` on what it installs" if rewrite else ""
    if program:
        return f", with what {program.quoted} prepares for it{owner}"
    if own.prepares:
        removed = " and removes afterwards" * own.removes_packages
        return f", with what the same `RUN` sets up for it{removed}{owner}"
    return f", with {_packages(case)}" * own.adds_packages + owner


def _along(case: EarlyCopies) -> str:
    """Say what else has to move with the install: packages of the system that its RUN installs
    first, or what runs between the COPYs and that.
    """
    if case.own_run.adds_packages:
        return f"; take along {_packages(case)}"
    if any(isinstance(step.instruction, Run | User) for step in case.between.steps):
        return "; take along what it needs of the lines between"
    return ""


def _packages(case: EarlyCopies) -> str:
    """Name the packages of the system that the RUN of the install adds before it."""
    removed = " and removes again" * case.own_run.removes_packages
    return f"what it needs of the packages that line {case.found.run.line} adds{removed}"


def _placed(case: EarlyCopies) -> str:
    """Say what to do about RUNs between that copy manifests to where the install reads them."""
    found = case.between.placing
    return f", and run {lines(found)} before the install" if found else ""


def _rewritten(case: EarlyCopies) -> str:
    """Say what to do about a step between the COPYs and the install that changes all that is in the
    folder which this fills: it would change what is installed, too, and so store it again.
    """
    for step, each in case.between.rewriting:
        if flag := FLAGS.get(each.how):
            # the user that installs has to write in the folder, which a WORKDIR gives to root
            is_root = case.found.step.state.is_root
            alone = f", and `{each.how}` the folder alone," * (not is_root)
            return (
                f"; use `COPY {flag}`{alone} in place of the `{each.how} -R` in line"
                f" {step.instruction.line}, which stores what is installed a second time"
            )
    return ""


def _likewise(case: EarlyCopies) -> str:
    """Say what to do about other installs below the COPYs, which may read something else."""
    tool, runs = case.tool_beside, case.beside_by_manifests
    moved = f"; move {tool.quoted} before it, too" if tool else ""
    if not runs or case.is_for_another_stage or case.first.is_download:
        return moved
    many, numbers = "s" * (len(runs) > 1), ", ".join(str(run.line) for run in runs)
    others = f"the install{many} in line{many} {numbers}"
    if case.first.names:
        return f"{moved}; do the same for {others}"
    read = "these read" if many else "that reads"
    return f"{moved}; it comes before {others}, too: copy what {read} first"


def _renewed(case: EarlyCopies) -> str:
    """Say what to do about the arguments above the COPY that change on every build, and about what
    uses them there: with these an install runs again wherever it stands below. Those that rerun
    other steps for nothing are told of themselves.
    """
    above = renewed_above(case.build, case.stage, case.main.instruction)
    often = Changes.EVERY_BUILD
    found = [each for each in above if not rerun_for_nothing(case.build, each, often)]
    names = dict.fromkeys(f"`{each.name}`" for each in found)
    told = listed([*names, *moved_along(found, case.found.run)])
    return f"; also declare {told} after that, as a new value reruns it, too" * bool(told)
