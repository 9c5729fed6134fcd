"""What to do about COPYs above an install that bring more than it reads, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.caches import own_projects_for
from dlint.facts.tools import version_of
from dlint.installs.path_names import MANY
from dlint.model.mounts import mounts_of
from dlint.syntax import Run
from dlint.syntax.frontend import needed_line
from dlint.text.units import lines, listed

if TYPE_CHECKING:
    from dlint.installs.splitting import EarlyCopies


def advice(case: EarlyCopies) -> str:
    """Say how to tell the COPYs and the install apart: in general where more has to move than the
    install.
    """
    edits = case.between.editing
    first = _EDITING.format(lines(dict.fromkeys(edits))) * bool(edits)
    clears = () if case.first.is_download or case.needs_stage else case.between.clearing
    first += _CLEARING.format(lines(dict.fromkeys(clears))) * bool(clears)
    return _way(case) + first + _kept_along(case) + _left_out(case)


def _kept_along(case: EarlyCopies) -> str:
    """Say what else goes with the install, since a later layer would store again what it changes;
    "" for nothing.
    """
    inside = case.own_run.working_inside
    if not inside or case.needs_stage:
        return ""
    what = listed([each.quoted for each in inside], MANY)
    change = "it changes" if len(inside) == 1 else "they change"
    return f"; keep {what} in the same `RUN` if {change} what is installed"


def _left_out(case: EarlyCopies) -> str:
    """Say which `make` of another stage has to leave the install out then; "" for none."""
    from dlint.installs.made_again import made_again

    run, command = next(made_again(case), (None, None))
    if run is None or command is None:
        return ""
    return f"; leave the install out of {command.quoted} in line {run.line}, which would repeat it"


def _way(case: EarlyCopies) -> str:
    first, ahead = case.first, _ahead(case)
    if case.needs_stage:
        return _IN_STAGE
    if case.found.declared:
        has_lists = case.install.manager == "uv"
        return _WITH_UV.format(*case.found.needs.files) if has_lists else _DEPENDENCIES
    if case.install.hidden and ahead:
        return f"build the dependencies first with `{ahead}`, which reads the manifests alone"
    if first.is_download:
        return _download_first(case)
    if not first.names:
        return _without_names(case)
    keeps = _KEEPS.format(needed_line(case.build.dockerfile, "parents"))
    how = keeps * any("*" in name.rpartition("/")[0] for name in first.names) + _manner(case)
    more = " and what else it reads" * first.is_guessed
    every = [*(f"`{name}`" for name in first.names), *case.found.needs.open]
    read = listed(every, MANY + (len(every) == MANY + 1))  # which "1 more" is as long as
    return f"copy {read}{more} first{how}"


def _ahead(case: EarlyCopies) -> str:
    """Return what builds the dependencies ahead; "" where the compiler is older than that."""
    manager = case.install.managed_by
    version = version_of(case.stage, "rust") if manager.name == "cargo" else None
    return "" if version is not None and version < _CARGO_CHEF_SINCE else manager.ahead


# Its first release is of 2020-10-19, eleven days after Rust 1.47
# (https://github.com/LukeMathWalker/cargo-chef).
_CARGO_CHEF_SINCE = (1, 47)
_EDITING = "; keep what edits these files, in {}, before the install"
_CLEARING = "; keep what deletes installed packages, in {}, before the install"
_IN_STAGE = "install in a stage of its own, from a `COPY` of what the install reads"
_WITH_UV = "copy `{}` first, and install what is listed there with `-r`"
_DEPENDENCIES = "install the dependencies before the project is copied"
_KEEPS = " (`COPY --parents` keeps their folders{})"


def is_lost(case: EarlyCopies) -> bool:
    """Tell whether a cache mount alone would help, and each build that pushes the image starts with
    an empty one, on a machine that is new.
    """
    build = case.build
    if build.options.persistent or case.needs_stage or case.found.declared:
        return False
    if not case.first.is_download or (case.install.hidden and _ahead(case)) or _downloads(case):
        return False
    return build.recipes is not None and build.recipes.finds_mounts_empty(build.path)


def _downloads(case: EarlyCopies) -> list[str]:
    """Return the commands that download what a case needs; none where one of them is not known."""
    every = (case, *case.fetched)
    commands = [f"`{each.first.download}`" for each in every if each.first.download]
    return commands if len(commands) == len(every) else []


def _download_first(case: EarlyCopies) -> str:
    commands = _downloads(case)
    if not commands:
        return _in_mount(case)
    names = listed([f"`{name}`" for name in case.first.names], MANY)
    late = case.between.bringing
    moved = f"move {lines(late)} before it and " * bool(late)
    first = moved or f"copy {names} and " * bool(names)
    if case.own_run.sets_up:
        return f"{first}download the dependencies before the rest is copied"
    of_each = " of each project" * bool(case.fetched)
    return f"{first}download the dependencies{of_each} first with {listed(dict.fromkeys(commands))}"


def _in_mount(case: EarlyCopies) -> str:
    """Say to keep downloads in a cache mount, or to move the one that is meant for them."""
    run, manager = case.found.run, case.install.manager
    if any(each.is_for(manager) for each in mounts_of(case.build, run)):
        return f"move the cache mount of line {run.line} to where {manager} keeps its cache"
    rows = [each.found.run.line for each in case.fetched]
    who = f"{lines([run.line, *rows])} download" if rows else "it downloads"
    again = "".join(_hidden(each, case) for each in (case, *case.fetched))
    return f"keep what {who} in a cache mount (`RUN --mount=type=cache`){again}"


def _hidden(case: EarlyCopies, main: EarlyCopies) -> str:
    """Say which command has to run below the mount as well, since that hides what the command has
    left there. The mount in both RUNs would not do: the builder may empty it, and still have the
    first RUN in its cache.
    """
    run = case.found.run
    filling = own_projects_for(case.build, case.stage, run, case.install.manager)
    if not filling:
        return ""
    at, left = filling[-1]
    place = f"line {run.line}" if main.fetched else "that `RUN`"
    again = f"repeat {left.command.quoted} of line {at.line} in {place}"
    return f", and {again}: the mount hides what it leaves in {left.path}"


def _without_names(case: EarlyCopies) -> str:
    """Say what to move where no file is to be copied first."""
    is_of_projects = bool(case.install.projects) and not case.first.read
    if (case.first.flags or is_of_projects) and not case.first.is_whole_projects:
        return _dependencies_first(case)
    rows = sorted(each.instruction.line for each in case.copies)
    more = " else" * bool(case.first.read)
    if case.has_to_rise:
        place, these = (f"line {rows[0]}", "these files") if len(rows) > 1 else ("it", "it")
        return _above(case, place, f"the install needs nothing{more} of {these}")
    these, them = (lines(rows), "them") if len(rows) > 1 else ("it", "it")
    below = (each for each in case.stage.instructions if each.index > case.found.run.index)
    if any(isinstance(each, Run) for each in below):
        return f"move {these} after the install, and after all else that needs nothing of {them}"
    return f"move {these} after the install, which needs nothing{more} of {them}"


def _above(case: EarlyCopies, place: str, why: str) -> str:
    """Say to install above a place: with what comes below that and is read, if anything is."""
    if late := case.between.bringing:
        return f"before {place}, copy what the install reads of {lines(late)}, and install"
    apart = _APART * (case.is_split and case.own_run.is_simple)
    user = case.found.step.state.user
    as_user = f" as `{user}`" * (user not in {None, case.main.step.state.user})
    return f"install{apart}{as_user} before {place}: {why}"


def _dependencies_first(case: EarlyCopies) -> str:
    """Say how to install what a project needs, which its own flags leave to a second install."""
    if not case.first.flags:
        return "install the dependencies before it"
    if case.is_simple:
        return f"install the dependencies first with {_flags_and_again(case)}"
    late = case.between.bringing
    first = f"before it, copy what the install reads of {lines(late)}, " * bool(late)
    where = "" if late else " before it"
    return f"{first}install the dependencies{where} with {_flags_and_again(case)}"


_APART = " in a `RUN` of its own"
_BEFORE_THE_REST = " before the rest is copied"


def _manner(case: EarlyCopies) -> str:
    """Say how to install so as to need nothing else of the project: with flags, and apart from what
    the same RUN does with the source behind it. What flags leave out has to follow: the project
    itself, its autoloader.
    """
    apart = _APART * case.own_run.needs_more
    if not case.is_simple:
        apart = _BEFORE_THE_REST
    if case.first.flags:
        return f", install with {_flags_and_again(case, apart)}"
    if case.first.is_lists:
        return ", and install what is listed there with `-r`"
    if not apart and len(case.copies) > 1:
        apart = _BEFORE_THE_REST
    return f", and install{apart}" * bool(apart)


def _flags_and_again(case: EarlyCopies, apart: str = "") -> str:
    flags = case.first.flags
    them = "them" if len(flags) > 1 else "it"
    again = f"install again without {them} after the `{case.main.instruction.name}`"
    return f"`{' '.join(flags)}`{apart}, and {again}"
